"""Closing a meeting: the cash counted is the cash expected, per fund and place, or the difference is explained.

A difference is posted. What was counted at the opening bears on what is expected at the end: money that was missing
then is missing still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import AmountNegative, Group, typed_amount
from domain.identifiers import derived_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.events import Booking, cash_difference
from domain.ledger.postings import (
    DESCRIPTION_MAX,
    AboveMaximum,
    BelowMinimum,
    CashAccount,
    PeriodClosed,
    Posting,
    Voucher,
)
from domain.meetings.records import (
    Meeting,
    MeetingClosed,
    MeetingNotFound,
    MeetingNotOpen,
    MeetingStatus,
    Moment,
    Recount,
    VersionStale,
)
from domain.money import AmountNotANumber, AmountTooLarge, AmountTooPrecise, Money
from domain.policy import Action, Resource
from domain.service import Outcome, service
from domain.text import NOTE_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "CashCount",
    "CloseMeeting",
    "ConfirmationMissing",
    "CountBelowHeld",
    "CountBelowMinimum",
    "CountDiffers",
    "CountMissing",
    "CountedTwice",
    "close_meeting",
]

_FUNDS: Mapping[str, str] = {Fund.LOAN_FUND: "loan fund", Fund.SOCIAL_FUND: "social fund"}
_PLACES: Mapping[str, str] = {
    Place.BOX: "the cash box",
    Place.BANK: "the bank account",
    Place.MOBILE_MONEY: "the mobile money",
}


def _where(fund: str, place: str) -> str:
    """A place of a fund, as people say it."""
    return f"{_PLACES[place]} of the {_FUNDS[fund]}"


@dataclass(eq=False)
class CountMissing(DomainError):
    """Money should be somewhere that was not counted."""

    fund: str
    place: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Count {_where(self.fund, self.place)} as well: the book has money there."


@dataclass(eq=False)
class CountedTwice(DomainError):
    """One place of one fund stands twice among the counts."""

    fund: str
    place: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give one count for {_where(self.fund, self.place)}, not two."


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
        where = _where(self.fund, self.place)
        return (
            f"{where[0].upper()}{where[1:]} should hold {self.expected} but {self.counted} was counted: "
            "count again, look for what was not recorded, or give the reason for the difference."
        )


@dataclass(eq=False)
class ConfirmationMissing(DomainError):
    """The constitution wants a second officer, and none confirmed the meeting."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"A second officer confirms a meeting before it is closed (constitution, version "
            f"{self.constitution_version}): let another officer than the one who opened it confirm it."
        )


@dataclass(eq=False)
class CountBelowHeld(DomainError):
    """Money is missing that was set aside, so that the book cannot say it is there."""

    code = ErrorCode.NOT_ALLOWED

    fund: str
    place: str
    held: Decimal
    counted: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"In {_where(self.fund, self.place)}, {self.held} is set aside but only {self.counted} was counted: "
            "release what was set aside and is not there, then close the meeting."
        )


@dataclass(eq=False)
class CountBelowMinimum(DomainError):
    """Less was counted than the account must hold, so that the book cannot say so."""

    code = ErrorCode.NOT_ALLOWED

    fund: str
    place: str
    least: Decimal
    counted: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"In {_where(self.fund, self.place)}, at least {self.least} must stay but only {self.counted} was counted: "
            "set a lower limit on its account, then close the meeting."
        )


