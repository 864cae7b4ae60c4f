"""The fines below a meeting or a member: one field, two parents."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.enums import EntryOrder
from graph.permissions import reading
from persistence.reads.pages import Listing

if TYPE_CHECKING:
    from graph.fines import Fine

__all__ = ["LazyFine", "fines"]

LazyFine = Annotated["Fine", strawberry.lazy("graph.fines")]


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    reason_code: Annotated[
        str | None, strawberry.argument(description="Only those for the reason with this code in the constitution.")
    ] = None,
    from_date: Annotated[
        date | None, strawberry.argument(name="from", description="Only those levied on this date or later.")
    ] = None,
    to_date: Annotated[
        date | None, strawberry.argument(name="to", description="Only those levied on this date or earlier.")
    ] = None,
    order_by: Annotated[EntryOrder, strawberry.argument(description="The order.")] = EntryOrder.NEWEST,
) -> Asked:
    return Asked(first, after, order_by.value, reason_code=reason_code, from_date=from_date, to_date=to_date)


def fines(listing: Listing, parent: Callable[[Any], tuple[UUID, UUID]], description: str) -> Any:
    """The field of a type whose rows are the parents of the listing."""
    return connection_field(listing, parent, _asked, **reading(Resource.FINE, description))
