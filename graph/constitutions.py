"""Constitutions in the schema: the rules of a group, version by version."""

import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.groups import Frequency, RatePeriod, Weekday
from domain.ledger.accounts import Fund
from domain.policy import Visibility
from graph.engine import computed
from graph.enums import described
from graph.limits import free
from graph.rows import Money, money, money_of

__all__ = [
    "Constitution",
    "ConstitutionAmendInput",
    "ContributionType",
    "ContributionTypeInput",
    "FineReason",
    "FineReasonInput",
    "RulesInput",
]

described(
    Weekday,
    "A day of the week.",
    {day.name: f"{day.name.capitalize()}." for day in Weekday},
)


def _rate(column: str, description: str) -> Any:
    return computed(lambda row: _plain(row[column]), description=description)


def _plain(value: Decimal | None) -> str | None:
    """A rate with no more digits than it needs."""
    return None if value is None else format(value.normalize(), "f")


def _listed(column: str) -> Any:
    """The items of a list that its version holds, each with its amount as money."""

    def items(row: Any) -> list[dict[str, Any]]:
        return [{**each, "amount": _kept_money(each["amount"], row["currency"])} for each in json.loads(row[column])]

    return items


def _kept_money(amount: str | None, currency: str) -> dict[str, str] | None:
    return None if amount is None else money_of(Decimal(amount), currency)


def _optional_money(column: str, description: str) -> Any:
    return computed(
        lambda row: None if row[column] is None else money_of(row[column], row["currency"]), description=description
    )


@strawberry.type(description="A reason for which members are fined (penalty).", directives=[free])
class FineReason:
    """A reason for fines."""

    code: str = strawberry.field(description="What stands for it everywhere, such as ABSENT.")
    name: str = strawberry.field(description="What the group calls it.")
    amount: Money = strawberry.field(description="The fine.")


@strawberry.type(
    description="What members pay beside shares, savings and the social fund, as their group defined it (levy, dues).",
    directives=[free],
)
class ContributionType:
    """A type of contribution."""

    code: str = strawberry.field(description="What stands for it everywhere, such as FUNERAL.")
    name: str = strawberry.field(description="What the group calls it.")
    amount: Money | None = strawberry.field(
        description="What each member pays each time; null where everybody pays what she likes."
    )
    frequency: Frequency = strawberry.field(description="How often it is due.")
    fund: Fund = strawberry.field(description="The fund that it goes into.")
    is_mandatory: bool = strawberry.field(description="Whether every member owes it.")


@strawberry.type(description="On what terms a group lends to its members.", directives=[free])
class LoanTerms:
    """The terms of loans."""

    interest_rate: Decimal = _rate("loan_interest_rate", "The service charge, in per cent of its period.")
    interest_period: RatePeriod = computed(
        lambda row: row["loan_interest_period"], description="The period that the rate is for."
    )
    multiplier: Decimal | None = _rate(
        "loan_multiplier", "How many times her savings a member may borrow; null where that is no limit."
    )
    term_months_max: int | None = computed(
        lambda row: row["loan_term_months_max"],
        description="The longest loan, in months; null where the group decides on each.",
    )


@strawberry.type(description="The rules that a group gave itself, in one version (bylaws, settings).")
class Constitution:
    """A constitution."""

    version: int = computed(lambda row: row["constitution_version"], description="Which version, from 1.")
    share_price: Money | None = _optional_money(
        "share_price", "What one share costs, all through a cycle; null where the group sells no shares."
    )
    shares_min: int = strawberry.field(description="The fewest shares that a member who buys any buys in a meeting.")
    shares_max: int = strawberry.field(description="The most shares that a member may buy in a meeting.")
    social_fund_amount: Money = money(
        "social_fund_amount", "What each member is expected to pay into the social fund in a meeting."
    )
    contribution_amount: Money | None = _optional_money(
        "contribution_amount", "What each member is expected to save each time; null where she saves what she likes."
    )
    contribution_frequency: Frequency = strawberry.field(description="How often members save.")
    meeting_frequency: Frequency = strawberry.field(description="How often the group meets.")
    meeting_weekday: Weekday | None = strawberry.field(description="The day on which it meets, if that is fixed.")
    loans: LoanTerms | None = computed(
        lambda row: None if row["loan_interest_rate"] is None else row,
        description="On what terms the group lends; null where it does not.",
    )
    penalty_rate: Decimal = _rate("penalty_rate", "What late money costs, in per cent a month of what is overdue.")
    visibility: Visibility = computed(
        lambda row: row["constitution_visibility"], description="What members see of each other's balances."
    )
    quorum_percent: int = strawberry.field(
        description="How many of a hundred members make a meeting; 0 where any number does."
    )
    can_representatives_buy_shares: bool = strawberry.field(
        description="Whether whoever stands in for an absent member may buy shares for her."
    )
    can_absent_members_pay: bool = strawberry.field(
        description="Whether money of a member who is absent is taken at all."
    )
    is_second_officer_required: bool = strawberry.field(
        description="Whether what is to be approved needs a second officer."
    )
    fine_reasons: list[FineReason] = computed(
        _listed("fine_reasons"), description="What members are fined for, with the amounts."
    )
    contribution_types: list[ContributionType] = computed(
        _listed("contribution_types"), description="What members pay beside shares, savings and the social fund."
    )
    adopted_on: date = strawberry.field(description="The group's date from which it holds.")
    reason: str | None = computed(
        lambda row: row["amendment_reason"], description="Why it was amended; null for the first version."
    )


