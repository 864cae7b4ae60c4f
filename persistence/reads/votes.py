"""Reading votes: what was asked, what was counted, and single ballots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from persistence.reads.attendances import AttendanceKey
from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["MEETING_VOTES", "MEMBER_BALLOTS", "VOTE_BALLOTS", "load_ballot_counts", "load_votes", "load_votes_cast"]

_COLUMNS = """
v.tenant_id, v.id, v.meeting_id, v.number, v.question, v.kind, v.method, v.options, v.hands, v.abstained, v.put_at,
v.put_by, v.counted_at, v.counted_by, v.version
"""

_BY_ID = f"SELECT {_COLUMNS} FROM app.votes v WHERE v.tenant_id = ANY ($1) AND v.id = ANY ($2)"

_COUNTS = "SELECT tenant_id, vote_id, option, votes FROM app.ballot_counts($1, $2)"

_CAST = """
SELECT v.tenant_id, v.meeting_id, b.member_id, count(*) AS votes_cast
FROM app.ballots b JOIN app.votes v ON v.tenant_id = b.tenant_id AND v.id = b.vote_id
WHERE v.tenant_id = ANY ($1) AND v.meeting_id = ANY ($2) AND b.member_id = ANY ($3)
GROUP BY v.tenant_id, v.meeting_id, b.member_id
"""

_BALLOT_COLUMNS = """
b.tenant_id, b.vote_id, b.member_id, b.option, b.recorded_at, b.recorded_by, v.options,
coalesce(a.status = 'REPRESENTED', false) AS is_represented
"""

_BALLOT_SOURCE = """
app.ballots b
JOIN app.votes v ON v.tenant_id = b.tenant_id AND v.id = b.vote_id
LEFT JOIN app.attendances a ON a.tenant_id = v.tenant_id AND a.meeting_id = v.meeting_id AND a.member_id = b.member_id
"""

_BY_MEMBER_SOURCE = f"{_BALLOT_SOURCE}JOIN app.members x ON x.tenant_id = b.tenant_id AND x.id = b.member_id"

MEETING_VOTES = Listing(
    select=_COLUMNS,
    source="app.votes v",
    tenant="v.tenant_id",
    parent="v.meeting_id",
    orders={"NUMBER": Order((("v.number", "integer"), ("v.id", "uuid")))},
    filters={},
)

VOTE_BALLOTS = Listing(
    select=_BALLOT_COLUMNS,
    source=_BY_MEMBER_SOURCE,
    tenant="b.tenant_id",
    parent="b.vote_id",
    orders={"NUMBER": Order((("x.number", "integer"), ("b.member_id", "uuid")))},
    filters={},
)

MEMBER_BALLOTS = Listing(
    select=_BALLOT_COLUMNS,
    source=_BALLOT_SOURCE,
    tenant="b.tenant_id",
    parent="b.member_id",
    orders={"NEWEST": Order((("v.put_at", "timestamptz"), ("b.vote_id", "uuid")), is_descending=True)},
    filters={},
)


async def load_votes(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The vote of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_ballot_counts(snapshot: Snapshot, keys: Sequence[Key]) -> list[dict[int, int]]:
    """How many ballots each option of each vote has, by its number, 0 for who abstained; empty where there is none."""
    tenants, ids = list({key[0] for key in keys}), list({key[1] for key in keys})
    found: dict[Key, dict[int, int]] = {}
    for row in await snapshot.fetch(_COUNTS, tenants, ids):
        found.setdefault((row["tenant_id"], row["vote_id"]), {})[row["option"]] = row["votes"]
    return [found.get(key, {}) for key in keys]


async def load_votes_cast(snapshot: Snapshot, keys: Sequence[AttendanceKey]) -> list[int]:
    """In how many votes of the meeting each member's ballot was written down."""
    parts: list[list[UUID]] = [list(set(part)) for part in zip(*keys, strict=True)]
    rows: dict[Any, int] = {
        (row["tenant_id"], row["meeting_id"], row["member_id"]): row["votes_cast"]
        for row in await snapshot.fetch(_CAST, *parts)
    }
    return [rows.get(key, 0) for key in keys]
