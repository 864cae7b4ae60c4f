"""How many workers, and how many connections each: `python -m bench.sizing` asks the real server in every size.

What it shows on the machine that it runs on is what `docs/operations.md` recommends.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.comparison.contenders import Contender, Family, Server
from bench.comparison.load import CONNECTIONS, Generator, Measured, Run
from bench.comparison.queries import QUESTIONS, Question
from bench.comparison.servers import start_kibubu
from bench.comparison.world import Savings, make_savings
from operations.signals import end_on_signals
from persistence.embedded import EmbeddedServer

WORKERS = (1, 2, 3)
POOL_SIZES = (2, 4, 8, 16)
ASKED = ("header", "page", "record")
ROUNDS = 3
SECONDS = 2.0
WARM_SECONDS = 0.5


def _measure(savings: Savings, server: Server, question: Question, generator: Generator) -> Measured:
    """One turn at one server."""
    contender = Contender(server, question, "")
    return generator.measure(
        Run(server.at.port, contender.requests(savings), question.is_mutation, WARM_SECONDS, SECONDS)
    )


def _sizes(savings: Savings, generator: Generator, logs: Path) -> Iterator[tuple[str, ...]]:
    """A row for each size: the medians of what each question was answered with."""
    for workers in WORKERS:
        for pool_size in POOL_SIZES:
            with start_kibubu(savings.world, workers, logs, pool_size) as listening:
                server = Server(Family.KIBUBU, workers, listening)
                cells = []
                for question in (QUESTIONS[name] for name in ASKED):
                    turns = [_measure(savings, server, question, generator) for _ in range(ROUNDS)]
                    rate, late = median(each.rate for each in turns), median(each.p95 for each in turns)
                    cells.append(f"{rate:,.0f}/s, {late:.0f} ms")
            yield str(workers), str(pool_size), *cells


def main() -> None:
    """Measure every size and print a row as soon as it is there."""
    end_on_signals()
    console = Console()
    titles = ("workers", "connections each", *(QUESTIONS[name].label for name in ASKED))
    console.print(f"{CONNECTIONS} clients; answers a second and 95th percentile, medians of {ROUNDS} turns")
    table = Table(*titles)
    with tempfile.TemporaryDirectory(prefix="kibubu-sizing-") as name:
        folder = Path(name)
        with EmbeddedServer(folder / "database") as server:
            savings = asyncio.run(make_savings(server))
            with Generator() as generator:
                for row in _sizes(savings, generator, folder):
                    console.print(" | ".join(row))
                    table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    main()
