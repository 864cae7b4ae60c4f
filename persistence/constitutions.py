"""Constitutions as rows: the columns of a version, and the value that they stand for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.currencies import Currency
from domain.groups import (
    Constitution,
    ContributionType,
    FineReason,
    Frequency,
    LoanTerms,
    RatePeriod,
    Weekday,
)
from domain.ledger.accounts import Fund
from domain.money import Money
from domain.policy import Visibility

__all__ = [
    "CONSTITUTION_COLUMNS",
    "INSERT_CONSTITUTION",
    "IN_FORCE",
    "constitution_from",
    "constitution_values",
    "in_force_on",
]

CONSTITUTION_COLUMNS = """
c.version AS constitution_version, c.share_price, c.shares_min, c.shares_max, c.social_fund_amount,
c.contribution_amount, c.contribution_frequency, c.meeting_frequency, c.meeting_weekday, c.loan_interest_rate,
c.loan_interest_period, c.loan_multiplier, c.loan_term_months_max, c.penalty_rate,
c.visibility AS constitution_visibility, c.quorum_percent, c.can_representatives_buy_shares, c.can_absent_members_pay,
c.is_second_officer_required, c.fine_reasons, c.contribution_types, c.adopted_on, c.reason AS amendment_reason
"""
"""What `constitution_from` takes from a row in which `c` is the constitution."""

IN_FORCE = """
CASE WHEN g.next_constitution_at <= now() THEN g.next_constitution_version ELSE g.constitution_version END
"""
"""The version that holds now, of a row in which `g` is the group."""


def in_force_on(day: str) -> str:
    """The version that held on a day, of a row in which `g` is the group; the one that holds now where the day is NULL.

    Of what was to hold from later and was amended before, the later amendment counts. The first version holds from the
    group's beginning, if that was before it was written down here.

    Args:
        day: An expression of SQL, constant text of ours.
    """
    return f"""
CASE WHEN {day} IS NULL THEN {IN_FORCE} ELSE coalesce((
    SELECT max(v.version) FROM app.constitutions v WHERE v.tenant_id = g.tenant_id AND v.adopted_on <= {day}
), 1) END
"""


INSERT_CONSTITUTION = """
INSERT INTO app.constitutions (
    tenant_id, version, share_price, shares_min, shares_max, social_fund_amount, contribution_amount,
    contribution_frequency, meeting_frequency, meeting_weekday, loan_interest_rate, loan_interest_period,
    loan_multiplier, loan_term_months_max, penalty_rate, visibility, quorum_percent, can_representatives_buy_shares,
    can_absent_members_pay, is_second_officer_required, fine_reasons, contribution_types, adopted_on, reason, created_by
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25
)
"""


def constitution_from(row: Mapping[str, Any], unit: Currency) -> Constitution:
    """The constitution in a row with `CONSTITUTION_COLUMNS`."""
    weekday = row["meeting_weekday"]
    return Constitution(
        version=row["constitution_version"],
        share_price=_money(row["share_price"], unit),
        shares_min=row["shares_min"],
        shares_max=row["shares_max"],
        social_fund_amount=Money(row["social_fund_amount"], unit),
        meeting_frequency=Frequency(row["meeting_frequency"]),
        adopted_on=row["adopted_on"],
        meeting_weekday=None if weekday is None else Weekday(weekday),
        contribution_amount=_money(row["contribution_amount"], unit),
        contribution_frequency=Frequency(row["contribution_frequency"]),
        loans=_loans(row),
        penalty_rate=row["penalty_rate"],
        visibility=Visibility(row["constitution_visibility"]),
        quorum_percent=row["quorum_percent"],
        can_representatives_buy_shares=row["can_representatives_buy_shares"],
        can_absent_members_pay=row["can_absent_members_pay"],
        is_second_officer_required=row["is_second_officer_required"],
        fine_reasons=tuple(
            FineReason(each["code"], each["name"], Money(Decimal(each["amount"]), unit))
            for each in json.loads(row["fine_reasons"])
        ),
        contribution_types=tuple(_type(each, unit) for each in json.loads(row["contribution_types"])),
        reason=row["amendment_reason"],
    )


def constitution_values(group_id: UUID, rules: Constitution, author: UUID | None) -> tuple[object, ...]:
    """The arguments of `INSERT_CONSTITUTION`."""
    loans = rules.loans
    return (
        group_id,
        rules.version,
        None if rules.share_price is None else rules.share_price.amount,
        rules.shares_min,
        rules.shares_max,
        rules.social_fund_amount.amount,
        None if rules.contribution_amount is None else rules.contribution_amount.amount,
        rules.contribution_frequency.value,
        rules.meeting_frequency.value,
        None if rules.meeting_weekday is None else rules.meeting_weekday.value,
        None if loans is None else loans.interest_rate,
        None if loans is None else loans.interest_period.value,
        None if loans is None else loans.multiplier,
        None if loans is None else loans.term_months_max,
        rules.penalty_rate,
        rules.visibility.value,
        rules.quorum_percent,
        rules.can_representatives_buy_shares,
        rules.can_absent_members_pay,
        rules.is_second_officer_required,
        json.dumps([_fine_reason(each) for each in rules.fine_reasons]),
        json.dumps([_contribution_type(each) for each in rules.contribution_types]),
        rules.adopted_on,
        rules.reason,
        author,
    )


def _money(amount: Decimal | None, unit: Currency) -> Money | None:
    return None if amount is None else Money(amount, unit)


def _loans(row: Mapping[str, Any]) -> LoanTerms | None:
    if row["loan_interest_rate"] is None:
        return None
    return LoanTerms(
        interest_rate=row["loan_interest_rate"],
        interest_period=RatePeriod(row["loan_interest_period"]),
        multiplier=row["loan_multiplier"],
        term_months_max=row["loan_term_months_max"],
    )


def _type(kept: Mapping[str, Any], unit: Currency) -> ContributionType:
    amount = kept["amount"]
    return ContributionType(
        kept["code"],
        kept["name"],
        None if amount is None else Money(Decimal(amount), unit),
        Frequency(kept["frequency"]),
        Fund(kept["fund"]),
        kept["is_mandatory"],
    )


def _fine_reason(reason: FineReason) -> dict[str, Any]:
    return {"code": reason.code, "name": reason.name, "amount": str(reason.amount.amount)}


def _contribution_type(kind: ContributionType) -> dict[str, Any]:
    return {
        "code": kind.code,
        "name": kind.name,
        "amount": None if kind.amount is None else str(kind.amount.amount),
        "frequency": kind.frequency.value,
        "fund": kind.fund.value,
        "is_mandatory": kind.is_mandatory,
    }
