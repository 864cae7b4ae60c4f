"""A large book: how fast a batch is posted, what an entry takes on disk, how long proving it and looking back take."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import Progress

from bench.report import quiet, show
from bench.world import DATABASE, KEYRING, World, address, analyze, make_world
from domain.currencies import currency
from domain.identifiers import new_id
from domain.ledger.accounts import Place, account_id
from domain.ledger.events import Booking, share_purchase
from domain.ledger.postings import Posting
from domain.money import Money
from domain.savings import Contribution, ContributionKind
from operations.verification import verify_books
from persistence.database import DatabaseRole, Isolation
from persistence.embedded import EmbeddedServer
from persistence.reads.accounts import AsOf, load_account_balances, load_fund_balances
from persistence.reads.ledger import find_closing_code
from persistence.reads.members import load_member_balances
from persistence.snapshot import Snapshot
from persistence.unit_of_work import Work
from persistence.viewer import enter

BATCH = 100
DAYS = 700
"""Over how many days the entries are spread."""
LOOKS = 20
_TABLES = (
    "ledger.entries",
    "ledger.lines",
    "ledger.movements",
    "ledger.account_balances",
    "ledger.member_balances",
    "app.contributions",
    "app.changes",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the report."""

    label: str
    seen: str


def _contribution(world: World, number: int, on: date) -> Contribution:
    group = world.groups[0]
    return Contribution(
        id=new_id(),
        meeting_id=group.meeting_id,
        on=on,
        member_id=group.members[number % len(group.members)],
        kind=ContributionKind.SHARE,
        shares=1,
        amount=Money(Decimal(200), currency("KES")),
        place=Place.BOX,
        device_time=None,
    )


def _posting(world: World, contribution: Contribution) -> Posting:
    group = world.groups[0]
    booking = Booking(
        entry_id=contribution.id, group_id=group.id, on=contribution.on, meeting_id=contribution.meeting_id
    )
    member, amount = contribution.member_id, contribution.amount
    return share_purchase(booking, member_id=member, amount=amount, shares=1, place=Place.BOX)


async def _fill(world: World, entries: int) -> float:
    """Record contributions in batches from one client, as a service does once they are checked; entries a second."""
    first_day = datetime.now(UTC).date() - timedelta(days=DAYS)
    group = world.groups[0]
    async with world.database(size=1) as database:
        began = time.monotonic()
        with Progress(transient=True) as progress:
            task = progress.add_task("posting", total=entries)
            for start in range(0, entries, BATCH):
                on = first_day + timedelta(days=start * DAYS // entries)
                batch = [_contribution(world, number, on) for number in range(start, start + BATCH)]
                postings = [_posting(world, each) for each in batch]
                async with database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
                    viewer = await enter(connection, world.principal, [group.id])
                    await connection.execute("SELECT app.enter_write($1)", [group.id])
                    work = Work(connection, KEYRING, viewer, datetime.now(UTC))
                    await work.contributions.post(group.id, new_id(), batch, postings)
                progress.advance(task, BATCH)
        return entries / (time.monotonic() - began)


async def _size(world: World) -> int:
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    size: int = await admin.fetchval(
        "SELECT sum(pg_total_relation_size(t::regclass))::bigint FROM unnest($1::text[]) t", _TABLES
    )
    await admin.close()
    return size


async def _look_back(world: World, entries: int) -> AsyncIterator[Measured]:
    """How long balances at a moment take, the median of several looks; the viewer is entered before."""
    group = world.groups[0]
    middle = datetime.now(UTC).date() - timedelta(days=DAYS // 2)
    box = account_id(group.id, "1110")
    async with world.database(size=1) as database:
        for words, as_of in (
            ("now", AsOf()),
            ("at a date", AsOf(on=middle)),
            ("after an entry", AsOf(entry=entries // 2)),
        ):
            times = []
            for _ in range(LOOKS):
                snapshot = Snapshot(database, KEYRING, world.principal, [group.id])
                await snapshot.open()
                began = time.monotonic()
                await load_account_balances(snapshot, [(group.id, box)], as_of)
                one = time.monotonic()
                await load_fund_balances(snapshot, [group.id], as_of)
                funds = time.monotonic()
                await load_member_balances(snapshot, [(group.id, member) for member in group.members], as_of)
                times.append((one - began, funds - one, time.monotonic() - funds))
                await snapshot.close()
            account_ms, funds_ms, members_ms = (sorted(each)[LOOKS // 2] * 1000 for each in zip(*times, strict=True))
            seen = f"{account_ms:.1f} ms, {funds_ms:.1f} ms, {members_ms:.1f} ms"
            yield Measured(f"balance of an account, of the funds, of 25 members, {words}", seen)
        snapshot = Snapshot(database, KEYRING, world.principal, [group.id])
        await snapshot.open()
        began = time.monotonic()
        for _ in range(LOOKS):
            await find_closing_code(snapshot, group.id, 1)
        yield Measured("looking up a closing code", f"{(time.monotonic() - began) * 1000 / LOOKS:.1f} ms")
        await snapshot.close()


async def measure(world: World, entries: int) -> AsyncIterator[Measured]:
    """Fill one book, empty so far, and measure it; each figure as soon as it is there.

    Raises:
        AssertionError: The book is not sound.
    """
    before = await _size(world)
    rate = await _fill(world, entries)
    yield Measured(f"entries a second posted in batches of {BATCH}, one client, one book", f"{rate:,.0f}")
    await analyze(world)
    size = await _size(world) - before
    words = "bytes an entry of two lines takes with its contribution, indexes and change log included"
    yield Measured(words, f"{size / entries:,.0f}")
    began = time.monotonic()
    addresses = {"kibubu_worker_login": address(world.server, "kibubu_worker_login")}
    report = await verify_books(addresses, group_id=world.groups[0].id)
    took = time.monotonic() - began
    assert report.is_sound, report.faults
    yield Measured(
        f"verifying {entries:,} entries twice, in SQL and in Python", f"{took:.1f} s, {entries / took:,.0f}/s"
    )
    async for measured in _look_back(world, entries):
        yield measured


async def _run(console: Console, world: World, entries: int) -> None:
    async for measured in measure(world, entries):
        show(console, measured.label, measured.seen)


def run(console: Console, entries: int) -> None:
    """Measure a book on a server of its own, and print each figure as soon as it is there."""
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        world = asyncio.run(make_world(server, groups=1))
        asyncio.run(_run(console, world, entries))


def main() -> None:
    """Measure a book of as many entries as the first argument says."""
    quiet()
    run(Console(), int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)


if __name__ == "__main__":
    main()
