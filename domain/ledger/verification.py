"""Verifies a book: recomputes from its entries everything that the book says of itself.

The database has a function of its own for this (`ledger.find_faults`). Here the same is worked out a second time, from
the rows alone and sharing nothing with it, so that a mistake in one shows as a difference between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from domain.ledger.chain import GENESIS, ChainedEntry, ChainedLine, entry_hash
from domain.policy import EntryKind

__all__ = [
    "BalancesAfter",
    "BookCheck",
    "BookState",
    "Fault",
    "FaultKind",
    "Movement",
    "StoredContribution",
    "StoredEntry",
]

LINES_MIN = 2

_CONTRIBUTED = {
    "SHARE": EntryKind.SHARE_PURCHASE,
    "SAVINGS": EntryKind.SAVINGS_DEPOSIT,
    "SOCIAL_FUND": EntryKind.SOCIAL_FUND_CONTRIBUTION,
}

MovementKey = tuple[date, UUID | None, str, UUID]
Key = TypeVar("Key")
Sum = TypeVar("Sum")


class FaultKind(StrEnum):
    """What can be wrong with a book, in the order in which it is reported."""

    NUMBER_MISSING = "NUMBER_MISSING"
    """An entry is missing: its number is skipped, or its lines stand alone."""
    UNBALANCED = "UNBALANCED"
    """The lines of an entry do not sum to zero, are fewer than two, or are in another currency than the book."""
    HASH_BROKEN = "HASH_BROKEN"
    """An entry's hash is not that of its contents and of the hash before it."""
    ENTRY_MEMBER = "ENTRY_MEMBER"
    """An entry says that it is about a member whom none of its lines names."""
    HEAD_DIFFERS = "HEAD_DIFFERS"
    """The head names another last entry, or another hash."""
    ACCOUNT_BALANCE_AFTER = "ACCOUNT_BALANCE_AFTER"
    """A line says that it left another balance on its account."""
    MEMBER_BALANCE_AFTER = "MEMBER_BALANCE_AFTER"
    """A line says that it left another balance to its member."""
    ACCOUNT_BALANCE = "ACCOUNT_BALANCE"
    """An account's balance is not the sum of its lines."""
    MEMBER_BALANCE = "MEMBER_BALANCE"
    """A member's balance on an account is not the sum of her lines."""
    MOVEMENT = "MOVEMENT"
    """What is kept as moved on an account, by date, meeting and kind, is not the sum of the lines."""
    CONTRIBUTION = "CONTRIBUTION"
    """A contribution says something else than its entry, or one of the two is missing."""


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
class BalancesAfter:
    """What a line says it left behind, in units of its currency: on its account, and there to its member."""

    account: Decimal
    member: Decimal | None


