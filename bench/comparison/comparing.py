"""One comparison from beginning to end: install, make the database, start every server, measure, print.

What favours PostGraphile, for want of a way that favours nobody: the viewer is entered once for each session and kept,
where Kibubu asks the database on every request; only the database decides permissions; and its functions and
sub-selects were written for these questions. What does not: it runs each root field in a transaction of its own.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from bench.comparison import node
from bench.comparison.contenders import contenders, serve_all
from bench.comparison.load import BUSY_MAX, CONNECTIONS, Generator
from bench.comparison.queries import QUESTIONS
from bench.comparison.report import WIDTH, report
from bench.comparison.rounds import Pace, Result, compare
from bench.comparison.world import Savings, make_savings
from bench.world import KEYRING
from operations.signals import end_on_signals
from persistence.embedded import EmbeddedServer
from persistence.reads.ledger import find_faults
from persistence.snapshot import Snapshot

__all__ = ["run"]


async def _faults(savings: Savings) -> int:
    """How many faults all books have after what was recorded."""
    count = 0
    async with savings.world.database() as database:
        for group in savings.groups:
            snapshot = Snapshot(database, KEYRING, savings.world.principal, [group.id])
            count += len(await find_faults(snapshot, group.id))
            await snapshot.close()
    return count


def run(pace: Pace | None = None, names: Iterable[str] = QUESTIONS) -> None:
    """Compare and print; says so and returns where PostGraphile cannot be had."""
    # Whatever ends this must not leave servers behind.
    end_on_signals()
    pace = pace or Pace()
    console = Console()
    if not console.is_terminal:
        # A file or a pipe is as wide as it has to be.
        console = Console(width=WIDTH)
    try:
        program = node.install()
    except node.InstallError as error:
        console.print(f"PostGraphile is not compared: {error}")
        return
    results: dict[str, list[Result]] = {}
    with tempfile.TemporaryDirectory(prefix="kibubu-comparison-") as name:
        folder = Path(name)
        with EmbeddedServer(folder / "database") as server:
            savings = asyncio.run(make_savings(server))
            node.add_functions(savings.world)
            with serve_all(savings, program, folder) as servers, Generator() as generator:
                for question in (QUESTIONS[each] for each in names):
                    results[question.label] = compare(contenders(question, servers), savings, generator, pace)
            faults = asyncio.run(_faults(savings))
    console.print(report(results))
    console.print(
        f"{CONNECTIONS} connections, {pace.rounds} interleaved rounds of {pace.seconds:g} s, medians; load generator, "
        f"servers and database on the same machine. * the generator used more than {BUSY_MAX:.0%} of a core. "
        "CPU: of the server and of the database, for each answer."
    )
    console.print(f"Faults in all books after the recording: {faults}.")
