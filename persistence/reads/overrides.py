"""Reading what members may do beside their roles."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["GROUP_OVERRIDES", "MEMBER_OVERRIDES", "load_overrides"]

# An override is kept from a moment up to another; people count in the group's days.
_COLUMNS = """
o.tenant_id, o.id, o.member_id, o.capability, o.effect, o.status, o.requested_at, o.requested_by, o.decided_at,
o.decided_by, o.ended_at, o.ended_by, o.version, (o.starts_at AT TIME ZONE g.time_zone)::date AS starts_on,
((o.ends_at - interval '1 microsecond') AT TIME ZONE g.time_zone)::date AS ends_on,
o.status = 'APPROVED' AND o.starts_at <= now() AND o.ends_at > now() AND (o.effect = 'TAKEN' OR EXISTS (
    SELECT FROM app.members m WHERE m.tenant_id = o.tenant_id AND m.id = o.member_id AND m.status = 'ACTIVE'
)) AS is_in_force
"""

_SOURCE = "app.permission_overrides o JOIN app.groups g ON g.tenant_id = o.tenant_id"

_BY_ID = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE o.tenant_id = ANY ($1) AND o.id = ANY ($2)"


def _overrides(parent: str | None) -> Listing:
    return Listing(
        select=_COLUMNS,
        source=_SOURCE,
        tenant="o.tenant_id",
        parent=parent,
        orders={"NEWEST": Order((("o.requested_at", "timestamptz"), ("o.id", "uuid")), is_descending=True)},
        filters={"override": ("o.status = {}", "text")},
    )


GROUP_OVERRIDES = _overrides(None)
MEMBER_OVERRIDES = _overrides("o.member_id")


async def load_overrides(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The override of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)
