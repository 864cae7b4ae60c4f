"""A member's statement of 1,000 lines over HTTP through the real server: a page of 100, and all of it page by page.

`python -m bench.statements [rounds]` reads it so often.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.asking import Asker, asking
from bench.report import quiet
from bench.world import World, analyze, make_world, run
from domain.identifiers import new_id
from domain.savings import ContributionItem, ContributionKind, RecordContributions, record_contributions
from persistence.embedded import EmbeddedServer

LINES = 1_000
PAGE = 100
ROUNDS = 15
MEMBERS = 25

_STATEMENT = """
query Statement($member: ID!, $after: String) {
  node(id: $member) { ... on Member { name statement(first: 100, after: $after, orderBy: OLDEST) {
    nodes {
      entryNumber effectiveOn kind debit { amount } credit { amount } memberBalanceAfter { amount }
      account { code name }
    }
    pageInfo { hasNextPage endCursor }
  } } }
}
"""


async def prepared(server: EmbeddedServer) -> World:
    """A group of 25, of whom each has so many lines in her name."""
    world = await make_world(server, groups=1, members=MEMBERS)
    (group,) = world.groups
    async with world.database() as database:
        for _ in range(LINES // PAGE):
            for member in group.members:
                item = ContributionItem(member_id=member, kind=ContributionKind.SHARE, shares=1)
                command = RecordContributions(
                    group_id=group.id, idempotency_key=new_id(), meeting_id=group.meeting_id, items=(item,) * PAGE
                )
                await run(database, world.principal, record_contributions, command)
    await analyze(world)
    return world


def read(asker: Asker, member: object) -> list[tuple[float, int]]:
    """Read the whole statement; milliseconds and statements of each page.

    Raises:
        AssertionError: Lines are missing, or out of order.
    """
    taken: list[tuple[float, int]] = []
    lines: list[dict[str, Any]] = []
    after = None
    while True:
        answered = asker.ask(_STATEMENT, member=member, after=after)
        taken.append((answered.ms, answered.statements))
        page = answered.data["node"]["statement"]
        lines += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    numbers = [line["entryNumber"] for line in lines]
    assert len(numbers) == LINES, len(numbers)
    assert numbers == sorted(numbers)
    return taken


def main(rounds: int = ROUNDS) -> None:
    """Measure and print."""
    quiet()
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as name, EmbeddedServer(Path(name) / "database") as server:
        world = asyncio.run(prepared(server))
        members = world.groups[0].members
        with asking(world, Path(name)) as asker:
            read(asker, members[0])
            readings = [read(asker, members[each % len(members)]) for each in range(rounds)]
        pages = [ms for reading in readings for ms, _ in reading]
        whole = [sum(ms for ms, _ in reading) for reading in readings]
        first = readings[0]
        print(f"a page of {PAGE} lines: {first[0][1]} statements, {_times(pages)}")
        counts = f"{len(first)} requests, {sum(count for _, count in first)} statements"
        print(f"the whole statement of {LINES:,} lines: {counts}, {_times(whole)}")


def _times(ms: list[float]) -> str:
    return f"least {min(ms):.1f} ms, median {statistics.median(ms):.1f} ms"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
