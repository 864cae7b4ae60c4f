"""The meetings of a group of the demonstration: who came, what they paid in, what was counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from domain.groups import FineReasonWish
from domain.ledger.accounts import Fund, Place
from domain.meetings import CashCount, CloseMeeting, OpenMeeting, close_meeting, open_meeting
from domain.meetings.rollcall import AttendanceStatus, RecordRollCall, RollItem, record_roll_call
from domain.savings import (
    ContributionItem,
    ContributionKind,
    FineRollCall,
    PayFine,
    RecordContributions,
    fine_roll_call,
    pay_fine,
    record_contributions,
)
from domain.service import Command, Service
from operations.demonstration.affairs import Step, election
from operations.demonstration.draws import chance, draw
from operations.demonstration.groups import SHOWCASE, Sketch
from operations.demonstration.lending import Balances, Lending
from operations.demonstration.members import Habit, Person, group_id
from operations.demonstration.year import MONTHS_PER_YEAR

__all__ = [
    "Meeting",
    "fine_reasons",
    "held_meetings",
    "is_late",
    "meeting_id",
    "opening_of",
    "roll_of",
    "sheet_of_the_meeting_that_goes_on",
]

_NO_SHARES_PERCENT = 4
_NO_SOCIAL_FUND_PERCENT = 3
_OTHER_THAN_USUAL_PERCENT = 15
_MISCOUNT_PERCENT = 2
_LATE_PERCENT = 5
_EXCUSED_PERCENT = 60
_PAYS_FINE_PERCENT = 70
_EXCUSES = ("Ill.", "A funeral in the family.", "The road was flooded.", "At the clinic with a child.", "Travelling.")
_REPRESENTED_PERCENT = 25
_REPRESENTATIVES = ("A daughter", "A son", "A sister", "A neighbour")
_HARVEST_MONTHS = frozenset({2, 3, 8, 9})

_SHORT = (
    "One member was given too much change and brings it back next week.",
    "Coins fell under the mats and were found after the count.",
    "The count was short; the treasurer made it good on the same day.",
)
_OVER = (
    "A member left before taking the change; it is kept until next week.",
    "A late payment was put in the box before it was written down.",
)
_VENUES = ("{} Primary School", "Under the mango tree, {}", "{} church hall", "At the chair's home, {}")


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as the commands that make it: opened, the roll called, recorded in one sheet, fined, lent, closed.

    Attributes:
        fining: The fines of the roll; None where everybody was there in time or excused.
        payments: What was paid of fines.
        loans: What was repaid, asked for, granted and paid out.
        votes: What was put to the vote, and counted.
    """

    opening: OpenMeeting
    roll: RecordRollCall
    sheet: RecordContributions
    fining: FineRollCall | None
    payments: tuple[PayFine, ...]
    loans: tuple[Step, ...]
    votes: tuple[Step, ...]
    closing: CloseMeeting

    @property
    def steps(self) -> tuple[tuple[Service[Any], Command], ...]:
        """The commands in their order, each with its service."""
        fining: tuple[tuple[Service[Any], Command], ...] = (
            () if self.fining is None else ((fine_roll_call, self.fining),)
        )
        return (
            (open_meeting, self.opening),
            (record_roll_call, self.roll),
            *self.votes,
            (record_contributions, self.sheet),
            *fining,
            *((pay_fine, payment) for payment in self.payments),
            *self.loans,
            (close_meeting, self.closing),
        )


def meeting_id(sketch: Sketch, number: int) -> UUID:
    """The id of the group's meeting with this number."""
    return uuid5(group_id(sketch), f"meeting {number}")


def held_meetings(sketch: Sketch, members: tuple[Person, ...], lending: Lending, *, planned: int) -> Iterator[Meeting]:
    """The meetings held on the days of `lending`, in order, with its loans; of `planned` in the whole year."""
    balances: Balances = {}
    owed: dict[UUID, Decimal] = {}
    for number, day in enumerate(lending.dates, start=1):
        opening = _counts(balances, sketch, number, "opening")
        roll = roll_of(sketch, members, number, planned=planned)
        sheet = _sheet(sketch, members, number, planned)
        _add(balances, sketch, sheet.items)
        fining = _fine(sketch, roll, owed)
        payments = _pay(sketch, roll, owed, balances, number)
        loans = tuple(lending.meeting(day, roll, sheet, balances))
        this = meeting_id(sketch, number)
        closing = CloseMeeting(
            group_id=group_id(sketch),
            idempotency_key=uuid5(this, "close"),
            meeting_id=this,
            expected_version=1,
            opening_counts=opening,
            closing_counts=_counts(balances, sketch, number, "closing"),
        )
        votes = tuple(election(roll, members)) if sketch is SHOWCASE and number == planned // 2 else ()
        yield Meeting(opening_of(sketch, number, day), roll, sheet, fining, payments, loans, votes, closing)


