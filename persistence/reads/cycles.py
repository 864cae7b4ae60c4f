"""Reading the cycles of groups, and the steps of their lives."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.reads.keys import Key, rows_by_key, rows_by_tenant
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["CYCLES", "STATUS_STEPS", "load_current_cycles", "load_cycles"]

_COLUMNS = "c.tenant_id, c.id, c.number, c.starts_on, c.planned_end_on, c.ended_on, c.version, c.created_at"

_BY_ID = f"SELECT {_COLUMNS} FROM app.cycles c WHERE c.tenant_id = ANY ($1) AND c.id = ANY ($2)"

_CURRENT = f"SELECT {_COLUMNS} FROM app.cycles c WHERE c.tenant_id = ANY ($1) AND c.ended_on IS NULL"

CYCLES = Listing(
    select=_COLUMNS,
    source="app.cycles c",
    tenant="c.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("c.number", "integer"), ("c.id", "uuid")), is_descending=True)},
    filters={},
)

STATUS_STEPS = Listing(
    select="s.tenant_id, s.group_version, s.was, s.became, s.reason, s.changed_at, s.changed_by",
    source="app.group_statuses s",
    tenant="s.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("s.group_version", "integer"),), is_descending=True)},
    filters={},
)


async def load_cycles(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The cycle of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_current_cycles(snapshot: Snapshot, keys: Sequence[UUID]) -> list[asyncpg.Record | None]:
    """The cycle that runs in each group."""
    return await rows_by_tenant(snapshot, _CURRENT, keys)
