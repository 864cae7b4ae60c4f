"""Reading drafts: the entries that wait for a second officer, and those that did."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.reads.keys import Key, rows_by_key, rows_grouped
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["GROUP_DRAFTS", "load_draft_lines", "load_drafts", "load_retained_surplus"]

_COLUMNS = """
'EntryDraft' AS node_type, d.tenant_id, d.id, d.kind, d.status, d.effective_on, d.meeting_id, d.member_id,
d.reverses_id, d.description, d.payee, d.receipt, d.drafted_at, d.drafted_by, d.decided_at, d.decided_by, d.version
"""

_BY_ID = f"SELECT {_COLUMNS} FROM app.drafts d WHERE d.tenant_id = ANY ($1) AND d.id = ANY ($2)"

_LINES = """
SELECT d.tenant_id, d.id AS draft_id, h.base_currency AS currency, l.line_number, l.account_id, l.member_id, l.amount,
       l.shares
FROM app.drafts d
JOIN ledger.heads h ON h.tenant_id = d.tenant_id
CROSS JOIN LATERAL unnest(d.line_accounts, d.line_members, d.line_amounts, d.line_shares) WITH ORDINALITY
    l (account_id, member_id, amount, shares, line_number)
WHERE d.tenant_id = ANY ($1) AND d.id = ANY ($2)
ORDER BY d.id, l.line_number
"""

# What the sides of opening balances differ by, on the side on which a surplus grows.
_SURPLUS = """
SELECT d.tenant_id, d.id, a.currency, coalesce(-sum(l.amount), 0) AS amount
FROM app.drafts d
JOIN ledger.accounts a ON a.tenant_id = d.tenant_id AND a.code = '3900'
LEFT JOIN LATERAL unnest(d.line_accounts, d.line_amounts) l (account_id, amount) ON l.account_id = a.id
WHERE d.tenant_id = ANY ($1) AND d.id = ANY ($2) AND d.kind = 'OPENING_BALANCES'
GROUP BY d.tenant_id, d.id, a.currency
"""

GROUP_DRAFTS = Listing(
    select=_COLUMNS,
    source="app.drafts d",
    tenant="d.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("d.drafted_at", "timestamptz"), ("d.id", "uuid")), is_descending=True)},
    filters={"status": ("d.status = {}", "text")},
)


async def load_drafts(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The draft of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_draft_lines(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """The lines of each draft, in their order."""
    return await rows_grouped(snapshot, _LINES, keys, "draft_id")


async def load_retained_surplus(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """What each draft of opening balances brings to retained surplus; None for a draft of another kind."""
    return await rows_by_key(snapshot, _SURPLUS, keys)