@strawberry.input(description="A reason for fines.")
class FineReasonInput:
    """A reason in an input."""

    code: str = strawberry.field(description="Capitals, digits and underscores, up to 40, such as CAME_LATE.")
    name: str = strawberry.field(description="What the group calls it, up to 80 characters.")
    amount: Decimal = strawberry.field(description="The fine.")


@strawberry.input(description="A type of contribution that the group defines.")
class ContributionTypeInput:
    """A type in an input."""

    code: str = strawberry.field(description="Capitals, digits and underscores, up to 40, such as FUNERAL.")
    name: str = strawberry.field(description="What the group calls it, up to 80 characters.")
    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What each member pays each time; any amount if left out."
    )
    frequency: Frequency | None = strawberry.field(
        default=strawberry.UNSET, description="How often it is due; FLEXIBLE if left out."
    )
    fund: Fund = strawberry.field(description="The fund that it goes into.")
    is_mandatory: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether every member owes it; false if left out."
    )


@strawberry.input(description="Rules of a group.")
class RulesInput:
    """The rules in an input; what is left out stays as it was, or as is usual."""

    has_shares: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether members save by buying shares; false stops that."
    )
    share_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What one share costs. A VSLA needs it; others sell no shares without."
    )
    shares_min: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The fewest shares that a member who buys any buys in a meeting; usually 1.",
    )
    shares_max: int | None = strawberry.field(
        default=strawberry.UNSET, description="The most shares that a member may buy in a meeting; usually 5."
    )
    social_fund_amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What each member is expected to pay into the social fund; usually 0."
    )
    contribution_amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What each member is expected to save each time; 0 for no fixed amount."
    )
    contribution_frequency: Frequency | None = strawberry.field(
        default=strawberry.UNSET, description="How often members save; usually at each meeting."
    )
    meeting_frequency: Frequency | None = strawberry.field(
        default=strawberry.UNSET, description="How often the group meets; usually WEEKLY."
    )
    meeting_weekday: Weekday | None = strawberry.field(
        default=strawberry.UNSET, description="The day on which it meets, if that is fixed."
    )
    has_loans: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether the group lends; usually not."
    )
    loan_interest_rate: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The service charge, in per cent of its period: 10 is 10 per cent."
    )
    loan_interest_period: RatePeriod | None = strawberry.field(
        default=strawberry.UNSET, description="The period that the rate is for; usually MONTH."
    )
    loan_multiplier: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="How many times her savings a member may borrow; no limit by itself, and null takes one away.",
    )
    loan_term_months_max: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The longest loan, in months; no limit by itself, and null takes one away.",
    )
    penalty_rate: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="What late money costs, in per cent a month of what is late; usually 0.",
    )
    visibility: Visibility | None = strawberry.field(
        default=strawberry.UNSET, description="What members see of each other's balances; usually TOTALS_ONLY."
    )
    quorum_percent: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many of a hundred members make a meeting; usually 0."
    )
    can_representatives_buy_shares: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether whoever stands in for an absent member may buy shares for her; usually so.",
    )
    can_absent_members_pay: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether money of a member who is absent is taken at all; usually so."
    )
    is_second_officer_required: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether what is to be approved needs a second officer; usually not."
    )
    fine_reasons: list[FineReasonInput] | None = strawberry.field(
        default=strawberry.UNSET, description="What members are fined for: the whole list, up to 40."
    )
    contribution_types: list[ContributionTypeInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="What members pay beside shares, savings and the social fund: the whole list, up to 40.",
    )


@strawberry.input(description="A new version of the constitution. What is left out stays as it was.")
class ConstitutionAmendInput(RulesInput):
    """The input of `constitutionAmend`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    expected_version: int = strawberry.field(
        description="The newest version that you read, in force or not; if there is a newer one, this is refused."
    )
    effective_on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="The group's date from which it is to hold: today if left out, and up to 366 days ahead.",
    )
    reason: str = strawberry.field(description="Why the group decided so, up to 500 characters; every member reads it.")
