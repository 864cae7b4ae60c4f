"""Why a wish about what a member may do beside her roles is refused."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import DomainError, ErrorCode

__all__ = [
    "CapabilityHeld",
    "CapabilityNeedsHolder",
    "CapabilityNotHeld",
    "CapabilityNotTakable",
    "OverrideDecided",
    "OverrideNotFound",
    "OverrideNotInForce",
    "OverrideOfYourself",
    "OverrideOver",
    "OverrideOverlaps",
    "OverrideRequestedByYourself",
    "OverrideTooLong",
]


@dataclass(eq=False)
class CapabilityHeld(DomainError):
    """Her role lets the member do it already."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Her role lets this member do that already: there is nothing to grant."


@dataclass(eq=False)
class CapabilityNotHeld(DomainError):
    """No role of the member's lets her do it."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "No role of this member lets her do that: there is nothing to take. What was granted to her can be ended."
        )


@dataclass(eq=False)
class CapabilityNotTakable(DomainError):
    """Officers answer for the book, so what they see of it is not taken from them."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Officers answer for the book and see what is in it: end her role if she is not to see it."


@dataclass(eq=False)
class CapabilityNeedsHolder(DomainError):
    """Nobody would be left who may do it by her role."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "No other officer could do that by her role all through these days: let somebody else have the role first, "
            "or take it for fewer days."
        )


@dataclass(eq=False)
class OverrideOfYourself(DomainError):
    """Somebody would decide what she herself may do."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Nobody decides what she herself may do: leave it to two other officers."


@dataclass(eq=False)
class OverrideRequestedByYourself(DomainError):
    """Whoever asked for an override would decide on it."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "You asked for this yourself: let another officer decide."


@dataclass(eq=False)
class OverrideNotFound(DomainError):
    """The group has no such override."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has decided no such thing of a member: check the id."


@dataclass(eq=False)
class OverrideDecided(DomainError):
    """The override was decided already."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This was decided already: ask anew if that was wrong."


@dataclass(eq=False)
class OverrideNotInForce(DomainError):
    """The override was not approved, or is over."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This was not approved, or is over: there is nothing to end."


@dataclass(eq=False)
class OverrideOver(DomainError):
    """The days for which it was asked are over."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The days for which this was asked are over: refuse it, and ask anew if it is still wanted."


@dataclass(eq=False)
class OverrideOverlaps(DomainError):
    """For some of the days something was approved of the same member and the same matter."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "For some of these days the same was approved of this member: end that first, or choose other days."


@dataclass(eq=False)
class OverrideTooLong(DomainError):
    """It would hold for too many days."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Let it begin today or later, and end within {self.maximum} days of today."
