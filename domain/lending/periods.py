"""The calendar of a loan: when instalments are due, and how much of a year lies before each.

Due dates keep to the day that they began with: a loan of the 31st is due on 28 February and on 31 March.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from decimal import Decimal
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from domain.errors import DomainError
from domain.lending.rounding import EXACT
from domain.lending.terms import PERIODS_A_YEAR, DayCount, InstalmentFrequency, LoanTerms

__all__ = ["DueDatesNotInOrder", "LoanPeriod", "ScheduleTooLong", "loan_periods", "periods_after", "periods_of"]

_DAYS = {
    InstalmentFrequency.DAILY: 1,
    InstalmentFrequency.WEEKLY: 7,
    InstalmentFrequency.TWO_WEEKLY: 14,
    InstalmentFrequency.FIFTEEN_DAYS: 15,
    InstalmentFrequency.FOUR_WEEKLY: 28,
}
_DAYS_OF_MONTH = 30
_MONTHS_OF_YEAR = 12
_DAYS_OF_YEAR = {DayCount.THIRTY_360: 360, DayCount.ACTUAL_360: 360, DayCount.ACTUAL_365: 365}


class DueDatesNotInOrder(DomainError):
    """The due dates do not follow the day of the payment and each other, or there is not one for each instalment."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give one due date for each instalment, in order, the first after the day on which the loan is paid out."


class ScheduleTooLong(DomainError):
    """The last instalment would be due after the last year of the calendar."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The last instalment would be due after the year {MAXYEAR}: check the dates."


@dataclass(frozen=True, slots=True)
class LoanPeriod:
    """The time before one instalment.

    Attributes:
        starts_on: The day of payment, or the due date before.
        due_on: When the instalment is due.
        years: How much of a year lies between, as the day count has it.
    """

    starts_on: date
    due_on: date
    years: Decimal


def loan_periods(
    terms: LoanTerms, disbursed_on: date, first_due_on: date | None = None, due_dates: Sequence[date] | None = None
) -> tuple[LoanPeriod, ...]:
    """The periods of a loan.

    A first period that is longer or shorter than the others counts its whole periods, and the rest by its days as part
    of the period that they lie in. Dates that are given (those of meetings) each count as a regular period, unless
    days are counted.

    Args:
        terms: The number of instalments, their frequency and the day count.
        disbursed_on: When the loan is paid out.
        first_due_on: When the first instalment is due; None for one regular period later.
        due_dates: When instalments are due, where they keep to meetings; the first due date is then one of them.

    Raises:
        DueDatesNotInOrder: If the first due date is not after the payment, or the given dates are not in order or not
            as many as instalments.
        ScheduleTooLong: If the calendar ends before the loan.
    """
    try:
        if due_dates is not None:
            due = list(due_dates)
        elif first_due_on is not None:
            due = [_later(first_due_on, terms, number) for number in range(terms.instalments)]
        else:
            due = [_later(disbursed_on, terms, number) for number in range(1, terms.instalments + 1)]
    except (OverflowError, ValueError):
        raise ScheduleTooLong from None
    days = [disbursed_on, *due]
    if len(due) != terms.instalments or any(later <= earlier for earlier, later in pairwise(days)):
        raise DueDatesNotInOrder
    regular = [_years(terms, start, end) for start, end in pairwise(days)]
    if first_due_on is not None and due_dates is None:
        try:
            regular[0] = _first(terms, disbursed_on, first_due_on)
        except (OverflowError, ValueError):
            raise ScheduleTooLong from None
    return tuple(LoanPeriod(start, end, years) for (start, end), years in zip(pairwise(days), regular, strict=True))


def periods_of(terms: LoanTerms, disbursed_on: date, due_dates: Sequence[date]) -> tuple[LoanPeriod, ...]:
    """The periods of a loan whose due dates are known: of the calendar if they keep to it, of meetings if they do not.

    Args:
        terms: What the due dates were made from.
        disbursed_on: When the loan was paid out.
        due_dates: When its instalments are due.
    """
    for first_due_on in (None, due_dates[0]):
        try:
            periods = loan_periods(terms, disbursed_on, first_due_on)
        except (DueDatesNotInOrder, ScheduleTooLong):
            continue
        if [each.due_on for each in periods] == list(due_dates):
            return periods
    return loan_periods(terms, disbursed_on, due_dates=due_dates)


def periods_after(terms: LoanTerms, disbursed_on: date, due_dates: Sequence[date]) -> Iterator[LoanPeriod]:
    """The regular periods that follow the last due date, for as long as the calendar lasts.

    They keep to the day that the loan began with, or its instalments, where these kept to it.
    """
    last = due_dates[-1]
    seeds = ((disbursed_on, len(due_dates)), (due_dates[0], len(due_dates) - 1), (last, 0))
    try:
        seed, passed = next((seed, count) for seed, count in seeds if _later(seed, terms, count) == last)
        start = last
        while True:
            passed += 1
            end = _later(seed, terms, passed)
            yield LoanPeriod(start, end, _years(terms, start, end))
            start = end
    except (OverflowError, ValueError):
        return


def _later(day: date, terms: LoanTerms, count: int) -> date:
    """So many instalments after a day, counted from that day itself, so that a month's end does not move it."""
    periods = count * terms.every
    if terms.frequency is InstalmentFrequency.MONTHLY:
        return _month_later(day, periods)
    return day + timedelta(days=_DAYS[terms.frequency] * periods)


