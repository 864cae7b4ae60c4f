"""A schedule before there is a loan: what a borrower would pay, so that she can decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.calendar import EARLIEST_DATE
from domain.currencies import UnknownCurrency, currency
from domain.errors import DomainError, faults_at
from domain.lending.charges import ChargeNotPossible
from domain.lending.periods import DueDatesNotInOrder, ScheduleTooLong
from domain.lending.rounding import MultipleNotPossible
from domain.lending.schedules import LoanSchedule, PrincipalTooSmall, make_schedule
from domain.lending.terms import (
    GraceTooLong,
    InstalmentsOutOfRange,
    IntervalOutOfRange,
    LoanTerms,
    RateOutOfRange,
    ResidueNotPossible,
)
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money

__all__ = ["PREVIEW_RAISES", "DisbursedTooEarly", "PreviewSchedule", "preview_schedule"]


@dataclass(eq=False)
class DisbursedTooEarly(DomainError):
    """The loan would have been paid out before anybody lent this way.

    Attributes:
        earliest_on: The first date allowed.
    """

    earliest_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Check the date on which the loan is paid out: the earliest is {self.earliest_on}."


PREVIEW_RAISES: tuple[type[DomainError], ...] = (
    UnknownCurrency,
    AmountNotANumber,
    AmountNotPositive,
    AmountTooLarge,
    AmountTooPrecise,
    DisbursedTooEarly,
    RateOutOfRange,
    InstalmentsOutOfRange,
    IntervalOutOfRange,
    GraceTooLong,
    ResidueNotPossible,
    ChargeNotPossible,
    MultipleNotPossible,
    PrincipalTooSmall,
    DueDatesNotInOrder,
    ScheduleTooLong,
)
"""Why a preview may be refused."""


@dataclass(frozen=True, slots=True)
class PreviewSchedule:
    """What a schedule is wanted for.

    Attributes:
        principal: What is lent, in units of the currency.
        currency: Its ISO 4217 code.
        disbursed_on: When it would be paid out.
        terms: How it is repaid.
        first_due_on: When the first instalment is due; None for one regular period later.
        meetings_on: The dates of the meetings at which instalments are due; None where they keep to the calendar.
    """

    principal: Decimal
    currency: str
    disbursed_on: date
    terms: LoanTerms
    first_due_on: date | None = None
    meetings_on: tuple[date, ...] | None = None


def preview_schedule(asked: PreviewSchedule) -> LoanSchedule:
    """The schedule that a loan on these terms would have; nothing is recorded.

    Raises:
        DomainError: One of `PREVIEW_RAISES`, with the path of what is wrong.
    """
    with faults_at("currency"):
        its_currency = currency(asked.currency)
    with faults_at("principal"):
        principal = Money(asked.principal, its_currency)
    if asked.disbursed_on < EARLIEST_DATE:
        raise DisbursedTooEarly(EARLIEST_DATE).at("disbursedOn")
    return make_schedule(
        principal, asked.terms, asked.disbursed_on, first_due_on=asked.first_due_on, due_dates=asked.meetings_on
    )
