"""Reading groups: with the constitution in force, since every page of a group shows both."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.constitutions import CONSTITUTION_COLUMNS, IN_FORCE
from persistence.reads.keys import rows_by_tenant
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["GROUPS", "load_change_numbers", "load_groups", "load_member_counts"]

_COLUMNS = f"""
'Group' AS node_type, g.tenant_id, g.tenant_id AS id, g.name, g.kind, g.status, g.currency, g.country, g.time_zone,
g.county, g.district, g.village, g.version, g.created_at, t.visibility,
{CONSTITUTION_COLUMNS}
"""

_SOURCE = f"""
app.groups g
JOIN app.tenants t ON t.id = g.tenant_id
JOIN app.constitutions c ON c.tenant_id = g.tenant_id AND c.version = {IN_FORCE}
"""

_BY_ID = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE g.tenant_id = ANY ($1)"

_MEMBER_COUNTS = """
SELECT tenant_id, count(*) AS total
FROM app.members
WHERE tenant_id = ANY ($1) AND status = 'ACTIVE' AND left_on IS NULL
GROUP BY tenant_id
"""

_CHANGE_NUMBERS = "SELECT tenant_id, change_number FROM ledger.heads WHERE tenant_id = ANY ($1)"

GROUPS = Listing(
    select=_COLUMNS,
    source=_SOURCE,
    tenant="g.tenant_id",
    parent=None,
    orders={
        "NAME": Order((('g.name COLLATE "C"', "text"), ("g.tenant_id", "uuid"))),
        "NEWEST": Order((("g.created_at", "timestamptz"), ("g.tenant_id", "uuid")), is_descending=True),
    },
    filters={
        "country": ("g.country = {}", "text"),
        "status": ("g.status = {}", "text"),
        "search": ("app.is_named({}, concat_ws(' ', g.name, g.village))", "text"),
        # Named where they are known, so that an index finds them whatever the policy looks like.
        "tenants": ("g.tenant_id = ANY ({})", "uuid[]"),
    },
    is_rooted=True,
)


async def load_groups(snapshot: Snapshot, keys: Sequence[UUID]) -> list[asyncpg.Record | None]:
    """The group of each id."""
    return await rows_by_tenant(snapshot, _BY_ID, keys)


async def load_member_counts(snapshot: Snapshot, keys: Sequence[UUID]) -> list[int]:
    """How many members take part in each group."""
    rows = await rows_by_tenant(snapshot, _MEMBER_COUNTS, keys)
    return [0 if row is None else row["total"] for row in rows]


async def load_change_numbers(snapshot: Snapshot, keys: Sequence[UUID]) -> list[int | None]:
    """How often each group was changed."""
    rows = await rows_by_tenant(snapshot, _CHANGE_NUMBERS, keys)
    return [None if row is None else row["change_number"] for row in rows]
