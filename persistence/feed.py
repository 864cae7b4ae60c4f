"""Following what changes: one dispatcher for each process, which tells subscribers how far their tenants have come.

The change log itself is the queue. The dispatcher asks for the number of every tenant that somebody in the process
follows, in one statement a tick, and wakes those whose tenant has moved on; each then reads the log after the number it
has, as its own viewer: together with the others that were woken, or, where it reads records as well, in a snapshot of
its own. Nothing is kept for a subscriber but that number, however slow.

That nothing is lost or doubled rests on one fact: within a tenant, numbers commit in order, since each is drawn under
the lock of the tenant's head row, which is held until the commit. So whoever sees a number in a snapshot sees all below
it, and none of them can turn up later. Across tenants there is no such order; a feed over several of them would have to
go by transaction, below the oldest that is still running. Here each tenant is followed by itself, so none is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import structlog

from persistence.database import Database, DatabaseRole, Isolation
from persistence.following import Readings

__all__ = ["BUSY_SECONDS", "IDLE_SECONDS", "Feed", "Follower"]

BUSY_SECONDS = 0.02
"""How long the dispatcher waits before it asks again, right after there was something new."""

IDLE_SECONDS = 0.25
"""How long it waits at most, when there has been nothing for a while."""

_SLOWER = 1.3
"""By how much each tick without news lengthens the wait."""

_REST_PER_WORK = 4.0
"""How long the dispatcher rests at least, for each second that it worked: with thousands of tenants a tick costs."""

_NUMBERS = "SELECT tenant_id, number FROM app.change_numbers($1, $2)"

_log = structlog.get_logger("kibubu.feed")


class _Topic:
    """One tenant that somebody follows."""

    __slots__ = ("followers", "number")

    def __init__(self) -> None:
        self.number = 0
        self.followers: set[Follower] = set()


class Follower:
    """Somebody who follows one tenant."""

    __slots__ = ("_news", "_topic")

    def __init__(self, topic: _Topic) -> None:
        self._topic = topic
        self._news = asyncio.Event()

    async def beyond(self, number: int) -> int:
        """The tenant's number, once it is larger than this one."""
        while self._topic.number <= number:
            self._news.clear()
            await self._news.wait()
        return self._topic.number

    def wake(self) -> None:
        """Let it look at the number."""
        self._news.set()


class Feed:
    """The dispatcher of a process. It asks only while somebody follows.

    Args:
        database: The pools.
        readers_max: How many followers may read the log, and what it leads to, at the same time: a burst of news must
            leave connections for requests.
        busy_seconds: See `BUSY_SECONDS`.
        idle_seconds: See `IDLE_SECONDS`.

    Attributes:
        turn: What a follower holds while it reads.
        readings: Reads for all who wait, where nothing but the log is to be read.
    """

    def __init__(
        self,
        database: Database,
        *,
        readers_max: int,
        busy_seconds: float = BUSY_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.turn = asyncio.Semaphore(readers_max)
        self.readings = Readings(database, self.turn)
        self._database = database
        self._busy_seconds = busy_seconds
        self._idle_seconds = idle_seconds
        self._topics: dict[UUID, _Topic] = {}
        self._asking: asyncio.Task[None] | None = None
        self._has_newcomers = asyncio.Event()

    @property
    def followers_count(self) -> int:
        """How many follow anything."""
        return sum(len(topic.followers) for topic in self._topics.values())

    @property
    def is_asking(self) -> bool:
        """Whether the dispatcher runs."""
        return self._asking is not None

    @contextmanager
    def follow(self, tenant_id: UUID) -> Iterator[Follower]:
        """Follow a tenant. Whether the viewer may is asked when the log is read, not here."""
        topic = self._topics.setdefault(tenant_id, _Topic())
        follower = Follower(topic)
        topic.followers.add(follower)
        self._has_newcomers.set()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="feed")
        try:
            yield follower
        finally:
            topic.followers.discard(follower)
            if not topic.followers:
                del self._topics[tenant_id]
            if not self._topics and self._asking is not None:
                self._asking.cancel()
                self._asking = None

    async def close(self) -> None:
        """Ask no more."""
        await self.readings.close()
        if self._asking is not None:
            asking, self._asking = self._asking, None
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking

    async def _ask(self) -> None:
        wait_seconds = self._busy_seconds
        clock = asyncio.get_running_loop().time
        while True:
            self._has_newcomers.clear()
            began = clock()
            try:
                has_news = await self._tick()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next tick asks again
                _log.warning("feed_failed", error=type(error).__name__)
                has_news = False
                wait_seconds = self._idle_seconds
            wait_seconds = self._busy_seconds if has_news else min(wait_seconds * _SLOWER, self._idle_seconds)
            # Whoever begins to follow is not to wait for what an idle dispatcher sleeps.
            rest_seconds = max(self._busy_seconds, _REST_PER_WORK * (clock() - began))
            with suppress(TimeoutError):
                async with asyncio.timeout(max(wait_seconds, rest_seconds)):
                    await self._has_newcomers.wait()
                    await asyncio.sleep(rest_seconds)

    async def _tick(self) -> bool:
        """Ask once; returns whether anything is new."""
        has_news = False
        async with self._database.transaction(DatabaseRole.READONLY, Isolation.READ) as connection:
            known = [topic.number for topic in self._topics.values()]
            rows = await connection.fetch(_NUMBERS, list(self._topics), known)
        for tenant_id, number in rows:
            topic = self._topics.get(tenant_id)
            if topic is not None and number > topic.number:
                topic.number = number
                has_news = True
                for follower in topic.followers:
                    follower.wake()
        return has_news
