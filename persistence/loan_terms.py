"""The terms and rules of a loan as columns, and back: the one place that knows both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.lending.charges import ChargeBasis, ChargedAt, ChargeRule
from domain.lending.rounding import RoundingMode
from domain.lending.rules import (
    AllocationOrder,
    Component,
    InAdvance,
    InterestOnPayOff,
    LoanRules,
    OverdueInterest,
    Overpayment,
    PenaltyBasis,
    PenaltyRule,
    RecognisedOn,
    RollOver,
)
from domain.lending.terms import DayCount, InstalmentFrequency, InterestMethod, LoanTerms, RatePeriod, Residue

__all__ = ["TERMS_COLUMNS", "TERMS_INSERT", "rules_from", "terms_columns", "terms_from", "terms_values"]


def _columns(terms: LoanTerms, rules: LoanRules) -> dict[str, Any]:
    penalty = rules.penalty
    return {
        "method": terms.method.value,
        "rate": terms.rate,
        "rate_period": terms.rate_period.value,
        "instalments": terms.instalments,
        "frequency": terms.frequency.value,
        "every": terms.every,
        "day_count_rule": terms.day_count_rule.value,
        "principal_grace": terms.principal_grace,
        "interest_grace": terms.interest_grace,
        "interest_free": terms.interest_free,
        "rounding": terms.rounding.value,
        "smallest_sum": terms.smallest_sum,
        "instalment_multiple": terms.instalment_multiple,
        "residue": terms.residue.value,
        "charged_at": [each.at.value for each in terms.charges],
        "charge_bases": [each.basis.value for each in terms.charges],
        "charge_values": [each.value for each in terms.charges],
        "allocation": [each.value for each in rules.allocation.due],
        "in_advance": rules.allocation.in_advance.value,
        "overpayment": rules.overpayment.value,
        "penalty_basis": None if penalty is None else penalty.basis.value,
        "penalty_value": None if penalty is None else penalty.value,
        "penalty_grace_days": None if penalty is None else penalty.grace_days,
        "penalty_is_repeated": None if penalty is None else penalty.is_repeated,
        "roll_over": rules.roll_over.value,
        "recognised_on": rules.recognised_on.value,
        "interest_on_pay_off": rules.interest_on_pay_off.value,
        "overdue_interest": rules.overdue_interest.value,
    }


TERMS_COLUMNS = (
    "method",
    "rate",
    "rate_period",
    "instalments",
    "frequency",
    "every",
    "day_count_rule",
    "principal_grace",
    "interest_grace",
    "interest_free",
    "rounding",
    "smallest_sum",
    "instalment_multiple",
    "residue",
    "charged_at",
    "charge_bases",
    "charge_values",
    "allocation",
    "in_advance",
    "overpayment",
    "penalty_basis",
    "penalty_value",
    "penalty_grace_days",
    "penalty_is_repeated",
    "roll_over",
    "recognised_on",
    "interest_on_pay_off",
    "overdue_interest",
)
"""The columns of `app.loan_terms` beside its key, in the order of `terms_values`."""

TERMS_INSERT = (
    f"INSERT INTO app.loan_terms (tenant_id, id, {', '.join(TERMS_COLUMNS)}) VALUES ("
    f"{', '.join(f'${number}' for number in range(1, len(TERMS_COLUMNS) + 3))})"
)
"""Keeps terms: the tenant, the id and `terms_values`."""


def terms_columns(table: str) -> str:
    """The columns of a table of terms for a SELECT, named as `terms_from` reads them."""
    return ", ".join(f"{table}.{name}" for name in TERMS_COLUMNS)


def terms_values(terms: LoanTerms, rules: LoanRules) -> list[Any]:
    """What goes into the columns."""
    values = _columns(terms, rules)
    return [values[name] for name in TERMS_COLUMNS]


def terms_from(row: Mapping[str, Any]) -> LoanTerms:
    """The terms that a row has; what was written checked itself."""
    charges = zip(row["charged_at"], row["charge_bases"], row["charge_values"], strict=True)
    return LoanTerms(
        method=InterestMethod(row["method"]),
        rate=row["rate"],
        rate_period=RatePeriod(row["rate_period"]),
        instalments=row["instalments"],
        frequency=InstalmentFrequency(row["frequency"]),
        every=row["every"],
        day_count_rule=DayCount(row["day_count_rule"]),
        principal_grace=row["principal_grace"],
        interest_grace=row["interest_grace"],
        interest_free=row["interest_free"],
        rounding=RoundingMode(row["rounding"]),
        smallest_sum=row["smallest_sum"],
        instalment_multiple=row["instalment_multiple"],
        residue=Residue(row["residue"]),
        charges=tuple(ChargeRule(ChargedAt(at), ChargeBasis(basis), value) for at, basis, value in charges),
    )


def rules_from(row: Mapping[str, Any]) -> LoanRules:
    """The rules that a row has."""
    penalty = None
    if row["penalty_basis"] is not None:
        penalty = PenaltyRule(
            PenaltyBasis(row["penalty_basis"]),
            row["penalty_value"],
            row["penalty_grace_days"],
            row["penalty_is_repeated"],
        )
    return LoanRules(
        allocation=AllocationOrder(tuple(map(Component, row["allocation"])), InAdvance(row["in_advance"])),
        overpayment=Overpayment(row["overpayment"]),
        penalty=penalty,
        roll_over=RollOver(row["roll_over"]),
        recognised_on=RecognisedOn(row["recognised_on"]),
        interest_on_pay_off=InterestOnPayOff(row["interest_on_pay_off"]),
        overdue_interest=OverdueInterest(row["overdue_interest"]),
    )
