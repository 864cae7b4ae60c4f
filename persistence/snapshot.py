"""What one query reads: one connection, one read-only transaction, one moment in the life of the database."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from uuid import UUID

import asyncpg

from domain.policy import Viewer
from persistence.crypto.keyring import Keyring
from persistence.database import Database, DatabaseUnavailableError, Isolation, told_of
from persistence.viewer import Principal, enter

__all__ = ["Snapshot", "SnapshotClosedError", "SnapshotFailedError"]


class SnapshotClosedError(RuntimeError):
    """A field asked after its operation had ended, because another field's error ended it."""


class SnapshotFailedError(RuntimeError):
    """A statement failed before, so the transaction, and with it the operation, is over."""


class Snapshot:
    """A read transaction of one principal, begun when it is first needed.

    Fields that a query names side by side ask at the same time; a connection answers one statement at a time, so they
    take turns.

    Args:
        tenants: Where everything that will be read lies, if that is known: the viewer's lists are cut to it.
        turn: What is held while the transaction is open, where only so many may read at a time.

    Attributes:
        keyring: What opens sealed values.
        statements_count: How many statements were sent, begin and end not counted.
        failure: The error that ended the transaction; None while it goes on.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        principal: Principal,
        tenants: list[UUID] | None = None,
        turn: asyncio.Semaphore | None = None,
    ) -> None:
        self.keyring = keyring
        self.statements_count = 0
        self.failure: Exception | None = None
        self._database = database
        self._principal = principal
        self._tenants = tenants
        self._shared_turn = turn
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._connection: asyncpg.Connection | None = None
        self._viewer: Viewer | None = None
        self._is_closed = False

    async def open(self) -> Viewer:
        """Begin, if that has not happened, and say who the viewer is.

        Raises:
            UnauthenticatedError: The principal is unknown, expired or revoked.
            DatabaseUnavailableError: The database did not answer.
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
            if self.failure is not None:
                raise SnapshotFailedError from self.failure
            connection = await self._begin()
            self.statements_count += 1
            try:
                return await connection.fetch(statement, *arguments)  # type: ignore[no-any-return]
            except Exception as error:
                self.failure = told_of(error)
                raise self.failure from error

    async def close(self) -> None:
        """End the transaction; whatever still asks is refused."""
        async with self._turn:
            self._is_closed = True
            if self.failure is None:
                # What was read stays as true where the connection broke before the end.
                with suppress(DatabaseUnavailableError):
                    await self._stack.aclose()
                return
            # Told of the error, the transaction rolls back and raises it again, which is known here.
            with suppress(Exception):
                await self._stack.__aexit__(type(self.failure), self.failure, None)

    async def _begin(self) -> asyncpg.Connection:
        if self._is_closed:
            raise SnapshotClosedError
        if self._connection is None:
            if self._shared_turn is not None:
                await self._stack.enter_async_context(self._shared_turn)
            connection = await self._stack.enter_async_context(
                self._database.transaction(self._principal.role, Isolation.READ)
            )
            self.statements_count += 1
            try:
                self._viewer = await enter(connection, self._principal, self._tenants)
            except Exception as error:
                if (told := told_of(error)) is error:
                    raise
                self.failure = told
                raise told from error
            self._connection = connection
        return self._connection
