"""What a member was expected to pay by the constitution, beside what she paid: what is due, and what is in arrears.

Nothing of it is kept. It is worked out anew for any date from the versions of the constitution, the meetings and their
rolls, the days of her membership, the lines of the book, and what was waived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.groups import Constitution, Frequency
from domain.meetings.rollcall import AttendanceStatus
from domain.money import Money

__all__ = ["Due", "DueKind", "DueMeeting", "DuePeriod", "DueRecord", "Obligation", "dues_of", "obligations", "periods"]

_ABSENT = frozenset({AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED})
_DAY = timedelta(days=1)
_MONDAY = date(2000, 1, 3)
"""A Monday, from which pairs of weeks are counted."""
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}
_DAYS = {Frequency.WEEKLY: 7, Frequency.FORTNIGHTLY: 14}


class DueKind(StrEnum):
    """What is expected of members."""

    SAVINGS = "SAVINGS"
    """What everybody saves each time; buying shares is saving."""
    SOCIAL_FUND = "SOCIAL_FUND"
    OTHER = "OTHER"
    """What the constitution defines."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """What one version of a constitution expects of each member.

    Attributes:
        type_code: Of what the group defines, which of it.
        name: What the group calls it; None for what every group has.
        amount: How much each time.
        frequency: How often; FLEXIBLE stands for each meeting.
    """

    kind: DueKind
    type_code: str | None
    name: str | None
    amount: Money
    frequency: Frequency

    @property
    def key(self) -> tuple[DueKind, str | None]:
        """What is the same from version to version."""
        return self.kind, self.type_code


@dataclass(frozen=True, slots=True)
class DueMeeting:
    """A meeting that was held, and what its roll says of the member; None if nothing."""

    held_on: date
    presence: AttendanceStatus | None


@dataclass(frozen=True, slots=True)
class DueRecord:
    """Money that was paid, or waived, for something that is expected; below zero where it was taken back."""

    kind: DueKind
    type_code: str | None
    on: date
    amount: Decimal

    @property
    def key(self) -> tuple[DueKind, str | None]:
        """What it is for."""
        return self.kind, self.type_code


@dataclass(frozen=True, slots=True)
class DuePeriod:
    """A period for which something was expected.

    Attributes:
        starts_on: Its first day.
        due_on: Its last day, on which the money is due.
        expected: How much was.
        paid: What was paid on its days.
        in_time: What of it was paid or waived by its last day: on its days, or before and not needed for older periods.
        outstanding: What is in arrears of it, where all that was paid and waived settles the oldest first.
    """

    starts_on: date
    due_on: date
    expected: Decimal
    paid: Decimal
    in_time: Decimal
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """What was expected of a member up to a date, and what she paid.

    Attributes:
        obligation: By the newest version that expects it.
        expected: All that fell due.
        paid: All that she paid.
        waived: All that she was let off.
        outstanding: What is in arrears.
        advance: What she paid beyond what fell due.
        periods: The periods, the oldest first.
    """

    obligation: Obligation
    expected: Decimal
    paid: Decimal
    waived: Decimal
    outstanding: Decimal
    advance: Decimal
    periods: tuple[DuePeriod, ...]


def obligations(rules: Constitution) -> Iterator[Obligation]:
    """What a version of the constitution expects of each member."""
    if rules.contribution_amount is not None:
        yield Obligation(DueKind.SAVINGS, None, None, rules.contribution_amount, rules.contribution_frequency)
    if rules.social_fund_amount.amount > 0:
        yield Obligation(DueKind.SOCIAL_FUND, None, None, rules.social_fund_amount, Frequency.FLEXIBLE)
    for each in rules.contribution_types:
        if each.is_mandatory and each.amount is not None:
            yield Obligation(DueKind.OTHER, each.code, each.name, each.amount, each.frequency)


def periods(frequency: Frequency, first: date, last: date) -> Iterator[tuple[date, date]]:
    """The weeks, months, quarters or years that end on one of these days, each with its first and last day."""
    start = _period_start(frequency, first)
    while (end := _next_start(frequency, start) - _DAY) <= last:
        if end >= first:
            yield start, end
        start = end + _DAY


def _period_start(frequency: Frequency, day: date) -> date:
    if frequency in _DAYS:
        return day - timedelta(days=(day - _MONDAY).days % _DAYS[frequency])
    months = _MONTHS[frequency]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _next_start(frequency: Frequency, start: date) -> date:
    if frequency in _DAYS:
        return start + timedelta(days=_DAYS[frequency])
    count = start.year * 12 + start.month - 1 + _MONTHS[frequency]
    return date(count // 12, count % 12 + 1, 1)


def dues_of(
    versions: Sequence[Constitution],
    meetings: Sequence[DueMeeting],
    paid: Iterable[DueRecord],
    waived: Iterable[DueRecord],
    *,
    is_member_on: Callable[[date], bool],
    as_of: date,
) -> list[Due]:
    """What was expected of a member up to a date, beside what she paid, in the order of the constitution.

    The first version of the constitution holds from the first meeting on, if that was before it was written down here.
    Where the constitution takes no money from the absent, nothing is expected of whoever was absent from a meeting.

    Args:
        versions: All versions of the constitution, in order.
        meetings: The meetings that were held, in the order of their dates.
        paid: What she paid.
        waived: What she was let off.
        is_member_on: Whether she was a member on a day.
        as_of: The date; what falls due or was paid later does not count.
    """
    held = [meeting for meeting in meetings if meeting.held_on <= as_of]
    expected: dict[tuple[DueKind, str | None], list[tuple[date, date, Decimal]]] = {}
    latest: dict[tuple[DueKind, str | None], Obligation] = {}
    for rules, first, last in _terms(versions, held, as_of):
        for each in obligations(rules):
            latest[each.key] = each
            days = _by_meeting(rules, held, first, last) if each.frequency is Frequency.FLEXIBLE else None
            for start, due_on in days if days is not None else periods(each.frequency, first, last):
                if is_member_on(due_on):
                    expected.setdefault(each.key, []).append((start, due_on, each.amount.amount))
    paid_by, waived_by = _sorted_out(paid, as_of), _sorted_out(waived, as_of)
    return [
        _due(each, expected.get(key, []), paid_by.get(key, []), waived_by.get(key, [])) for key, each in latest.items()
    ]


def _terms(
    versions: Sequence[Constitution], held: Sequence[DueMeeting], as_of: date
) -> Iterator[tuple[Constitution, date, date]]:
    """Each version with the first and the last day on which it held, up to the date."""
    for index, rules in enumerate(versions):
        first = rules.adopted_on
        if index == 0 and held:
            first = min(first, held[0].held_on)
        # What was to hold from later may have been amended before it did; then the later amendment counts.
        last = min([as_of, *(later.adopted_on - _DAY for later in versions[index + 1 :])])
        if first <= last:
            yield rules, first, last


def _by_meeting(
    rules: Constitution, held: Sequence[DueMeeting], first: date, last: date
) -> Iterator[tuple[date, date]]:
    for meeting in held:
        is_excused = meeting.presence in _ABSENT and not rules.can_absent_members_pay
        if first <= meeting.held_on <= last and not is_excused:
            yield meeting.held_on, meeting.held_on


def _sorted_out(records: Iterable[DueRecord], as_of: date) -> Mapping[tuple[DueKind, str | None], list[DueRecord]]:
    found: dict[tuple[DueKind, str | None], list[DueRecord]] = {}
    for record in records:
        if record.on <= as_of:
            found.setdefault(record.key, []).append(record)
    return found


def _due(
    obligation: Obligation,
    expected: Sequence[tuple[date, date, Decimal]],
    paid: Sequence[DueRecord],
    waived: Sequence[DueRecord],
) -> Due:
    nothing = Decimal(0)
    all_paid = sum((record.amount for record in paid), nothing)
    all_waived = sum((record.amount for record in waived), nothing)
    left, before = all_paid + all_waived, nothing
    found = []
    for start, due_on, amount in expected:
        settled = min(max(left, nothing), amount)
        left -= settled
        on_its_days = sum((record.amount for record in paid if start <= record.on <= due_on), nothing)
        # Arrears of older periods do not take what was paid on this one's days; what was paid ahead counts once they
        # are settled.
        ahead = sum((record.amount for record in (*paid, *waived) if record.on <= due_on), nothing) - before
        in_time = min(max(on_its_days, ahead, nothing), amount)
        before += amount
        found.append(DuePeriod(start, due_on, amount, on_its_days, in_time, amount - settled))
    all_expected = sum((amount for _, _, amount in expected), nothing)
    return Due(
        obligation,
        all_expected,
        all_paid,
        all_waived,
        sum((period.outstanding for period in found), nothing),
        max(left, nothing),
        tuple(found),
    )
