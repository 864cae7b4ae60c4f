"""The terms of a loan: how interest is counted, when it is due, and what may be charged beside it.

A group's loan product holds them, and each loan keeps the copy that it was granted with.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.errors import DomainError
from domain.lending.charges import CHARGES_MAX, ChargeNotPossible, ChargeRule
from domain.lending.rounding import RoundingMode

__all__ = [
    "EVERY_MAX",
    "INSTALMENTS_MAX",
    "PERIODS_A_YEAR",
    "RATE_MAX",
    "DayCount",
    "GraceTooLong",
    "InstalmentFrequency",
    "InstalmentsOutOfRange",
    "InterestMethod",
    "IntervalOutOfRange",
    "LoanTerms",
    "RateOutOfRange",
    "RatePeriod",
    "Residue",
    "ResidueNotPossible",
]

INSTALMENTS_MAX = 520
"""The most instalments a loan may have: ten years of weeks."""

RATE_MAX = Decimal(1000)
"""The highest rate, in per cent of its period."""

EVERY_MAX = 12
"""The most periods that may lie between two instalments."""


class InterestMethod(StrEnum):
    """What interest is counted on, and how principal is spread."""

    FLAT = "FLAT"
    """On the sum borrowed, all through the loan; principal and interest in equal parts. The usual service charge."""
    REDUCING_EQUAL_INSTALMENTS = "REDUCING_EQUAL_INSTALMENTS"
    """On what is still owed; principal and interest together are the same each time (an annuity)."""
    REDUCING_EQUAL_PRINCIPAL = "REDUCING_EQUAL_PRINCIPAL"
    """On what is still owed; the same principal each time."""
    COMPOUND = "COMPOUND"
    """On the sum borrowed and the interest of the periods before; principal and interest in equal parts."""


class RatePeriod(StrEnum):
    """The time that a rate is for."""

    WEEK = "WEEK"
    FOUR_WEEKS = "FOUR_WEEKS"
    MONTH = "MONTH"
    YEAR = "YEAR"


class InstalmentFrequency(StrEnum):
    """The time from one instalment to the next, where it is one period."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    TWO_WEEKLY = "TWO_WEEKLY"
    FIFTEEN_DAYS = "FIFTEEN_DAYS"
    FOUR_WEEKLY = "FOUR_WEEKLY"
    MONTHLY = "MONTHLY"


PERIODS_A_YEAR = {
    RatePeriod.WEEK: 52,
    RatePeriod.FOUR_WEEKS: 13,
    RatePeriod.MONTH: 12,
    RatePeriod.YEAR: 1,
    InstalmentFrequency.DAILY: 365,
    InstalmentFrequency.WEEKLY: 52,
    InstalmentFrequency.TWO_WEEKLY: 26,
    InstalmentFrequency.FIFTEEN_DAYS: 24,
    InstalmentFrequency.FOUR_WEEKLY: 13,
    InstalmentFrequency.MONTHLY: 12,
}
"""How many of a period make a year, where days are not counted: a year has 52 weeks and is 13 times four weeks."""


class DayCount(StrEnum):
    """How much of a year lies between two dates."""

    SAME_AS_PERIOD = "SAME_AS_PERIOD"
    """A month is a twelfth of a year, a week a 52nd and a day a 365th, whatever the year."""
    THIRTY_360 = "THIRTY_360"
    """A month has 30 days and a year 360; weeks count their days."""
    ACTUAL_360 = "ACTUAL_360"
    """The days there are, of 360."""
    ACTUAL_365 = "ACTUAL_365"
    """The days there are, of 365."""
    ACTUAL_ACTUAL = "ACTUAL_ACTUAL"
    """The days there are, each of the days that its own calendar year has."""


class Residue(StrEnum):
    """Which instalment takes what rounding leaves over."""

    LAST = "LAST"
    FIRST = "FIRST"


@dataclass(eq=False)
class RateOutOfRange(DomainError):
    """The interest rate is negative or higher than anybody may ask.

    Attributes:
        highest: The highest rate, in per cent.
    """

    highest: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Write the rate in per cent, from 0 to {self.highest}: ten per cent is 10."


