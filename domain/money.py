"""Money: an exact amount of one currency, and the only ways to read, write, round and split one.

Amounts are decimals at the currency's minor unit, never binary floating point. Signs are the ledger's: debit positive,
credit negative.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from math import lcm

from domain.currencies import Currency
from domain.errors import DomainError

__all__ = [
    "AMOUNT_TEXT_MAX",
    "MAX_AMOUNT",
    "AmountNotANumber",
    "AmountNotPositive",
    "AmountTooLarge",
    "AmountTooPrecise",
    "MixedCurrencies",
    "Money",
    "allocate",
    "format_amount",
    "positive",
    "round_half_even",
    "shorten_amount",
    "ten_thousandths",
]

MAX_AMOUNT = Decimal(10) ** 14
"""The largest absolute amount, in units of the currency. In ten-thousandths it still fits 64 bits."""

AMOUNT_TEXT_MAX = 32
"""The longest text that is read as an amount, in characters."""

_AMOUNT = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")
_TEN_THOUSANDTH = Decimal("0.0001")
# A context of our own: what a caller does to the thread's context must not change an amount.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])


class AmountNotANumber(DomainError):
    """The text is not a plain decimal number."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Write the amount in digits only, with a point before the decimals if there are any, such as 200.00."


@dataclass(eq=False)
class AmountTooPrecise(DomainError):
    """The amount has more decimals than its currency.

    Attributes:
        currency: The code of the currency.
        decimals: The most decimals an amount of it may have.
    """

    currency: str
    decimals: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.decimals == 0:
            return f"{self.currency} has no decimals: write a whole amount."
        return f"{self.currency} has {self.decimals} decimals: write at most {self.decimals} digits after the point."


class AmountTooLarge(DomainError):
    """The amount lies beyond what a book can hold."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Amounts may not go beyond {MAX_AMOUNT}: check the number of digits."


class AmountNotPositive(DomainError):
    """The amount is zero or negative where something must be paid."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Write an amount above zero."


class MixedCurrencies(TypeError):
    """Two currencies in one calculation: a mistake in the program, since only a rate can bring them together."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency, always held at the currency's minor unit.

    Amounts of different currencies are never equal and cannot be added or put in order.

    Attributes:
        amount: In units of the currency. Zeros beyond the minor unit, as the database gives them, are dropped.
        currency: What it is an amount of.

    Raises:
        TypeError: If the amount is not a Decimal; integers are refused too, since they could be minor units.
        AmountNotANumber: If the amount is not finite.
        AmountTooLarge: If the absolute amount is above `MAX_AMOUNT`.
        AmountTooPrecise: If the amount has more decimals than the currency.
    """

    amount: Decimal
    currency: Currency

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", _at_minor_unit(self.amount, self.currency))

    @classmethod
    def zero(cls, currency: Currency) -> Money:
        """Nothing, in the currency."""
        return cls(Decimal(0), currency)

    @classmethod
    def from_minor_units(cls, units: int, currency: Currency) -> Money:
        """So many of the smallest unit: 20000 is 200.00 KES.

        Raises:
            AmountTooLarge: If the absolute amount is above `MAX_AMOUNT`.
        """
        return cls(Decimal(units).scaleb(-currency.minor_unit, context=_EXACT), currency)

    @classmethod
    def parse(cls, text: str, currency: Currency) -> Money:
        """Reads an amount as the API writes it: ASCII digits, `-` before them, `.` and decimals after them.

        Decimals are counted as written, so `1.000` is refused for UGX: whoever wrote it may have meant a thousand.

        Raises:
            AmountNotANumber: If the text is anything else, or longer than `AMOUNT_TEXT_MAX`.
            AmountTooPrecise: If there are more decimals than the currency has.
            AmountTooLarge: If the absolute amount is above `MAX_AMOUNT`.
        """
        match = _AMOUNT.fullmatch(text) if len(text) <= AMOUNT_TEXT_MAX else None
        if match is None:
            raise AmountNotANumber
        if len(match[1] or "") > currency.minor_unit:
            raise AmountTooPrecise(currency.code, currency.minor_unit)
        return cls(Decimal(text), currency)

    @property
    def minor_units(self) -> int:
        """The amount as a count of the smallest unit: 200.00 KES is 20000."""
        return int(self.amount.scaleb(self.currency.minor_unit, context=_EXACT))

    def __add__(self, other: Money) -> Money:
        """The sum; raises MixedCurrencies or AmountTooLarge."""
        if not isinstance(other, Money):
            return NotImplemented
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        """The difference; raises MixedCurrencies or AmountTooLarge."""
        if not isinstance(other, Money):
            return NotImplemented
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __mul__(self, count: int) -> Money:
        """So many times the amount, for a whole number such as a count of shares; raises AmountTooLarge."""
        if type(count) is not int:
            return NotImplemented
        return Money.from_minor_units(self.minor_units * count, self.currency)

    def __neg__(self) -> Money:
        """The amount with the other sign."""
        return Money(self.amount.copy_negate(), self.currency)

    def __abs__(self) -> Money:
        """The amount without its sign."""
        return Money(self.amount.copy_abs(), self.currency)

    def __lt__(self, other: Money) -> bool:
        """Less than; raises MixedCurrencies."""
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        """At most; raises MixedCurrencies."""
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        """Greater than; raises MixedCurrencies."""
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        """At least; raises MixedCurrencies."""
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        """The amount and the code: `200.00 KES`."""
        return f"{self.amount} {self.currency.code}"

    def _same(self, other: Money) -> Decimal:
        """The other amount, once it is sure that the currency is this one."""
        if not isinstance(other, Money):
            raise TypeError(f"money does not compare with {type(other).__name__}")
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency.code} and {other.currency.code} in one calculation")
        return other.amount


