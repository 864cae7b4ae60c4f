"""Planning meetings ahead by the group's calendar, and changing what is said of one."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import EARLIEST_DATE, DateNotPlausible, local_date
from domain.errors import DomainError, ErrorCode
from domain.groups import Constitution, Frequency, Weekday
from domain.ledger.postings import PeriodClosed
from domain.meetings.details import DETAIL_ERRORS, MeetingDetails, checked_changes
from domain.meetings.opening import MeetingNumberInvalid, MeetingNumberTaken, checked_number
from domain.meetings.records import (
    OPENNESS_ERRORS,
    Meeting,
    MeetingClosed,
    MeetingField,
    MeetingNotFound,
    MeetingNotOpen,
    MeetingStatus,
    NewMeeting,
    VersionStale,
)
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "PLAN_DAYS_MAX",
    "MeetingDateFixed",
    "MeetingDateMissing",
    "PlanMeeting",
    "UpdateMeeting",
    "next_date",
    "plan_meeting",
    "update_meeting",
]

DAYS_PER_WEEK = 7
MONTHS_PER_YEAR = 12
PLAN_DAYS_MAX = 800
"""How many days ahead a meeting may be planned: a yearly one, and the next."""

_DAYS = {Frequency.WEEKLY: 7, Frequency.FORTNIGHTLY: 14}
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}


@dataclass(eq=False)
class MeetingDateMissing(DomainError):
    """The group meets as it decides, so its calendar knows no next date."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This group meets as it decides: give the date of the next meeting."


@dataclass(eq=False)
class MeetingDateFixed(DomainError):
    """The date or the number of a meeting that is open would change."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The number and the date of a meeting stay once it is open, since what is recorded counts for them."


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMeeting(MeetingDetails):
    """The wish to plan a meeting.

    Attributes:
        held_on: Its date; by default the next one of the group's calendar.
    """

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    number: int | None = None
    held_on: date | None = None

    @property
    def meeting_id(self) -> UUID:
        """The id that the meeting will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.meeting_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMeeting(MeetingDetails):
    """The wish to change what is said of a meeting; what is left out stays as it was.

    Attributes:
        cleared: What is emptied.
    """

    group_id: UUID
    idempotency_key: UUID
    meeting_id: UUID
    expected_version: int
    number: int | None = None
    held_on: date | None = None
    cleared: tuple[MeetingField, ...] = ()

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.meeting_id)


@service(
    "meetingPlan",
    needs=((Resource.MEETING, Action.CREATE), (Resource.MEETING_TEXT, Action.CREATE)),
    raises=(
        IdAlreadyUsed,
        MeetingNumberInvalid,
        MeetingNumberTaken,
        MeetingDateMissing,
        DateNotPlausible,
        PeriodClosed,
        *DETAIL_ERRORS,
    ),
)
async def plan_meeting(work: UnitOfWork, command: PlanMeeting) -> Outcome:
    """Plan a meeting: by default the next one of the group's calendar, after the last that was held or planned."""
    group = await work.groups.get(command.group_id)
    today = local_date(work.now, group.time_zone)
    held_on = command.held_on
    if held_on is None:
        held_on = next_date(group.constitution, await work.meetings.last_regular_date(group.id), today)
    if held_on is None:
        raise MeetingDateMissing(path=("heldOn",))
    await _require_date(work, group.id, held_on, today)
    meeting = NewMeeting(
        id=command.meeting_id,
        group_id=group.id,
        number=await checked_number(work, group.id, command.number),
        status=MeetingStatus.DRAFT,
        held_on=held_on,
        details=await checked_changes(work, group, command, held_on),
    )
    if await work.meetings.find(group.id, meeting.id) is not None:
        raise IdAlreadyUsed(path=("id",))
    await work.meetings.add(meeting)
    return Outcome(id=meeting.id)


