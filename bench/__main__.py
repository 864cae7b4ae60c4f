"""Runs every measurement on an embedded server with fsync on, and prints what was seen beside what is aimed at.

The comparison with others comes last; `python -m bench.comparison` runs it alone. Because they take long, two are only
run alone: `python -m bench.load`, which loads a partner's groups, and `python -m bench.sizing`, which tries workers and
connections.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

import uvloop
from rich.console import Console

from bench import arrears, books, meeting, overhead, posting, reading, search, statements, subscriptions
from bench.comparison.comparing import run as compare
from bench.report import quiet, show
from bench.world import World, analyze, make_world
from persistence.embedded import EmbeddedServer

SECONDS = 10.0
GROUPS = 100
ENTRIES = 100_000
"""How many entries the large book gets; `python -m bench.books 1000000` measures a larger one alone."""


def _rates(world: World, groups: int, seconds: float) -> Iterator[tuple[str, float, int]]:
    """What is posted a second, and what is aimed at."""
    yield (
        "ledger.post alone, 8 clients, many groups, a second",
        posting.post_alone(world, groups, seconds),
        2500,
    )
    yield "ledger.post alone, 8 clients, one group", posting.post_alone(world, 1, seconds), 900
    yield (
        "a contribution through the service, many groups",
        posting.through_service(world, groups, seconds, "one"),
        1200,
    )
    yield "a contribution through the service, one group", posting.through_service(world, 1, seconds, "one"), 450
    yield (
        "ledger lines by sheets of 25 members (50 entries)",
        posting.LINES_OF_AN_ENTRY * posting.through_service(world, groups, seconds, "sheet"),
        4000,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each rate is measured")
    parser.add_argument("--groups", type=int, default=GROUPS, help="how many groups are posted to")
    parser.add_argument("--entries", type=int, default=ENTRIES, help="how many entries the large book gets")
    parser.add_argument(
        "--alone", action="store_true", help="leave out searches, meetings, limits, sockets and the comparison"
    )
    chosen = parser.parse_args()
    quiet()
    console = Console()
    console.print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {chosen.seconds:g} s each; "
        "database on the same machine"
    )
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        world = asyncio.run(make_world(server, groups=chosen.groups))
        # Plans are made for tables that hold something, as they do in life.
        posting.through_service(world, chosen.groups, chosen.seconds, "sheet")
        asyncio.run(analyze(world))
        for label, rate, aim in _rates(world, chosen.groups, chosen.seconds):
            show(console, label, f"{rate:,.0f}", f"{aim:,}")
        pages, counted = uvloop.run(reading.group_pages(world, chosen.seconds))
        show(console, "group pages a second, one process", f"{pages:,.0f}")
        show(console, "statements of a group page", str(counted), "6")
    # What was posted above stands alone, without the contributions that verification looks for: a world of its own.
    books.run(console, chosen.entries)
    arrears.run(console)
    if not chosen.alone:
        search.main()
        meeting.main()
        statements.main()
        overhead.main()
        subscriptions.main(chosen.seconds)
        compare()


if __name__ == "__main__":
    main()
