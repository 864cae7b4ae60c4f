"""The roll call: who was there, late, excused or represented, recorded as a sheet while the meeting is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.errors import DomainError, faults_at
from domain.meetings.records import Meeting, MeetingNotFound, MeetingNotOpen, MeetingStatus, VersionStale
from domain.meetings.roll_refusals import (
    LeftBeforeArrival,
    MemberNotOnRoll,
    MemberOnRollTwice,
    RepresentativeMissing,
    RepresentativeNotOnRoll,
    RepresentativeTwice,
    RepresentativeWithoutNeed,
    RollCallEmpty,
    RollCallTooLong,
    RollClosed,
    TimesOfAbsent,
)
from domain.policy import Action, Resource
from domain.service import ItemOutcome, Outcome, service
from domain.text import PERSON_NAME_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "ROLL_ITEMS_MAX",
    "Attendance",
    "AttendanceStatus",
    "AttendanceStore",
    "RecordRollCall",
    "RollFacts",
    "RollItem",
    "record_roll_call",
]

ROLL_ITEMS_MAX = 200
"""The most lines that one sheet may hold."""
EXCUSE_MAX = 500
"""The longest excuse, in characters."""


class AttendanceStatus(StrEnum):
    """Whether a member was there."""

    PRESENT = "PRESENT"
    LATE = "LATE"
    ABSENT = "ABSENT"
    EXCUSED = "EXCUSED"
    REPRESENTED = "REPRESENTED"


_AWAY = frozenset({AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED})


@dataclass(frozen=True, slots=True)
class Attendance:
    """A line of the roll, checked.

    Attributes:
        arrived_at: When she came, in UTC.
        left_at: When she left, in UTC.
        representative_id: The member who came in her place.
        representative: The name of whoever else did.
        excuse: Why she was not there, or late.
    """

    member_id: UUID
    status: AttendanceStatus
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    representative_id: UUID | None = None
    representative: str | None = None
    excuse: str | None = None
    device_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class RollFacts:
    """All that a roll is checked against, read at once.

    Attributes:
        meeting: The meeting; None if the group has none such.
        members: Those of the sheet's people who were members on its day.
        known: What the roll says of them already, with the version of the line.
    """

    meeting: Meeting | None
    members: frozenset[UUID]
    known: Mapping[UUID, tuple[Attendance, int]]


class AttendanceStore(Protocol):
    """Where the rolls are kept."""

    async def facts(self, group_id: UUID, meeting_id: UUID, member_ids: frozenset[UUID]) -> RollFacts:
        """What a roll with these members, and those who came for others, is checked against."""

    async def with_status(
        self, group_id: UUID, meeting_id: UUID, statuses: Sequence[AttendanceStatus]
    ) -> Sequence[tuple[UUID, AttendanceStatus]]:
        """Who stands on the roll with one of these, in the order of their numbers."""

    async def write(
        self, group_id: UUID, meeting_id: UUID, lines: Sequence[Attendance], *, worded: frozenset[UUID]
    ) -> None:
        """Write lines of the roll, new or changed; the words of the `worded` members are written with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollItem:
    """One line of the roll, as it was typed.

    Attributes:
        expected_version: The version of the line that was read; None for a member who is not on the roll yet.
    """

    member_id: UUID
    status: AttendanceStatus
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    excuse: str | None = None
    representative_id: UUID | None = None
    representative: str | None = None
    expected_version: int | None = None
    device_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRollCall:
    """The wish to record a roll, or a part of it."""

    group_id: UUID
    idempotency_key: UUID
    meeting_id: UUID
    items: tuple[RollItem, ...]

    def expected_outcome(self) -> Outcome:
        """The outcome when every line stands."""
        return Outcome(id=self.meeting_id, items=tuple(ItemOutcome(item.member_id) for item in self.items))


@service(
    "rollCallRecord",
    needs=(
        (Resource.ATTENDANCE, Action.CREATE),
        (Resource.ATTENDANCE, Action.UPDATE),
        (Resource.ATTENDANCE_WORDS, Action.CREATE),
        (Resource.ATTENDANCE_WORDS, Action.UPDATE),
    ),
    raises=(
        RollCallEmpty,
        RollCallTooLong,
        MeetingNotFound,
        RollClosed,
        MeetingNotOpen,
        MemberNotOnRoll,
        MemberOnRollTwice,
        VersionStale,
        TimesOfAbsent,
        LeftBeforeArrival,
        RepresentativeMissing,
        RepresentativeTwice,
        RepresentativeWithoutNeed,
        RepresentativeNotOnRoll,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
    ),
)
async def record_roll_call(work: UnitOfWork, command: RecordRollCall) -> Outcome:
    """Record a roll: each line stands or is refused by itself; one that is there already is changed by its version."""
    if not command.items:
        raise RollCallEmpty(path=("items",))
    if len(command.items) > ROLL_ITEMS_MAX:
        raise RollCallTooLong(ROLL_ITEMS_MAX, path=("items",))
    people = {item.member_id for item in command.items}
    people |= {item.representative_id for item in command.items if item.representative_id is not None}
    facts = await work.attendances.facts(command.group_id, command.meeting_id, frozenset(people))
    meeting = _open_roll(facts.meeting)
    roll = _Roll(meeting, facts)
    for index, item in enumerate(command.items):
        roll.take(index, item)
    if roll.accepted:
        await work.attendances.write(
            command.group_id, meeting.id, roll.accepted, worded=frozenset(line.member_id for line in roll.worded())
        )
    return Outcome(id=meeting.id, items=tuple(roll.outcomes))


