"""What all entries have in common that an officer records one by one: an id, a date or a meeting, and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group, typed_amount
from domain.ledger.events import Booking
from domain.ledger.holds import HoldEnded, HoldNotFound
from domain.ledger.postings import (
    DESCRIPTION_MAX,
    PAYEE_MAX,
    RECEIPT_MAX,
    AboveMaximum,
    BelowMinimum,
    PeriodClosed,
    Posting,
    Voucher,
)
from domain.meetings.records import OPENNESS_ERRORS, Meeting, MeetingNotFound, require_open
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money, positive
from domain.service import IdAlreadyUsed, Outcome
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "AMOUNT_ERRORS",
    "BALANCE_ERRORS",
    "HOLD_ERRORS",
    "PLACING_ERRORS",
    "TEXT_ERRORS",
    "DateInFuture",
    "DateNotOfMeeting",
    "EntryCommand",
    "HoldElsewhere",
    "Placed",
    "begin_entry",
    "entry_date",
    "post_entries",
    "post_entry",
    "typed_payment",
    "typed_voucher",
    "use_hold",
]


@dataclass(eq=False)
class DateInFuture(DomainError):
    """The date has not come yet where the group is."""

    today_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Money moves today or moved before: give a date up to {self.today_on}."


@dataclass(eq=False)
class DateNotOfMeeting(DomainError):
    """A date was given beside a meeting that was held on another."""

    held_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"What belongs to a meeting counts for its date, {self.held_on}: leave the date out, or the meeting."


@dataclass(eq=False)
class HoldElsewhere(DomainError):
    """The money set aside lies elsewhere than where the payment comes from."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "That money was set aside in another place or fund: pay from there, or leave the hold out."


PLACING_ERRORS = (IdAlreadyUsed, MeetingNotFound, *OPENNESS_ERRORS, DateInFuture, DateNotOfMeeting, PeriodClosed)
"""What may be wrong with where an entry goes."""

BALANCE_ERRORS = (BelowMinimum, AboveMaximum, AmountTooLarge)
"""What may be wrong with a balance once the entry is posted: officers draw limits on any account."""

AMOUNT_ERRORS = (AmountNotANumber, AmountTooPrecise, AmountNotPositive, *BALANCE_ERRORS)
"""What may be wrong with an amount, alone or with what is there already."""

HOLD_ERRORS = (HoldNotFound, HoldEnded, HoldElsewhere)
"""What may be wrong with money set aside that is to be used."""

TEXT_ERRORS = (TextTooLong, TextTooShort, TextNotAllowed)
"""What may be wrong with words."""


class Placed(Protocol):
    """A wish that says where its entries go: in a meeting, or on a date outside of one."""

    @property
    def meeting_id(self) -> UUID | None:
        """The open meeting that they belong to."""

    @property
    def on(self) -> date | None:
        """The group's date that they count for, outside a meeting; today if neither is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCommand:
    """The wish to record something as one entry.

    Attributes:
        id: The entry's id, if the client makes it.
        meeting_id: The open meeting that it belongs to.
        on: The group's date that it counts for, outside a meeting; today if neither is given.
    """

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    meeting_id: UUID | None = None
    on: date | None = None

    @property
    def record_id(self) -> UUID:
        """The id that the entry will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.record_id)


async def begin_entry(work: UnitOfWork, command: EntryCommand, voucher: Voucher | None = None) -> tuple[Group, Booking]:
    """The group, with the constitution that was in force on the entry's day, and where the entry goes.

    Raises:
        MeetingNotFound: The group has no such meeting.
        MeetingClosed: It is closed.
        MeetingNotOpen: It is planned, or confirmed.
        DateInFuture: The date has not come yet.
        DateNotOfMeeting: It is not the date of the meeting.
        IdAlreadyUsed: The id stands for an entry or a draft.
    """
    facts = await work.journal.facts(command.group_id, command.meeting_id, command.record_id, command.on)
    today = local_date(work.now, facts.group.time_zone)
    on = entry_date(command, facts.meeting, today)
    if facts.is_known:
        raise IdAlreadyUsed(path=("id",))
    booking = Booking(
        entry_id=command.record_id,
        group_id=command.group_id,
        on=on,
        meeting_id=command.meeting_id,
        voucher=voucher,
    )
    return facts.group, booking


def entry_date(command: Placed, meeting: Meeting | None, today: date) -> date:
    """The date that the entry counts for: its meeting's, or the one that was given, or the group's today.

    Raises:
        MeetingNotFound: A meeting was asked for, and the group has none such.
        MeetingClosed: It is closed.
        MeetingNotOpen: It is planned, or confirmed.
        DateInFuture: The date has not come yet.
        DateNotOfMeeting: It is not the date of the meeting.
    """
    if command.meeting_id is None:
        if command.on is not None and command.on > today:
            raise DateInFuture(today, path=("on",))
        return command.on or today
    held_on = require_open(meeting).held_on
    if command.on not in (None, held_on):
        raise DateNotOfMeeting(held_on, path=("on",))
    return held_on


async def use_hold(work: UnitOfWork, booking: Booking, hold_id: UUID | None, account_id: UUID) -> None:
    """Let the entry, posted afterwards, use money that was set aside on the account; nothing where no hold is named.

    What the entry does not take of it is free again.

    Raises:
        HoldNotFound: The group has no such hold.
        HoldElsewhere: It is on another account.
        HoldEnded: It is over.
    """
    if hold_id is None:
        return
    with faults_at("holdId"):
        hold = await work.holds.find(booking.group_id, hold_id)
        if hold is None:
            raise HoldNotFound
        if hold.account_id != account_id:
            raise HoldElsewhere
        await work.holds.use(booking.group_id, hold_id, booking.entry_id)


async def post_entry(work: UnitOfWork, command: EntryCommand, posting: Posting, *, money: str = "amount") -> Outcome:
    """Post the one entry of a command; refusals name the input's field at fault, `money` where it is the money."""
    return await post_entries(work, command, [posting], money=money)


async def post_entries(
    work: UnitOfWork, command: EntryCommand, postings: Sequence[Posting], *, money: str = "amount"
) -> Outcome:
    """Post the entries of a command together, the first of them its own; as `post_entry`."""
    try:
        await work.ledger.post(command.group_id, command.idempotency_key, postings)
    except PeriodClosed as error:
        raise error.at("on" if command.meeting_id is None else "meetingId") from None
    except DomainError as error:
        raise error.at(money) from None
    return command.expected_outcome()


def typed_payment(amount: Decimal, group: Group) -> Money:
    """An amount above zero, as it was typed."""
    money = typed_amount(amount, group.currency, "amount")
    with faults_at("amount"):
        return positive(money)


def typed_voucher(
    words: str, field: str = "description", *, payee: str | None = None, receipt: str | None = None
) -> Voucher:
    """The words of an entry as they were typed; errors name the field, `field` for the words themselves."""
    with faults_at(field):
        description = clean_text(words, maximum=DESCRIPTION_MAX)
    return Voucher(description, _cleaned(payee, "payee", PAYEE_MAX), _cleaned(receipt, "receipt", RECEIPT_MAX))


def _cleaned(value: str | None, field: str, maximum: int) -> str | None:
    with faults_at(field):
        return None if value is None else clean_text(value, maximum=maximum)
