"""Fees and penalties charged beside the schedule, by hand or by the loan's rule, and what borrowers are let off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.groups import Group
from domain.identifiers import derived_id
from domain.ledger.events import Booking
from domain.ledger.loan_events import LoanSums, loan_written_off
from domain.ledger.postings import Posting
from domain.ledger.recording import (
    AMOUNT_ERRORS,
    PLACING_ERRORS,
    begin_entry,
    post_entries,
    typed_payment,
)
from domain.lending.history import ChargeWaiver, LoanCharge
from domain.lending.owing import (
    FINDING_ERRORS,
    LoanCommand,
    OwedLoan,
    find_owed,
    require_day,
    require_other,
    settle_status,
)
from domain.lending.rules import Component
from domain.lending.settlements import ChargeKind, ChargeRecord, PaymentRecord
from domain.lending.stepping import LoanIsYourOwn
from domain.lending.steps import OWING
from domain.money import Money
from domain.policy import AccessDenied, Action, EntryKind, Resource, may_post
from domain.service import IdAlreadyUsed, Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "ChargeBeforeLoan",
    "ChargeLoan",
    "ChargeNotFound",
    "ChargeOwesLess",
    "LoanChargeKind",
    "WaiveCharge",
    "charge_loan",
    "waive_charge",
]

CHARGING_NEEDS = ((Resource.LOAN_CHARGE, Action.CREATE), (Resource.LOAN, Action.UPDATE))
"""What whoever charges is allowed: to keep charges, and to move the loan when none is left."""


class LoanChargeKind(StrEnum):
    """What is charged beside the schedule."""

    FEE = "FEE"
    """What is charged whoever pays when."""
    PENALTY = "PENALTY"
    """What is charged for being late."""


@dataclass(eq=False)
class ChargeBeforeLoan(DomainError):
    """A charge would be due before the loan was paid out, or rescheduled.

    Attributes:
        earliest_on: The first date allowed.
    """

    earliest_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The schedule of this loan begins on {self.earliest_on}: give that due date or a later one."


@dataclass(eq=False)
class ChargeNotFound(DomainError):
    """The loan has no such charge since its schedule began."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This loan has no such charge: check the ids of both. What was rescheduled is waived no more."


@dataclass(eq=False)
class ChargeOwesLess(DomainError):
    """More would be waived than is owed of a charge.

    Attributes:
        owed: What is owed of it.
    """

    code = ErrorCode.NOT_ALLOWED

    owed: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.owed == 0:
            return "Nothing is owed of this charge any more: check which charge it is."
        return f"Of this charge {self.owed} is owed: waive at most that."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLoan(LoanCommand):
    """The wish to charge a fee or a penalty beside the schedule.

    Attributes:
        kind: What it is.
        amount: How much.
        due_on: When it is due; the day of the charge if it is left out.
        instalment: The number of the instalment that it is charged with; None for the one in whose time it is due.
    """

    kind: LoanChargeKind
    amount: Decimal
    due_on: date | None = None
    instalment: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveCharge(LoanCommand):
    """The wish to let a borrower off a charge.

    Attributes:
        charge_id: Which charge.
        amount: How much of it; all that is owed of it if it is left out.
    """

    charge_id: UUID
    amount: Decimal | None = None


@service(
    "loanChargeAdd",
    needs=CHARGING_NEEDS,
    raises=(*PLACING_ERRORS, *FINDING_ERRORS, ChargeBeforeLoan, *AMOUNT_ERRORS),
)
async def charge_loan(work: UnitOfWork, command: ChargeLoan) -> Outcome:
    """Charge a fee or a penalty beside the schedule. It is income when it is paid, or when due, as the rules say."""
    group, booking = await begin_entry(work, command)
    amount = typed_payment(command.amount, group)
    owed = await find_owed(work, group, command.loan_id, *OWING)
    require_day(owed, booking, command)
    due_on = command.due_on or booking.on
    begins_on = owed.history.schedule.disbursed_on
    if due_on < begins_on:
        raise ChargeBeforeLoan(begins_on, path=("dueOn",))
    if await work.loan_records.has_charge(group.id, command.record_id):
        raise IdAlreadyUsed(path=("id",))
    charge = LoanCharge(
        booking.on, owed.sequence, command.record_id, Component(command.kind.value), due_on, amount, command.instalment
    )
    account = replace(owed, history=owed.history.with_event(charge)).at(booking.on)
    catching_up = replace(booking, entry_id=derived_id(command.idempotency_key, "accrual"))
    accruals, accrued = owed.accrual(account, catching_up, owed.sequence + 1)
    outcome = await _post(work, command, group, accruals, accrued)
    record = ChargeRecord(
        id=charge.id,
        loan_id=owed.loan.id,
        member_id=owed.loan.member_id,
        sequence=owed.sequence,
        kind=ChargeKind(command.kind.value),
        on=booking.on,
        due_on=due_on,
        amount=amount,
        instalment=command.instalment,
        entry_id=catching_up.entry_id if accruals and due_on <= booking.on else None,
    )
    await work.loan_records.add_charges(group.id, [record])
    return outcome


