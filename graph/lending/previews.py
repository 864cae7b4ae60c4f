"""Lending in the schema: the schedule that a loan would have."""

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

import graph.lending.enums  # noqa: F401 - makes the enums below the schema's
from domain.errors import DomainError
from domain.lending import (
    PREVIEW_RAISES,
    ChargeBasis,
    ChargedAt,
    DayCount,
    Instalment,
    InstalmentFrequency,
    InterestMethod,
    PreviewSchedule,
    RatePeriod,
    Residue,
    RoundingMode,
    preview_schedule,
)
from domain.lending import LoanSchedule as Schedule
from domain.money import Money as Amount
from graph.engine import RowType
from graph.limits import ListSize, free
from graph.mutations import build_command, error_value, payload_type
from graph.permissions import Info
from graph.rows import Money, money_of
from graph.scalars import CurrencyCode

__all__ = [
    "PREVIEW_DESCRIPTION",
    "PREVIEW_WEIGHT",
    "LoanInstalment",
    "LoanSchedulePreviewInput",
    "LoanTermsInput",
    "SchedulePreview",
    "instalment_value",
    "preview",
]

PREVIEW_NAME = "loanSchedulePreview"
PREVIEW_WEIGHT = "10"
PREVIEW_DESCRIPTION = (
    "The schedule that a loan on these terms would have (repayment plan, amortisation table), exact to the smallest "
    "coin; nothing is recorded. For anyone who signed in."
)
_INSTALMENTS_ASSUMED = 24


@strawberry.type(description="What is due on one day (repayment, amount due).", directives=[free])
class LoanInstalment(RowType):
    """A row of a schedule."""

    number: int = strawberry.field(description="From 1.")
    starts_on: date = strawberry.field(description="When the time began that its interest is for.")
    due_on: date = strawberry.field(description="When it is due.")
    principal: Money = strawberry.field(description="What of the loan is paid back.")
    interest: Money = strawberry.field(description="Interest of this time (service charge), and what was put off.")
    charges: Money = strawberry.field(description="Fees due with it.")
    total: Money = strawberry.field(description="All that is due on that day.")
    balance: Money = strawberry.field(description="What of the loan is still owed afterwards.")


@strawberry.type(description="All instalments of a loan, and what they come to.", directives=[free])
class LoanSchedule(RowType):
    """A schedule."""

    principal: Money = strawberry.field(description="What is lent.")
    interest: Money = strawberry.field(description="Interest of all instalments.")
    charges: Money = strawberry.field(description="All fees, those at disbursement included.")
    charges_at_disbursement: Money = strawberry.field(description="Fees due when the loan is paid out.")
    total: Money = strawberry.field(description="All that the borrower pays.")
    instalments: list[LoanInstalment] = strawberry.field(
        description="In order; principal adds up to the loan, and the last balance is zero.",
        directives=[ListSize(assumed_size=_INSTALMENTS_ASSUMED)],
    )


@strawberry.input(description="A fee of a loan.")
class LoanChargeInput:
    """One of `charges`."""

    at: ChargedAt = strawberry.field(description="When it is due.")
    basis: ChargeBasis = strawberry.field(description="What it is counted on.")
    value: Decimal = strawberry.field(description="An amount where the basis is FIXED, else per cent: 1.5 is 1.5 %.")


@strawberry.input(description="How a loan is repaid.")
class LoanTermsInput:
    """The terms of a loan; what may be left out has the domain's own default."""

    method: InterestMethod = strawberry.field(description="What interest is counted on, and how principal is spread.")
    rate: Decimal = strawberry.field(description="Interest in per cent of the rate's period, from 0 to 1000.")
    rate_period: RatePeriod = strawberry.field(description="The time that the rate is for.")
    instalments: int = strawberry.field(description="How many there are, up to 520.")
    frequency: InstalmentFrequency = strawberry.field(description="The period between instalments.")
    every: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How many periods lie between two instalments, up to 12; 1 if left out.",
    )
    day_count_rule: DayCount | None = strawberry.field(
        default=strawberry.UNSET, description="How much of a year a period is; SAME_AS_PERIOD if left out."
    )
    principal_grace: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many of the first instalments have no principal; 0 if left out."
    )
    interest_grace: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How many of the first instalments put their interest off to the one after them; 0 if left out.",
    )
    interest_free: int | None = strawberry.field(
        default=strawberry.UNSET, description="For how many of the first periods no interest is counted; 0 if left out."
    )
    rounding: RoundingMode | None = strawberry.field(
        default=strawberry.UNSET, description="Which way computed amounts are rounded; HALF_EVEN if left out."
    )
    smallest_sum: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="Principal and interest are multiples of it, such as 100; the smallest coin if left out.",
    )
    instalment_multiple: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="Principal and interest together are a multiple of it, but for the last; no such rule if left out.",
    )
    residue: Residue | None = strawberry.field(
        default=strawberry.UNSET, description="Which instalment takes what rounding leaves over; LAST if left out."
    )
    charges: list[LoanChargeInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Fees beside interest, up to 10; none if left out."
    )


@strawberry.input(description="The loan that a schedule is wanted for.")
class LoanSchedulePreviewInput:
    """The input of `loanSchedulePreview`."""

    principal: Decimal = strawberry.field(description="What is lent.")
    currency: CurrencyCode = strawberry.field(description="Its currency.")
    disbursed_on: date = strawberry.field(description="When it is paid out.")
    terms: LoanTermsInput = strawberry.field(description="How it is repaid.")
    first_due_on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="When the first instalment is due; one period later if left out. The others keep to its day.",
    )
    meetings_on: list[date] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The dates of the meetings at which instalments are due, one for each.",
    )


SchedulePreview: Any = payload_type(
    PREVIEW_NAME, PREVIEW_RAISES, {"schedule": (LoanSchedule, "The schedule; null if the request was refused.")}
)


async def preview(info: Info, given: LoanSchedulePreviewInput) -> dict[str, Any]:
    """The payload of `loanSchedulePreview`."""
    await info.context.snapshot.open()
    try:
        schedule = preview_schedule(build_command(PreviewSchedule, given))
    except DomainError as error:
        if not isinstance(error, PREVIEW_RAISES):
            raise
        return {"schedule": None, "user_errors": [error_value(error, PREVIEW_RAISES)]}
    return {"schedule": _schedule(schedule), "user_errors": []}


def _schedule(schedule: Schedule) -> dict[str, Any]:
    names = ("principal", "interest", "charges", "charges_at_disbursement", "total")
    amounts = {name: _money(getattr(schedule, name)) for name in names}
    return {**amounts, "instalments": [instalment_value(each) for each in schedule.instalments]}


def instalment_value(instalment: Instalment) -> dict[str, Any]:
    """An instalment as the schema shows it."""
    names = ("principal", "interest", "charges", "total", "balance")
    amounts = {name: _money(getattr(instalment, name)) for name in names}
    return {"number": instalment.number, "starts_on": instalment.starts_on, "due_on": instalment.due_on, **amounts}


def _money(amount: Amount) -> dict[str, str]:
    return money_of(amount.amount, amount.currency.code)
