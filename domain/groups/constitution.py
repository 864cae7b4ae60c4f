"""A group's constitution: the rules that it gave itself, one version of them, which cannot contradict itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.errors import faults_at
from domain.groups.contradictions import (
    AmountNegative,
    CodeMalformed,
    CodeReserved,
    CodeUsedTwice,
    ContributionWithoutAmount,
    ListTooLong,
    LoanMultiplierOutOfRange,
    LoanTermOutOfRange,
    QuorumOutOfRange,
    RateNegative,
    RateTooHigh,
    RateTooPrecise,
    SharesOutOfOrder,
    WeekdayWithoutFrequency,
)
from domain.ledger.accounts import Fund
from domain.lending.terms import RatePeriod
from domain.money import Money, positive
from domain.policy import Visibility

__all__ = [
    "CODE_MAX",
    "LISTED_MAX",
    "LOAN_MULTIPLIER_MAX",
    "LOAN_TERM_MONTHS_MAX",
    "RATE_DECIMALS",
    "RATE_MAX",
    "SHARES_MAX",
    "Constitution",
    "ContributionType",
    "FineReason",
    "Frequency",
    "LoanTerms",
    "RatePeriod",
    "Weekday",
]

SHARES_MAX = 1000
"""The most shares that any constitution may let a member buy in one meeting."""

RATE_MAX = 100
"""The highest rate, in per cent of its period."""

RATE_DECIMALS = 4
"""How exactly a rate or a multiplier is kept."""

LOAN_MULTIPLIER_MAX = 100
LOAN_TERM_MONTHS_MAX = 120
QUORUM_MAX = 100
LISTED_MAX = 40
"""The most reasons for fines, and the most types of contribution, that a constitution may list."""

CODE_MAX = 40
"""The longest code, in characters."""

RESERVED_CODES = frozenset({"SHARE", "SAVINGS", "SOCIAL_FUND", "FINE", "LOAN"})
"""What every group knows already and so no group defines."""


class Frequency(StrEnum):
    """How often a group meets, or something is due."""

    WEEKLY = "WEEKLY"
    FORTNIGHTLY = "FORTNIGHTLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    YEARLY = "YEARLY"
    FLEXIBLE = "FLEXIBLE"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


def _check_rate(value: Decimal, field: str) -> None:
    if not value.is_finite() or value < 0:
        raise RateNegative(path=(field,))
    if value > RATE_MAX:
        raise RateTooHigh(RATE_MAX, path=(field,))
    _check_decimals(value, field)


def _check_decimals(value: Decimal, field: str) -> None:
    if value != round(value, RATE_DECIMALS):
        raise RateTooPrecise(RATE_DECIMALS, path=(field,))


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """On what terms a group lends to its members.

    Attributes:
        interest_rate: The service charge, in per cent of its period.
        interest_period: The period that the rate is for.
        multiplier: How many times her savings a member may borrow; None where that is no limit.
        term_months_max: The longest loan, in months; None where the group decides on each.

    Raises:
        RateNegative: The rate is below zero.
        RateTooHigh: The rate is above 100 per cent of its period.
        RateTooPrecise: The rate or the multiplier has more than four decimals.
        LoanMultiplierOutOfRange: The multiplier is not above zero, or above 100.
        LoanTermOutOfRange: The longest term is no month, or longer than ten years.
    """

    interest_rate: Decimal
    interest_period: RatePeriod = RatePeriod.MONTH
    multiplier: Decimal | None = None
    term_months_max: int | None = None

    def __post_init__(self) -> None:
        _check_rate(self.interest_rate, "loanInterestRate")
        if self.multiplier is not None:
            if not (self.multiplier.is_finite() and 0 < self.multiplier <= LOAN_MULTIPLIER_MAX):
                raise LoanMultiplierOutOfRange(LOAN_MULTIPLIER_MAX, path=("loanMultiplier",))
            _check_decimals(self.multiplier, "loanMultiplier")
        if self.term_months_max is not None and not 1 <= self.term_months_max <= LOAN_TERM_MONTHS_MAX:
            raise LoanTermOutOfRange(LOAN_TERM_MONTHS_MAX, path=("loanTermMonthsMax",))


def _check_code(code: str) -> None:
    words = code.split("_")
    is_plain = code.isascii() and code == code.upper() and code[:1].isalpha()
    if not (is_plain and len(code) <= CODE_MAX and all(word.isalnum() for word in words)):
        raise CodeMalformed(CODE_MAX, path=("code",))


@dataclass(frozen=True, slots=True)
class FineReason:
    """A reason for which the group fines its members.

    Attributes:
        code: What stands for it everywhere: ABSENT, LATE.
        name: What the group calls it.
        amount: The fine.

    Raises:
        CodeMalformed: The code is not in capitals, digits and underscores.
        AmountNotPositive: The fine is nothing.
    """

    code: str
    name: str
    amount: Money

    def __post_init__(self) -> None:
        _check_code(self.code)
        with faults_at("amount"):
            positive(self.amount)


@dataclass(frozen=True, slots=True)
class ContributionType:
    """A contribution that the group defines, beside shares, savings and the social fund.

    Attributes:
        code: What stands for it everywhere: FUNERAL, SCHOOL_FEES.
        name: What the group calls it.
        amount: What each member pays each time; None where everybody pays what she likes.
        frequency: How often it is due.
        fund: The purse that it goes into.
        is_mandatory: Whether every member owes it.

    Raises:
        CodeMalformed: The code is not in capitals, digits and underscores.
        CodeReserved: The code stands for something that every group knows.
        AmountNotPositive: The amount is nothing.
        ContributionWithoutAmount: Every member owes it, and nobody knows how much.
    """

    code: str
    name: str
    amount: Money | None
    frequency: Frequency
    fund: Fund
    is_mandatory: bool

    def __post_init__(self) -> None:
        _check_code(self.code)
        if self.code in RESERVED_CODES:
            raise CodeReserved(path=("code",))
        if self.amount is not None:
            with faults_at("amount"):
                positive(self.amount)
        elif self.is_mandatory:
            raise ContributionWithoutAmount(path=("amount",))


def _check_codes(items: Sequence[FineReason | ContributionType], field: str) -> None:
    if len(items) > LISTED_MAX:
        raise ListTooLong(LISTED_MAX, path=(field,))
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item.code in seen:
            raise CodeUsedTwice(item.code, path=(field, str(index), "code"))
        seen.add(item.code)


@dataclass(frozen=True, slots=True)
class Constitution:
    """The rules that a group gave itself, one version of them.

    Attributes:
        version: Counted from 1.
        share_price: What one share costs; fixed for a whole cycle. None where the group sells no shares.
        shares_min: The fewest shares that a member who buys any may buy in one meeting.
        shares_max: The most; both are 0 where the group sells no shares.
        social_fund_amount: What each member is expected to pay into the social fund in a meeting.
        meeting_frequency: How often the group meets.
        adopted_on: The group's date from which it holds.
        meeting_weekday: The day on which it meets; None where that differs.
        contribution_amount: What each member is expected to save each time; None where she saves what she likes.
        contribution_frequency: How often that is.
        loans: On what terms the group lends; None where it does not.
        penalty_rate: What late money costs, in per cent a month of what is overdue.
        visibility: What members see of each other's balances.
        quorum_percent: How many of a hundred members make a meeting; 0 where any number does.
        can_representatives_buy_shares: Whether whoever stands in for an absent member may buy shares for her.
        can_absent_members_pay: Whether money of a member who is absent is taken at all.
        is_second_officer_required: Whether what is to be approved needs a second officer.
        fine_reasons: What members are fined for, with the amounts.
        contribution_types: What they pay beside shares, savings and the social fund.
        reason: Why it was amended; None for the first.

    Raises:
        AmountNotPositive: A share, or what everybody saves, costs nothing.
        AmountNegative: The social fund amount is below zero.
        SharesOutOfOrder: The limits on shares contradict each other.
        WeekdayWithoutFrequency: The group meets on a certain day, and as it likes.
        RateNegative: The penalty is below zero.
        RateTooHigh: The penalty is above 100 per cent.
        RateTooPrecise: The penalty has more than four decimals.
        QuorumOutOfRange: The quorum is below 0 or above 100 per cent.
        ListTooLong: There are more reasons or types than a constitution may list.
        CodeUsedTwice: Two reasons, or two types, have one code.
    """

    version: int
    share_price: Money | None
    shares_min: int
    shares_max: int
    social_fund_amount: Money
    meeting_frequency: Frequency
    adopted_on: date
    meeting_weekday: Weekday | None = None
    contribution_amount: Money | None = None
    contribution_frequency: Frequency = Frequency.WEEKLY
    loans: LoanTerms | None = None
    penalty_rate: Decimal = Decimal(0)
    visibility: Visibility = Visibility.TOTALS_ONLY
    quorum_percent: int = 0
    can_representatives_buy_shares: bool = True
    can_absent_members_pay: bool = True
    is_second_officer_required: bool = False
    fine_reasons: tuple[FineReason, ...] = ()
    contribution_types: tuple[ContributionType, ...] = ()
    reason: str | None = None

    def __post_init__(self) -> None:
        self._check_amounts()
        self._check_shares()
        if self.meeting_weekday is not None and self.meeting_frequency is Frequency.FLEXIBLE:
            raise WeekdayWithoutFrequency(path=("meetingWeekday",))
        _check_rate(self.penalty_rate, "penaltyRate")
        if not 0 <= self.quorum_percent <= QUORUM_MAX:
            raise QuorumOutOfRange(QUORUM_MAX, path=("quorumPercent",))
        _check_codes(self.fine_reasons, "fineReasons")
        _check_codes(self.contribution_types, "contributionTypes")

    def _check_amounts(self) -> None:
        if self.share_price is not None:
            with faults_at("sharePrice"):
                positive(self.share_price)
        if self.contribution_amount is not None:
            with faults_at("contributionAmount"):
                positive(self.contribution_amount)
        if self.social_fund_amount.amount < 0:
            raise AmountNegative(path=("socialFundAmount",))

    def _check_shares(self) -> None:
        if self.share_price is None:
            is_sound = self.shares_min == self.shares_max == 0
        else:
            is_sound = 0 <= self.shares_min <= self.shares_max and 1 <= self.shares_max <= SHARES_MAX
        if not is_sound:
            raise SharesOutOfOrder(SHARES_MAX, path=("sharesMax",))

    def fine_reason(self, code: str) -> FineReason | None:
        """The reason with this code; None if the constitution has none."""
        return next((each for each in self.fine_reasons if each.code == code), None)

    def contribution_type(self, code: str) -> ContributionType | None:
        """The type of contribution with this code; None if the constitution has none."""
        return next((each for each in self.contribution_types if each.code == code), None)
