"""Short ways to write a loan and to read its schedule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.currencies import currency
from domain.lending import (
    ChargeWaiver,
    Component,
    InstalmentFrequency,
    InterestMethod,
    LoanAccount,
    LoanCharge,
    LoanHistory,
    LoanPayment,
    LoanRules,
    LoanSchedule,
    LoanTerms,
    RatePeriod,
    SettledBy,
    Split,
    make_schedule,
    replay,
)
from domain.money import Money

FLAT = InterestMethod.FLAT
ANNUITY = InterestMethod.REDUCING_EQUAL_INSTALMENTS
EQUAL_PRINCIPAL = InterestMethod.REDUCING_EQUAL_PRINCIPAL
COMPOUND = InterestMethod.COMPOUND


def terms(method: InterestMethod, rate: str, instalments: int, **more: Any) -> LoanTerms:
    """Terms with a rate of a year and monthly instalments, unless said otherwise."""
    more.setdefault("rate_period", RatePeriod.YEAR)
    more.setdefault("frequency", InstalmentFrequency.MONTHLY)
    return LoanTerms(method=method, rate=Decimal(rate), instalments=instalments, **more)


def money(amount: str | Decimal, code: str = "EUR") -> Money:
    """An amount."""
    return Money(Decimal(amount), currency(code))


def schedule(amount: str, of: LoanTerms, start: str, code: str = "EUR", **more: Any) -> LoanSchedule:
    """The schedule of a loan paid out on a day."""
    return make_schedule(money(amount, code), of, date.fromisoformat(start), **more)


def rows(of: LoanSchedule) -> list[str]:
    """Each instalment as `principal interest total balance`."""
    return [
        f"{each.principal.amount} {each.interest.amount} {each.total.amount} {each.balance.amount}"
        for each in of.instalments
    ]


def principal_and_interest(of: LoanSchedule) -> list[str]:
    """Each instalment as `principal interest`."""
    return [f"{each.principal.amount} {each.interest.amount}" for each in of.instalments]


def totals(of: LoanSchedule) -> str:
    """The whole loan as `principal interest total`."""
    return f"{of.principal.amount} {of.interest.amount} {of.total.amount}"


def due(of: LoanSchedule) -> list[str]:
    """The due dates."""
    return [each.due_on.isoformat() for each in of.instalments]


def lines(text: str) -> list[str]:
    """The rows of a table, one a line."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]


class Story:
    """A loan and what happens to it, told in short sentences.

    Args:
        of: Its schedule.
        rules: What holds beside it.
        by: Its terms.
    """

    def __init__(self, of: LoanSchedule, by: LoanTerms, rules: LoanRules | None = None) -> None:
        self.history = LoanHistory(of, by, rules or LoanRules())
        self._happened = 0

    def _next(self) -> int:
        self._happened += 1
        return self._happened

    def _money(self, amount: str) -> Money:
        return Money(Decimal(amount), self.history.currency)

    def pays(self, amount: str, on: str) -> UUID:
        """Money comes in; answers with the payment's id."""
        return self._settled(amount, on, SettledBy.PAYMENT)

    def is_written_off(self, on: str) -> UUID:
        """The rest is lost."""
        return self._settled("0", on, SettledBy.WRITE_OFF)

    def _settled(self, amount: str, on: str, kind: SettledBy) -> UUID:
        number = self._next()
        payment = LoanPayment(date.fromisoformat(on), number, UUID(int=number), self._money(amount), kind)
        self.history = self.history.with_event(payment)
        return payment.id

    def is_charged(
        self, component: Component, amount: str, due: str, *, on: str | None = None, instalment: int | None = None
    ) -> UUID:
        """A fee or penalty, on the day it is due unless said otherwise; answers with its id."""
        number = self._next()
        due_on = date.fromisoformat(due)
        charged_on = due_on if on is None else date.fromisoformat(on)
        charge = LoanCharge(charged_on, number, UUID(int=number), component, due_on, self._money(amount), instalment)
        self.history = self.history.with_event(charge)
        return charge.id

    def is_let_off(self, charge: UUID, amount: str, on: str) -> None:
        """A charge is waived, or a part of it."""
        waiver = ChargeWaiver(date.fromisoformat(on), self._next(), charge, self._money(amount))
        self.history = self.history.with_event(waiver)

    def takes_back(self, payment: UUID) -> None:
        """A payment is reversed."""
        self.history = self.history.without_payment(payment)

    def at(self, on: str) -> LoanAccount:
        """The account at the end of a day."""
        return replay(self.history, date.fromisoformat(on))


def split(of: Split) -> str:
    """What a payment is for, as `penalties fees interest principal advance`."""
    parts = (of.penalties, of.fees, of.interest, of.principal, of.advance)
    return " ".join(str(each.amount) for each in parts)


def row(of: LoanAccount, number: int) -> str:
    """An instalment as `due paid outstanding`."""
    found = next(each for each in of.instalments if each.number == number)
    return f"{found.due.amount} {found.paid.amount} {found.outstanding.amount}"


def parts_due(of: LoanAccount) -> list[str]:
    """Each instalment as `principal/interest`."""
    return [f"{each.principal.due.amount}/{each.interest.due.amount}" for each in of.instalments]
