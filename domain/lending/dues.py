"""What a loan owes, moved from one event to the next.

Everything owed is an item: the interest, the fees and the principal of an instalment, and each charge. Items settle in
the order of the rules: what is due first, the oldest instalment first, then what is not. The account of a loan is made
by letting its whole history pass through here once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import attrgetter

from domain.lending.balances import Balances
from domain.lending.history import ChargeWaiver, LoanCharge, LoanHistory, Split
from domain.lending.periods import LoanPeriod, periods_after
from domain.lending.rounding import EXACT, round_to
from domain.lending.rules import Component, InterestOnPayOff, OverdueInterest, RecognisedOn, RollOver
from domain.lending.terms import INSTALMENTS_MAX

__all__ = ["ROLL_OVERS_MAX", "Dues", "Item", "Row"]

ROLL_OVERS_MAX = INSTALMENTS_MAX
"""How often the service charge is charged again at most."""

_NAMES = {
    Component.PENALTY: "penalties",
    Component.FEE: "fees",
    Component.INTEREST: "interest",
    Component.PRINCIPAL: "principal",
}


@dataclass(slots=True, eq=False)
class Item:
    """One thing owed.

    Attributes:
        component: What it is.
        due_on: When it is due.
        since: When the time began that it is for.
        amount: How much was ever owed, in units of the currency.
        paid: What was paid of it.
        forgone: What is no longer asked: waived, written off, or interest of days that did not come.
        before_due: What of both was before the due date.
        charge: The charge that it is; None for what stands in the schedule.
    """

    component: Component
    due_on: date
    since: date
    amount: Decimal
    charge: LoanCharge | None = None
    paid: Decimal = Decimal(0)
    forgone: Decimal = Decimal(0)
    before_due: Decimal = Decimal(0)

    @property
    def outstanding(self) -> Decimal:
        """What is still owed."""
        return self.amount - self.paid - self.forgone

    def pay(self, part: Decimal, day: date) -> None:
        """Settle a part of it."""
        self.paid += part
        if day < self.due_on:
            self.before_due += part

    def forgo(self, part: Decimal, day: date) -> None:
        """No longer ask for a part of it."""
        self.forgone += part
        if day < self.due_on:
            self.before_due += part


@dataclass(slots=True, eq=False)
class Row:
    """An instalment, what was brought forward (number 0), or a further period after the last.

    Attributes:
        number: Its place.
        starts_on: When its time began.
        due_on: When it is due.
        items: What is owed with it.
    """

    number: int
    starts_on: date
    due_on: date
    items: list[Item]

    def of(self, component: Component) -> list[Item]:
        """Its items of one component, those due first before others."""
        return sorted((each for each in self.items if each.component is component), key=attrgetter("due_on"))


class Dues:
    """What a loan owes at a moment of its history.

    Attributes:
        rows: In order of time.
        is_closed: Whether nothing will ever be owed again: settled, or written off.
        closed_on: Since when.
    """

    def __init__(self, history: LoanHistory) -> None:
        self.history = history
        self.is_closed = False
        self.closed_on: date | None = None
        schedule = history.schedule
        self._unit = history.terms.smallest_sum or history.currency.quantum
        self._base: list[Row] = []
        for each in schedule.instalments:
            parts = (
                (Component.FEE, each.charges.amount),
                (Component.INTEREST, each.interest.amount),
                (Component.PRINCIPAL, each.principal.amount),
            )
            items = [Item(part, each.due_on, self._since(each.number), amount) for part, amount in parts]
            self._base.append(Row(each.number, each.starts_on, each.due_on, items))
        self.rows = [*self._brought_forward(), *self._base]
        self._is_repaid = False
        self._balances = Balances(history) if history.rules.overdue_interest is OverdueInterest.ON_BALANCE else None
        self._further = self._further_periods()
        self._next_further = next(self._further, None)

    def _since(self, number: int) -> date:
        """When the time began that an instalment's interest is for, with that of the grace before it."""
        instalments = self.history.schedule.instalments
        if number == self.history.terms.interest_grace + 1:
            return instalments[0].starts_on
        return instalments[number - 1].starts_on

    def _brought_forward(self) -> Iterator[Row]:
        brought = self.history.brought_forward
        if brought is not None:
            on = self.history.schedule.disbursed_on
            parts = (
                (Component.PENALTY, brought.penalties.amount),
                (Component.FEE, brought.fees.amount),
                (Component.INTEREST, brought.interest.amount),
            )
            yield Row(0, on, on, [Item(part, on, on, amount) for part, amount in parts])

    def _further_periods(self) -> Iterator[LoanPeriod]:
        if self.history.rules.roll_over is RollOver.NONE:
            return iter(())
        schedule = self.history.schedule
        due_dates = [each.due_on for each in schedule.instalments]
        return islice(periods_after(self.history.terms, schedule.disbursed_on, due_dates), ROLL_OVERS_MAX)

    @property
    def principal(self) -> Decimal:
        """The principal that is still owed."""
        return sum((each.outstanding for each in self.items() if each.component is Component.PRINCIPAL), Decimal(0))

    def items(self) -> Iterator[Item]:
        """Everything that was ever owed."""
        return (item for row in self.rows for item in row.items)

    def move_to(self, day: date) -> None:
        """Let time pass until a day: what follows from time alone is owed from then on."""
        if self.is_closed:
            return
        while self._next_further is not None and self._next_further.starts_on < day:
            self._charge_again(self._next_further)
            self._next_further = next(self._further, None)
        if self._balances is not None:
            self._balances.refresh(self._base, day)

    def _charge_again(self, period: LoanPeriod) -> None:
        left = self.principal
        if left == 0:
            return
        terms = self.history.terms
        amount = self._rounded(EXACT.multiply(left, EXACT.multiply(terms.yearly_rate, period.years)))
        items = [Item(Component.INTEREST, period.due_on, period.starts_on, amount)]
        self.rows.append(Row(self.rows[-1].number + 1, period.starts_on, period.due_on, items))

    def charge(self, charge: LoanCharge) -> None:
        """Owe a fee or penalty from now on; a loan that was settled is open again."""
        self.is_closed, self.closed_on = False, None
        instalments = [row for row in self.rows if row.number > 0]
        if charge.instalment is not None:
            row = next((row for row in instalments if row.number == charge.instalment), instalments[-1])
        else:
            row = next((row for row in instalments if charge.due_on <= row.due_on), instalments[-1])
        row.items.append(Item(charge.component, charge.due_on, charge.on, charge.amount.amount, charge))

    def waive(self, waiver: ChargeWaiver) -> None:
        """Let the borrower off a charge, at most what is still owed of it."""
        for item in self.items():
            if item.charge is not None and item.charge.id == waiver.charge_id:
                item.forgo(min(waiver.amount.amount, item.outstanding), waiver.on)
        self.move_to(waiver.on)
        if not self.pay_off(waiver.on):
            self._close(waiver.on)

    def pay_off(self, day: date) -> dict[Item, Decimal]:
        """What would settle the loan on a day that time has been moved to, for each item."""
        return {item: owed for item in self.items() if (owed := self._owed(item, day)) > 0}

    def _owed(self, item: Item, day: date) -> Decimal:
        """What of an item is owed by somebody who settles the whole loan."""
        rule = self.history.rules.interest_on_pay_off
        is_whole = item.due_on <= day or item.charge is not None or rule is InterestOnPayOff.WHOLE or self._is_repaid
        if is_whole or item.component is Component.PRINCIPAL:
            return item.outstanding
        if item.component is Component.FEE:
            return item.outstanding if item.since < day else Decimal(0)
        until = day if rule is InterestOnPayOff.TO_DATE else self._end_of_running(day)
        if self._balances is not None:
            earned = self._balances.earned(item, until)
        else:
            days, whole = (until - item.since).days, (item.due_on - item.since).days
            share = EXACT.divide(Decimal(min(max(days, 0), whole)), Decimal(whole))
            earned = self._rounded(EXACT.multiply(item.amount, share))
        return min(max(earned - item.paid - item.forgone, Decimal(0)), item.outstanding)

    def _end_of_running(self, day: date) -> date:
        """The end of the period that a day lies in; the day itself on the first, when none has begun."""
        return next((row.due_on for row in self.rows if row.starts_on < day <= row.due_on), day)

    def pay(self, day: date, amount: Decimal) -> tuple[dict[Item, Decimal], Decimal]:
        """Settle what an amount settles: the whole loan where it is enough, else item by item in the loan's order.

        Returns:
            What went to which item, and what was too much.
        """
        self.move_to(day)
        owed = self.pay_off(day)
        total = sum(owed.values(), Decimal(0))
        settled: dict[Item, Decimal] = {}
        if amount >= total:
            settled = owed
            left = amount - total
        else:
            left = amount
            for item in self._in_order(day):
                may_take = owed.get(item, Decimal(0)) if self._grows(item, day) else item.outstanding
                part = min(left, may_take)
                if part > 0:
                    settled[item] = part
                    left -= part
        for item, part in settled.items():
            item.pay(part, day)
        if self._balances is not None:
            self._balances.paid(day, _principal(settled))
            if self.principal == 0:
                self._stop_growing(owed, settled)
        if amount >= total:
            self._close(day)
        return settled, left

    def _stop_growing(self, owed: dict[Item, Decimal], settled: dict[Item, Decimal]) -> None:
        """With the last of the principal, interest is what it was for who settles the loan that day."""
        for item in self.items():
            if item.component is Component.INTEREST:
                item.amount = item.paid - settled.get(item, Decimal(0)) + owed.get(item, Decimal(0))
        self._balances, self._is_repaid = None, True

    def _grows(self, item: Item, day: date) -> bool:
        """Whether an item is interest of days that have not come, which is not taken before it is earned."""
        return self._balances is not None and item.component is Component.INTEREST and item.due_on > day

    def _in_order(self, day: date) -> Iterator[Item]:
        order = self.history.rules.allocation
        for row in self.rows:
            for component in order.due:
                yield from (item for item in row.of(component) if item.due_on <= day)
        for row in self.rows:
            for component in order.early:
                yield from (item for item in row.of(component) if item.due_on > day)

    def write_off(self, day: date) -> dict[Item, Decimal]:
        """Ask for nothing any more.

        Returns:
            What is a loss of which item: principal, and of what counts as earned when due, that too.
        """
        self.move_to(day)
        accrues = self.history.rules.recognised_on is RecognisedOn.ACCRUAL
        lost = {
            item: item.outstanding
            for item in self.items()
            if item.outstanding > 0 and (item.component is Component.PRINCIPAL or (accrues and item.due_on <= day))
        }
        self._close(day)
        return lost

    def _close(self, day: date) -> None:
        for item in self.items():
            item.forgo(item.outstanding, day)
        if not self.is_closed:
            self.is_closed, self.closed_on = True, day

    def split(self, parts: dict[Item, Decimal], advance: Decimal = Decimal(0)) -> Split:
        """The sums of what went to items, by component."""
        sums = dict.fromkeys(_NAMES.values(), Decimal(0))
        for item, part in parts.items():
            sums[_NAMES[item.component]] += part
        return Split.of(self.history.currency, **sums, advance=advance)

    def _rounded(self, value: Decimal) -> Decimal:
        return round_to(value, self._unit, self.history.terms.rounding)


def _principal(parts: dict[Item, Decimal]) -> Decimal:
    return sum((part for item, part in parts.items() if item.component is Component.PRINCIPAL), Decimal(0))
