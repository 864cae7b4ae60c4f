"""What one query reads: one connection, one read-only transaction, one moment in the life of the database."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import asyncpg

from domain.policy import Viewer
from persistence.crypto.keyring import Keyring
from persistence.database import Database, Isolation
from persistence.viewer import Principal, enter

__all__ = ["Snapshot", "SnapshotClosedError"]


class SnapshotClosedError(RuntimeError):
    """A field asked after its operation had ended, because another field's error ended it."""


class Snapshot:
    """A read transaction of one principal, begun when it is first needed.

    Fields that a query names side by side ask at the same time; a connection answers one statement at a time, so they
    take turns.

    Attributes:
        keyring: What opens sealed values.
        statements_count: How many statements were sent, begin and end not counted.
    """

    def __init__(self, database: Database, keyring: Keyring, principal: Principal) -> None:
        self.keyring = keyring
        self.statements_count = 0
        self._database = database
        self._principal = principal
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._connection: asyncpg.Connection | None = None
        self._viewer: Viewer | None = None
        self._is_closed = False

    async def open(self) -> Viewer:
        """Begin, if that has not happened, and say who the viewer is.

        Raises:
            UnauthenticatedError: The principal is unknown, expired or revoked.
        """
        async with self._turn:
            await self._begin()
        return self.viewer

    @property
    def viewer(self) -> Viewer:
        """Who reads; known once the snapshot is open."""
        if self._viewer is None:
            raise RuntimeError("the snapshot is not open")
        return self._viewer

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """The rows that a statement gives, of those that the viewer may see."""
        async with self._turn:
            connection = await self._begin()
            self.statements_count += 1
            return await connection.fetch(statement, *arguments)  # type: ignore[no-any-return]

    async def close(self) -> None:
        """End the transaction; whatever still asks is refused."""
        async with self._turn:
            self._is_closed = True
            await self._stack.aclose()

    async def _begin(self) -> asyncpg.Connection:
        if self._is_closed:
            raise SnapshotClosedError
        if self._connection is None:
            connection = await self._stack.enter_async_context(
                self._database.transaction(self._principal.role, Isolation.READ)
            )
            self.statements_count += 1
            self._viewer = await enter(connection, self._principal, None)
            self._connection = connection
        return self._connection
