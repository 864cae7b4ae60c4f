"""Reading the rolls of meetings."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = [
    "MEETING_ATTENDANCES",
    "MEMBER_ATTENDANCES",
    "AttendanceKey",
    "load_attendance_totals",
    "load_attendance_words",
    "load_attendances",
]

AttendanceKey = tuple[UUID, UUID, UUID]
"""Of a line of the roll: tenant, meeting and member."""

_COLUMNS = """
a.tenant_id, a.meeting_id, a.member_id, a.status, a.arrived_at, a.left_at, a.representative_id, a.recorded_at,
a.recorded_by, a.device_time, a.version
"""

_BY_KEY = f"""
SELECT {_COLUMNS} FROM app.attendances a
WHERE a.tenant_id = ANY ($1) AND a.meeting_id = ANY ($2) AND a.member_id = ANY ($3)
"""

_WORDS = """
SELECT tenant_id, meeting_id, member_id, excuse, representative FROM app.attendance_words
WHERE tenant_id = ANY ($1) AND meeting_id = ANY ($2) AND member_id = ANY ($3)
"""

# The quorum is that of the constitution in force on the day, or the first where that came later.
_TOTALS = """
SELECT m.tenant_id, m.id, coalesce(c.recorded, 0) AS recorded_count, coalesce(c.present, 0) AS present_count,
       coalesce(c.late, 0) AS late_count, coalesce(c.absent, 0) AS absent_count,
       coalesce(c.excused, 0) AS excused_count, coalesce(c.represented, 0) AS represented_count,
       (
           SELECT count(*) FROM app.members x
           WHERE x.tenant_id = m.tenant_id AND x.joined_on <= m.held_on AND (x.left_on IS NULL OR x.left_on > m.held_on)
       ) AS member_count,
       (
           SELECT r.quorum_percent FROM app.constitutions r
           WHERE r.tenant_id = m.tenant_id
           ORDER BY r.adopted_on <= m.held_on DESC,
                    CASE WHEN r.adopted_on <= m.held_on THEN r.version ELSE -r.version END DESC
           LIMIT 1
       ) AS quorum_percent
FROM app.meetings m
LEFT JOIN (
    SELECT a.tenant_id, a.meeting_id, count(*) AS recorded, count(*) FILTER (WHERE a.status = 'PRESENT') AS present,
           count(*) FILTER (WHERE a.status = 'LATE') AS late, count(*) FILTER (WHERE a.status = 'ABSENT') AS absent,
           count(*) FILTER (WHERE a.status = 'EXCUSED') AS excused,
           count(*) FILTER (WHERE a.status = 'REPRESENTED') AS represented
    FROM app.attendances a
    WHERE a.tenant_id = ANY ($1) AND a.meeting_id = ANY ($2)
    GROUP BY a.tenant_id, a.meeting_id
) c ON c.tenant_id = m.tenant_id AND c.meeting_id = m.id
WHERE m.tenant_id = ANY ($1) AND m.id = ANY ($2)
"""

_FILTERS = {"attendance": ("a.status = {}", "text")}

MEETING_ATTENDANCES = Listing(
    select=_COLUMNS,
    source="app.attendances a JOIN app.members x ON x.tenant_id = a.tenant_id AND x.id = a.member_id",
    tenant="a.tenant_id",
    parent="a.meeting_id",
    orders={"NUMBER": Order((("x.number", "integer"), ("a.member_id", "uuid")))},
    filters=_FILTERS,
)

MEMBER_ATTENDANCES = Listing(
    select=_COLUMNS,
    source="app.attendances a JOIN app.meetings m ON m.tenant_id = a.tenant_id AND m.id = a.meeting_id",
    tenant="a.tenant_id",
    parent="a.member_id",
    orders={"LATEST": Order((("m.held_on", "date"), ("a.meeting_id", "uuid")), is_descending=True)},
    filters=_FILTERS | {"from_date": ("m.held_on >= {}", "date"), "to_date": ("m.held_on <= {}", "date")},
)


async def load_attendances(snapshot: Snapshot, keys: Sequence[AttendanceKey]) -> list[asyncpg.Record | None]:
    """The line of the roll of each key."""
    return await _by_triple(snapshot, _BY_KEY, keys)


async def load_attendance_words(snapshot: Snapshot, keys: Sequence[AttendanceKey]) -> list[asyncpg.Record | None]:
    """The words beside each line of the roll."""
    return await _by_triple(snapshot, _WORDS, keys)


async def load_attendance_totals(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """How many were there in each meeting, of how many, and how many were needed."""
    return await rows_by_key(snapshot, _TOTALS, keys)


async def _by_triple(snapshot: Snapshot, statement: str, keys: Sequence[AttendanceKey]) -> list[asyncpg.Record | None]:
    parts = [list(set(part)) for part in zip(*keys, strict=True)]
    found = await snapshot.fetch(statement, *parts)
    rows = {(row["tenant_id"], row["meeting_id"], row["member_id"]): row for row in found}
    return [rows.get(key) for key in keys]
