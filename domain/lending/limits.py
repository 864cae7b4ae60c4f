"""What a group draws around its loans: sums, terms, savings, other loans, guarantors, the money that is there.

Each refusal says which rule it is, with its figures, and which version of the constitution was in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from dateutil.relativedelta import relativedelta

from domain.errors import DomainError, ErrorCode
from domain.groups import Group
from domain.lending.records import ProductVersion
from domain.lending.schedules import LoanSchedule
from domain.lending.terms import LoanTerms
from domain.money import Money
from domain.savings.standings import MemberNotInGroup

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "GUARANTOR_ERRORS",
    "LIMIT_ERRORS",
    "BorrowerIsLate",
    "GuarantorIsBorrower",
    "GuarantorNamedTwice",
    "GuarantorNotInGroup",
    "GuarantorsMissing",
    "LoanAboveFund",
    "LoanAboveMaximum",
    "LoanAboveSavings",
    "LoanBelowMinimum",
    "LoanTermTooLong",
    "LoansOpenAlready",
    "TooManyInstalments",
    "check_guarantors",
    "check_limits",
    "check_term",
]


@dataclass(eq=False)
class LoanBelowMinimum(DomainError):
    """The loan is smaller than the product lends."""

    code = ErrorCode.NOT_ALLOWED

    smallest: Decimal
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"Loans of this product begin at {self.smallest} (constitution, version {self.constitution_version}): "
            "ask for at least that."
        )


@dataclass(eq=False)
class LoanAboveMaximum(DomainError):
    """The loan is larger than the product lends."""

    code = ErrorCode.NOT_ALLOWED

    largest: Decimal
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"Loans of this product end at {self.largest} (constitution, version {self.constitution_version}): "
            "ask for at most that."
        )


@dataclass(eq=False)
class LoanAboveSavings(DomainError):
    """The loan is larger than the member's shares and savings allow."""

    code = ErrorCode.NOT_ALLOWED

    limit: Decimal
    savings: Decimal
    multiple: Decimal
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"A member borrows at most {self.multiple:f} times her shares and savings (constitution, version "
            f"{self.constitution_version}): she has {self.savings}, so lend at most {self.limit}."
        )


@dataclass(eq=False)
class TooManyInstalments(DomainError):
    """The loan has more instalments than the product allows."""

    code = ErrorCode.NOT_ALLOWED

    maximum: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"Loans of this product have at most {self.maximum} instalments (constitution, version "
            f"{self.constitution_version}): take as many or fewer."
        )


@dataclass(eq=False)
class LoanTermTooLong(DomainError):
    """The loan runs longer than the constitution allows."""

    code = ErrorCode.NOT_ALLOWED

    months: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The constitution (version {self.constitution_version}) lets loans run for at most {self.months} months: "
            "take fewer instalments, or earlier dates."
        )


@dataclass(eq=False)
class LoansOpenAlready(DomainError):
    """The member has as many loans as the product allows."""

    code = ErrorCode.NOT_ALLOWED

    open_loans: int
    maximum: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The member has {self.open_loans} loans, granted or not paid back, and may have {self.maximum} "
            f"(constitution, version {self.constitution_version}): let her pay one back first."
        )


@dataclass(eq=False)
class BorrowerIsLate(DomainError):
    """The member is late with a loan, or one of hers was written off."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "Who is late with a loan, or had one written off, gets no new one (constitution, version "
            f"{self.constitution_version}): let her pay what is overdue first."
        )


@dataclass(eq=False)
class GuarantorsMissing(DomainError):
    """Too few members stand surety."""

    code = ErrorCode.NOT_ALLOWED

    given: int
    needed: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"This product asks for {self.needed} guarantors (constitution, version {self.constitution_version}), and "
            f"{self.given} are named: name more."
        )


@dataclass(eq=False)
class GuarantorIsBorrower(DomainError):
    """The borrower would stand surety for herself."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Nobody stands surety for herself: name other members."


@dataclass(eq=False)
class GuarantorNamedTwice(DomainError):
    """A member is named twice among the guarantors."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Name each guarantor once."


@dataclass(eq=False)
class GuarantorNotInGroup(DomainError):
    """A guarantor is nobody who takes part in the group."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "No active member of this group has this id: check the guarantor."


@dataclass(eq=False)
class LoanAboveFund(DomainError):
    """The fund has not so much money in the place that is not set aside."""

    code = ErrorCode.NOT_ALLOWED

    available: Decimal
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The fund has {self.available} there that is free, and lends only what it has (constitution, version "
            f"{self.constitution_version}): lend less, take it from another place, or wait."
        )


