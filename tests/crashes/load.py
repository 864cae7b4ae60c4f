"""Eight writers who record contributions at once, and send each request again, with its key, until it is answered."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from uuid import UUID

from domain.savings import RecordContributions, record_contributions
from persistence.database import DatabaseBusyError, DatabaseUnavailableError
from tests.ledger.outcomes import reasons
from tests.support.world import GroupOfPeople, World, shares, sheet, social_fund

CRASHES = int(os.environ.get("KIBUBU_CRASHES", "1"))
"""How many times as many crashes as the suite makes by itself."""

WRITERS = 8
PATIENCE_SECONDS = 120.0
_PAUSE_SECONDS = 0.05

log = logging.getLogger("kibubu.crashes")
"""What was seen; `pytest -o log_cli=true -o log_cli_level=INFO` shows it."""


class NotAnswered(Exception):
    """The request was lost, or could not be served now: send the same again."""


Caller = Callable[[GroupOfPeople, RecordContributions], Awaitable[None]]
"""Sends a sheet; returns when it was acknowledged, and raises `NotAnswered` when the same is to be sent again."""


@dataclass(frozen=True, slots=True)
class Book:
    """A group at its open meeting."""

    group: GroupOfPeople
    meeting: UUID


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A sheet that was acknowledged.

    Attributes:
        command: The sheet.
        tries: How often it was sent.
        sent_at: When it was sent last.
    """

    command: RecordContributions
    tries: int
    sent_at: datetime


async def patiently(holds: Callable[[], Awaitable[object]]) -> None:
    """Wait for what must come, and fail if it does not."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(_PAUSE_SECONDS)


def by_service(world: World) -> Caller:
    """Calls the boundary, which may fail only by saying that the database is not to be had."""

    async def call(group: GroupOfPeople, command: RecordContributions) -> None:
        try:
            outcome = await world.perform(group.treasurer, record_contributions, command)
        except (DatabaseUnavailableError, DatabaseBusyError) as error:
            raise NotAnswered from error
        assert outcome.error is None, outcome
        assert reasons(outcome) == [None] * len(command.items)

    return call


class Load:
    """The writers, by turns over the books, and what was acknowledged to them.

    Attributes:
        acknowledged: Every sheet that was, by its key.
        failures: How many requests were not answered.
    """

    def __init__(self, books: Sequence[Book], call: Caller) -> None:
        self.acknowledged: dict[UUID, Acknowledged] = {}
        self.failures = 0
        self._books = books
        self._call = call
        self._answers = [0] * WRITERS
        self._stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write inside the `with`; at its end nobody has a request left that was not answered."""
        self._stopping = False
        async with asyncio.TaskGroup() as tasks:
            for number in range(WRITERS):
                tasks.create_task(self._write(number))
            yield
            self._stopping = True

    async def each_is_answered(self) -> None:
        """Wait until each writer has the answer to a request that it began from now on."""
        before = list(self._answers)

        async def all_are() -> bool:
            # The first answer may be to a request that was under way.
            return all(now >= then + 2 for now, then in zip(self._answers, before, strict=True))

        await patiently(all_are)

    async def _write(self, number: int) -> None:
        book = self._books[number % len(self._books)]
        members = book.group.members
        for turn in count():
            if self._stopping:
                return
            # Everybody's turn comes, so that nobody buys more shares in a meeting than one may.
            member = members[(number + turn) % len(members)]
            items = shares(member, 1), social_fund(member, str(Decimal(1 + turn % 9)))
            await self._until_answered(book, sheet(book.group, book.meeting, *items))
            self._answers[number] += 1

    async def _until_answered(self, book: Book, command: RecordContributions) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for tries in count(1):
                sent_at = datetime.now(UTC)
                try:
                    await self._call(book.group, command)
                except NotAnswered:
                    self.failures += 1
                    await asyncio.sleep(_PAUSE_SECONDS)
                else:
                    self.acknowledged[command.idempotency_key] = Acknowledged(command, tries, sent_at)
                    return


@asynccontextmanager
async def crash(load: Load, name: str) -> AsyncIterator[None]:
    """Let the writers write, crash what the body crashes, and wait until each of them is answered again."""
    failures, acknowledged = load.failures, len(load.acknowledged)
    async with load.running():
        await load.each_is_answered()
        began = asyncio.get_running_loop().time()
        yield
        await load.each_is_answered()
        seconds = asyncio.get_running_loop().time() - began
    assert load.failures > failures
    log.info(
        "%s: all writers answered again after %.1f s; %d requests failed, %d sheets acknowledged",
        name,
        seconds,
        load.failures - failures,
        len(load.acknowledged) - acknowledged,
    )
