"""What one operation asks of the database: counted and, where somebody traces, timed, whoever sends the statements.

The tally goes with an operation through every task that it starts. Nothing here knows who reads it.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

import asyncpg

__all__ = ["ObservedConnection", "Tally", "tally"]


class Tally:
    """What one operation sent to the database.

    Attributes:
        statements: How many statements, those that begin or end a transaction not counted.
        around: Gives what stands around a statement while it runs, from its text; None where nobody wants to know.
    """

    __slots__ = ("around", "statements")

    def __init__(self) -> None:
        self.statements = 0
        self.around: Callable[[str], AbstractContextManager[Any]] | None = None


tally: ContextVar[Tally | None] = ContextVar("tally", default=None)
"""The tally of the operation that is running; None outside of any."""


class ObservedConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that enters what it sends in the tally."""

    __slots__ = ()

    def execute(self, query: str, *arguments: object, **options: object) -> Awaitable[str]:
        """See `asyncpg.Connection`; what begins or ends a transaction alone has no arguments."""
        return _noted(query, super().execute, arguments, options, is_counted=bool(arguments))

    def executemany(self, command: str, args: object, **options: object) -> Awaitable[None]:
        """See `asyncpg.Connection`; however many rows, it is one statement."""
        return _noted(command, super().executemany, (args,), options)

    def fetch(self, query: str, *arguments: object, **options: object) -> Awaitable[list[asyncpg.Record]]:
        """See `asyncpg.Connection`."""
        return _noted(query, super().fetch, arguments, options)

    def fetchval(self, query: str, *arguments: object, **options: object) -> Awaitable[Any]:
        """See `asyncpg.Connection`."""
        return _noted(query, super().fetchval, arguments, options)

    def fetchrow(self, query: str, *arguments: object, **options: object) -> Awaitable[asyncpg.Record | None]:
        """See `asyncpg.Connection`."""
        return _noted(query, super().fetchrow, arguments, options)

    def cursor(self, query: str, *arguments: object, **options: object) -> AsyncIterable[asyncpg.Record]:
        """See `asyncpg.Connection`; its rows come as they are asked for, so there is nothing to time."""
        current = tally.get()
        if current is not None:
            current.statements += 1
        return super().cursor(query, *arguments, **options)  # type: ignore[no-any-return]  # asyncpg has no types


def _noted(
    statement: str,
    call: Callable[..., Awaitable[Any]],
    arguments: tuple[object, ...],
    options: dict[str, object],
    *,
    is_counted: bool = True,
) -> Awaitable[Any]:
    # No coroutine of its own where nobody traces: it would cost more than the counting.
    current = tally.get()
    if current is not None:
        if is_counted:
            current.statements += 1
        if current.around is not None:
            return _within(current.around(statement), call(statement, *arguments, **options))
    return call(statement, *arguments, **options)


async def _within(around: AbstractContextManager[Any], answer: Awaitable[Any]) -> Any:  # noqa: ANN401 - as asyncpg gives it
    with around:
        return await answer
