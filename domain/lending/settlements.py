"""What is kept of a loan from the day on which it is paid out: schedules, charges and payments, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.lending.rules import LoanRules
from domain.lending.schedules import LoanSchedule
from domain.lending.terms import LoanTerms
from domain.money import Money

if TYPE_CHECKING:
    from domain.groups import Group

__all__ = [
    "ChargeKind",
    "ChargeRecord",
    "LoanRecordStore",
    "PaymentKind",
    "PaymentRecord",
    "ScheduleReason",
    "ScheduleRecord",
]


class ScheduleReason(StrEnum):
    """Why a schedule was made."""

    DISBURSEMENT = "DISBURSEMENT"
    RESCHEDULING = "RESCHEDULING"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRecord:
    """A schedule as it is kept, the step that it goes with being taken before.

    Attributes:
        number: Counted from 1; the highest holds.
        schedule: What is due when.
        terms_id: The terms that it was made from.
        brought_penalties: What was owed of each when it replaced another, due at once.
        after_sequence: The place of what happened last before it, among all charges and payments of the loan.
    """

    number: int
    loan_id: UUID
    member_id: UUID
    reason: ScheduleReason
    schedule: LoanSchedule
    terms_id: UUID
    brought_penalties: Money
    brought_fees: Money
    brought_interest: Money
    after_sequence: int = 0


class ChargeKind(StrEnum):
    """What a charge beside the schedule is."""

    FEE = "FEE"
    PENALTY = "PENALTY"
    WAIVER = "WAIVER"
    """That the borrower is let off one, or a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRecord:
    """A charge beside the schedule, or a waiver of one.

    Attributes:
        sequence: Its place among all charges and payments of the loan.
        on: The date that it counts for.
        instalment: The number of the instalment that it is charged with; None for none in particular.
        entry_id: The entry by which it became owed in the book, where income counts when it is due.
        waives_id: Of a waiver: the charge.
    """

    id: UUID
    loan_id: UUID
    member_id: UUID
    sequence: int
    kind: ChargeKind
    on: date
    due_on: date
    amount: Money
    instalment: int | None = None
    entry_id: UUID | None = None
    waives_id: UUID | None = None


class PaymentKind(StrEnum):
    """What settled a loan, or came to be owed on it in the book."""

    REPAYMENT = "REPAYMENT"
    ADVANCE_USED = "ADVANCE_USED"
    """What was held for the member went to what was due."""
    ADVANCE_RETURNED = "ADVANCE_RETURNED"
    """What was held for the member was given back to her."""
    ACCRUAL = "ACCRUAL"
    """Penalties, fees and interest became owed, where they count when they are due; nothing was paid."""
    WRITE_OFF = "WRITE_OFF"
    RECOVERY = "RECOVERY"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """How the money of an entry settled a loan.

    Attributes:
        id: The entry's id.
        sequence: Its place among all charges and payments of the loan.
        on: The date that the entry counts for.
        amount: All of it; but for recoveries and what is given back, the sum of the parts.
        advance: What is held for the member.
        replaces_id: The payment that this is anew, once one before it was taken back.
        is_reversed: Whether its entry was taken back, and this with it.
    """

    id: UUID
    loan_id: UUID
    member_id: UUID
    sequence: int
    kind: PaymentKind
    on: date
    amount: Money
    penalties: Money
    fees: Money
    interest: Money
    principal: Money
    advance: Money
    replaces_id: UUID | None = None
    is_reversed: bool = False


class LoanRecordStore(Protocol):
    """Where schedules, charges and payments of loans are kept."""

    async def add_terms(self, group_id: UUID, terms_id: UUID, terms: LoanTerms, rules: LoanRules) -> None:
        """Keep terms, for a schedule that is made from them."""

    async def terms(self, group_id: UUID, terms_id: UUID) -> LoanTerms:
        """Terms that were kept."""

    async def add_schedule(self, group: Group, record: ScheduleRecord) -> None:
        """Keep a schedule with its instalments."""

    async def schedule(self, group: Group, loan_id: UUID) -> ScheduleRecord | None:
        """The schedule that holds; None before the loan is paid out."""

    async def next_sequence(self, group_id: UUID, loan_id: UUID) -> int:
        """One more than the highest among the charges and payments of the loan."""

    async def add_charges(self, group_id: UUID, charges: Sequence[ChargeRecord]) -> None:
        """Keep charges, or waivers of them."""

    async def has_charge(self, group_id: UUID, charge_id: UUID) -> bool:
        """Whether the group has a charge, or a waiver, with this id."""

    async def charges(self, group: Group, loan_id: UUID) -> list[ChargeRecord]:
        """Charges and waivers, as they were made."""

    async def add_payments(self, group_id: UUID, payments: Sequence[PaymentRecord]) -> None:
        """Keep how entries, posted just now, settled loans."""

    async def payments(self, group: Group, loan_id: UUID) -> list[PaymentRecord]:
        """All payments, those taken back included, as they were made."""
