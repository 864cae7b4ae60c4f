"""A loan that was paid out, as the services find it: its history, and what of it the book knows as earned already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.groups import Group
from domain.ledger.events import Booking
from domain.ledger.loan_events import LoanSums, loan_accrued
from domain.ledger.postings import Posting
from domain.ledger.recording import EntryCommand
from domain.lending.account import AppliedPayment, LoanAccount, replay
from domain.lending.history import ChargeWaiver, LoanCharge, LoanHistory, LoanPayment, SettledBy, Split
from domain.lending.records import Loan, LoanNotFound, NewStep
from domain.lending.rules import Component, LoanRules, RecognisedOn
from domain.lending.settlements import (
    ChargeKind,
    ChargeRecord,
    PaymentKind,
    PaymentRecord,
    ScheduleReason,
    ScheduleRecord,
)
from domain.lending.stepping import LoanIsYourOwn, LoanStepTooEarly
from domain.lending.steps import LoanStatus, LoanStepNotPossible, StepKind
from domain.lending.terms import LoanTerms
from domain.money import Money

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "FINDING_ERRORS",
    "LoanCommand",
    "OwedLoan",
    "accrue",
    "find_owed",
    "history_of",
    "owed_loan",
    "places",
    "plain_record",
    "record_of",
    "require_day",
    "require_other",
    "settle_status",
    "sums_of",
    "take_step",
]


FINDING_ERRORS = (LoanNotFound, LoanStepNotPossible, LoanStepTooEarly)
"""Why a loan may not be the one to do something with, or that not the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanCommand(EntryCommand):
    """The wish to record something about a loan that was paid out.

    Attributes:
        loan_id: The loan.
    """

    loan_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedLoan:
    """A loan that was paid out.

    Attributes:
        group_id: Whose book.
        loan: The loan.
        schedule: The schedule that holds.
        history: What happened since that schedule began.
        charges: All charges and waivers, those before it included.
        payments: All payments, those before it and those taken back included.
        sequence: The place of what happens next.
        last_on: The day of what happened last, before which nothing is recorded.
        accrued: Penalties, fees and interest of the schedule that the book has as earned, paid by now or not, where
            they count when they are due.
    """

    group_id: UUID
    loan: Loan
    schedule: ScheduleRecord
    history: LoanHistory
    charges: tuple[ChargeRecord, ...]
    payments: tuple[PaymentRecord, ...]
    sequence: int
    last_on: date
    accrued: Split

    @property
    def accrues(self) -> bool:
        """Whether income counts when it is due."""
        return self.history.rules.recognised_on is RecognisedOn.ACCRUAL

    def at(self, on: date) -> LoanAccount:
        """The account at the end of a day."""
        return replay(self.history, on)

    def payment(self, payment_id: UUID) -> PaymentRecord | None:
        """One of the payments."""
        return next((each for each in self.payments if each.id == payment_id), None)

    def accrual(self, account: LoanAccount, booking: Booking, sequence: int) -> Accrual:
        """The entry by which the book catches up with what has come to be owed, and what is kept of it; if anything."""
        return accrue(self, account.recognised - self.accrued, booking, sequence)


Accrual = tuple[tuple[Posting, ...], tuple[PaymentRecord, ...]]


def accrue(owed: OwedLoan, missing: Split, booking: Booking, sequence: int) -> Accrual:
    """The entry by which penalties, fees and interest come to be owed in the book, and what is kept of it.

    Nothing where nothing is missing, or where income counts when it is paid.
    """
    if not owed.accrues or missing.total.amount == 0:
        return (), ()
    posting = loan_accrued(
        booking,
        member_id=owed.loan.member_id,
        interest=missing.interest,
        fees=missing.fees,
        penalties=missing.penalties,
    )
    return (posting,), (_record(owed.loan, booking.entry_id, sequence, PaymentKind.ACCRUAL, booking.on, missing),)


