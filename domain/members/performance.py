"""How a member does: whether she comes, comes in time, saves in time and is fined, over a time.

Nothing of it is kept: it follows from the rolls, from what the constitution expected and from the book. A rate is in
per cent with two decimals, rounded half-even, and there is none where there is nothing to be measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from domain.savings.dues import Due

__all__ = ["Attended", "Performance", "Saved", "Span", "rate", "saved_in"]

_HUNDREDTH = Decimal("0.01")


def rate(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """How many of a hundred, with two decimals; None of nothing."""
    if whole == 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(_HUNDREDTH, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Span:
    """From a day to a day, both included; the last lies before the first where there is no such day."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Attended:
    """What the rolls say of a member."""

    present: int
    late: int
    absent: int
    excused: int
    represented: int

    @property
    def recorded(self) -> int:
        """On how many rolls she stands."""
        return self.present + self.late + self.absent + self.excused + self.represented

    @property
    def attendance_rate(self) -> Decimal | None:
        """Of the meetings on whose rolls she stands, those to which she came or sent somebody."""
        return rate(self.present + self.late + self.represented, self.recorded)

    @property
    def punctuality_rate(self) -> Decimal | None:
        """Of the meetings to which she came herself, those to which she came in time."""
        return rate(self.present, self.present + self.late)


@dataclass(frozen=True, slots=True)
class Saved:
    """What fell due of a member's contributions in a time.

    Attributes:
        expected: How much fell due.
        in_time: What of it was paid or waived by the day on which it was due.
        outstanding: What of it is in arrears at the end.
    """

    expected: Decimal
    in_time: Decimal
    outstanding: Decimal

    @property
    def in_time_rate(self) -> Decimal | None:
        """Of what fell due, what was paid in time."""
        return rate(self.in_time, self.expected)


@dataclass(frozen=True, slots=True)
class Performance:
    """How a member did in a time.

    Attributes:
        currency: The code of the group's currency.
        meetings: How many regular meetings were held while she was a member.
        meetings_saved: In how many of them she bought shares or put savings aside.
        fines: How many fines she was given that stand.
        fined: What they come to.
        fines_paid: What she paid of fines.
        fines_waived: What she was let off.
        fines_owed: What she owed in fines at the end.
    """

    span: Span
    currency: str
    attended: Attended
    saved: Saved
    meetings: int
    meetings_saved: int
    fines: int
    fined: Decimal
    fines_paid: Decimal
    fines_waived: Decimal
    fines_owed: Decimal

    @property
    def saving_rate(self) -> Decimal | None:
        """Of the regular meetings, those in which she saved."""
        return rate(self.meetings_saved, self.meetings)


def saved_in(dues: Iterable[Due], span: Span) -> Saved:
    """What fell due within a time, of dues that were worked out up to its end."""
    nothing = Decimal(0)
    within = [period for due in dues for period in due.periods if span.first <= period.due_on <= span.last]
    return Saved(
        sum((period.expected for period in within), nothing),
        sum((period.in_time for period in within), nothing),
        sum((period.outstanding for period in within), nothing),
    )
