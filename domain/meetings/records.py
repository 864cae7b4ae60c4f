"""What a meeting is, and what any of its services may say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.money import Money
from domain.service import VersionStale

__all__ = [
    "OPENNESS_ERRORS",
    "Meeting",
    "MeetingChanges",
    "MeetingClosed",
    "MeetingField",
    "MeetingKind",
    "MeetingMode",
    "MeetingNotFound",
    "MeetingNotOpen",
    "MeetingStatus",
    "MeetingStore",
    "Moment",
    "NewMeeting",
    "Recount",
    "VersionStale",
    "check_open",
    "require_open",
]


class MeetingKind(StrEnum):
    """What a meeting is for."""

    REGULAR = "REGULAR"
    SPECIAL = "SPECIAL"
    ANNUAL = "ANNUAL"
    EMERGENCY = "EMERGENCY"
    COMMITTEE = "COMMITTEE"


class MeetingMode(StrEnum):
    """Where people meet: in one place, over a link, or both."""

    PHYSICAL = "PHYSICAL"
    VIRTUAL = "VIRTUAL"
    HYBRID = "HYBRID"


class MeetingField(StrEnum):
    """What may be emptied again."""

    VENUE = "VENUE"
    LINK = "LINK"
    STARTS_AT = "STARTS_AT"
    ENDS_AT = "ENDS_AT"
    FACILITATOR = "FACILITATOR"
    AGENDA = "AGENDA"
    NOTES = "NOTES"


class MeetingStatus(StrEnum):
    """Where a meeting is: being prepared or called off, going on, confirmed by a second officer, closed for good."""

    DRAFT = "DRAFT"
    CANCELLED = "CANCELLED"
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
    is_of_state = True

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This meeting is closed and no longer changes: record a correction in the next meeting."


@dataclass(eq=False)
class MeetingNotOpen(DomainError):
    """The meeting is planned only, or was cancelled or confirmed."""

    code = ErrorCode.NOT_ALLOWED
    is_of_state = True

    status: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.status == MeetingStatus.DRAFT:
            return "This meeting is planned and not open yet: open it first."
        if self.status == MeetingStatus.CANCELLED:
            return "This meeting was cancelled and takes nothing: record it in another meeting."
        return "This meeting was confirmed and takes nothing more: reopen it first, or record it in the next meeting."


OPENNESS_ERRORS = (MeetingClosed, MeetingNotOpen)
"""Why a meeting takes no records."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as services see it.

    Attributes:
        opened_by: Who opened it, where that was asked for; None while it is planned.
    """

    id: UUID
    number: int
    status: MeetingStatus
    held_on: date
    version: int
    opened_by: UUID | None = None


def require_open(meeting: Meeting | None) -> Meeting:
    """The same meeting, once it is sure that it takes records; refusals name the field `meetingId`.

    Raises:
        MeetingNotFound: There is none.
        MeetingClosed: It is closed.
        MeetingNotOpen: It is planned, or confirmed.
    """
    with faults_at("meetingId"):
        if meeting is None:
            raise MeetingNotFound
        check_open(meeting)
    return meeting


def check_open(meeting: Meeting) -> None:
    """Refuse a meeting that takes no records.

    Raises:
        MeetingClosed: It is closed.
        MeetingNotOpen: It is planned, or confirmed.
    """
    if meeting.status is MeetingStatus.CLOSED:
        raise MeetingClosed
    if meeting.status is not MeetingStatus.OPEN:
        raise MeetingNotOpen(meeting.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingChanges:
    """What is known of a meeting beside its number and date; of a change, what becomes of it.

    Attributes:
        starts_at: When it begins, in UTC.
        facilitator_id: The member who leads it.
        link: Where it is joined over the net.
        cleared: What is emptied; what is None and not emptied stays as it was.
    """

    kind: MeetingKind | None = None
    mode: MeetingMode | None = None
    venue: str | None = None
    link: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    facilitator_id: UUID | None = None
    agenda: str | None = None
    notes: str | None = None
    cleared: frozenset[MeetingField] = frozenset()


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting about to be planned or opened."""

    id: UUID
    group_id: UUID
    number: int
    status: MeetingStatus
    held_on: date
    details: MeetingChanges
    device_time: datetime | None = None


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

    async def details(self, group_id: UUID, meeting_id: UUID) -> MeetingChanges:
        """What is known of the meeting."""

    async def open_number(self, group_id: UUID) -> int | None:
        """The number of the meeting that is open, or confirmed and not closed, if one is."""

    async def next_number(self, group_id: UUID) -> int:
        """One more than the highest number in the group."""

    async def last_regular_date(self, group_id: UUID) -> date | None:
        """The latest date of a regular meeting, planned or held; None if there was none."""

    async def add(self, meeting: NewMeeting) -> None:
        """Plan the meeting, or open it.

        Raises:
            IdAlreadyUsed: The group has a meeting with this id.
            MeetingNumberTaken: The group has a meeting with this number.
        """

    async def change(
        self,
        group_id: UUID,
        meeting_id: UUID,
        details: MeetingChanges,
        *,
        held_on: date | None = None,
        number: int | None = None,
    ) -> None:
        """Change what is known of the meeting; None leaves date and number as they are. Its version grows by one.

        Raises:
            MeetingNumberTaken: The group has a meeting with this number.
        """

    async def begin(self, group_id: UUID, meeting_id: UUID, held_on: date, device_time: datetime | None) -> None:
        """Open a planned meeting; its version grows by one."""

    async def cancel(self, group_id: UUID, meeting_id: UUID, reason: str) -> None:
        """Keep that the planned meeting is not held, and why; its version grows by one."""

    async def confirm(self, group_id: UUID, meeting_id: UUID) -> None:
        """Mark the meeting as confirmed by the viewer; its version grows by one."""

    async def reopen(self, group_id: UUID, meeting_id: UUID) -> None:
        """Take the confirmation back; the meeting's version grows by one."""

    async def close(self, group_id: UUID, meeting_id: UUID, counts: Sequence[Recount]) -> None:
        """Keep the counts and close the meeting; its version grows by one."""

    async def takes_part_on(self, group_id: UUID, member_id: UUID, on: date) -> bool:
        """Whether the group has this member on the day: she had joined, and not left."""
