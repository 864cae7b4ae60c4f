"""Reading books: accounts with balances, fund balances, heads, and what verification found."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.reads.keys import rows_by_tenant
from persistence.snapshot import Snapshot

__all__ = ["find_faults", "load_accounts", "load_books", "load_fund_balances"]

# Every account is shown on the side on which it grows.
_ACCOUNTS = """
SELECT a.tenant_id, a.id, a.code, a.name, a.type, a.parent_id, a.currency, a.is_postable, a.needs_member, a.fund,
       a.place,
       CASE WHEN a.type IN ('ASSET', 'EXPENSE') THEN b.balance ELSE -b.balance END AS balance
FROM ledger.accounts a
LEFT JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
WHERE a.tenant_id = ANY ($1)
ORDER BY a.code
"""

_FUNDS = """
SELECT a.tenant_id, a.fund, a.place, a.currency, b.balance
FROM ledger.accounts a
JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
WHERE a.tenant_id = ANY ($1) AND a.place IS NOT NULL
ORDER BY a.code
"""

_BOOKS = """
SELECT tenant_id, base_currency AS currency, entry_number, entry_hash, closed_through
FROM ledger.heads
WHERE tenant_id = ANY ($1)
"""

_FAULTS = "SELECT fault, entry_number FROM ledger.find_faults($1)"


async def _by_tenant(snapshot: Snapshot, statement: str, keys: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    groups: dict[UUID, list[asyncpg.Record]] = {key: [] for key in keys}
    for row in await snapshot.fetch(statement, keys):
        groups[row["tenant_id"]].append(row)
    return [groups[key] for key in keys]


async def load_accounts(snapshot: Snapshot, keys: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """The chart of accounts of each group, in the order of the codes."""
    return await _by_tenant(snapshot, _ACCOUNTS, keys)


async def load_fund_balances(snapshot: Snapshot, keys: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """What lies in each place of each fund of each group."""
    return await _by_tenant(snapshot, _FUNDS, keys)


async def load_books(snapshot: Snapshot, keys: Sequence[UUID]) -> list[asyncpg.Record | None]:
    """The head of each group's book."""
    return await rows_by_tenant(snapshot, _BOOKS, keys)


async def find_faults(snapshot: Snapshot, tenant_id: UUID) -> list[asyncpg.Record]:
    """Recompute the group's book from its lines; what comes back is what does not hold."""
    return await snapshot.fetch(_FAULTS, tenant_id)
