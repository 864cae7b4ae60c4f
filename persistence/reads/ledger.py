"""Reading books: their heads, what verification found, and where a closing code belongs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.reads.keys import rows_by_tenant
from persistence.snapshot import Snapshot

__all__ = ["find_closing_code", "find_faults", "load_books"]

_BOOKS = """
SELECT tenant_id, base_currency AS currency, entry_number, entry_hash, closed_through
FROM ledger.heads
WHERE tenant_id = ANY ($1)
"""

_FAULTS = "SELECT fault, entry_number FROM ledger.find_faults($1)"

_CLOSING_CODE = "SELECT entry_number, booked_at FROM ledger.find_closing_code($1, $2) LIMIT 1"


async def load_books(snapshot: Snapshot, keys: Sequence[UUID]) -> list[asyncpg.Record | None]:
    """The head of each group's book."""
    return await rows_by_tenant(snapshot, _BOOKS, keys)


async def find_faults(snapshot: Snapshot, tenant_id: UUID) -> list[asyncpg.Record]:
    """Recompute the group's book from its lines; what comes back is what does not hold."""
    return await snapshot.fetch(_FAULTS, tenant_id)


async def find_closing_code(snapshot: Snapshot, tenant_id: UUID, bits: int) -> asyncpg.Record | None:
    """The last entry at which the book had the closing code with these thirty bits."""
    rows = await snapshot.fetch(_CLOSING_CODE, tenant_id, bits)
    return rows[0] if rows else None
