"""Reading how members do, from the rolls, the book and what was expected of them; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from domain.members.performance import Attended, Performance, Span, saved_in
from domain.savings.dues import Due
from persistence.reads.dues import dues_up_to
from persistence.reads.keys import Key, rows_by_key
from persistence.snapshot import Snapshot

__all__ = ["Period", "load_performances"]

# All that is counted, with the days that it is counted over: a cycle's, those that were given, or from her first day to
# the group's today. A cycle is one group's: of another group's members nothing is found.
_COUNTED = """
WITH spans AS (
    SELECT m.tenant_id, m.id, g.currency, m.joined_on, m.left_on,
           coalesce(c.starts_on, $4::date, m.joined_on) AS first,
           least(coalesce(c.ended_on, $5::date), (now() AT TIME ZONE g.time_zone)::date) AS last
    FROM app.members m
    JOIN app.groups g ON g.tenant_id = m.tenant_id
    LEFT JOIN app.cycles c ON c.tenant_id = m.tenant_id AND c.id = $3::uuid
    WHERE m.tenant_id = ANY ($1) AND m.id = ANY ($2) AND ($3::uuid IS NULL OR c.id IS NOT NULL)
), rolls AS (
    SELECT s.tenant_id, s.id, count(*) FILTER (WHERE a.status = 'PRESENT') AS present,
           count(*) FILTER (WHERE a.status = 'LATE') AS late, count(*) FILTER (WHERE a.status = 'ABSENT') AS absent,
           count(*) FILTER (WHERE a.status = 'EXCUSED') AS excused,
           count(*) FILTER (WHERE a.status = 'REPRESENTED') AS represented
    FROM spans s
    JOIN app.attendances a ON a.tenant_id = s.tenant_id AND a.member_id = s.id
    JOIN app.meetings h ON h.tenant_id = a.tenant_id AND h.id = a.meeting_id AND h.held_on BETWEEN s.first AND s.last
    WHERE a.tenant_id = ANY ($1) AND a.member_id = ANY ($2)
    GROUP BY s.tenant_id, s.id
), held AS (
    SELECT s.tenant_id, s.id, count(*) AS meetings, count(*) FILTER (WHERE EXISTS (
        SELECT FROM app.contributions k
        WHERE k.tenant_id = h.tenant_id AND k.meeting_id = h.id AND k.member_id = s.id
          AND k.kind IN ('SHARE', 'SAVINGS')
          AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = k.tenant_id AND r.reverses_id = k.id)
    )) AS meetings_saved
    FROM spans s
    JOIN app.meetings h ON h.tenant_id = s.tenant_id AND h.kind = 'REGULAR' AND h.status NOT IN ('DRAFT', 'CANCELLED')
        AND h.held_on BETWEEN s.first AND s.last AND h.held_on >= s.joined_on
        AND (s.left_on IS NULL OR h.held_on < s.left_on)
    WHERE h.tenant_id = ANY ($1)
    GROUP BY s.tenant_id, s.id
), fined AS (
    SELECT s.tenant_id, s.id,
           count(*) FILTER (
               WHERE l.kind = 'FINE_LEVIED' AND e.reverses_id IS NULL AND r.id IS NULL AND l.effective_on >= s.first
           ) AS fines,
           sum(l.amount) FILTER (
               WHERE l.kind = 'FINE_LEVIED' AND e.reverses_id IS NULL AND r.id IS NULL AND l.effective_on >= s.first
           ) AS fined,
           -sum(l.amount) FILTER (WHERE l.kind = 'FINE_PAID' AND l.effective_on >= s.first) AS fines_paid,
           -sum(l.amount) FILTER (WHERE l.kind = 'FINE_WAIVED' AND l.effective_on >= s.first) AS fines_waived,
           sum(l.amount) AS fines_owed
    FROM spans s
    JOIN ledger.lines l ON l.tenant_id = s.tenant_id AND l.member_id = s.id AND l.effective_on <= s.last
    JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id AND a.code = '1310'
    JOIN ledger.entries e ON e.tenant_id = l.tenant_id AND e.number = l.entry_number
    LEFT JOIN ledger.entries r ON r.tenant_id = e.tenant_id AND r.reverses_id = e.id
    WHERE l.tenant_id = ANY ($1) AND l.member_id = ANY ($2)
    GROUP BY s.tenant_id, s.id
)
SELECT s.tenant_id, s.id, s.currency, s.first, s.last,
       coalesce(r.present, 0) AS present, coalesce(r.late, 0) AS late, coalesce(r.absent, 0) AS absent,
       coalesce(r.excused, 0) AS excused, coalesce(r.represented, 0) AS represented,
       coalesce(h.meetings, 0) AS meetings, coalesce(h.meetings_saved, 0) AS meetings_saved,
       coalesce(f.fines, 0) AS fines, coalesce(f.fined, 0) AS fined, coalesce(f.fines_paid, 0) AS fines_paid,
       coalesce(f.fines_waived, 0) AS fines_waived, coalesce(f.fines_owed, 0) AS fines_owed
FROM spans s
LEFT JOIN rolls r ON r.tenant_id = s.tenant_id AND r.id = s.id
LEFT JOIN held h ON h.tenant_id = s.tenant_id AND h.id = s.id
LEFT JOIN fined f ON f.tenant_id = s.tenant_id AND f.id = s.id
"""


@dataclass(frozen=True, slots=True)
class Period:
    """The time that is asked about: a cycle, or from a day to a day; all of a membership where neither is given."""

    cycle_id: UUID | None = None
    first: date | None = None
    last: date | None = None


async def load_performances(snapshot: Snapshot, keys: Sequence[Key], period: Period) -> list[Performance | None]:
    """How each member did; None where the group has no such cycle.

    Ask for members only whose dues the viewer may see: of others the book shows nothing, and so arrears of everything.
    """
    rows = await rows_by_key(snapshot, _COUNTED, keys, period.cycle_id, period.first, period.last)
    counted = {key: row for key, row in zip(keys, rows, strict=True) if row is not None}
    found = await dues_up_to(snapshot, list(counted), [row["last"] for row in counted.values()]) if counted else []
    dues = dict(zip(counted, found, strict=True))
    return [None if row is None else _performance(row, dues[key]) for key, row in zip(keys, rows, strict=True)]


def _performance(row: asyncpg.Record, dues: Sequence[Due]) -> Performance:
    span = Span(row["first"], row["last"])
    return Performance(
        span=span,
        currency=row["currency"],
        attended=Attended(row["present"], row["late"], row["absent"], row["excused"], row["represented"]),
        saved=saved_in(dues, span),
        meetings=row["meetings"],
        meetings_saved=row["meetings_saved"],
        fines=row["fines"],
        fined=row["fined"],
        fines_paid=row["fines_paid"],
        fines_waived=row["fines_waived"],
        fines_owed=row["fines_owed"],
    )
