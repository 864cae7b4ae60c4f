"""The account of a loan: what is due, paid and outstanding, which payment settled what, and what is overdue at a date.

It is computed from the schedule, the charges and the payments alone, by letting them happen again one after the other.
So a payment is taken back by replaying the history without it, and the account at an earlier date is the history until
then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.lending.dues import Dues, Item, Row
from domain.lending.history import ChargeWaiver, LoanCharge, LoanHistory, LoanPayment, SettledBy, Split
from domain.lending.rules import Component, RecognisedOn
from domain.money import Money

__all__ = [
    "AppliedPayment",
    "Arrears",
    "ChargeAccount",
    "InstalmentAccount",
    "LoanAccount",
    "Owed",
    "changed_payments",
    "replay",
]


@dataclass(frozen=True, slots=True)
class Owed:
    """One component of an instalment, or a charge.

    Attributes:
        due: What was ever owed.
        paid: What was paid of it.
        forgone: What is no longer asked: waived, written off, or interest of days that did not come.
    """

    due: Money
    paid: Money
    forgone: Money

    @property
    def outstanding(self) -> Money:
        """What is still owed."""
        return self.due - self.paid - self.forgone


@dataclass(frozen=True, slots=True)
class InstalmentAccount:
    """What became of an instalment.

    Attributes:
        number: Its place; 0 for what was brought forward from a schedule before, above the last for further periods in
            which the service charge was charged again.
        starts_on: When its time began.
        due_on: When it is due.
        penalties: For being late.
        fees: Charges beside interest.
        interest: The service charge.
        principal: What was lent.
    """

    number: int
    starts_on: date
    due_on: date
    penalties: Owed
    fees: Owed
    interest: Owed
    principal: Owed

    @property
    def due(self) -> Money:
        """All that was ever owed with it."""
        return self.penalties.due + self.fees.due + self.interest.due + self.principal.due

    @property
    def paid(self) -> Money:
        """All that was paid of it."""
        return self.penalties.paid + self.fees.paid + self.interest.paid + self.principal.paid

    @property
    def outstanding(self) -> Money:
        """All that is still owed with it."""
        parts = (self.penalties, self.fees, self.interest, self.principal)
        return sum((each.outstanding for each in parts), Money.zero(self.principal.due.currency))


@dataclass(frozen=True, slots=True)
class ChargeAccount:
    """What became of a charge beside those of the schedule."""

    charge: LoanCharge
    owed: Owed


@dataclass(frozen=True, slots=True)
class AppliedPayment:
    """A payment and what it settled.

    Attributes:
        payment: The payment, or the write-off.
        split: What parts of it are for.
        of_due: What of these was due by then; the rest was paid in advance. Where income counts when it is due, this
            is what the borrower owed in the book.
    """

    payment: LoanPayment
    split: Split
    of_due: Split


@dataclass(frozen=True, slots=True)
class Arrears:
    """What is overdue at a date.

    Attributes:
        on: The date.
        overdue: What was due before it and is not paid; nothing of it is an advance.
        outstanding_principal: All principal that is not paid, due or not: what is at risk where anything is overdue.
        overdue_since: The oldest due date of which principal or interest is unpaid; None if there is none. Fees and
            penalties alone do not make a loan late.
    """

    on: date
    overdue: Split
    outstanding_principal: Money
    overdue_since: date | None

    @property
    def days(self) -> int:
        """For how many days it has been overdue; 0 if it is not."""
        return 0 if self.overdue_since is None else (self.on - self.overdue_since).days


@dataclass(frozen=True, slots=True)
class LoanAccount:
    """A loan at the end of a day.

    Attributes:
        history: What it was computed from.
        on: The day.
        instalments: In order of time.
        charges: Those beside the schedule, as they were made.
        applied: The payments, as they were made.
        settled_on: When it was settled or written off; None while something is owed.
        outstanding: All that is still owed, due or not; nothing of it is an advance.
        due: What of this is due by the day.
        recognised: Penalties, fees and interest that were due by the day, without what was paid or forgone before that:
            where income counts when it is due, what the borrower has come to owe in the book.
        pay_off: What settles the loan on the day, interest as its rules say; nothing of it is an advance.
        arrears: What is overdue on the day.
    """

    history: LoanHistory
    on: date
    instalments: tuple[InstalmentAccount, ...]
    charges: tuple[ChargeAccount, ...]
    applied: tuple[AppliedPayment, ...]
    settled_on: date | None
    outstanding: Split
    due: Split
    recognised: Split
    pay_off: Split
    arrears: Arrears
    _by_payment: dict[UUID, AppliedPayment] = field(repr=False, compare=False, default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed any more, be it paid or written off."""
        return self.settled_on is not None

    @property
    def advance(self) -> Money:
        """What its payments were too much."""
        return sum((each.split.advance for each in self.applied), Money.zero(self.history.currency))

    def payment(self, payment_id: UUID) -> AppliedPayment:
        """A payment and what it settled; raises KeyError if there is none such."""
        return self._by_payment[payment_id]


