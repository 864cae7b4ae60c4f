from __future__ import annotations

import decimal
import operator
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currencies import Currency, currency
from domain.errors import DomainError, ErrorCode, RefusedBefore, error_details, restore_error
from domain.ledger.postings import BelowMinimum
from domain.money import (
    MAX_AMOUNT,
    AmountNotANumber,
    AmountNotPositive,
    AmountTooLarge,
    AmountTooPrecise,
    MixedCurrencies,
    Money,
    allocate,
    format_amount,
    positive,
    round_half_even,
    ten_thousandths,
)

KES = currency("KES")
UGX = currency("UGX")
BHD = currency("BHD")
UYW = currency("UYW")


def kes(text: str) -> Money:
    return Money(Decimal(text), KES)


def ugx(text: str) -> Money:
    return Money(Decimal(text), UGX)


@st.composite
def moneys(draw: st.DrawFn, kind: Currency | None = None, share: int = 1) -> Money:
    """Any money a book can hold; with `share`, at most that part of the limit."""
    chosen = kind or draw(st.sampled_from([KES, UGX, BHD, UYW]))
    limit = 10 ** (14 + chosen.minor_unit) // share
    return Money.from_minor_units(draw(st.integers(-limit, limit)), chosen)


# Making money


def test_money_is_held_at_the_minor_unit() -> None:
    assert str(kes("200")) == "200.00 KES"
    assert str(kes("200.0000")) == "200.00 KES"
    assert str(ugx("2E+2")) == "200 UGX"
    assert kes("200") == kes("200.00")
    assert hash(kes("200")) == hash(kes("200.00"))


def test_there_is_one_zero() -> None:
    assert repr(kes("-0.00").amount) == "Decimal('0.00')"
    assert repr((-kes("0")).amount) == "Decimal('0.00')"
    assert Money.parse("-0.00", KES) == Money.zero(KES)
    assert Money.zero(KES) != Money.zero(UGX)


@pytest.mark.parametrize("amount", [200, True, 200.0, "200", None])
def test_an_amount_that_is_no_decimal_is_a_mistake_in_the_program(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, KES)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_an_amount_that_is_no_number_is_refused(amount: str) -> None:
    with pytest.raises(AmountNotANumber):
        Money(Decimal(amount), KES)


@pytest.mark.parametrize(("amount", "kind"), [("0.001", KES), ("0.1", UGX), ("0.0001", BHD), ("1E-999999", UYW)])
def test_an_amount_with_too_many_decimals_is_refused(amount: str, kind: Currency) -> None:
    with pytest.raises(AmountTooPrecise) as refusal:
        Money(Decimal(amount), kind)
    assert (refusal.value.currency, refusal.value.decimals) == (kind.code, kind.minor_unit)


def test_the_limit_itself_is_allowed_and_one_minor_unit_more_is_not() -> None:
    assert Decimal(100_000_000_000_000) == MAX_AMOUNT
    assert kes("100000000000000.00").minor_units == 10**16
    assert kes("-100000000000000.00").minor_units == -(10**16)
    for amount in ("100000000000000.01", "-100000000000000.01", "1E+999999"):
        with pytest.raises(AmountTooLarge):
            kes(amount)


def test_the_context_of_a_caller_changes_no_amount() -> None:
    with decimal.localcontext() as context:
        context.prec = 3
        assert kes("12345678901234.56") + kes("0.01") == kes("12345678901234.57")
        assert format_amount(Decimal("12345678901234.5600"), KES) == "12345678901234.56"
        assert ten_thousandths(Decimal("12345678901234.56")) == 123456789012345600


# Reading and writing


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [("200.00", KES, "200.00"), ("200", KES, "200.00"), ("0.5", KES, "0.50"), ("-3.20", KES, "-3.20"),
     ("200", UGX, "200"), ("007", UGX, "7"), ("1.234", BHD, "1.234"), ("100000000000000", KES, "100000000000000.00")],
)  # fmt: skip
def test_an_amount_is_read_and_written(text: str, kind: Currency, written: str) -> None:
    assert format_amount(Money.parse(text, kind).amount, kind) == written


@pytest.mark.parametrize(
    "text",
    ["", "-", ".", ".5", "5.", "+5", " 5", "5 ", "5\n", "1e3", "1E+2", "1,000", "1_000", "--5", "5-", "0x10", "NaN",
     "Infinity", "1.2.3", "\u0665", "\uff15", "\u22125", "1\u00a0000", "\x005", "0" * 33, "1" * 100_000],
)  # fmt: skip
def test_text_that_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(AmountNotANumber):
        Money.parse(text, KES)


def test_decimals_are_counted_as_written() -> None:
    for text, kind in [("1.000", UGX), ("1.0", UGX), ("1.000", KES)]:
        with pytest.raises(AmountTooPrecise):
            Money.parse(text, kind)


