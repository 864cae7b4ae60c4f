"""Books in the schema: accounts, fund balances, and the proof that nothing was changed."""

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from domain.ledger.accounts import AccountType, Fund, Place
from domain.ledger.chain import closing_code
from domain.policy import Action, Resource, allows
from graph.engine import computed
from graph.limits import ListSize
from graph.permissions import Info, protected
from graph.rows import Money, money, money_of
from graph.scalars import CurrencyCode
from persistence.reads.ledger import find_faults, load_books

__all__ = ["Account", "Book", "BookVerification", "FundBalance", "PlaceBalance", "funds_of", "verify_book"]


PLACES_SIZE = 3
"""What the list is taken for when the cost of an operation is counted."""


def _balance(row: Any) -> Any:
    return None if row["balance"] is None else money_of(row["balance"], row["currency"])


@strawberry.type(description="An account in a group's chart of accounts.")
class Account:
    """An account."""

    id: strawberry.ID = strawberry.field(description="The account's id, a UUID.")
    code: str = strawberry.field(description="The number by which book-keepers know it.")
    name: str = strawberry.field(description="What the account stands for.")
    type: AccountType = strawberry.field(description="Which of the five types it is.")
    parent_id: strawberry.ID | None = strawberry.field(description="The heading that it stands below.")
    is_postable: bool = strawberry.field(description="Whether entries go to it; headings take none.")
    needs_member: bool = strawberry.field(description="Whether each of its lines names a member.")
    fund: Fund | None = strawberry.field(description="The fund whose money or equity it is.")
    place: Place | None = strawberry.field(description="Where the money lies, for cash accounts.")
    balance: Money | None = protected(
        Resource.ACCOUNT_BALANCE,
        "What is on the account, on the side on which it grows; null for headings.",
        _balance,
    )


@strawberry.type(description="What lies in one place of one fund.")
class PlaceBalance:
    """Money in a place."""

    place: Place = strawberry.field(description="Where it lies.")
    balance: Money = money("balance", "How much the book says lies there.")


@strawberry.type(description="The money of one fund (loan fund, social fund: welfare fund, emergency fund).")
class FundBalance:
    """The money of a fund."""

    fund: Fund = strawberry.field(description="Which fund.")
    balance: Money = money("balance", "All of it, wherever it lies.")
    places: list[PlaceBalance] = strawberry.field(
        description="Where it lies.", directives=[ListSize(assumed_size=PLACES_SIZE)]
    )


def funds_of(rows: list[Any]) -> list[dict[str, Any]]:
    """The places of all funds gathered by fund."""
    funds: dict[str, dict[str, Any]] = {}
    for row in rows:
        fund = funds.setdefault(
            row["fund"], {"fund": row["fund"], "balance": Decimal(0), "currency": row["currency"], "places": []}
        )
        fund["balance"] += row["balance"]
        fund["places"].append(row)
    return list(funds.values())


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
    """Verify a book for whoever may read its head; None for everybody else."""
    snapshot = info.context.snapshot
    viewer = await snapshot.open()
    if not allows(viewer, Action.READ, Resource.BOOK, group_id):
        return None
    book = (await load_books(snapshot, [group_id]))[0]
    if book is None:
        return None
    faults = await find_faults(snapshot, group_id)
    return {"is_sound": not faults, "faults": faults, "book": book}


VERIFY_DESCRIPTION = (
    "Recomputes a group's book from its lines: the hash chain, every balance, the totals of meetings. Anyone who may "
    "see the group may have it verified."
)

VERIFY_WEIGHT = "100"
"""What it costs: the whole book is read."""
