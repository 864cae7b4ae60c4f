"""Reading what stands in for loans: guarantees of members, and collateral."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = [
    "GROUP_COLLATERAL",
    "GROUP_GUARANTEES",
    "LOAN_COLLATERAL",
    "LOAN_GUARANTEES",
    "MEMBER_GUARANTEES",
    "load_collateral",
    "load_collateral_words",
    "load_guarantees",
]

_GUARANTEE = """
g.tenant_id, g.id, g.loan_id, g.member_id, g.borrower_id, g.amount::text AS amount, g.currency,
g.holds_savings AS is_holding_savings, g.status, g.pledged_at, g.pledged_by,
g.accepted_at, g.accepted_by, g.released_at, g.released_by, g.version
"""
_COLLATERAL = """
c.tenant_id, c.id, c.loan_id, c.member_id, c.kind, c.value::text AS value, c.currency, c.valued_on, c.status,
c.recorded_at, c.recorded_by, c.released_at, c.released_by, c.version
"""

_GUARANTEE_BY_ID = f"""
SELECT {_GUARANTEE} FROM app.loan_guarantees g WHERE g.tenant_id = ANY ($1) AND g.id = ANY ($2)
"""
_COLLATERAL_BY_ID = f"""
SELECT {_COLLATERAL} FROM app.loan_collateral c WHERE c.tenant_id = ANY ($1) AND c.id = ANY ($2)
"""
_WORDS_BY_ID = """
SELECT w.tenant_id, w.id, w.member_id, w.description FROM app.loan_collateral_words w
WHERE w.tenant_id = ANY ($1) AND w.id = ANY ($2)
"""


def _guarantees(parent: str | None) -> Listing:
    return Listing(
        select=_GUARANTEE,
        source="app.loan_guarantees g",
        tenant="g.tenant_id",
        parent=parent,
        orders={"NEWEST": Order((("g.pledged_at", "timestamptz"), ("g.id", "uuid")), is_descending=True)},
        filters={"guarantee": ("g.status = {}", "text"), "secured_loan": ("g.loan_id = {}", "uuid")},
    )


GROUP_GUARANTEES = _guarantees(None)
MEMBER_GUARANTEES = _guarantees("g.member_id")
LOAN_GUARANTEES = _guarantees("g.loan_id")


def _collateral(parent: str | None) -> Listing:
    return Listing(
        select=_COLLATERAL,
        source="app.loan_collateral c",
        tenant="c.tenant_id",
        parent=parent,
        orders={"NEWEST": Order((("c.recorded_at", "timestamptz"), ("c.id", "uuid")), is_descending=True)},
        filters={"collateral": ("c.status = {}", "text"), "secured_loan": ("c.loan_id = {}", "uuid")},
    )


GROUP_COLLATERAL = _collateral(None)
LOAN_COLLATERAL = _collateral("c.loan_id")


async def load_guarantees(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The guarantee of each key."""
    return await rows_by_key(snapshot, _GUARANTEE_BY_ID, keys)


async def load_collateral(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The collateral of each key."""
    return await rows_by_key(snapshot, _COLLATERAL_BY_ID, keys)


async def load_collateral_words(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """What each collateral is, in words."""
    return await rows_by_key(snapshot, _WORDS_BY_ID, keys)
