"""Meetings: opened, recorded, counted and closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import DateNotPlausible, local_date, plausible_date
from domain.errors import DomainError, ErrorCode
from domain.groups import AmountNegative, Group, typed_amount
from domain.ledger.accounts import Fund, Place
from domain.ledger.postings import CashAccount
from domain.money import AmountNotANumber, AmountTooLarge, AmountTooPrecise, Money
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import NOTE_MAX, PLACE_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "CashCount",
    "CloseMeeting",
    "CountDiffers",
    "CountMissing",
    "CountedTwice",
    "Meeting",
    "MeetingClosed",
    "MeetingNotFound",
    "MeetingNumberInvalid",
    "MeetingNumberTaken",
    "MeetingStatus",
    "MeetingStore",
    "Moment",
    "NewMeeting",
    "OpenMeeting",
    "OtherMeetingOpen",
    "Recount",
    "VersionStale",
    "close_meeting",
    "open_meeting",
]

MEETING_NUMBER_MAX = 100_000


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
class VersionStale(DomainError):
    """The record changed since it was read."""

    code = ErrorCode.CONFLICT

    version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The record has changed since you read it and is now at version {self.version}: read it again."


@dataclass(eq=False)
class CountMissing(DomainError):
    """Money should be somewhere that was not counted."""

    fund: str
    place: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Count {self.place} of {self.fund} as well: the book has money there."


@dataclass(eq=False)
class CountedTwice(DomainError):
    """One place of one fund stands twice among the counts."""

    fund: str
    place: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give one count for {self.place} of {self.fund}, not two."


@dataclass(eq=False)
class CountDiffers(DomainError):
    """What was counted is not what the book expects, and no reason was given."""

    code = ErrorCode.NOT_ALLOWED

    fund: str
    place: str
    expected: Decimal
    counted: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"{self.place} of {self.fund} should hold {self.expected} but {self.counted} was counted: "
            "count again, look for what was not recorded, or give the reason for the difference."
        )


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
class CashCount:
    """What somebody counted in one place of one fund, as it was typed."""

    fund: Fund
    place: Place
    amount: Decimal
    reason: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMeeting:
    """The wish to close a meeting with what was counted at its opening and its end."""

    group_id: UUID
    idempotency_key: UUID
    meeting_id: UUID
    expected_version: int
    opening_counts: tuple[CashCount, ...]
    closing_counts: tuple[CashCount, ...]

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
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
    ),
)
async def open_meeting(work: UnitOfWork, command: OpenMeeting) -> Outcome:
    """Open a meeting, numbered after the last unless a number is given. One meeting of a group is open at a time."""
    group = await work.groups.get(command.group_id)
    meeting = NewMeeting(
        id=command.meeting_id,
        group_id=group.id,
        number=await _number(work, command),
        held_on=_held_on(command.held_on, local_date(work.now, group.time_zone)),
        venue=_text(command.venue, PLACE_MAX, "venue"),
        device_time=command.device_time,
    )
    if await work.meetings.find(group.id, meeting.id) is not None:
        raise IdAlreadyUsed(path=("id",))
    other = await work.meetings.open_number(group.id)
    if other is not None:
        raise OtherMeetingOpen(other)
    await work.meetings.open(meeting)
    return Outcome(id=meeting.id)


@service(
    "meetingClose",
    needs=((Resource.MEETING, Action.UPDATE), (Resource.CASH_COUNT, Action.CREATE)),
    raises=(
        MeetingNotFound,
        MeetingClosed,
        VersionStale,
        CountMissing,
        CountedTwice,
        CountDiffers,
        AmountNotANumber,
        AmountTooPrecise,
        AmountTooLarge,
        AmountNegative,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
    ),
)
async def close_meeting(work: UnitOfWork, command: CloseMeeting) -> Outcome:
    """Close a meeting once the cash counted is the cash expected in each place, or the difference is explained."""
    group = await work.groups.get(command.group_id)
    meeting = await work.meetings.find(group.id, command.meeting_id)
    if meeting is None:
        raise MeetingNotFound(path=("meetingId",))
    if meeting.status is MeetingStatus.CLOSED:
        raise MeetingClosed(path=("meetingId",))
    if meeting.version != command.expected_version:
        raise VersionStale(meeting.version, path=("expectedVersion",))
    cash = await work.ledger.cash(group.id, meeting.id)
    opening = {at: account.balance - account.moved_in_meeting for at, account in cash.items()}
    closing = {at: account.balance for at, account in cash.items()}
    counts = [
        *_compare(group, Moment.OPENING, command.opening_counts, opening, cash, "openingCounts"),
        *_compare(group, Moment.CLOSING, command.closing_counts, closing, cash, "closingCounts"),
    ]
    await work.meetings.close(group.id, meeting.id, counts)
    return Outcome(id=meeting.id)


async def _number(work: UnitOfWork, command: OpenMeeting) -> int:
    if command.number is None:
        return await work.meetings.next_number(command.group_id)
    if not 1 <= command.number <= MEETING_NUMBER_MAX:
        raise MeetingNumberInvalid(MEETING_NUMBER_MAX, path=("number",))
    return command.number


def _held_on(value: date | None, today: date) -> date:
    try:
        return today if value is None else plausible_date(value, today)
    except DateNotPlausible as error:
        raise error.at("heldOn") from None


def _text(value: str | None, maximum: int, *path: str) -> str | None:
    if value is None:
        return None
    try:
        return clean_text(value, maximum=maximum)
    except DomainError as error:
        raise error.at(*path) from None


def _compare(
    group: Group,
    moment: Moment,
    counts: Sequence[CashCount],
    expected: Mapping[tuple[Fund, Place], Money],
    cash: Mapping[tuple[Fund, Place], CashAccount],
    field: str,
) -> list[Recount]:
    """The counts beside what was expected: every place with money counted, and no difference left unexplained."""
    compared: dict[tuple[Fund, Place], Recount] = {}
    for index, count in enumerate(counts):
        at = (count.fund, count.place)
        if at in compared:
            raise CountedTwice(*at, path=(field, str(index)))
        counted = _counted(count, group, (field, str(index)))
        reason = _text(count.reason, NOTE_MAX, field, str(index), "reason")
        if counted != expected[at] and reason is None:
            raise CountDiffers(*at, expected[at].amount, counted.amount, path=(field, str(index)))
        compared[at] = Recount(moment, cash[at].account_id, expected[at], counted, reason)
    for at, money in expected.items():
        if money.amount != 0 and at not in compared:
            raise CountMissing(*at, path=(field,))
    return list(compared.values())


def _counted(count: CashCount, group: Group, path: tuple[str, ...]) -> Money:
    try:
        money = typed_amount(count.amount, group.currency, "amount")
        if money.amount < 0:
            raise AmountNegative(path=("amount",))
    except DomainError as error:
        raise error.at(*path) from None
    return money
