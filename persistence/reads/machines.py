"""Reading the machine credentials that reach a group."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["MACHINES", "load_machines"]

_COLUMNS = """
m.tenant_id, m.credential_id AS id, m.name, m.scopes, m.created_at, m.expires_at, m.revoked_at,
m.granter_id = m.tenant_id AS is_own, (u.used_at AT TIME ZONE 'UTC')::date AS last_used_on
"""

_SOURCE = """
access.machine_grants m
LEFT JOIN access.machine_uses u ON u.tenant_id = m.tenant_id AND u.credential_id = m.credential_id
"""

_BY_ID = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE m.tenant_id = ANY ($1) AND m.credential_id = ANY ($2)"

MACHINES = Listing(
    select=_COLUMNS,
    source=_SOURCE,
    tenant="m.tenant_id",
    parent=None,
    orders={
        "NEWEST": Order((("m.created_at", "timestamptz"), ("m.credential_id", "uuid")), is_descending=True),
    },
    filters={"in_force": ("(m.revoked_at IS NULL AND m.expires_at > now()) = {}", "boolean")},
)


async def load_machines(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The credential of each key, as it is in the tenant."""
    return await rows_by_key(snapshot, _BY_ID, keys)
