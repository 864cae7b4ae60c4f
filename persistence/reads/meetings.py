"""Reading meetings, with what they moved and what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.reads.keys import Key, rows_by_key, rows_grouped
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = [
    "MEETINGS",
    "load_cash_counts",
    "load_meeting_texts",
    "load_meeting_totals",
    "load_meetings",
    "load_open_meetings",
]

_COLUMNS = """
'Meeting' AS node_type, m.tenant_id, m.id, m.number, m.status, m.kind, m.mode, m.held_on, m.venue, m.starts_at,
m.ends_at, m.facilitator_id, m.opened_at, m.opened_by, m.confirmed_at, m.confirmed_by, m.closed_at, m.closed_by,
m.device_time, m.version
"""

_BY_ID = f"SELECT {_COLUMNS} FROM app.meetings m WHERE m.tenant_id = ANY ($1) AND m.id = ANY ($2)"

_OPEN = f"SELECT {_COLUMNS} FROM app.meetings m WHERE m.tenant_id = ANY ($1) AND m.status IN ('OPEN', 'CONFIRMED')"

# The cash side of each kind is what came in, by one line of each entry: every kind so far is money paid in.
_TOTALS = """
SELECT t.tenant_id, t.meeting_id, t.kind, a.currency, sum(t.amount)::text AS amount, sum(t.lines_count) AS entry_count
FROM ledger.movements t
JOIN ledger.accounts a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
WHERE t.tenant_id = ANY ($1) AND t.meeting_id = ANY ($2) AND a.place IS NOT NULL
GROUP BY t.tenant_id, t.meeting_id, t.kind, a.currency
ORDER BY t.kind
"""

_COUNTS = """
SELECT c.tenant_id, c.meeting_id, c.moment, a.fund, a.place, a.currency, c.expected, c.counted, c.reason
FROM app.cash_counts c
JOIN ledger.accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
WHERE c.tenant_id = ANY ($1) AND c.meeting_id = ANY ($2)
ORDER BY c.moment DESC, a.code
"""

_TEXTS = """
SELECT tenant_id, meeting_id AS id, link, agenda, notes, cancel_reason
FROM app.meeting_texts WHERE tenant_id = ANY ($1) AND meeting_id = ANY ($2)
"""

MEETINGS = Listing(
    select=_COLUMNS,
    source="app.meetings m",
    tenant="m.tenant_id",
    parent=None,
    orders={
        "NEWEST": Order((("m.number", "integer"), ("m.id", "uuid")), is_descending=True),
        "LATEST": Order((("m.held_on", "date"), ("m.id", "uuid")), is_descending=True),
        "EARLIEST": Order((("m.held_on", "date"), ("m.id", "uuid"))),
    },
    filters={
        "status": ("m.status = {}", "text"),
        "meeting_kind": ("m.kind = {}", "text"),
        "from_date": ("m.held_on >= {}", "date"),
        "to_date": ("m.held_on <= {}", "date"),
    },
)


async def load_meetings(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The meeting of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_open_meetings(snapshot: Snapshot, keys: Sequence[UUID]) -> list[asyncpg.Record | None]:
    """The meeting that is open in each group, if one is."""
    rows = {row["tenant_id"]: row for row in await snapshot.fetch(_OPEN, keys)}
    return [rows.get(key) for key in keys]


async def load_meeting_totals(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """What each meeting brought in, by kind."""
    return await rows_grouped(snapshot, _TOTALS, keys, "meeting_id")


async def load_cash_counts(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """What was counted in each meeting, the opening first."""
    return await rows_grouped(snapshot, _COUNTS, keys, "meeting_id")


async def load_meeting_texts(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """What was written of each meeting."""
    return await rows_by_key(snapshot, _TEXTS, keys)
