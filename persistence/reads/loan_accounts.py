"""Reading what became of loans: their schedules, charges and payments, and the account that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from domain.calendar import TimeZone, local_date
from domain.currencies import currency
from domain.lending.account import LoanAccount, replay
from domain.lending.owing import history_of
from domain.lending.schedules import LoanSchedule
from domain.lending.settlements import (
    ChargeKind,
    ChargeRecord,
    PaymentKind,
    PaymentRecord,
    ScheduleReason,
    ScheduleRecord,
)
from domain.money import Money
from persistence.loan_records import instalments_from
from persistence.loan_terms import rules_from, terms_columns, terms_from
from persistence.loans import STANDS
from persistence.reads.keys import Key, rows_grouped
from persistence.snapshot import Snapshot

__all__ = ["load_loan_accounts", "load_loan_payments", "load_loan_schedules", "schedule_from"]

_SCHEDULES = f"""
SELECT s.tenant_id, s.loan_id, s.number AS schedule, s.member_id, s.terms_id, s.reason,
       s.starts_on AS schedule_starts_on, s.principal AS schedule_principal, s.charges_at_start, s.brought_penalties,
       s.brought_fees, s.brought_interest, s.after_sequence, s.made_at, s.made_by, l.currency, g.time_zone,
       {terms_columns("t")}
FROM app.loan_schedules s
JOIN app.loans l ON l.tenant_id = s.tenant_id AND l.id = s.loan_id
JOIN app.groups g ON g.tenant_id = s.tenant_id
JOIN app.loan_terms t ON t.tenant_id = s.tenant_id AND t.id = s.terms_id
WHERE s.tenant_id = ANY ($1) AND s.loan_id = ANY ($2)
ORDER BY s.number
"""

_INSTALMENTS = """
SELECT i.tenant_id, i.loan_id, i.schedule, i.number, i.starts_on, i.due_on, i.principal, i.interest, i.charges
FROM app.loan_instalments i WHERE i.tenant_id = ANY ($1) AND i.loan_id = ANY ($2)
ORDER BY i.schedule, i.number
"""

_CHARGES = """
SELECT c.tenant_id, c.loan_id, c.id, c.member_id, c.sequence, c.kind, c.counts_on, c.due_on, c.instalment, c.amount,
       c.entry_id, c.waives_id
FROM app.loan_charges c WHERE c.tenant_id = ANY ($1) AND c.loan_id = ANY ($2)
ORDER BY c.sequence
"""

_PAYMENTS = f"""
SELECT p.tenant_id, p.loan_id, p.id, p.member_id, p.sequence, p.kind, p.effective_on, p.amount, p.penalties, p.fees,
       p.interest, p.principal, p.advance, p.replaces_id, p.recorded_at, p.recorded_by, l.currency,
       NOT {STANDS.format("p", "id")} AS is_reversed
FROM app.loan_payments p
JOIN app.loans l ON l.tenant_id = p.tenant_id AND l.id = p.loan_id
WHERE p.tenant_id = ANY ($1) AND p.loan_id = ANY ($2)
ORDER BY p.sequence
"""

_PARTS = ("amount", "penalties", "fees", "interest", "principal", "advance")


async def load_loan_schedules(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[dict[str, Any]]]:
    """The schedules of each loan, in order, each with the rows of its instalments."""
    schedules = await rows_grouped(snapshot, _SCHEDULES, keys, "loan_id")
    instalments = await rows_grouped(snapshot, _INSTALMENTS, keys, "loan_id")
    return [
        [{**row, "rows": [each for each in rows if each["schedule"] == row["schedule"]]} for row in made]
        for made, rows in zip(schedules, instalments, strict=True)
    ]


async def load_loan_payments(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """The payments of each loan, those taken back included, as they were made."""
    return await rows_grouped(snapshot, _PAYMENTS, keys, "loan_id")


async def load_loan_accounts(snapshot: Snapshot, keys: Sequence[Key], as_of: date | None) -> list[LoanAccount | None]:
    """The account of each loan at the end of a day, the group's today if None; None of what was not paid out.

    What was taken back never counted, whatever the day. Ask for loans only whose schedules the viewer may see.
    """
    schedules = await load_loan_schedules(snapshot, keys)
    charges = await rows_grouped(snapshot, _CHARGES, keys, "loan_id")
    payments = await load_loan_payments(snapshot, keys)
    now = datetime.now(UTC)
    found: list[LoanAccount | None] = []
    for made, charged, paid in zip(schedules, charges, payments, strict=True):
        on = None if not made else as_of or local_date(now, TimeZone(made[-1]["time_zone"]))
        # Before it was rescheduled, an older schedule held.
        held = [row for row in made if on is not None and row["schedule_starts_on"] <= on]
        found.append(None if on is None or not held else _account(held[-1], charged, paid, on))
    return found


def _account(
    row: dict[str, Any], charged: Sequence[asyncpg.Record], paid: Sequence[asyncpg.Record], on: date
) -> LoanAccount:
    loan_id: UUID = row["loan_id"]
    charges = [_charge(each, loan_id, row["currency"]) for each in charged]
    payments = [_payment(each, loan_id, row["currency"]) for each in paid]
    return replay(history_of(terms_from(row), rules_from(row), schedule_from(row), charges, payments), on)


def schedule_from(row: dict[str, Any]) -> ScheduleRecord:
    """A schedule with its instalments."""
    unit = currency(row["currency"])

    def money(name: str) -> Money:
        return Money(row[name], unit)

    principal = money("schedule_principal")
    return ScheduleRecord(
        number=row["schedule"],
        loan_id=row["loan_id"],
        member_id=row["member_id"],
        reason=ScheduleReason(row["reason"]),
        schedule=LoanSchedule(
            principal, row["schedule_starts_on"], money("charges_at_start"), instalments_from(row["rows"], principal)
        ),
        terms_id=row["terms_id"],
        brought_penalties=money("brought_penalties"),
        brought_fees=money("brought_fees"),
        brought_interest=money("brought_interest"),
        after_sequence=row["after_sequence"],
    )


def _charge(row: asyncpg.Record, loan_id: UUID, code: str) -> ChargeRecord:
    return ChargeRecord(
        id=row["id"],
        loan_id=loan_id,
        member_id=row["member_id"],
        sequence=row["sequence"],
        kind=ChargeKind(row["kind"]),
        on=row["counts_on"],
        due_on=row["due_on"],
        amount=Money(row["amount"], currency(code)),
        instalment=row["instalment"],
        entry_id=row["entry_id"],
        waives_id=row["waives_id"],
    )


def _payment(row: asyncpg.Record, loan_id: UUID, code: str) -> PaymentRecord:
    unit = currency(code)
    return PaymentRecord(
        id=row["id"],
        loan_id=loan_id,
        member_id=row["member_id"],
        sequence=row["sequence"],
        kind=PaymentKind(row["kind"]),
        on=row["effective_on"],
        **{name: Money(row[name], unit) for name in _PARTS},
        replaces_id=row["replaces_id"],
        is_reversed=row["is_reversed"],
    )
