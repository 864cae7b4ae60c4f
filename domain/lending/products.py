"""Loan products: what a group lends and on what terms, in versions. A loan keeps the one that it was applied for."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import EARLIEST_DATE
from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group, typed_amount
from domain.groups.contradictions import RateTooPrecise
from domain.ledger.accounts import Fund
from domain.lending.caps import InterestAboveCap, check_cap
from domain.lending.charges import ChargeNotPossible
from domain.lending.records import ApprovalRule, LoanProduct, ProductStatus, ProductVersion
from domain.lending.rounding import MultipleNotPossible
from domain.lending.rules import RULES_ERRORS, LoanRules, Overpayment, RecognisedOn, check_rules
from domain.lending.schedules import PrincipalTooSmall, make_schedule
from domain.lending.terms import (
    GraceTooLong,
    InstalmentsOutOfRange,
    IntervalOutOfRange,
    LoanTerms,
    RateOutOfRange,
    ResidueNotPossible,
)
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money, positive
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "APPROVAL_DAYS_MAX",
    "AddLoanProduct",
    "LoanProductNotFound",
    "LoanProductRetired",
    "PrincipalLimitsOutOfOrder",
    "ProductLimitOutOfRange",
    "RetireLoanProduct",
    "ReviseLoanProduct",
    "SocialFundLoanNotPossible",
    "add_loan_product",
    "find_product",
    "retire_loan_product",
    "revise_loan_product",
]

NAME_MAX = 80
"""The longest name of a product, in characters."""

DECIMALS = 4
"""How exactly rates, multiples and values of charges are kept."""

MULTIPLE_MAX = Decimal(1000)
OPEN_LOANS_MAX = 100
GUARANTORS_MAX = 20
OFFICERS_MAX = 10
APPROVAL_DAYS_MAX = 365
DEFAULT_DAYS_MAX = 3660

SAMPLE = Decimal(1_000_000)
"""The loan that a product's cost is tried with where the product draws no limit, in units of the currency."""


@dataclass(eq=False)
class LoanProductNotFound(DomainError):
    """The group lends nothing of the kind."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such loan product: check the product's id."


@dataclass(eq=False)
class LoanProductRetired(DomainError):
    """The product is not offered any more."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This loan product is not offered any more: choose another one."


