"""What happened to a loan since it was paid out: charges, waivers and payments, and how a payment was split."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.currencies import Currency
from domain.lending.rules import Component, LoanRules
from domain.lending.schedules import LoanSchedule
from domain.lending.terms import LoanTerms
from domain.money import Money

__all__ = ["ChargeWaiver", "LoanCharge", "LoanEvent", "LoanHistory", "LoanPayment", "SettledBy", "Split"]


@dataclass(frozen=True, slots=True)
class Split:
    """What parts of a sum are for.

    Attributes:
        penalties: For being late.
        fees: Charges beside interest.
        interest: The service charge.
        principal: What was lent.
        advance: More than was owed, held for the member.
    """

    penalties: Money
    fees: Money
    interest: Money
    principal: Money
    advance: Money

    @classmethod
    def of(
        cls,
        currency: Currency,
        *,
        penalties: Decimal = Decimal(0),
        fees: Decimal = Decimal(0),
        interest: Decimal = Decimal(0),
        principal: Decimal = Decimal(0),
        advance: Decimal = Decimal(0),
    ) -> Split:
        """A split of plain amounts."""
        return cls(*(Money(each, currency) for each in (penalties, fees, interest, principal, advance)))

    @property
    def total(self) -> Money:
        """The sum of all parts."""
        return self.penalties + self.fees + self.interest + self.principal + self.advance

    def __add__(self, other: Split) -> Split:
        """Part by part."""
        return Split(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    def __sub__(self, other: Split) -> Split:
        """Part by part."""
        return Split(*(getattr(self, part.name) - getattr(other, part.name) for part in fields(self)))


@dataclass(frozen=True, slots=True)
class LoanEvent:
    """Something that happened to a loan.

    Attributes:
        on: The day that it counts for.
        sequence: Its place among all that happened to the loan, which decides within a day.
    """

    on: date
    sequence: int


@dataclass(frozen=True, slots=True)
class LoanCharge(LoanEvent):
    """A fee or a penalty charged beside those of the schedule.

    Attributes:
        id: Of the charge.
        component: FEE or PENALTY.
        due_on: When it is due.
        amount: How much.
        instalment: The number of the instalment that it is charged with; None for the one in whose time it is due.
    """

    id: UUID
    component: Component
    due_on: date
    amount: Money
    instalment: int | None = None


@dataclass(frozen=True, slots=True)
class ChargeWaiver(LoanEvent):
    """A charge that the borrower is let off, or a part of it.

    Attributes:
        charge_id: Which charge.
        amount: How much of it.
    """

    charge_id: UUID
    amount: Money


class SettledBy(StrEnum):
    """What settles parts of a loan."""

    PAYMENT = "PAYMENT"
    """Money that was paid, now or in advance."""
    WRITE_OFF = "WRITE_OFF"
    """The group's decision that the rest is lost."""


@dataclass(frozen=True, slots=True)
class LoanPayment(LoanEvent):
    """Money that settles a loan, or the decision that the rest is lost.

    Attributes:
        id: Of the payment, which is that of its entry.
        amount: How much was paid; of a write-off it follows from the account, and is ignored.
        kind: What it is.
    """

    id: UUID
    amount: Money
    kind: SettledBy = SettledBy.PAYMENT


@dataclass(frozen=True, slots=True)
class LoanHistory:
    """A loan from the day on which it was paid out, or rescheduled.

    Attributes:
        schedule: What is due when, in the schedule that holds now.
        terms: What it was made from.
        rules: What holds beside it.
        events: All that happened since, in any order.
        brought_forward: Penalties, fees and interest that were owed when this schedule replaced another, due at once;
            None where it is the first.
    """

    schedule: LoanSchedule
    terms: LoanTerms
    rules: LoanRules
    events: tuple[LoanCharge | ChargeWaiver | LoanPayment, ...] = ()
    brought_forward: Split | None = None

    @property
    def currency(self) -> Currency:
        """What the loan is in."""
        return self.schedule.principal.currency

    @property
    def charges(self) -> tuple[LoanCharge, ...]:
        """All charges beside those of the schedule, as they were made."""
        return tuple(each for each in self.in_order() if isinstance(each, LoanCharge))

    def in_order(self, until: date = date.max) -> list[LoanCharge | ChargeWaiver | LoanPayment]:
        """What happened up to a day, that day included, as it happened."""
        return sorted((each for each in self.events if each.on <= until), key=lambda each: (each.on, each.sequence))

    def with_event(self, event: LoanCharge | ChargeWaiver | LoanPayment) -> LoanHistory:
        """The same with one more event."""
        return self._having((*self.events, event))

    def without_payment(self, payment_id: UUID) -> LoanHistory:
        """The same as if a payment had never been made."""
        return self._having(
            tuple(each for each in self.events if not (isinstance(each, LoanPayment) and each.id == payment_id))
        )

    def _having(self, events: tuple[LoanCharge | ChargeWaiver | LoanPayment, ...]) -> LoanHistory:
        return LoanHistory(self.schedule, self.terms, self.rules, events, self.brought_forward)
