"""Rescheduling: what is left of a loan is repaid otherwise from a day on. The schedules before are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group
from domain.identifiers import derived_id
from domain.ledger.events import Booking
from domain.ledger.recording import BALANCE_ERRORS, PLACING_ERRORS, TEXT_ERRORS, begin_entry, post_entries
from domain.lending.account import LoanAccount
from domain.lending.charges import ChargedAt, ChargeNotPossible
from domain.lending.history import Split
from domain.lending.owing import FINDING_ERRORS, LoanCommand, OwedLoan, accrue, find_owed, require_day, take_step
from domain.lending.periods import DueDatesNotInOrder, ScheduleTooLong
from domain.lending.rounding import MultipleNotPossible
from domain.lending.rules import RulesDoNotFitTerms, check_rules
from domain.lending.schedules import LoanSchedule, PrincipalTooSmall, make_schedule
from domain.lending.settlements import ScheduleReason, ScheduleRecord
from domain.lending.steps import OWING, StepKind
from domain.lending.terms import (
    GraceTooLong,
    InstalmentsOutOfRange,
    IntervalOutOfRange,
    LoanTerms,
    RateOutOfRange,
    ResidueNotPossible,
)
from domain.policy import Action, Resource
from domain.service import Outcome, VersionStale, service
from domain.text import clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["REASON_MAX", "NothingToReschedule", "RescheduleLoan", "reschedule_loan"]

REASON_MAX = 500
"""The longest reason, in characters."""


@dataclass(eq=False)
class NothingToReschedule(DomainError):
    """All principal was repaid."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "All principal of this loan was repaid: settle what is left of interest and charges."


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleLoan(LoanCommand):
    """The wish to repay what is left of a loan otherwise.

    Attributes:
        expected_version: The version of the loan that was read.
        terms: The new terms; those of the loan if they are left out. What is charged when a loan is paid out is not
            charged again.
        first_due_on: When the first instalment is due; None for one regular period later.
        meetings_on: The dates of the meetings at which instalments are due; None where they keep to the calendar.
        reason: Why.
    """

    expected_version: int
    terms: LoanTerms | None = None
    first_due_on: date | None = None
    meetings_on: tuple[date, ...] | None = None
    reason: str

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused: the loan."""
        return Outcome(id=self.loan_id)


@service(
    "loanReschedule",
    needs=((Resource.LOAN, Action.UPDATE), (Resource.LOAN_SCHEDULE, Action.CREATE)),
    raises=(
        *PLACING_ERRORS,
        *FINDING_ERRORS,
        VersionStale,
        NothingToReschedule,
        RulesDoNotFitTerms,
        RateOutOfRange,
        InstalmentsOutOfRange,
        IntervalOutOfRange,
        GraceTooLong,
        ResidueNotPossible,
        ChargeNotPossible,
        MultipleNotPossible,
        PrincipalTooSmall,
        DueDatesNotInOrder,
        ScheduleTooLong,
        *BALANCE_ERRORS,
        *TEXT_ERRORS,
    ),
)
async def reschedule_loan(work: UnitOfWork, command: RescheduleLoan) -> Outcome:
    """Repay what is left of a loan otherwise: the principal by a new schedule, what else is owed by now at once.

    Interest of the period that runs is owed as by who settles the loan that day.
    """
    with faults_at("reason"):
        reason = clean_text(command.reason, maximum=REASON_MAX)
    group, booking = await begin_entry(work, command)
    owed = await find_owed(work, group, command.loan_id, *OWING)
    if owed.loan.version != command.expected_version:
        raise VersionStale(owed.loan.version, path=("expectedVersion",))
    require_day(owed, booking, command)
    account = owed.at(booking.on)
    terms = _terms(command, owed)
    schedule = _schedule(command, account, terms, booking.on)
    brought = account.pay_off - Split.of(group.currency, principal=account.pay_off.principal.amount)
    after = await _accrue(work, command, group, owed, account, brought, booking)
    await take_step(work, group, owed.loan, StepKind.RESCHEDULING, booking, amount=schedule.principal, words=reason)
    terms_id = derived_id(command.idempotency_key, "terms")
    await work.loan_records.add_terms(group.id, terms_id, terms, owed.loan.rules)
    record = ScheduleRecord(
        number=owed.schedule.number + 1,
        loan_id=owed.loan.id,
        member_id=owed.loan.member_id,
        reason=ScheduleReason.RESCHEDULING,
        schedule=schedule,
        terms_id=terms_id,
        brought_penalties=brought.penalties,
        brought_fees=brought.fees,
        brought_interest=brought.interest,
        after_sequence=after,
    )
    await work.loan_records.add_schedule(group, record)
    return command.expected_outcome()


def _terms(command: RescheduleLoan, owed: OwedLoan) -> LoanTerms:
    terms = command.terms or owed.history.terms
    with faults_at("terms"):
        check_rules(owed.loan.rules, terms)
    return replace(terms, charges=tuple(each for each in terms.charges if each.at is ChargedAt.INSTALMENT))


def _schedule(command: RescheduleLoan, account: LoanAccount, terms: LoanTerms, on: date) -> LoanSchedule:
    principal = account.pay_off.principal
    if principal.amount == 0:
        raise NothingToReschedule(path=("loanId",))
    return make_schedule(principal, terms, on, first_due_on=command.first_due_on, due_dates=command.meetings_on)


async def _accrue(
    work: UnitOfWork,
    command: RescheduleLoan,
    group: Group,
    owed: OwedLoan,
    account: LoanAccount,
    brought: Split,
    booking: Booking,
) -> int:
    """Let the book catch up with all that is brought forward, where that counts as earned when it is due.

    Returns:
        The place of what happened last before the new schedule.
    """
    due = account.due - Split.of(group.currency, principal=account.due.principal.amount)
    missing = account.recognised - owed.accrued + brought - due
    catching_up = replace(booking, entry_id=derived_id(command.idempotency_key, "accrual"))
    postings, records = accrue(owed, missing, catching_up, owed.sequence)
    if postings:
        await post_entries(work, command, postings, money="loanId")
        await work.loan_records.add_payments(group.id, records)
    return owed.sequence - 1 + len(records)
