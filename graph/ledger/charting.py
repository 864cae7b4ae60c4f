"""Mutations of the chart of accounts, and the closing of periods."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.ledger.charting import (
    AccountAdd,
    AccountClose,
    AccountLimit,
    AccountRename,
    account_add,
    account_close,
    account_limit,
    account_rename,
)
from domain.ledger.periods import PeriodClose, period_close
from domain.service import Service
from graph.ledger.accounts import Account
from graph.ledger.books import Book
from graph.mutations import command_mutation
from persistence.reads.accounts import load_accounts_by_key
from persistence.reads.ledger import load_books

__all__ = [
    "account_add_mutation",
    "account_close_mutation",
    "account_limit_mutation",
    "account_rename_mutation",
    "period_close_mutation",
]

_KEY = "Made by the client, new for each wish; repeats carry the same."
_MINIMUM = "The least that must stay on it, on the side on which it grows; no limit if left out."
_MAXIMUM = "The most that may be on it, on the side on which it grows; no limit if left out."


@strawberry.input(description="An account of the group's own, to be added to its chart (ledger account, category).")
class AccountAddInput:
    """The input of `accountAdd`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The account's id, if the client makes it; otherwise the idempotency key is.",
    )
    code: str = strawberry.field(description="The number by which book-keepers know it, of 5 to 8 digits.")
    name: str = strawberry.field(description="What it stands for, up to 120 characters.")
    parent_id: strawberry.ID = strawberry.field(
        description="The heading that it stands below, whose type (asset, liability, equity, income, expense) it takes."
    )
    is_postable: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it takes entries; false makes a heading; true if left out."
    )
    minimum: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_MINIMUM)
    maximum: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_MAXIMUM)


@strawberry.input(description="Which account is to be changed, as it was read.")
class _AccountChange:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    account_id: strawberry.ID = strawberry.field(description="The account.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")


@strawberry.input(description="A new name for an account.")
class AccountRenameInput(_AccountChange):
    """The input of `accountRename`."""

    name: str = strawberry.field(description="What it stands for, up to 120 characters.")


@strawberry.input(description="New limits for an account, both at once.")
class AccountLimitInput(_AccountChange):
    """The input of `accountLimit`."""

    minimum: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_MINIMUM)
    maximum: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_MAXIMUM)


@strawberry.input(description="An account to be closed for good.")
class AccountCloseInput(_AccountChange):
    """The input of `accountClose`."""


@strawberry.input(description="A period to be closed.")
class PeriodCloseInput:
    """The input of `periodClose`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    through: date = strawberry.field(description="The last day of the period, which must be over where the group is.")


def _on_account(service: Service[Any], given: Any, command: type, description: str, *, is_new: bool = False) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="account",
        record_type=Account,
        load=load_accounts_by_key,
        key=lambda command, outcome: (command.group_id, outcome.id if is_new else command.account_id),
        description=description,
        shows_current=not is_new,
    )


account_add_mutation = _on_account(
    account_add,
    AccountAddInput,
    AccountAdd,
    "Add an account to the chart, below a heading.",
    is_new=True,
)
account_rename_mutation = _on_account(
    account_rename,
    AccountRenameInput,
    AccountRename,
    "Call an account otherwise; what was posted to it stays.",
)
account_limit_mutation = _on_account(
    account_limit,
    AccountLimitInput,
    AccountLimit,
    "Draw the limits of an account anew, around what is on it. The money in a place never falls below zero.",
)
account_close_mutation = _on_account(
    account_close,
    AccountCloseInput,
    AccountClose,
    "Close an empty account of the group's own for good. No account is ever deleted.",
)
period_close_mutation = command_mutation(
    period_close,
    given=PeriodCloseInput,
    command=PeriodClose,
    record="book",
    record_type=Book,
    load=load_books,
    key=lambda command, _: command.group_id,
    description="Close the book through a day that is over: nothing counts for it or a day before it any more.",
)
