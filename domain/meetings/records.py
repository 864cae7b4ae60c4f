"""What a meeting is, and what any of its services may say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.money import Money

__all__ = [
    "Meeting",
    "MeetingClosed",
    "MeetingNotFound",
    "MeetingStatus",
    "MeetingStore",
    "Moment",
    "NewMeeting",
    "Recount",
    "VersionStale",
]


class MeetingStatus(StrEnum):
    """Where a meeting is: being prepared, going on, confirmed by a second officer, closed for good."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    CONFIRMED = "CONFIRMED"
    CLOSED = "CLOSED"


class Moment(StrEnum):
    """When cash is counted."""

    OPENING = "OPENING"
    CLOSING = "CLOSING"


@dataclass(eq=False)
class MeetingNotFound(DomainError):
    """The group has no such meeting."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such meeting: check the meeting's id."


@dataclass(eq=False)
class MeetingClosed(DomainError):
    """The meeting is closed."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This meeting is closed and no longer changes: record a correction in the next meeting."


@dataclass(eq=False)
class VersionStale(DomainError):
    """The record changed since it was read."""

    code = ErrorCode.CONFLICT

    version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The record has changed since you read it and is now at version {self.version}: read it again."


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as services see it."""

    id: UUID
    number: int
    status: MeetingStatus
    held_on: date
    version: int


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting about to be opened."""

    id: UUID
    group_id: UUID
    number: int
    held_on: date
    venue: str | None
    device_time: datetime | None


@dataclass(frozen=True, slots=True)
class Recount:
    """A count beside what the book expected at that moment."""

    moment: Moment
    account_id: UUID
    expected: Money
    counted: Money
    reason: str | None


class MeetingStore(Protocol):
    """Where meetings are kept."""

    async def find(self, group_id: UUID, meeting_id: UUID) -> Meeting | None:
        """The meeting, if the group has it."""

    async def open_number(self, group_id: UUID) -> int | None:
        """The number of the meeting that is open, if one is."""

    async def next_number(self, group_id: UUID) -> int:
        """One more than the highest number in the group."""

    async def open(self, meeting: NewMeeting) -> None:
        """Open the meeting.

        Raises:
            IdAlreadyUsed: The group has a meeting with this id.
            MeetingNumberTaken: The group has a meeting with this number.
        """

    async def close(self, group_id: UUID, meeting_id: UUID, counts: Sequence[Recount]) -> None:
        """Keep the counts and close the meeting; its version grows by one."""
