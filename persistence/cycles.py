"""The cycles of groups in PostgreSQL."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.groups.cycles import Cycle, NewCycle
from domain.service import IdAlreadyUsed
from persistence.constraints import register

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Cycles"]

_COLUMNS = "id, number, starts_on, planned_end_on, ended_on, version"

_LAST = f"SELECT {_COLUMNS} FROM app.cycles WHERE tenant_id = $1 ORDER BY number DESC LIMIT 1"

_FIND = f"SELECT {_COLUMNS} FROM app.cycles WHERE tenant_id = $1 AND id = $2"

_INSERT = """
INSERT INTO app.cycles (tenant_id, id, number, starts_on, planned_end_on, created_by) VALUES ($1, $2, $3, $4, $5, $6)
"""

_END = "UPDATE app.cycles SET ended_on = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2"

_HAS_OPEN = """
SELECT EXISTS (SELECT FROM app.meetings WHERE tenant_id = $1 AND status = 'OPEN' AND held_on <= $2)
"""

register("cycles_pkey", lambda _: IdAlreadyUsed(path=("id",)))


def _cycle(row: asyncpg.Record | None) -> Cycle | None:
    return None if row is None else Cycle(*row)


class Cycles:
    """The store of cycles of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def last(self, group_id: UUID) -> Cycle | None:
        """See `domain.groups.cycles.CycleStore`."""
        return _cycle(await self._work.connection.fetchrow(_LAST, group_id))

    async def find(self, group_id: UUID, cycle_id: UUID) -> Cycle | None:
        """See `domain.groups.cycles.CycleStore`."""
        return _cycle(await self._work.connection.fetchrow(_FIND, group_id, cycle_id))

    async def start(self, cycle: NewCycle) -> None:
        """See `domain.groups.cycles.CycleStore`."""
        work = self._work
        await work.write(
            _INSERT,
            cycle.group_id,
            cycle.id,
            cycle.number,
            cycle.starts_on,
            cycle.planned_end_on,
            work.viewer.user_id,
        )

    async def end(self, group_id: UUID, cycle: Cycle, ended_on: date) -> None:
        """See `domain.groups.cycles.CycleStore`."""
        await self._work.write(_END, group_id, cycle.id, ended_on)

    async def has_open_meeting(self, group_id: UUID, through: date) -> bool:
        """See `domain.groups.cycles.CycleStore`."""
        return await self._work.connection.fetchval(_HAS_OPEN, group_id, through)  # type: ignore[no-any-return]
