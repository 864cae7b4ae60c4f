"""What is kept of loans and of the products that they are of, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.ledger.accounts import Fund, Place
from domain.lending.rules import LoanRules
from domain.lending.steps import LoanStatus, StepKind
from domain.lending.terms import LoanTerms
from domain.money import Money

if TYPE_CHECKING:
    from domain.groups import Group

__all__ = [
    "ApprovalRule",
    "Borrower",
    "Loan",
    "LoanNotFound",
    "LoanProduct",
    "LoanProductStore",
    "LoanPurpose",
    "LoanStore",
    "NewLoan",
    "NewStep",
    "ProductStatus",
    "ProductVersion",
]


class LoanPurpose(StrEnum):
    """What a loan is for."""

    BUSINESS = "BUSINESS"
    AGRICULTURE = "AGRICULTURE"
    LIVESTOCK = "LIVESTOCK"
    EDUCATION = "EDUCATION"
    HEALTH = "HEALTH"
    HOUSING = "HOUSING"
    HOUSEHOLD = "HOUSEHOLD"
    ASSETS = "ASSETS"
    EMERGENCY = "EMERGENCY"
    CEREMONY = "CEREMONY"
    REFINANCING = "REFINANCING"
    OTHER = "OTHER"


class ApprovalRule(StrEnum):
    """Who grants a loan."""

    OFFICERS = "OFFICERS"
    """So many officers, none of them the borrower."""
    VOTE = "VOTE"
    """The meeting, by more than half of those who are there."""


class ProductStatus(StrEnum):
    """Whether a product is offered."""

    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


@dataclass(eq=False)
class LoanNotFound(DomainError):
    """The group has no such loan."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such loan: check the loan's id."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductVersion:
    """What a product asks, from one revision to the next.

    Attributes:
        number: Counted from 1.
        name: What the group calls it.
        terms: How a loan is repaid; `instalments` is the most that there may be.
        rules: What holds beside the schedule.
        fund: From whose money it is lent.
        principal_min: The smallest loan; None for any.
        principal_max: The largest loan; None for any.
        savings_multiple: How many times her shares and savings a member may borrow; None for as the constitution says.
        open_loans_max: How many loans a member may have at once, of whatever product; None for any number.
        is_refusing_late_borrowers: Whether who is late with a loan gets none.
        guarantors_min: How many members have to stand surety.
        approval: Who grants it.
        officers_min: How many officers have to approve, where officers do.
        is_reserving_money: Whether an approval sets the money aside.
        approval_days: For how many days an approval holds.
        default_days: After how many days overdue a loan is marked as bad.
    """

    number: int
    name: str
    terms: LoanTerms
    rules: LoanRules
    fund: Fund
    principal_min: Money | None
    principal_max: Money | None
    savings_multiple: Decimal | None
    open_loans_max: int | None
    is_refusing_late_borrowers: bool
    guarantors_min: int
    approval: ApprovalRule
    officers_min: int
    is_reserving_money: bool
    approval_days: int
    default_days: int


@dataclass(frozen=True, slots=True)
class LoanProduct:
    """A product with its newest version."""

    id: UUID
    status: ProductStatus
    newest: ProductVersion
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLoan:
    """A loan about to be applied for.

    Attributes:
        terms: Those of the product's newest version, perhaps with fewer instalments.
        officer_id: The user who looks after it; None for nobody in particular.
    """

    id: UUID
    member_id: UUID
    product: LoanProduct
    terms: LoanTerms
    principal: Money
    purpose: LoanPurpose
    applied_on: date
    meeting_id: UUID | None
    officer_id: UUID | None
    guarantors: tuple[UUID, ...]
    constitution_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """A loan as services see it.

    Attributes:
        product: The version of the product that it was applied for.
        terms: Its own.
        rules: Its own.
        applied: The sum asked for.
        approved: The sum granted; None before that.
        approved_until: The last day on which it may be paid out.
        disbursed: The sum paid out; None before that.
        disbursed_on: The group's date of that.
        disbursement_id: The entry that paid it out.
        hold_id: The money set aside for it, over or not.
        last_step_on: The date of its latest step, before which none is dated.
        approvers: The users who approved it so far, with the least that any of them named.
        version: Grows with every change.
    """

    id: UUID
    number: int
    member_id: UUID
    product_id: UUID
    product: ProductVersion
    terms_id: UUID
    terms: LoanTerms
    rules: LoanRules
    status: LoanStatus
    applied: Money
    approved: Money | None
    approved_until: date | None
    disbursed: Money | None
    disbursed_on: date | None
    disbursement_id: UUID | None
    hold_id: UUID | None
    guarantors: tuple[UUID, ...]
    constitution_version: int
    last_step_on: date
    approvers: frozenset[UUID]
    least_approved: Money | None
    version: int

    @property
    def fund(self) -> Fund:
        """From whose money it is lent."""
        return self.product.fund


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """A step about to be taken.

    Attributes:
        amount: The sum that goes with it: recommended, approved, paid out, lost, recovered.
        entry_id: The entry that moved the money.
        votes_for: Of a vote in a meeting.
        hold_id: Under which id money is set aside, of an approval that reserves it.
        place: Where that money lies.
        approved_until: The last day on which an approval may be paid out.
        words: Why, what for; None for nothing.
    """

    loan_id: UUID
    member_id: UUID
    kind: StepKind
    on: date
    meeting_id: UUID | None = None
    amount: Money | None = None
    entry_id: UUID | None = None
    votes_for: int | None = None
    votes_against: int | None = None
    hold_id: UUID | None = None
    place: Place | None = None
    approved_until: date | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Borrower:
    """Where a member stands who wants to borrow.

    Attributes:
        is_active: Whether she takes part in the group.
        savings: Her shares and savings.
        open_loans: How many loans she owes, or was granted, beside the one in question.
        is_late: Whether one of them is overdue, bad or was written off.
    """

    is_active: bool
    savings: Money
    open_loans: int
    is_late: bool


class LoanProductStore(Protocol):
    """Where products are kept."""

    async def find(self, group: Group, product_id: UUID) -> LoanProduct | None:
        """The product with its newest version."""

    async def add(self, group: Group, product_id: UUID, version: ProductVersion) -> None:
        """Keep a product with its first version."""

    async def revise(self, group: Group, product_id: UUID, version: ProductVersion) -> None:
        """Keep another version, which is for new loans from now on."""

    async def retire(self, group: Group, product_id: UUID) -> None:
        """Offer the product no more."""


class LoanStore(Protocol):
    """Where loans and their steps are kept."""

    async def find(self, group: Group, loan_id: UUID) -> Loan | None:
        """The loan."""

    async def apply(self, group: Group, loan: NewLoan, words: str | None) -> None:
        """Keep an application; its first step is taken with it."""

    async def take(self, group: Group, step: NewStep) -> None:
        """Take a step: it is kept, and moves the loan. Its words are kept with it.

        Raises:
            BelowMinimum: The step sets money aside, and not so much is free.
        """

    async def borrower(self, group: Group, member_id: UUID, today: date, beside: UUID) -> Borrower | None:
        """Where a member stands, the loan `beside` not counted; None if the group never had such a member."""

    async def members(self, group_id: UUID, member_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Which of the ids are of members who take part in the group."""

    async def free(self, group: Group, account_id: UUID) -> Money:
        """What of the money on an account is neither set aside nor kept back by its minimum."""

    async def present(self, group_id: UUID, meeting_id: UUID) -> int:
        """How many members are at a meeting, by its roll."""
