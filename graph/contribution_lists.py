"""The list of contributions below a group, a member or a meeting: one field, three parents."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.policy import Resource
from domain.savings import ContributionKind
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.enums import ContributionOrder
from graph.permissions import reading
from persistence.reads.pages import Listing

if TYPE_CHECKING:
    from graph.savings import Contribution

__all__ = ["contributions"]

LazyContribution = Annotated["Contribution", strawberry.lazy("graph.savings")]


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    kind: Annotated[ContributionKind | None, strawberry.argument(description="Only those of this kind.")] = None,
    type_code: Annotated[
        str | None, strawberry.argument(description="Only those of the type with this code in the constitution.")
    ] = None,
    order_by: Annotated[ContributionOrder, strawberry.argument(description="The order.")] = ContributionOrder.NEWEST,
) -> Asked:
    return Asked(first, after, order_by.value, kind=kind, type_code=type_code)


def contributions(listing: Listing, parent: Callable[[Any], tuple[UUID, UUID]], description: str) -> Any:
    """The field of a type whose rows are the parents of the listing."""
    return connection_field(listing, parent, _asked, **reading(Resource.CONTRIBUTION, description))
