"""Meetings and their cash counts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.meetings import (
    Meeting,
    MeetingChanges,
    MeetingField,
    MeetingKind,
    MeetingMode,
    MeetingNumberTaken,
    MeetingStatus,
    NewMeeting,
    Recount,
)
from domain.service import IdAlreadyUsed
from persistence.constraints import register

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Meetings"]

_FIND = """
SELECT id, number, status, held_on, version, opened_by FROM app.meetings WHERE tenant_id = $1 AND id = $2
"""

_DETAILS = """
SELECT m.kind, m.mode, m.venue, m.starts_at, m.ends_at, m.facilitator_id, t.link, t.agenda, t.notes
FROM app.meetings m
LEFT JOIN app.meeting_texts t ON t.tenant_id = m.tenant_id AND t.meeting_id = m.id
WHERE m.tenant_id = $1 AND m.id = $2
"""

_OPEN_NUMBER = "SELECT number FROM app.meetings WHERE tenant_id = $1 AND status IN ('OPEN', 'CONFIRMED')"

_NEXT_NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM app.meetings WHERE tenant_id = $1"

_LAST_REGULAR = "SELECT max(held_on) FROM app.meetings WHERE tenant_id = $1 AND kind = 'REGULAR'"

_INSERT = """
INSERT INTO app.meetings (
    tenant_id, id, number, status, held_on, kind, mode, venue, starts_at, ends_at, facilitator_id, device_time,
    opened_at, opened_after
)
SELECT $1, $2, $3, $4, $5, coalesce($6, 'REGULAR'), coalesce($7, 'PHYSICAL'), $8, $9, $10, $11, $12,
       CASE $4 WHEN 'OPEN' THEN $13::timestamptz END, CASE $4 WHEN 'OPEN' THEN h.entry_number ELSE 0 END
FROM ledger.heads h WHERE h.tenant_id = $1
"""

_CHANGE = """
UPDATE app.meetings
SET held_on = coalesce($3, held_on), number = coalesce($4, number), kind = coalesce($5, kind),
    mode = coalesce($6, mode),
    venue = coalesce($7, CASE WHEN 'VENUE' = ANY ($11::text[]) THEN NULL ELSE venue END),
    starts_at = coalesce($8, CASE WHEN 'STARTS_AT' = ANY ($11::text[]) THEN NULL ELSE starts_at END),
    ends_at = coalesce($9, CASE WHEN 'ENDS_AT' = ANY ($11::text[]) THEN NULL ELSE ends_at END),
    facilitator_id = coalesce($10, CASE WHEN 'FACILITATOR' = ANY ($11::text[]) THEN NULL ELSE facilitator_id END),
    version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

_WRITE_TEXTS = """
INSERT INTO app.meeting_texts AS t (tenant_id, meeting_id, link, agenda, notes) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, meeting_id) DO UPDATE
SET link = coalesce(excluded.link, CASE WHEN 'LINK' = ANY ($6::text[]) THEN NULL ELSE t.link END),
    agenda = coalesce(excluded.agenda, CASE WHEN 'AGENDA' = ANY ($6::text[]) THEN NULL ELSE t.agenda END),
    notes = coalesce(excluded.notes, CASE WHEN 'NOTES' = ANY ($6::text[]) THEN NULL ELSE t.notes END)
"""

_BEGIN = """
UPDATE app.meetings m
SET status = 'OPEN', held_on = $3, device_time = $4, opened_at = $5, opened_after = h.entry_number,
    version = m.version + 1
FROM ledger.heads h
WHERE m.tenant_id = $1 AND m.id = $2 AND h.tenant_id = $1
"""

_WRITE_CANCEL_REASON = """
INSERT INTO app.meeting_texts AS t (tenant_id, meeting_id, cancel_reason) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, meeting_id) DO UPDATE SET cancel_reason = excluded.cancel_reason
"""

_CANCEL = "UPDATE app.meetings SET status = 'CANCELLED', version = version + 1 WHERE tenant_id = $1 AND id = $2"

_CONFIRM = """
UPDATE app.meetings SET status = 'CONFIRMED', confirmed_at = $3, confirmed_by = $4, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

_REOPEN = """
UPDATE app.meetings SET status = 'OPEN', confirmed_at = NULL, confirmed_by = NULL, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

_TAKES_PART = """
SELECT EXISTS (
    SELECT FROM app.members
    WHERE tenant_id = $1 AND id = $2 AND joined_on <= $3 AND (left_on IS NULL OR left_on > $3)
)
"""