@dataclass(eq=False)
class InstalmentsOutOfRange(DomainError):
    """A loan cannot have so many instalments, or so few.

    Attributes:
        maximum: The most there may be.
    """

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"A loan has from 1 to {self.maximum} instalments: write how many."


@dataclass(eq=False)
class IntervalOutOfRange(DomainError):
    """So many periods cannot lie between two instalments.

    Attributes:
        maximum: The most there may be.
    """

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"From one instalment to the next there are 1 to {self.maximum} periods."


@dataclass(eq=False)
class GraceTooLong(DomainError):
    """The grace is negative, or leaves no instalment in which what was put off is paid.

    Attributes:
        maximum: The longest grace of this kind, in instalments.
    """

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"This grace can last from 0 to {self.maximum} instalments of the loan."


class ResidueNotPossible(DomainError):
    """Equal instalments on what is still owed can only leave their residue to the last one."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "With equal instalments on a reducing balance the last one takes what is left over: choose LAST."


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """How a loan is repaid.

    Attributes:
        method: What interest is counted on.
        rate: Interest in per cent of the rate's period, such as 10.
        rate_period: The time that the rate is for.
        instalments: How many there are.
        frequency: The period between instalments.
        every: How many periods lie between two instalments: 2 and monthly is every second month.
        day_count_rule: How much of a year a period is.
        principal_grace: How many of the first instalments have no principal.
        interest_grace: How many of the first instalments put their interest off to the one after them.
        interest_free: For how many of the first periods no interest is counted.
        rounding: Which way computed amounts are rounded.
        smallest_sum: Principal and interest are multiples of it; None for the currency's minor unit.
        instalment_multiple: Principal and interest together are a multiple of it; None for no such rule.
        residue: Which instalment takes what rounding leaves over.
        charges: What is charged beside interest.

    Raises:
        RateOutOfRange: If the rate is negative, not a number, or above `RATE_MAX`.
        InstalmentsOutOfRange: If there are none, or more than `INSTALMENTS_MAX`.
        IntervalOutOfRange: If `every` is below 1 or above `EVERY_MAX`.
        GraceTooLong: If a grace leaves nothing to pay in, or is negative.
        ResidueNotPossible: If the first of equal instalments on a reducing balance is to take the residue.
        ChargeNotPossible: If there are more than `CHARGES_MAX` charges.
    """

    method: InterestMethod
    rate: Decimal
    rate_period: RatePeriod
    instalments: int
    frequency: InstalmentFrequency
    every: int = 1
    day_count_rule: DayCount = DayCount.SAME_AS_PERIOD
    principal_grace: int = 0
    interest_grace: int = 0
    interest_free: int = 0
    rounding: RoundingMode = RoundingMode.HALF_EVEN
    smallest_sum: Decimal | None = None
    instalment_multiple: Decimal | None = None
    residue: Residue = Residue.LAST
    charges: tuple[ChargeRule, ...] = ()

    def __post_init__(self) -> None:
        # What is not a number is not between two numbers either.
        if not (self.rate.is_finite() and 0 <= self.rate <= RATE_MAX):
            raise RateOutOfRange(RATE_MAX).at("rate")
        if not 1 <= self.instalments <= INSTALMENTS_MAX:
            raise InstalmentsOutOfRange(INSTALMENTS_MAX).at("instalments")
        if not 1 <= self.every <= EVERY_MAX:
            raise IntervalOutOfRange(EVERY_MAX).at("every")
        for path, grace, longest in (
            ("principalGrace", self.principal_grace, self.instalments - 1),
            ("interestGrace", self.interest_grace, self.instalments - 1),
            ("interestFree", self.interest_free, self.instalments),
        ):
            if not 0 <= grace <= longest:
                raise GraceTooLong(longest).at(path)
        if self.residue is Residue.FIRST and self.method is InterestMethod.REDUCING_EQUAL_INSTALMENTS:
            raise ResidueNotPossible().at("residue")
        if len(self.charges) > CHARGES_MAX:
            raise ChargeNotPossible().at("charges")

    @property
    def yearly_rate(self) -> Decimal:
        """Interest of a year as a part of one: 0.12 for one per cent a month."""
        return self.rate * PERIODS_A_YEAR[self.rate_period] / 100
