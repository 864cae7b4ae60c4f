"""What a group has lent, by how late it is: ageing, and the portfolio at risk.

A loan is at risk with all of its principal that is not paid, as soon as any principal or interest of it is late. The
portfolio at risk over so many days is that of the loans which are late for more days (CGAP; SEEP). Savings groups count
no days: what they call the portfolio at risk is the unpaid balance of all late loans (SAVIX).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from domain.money import Money

__all__ = ["Ageing", "Portfolio", "PortfolioPart", "portfolio_of"]

_PLACES = Decimal("0.0001")
"""To which part a ratio is rounded: a hundredth of a per cent."""


class Ageing(StrEnum):
    """For how long a loan has been late."""

    CURRENT = "CURRENT"
    DAYS_1_TO_30 = "DAYS_1_TO_30"
    DAYS_31_TO_60 = "DAYS_31_TO_60"
    DAYS_61_TO_90 = "DAYS_61_TO_90"
    OVER_90_DAYS = "OVER_90_DAYS"

    @property
    def first_day(self) -> int:
        """The least number of days; 0 for what is not late."""
        return _FIRST_DAYS[self]

    @classmethod
    def beginning(cls, first_day: int) -> Ageing:
        """The class that begins with a number of days, as the database names it."""
        return next(each for each in cls if each.first_day == first_day)


_FIRST_DAYS = {
    Ageing.CURRENT: 0,
    Ageing.DAYS_1_TO_30: 1,
    Ageing.DAYS_31_TO_60: 31,
    Ageing.DAYS_61_TO_90: 61,
    Ageing.OVER_90_DAYS: 91,
}


@dataclass(frozen=True, slots=True)
class PortfolioPart:
    """The loans of one class.

    Attributes:
        loans: How many.
        outstanding: Their principal that is not paid.
        overdue_principal: What of it was due.
        overdue_interest: The interest that was due and is not paid.
    """

    ageing: Ageing
    loans: int
    outstanding: Money
    overdue_principal: Money
    overdue_interest: Money


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What is lent at the end of a day, in all classes of ageing, each once and in their order."""

    parts: tuple[PortfolioPart, ...]

    @property
    def loans(self) -> int:
        """How many loans are owed."""
        return sum(part.loans for part in self.parts)

    @property
    def late_loans(self) -> int:
        """How many of them are late."""
        return sum(part.loans for part in self.parts if part.ageing is not Ageing.CURRENT)

    @property
    def outstanding(self) -> Money:
        """All principal that is not paid."""
        return self._sum("outstanding", 0)

    @property
    def overdue_principal(self) -> Money:
        """The principal that was due and is not paid."""
        return self._sum("overdue_principal", 0)

    @property
    def overdue_interest(self) -> Money:
        """The interest that was due and is not paid."""
        return self._sum("overdue_interest", 0)

    def at_risk(self, days: int) -> Money:
        """The principal of the loans that are late for that many days or more."""
        return self._sum("outstanding", days)

    def ratio(self, days: int) -> Decimal | None:
        """That as a part of all that is outstanding, to four places; None where nothing is."""
        if self.outstanding.amount == 0:
            return None
        return (self.at_risk(days).amount / self.outstanding.amount).quantize(_PLACES, ROUND_HALF_EVEN)

    def _sum(self, name: str, days: int) -> Money:
        amounts: Sequence[Money] = [getattr(part, name) for part in self.parts if part.ageing.first_day >= days]
        return sum(amounts[1:], amounts[0])


def portfolio_of(parts: Iterable[PortfolioPart], zero: Money) -> Portfolio:
    """The portfolio with these parts, of which several may be of one class, and nothing in the others."""
    found: dict[Ageing, PortfolioPart] = {each: PortfolioPart(each, 0, zero, zero, zero) for each in Ageing}
    for part in parts:
        was = found[part.ageing]
        found[part.ageing] = PortfolioPart(
            part.ageing,
            was.loans + part.loans,
            was.outstanding + part.outstanding,
            was.overdue_principal + part.overdue_principal,
            was.overdue_interest + part.overdue_interest,
        )
    return Portfolio(tuple(found.values()))
