"""The book of a group in the schema: its head, its proof, and its closing codes."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain.ledger.chain import NotAClosingCode, closing_bits, closing_code
from domain.policy import Action, Resource, allows
from graph.connections import Connection
from graph.engine import computed
from graph.errors import InvalidArgument
from graph.ledger.closings import BookClosing, book_closings
from graph.ledger.verifying import ENTRIES_MAX, verified
from graph.permissions import Info
from graph.scalars import CurrencyCode
from persistence.reads.ledger import find_closing_code, load_books

__all__ = [
    "CHECK_DESCRIPTION",
    "VERIFY_DESCRIPTION",
    "VERIFY_WEIGHT",
    "Book",
    "BookVerification",
    "ClosingCodeCheck",
    "check_closing_code",
    "verify_book",
]


@strawberry.type(description="A group's book: every entry ever posted, chained by hash.")
class Book:
    """The head of a book."""

    entry_count: int = computed(lambda row: row["entry_number"], description="How many entries were posted.")
    currency: CurrencyCode = strawberry.field(description="The currency in which the book is kept.")
    closed_through: date = strawberry.field(
        description="The last day of the closed period; entries count from later on."
    )
    head_hash: str = computed(
        lambda row: row["entry_hash"].hex(), description="The hash of the last entry, in hexadecimal."
    )
    closing_code: str = computed(
        lambda row: closing_code(row["entry_hash"]),
        description="Six characters made from the hash of the last entry, to read aloud and write in the passbook.",
    )
    closings: Connection[BookClosing] = book_closings()


@strawberry.type(description="Something in a book that does not hold.")
class BookFault:
    """A fault."""

    fault: str = strawberry.field(description="What does not hold, such as HASH_BROKEN or ACCOUNT_BALANCE.")
    entry_number: int | None = strawberry.field(description="The first entry where it shows, if it shows at one.")


@strawberry.type(description="What came of recomputing a whole book from its lines.")
class BookVerification:
    """A verification."""

    is_sound: bool = strawberry.field(description="Whether everything holds: chain, balances, totals.")
    faults: list[BookFault] = strawberry.field(description="What does not hold; empty for a sound book.")
    book: Book = strawberry.field(description="The head of the book at that moment.")


async def verify_book(info: Info, group_id: Any) -> Any:
    """Verify a book for whoever may read its head; None for everybody else.

    Raises:
        VerificationBusy: Others were first for too long.
        BookTooLarge: The book is too long to be verified while a request waits.
    """
    found = await verified(info.context, group_id)
    return None if found is None else {"is_sound": not found["faults"], **found}


VERIFY_DESCRIPTION = (
    "Recomputes a group's book from its lines: the hash chain, every balance, the totals of meetings. Anyone who may "
    "see the group may have it verified. A book is verified for one asker at a time; others wait for their turn or get "
    f"`VERIFICATION_BUSY`. One of more than {ENTRIES_MAX:,} entries is `BOOK_TOO_LARGE` for a request."
)


VERIFY_WEIGHT = "100"
"""What it costs: the whole book is read."""


@strawberry.type(description="Whether a book still contains what a closing code stood for.")
class ClosingCodeCheck:
    """A check of a closing code."""

    is_in_book: bool = strawberry.field(
        description="Whether the book had this code once, and has not changed before it."
    )
    entry_number: int | None = strawberry.field(description="The last entry that the code covered.")
    booked_at: datetime | None = strawberry.field(description="When that entry was posted.")
    book: Book = strawberry.field(description="The head of the book now.")


async def check_closing_code(info: Info, group_id: Any, code: str) -> Any:
    """Look for the entry at which the book had the code, for whoever may read its head; None for everybody else.

    Raises:
        InvalidArgument: It is no closing code.
    """
    try:
        bits = closing_bits(code)
    except NotAClosingCode as error:
        raise InvalidArgument(str(error)) from None
    snapshot = info.context.snapshot
    viewer = await snapshot.open()
    if not allows(viewer, Action.READ, Resource.BOOK, group_id):
        return None
    book = (await load_books(snapshot, [group_id]))[0]
    if book is None:
        return None
    found = await find_closing_code(snapshot, group_id, bits) or {"entry_number": None, "booked_at": None}
    return {"is_in_book": found["entry_number"] is not None, **found, "book": book}


CHECK_DESCRIPTION = (
    "Looks for the moment at which a group's book had this closing code, as it was read aloud or written down. "
    "If it is not found, the book was changed behind the group's back, or the code was written wrong."
)