def positive(money: Money) -> Money:
    """The same money, once it is sure that it is above zero.

    Raises:
        AmountNotPositive: If it is zero or negative.
    """
    if money.amount <= 0:
        raise AmountNotPositive
    return money


def format_amount(amount: Decimal, currency: Currency) -> str:
    """The amount as every interface writes it: exactly the currency's decimals, `200.00` for KES, `200` for UGX.

    Raises:
        ValueError: If the amount is not finite or has more decimals than the currency; nothing is rounded on the way.
    """
    if not amount.is_finite():
        raise ValueError("an amount is a finite number")
    exact = amount.quantize(currency.quantum, context=_EXACT)
    if exact != amount:
        raise ValueError(f"an amount of {currency.code} has more than {currency.minor_unit} decimals")
    return str(exact or exact.copy_abs())


_ZEROS = (".0000", "000", "00", "0", "")
"""What an amount with four decimals ends with that has only as many as its currency: 0, 1, 2, 3 or 4."""


def shorten_amount(text: str, currency: Currency) -> str:
    """What `format_amount` writes, for an amount that stands with four decimals already, as the database keeps it.

    The text is not read as a number, which is most of the work where a thousand amounts are answered.

    Raises:
        ValueError: As `format_amount` does.
    """
    zeros = _ZEROS[currency.minor_unit]
    if text[-5:-4] == "." and text.endswith(zeros) and text != "-0.0000":
        return text[: len(text) - len(zeros)]
    return format_amount(Decimal(text), currency)


def round_half_even(value: Decimal, currency: Currency) -> Money:
    """The money nearest to a computed value; a value exactly halfway goes to the even minor unit.

    Raises:
        AmountNotANumber: If the value is not finite.
        AmountTooLarge: If the rounded value is above `MAX_AMOUNT`.
    """
    _check_size(value, MAX_AMOUNT + 1)
    return Money(value.quantize(currency.quantum, context=_EXACT), currency)


def allocate(total: Money, weights: Sequence[int | Decimal]) -> list[Money]:
    """Splits money in proportion to weights, exact to the minor unit, by the largest remainder.

    Each part is first rounded towards zero; the units left over go one each to the largest remainders, the earlier
    part first where remainders are equal. A zero weight gets nothing. A negative total is split as its opposite is.

    Args:
        total: What is split. The parts add up to it.
        weights: One for each part, not negative.

    Returns:
        The parts, in the order of the weights.

    Raises:
        TypeError: If a weight is neither an integer nor a Decimal.
        ValueError: If a weight is negative or not finite, or if there is something to split and no weight above zero.
    """
    shares = _whole_weights(weights)
    whole = sum(shares)
    units = abs(total.minor_units)
    if units and not whole:
        raise ValueError("nothing to split by: no weight is above zero")
    parts = [units * share // whole if whole else 0 for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda at: -(units * shares[at] % whole) if whole else 0)
    for at in by_remainder[: units - sum(parts)]:
        parts[at] += 1
    sign = -1 if total.amount < 0 else 1
    return [Money.from_minor_units(sign * part, total.currency) for part in parts]


def ten_thousandths(amount: Decimal) -> int:
    """The amount as a count of 1/10,000 of the currency unit, the form in which it enters the hash chain.

    Raises:
        ValueError: If the amount is not finite, not a whole number of ten-thousandths, or above `MAX_AMOUNT`.
    """
    if not amount.is_finite() or amount.copy_abs() > MAX_AMOUNT:
        raise ValueError("the amount is beyond what a book can hold")
    exact = amount.quantize(_TEN_THOUSANDTH, context=_EXACT)
    if exact != amount:
        raise ValueError("the amount is finer than 1/10,000")
    return int(exact.scaleb(4, context=_EXACT))


def _check_size(value: Decimal, limit: Decimal) -> None:
    """Refuses what is not a finite number up to the limit, before arithmetic that would choke on it."""
    if not value.is_finite():
        raise AmountNotANumber
    if value.copy_abs() > limit:
        raise AmountTooLarge


def _at_minor_unit(amount: Decimal, currency: Currency) -> Decimal:
    """The amount with exactly the currency's decimals, and with one zero only."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"an amount is a Decimal, not {type(amount).__name__}")
    _check_size(amount, MAX_AMOUNT)
    exact = amount.quantize(currency.quantum, context=_EXACT)
    if exact != amount:
        raise AmountTooPrecise(currency.code, currency.minor_unit)
    return exact or exact.copy_abs()


def _whole_weights(weights: Sequence[int | Decimal]) -> list[int]:
    """Whole numbers in the same proportion as the weights."""
    for weight in weights:
        if isinstance(weight, bool) or not isinstance(weight, int | Decimal):
            raise TypeError(f"a weight is an integer or a Decimal, not {type(weight).__name__}")
        if not Decimal(weight).is_finite() or weight < 0:
            raise ValueError("a weight is finite and not negative")
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = lcm(*(denominator for _, denominator in ratios))
    return [numerator * (common // denominator) for numerator, denominator in ratios]
