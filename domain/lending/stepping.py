"""What all steps of a loan have in common: which loan, in which state, when, and who may not take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group
from domain.ledger.recording import DateInFuture, DateNotOfMeeting, EntryCommand, entry_date
from domain.lending.records import Loan, LoanNotFound
from domain.lending.steps import LoanStepNotPossible, StepKind, after_step
from domain.meetings.records import OPENNESS_ERRORS, MeetingNotFound
from domain.service import IdAlreadyUsed, Outcome, VersionStale
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "STEP_ERRORS",
    "WORDS_ERRORS",
    "LoanIsYourOwn",
    "LoanStepTooEarly",
    "Step",
    "StepCommand",
    "begin_step",
    "require_other",
    "typed_words",
]

WORDS_MAX = 1000
"""The longest words beside a step, in characters."""


@dataclass(eq=False)
class LoanStepTooEarly(DomainError):
    """The step would be dated before the one before it.

    Attributes:
        earliest_on: The first date that it may have.
    """

    earliest_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The loan's latest step is of {self.earliest_on}: give that date or a later one."


@dataclass(eq=False)
class LoanIsYourOwn(DomainError):
    """The borrower would decide on her own loan."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Nobody decides on a loan of her own: let another officer do it."


STEP_ERRORS: tuple[type[DomainError], ...] = (
    LoanNotFound,
    VersionStale,
    LoanStepNotPossible,
    LoanStepTooEarly,
    MeetingNotFound,
    *OPENNESS_ERRORS,
    DateInFuture,
    DateNotOfMeeting,
    IdAlreadyUsed,
)
"""What may be wrong with any step."""

WORDS_ERRORS = (TextTooLong, TextTooShort, TextNotAllowed)
"""What may be wrong with the words beside one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCommand(EntryCommand):
    """The wish to take a loan a step further, in an open meeting or on a date."""

    loan_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.loan_id)


@dataclass(frozen=True, slots=True)
class Step:
    """A step about to be taken.

    Attributes:
        group: The group.
        loan: The loan as it is.
        on: The group's date that it counts for.
        today: The group's date now.
    """

    group: Group
    loan: Loan
    on: date
    today: date


async def begin_step(work: UnitOfWork, command: StepCommand, kind: StepKind) -> Step:
    """The loan, once it is sure that it takes the step on that date.

    Raises:
        DomainError: One of `STEP_ERRORS`.
    """
    facts = await work.journal.facts(command.group_id, command.meeting_id, command.record_id)
    group = facts.group
    today = local_date(work.now, group.time_zone)
    loan = await work.loans.find(group, command.loan_id)
    with faults_at("loanId"):
        if loan is None:
            raise LoanNotFound
        after_step(kind, loan.status)
    if loan.version != command.expected_version:
        raise VersionStale(loan.version, path=("expectedVersion",))
    on = entry_date(command, facts.meeting, today)
    if on < loan.last_step_on:
        raise LoanStepTooEarly(loan.last_step_on, path=("on" if command.meeting_id is None else "meetingId",))
    if facts.is_known:
        raise IdAlreadyUsed(path=("id",))
    return Step(group, loan, on, today)


def require_other(work: UnitOfWork, step: Step) -> None:
    """Refuse the borrower herself.

    Raises:
        LoanIsYourOwn: It is her loan.
    """
    if (step.group.id, step.loan.member_id) in work.viewer.own_members:
        raise LoanIsYourOwn(path=("loanId",))


def typed_words(words: str | None, field: str) -> str | None:
    """Words as they were typed; None for none. Errors name the field."""
    with faults_at(field):
        return None if words is None else clean_text(words, maximum=WORDS_MAX, multiline=True)
