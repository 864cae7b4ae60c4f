"""Reading fines: what was levied is in the book, what for is beside it, and what is outstanding follows from both."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.reads.accounts import AsOf
from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["MEETING_FINES", "MEMBER_FINES", "OUTSTANDING", "load_fines", "load_outstanding"]

_COLUMNS = """
e.tenant_id, e.id, e.number AS entry_number, e.effective_on, e.meeting_id, e.member_id, e.booked_at AS recorded_at,
e.actor_id AS recorded_by, l.amount::text AS amount, l.currency, f.reason_code, f.reason_name, f.constitution_version
"""

# A fine is the entry that levied it, by its member's line; what it was for may be told in words alone.
_SOURCE = """
ledger.entries e
JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number AND l.member_id = e.member_id
    AND e.kind = 'FINE_LEVIED' AND e.reverses_id IS NULL
LEFT JOIN app.fines f ON f.tenant_id = e.tenant_id AND f.id = e.id
"""

_BY_ID = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE e.tenant_id = ANY ($1) AND e.id = ANY ($2)"

# What members owe is one balance each. What names a fine settles that fine, and whatever else was paid or waived, the
# oldest first. What a member owed when the book began is older than every fine.
_OUTSTANDING = """
WITH levied AS (
    SELECT l.tenant_id, l.member_id, e.id, e.number, l.amount
    FROM ledger.lines l
    JOIN ledger.entries e ON e.tenant_id = l.tenant_id AND e.number = l.entry_number AND e.member_id = l.member_id
    WHERE l.tenant_id = ANY ($1) AND l.member_id = ANY ($2) AND l.kind = 'FINE_LEVIED' AND e.reverses_id IS NULL{e}
      AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = e.tenant_id AND r.reverses_id = e.id{r})
), settled AS (
    SELECT s.tenant_id, s.fine_id, sum(l.amount) AS amount
    FROM app.fine_settlements s
    JOIN ledger.entries e ON e.tenant_id = s.tenant_id AND e.id = s.id
    JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number AND l.member_id = s.member_id
    WHERE s.tenant_id = ANY ($1) AND s.member_id = ANY ($2){e}
      AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = e.tenant_id AND r.reverses_id = e.id{r})
    GROUP BY s.tenant_id, s.fine_id
), rests AS (
    SELECT v.tenant_id, v.member_id, v.id, v.number, v.amount + coalesce(s.amount, 0) AS rest
    FROM levied v LEFT JOIN settled s ON s.tenant_id = v.tenant_id AND s.fine_id = v.id
), owed AS (
    SELECT b.tenant_id, b.member_id, sum({sum}) AS balance
    FROM {balances} b
    JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id AND a.code = '1310'
    WHERE b.tenant_id = ANY ($1) AND b.member_id = ANY ($2){b}
    GROUP BY b.tenant_id, b.member_id
), placed AS (
    SELECT r.tenant_id, r.member_id, r.id, r.rest,
           sum(r.rest) OVER w - r.rest AS older,
           greatest(sum(r.rest) OVER (PARTITION BY r.tenant_id, r.member_id) - coalesce(o.balance, 0), 0) AS unnamed
    FROM rests r LEFT JOIN owed o ON o.tenant_id = r.tenant_id AND o.member_id = r.member_id
    WINDOW w AS (PARTITION BY r.tenant_id, r.member_id ORDER BY r.number)
)
SELECT p.tenant_id, p.member_id, p.id, greatest(p.rest - greatest(p.unnamed - p.older, 0), 0) AS outstanding
FROM placed p
"""


def _outstanding_at(column: str, of_lines: str) -> str:
    """The statement for a moment, from the lines that were there or counted by then."""
    return _OUTSTANDING.format(
        e=f" AND e.{column} <= $3",
        r=f" AND r.{column} <= $3",
        sum="b.amount",
        balances="ledger.lines",
        b=f" AND b.{of_lines} <= $3",
    )


OUTSTANDING = _OUTSTANDING.format(e="", r="", sum="b.balance", balances="ledger.member_balances", b="")
"""What is outstanding now of the fines of members, by their groups and ids."""

_OUTSTANDING_ON_DATE = _outstanding_at("effective_on", "effective_on")
_OUTSTANDING_AFTER_ENTRY = _outstanding_at("number", "entry_number")

_BY_ENTRY = {
    "NEWEST": Order((("e.number", "bigint"), ("e.id", "uuid")), is_descending=True),
    "OLDEST": Order((("e.number", "bigint"), ("e.id", "uuid"))),
}
_FILTERS = {
    "reason_code": ("f.reason_code = {}", "text"),
    "from_date": ("e.effective_on >= {}", "date"),
    "to_date": ("e.effective_on <= {}", "date"),
}

MEETING_FINES = Listing(
    select=_COLUMNS,
    source=_SOURCE,
    tenant="e.tenant_id",
    parent="e.meeting_id",
    orders=_BY_ENTRY,
    filters=_FILTERS,
)

# By the lines, which have an index for the member.
MEMBER_FINES = Listing(
    select=_COLUMNS,
    source=_SOURCE,
    tenant="l.tenant_id",
    parent="l.member_id",
    orders={
        "NEWEST": Order((("l.entry_number", "bigint"), ("e.id", "uuid")), is_descending=True),
        "OLDEST": Order((("l.entry_number", "bigint"), ("e.id", "uuid"))),
    },
    filters=_FILTERS,
)


async def load_fines(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The fine of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_outstanding(
    snapshot: Snapshot, keys: Sequence[tuple[UUID, UUID, UUID]], as_of: AsOf
) -> list[asyncpg.Record | None]:
    """What is outstanding of each fine at a moment, by tenant, member and fine.

    None of one that was not levied by then, or was taken back.
    """
    tenants, members = list({key[0] for key in keys}), list({key[1] for key in keys})
    if as_of.on is not None:
        found = await snapshot.fetch(_OUTSTANDING_ON_DATE, tenants, members, as_of.on)
    elif as_of.entry is not None:
        found = await snapshot.fetch(_OUTSTANDING_AFTER_ENTRY, tenants, members, as_of.entry)
    else:
        found = await snapshot.fetch(OUTSTANDING, tenants, members)
    rows = {(row["tenant_id"], row["member_id"], row["id"]): row for row in found}
    return [rows.get(key) for key in keys]