@dataclass(frozen=True, slots=True)
class CashCount:
    """What somebody counted in one place of one fund, as it was typed."""

    fund: Fund
    place: Place
    amount: Decimal
    reason: str | None = None


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
    "meetingClose",
    needs=((Resource.MEETING, Action.UPDATE), (Resource.CASH_COUNT, Action.CREATE)),
    raises=(
        MeetingNotFound,
        MeetingClosed,
        MeetingNotOpen,
        VersionStale,
        ConfirmationMissing,
        CountMissing,
        CountedTwice,
        CountDiffers,
        CountBelowHeld,
        CountBelowMinimum,
        PeriodClosed,
        BelowMinimum,
        AboveMaximum,
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
    """Close a meeting once the cash counted is the cash expected in each place, or the difference is explained.

    Differences are posted, so that afterwards the book has what was counted.
    """
    group = await work.groups.get(command.group_id)
    meeting = await work.meetings.find(group.id, command.meeting_id)
    if meeting is None:
        raise MeetingNotFound(path=("meetingId",))
    if meeting.status is MeetingStatus.CLOSED:
        raise MeetingClosed(path=("meetingId",))
    if meeting.status in (MeetingStatus.DRAFT, MeetingStatus.CANCELLED):
        raise MeetingNotOpen(meeting.status, path=("meetingId",))
    if meeting.version != command.expected_version:
        raise VersionStale(meeting.version, path=("expectedVersion",))
    if group.constitution.is_second_officer_required and meeting.status is not MeetingStatus.CONFIRMED:
        raise ConfirmationMissing(group.constitution.version, path=("meetingId",))
    cash = await work.ledger.cash(group.id, meeting.id)
    expected = {at: account.balance - account.moved_since_opening for at, account in cash.items()}
    opening = _compare(group, Moment.OPENING, command.opening_counts, expected, cash, "openingCounts")
    with faults_at("openingCounts"):
        expected = {at: account.balance + _difference(opening.get(at), group) for at, account in cash.items()}
    closing = _compare(group, Moment.CLOSING, command.closing_counts, expected, cash, "closingCounts")
    _refuse_too_little(command, cash, expected | {at: recount.counted for at, recount in closing.items()})
    await _post_differences(work, command, meeting, [*opening.items(), *closing.items()])
    await work.meetings.close(group.id, meeting.id, [*opening.values(), *closing.values()])
    return Outcome(id=meeting.id)


_At = tuple[Fund, Place]


def _compare(
    group: Group,
    moment: Moment,
    counts: Sequence[CashCount],
    expected: Mapping[_At, Money],
    cash: Mapping[_At, CashAccount],
    field: str,
) -> dict[_At, Recount]:
    """The counts beside what was expected: every place with money counted, and no difference left unexplained."""
    compared: dict[_At, Recount] = {}
    for index, count in enumerate(counts):
        at = (count.fund, count.place)
        if at in compared:
            raise CountedTwice(*at, path=(field, str(index)))
        with faults_at(field, str(index)):
            counted, reason = _counted(count, group), _reason(count)
        if counted != expected[at] and reason is None:
            raise CountDiffers(*at, expected[at].amount, counted.amount, path=(field, str(index)))
        compared[at] = Recount(moment, cash[at].account_id, expected[at], counted, reason)
    for at, money in expected.items():
        if money.amount != 0 and at not in compared:
            raise CountMissing(*at, path=(field,))
    return compared


def _difference(recount: Recount | None, group: Group) -> Money:
    """How much more was counted than the book had; nothing where nothing was counted."""
    return Money.zero(group.currency) if recount is None else recount.counted - recount.expected


def _refuse_too_little(command: CloseMeeting, cash: Mapping[_At, CashAccount], left: Mapping[_At, Money]) -> None:
    """Say what to do where the book cannot take over that so little is left of what it has."""
    for at, account in cash.items():
        least, rest = account.minimum, left[at]
        if least is None or rest >= account.balance or rest - account.held >= least:
            continue
        path = _path_of(command, at)
        if account.held.amount:
            raise CountBelowHeld(*at, account.held.amount, rest.amount, path=path)
        raise CountBelowMinimum(*at, least.amount, rest.amount, path=path)


def _path_of(command: CloseMeeting, at: _At) -> tuple[str, ...]:
    """Where the last count of a place stands in the input."""
    for field, counts in (("closingCounts", command.closing_counts), ("openingCounts", command.opening_counts)):
        for index, count in enumerate(counts):
            if (count.fund, count.place) == at:
                return (field, str(index))
    return ("closingCounts",)


async def _post_differences(
    work: UnitOfWork, command: CloseMeeting, meeting: Meeting, recounts: Sequence[tuple[_At, Recount]]
) -> None:
    """Bring the book to what was counted: first as the meeting opened, then as it closes."""
    postings = [
        _correction(command, meeting, at, recount) for at, recount in recounts if recount.counted != recount.expected
    ]
    if not postings:
        return
    try:
        await work.ledger.post(command.group_id, command.idempotency_key, postings)
    except PeriodClosed as error:
        raise error.at("meetingId") from None
    except DomainError as error:
        raise error.at("closingCounts") from None


def _correction(command: CloseMeeting, meeting: Meeting, at: _At, recount: Recount) -> Posting:
    fund, place = at
    booking = Booking(
        entry_id=derived_id(command.idempotency_key, f"{recount.moment} {fund} {place}"),
        group_id=command.group_id,
        on=meeting.held_on,
        meeting_id=meeting.id,
        voucher=Voucher(_shortened(recount.reason or "")),
    )
    return cash_difference(booking, fund=fund, place=place, difference=recount.counted - recount.expected)


def _shortened(reason: str) -> str:
    """A reason as the words of an entry; the count keeps the whole of it."""
    return reason if len(reason) <= DESCRIPTION_MAX else f"{reason[: DESCRIPTION_MAX - 1]}…"


def _counted(count: CashCount, group: Group) -> Money:
    money = typed_amount(count.amount, group.currency, "amount")
    if money.amount < 0:
        raise AmountNegative(path=("amount",))
    return money


def _reason(count: CashCount) -> str | None:
    with faults_at("reason"):
        return None if count.reason is None else clean_text(count.reason, maximum=NOTE_MAX)