def test_an_amount_of_32_digits_is_too_large_rather_than_unreadable() -> None:
    with pytest.raises(AmountTooLarge):
        Money.parse("9" * 32, KES)


@given(moneys())
def test_what_is_written_reads_back_the_same(money: Money) -> None:
    text = format_amount(money.amount, money.currency)
    assert Money.parse(text, money.currency) == money
    assert len(text.partition(".")[2]) == money.currency.minor_unit
    assert text != "-" + format_amount(Decimal(0), money.currency)


@given(st.text(alphabet="0123456789.-+eE ,_", max_size=40))
def test_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        money = Money.parse(text, KES)
    except DomainError:
        return
    assert money.amount == Decimal(text)


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity"])
def test_the_formatter_never_rounds(amount: str) -> None:
    with pytest.raises(ValueError):
        format_amount(Decimal(amount), KES)


def test_the_formatter_drops_the_zeros_of_the_database() -> None:
    assert format_amount(Decimal("200.0000"), UGX) == "200"
    assert format_amount(Decimal("-0.0000"), KES) == "0.00"
    assert format_amount(Decimal("0.0001"), UYW) == "0.0001"


def test_each_refusal_says_what_to_do() -> None:
    assert AmountTooPrecise("KES", 2).message == "KES has 2 decimals: write at most 2 digits after the point."
    assert AmountTooPrecise("UGX", 0).message == "UGX has no decimals: write a whole amount."
    assert AmountTooLarge().message == "Amounts may not go beyond 100000000000000: check the number of digits."
    assert AmountNotPositive().message == "Write an amount above zero."
    assert AmountNotANumber().message.endswith("such as 200.00.")
    assert AmountTooPrecise.reason == "AMOUNT_TOO_PRECISE"
    assert AmountTooPrecise.code is ErrorCode.INVALID


def test_a_refusal_survives_being_stored() -> None:
    refusal = AmountTooPrecise("KES", 2).at("items", "3")
    again = restore_error(refusal.reason, refusal.path, error_details(refusal))
    assert (type(again), again.path, again.message) == (AmountTooPrecise, ("items", "3"), refusal.message)


@pytest.mark.parametrize(
    ("reason", "details"),
    [
        ("AMOUNT_TOO_FINE", {"currency": "KES", "decimals": 2}),
        ("AMOUNT_TOO_PRECISE", {"currency": "KES"}),
        ("AMOUNT_TOO_PRECISE", {**error_details(AmountTooPrecise("KES", 2)), "digits": 3}),
        ("AMOUNT_NOT_POSITIVE", {"minimum": "1"}),
        (BelowMinimum.reason, {"missing": "much"}),
        (BelowMinimum.reason, {"missing": None}),
    ],
)
def test_a_refusal_that_another_release_stored_otherwise_is_told_in_general_words(
    reason: str, details: dict[str, object]
) -> None:
    again = restore_error(reason, ("items", "3"), details)
    assert (type(again), again.path) == (RefusedBefore, ("items", "3"))
    assert again.message == "This request was refused before; send it anew with a new key if it still matters."


# Calculating


@given(moneys(KES, share=2), moneys(KES, share=2))
def test_what_is_added_can_be_taken_away(left: Money, right: Money) -> None:
    assert (left + right).minor_units == left.minor_units + right.minor_units
    assert left + right == right + left
    assert left + right - right == left
    assert left - right == -(right - left)
    assert (left < right, left <= right, left > right, left >= right) == (
        left.minor_units < right.minor_units,
        left.minor_units <= right.minor_units,
        left.minor_units > right.minor_units,
        left.minor_units >= right.minor_units,
    )


def test_a_sum_beyond_the_limit_is_refused() -> None:
    with pytest.raises(AmountTooLarge):
        kes("100000000000000") + kes("0.01")


def test_money_is_multiplied_by_whole_numbers_only() -> None:
    assert kes("50.25") * 3 == kes("150.75")
    assert abs(kes("-7")) == kes("7")
    for factor in (1.5, Decimal("1.5"), True):
        with pytest.raises(TypeError):
            kes("50") * factor  # type: ignore[operator]  # the point of the test
    with pytest.raises(AmountTooLarge):
        kes("1") * 10**40


