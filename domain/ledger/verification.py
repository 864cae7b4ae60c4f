"""Verifies a book: recomputes from its entries everything that the book says of itself.

The database has functions of its own for this (`ledger.find_faults`). Here the same is worked out a second time, from
the rows alone and sharing nothing with them, so that a mistake in one shows as a difference between the two.

The entries come one by one, in the order of their numbers. In memory are only sums (by account, by member, by day) and
what later entries refer back to, so that a book may have any length: the time grows with its lines, and with nothing
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from domain.ledger.accounts import Side
from domain.ledger.beside import approval_holds, contribution_agrees, holds_fault, stands_apart
from domain.ledger.chain import GENESIS, ChainedEntry, entry_hash
from domain.ledger.lent import PrincipalSums
from domain.ledger.settings import is_as_opened
from domain.ledger.shapes import LOAN_CLASSES, SHAPES, Shape, Stroke, account_class
from domain.ledger.stored import (
    NO_CLOSING,
    BookState,
    Fault,
    FaultKind,
    Movement,
    MovementKey,
    StoredEntry,
    StoredHold,
    StoredLine,
)
from domain.policy import KINDS_TO_APPROVE, EntryKind

__all__ = ["BookCheck"]

LINES_MIN = 2

_ABOUT_MANY = {EntryKind.MANUAL_ENTRY, EntryKind.OPENING_BALANCES}
"""Kinds of entry that name several members and are about none; every other that names a member is about her alone."""

_SHAPES = {kind.value: frozenset(shapes) for kind, shapes in SHAPES.items()}

Key = TypeVar("Key")
Sum = TypeVar("Sum")

_MemberKey = tuple[UUID, UUID]
"""An account and a member."""


class BookCheck:
    """The verification of one book, whose entries are given piece by piece, in the order of their numbers."""

    def __init__(self, state: BookState) -> None:
        self.state = state
        self._faults: dict[FaultKind, int | None] = {}
        self._last_number = 0
        self._previous_hash = GENESIS
        self._account_sums: dict[UUID, Decimal] = {}
        self._member_sums: dict[_MemberKey, Decimal] = {}
        self._share_sums: dict[_MemberKey, int] = {}
        self._movements: dict[MovementKey, Movement] = {}
        self._last_of_account: dict[UUID, int] = {}
        self._last_of_member: dict[_MemberKey, int] = {}
        self._last_of_movement: dict[MovementKey, int] = {}
        self._to_be_reversed: dict[UUID, StoredEntry] = {}
        self._used_by: dict[UUID, list[StoredHold]] = {}
        for hold in state.holds:
            if hold.entry_id is not None:
                self._used_by.setdefault(hold.entry_id, []).append(hold)
        self._principal = PrincipalSums(state)
        self._closings_passed = 0
        self._closed_through = NO_CLOSING

    def take(self, stored: StoredEntry) -> None:
        """Check what is kept under the next number; 0 for what stands beside no entry."""
        if stored.entry is None:
            if stored.lines:
                self._found(FaultKind.NUMBER_MISSING, stored.number)
        else:
            self._pass_closings(stored.number)
            self._check_entry(stored, stored.entry)
            self._check_reversal(stored, stored.entry)
            self._take_holds(stored, stored.entry)
        self._principal.take(stored)
        for line in stored.lines:
            self._check_account(line, stored.number)
            self._sum_line(stored, line)
        if not contribution_agrees(stored, self.state.accounts):
            self._found(FaultKind.CONTRIBUTION, stored.number)
        if stands_apart(stored):
            self._found(FaultKind.VOUCHER, stored.number or None)
        if not approval_holds(stored):
            self._found(FaultKind.DRAFT, stored.number or None)

    def faults(self) -> tuple[Fault, ...]:
        """What was found, one of each kind at most, once every number was taken; nothing for a sound book."""
        state = self.state
        self._pass_closings(None)
        if (state.entries_count, state.head_hash) != (self._last_number, self._previous_hash):
            self._found(FaultKind.HEAD_DIFFERS, state.entries_count)
        if state.closed_through != max((closing.closed_through for closing in state.closings), default=NO_CLOSING):
            self._found(FaultKind.CLOSING, None)
        none, nothing = Decimal(0), Movement(Decimal(0), 0)
        balances = {key: row.balance for key, row in state.member_balances.items()}
        shares = {key: row.shares for key, row in state.member_balances.items()}
        kept = {account: row.balance for account, row in state.account_balances.items()}
        self._compare(FaultKind.ACCOUNT_BALANCE, kept, self._account_sums, none, self._last_of_account)
        self._compare(FaultKind.MEMBER_BALANCE, balances, self._member_sums, none, self._last_of_member)
        self._compare(FaultKind.MEMBER_SHARES, shares, self._share_sums, 0, self._last_of_member)
        self._compare(FaultKind.MOVEMENT, state.movements, self._movements, nothing, self._last_of_movement)
        principal = self._principal
        self._compare(FaultKind.LOAN_PRINCIPAL, principal.owed, principal.booked, none, principal.last)
        if any(self._is_misplaced(account) for account in state.accounts):
            self._found(FaultKind.ACCOUNT, None)
        if self._used_by or holds_fault(state):
            self._found(FaultKind.HOLD, None)
        return tuple(Fault(kind, self._faults[kind]) for kind in FaultKind if kind in self._faults)

    def _compare(
        self, kind: FaultKind, kept: Mapping[Key, Sum], sums: Mapping[Key, Sum], nothing: Sum, last: Mapping[Key, int]
    ) -> None:
        differing = [key for key in kept.keys() | sums.keys() if kept.get(key, nothing) != sums.get(key, nothing)]
        if differing:
            self._found(kind, max((last[key] for key in differing if key in last), default=None))

    def _found(self, kind: FaultKind, number: int | None) -> None:
        # Numbers come in ascending order, so that the first is the least.
        if self._faults.get(kind) is None:
            self._faults[kind] = number

    def _check_entry(self, stored: StoredEntry, entry: ChainedEntry) -> None:
        lines = stored.lines
        if stored.number != self._last_number + 1:
            self._found(FaultKind.NUMBER_MISSING, self._last_number + 1)
        elif [line.number for line in lines] != list(range(1, len(lines) + 1)):
            self._found(FaultKind.NUMBER_MISSING, stored.number)
        if not _is_balanced(lines, self.state.base_currency):
            self._found(FaultKind.UNBALANCED, stored.number)
        if stored.hash != _recomputed(entry, self._previous_hash):
            self._found(FaultKind.HASH_BROKEN, stored.number)
        if not _is_about_its_member(stored, entry):
            self._found(FaultKind.ENTRY_MEMBER, stored.number)
        if not self._is_in_shape(stored, entry):
            self._found(FaultKind.SHAPE, stored.number)
        if any((line.kind, line.effective_on) != (entry.kind, entry.effective_on) for line in lines):
            self._found(FaultKind.LINE_DIFFERS, stored.number)
        if entry.effective_on <= self._closed_through:
            self._found(FaultKind.CLOSING, stored.number)
        self._last_number = stored.number
        # The stored hash goes on, so that one bad entry does not hide that the next fits what stands before it.
        self._previous_hash = stored.hash

    def _is_in_shape(self, stored: StoredEntry, entry: ChainedEntry) -> bool:
        """Whether the entry moves what entries of its kind move; a reversal does if what it mirrors does."""
        if entry.reverses_id is not None or entry.kind == EntryKind.OPENING_BALANCES:
            return True
        if entry.kind in KINDS_TO_APPROVE:
            return all(self._stroke(line).account not in LOAN_CLASSES for line in stored.lines)
        debits, credits_ = [
            tuple(self._stroke(line) for line in stored.lines if line.chained.amount * sign > 0) for sign in (1, -1)
        ]
        return Shape(debits, credits_) in _SHAPES.get(entry.kind, ())

    def _stroke(self, line: StoredLine) -> Stroke:
        names_member = line.chained.member_id is not None
        account = self.state.accounts.get(line.chained.account_id)
        if account is None:
            return Stroke("", names_member)
        is_of = account_class(code=account.code, account_type=account.type, fund=account.fund, place=account.place)
        return Stroke(is_of, names_member)

    def _check_reversal(self, stored: StoredEntry, entry: ChainedEntry) -> None:
        if entry.id in self.state.reversed_ids:
            self._to_be_reversed[entry.id] = stored
        if entry.reverses_id is None:
            return
        original = self._to_be_reversed.get(entry.reverses_id)
        if original is None or not _is_mirror(stored, original):
            self._found(FaultKind.REVERSAL, stored.number)

    def _take_holds(self, stored: StoredEntry, entry: ChainedEntry) -> None:
        """Strike off the holds that the entry could have used: it is not older, and takes money from their account."""
        if entry.id in self._used_by:
            drawn_on = {line.chained.account_id for line in stored.lines if line.chained.amount < 0}
            if all(hold.account_id in drawn_on and _is_before(hold, entry) for hold in self._used_by[entry.id]):
                del self._used_by[entry.id]

    def _pass_closings(self, number: int | None) -> None:
        """Close what was closed before the entry of this number was booked; None for what was closed last."""
        closings = self.state.closings
        while self._closings_passed < len(closings):
            closing = closings[self._closings_passed]
            if number is not None and closing.entry_number >= number:
                return
            head = (self._last_number, self._previous_hash)
            is_later = closing.closed_through > self._closed_through
            if (closing.entry_number, closing.entry_hash) != head or not is_later:
                self._found(FaultKind.CLOSING, closing.entry_number)
            self._closed_through = max(self._closed_through, closing.closed_through)
            self._closings_passed += 1

    def _check_account(self, line: StoredLine, number: int) -> None:
        account, chained = self.state.accounts.get(line.chained.account_id), line.chained
        if (
            account is None
            or not account.is_postable
            or account.currency != chained.currency
            or (account.needs_member and chained.member_id is None)
            or account.counts_shares is not (chained.shares is not None)
        ):
            self._found(FaultKind.ACCOUNT, number)

    def _is_misplaced(self, account_id: UUID) -> bool:
        """Whether an account could not have been opened as it is, or closed."""
        state = self.state
        account, balance = state.accounts[account_id], state.account_balances.get(account_id)
        if account.currency != state.base_currency or account.is_postable is not (balance is not None):
            return True
        parent = None if account.parent_id is None else state.accounts.get(account.parent_id)
        if account.parent_id is not None and (parent is None or parent.is_postable or parent.type != account.type):
            return True
        if not is_as_opened(account, parent):
            return True
        if not account.is_closed:
            return False
        return (balance is not None and (balance.balance != 0 or balance.held != 0)) or any(
            row.balance != 0 for (held_on, _), row in state.member_balances.items() if held_on == account_id
        )

    def _sum_line(self, stored: StoredEntry, line: StoredLine) -> None:
        chained = line.chained
        account_id, member_id = chained.account_id, chained.member_id
        total = self._account_sums.get(account_id, Decimal(0)) + chained.amount
        self._account_sums[account_id] = total
        self._last_of_account[account_id] = stored.number
        if total != line.account_balance_after:
            self._found(FaultKind.ACCOUNT_BALANCE_AFTER, stored.number)
        held = None if member_id is None else self._sum_member(stored.number, line, (account_id, member_id))
        if held != line.member_balance_after:
            self._found(FaultKind.MEMBER_BALANCE_AFTER, stored.number)
        if stored.entry is not None:
            self._move(stored.entry, line)

    def _sum_member(self, number: int, line: StoredLine, key: _MemberKey) -> Decimal:
        held = self._member_sums.get(key, Decimal(0)) + line.chained.amount
        self._member_sums[key] = held
        shares = self._share_sums.get(key, 0) + (line.chained.shares or 0)
        self._share_sums[key] = shares
        self._last_of_member[key] = number
        account = self.state.accounts.get(key[0])
        side = None if account is None else account.member_side
        if shares < 0 or (side == Side.DEBIT and held < 0) or (side == Side.CREDIT and held > 0):
            self._found(FaultKind.MEMBER_SIDE, number)
        return held

    def _move(self, entry: ChainedEntry, line: StoredLine) -> None:
        key = (entry.effective_on, entry.meeting_id, entry.kind, line.chained.account_id)
        before = self._movements.get(key)
        amount = line.chained.amount
        self._movements[key] = (
            Movement(amount, 1) if before is None else Movement(before.amount + amount, before.lines_count + 1)
        )
        self._last_of_movement[key] = entry.number


def _is_before(hold: StoredHold, entry: ChainedEntry) -> bool:
    # A moment without a zone stands for one without end, which nothing happened at.
    if hold.placed_at.tzinfo is None or entry.booked_at.tzinfo is None:
        return False
    return hold.placed_at <= entry.booked_at


def _is_balanced(lines: tuple[StoredLine, ...], base_currency: str) -> bool:
    # A book has one currency so far, so that the amounts are one sum.
    return (
        len(lines) >= LINES_MIN
        and all(line.chained.currency == base_currency for line in lines)
        and sum(line.chained.amount for line in lines) == 0
        and sum(line.chained.base_amount for line in lines) == 0
    )


def _is_about_its_member(stored: StoredEntry, entry: ChainedEntry) -> bool:
    """Whether the member to whom an entry is shown is the one of its lines, which alone are hashed."""
    named = {line.chained.member_id for line in stored.lines} - {None}
    about = {stored.member_id} - {None}
    return about <= named if entry.kind in _ABOUT_MANY else about == named


def _is_mirror(reversing: StoredEntry, original: StoredEntry) -> bool:
    first, second = original.entry, reversing.entry
    if first is None or second is None or first.reverses_id is not None:
        return False
    if (first.kind, original.member_id) != (second.kind, reversing.member_id):
        return False
    return [_key(line, 1) for line in original.lines] == [_key(line, -1) for line in reversing.lines]


def _key(line: StoredLine, sign: int) -> tuple[object, ...]:
    of = line.chained
    shares = None if of.shares is None else sign * of.shares
    return of.account_id, of.member_id, of.currency, sign * of.amount, sign * of.base_amount, shares


def _recomputed(entry: ChainedEntry, previous_hash: bytes) -> bytes | None:
    try:
        return entry_hash(entry, previous_hash)
    except ValueError:
        # What the specification has no bytes for cannot have been posted.
        return None
