"""The life of a loan: which step may follow which, from the application to the last coin or the write-off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import DomainError, ErrorCode

__all__ = ["OWING", "TRANSITIONS", "LoanStatus", "LoanStepNotPossible", "StepKind", "after_step"]


class LoanStatus(StrEnum):
    """Where a loan is."""

    APPLIED = "APPLIED"
    """Asked for."""
    APPRAISED = "APPRAISED"
    """Looked into; a sum may be recommended."""
    APPROVED = "APPROVED"
    """Granted and not paid out yet."""
    REJECTED = "REJECTED"
    """Turned down."""
    WITHDRAWN = "WITHDRAWN"
    """The member does not want it any more."""
    EXPIRED = "EXPIRED"
    """Granted, and not paid out in time."""
    ACTIVE = "ACTIVE"
    """Paid out, and owed."""
    CLOSED = "CLOSED"
    """Paid back."""
    DEFAULTED = "DEFAULTED"
    """Overdue for so long that the group takes it for bad."""
    WRITTEN_OFF = "WRITTEN_OFF"
    """Given up as lost; what comes in after all is a recovery."""


OWING = frozenset({LoanStatus.ACTIVE, LoanStatus.DEFAULTED})
"""While a loan is one of these, its borrower owes it in the book."""


class StepKind(StrEnum):
    """What is done with a loan."""

    APPLICATION = "APPLICATION"
    """A member asked for it."""
    APPRAISAL = "APPRAISAL"
    """An officer looked into it."""
    ENDORSEMENT = "ENDORSEMENT"
    """One of several officers approved; others are still to."""
    APPROVAL = "APPROVAL"
    """It was granted."""
    REJECTION = "REJECTION"
    """It was turned down."""
    WITHDRAWAL = "WITHDRAWAL"
    """The member took her application back."""
    EXPIRY = "EXPIRY"
    """The time in which it had to be paid out is over."""
    DISBURSEMENT = "DISBURSEMENT"
    """It was paid out."""
    DISBURSEMENT_REVERSAL = "DISBURSEMENT_REVERSAL"
    """It was not paid out after all: the entry was taken back."""
    RESCHEDULING = "RESCHEDULING"
    """What is left is repaid otherwise from a day on."""
    CLOSURE = "CLOSURE"
    """The last coin was paid."""
    REOPENING = "REOPENING"
    """A payment was taken back, and it is owed again."""
    DEFAULT = "DEFAULT"
    """It was marked as bad."""
    CURE = "CURE"
    """It is no longer bad: what was overdue was paid."""
    WRITE_OFF = "WRITE_OFF"
    """The group gave it up as lost."""
    WRITE_OFF_REVERSAL = "WRITE_OFF_REVERSAL"
    """The write-off was taken back."""
    RECOVERY = "RECOVERY"
    """Something of what was written off came in."""


_PENDING = (LoanStatus.APPLIED, LoanStatus.APPRAISED)
_OWED = (LoanStatus.ACTIVE, LoanStatus.DEFAULTED)


def _each(
    kind: StepKind, before: tuple[LoanStatus, ...], after: LoanStatus
) -> dict[tuple[StepKind, LoanStatus], LoanStatus]:
    return {(kind, status): after for status in before}


TRANSITIONS: Mapping[tuple[StepKind, LoanStatus], LoanStatus] = {
    **_each(StepKind.APPRAISAL, _PENDING, LoanStatus.APPRAISED),
    **{(StepKind.ENDORSEMENT, status): status for status in _PENDING},
    **_each(StepKind.APPROVAL, _PENDING, LoanStatus.APPROVED),
    **_each(StepKind.REJECTION, _PENDING, LoanStatus.REJECTED),
    **_each(StepKind.WITHDRAWAL, (*_PENDING, LoanStatus.APPROVED), LoanStatus.WITHDRAWN),
    **_each(StepKind.EXPIRY, (LoanStatus.APPROVED,), LoanStatus.EXPIRED),
    **_each(StepKind.DISBURSEMENT, (LoanStatus.APPROVED,), LoanStatus.ACTIVE),
    **_each(StepKind.DISBURSEMENT_REVERSAL, (LoanStatus.ACTIVE,), LoanStatus.APPROVED),
    **_each(StepKind.RESCHEDULING, _OWED, LoanStatus.ACTIVE),
    **_each(StepKind.CLOSURE, _OWED, LoanStatus.CLOSED),
    **_each(StepKind.REOPENING, (LoanStatus.CLOSED,), LoanStatus.ACTIVE),
    **_each(StepKind.DEFAULT, (LoanStatus.ACTIVE,), LoanStatus.DEFAULTED),
    **_each(StepKind.CURE, (LoanStatus.DEFAULTED,), LoanStatus.ACTIVE),
    **_each(StepKind.WRITE_OFF, _OWED, LoanStatus.WRITTEN_OFF),
    **_each(StepKind.WRITE_OFF_REVERSAL, (LoanStatus.WRITTEN_OFF,), LoanStatus.ACTIVE),
    **_each(StepKind.RECOVERY, (LoanStatus.WRITTEN_OFF,), LoanStatus.WRITTEN_OFF),
}
"""What becomes of a loan by a step; the database has the same table, and moves loans by it."""


@dataclass(eq=False)
class LoanStepNotPossible(DomainError):
    """A loan in its present state takes no such step."""

    code = ErrorCode.NOT_ALLOWED

    loan_status: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"This loan is {self.loan_status} and takes no such step: read it again, and check which loan it is."


def after_step(kind: StepKind, status: LoanStatus) -> LoanStatus:
    """What becomes of a loan by a step.

    Raises:
        LoanStepNotPossible: It takes no such step.
    """
    if (kind, status) not in TRANSITIONS:
        raise LoanStepNotPossible(status.value)
    return TRANSITIONS[kind, status]
