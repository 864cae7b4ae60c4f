"""What the group decides on an application: it is looked into, granted or turned down.

Officers grant it, as many as its product asks for and never the borrower, or the meeting does by a vote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.errors import DomainError, ErrorCode
from domain.identifiers import derived_id
from domain.ledger.accounts import Place, account_id, cash_code
from domain.ledger.recording import typed_payment
from domain.lending.limits import LIMIT_ERRORS, LoanAboveFund, check_limits
from domain.lending.records import ApprovalRule, NewStep
from domain.lending.stepping import (
    STEP_ERRORS,
    WORDS_ERRORS,
    LoanIsYourOwn,
    Step,
    StepCommand,
    begin_step,
    require_other,
    typed_words,
)
from domain.lending.steps import StepKind
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money
from domain.policy import Action, Resource
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "AppraiseLoan",
    "ApproveLoan",
    "LoanAboveApplication",
    "LoanApprovedByYou",
    "RejectLoan",
    "VoteMissing",
    "VoteNotAskedFor",
    "VoteNotCarried",
    "VotesBeyondPresent",
    "appraise_loan",
    "approve_loan",
    "reject_loan",
]


@dataclass(eq=False)
class LoanAboveApplication(DomainError):
    """More would be recommended or granted than was asked for."""

    code = ErrorCode.NOT_ALLOWED

    applied: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The member asked for {self.applied}: grant at most that, or let her ask anew."


@dataclass(eq=False)
class LoanApprovedByYou(DomainError):
    """The officer approved the loan already, and others are still to."""

    code = ErrorCode.CONFLICT

    needed: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"You approved this loan already; {self.needed} officers have to: let another one do it."


@dataclass(eq=False)
class VoteMissing(DomainError):
    """The product's loans are granted by the meeting, and no vote was given."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The meeting grants loans of this product (constitution, version {self.constitution_version}): name the "
            "open meeting, and how many voted for it and against it."
        )