def replay(history: LoanHistory, on: date) -> LoanAccount:
    """The account of a loan at the end of a day, from what happened until then.

    Args:
        history: The loan's schedule, rules and events; those after the day do not count.
        on: The day.
    """
    dues = Dues(history)
    applied = []
    for event in history.in_order(on):
        dues.move_to(event.on)
        if isinstance(event, LoanCharge):
            dues.charge(event)
        elif isinstance(event, ChargeWaiver):
            dues.waive(event)
        else:
            applied.append(_apply(dues, event))
    dues.move_to(on)
    items = list(dues.items())
    return LoanAccount(
        history=history,
        on=on,
        instalments=tuple(_instalment(dues, row) for row in dues.rows),
        charges=tuple(ChargeAccount(item.charge, _owed(dues, [item])) for item in items if item.charge is not None),
        applied=tuple(applied),
        settled_on=dues.closed_on,
        outstanding=_still(dues, items),
        due=_still(dues, (item for item in items if item.due_on <= on)),
        recognised=dues.split(
            {
                item: item.amount - item.before_due
                for item in items
                if item.due_on <= on and item.component is not Component.PRINCIPAL
            }
        ),
        pay_off=dues.split(dues.pay_off(on)),
        arrears=_arrears(dues, items, on),
        _by_payment={each.payment.id: each for each in applied},
    )


def changed_payments(before: LoanAccount, after: LoanAccount) -> tuple[AppliedPayment, ...]:
    """Payments that settle other things in another course of events: as they then are, in order.

    Their entries in the book no longer tell what they settled: they are reversed and posted anew.
    """
    known = {each.payment.id: _in_the_book(each, before) for each in before.applied}
    return tuple(
        each
        for each in after.applied
        if each.payment.id in known and _in_the_book(each, after) != known[each.payment.id]
    )


def _in_the_book(applied: AppliedPayment, account: LoanAccount) -> tuple[Split, Split | None]:
    """What the entry of a payment says: where income counts when it is due, also what had come to be owed."""
    accrues = account.history.rules.recognised_on is RecognisedOn.ACCRUAL
    return applied.split, applied.of_due if accrues else None


def _apply(dues: Dues, payment: LoanPayment) -> AppliedPayment:
    if payment.kind is SettledBy.WRITE_OFF:
        settled, advance = dues.write_off(payment.on), Decimal(0)
    else:
        settled, advance = dues.pay(payment.on, payment.amount.amount)
    due = {item: part for item, part in settled.items() if item.due_on <= payment.on}
    return AppliedPayment(payment, dues.split(settled, advance), dues.split(due))


def _still(dues: Dues, items: Iterable[Item]) -> Split:
    return dues.split({item: item.outstanding for item in items})


def _arrears(dues: Dues, items: list[Item], on: date) -> Arrears:
    late = [item for item in items if item.due_on < on and item.outstanding > 0]
    makes_late = (Component.PRINCIPAL, Component.INTEREST)
    since = min((item.due_on for item in late if item.component in makes_late), default=None)
    return Arrears(on, _still(dues, late), Money(dues.principal, dues.history.currency), since)


def _instalment(dues: Dues, row: Row) -> InstalmentAccount:
    penalties, fees, interest, principal = (_owed(dues, row.of(each)) for each in Component)
    return InstalmentAccount(row.number, row.starts_on, row.due_on, penalties, fees, interest, principal)


def _owed(dues: Dues, items: list[Item]) -> Owed:
    currency = dues.history.currency
    due, paid, forgone = (
        Money(sum((getattr(item, name) for item in items), Decimal(0)), currency)
        for name in ("amount", "paid", "forgone")
    )
    return Owed(due, paid, forgone)
