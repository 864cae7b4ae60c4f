"""Rules as somebody typed them, and the constitution that they make, anew or of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from domain.currencies import Currency
from domain.errors import DomainError, faults_at
from domain.groups.constitution import (
    LISTED_MAX,
    SHARES_MAX,
    Constitution,
    ContributionType,
    FineReason,
    Frequency,
    LoanTerms,
    RatePeriod,
    Weekday,
)
from domain.groups.contradictions import (
    AmountNegative,
    CodeMalformed,
    CodeReserved,
    CodeUsedTwice,
    ContributionWithoutAmount,
    ListTooLong,
    LoanMultiplierOutOfRange,
    LoanTermOutOfRange,
    LoanTermsMissing,
    LoanTermsWithoutLoans,
    QuorumOutOfRange,
    RateNegative,
    RateTooHigh,
    RateTooPrecise,
    SharesOutOfOrder,
    SharesWithoutPrice,
    WeekdayWithoutFrequency,
)
from domain.groups.records import typed_amount
from domain.ledger.accounts import Fund
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money
from domain.policy import Visibility
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

__all__ = [
    "RULE_ERRORS",
    "RULE_NAME_MAX",
    "SHARES_MAX_USUAL",
    "SHARES_MIN_USUAL",
    "AsBefore",
    "ContributionTypeWish",
    "FineReasonWish",
    "RuleWishes",
    "constitution_of",
]

Kept = TypeVar("Kept")

SHARES_MIN_USUAL = 1
SHARES_MAX_USUAL = 5
"""From one to five shares: how village savings and loan associations do it where nothing else is said."""

RULE_NAME_MAX = 80
"""The longest name of a reason for a fine or of a type of contribution, in characters."""

RULE_ERRORS: tuple[type[DomainError], ...] = (
    TextTooLong,
    TextTooShort,
    TextNotAllowed,
    AmountNotANumber,
    AmountTooPrecise,
    AmountTooLarge,
    AmountNotPositive,
    AmountNegative,
    SharesOutOfOrder,
    SharesWithoutPrice,
    RateNegative,
    RateTooHigh,
    RateTooPrecise,
    LoanMultiplierOutOfRange,
    LoanTermOutOfRange,
    LoanTermsMissing,
    LoanTermsWithoutLoans,
    QuorumOutOfRange,
    WeekdayWithoutFrequency,
    ListTooLong,
    CodeMalformed,
    CodeReserved,
    CodeUsedTwice,
    ContributionWithoutAmount,
)
"""All that rules as somebody typed them may be refused for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FineReasonWish:
    """A reason for fines, as it was typed."""

    code: str
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionTypeWish:
    """A type of contribution, as it was typed."""

    code: str
    name: str
    amount: Decimal | None = None
    frequency: Frequency = Frequency.FLEXIBLE
    fund: Fund
    is_mandatory: bool = False


class AsBefore(StrEnum):
    """What stands for a rule that was not spoken of, where None takes the rule away."""

    AS_BEFORE = "AS_BEFORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWishes:
    """Rules as they were typed. None leaves a rule as it was, or as is usual where there was none.

    Attributes:
        loan_multiplier: None takes the limit away.
        loan_term_months_max: None takes the limit away.
    """

    has_shares: bool | None = None
    share_price: Decimal | None = None
    shares_min: int | None = None
    shares_max: int | None = None
    social_fund_amount: Decimal | None = None
    contribution_amount: Decimal | None = None
    contribution_frequency: Frequency | None = None
    meeting_frequency: Frequency | None = None
    meeting_weekday: Weekday | None = None
    has_loans: bool | None = None
    loan_interest_rate: Decimal | None = None
    loan_interest_period: RatePeriod | None = None
    loan_multiplier: Decimal | AsBefore | None = AsBefore.AS_BEFORE
    loan_term_months_max: int | AsBefore | None = AsBefore.AS_BEFORE
    penalty_rate: Decimal | None = None
    visibility: Visibility | None = None
    quorum_percent: int | None = None
    can_representatives_buy_shares: bool | None = None
    can_absent_members_pay: bool | None = None
    is_second_officer_required: bool | None = None
    fine_reasons: tuple[FineReasonWish, ...] | None = None
    contribution_types: tuple[ContributionTypeWish, ...] | None = None


def constitution_of(
    wishes: RuleWishes,
    unit: Currency,
    before: Constitution | None,
    *,
    adopted_on: date,
    reason: str | None = None,
) -> Constitution:
    """The constitution that the wishes make of the one before, or of what is usual.

    Args:
        wishes: What was typed.
        unit: The group's currency.
        before: The newest version; None where there is none.
        adopted_on: The group's date from which the new one holds.
        reason: Why it was amended.

    Raises:
        DomainError: One of `RULE_ERRORS`, with the path of the rule that is at fault.
    """
    old = before or _usual(unit, adopted_on)
    frequency = wishes.meeting_frequency or old.meeting_frequency
    # Whoever no longer meets on fixed days has no weekday, unless she names one: then she contradicts herself.
    kept_weekday = None if frequency is Frequency.FLEXIBLE else old.meeting_weekday
    price, fewest, most = _shares(wishes, unit, old)
    return Constitution(
        version=1 if before is None else before.version + 1,
        share_price=price,
        shares_min=fewest,
        shares_max=most,
        social_fund_amount=_amount(wishes.social_fund_amount, unit, "socialFundAmount") or old.social_fund_amount,
        meeting_frequency=frequency,
        adopted_on=adopted_on,
        meeting_weekday=wishes.meeting_weekday or kept_weekday,
        contribution_amount=_contribution(wishes, unit, old),
        contribution_frequency=wishes.contribution_frequency
        or (frequency if before is None else old.contribution_frequency),
        loans=_loans(wishes, old.loans),
        penalty_rate=_or(wishes.penalty_rate, old.penalty_rate),
        visibility=wishes.visibility or old.visibility,
        quorum_percent=_or(wishes.quorum_percent, old.quorum_percent),
        can_representatives_buy_shares=_or(wishes.can_representatives_buy_shares, old.can_representatives_buy_shares),
        can_absent_members_pay=_or(wishes.can_absent_members_pay, old.can_absent_members_pay),
        is_second_officer_required=_or(wishes.is_second_officer_required, old.is_second_officer_required),
        fine_reasons=old.fine_reasons if wishes.fine_reasons is None else _reasons(wishes.fine_reasons, unit),
        contribution_types=old.contribution_types
        if wishes.contribution_types is None
        else _types(wishes.contribution_types, unit),
        reason=reason,
    )