def opening_of(sketch: Sketch, number: int, day: date) -> OpenMeeting:
    """The wish to open the meeting with this number."""
    venue = _VENUES[draw(len(_VENUES), sketch.name, "venue")].format(sketch.place[2])
    return OpenMeeting(
        group_id=group_id(sketch),
        idempotency_key=meeting_id(sketch, number),
        number=number,
        held_on=day,
        venue=venue,
    )


def sheet_of_the_meeting_that_goes_on(
    sketch: Sketch, members: tuple[Person, ...], number: int, *, planned: int
) -> RecordContributions:
    """What the first half of the members have paid in so far; nobody has closed this meeting yet."""
    return _sheet(sketch, members[: len(members) // 2], number, planned)


def is_late(person: Person, number: int, planned: int) -> bool:
    """Whether the person had not joined yet at the meeting with this number of so many planned."""
    return number - 1 < planned * person.late_percent // 100


def _sheet(sketch: Sketch, members: tuple[Person, ...], number: int, planned: int) -> RecordContributions:
    month = (number - 1) * MONTHS_PER_YEAR // planned
    items: list[ContributionItem] = []
    for person in members:
        at = (sketch.name, "member", person.number, "meeting", number)
        if is_late(person, number, planned) or not _is_present(sketch, person, number):
            continue
        place = Place.MOBILE_MONEY if person.uses_mobile_money else Place.BOX
        if not chance(_NO_SHARES_PERCENT, *at, "no shares"):
            shares = _shares(person.habit, sketch.shares_max, month, draw(100, *at, "shares"))
            items.append(ContributionItem(member_id=person.id, kind=ContributionKind.SHARE, shares=shares, place=place))
        if not chance(_NO_SOCIAL_FUND_PERCENT, *at, "no social fund"):
            items.append(
                ContributionItem(
                    member_id=person.id, kind=ContributionKind.SOCIAL_FUND, amount=sketch.social_fund, place=place
                )
            )
    this = meeting_id(sketch, number)
    return RecordContributions(
        group_id=group_id(sketch), idempotency_key=uuid5(this, "sheet"), meeting_id=this, items=tuple(items)
    )


def _is_present(sketch: Sketch, person: Person, number: int) -> bool:
    return chance(person.attendance_percent, sketch.name, "member", person.number, "meeting", number, "present")


def roll_of(sketch: Sketch, members: tuple[Person, ...], number: int, *, planned: int) -> RecordRollCall:
    """The roll of a meeting: everybody who had joined."""
    items = tuple(_line(sketch, person, number) for person in members if not is_late(person, number, planned))
    this = meeting_id(sketch, number)
    return RecordRollCall(group_id=group_id(sketch), idempotency_key=uuid5(this, "roll"), meeting_id=this, items=items)


def _line(sketch: Sketch, person: Person, number: int) -> RollItem:
    at = (sketch.name, "member", person.number, "meeting", number)
    if _is_present(sketch, person, number):
        is_late_today = chance(_LATE_PERCENT, *at, "late")
        return RollItem(
            member_id=person.id, status=AttendanceStatus.LATE if is_late_today else AttendanceStatus.PRESENT
        )
    if chance(_EXCUSED_PERCENT, *at, "excused"):
        if chance(_REPRESENTED_PERCENT, *at, "represented"):
            somebody = _REPRESENTATIVES[draw(len(_REPRESENTATIVES), *at, "representative")]
            return RollItem(member_id=person.id, status=AttendanceStatus.REPRESENTED, representative=somebody)
        excuse = _EXCUSES[draw(len(_EXCUSES), *at, "excuse")]
        return RollItem(member_id=person.id, status=AttendanceStatus.EXCUSED, excuse=excuse)
    return RollItem(member_id=person.id, status=AttendanceStatus.ABSENT)


def fine_reasons(sketch: Sketch) -> tuple[FineReasonWish, ...]:
    """What the group fines its members for: coming late, and staying away without an excuse."""
    return (
        FineReasonWish(code="LATE", name="Came late", amount=sketch.social_fund),
        FineReasonWish(code="ABSENT", name="Stayed away without an excuse", amount=2 * sketch.social_fund),
    )


def _fine(sketch: Sketch, roll: RecordRollCall, owed: dict[UUID, Decimal]) -> FineRollCall | None:
    amounts = {each.code: each.amount for each in fine_reasons(sketch)}
    fined = [item for item in roll.items if item.status.value in amounts]
    for item in fined:
        owed[item.member_id] = owed.get(item.member_id, Decimal(0)) + amounts[item.status.value]
    if not fined:
        return None
    return FineRollCall(
        group_id=roll.group_id, idempotency_key=uuid5(roll.meeting_id, "fines"), meeting_id=roll.meeting_id
    )


def _pay(
    sketch: Sketch, roll: RecordRollCall, owed: dict[UUID, Decimal], balances: Balances, number: int
) -> tuple[PayFine, ...]:
    """What those who are there pay of their fines into the box: all, or nothing today."""
    payments = []
    for item in roll.items:
        is_there = item.status in (AttendanceStatus.PRESENT, AttendanceStatus.LATE)
        amount = owed.get(item.member_id, Decimal(0))
        if is_there and amount and chance(_PAYS_FINE_PERCENT, sketch.name, item.member_id, number, "pays"):
            owed[item.member_id] = Decimal(0)
            box = (Fund.LOAN_FUND, Place.BOX)
            balances[box] = balances.get(box, Decimal(0)) + amount
            payments.append(
                PayFine(
                    group_id=roll.group_id,
                    idempotency_key=uuid5(roll.meeting_id, f"fine paid by {item.member_id}"),
                    meeting_id=roll.meeting_id,
                    member_id=item.member_id,
                    amount=amount,
                )
            )
    return tuple(payments)


def _shares(habit: Habit, maximum: int, month: int, roll: int) -> int:
    match habit:
        case Habit.SMALL:
            usual = 1
        case Habit.STEADY:
            usual = (maximum + 1) // 2
        case Habit.SEASONAL:
            usual = maximum - 1 if month in _HARVEST_MONTHS else 1
        case Habit.STRONG:
            usual = maximum
    if roll < _OTHER_THAN_USUAL_PERCENT:
        usual -= 1
    elif roll >= 100 - _OTHER_THAN_USUAL_PERCENT:
        usual += 1
    return min(max(usual, 1), maximum)


def _add(balances: Balances, sketch: Sketch, items: tuple[ContributionItem, ...]) -> None:
    for item in items:
        fund = Fund.LOAN_FUND if item.kind is ContributionKind.SHARE else Fund.SOCIAL_FUND
        paid = item.amount if item.shares is None else sketch.share_price * item.shares
        balances[fund, item.place] = balances.get((fund, item.place), Decimal(0)) + (paid or 0)


def _counts(balances: Balances, sketch: Sketch, number: int, moment: str) -> tuple[CashCount, ...]:
    """What was counted: what the book holds, but now and then a little less or more in the box, with the reason.

    The book holds what was counted from then on.
    """
    at = (sketch.name, "meeting", number, moment)
    counts = tuple(
        _miscounted(fund, place, amount, sketch, at)
        if (fund, place) == (Fund.LOAN_FUND, Place.BOX) and chance(_MISCOUNT_PERCENT, *at, "miscount")
        else CashCount(fund, place, amount)
        for (fund, place), amount in sorted(balances.items())
    )
    balances.update({(count.fund, count.place): count.amount for count in counts})
    return counts


def _miscounted(fund: Fund, place: Place, amount: Decimal, sketch: Sketch, at: tuple[object, ...]) -> CashCount:
    slip = sketch.social_fund
    if chance(70, *at, "short") and amount >= slip:
        return CashCount(fund, place, amount - slip, _SHORT[draw(len(_SHORT), *at, "reason")])
    return CashCount(fund, place, amount + slip, _OVER[draw(len(_OVER), *at, "reason")])