def test_two_currencies_never_meet() -> None:
    one, other = kes("1"), ugx("1")
    assert one != other
    for calculation in (operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(MixedCurrencies):
            calculation(one, other)


def test_money_does_not_mix_with_numbers() -> None:
    assert kes("1") != Decimal(1)
    for calculation in (operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge):
        for number in (1, Decimal(1)):
            with pytest.raises(TypeError):
                calculation(kes("1"), number)


def test_positive_lets_only_money_above_zero_through() -> None:
    assert positive(kes("0.01")) == kes("0.01")
    for amount in ("0", "-0.01"):
        with pytest.raises(AmountNotPositive):
            positive(kes(amount))


@pytest.mark.parametrize(
    ("value", "kind", "rounded"),
    [("0.125", KES, "0.12"), ("0.135", KES, "0.14"), ("-0.125", KES, "-0.12"), ("0.1250001", KES, "0.13"),
     ("2.5", UGX, "2"), ("3.5", UGX, "4"), ("-0.4", UGX, "0"), ("1.0005", BHD, "1.000"), ("1.0015", BHD, "1.002"),
     ("0.12499999999999999999999999999999999999999999999999999999999999999999", KES, "0.12")],
)  # fmt: skip
def test_halves_go_to_the_even_minor_unit(value: str, kind: Currency, rounded: str) -> None:
    assert round_half_even(Decimal(value), kind) == Money.parse(rounded, kind)


def test_rounding_keeps_to_the_limit() -> None:
    assert round_half_even(MAX_AMOUNT + Decimal("0.004"), KES).amount == MAX_AMOUNT
    for value in (MAX_AMOUNT + Decimal("0.006"), Decimal("1E+9999")):
        with pytest.raises(AmountTooLarge):
            round_half_even(value, KES)
    with pytest.raises(AmountNotANumber):
        round_half_even(Decimal("NaN"), KES)


# Splitting


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("100.00", [1, 1, 1], ["33.34", "33.33", "33.33"]),
        ("0.05", [1, 1, 1], ["0.02", "0.02", "0.01"]),
        ("0.01", [1, 2], ["0.00", "0.01"]),
        ("10.00", [0, 1, 0, 2], ["0.00", "3.33", "0.00", "6.67"]),
        ("-100.00", [1, 1, 1], ["-33.34", "-33.33", "-33.33"]),
        ("7.00", [Decimal("0.5"), Decimal("0.25"), Decimal("0.25")], ["3.50", "1.75", "1.75"]),
        ("1.00", [Decimal("0.1"), 2], ["0.05", "0.95"]),
        ("0.00", [0, 0], ["0.00", "0.00"]),
        ("0.00", [], []),
    ],
)
def test_money_is_split_by_the_largest_remainder(total: str, weights: list[int | Decimal], parts: list[str]) -> None:
    assert allocate(kes(total), weights) == [kes(part) for part in parts]


@given(
    moneys(),
    st.lists(
        st.integers(0, 10**12) | st.decimals(0, 10**6, places=6, allow_nan=False, allow_infinity=False),
        min_size=1,
        max_size=40,
    ).filter(any),
)
def test_parts_add_up_and_lie_within_a_minor_unit_of_their_share(total: Money, weights: list[int | Decimal]) -> None:
    parts = [part.minor_units for part in allocate(total, weights)]
    whole_n, whole_d = sum((Decimal(weight) for weight in weights), Decimal(0)).as_integer_ratio()
    assert sum(parts) == total.minor_units
    for part, weight in zip(parts, weights, strict=True):
        n, d = weight.as_integer_ratio()
        # |part - total * weight / whole| < 1, in integers.
        assert abs(part * whole_n * d - total.minor_units * n * whole_d) < whole_n * d
        assert weight or part == 0
    by_weight = sorted(zip(weights, parts, strict=True), key=lambda pair: pair[0])
    for (light, less), (heavy, more) in pairwise(by_weight):
        assert light == heavy or abs(less) <= abs(more)


@pytest.mark.parametrize(
    ("weights", "error"),
    [([1, -1], ValueError), ([Decimal("-0.1"), 2], ValueError), ([Decimal("NaN")], ValueError), ([0, 0], ValueError),
     ([Decimal("Infinity")], ValueError), ([], ValueError), ([1.5], TypeError), ([True, 1], TypeError)],
)  # fmt: skip
def test_weights_that_mean_nothing_are_refused(weights: list[int | Decimal], error: type[Exception]) -> None:
    with pytest.raises(error):
        allocate(kes("1"), weights)


# For the hash chain


@pytest.mark.parametrize(
    ("amount", "units"),
    [("0", 0), ("-0", 0), ("1", 10_000), ("-200.0000", -2_000_000), ("0.0001", 1), ("0.00010000", 1),
     ("100000000000000", 10**18), ("-100000000000000", -(10**18))],
)  # fmt: skip
def test_an_amount_enters_the_chain_in_ten_thousandths(amount: str, units: int) -> None:
    assert ten_thousandths(Decimal(amount)) == units


@pytest.mark.parametrize("amount", ["0.00001", "100000000000000.0001", "NaN", "Infinity", "1E+99999", "1E-99999"])
def test_what_has_no_place_in_the_chain_is_refused(amount: str) -> None:
    with pytest.raises(ValueError):
        ten_thousandths(Decimal(amount))
