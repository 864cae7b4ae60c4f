"""The loans below a group or a member: one field, two parents."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

import graph.lending.enums  # noqa: F401 - makes the enums below the schema's
from domain.identifiers import NotAnId, parse_id
from domain.lending.records import LoanPurpose
from domain.lending.steps import LoanStatus
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.errors import InvalidArgument
from graph.lending.enums import LoanOrder
from graph.permissions import reading
from persistence.reads.pages import Listing

if TYPE_CHECKING:
    from graph.lending.loans import Loan

__all__ = ["LazyLoan", "given_id", "loans"]

LazyLoan = Annotated["Loan", strawberry.lazy("graph.lending.loans")]


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[LoanStatus | None, strawberry.argument(description="Only those with this status.")] = None,
    is_overdue: Annotated[
        bool | None, strawberry.argument(description="Only those that are late today (in arrears, bad), or are not.")
    ] = None,
    officer_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only those that this user looks after.")
    ] = None,
    purpose: Annotated[LoanPurpose | None, strawberry.argument(description="Only those for this purpose.")] = None,
    order_by: Annotated[LoanOrder, strawberry.argument(description="The order.")] = LoanOrder.NEWEST,
) -> Asked:
    return Asked(
        first,
        after,
        order_by.value,
        loan_status=status,
        overdue=is_overdue,
        officer=None if officer_id is None else given_id(officer_id),
        purpose=purpose,
    )


def given_id(text: str) -> UUID:
    """An id that an argument gives; raises InvalidArgument if it is none."""
    try:
        return parse_id(text)
    except NotAnId as error:
        raise InvalidArgument(error.message) from None


def loans(listing: Listing, parent: Callable[[Any], tuple[UUID, UUID]], description: str) -> Any:
    """The field of a type whose rows are the parents of the listing."""
    return connection_field(listing, parent, _asked, **reading(Resource.LOAN, description))
