"""The account of a loan: roll-over, pay-off, advance, waivers, write-off, arrears, and payments taken back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain.lending import (
    ChargeBasis,
    ChargedAt,
    ChargeRule,
    Component,
    InstalmentFrequency,
    InterestOnPayOff,
    LoanHistory,
    LoanRules,
    OverdueInterest,
    PenaltyBasis,
    PenaltyRule,
    RatePeriod,
    RecognisedOn,
    RollOver,
    Split,
    changed_payments,
    penalties_due,
    replay,
)
from tests.domain.lending.loans import ANNUITY, FLAT, Story, money, parts_due, row, schedule, split, terms

FEE, PENALTY = Component.FEE, Component.PENALTY

# The service charge of a savings group: ten per cent for four weeks, all due after them.
FOUR_WEEKS = terms(FLAT, "10", 1, rate_period=RatePeriod.FOUR_WEEKS, frequency=InstalmentFrequency.FOUR_WEEKLY)
TWELVE = terms(FLAT, "12", 3)


def _four_weeks(amount: str, on: str, rules: LoanRules | None = None) -> Story:
    return Story(schedule(amount, FOUR_WEEKS, on, "KES"), FOUR_WEEKS, rules)


def _three(rules: LoanRules | None = None, **more: object) -> Story:
    by = terms(FLAT, "12", 3, **more)
    return Story(schedule("3000", by, "2023-01-01"), by, rules)


def test_a_group_s_service_charge_is_owed_whole_on_any_day() -> None:
    loan = _four_weeks("5000", "2026-02-02")
    for day in ("2026-02-02", "2026-02-10", "2026-03-02", "2026-06-01"):
        assert split(loan.at(day).pay_off) == "0.00 0.00 500.00 5000.00 0.00"
    paid = loan.pays("3000", "2026-03-30")
    account = loan.at("2026-03-30")
    assert split(account.payment(paid).split) == "0.00 0.00 500.00 2500.00 0.00"
    assert account.outstanding.total == money("2500", "KES")


def test_what_is_left_at_the_end_is_charged_again_for_each_period_that_begins() -> None:
    loan = _four_weeks("1000", "2026-01-05", LoanRules(roll_over=RollOver.CHARGE_AGAIN))
    assert parts_due(loan.at("2026-02-02")) == ["1000.00/100.00"]
    # A day later the next four weeks have begun, and are owed whole.
    assert parts_due(loan.at("2026-02-03")) == ["1000.00/100.00", "0.00/100.00"]
    loan.pays("700", "2026-02-16")
    # 100 of charges are due, 600 of principal; the new charge is due at the end of its period.
    assert parts_due(loan.at("2026-03-02")) == ["1000.00/100.00", "0.00/100.00"]
    assert parts_due(loan.at("2026-03-03")) == ["1000.00/100.00", "0.00/100.00", "0.00/40.00"]
    account = loan.at("2026-03-03")
    assert [each.due_on.isoformat() for each in account.instalments] == ["2026-02-02", "2026-03-02", "2026-03-30"]
    assert split(account.pay_off) == "0.00 0.00 140.00 400.00 0.00"
    assert account.arrears.overdue_since == date(2026, 2, 2)
    loan.pays("540", "2026-03-04")
    assert loan.at("2027-01-01").is_settled


def test_who_pays_on_the_last_day_is_not_charged_again() -> None:
    loan = _four_weeks("1000", "2026-01-05", LoanRules(roll_over=RollOver.CHARGE_AGAIN))
    loan.pays("1100", "2026-02-02")
    account = loan.at("2026-12-31")
    assert parts_due(account) == ["1000.00/100.00"]
    assert account.settled_on == date(2026, 2, 2)


def test_roll_overs_keep_to_the_day_that_the_loan_began_with_and_end() -> None:
    by = terms(FLAT, "12", 1)
    rules = LoanRules(roll_over=RollOver.CHARGE_AGAIN)
    loan = Story(schedule("1000", by, "2026-01-31"), by, rules)
    due = [each.due_on.isoformat() for each in loan.at("2026-06-01").instalments]
    assert due == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]
    assert len(loan.at("9999-12-31").instalments) == 521


@pytest.mark.parametrize(
    ("rule", "interest"),
    [
        (InterestOnPayOff.TO_DATE, "46.07"),
        (InterestOnPayOff.TO_PERIOD_END, "60.00"),
        (InterestOnPayOff.WHOLE, "90.00"),
    ],
)
def test_interest_of_who_settles_early(rule: InterestOnPayOff, interest: str) -> None:
    # 30 of January, and 30 times 15 of February's 28 days.
    assert _three(LoanRules(interest_on_pay_off=rule)).at("2023-02-16").pay_off.interest == money(interest)


@pytest.mark.parametrize(
    ("rule", "interest"),
    [
        (InterestOnPayOff.TO_DATE, "0.00"),
        (InterestOnPayOff.TO_PERIOD_END, "0.00"),
        (InterestOnPayOff.WHOLE, "90.00"),
    ],
)
def test_interest_of_who_settles_on_the_day_she_borrows(rule: InterestOnPayOff, interest: str) -> None:
    assert _three(LoanRules(interest_on_pay_off=rule)).at("2023-01-01").pay_off.interest == money(interest)


def test_who_settles_early_owes_no_interest_of_days_that_did_not_come() -> None:
    loan = _three(LoanRules(interest_on_pay_off=InterestOnPayOff.TO_DATE))
    # 31 days of January, and 14 of February's 28.
    paid = loan.pays("3045", "2023-02-15")
    account = loan.at("2023-02-15")
    assert split(account.payment(paid).split) == "0.00 0.00 45.00 3000.00 0.00"
    assert account.settled_on == date(2023, 2, 15)
    assert [each.interest.forgone for each in account.instalments] == [money("0"), money("15"), money("30")]
    assert account.outstanding.total == money("0")


def test_a_coin_less_does_not_settle() -> None:
    loan = _three(LoanRules(interest_on_pay_off=InterestOnPayOff.TO_DATE))
    loan.pays("3044.99", "2023-02-15")
    account = loan.at("2023-02-15")
    assert not account.is_settled
    assert account.outstanding.total == money("45.01")


def test_fees_of_instalments_that_have_not_begun_are_not_owed_by_who_settles() -> None:
    fee = ChargeRule(ChargedAt.INSTALMENT, ChargeBasis.FIXED, Decimal(5))
    to_date = _three(LoanRules(interest_on_pay_off=InterestOnPayOff.TO_DATE), charges=(fee,))
    whole = _three(charges=(fee,))
    assert to_date.at("2023-02-15").pay_off.fees == money("10")
    assert to_date.at("2023-02-01").pay_off.fees == money("5")
    assert whole.at("2023-01-01").pay_off.fees == money("15")


def test_more_than_is_owed_is_an_advance() -> None:
    loan = _three()
    paid = loan.pays("3100", "2023-01-20")
    account = loan.at("2023-01-20")
    assert split(account.payment(paid).split) == "0.00 0.00 90.00 3000.00 10.00"
    assert account.advance == money("10")
    again = loan.pays("5", "2023-01-21")
    assert split(loan.at("2023-01-21").payment(again).split) == "0.00 0.00 0.00 0.00 5.00"


def test_a_waived_charge_is_not_owed_and_what_was_paid_of_it_stays_paid() -> None:
    loan = _three()
    fee = loan.is_charged(FEE, "50", "2023-01-15")
    loan.pays("20", "2023-01-15")
    loan.is_let_off(fee, "50", "2023-01-16")
    account = loan.at("2023-01-16")
    owed = account.charges[0].owed
    assert (owed.due, owed.paid, owed.forgone) == (money("50"), money("20"), money("30"))
    assert account.outstanding.total == money("3090")


def test_a_loan_is_settled_when_the_last_that_is_owed_is_waived() -> None:
    loan = _three()
    loan.pays("3090", "2023-02-01")
    assert loan.at("2023-02-01").settled_on == date(2023, 2, 1)

    owing = _three()
    penalty = owing.is_charged(PENALTY, "10", "2023-04-01", instalment=3)
    owing.pays("3090", "2023-04-01")
    assert row(owing.at("2023-04-01"), 3) == "1040.00 1030.00 10.00"
    owing.is_let_off(penalty, "10", "2023-04-02")
    # The penalty came before interest and principal, so that of these as much is left.
    assert owing.at("2023-04-02").outstanding.total == money("10")

    later = _three()
    later.pays("3080", "2023-04-01")
    fee = later.is_charged(FEE, "4", "2023-04-02")
    later.pays("10", "2023-04-03")
    later.is_let_off(fee, "4", "2023-04-04")
    assert split(later.at("2023-04-04").outstanding) == "0.00 0.00 0.00 4.00 0.00"

    last = _three()
    last.pays("3089", "2023-04-01")
    penalty = last.is_charged(PENALTY, "4", "2023-05-02", on="2023-04-02")
    last.pays("1", "2023-04-03")
    assert split(last.at("2023-04-03").outstanding) == "4.00 0.00 0.00 0.00 0.00"
    last.is_let_off(penalty, "4", "2023-04-04")
    assert last.at("2023-04-04").settled_on == date(2023, 4, 4)


def test_what_is_written_off_is_a_loss_of_principal_alone_where_income_counts_when_paid() -> None:
    loan = _three()
    loan.pays("530", "2023-02-01")
    lost = loan.is_written_off("2023-06-01")
    account = loan.at("2023-06-01")
    assert split(account.payment(lost).split) == "0.00 0.00 0.00 2500.00 0.00"
    assert account.outstanding.total == money("0")
    assert account.settled_on == date(2023, 6, 1)
    assert account.arrears.outstanding_principal == money("0")


def test_what_is_written_off_is_also_what_counted_as_earned_where_income_counts_when_due() -> None:
    loan = _three(LoanRules(recognised_on=RecognisedOn.ACCRUAL))
    loan.is_charged(PENALTY, "15", "2023-02-02", instalment=1)
    lost = loan.is_written_off("2023-02-15")
    account = loan.at("2023-02-15")
    assert split(account.payment(lost).split) == "15.00 0.00 30.00 3000.00 0.00"
    assert split(account.recognised) == "15.00 0.00 30.00 0.00 0.00"


def test_what_is_paid_in_advance_never_comes_to_be_owed_in_the_book() -> None:
    loan = _three(LoanRules(recognised_on=RecognisedOn.ACCRUAL))
    early = loan.pays("1040", "2023-01-20")
    account = loan.at("2023-01-20")
    assert split(account.payment(early).split) == "0.00 0.00 40.00 1000.00 0.00"
    assert split(account.payment(early).of_due) == "0.00 0.00 0.00 0.00 0.00"
    assert split(loan.at("2023-02-01").recognised) == "0.00 0.00 0.00 0.00 0.00"
    late = loan.pays("25", "2023-03-02")
    account = loan.at("2023-03-02")
    assert split(account.recognised) == "0.00 0.00 20.00 0.00 0.00"
    assert split(account.payment(late).split) == split(account.payment(late).of_due) == "0.00 0.00 20.00 5.00 0.00"


def test_arrears_count_days_from_the_oldest_unpaid_principal_or_interest() -> None:
    loan = _three()
    on_the_day = loan.at("2023-02-01").arrears
    assert (on_the_day.overdue_since, on_the_day.days, on_the_day.overdue.total) == (None, 0, money("0"))
    loan.pays("500", "2023-02-01")
    arrears = loan.at("2023-03-03").arrears
    assert (arrears.overdue_since, arrears.days) == (date(2023, 2, 1), 30)
    assert split(arrears.overdue) == "0.00 0.00 30.00 1530.00 0.00"
    assert arrears.outstanding_principal == money("2530")
    loan.pays("530", "2023-03-04")
    arrears = loan.at("2023-03-05").arrears
    assert (arrears.overdue_since, arrears.days) == (date(2023, 3, 1), 4)


def test_a_penalty_alone_does_not_make_a_loan_late() -> None:
    loan = _three()
    loan.pays("1030", "2023-02-01")
    loan.is_charged(PENALTY, "10", "2023-02-02", instalment=1)
    arrears = loan.at("2023-02-20").arrears
    assert (arrears.overdue_since, arrears.days) == (None, 0)
    assert split(arrears.overdue) == "10.00 0.00 0.00 0.00 0.00"


def test_the_account_of_an_earlier_day_does_not_know_what_came_later() -> None:
    loan = _three()
    before = loan.at("2023-02-20")
    loan.pays("1030", "2023-03-01")
    loan.is_charged(FEE, "5", "2023-03-02")
    after = loan.at("2023-02-20")
    assert (before.instalments, before.arrears, before.pay_off) == (after.instalments, after.arrears, after.pay_off)


def test_payments_that_settle_the_same_parts_of_other_instalments_stay_as_they_are() -> None:
    loan = _three()
    first = loan.pays("1030", "2023-02-01")
    second = loan.pays("1030", "2023-03-01")
    before = loan.at("2023-03-02")
    loan.takes_back(first)
    after = loan.at("2023-03-02")
    assert split(after.payment(second).split) == "0.00 0.00 30.00 1000.00 0.00"
    assert (row(after, 1), row(after, 2)) == ("1030.00 1030.00 0.00", "1030.00 0.00 1030.00")
    assert changed_payments(before, after) == ()


def test_payments_are_named_whose_parts_change_when_one_is_taken_back() -> None:
    loan = _three()
    first = loan.pays("1000", "2023-02-01")
    second = loan.pays("1030", "2023-03-01")
    third = loan.pays("10", "2023-03-02")
    before = loan.at("2023-03-02")
    assert split(before.payment(first).split) == "0.00 0.00 30.00 970.00 0.00"
    assert split(before.payment(second).split) == "0.00 0.00 30.00 1000.00 0.00"
    assert split(before.payment(third).split) == "0.00 0.00 0.00 10.00 0.00"
    loan.takes_back(first)
    after = loan.at("2023-03-02")
    assert [(each.payment.id, split(each.split)) for each in changed_payments(before, after)] == [
        (third, "0.00 0.00 10.00 0.00 0.00")
    ]


def test_what_had_come_to_be_owed_in_the_book_changes_a_payment_too_where_income_counts_when_due() -> None:
    changed = {}
    for recognised in RecognisedOn:
        loan = _three(LoanRules(recognised_on=recognised))
        first = loan.pays("15", "2023-01-10")
        second = loan.pays("1030", "2023-02-01")
        before = loan.at("2023-02-01")
        assert split(before.payment(second).split) == "0.00 0.00 30.00 1000.00 0.00"
        assert split(before.payment(second).of_due) == "0.00 0.00 15.00 1000.00 0.00"
        loan.takes_back(first)
        changed[recognised] = [
            (each.payment.id == second, split(each.of_due)) for each in changed_payments(before, loan.at("2023-02-01"))
        ]
    assert changed == {RecognisedOn.CASH: [], RecognisedOn.ACCRUAL: [(True, "0.00 0.00 30.00 1000.00 0.00")]}


def test_a_penalty_waits_for_its_grace_and_comes_once() -> None:
    loan = _three(LoanRules(penalty=PenaltyRule(PenaltyBasis.FIXED, Decimal(20), grace_days=3)))
    assert penalties_due(loan.history, date(2023, 2, 4)) == ()
    (found,) = penalties_due(loan.history, date(2023, 2, 5))
    assert (found.instalment, found.due_on, found.amount) == (1, date(2023, 2, 5), money("20"))
    charge = loan.is_charged(PENALTY, "20", "2023-02-05", instalment=1)
    assert penalties_due(loan.history, date(2023, 2, 28)) == ()
    loan.is_let_off(charge, "20", "2023-02-06")
    assert penalties_due(loan.history, date(2023, 2, 28)) == ()


def test_a_penalty_is_not_charged_to_who_paid_within_the_grace() -> None:
    rules = LoanRules(penalty=PenaltyRule(PenaltyBasis.PRINCIPAL, Decimal(10), grace_days=3))
    in_time, late, partly = _three(rules), _three(rules), _three(rules)
    in_time.pays("1030", "2023-02-04")
    late.pays("1030", "2023-02-05")
    partly.pays("430", "2023-02-04")
    assert penalties_due(in_time.history, date(2023, 2, 28)) == ()
    assert [each.amount for each in penalties_due(late.history, date(2023, 2, 28))] == [money("100")]
    assert [each.amount for each in penalties_due(partly.history, date(2023, 2, 28))] == [money("60")]


def test_a_repeated_penalty_comes_with_each_period_however_late_it_is_asked_for() -> None:
    loan = _three(LoanRules(penalty=PenaltyRule(PenaltyBasis.PRINCIPAL, Decimal(1), is_repeated=True)))
    loan.pays("530", "2023-03-01")
    found = penalties_due(loan.history, date(2023, 4, 2))
    assert [(each.instalment, each.due_on.isoformat(), each.amount) for each in found] == [
        (1, "2023-02-02", money("10")),
        (1, "2023-03-02", money("5")),
        (2, "2023-03-02", money("10")),
        (1, "2023-04-02", money("5")),
        (2, "2023-04-02", money("10")),
        (3, "2023-04-02", money("10")),
    ]


def test_interest_paid_for_a_whole_month_is_not_given_back_when_the_balance_falls() -> None:
    by = terms(ANNUITY, "12", 3)
    rules = LoanRules(overdue_interest=OverdueInterest.ON_BALANCE, interest_on_pay_off=InterestOnPayOff.TO_PERIOD_END)
    loan = Story(schedule("3000", by, "2023-01-01"), by, rules)
    loan.pays("2000", "2023-01-11")
    account = loan.at("2023-01-11")
    assert account.outstanding.principal == money("1030")
    assert row(account, 1) == "1020.07 1020.07 0.00"


def test_who_pays_early_owes_less_interest_where_it_follows_the_balance() -> None:
    by = terms(ANNUITY, "12", 3)
    rules = LoanRules(overdue_interest=OverdueInterest.ON_BALANCE, interest_on_pay_off=InterestOnPayOff.TO_DATE)
    loan = Story(schedule("3000", by, "2023-01-01"), by, rules)
    paid = loan.pays("1510", "2023-01-11")
    account = loan.at("2023-02-01")
    # 30 a month on 3000: 9.68 for ten days of 31, then 14.9968 a month on 1499.68 for 21 of 31.
    assert account.payment(paid).split.interest == money("9.68")
    assert account.outstanding.principal == money("1499.68")
    assert account.instalments[0].interest.due == money("19.84")


def test_a_new_schedule_begins_with_what_was_owed_beside_principal() -> None:
    by = terms(FLAT, "12", 2)
    brought = Split.of(money("0").currency, penalties=Decimal(15), interest=Decimal(45))
    history = LoanHistory(schedule("2000", by, "2023-03-01"), by, LoanRules(), brought_forward=brought)
    account = replay(history, date(2023, 3, 1))
    assert [each.number for each in account.instalments] == [0, 1, 2]
    assert row(account, 0) == "60.00 0.00 60.00"
    assert split(account.due) == "15.00 0.00 45.00 0.00 0.00"
    assert split(account.pay_off) == "15.00 0.00 85.00 2000.00 0.00"
