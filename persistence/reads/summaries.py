"""Sums over the groups of a viewer, and counts within a group: worked out when asked for, and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from persistence.reads.accounts import AsOf
from persistence.reads.keys import rows_by_tenant
from persistence.reads.members import load_member_balances
from persistence.snapshot import Snapshot

__all__ = ["load_meeting_counts", "load_own_totals"]

_MEETING_COUNTS = """
SELECT tenant_id, count(*) AS total
FROM app.meetings
WHERE tenant_id = ANY ($1) AND status = 'CLOSED'
GROUP BY tenant_id
"""

_SUMMED = ("shares_value", "savings", "social_fund_paid", "social_fund_received", "fines_owed")


async def load_meeting_counts(snapshot: Snapshot, keys: Sequence[UUID]) -> list[int]:
    """How many meetings of each group are closed."""
    rows = await rows_by_tenant(snapshot, _MEETING_COUNTS, keys)
    return [0 if row is None else row["total"] for row in rows]


async def load_own_totals(snapshot: Snapshot, keys: Sequence[Any]) -> list[list[dict[str, Any]]]:
    """What the viewer has and owes in her groups, by currency; for every key the same, since there is one viewer."""
    own = sorted(snapshot.viewer.own_members)
    totals: dict[str, dict[str, Any]] = {}
    for row in await load_member_balances(snapshot, own, AsOf()) if own else ():
        if row is None:
            continue
        total = totals.setdefault(
            row["currency"],
            {"currency": row["currency"], "group_count": 0, "shares": 0, **dict.fromkeys(_SUMMED, Decimal(0))},
        )
        total["group_count"] += 1
        total["shares"] += row["shares"]
        for name in _SUMMED:
            total[name] += Decimal(row[name])
    found = [totals[code] for code in sorted(totals)]
    return [found for _ in keys]
