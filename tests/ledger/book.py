"""What the tests of the ledger share: a book to look at, its digest, both verifications, and the means to tamper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.identifiers import new_id
from domain.ledger.stored import Fault
from persistence.database import Isolation
from persistence.verification import verify_book
from tests.support.world import GroupOfPeople, World, shares, social_fund

LEDGER_TABLES = (
    "ledger.heads",
    "ledger.accounts",
    "ledger.entries",
    "ledger.lines",
    "ledger.account_balances",
    "ledger.member_balances",
    "ledger.movements",
    "app.vouchers",
    "app.drafts",
    "ledger.holds",
    "ledger.closings",
    "app.contributions",
)
RECORD_TABLES = (
    *LEDGER_TABLES,
    "ledger.entry_kinds",
    "app.rules",
    "app.changes",
    "app.idempotency_keys",
    "app.meetings",
    "app.cash_counts",
    "app.groups",
    "app.constitutions",
    "app.members",
    "app.member_names",
    "app.member_private",
    "app.memberships",
    "app.tenants",
    "app.users",
    "app.partner_links",
    "access.sessions",
    "access.idempotency_keys",
)

GUARDED = (
    ("ledger.entries", "entries_immutable"),
    ("ledger.lines", "lines_immutable"),
    ("ledger.accounts", "accounts_checked"),
    ("ledger.closings", "closings_immutable"),
    ("ledger.holds", "holds_used_as_entry"),
    ("app.vouchers", "vouchers_immutable"),
    ("app.drafts", "drafts_stamped"),
    ("app.contributions", "contributions_immutable"),
    ("app.loans", "loans_kept"),
    ("app.loan_payments", "loan_payments_immutable"),
)
"""The triggers that fire whoever asks, but for those on TRUNCATE."""


async def digest(superuser: asyncpg.Connection, tables: tuple[str, ...] = RECORD_TABLES) -> dict[str, str]:
    """For each table, a hash over everything in it: equal before and after means that nothing happened."""
    return {
        table: await superuser.fetchval(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
        )
        for table in tables
    }


async def posted(superuser: asyncpg.Connection) -> dict[str, Any]:
    """A digest of what is posted, without the change numbers, which a kept refusal moves as well."""
    found: dict[str, Any] = await digest(superuser, LEDGER_TABLES[1:])
    found["heads"] = await superuser.fetch(
        "SELECT tenant_id, base_currency, entry_number, entry_hash, closed_through FROM ledger.heads ORDER BY tenant_id"
    )
    return found


async def both_verifications(world: World, tenant_id: UUID) -> list[tuple[str, int | None]]:
    """What is wrong with a book, once by the database's own function and once by Python; they must agree."""
    async with world.transaction(world.worker, Isolation.READ) as connection:
        return await verified_twice(connection, tenant_id)


async def verified_twice(connection: asyncpg.Connection, tenant_id: UUID) -> list[tuple[str, int | None]]:
    """The same, within a transaction of the job that verifies."""
    rows = await connection.fetch("SELECT fault, entry_number FROM ledger.find_faults($1)", tenant_id)
    report = await verify_book(connection, tenant_id)
    by_database = sorted((row["fault"], row["entry_number"]) for row in rows)
    by_python = sorted((fault.kind.value, fault.entry_number) for fault in report.faults)
    assert by_database == by_python
    assert all(isinstance(fault, Fault) for fault in report.faults)
    return by_python


@asynccontextmanager
async def tampering(superuser: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """What only a superuser can do: put every trigger and foreign key out of the way, change, and put them back."""
    async with superuser.transaction():
        for table, trigger in GUARDED:
            await superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        await superuser.execute("SET LOCAL session_replication_role = replica")
        yield superuser
        await superuser.execute("SET LOCAL session_replication_role = origin")
        for table, trigger in GUARDED:
            await superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


@dataclass(frozen=True, slots=True)
class SmallBook:
    """A book of seven entries over two meetings.

    1: A buys 3 shares; 2: B buys 2; 3: A pays 20.00 into the social fund; 4: so does B; 5: C buys 1 share;
    then, in the second meeting, 6: A buys 1 share; 7: C pays 20.00 into the social fund.
    """

    group: GroupOfPeople
    first_meeting: UUID
    second_meeting: UUID


async def small_book(world: World, group: GroupOfPeople | None = None) -> SmallBook:
    group = group or await world.group()
    a, b, c = group.members[:3]
    first = await world.meeting(group)
    await world.record(
        group, first, shares(a, 3), shares(b, 2), social_fund(a, "20"), social_fund(b, "20"), shares(c, 1)
    )
    await world.close_meeting(group, first)
    second = await world.meeting(group)
    await world.record(group, second, shares(a, 1), social_fund(c, "20"))
    return SmallBook(group, first, second)


_POST = "SELECT ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
_PARAMETERS = (
    "tenant",
    "command",
    "first_ordinal",
    "entry_ids",
    "kinds",
    "effective_dates",
    "meetings",
    "members",
    "reversed",
    "line_counts",
    "line_accounts",
    "line_members",
    "line_amounts",
    "line_shares",
)


async def share_purchase_arguments(
    world: World, group: GroupOfPeople, meeting: UUID, changes: Mapping[str, object]
) -> tuple[object, ...]:
    """The arguments of `ledger.post` for one share of the secretary's, some of them changed."""
    arguments: dict[str, object] = {
        "tenant": group.id,
        "command": new_id(),
        "first_ordinal": 1,
        "entry_ids": [new_id()],
        "kinds": ["SHARE_PURCHASE"],
        "effective_dates": [await world.superuser.fetchval("SELECT current_date")],
        "meetings": [meeting],
        "members": [group.members[0]],
        "reversed": [None],
        "line_counts": [2],
        "line_accounts": [group.account("1110"), group.account("3100")],
        "line_members": [None, group.members[0]],
        "line_amounts": [Decimal(200), Decimal(-200)],
        "line_shares": [None, 1],
    }
    assert changes.keys() <= arguments.keys()
    arguments |= changes
    return tuple(arguments[name] for name in _PARAMETERS)


async def post_directly(connection: asyncpg.Connection, arguments: tuple[object, ...]) -> int:
    """Call the posting function with nothing in between."""
    number: int = await connection.fetchval(_POST, *arguments)
    return number
