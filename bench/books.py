"""A large book: how fast a batch is posted, what an entry takes on disk, how long proving it and looking back take."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.world import DATABASE, World, address, analyze, make_world
from domain.currencies import currency
from domain.identifiers import new_id
from domain.ledger.accounts import Place
from domain.ledger.events import Booking, share_purchase
from domain.ledger.postings import Posting
from domain.money import Money
from operations.verification import verify_books
from persistence.database import DatabaseRole, Isolation
from persistence.embedded import EmbeddedServer
from persistence.ledger import posting_arguments
from persistence.reads.accounts import AsOf, load_account_balances, load_fund_balances
from persistence.reads.members import load_member_balances
from persistence.snapshot import Snapshot
from persistence.viewer import enter

BATCH = 100
DAYS = 700
"""Over how many days the entries are spread."""
LOOKS = 20
_POST = "SELECT ledger.post($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
_TABLES = (
    "ledger.entries",
    "ledger.lines",
    "ledger.movements",
    "ledger.account_balances",
    "ledger.member_balances",
    "app.changes",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the report."""

    label: str
    seen: str


def _posting(world: World, number: int, entries: int, today: date) -> Posting:
    group = world.groups[0]
    booking = Booking(entry_id=new_id(), group_id=group.id, on=today - timedelta(days=DAYS - number * DAYS // entries))
    member = group.members[number % len(group.members)]
    return share_purchase(
        booking, member_id=member, amount=Money(Decimal(200), currency("KES")), shares=1, place=Place.BOX
    )


async def _fill(world: World, entries: int) -> float:
    """Post the entries in batches from one client; returns entries a second."""
    today = datetime.now(UTC).date()
    group = world.groups[0]
    async with world.database(size=1) as database:
        began = time.monotonic()
        with Progress(transient=True) as progress:
            task = progress.add_task("posting", total=entries)
            for start in range(0, entries, BATCH):
                postings = [_posting(world, number, entries, today) for number in range(start, start + BATCH)]
                async with database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
                    await enter(connection, world.principal, [group.id])
                    await connection.execute("SELECT app.enter_write($1)", [group.id])
                    await connection.execute(_POST, group.id, new_id(), *posting_arguments(postings))
                progress.advance(task, BATCH)
        return entries / (time.monotonic() - began)


async def _size(world: World) -> int:
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    size: int = await admin.fetchval(
        "SELECT sum(pg_total_relation_size(t::regclass))::bigint FROM unnest($1::text[]) t", _TABLES
    )
    await admin.close()
    return size


async def _look_back(world: World) -> list[Measured]:
    """How long balances at a moment take, the median of several looks, viewer included."""
    group = world.groups[0]
    middle = datetime.now(UTC).date() - timedelta(days=DAYS // 2)
    found = []
    async with world.database(size=1) as database:
        for words, as_of in (("now", AsOf()), ("at a date", AsOf(on=middle)), ("after an entry", AsOf(entry=1000))):
            times = []
            for _ in range(LOOKS):
                snapshot = Snapshot(database, None, world.principal, [group.id])  # type: ignore[arg-type]  # nothing sealed is read
                await snapshot.open()
                began = time.monotonic()
                await load_fund_balances(snapshot, [group.id], as_of)
                funds = time.monotonic()
                await load_member_balances(snapshot, [(group.id, member) for member in group.members], as_of)
                members = time.monotonic()
                await load_account_balances(snapshot, [(group.id, group.id)], as_of)
                times.append((funds - began, members - funds, time.monotonic() - members))
                await snapshot.close()
            funds_ms, members_ms, chart_ms = (sorted(each)[LOOKS // 2] * 1000 for each in zip(*times, strict=True))
            seen = f"{funds_ms:.1f} ms, {members_ms:.1f} ms, {chart_ms:.1f} ms"
            found.append(Measured(f"balances of funds, of 25 members, of the chart {words}", seen))
    return found


async def measure(world: World, entries: int) -> list[Measured]:
    """Fill one book and measure it."""
    before = await _size(world)
    rate = await _fill(world, entries)
    await analyze(world)
    size = await _size(world) - before
    began = time.monotonic()
    addresses = {"kibubu_worker_login": address(world.server, "kibubu_worker_login")}
    report = await verify_books(addresses, group_id=world.groups[0].id)
    took = time.monotonic() - began
    assert report.is_sound, report.faults
    return [
        Measured(f"entries a second posted in batches of {BATCH}, one client, one book", f"{rate:,.0f}"),
        Measured("bytes an entry of two lines takes, indexes and change log included", f"{size / entries:,.0f}"),
        Measured(
            f"verifying {entries:,} entries twice, in SQL and in Python", f"{took:.1f} s, {entries / took:,.0f}/s"
        ),
        *await _look_back(world),
    ]


def main() -> None:
    """Measure a book of as many entries as the first argument says."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        world = asyncio.run(make_world(server, groups=1))
        table = Table("measured", "seen")
        for measured in asyncio.run(measure(world, entries)):
            table.add_row(measured.label, measured.seen)
    Console().print(table)


if __name__ == "__main__":
    main()
