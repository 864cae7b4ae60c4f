"""The schema and the page on errors as files: whether they are current, and whether the schema may be released."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from graphql import build_schema

from operations.console import CommandError
from operations.schema_care import lint, unannounced_changes
from operations.schema_care.changes import RELEASES, newest_release

__all__ = ["ERRORS_FILE", "SCHEMA_FILE", "check_style", "differences", "print_or_check", "release"]

ROOT = Path(__file__).parent.parent
SCHEMA_FILE = ROOT / "schema.graphql"
ERRORS_FILE = ROOT / "docs" / "errors.md"

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


def print_or_check(text: str, file: Path, say: Callable[[str], object], *, check: bool) -> None:
    """Say a text or, with `check`, compare it with the file that should hold it.

    Raises:
        CommandError: The file is not current.
    """
    if not check:
        say(text)
        return
    patch = differences(text, file)
    if patch:
        say("\n".join(patch) + "\n")
        raise CommandError(f"{file.name} is not current: run `make format`, and look at what changed.")


def check_style(text: str, *, releases: Path = RELEASES) -> str:
    """Hold a schema to its rules of style and to what clients of the last release were promised.

    Returns:
        A sentence that says what was compared.

    Raises:
        CommandError: A rule is broken; the message names each element and what to do.
    """
    schema = build_schema(text)
    last = newest_release(releases)
    faults = lint(schema)
    if last is not None:
        faults += unannounced_changes(last[1], schema, datetime.now(tz=UTC).date())
    if faults:
        raise CommandError("\n".join([*map(str, faults), f"The schema breaks {len(faults)} rules."]))
    return f"The schema keeps its rules{'' if last is None else f', and what release {last[0]} promised'}."


def release(text: str, *, releases: Path = RELEASES, project: Path = ROOT / "pyproject.toml") -> Path:
    """Keep a schema as that of the release that the project is at, for later ones to be compared with.

    Raises:
        CommandError: It takes away what the release before promised.
    """
    version = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    before = newest_release(releases, but_for=version)
    if before is not None:
        faults = unannounced_changes(before[1], build_schema(text), datetime.now(tz=UTC).date())
        if faults:
            raise CommandError("\n".join(map(str, faults)))
    file = releases / f"{version}.graphql"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file
