"""Loading rows by their keys: one statement, results in the order of the keys, None where there is nothing to see."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.snapshot import Snapshot

__all__ = ["Key", "rows_by_key", "rows_by_tenant", "rows_grouped"]

Key = tuple[UUID, UUID]
"""A tenant's id, and the record's id within it."""


async def rows_by_key(
    snapshot: Snapshot, statement: str, keys: Sequence[Key], *arguments: object
) -> list[asyncpg.Record | None]:
    """The row of each key. The statement takes tenants, ids and the arguments, and selects `tenant_id` and `id`."""
    found = await snapshot.fetch(statement, list({key[0] for key in keys}), list({key[1] for key in keys}), *arguments)
    rows = {(row["tenant_id"], row["id"]): row for row in found}
    return [rows.get(key) for key in keys]


async def rows_by_tenant(snapshot: Snapshot, statement: str, keys: Sequence[UUID]) -> list[asyncpg.Record | None]:
    """The row of each tenant. The statement takes the tenants, and selects `tenant_id`."""
    rows = {row["tenant_id"]: row for row in await snapshot.fetch(statement, keys)}
    return [rows.get(key) for key in keys]


async def rows_grouped(
    snapshot: Snapshot, statement: str, keys: Sequence[Key], column: str
) -> list[list[asyncpg.Record]]:
    """The rows of each key. The statement takes tenants and ids, and selects `tenant_id` and `column`."""
    groups: dict[Key, list[asyncpg.Record]] = {key: [] for key in keys}
    for row in await snapshot.fetch(statement, list({key[0] for key in keys}), list({key[1] for key in keys})):
        group = groups.get((row["tenant_id"], row[column]))
        if group is not None:
            group.append(row)
    return [groups[key] for key in keys]
