"""Rules of a loan: the defaults of a savings group, and what cannot be."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.lending import (
    AllocationOrder,
    AllocationOrderIncomplete,
    Component,
    InAdvance,
    InterestOnPayOff,
    LoanRules,
    OverdueInterest,
    Overpayment,
    PenaltyBasis,
    PenaltyNotPossible,
    PenaltyRule,
    RecognisedOn,
    RollOver,
    RulesDoNotFitTerms,
    check_rules,
)
from tests.domain.lending.loans import ANNUITY, COMPOUND, EQUAL_PRINCIPAL, FLAT, terms

PENALTY, FEE, INTEREST, PRINCIPAL = Component


def test_a_savings_group_has_a_flat_service_charge_owed_whole_and_booked_when_paid() -> None:
    rules = LoanRules()
    assert rules.allocation.due == rules.allocation.early == (PENALTY, FEE, INTEREST, PRINCIPAL)
    assert rules == LoanRules(
        overpayment=Overpayment.REFUSE,
        penalty=None,
        roll_over=RollOver.NONE,
        recognised_on=RecognisedOn.CASH,
        interest_on_pay_off=InterestOnPayOff.WHOLE,
        overdue_interest=OverdueInterest.AS_SCHEDULED,
    )


def test_principal_can_come_first_before_it_is_due() -> None:
    order = AllocationOrder(in_advance=InAdvance.PRINCIPAL_FIRST)
    assert order.due == (PENALTY, FEE, INTEREST, PRINCIPAL)
    assert order.early == (PRINCIPAL, PENALTY, FEE, INTEREST)


@pytest.mark.parametrize(
    "due", [(), (PENALTY, FEE, INTEREST), (PENALTY, FEE, INTEREST, INTEREST), (*Component, PRINCIPAL)]
)
def test_an_order_names_each_component_once(due: tuple[Component, ...]) -> None:
    with pytest.raises(AllocationOrderIncomplete) as refusal:
        AllocationOrder(due=due)
    assert refusal.value.path == ("due",)


@pytest.mark.parametrize(
    ("basis", "value"),
    [
        (PenaltyBasis.FIXED, "0"),
        (PenaltyBasis.FIXED, "-1"),
        (PenaltyBasis.FIXED, "100000000000001"),
        (PenaltyBasis.PRINCIPAL, "100.01"),
        (PenaltyBasis.PRINCIPAL_AND_INTEREST, "NaN"),
    ],
)
def test_a_penalty_is_above_zero_and_at_most_all(basis: PenaltyBasis, value: str) -> None:
    with pytest.raises(PenaltyNotPossible) as refusal:
        PenaltyRule(basis, Decimal(value))
    assert refusal.value.path == ("value",)


@pytest.mark.parametrize("days", [-1, 367])
def test_the_grace_of_a_penalty_ends(days: int) -> None:
    with pytest.raises(PenaltyNotPossible) as refusal:
        PenaltyRule(PenaltyBasis.FIXED, Decimal(5), grace_days=days)
    assert refusal.value.path == ("graceDays",)


def test_interest_that_follows_the_balance_is_not_charged_again_as_a_whole() -> None:
    with pytest.raises(RulesDoNotFitTerms):
        LoanRules(overdue_interest=OverdueInterest.ON_BALANCE, roll_over=RollOver.CHARGE_AGAIN)


def test_interest_follows_the_balance_only_where_it_reduces() -> None:
    rules = LoanRules(overdue_interest=OverdueInterest.ON_BALANCE)
    for method in (ANNUITY, EQUAL_PRINCIPAL):
        assert check_rules(rules, terms(method, "12", 3)) is rules
    for method in (FLAT, COMPOUND):
        with pytest.raises(RulesDoNotFitTerms) as refusal:
            check_rules(rules, terms(method, "12", 3))
        assert refusal.value.path == ("overdueInterest",)
        assert check_rules(LoanRules(), terms(method, "12", 3)) == LoanRules()