async def find_owed(work: UnitOfWork, group: Group, loan_id: UUID, *statuses: LoanStatus) -> OwedLoan:
    """A loan that was paid out, in one of some states.

    Raises:
        LoanNotFound: The group has no such loan.
        LoanStepNotPossible: It is in another state.
    """
    loan = await work.loans.find(group, loan_id)
    if loan is None:
        raise LoanNotFound(path=("loanId",))
    schedule = await work.loan_records.schedule(group, loan_id) if loan.status in statuses else None
    if schedule is None:
        raise LoanStepNotPossible(loan.status.value, path=("loanId",))
    if schedule.terms_id != loan.terms_id:
        loan = replace(loan, terms=await work.loan_records.terms(group.id, schedule.terms_id))
    charges = await work.loan_records.charges(group, loan_id)
    payments = await work.loan_records.payments(group, loan_id)
    return owed_loan(group.id, loan, schedule, charges, payments)


def owed_loan(
    group_id: UUID,
    loan: Loan,
    schedule: ScheduleRecord,
    charges: Sequence[ChargeRecord],
    payments: Sequence[PaymentRecord],
) -> OwedLoan:
    """A loan that was paid out, of what is kept of it."""
    now = [each for each in payments if each.sequence > schedule.after_sequence and not each.is_reversed]
    accruals = (split_of(each) for each in now if each.kind is PaymentKind.ACCRUAL)
    return OwedLoan(
        group_id=group_id,
        loan=loan,
        schedule=schedule,
        history=history_of(loan.terms, loan.rules, schedule, charges, payments),
        charges=tuple(charges),
        payments=tuple(payments),
        sequence=max([0, *(each.sequence for each in charges), *(each.sequence for each in payments)]) + 1,
        last_on=max([loan.last_step_on, *(each.on for each in now if each.kind is not PaymentKind.ACCRUAL)]),
        accrued=sum(accruals, _brought(schedule)),
    )


def history_of(
    terms: LoanTerms,
    rules: LoanRules,
    schedule: ScheduleRecord,
    charges: Sequence[ChargeRecord],
    payments: Sequence[PaymentRecord],
) -> LoanHistory:
    """What happened to a loan since its schedule began, of what is kept of it."""
    now = [each for each in payments if each.sequence > schedule.after_sequence and not each.is_reversed]
    return LoanHistory(
        schedule.schedule,
        terms,
        rules,
        (
            *_charged(each for each in charges if each.sequence > schedule.after_sequence),
            *_paid(now, places(payments)),
        ),
        _brought(schedule) if schedule.reason is ScheduleReason.RESCHEDULING else None,
    )


def _brought(schedule: ScheduleRecord) -> Split:
    nothing = Money.zero(schedule.schedule.principal.currency)
    return Split(schedule.brought_penalties, schedule.brought_fees, schedule.brought_interest, nothing, nothing)


def places(payments: Sequence[PaymentRecord]) -> dict[UUID, int]:
    """The place of each payment in the history: one that stands anew for another has the place of that."""
    found: dict[UUID, int] = {}
    for each in payments:
        found[each.id] = each.sequence if each.replaces_id is None else found[each.replaces_id]
    return found


def _charged(charges: Iterable[ChargeRecord]) -> Iterator[LoanCharge | ChargeWaiver]:
    for each in charges:
        if each.waives_id is not None:
            yield ChargeWaiver(each.on, each.sequence, each.waives_id, each.amount)
        else:
            component = Component.FEE if each.kind is ChargeKind.FEE else Component.PENALTY
            yield LoanCharge(each.on, each.sequence, each.id, component, each.due_on, each.amount, each.instalment)


_SETTLES = {
    PaymentKind.REPAYMENT: SettledBy.PAYMENT,
    PaymentKind.ADVANCE_USED: SettledBy.PAYMENT,
    PaymentKind.WRITE_OFF: SettledBy.WRITE_OFF,
}


def _paid(payments: Iterable[PaymentRecord], at: dict[UUID, int]) -> Iterator[LoanPayment]:
    for each in payments:
        if each.kind in _SETTLES:
            yield LoanPayment(each.on, at[each.id], each.id, each.amount, _SETTLES[each.kind])


