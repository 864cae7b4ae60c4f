"""The moment for which a balance is asked."""

from datetime import date
from typing import Annotated

import strawberry

from graph.errors import InvalidArgument
from persistence.reads.accounts import AsOf

__all__ = ["as_of"]

_ON = strawberry.argument(
    name="asOf", description="As of this date: all that was booked until now and counts for it or for a date before it."
)
_ENTRY = strawberry.argument(
    description="As the book stood right after the entry with this number. Of accounts and funds for those "
    "who may see every entry, null for others: from one entry to the next, a total tells what it moved."
)


def as_of(
    on: Annotated[date | None, _ON] = None,
    as_of_entry: Annotated[int | None, _ENTRY] = None,
) -> AsOf:
    """The moment that a field's arguments name.

    Raises:
        InvalidArgument: Both are given, or a number below zero.
    """
    if on is not None and as_of_entry is not None:
        raise InvalidArgument("Give `asOf` or `asOfEntry`, not both.")
    if as_of_entry is not None and as_of_entry < 0:
        raise InvalidArgument("Give `asOfEntry` the number of an entry, or 0 for the empty book.")
    return AsOf(on, as_of_entry)