@dataclass(eq=False)
class PrincipalLimitsOutOfOrder(DomainError):
    """The smallest loan would be larger than the largest."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The smallest loan may not be larger than the largest: check both."


@dataclass(eq=False)
class ProductLimitOutOfRange(DomainError):
    """A limit of the product is below or above what it may be.

    Attributes:
        at_least: The lowest that it may be.
        at_most: The highest that it may be.
    """

    at_least: int
    at_most: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Write a number from {self.at_least} to {self.at_most}."


@dataclass(eq=False)
class SocialFundLoanNotPossible(DomainError):
    """A loan of the social fund would be accrued, or paid in advance."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "Loans of the social fund earn nothing before it is paid and hold nothing in advance: choose CASH and "
            "REFUSE."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProductWish:
    """What a product asks; see `ProductVersion` for the fields."""

    group_id: UUID
    idempotency_key: UUID
    name: str
    terms: LoanTerms
    rules: LoanRules = field(default_factory=LoanRules)
    fund: Fund = Fund.LOAN_FUND
    principal_min: Decimal | None = None
    principal_max: Decimal | None = None
    savings_multiple: Decimal | None = None
    open_loans_max: int | None = None
    is_refusing_late_borrowers: bool = True
    guarantors_min: int = 0
    approval: ApprovalRule = ApprovalRule.OFFICERS
    officers_min: int = 1
    is_reserving_money: bool = False
    approval_days: int = 30
    default_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLoanProduct(_ProductWish):
    """The wish to lend on new terms."""

    id: UUID | None = None

    @property
    def product_id(self) -> UUID:
        """The id that the product will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.product_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseLoanProduct(_ProductWish):
    """The wish to lend on other terms from now on; loans that there are keep theirs."""

    product_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.product_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireLoanProduct:
    """The wish to offer a product no more."""

    group_id: UUID
    idempotency_key: UUID
    product_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.product_id)


_CONTENT_ERRORS = (
    TextTooLong,
    TextTooShort,
    TextNotAllowed,
    RateOutOfRange,
    RateTooPrecise,
    InstalmentsOutOfRange,
    IntervalOutOfRange,
    GraceTooLong,
    ResidueNotPossible,
    ChargeNotPossible,
    MultipleNotPossible,
    PrincipalTooSmall,
    *RULES_ERRORS,
    AmountNotANumber,
    AmountNotPositive,
    AmountTooPrecise,
    AmountTooLarge,
    PrincipalLimitsOutOfOrder,
    ProductLimitOutOfRange,
    SocialFundLoanNotPossible,
    InterestAboveCap,
)
_CHANGE_ERRORS = (LoanProductNotFound, LoanProductRetired, VersionStale)


@service(
    "loanProductAdd",
    needs=((Resource.LOAN_PRODUCT, Action.CREATE),),
    raises=(IdAlreadyUsed, *_CONTENT_ERRORS),
)
async def add_loan_product(work: UnitOfWork, command: AddLoanProduct) -> Outcome:
    """Lend on new terms."""
    group = await work.groups.get(command.group_id)
    version = _version(command, group, 1)
    if await work.loan_products.find(group, command.product_id) is not None:
        raise IdAlreadyUsed(path=("id",))
    await work.loan_products.add(group, command.product_id, version)
    return command.expected_outcome()


@service(
    "loanProductRevise",
    needs=((Resource.LOAN_PRODUCT, Action.UPDATE),),
    raises=(*_CHANGE_ERRORS, *_CONTENT_ERRORS),
)
async def revise_loan_product(work: UnitOfWork, command: ReviseLoanProduct) -> Outcome:
    """Lend on other terms from now on, in a new version; loans that there are keep theirs."""
    group = await work.groups.get(command.group_id)
    product = await _changeable(work, group, command)
    await work.loan_products.revise(group, product.id, _version(command, group, product.newest.number + 1))
    return command.expected_outcome()


@service("loanProductRetire", needs=((Resource.LOAN_PRODUCT, Action.UPDATE),), raises=_CHANGE_ERRORS)
async def retire_loan_product(work: UnitOfWork, command: RetireLoanProduct) -> Outcome:
    """Offer a product no more; loans that there are go on."""
    group = await work.groups.get(command.group_id)
    product = await _changeable(work, group, command)
    await work.loan_products.retire(group, product.id)
    return command.expected_outcome()


async def find_product(work: UnitOfWork, group: Group, product_id: UUID) -> LoanProduct:
    """A product that is offered.

    Raises:
        LoanProductNotFound: The group has none such.
        LoanProductRetired: It is not offered any more.
    """
    product = await work.loan_products.find(group, product_id)
    with faults_at("productId"):
        if product is None:
            raise LoanProductNotFound
        if product.status is ProductStatus.RETIRED:
            raise LoanProductRetired
    return product


async def _changeable(work: UnitOfWork, group: Group, command: ReviseLoanProduct | RetireLoanProduct) -> LoanProduct:
    product = await find_product(work, group, command.product_id)
    if product.version != command.expected_version:
        raise VersionStale(product.version, path=("expectedVersion",))
    return product


def _version(wish: _ProductWish, group: Group, number: int) -> ProductVersion:
    """The version that is wished for, once it is sure that it is sound."""
    with faults_at("name"):
        name = clean_text(wish.name, maximum=NAME_MAX)
    smallest, largest = (
        None if amount is None else _sum(amount, group, field_name)
        for amount, field_name in ((wish.principal_min, "principalMin"), (wish.principal_max, "principalMax"))
    )
    if smallest is not None and largest is not None and smallest > largest:
        raise PrincipalLimitsOutOfOrder(path=("principalMin",))
    _check_limits(wish)
    _check_precision(wish)
    with faults_at("rules"):
        check_rules(wish.rules, wish.terms)
    if wish.fund is Fund.SOCIAL_FUND and (wish.rules.recognised_on, wish.rules.overpayment) != (
        RecognisedOn.CASH,
        Overpayment.REFUSE,
    ):
        raise SocialFundLoanNotPossible(path=("fund",))
    sample = largest or smallest or Money(SAMPLE, group.currency)
    schedule = make_schedule(sample, wish.terms, EARLIEST_DATE)
    with faults_at("terms", "rate"):
        check_cap(schedule, wish.terms, group)
    return ProductVersion(
        number=number,
        name=name,
        terms=wish.terms,
        rules=wish.rules,
        fund=wish.fund,
        principal_min=smallest,
        principal_max=largest,
        savings_multiple=wish.savings_multiple,
        open_loans_max=wish.open_loans_max,
        is_refusing_late_borrowers=wish.is_refusing_late_borrowers,
        guarantors_min=wish.guarantors_min,
        approval=wish.approval,
        officers_min=wish.officers_min,
        is_reserving_money=wish.is_reserving_money,
        approval_days=wish.approval_days,
        default_days=wish.default_days,
    )


def _sum(amount: Decimal, group: Group, field_name: str) -> Money:
    money = typed_amount(amount, group.currency, field_name)
    with faults_at(field_name):
        return positive(money)


def _check_limits(wish: _ProductWish) -> None:
    multiple = wish.savings_multiple
    if multiple is not None and not (multiple.is_finite() and 0 < multiple <= MULTIPLE_MAX):
        raise ProductLimitOutOfRange(0, int(MULTIPLE_MAX), path=("savingsMultiple",))
    for path, value, lowest, highest in (
        ("openLoansMax", wish.open_loans_max, 1, OPEN_LOANS_MAX),
        ("guarantorsMin", wish.guarantors_min, 0, GUARANTORS_MAX),
        ("officersMin", wish.officers_min, 1, OFFICERS_MAX),
        ("approvalDays", wish.approval_days, 1, APPROVAL_DAYS_MAX),
        ("defaultDays", wish.default_days, 1, DEFAULT_DAYS_MAX),
    ):
        if value is not None and not lowest <= value <= highest:
            raise ProductLimitOutOfRange(lowest, highest, path=(path,))


def _check_precision(wish: _ProductWish) -> None:
    """Rates and values are kept to four decimals, and never rounded silently."""
    rates = [(("terms", "rate"), wish.terms.rate), (("savingsMultiple",), wish.savings_multiple)]
    for index, charge in enumerate(wish.terms.charges):
        rates.append((("terms", "charges", str(index), "value"), charge.value))
    if wish.rules.penalty is not None:
        rates.append((("rules", "penalty", "value"), wish.rules.penalty.value))
    for path, rate in rates:
        if rate is not None and rate != round(rate, DECIMALS):
            raise RateTooPrecise(DECIMALS, path=path)