@service(
    "loanChargeWaive",
    needs=CHARGING_NEEDS,
    raises=(*PLACING_ERRORS, *FINDING_ERRORS, ChargeNotFound, ChargeOwesLess, LoanIsYourOwn, *AMOUNT_ERRORS),
)
async def waive_charge(work: UnitOfWork, command: WaiveCharge) -> Outcome:
    """Let a borrower off a charge, or a part of it. What counted as earned of it is a loss.

    Raises:
        AccessDenied: It counted as earned, and the viewer may not write off.
    """
    group, booking = await begin_entry(work, command)
    asked = None if command.amount is None else typed_payment(command.amount, group)
    owed = await find_owed(work, group, command.loan_id, *OWING)
    require_day(owed, booking, command)
    require_other(work, owed)
    before = owed.at(booking.on)
    found = next((each for each in before.charges if each.charge.id == command.charge_id), None)
    if found is None:
        raise ChargeNotFound(path=("chargeId",))
    left = found.owed.outstanding
    amount = asked or left
    if amount > left or amount.amount == 0:
        raise ChargeOwesLess(left.amount, path=("amount",))
    if await work.loan_records.has_charge(group.id, command.record_id):
        raise IdAlreadyUsed(path=("id",))
    is_lost = owed.accrues and found.charge.due_on <= booking.on
    if is_lost and not may_post(work.viewer, EntryKind.LOAN_WRITTEN_OFF, group.id):
        raise AccessDenied(Resource.ENTRY, Action.CREATE)
    catching_up = replace(booking, entry_id=derived_id(command.idempotency_key, "accrual"))
    accruals, accrued = owed.accrual(before, catching_up, owed.sequence)
    sequence = owed.sequence + len(accrued)
    losing = replace(booking, entry_id=derived_id(command.idempotency_key, "loss"))
    losses = (_loss(owed, losing, amount),) if is_lost else ()
    outcome = await _post(work, command, group, (*accruals, *losses), accrued)
    record = ChargeRecord(
        id=command.record_id,
        loan_id=owed.loan.id,
        member_id=owed.loan.member_id,
        sequence=sequence,
        kind=ChargeKind.WAIVER,
        on=booking.on,
        due_on=booking.on,
        amount=amount,
        entry_id=losing.entry_id if is_lost else None,
        waives_id=found.charge.id,
    )
    await work.loan_records.add_charges(group.id, [record])
    waiver = ChargeWaiver(booking.on, sequence, found.charge.id, amount)
    account = replace(owed, history=owed.history.with_event(waiver)).at(booking.on)
    await settle_status(work, group, owed, account, booking)
    return outcome


def _loss(owed: OwedLoan, booking: Booking, amount: Money) -> Posting:
    return loan_written_off(
        booking, member_id=owed.loan.member_id, fund=owed.loan.fund, lost=LoanSums(charges_owed=amount)
    )


async def _post(
    work: UnitOfWork,
    command: LoanCommand,
    group: Group,
    postings: tuple[Posting, ...],
    accrued: tuple[PaymentRecord, ...],
) -> Outcome:
    """Post what a charge moves in the book, if it moves anything."""
    if not postings:
        return command.expected_outcome()
    outcome = await post_entries(work, command, postings)
    await work.loan_records.add_payments(group.id, accrued)
    return outcome
