"""A book as it is kept, for its verification: plain values as they were read, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.ledger.chain import ChainedEntry, ChainedLine

__all__ = [
    "NO_CLOSING",
    "BookState",
    "Fault",
    "FaultKind",
    "Movement",
    "MovementKey",
    "StoredAccount",
    "StoredBalance",
    "StoredClosing",
    "StoredContribution",
    "StoredDraft",
    "StoredEntry",
    "StoredHold",
    "StoredLine",
    "StoredLoanPayment",
    "StoredMemberBalance",
]

NO_CLOSING = date(1989, 12, 31)
"""The day through which a book is closed that never was: before any entry can count."""

MovementKey = tuple[date, UUID | None, str, UUID]
"""The date that entries count for, their meeting, their kind, and an account."""


class FaultKind(StrEnum):
    """What can be wrong with a book, in the order in which it is reported."""

    NUMBER_MISSING = "NUMBER_MISSING"
    """An entry or a line is missing: its number is skipped, or lines stand alone."""
    UNBALANCED = "UNBALANCED"
    """The lines of an entry do not sum to zero, are fewer than two, or are in another currency than the book."""
    HASH_BROKEN = "HASH_BROKEN"
    """An entry's hash is not that of its contents and of the hash before it."""
    ENTRY_MEMBER = "ENTRY_MEMBER"
    """An entry is about a member whom none of its lines names, or about none although they name one."""
    SHAPE = "SHAPE"
    """An entry moves other accounts than entries of its kind do, or names a member where they name none."""
    LINE_DIFFERS = "LINE_DIFFERS"
    """A line repeats another kind or date than its entry has."""
    HEAD_DIFFERS = "HEAD_DIFFERS"
    """The head names another last entry, or another hash."""
    ACCOUNT_BALANCE_AFTER = "ACCOUNT_BALANCE_AFTER"
    """A line says that it left another balance on its account."""
    MEMBER_BALANCE_AFTER = "MEMBER_BALANCE_AFTER"
    """A line says that it left another balance to its member."""
    MEMBER_SIDE = "MEMBER_SIDE"
    """A member had less than nothing on an account, or owed less than nothing, or had fewer shares than none."""
    ACCOUNT_BALANCE = "ACCOUNT_BALANCE"
    """An account's balance is not the sum of its lines."""
    MEMBER_BALANCE = "MEMBER_BALANCE"
    """A member's balance on an account is not the sum of her lines."""
    MEMBER_SHARES = "MEMBER_SHARES"
    """A member's shares on an account are not the sum of her lines."""
    MOVEMENT = "MOVEMENT"
    """What is kept as moved on an account, by date, meeting and kind, is not the sum of the lines."""
    ACCOUNT = "ACCOUNT"
    """An account is not as it was opened, or a line stands on one that could not have taken it."""
    REVERSAL = "REVERSAL"
    """A reversing entry is not the mirror of an entry before it that is no reversal."""
    CLOSING = "CLOSING"
    """A closing names another head than there was, an entry counts for a closed day, or the head knows another end."""
    CONTRIBUTION = "CONTRIBUTION"
    """A contribution says something else than its entry, or one of the two is missing."""
    VOUCHER = "VOUCHER"
    """Words stand beside no entry, or are shown to another member than their entry."""
    DRAFT = "DRAFT"
    """An entry is not as it was drafted, was posted by who drafted it, or lacks the draft that it needs."""
    HOLD = "HOLD"
    """What is held on an account is not the sum of its open holds, or no entry took money for a hold used."""
    LOAN_PRINCIPAL = "LOAN_PRINCIPAL"
    """What a member owes on loans is not what is left of the principal of hers, and what came with opening balances."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault in a book.

    Attributes:
        kind: What is wrong.
        entry_number: The first bad entry; for what is kept beside the entries, the last entry that moved it; None if
            no entry is concerned.
    """

    kind: FaultKind
    entry_number: int | None


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as it is kept: what is in the chain, and what it repeats or says it left behind, in its currency."""

    number: int
    chained: ChainedLine
    kind: str
    effective_on: date
    account_balance_after: Decimal
    member_balance_after: Decimal | None


@dataclass(frozen=True, slots=True)
class StoredContribution:
    """A contribution as it is kept beside its entry."""

    id: UUID
    meeting_id: UUID | None
    member_id: UUID
    kind: str
    shares: int | None
    amount: Decimal
    currency: str
    place: str
    recorded_by: UUID


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft as it is kept; its lines as account, member, amount and shares."""

    status: str
    kind: str
    effective_on: date
    meeting_id: UUID | None
    member_id: UUID | None
    reverses_id: UUID | None
    lines: tuple[tuple[UUID, UUID | None, Decimal, int | None], ...]
    drafted_by: UUID
    decided_by: UUID | None


