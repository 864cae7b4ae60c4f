"""What a loan costs a year, and the ceilings of the law."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.currencies import currency
from domain.lending import (
    ChargeBasis,
    ChargedAt,
    ChargeRule,
    InstalmentFrequency,
    InterestMethod,
    LoanTerms,
    RatePeriod,
    make_schedule,
)
from domain.lending.caps import INTEREST_CAPS, yearly_cost
from domain.money import Money


def cost(principal: str = "1000000", **fields: Any) -> Decimal:
    terms = LoanTerms(
        **{
            "method": InterestMethod.REDUCING_EQUAL_INSTALMENTS,
            "rate": Decimal(2),
            "rate_period": RatePeriod.MONTH,
            "instalments": 12,
            "frequency": InstalmentFrequency.MONTHLY,
            **fields,
        }
    )
    return yearly_cost(make_schedule(Money(Decimal(principal), currency("KES")), terms, date(2026, 1, 1)), terms)


@pytest.mark.parametrize(
    ("fields", "percent"),
    [
        ({}, "24.00"),
        ({"method": InterestMethod.REDUCING_EQUAL_PRINCIPAL}, "24.00"),
        ({"rate": Decimal(0)}, "0.00"),
        # One instalment after one period: 10 in the hundred, thirteen times a year.
        (
            {
                "method": InterestMethod.FLAT,
                "rate": Decimal(10),
                "rate_period": RatePeriod.FOUR_WEEKS,
                "frequency": InstalmentFrequency.FOUR_WEEKLY,
                "instalments": 1,
            },
            "130.00",
        ),
        # 100 kept back of 1,000 and 1,000 paid back a month later: a ninth of 900, twelve times.
        (
            {
                "rate": Decimal(0),
                "instalments": 1,
                "charges": (ChargeRule(ChargedAt.DISBURSEMENT, ChargeBasis.PRINCIPAL, Decimal(10)),),
            },
            "133.33",
        ),
        # A flat service charge costs nearly twice what it says: the rate at which 12 x 1.24/12 are worth 1.
        ({"method": InterestMethod.FLAT}, "41.70"),
    ],
)
def test_the_cost_of_a_year_counts_interest_and_charges_on_what_is_still_owed(
    fields: dict[str, Any], percent: str
) -> None:
    assert abs(cost(**fields) - Decimal(percent)) <= Decimal("0.01")


def test_every_ceiling_has_a_date_and_a_source() -> None:
    assert set(INTEREST_CAPS) == {"BJ", "BF", "CI", "GW", "ML", "NE", "SN", "TG", "KH"}
    for cap in INTEREST_CAPS.values():
        assert date(1990, 1, 1) < cap.since <= date(2026, 11, 20)
        assert len(cap.source) > 30
    assert {(INTEREST_CAPS[each].percent, INTEREST_CAPS[each].is_for_institutions) for each in ("SN", "KH")} == {
        (Decimal(24), False),
        (Decimal(18), True),
    }
