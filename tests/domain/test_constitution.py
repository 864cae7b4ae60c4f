"""A constitution cannot contradict itself: each contradiction has a reason of its own, and a path."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.currencies import currency
from domain.errors import DomainError
from domain.groups import (
    Constitution,
    ContributionTypeWish,
    FineReason,
    FineReasonWish,
    Frequency,
    LoanTerms,
    RatePeriod,
    RuleWishes,
    Weekday,
)
from domain.groups.wishes import constitution_of
from domain.ledger.accounts import Fund
from domain.money import Money
from domain.policy import Visibility

KES = currency("KES")
TODAY = date(2026, 11, 20)


def kes(amount: str) -> Money:
    return Money(Decimal(amount), KES)


def make(before: Constitution | None = None, **rules: Any) -> Constitution:
    return constitution_of(RuleWishes(**rules), KES, before, adopted_on=TODAY)


def fine(code: str = "LATE", name: str = "Came late", amount: str = "50") -> FineReasonWish:
    return FineReasonWish(code=code, name=name, amount=Decimal(amount))


def levy(code: str = "FUNERAL", amount: str | None = "100", **more: Any) -> ContributionTypeWish:
    return ContributionTypeWish(
        code=code,
        name="For a funeral",
        amount=None if amount is None else Decimal(amount),
        fund=Fund.SOCIAL_FUND,
        **more,
    )


def test_what_nobody_says_is_as_usual() -> None:
    rules = make(share_price=Decimal(200))
    assert rules == Constitution(
        version=1,
        share_price=kes("200"),
        shares_min=1,
        shares_max=5,
        social_fund_amount=kes("0"),
        meeting_frequency=Frequency.WEEKLY,
        adopted_on=TODAY,
    )


def test_a_group_without_a_share_price_sells_no_shares() -> None:
    rules = make(contribution_amount=Decimal(500), meeting_frequency=Frequency.MONTHLY)
    assert (rules.share_price, rules.shares_min, rules.shares_max) == (None, 0, 0)
    assert (rules.contribution_amount, rules.contribution_frequency) == (kes("500"), Frequency.MONTHLY)


def test_an_amendment_keeps_what_it_leaves_out() -> None:
    first = make(
        share_price=Decimal(200),
        shares_max=3,
        has_loans=True,
        loan_interest_rate=Decimal(10),
        loan_multiplier=Decimal(3),
        fine_reasons=(fine(),),
        visibility=Visibility.ALL,
        meeting_weekday=Weekday.FRIDAY,
        quorum_percent=60,
        can_absent_members_pay=False,
    )
    second = make(first, loan_term_months_max=6, social_fund_amount=Decimal("20.50"))
    assert (second.version, second.shares_max, second.visibility) == (2, 3, Visibility.ALL)
    assert second.loans == LoanTerms(Decimal(10), RatePeriod.MONTH, Decimal(3), 6)
    assert second.fine_reasons == (FineReason("LATE", "Came late", kes("50")),)
    assert (second.social_fund_amount, second.quorum_percent) == (kes("20.50"), 60)
    assert second.can_absent_members_pay is False
    assert second.meeting_weekday is Weekday.FRIDAY


def test_whoever_stops_lending_selling_or_meeting_on_a_day_says_so_once() -> None:
    first = make(
        share_price=Decimal(200),
        has_loans=True,
        loan_interest_rate=Decimal(0),
        meeting_weekday=Weekday.FRIDAY,
        contribution_amount=Decimal(1),
    )
    second = make(
        first,
        has_shares=False,
        has_loans=False,
        meeting_frequency=Frequency.FLEXIBLE,
        contribution_amount=Decimal(0),
    )
    assert (second.share_price, second.shares_max, second.loans) == (None, 0, None)
    assert (second.meeting_weekday, second.contribution_amount) == (None, None)


def test_a_rule_is_found_by_its_code() -> None:
    rules = make(fine_reasons=(fine(), fine("ABSENT", "Did not come", "100")), contribution_types=(levy(),))
    absent = rules.fine_reason("ABSENT")
    assert absent is not None
    assert absent.amount == kes("100")
    assert rules.fine_reason("DRUNK") is None
    funeral = rules.contribution_type("FUNERAL")
    assert funeral is not None
    assert (funeral.fund, funeral.frequency, funeral.is_mandatory) == (Fund.SOCIAL_FUND, Frequency.FLEXIBLE, False)
    assert rules.contribution_type("LATE") is None


PRICE = {"share_price": Decimal(200)}
LENDS = {"has_loans": True, "loan_interest_rate": Decimal(10)}


@pytest.mark.parametrize(
    ("rules", "reason", "path"),
    [
        ({"share_price": Decimal(0)}, "AMOUNT_NOT_POSITIVE", "sharePrice"),
        ({"share_price": Decimal("0.001")}, "AMOUNT_TOO_PRECISE", "sharePrice"),
        ({**PRICE, "shares_min": 6}, "SHARES_OUT_OF_ORDER", "sharesMin"),
        ({**PRICE, "shares_min": -1}, "SHARES_OUT_OF_ORDER", "sharesMin"),
        ({**PRICE, "shares_max": 1001}, "SHARES_OUT_OF_ORDER", "sharesMax"),
        ({"shares_max": 5}, "SHARES_WITHOUT_PRICE", "sharesMax"),
        ({"shares_min": 0}, "SHARES_WITHOUT_PRICE", "sharesMin"),
        ({"has_shares": True}, "SHARES_WITHOUT_PRICE", "hasShares"),
        ({**PRICE, "has_shares": False}, "SHARES_WITHOUT_PRICE", "sharePrice"),
        ({"social_fund_amount": Decimal(-1)}, "AMOUNT_NEGATIVE", "socialFundAmount"),
        ({"contribution_amount": Decimal(-1)}, "AMOUNT_NOT_POSITIVE", "contributionAmount"),
        ({"loan_multiplier": Decimal(3)}, "LOAN_TERMS_WITHOUT_LOANS", "loanMultiplier"),
        ({"has_loans": False, "loan_interest_rate": Decimal(0)}, "LOAN_TERMS_WITHOUT_LOANS", "loanInterestRate"),
        ({"loan_interest_period": RatePeriod.YEAR}, "LOAN_TERMS_WITHOUT_LOANS", "loanInterestPeriod"),
        ({"loan_term_months_max": 3}, "LOAN_TERMS_WITHOUT_LOANS", "loanTermMonthsMax"),
        ({"has_loans": True}, "LOAN_TERMS_MISSING", "loanInterestRate"),
        ({**LENDS, "loan_interest_rate": Decimal(-1)}, "RATE_NEGATIVE", "loanInterestRate"),
        ({**LENDS, "loan_interest_rate": Decimal("NaN")}, "RATE_NEGATIVE", "loanInterestRate"),
        ({**LENDS, "loan_interest_rate": Decimal("100.01")}, "RATE_TOO_HIGH", "loanInterestRate"),
        ({**LENDS, "loan_interest_rate": Decimal("0.00001")}, "RATE_TOO_PRECISE", "loanInterestRate"),
        ({**LENDS, "loan_multiplier": Decimal(0)}, "LOAN_MULTIPLIER_OUT_OF_RANGE", "loanMultiplier"),
        ({**LENDS, "loan_multiplier": Decimal(101)}, "LOAN_MULTIPLIER_OUT_OF_RANGE", "loanMultiplier"),
        ({**LENDS, "loan_multiplier": Decimal("1.00001")}, "RATE_TOO_PRECISE", "loanMultiplier"),
        ({**LENDS, "loan_term_months_max": 0}, "LOAN_TERM_OUT_OF_RANGE", "loanTermMonthsMax"),
        ({**LENDS, "loan_term_months_max": 121}, "LOAN_TERM_OUT_OF_RANGE", "loanTermMonthsMax"),
        ({"penalty_rate": Decimal(-1)}, "RATE_NEGATIVE", "penaltyRate"),
        ({"penalty_rate": Decimal(101)}, "RATE_TOO_HIGH", "penaltyRate"),
        ({"quorum_percent": 101}, "QUORUM_OUT_OF_RANGE", "quorumPercent"),
        ({"quorum_percent": -1}, "QUORUM_OUT_OF_RANGE", "quorumPercent"),
        (
            {"meeting_weekday": Weekday.MONDAY, "meeting_frequency": Frequency.FLEXIBLE},
            "WEEKDAY_WITHOUT_FREQUENCY",
            "meetingWeekday",
        ),
        ({"fine_reasons": (fine(), fine())}, "CODE_USED_TWICE", "fineReasons.1.code"),
        ({"contribution_types": (levy(), levy("DUES"), levy())}, "CODE_USED_TWICE", "contributionTypes.2.code"),
        ({"fine_reasons": (fine("late"),)}, "CODE_MALFORMED", "fineReasons.0.code"),
        ({"fine_reasons": (fine("LATE_"),)}, "CODE_MALFORMED", "fineReasons.0.code"),
        ({"fine_reasons": (fine("1ST"),)}, "CODE_MALFORMED", "fineReasons.0.code"),
        ({"fine_reasons": (fine("L" * 41),)}, "CODE_MALFORMED", "fineReasons.0.code"),
        ({"fine_reasons": (fine(""),)}, "CODE_MALFORMED", "fineReasons.0.code"),
        ({"fine_reasons": (fine("ZU\u0308GE"),)}, "CODE_MALFORMED", "fineReasons.0.code"),
        ({"fine_reasons": (fine(amount="0"),)}, "AMOUNT_NOT_POSITIVE", "fineReasons.0.amount"),
        ({"fine_reasons": (fine(name=" "),)}, "TEXT_TOO_SHORT", "fineReasons.0.name"),
        ({"fine_reasons": (fine(name="x" * 81),)}, "TEXT_TOO_LONG", "fineReasons.0.name"),
        ({"fine_reasons": tuple(fine(f"LATE{n}") for n in range(41))}, "LIST_TOO_LONG", "fineReasons"),
        ({"contribution_types": (levy("SHARE"),)}, "CODE_RESERVED", "contributionTypes.0.code"),
        (
            {"contribution_types": (levy(amount=None, is_mandatory=True),)},
            "CONTRIBUTION_WITHOUT_AMOUNT",
            "contributionTypes.0.amount",
        ),
        ({"contribution_types": (levy(amount="-5"),)}, "AMOUNT_NOT_POSITIVE", "contributionTypes.0.amount"),
    ],
)
def test_a_contradiction_is_named_where_it_stands(rules: dict[str, Any], reason: str, path: str) -> None:
    with pytest.raises(DomainError) as raised:
        make(**rules)
    assert (raised.value.reason, ".".join(raised.value.path)) == (reason, path)


def test_an_amendment_may_not_limit_what_the_group_does_not_do() -> None:
    first = make(contribution_amount=Decimal(5))
    with pytest.raises(DomainError) as raised:
        make(first, shares_max=3)
    assert (raised.value.reason, raised.value.path) == ("SHARES_WITHOUT_PRICE", ("sharesMax",))
    second = make(make(first, **LENDS), loan_multiplier=Decimal(2))
    with pytest.raises(DomainError) as raised:
        make(second, has_loans=False, loan_multiplier=Decimal(2))
    assert raised.value.reason == "LOAN_TERMS_WITHOUT_LOANS"


def test_a_limit_of_loans_is_taken_away_by_none_and_left_by_silence() -> None:
    first = make(**LENDS, loan_multiplier=Decimal(3), loan_term_months_max=6)
    terms = make(first, loan_multiplier=None).loans
    assert terms is not None
    assert (terms.multiplier, terms.term_months_max) == (None, 6)
    terms = make(first, loan_term_months_max=None).loans
    assert terms is not None
    assert (terms.multiplier, terms.term_months_max) == (Decimal(3), None)
    assert make(first, quorum_percent=50).loans == first.loans
    assert make(first, has_loans=False, loan_multiplier=None).loans is None
