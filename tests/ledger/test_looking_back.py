"""A look back into a long book finds what it wants by indexes, and does not read the book back to where it is."""

from __future__ import annotations

from decimal import Decimal

from persistence.database import Isolation
from tests.ledger.book import small_book, tampering
from tests.support.world import GroupOfPeople, World

ENTRIES = 20_000

_FILL = """
INSERT INTO ledger.lines (
    tenant_id, entry_number, line_number, account_id, kind, effective_on, currency, amount, base_amount,
    account_balance_after
)
SELECT $1, n, k, CASE k WHEN 1 THEN $2::uuid ELSE $3::uuid END, 'TRANSFER', current_date, 'KES', 1, 1, n
FROM generate_series(8, $4) n, generate_series(1, 2) k
"""

_READ = """
SELECT sum(pg_stat_get_xact_tuples_returned(i.indexrelid))::integer + pg_stat_get_xact_tuples_returned(i.indrelid)
FROM pg_index i WHERE i.indrelid = 'ledger.lines'::regclass GROUP BY i.indrelid
"""
"""How many lines, or places of lines in an index, the transaction has read so far."""


async def fill(world: World, group: GroupOfPeople) -> None:
    """Make the small book long, on two of its accounts, past everything that posts."""
    async with tampering(world.superuser) as connection:
        await connection.execute(_FILL, group.id, group.account("1110"), group.account("3100"), ENTRIES)
    await world.superuser.execute("ANALYZE ledger.lines")


async def test_balances_right_after_an_entry_are_looked_up_for_accounts_that_seldom_move_too(world: World) -> None:
    group = (await small_book(world)).group
    await fill(world, group)
    for number, box in ((3, 1000), (1_000, 1_000), (ENTRIES, ENTRIES)):
        async with world.transaction(group.treasurer, Isolation.READ) as connection:
            before = await connection.fetchval(_READ)
            rows = await connection.fetch(
                "SELECT account_id, balance FROM ledger.balances_after($1, $2)", [group.id], number
            )
            read = await connection.fetchval(_READ) - before
        balances = {row["account_id"]: row["balance"] for row in rows}
        assert balances[group.account("1110")] == box
        assert balances[group.account("1210")] == {3: Decimal(20)}.get(number, Decimal(60))
        assert balances[group.account("1130")] == 0
        # Each account's last line, found and then read.
        assert read <= 2 * len(rows)
