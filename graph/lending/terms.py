"""The terms and rules of loans in the schema."""

from decimal import Decimal
from typing import Any

import strawberry

import graph.lending.enums  # noqa: F401 - makes the enums below the schema's
from domain.lending import (
    ChargeBasis,
    ChargedAt,
    Component,
    DayCount,
    InAdvance,
    InstalmentFrequency,
    InterestMethod,
    InterestOnPayOff,
    OverdueInterest,
    Overpayment,
    PenaltyBasis,
    RatePeriod,
    RecognisedOn,
    Residue,
    RollOver,
    RoundingMode,
)
from graph.engine import RowType, computed
from graph.limits import ListSize, free

__all__ = ["LoanRulesInput", "RepaymentTerms", "decimal"]

_CHARGES_ASSUMED = 2
_COMPONENTS = 4


def _short(value: Decimal) -> str:
    """A number with no more digits than it needs, and no exponent."""
    return format(value.normalize(), "f")


def decimal(column: str, description: str) -> Any:
    """A rate or a multiple with no more digits than it needs."""
    return computed(lambda row: None if row[column] is None else _short(row[column]), description=description)


@strawberry.type(description="A fee of a loan beside interest.", directives=[free])
class LoanChargeRule(RowType):
    """One of `charges`."""

    at: ChargedAt = strawberry.field(description="When it is due.")
    basis: ChargeBasis = strawberry.field(description="What it is counted on.")
    value: Decimal = strawberry.field(description="An amount where the basis is FIXED, else per cent.")


@strawberry.type(description="What is charged for an instalment that is late (late fee).", directives=[free])
class LoanPenaltyRule(RowType):
    """The rule for penalties."""

    basis: PenaltyBasis = computed(lambda row: row["penalty_basis"], description="What it is counted on.")
    value: Decimal = decimal("penalty_value", "An amount where the basis is FIXED, else per cent.")
    grace_days: int = computed(
        lambda row: row["penalty_grace_days"], description="For how many days after the due date nothing is charged."
    )
    is_repeated: bool = computed(
        lambda row: row["penalty_is_repeated"],
        description="Whether it is charged again with each further period that the instalment stays unpaid.",
    )


@strawberry.type(description="On what terms a loan is repaid, and what holds beside its schedule.", directives=[free])
class RepaymentTerms(RowType):
    """Terms and rules."""

    method: InterestMethod = strawberry.field(description="What interest is counted on, and how principal is spread.")
    rate: Decimal = decimal("rate", "Interest in per cent of the rate's period (service charge).")
    rate_period: RatePeriod = strawberry.field(description="The time that the rate is for.")
    instalments: int = strawberry.field(description="How many there are; of a product, the most that there may be.")
    frequency: InstalmentFrequency = strawberry.field(description="The period between instalments.")
    every: int = strawberry.field(description="How many periods lie between two instalments.")
    day_count_rule: DayCount = strawberry.field(description="How much of a year a period is.")
    principal_grace: int = strawberry.field(description="How many of the first instalments have no principal.")
    interest_grace: int = strawberry.field(description="How many put their interest off to the one after them.")
    interest_free: int = strawberry.field(description="For how many of the first periods no interest is counted.")
    rounding: RoundingMode = strawberry.field(description="Which way computed amounts are rounded.")
    smallest_sum: Decimal | None = decimal("smallest_sum", "Principal and interest are multiples of it.")
    instalment_multiple: Decimal | None = decimal("instalment_multiple", "Instalments are multiples of it.")
    residue: Residue = strawberry.field(description="Which instalment takes what rounding leaves over.")
    charges: list[LoanChargeRule] = computed(
        lambda row: [
            {"at": at, "basis": basis, "value": _short(value)}
            for at, basis, value in zip(row["charged_at"], row["charge_bases"], row["charge_values"], strict=True)
        ],
        description="Fees beside interest.",
        directives=[ListSize(assumed_size=_CHARGES_ASSUMED)],
    )
    allocation: list[Component] = strawberry.field(
        description="In which order a payment settles what is due, the oldest instalment first.",
        directives=[ListSize(assumed_size=_COMPONENTS)],
    )
    in_advance: InAdvance = strawberry.field(description="What a payment settles once nothing is due any more.")
    overpayment: Overpayment = strawberry.field(description="What happens with more than is owed.")
    penalty: LoanPenaltyRule | None = computed(
        lambda row: None if row["penalty_basis"] is None else row,
        description="What being late costs; null for nothing.",
    )
    roll_over: RollOver = strawberry.field(description="What follows when the term ends and principal is left.")
    recognised_on: RecognisedOn = strawberry.field(description="When interest and charges become income.")
    interest_on_pay_off: InterestOnPayOff = strawberry.field(description="Which interest who settles early owes.")
    overdue_interest: OverdueInterest = strawberry.field(description="Whether interest follows what is really owed.")


@strawberry.input(description="In which order a payment settles a loan.")
class AllocationOrderInput:
    """One of the rules."""

    due: list[Component] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Each component once, as it is settled when due; PENALTY, FEE, INTEREST, PRINCIPAL if left out.",
    )
    in_advance: InAdvance | None = strawberry.field(
        default=strawberry.UNSET,
        description="What is settled once nothing is due any more; SAME_ORDER if left out.",
    )


@strawberry.input(description="What is charged for an instalment that is late (late fee).")
class LoanPenaltyInput:
    """One of the rules."""

    basis: PenaltyBasis = strawberry.field(description="What it is counted on.")
    value: Decimal = strawberry.field(description="An amount where the basis is FIXED, else per cent: 1.5 is 1.5 %.")
    grace_days: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="For how many days after the due date nothing is charged; 0 if left out.",
    )
    is_repeated: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether it is charged again with each further period; false if left out.",
    )


@strawberry.input(description="What holds for a loan beside its schedule; those of a savings group where left out.")
class LoanRulesInput:
    """The rules of a product."""

    allocation: AllocationOrderInput | None = strawberry.field(
        default=strawberry.UNSET, description="In which order payments settle it."
    )
    overpayment: Overpayment | None = strawberry.field(
        default=strawberry.UNSET, description="What happens with more than is owed; REFUSE if left out."
    )
    penalty: LoanPenaltyInput | None = strawberry.field(
        default=strawberry.UNSET, description="What being late costs; nothing if left out."
    )
    roll_over: RollOver | None = strawberry.field(
        default=strawberry.UNSET,
        description="What follows when the term ends and principal is left; NONE if left out.",
    )
    recognised_on: RecognisedOn | None = strawberry.field(
        default=strawberry.UNSET, description="When interest and charges become income; CASH if left out."
    )
    interest_on_pay_off: InterestOnPayOff | None = strawberry.field(
        default=strawberry.UNSET, description="Which interest who settles early owes; WHOLE if left out."
    )
    overdue_interest: OverdueInterest | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether interest follows what is really owed; AS_SCHEDULED if left out.",
    )
