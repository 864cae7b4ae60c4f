"""The rolls of meetings in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.meetings import Meeting, MeetingStatus
from domain.meetings.rollcall import Attendance, AttendanceStatus, RollFacts

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Attendances"]

# A row for each member of the day, or one without a member, so that a sheet is checked after one round trip.
_FACTS = """
SELECT m.id, m.number, m.status AS meeting_status, m.held_on, m.version AS meeting_version, x.id AS member_id, a.status,
       a.arrived_at, a.left_at, a.representative_id, a.device_time, a.version, w.excuse, w.representative
FROM app.meetings m
LEFT JOIN app.members x ON x.tenant_id = m.tenant_id AND x.id = ANY ($3) AND x.joined_on <= m.held_on
    AND (x.left_on IS NULL OR x.left_on > m.held_on)
LEFT JOIN app.attendances a ON a.tenant_id = m.tenant_id AND a.meeting_id = m.id AND a.member_id = x.id
LEFT JOIN app.attendance_words w ON w.tenant_id = m.tenant_id AND w.meeting_id = m.id AND w.member_id = x.id
WHERE m.tenant_id = $1 AND m.id = $2
"""

_WITH_STATUS = """
SELECT a.member_id, a.status FROM app.attendances a
JOIN app.members x ON x.tenant_id = a.tenant_id AND x.id = a.member_id
WHERE a.tenant_id = $1 AND a.meeting_id = $2 AND a.status = ANY ($3)
ORDER BY x.number
"""

_WRITE = """
INSERT INTO app.attendances AS a (
    tenant_id, meeting_id, member_id, status, arrived_at, left_at, representative_id, device_time, recorded_by
)
SELECT $1, $2, r.member_id, r.status, r.arrived_at, r.left_at, r.representative_id, r.device_time, $9
FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::uuid[], $8::timestamptz[])
    r (member_id, status, arrived_at, left_at, representative_id, device_time)
ON CONFLICT (tenant_id, meeting_id, member_id) DO UPDATE
SET status = excluded.status, arrived_at = excluded.arrived_at, left_at = excluded.left_at,
    representative_id = excluded.representative_id, device_time = excluded.device_time, version = a.version + 1
"""

_WRITE_WORDS = """
INSERT INTO app.attendance_words (tenant_id, meeting_id, member_id, excuse, representative)
SELECT $1, $2, r.member_id, r.excuse, r.representative
FROM unnest($3::uuid[], $4::text[], $5::text[]) r (member_id, excuse, representative)
ON CONFLICT (tenant_id, meeting_id, member_id) DO UPDATE
SET excuse = excluded.excuse, representative = excluded.representative
"""


class Attendances:
    """The store of rolls of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def facts(self, group_id: UUID, meeting_id: UUID, member_ids: frozenset[UUID]) -> RollFacts:
        """See `domain.meetings.rollcall.AttendanceStore`."""
        rows = await self._work.connection.fetch(_FACTS, group_id, meeting_id, list(member_ids))
        if not rows:
            return RollFacts(None, frozenset(), {})
        first = rows[0]
        meeting = Meeting(
            first["id"],
            first["number"],
            MeetingStatus(first["meeting_status"]),
            first["held_on"],
            first["meeting_version"],
        )
        return RollFacts(
            meeting,
            frozenset(row["member_id"] for row in rows if row["member_id"] is not None),
            {row["member_id"]: (_line(row), row["version"]) for row in rows if row["status"] is not None},
        )

    async def with_status(
        self, group_id: UUID, meeting_id: UUID, statuses: Sequence[AttendanceStatus]
    ) -> Sequence[tuple[UUID, AttendanceStatus]]:
        """See `domain.meetings.rollcall.AttendanceStore`."""
        rows = await self._work.connection.fetch(_WITH_STATUS, group_id, meeting_id, [each.value for each in statuses])
        return [(row["member_id"], AttendanceStatus(row["status"])) for row in rows]

    async def write(
        self, group_id: UUID, meeting_id: UUID, lines: Sequence[Attendance], *, worded: frozenset[UUID]
    ) -> None:
        """See `domain.meetings.rollcall.AttendanceStore`."""
        work = self._work
        await work.write(
            _WRITE,
            group_id,
            meeting_id,
            [line.member_id for line in lines],
            [line.status.value for line in lines],
            [line.arrived_at for line in lines],
            [line.left_at for line in lines],
            [line.representative_id for line in lines],
            [line.device_time for line in lines],
            work.viewer.user_id,
        )
        words = [line for line in lines if line.member_id in worded]
        if words:
            await work.write(
                _WRITE_WORDS,
                group_id,
                meeting_id,
                [line.member_id for line in words],
                [line.excuse for line in words],
                [line.representative for line in words],
            )


def _line(row: asyncpg.Record) -> Attendance:
    return Attendance(
        member_id=row["member_id"],
        status=AttendanceStatus(row["status"]),
        arrived_at=row["arrived_at"],
        left_at=row["left_at"],
        representative_id=row["representative_id"],
        representative=row["representative"],
        excuse=row["excuse"],
        device_time=row["device_time"],
    )
