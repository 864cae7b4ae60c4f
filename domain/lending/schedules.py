"""Schedules: what is due when, to the last coin.

Interest is rounded for each instalment before principal is taken from it, and principal always adds up to the loan:
one instalment takes what rounding leaves over. The formula of equal instalments is that of an annuity over periods
that need not be equal: the loan divided by the sum of the discount factors of the due dates, which for equal periods
is P r / (1 - (1 + r)^-n). The conventions are those of Apache Fineract, whose published tables the tests keep to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.errors import DomainError, faults_at
from domain.lending.charges import ChargedAt
from domain.lending.periods import loan_periods
from domain.lending.rounding import EXACT, check_multiple, round_to
from domain.lending.terms import InterestMethod, LoanTerms, Residue
from domain.money import Money, positive

__all__ = ["Instalment", "LoanSchedule", "PrincipalTooSmall", "make_schedule"]


@dataclass(eq=False)
class PrincipalTooSmall(DomainError):
    """Rounding leaves instalments that together pay back more than was lent, so that the first would be negative."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The loan is too small for so many instalments of whole coins: take fewer, or a larger loan."


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is due on one day.

    Attributes:
        number: From 1.
        starts_on: When the time began that its interest is for.
        due_on: When it is due.
        principal: What of the loan is paid back.
        interest: Of this time, and of what was put off until now.
        charges: What is charged with it.
        balance: What of the loan is still owed afterwards.
    """

    number: int
    starts_on: date
    due_on: date
    principal: Money
    interest: Money
    charges: Money
    balance: Money

    @property
    def total(self) -> Money:
        """All that is due."""
        return self.principal + self.interest + self.charges


@dataclass(frozen=True, slots=True)
class LoanSchedule:
    """All instalments of a loan.

    Attributes:
        principal: What is lent.
        disbursed_on: When it is paid out.
        charges_at_disbursement: What is charged when it is paid out.
        instalments: In order; principal adds up to the loan, and the last balance is zero.
    """

    principal: Money
    disbursed_on: date
    charges_at_disbursement: Money
    instalments: tuple[Instalment, ...]

    @property
    def interest(self) -> Money:
        """Interest of all instalments."""
        return self._sum([each.interest for each in self.instalments])

    @property
    def charges(self) -> Money:
        """Charges of all instalments and those when it is paid out."""
        return self._sum([self.charges_at_disbursement, *(each.charges for each in self.instalments)])

    @property
    def total(self) -> Money:
        """All that the borrower pays."""
        return self.principal + self.interest + self.charges

    def _sum(self, parts: Sequence[Money]) -> Money:
        return sum(parts, Money.zero(self.principal.currency))


def make_schedule(
    principal: Money,
    terms: LoanTerms,
    disbursed_on: date,
    *,
    first_due_on: date | None = None,
    due_dates: Sequence[date] | None = None,
) -> LoanSchedule:
    """The schedule of a loan.

    Args:
        principal: What is lent, above zero.
        terms: How it is repaid.
        disbursed_on: When it is paid out.
        first_due_on: When the first instalment is due; None for one regular period later.
        due_dates: When instalments are due, where they keep to meetings.

    Raises:
        AmountNotPositive: If there is nothing to lend.
        MultipleNotPossible: If sums are to be multiples of what the currency does not have.
        PrincipalTooSmall: If rounding would leave a first instalment that is negative.
        DueDatesNotInOrder: If the due dates are not after the payment and in order.
        ScheduleTooLong: If the calendar ends before the loan.
        AmountTooLarge: If what is due lies beyond what a book can hold.
    """
    with faults_at("principal"):
        currency = positive(principal).currency
    unit, multiple = currency.quantum, None
    if terms.smallest_sum is not None:
        with faults_at("terms", "smallestSum"):
            unit = check_multiple(terms.smallest_sum, currency)
    if terms.instalment_multiple is not None:
        with faults_at("terms", "instalmentMultiple"):
            multiple = check_multiple(terms.instalment_multiple, currency)
    periods = loan_periods(terms, disbursed_on, first_due_on, due_dates)
    free = terms.interest_free
    rates = [Decimal(0)] * free + [EXACT.multiply(terms.yearly_rate, each.years) for each in periods[free:]]
    loan = _Loan(principal.amount, terms, tuple(rates), unit, multiple)
    principals, interests = _SPREAD[terms.method](loan)
    instalments = []
    balance = principal
    for number, (period, part, interest) in enumerate(zip(periods, principals, interests, strict=True), 1):
        balance -= Money(part, currency)
        charges = _charges(loan, ChargedAt.INSTALMENT, part, interest)
        principal_due, interest_due, charged = (Money(each, currency) for each in (part, interest, charges))
        instalments.append(
            Instalment(number, period.starts_on, period.due_on, principal_due, interest_due, charged, balance)
        )
    at_once = _charges(loan, ChargedAt.DISBURSEMENT, principal.amount, sum(interests, Decimal(0)))
    return LoanSchedule(principal, disbursed_on, Money(at_once, currency), tuple(instalments))


@dataclass(frozen=True, slots=True)
class _Loan:
    """What principal and interest are spread by: the sum, the terms, the rate of each period, and the coins."""

    principal: Decimal
    terms: LoanTerms
    rates: tuple[Decimal, ...]
    unit: Decimal
    multiple: Decimal | None

    @property
    def paying(self) -> int:
        """How many instalments have principal."""
        return self.terms.instalments - self.terms.principal_grace

    def rounded(self, value: Decimal) -> Decimal:
        """A computed amount as it is due."""
        return round_to(value, self.unit, self.terms.rounding)

    def instalment(self, value: Decimal) -> Decimal:
        """A computed sum of principal and interest as it is due."""
        return round_to(value, self.multiple or self.unit, self.terms.rounding)


_Parts = tuple[list[Decimal], list[Decimal]]

_MOVES_MAX = 20
"""How often the sum of equal instalments is moved at most; once or twice is usual."""


def _flat(loan: _Loan) -> _Parts:
    """Interest on the sum borrowed."""
    return _equal_parts(loan, EXACT.multiply(loan.principal, sum(loan.rates, Decimal(0))))


def _compound(loan: _Loan) -> _Parts:
    """Interest on the sum borrowed and on interest before."""
    grown = loan.principal
    for rate in loan.rates:
        grown = EXACT.multiply(grown, 1 + rate)
    return _equal_parts(loan, EXACT.subtract(grown, loan.principal))


def _equal_parts(loan: _Loan, total: Decimal) -> _Parts:
    """Principal and interest in equal parts; the parts of the interest add up to the rounded total.

    Interest that is put off is spread over the instalments that have interest.
    """
    without = max(loan.terms.interest_free, loan.terms.interest_grace)
    bearing = loan.terms.instalments - without
    share = EXACT.divide(total, Decimal(bearing)) if bearing else Decimal(0)
    interest = loan.rounded(share)
    interests = [Decimal(0)] * without + _with_residue(loan, loan.rounded(total), interest, bearing)
    each = EXACT.divide(loan.principal, Decimal(loan.paying))
    part = loan.rounded(each) if loan.multiple is None else max(loan.instalment(each + share) - interest, Decimal(0))
    grace = [Decimal(0)] * loan.terms.principal_grace
    return grace + _with_residue(loan, loan.principal, part, loan.paying), interests


def _with_residue(loan: _Loan, total: Decimal, part: Decimal, count: int) -> list[Decimal]:
    """Equal parts of a total, of which one takes what is left over; none is negative.

    Raises:
        PrincipalTooSmall: If the first is to take what is left over, and the others come to more than the total.
    """
    if count == 0:
        return []
    if loan.terms.residue is Residue.FIRST:
        first = total - part * (count - 1)
        if first < 0:
            raise PrincipalTooSmall
        return [first] + [part] * (count - 1)
    parts = []
    left = total
    for _ in range(count - 1):
        parts.append(min(part, left))
        left -= parts[-1]
    return [*parts, left]


def _equal_principal(loan: _Loan) -> _Parts:
    """The same principal each time, and interest on what is still owed."""
    part = loan.rounded(EXACT.divide(loan.principal, Decimal(loan.paying)))
    principals = [Decimal(0)] * loan.terms.principal_grace
    principals += _with_residue(loan, loan.principal, part, loan.paying)
    interests = []
    balance = loan.principal
    for rate, principal in zip(loan.rates, principals, strict=True):
        interests.append(loan.rounded(EXACT.multiply(balance, rate)))
        balance -= principal
    return principals, _put_off(interests, loan.terms.interest_grace)


def _equal_instalments(loan: _Loan) -> _Parts:
    """The same sum each time: first the interest on what is still owed, the rest principal.

    The sum of an annuity is rounded, and the last instalment takes the difference. Where that is more than half a coin
    an instalment, the sum is moved by each one's part of it, as long as that brings the last one nearer to the others.
    """
    # From the end: what one unit, due with each instalment, is worth when the first that has principal begins.
    worth = Decimal(0)
    for rate in reversed(loan.rates[loan.terms.principal_grace :]):
        worth = EXACT.divide(1 + worth, 1 + rate)
    instalment = loan.instalment(EXACT.divide(loan.principal, worth))
    principals, interests = _paid_by(loan, instalment)
    for _ in range(_MOVES_MAX):
        off = principals[-1] + interests[-1] - instalment
        if abs(off) <= loan.unit * (loan.paying // 2):
            break
        moved = loan.instalment(max(instalment + EXACT.divide(off, Decimal(loan.paying)), Decimal(0)))
        nearer = _paid_by(loan, moved)
        if abs(nearer[0][-1] + nearer[1][-1] - moved) >= abs(off):
            break
        instalment, (principals, interests) = moved, nearer
    return principals, _put_off(interests, loan.terms.interest_grace)


def _paid_by(loan: _Loan, instalment: Decimal) -> _Parts:
    """Principal and interest where each instalment is so much, and the last one all that is left."""
    principals, interests = [], []
    balance = loan.principal
    last = len(loan.rates) - 1
    for at, rate in enumerate(loan.rates):
        interest = loan.rounded(EXACT.multiply(balance, rate))
        if at < loan.terms.principal_grace:
            principal = Decimal(0)
        elif at == last:
            principal = balance
        else:
            principal = min(max(instalment - interest, Decimal(0)), balance)
        principals.append(principal)
        interests.append(interest)
        balance -= principal
    return principals, interests


_SPREAD: Mapping[InterestMethod, Callable[[_Loan], _Parts]] = {
    InterestMethod.FLAT: _flat,
    InterestMethod.COMPOUND: _compound,
    InterestMethod.REDUCING_EQUAL_INSTALMENTS: _equal_instalments,
    InterestMethod.REDUCING_EQUAL_PRINCIPAL: _equal_principal,
}


def _put_off(interests: Sequence[Decimal], grace: int) -> list[Decimal]:
    """Interest as it is due: that of the grace with the first instalment after it."""
    later = sum(interests[: grace + 1], Decimal(0))
    return [Decimal(0)] * grace + [later, *interests[grace + 1 :]]


def _charges(loan: _Loan, at: ChargedAt, principal: Decimal, interest: Decimal) -> Decimal:
    """All charges that are due at one time."""
    rules = [rule for rule in loan.terms.charges if rule.at is at]
    amounts = (rule.amount(principal, interest, loan.unit, loan.terms.rounding) for rule in rules)
    return sum(amounts, Decimal(0))
