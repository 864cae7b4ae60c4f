"""Limits of an account: as people give them, on the side on which it grows, and as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from domain.currencies import Currency
from domain.errors import DomainError, ErrorCode
from domain.groups import typed_amount
from domain.ledger.accounts import AccountType, Side
from domain.ledger.chart import Limits
from domain.money import AmountNotANumber, AmountTooLarge, AmountTooPrecise, Money

__all__ = [
    "LIMIT_ERRORS",
    "BalanceBeyondLimit",
    "HeadingHasNoBalance",
    "LimitsOutOfOrder",
    "check_within",
    "typed_limits",
]


@dataclass(eq=False)
class HeadingHasNoBalance(DomainError):
    """Limits were given to a heading, which takes no entries."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "A heading takes no entries, so it has no limits: leave minimum and maximum out."


@dataclass(eq=False)
class LimitsOutOfOrder(DomainError):
    """The minimum lies above the maximum."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give a minimum that is not above the maximum."


@dataclass(eq=False)
class BalanceBeyondLimit(DomainError):
    """What is on the account, less what is set aside, lies outside the limits."""

    code = ErrorCode.NOT_ALLOWED

    balance: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The balance is {self.balance} and would lie outside these limits: draw them around it."


LIMIT_ERRORS = (
    AmountNotANumber,
    AmountTooPrecise,
    AmountTooLarge,
    LimitsOutOfOrder,
    HeadingHasNoBalance,
    BalanceBeyondLimit,
)
"""What may be wrong with limits."""


def typed_limits(
    minimum: Decimal | None, maximum: Decimal | None, unit: Currency, kind: AccountType, *, is_postable: bool
) -> Limits:
    """The limits as they are kept: those of an account that grows by credits change sides and places.

    Raises:
        HeadingHasNoBalance: A heading would have limits.
        LimitsOutOfOrder: The minimum lies above the maximum.
    """
    least = _typed(minimum, unit, "minimum")
    most = _typed(maximum, unit, "maximum")
    if not is_postable and (least is not None or most is not None):
        raise HeadingHasNoBalance(path=("minimum" if least is not None else "maximum",))
    if least is not None and most is not None and least > most:
        raise LimitsOutOfOrder(path=("minimum",))
    if kind.grows_by is Side.DEBIT:
        return least, most
    return None if most is None else -most, None if least is None else -least


def _typed(amount: Decimal | None, unit: Currency, field: str) -> Money | None:
    return None if amount is None else typed_amount(amount, unit, field)


def check_within(limits: Limits, balance: Money, held: Money, kind: AccountType) -> None:
    """Raise BalanceBeyondLimit unless the balance, less what is set aside, lies within the limits."""
    minimum, maximum = limits
    is_short = minimum is not None and balance - held < minimum
    if is_short or (maximum is not None and balance > maximum):
        shown = balance if kind.grows_by is Side.DEBIT else -balance
        grows_up = kind.grows_by is Side.DEBIT
        raise BalanceBeyondLimit(shown.amount, path=("minimum" if is_short is grows_up else "maximum",))
