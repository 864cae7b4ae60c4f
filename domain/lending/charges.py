"""What a loan costs beside interest: fees when it is paid out and with each instalment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.errors import DomainError
from domain.lending.rounding import EXACT, RoundingMode, round_to
from domain.money import MAX_AMOUNT

__all__ = ["CHARGES_MAX", "PERCENT_MAX", "ChargeBasis", "ChargeNotPossible", "ChargeRule", "ChargedAt"]

CHARGES_MAX = 10
"""The most charges a loan may have."""

PERCENT_MAX = Decimal(100)
"""The highest charge, in per cent of what it is counted on."""


class ChargedAt(StrEnum):
    """When a charge is due."""

    DISBURSEMENT = "DISBURSEMENT"
    INSTALMENT = "INSTALMENT"


class ChargeBasis(StrEnum):
    """What a charge is counted on: at disbursement the whole loan's, with an instalment that instalment's."""

    FIXED = "FIXED"
    """The value is the amount itself."""
    PRINCIPAL = "PRINCIPAL"
    """The value is per cent of the principal."""
    INTEREST = "INTEREST"
    """The value is per cent of the interest."""
    PRINCIPAL_AND_INTEREST = "PRINCIPAL_AND_INTEREST"
    """The value is per cent of both together."""


class ChargeNotPossible(DomainError):
    """A charge is zero, negative, above the sum that it is counted on, or one too many."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"A loan has at most {CHARGES_MAX} charges, each an amount above zero or a rate above 0 and up to "
            f"{PERCENT_MAX} per cent: check them."
        )


@dataclass(frozen=True, slots=True)
class ChargeRule:
    """One charge.

    Attributes:
        at: When it is due.
        basis: What it is counted on.
        value: An amount in units of the loan's currency, or per cent of the basis.

    Raises:
        ChargeNotPossible: If the value is not above zero, or above `PERCENT_MAX` per cent.
    """

    at: ChargedAt
    basis: ChargeBasis
    value: Decimal

    def __post_init__(self) -> None:
        most = MAX_AMOUNT if self.basis is ChargeBasis.FIXED else PERCENT_MAX
        if not (self.value.is_finite() and 0 < self.value <= most):
            raise ChargeNotPossible().at("value")

    def amount(self, principal: Decimal, interest: Decimal, unit: Decimal, mode: RoundingMode) -> Decimal:
        """What is charged, rounded to the unit.

        Args:
            principal: Of the loan or of the instalment, by when the charge is due.
            interest: As `principal`.
            unit: What the amount is a multiple of.
            mode: Which way it is rounded.
        """
        counted_on = {
            ChargeBasis.FIXED: Decimal(100),
            ChargeBasis.PRINCIPAL: principal,
            ChargeBasis.INTEREST: interest,
            ChargeBasis.PRINCIPAL_AND_INTEREST: principal + interest,
        }[self.basis]
        return round_to(EXACT.divide(EXACT.multiply(counted_on, self.value), Decimal(100)), unit, mode)
