"""Loan products in the schema."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Fund
from domain.lending.products import (
    AddLoanProduct,
    RetireLoanProduct,
    ReviseLoanProduct,
    add_loan_product,
    retire_loan_product,
    revise_loan_product,
)
from domain.lending.records import ApprovalRule, ProductStatus
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.engine import RowType, computed
from graph.lending.previews import LoanTermsInput
from graph.lending.terms import LoanRulesInput, RepaymentTerms, decimal
from graph.mutations import command_mutation
from graph.permissions import key_of, reading
from graph.relations import relation
from graph.rows import Money, money_of
from persistence.reads.loan_products import (
    GROUP_LOAN_PRODUCTS,
    load_loan_products,
    load_product_versions,
    load_versions_of_product,
)

__all__ = [
    "LoanProduct",
    "LoanProductVersion",
    "group_loan_products",
    "loan_product_add",
    "loan_product_retire",
    "loan_product_revise",
]

_VERSIONS_ASSUMED = 3


def _limit(column: str, description: str) -> Any:
    """A sum that may be no limit."""
    return computed(
        lambda row: None if row[column] is None else money_of(row[column], row["currency"]), description=description
    )


@strawberry.type(description="What a loan product asks, from one revision to the next; it never changes.")
class LoanProductVersion(RowType):
    """A version of a product."""

    number: int = strawberry.field(description="Counted from 1.")
    name: str = strawberry.field(description="What the group calls it.")
    terms: RepaymentTerms = computed(lambda row: row, description="How its loans are repaid.")
    fund: Fund = strawberry.field(description="From whose money it is lent.")
    principal_min: Money | None = _limit("principal_min", "The smallest loan; null for any.")
    principal_max: Money | None = _limit("principal_max", "The largest loan; null for any.")
    savings_multiple: Decimal | None = decimal(
        "savings_multiple",
        "How many times her shares and savings a member may borrow; null for what the constitution says. The stricter "
        "of both holds.",
    )
    open_loans_max: int | None = strawberry.field(
        description="How many loans a member may have at once, of whatever product; null for any number."
    )
    is_refusing_late_borrowers: bool = computed(
        lambda row: row["refuses_late_borrowers"], description="Whether who is late with a loan gets none."
    )
    guarantors_min: int = strawberry.field(description="How many members have to stand surety.")
    approval: ApprovalRule = strawberry.field(description="Who grants its loans.")
    officers_min: int = strawberry.field(description="How many officers have to approve, where officers do.")
    is_reserving_money: bool = computed(
        lambda row: row["reserves_money"], description="Whether an approval sets the money aside."
    )
    approval_days: int = strawberry.field(description="For how many days an approval holds.")
    default_days: int = strawberry.field(description="After how many days overdue a loan is marked as bad.")
    made_at: datetime = strawberry.field(description="When it was adopted.")
    made_by: strawberry.ID = strawberry.field(description="The user who did.")


@strawberry.type(description="What a group lends, and on what terms (loan type).")
class LoanProduct(RowType):
    """A product."""

    id: strawberry.ID = strawberry.field(description="The product's id.")
    status: ProductStatus = strawberry.field(description="Whether it is offered.")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    created_at: datetime = strawberry.field(description="When it was added.")
    newest: LoanProductVersion = relation(
        load_product_versions,
        lambda row: (row["tenant_id"], row["id"], row["newest"]),
        "What it asks of new loans.",
    )
    versions: list[LoanProductVersion] = relation(
        load_versions_of_product,
        key_of,
        "What it asked before and asks now, the newest first.",
        size=_VERSIONS_ASSUMED,
    )


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[ProductStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "OLDEST", product_status=status)


def group_loan_products(parent: Any) -> Any:
    """The products of the group in the row."""
    words = "What the group lends, and on what terms, the oldest first."
    return connection_field(GROUP_LOAN_PRODUCTS, parent, _asked, **reading(Resource.LOAN_PRODUCT, words))


_KEY = "Made by the client, new for each wish; repeats carry the same."


@strawberry.input(description="What a loan product asks.")
class _ProductInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    name: str = strawberry.field(description="What the group calls it, up to 80 characters.")
    terms: LoanTermsInput = strawberry.field(
        description="How its loans are repaid; `instalments` is the most that a loan may have."
    )
    rules: LoanRulesInput | None = strawberry.field(
        default=strawberry.UNSET, description="What holds beside the schedule; those of a savings group if left out."
    )
    fund: Fund | None = strawberry.field(
        default=strawberry.UNSET, description="From whose money it is lent; LOAN_FUND if left out."
    )
    principal_min: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The smallest loan; any if left out."
    )
    principal_max: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The largest loan; any if left out."
    )
    savings_multiple: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="How many times her shares and savings a member may borrow; as the constitution says if left out.",
    )
    open_loans_max: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many loans a member may have at once; any number if left out."
    )
    is_refusing_late_borrowers: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether who is late with a loan gets none; true if left out."
    )
    guarantors_min: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many members have to stand surety, up to 20; 0 if left out."
    )
    approval: ApprovalRule | None = strawberry.field(
        default=strawberry.UNSET, description="Who grants its loans; OFFICERS if left out."
    )
    officers_min: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many officers have to approve, up to 10; 1 if left out."
    )
    is_reserving_money: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether an approval sets the money aside; false if left out."
    )
    approval_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="For how many days an approval holds, up to 365; 30 if left out."
    )
    default_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="After how many days overdue a loan is marked as bad; 90 if left out."
    )


@strawberry.input(description="A loan product (loan type) that the group is to offer.")
class LoanProductAddInput(_ProductInput):
    """The input of `loanProductAdd`."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The product's id, if the client makes it; otherwise the idempotency key is.",
    )


@strawberry.input(description="What a loan product asks from now on, as a whole; loans that there are keep theirs.")
class LoanProductReviseInput(_ProductInput):
    """The input of `loanProductRevise`."""

    product_id: strawberry.ID = strawberry.field(description="The product.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")


@strawberry.input(description="A loan product that is not to be offered any more.")
class LoanProductRetireInput:
    """The input of `loanProductRetire`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    product_id: strawberry.ID = strawberry.field(description="The product.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")


def _mutation(service: Any, given: Any, command: type, description: str, *, changes: bool = True) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="product",
        record_type=LoanProduct,
        load=load_loan_products,
        key=lambda command, outcome: (command.group_id, command.product_id if changes else outcome.id),
        description=description,
        shows_current=changes,
    )


loan_product_add = _mutation(
    add_loan_product,
    LoanProductAddInput,
    AddLoanProduct,
    "Offer a new loan product (loan type).",
    changes=False,
)

loan_product_revise = _mutation(
    revise_loan_product,
    LoanProductReviseInput,
    ReviseLoanProduct,
    "Lend on other terms from now on, in a new version of the product; loans that there are keep theirs.",
)

loan_product_retire = _mutation(
    retire_loan_product,
    LoanProductRetireInput,
    RetireLoanProduct,
    "Offer a loan product no more; its loans go on.",
)
