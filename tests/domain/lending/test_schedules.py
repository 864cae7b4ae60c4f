"""Schedules: what holds for every loan, and the conventions one by one."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.lending import (
    CHARGES_MAX,
    ChargeBasis,
    ChargedAt,
    ChargeNotPossible,
    ChargeRule,
    DayCount,
    DueDatesNotInOrder,
    GraceTooLong,
    InstalmentFrequency,
    InstalmentsOutOfRange,
    InterestMethod,
    IntervalOutOfRange,
    LoanSchedule,
    LoanTerms,
    MultipleNotPossible,
    PrincipalTooSmall,
    RateOutOfRange,
    RatePeriod,
    Residue,
    ResidueNotPossible,
    RoundingMode,
    ScheduleTooLong,
    make_schedule,
)
from domain.money import AmountNotPositive, AmountTooLarge, Money
from tests.domain.lending.loans import (
    ANNUITY,
    COMPOUND,
    EQUAL_PRINCIPAL,
    FLAT,
    due,
    lines,
    money,
    principal_and_interest,
    rows,
    schedule,
    terms,
    totals,
)

CURRENCIES = ("UGX", "KES", "TND")
START = date(2024, 1, 31)


@st.composite
def loans(draw: st.DrawFn) -> tuple[Money, LoanTerms, date]:
    """A loan of any kind that somebody might take."""
    code = draw(st.sampled_from(CURRENCIES))
    method = draw(st.sampled_from(InterestMethod))
    count = draw(st.integers(1, 40))
    quantum = money("1", code).currency.quantum
    multiples = st.none() | st.sampled_from([1, 5, 100]).map(lambda units: units * quantum)
    terms_of = LoanTerms(
        method=method,
        rate=draw(st.decimals(0, 30, places=2)),
        rate_period=draw(st.sampled_from(RatePeriod)),
        instalments=count,
        frequency=draw(st.sampled_from(InstalmentFrequency)),
        every=draw(st.integers(1, 3)),
        day_count_rule=draw(st.sampled_from(DayCount)),
        principal_grace=draw(st.integers(0, count - 1)),
        interest_grace=draw(st.integers(0, count - 1)),
        interest_free=draw(st.integers(0, count)),
        rounding=draw(st.sampled_from(RoundingMode)),
        smallest_sum=draw(multiples),
        instalment_multiple=draw(multiples),
        residue=Residue.LAST if method is ANNUITY else draw(st.sampled_from(Residue)),
    )
    amount = draw(st.integers(1, 10**9)) * quantum
    return money(amount, code), terms_of, draw(st.dates(date(2000, 1, 1), date(2060, 12, 31)))


def _made(loan: tuple[Money, LoanTerms, date]) -> LoanSchedule:
    """The schedule, where rounding up leaves a first instalment that can be paid."""
    try:
        return make_schedule(*loan)
    except PrincipalTooSmall:
        assert loan[1].residue is Residue.FIRST
        assume(False)
        raise


@given(loans())
def test_principal_adds_up_and_nothing_is_owed_at_the_end(loan: tuple[Money, LoanTerms, date]) -> None:
    made = _made(loan)
    zero = Money.zero(loan[0].currency)
    assert sum((each.principal for each in made.instalments), zero) == loan[0]
    assert made.instalments[-1].balance == zero
    balance = loan[0]
    for number, each in enumerate(made.instalments, 1):
        balance -= each.principal
        assert (each.number, each.balance) == (number, balance)
        assert min(each.principal, each.interest, each.balance) >= zero
    assert len(made.instalments) == loan[1].instalments


@given(loans())
def test_graces_put_off_principal_and_interest(loan: tuple[Money, LoanTerms, date]) -> None:
    made, of = _made(loan), loan[1]
    zero = Money.zero(loan[0].currency)
    assert all(each.principal == zero for each in made.instalments[: of.principal_grace])
    assert all(each.interest == zero for each in made.instalments[: of.interest_grace])
    if of.interest_free == of.instalments:
        assert made.interest == zero


@given(loans())
def test_amounts_but_the_one_that_takes_the_residue_are_multiples_of_the_smallest_sum(
    loan: tuple[Money, LoanTerms, date],
) -> None:
    made, of = _made(loan), loan[1]
    unit = of.smallest_sum or loan[0].currency.quantum
    ends = {of.principal_grace, len(made.instalments) - 1}
    for at, each in enumerate(made.instalments):
        assert each.interest.amount % unit == 0
        # Where rounding up pays a loan back early, the last that pays takes what is left over.
        if at not in ends and each.balance.amount > 0 and of.instalment_multiple is None:
            assert each.principal.amount % unit == 0


@given(loans())
def test_flat_interest_adds_up_to_its_rounded_total(loan: tuple[Money, LoanTerms, date]) -> None:
    amount, of, start = loan
    plain = LoanTerms(FLAT, of.rate, of.rate_period, of.instalments, of.frequency, every=of.every)
    periods_a_year = {
        "DAILY": 365,
        "WEEKLY": 52,
        "TWO_WEEKLY": 26,
        "FIFTEEN_DAYS": 24,
        "FOUR_WEEKLY": 13,
        "MONTHLY": 12,
    }
    years = Decimal(of.instalments * of.every) / periods_a_year[of.frequency]
    expected = amount.amount * plain.yearly_rate * years
    found = make_schedule(amount, plain, start).interest.amount
    assert abs(found - expected) <= amount.currency.quantum / 2 + Decimal("1E-9")


@given(loans())
def test_due_dates_follow_each_other_and_never_drift(loan: tuple[Money, LoanTerms, date]) -> None:
    _, of, start = loan
    made = _made(loan)
    days = [each.due_on for each in made.instalments]
    assert days == sorted(set(days))
    assert [each.starts_on for each in made.instalments] == [start, *days[:-1]]
    if of.frequency is InstalmentFrequency.MONTHLY:
        # The 29th to the 31st fall on a month's last day where it has no such day, and come back afterwards.
        assert [day.day for day in days] == [min(start.day, monthrange(day.year, day.month)[1]) for day in days]
    else:
        assert {(later - earlier).days for earlier, later in zip([start, *days], days, strict=False)} == {
            {"DAILY": 1, "WEEKLY": 7, "TWO_WEEKLY": 14, "FIFTEEN_DAYS": 15, "FOUR_WEEKLY": 28}[of.frequency] * of.every
        }


@given(loans())
def test_equal_instalments_differ_only_at_the_end(loan: tuple[Money, LoanTerms, date]) -> None:
    amount, of, start = loan
    made = make_schedule(amount, LoanTerms(ANNUITY, of.rate, of.rate_period, of.instalments, of.frequency), start)
    paid = {each.total for each in made.instalments[:-1] if each.balance.amount > 0 and each.principal.amount > 0}
    assert len(paid) <= 1


def test_one_payment_pays_all() -> None:
    for method in InterestMethod:
        assert rows(schedule("3000", terms(method, "10", 1, rate_period=RatePeriod.MONTH), "2026-01-05", "KES")) == [
            "3000.00 300.00 3300.00 0.00"
        ]


def test_without_interest_only_principal_is_due() -> None:
    for method in InterestMethod:
        assert principal_and_interest(schedule("100", terms(method, "0", 3), "2026-01-05", "UGX")) == [
            "33 0",
            "33 0",
            "34 0",
        ]


def test_a_charge_of_ten_per_cent_for_four_weeks_is_flat() -> None:
    of = terms(FLAT, "10", 1, rate_period=RatePeriod.FOUR_WEEKS, frequency=InstalmentFrequency.FOUR_WEEKLY)
    loan = schedule("3000", of, "2026-01-12", "KES")
    assert (rows(loan), due(loan)) == (["3000.00 300.00 3300.00 0.00"], ["2026-02-09"])


def test_compound_interest_grows_on_interest() -> None:
    loan = schedule("1000", terms(COMPOUND, "10", 3, rate_period=RatePeriod.MONTH), "2026-01-05", "UGX")
    # 1,000 x 1.1^3 = 1,331; its third is 110.33.
    assert principal_and_interest(loan) == ["333 110", "333 110", "334 111"]


def test_a_half_that_was_divided_and_multiplied_again_is_a_half() -> None:
    of = terms(EQUAL_PRINCIPAL, "10", 1)
    # 900 at ten per cent a year is 7.5 a month, though a twelfth of ten per cent does not end.
    assert totals(schedule("900", of, "2026-01-05", "UGX")) == "900 8 908"
    assert totals(schedule("300", of, "2026-01-05", "UGX")) == "300 2 302"


@pytest.mark.parametrize(
    ("mode", "interest"),
    [(RoundingMode.HALF_EVEN, "2"), (RoundingMode.HALF_UP, "3"), (RoundingMode.UP, "3"), (RoundingMode.DOWN, "2")],
)
def test_the_mode_decides_what_a_half_becomes(mode: RoundingMode, interest: str) -> None:
    loan = schedule("300", terms(EQUAL_PRINCIPAL, "10", 1, rounding=mode), "2026-01-05", "UGX")
    assert str(loan.interest.amount) == interest


def test_the_first_instalment_may_take_the_residue() -> None:
    loan = schedule("1000", terms(FLAT, "12", 3, residue=Residue.FIRST), "2026-01-05", "KES")
    assert rows(loan) == lines(
        """
        333.34 10.00 343.34 666.66
        333.33 10.00 343.33 333.33
        333.33 10.00 343.33 0.00
        """
    )
    by_principal = schedule("1000", terms(EQUAL_PRINCIPAL, "0", 3, residue=Residue.FIRST), "2026-01-05", "UGX")
    assert principal_and_interest(by_principal) == ["334 0", "333 0", "333 0"]


def test_rounding_up_never_asks_for_more_than_is_owed() -> None:
    of = terms(EQUAL_PRINCIPAL, "0", 5, rounding=RoundingMode.UP, smallest_sum=Decimal(100))
    assert principal_and_interest(schedule("250", of, "2026-01-05", "UGX")) == ["100 0", "100 0", "50 0", "0 0", "0 0"]


def test_days_are_counted_as_the_rule_says() -> None:
    """A loan of 100,000 at 10 % a year over January 2024: 31 days of 366, 365, 360, or a month."""
    expected = {
        DayCount.SAME_AS_PERIOD: "833.33",
        DayCount.THIRTY_360: "833.33",
        DayCount.ACTUAL_360: "861.11",
        DayCount.ACTUAL_365: "849.32",
        DayCount.ACTUAL_ACTUAL: "846.99",
    }
    for rule, interest in expected.items():
        loan = schedule("100000", terms(ANNUITY, "10", 1, day_count_rule=rule), "2024-01-01")
        assert str(loan.interest.amount) == interest, rule


def test_actual_days_belong_to_the_year_that_they_lie_in() -> None:
    """15 days of 2023 and 16 of 2024: 15/365 + 16/366, since the due date counts and the day of payment does not."""
    loan = schedule("100000", terms(ANNUITY, "10", 1, day_count_rule=DayCount.ACTUAL_ACTUAL), "2023-12-16")
    assert str(loan.interest.amount) == "848.12"


def test_weeks_at_30_360_count_their_days() -> None:
    of = terms(FLAT, "36", 2, frequency=InstalmentFrequency.WEEKLY, day_count_rule=DayCount.THIRTY_360)
    # 7/360 of 36 % is 0.7 %.
    assert principal_and_interest(schedule("1000", of, "2026-01-26")) == ["500.00 7.00", "500.00 7.00"]


def test_a_longer_first_period_counts_by_its_days() -> None:
    """Paid out on 1 January, first due on 15 February: a month, and 14 of the 28 days of the next."""
    loan = schedule("3100", terms(EQUAL_PRINCIPAL, "12", 2), "2026-01-01", first_due_on=date(2026, 2, 15))
    assert principal_and_interest(loan) == ["1550.00 46.50", "1550.00 15.50"]
    assert due(loan) == ["2026-02-15", "2026-03-15"]


def test_a_first_due_date_after_one_period_changes_nothing() -> None:
    of = terms(ANNUITY, "12", 6)
    # 29 February is a month after 31 January; later dates keep to the 29th then, since it was asked for.
    given_date = schedule("3100", of, "2024-01-31", first_due_on=date(2024, 2, 29))
    assert principal_and_interest(given_date) == principal_and_interest(schedule("3100", of, "2024-01-31"))
    assert due(given_date)[1] == "2024-03-29"
    assert due(schedule("3100", of, "2024-01-31"))[1] == "2024-03-31"


def test_instalments_at_meetings_keep_to_their_dates() -> None:
    meetings = [date(2026, 1, 12), date(2026, 1, 20), date(2026, 1, 26)]
    of = terms(FLAT, "1", 3, rate_period=RatePeriod.WEEK, frequency=InstalmentFrequency.WEEKLY)
    loan = schedule("300", of, "2026-01-05", due_dates=meetings)
    assert [each.due_on for each in loan.instalments] == meetings
    assert principal_and_interest(loan) == ["100.00 3.00"] * 3


def test_fees_at_disbursement_stand_apart() -> None:
    fees = (
        ChargeRule(ChargedAt.DISBURSEMENT, ChargeBasis.FIXED, Decimal(50)),
        ChargeRule(ChargedAt.DISBURSEMENT, ChargeBasis.PRINCIPAL, Decimal(1)),
        ChargeRule(ChargedAt.INSTALMENT, ChargeBasis.INTEREST, Decimal(10)),
    )
    loan = schedule("1000", terms(FLAT, "12", 2, charges=fees), "2026-01-05", "KES")
    assert str(loan.charges_at_disbursement) == "60.00 KES"
    assert [str(each.charges) for each in loan.instalments] == ["1.00 KES", "1.00 KES"]
    assert (str(loan.charges), str(loan.total)) == ("62.00 KES", "1082.00 KES")


@pytest.mark.parametrize(
    ("changed", "error", "path"),
    [
        ({"rate": Decimal("-0.01")}, RateOutOfRange, "rate"),
        ({"rate": Decimal("1000.01")}, RateOutOfRange, "rate"),
        ({"rate": Decimal("NaN")}, RateOutOfRange, "rate"),
        ({"rate": Decimal("Infinity")}, RateOutOfRange, "rate"),
        ({"instalments": 0}, InstalmentsOutOfRange, "instalments"),
        ({"instalments": -1}, InstalmentsOutOfRange, "instalments"),
        ({"instalments": 521}, InstalmentsOutOfRange, "instalments"),
        ({"every": 0}, IntervalOutOfRange, "every"),
        ({"every": 13}, IntervalOutOfRange, "every"),
        ({"principal_grace": 12}, GraceTooLong, "principalGrace"),
        ({"principal_grace": -1}, GraceTooLong, "principalGrace"),
        ({"interest_grace": 12}, GraceTooLong, "interestGrace"),
        ({"interest_free": 13}, GraceTooLong, "interestFree"),
        ({"method": ANNUITY, "residue": Residue.FIRST}, ResidueNotPossible, "residue"),
        (
            {"charges": (ChargeRule(ChargedAt.INSTALMENT, ChargeBasis.FIXED, Decimal(1)),) * (CHARGES_MAX + 1)},
            ChargeNotPossible,
            "charges",
        ),
    ],
)
def test_terms_that_cannot_be_are_refused(changed: dict[str, Any], error: type[DomainError], path: str) -> None:
    given_terms = {"method": FLAT, "rate": Decimal(10), "instalments": 12, **changed}
    with pytest.raises(error) as refused:
        LoanTerms(rate_period=RatePeriod.YEAR, frequency=InstalmentFrequency.MONTHLY, **given_terms)
    assert refused.value.path == (path,)


def test_the_longest_and_dearest_loan_is_possible() -> None:
    of = terms(ANNUITY, "1000", 520, frequency=InstalmentFrequency.WEEKLY, rate_period=RatePeriod.WEEK)
    made = schedule("1000", of, "2026-01-05", "KES")
    assert made.instalments[-1].balance.amount == 0
    assert str(made.instalments[0].interest.amount) == "10000.00"


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "100.01", "Infinity"])
def test_a_fee_is_above_zero_and_at_most_the_whole(value: str) -> None:
    with pytest.raises(ChargeNotPossible):
        ChargeRule(ChargedAt.INSTALMENT, ChargeBasis.PRINCIPAL, Decimal(value))


@pytest.mark.parametrize("multiple", ["0", "-1", "0.5", "NaN", "Infinity", "1E+15"])
def test_a_multiple_is_a_sum_that_can_be_paid(multiple: str) -> None:
    for name, path in (("smallest_sum", "smallestSum"), ("instalment_multiple", "instalmentMultiple")):
        with pytest.raises(MultipleNotPossible) as refused:
            schedule("100", terms(FLAT, "1", 2, **{name: Decimal(multiple)}), "2026-01-05", "UGX")
        assert refused.value.path == ("terms", path)


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_there_is_something_to_lend(amount: str) -> None:
    with pytest.raises(AmountNotPositive) as refused:
        schedule(amount, terms(FLAT, "1", 2), "2026-01-05")
    assert refused.value.path == ("principal",)


def test_interest_beyond_what_a_book_holds_is_refused() -> None:
    of = terms(COMPOUND, "1000", 100, rate_period=RatePeriod.WEEK)
    with pytest.raises(AmountTooLarge):
        schedule("100000000000000", of, "2026-01-05")


def test_a_first_instalment_that_would_be_negative_is_refused() -> None:
    of = terms(EQUAL_PRINCIPAL, "0", 5, rounding=RoundingMode.UP, smallest_sum=Decimal(100), residue=Residue.FIRST)
    with pytest.raises(PrincipalTooSmall):
        schedule("250", of, "2026-01-05", "UGX")


@pytest.mark.parametrize(
    "dates",
    [
        [date(2024, 2, 1)],
        [date(2024, 2, 1), date(2024, 2, 1)],
        [date(2024, 2, 8), date(2024, 2, 1)],
        [START, date(2024, 2, 8)],
        [],
    ],
)
def test_dates_of_meetings_are_in_order_and_one_for_each(dates: list[date]) -> None:
    with pytest.raises(DueDatesNotInOrder):
        make_schedule(money("100"), terms(FLAT, "1", 2), START, due_dates=dates)


def test_the_first_instalment_is_due_after_the_loan_is_paid_out() -> None:
    with pytest.raises(DueDatesNotInOrder):
        make_schedule(money("100"), terms(FLAT, "1", 2), START, first_due_on=START)


@pytest.mark.parametrize("frequency", InstalmentFrequency)
def test_a_first_due_date_however_far_is_counted_at_once(frequency: InstalmentFrequency) -> None:
    of = terms(EQUAL_PRINCIPAL, "0", 1, frequency=frequency)
    assert due(schedule("100", of, "1990-01-01", first_due_on=date(9998, 1, 1))) == ["9998-01-01"]
    # The period in which it lies would end after the calendar.
    with pytest.raises(ScheduleTooLong):
        schedule("100", of, "1990-01-01", first_due_on=date(9999, 12, 31))


def test_whole_months_before_a_late_first_due_date_are_counted_from_a_months_end() -> None:
    """From 31 January to 31 May are four months, to 30 May three and 30 of 31 days of the fourth."""
    of = terms(EQUAL_PRINCIPAL, "12", 1)
    for day, interest in ((31, "124.00"), (30, "123.00")):
        loan = schedule("3100", of, "2026-01-31", first_due_on=date(2026, 5, day))
        assert str(loan.interest.amount) == interest


def test_a_loan_ends_before_the_calendar_does() -> None:
    with pytest.raises(ScheduleTooLong):
        schedule("100", terms(FLAT, "1", 12), "9999-06-01")
    of = terms(FLAT, "1", 12, frequency=InstalmentFrequency.WEEKLY)
    with pytest.raises(ScheduleTooLong):
        schedule("100", of, "9999-12-01")
    actual = terms(FLAT, "1", 1, frequency=InstalmentFrequency.WEEKLY, day_count_rule=DayCount.ACTUAL_ACTUAL)
    assert due(schedule("100", actual, "9999-12-24")) == ["9999-12-31"]
