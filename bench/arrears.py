"""The portfolio at risk of many loans at a date: how long one statement takes, for whoever sees all of the groups."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
from rich.console import Console

from bench.report import quiet, show
from bench.world import DATABASE, KEYRING, World, analyze, make_world
from persistence.embedded import EmbeddedServer
from persistence.reads.arrears import load_portfolios
from persistence.snapshot import Snapshot

LOANS = 50_000
GROUPS = 100
LOOKS = 5

# Past the triggers, which hold each row against its entry and would take hours.
_FILL = (
    "SET session_replication_role = replica",
    """
    INSERT INTO app.loan_terms (
        tenant_id, id, method, rate, rate_period, instalments, frequency, every, day_count_rule, principal_grace,
        interest_grace, interest_free, rounding, residue, charged_at, charge_bases, charge_values, allocation,
        in_advance, overpayment, roll_over, recognised_on, interest_on_pay_off, overdue_interest
    )
    SELECT g.tenant_id, g.tenant_id, 'FLAT', 2, 'MONTH', 12, 'MONTHLY', 1, 'SAME_AS_PERIOD', 0, 0, 0,
           'HALF_EVEN', 'LAST', '{}', '{}', '{}', '{PENALTY,FEE,INTEREST,PRINCIPAL}',
           'SAME_ORDER', 'REFUSE', 'NONE', 'CASH',
           'WHOLE', 'AS_SCHEDULED'
    FROM app.groups g
    """,
    """
    CREATE TEMPORARY TABLE lent AS
    SELECT g.tenant_id, gen_random_uuid() AS id, gen_random_uuid() AS officer_id, n AS number,
           current_date - (n * 7 % 700) AS lent_on,
           (SELECT m.id FROM app.members m WHERE m.tenant_id = g.tenant_id AND m.number = 1 + n % 25) AS member_id
    FROM app.groups g, generate_series(1, $loans) n
    """,
    """
    INSERT INTO app.loans (
        tenant_id, id, number, member_id, product_id, product_version, terms_id, fund, currency, purpose, status,
        applied, approved, approved_until, disbursed, disbursed_on, disbursement_id, applied_on, applied_by,
        constitution_version
    )
    SELECT l.tenant_id, l.id, l.number, l.member_id, l.id, 1, l.tenant_id, 'LOAN_FUND', 'KES', 'OTHER', 'ACTIVE', 1200,
           1200, l.lent_on, 1200, l.lent_on, l.id, l.lent_on, l.id, 1
    FROM lent l
    """,
    """
    INSERT INTO app.loan_schedules (
        tenant_id, loan_id, number, member_id, terms_id, reason, starts_on, principal, charges_at_start, instalments,
        made_at, made_by
    )
    SELECT l.tenant_id, l.id, 1, l.member_id, l.tenant_id, 'DISBURSEMENT', l.lent_on, 1200, 0, 12, l.lent_on, l.id
    FROM lent l
    """,
    """
    INSERT INTO app.loan_instalments (
        tenant_id, loan_id, schedule, number, member_id, starts_on, due_on, principal, interest, charges
    )
    SELECT l.tenant_id, l.id, 1, i, l.member_id, l.lent_on + 30 * (i - 1), l.lent_on + 30 * i, 100, 24, 0
    FROM lent l, generate_series(1, 12) i
    """,
    # Each paid so many instalments as came due, but for up to four.
    """
    INSERT INTO app.loan_payments (
        tenant_id, id, loan_id, sequence, member_id, kind, effective_on, amount, penalties, fees, interest, principal,
        advance, recorded_by
    )
    SELECT l.tenant_id, gen_random_uuid(), l.id, i, l.member_id, 'REPAYMENT', l.lent_on + 30 * i, 124, 0, 0, 24, 100,
           0, l.id
    FROM lent l, generate_series(1, 11) i
    WHERE l.lent_on + 30 * i <= current_date - 30 * (l.number % 5)
    """,
)


async def _fill(world: World, loans: int) -> None:
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    for statement in _FILL:
        await admin.execute(statement.replace("$loans", str(loans // len(world.groups))))
    await admin.close()


async def _look(world: World, as_of: date) -> tuple[int, float]:
    """How many loans are owed, and how many milliseconds the statements of the API took: the median of some times."""
    took = []
    owed = 0
    async with world.database(size=1) as database:
        for _ in range(LOOKS):
            snapshot = Snapshot(database, KEYRING, world.principal)
            await snapshot.open()
            began = time.monotonic()
            found = await load_portfolios(snapshot, [group.id for group in world.groups], as_of)
            took.append((time.monotonic() - began) * 1000)
            owed = sum(each.whole.loans for each in found if each is not None)
            await snapshot.close()
    return owed, statistics.median(took)


async def _run(console: Console, world: World, loans: int) -> None:
    await _fill(world, loans)
    await analyze(world)
    today = datetime.now(UTC).date()
    for words, as_of in (("today", today), ("half a year ago", today - timedelta(days=183))):
        owed, took = await _look(world, as_of)
        label = f"portfolio at risk of {loans:,} loans in {len(world.groups)} groups, {words}"
        show(console, label, f"{took:,.0f} ms ({owed:,} owed)")


def run(console: Console, loans: int = LOANS) -> None:
    """Measure on a server of its own."""
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        world = asyncio.run(make_world(server, groups=GROUPS))
        asyncio.run(_run(console, world, loans))


def main() -> None:
    """Measure as many loans as the first argument says."""
    quiet()
    run(Console(), int(sys.argv[1]) if len(sys.argv) > 1 else LOANS)


if __name__ == "__main__":
    main()
