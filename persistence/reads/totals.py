"""Reading totals of a group's members, for whoever may see totals and no rows: the database adds them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["MEETING_ROLLS", "load_arrears", "load_roll_sums"]

_ARREARS = """
SELECT a.tenant_id, a.kind, a.type_code, a.name, a.expected, a.paid, a.waived, a.outstanding, g.currency
FROM app.arrears_totals($1, $2) a JOIN app.groups g ON g.tenant_id = a.tenant_id
ORDER BY array_position(ARRAY['SAVINGS', 'SOCIAL_FUND', 'OTHER'], a.kind), a.type_code
"""

_ROLLS = "app.groups g CROSS JOIN LATERAL app.meeting_rolls(g.tenant_id) r"

_SUMS = f"""
SELECT g.tenant_id, count(*) AS meeting_count, sum(r.member_count)::integer AS member_count,
       sum(r.recorded_count)::integer AS recorded_count, sum(r.present_count)::integer AS present_count,
       sum(r.late_count)::integer AS late_count, sum(r.absent_count)::integer AS absent_count,
       sum(r.excused_count)::integer AS excused_count, sum(r.represented_count)::integer AS represented_count
FROM {_ROLLS}
WHERE g.tenant_id = ANY ($1) AND ($2::date IS NULL OR r.held_on >= $2) AND ($3::date IS NULL OR r.held_on <= $3)
GROUP BY g.tenant_id
"""

NOTHING: Mapping[str, int] = dict.fromkeys(
    (
        "meeting_count",
        "member_count",
        "recorded_count",
        "present_count",
        "late_count",
        "absent_count",
        "excused_count",
        "represented_count",
    ),
    0,
)

MEETING_ROLLS = Listing(
    select=(
        "g.tenant_id, r.number, r.kind, r.held_on, r.member_count, r.recorded_count, r.present_count, r.late_count, "
        "r.absent_count, r.excused_count, r.represented_count, r.quorum_percent"
    ),
    source=_ROLLS,
    tenant="g.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("r.held_on", "date"), ("r.number", "integer")), is_descending=True)},
    filters={"from_date": ("r.held_on >= {}", "date"), "to_date": ("r.held_on <= {}", "date")},
)


async def load_arrears(snapshot: Snapshot, keys: Sequence[UUID], as_of: date | None) -> list[list[asyncpg.Record]]:
    """What was expected of all members of each group up to a date, the group's today if None; nothing where the
    viewer may not see totals.
    """
    found: dict[UUID, list[asyncpg.Record]] = {key: [] for key in keys}
    for row in await snapshot.fetch(_ARREARS, list(found), as_of):
        found[row["tenant_id"]].append(row)
    return [found[key] for key in keys]


async def load_roll_sums(
    snapshot: Snapshot, keys: Sequence[UUID], between: tuple[date | None, date | None]
) -> list[Mapping[str, Any]]:
    """How many were at the meetings of each group between two days, of how many."""
    rows = {row["tenant_id"]: row for row in await snapshot.fetch(_SUMS, list(set(keys)), *between)}
    return [rows.get(key, NOTHING) for key in keys]
