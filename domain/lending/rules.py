"""The rules of a loan beside its schedule: in which order money settles what is due, what happens when it is late,
early or too much, and when interest counts as earned.

A loan product holds them with its terms, and each loan keeps the copy that it was granted with. The defaults are those
of a savings group with a service charge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from domain.errors import DomainError
from domain.lending.charges import PERCENT_MAX
from domain.lending.terms import InterestMethod, LoanTerms
from domain.money import MAX_AMOUNT

__all__ = [
    "GRACE_DAYS_MAX",
    "RULES_ERRORS",
    "AllocationOrder",
    "AllocationOrderIncomplete",
    "Component",
    "InAdvance",
    "InterestOnPayOff",
    "LoanRules",
    "OverdueInterest",
    "Overpayment",
    "PenaltyBasis",
    "PenaltyNotPossible",
    "PenaltyRule",
    "RecognisedOn",
    "RollOver",
    "RulesDoNotFitTerms",
    "check_rules",
]

GRACE_DAYS_MAX = 366
"""The longest that a penalty may wait, in days."""


class Component(StrEnum):
    """What a payment settles a part of."""

    PENALTY = "PENALTY"
    """What is charged for being late."""
    FEE = "FEE"
    """What is charged beside interest, whoever pays when."""
    INTEREST = "INTEREST"
    """The service charge."""
    PRINCIPAL = "PRINCIPAL"
    """What was lent."""


class InAdvance(StrEnum):
    """What a payment settles once nothing is due any more; always the next instalment first."""

    SAME_ORDER = "SAME_ORDER"
    """The next instalment in the order of what is due."""
    PRINCIPAL_FIRST = "PRINCIPAL_FIRST"
    """The next instalment's principal, then its penalties, fees and interest."""


class Overpayment(StrEnum):
    """What happens with more than is owed."""

    REFUSE = "REFUSE"
    """The payment is refused, with the sum that would settle the loan."""
    ADVANCE = "ADVANCE"
    """The rest is held for the member as a payment in advance."""


class PenaltyBasis(StrEnum):
    """What a penalty is counted on: of one instalment, what is still unpaid of it."""

    FIXED = "FIXED"
    """The value is the amount itself."""
    PRINCIPAL = "PRINCIPAL"
    """The value is per cent of the overdue principal."""
    PRINCIPAL_AND_INTEREST = "PRINCIPAL_AND_INTEREST"
    """The value is per cent of the overdue principal and interest together."""


class RollOver(StrEnum):
    """What follows when the term ends and principal is left."""

    NONE = "NONE"
    """Nothing: it is overdue."""
    CHARGE_AGAIN = "CHARGE_AGAIN"
    """It is overdue, and the service charge is owed once more on it for each further period that begins."""


class RecognisedOn(StrEnum):
    """When interest and charges become income."""

    CASH = "CASH"
    """When they are paid: the custom of savings groups."""
    ACCRUAL = "ACCRUAL"
    """When they are due: the custom of branches of an MFI. Until they are paid the borrower owes them in the book."""


class InterestOnPayOff(StrEnum):
    """Which interest is owed by someone who settles her loan before its end."""

    TO_DATE = "TO_DATE"
    """That of the days until then."""
    TO_PERIOD_END = "TO_PERIOD_END"
    """That of the running period, whole, and of those before."""
    WHOLE = "WHOLE"
    """All that was agreed, as is usual with a flat service charge."""


class OverdueInterest(StrEnum):
    """Whether interest follows what is really owed."""

    AS_SCHEDULED = "AS_SCHEDULED"
    """Interest is what the schedule says, whoever pays when."""
    ON_BALANCE = "ON_BALANCE"
    """Interest counts the days on what is really owed: who pays late owes more, who pays early less."""


class AllocationOrderIncomplete(DomainError):
    """The order does not name each component once."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The order in which payments settle a loan names each of PENALTY, FEE, INTEREST and PRINCIPAL once."


class PenaltyNotPossible(DomainError):
    """A penalty is zero, negative, above the sum that it is counted on, or waits too long."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"A penalty is an amount above zero or a rate above 0 and up to {PERCENT_MAX} per cent, after a grace of "
            f"0 to {GRACE_DAYS_MAX} days."
        )


