"""What the law of a country lets a loan cost at most, as far as it was checked.

Where a country is not listed nothing is refused: it has no ceiling for lenders of this kind, or we know of none for
sure. Each ceiling is compared with the yearly cost of the whole loan: interest and all charges as a rate of what is
still owed for each period, times the periods of a year (the proportional method).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.errors import DomainError, ErrorCode
from domain.groups import Group
from domain.ledger.accounts import GroupKind
from domain.lending.rounding import EXACT
from domain.lending.schedules import LoanSchedule
from domain.lending.terms import PERIODS_A_YEAR, LoanTerms

__all__ = ["INTEREST_CAPS", "InterestAboveCap", "InterestCap", "check_cap", "yearly_cost"]


@dataclass(frozen=True, slots=True)
class InterestCap:
    """A ceiling.

    Attributes:
        percent: The highest yearly cost, in per cent.
        since: From when it holds.
        source: Where it is written.
        is_for_institutions: Whether it binds institutions alone, and no group that lends to its own members.
    """

    percent: Decimal
    since: date
    source: str
    is_for_institutions: bool = False


_WAEMU = InterestCap(
    Decimal(24),
    date(2014, 1, 1),
    "Council of Ministers of the West African Monetary Union: usury rate of decentralised financial systems, 24 % "
    "instead of 27 % from January 2014",
)

INTEREST_CAPS: Mapping[str, InterestCap] = {
    # Benin, Burkina Faso, Côte d'Ivoire, Guinea-Bissau, Mali, Niger, Senegal, Togo.
    **dict.fromkeys(("BJ", "BF", "CI", "GW", "ML", "NE", "SN", "TG"), _WAEMU),
    "KH": InterestCap(
        Decimal(18),
        date(2017, 4, 1),
        "National Bank of Cambodia, Prakas B7-017-109 on the annual interest rate ceiling, 13 March 2017",
        is_for_institutions=True,
    ),
}
"""By country, ISO 3166."""


@dataclass(eq=False)
class InterestAboveCap(DomainError):
    """The loan would cost more than the law of the country allows.

    Attributes:
        cost: What it would cost, in per cent a year.
        cap: What it may cost, in per cent a year.
        source: Where that is written.
    """

    code = ErrorCode.NOT_ALLOWED

    cost: Decimal
    cap: Decimal
    source: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"Interest and charges come to {self.cost} per cent a year, and the law allows {self.cap} ({self.source}): "
            "lower the rate or the charges."
        )


_STEPS = 60
_COST_DECIMALS = Decimal("0.01")


def yearly_cost(schedule: LoanSchedule, terms: LoanTerms) -> Decimal:
    """What a loan costs, in per cent a year, rounded to two decimals.

    The rate of a period at which the instalments are worth what the borrower is handed, times the periods of a year.
    """
    handed = (schedule.principal - schedule.charges_at_disbursement).amount
    due = [each.total.amount for each in schedule.instalments]
    low, high = Decimal(0), Decimal(100)
    if sum(due, Decimal(0)) <= handed:
        return Decimal(0)
    for _ in range(_STEPS):
        middle = EXACT.divide(EXACT.add(low, high), Decimal(2))
        if _worth(due, middle) > handed:
            low = middle
        else:
            high = middle
    periods = EXACT.divide(Decimal(PERIODS_A_YEAR[terms.frequency]), Decimal(terms.every))
    return EXACT.multiply(EXACT.multiply(low, periods), Decimal(100)).quantize(_COST_DECIMALS)


def _worth(due: list[Decimal], rate: Decimal) -> Decimal:
    """What instalments are worth today at a rate of each period."""
    worth = Decimal(0)
    for amount in reversed(due):
        worth = EXACT.divide(EXACT.add(worth, amount), EXACT.add(Decimal(1), rate))
    return worth


def check_cap(schedule: LoanSchedule, terms: LoanTerms, group: Group) -> None:
    """Refuse a loan that costs more than the law of the group's country allows.

    Raises:
        InterestAboveCap: It does.
    """
    cap = INTEREST_CAPS.get(group.country)
    if cap is None or (cap.is_for_institutions and group.kind is not GroupKind.CREDIT):
        return
    cost = yearly_cost(schedule, terms)
    if cost > cap.percent:
        raise InterestAboveCap(cost, cap.percent, cap.source)
