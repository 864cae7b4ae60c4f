"""Tracebacks for the log: where an exception came from, without the values that its message may quote.

The message of a driver names the row that a constraint refused, and that of a `ValueError` the text that could not be
read: either may be somebody's phone number. So the place, the class and PostgreSQL's names of the objects concerned are
told of every exception, and the message of those alone that quote no values.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from types import TracebackType

import asyncpg

__all__ = ["CHAIN_MAX", "traceback_without_values"]

CHAIN_MAX = 20
"""How many exceptions are told of where one led to another."""

_OWN = ("domain.", "graph.", "operations.", "persistence.")
_QUOTE_NOTHING = (
    AssertionError,
    AttributeError,
    ImportError,
    MemoryError,
    NameError,
    RuntimeError,
    TimeoutError,
    TypeError,
)
_OBJECTS = ("sqlstate", "schema_name", "table_name", "column_name", "constraint_name")


def traceback_without_values(error: BaseException) -> str:
    """The traceback of an exception and of those that led to it, the first of them first."""
    return "\n\n".join(_told(each) for each in reversed(list(_chain(error))))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting and len(seen) < CHAIN_MAX:
        current = waiting.pop()
        if current in seen:
            continue
        seen.append(current)
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        before = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if before is not None:
            waiting.append(before)


def _told(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = _message(error)
    return f"{_frames(error.__traceback__)}{name}{f': {message}' if message else ''}"


def _frames(begin: TracebackType | None) -> str:
    if begin is None:
        return ""
    return "Traceback (most recent call last):\n" + "".join(traceback.format_tb(begin))


def _message(error: BaseException) -> str:
    if isinstance(error, asyncpg.PostgresError):
        told = ((name, getattr(error, name, None)) for name in _OBJECTS)
        return ", ".join(f"{name} {value}" for name, value in told if value)
    if isinstance(error, OSError) and not isinstance(error, _QUOTE_NOTHING):
        return error.strerror or ""
    if isinstance(error, _QUOTE_NOTHING) or type(error).__module__.startswith(_OWN):
        return str(error)
    return "(message left out)"
