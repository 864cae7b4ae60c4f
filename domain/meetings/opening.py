"""Opening a meeting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import DateNotPlausible, local_date, plausible_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.ledger.postings import PeriodClosed
from domain.meetings.records import NewMeeting
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import PLACE_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "MeetingNumberInvalid",
    "MeetingNumberTaken",
    "OpenMeeting",
    "OtherMeetingOpen",
    "open_meeting",
]

MEETING_NUMBER_MAX = 100_000


@dataclass(eq=False)
class OtherMeetingOpen(DomainError):
    """Another meeting of the group is still open."""

    code = ErrorCode.NOT_ALLOWED

    number: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Meeting {self.number} of this group is still open: close it first."


@dataclass(eq=False)
class MeetingNumberTaken(DomainError):
    """The group has a meeting with this number."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group already has a meeting with this number: choose another, or leave it out to get the next one."


@dataclass(eq=False)
class MeetingNumberInvalid(DomainError):
    """The number is not one that a meeting can have."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give a meeting number from 1 to {self.maximum}, or leave it out to get the next one."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMeeting:
    """The wish to open a meeting."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    number: int | None = None
    held_on: date | None = None
    venue: str | None = None
    device_time: datetime | None = None

    @property
    def meeting_id(self) -> UUID:
        """The id that the meeting will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.meeting_id)


@service(
    "meetingOpen",
    needs=((Resource.MEETING, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        MeetingNumberInvalid,
        MeetingNumberTaken,
        OtherMeetingOpen,
        DateNotPlausible,
        PeriodClosed,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
    ),
)
async def open_meeting(work: UnitOfWork, command: OpenMeeting) -> Outcome:
    """Open a meeting, numbered after the last unless a number is given. One meeting of a group is open at a time."""
    group = await work.groups.get(command.group_id)
    with faults_at("venue"):
        venue = None if command.venue is None else clean_text(command.venue, maximum=PLACE_MAX)
    meeting = NewMeeting(
        id=command.meeting_id,
        group_id=group.id,
        number=await _number(work, command),
        held_on=_held_on(command.held_on, local_date(work.now, group.time_zone)),
        venue=venue,
        device_time=command.device_time,
    )
    if await work.meetings.find(group.id, meeting.id) is not None:
        raise IdAlreadyUsed(path=("id",))
    closed_through = await work.periods.closed_through(group.id)
    if meeting.held_on <= closed_through:
        raise PeriodClosed(closed_through, path=("heldOn",))
    other = await work.meetings.open_number(group.id)
    if other is not None:
        raise OtherMeetingOpen(other)
    await work.meetings.open(meeting)
    return Outcome(id=meeting.id)


async def _number(work: UnitOfWork, command: OpenMeeting) -> int:
    number = command.number if command.number is not None else await work.meetings.next_number(command.group_id)
    if not 1 <= number <= MEETING_NUMBER_MAX:
        raise MeetingNumberInvalid(MEETING_NUMBER_MAX, path=("number",))
    return number


def _held_on(value: date | None, today: date) -> date:
    with faults_at("heldOn"):
        return today if value is None else plausible_date(value, today)