def _usual(unit: Currency, adopted_on: date) -> Constitution:
    return Constitution(0, None, 0, 0, Money.zero(unit), Frequency.WEEKLY, adopted_on)


def _or(wished: Kept | None, old: Kept) -> Kept:
    return old if wished is None else wished


def _limit(wished: Kept | AsBefore | None, old: Kept | None) -> Kept | None:
    """A limit that may be taken away."""
    return old if isinstance(wished, AsBefore) else wished


def _amount(typed: Decimal | None, unit: Currency, field: str) -> Money | None:
    return None if typed is None else typed_amount(typed, unit, field)


def _shares(wishes: RuleWishes, unit: Currency, old: Constitution) -> tuple[Money | None, int, int]:
    """The price and the limits; without a price, no shares."""
    price = _amount(wishes.share_price, unit, "sharePrice") or old.share_price
    if wishes.has_shares is False:
        if wishes.share_price is not None:
            raise SharesWithoutPrice(path=("sharePrice",))
        price = None
    if price is None:
        for field, limit in (("sharesMin", wishes.shares_min), ("sharesMax", wishes.shares_max)):
            if limit is not None:
                raise SharesWithoutPrice(path=(field,))
        if wishes.has_shares:
            raise SharesWithoutPrice(path=("hasShares",))
        return None, 0, 0
    sold_before = old.share_price is not None
    fewest = _or(wishes.shares_min, old.shares_min if sold_before else SHARES_MIN_USUAL)
    most = _or(wishes.shares_max, old.shares_max if sold_before else SHARES_MAX_USUAL)
    if wishes.shares_max is None and not 0 <= fewest <= most:
        raise SharesOutOfOrder(SHARES_MAX, path=("sharesMin",))
    return price, fewest, most


def _contribution(wishes: RuleWishes, unit: Currency, old: Constitution) -> Money | None:
    """What is saved each time; zero, as it was typed, takes a fixed amount away."""
    amount = _amount(wishes.contribution_amount, unit, "contributionAmount")
    if amount is None:
        return old.contribution_amount
    return None if not amount.amount else amount


def _loans(wishes: RuleWishes, old: LoanTerms | None) -> LoanTerms | None:
    terms = {
        "loanInterestRate": wishes.loan_interest_rate,
        "loanInterestPeriod": wishes.loan_interest_period,
        "loanMultiplier": wishes.loan_multiplier,
        "loanTermMonthsMax": wishes.loan_term_months_max,
    }
    if not (old is not None if wishes.has_loans is None else wishes.has_loans):
        for field, value in terms.items():
            if value not in (None, AsBefore.AS_BEFORE):
                raise LoanTermsWithoutLoans(path=(field,))
        return None
    rate = _or(wishes.loan_interest_rate, None if old is None else old.interest_rate)
    if rate is None:
        raise LoanTermsMissing(path=("loanInterestRate",))
    return LoanTerms(
        interest_rate=rate,
        interest_period=wishes.loan_interest_period or (RatePeriod.MONTH if old is None else old.interest_period),
        multiplier=_limit(wishes.loan_multiplier, None if old is None else old.multiplier),
        term_months_max=_limit(wishes.loan_term_months_max, None if old is None else old.term_months_max),
    )


def _name(value: str) -> str:
    with faults_at("name"):
        return clean_text(value, maximum=RULE_NAME_MAX)


def _check_length(items: tuple[object, ...], field: str) -> None:
    if len(items) > LISTED_MAX:
        raise ListTooLong(LISTED_MAX, path=(field,))


def _reasons(wishes: tuple[FineReasonWish, ...], unit: Currency) -> tuple[FineReason, ...]:
    _check_length(wishes, "fineReasons")
    reasons = []
    for index, wish in enumerate(wishes):
        with faults_at("fineReasons", str(index)):
            reasons.append(FineReason(wish.code, _name(wish.name), typed_amount(wish.amount, unit, "amount")))
    return tuple(reasons)


def _types(wishes: tuple[ContributionTypeWish, ...], unit: Currency) -> tuple[ContributionType, ...]:
    _check_length(wishes, "contributionTypes")
    types = []
    for index, wish in enumerate(wishes):
        with faults_at("contributionTypes", str(index)):
            amount = _amount(wish.amount, unit, "amount")
            types.append(
                ContributionType(wish.code, _name(wish.name), amount, wish.frequency, wish.fund, wish.is_mandatory)
            )
    return tuple(types)
