"""Schedules, charges and payments of loans in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.groups import Group
from domain.lending.rules import LoanRules
from domain.lending.schedules import Instalment, LoanSchedule
from domain.lending.settlements import (
    ChargeKind,
    ChargeRecord,
    PaymentKind,
    PaymentRecord,
    ScheduleReason,
    ScheduleRecord,
)
from domain.lending.terms import LoanTerms
from domain.money import Money
from persistence.loan_terms import TERMS_INSERT, terms_columns, terms_from, terms_values
from persistence.loans import STANDS

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["LoanRecords", "instalments_from"]

_TERMS = f"SELECT {terms_columns('t')} FROM app.loan_terms t WHERE t.tenant_id = $1 AND t.id = $2"

_ADD_SCHEDULE = """
INSERT INTO app.loan_schedules (
    tenant_id, loan_id, number, member_id, terms_id, reason, starts_on, principal, charges_at_start, instalments,
    brought_penalties, brought_fees, brought_interest, after_sequence, made_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""

_ADD_INSTALMENTS = """
INSERT INTO app.loan_instalments (
    tenant_id, loan_id, schedule, number, member_id, starts_on, due_on, principal, interest, charges
)
SELECT $1, $2, $3, i.number, $4, i.starts_on, i.due_on, i.principal, i.interest, i.charges
FROM unnest($5::integer[], $6::date[], $7::date[], $8::numeric[], $9::numeric[], $10::numeric[])
    i (number, starts_on, due_on, principal, interest, charges)
"""

_SCHEDULE = """
SELECT s.number AS schedule, s.member_id, s.terms_id, s.reason, s.starts_on AS schedule_starts_on,
       s.principal AS schedule_principal, s.charges_at_start, s.brought_penalties, s.brought_fees, s.brought_interest,
       s.after_sequence,
       i.number, i.starts_on, i.due_on, i.principal, i.interest, i.charges
FROM app.loan_schedules s
JOIN app.loan_instalments i ON i.tenant_id = s.tenant_id AND i.loan_id = s.loan_id AND i.schedule = s.number
WHERE s.tenant_id = $1 AND s.loan_id = $2
  AND s.number = (SELECT max(x.number) FROM app.loan_schedules x WHERE x.tenant_id = $1 AND x.loan_id = $2)
ORDER BY i.number
"""

_NEXT = """
SELECT greatest(
    (SELECT coalesce(max(sequence), 0) FROM app.loan_charges WHERE tenant_id = $1 AND loan_id = $2),
    (SELECT coalesce(max(sequence), 0) FROM app.loan_payments WHERE tenant_id = $1 AND loan_id = $2)
) + 1
"""

_ADD_CHARGES = """
INSERT INTO app.loan_charges (
    tenant_id, id, loan_id, member_id, sequence, kind, counts_on, due_on, instalment, amount, entry_id, waives_id,
    recorded_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""

_CHARGES = """
SELECT id, member_id, sequence, kind, counts_on, due_on, instalment, amount, entry_id, waives_id
FROM app.loan_charges WHERE tenant_id = $1 AND loan_id = $2 ORDER BY sequence
"""

_HAS_CHARGE = "SELECT EXISTS (SELECT FROM app.loan_charges WHERE tenant_id = $1 AND id = $2)"

_ADD_PAYMENTS = """
INSERT INTO app.loan_payments (
    tenant_id, id, loan_id, sequence, member_id, kind, effective_on, amount, penalties, fees, interest, principal,
    advance, replaces_id, recorded_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""

_PAYMENTS = f"""
SELECT p.id, p.member_id, p.sequence, p.kind, p.effective_on, p.amount, p.penalties, p.fees, p.interest, p.principal,
       p.advance, p.replaces_id, NOT {STANDS.format("p", "id")} AS is_reversed
FROM app.loan_payments p WHERE p.tenant_id = $1 AND p.loan_id = $2 ORDER BY p.sequence
"""


def instalments_from(rows: Sequence[asyncpg.Record], principal: Money) -> tuple[Instalment, ...]:
    """The instalments of a schedule, in order, with what is still owed after each."""
    unit, balance, made = principal.currency, principal, []
    for row in rows:
        part = Money(row["principal"], unit)
        balance -= part
        interest, charges = Money(row["interest"], unit), Money(row["charges"], unit)
        made.append(Instalment(row["number"], row["starts_on"], row["due_on"], part, interest, charges, balance))
    return tuple(made)


class LoanRecords:
    """The store of schedules, charges and payments of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add_terms(self, group_id: UUID, terms_id: UUID, terms: LoanTerms, rules: LoanRules) -> None:
        """See `domain.lending.settlements.LoanRecordStore`."""
        await self._work.write(TERMS_INSERT, group_id, terms_id, *terms_values(terms, rules))

    async def terms(self, group_id: UUID, terms_id: UUID) -> LoanTerms:
        """See `domain.lending.settlements.LoanRecordStore`."""
        return terms_from(await self._work.connection.fetchrow(_TERMS, group_id, terms_id))

    async def add_schedule(self, group: Group, record: ScheduleRecord) -> None:
        """See `domain.lending.settlements.LoanRecordStore`."""
        schedule = record.schedule
        instalments = schedule.instalments
        await self._work.write(
            _ADD_SCHEDULE,
            group.id,
            record.loan_id,
            record.number,
            record.member_id,
            record.terms_id,
            record.reason.value,
            schedule.disbursed_on,
            schedule.principal.amount,
            schedule.charges_at_disbursement.amount,
            len(instalments),
            record.brought_penalties.amount,
            record.brought_fees.amount,
            record.brought_interest.amount,
            record.after_sequence,
            self._work.viewer.user_id,
        )
        await self._work.write(
            _ADD_INSTALMENTS,
            group.id,
            record.loan_id,
            record.number,
            record.member_id,
            [each.number for each in instalments],
            [each.starts_on for each in instalments],
            [each.due_on for each in instalments],
            [each.principal.amount for each in instalments],
            [each.interest.amount for each in instalments],
            [each.charges.amount for each in instalments],
        )

    async def schedule(self, group: Group, loan_id: UUID) -> ScheduleRecord | None:
        """See `domain.lending.settlements.LoanRecordStore`."""
        rows = await self._work.connection.fetch(_SCHEDULE, group.id, loan_id)
        if not rows:
            return None
        first = rows[0]

        def money(name: str) -> Money:
            return Money(first[name], group.currency)

        principal = money("schedule_principal")
        schedule = LoanSchedule(
            principal, first["schedule_starts_on"], money("charges_at_start"), instalments_from(rows, principal)
        )
        return ScheduleRecord(
            number=first["schedule"],
            loan_id=loan_id,
            member_id=first["member_id"],
            reason=ScheduleReason(first["reason"]),
            schedule=schedule,
            terms_id=first["terms_id"],
            brought_penalties=money("brought_penalties"),
            brought_fees=money("brought_fees"),
            brought_interest=money("brought_interest"),
            after_sequence=first["after_sequence"],
        )

    async def next_sequence(self, group_id: UUID, loan_id: UUID) -> int:
        """See `domain.lending.settlements.LoanRecordStore`."""
        number: int = await self._work.connection.fetchval(_NEXT, group_id, loan_id)
        return number

    async def add_charges(self, group_id: UUID, charges: Sequence[ChargeRecord]) -> None:
        """See `domain.lending.settlements.LoanRecordStore`."""
        for charge in charges:
            await self._work.write(
                _ADD_CHARGES,
                group_id,
                charge.id,
                charge.loan_id,
                charge.member_id,
                charge.sequence,
                charge.kind.value,
                charge.on,
                charge.due_on,
                charge.instalment,
                charge.amount.amount,
                charge.entry_id,
                charge.waives_id,
                self._work.viewer.user_id,
            )

    async def has_charge(self, group_id: UUID, charge_id: UUID) -> bool:
        """See `domain.lending.settlements.LoanRecordStore`."""
        found: bool = await self._work.connection.fetchval(_HAS_CHARGE, group_id, charge_id)
        return found

    async def charges(self, group: Group, loan_id: UUID) -> list[ChargeRecord]:
        """See `domain.lending.settlements.LoanRecordStore`."""
        return [
            ChargeRecord(
                id=row["id"],
                loan_id=loan_id,
                member_id=row["member_id"],
                sequence=row["sequence"],
                kind=ChargeKind(row["kind"]),
                on=row["counts_on"],
                due_on=row["due_on"],
                amount=Money(row["amount"], group.currency),
                instalment=row["instalment"],
                entry_id=row["entry_id"],
                waives_id=row["waives_id"],
            )
            for row in await self._work.connection.fetch(_CHARGES, group.id, loan_id)
        ]

    async def add_payments(self, group_id: UUID, payments: Sequence[PaymentRecord]) -> None:
        """See `domain.lending.settlements.LoanRecordStore`."""
        for payment in payments:
            await self._work.write(
                _ADD_PAYMENTS,
                group_id,
                payment.id,
                payment.loan_id,
                payment.sequence,
                payment.member_id,
                payment.kind.value,
                payment.on,
                payment.amount.amount,
                payment.penalties.amount,
                payment.fees.amount,
                payment.interest.amount,
                payment.principal.amount,
                payment.advance.amount,
                payment.replaces_id,
                self._work.viewer.user_id,
            )

    async def payments(self, group: Group, loan_id: UUID) -> list[PaymentRecord]:
        """See `domain.lending.settlements.LoanRecordStore`."""
        parts = ("amount", "penalties", "fees", "interest", "principal", "advance")
        return [
            PaymentRecord(
                id=row["id"],
                loan_id=loan_id,
                member_id=row["member_id"],
                sequence=row["sequence"],
                kind=PaymentKind(row["kind"]),
                on=row["effective_on"],
                **{name: Money(row[name], group.currency) for name in parts},
                replaces_id=row["replaces_id"],
                is_reversed=row["is_reversed"],
            )
            for row in await self._work.connection.fetch(_PAYMENTS, group.id, loan_id)
        ]
