"""Finding what an id stands for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from persistence.snapshot import Snapshot

__all__ = ["find_nodes"]

_FIND = """
SELECT 'Group' AS node_type, tenant_id, tenant_id AS id FROM app.groups WHERE tenant_id = ANY ($1)
UNION ALL SELECT 'Member', tenant_id, id FROM app.members WHERE id = ANY ($1)
UNION ALL SELECT 'Meeting', tenant_id, id FROM app.meetings WHERE id = ANY ($1)
UNION ALL SELECT 'Contribution', tenant_id, id FROM app.contributions WHERE id = ANY ($1)
UNION ALL SELECT 'EntryDraft', tenant_id, id FROM app.drafts WHERE id = ANY ($1)
UNION ALL SELECT 'Loan', tenant_id, id FROM app.loans WHERE id = ANY ($1)
UNION ALL SELECT 'Hold', tenant_id, id FROM ledger.holds WHERE id = ANY ($1)
"""


async def find_nodes(snapshot: Snapshot, ids: Sequence[UUID]) -> list[tuple[str, UUID] | None]:
    """The type and tenant of each id. None where there is nothing to see, or two tenants made the same id."""
    found: dict[UUID, list[tuple[str, UUID]]] = {}
    for row in await snapshot.fetch(_FIND, list(set(ids))):
        found.setdefault(row["id"], []).append((row["node_type"], row["tenant_id"]))
    return [places[0] if len(places := found.get(key, [])) == 1 else None for key in ids]
