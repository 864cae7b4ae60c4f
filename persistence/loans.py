"""Loans and their steps in PostgreSQL. A step is inserted, and a trigger moves the loan by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from domain.groups import Group
from domain.ledger.postings import BelowMinimum
from domain.lending.records import Borrower, Loan, NewLoan, NewStep
from domain.lending.steps import LoanStatus
from domain.money import Money
from persistence.constraints import RefusalState
from persistence.loan_products import VERSION_COLUMNS, version_from
from persistence.loan_terms import TERMS_INSERT, rules_from, terms_columns, terms_from, terms_values

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["STANDS", "Loans"]

STANDS = "NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = {0}.tenant_id AND r.reverses_id = {0}.{1})"
"""Whether an entry was not taken back: of an alias, and its column with the entry's id."""


_FIND = f"""
SELECT l.id, l.number, l.member_id, l.product_id, l.terms_id, l.status, l.applied, l.approved, l.approved_until,
       l.disbursed, l.disbursed_on, l.disbursement_id, l.hold_id, l.guarantors, l.constitution_version,
       l.version AS lock, {VERSION_COLUMNS}, {terms_columns("t")}, x.last_on, x.approvers, x.least
FROM app.loans l
JOIN app.loan_product_versions v
    ON v.tenant_id = l.tenant_id AND v.product_id = l.product_id AND v.number = l.product_version
JOIN app.loan_terms t ON t.tenant_id = l.tenant_id AND t.id = l.terms_id
CROSS JOIN (
    SELECT max(s.counts_on) AS last_on, min(s.amount) FILTER (WHERE s.kind = 'ENDORSEMENT') AS least,
           array_agg(s.recorded_by) FILTER (WHERE s.kind = 'ENDORSEMENT') AS approvers
    FROM app.loan_steps s WHERE s.tenant_id = $1 AND s.loan_id = $2
) x
WHERE l.tenant_id = $1 AND l.id = $2
"""

