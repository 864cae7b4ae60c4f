"""Paying a loan out: the money leaves the fund, and the schedule by which it comes back is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.errors import DomainError, ErrorCode, faults_at
from domain.ledger.accounts import Place
from domain.ledger.events import Booking
from domain.ledger.loan_events import loan_disbursed
from domain.ledger.postings import PeriodClosed
from domain.ledger.recording import BALANCE_ERRORS, post_entry, typed_payment, typed_voucher
from domain.lending.caps import InterestAboveCap, check_cap
from domain.lending.limits import (
    LIMIT_ERRORS,
    LoanAboveFund,
    LoanTermTooLong,
    TooManyInstalments,
    check_limits,
    check_term,
)
from domain.lending.periods import DueDatesNotInOrder, ScheduleTooLong
from domain.lending.records import NewStep
from domain.lending.schedules import LoanSchedule, PrincipalTooSmall, make_schedule
from domain.lending.settlements import ScheduleReason, ScheduleRecord
from domain.lending.stepping import STEP_ERRORS, WORDS_ERRORS, Step, StepCommand, begin_step
from domain.lending.steps import StepKind
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooPrecise, Money
from domain.policy import Action, EntryKind, Resource
from domain.service import Outcome, service

if TYPE_CHECKING:
    from uuid import UUID

    from domain.unit_of_work import UnitOfWork

__all__ = [
    "ApprovalOver",
    "ChargesEatLoan",
    "DisburseLoan",
    "GuaranteesNotAccepted",
    "LoanAboveApproval",
    "disburse_loan",
]


@dataclass(eq=False)
class LoanAboveApproval(DomainError):
    """More would be paid out than was granted."""

    code = ErrorCode.NOT_ALLOWED

    approved: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"{self.approved} was granted: pay out at most that."


@dataclass(eq=False)
class ApprovalOver(DomainError):
    """The time in which the loan had to be paid out is over."""

    code = ErrorCode.NOT_ALLOWED

    expired_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"This loan had to be paid out by {self.expired_on}: let the member ask anew."


@dataclass(eq=False)
class ChargesEatLoan(DomainError):
    """The charges that are kept back come to the whole loan, so that nothing would be handed out."""

    code = ErrorCode.NOT_ALLOWED

    charges: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"{self.charges} would be kept back in charges, and nothing handed out: lend more, or revise the product."
        )


@dataclass(eq=False)
class GuaranteesNotAccepted(DomainError):
    """Fewer members accepted to stand surety than the product asks for.

    Attributes:
        accepted: How many did, and were not released.
        needed: How many have to.
    """

    code = ErrorCode.NOT_ALLOWED

    accepted: int
    needed: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"This product asks for {self.needed} guarantors (constitution, version {self.constitution_version}), and "
            f"{self.accepted} accepted: let others pledge and accept first."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DisburseLoan(StepCommand):
    """The wish to pay a loan out, as one entry.

    Attributes:
        amount: How much; what was granted if it is left out.
        place: Where the money is taken from.
        first_due_on: When the first instalment is due; one period later if it is left out.
        meetings_on: The dates of the meetings at which instalments are due; None where they keep to the calendar.
        memo: Anything that is to stand beside the entry.
        receipt: The number of a paper, or the reference of a bank or of mobile money.
    """

    amount: Decimal | None = None
    place: Place = Place.BOX
    first_due_on: date | None = None
    meetings_on: tuple[date, ...] | None = None
    memo: str | None = None
    receipt: str | None = None


@service(
    "loanDisburse",
    needs=((Resource.LOAN, Action.UPDATE),),
    posts=(EntryKind.LOAN_DISBURSED,),
    raises=(
        *STEP_ERRORS,
        PeriodClosed,
        ApprovalOver,
        LoanAboveApproval,
        LoanAboveFund,
        ChargesEatLoan,
        *LIMIT_ERRORS,
        GuaranteesNotAccepted,
        TooManyInstalments,
        LoanTermTooLong,
        InterestAboveCap,
        PrincipalTooSmall,
        DueDatesNotInOrder,
        ScheduleTooLong,
        AmountNotANumber,
        AmountNotPositive,
        AmountTooPrecise,
        *BALANCE_ERRORS,
        *WORDS_ERRORS,
    ),
)
async def disburse_loan(work: UnitOfWork, command: DisburseLoan) -> Outcome:
    """Pay a loan out, as far as it was granted and the money is there; charges at disbursement are kept back."""
    step = await begin_step(work, command, StepKind.DISBURSEMENT)
    group, loan = step.group, step.loan
    if loan.approved is None or loan.approved_until is None:
        raise AssertionError("a loan that was granted says how much, and until when")
    if step.on > loan.approved_until:
        raise ApprovalOver(loan.approved_until, path=("loanId",))
    amount = loan.approved if command.amount is None else typed_payment(command.amount, group)
    if amount > loan.approved:
        raise LoanAboveApproval(loan.approved.amount, path=("amount",))
    await check_limits(work, group, loan.product, loan.member_id, amount, step.today, loan.id)
    await _require_guarantees(work, step)
    schedule = _schedule(step, command, amount)
    booking = Booking(
        entry_id=command.record_id,
        group_id=group.id,
        on=step.on,
        meeting_id=command.meeting_id,
        voucher=None if command.memo is None else typed_voucher(command.memo, "memo", receipt=command.receipt),
    )
    await _take_from_fund(work, step, booking.cash(loan.fund, command.place), booking.entry_id, schedule)
    fees = schedule.charges_at_disbursement
    posting = loan_disbursed(
        booking,
        member_id=loan.member_id,
        fund=loan.fund,
        place=command.place,
        principal=amount,
        fees=fees if fees.amount else None,
    )
    await post_entry(work, command, posting)
    await work.loans.take(
        group,
        NewStep(
            loan_id=loan.id,
            member_id=loan.member_id,
            kind=StepKind.DISBURSEMENT,
            on=step.on,
            meeting_id=command.meeting_id,
            amount=amount,
            entry_id=booking.entry_id,
        ),
    )
    await _keep(work, step, schedule)
    return command.expected_outcome()


async def _require_guarantees(work: UnitOfWork, step: Step) -> None:
    """Refuse a loan for which too few members accepted to stand surety; who is only named has promised nothing."""
    needed = step.loan.product.guarantors_min
    if needed == 0:
        return
    accepted = await work.guarantees.accepted(step.group.id, step.loan.id)
    if accepted < needed:
        raise GuaranteesNotAccepted(accepted, needed, step.group.constitution.version, path=("loanId",))


def _schedule(step: Step, command: DisburseLoan, amount: Money) -> LoanSchedule:
    """What is due when, once it is sure that the product, the constitution and the law allow it."""
    group, loan = step.group, step.loan
    schedule = make_schedule(
        amount, loan.terms, step.on, first_due_on=command.first_due_on, due_dates=command.meetings_on
    )
    check_term(group, loan.product, loan.terms, schedule)
    with faults_at("loanId"):
        check_cap(schedule, loan.terms, group)
    if schedule.charges_at_disbursement >= amount:
        raise ChargesEatLoan(schedule.charges_at_disbursement.amount, path=("amount",))
    return schedule


async def _take_from_fund(work: UnitOfWork, step: Step, cash: UUID, entry_id: UUID, schedule: LoanSchedule) -> None:
    """Make sure that the money is there; what was set aside for this loan is used, or free if it lies elsewhere."""
    group, loan = step.group, step.loan
    if loan.hold_id is not None:
        hold = await work.holds.find(group.id, loan.hold_id)
        if hold is not None and hold.outcome is None:
            if hold.account_id == cash:
                await work.holds.use(group.id, hold.id, entry_id)
            else:
                await work.holds.release(group.id, hold.id)
    free = await work.loans.free(group, cash)
    if schedule.principal - schedule.charges_at_disbursement > free:
        raise LoanAboveFund(free.amount, group.constitution.version, path=("amount",))


async def _keep(work: UnitOfWork, step: Step, schedule: LoanSchedule) -> None:
    """Keep the schedule; an earlier one is of a disbursement that was taken back."""
    group, loan = step.group, step.loan
    before = await work.loan_records.schedule(group, loan.id)
    nothing = Money.zero(group.currency)
    record = ScheduleRecord(
        number=1 if before is None else before.number + 1,
        loan_id=loan.id,
        member_id=loan.member_id,
        reason=ScheduleReason.DISBURSEMENT,
        schedule=schedule,
        terms_id=loan.terms_id,
        brought_penalties=nothing,
        brought_fees=nothing,
        brought_interest=nothing,
    )
    await work.loan_records.add_schedule(group, record)
