"""Frozen SQL files cut into single statements, as distributed PostgreSQL and squawk want them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["split", "statements_of"]

_COMMENT = r"--[^\n]*|/\*.*?\*/"
_TOKENS = re.compile(
    rf"""{_COMMENT}|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|\bBEGIN\ ATOMIC\n.*?\nEND(?=;)|;"""
    r"""|(?P<unclosed>'|"|/\*|\$\w*\$|\bBEGIN\ ATOMIC\b)""",
    re.DOTALL,
)
_COMMENTS = re.compile(_COMMENT, re.DOTALL)


def split(text: str) -> Iterator[str]:
    """The statements of a file, without the semicolon; comments, strings, names and dollar quotes are passed over.

    So are bodies that are stored parsed: their `BEGIN ATOMIC` ends a line, and their `END` stands on one of its own.

    Raises:
        ValueError: A statement is empty, something quoted is not closed, or the last statement does not end.
    """
    start = 0
    for token in _TOKENS.finditer(text):
        if token["unclosed"]:
            raise ValueError(f"nothing closes {text[token.start() :][:60]!r}")
        if token.group() == ";":
            statement = text[start : token.start()].strip()
            if not _COMMENTS.sub("", statement).strip():
                raise ValueError(f"an empty statement after {text[:start][-60:]!r}")
            yield statement
            start = token.end()
    if rest := _COMMENTS.sub("", text[start:]).strip():
        raise ValueError(f"the last statement has no semicolon: {rest[:60]!r}")


def statements_of(revision: str) -> Iterator[str]:
    """The statements of a revision's folder, its files in the order of their names."""
    for path in sorted((Path(__file__).parent / "sql" / revision).glob("*.sql")):
        yield from split(path.read_text(encoding="utf-8"))
