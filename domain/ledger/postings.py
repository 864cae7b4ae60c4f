"""Journal entries before they are posted, and the book that takes them; `events` says which event makes which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.ledger.accounts import Fund, NewAccount, Place
from domain.money import Money
from domain.policy import EntryKind

__all__ = [
    "DESCRIPTION_MAX",
    "PAYEE_MAX",
    "RECEIPT_MAX",
    "AboveMaximum",
    "BelowMinimum",
    "CashAccount",
    "Ledger",
    "Line",
    "MemberBalanceTooSmall",
    "MemberSharesTooFew",
    "PeriodClosed",
    "Posting",
    "Unbalanced",
    "Voucher",
]

LINES_MIN = 2

DESCRIPTION_MAX = 500
"""The longest description of an entry, in characters."""

PAYEE_MAX = 120
"""The longest name of whoever was paid, or paid in."""

RECEIPT_MAX = 60
"""The longest number or name of a receipt."""


class Unbalanced(ValueError):
    """A posting whose lines do not sum to zero: a mistake in the program, never a user's."""


@dataclass(eq=False)
class PeriodClosed(DomainError):
    """The date lies in a period that was closed."""

    code = ErrorCode.NOT_ALLOWED

    closed_through: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The book is closed through {self.closed_through}: give a later date."


@dataclass(eq=False)
class BelowMinimum(DomainError):
    """An account would hold less than it must, or less than is set aside on it."""

    code = ErrorCode.NOT_ALLOWED

    missing: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"There is not enough money where it should come from: {self.missing} is missing."


@dataclass(eq=False)
class AboveMaximum(DomainError):
    """An account would hold more than it may."""

    code = ErrorCode.NOT_ALLOWED

    excess: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"That is {self.excess} more than the account may hold: put the rest elsewhere, or raise the limit."


@dataclass(eq=False)
class MemberBalanceTooSmall(DomainError):
    """More would be taken from what a member has, or owes, than there is."""

    code = ErrorCode.NOT_ALLOWED

    excess: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"That is {self.excess} more than the member has there: correct the amount."


@dataclass(eq=False)
class MemberSharesTooFew(DomainError):
    """More shares would be taken from a member than she holds.

    Attributes:
        missing_shares: How many shares she would be short by.
    """

    code = ErrorCode.NOT_ALLOWED

    missing_shares: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The member holds too few shares, by {self.missing_shares}: "
            "take fewer, or first record what gives her more."
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry.

    Attributes:
        account_id: The account that it moves.
        amount: Above zero for a debit, below for a credit.
        member_id: The member whom it concerns.
        shares: On an account that counts shares, how many the member gains; below zero for those she loses.
    """

    account_id: UUID
    amount: Money
    member_id: UUID | None = None
    shares: int | None = None

    def __post_init__(self) -> None:
        if self.amount.amount == 0:
            raise Unbalanced("a line moves something")
        if self.shares is not None and (self.shares > 0) is not (self.amount.amount < 0):
            raise Unbalanced("a member who gains shares is credited with them")

    def __neg__(self) -> Line:
        """The line that takes this one back."""
        return Line(self.account_id, -self.amount, self.member_id, None if self.shares is None else -self.shares)


@dataclass(frozen=True, slots=True)
class Voucher:
    """The words of an entry. They are kept beside the book, not in its chain, which holds nothing personal.

    Attributes:
        description: What happened, or why.
        payee: Who was paid, or paid in.
        receipt: The number or name of the paper that shows it.
    """

    description: str
    payee: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """An entry about to be posted. Its lines sum to zero, or it cannot be made.

    Attributes:
        id: The entry's id.
        kind: The business event.
        effective_on: The group's date that it counts for.
        lines: Debits and credits.
        meeting_id: The meeting it belongs to.
        member_id: The member it is about, where it is about one.
        reverses_id: The entry that it takes back.
        voucher: Its words, where it needs any.
    """

    id: UUID
    kind: EntryKind
    effective_on: date
    lines: tuple[Line, ...]
    meeting_id: UUID | None = None
    member_id: UUID | None = None
    reverses_id: UUID | None = None
    voucher: Voucher | None = None

    def __post_init__(self) -> None:
        if len(self.lines) < LINES_MIN:
            raise Unbalanced("an entry has at least two lines")
        totals: dict[str, Decimal] = {}
        for line in self.lines:
            code = line.amount.currency.code
            totals[code] = totals.get(code, Decimal(0)) + line.amount.amount
        if any(totals.values()):
            raise Unbalanced(f"the lines of an entry sum to zero, not {totals}")
        if self.member_id is not None and all(line.member_id != self.member_id for line in self.lines):
            raise Unbalanced("an entry is about a member of one of its lines")


@dataclass(frozen=True, slots=True)
class CashAccount:
    """What the book says lies in one place of one fund.

    Attributes:
        account_id: The cash account.
        balance: What should be there now.
        moved_since_opening: How much of it came (or, below zero, went) since the meeting that was asked about opened,
            in the meeting or beside it.
        held: How much of it is set aside now.
        minimum: The least that must stay there; None for no limit.
    """

    account_id: UUID
    balance: Money
    moved_since_opening: Money
    held: Money
    minimum: Money | None


class Ledger(Protocol):
    """The book of the command's group."""

    async def post(self, group_id: UUID, command_key: UUID, postings: Sequence[Posting]) -> None:
        """Post entries, all or none, with their vouchers.

        Raises:
            PeriodClosed: A date lies in a closed period.
            BelowMinimum: An account would hold less than it must.
            AboveMaximum: An account would hold more than it may.
            MemberBalanceTooSmall: More would be taken from a member than she has, or paid than she owes.
            MemberSharesTooFew: More shares would be taken from a member than she holds.
            AmountTooLarge: A balance would be beyond the largest amount.
        """

    async def open_accounts(self, group_id: UUID, accounts: Sequence[NewAccount]) -> None:
        """Open accounts, headings before what stands below them."""

    async def cash(self, group_id: UUID, meeting_id: UUID) -> Mapping[tuple[Fund, Place], CashAccount]:
        """What should lie where, and what was moved since the meeting opened."""
