"""What Apache Fineract's own tests publish of pay-offs, overdue loans, charges and allocation, to the last cent.

The numbers and parameters are from its feature files and unit tests; the conventions are in `docs/lending.md`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain.lending import (
    AllocationOrder,
    ChargeBasis,
    ChargedAt,
    ChargeRule,
    Component,
    DayCount,
    InAdvance,
    InterestOnPayOff,
    LoanCharge,
    LoanRules,
    OverdueInterest,
    PenaltyBasis,
    PenaltyRule,
    penalties_due,
)
from domain.lending.schedules import LoanSchedule
from domain.lending.terms import LoanTerms
from tests.domain.lending.loans import ANNUITY, FLAT, Story, money, parts_due, row, schedule, split, terms

FEE, PENALTY = Component.FEE, Component.PENALTY


# Table 13: 100 at 7 per cent a year, six equal monthly instalments of 17.01 by 30/360, from 2024-01-01.
SMALL = terms(ANNUITY, "7", 6, day_count_rule=DayCount.THIRTY_360)


def _small(interest: InterestOnPayOff, overdue: OverdueInterest = OverdueInterest.ON_BALANCE) -> Story:
    rules = LoanRules(interest_on_pay_off=interest, overdue_interest=overdue)
    return Story(schedule("100", SMALL, "2024-01-01"), SMALL, rules)


@pytest.mark.parametrize("overdue", OverdueInterest)
@pytest.mark.parametrize(
    ("interest", "pay_off"), [(InterestOnPayOff.TO_DATE, "83.81"), (InterestOnPayOff.TO_PERIOD_END, "84.06")]
)
def test_paid_off_in_the_middle_of_a_month(interest: InterestOnPayOff, overdue: OverdueInterest, pay_off: str) -> None:
    loan = _small(interest, overdue)
    first = loan.pays("17.01", "2024-02-01")
    account = loan.at("2024-02-15")
    assert split(account.payment(first).split) == "0.00 0.00 0.58 16.43 0.00"
    assert account.pay_off.principal == money("83.57")
    assert account.pay_off.total == money(pay_off)

    last = loan.pays(pay_off, "2024-02-15")
    settled = loan.at("2024-02-15")
    assert settled.is_settled
    assert settled.outstanding.total == money("0")
    assert settled.payment(last).split.principal == money("83.57")


@pytest.mark.parametrize(
    ("first", "on", "due"),
    [
        (None, "2024-03-10", "16.43/0.58 16.43/0.58 16.56/0.45 16.71/0.30 16.81/0.20 17.06/0.10"),
        (None, "2024-07-15", "16.43/0.58 16.43/0.58 16.43/0.58 16.43/0.58 16.43/0.58 17.85/0.58"),
        ("17.01", "2024-03-10", "16.43/0.58 16.52/0.49 16.59/0.42 16.72/0.29 16.81/0.20 16.93/0.10"),
        ("17.01", "2024-02-01", "16.43/0.58 16.52/0.49 16.62/0.39 16.72/0.29 16.81/0.20 16.90/0.10"),
    ],
)
def test_interest_of_the_days_that_an_instalment_is_overdue(first: str | None, on: str, due: str) -> None:
    loan = _small(InterestOnPayOff.TO_DATE)
    if first is not None:
        loan.pays(first, "2024-02-01")
    assert parts_due(loan.at(on)) == due.split()


def test_the_last_of_overdue_instalments_takes_what_is_left() -> None:
    never_paid = _small(InterestOnPayOff.TO_DATE)
    assert row(never_paid.at("2024-03-10"), 6) == "17.16 0.00 17.16"
    assert row(never_paid.at("2024-07-15"), 6) == "18.43 0.00 18.43"


# Table 18: 3000 at 12 per cent flat a year, three months of 1000 and 30, from 2023-01-01.
def _flat(**more: object) -> tuple[LoanSchedule, LoanTerms]:
    by = terms(FLAT, "12", 3, **more)
    return schedule("3000", by, "2023-01-01"), by


def test_a_fee_with_each_instalment() -> None:
    fee = ChargeRule(ChargedAt.INSTALMENT, ChargeBasis.PRINCIPAL_AND_INTEREST, Decimal("1.5"))
    of, by = _flat(charges=(fee,))
    account = Story(of, by).at("2023-01-01")
    assert [each.fees.due for each in account.instalments] == [money("15.45")] * 3
    assert [each.due for each in account.instalments] == [money("1045.45")] * 3
    assert account.outstanding.total == money("3136.35")


@pytest.mark.parametrize(
    ("basis", "each", "due", "total"),
    [
        (PenaltyBasis.PRINCIPAL, "15.00", "1045.00", "3135.00"),
        (PenaltyBasis.PRINCIPAL_AND_INTEREST, "15.45", "1045.45", "3136.35"),
    ],
)
def test_a_penalty_of_what_is_overdue(basis: PenaltyBasis, each: str, due: str, total: str) -> None:
    of, by = _flat()
    loan = Story(of, by, LoanRules(penalty=PenaltyRule(basis, Decimal("1.5"))))
    found = penalties_due(loan.history, date(2023, 5, 1))
    assert [(one.instalment, one.due_on.isoformat(), one.amount) for one in found] == [
        (1, "2023-02-02", money(each)),
        (2, "2023-03-02", money(each)),
        (3, "2023-04-02", money(each)),
    ]
    for one in found:
        loan.is_charged(PENALTY, str(one.amount.amount), one.due_on.isoformat(), instalment=one.instalment)
    account = loan.at("2023-05-01")
    assert [one.due for one in account.instalments] == [money(due)] * 3
    assert account.outstanding.total == money(total)


# Table 19: due first penalty, fee, interest, principal; then in advance principal, penalty, fee, interest.
PRINCIPAL_FIRST = LoanRules(allocation=AllocationOrder(in_advance=InAdvance.PRINCIPAL_FIRST))


def test_a_part_of_an_instalment_on_its_day() -> None:
    of, by = _flat()
    loan = Story(of, by, PRINCIPAL_FIRST)
    paid = loan.pays("500", "2023-02-01")
    account = loan.at("2023-02-01")
    assert split(account.payment(paid).split) == "0.00 0.00 30.00 470.00 0.00"
    assert account.outstanding.principal == money("2530")
    assert row(account, 1) == "1030.00 500.00 530.00"


def test_an_instalment_with_charges_paid_early_and_taken_back() -> None:
    of, by = _flat()
    loan = Story(of, by, PRINCIPAL_FIRST)
    loan.is_charged(FEE, "50", "2023-01-20", on="2023-01-01")
    loan.is_charged(PENALTY, "50", "2023-01-15", on="2023-01-01")
    loan.is_charged(PENALTY, "50", "2023-01-20", on="2023-01-01")
    paid = loan.pays("1180", "2023-01-15")
    account = loan.at("2023-01-15")
    assert split(account.payment(paid).split) == "100.00 50.00 30.00 1000.00 0.00"
    assert row(account, 1) == "1180.00 1180.00 0.00"
    assert account.outstanding.total == money("2060")

    loan.takes_back(paid)
    account = loan.at("2023-01-15")
    assert row(account, 1) == "1180.00 0.00 1180.00"
    assert account.outstanding.total == money("3240")
    assert account.applied == ()


def test_charges_come_before_principal_where_there_is_no_interest() -> None:
    by = terms(FLAT, "0", 3)
    loan = Story(schedule("3000", by, "2023-01-01"), by, PRINCIPAL_FIRST)
    loan.is_charged(PENALTY, "50", "2023-02-01")
    loan.is_charged(FEE, "50", "2023-02-01")
    paid = loan.pays("500", "2023-02-01")
    account = loan.at("2023-02-01")
    assert split(account.payment(paid).split) == "50.00 50.00 0.00 400.00 0.00"
    assert account.outstanding.principal == money("2600")


def test_penalties_fees_interest_principal_instalment_by_instalment() -> None:
    by = terms(FLAT, "12", 3, instalment_multiple=Decimal(1))
    loan = Story(schedule("1000", by, "2023-01-01"), by)
    loan.is_charged(PENALTY, "10", "2023-01-10", on="2023-01-01")
    loan.is_charged(FEE, "103", "2023-01-10", on="2023-01-01")
    loan.pays("100", "2023-01-20")
    loan.pays("300", "2023-01-25")
    account = loan.at("2023-01-25")
    assert row(account, 1) == "456.00 400.00 56.00"
    first = account.instalments[0].principal
    assert (first.paid, first.due) == (money("277"), money("333"))


def test_charges_keep_the_place_that_they_were_made_in() -> None:
    of, by = _flat()
    loan = Story(of, by)
    ids = [loan.is_charged(FEE, "5", "2023-02-20"), loan.is_charged(PENALTY, "7", "2023-03-20")]
    account = loan.at("2023-03-20")
    assert [each.charge.id for each in account.charges] == ids
    assert all(isinstance(each.charge, LoanCharge) for each in account.charges)
    assert [row(account, number) for number in (1, 2, 3)] == [
        "1030.00 0.00 1030.00",
        "1035.00 0.00 1035.00",
        "1037.00 0.00 1037.00",
    ]
