"""Closed periods in the schema."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain.ledger.chain import closing_code
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.doers import LazyDoer, member_behind
from graph.engine import computed
from graph.permissions import reading
from persistence.reads.closings import CLOSINGS

__all__ = ["BookClosing", "book_closings"]


@strawberry.type(description="That a book was closed through a date, with the head that it had at that moment.")
class BookClosing:
    """A closing."""

    closed_through: date = strawberry.field(description="The last day that was closed.")
    closed_at: datetime = strawberry.field(description="When it was closed.")
    closed_by: strawberry.ID = strawberry.field(description="The user who closed it.")
    closed_by_member: LazyDoer | None = member_behind("closed_by", "Who closed it")
    entry_count: int = computed(lambda row: row["entry_number"], description="How many entries the book had then.")
    closing_code: str = computed(
        lambda row: closing_code(row["entry_hash"]), description="The closing code that the book had then."
    )


def _asked(first: First = PAGE_DEFAULT, after: After = None) -> Asked:
    return Asked(first, after, "NEWEST")


def book_closings() -> Any:
    """The closings of the book in the row."""
    words = "When the book was closed, and through which date (period end), the latest first."
    return connection_field(
        CLOSINGS, lambda row: (row["tenant_id"], row["tenant_id"]), _asked, **reading(Resource.CLOSING, words)
    )
