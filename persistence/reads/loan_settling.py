"""Reading single payments and charges of loans, by their own ids, and the charges of loans."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.loans import STANDS
from persistence.reads.keys import Key, rows_by_key, rows_grouped
from persistence.snapshot import Snapshot

__all__ = ["load_charge", "load_loan_charges", "load_payment"]

_PAYMENT = f"""
SELECT p.tenant_id, p.loan_id, p.id, p.member_id, p.sequence, p.kind, p.effective_on, p.amount, p.penalties, p.fees,
       p.interest, p.principal, p.advance, p.replaces_id, p.recorded_at, p.recorded_by, l.currency,
       NOT {STANDS.format("p", "id")} AS is_reversed
FROM app.loan_payments p
JOIN app.loans l ON l.tenant_id = p.tenant_id AND l.id = p.loan_id
WHERE p.tenant_id = ANY ($1) AND p.id = ANY ($2)
"""

_CHARGES = """
SELECT c.tenant_id, c.loan_id, c.id, c.member_id, c.sequence, c.kind, c.counts_on, c.due_on, c.instalment, c.amount,
       c.waives_id, c.recorded_at, c.recorded_by, l.currency
FROM app.loan_charges c
JOIN app.loans l ON l.tenant_id = c.tenant_id AND l.id = c.loan_id
WHERE c.tenant_id = ANY ($1) AND c.{} = ANY ($2)
ORDER BY c.sequence
"""


async def load_payment(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The payment of each key."""
    return await rows_by_key(snapshot, _PAYMENT, keys)


async def load_charge(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The charge, or the waiver, of each key."""
    return await rows_by_key(snapshot, _CHARGES.format("id"), keys)


async def load_loan_charges(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """The charges and waivers of each loan, as they were made."""
    return await rows_grouped(snapshot, _CHARGES.format("loan_id"), keys, "loan_id")
