"""The chart of accounts in the schema, and the money of each fund."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain.ledger.accounts import AccountType, Fund, Place, Side
from domain.policy import Resource
from graph.connections import Connection
from graph.engine import computed
from graph.ledger.moments import as_of
from graph.ledger.statements import account_statement
from graph.limits import ListSize
from graph.permissions import key_of, protected
from graph.relations import relation
from graph.rows import Money, money, money_of
from graph.scalars import CurrencyCode
from persistence.reads.accounts import (
    load_account_balances,
    load_account_children,
    load_accounts_by_key,
)

__all__ = ["Account", "FundBalance", "PlaceBalance", "funds_of"]

if TYPE_CHECKING:
    from graph.ledger.entries import EntryLine

PLACES_SIZE = 3
"""What the list is taken for when the cost of an operation is counted."""

LazyLine = Annotated["EntryLine", strawberry.lazy("graph.ledger.entries")]
LazyAccount = Annotated["Account", strawberry.lazy("graph.ledger.accounts")]


def _limit(row: Any, lower: str, upper: str) -> Any:
    """A limit on the side on which the account grows: what is least on one side is most on the other."""
    grows_by_debit = AccountType(row["type"]).grows_by is Side.DEBIT
    kept = row[lower] if grows_by_debit else row[upper]
    if kept is None:
        return None
    return money_of(kept if grows_by_debit else -kept, row["currency"])


@strawberry.type(
    description="An account in a group's chart of accounts. Balances and limits are on the side on which it grows."
)
class Account:
    """An account."""

    id: strawberry.ID = strawberry.field(description="The account's id, a UUID.")
    code: str = strawberry.field(description="The number by which book-keepers know it.")
    name: str = strawberry.field(description="What the account stands for.")
    type: AccountType = strawberry.field(description="Which of the five types it is.")
    currency: CurrencyCode = strawberry.field(description="The currency of its lines.")
    parent_id: strawberry.ID | None = strawberry.field(description="The heading that it stands below.")
    parent: LazyAccount | None = relation(
        load_accounts_by_key,
        lambda row: None if row["parent_id"] is None else (row["tenant_id"], row["parent_id"]),
        "The heading that it stands below.",
    )
    children: list[LazyAccount] = relation(
        load_account_children, key_of, "What stands right below a heading, in the order of the codes."
    )
    is_postable: bool = strawberry.field(description="Whether entries go to it; headings take none.")
    needs_member: bool = strawberry.field(description="Whether each of its lines names a member.")
    counts_shares: bool = strawberry.field(description="Whether its lines count shares.")
    is_required: bool = strawberry.field(description="Whether it is one that every book keeps open.")
    fund: Fund | None = strawberry.field(description="The fund whose money or equity it is.")
    place: Place | None = strawberry.field(description="Where the money lies, for cash accounts.")
    minimum: Money | None = computed(
        lambda row: _limit(row, "minimum", "maximum"), description="The least that must stay on it; null for no limit."
    )
    maximum: Money | None = computed(
        lambda row: _limit(row, "maximum", "minimum"), description="The most that may be on it; null for no limit."
    )
    created_at: datetime = strawberry.field(description="When it was opened.")
    closed_at: datetime | None = strawberry.field(description="When it was closed; null while it takes entries.")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    balance: Money | None = relation(
        load_account_balances,
        key_of,
        "What is on the account; for a heading, on all accounts below it.",
        protects=Resource.ACCOUNT_BALANCE,
        shape=lambda found: money_of(found["balance"], found["currency"]),
        arguments=as_of,
    )
    statement: Connection[LazyLine] = account_statement(key_of)


@strawberry.type(description="What lies in one place of one fund.")
class PlaceBalance:
    """Money in a place."""

    place: Place = strawberry.field(description="Where it lies.")
    balance: Money = money("balance", "How much the book says lies there.")
    available: Money | None = protected(
        Resource.HOLD,
        "How much of it is free: what is not set aside (held, reserved). Null when a past moment was asked for.",
        lambda row: None if row["held"] is None else money_of(row["balance"] - row["held"], row["currency"]),
    )


@strawberry.type(description="The money of one fund (loan fund, social fund: welfare fund, emergency fund).")
class FundBalance:
    """The money of a fund."""

    fund: Fund = strawberry.field(description="Which fund.")
    balance: Money = money("balance", "All of it, wherever it lies.")
    places: list[PlaceBalance] = strawberry.field(
        description="Where it lies.", directives=[ListSize(assumed_size=PLACES_SIZE)]
    )


def funds_of(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The places of all funds gathered by fund."""
    funds: dict[str, dict[str, Any]] = {}
    for row in rows:
        fund = funds.setdefault(
            row["fund"], {"fund": row["fund"], "balance": Decimal(0), "currency": row["currency"], "places": []}
        )
        fund["balance"] += row["balance"]
        fund["places"].append(row)
    return list(funds.values())