def _years(terms: LoanTerms, start: date, end: date) -> Decimal:
    """How much of a year one regular period is."""
    if terms.day_count_rule is DayCount.SAME_AS_PERIOD:
        return EXACT.divide(Decimal(terms.every), Decimal(PERIODS_A_YEAR[terms.frequency]))
    if terms.day_count_rule is DayCount.ACTUAL_ACTUAL:
        return _actual_years(start, end)
    days = (end - start).days
    if terms.day_count_rule is DayCount.THIRTY_360 and terms.frequency is InstalmentFrequency.MONTHLY:
        days = _DAYS_OF_MONTH * terms.every
    return EXACT.divide(Decimal(days), Decimal(_DAYS_OF_YEAR[terms.day_count_rule]))


def _actual_years(start: date, end: date) -> Decimal:
    """The days of each calendar year as part of that year; the day of payment does not count, the due date does."""
    total = Decimal(0)
    while start < end:
        # What begins on 31 December has all its days in the next year.
        year = (start + timedelta(days=1)).year
        until = min(end, date(year, 12, 31))
        total += EXACT.divide(Decimal((until - start).days), Decimal(366 if isleap(year) else 365))
        start = until
    return total


def _first(terms: LoanTerms, disbursed_on: date, first_due_on: date) -> Decimal:
    """A first period that may be longer or shorter than a regular one: whole periods, and a part by its days."""
    if terms.day_count_rule in (DayCount.ACTUAL_360, DayCount.ACTUAL_365, DayCount.ACTUAL_ACTUAL):
        return _years(terms, disbursed_on, first_due_on)
    whole = _whole_periods(terms, disbursed_on, first_due_on)
    begun, next_due = _later(disbursed_on, terms, whole), _later(disbursed_on, terms, whole + 1)
    part = EXACT.divide(Decimal((first_due_on - begun).days), Decimal((next_due - begun).days))
    return EXACT.multiply(_years(terms, begun, next_due), whole + part)


def _whole_periods(terms: LoanTerms, start: date, end: date) -> int:
    """How many instalments' time has passed, however long that is."""
    if terms.frequency is not InstalmentFrequency.MONTHLY:
        return (end - start).days // (_DAYS[terms.frequency] * terms.every)
    months = (end.year - start.year) * _MONTHS_OF_YEAR + end.month - start.month
    # A month that ends early is whole on its last day, so that the day decides and not its number.
    is_over = _month_later(start, months) <= end
    return (months if is_over else months - 1) // terms.every


def _month_later(day: date, months: int) -> date:
    return day + relativedelta(months=months)
