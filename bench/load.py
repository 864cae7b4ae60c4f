"""Loading a partner's groups through the services: 2,000 groups, 50,000 members and 1,000,000 contributions.

`python -m bench.load [groups]` loads so many groups, each with 25 members and 500 contributions at 10 meetings that are
opened and closed, then verifies the books of some of them.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import asyncpg
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.report import quiet, show
from bench.search import FIRST, LAST
from bench.world import DATABASE, World, address, analyze, make_world, run
from domain.groups import CreateGroup, GroupKind, create_group
from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.meetings import CashCount, CloseMeeting, OpenMeeting, close_meeting, open_meeting
from domain.members import AddMember, add_member
from domain.savings import ContributionItem, ContributionKind, RecordContributions, record_contributions
from operations.verification import verify_books
from persistence.database import Database
from persistence.embedded import EmbeddedServer

GROUPS = 2_000
MEMBERS = 25
MEETINGS = 10
PROCESSES = 2
CLIENTS = 3
"""How many groups each process loads side by side: while one waits for the disk, another has the processor."""
VERIFIED = 20
SHARE_PRICE = Decimal(200)
SOCIAL_FUND = Decimal(20)

_COUNTS = """
SELECT (SELECT count(*) FROM app.groups) AS groups, (SELECT count(*) FROM app.members) AS members,
       (SELECT count(*) FROM app.contributions) AS contributions, (SELECT count(*) FROM ledger.lines) AS lines
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What one process did: so many of a kind of command, and how long its clients waited for them, in seconds."""

    kind: str
    count: int
    seconds: float


class _Loader:
    """One process: it loads its part of the groups."""

    def __init__(self, world: World, database: Database, results: multiprocessing.Queue[Done | None]) -> None:
        self.world = world
        self.database = database
        self.results = results

    async def group(self, number: int) -> None:
        """A group with its members and meetings."""
        began = time.perf_counter()
        group_id = await run(
            self.database,
            self.world.principal,
            create_group,
            CreateGroup(
                idempotency_key=new_id(),
                name=f"Group {number}",
                kind=GroupKind.VSLA,
                currency="KES",
                country="KE",
                time_zone="Africa/Nairobi",
                share_price=SHARE_PRICE,
                shares_max=5,
                social_fund_amount=SOCIAL_FUND,
            ),
        )
        began = self._tell("group", 1, began)
        members = await self._members(group_id, number)
        began = self._tell("member", len(members), began)
        for meeting in range(MEETINGS):
            began = await self._meeting(group_id, members, meeting, began)

    async def _members(self, group_id: UUID, number: int) -> list[UUID]:
        choose = random.Random(number)
        members = []
        for each in range(MEMBERS):
            command = AddMember(
                group_id=group_id,
                idempotency_key=new_id(),
                number=each + 1,
                name=f"{choose.choice(FIRST)} {choose.choice(LAST)}",
                phone=f"+2547{number % 10_000:04d}{each:04d}",
            )
            members.append(await run(self.database, self.world.principal, add_member, command))
        return members

    async def _meeting(self, group_id: UUID, members: list[UUID], number: int, began: float) -> float:
        world = self.world
        opening = OpenMeeting(group_id=group_id, idempotency_key=new_id())
        meeting_id = await run(self.database, world.principal, open_meeting, opening)
        began = self._tell("meeting opened", 1, began)
        items = (
            *(ContributionItem(member_id=each, kind=ContributionKind.SHARE, shares=1) for each in members),
            *(
                ContributionItem(member_id=each, kind=ContributionKind.SOCIAL_FUND, amount=SOCIAL_FUND)
                for each in members
            ),
        )
        sheet = RecordContributions(
            group_id=group_id, idempotency_key=new_id(), meeting_id=meeting_id, items=items, is_all_or_nothing=True
        )
        sent = {"meeting": meeting_id, "items": [str(item.member_id) for item in items]}
        await run(self.database, world.principal, record_contributions, sheet, sent)
        began = self._tell("contribution", len(items), began)
        closing = CloseMeeting(
            group_id=group_id,
            idempotency_key=new_id(),
            meeting_id=meeting_id,
            expected_version=1,
            opening_counts=_counts(number),
            closing_counts=_counts(number + 1),
        )
        await run(self.database, world.principal, close_meeting, closing)
        return self._tell("meeting closed", 1, began)

    def _tell(self, kind: str, count: int, began: float) -> float:
        now = time.perf_counter()
        self.results.put(Done(kind, count, now - began))
        return now


def _counts(meetings: int) -> tuple[CashCount, ...]:
    """What is in the box after so many meetings."""
    if meetings == 0:
        return ()
    return (
        CashCount(Fund.LOAN_FUND, Place.BOX, SHARE_PRICE * MEMBERS * meetings),
        CashCount(Fund.SOCIAL_FUND, Place.BOX, SOCIAL_FUND * MEMBERS * meetings),
    )


async def _load(world: World, numbers: Iterator[int], results: multiprocessing.Queue[Done | None]) -> None:
    async with world.database(size=CLIENTS) as database, asyncio.TaskGroup() as clients:
        loader = _Loader(world, database, results)

        async def client() -> None:
            for number in numbers:
                await loader.group(number)

        for _ in range(CLIENTS):
            clients.create_task(client())


def _process(world: World, numbers: range, results: multiprocessing.Queue[Done | None]) -> None:
    uvloop.run(_load(world, iter(numbers), results))
    results.put(None)


def load(world: World, groups: int) -> dict[str, tuple[int, float]]:
    """Load so many groups by several processes; for each kind of command how many, and how long clients waited."""
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[Done | None] = context.Queue()
    processes = [
        context.Process(target=_process, args=(world, range(start, groups, PROCESSES), results))
        for start in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    totals: dict[str, tuple[int, float]] = {}
    columns = (
        TextColumn("contributions"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("", total=groups * MEMBERS * MEETINGS * 2)
        left = PROCESSES
        while left:
            done = results.get(timeout=120)
            if done is None:
                left -= 1
                continue
            count, seconds = totals.get(done.kind, (0, 0.0))
            totals[done.kind] = (count + done.count, seconds + done.seconds)
            if done.kind == "contribution":
                progress.advance(task, done.count)
    for process in processes:
        process.join()
    return totals


async def _verify(world: World) -> int:
    """Verify the books of some groups, chosen by chance; how many.

    Raises:
        AssertionError: One is not sound.
    """
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    rows = await admin.fetch("SELECT tenant_id FROM app.groups ORDER BY random() LIMIT $1", VERIFIED)
    await admin.close()
    addresses = {"kibubu_worker_login": address(world.server, "kibubu_worker_login")}
    for row in rows:
        report = await verify_books(addresses, group_id=row["tenant_id"])
        assert report.is_sound, report.faults
    return len(rows)


async def _counted(world: World) -> asyncpg.Record:
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    row = await admin.fetchrow(_COUNTS)
    await admin.close()
    return row


def main(groups: int = GROUPS) -> None:
    """Load, verify and print."""
    quiet()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as name, EmbeddedServer(Path(name)) as server:
        world = asyncio.run(make_world(server, groups=0))
        began = time.monotonic()
        totals = load(world, groups)
        took = time.monotonic() - began
        row = asyncio.run(_counted(world))
        assert (row["groups"], row["members"]) == (groups, groups * MEMBERS), row
        assert row["contributions"] == groups * MEMBERS * MEETINGS * 2, row
        for kind, (count, seconds) in totals.items():
            show(
                console,
                f"milliseconds that a client waited for each {kind} ({count:,})",
                f"{seconds / count * 1000:.2f}",
            )
        words = f"{groups:,} groups, {row['members']:,} members, {row['contributions']:,} contributions"
        show(console, f"seconds to load {words}", f"{took:.0f}", "600 for 2,000 groups" if groups == GROUPS else "")
        show(
            console, "contributions a second, all that belongs to them included", f"{row['contributions'] / took:,.0f}"
        )
        asyncio.run(analyze(world))
        began = time.monotonic()
        verified = asyncio.run(_verify(world))
        show(console, f"seconds to verify {verified} of the books", f"{time.monotonic() - began:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else GROUPS)
