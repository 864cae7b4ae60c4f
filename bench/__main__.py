"""Runs every measurement on an embedded server with fsync on, and prints what was seen beside what is aimed at.

The comparison with others comes last; `python -m bench.comparison` runs it alone.
"""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bench import books, overhead, posting, reading, subscriptions
from bench.comparison.comparing import run as compare
from bench.world import analyze, make_world
from persistence.embedded import EmbeddedServer

SECONDS = 10
GROUPS = 100
ENTRIES = 100_000
"""How many entries the large book gets; `python -m bench.books 1000000` measures a larger one alone."""


def main() -> None:
    """Measure and print."""
    console = Console()
    console.print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {SECONDS} s each; database on the same machine"
    )
    table = Table("measured", "seen", "aimed at")
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        world = asyncio.run(make_world(server, groups=GROUPS))
        # Plans are made for tables that hold something, as they do in life.
        posting.through_service(world, GROUPS, SECONDS, "sheet")
        asyncio.run(analyze(world))
        for label, rate, aim in (
            ("ledger.post alone, 8 clients, many groups, a second", posting.post_alone(world, GROUPS, SECONDS), 2500),
            ("ledger.post alone, 8 clients, one group", posting.post_alone(world, 1, SECONDS), 900),
            (
                "a contribution through the service, many groups",
                posting.through_service(world, GROUPS, SECONDS, "one"),
                1200,
            ),
            ("a contribution through the service, one group", posting.through_service(world, 1, SECONDS, "one"), 450),
            (
                "ledger lines by sheets of 25 members (50 entries)",
                posting.LINES_OF_AN_ENTRY * posting.through_service(world, GROUPS, SECONDS, "sheet"),
                4000,
            ),
        ):
            table.add_row(label, f"{rate:,.0f}", f"{aim:,}")
        pages, statements = uvloop.run(reading.group_pages(world, SECONDS))
        table.add_row("group pages a second, one process", f"{pages:,.0f}", "")
        table.add_row("statements of a group page", str(statements), "6")
        for measured in asyncio.run(books.measure(world, ENTRIES)):
            table.add_row(measured.label, measured.seen, "")
    console.print(table)
    overhead.main()
    subscriptions.main(SECONDS)
    compare()


if __name__ == "__main__":
    main()