@service(
    "meetingRevise",
    needs=((Resource.MEETING, Action.UPDATE), (Resource.MEETING_TEXT, Action.UPDATE)),
    raises=(
        MeetingNotFound,
        *OPENNESS_ERRORS,
        VersionStale,
        MeetingDateFixed,
        MeetingNumberInvalid,
        MeetingNumberTaken,
        DateNotPlausible,
        PeriodClosed,
        *DETAIL_ERRORS,
    ),
)
async def update_meeting(work: UnitOfWork, command: UpdateMeeting) -> Outcome:
    """Change what is said of a meeting that is planned or open; number and date only while it is planned."""
    group = await work.groups.get(command.group_id)
    meeting = _changeable(await work.meetings.find(group.id, command.meeting_id))
    if meeting.version != command.expected_version:
        raise VersionStale(meeting.version, path=("expectedVersion",))
    held_on, number = command.held_on, command.number
    if meeting.status is not MeetingStatus.DRAFT:
        for field, value, before in (("heldOn", held_on, meeting.held_on), ("number", number, meeting.number)):
            if value not in (None, before):
                raise MeetingDateFixed(path=(field,))
        held_on = number = None
    if held_on is not None:
        await _require_date(work, group.id, held_on, local_date(work.now, group.time_zone))
    if number is not None:
        await checked_number(work, group.id, number)
    known = await work.meetings.details(group.id, meeting.id)
    details = await checked_changes(work, group, command, held_on or meeting.held_on, known, frozenset(command.cleared))
    await work.meetings.change(group.id, meeting.id, details, held_on=held_on, number=number)
    return Outcome(id=meeting.id)


def next_date(rules: Constitution, last: date | None, today: date) -> date | None:
    """When a group meets next: so many steps after its last meeting that it is no day before today.

    A group that has a weekday meets on the one nearest to that day. None for a group that meets as it decides.

    Args:
        rules: The constitution in force.
        last: The latest regular meeting, held or planned; None if there was none.
        today: The group's date now.
    """
    if rules.meeting_frequency is Frequency.FLEXIBLE:
        return None
    weekday = None if rules.meeting_weekday is None else tuple(Weekday).index(rules.meeting_weekday)
    if last is None:
        return today if weekday is None else today + timedelta(days=(weekday - today.weekday()) % DAYS_PER_WEEK)
    count = 1
    # Counted from the last meeting each time: a month after the 31st and then another month ends on the 31st again.
    while (found := _nearest(_after(last, rules.meeting_frequency, count), weekday)) < today:
        count += 1
    return found


def _after(day: date, frequency: Frequency, count: int) -> date:
    """The day so many weeks or months later; the last of the month where that has no such day."""
    if frequency in _DAYS:
        return day + timedelta(days=_DAYS[frequency] * count)
    months = day.year * MONTHS_PER_YEAR + day.month - 1 + _MONTHS[frequency] * count
    year, month = months // MONTHS_PER_YEAR, months % MONTHS_PER_YEAR + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _nearest(day: date, weekday: int | None) -> date:
    if weekday is None:
        return day
    ahead = (weekday - day.weekday()) % DAYS_PER_WEEK
    return day + timedelta(days=ahead if ahead <= DAYS_PER_WEEK // 2 else ahead - DAYS_PER_WEEK)


async def _require_date(work: UnitOfWork, group_id: UUID, held_on: date, today: date) -> None:
    latest = today + timedelta(days=PLAN_DAYS_MAX)
    if not EARLIEST_DATE <= held_on <= latest:
        raise DateNotPlausible(EARLIEST_DATE, latest, path=("heldOn",))
    closed_through = await work.periods.closed_through(group_id)
    if held_on <= closed_through:
        raise PeriodClosed(closed_through, path=("heldOn",))


def _changeable(meeting: Meeting | None) -> Meeting:
    if meeting is None:
        raise MeetingNotFound(path=("meetingId",))
    if meeting.status is MeetingStatus.CLOSED:
        raise MeetingClosed(path=("meetingId",))
    if meeting.status in (MeetingStatus.CONFIRMED, MeetingStatus.CANCELLED):
        raise MeetingNotOpen(meeting.status, path=("meetingId",))
    return meeting