class RulesDoNotFitTerms(DomainError):
    """Interest is to follow what is really owed, but is counted on the sum borrowed, or charged again as a whole."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "Interest that follows what is owed needs a reducing balance and no roll-over: choose AS_SCHEDULED for a "
            "flat or compound service charge, or no roll-over for a reducing balance."
        )


RULES_ERRORS: tuple[type[DomainError], ...] = (AllocationOrderIncomplete, PenaltyNotPossible, RulesDoNotFitTerms)
"""Why rules may be refused."""


@dataclass(frozen=True, slots=True)
class AllocationOrder:
    """In which order a payment settles a loan: what is due first, the oldest instalment first, then what is not yet.

    Attributes:
        due: The components of an instalment, as they are settled once due.
        in_advance: What is settled afterwards.

    Raises:
        AllocationOrderIncomplete: If a component is missing or named twice.
    """

    due: tuple[Component, ...] = (Component.PENALTY, Component.FEE, Component.INTEREST, Component.PRINCIPAL)
    in_advance: InAdvance = InAdvance.SAME_ORDER

    def __post_init__(self) -> None:
        if len(self.due) != len(Component) or set(self.due) != set(Component):
            raise AllocationOrderIncomplete().at("due")

    @property
    def early(self) -> tuple[Component, ...]:
        """The components of an instalment, as they are settled before it is due."""
        if self.in_advance is InAdvance.SAME_ORDER:
            return self.due
        return (Component.PRINCIPAL, Component.PENALTY, Component.FEE, Component.INTEREST)


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """What is charged for an instalment that is late.

    Attributes:
        basis: What it is counted on.
        value: An amount in units of the loan's currency, or per cent of the basis.
        grace_days: For how many days after the due date nothing is charged.
        is_repeated: Whether it is charged again with each further period that the instalment stays unpaid.

    Raises:
        PenaltyNotPossible: If the value is not above zero or above `PERCENT_MAX` per cent, or the grace is negative or
            above `GRACE_DAYS_MAX`.
    """

    basis: PenaltyBasis
    value: Decimal
    grace_days: int = 0
    is_repeated: bool = False

    def __post_init__(self) -> None:
        most = MAX_AMOUNT if self.basis is PenaltyBasis.FIXED else PERCENT_MAX
        if not (self.value.is_finite() and 0 < self.value <= most):
            raise PenaltyNotPossible().at("value")
        if not 0 <= self.grace_days <= GRACE_DAYS_MAX:
            raise PenaltyNotPossible().at("graceDays")


@dataclass(frozen=True, slots=True)
class LoanRules:
    """What holds for a loan beside its schedule.

    Attributes:
        allocation: In which order payments settle it.
        overpayment: What happens with more than is owed.
        penalty: What is charged for being late; None for nothing.
        roll_over: What follows when the term ends and principal is left.
        recognised_on: When interest and charges become income.
        interest_on_pay_off: Which interest is owed by who settles early.
        overdue_interest: Whether interest follows what is really owed.

    Raises:
        RulesDoNotFitTerms: If interest both follows what is owed and is charged again as a whole.
    """

    allocation: AllocationOrder = field(default_factory=AllocationOrder)
    overpayment: Overpayment = Overpayment.REFUSE
    penalty: PenaltyRule | None = None
    roll_over: RollOver = RollOver.NONE
    recognised_on: RecognisedOn = RecognisedOn.CASH
    interest_on_pay_off: InterestOnPayOff = InterestOnPayOff.WHOLE
    overdue_interest: OverdueInterest = OverdueInterest.AS_SCHEDULED

    def __post_init__(self) -> None:
        if self.overdue_interest is OverdueInterest.ON_BALANCE and self.roll_over is RollOver.CHARGE_AGAIN:
            raise RulesDoNotFitTerms().at("rollOver")


_REDUCING = (InterestMethod.REDUCING_EQUAL_INSTALMENTS, InterestMethod.REDUCING_EQUAL_PRINCIPAL)


def check_rules(rules: LoanRules, terms: LoanTerms) -> LoanRules:
    """The rules, once it is sure that they fit the terms of the same loan.

    Raises:
        RulesDoNotFitTerms: If interest is to follow what is owed, though the terms count it on the sum borrowed.
    """
    if rules.overdue_interest is OverdueInterest.ON_BALANCE and terms.method not in _REDUCING:
        raise RulesDoNotFitTerms().at("overdueInterest")
    return rules
