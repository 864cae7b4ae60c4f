"""Reading the change log for many followers at once: one round trip and one snapshot for all who wait for it.

Each enters as itself, is refused or let in by itself, and is told of its own group alone; only the rows of the log,
which are the same for all who follow a group from one number, are read once. What of them a follower may see is decided
for each change, with the viewer that comes with them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from operator import attrgetter
from uuid import UUID

import asyncpg

from domain.policy import Viewer
from persistence.database import Database, DatabaseRole, Isolation
from persistence.reads.changes import ROWS_AT_ONCE, Changes, changes_in
from persistence.viewer import MachineRefusedError, Principal, UnauthenticatedError, viewer_from

__all__ = ["FOLLOWERS_AT_ONCE", "Readings", "Told"]

FOLLOWERS_AT_ONCE = 50
"""How many followers are asked for in one statement: the first waits for the last."""

_FOLLOW = """
SELECT (f.viewer).*, f.is_refused, f.shared_with, f.last, f.horizon, f.numbers, f.entities, f.entity_ids, f.operations,
       f.occurred_at
FROM app.follow($1, $2, $3, $4, $5) f ORDER BY f.place
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a follower may be told.

    Attributes:
        viewer: Who it is, as it entered.
        changes: What the log has after its number; None where there is no such group, or it may not follow it.
    """

    viewer: Viewer
    changes: Changes | None


@dataclass(slots=True)
class _Asked:
    principal: Principal
    tenant_id: UUID
    after: int
    answer: asyncio.Future[Told | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def order(self) -> tuple[UUID, int]:
        return self.tenant_id, self.after


class Readings:
    """Gathers the followers that wait, and reads for them together.

    Args:
        database: The pools.
        turn: What is held while a transaction is open, where only so many may read at a time.
    """

    def __init__(self, database: Database, turn: asyncio.Semaphore) -> None:
        self._database = database
        self._turn = turn
        self._waiting: defaultdict[DatabaseRole, list[_Asked]] = defaultdict(list)
        self._reading: dict[DatabaseRole, asyncio.Task[None]] = {}

    async def read(self, principal: Principal, tenant_id: UUID, after: int) -> Told | None:
        """What a follower may be told after a number; None where it has to read by itself.

        That is where the statement failed, so that each is told of its own failure, and where there is more than
        is read at a time.

        Raises:
            UnauthenticatedError: The session, or credential, has ended.
        """
        asked = _Asked(principal, tenant_id, after)
        role = principal.role
        self._waiting[role].append(asked)
        if role not in self._reading:
            # What it does is nobody's operation, so it takes nothing of this one along.
            self._reading[role] = asyncio.create_task(self._read_all(role), name="readings", context=Context())
        return await asked.answer

    async def close(self) -> None:
        """Read no more."""
        reading = list(self._reading.values())
        for each in reading:
            each.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        # A task that is cancelled before it began does nothing at its end either.
        self._reading.clear()
        for waiting in self._waiting.values():
            _leave(waiting)
        self._waiting.clear()

    async def _read_all(self, role: DatabaseRole) -> None:
        waiting: list[_Asked] = []
        try:
            while waiting := self._waiting.pop(role, []):
                # Those of one group stand side by side, and within one statement as far as they fit.
                waiting.sort(key=attrgetter("order"))
                begins = range(0, len(waiting), FOLLOWERS_AT_ONCE)
                await asyncio.gather(*(self._read_some(role, waiting[n : n + FOLLOWERS_AT_ONCE]) for n in begins))
        finally:
            self._reading.pop(role, None)
            # Whatever becomes of this, nobody is left waiting.
            _leave([*waiting, *self._waiting.pop(role, ())])

    async def _read_some(self, role: DatabaseRole, asked: Sequence[_Asked]) -> None:
        # Whoever went away meanwhile does not enter.
        asked = [each for each in asked if not each.answer.done()]
        rows: list[asyncpg.Record] = []
        try:
            if asked:
                async with self._turn, self._database.transaction(role, Isolation.READ) as connection:
                    rows = await connection.fetch(
                        _FOLLOW,
                        [each.principal.id for each in asked],
                        [each.principal.proof for each in asked],
                        [each.tenant_id for each in asked],
                        [each.after for each in asked],
                        ROWS_AT_ONCE + 1,
                    )
        except Exception:  # noqa: BLE001 - whatever it is, each meets it by itself
            rows = []
        for each, row in zip(asked, rows or [None] * len(asked), strict=True):
            if not each.answer.done():
                _answer(each, row, rows)


def _leave(waiting: Iterable[_Asked]) -> None:
    for each in waiting:
        if not each.answer.done():
            each.answer.set_result(None)


def _answer(asked: _Asked, row: asyncpg.Record | None, rows: Sequence[asyncpg.Record]) -> None:
    if row is None:
        asked.answer.set_result(None)
    elif row["is_refused"]:
        asked.answer.set_exception(MachineRefusedError() if asked.principal.is_machine else UnauthenticatedError())
    else:
        given = row if row["shared_with"] is None else rows[row["shared_with"] - 1]
        if len(given["numbers"] or ()) > ROWS_AT_ONCE:
            asked.answer.set_result(None)
        else:
            asked.answer.set_result(Told(viewer_from(row, asked.principal.id), _changes(given)))


def _changes(given: asyncpg.Record) -> Changes | None:
    if given["last"] is None:
        return None
    columns = ("numbers", "entities", "entity_ids", "operations", "occurred_at")
    return changes_in(given["last"], given["horizon"], zip(*(given[column] or () for column in columns), strict=True))
