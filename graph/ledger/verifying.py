"""Verifying a book while a request waits: one at a time for each book, few in a process, and none that takes too long.

Whoever waits for a turn holds no connection for it, and whoever may not see a book is not told that it is busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakValueDictionary

from domain.policy import Action, Resource, allows
from graph.errors import BookTooLarge, VerificationBusy
from persistence.database import StatementTooSlowError
from persistence.reads.ledger import find_faults, load_books
from persistence.snapshot import Snapshot

if TYPE_CHECKING:
    from graph.context import Context

__all__ = ["ENTRIES_MAX", "Verifications", "verified"]

AT_ONCE_MAX = 2
"""How many books a process verifies at the same time: each takes a core of the database."""

WAIT_SECONDS_MAX = 3.0
"""How long a verification waits for its turn, so that with its own time an operation ends in time."""

ENTRIES_MAX = 100_000
"""The longest book that is verified while a request waits: some two seconds, of the five that a statement may take."""


class Verifications:
    """Who verifies which book now, in this process.

    Args:
        at_once: How many may at a time, each another book.
        wait_seconds: How long one waits for a turn.
    """

    def __init__(self, *, at_once: int = AT_ONCE_MAX, wait_seconds: float = WAIT_SECONDS_MAX) -> None:
        self.wait_seconds = wait_seconds
        self._seats = asyncio.Semaphore(at_once)
        self._books: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    def is_free(self, group_id: UUID) -> bool:
        """Whether a turn for the book would come at once."""
        book = self._books.get(group_id)
        return not self._seats.locked() and (book is None or not book.locked())

    @asynccontextmanager
    async def turn(self, group_id: UUID) -> AsyncIterator[None]:
        """The turn for a book.

        Raises:
            VerificationBusy: It did not come in time.
        """
        book = self._books.setdefault(group_id, asyncio.Lock())
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self.wait_seconds):
                    await stack.enter_async_context(book)
                    await stack.enter_async_context(self._seats)
            except TimeoutError:
                raise VerificationBusy from None
            yield


async def verified(context: Context, group_id: UUID) -> dict[str, Any] | None:
    """The head of a book and what does not hold in it, for whoever may read its head; None for everybody else.

    Raises:
        VerificationBusy: Others were first for too long.
        BookTooLarge: The book is too long, or the database too slow for it.
    """
    turns = context.services.verifications
    if not turns.is_free(group_id) and not await _may_see(context, group_id):
        return None
    async with turns.turn(group_id):
        snapshot = context.snapshot
        viewer = await snapshot.open()
        if not allows(viewer, Action.READ, Resource.BOOK, group_id):
            return None
        book = (await load_books(snapshot, [group_id]))[0]
        if book is None:
            return None
        too_large = BookTooLarge(group_id, book["entry_number"])
        if book["entry_number"] > ENTRIES_MAX:
            raise too_large
        try:
            return {"book": book, "faults": await find_faults(snapshot, group_id)}
        except StatementTooSlowError as error:
            # The transaction is over, and this is what the operation ends with.
            snapshot.failure = too_large
            raise too_large from error


async def _may_see(context: Context, group_id: UUID) -> bool:
    """Whether the viewer may read the head of the book, by a look that leaves no connection waiting."""
    snapshot = Snapshot(context.services.database, context.services.keyring, context.signed_in, [group_id])
    try:
        return allows(await snapshot.open(), Action.READ, Resource.BOOK, group_id)
    finally:
        context.statements_count += snapshot.statements_count
        await snapshot.close()
