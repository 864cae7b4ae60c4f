"""The schema as a file, and whether it is current."""

from __future__ import annotations

import difflib
from pathlib import Path

__all__ = ["SCHEMA_FILE", "differences"]

SCHEMA_FILE = Path(__file__).parent.parent / "schema.graphql"

LINES_SHOWN_MAX = 60


def differences(current: str, file: Path = SCHEMA_FILE) -> list[str]:
    """How the file differs from the schema, as the lines of a patch; none if it is the same."""
    kept = file.read_text(encoding="utf-8") if file.is_file() else ""
    if kept == current:
        return []
    patch = difflib.unified_diff(
        kept.splitlines(), current.splitlines(), fromfile=file.name, tofile="the code", lineterm="", n=1
    )
    lines = list(patch) or [f"{file.name} differs in line ends only"]
    more = len(lines) - LINES_SHOWN_MAX
    return [*lines[:LINES_SHOWN_MAX], f"… and {more} lines more"] if more > 0 else lines