@dataclass(frozen=True, slots=True)
class StoredContribution:
    """A contribution as it is kept beside its entry."""

    id: UUID
    meeting_id: UUID
    member_id: UUID
    kind: str
    amount: Decimal
    currency: str
    place: str


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """Everything that is kept under one entry number.

    Attributes:
        number: The number; lines and contribution may stand under it even where the entry is gone.
        entry: The entry with its lines; None where only the rest is left.
        hash: The hash that is kept with the entry.
        member_id: The member whom the entry says it is about.
        lines: The lines, whether or not the entry is there.
        after: For each line, the balances that it says it left.
        contributions: The contributions that refer to the number; at most one in a sound book.
    """

    number: int
    entry: ChainedEntry | None
    hash: bytes
    member_id: UUID | None
    lines: tuple[ChainedLine, ...]
    after: tuple[BalancesAfter, ...]
    contributions: tuple[StoredContribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """What entries of one kind moved on one account, for one date and meeting: the sum of the lines, and how many."""

    amount: Decimal
    lines_count: int


@dataclass(frozen=True, slots=True)
class BookState:
    """What a book says of itself beside its entries.

    Attributes:
        base_currency: The code of the book's currency.
        entries_count: The number of the last entry, by the head.
        head_hash: The hash of the last entry, by the head.
        places: The place of each account that stands for one.
        account_balances: By account.
        member_balances: By account and member.
        movements: By date, meeting, kind of entry and account.
    """

    base_currency: str
    entries_count: int
    head_hash: bytes
    places: Mapping[UUID, str]
    account_balances: Mapping[UUID, Decimal]
    member_balances: Mapping[tuple[UUID, UUID], Decimal]
    movements: Mapping[MovementKey, Movement]


class BookCheck:
    """The verification of one book, whose entries are given piece by piece, in the order of their numbers."""

    def __init__(self, state: BookState) -> None:
        self.state = state
        self._first: dict[FaultKind, int | None] = {}
        self._last_number = 0
        self._previous_hash = GENESIS
        self._account_sums: dict[UUID, Decimal] = {}
        self._member_sums: dict[tuple[UUID, UUID], Decimal] = {}
        self._movements: dict[MovementKey, Movement] = {}
        self._last_of_account: dict[UUID, int] = {}
        self._last_of_member: dict[tuple[UUID, UUID], int] = {}
        self._last_of_movement: dict[MovementKey, int] = {}

    def take(self, stored: StoredEntry) -> None:
        """Check what is kept under the next number."""
        if stored.entry is None:
            if stored.lines:
                self._found(FaultKind.NUMBER_MISSING, stored.number)
        else:
            self._check_entry(stored, stored.entry)
        self._sum_lines(stored)
        self._check_contributions(stored)

    def faults(self) -> tuple[Fault, ...]:
        """What was found, one of each kind at most, once every number was taken; nothing for a sound book."""
        state = self.state
        if (state.entries_count, state.head_hash) != (self._last_number, self._previous_hash):
            self._found(FaultKind.HEAD_DIFFERS, state.entries_count)
        none, nothing = Decimal(0), Movement(Decimal(0), 0)
        self._compare(
            FaultKind.ACCOUNT_BALANCE, state.account_balances, self._account_sums, none, self._last_of_account
        )
        self._compare(FaultKind.MEMBER_BALANCE, state.member_balances, self._member_sums, none, self._last_of_member)
        self._compare(FaultKind.MOVEMENT, state.movements, self._movements, nothing, self._last_of_movement)
        return tuple(Fault(kind, self._first[kind]) for kind in FaultKind if kind in self._first)

    def _compare(
        self, kind: FaultKind, kept: Mapping[Key, Sum], sums: Mapping[Key, Sum], nothing: Sum, last: Mapping[Key, int]
    ) -> None:
        differing = [key for key in kept.keys() | sums.keys() if kept.get(key, nothing) != sums.get(key, nothing)]
        if differing:
            self._found(kind, max((last[key] for key in differing if key in last), default=None))

    def _found(self, kind: FaultKind, number: int | None) -> None:
        self._first.setdefault(kind, number)

    def _check_entry(self, stored: StoredEntry, entry: ChainedEntry) -> None:
        if stored.number != self._last_number + 1:
            self._found(FaultKind.NUMBER_MISSING, self._last_number + 1)
        if not _is_balanced(stored.lines, self.state.base_currency):
            self._found(FaultKind.UNBALANCED, stored.number)
        if stored.hash != _recomputed(entry, self._previous_hash):
            self._found(FaultKind.HASH_BROKEN, stored.number)
        if stored.member_id is not None and all(line.member_id != stored.member_id for line in stored.lines):
            self._found(FaultKind.ENTRY_MEMBER, stored.number)
        self._last_number = stored.number
        # The stored hash goes on, so that one bad entry does not hide that the next fits what stands before it.
        self._previous_hash = stored.hash

    def _sum_lines(self, stored: StoredEntry) -> None:
        for line, after in zip(stored.lines, stored.after, strict=True):
            total = self._account_sums.get(line.account_id, Decimal(0)) + line.amount
            self._account_sums[line.account_id] = total
            self._last_of_account[line.account_id] = stored.number
            if total != after.account:
                self._found(FaultKind.ACCOUNT_BALANCE_AFTER, stored.number)
            if line.member_id is not None:
                key = (line.account_id, line.member_id)
                held = self._member_sums.get(key, Decimal(0)) + line.amount
                self._member_sums[key] = held
                self._last_of_member[key] = stored.number
                if held != after.member:
                    self._found(FaultKind.MEMBER_BALANCE_AFTER, stored.number)
            if stored.entry is not None:
                self._move(stored.entry, line)

    def _move(self, entry: ChainedEntry, line: ChainedLine) -> None:
        key = (entry.effective_on, entry.meeting_id, entry.kind, line.account_id)
        before = self._movements.get(key, Movement(Decimal(0), 0))
        self._movements[key] = Movement(before.amount + line.amount, before.lines_count + 1)
        self._last_of_movement[key] = entry.number

    def _check_contributions(self, stored: StoredEntry) -> None:
        entry = stored.entry
        is_due = entry is not None and entry.reverses_id is None and entry.kind in _CONTRIBUTED.values()
        if len(stored.contributions) != is_due or any(
            not self._agrees(contribution, stored) for contribution in stored.contributions
        ):
            self._found(FaultKind.CONTRIBUTION, stored.number)

    def _agrees(self, contribution: StoredContribution, stored: StoredEntry) -> bool:
        entry = stored.entry
        paid_in = any(
            line.amount == contribution.amount and self.state.places.get(line.account_id) == contribution.place
            for line in stored.lines
        )
        credited = any(
            (line.member_id, line.amount, line.currency)
            == (contribution.member_id, -contribution.amount, contribution.currency)
            for line in stored.lines
        )
        return (
            entry is not None
            and (entry.id, entry.meeting_id) == (contribution.id, contribution.meeting_id)
            and entry.kind == _CONTRIBUTED.get(contribution.kind)
            and paid_in
            and credited
        )


def _is_balanced(lines: tuple[ChainedLine, ...], base_currency: str) -> bool:
    # A book has one currency so far, so that the amounts are one sum.
    return (
        len(lines) >= LINES_MIN
        and all(line.currency == base_currency for line in lines)
        and sum(line.amount for line in lines) == 0
        and sum(line.base_amount for line in lines) == 0
    )


def _recomputed(entry: ChainedEntry, previous_hash: bytes) -> bytes | None:
    try:
        return entry_hash(entry, previous_hash)
    except ValueError:
        # What the specification has no bytes for cannot have been posted.
        return None