def split_of(record: PaymentRecord) -> Split:
    """What the parts of a payment are for, as it was kept."""
    return Split(record.penalties, record.fees, record.interest, record.principal, record.advance)


def require_day(owed: OwedLoan, booking: Booking, command: EntryCommand) -> None:
    """Raise LoanStepTooEarly if something was done with the loan since the day of the entry."""
    if booking.on < owed.last_on:
        raise LoanStepTooEarly(owed.last_on, path=("on" if command.meeting_id is None else "meetingId",))


def require_other(work: UnitOfWork, owed: OwedLoan) -> None:
    """Raise LoanIsYourOwn if the loan is the viewer's own."""
    if (owed.group_id, owed.loan.member_id) in work.viewer.own_members:
        raise LoanIsYourOwn(path=("loanId",))


def sums_of(applied: AppliedPayment, owed: OwedLoan) -> LoanSums:
    """What a payment settles, as the book has it: what had come to be owed there, and what is earned by being paid."""
    split = applied.split
    if not owed.accrues:
        return LoanSums(
            principal=split.principal,
            interest=split.interest,
            fees=split.fees,
            penalties=split.penalties,
            advance=split.advance,
        )
    due = applied.of_due
    return LoanSums(
        principal=split.principal,
        interest_owed=due.interest,
        charges_owed=due.fees + due.penalties,
        interest=split.interest - due.interest,
        fees=split.fees - due.fees,
        penalties=split.penalties - due.penalties,
        advance=split.advance,
    )


def record_of(
    owed: OwedLoan, applied: AppliedPayment, kind: PaymentKind, sequence: int, replaces_id: UUID | None = None
) -> PaymentRecord:
    """A payment as it is kept."""
    payment = applied.payment
    return _record(owed.loan, payment.id, sequence, kind, payment.on, applied.split, replaces_id)


def _record(
    loan: Loan,
    payment_id: UUID,
    sequence: int,
    kind: PaymentKind,
    on: date,
    split: Split,
    replaces_id: UUID | None = None,
) -> PaymentRecord:
    return PaymentRecord(
        id=payment_id,
        loan_id=loan.id,
        member_id=loan.member_id,
        sequence=sequence,
        kind=kind,
        on=on,
        amount=split.total,
        penalties=split.penalties,
        fees=split.fees,
        interest=split.interest,
        principal=split.principal,
        advance=split.advance,
        replaces_id=replaces_id,
    )


def plain_record(owed: OwedLoan, booking: Booking, kind: PaymentKind, amount: Money) -> PaymentRecord:
    """Money that came or went and settled nothing of what is owed, as it is kept."""
    nothing = Split.of(amount.currency)
    record = _record(owed.loan, booking.entry_id, owed.sequence, kind, booking.on, nothing)
    return replace(record, amount=amount)


async def settle_status(work: UnitOfWork, group: Group, owed: OwedLoan, account: LoanAccount, booking: Booking) -> None:
    """Take the step that follows from the account: closed when settled, cured when nothing is overdue any more."""
    status = owed.loan.status
    if account.is_settled:
        kind = StepKind.CLOSURE
    elif status is LoanStatus.DEFAULTED and account.arrears.days == 0:
        kind = StepKind.CURE
    else:
        return
    await take_step(work, group, owed.loan, kind, booking)


async def take_step(
    work: UnitOfWork,
    group: Group,
    loan: Loan,
    kind: StepKind,
    booking: Booking,
    *,
    amount: Money | None = None,
    entry_id: UUID | None = None,
    words: str | None = None,
) -> None:
    """Take a step with a loan on the day, and in the meeting, of an entry."""
    step = NewStep(
        loan_id=loan.id,
        member_id=loan.member_id,
        kind=kind,
        on=booking.on,
        meeting_id=booking.meeting_id,
        amount=amount,
        entry_id=entry_id,
        words=words,
    )
    await work.loans.take(group, step)
