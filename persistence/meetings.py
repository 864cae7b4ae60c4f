"""Meetings and their cash counts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from domain.meetings import Meeting, MeetingNumberTaken, MeetingStatus, NewMeeting, Recount
from domain.service import IdAlreadyUsed
from persistence.constraints import register

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Meetings"]

_FIND = "SELECT id, number, status, held_on, version FROM app.meetings WHERE tenant_id = $1 AND id = $2"

_OPEN_NUMBER = "SELECT number FROM app.meetings WHERE tenant_id = $1 AND status = 'OPEN'"

_NEXT_NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM app.meetings WHERE tenant_id = $1"

_INSERT = """
INSERT INTO app.meetings (tenant_id, id, number, status, held_on, venue, opened_by, device_time, opened_after)
SELECT $1, $2, $3, 'OPEN', $4, $5, $6, $7, h.entry_number FROM ledger.heads h WHERE h.tenant_id = $1
"""

_INSERT_COUNT = """
INSERT INTO app.cash_counts (tenant_id, meeting_id, moment, account_id, expected, counted, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

_CLOSE = """
UPDATE app.meetings SET status = 'CLOSED', closed_at = $3, closed_by = $4, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

register("meetings_pkey", lambda _: IdAlreadyUsed(path=("id",)))
register("meetings_number_once", lambda _: MeetingNumberTaken(path=("number",)))


class Meetings:
    """The store of meetings of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group_id: UUID, meeting_id: UUID) -> Meeting | None:
        """See `domain.meetings.MeetingStore`."""
        row = await self._work.connection.fetchrow(_FIND, group_id, meeting_id)
        if row is None:
            return None
        return Meeting(row["id"], row["number"], MeetingStatus(row["status"]), row["held_on"], row["version"])

    async def open_number(self, group_id: UUID) -> int | None:
        """See `domain.meetings.MeetingStore`."""
        return await self._work.connection.fetchval(_OPEN_NUMBER, group_id)  # type: ignore[no-any-return]

    async def next_number(self, group_id: UUID) -> int:
        """See `domain.meetings.MeetingStore`."""
        return await self._work.connection.fetchval(_NEXT_NUMBER, group_id)  # type: ignore[no-any-return]

    async def open(self, meeting: NewMeeting) -> None:
        """See `domain.meetings.MeetingStore`."""
        await self._work.write(
            _INSERT,
            meeting.group_id,
            meeting.id,
            meeting.number,
            meeting.held_on,
            meeting.venue,
            self._work.viewer.user_id,
            meeting.device_time,
        )

    async def close(self, group_id: UUID, meeting_id: UUID, counts: Sequence[Recount]) -> None:
        """See `domain.meetings.MeetingStore`."""
        work = self._work
        rows = [
            (
                group_id,
                meeting_id,
                count.moment.value,
                count.account_id,
                count.expected.amount,
                count.counted.amount,
                count.reason,
            )
            for count in counts
        ]
        work.has_written = True
        await work.connection.executemany(_INSERT_COUNT, rows)
        await work.write(_CLOSE, group_id, meeting_id, work.now, work.viewer.user_id)
