"""Reading loans and their steps. An approval whose time is over has expired, whether or not anybody noted it."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.loan_terms import terms_columns
from persistence.reads.keys import Key, rows_by_key, rows_grouped
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = [
    "GROUP_LOANS",
    "MEMBER_LOANS",
    "load_loan_steps",
    "load_loan_terms",
    "load_loan_words",
    "load_loans",
]

_TODAY = "(now() AT TIME ZONE g.time_zone)::date"

_STATUS = f"CASE WHEN l.status = 'APPROVED' AND l.approved_until < {_TODAY} THEN 'EXPIRED' ELSE l.status END"

_IS_STATUS = f"{_STATUS} = {{}}"

_IS_OVERDUE = "(l.status = 'DEFAULTED' OR coalesce(a.days, 0) > 0) = {}"

# Asked once for all loans of the groups: for each of them the policies would ask who looks again.
_ARREARS = {
    "overdue": "LEFT JOIN app.loan_arrears({tenants}, '-infinity') a ON a.tenant_id = l.tenant_id AND a.loan_id = l.id"
}

_COLUMNS = f"""
'Loan' AS node_type, l.tenant_id, l.id, l.number, l.member_id, l.product_id, l.product_version, l.terms_id, l.fund,
l.currency, l.purpose, {_STATUS} AS status, l.applied, l.recommended, l.approved, l.disbursed, l.applied_on,
l.applied_by, l.meeting_id, l.approved_until, l.hold_id, l.disbursed_on, l.disbursement_id, l.closed_on, l.officer_id,
l.guarantors, l.constitution_version, l.version
"""

_SOURCE = "app.loans l JOIN app.groups g ON g.tenant_id = l.tenant_id"

_BY_ID = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE l.tenant_id = ANY ($1) AND l.id = ANY ($2)"

_STEPS = """
SELECT s.tenant_id, s.loan_id, s.number, s.member_id, s.kind, s.was, s.became, s.counts_on, s.meeting_id, s.amount,
       l.currency, s.entry_id, s.votes_for, s.votes_against, s.recorded_at, s.recorded_by
FROM app.loan_steps s
JOIN app.loans l ON l.tenant_id = s.tenant_id AND l.id = s.loan_id
WHERE s.tenant_id = ANY ($1) AND s.loan_id = ANY ($2)
ORDER BY s.number
"""

_WORDS = """
SELECT w.tenant_id, w.loan_id, w.step, w.words FROM app.loan_words w
WHERE w.tenant_id = ANY ($1) AND w.loan_id = ANY ($2)
"""

_TERMS = f"""
SELECT t.tenant_id, t.id, {terms_columns("t")} FROM app.loan_terms t WHERE t.tenant_id = ANY ($1) AND t.id = ANY ($2)
"""

_BY_NUMBER = {
    "NEWEST": Order((("l.number", "integer"), ("l.id", "uuid")), is_descending=True),
    "OLDEST": Order((("l.number", "integer"), ("l.id", "uuid"))),
}
_FILTERS = {
    "loan_status": (_IS_STATUS, "text"),
    "overdue": (_IS_OVERDUE, "boolean"),
    "officer": ("l.officer_id = {}", "uuid"),
    "purpose": ("l.purpose = {}", "text"),
}

GROUP_LOANS = Listing(
    select=_COLUMNS,
    source=_SOURCE,
    tenant="l.tenant_id",
    parent=None,
    orders=_BY_NUMBER,
    filters=_FILTERS,
    joins=_ARREARS,
)

MEMBER_LOANS = Listing(
    select=_COLUMNS,
    source=_SOURCE,
    tenant="l.tenant_id",
    parent="l.member_id",
    orders=_BY_NUMBER,
    filters=_FILTERS,
    joins=_ARREARS,
)


async def load_loans(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The loan of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_loan_steps(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """The steps of each loan, in order."""
    return await rows_grouped(snapshot, _STEPS, keys, "loan_id")


async def load_loan_words(snapshot: Snapshot, keys: Sequence[tuple[Key, int]]) -> list[asyncpg.Record | None]:
    """The words beside each step, by loan and number."""
    loans = list(dict.fromkeys(key for key, _ in keys))
    words = dict(zip(loans, await rows_grouped(snapshot, _WORDS, loans, "loan_id"), strict=True))
    return [next((row for row in words[key] if row["step"] == step), None) for key, step in keys]


async def load_loan_terms(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The terms of each key."""
    return await rows_by_key(snapshot, _TERMS, keys)
