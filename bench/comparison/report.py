"""The table of the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from bench.comparison.contenders import Family
from bench.comparison.cpu import Used
from bench.comparison.load import BUSY_MAX
from bench.comparison.rounds import Result

__all__ = ["WIDTH", "report"]

WIDTH = 140
"""What the table needs, in characters."""
LINE_MAX = 60


def _best(results: Sequence[Result], family: Family) -> float:
    return max((each.rate for each in results if each.contender.server.family is family), default=0.0)


def _times(rate: float, of: float, form: str) -> str:
    return format(rate / of, form) if of else ""


def _cpu(used: Used | None) -> str:
    return "" if used is None else f"{1_000 * used.server:.2f} + {1_000 * used.database:.2f}"


def _line(message: str) -> str:
    return escape(message.splitlines()[0][:LINE_MAX])


def report(all_results: Mapping[str, Sequence[Result]]) -> Table:
    """A row for each contender, below the question that it was asked.

    Ratios and shares are to the best of PostGraphile's configurations and to the best of the hand-written server's. The
    processor time of an answer is that of the server and that of the database.
    """
    table = Table(show_lines=False)
    for heading in ("", "a second", "to PostGraphile", "of REST", "p95 ms", "CPU ms", "answers"):
        table.add_column(heading, justify="left" if heading in ("", "answers") else "right", no_wrap=True)
    for label, results in all_results.items():
        table.add_section()
        table.add_row(f"[bold]{label}[/bold]")
        postgraphile, floor = _best(results, Family.POSTGRAPHILE), _best(results, Family.REST)
        for result in results:
            name = f"  {result.contender.name}"
            if result.failure is not None:
                table.add_row(name, "failed", "", "", "", "", _line(result.failure))
                continue
            mark = " *" if result.busy > BUSY_MAX else ""
            table.add_row(
                name,
                f"{result.rate:,.0f}{mark}",
                _times(result.rate, postgraphile, ".2f"),
                _times(result.rate, floor, ".0%"),
                f"{result.p95:.1f}",
                _cpu(result.cpu),
                "agree" if result.difference is None else _line(result.difference),
            )
    return table