# The number is given out by a trigger, since not everybody who asks for a loan sees the others.
_APPLY = """
INSERT INTO app.loans (
    tenant_id, id, number, member_id, product_id, product_version, terms_id, fund, currency, purpose, applied,
    applied_on, meeting_id, officer_id, guarantors, constitution_version, applied_by
) VALUES ($1, $2, 0, $3, $4, $5, $2, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""

_TAKE = """
INSERT INTO app.loan_steps (
    tenant_id, loan_id, number, member_id, kind, became, counts_on, meeting_id, amount, entry_id, votes_for,
    votes_against, hold_id, place, approved_until, recorded_by
) VALUES ($1, $2, 0, $3, $4, '', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
RETURNING number
"""

_WORDS = "INSERT INTO app.loan_words (tenant_id, loan_id, step, member_id, words) VALUES ($1, $2, $3, $4, $5)"

_BORROWER = """
SELECT m.status = 'ACTIVE' AND m.left_on IS NULL AS is_active,
       (
           SELECT coalesce(-sum(b.balance), 0) FROM ledger.member_balances b
           JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id AND a.code IN ('2100', '3100')
           WHERE b.tenant_id = m.tenant_id AND b.member_id = m.id
       ) AS savings,
       o.open_loans, o.is_late
FROM app.members m
CROSS JOIN (
    SELECT count(*) FILTER (WHERE l.status IN ('ACTIVE', 'DEFAULTED')
               OR l.status = 'APPROVED' AND l.approved_until >= $3) AS open_loans,
           coalesce(bool_or(l.status IN ('WRITTEN_OFF', 'DEFAULTED') OR a.days > 0), false) AS is_late
    FROM app.loans l
    LEFT JOIN app.loan_arrears(ARRAY[$1::uuid], $3::date) a ON a.tenant_id = l.tenant_id AND a.loan_id = l.id
    WHERE l.tenant_id = $1 AND l.member_id = $2 AND l.id <> $4
) o
WHERE m.tenant_id = $1 AND m.id = $2
"""

_MEMBERS = """
SELECT id FROM app.members WHERE tenant_id = $1 AND id = ANY ($2) AND status = 'ACTIVE' AND left_on IS NULL
"""

# What is held on the balance may have expired and not been noted yet.
_FREE = """
SELECT b.balance - coalesce(a.minimum, 0) - coalesce((
    SELECT sum(h.amount) FROM ledger.holds h
    WHERE h.tenant_id = $1 AND h.account_id = $2 AND h.outcome IS NULL AND h.expires_at > clock_timestamp()
), 0)
FROM ledger.account_balances b
JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id
WHERE b.tenant_id = $1 AND b.account_id = $2
"""

_PRESENT = """
SELECT count(*) FROM app.attendances WHERE tenant_id = $1 AND meeting_id = $2 AND status IN ('PRESENT', 'LATE')
"""


class Loans:
    """The store of loans of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group: Group, loan_id: UUID) -> Loan | None:
        """See `domain.lending.records.LoanStore`."""
        row = await self._work.connection.fetchrow(_FIND, group.id, loan_id)
        if row is None:
            return None

        def money(name: str) -> Money | None:
            return None if row[name] is None else Money(row[name], group.currency)

        return Loan(
            id=row["id"],
            number=row["number"],
            member_id=row["member_id"],
            product_id=row["product_id"],
            product=version_from(row, group),
            terms_id=row["terms_id"],
            terms=terms_from(row),
            rules=rules_from(row),
            status=LoanStatus(row["status"]),
            applied=Money(row["applied"], group.currency),
            approved=money("approved"),
            approved_until=row["approved_until"],
            disbursed=money("disbursed"),
            disbursed_on=row["disbursed_on"],
            disbursement_id=row["disbursement_id"],
            hold_id=row["hold_id"],
            guarantors=tuple(row["guarantors"]),
            constitution_version=row["constitution_version"],
            last_step_on=row["last_on"],
            approvers=frozenset(row["approvers"] or ()),
            least_approved=money("least"),
            version=row["lock"],
        )

    async def apply(self, group: Group, loan: NewLoan, words: str | None) -> None:
        """See `domain.lending.records.LoanStore`."""
        rules = loan.product.newest.rules
        await self._work.write(TERMS_INSERT, group.id, loan.id, *terms_values(loan.terms, rules))
        await self._work.write(
            _APPLY,
            group.id,
            loan.id,
            loan.member_id,
            loan.product.id,
            loan.product.newest.number,
            loan.product.newest.fund.value,
            group.currency.code,
            loan.purpose.value,
            loan.principal.amount,
            loan.applied_on,
            loan.meeting_id,
            loan.officer_id,
            loan.guarantors,
            loan.constitution_version,
            self._work.viewer.user_id,
        )
        if words is not None:
            await self._work.write(_WORDS, group.id, loan.id, 1, loan.member_id, words)

    async def take(self, group: Group, step: NewStep) -> None:
        """See `domain.lending.records.LoanStore`."""
        values: list[Any] = [
            group.id,
            step.loan_id,
            step.member_id,
            step.kind.value,
            step.on,
            step.meeting_id,
            None if step.amount is None else step.amount.amount,
            step.entry_id,
            step.votes_for,
            step.votes_against,
            step.hold_id,
            None if step.place is None else step.place.value,
            step.approved_until,
            self._work.viewer.user_id,
        ]
        try:
            row = await self._work.write_returning(_TAKE, *values)
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.SHORT_OF_MONEY:
                raise BelowMinimum(Decimal(error.detail), path=("amount",)) from error
            raise
        if step.words is not None:
            await self._work.write(_WORDS, group.id, step.loan_id, row["number"], step.member_id, step.words)

    async def borrower(self, group: Group, member_id: UUID, today: date, beside: UUID) -> Borrower | None:
        """See `domain.lending.records.LoanStore`."""
        row = await self._work.connection.fetchrow(_BORROWER, group.id, member_id, today, beside)
        if row is None:
            return None
        return Borrower(row["is_active"], Money(row["savings"], group.currency), row["open_loans"], row["is_late"])

    async def members(self, group_id: UUID, member_ids: Sequence[UUID]) -> frozenset[UUID]:
        """See `domain.lending.records.LoanStore`."""
        rows = await self._work.connection.fetch(_MEMBERS, group_id, member_ids)
        return frozenset(row["id"] for row in rows)

    async def free(self, group: Group, account_id: UUID) -> Money:
        """See `domain.lending.records.LoanStore`."""
        return Money(await self._work.connection.fetchval(_FREE, group.id, account_id), group.currency)

    async def present(self, group_id: UUID, meeting_id: UUID) -> int:
        """See `domain.lending.records.LoanStore`."""
        count: int = await self._work.connection.fetchval(_PRESENT, group_id, meeting_id)
        return count
