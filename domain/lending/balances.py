"""Interest that follows what is really owed, day by day.

Within a period interest is the rate of the period on each day's balance. Until the day that the account is of, these
are the balances that there were; from then on it is taken that what is overdue is paid that day, and the rest when it
is due. Equal instalments keep their sum: what interest takes more is paid less of the principal, and the last
instalment takes what is left. After the last due date no further interest is counted. The conventions are those of
Apache Fineract's progressive loans, whose published figures the tests keep to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.lending.history import LoanHistory
from domain.lending.periods import periods_of
from domain.lending.rounding import EXACT, round_to
from domain.lending.rules import Component
from domain.lending.terms import InterestMethod

if TYPE_CHECKING:
    from domain.lending.dues import Item, Row

__all__ = ["Balances"]


@dataclass(frozen=True, slots=True)
class _Period:
    """One period: its days, its rate as a part of one, and what is due with it if everybody keeps to the schedule."""

    starts_on: date
    due_on: date
    rate: Decimal
    principal: Decimal
    interest: Decimal


class Balances:
    """The balances of a loan, and the interest and principal of its instalments that follow from them."""

    def __init__(self, history: LoanHistory) -> None:
        terms, schedule = history.terms, history.schedule
        self._terms = terms
        self._lent = schedule.principal.amount
        self._unit = terms.smallest_sum or history.currency.quantum
        self._paid: list[tuple[date, Decimal]] = []
        self._interests: list[Decimal] = []
        self._spans: dict[Item, range] = {}
        self._periods: list[_Period] = []
        balance = self._lent
        calendar = periods_of(terms, schedule.disbursed_on, [each.due_on for each in schedule.instalments])
        for at, (each, period) in enumerate(zip(schedule.instalments, calendar, strict=True)):
            rate = Decimal(0) if at < terms.interest_free else EXACT.multiply(terms.yearly_rate, period.years)
            interest = self._rounded(EXACT.multiply(balance, rate))
            self._periods.append(_Period(each.starts_on, each.due_on, rate, each.principal.amount, interest))
            balance = each.balance.amount

    def paid(self, day: date, principal: Decimal) -> None:
        """Principal was paid on a day, none before which was later."""
        before = self._paid[-1][1] if self._paid else Decimal(0)
        self._paid.append((day, before + principal))

    def refresh(self, rows: Sequence[Row], day: date) -> None:
        """Make interest and principal of the instalments what follows from the balances until a day."""
        self._interests = []
        passed = Decimal(0)
        left = self._paid[-1][1] if self._paid else Decimal(0)
        for at, (row, period) in enumerate(zip(rows, self._periods, strict=True)):
            self._interests.append(self._rounded(self._interest(period, day, passed)))
            (interest,) = (each for each in row.of(Component.INTEREST) if each.charge is None)
            (principal,) = row.of(Component.PRINCIPAL)
            span = self._spans[interest] = self._span(at)
            # What was taken for days that were to come is not given back.
            interest.amount = max(sum((self._interests[each] for each in span), Decimal(0)), interest.paid)
            taken = interest.amount if span == range(at, at + 1) else self._interests[at]
            principal.amount = self._principal(at, taken, self._lent - passed)
            principal.paid = min(principal.amount, left)
            left -= principal.paid
            passed += principal.amount

    def _span(self, at: int) -> range:
        """The periods whose interest is due with an instalment: with the first after a grace, those before it too."""
        grace = self._terms.interest_grace
        return range(0) if at < grace else range(grace + 1) if at == grace else range(at, at + 1)

    def earned(self, item: Item, until: date) -> Decimal:
        """The interest of an item for the days until a day: that of the account, or the end of a period."""
        total = Decimal(0)
        for at in self._spans[item]:
            period = self._periods[at]
            if period.due_on <= until:
                total += self._interests[at]
            elif period.starts_on < until:
                total += self._rounded(self._actual(period, until))
        return total

    def _interest(self, period: _Period, day: date, passed: Decimal) -> Decimal:
        """Of a whole period, once principal of earlier instalments was due."""
        if day >= period.due_on:
            return self._actual(period, period.due_on)
        begins = max(day, period.starts_on)
        paid = self._paid[-1][1] if self._paid else Decimal(0)
        balance = self._lent - max(paid, passed)
        return self._actual(period, day) + self._of_days(period, balance, begins, period.due_on)

    def _actual(self, period: _Period, until: date) -> Decimal:
        """Of the days of a period until a day, on the balances that there were."""
        total, balance, begins = Decimal(0), self._lent, period.starts_on
        for on, paid in self._paid:
            ends = min(on, until)
            if ends > begins:
                total += self._of_days(period, balance, begins, ends)
                begins = ends
            balance = self._lent - paid
        return total + self._of_days(period, balance, begins, until)

    def _of_days(self, period: _Period, balance: Decimal, begins: date, ends: date) -> Decimal:
        days = Decimal(max((ends - begins).days, 0))
        of_period = EXACT.multiply(balance, period.rate)
        return EXACT.divide(EXACT.multiply(of_period, days), Decimal((period.due_on - period.starts_on).days))

    def _principal(self, at: int, interest: Decimal, left: Decimal) -> Decimal:
        """What an instalment has of the principal that is left."""
        if at == len(self._periods) - 1:
            return left
        planned = self._periods[at]
        if at < self._terms.principal_grace or self._terms.method is not InterestMethod.REDUCING_EQUAL_INSTALMENTS:
            return min(planned.principal, left)
        return min(max(planned.principal + planned.interest - interest, Decimal(0)), left)

    def _rounded(self, value: Decimal) -> Decimal:
        return round_to(value, self._unit, self._terms.rounding)
