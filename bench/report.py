"""How the measurements are printed: a line each, as soon as it is there, so that what ends early loses nothing."""

from __future__ import annotations

from rich.console import Console

from graph.settings import LogLevel
from operations.logs import configure_logging

__all__ = ["quiet", "show"]

LABEL_WIDTH = 96


def quiet() -> None:
    """Keep the application's own lines, one for each operation, out of what is printed."""
    configure_logging(level=LogLevel.WARNING)


def show(console: Console, label: str, seen: str, aim: str = "") -> None:
    """Print what was seen, and what is aimed at where anything is."""
    console.print(
        f"{label:<{LABEL_WIDTH}} {seen}{f'  (aimed at {aim})' if aim else ''}", highlight=False, soft_wrap=True
    )