@dataclass(eq=False)
class VoteNotAskedFor(DomainError):
    """The product's loans are granted by officers, and a vote was given."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Officers grant loans of this product: leave the votes out."


@dataclass(eq=False)
class VotesBeyondPresent(DomainError):
    """More voted than are at the meeting, or a number of votes is negative."""

    present: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"By the roll {self.present} are at the meeting, and no more can vote: check the votes and the roll."


@dataclass(eq=False)
class VoteNotCarried(DomainError):
    """Not more than half of those at the meeting are for the loan."""

    code = ErrorCode.NOT_ALLOWED

    votes_for: int
    present: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"{self.votes_for} of the {self.present} who are present are for it, and more than half have to be "
            f"(constitution, version {self.constitution_version}): reject the loan, or vote again."
        )


_AMOUNT_ERRORS = (AmountNotANumber, AmountNotPositive, AmountTooPrecise, AmountTooLarge, LoanAboveApplication)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppraiseLoan(StepCommand):
    """What an officer found out about an application.

    Attributes:
        recommended: The sum that she recommends; None for none.
        findings: What she found.
    """

    recommended: Decimal | None = None
    findings: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveLoan(StepCommand):
    """The wish to grant a loan.

    Attributes:
        amount: How much; what was asked for if it is left out.
        votes_for: How many of the meeting are for it, where the meeting decides.
        votes_against: How many are against it.
        place: Where the money lies that is set aside, where that is the product's rule.
        notes: What was said.
    """

    amount: Decimal | None = None
    votes_for: int | None = None
    votes_against: int | None = None
    place: Place = Place.BOX
    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectLoan(StepCommand):
    """The wish to turn an application down."""

    reason: str


@service(
    "loanAppraise",
    needs=((Resource.LOAN, Action.UPDATE),),
    raises=(*STEP_ERRORS, LoanIsYourOwn, *_AMOUNT_ERRORS, *WORDS_ERRORS),
)
async def appraise_loan(work: UnitOfWork, command: AppraiseLoan) -> Outcome:
    """Keep what was found out about an application, and perhaps the sum that is recommended."""
    step = await begin_step(work, command, StepKind.APPRAISAL)
    require_other(work, step)
    amount = None if command.recommended is None else typed_payment(command.recommended, step.group)
    await _take(
        work, command, step, StepKind.APPRAISAL, _asked(step, amount), typed_words(command.findings, "findings")
    )
    return command.expected_outcome()


@service(
    "loanApprove",
    needs=((Resource.LOAN, Action.UPDATE),),
    raises=(
        *STEP_ERRORS,
        LoanIsYourOwn,
        LoanApprovedByYou,
        VoteMissing,
        VoteNotAskedFor,
        VotesBeyondPresent,
        VoteNotCarried,
        *LIMIT_ERRORS,
        LoanAboveFund,
        *_AMOUNT_ERRORS,
        *WORDS_ERRORS,
    ),
)
async def approve_loan(work: UnitOfWork, command: ApproveLoan) -> Outcome:
    """Grant a loan, or be one of several officers who do; the least that any of them names is granted."""
    step = await begin_step(work, command, StepKind.APPROVAL)
    group, loan, product = step.group, step.loan, step.loan.product
    require_other(work, step)
    words = typed_words(command.notes, "notes")
    amount = loan.applied if command.amount is None else typed_payment(command.amount, group)
    _asked(step, amount)
    await _check_votes(work, command, step)
    await check_limits(work, group, product, loan.member_id, amount, step.today, loan.id)
    if product.approval is ApprovalRule.OFFICERS:
        if work.viewer.user_id in loan.approvers:
            raise LoanApprovedByYou(product.officers_min, path=("loanId",))
        if len(loan.approvers) + 1 < product.officers_min:
            await _take(work, command, step, StepKind.ENDORSEMENT, amount, words)
            return command.expected_outcome()
        if loan.least_approved is not None:
            amount = min(amount, loan.least_approved)
    hold_id = None
    if product.is_reserving_money:
        hold_id = derived_id(command.idempotency_key, "hold")
        cash = account_id(group.id, cash_code(loan.fund, command.place))
        free = await work.loans.free(group, cash)
        if amount > free:
            raise LoanAboveFund(free.amount, group.constitution.version, path=("amount",))
    await work.loans.take(
        group,
        NewStep(
            loan_id=loan.id,
            member_id=loan.member_id,
            kind=StepKind.APPROVAL,
            on=step.on,
            meeting_id=command.meeting_id,
            amount=amount,
            votes_for=command.votes_for,
            votes_against=command.votes_against,
            hold_id=hold_id,
            place=None if hold_id is None else command.place,
            approved_until=step.today + timedelta(days=product.approval_days),
            words=words,
        ),
    )
    return command.expected_outcome()


@service("loanReject", needs=((Resource.LOAN, Action.UPDATE),), raises=(*STEP_ERRORS, *WORDS_ERRORS))
async def reject_loan(work: UnitOfWork, command: RejectLoan) -> Outcome:
    """Turn an application down."""
    step = await begin_step(work, command, StepKind.REJECTION)
    await _take(work, command, step, StepKind.REJECTION, None, typed_words(command.reason, "reason"))
    return command.expected_outcome()


async def _take(
    work: UnitOfWork, command: StepCommand, step: Step, kind: StepKind, amount: Money | None, words: str | None
) -> None:
    await work.loans.take(
        step.group,
        NewStep(
            loan_id=step.loan.id,
            member_id=step.loan.member_id,
            kind=kind,
            on=step.on,
            meeting_id=command.meeting_id,
            amount=amount,
            words=words,
        ),
    )


def _asked(step: Step, amount: Money | None) -> Money | None:
    """The sum, once it is sure that no less was asked for."""
    if amount is not None and amount > step.loan.applied:
        raise LoanAboveApplication(step.loan.applied.amount, path=("amount",))
    return amount


async def _check_votes(work: UnitOfWork, command: ApproveLoan, step: Step) -> None:
    version = step.group.constitution.version
    votes_for, votes_against = command.votes_for, command.votes_against
    if step.loan.product.approval is ApprovalRule.OFFICERS:
        if votes_for is not None or votes_against is not None:
            raise VoteNotAskedFor(path=("votesFor",))
        return
    if votes_for is None or votes_against is None or command.meeting_id is None:
        raise VoteMissing(version, path=("meetingId" if command.meeting_id is None else "votesFor",))
    present = await work.loans.present(step.group.id, command.meeting_id)
    if min(votes_for, votes_against) < 0 or votes_for + votes_against > present:
        raise VotesBeyondPresent(present, path=("votesFor",))
    if votes_for * 2 <= present:
        raise VoteNotCarried(votes_for, present, version, path=("votesFor",))
