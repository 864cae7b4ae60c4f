"""Amounts that stand with four decimals, as the database keeps them, are written as all others are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currencies import CURRENCIES, Currency, currency
from domain.money import format_amount, shorten_amount


@pytest.mark.parametrize(
    ("text", "code", "written"),
    [
        ("200.0000", "KES", "200.00"),
        ("-0.5000", "KES", "-0.50"),
        ("0.0000", "KES", "0.00"),
        ("-0.0000", "KES", "0.00"),
        ("0", "KES", "0.00"),
        ("1500.0000", "UGX", "1500"),
        ("1.2340", "TND", "1.234"),
        ("100000000000000.0000", "KES", "100000000000000.00"),
    ],
)
def test_an_amount_as_it_is_kept_is_shortened_to_its_currency(text: str, code: str, written: str) -> None:
    assert shorten_amount(text, currency(code)) == written


@pytest.mark.parametrize(("text", "code"), [("1.0050", "KES"), ("1.5000", "UGX"), ("NaN", "KES")])
def test_what_has_more_decimals_than_its_currency_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValueError, match="an amount"):
        shorten_amount(text, currency(code))


@given(units=st.integers(-(10**17), 10**17), kept_in=st.sampled_from(sorted(CURRENCIES.values(), key=lambda c: c.code)))
def test_shortening_is_formatting(units: int, kept_in: Currency) -> None:
    amount = Decimal(units).scaleb(-kept_in.minor_unit)
    assert shorten_amount(f"{amount:.4f}", kept_in) == format_amount(amount, kept_in)