GUARANTOR_ERRORS = (GuarantorsMissing, GuarantorIsBorrower, GuarantorNamedTwice, GuarantorNotInGroup)
"""What may be wrong with who stands surety."""

LIMIT_ERRORS = (
    MemberNotInGroup,
    LoanBelowMinimum,
    LoanAboveMaximum,
    LoanAboveSavings,
    LoansOpenAlready,
    BorrowerIsLate,
)
"""What may be wrong with a loan for a member, whatever its terms."""


async def check_limits(
    work: UnitOfWork, group: Group, product: ProductVersion, member_id: UUID, amount: Money, today: date, beside: UUID
) -> None:
    """Refuse a sum that the product or the constitution does not lend to the member.

    Her shares and savings are those of the moment, with what she bought in the same meeting.

    Args:
        work: The unit of work.
        group: The group.
        product: The version that the loan is of.
        member_id: The borrower.
        amount: The sum.
        today: The group's date.
        beside: The loan itself, which does not count among the others.

    Raises:
        MemberNotInGroup: She does not take part in the group.
        LoanBelowMinimum: The product lends no less.
        LoanAboveMaximum: The product lends no more.
        LoanAboveSavings: It is more than the multiple of her savings.
        LoansOpenAlready: She has as many loans as she may.
        BorrowerIsLate: She is late with one.
    """
    version = group.constitution.version
    if product.principal_min is not None and amount < product.principal_min:
        raise LoanBelowMinimum(product.principal_min.amount, version, path=("amount",))
    if product.principal_max is not None and amount > product.principal_max:
        raise LoanAboveMaximum(product.principal_max.amount, version, path=("amount",))
    borrower = await work.loans.borrower(group, member_id, today, beside)
    if borrower is None or not borrower.is_active:
        raise MemberNotInGroup(path=("memberId",))
    if product.is_refusing_late_borrowers and borrower.is_late:
        raise BorrowerIsLate(version, path=("memberId",))
    if product.open_loans_max is not None and borrower.open_loans >= product.open_loans_max:
        raise LoansOpenAlready(borrower.open_loans, product.open_loans_max, version, path=("memberId",))
    multiple = _multiple(group, product)
    if multiple is not None and amount.amount > borrower.savings.amount * multiple:
        # What is lent is whole coins.
        limit = Money(
            (borrower.savings.amount * multiple // group.currency.quantum) * group.currency.quantum, group.currency
        )
        raise LoanAboveSavings(limit.amount, borrower.savings.amount, multiple, version, path=("amount",))


def _multiple(group: Group, product: ProductVersion) -> Decimal | None:
    """The stricter of what the product and the constitution say; None where neither draws a limit."""
    agreed = group.constitution.loans
    found = [
        each for each in (product.savings_multiple, None if agreed is None else agreed.multiplier) if each is not None
    ]
    return min(found, default=None)


def check_term(group: Group, product: ProductVersion, terms: LoanTerms, schedule: LoanSchedule) -> None:
    """Refuse a loan that runs too long.

    Raises:
        TooManyInstalments: The product allows fewer.
        LoanTermTooLong: The last is due later than the constitution allows.
    """
    version = group.constitution.version
    if terms.instalments > product.terms.instalments:
        raise TooManyInstalments(product.terms.instalments, version, path=("instalments",))
    months = None if group.constitution.loans is None else group.constitution.loans.term_months_max
    if months is None:
        return
    if schedule.instalments[-1].due_on > schedule.disbursed_on + relativedelta(months=months):
        raise LoanTermTooLong(months, version, path=("instalments",))


async def check_guarantors(
    work: UnitOfWork, group: Group, product: ProductVersion, member_id: UUID, guarantors: tuple[UUID, ...]
) -> None:
    """Refuse guarantors who are too few, the borrower, named twice, or no members.

    Raises:
        DomainError: One of `GUARANTOR_ERRORS`.
    """
    for index, each in enumerate(guarantors):
        path = ("guarantorIds", str(index))
        if each == member_id:
            raise GuarantorIsBorrower(path=path)
        if each in guarantors[:index]:
            raise GuarantorNamedTwice(path=path)
    if len(guarantors) < product.guarantors_min:
        raise GuarantorsMissing(
            len(guarantors), product.guarantors_min, group.constitution.version, path=("guarantorIds",)
        )
    if not guarantors:
        return
    known = await work.loans.members(group.id, guarantors)
    for index, each in enumerate(guarantors):
        if each not in known:
            raise GuarantorNotInGroup(path=("guarantorIds", str(index)))
