"""Rounding of computed amounts: which way, and to multiples of which sum.

What a rate gives seldom ends at a coin. The mode says which neighbour is taken, the unit what counts as a coin: the
currency's minor unit, or a larger sum where the smallest coin in use is larger.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from enum import StrEnum

from domain.currencies import Currency
from domain.errors import DomainError
from domain.money import MAX_AMOUNT, AmountTooLarge

__all__ = ["EXACT", "MultipleNotPossible", "RoundingMode", "check_multiple", "round_to"]

EXACT = Context(prec=60)
"""Arithmetic with digits to spare: amounts have at most 19, so what is lost lies far below any coin."""

_NOISE = Decimal("1E-30")
"""A quotient that does not end is first rounded here: a half that was divided and multiplied is a half again."""


class RoundingMode(StrEnum):
    """Which neighbour a computed amount becomes."""

    HALF_EVEN = "HALF_EVEN"
    """The nearer; exactly halfway, the even one. The default, since it favours nobody."""
    HALF_UP = "HALF_UP"
    """The nearer; exactly halfway, the larger."""
    UP = "UP"
    """The larger."""
    DOWN = "DOWN"
    """The smaller."""


_MODES = {
    RoundingMode.HALF_EVEN: ROUND_HALF_EVEN,
    RoundingMode.HALF_UP: ROUND_HALF_UP,
    RoundingMode.UP: ROUND_UP,
    RoundingMode.DOWN: ROUND_DOWN,
}


@dataclass(eq=False)
class MultipleNotPossible(DomainError):
    """Amounts cannot be multiples of that sum.

    Attributes:
        quantum: The smallest amount of the currency.
    """

    quantum: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Amounts can be multiples of {self.quantum}, or of a whole number of times as much: choose such a sum."


def check_multiple(multiple: Decimal, currency: Currency) -> Decimal:
    """The multiple, once it is sure that amounts of the currency can be multiples of it.

    Raises:
        MultipleNotPossible: If it is not finite, not above zero, beyond the largest amount, or finer than the minor
            unit.
    """
    is_usable = multiple.is_finite() and 0 < multiple <= MAX_AMOUNT
    if not is_usable or EXACT.remainder(multiple, currency.quantum) != 0:
        raise MultipleNotPossible(currency.quantum)
    return multiple


def round_to(value: Decimal, unit: Decimal, mode: RoundingMode) -> Decimal:
    """The multiple of `unit` that a computed amount becomes.

    Args:
        value: Not negative.
        unit: What the result is a multiple of: a minor unit, or a larger sum.
        mode: Which neighbour is taken.

    Raises:
        AmountTooLarge: If the value lies beyond what a book can hold.
    """
    if not value <= MAX_AMOUNT:
        raise AmountTooLarge
    settled = value.quantize(_NOISE, context=EXACT)
    count = EXACT.divide(settled, unit).quantize(Decimal(1), rounding=_MODES[mode], context=EXACT)
    return EXACT.multiply(count, unit)
