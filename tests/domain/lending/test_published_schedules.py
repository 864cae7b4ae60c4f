"""Schedules that others published, to the last cent.

The figures are those of Apache Fineract's own tests (https://github.com/apache/fineract, snapshot of 2024-10-24); the
file that a table comes from stands beside it. Only numbers and parameters were taken.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.lending import ChargeBasis, ChargedAt, ChargeRule, DayCount, RatePeriod
from tests.domain.lending.loans import (
    ANNUITY,
    EQUAL_PRINCIPAL,
    FLAT,
    due,
    lines,
    principal_and_interest,
    rows,
    schedule,
    terms,
    totals,
)

ONE = Decimal(1)


def _words(text: str) -> list[str]:
    """Values with blanks between."""
    return text.split()


def test_flat_with_whole_instalments() -> None:
    """LoanRepayment.feature, RS01."""
    loan = schedule("5000", terms(FLAT, "12", 18, instalment_multiple=ONE), "2022-11-01")
    expected = [f"278.00 50.00 328.00 {5000 - 278 * number}.00" for number in range(1, 18)]
    assert rows(loan) == [*expected, "274.00 50.00 324.00 0.00"]
    assert loan.instalments[-1].due_on.isoformat() == "2024-05-01"
    assert totals(loan) == "5000.00 900.00 5900.00"


def test_flat_interest_that_does_not_divide_adds_up_to_its_total() -> None:
    """LoanRepayment.feature, "outstanding amounts are rounded correctly … FLAT"; 15.625 goes to the even cent."""
    loan = schedule("1250", terms(FLAT, "15", 4, instalment_multiple=ONE), "2023-09-01")
    assert due(loan) == ["2023-10-01", "2023-11-01", "2023-12-01", "2024-01-01"]
    assert rows(loan) == lines(
        """
        312.38 15.62 328.00 937.62
        312.38 15.62 328.00 625.24
        312.38 15.62 328.00 312.86
        312.86 15.64 328.50 0.00
        """
    )
    assert totals(loan) == "1250.00 62.50 1312.50"


def test_equal_instalments_with_whole_instalments() -> None:
    """LoanRepayment.feature, RS02."""
    loan = schedule("5000", terms(ANNUITY, "12", 18, instalment_multiple=ONE), "2022-11-01")
    assert rows(loan) == lines(
        """
        255.00 50.00 305.00 4745.00
        257.55 47.45 305.00 4487.45
        260.13 44.87 305.00 4227.32
        262.73 42.27 305.00 3964.59
        265.35 39.65 305.00 3699.24
        268.01 36.99 305.00 3431.23
        270.69 34.31 305.00 3160.54
        273.39 31.61 305.00 2887.15
        276.13 28.87 305.00 2611.02
        278.89 26.11 305.00 2332.13
        281.68 23.32 305.00 2050.45
        284.50 20.50 305.00 1765.95
        287.34 17.66 305.00 1478.61
        290.21 14.79 305.00 1188.40
        293.12 11.88 305.00 895.28
        296.05 8.95 305.00 599.23
        299.01 5.99 305.00 300.22
        300.22 3.00 303.22 0.00
        """
    )
    assert totals(loan) == "5000.00 488.22 5488.22"


def test_equal_principal() -> None:
    """LoanRepayment.feature, RS04."""
    loan = schedule("5000", terms(EQUAL_PRINCIPAL, "12", 18, instalment_multiple=ONE), "2022-11-01")
    assert rows(loan) == lines(
        """
        277.78 50.00 327.78 4722.22
        277.78 47.22 325.00 4444.44
        277.78 44.44 322.22 4166.66
        277.78 41.67 319.45 3888.88
        277.78 38.89 316.67 3611.10
        277.78 36.11 313.89 3333.32
        277.78 33.33 311.11 3055.54
        277.78 30.56 308.34 2777.76
        277.78 27.78 305.56 2499.98
        277.78 25.00 302.78 2222.20
        277.78 22.22 300.00 1944.42
        277.78 19.44 297.22 1666.64
        277.78 16.67 294.45 1388.86
        277.78 13.89 291.67 1111.08
        277.78 11.11 288.89 833.30
        277.78 8.33 286.11 555.52
        277.78 5.56 283.34 277.74
        277.74 2.78 280.52 0.00
        """
    )
    assert totals(loan) == "5000.00 475.00 5475.00"


def test_equal_instalments_after_a_grace_of_three_on_principal() -> None:
    """LoanRepayment.feature, RS05."""
    loan = schedule("5000", terms(ANNUITY, "12", 18, instalment_multiple=ONE, principal_grace=3), "2022-11-01")
    assert rows(loan) == lines(
        """
        0.00 50.00 50.00 5000.00
        0.00 50.00 50.00 5000.00
        0.00 50.00 50.00 5000.00
        311.00 50.00 361.00 4689.00
        314.11 46.89 361.00 4374.89
        317.25 43.75 361.00 4057.64
        320.42 40.58 361.00 3737.22
        323.63 37.37 361.00 3413.59
        326.86 34.14 361.00 3086.73
        330.13 30.87 361.00 2756.60
        333.43 27.57 361.00 2423.17
        336.77 24.23 361.00 2086.40
        340.14 20.86 361.00 1746.26
        343.54 17.46 361.00 1402.72
        346.97 14.03 361.00 1055.75
        350.44 10.56 361.00 705.31
        353.95 7.05 361.00 351.36
        351.36 3.51 354.87 0.00
        """
    )
    assert totals(loan) == "5000.00 558.87 5558.87"


def test_equal_instalments_at_a_rate_of_a_month() -> None:
    """ClientLoanIntegrationTest.java, the loan of 2011-09-20."""
    loan = schedule("12000", terms(ANNUITY, "2", 4, rate_period=RatePeriod.MONTH), "2011-09-20")
    assert due(loan) == ["2011-10-20", "2011-11-20", "2011-12-20", "2012-01-20"]
    assert rows(loan) == lines(
        """
        2911.49 240.00 3151.49 9088.51
        2969.72 181.77 3151.49 6118.79
        3029.11 122.38 3151.49 3089.68
        3089.68 61.79 3151.47 0.00
        """
    )


def test_equal_principal_in_a_currency_of_whole_hundreds() -> None:
    """ClientLoanIntegrationTest.java, "currency details"."""
    of = terms(EQUAL_PRINCIPAL, "2", 24, rate_period=RatePeriod.MONTH, smallest_sum=Decimal(100))
    loan = schedule("10000000", of, "2014-06-02", "UGX")
    interests = _words(
        """
        200000 191700 183300 175000 166700 158300 150000 141700 133300 125000 116700 108300 100000 91700
        83300 75000 66700 58300 50000 41700 33300 25000 16700 8300
        """
    )
    assert principal_and_interest(loan) == [*(f"416700 {each}" for each in interests[:-1]), "415900 8300"]
    assert [due(loan)[at] for at in (0, 5, 23)] == ["2014-07-02", "2014-12-02", "2016-06-02"]


def test_equal_principal_in_whole_hundreds_after_a_grace_of_five() -> None:
    """ClientLoanIntegrationTest.java, "currency details" with a moratorium."""
    of = terms(EQUAL_PRINCIPAL, "2", 24, rate_period=RatePeriod.MONTH, smallest_sum=Decimal(100), principal_grace=5)
    found = principal_and_interest(schedule("10000000", of, "2014-06-02", "UGX"))
    assert found[:7] == ["0 200000"] * 5 + ["526300 200000", "526300 189500"]
    assert (found[9], found[19], found[23]) == ("526300 157900", "526300 52600", "526600 10500")


def test_equal_instalments_of_a_small_loan_at_30_360() -> None:
    """Loan.feature, early pay-off; ProgressiveEMICalculatorTest.java."""
    loan = schedule("100", terms(ANNUITY, "7", 6, day_count_rule=DayCount.THIRTY_360), "2024-01-01")
    assert rows(loan) == lines(
        """
        16.43 0.58 17.01 83.57
        16.52 0.49 17.01 67.05
        16.62 0.39 17.01 50.43
        16.72 0.29 17.01 33.71
        16.81 0.20 17.01 16.90
        16.90 0.10 17.00 0.00
        """
    )
    assert totals(loan) == "100.00 2.05 102.05"


def test_due_dates_keep_to_the_day_of_the_first() -> None:
    """LoanApplicationScheduleMonthlyTest.java."""
    last_days = _words(
        """
        2023-01-31 2023-02-28 2023-03-31 2023-04-30 2023-05-31 2023-06-30 2023-07-31
        2023-08-31 2023-09-30 2023-10-31 2023-11-30 2023-12-31 2024-01-31 2024-02-29
        """
    )
    of = terms(FLAT, "12", len(last_days))
    assert due(schedule("1000", of, "2023-01-01", first_due_on=date.fromisoformat(last_days[0]))) == last_days
    thirtieths = [day if day[5:7] == "02" else f"{day[:8]}30" for day in last_days]
    assert due(schedule("1000", of, "2023-01-01", first_due_on=date.fromisoformat(thirtieths[0]))) == thirtieths


def test_a_fee_on_each_instalment() -> None:
    """LoanCharge.feature: 1.5 % of principal and interest."""
    fee = ChargeRule(ChargedAt.INSTALMENT, ChargeBasis.PRINCIPAL_AND_INTEREST, Decimal("1.5"))
    loan = schedule("3000", terms(FLAT, "12", 3, charges=(fee,)), "2023-01-01")
    assert rows(loan) == lines(
        """
        1000.00 30.00 1045.45 2000.00
        1000.00 30.00 1045.45 1000.00
        1000.00 30.00 1045.45 0.00
        """
    )
    assert (str(loan.charges), str(loan.total)) == ("46.35 EUR", "3136.35 EUR")
