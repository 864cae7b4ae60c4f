"""Why a fine is not levied, paid or waived."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.errors import DomainError, ErrorCode

__all__ = [
    "REASON_ERRORS",
    "FineAmountDiffers",
    "FineAmountMissing",
    "FineNotFound",
    "FineOwedLess",
    "FineReasonMissing",
    "FineReasonUnknown",
    "FinedAlready",
    "FinesOwedLess",
]


@dataclass(eq=False)
class FinesOwedLess(DomainError):
    """More would be paid, or waived, than the member owes in fines."""

    code = ErrorCode.NOT_ALLOWED

    owed: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.owed == 0:
            return "The member owes no fine: check the member."
        return f"The member owes {self.owed} in fines: give at most that."


@dataclass(eq=False)
class FineOwedLess(DomainError):
    """More would be paid, or waived, than is outstanding of the fine."""

    code = ErrorCode.NOT_ALLOWED

    owed: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.owed == 0:
            return "Nothing is outstanding of this fine any more: check which fine it is."
        return f"Of this fine {self.owed} is outstanding: give at most that."


@dataclass(eq=False)
class FineNotFound(DomainError):
    """The member has no such fine, or it was taken back."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The member has no such fine: check the fine's id, or leave it out to settle the oldest first."


@dataclass(eq=False)
class FineReasonMissing(DomainError):
    """A fine is to be levied for none of the reasons that the constitution lists, or without any word."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"Members are fined for the reasons of the constitution (version {self.constitution_version}): give the "
            "code of one of them; where it lists none, say in words what the fine is for."
        )


@dataclass(eq=False)
class FineReasonUnknown(DomainError):
    """The constitution in force knows no fine with this code."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The constitution (version {self.constitution_version}) knows no fine for this reason: check the code, "
            "or let the group amend the constitution first."
        )


@dataclass(eq=False)
class FineAmountDiffers(DomainError):
    """The amount is not what the constitution asks for the reason."""

    code = ErrorCode.NOT_ALLOWED

    expected: Decimal
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The constitution (version {self.constitution_version}) asks {self.expected} for this: leave the amount "
            "out. What is too much can be waived."
        )


@dataclass(eq=False)
class FineAmountMissing(DomainError):
    """A fine in words does not say how much."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say how much the fine is."


@dataclass(eq=False)
class FinedAlready(DomainError):
    """The member has been fined in this meeting for what stands on the roll of it once.

    Attributes:
        fine_id: That fine.
    """

    code = ErrorCode.CONFLICT

    fine_id: UUID

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The member has been fined for this in this meeting: look at that fine, or take it back first."


REASON_ERRORS = (FineReasonMissing, FineReasonUnknown, FineAmountDiffers, FineAmountMissing)
"""What the constitution may have against a fine."""
