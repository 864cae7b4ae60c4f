"""Reading money set aside. A hold whose time is over has expired, whether or not anybody noted it."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["GROUP_HOLDS", "load_holds"]

_STATUS = "coalesce(h.outcome, CASE WHEN h.expires_at <= now() THEN 'EXPIRED' ELSE 'OPEN' END)"

_IS_STATUS = f"{_STATUS} = {{}}"

_COLUMNS = f"""
'Hold' AS node_type, h.tenant_id, h.id, h.account_id, h.amount, a.currency, h.purpose, h.placed_at, h.placed_by,
h.expires_at, {_STATUS} AS status, h.ended_by, h.entry_id,
coalesce(h.ended_at, CASE WHEN h.expires_at <= now() THEN h.expires_at END) AS ended_at
"""

_SOURCE = "ledger.holds h JOIN ledger.accounts a ON a.tenant_id = h.tenant_id AND a.id = h.account_id"

_BY_ID = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE h.tenant_id = ANY ($1) AND h.id = ANY ($2)"

GROUP_HOLDS = Listing(
    select=_COLUMNS,
    source=_SOURCE,
    tenant="h.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("h.placed_at", "timestamptz"), ("h.id", "uuid")), is_descending=True)},
    filters={"status": (_IS_STATUS, "text")},
)


async def load_holds(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The hold of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)