@dataclass(frozen=True, slots=True)
class StoredLoanPayment:
    """What settles a loan as it is kept beside its entry.

    Attributes:
        id: The entry's.
        fund: The fund of the loan.
        principal: How much of the loan's principal it settled.
    """

    id: UUID
    member_id: UUID
    fund: str
    principal: Decimal


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """Everything that is kept under one entry number.

    Attributes:
        number: The number; lines and contribution may stand under it even where the entry is gone. Under 0 is what
            stands beside no entry.
        entry: The entry with its lines; None where only the rest is left.
        hash: The hash that is kept with the entry.
        member_id: The member whom the entry says it is about.
        lines: The lines, whether or not the entry is there.
        contributions: The contributions that refer to the number; at most one in a sound book.
        voucher_members: For each voucher with the entry's id, the member to whom it is shown.
        drafts: The drafts with the entry's id; at most one in a sound book.
        loan_payments: What settles a loan, with the entry's id; at most one in a sound book.
    """

    number: int
    entry: ChainedEntry | None
    hash: bytes
    member_id: UUID | None
    lines: tuple[StoredLine, ...]
    contributions: tuple[StoredContribution, ...] = ()
    voucher_members: tuple[UUID | None, ...] = ()
    drafts: tuple[StoredDraft, ...] = ()
    loan_payments: tuple[StoredLoanPayment, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """What entries of one kind moved on one account, for one date and meeting: the sum of the lines, and how many."""

    amount: Decimal
    lines_count: int


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """What an account is."""

    code: str
    type: str
    parent_id: UUID | None
    currency: str
    is_postable: bool
    needs_member: bool
    member_side: str | None
    counts_shares: bool
    fund: str | None
    place: str | None
    is_required: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class StoredBalance:
    """What is on an account, and how much of it is set aside."""

    balance: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class StoredMemberBalance:
    """What a member has or owes on an account, and how many shares."""

    balance: Decimal
    shares: int


@dataclass(frozen=True, slots=True)
class StoredHold:
    """Money that is, or was, set aside."""

    account_id: UUID
    amount: Decimal
    outcome: str | None
    placed_at: datetime
    ended_by: UUID | None
    entry_id: UUID | None


@dataclass(frozen=True, slots=True)
class StoredClosing:
    """A period that was closed, with the head of the book at that moment."""

    entry_number: int
    entry_hash: bytes
    closed_through: date


@dataclass(frozen=True, slots=True)
class BookState:
    """What a book says of itself beside its entries.

    Attributes:
        base_currency: The code of the book's currency.
        entries_count: The number of the last entry, by the head.
        head_hash: The hash of the last entry, by the head.
        closed_through: The last closed day, by the head.
        accounts: By id.
        account_balances: By account.
        member_balances: By account and member.
        movements: By date, meeting, kind of entry and account.
        reversed_ids: The entries that others say they take back.
        closings: In the order of entry number and day.
        holds: All holds, open and over.
        disbursed: What was paid out of loans, by fund and member.
    """

    base_currency: str
    entries_count: int
    head_hash: bytes
    closed_through: date
    accounts: Mapping[UUID, StoredAccount]
    account_balances: Mapping[UUID, StoredBalance]
    member_balances: Mapping[tuple[UUID, UUID], StoredMemberBalance]
    movements: Mapping[MovementKey, Movement]
    reversed_ids: frozenset[UUID] = frozenset()
    closings: tuple[StoredClosing, ...] = ()
    holds: tuple[StoredHold, ...] = ()
    disbursed: Mapping[tuple[str, UUID], Decimal] = field(default_factory=dict)
