"""Reading journal entries, their lines and words."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = [
    "ACCOUNT_LINES",
    "GROUP_ENTRIES",
    "MEETING_ENTRIES",
    "MEMBER_LINES",
    "LineKey",
    "load_balances_after",
    "load_entries",
    "load_entries_by_number",
    "load_lines",
    "load_reversals",
    "load_vouchers",
]

_COLUMNS = """
e.tenant_id, e.id, e.number, e.kind, e.effective_on, e.booked_at, e.meeting_id, e.member_id, e.reverses_id,
e.actor_id AS recorded_by, e.hash
"""

_BY_ID = f"SELECT {_COLUMNS} FROM ledger.entries e WHERE e.tenant_id = ANY ($1) AND e.id = ANY ($2)"

_BY_NUMBER = f"SELECT {_COLUMNS} FROM ledger.entries e WHERE e.tenant_id = ANY ($1) AND e.number = ANY ($2)"

_REVERSALS = f"SELECT {_COLUMNS} FROM ledger.entries e WHERE e.tenant_id = ANY ($1) AND e.reverses_id = ANY ($2)"

_LINE_COLUMNS = """
l.tenant_id, l.entry_number, l.line_number, l.account_id, l.member_id, l.kind, l.effective_on, l.currency,
l.amount, l.shares,
CASE WHEN a.type IN ('ASSET', 'EXPENSE') THEN l.member_balance_after ELSE -l.member_balance_after END
    AS member_balance_after
"""

_LINE_SOURCE = "ledger.lines l JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id"

_LINES = f"""
SELECT {_LINE_COLUMNS} FROM {_LINE_SOURCE}
WHERE l.tenant_id = ANY ($1) AND l.entry_number = ANY ($2)
ORDER BY l.entry_number, l.line_number
"""

_VOUCHERS = """
SELECT tenant_id, id, description, payee, receipt FROM app.vouchers WHERE tenant_id = ANY ($1) AND id = ANY ($2)
"""

_BALANCES_AFTER = """
SELECT f.tenant_id, f.entry_number, f.line_number, l.currency,
       CASE WHEN a.type IN ('ASSET', 'EXPENSE') THEN f.balance ELSE -f.balance END AS balance
FROM ledger.balances_after_lines($1, $2, $3) f
JOIN ledger.lines l
    ON l.tenant_id = f.tenant_id AND l.entry_number = f.entry_number AND l.line_number = f.line_number
JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
"""

LineKey = tuple[UUID, int, int]
"""A tenant's id, an entry's number and a line's number within it."""

_DATES = {"from_date": ("{column} >= {{}}", "date"), "to_date": ("{column} <= {{}}", "date")}

_HAS_LINE = (
    "EXISTS (SELECT FROM ledger.lines x"
    " WHERE x.tenant_id = e.tenant_id AND x.entry_number = e.number AND x.{column} = {{}})"
)


def _dates(column: str) -> dict[str, tuple[str, str]]:
    return {name: (condition.format(column=column), kind) for name, (condition, kind) in _DATES.items()}


def _entries_below(parent: str | None) -> Listing:
    return Listing(
        select=_COLUMNS,
        source="ledger.entries e",
        tenant="e.tenant_id",
        parent=parent,
        orders={
            "NEWEST": Order((("e.number", "bigint"),), is_descending=True),
            "OLDEST": Order((("e.number", "bigint"),)),
        },
        filters={
            "kind": ("e.kind = {}", "text"),
            "meeting": ("e.meeting_id = {}", "uuid"),
            "member": (_HAS_LINE.format(column="member_id"), "uuid"),
            "account": (_HAS_LINE.format(column="account_id"), "uuid"),
            **_dates("e.effective_on"),
        },
    )


def _lines_below(parent: str) -> Listing:
    return Listing(
        select=_LINE_COLUMNS,
        source=_LINE_SOURCE,
        tenant="l.tenant_id",
        parent=parent,
        orders={
            "NEWEST": Order((("l.entry_number", "bigint"), ("l.line_number", "integer")), is_descending=True),
            "OLDEST": Order((("l.entry_number", "bigint"), ("l.line_number", "integer"))),
        },
        filters={
            "kind": ("l.kind = {}", "text"),
            "account": ("l.account_id = {}", "uuid"),
            "member": ("l.member_id = {}", "uuid"),
            **_dates("l.effective_on"),
        },
    )


GROUP_ENTRIES = _entries_below(None)
MEETING_ENTRIES = _entries_below("e.meeting_id")
ACCOUNT_LINES = _lines_below("l.account_id")
MEMBER_LINES = _lines_below("l.member_id")


async def load_entries(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The entry of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_reversals(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The entry that takes back the entry of each key; None for one that stands."""
    found = await snapshot.fetch(_REVERSALS, list({key[0] for key in keys}), [key[1] for key in keys])
    rows = {(row["tenant_id"], row["reverses_id"]): row for row in found}
    return [rows.get(key) for key in keys]


async def load_entries_by_number(snapshot: Snapshot, keys: Sequence[tuple[UUID, int]]) -> list[asyncpg.Record | None]:
    """The entry with each number in the book of each tenant."""
    found = await snapshot.fetch(_BY_NUMBER, list({key[0] for key in keys}), list({key[1] for key in keys}))
    rows = {(row["tenant_id"], row["number"]): row for row in found}
    return [rows.get(key) for key in keys]


async def load_lines(snapshot: Snapshot, keys: Sequence[tuple[UUID, int]]) -> list[list[asyncpg.Record]]:
    """The lines of the entry with each number in the book of each tenant, as far as the viewer may see them."""
    groups: dict[tuple[UUID, int], list[asyncpg.Record]] = {key: [] for key in keys}
    for row in await snapshot.fetch(_LINES, list({key[0] for key in keys}), list({key[1] for key in keys})):
        group = groups.get((row["tenant_id"], row["entry_number"]))
        if group is not None:
            group.append(row)
    return [groups[key] for key in keys]


async def load_vouchers(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The words of each entry that has any."""
    return await rows_by_key(snapshot, _VOUCHERS, keys)


async def load_balances_after(snapshot: Snapshot, keys: Sequence[LineKey]) -> list[asyncpg.Record | None]:
    """What each line left on its account, on the side on which that grows; None for whom the totals are not open."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    found = await snapshot.fetch(_BALANCES_AFTER, *columns)
    rows = {(row["tenant_id"], row["entry_number"], row["line_number"]): row for row in found}
    return [rows.get(key) for key in keys]
