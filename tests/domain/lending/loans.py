"""Short ways to write a loan and to read its schedule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from domain.currencies import currency
from domain.lending import (
    InstalmentFrequency,
    InterestMethod,
    LoanSchedule,
    LoanTerms,
    RatePeriod,
    make_schedule,
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
