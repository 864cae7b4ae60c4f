"""Applications for loans: by the member herself or by an officer for her, and taking them back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import local_date
from domain.errors import faults_at
from domain.ledger.recording import DateInFuture, DateNotOfMeeting, EntryCommand, entry_date, typed_payment
from domain.lending.caps import InterestAboveCap, check_cap
from domain.lending.limits import (
    GUARANTOR_ERRORS,
    LIMIT_ERRORS,
    LoanTermTooLong,
    TooManyInstalments,
    check_guarantors,
    check_limits,
    check_term,
)
from domain.lending.periods import ScheduleTooLong
from domain.lending.products import LoanProductNotFound, LoanProductRetired, find_product
from domain.lending.records import LoanPurpose, NewLoan, NewStep, ProductVersion
from domain.lending.schedules import PrincipalTooSmall, make_schedule
from domain.lending.stepping import STEP_ERRORS, WORDS_ERRORS, StepCommand, begin_step, typed_words
from domain.lending.steps import StepKind
from domain.lending.terms import GraceTooLong, InstalmentsOutOfRange, LoanTerms
from domain.meetings.records import OPENNESS_ERRORS, MeetingNotFound
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise
from domain.policy import AccessDenied, Action, Resource, allows
from domain.service import IdAlreadyUsed, Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["ApplyForLoan", "WithdrawLoan", "apply_for_loan", "withdraw_loan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForLoan(EntryCommand):
    """The wish of a member for a loan.

    Attributes:
        member_id: Whose loan it is to be.
        product_id: Of what.
        amount: How much.
        instalments: How many; as many as the product has if it is left out.
        purpose: What for.
        description: What for, in words.
        guarantor_ids: Members who stand surety.
        officer_id: The user who looks after it; the one who records it, if she lends, where it is left out.
    """

    member_id: UUID
    product_id: UUID
    amount: Decimal
    purpose: LoanPurpose
    instalments: int | None = None
    description: str | None = None
    guarantor_ids: tuple[UUID, ...] = ()
    officer_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawLoan(StepCommand):
    """The wish to take an application back, before anything was paid out."""

    reason: str | None = None


@service(
    "loanApply",
    needs=((Resource.LOAN, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        MeetingNotFound,
        *OPENNESS_ERRORS,
        DateInFuture,
        DateNotOfMeeting,
        LoanProductNotFound,
        LoanProductRetired,
        *LIMIT_ERRORS,
        *GUARANTOR_ERRORS,
        TooManyInstalments,
        LoanTermTooLong,
        InstalmentsOutOfRange,
        GraceTooLong,
        PrincipalTooSmall,
        ScheduleTooLong,
        InterestAboveCap,
        AmountNotANumber,
        AmountNotPositive,
        AmountTooPrecise,
        AmountTooLarge,
        *WORDS_ERRORS,
    ),
)
async def apply_for_loan(work: UnitOfWork, command: ApplyForLoan) -> Outcome:
    """Ask for a loan, for oneself or as an officer for a member; the limits are looked at at once, and again later."""
    _require_applicant(work, command.group_id, command.member_id, Resource.LOAN)
    facts = await work.journal.facts(command.group_id, command.meeting_id, command.record_id)
    group = facts.group
    today = local_date(work.now, group.time_zone)
    on = entry_date(command, facts.meeting, today)
    words = typed_words(command.description, "description")
    amount = typed_payment(command.amount, group)
    product = await find_product(work, group, command.product_id)
    terms = _terms(product.newest, command.instalments)
    await check_limits(work, group, product.newest, command.member_id, amount, today, command.record_id)
    with faults_at("amount"):
        schedule = make_schedule(amount, terms, on)
    check_term(group, product.newest, terms, schedule)
    with faults_at("productId"):
        check_cap(schedule, terms, group)
    await check_guarantors(work, group, product.newest, command.member_id, command.guarantor_ids)
    if facts.is_known or await work.loans.find(group, command.record_id) is not None:
        raise IdAlreadyUsed(path=("id",))
    loan = NewLoan(
        id=command.record_id,
        member_id=command.member_id,
        product=product,
        terms=terms,
        principal=amount,
        purpose=command.purpose,
        applied_on=on,
        meeting_id=command.meeting_id,
        officer_id=command.officer_id or _own_officer(work, group.id),
        guarantors=command.guarantor_ids,
        constitution_version=group.constitution.version,
    )
    await work.loans.apply(group, loan, words)
    return command.expected_outcome()


@service(
    "loanWithdraw",
    needs=((Resource.LOAN_STEP, Action.CREATE),),
    raises=(*STEP_ERRORS, *WORDS_ERRORS),
)
async def withdraw_loan(work: UnitOfWork, command: WithdrawLoan) -> Outcome:
    """Take an application back, for oneself or as an officer; what was set aside for it is free again."""
    step = await begin_step(work, command, StepKind.WITHDRAWAL)
    _require_applicant(work, step.group.id, step.loan.member_id, Resource.LOAN_STEP)
    await work.loans.take(
        step.group,
        NewStep(
            loan_id=step.loan.id,
            member_id=step.loan.member_id,
            kind=StepKind.WITHDRAWAL,
            on=step.on,
            meeting_id=command.meeting_id,
            words=typed_words(command.reason, "reason"),
        ),
    )
    return command.expected_outcome()


def _require_applicant(work: UnitOfWork, group_id: UUID, member_id: UUID, resource: Resource) -> None:
    """Raise AccessDenied for who asks for another's loan and is no officer."""
    if not allows(work.viewer, Action.CREATE, resource, group_id, about=member_id):
        raise AccessDenied(resource, Action.CREATE)


def _own_officer(work: UnitOfWork, group_id: UUID) -> UUID | None:
    """The viewer, if she is one who lends."""
    return work.viewer.user_id if allows(work.viewer, Action.UPDATE, Resource.LOAN, group_id) else None


def _terms(product: ProductVersion, instalments: int | None) -> LoanTerms:
    if instalments is None:
        return product.terms
    # A number that no loan has is refused as such, one that this product has not by `check_term`.
    return replace(product.terms, instalments=instalments)
