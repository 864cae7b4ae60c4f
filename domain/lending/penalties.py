"""Penalties for late payment, as the rule of a loan has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, islice

from domain.lending.account import InstalmentAccount, replay
from domain.lending.dues import ROLL_OVERS_MAX
from domain.lending.history import LoanHistory
from domain.lending.periods import periods_after
from domain.lending.rounding import EXACT, round_to
from domain.lending.rules import Component, PenaltyBasis, PenaltyRule
from domain.money import Money

__all__ = ["PENALTIES_MAX", "PenaltyDue", "penalties_due"]

PENALTIES_MAX = ROLL_OVERS_MAX
"""How often an instalment is charged a penalty at most."""


@dataclass(frozen=True, slots=True)
class PenaltyDue:
    """A penalty that the rule asks for and nobody has charged yet.

    Attributes:
        instalment: The number of the instalment that was late.
        due_on: The first day after the grace on which it was still unpaid; it is charged and due from then on.
        amount: How much.
    """

    instalment: int
    due_on: date
    amount: Money


def penalties_due(history: LoanHistory, on: date) -> tuple[PenaltyDue, ...]:
    """The penalties that the loan's rule asks for up to a day, that day included, without those that were charged.

    An instalment is late when its grace is over at the end of a day and principal or interest of it is unpaid. Each
    penalty counts what is unpaid of its own instalment only. A penalty that was waived was charged, and does not come
    again. The answer is the same however often, and however late, it is asked for.

    Args:
        history: The loan's schedule, rules and events.
        on: The day.

    Returns:
        In the order in which they are due.
    """
    rule = history.rules.penalty
    if rule is None:
        return ()
    charged = {
        (charge.instalment, charge.due_on) for charge in history.charges if charge.component is Component.PENALTY
    }
    wanted: dict[date, list[int]] = {}
    for instalment in history.schedule.instalments:
        for day in _days(history, rule, instalment.due_on):
            if day > on:
                break
            if (instalment.number, day) not in charged:
                wanted.setdefault(day, []).append(instalment.number)
    found = []
    for day in sorted(wanted):
        rows = {row.number: row for row in replay(history, day - timedelta(days=1)).instalments}
        for number in wanted[day]:
            amount = _amount(history, rule, rows[number])
            if amount.amount > 0:
                found.append(PenaltyDue(number, day, amount))
    return tuple(found)


def _days(history: LoanHistory, rule: PenaltyRule, due_on: date) -> Iterator[date]:
    """The days on which an instalment is charged a penalty if it is then unpaid, for as long as the calendar lasts."""
    days = chain([due_on], (each.due_on for each in periods_after(history.terms, due_on, [due_on])))
    late = timedelta(days=rule.grace_days + 1)
    for day in islice(days, PENALTIES_MAX if rule.is_repeated else 1):
        if day > date.max - late:
            return
        yield day + late


def _amount(history: LoanHistory, rule: PenaltyRule, late: InstalmentAccount) -> Money:
    principal, interest = late.principal.outstanding.amount, late.interest.outstanding.amount
    terms, currency = history.terms, history.currency
    if principal + interest == 0:
        return Money.zero(currency)
    counted_on = {
        PenaltyBasis.FIXED: Decimal(100),
        PenaltyBasis.PRINCIPAL: principal,
        PenaltyBasis.PRINCIPAL_AND_INTEREST: principal + interest,
    }[rule.basis]
    amount = EXACT.divide(EXACT.multiply(counted_on, rule.value), Decimal(100))
    return Money(round_to(amount, terms.smallest_sum or currency.quantum, terms.rounding), currency)