def _open_roll(meeting: Meeting | None) -> Meeting:
    with faults_at("meetingId"):
        if meeting is None:
            raise MeetingNotFound
        if meeting.status is MeetingStatus.CLOSED:
            raise RollClosed
        if meeting.status is not MeetingStatus.OPEN:
            raise MeetingNotOpen(meeting.status)
    return meeting


class _Roll:
    """The sheet while its lines are checked."""

    def __init__(self, meeting: Meeting, facts: RollFacts) -> None:
        self.meeting = meeting
        self.facts = facts
        self.accepted: list[Attendance] = []
        self.outcomes: list[ItemOutcome] = []
        self.seen: set[UUID] = set()

    def take(self, index: int, item: RollItem) -> None:
        """Check one line."""
        try:
            line = self._checked(item)
        except DomainError as error:
            self.outcomes.append(ItemOutcome(item.member_id, error.at("items", str(index))))
            return
        self.seen.add(item.member_id)
        self.outcomes.append(ItemOutcome(item.member_id))
        if line is not None:
            self.accepted.append(line)

    def worded(self) -> list[Attendance]:
        """The lines whose words are to be written: they have some, or had."""
        return [line for line in self.accepted if _words(line) != _words(self._known(line.member_id))]

    def _known(self, member_id: UUID) -> Attendance | None:
        known = self.facts.known.get(member_id)
        return None if known is None else known[0]

    def _checked(self, item: RollItem) -> Attendance | None:
        """The line to write; None where the roll says just this already."""
        if item.member_id not in self.facts.members:
            raise MemberNotOnRoll(self.meeting.held_on, path=("memberId",))
        if item.member_id in self.seen:
            raise MemberOnRollTwice(path=("memberId",))
        line = self._line(item)
        before = self.facts.known.get(item.member_id)
        if before is None:
            if item.expected_version is not None:
                raise VersionStale(0, path=("expectedVersion",))
            return line
        known, version = before
        if replace(known, device_time=None) == replace(line, device_time=None):
            return None
        if item.expected_version != version:
            raise VersionStale(version, path=("expectedVersion",))
        return line

    def _line(self, item: RollItem) -> Attendance:
        if item.status in _AWAY and (item.arrived_at is not None or item.left_at is not None):
            raise TimesOfAbsent(path=("arrivedAt" if item.arrived_at is not None else "leftAt",))
        if item.arrived_at is not None and item.left_at is not None and item.left_at <= item.arrived_at:
            raise LeftBeforeArrival(path=("leftAt",))
        self._check_representative(item)
        return Attendance(
            member_id=item.member_id,
            status=item.status,
            arrived_at=item.arrived_at,
            left_at=item.left_at,
            representative_id=item.representative_id,
            representative=_text(item.representative, "representative", PERSON_NAME_MAX),
            excuse=_text(item.excuse, "excuse", EXCUSE_MAX),
            device_time=item.device_time,
        )

    def _check_representative(self, item: RollItem) -> None:
        given = item.representative_id is not None or item.representative is not None
        field = "representative" if item.representative_id is None else "representativeId"
        if item.status is not AttendanceStatus.REPRESENTED:
            if given:
                raise RepresentativeWithoutNeed(path=(field,))
            return
        if not given:
            raise RepresentativeMissing(path=("representativeId",))
        if item.representative_id is not None:
            if item.representative is not None:
                raise RepresentativeTwice(path=("representative",))
            if item.representative_id == item.member_id or item.representative_id not in self.facts.members:
                raise RepresentativeNotOnRoll(path=("representativeId",))


def _words(line: Attendance | None) -> tuple[str | None, str | None]:
    return (None, None) if line is None else (line.excuse, line.representative)


def _text(value: str | None, field: str, maximum: int) -> str | None:
    with faults_at(field):
        return None if value is None else clean_text(value, maximum=maximum)