_INSERT_COUNT = """
INSERT INTO app.cash_counts (tenant_id, meeting_id, moment, account_id, expected, counted, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

_CLOSE = """
UPDATE app.meetings SET status = 'CLOSED', closed_at = $3, closed_by = $4, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

_TEXTS = frozenset({MeetingField.LINK, MeetingField.AGENDA, MeetingField.NOTES})

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
        return Meeting(
            row["id"], row["number"], MeetingStatus(row["status"]), row["held_on"], row["version"], row["opened_by"]
        )

    async def details(self, group_id: UUID, meeting_id: UUID) -> MeetingChanges:
        """See `domain.meetings.MeetingStore`."""
        row = await self._work.connection.fetchrow(_DETAILS, group_id, meeting_id)
        return MeetingChanges(
            kind=MeetingKind(row["kind"]),
            mode=MeetingMode(row["mode"]),
            **{
                name: row[name]
                for name in ("venue", "link", "starts_at", "ends_at", "facilitator_id", "agenda", "notes")
            },
        )

    async def open_number(self, group_id: UUID) -> int | None:
        """See `domain.meetings.MeetingStore`."""
        return await self._work.connection.fetchval(_OPEN_NUMBER, group_id)  # type: ignore[no-any-return]

    async def next_number(self, group_id: UUID) -> int:
        """See `domain.meetings.MeetingStore`."""
        return await self._work.connection.fetchval(_NEXT_NUMBER, group_id)  # type: ignore[no-any-return]

    async def last_regular_date(self, group_id: UUID) -> date | None:
        """See `domain.meetings.MeetingStore`."""
        return await self._work.connection.fetchval(_LAST_REGULAR, group_id)  # type: ignore[no-any-return]

    async def add(self, meeting: NewMeeting) -> None:
        """See `domain.meetings.MeetingStore`."""
        details = meeting.details
        await self._work.write(
            _INSERT,
            meeting.group_id,
            meeting.id,
            meeting.number,
            meeting.status.value,
            meeting.held_on,
            details.kind,
            details.mode,
            details.venue,
            details.starts_at,
            details.ends_at,
            details.facilitator_id,
            meeting.device_time,
            self._work.now,
        )
        await self._write_texts(meeting.group_id, meeting.id, details)

    async def change(
        self,
        group_id: UUID,
        meeting_id: UUID,
        details: MeetingChanges,
        *,
        held_on: date | None = None,
        number: int | None = None,
    ) -> None:
        """See `domain.meetings.MeetingStore`."""
        await self._work.write(
            _CHANGE,
            group_id,
            meeting_id,
            held_on,
            number,
            details.kind,
            details.mode,
            details.venue,
            details.starts_at,
            details.ends_at,
            details.facilitator_id,
            [field.value for field in details.cleared],
        )
        await self._write_texts(group_id, meeting_id, details)

    async def _write_texts(self, group_id: UUID, meeting_id: UUID, details: MeetingChanges) -> None:
        texts = (details.link, details.agenda, details.notes)
        if any(text is not None for text in texts) or details.cleared & _TEXTS:
            cleared = [field.value for field in details.cleared]
            await self._work.write(_WRITE_TEXTS, group_id, meeting_id, *texts, cleared)

    async def begin(self, group_id: UUID, meeting_id: UUID, held_on: date, device_time: datetime | None) -> None:
        """See `domain.meetings.MeetingStore`."""
        await self._work.write(_BEGIN, group_id, meeting_id, held_on, device_time, self._work.now)

    async def cancel(self, group_id: UUID, meeting_id: UUID, reason: str) -> None:
        """See `domain.meetings.MeetingStore`."""
        # The words while they may still be written.
        await self._work.write(_WRITE_CANCEL_REASON, group_id, meeting_id, reason)
        await self._work.write(_CANCEL, group_id, meeting_id)

    async def confirm(self, group_id: UUID, meeting_id: UUID) -> None:
        """See `domain.meetings.MeetingStore`."""
        await self._work.write(_CONFIRM, group_id, meeting_id, self._work.now, self._work.viewer.user_id)

    async def reopen(self, group_id: UUID, meeting_id: UUID) -> None:
        """See `domain.meetings.MeetingStore`."""
        await self._work.write(_REOPEN, group_id, meeting_id)

    async def takes_part_on(self, group_id: UUID, member_id: UUID, on: date) -> bool:
        """See `domain.meetings.MeetingStore`."""
        return await self._work.connection.fetchval(_TAKES_PART, group_id, member_id, on)  # type: ignore[no-any-return]

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
