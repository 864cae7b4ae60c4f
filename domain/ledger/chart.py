"""An account of a book as services see it, and where the accounts are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.ledger.accounts import AccountType, Place, Side
from domain.money import Money

__all__ = ["AccountIsClosed", "AccountNotFound", "AccountRecord", "AccountStore", "Limits"]

Limits = tuple[Money | None, Money | None]
"""The least and the greatest balance as they are kept, debits above zero; None for no limit."""


@dataclass(eq=False)
class AccountNotFound(DomainError):
    """The book has no such account."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such account: check the account's id."


@dataclass(eq=False)
class AccountIsClosed(DomainError):
    """The account is closed."""

    code = ErrorCode.NOT_ALLOWED
    is_of_state = True

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This account is closed for good: choose another, or add one."


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account as services see it. Amounts are as they are kept, debits above zero.

    Attributes:
        id: The account's id.
        name: What it stands for.
        type: Which of the five types it is.
        is_postable: Whether it takes entries; headings do not.
        needs_member: Whether each of its lines names a member.
        counts_shares: Whether its lines count shares.
        place: Where its money lies, for cash accounts.
        minimum: The balance below which it may not fall.
        maximum: The balance above which it may not rise.
        is_required: Whether it belongs to the chart that every book has.
        is_closed: Whether it takes no entries any more.
        version: Counted from 1.
        balance: What is on it.
        held: How much of that is set aside now.
        has_member_balances: Whether any member has a balance on it.
        has_open_below: Whether open accounts stand below it.
    """

    id: UUID
    name: str
    type: AccountType
    is_postable: bool
    needs_member: bool
    counts_shares: bool
    place: Place | None
    minimum: Money | None
    maximum: Money | None
    is_required: bool
    is_closed: bool
    version: int
    balance: Money
    held: Money
    has_member_balances: bool
    has_open_below: bool

    @property
    def shown_balance(self) -> Decimal:
        """The balance on the side on which the account grows."""
        return (self.balance if self.type.grows_by is Side.DEBIT else -self.balance).amount


class AccountStore(Protocol):
    """Where the accounts of a book are kept."""

    async def find(self, group_id: UUID, account_ids: Collection[UUID]) -> Mapping[UUID, AccountRecord]:
        """Those of the accounts that the book has, closed ones included."""

    async def codes(self, group_id: UUID) -> frozenset[str]:
        """The codes of all accounts of the book, closed ones included."""

    async def change(
        self, group_id: UUID, account: AccountRecord, *, name: str, limits: Limits, is_closed: bool = False
    ) -> None:
        """Write an account anew, as the next version."""
