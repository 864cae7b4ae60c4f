"""Reading contributions."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.reads.entries import load_reversals
from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = [
    "GROUP_CONTRIBUTIONS",
    "MEETING_CONTRIBUTIONS",
    "MEMBER_CONTRIBUTIONS",
    "load_contributions",
    "load_whether_reversed",
]

_COLUMNS = """
'Contribution' AS node_type, c.tenant_id, c.id, c.meeting_id, c.member_id, c.kind, c.type_code, c.shares,
c.amount::text AS amount, c.currency, c.place, c.entry_number, c.recorded_at, c.recorded_by, c.device_time
"""

_BY_ID = f"SELECT {_COLUMNS} FROM app.contributions c WHERE c.tenant_id = ANY ($1) AND c.id = ANY ($2)"

_ORDERS = {
    "NEWEST": Order((("c.entry_number", "bigint"), ("c.id", "uuid")), is_descending=True),
    "OLDEST": Order((("c.entry_number", "bigint"), ("c.id", "uuid"))),
}
_FILTERS = {"kind": ("c.kind = {}", "text"), "type_code": ("c.type_code = {}", "text")}


def _below(parent: str | None) -> Listing:
    return Listing(
        select=_COLUMNS,
        source="app.contributions c",
        tenant="c.tenant_id",
        parent=parent,
        orders=_ORDERS,
        filters=_FILTERS,
    )


GROUP_CONTRIBUTIONS = _below(None)
MEETING_CONTRIBUTIONS = _below("c.meeting_id")
MEMBER_CONTRIBUTIONS = _below("c.member_id")


async def load_contributions(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The contribution of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_whether_reversed(snapshot: Snapshot, keys: Sequence[Key]) -> list[bool]:
    """Whether the contribution of each key was taken back."""
    return [entry is not None for entry in await load_reversals(snapshot, keys)]
