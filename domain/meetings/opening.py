"""Opening a meeting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import DateNotPlausible, local_date, plausible_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.ledger.postings import PeriodClosed
from domain.meetings.details import DETAIL_ERRORS, MeetingDetails, checked_changes
from domain.meetings.records import Meeting, MeetingNotFound, MeetingStatus, NewMeeting, VersionStale
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "MeetingBegunAlready",
    "MeetingNumberInvalid",
    "MeetingNumberTaken",
    "OpenMeeting",
    "OtherMeetingOpen",
    "PlanVersionMissing",
    "checked_number",
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


@dataclass(eq=False)
class MeetingBegunAlready(DomainError):
    """The planned meeting that is to be opened was opened already."""

    code = ErrorCode.CONFLICT
    is_of_state = True

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This meeting was opened already: read it again."


@dataclass(eq=False)
class PlanVersionMissing(DomainError):
    """A planned meeting is to be opened without saying which version of the plan was read."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give the version of the planned meeting that you read, as expectedVersion."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMeeting(MeetingDetails):
    """The wish to open a meeting.

    Attributes:
        planned_id: The planned meeting that is to be opened; None for one that was not planned.
        expected_version: The version of the plan that was read.
    """

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    planned_id: UUID | None = None
    expected_version: int | None = None
    number: int | None = None
    held_on: date | None = None
    device_time: datetime | None = None

    @property
    def meeting_id(self) -> UUID:
        """The id that the meeting has or will have: the plan's, its own where it was given, else the key."""
        return self.planned_id or self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.meeting_id)


@service(
    "meetingOpen",
    needs=((Resource.MEETING, Action.CREATE), (Resource.MEETING_TEXT, Action.CREATE)),
    raises=(
        IdAlreadyUsed,
        MeetingNotFound,
        MeetingBegunAlready,
        PlanVersionMissing,
        VersionStale,
        MeetingNumberInvalid,
        MeetingNumberTaken,
        OtherMeetingOpen,
        DateNotPlausible,
        PeriodClosed,
        *DETAIL_ERRORS,
    ),
)
async def open_meeting(work: UnitOfWork, command: OpenMeeting) -> Outcome:
    """Open a meeting, planned before or not. One meeting of a group is open at a time.

    It is numbered after the last unless a number is given or planned.
    """
    group = await work.groups.get(command.group_id)
    plan = await _plan(work, command)
    known = None if plan is None else await work.meetings.details(group.id, plan.id)
    wanted = command.held_on or (None if plan is None else plan.held_on)
    held_on = _held_on(wanted, local_date(work.now, group.time_zone))
    details = await checked_changes(work, group, command, held_on, known)
    number = (
        await checked_number(work, group.id, command.number)
        if plan is None or command.number is not None
        else plan.number
    )
    if plan is None and await work.meetings.find(group.id, command.meeting_id) is not None:
        raise IdAlreadyUsed(path=("id",))
    closed_through = await work.periods.closed_through(group.id)
    if held_on <= closed_through:
        raise PeriodClosed(closed_through, path=("heldOn",))
    other = await work.meetings.open_number(group.id)
    if other is not None:
        raise OtherMeetingOpen(other)
    if plan is None:
        await work.meetings.add(
            NewMeeting(command.meeting_id, group.id, number, MeetingStatus.OPEN, held_on, details, command.device_time)
        )
    else:
        if command.said_anything or number != plan.number:
            await work.meetings.change(group.id, plan.id, details, number=number)
        await work.meetings.begin(group.id, plan.id, held_on, command.device_time)
    return Outcome(id=command.meeting_id)


async def _plan(work: UnitOfWork, command: OpenMeeting) -> Meeting | None:
    """The planned meeting that is to be opened, once it is sure that it still can be."""
    if command.planned_id is None:
        return None
    plan = await work.meetings.find(command.group_id, command.planned_id)
    if plan is None:
        raise MeetingNotFound(path=("plannedId",))
    if plan.status is not MeetingStatus.DRAFT:
        raise MeetingBegunAlready(path=("plannedId",))
    if command.expected_version is None:
        raise PlanVersionMissing(path=("expectedVersion",))
    if plan.version != command.expected_version:
        raise VersionStale(plan.version, path=("expectedVersion",))
    return plan


async def checked_number(work: UnitOfWork, group_id: UUID, wanted: int | None) -> int:
    """The number that was asked for, or the next one.

    Raises:
        MeetingNumberInvalid: No meeting can have it.
    """
    number = wanted if wanted is not None else await work.meetings.next_number(group_id)
    if not 1 <= number <= MEETING_NUMBER_MAX:
        raise MeetingNumberInvalid(MEETING_NUMBER_MAX, path=("number",))
    return number


def _held_on(value: date | None, today: date) -> date:
    with faults_at("heldOn"):
        return today if value is None else plausible_date(value, today)
