"""What is open to clients in this process: how many, through whose session, and how each is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import structlog

from graph.subscriptions.protocol import Ending
from persistence.database import Database, DatabaseRole, Isolation
from persistence.viewer import Principal, UnauthenticatedError, enter

__all__ = ["CHECK_SECONDS", "Stream", "Streams"]

CHECK_SECONDS = 10.0
"""How often the sessions of all that is open are looked up: what is revoked is closed, also where all is quiet."""

_NO_TENANTS: list[UUID] = []

_log = structlog.get_logger("kibubu.streams")


class Stream:
    """One WebSocket or event stream.

    Attributes:
        ending: Why it is to end; None while it goes on.
        principal: Through what the client came; None until that is known.
    """

    def __init__(self) -> None:
        self.ending: Ending | None = None
        self.principal: Principal | None = None
        self._is_ending = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def end(self, ending: Ending) -> None:
        """Let it end, for the first reason that is given."""
        if self.ending is None:
            self.ending = ending
            self._is_ending.set()

    def end_at(self, moment: datetime, ending: Ending) -> None:
        """Let it end at a moment, unless another is set later."""
        self.end_in((moment - datetime.now(UTC)).total_seconds(), ending)

    def end_in(self, seconds: float, ending: Ending) -> None:
        """Let it end after so many seconds, unless another time is set later."""
        self.cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self.end, ending)

    def cancel_timer(self) -> None:
        """Let it go on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def ended(self) -> None:
        """Wait until it is to end."""
        await self._is_ending.wait()


class Streams:
    """All that is open.

    Args:
        database: The pools.
        count_max: How many may be open.
        check_seconds: See `CHECK_SECONDS`.
    """

    def __init__(self, database: Database, count_max: int, *, check_seconds: float = CHECK_SECONDS) -> None:
        self._database = database
        self._count_max = count_max
        self._check_seconds = check_seconds
        self._open: set[Stream] = set()
        self._is_closing = False
        self._none_left = asyncio.Event()
        self._checking: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def has_room(self) -> bool:
        """Whether another may be opened."""
        return not self._is_closing and len(self._open) < self._count_max

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Open one; it counts until the end of the block."""
        stream = Stream()
        self._open.add(stream)
        self._none_left.clear()
        if self._checking is None:
            self._checking = asyncio.create_task(self._check_all(), name="streams")
        try:
            yield stream
        finally:
            stream.cancel_timer()
            self._open.discard(stream)
            if not self._open:
                self._none_left.set()
                self._checking.cancel()
                self._checking = None

    async def close(self) -> None:
        """Open no more, end all, and wait until they have: queries and mutations under way are finished first."""
        self._is_closing = True
        for stream in list(self._open):
            stream.end(Ending.RESTART)
        if self._open:
            await self._none_left.wait()

    async def _check_all(self) -> None:
        while True:
            await asyncio.sleep(self._check_seconds)
            # What cannot be asked now is asked the next time; meanwhile each event is authorised by itself.
            with suppress(Exception):
                await self.check()

    async def check(self) -> None:
        """End whatever came through a session, or credential, that has ended."""
        principals = {stream.principal for stream in self._open if stream.principal is not None}
        for role in {principal.role for principal in principals}:
            await self._check_role(role, [each for each in principals if each.role is role])

    async def _check_role(self, role: DatabaseRole, principals: list[Principal]) -> None:
        waiting = iter(principals)
        is_left = True
        while is_left:
            refused = None
            is_left = False
            # A refusal ends the transaction, so the rest is asked in another.
            with suppress(UnauthenticatedError):
                async with self._database.transaction(role, Isolation.READ) as connection:
                    for principal in waiting:
                        refused, is_left = principal, True
                        await enter(connection, principal, _NO_TENANTS)
                        refused, is_left = None, False
            if refused is not None:
                _log.info("stream_revoked", principal=str(refused.id))
                for stream in list(self._open):
                    if stream.principal == refused:
                        stream.end(Ending.REVOKED)
