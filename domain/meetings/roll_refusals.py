"""Why a roll, or a line of it, is refused: one class for each reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.errors import DomainError, ErrorCode

__all__ = [
    "LeftBeforeArrival",
    "MemberNotOnRoll",
    "MemberOnRollTwice",
    "RepresentativeMissing",
    "RepresentativeNotOnRoll",
    "RepresentativeTwice",
    "RepresentativeWithoutNeed",
    "RollCallEmpty",
    "RollCallTooLong",
    "RollClosed",
    "TimesOfAbsent",
]


@dataclass(eq=False)
class RollCallEmpty(DomainError):
    """The sheet has no lines."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The roll is empty: give at least one member."


@dataclass(eq=False)
class RollCallTooLong(DomainError):
    """The sheet has more lines than one request may hold."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"A roll call holds at most {self.maximum} members: send the rest in another, with a key of its own."


@dataclass(eq=False)
class RollClosed(DomainError):
    """The meeting is closed, and its roll with it."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "The roll of a closed meeting stays as it was called: write the correction into the notes of the next "
            "meeting, and waive there what was fined by mistake."
        )


@dataclass(eq=False)
class MemberNotOnRoll(DomainError):
    """The line names nobody who was a member on the day of the meeting."""

    code = ErrorCode.NOT_FOUND

    held_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"No member of this group on {self.held_on} has this id: who left before or joined later is on no roll. "
            "Check the member."
        )


@dataclass(eq=False)
class MemberOnRollTwice(DomainError):
    """The sheet names the member in a line before."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This member stands in the roll twice: keep one of the two lines."


@dataclass(eq=False)
class TimesOfAbsent(DomainError):
    """Somebody who was not there has a time of arriving or leaving."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Who was absent or excused neither came nor left: leave the times out, or correct the status."


@dataclass(eq=False)
class LeftBeforeArrival(DomainError):
    """A member would have left before she came."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "A member leaves after arriving: correct one of the two times."


@dataclass(eq=False)
class RepresentativeMissing(DomainError):
    """A member is represented, and it is not said by whom."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say who came in the member's place: another member, or the name of somebody else."


@dataclass(eq=False)
class RepresentativeTwice(DomainError):
    """Both a member and a name are given for whoever came in the member's place."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give either the member who came in this member's place or a name, not both."


@dataclass(eq=False)
class RepresentativeWithoutNeed(DomainError):
    """Somebody is said to have come in the place of a member who is not marked as represented."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Only who is REPRESENTED has somebody in her place: leave that out, or correct the status."


@dataclass(eq=False)
class RepresentativeNotOnRoll(DomainError):
    """Whoever came in the member's place is no other member of the group on that day."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Another member of the group comes in this member's place: check who it was, or give a name."
