"""Taking an entry back: its mirror image is posted, once, and both stay in the book."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.ledger.chart import AccountIsClosed
from domain.ledger.events import reversal
from domain.ledger.postings import MemberBalanceTooSmall, MemberSharesTooFew, PeriodClosed, Posting
from domain.ledger.recording import (
    BALANCE_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    EntryCommand,
    begin_entry,
    post_entry,
    typed_voucher,
)
from domain.policy import KINDS_TO_APPROVE, LOAN_KINDS, AccessDenied, Action, Resource, may_post
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "EntryAlreadyReversed",
    "EntryIsReversal",
    "EntryNotFound",
    "EntryOfLoan",
    "ReversalBeforeEntry",
    "ReversalNeedsApproval",
    "ReverseEntry",
    "check_reversal",
    "reverse_entry",
]


@dataclass(eq=False)
class EntryNotFound(DomainError):
    """The book has no such entry."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group's book has no such entry: check the entry's id."


@dataclass(eq=False)
class EntryAlreadyReversed(DomainError):
    """The entry was taken back before."""

    code = ErrorCode.CONFLICT

    reversed_by: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Entry {self.reversed_by} took this one back already: record anew what should stand."


@dataclass(eq=False)
class EntryIsReversal(DomainError):
    """The entry takes another back itself."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This entry takes another back and is not taken back itself: record anew what should stand."


@dataclass(eq=False)
class EntryOfLoan(DomainError):
    """The entry belongs to a loan, whose own records say the same."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "This entry belongs to a loan: take back the step or the payment at the loan, so that both stay the same."
        )


@dataclass(eq=False)
class ReversalBeforeEntry(DomainError):
    """The reversal would count for a day before the entry that it takes back."""

    code = ErrorCode.NOT_ALLOWED

    earliest_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The entry counts for {self.earliest_on}: take it back for that day or a later one."


@dataclass(eq=False)
class ReversalNeedsApproval(DomainError):
    """One officer would take back what two approved."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "Two officers stand behind this entry, so two take it back: keep the reversal as a draft, "
            "and let another officer post it."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseEntry(EntryCommand):
    """The wish to take an entry back.

    Attributes:
        entry_id: The entry.
        meeting_id: The open meeting that corrects it, which need not be the one that it belongs to.
        is_draft: Whether it waits for a second officer to post it, as it must where a second officer posted the entry.
    """

    entry_id: UUID
    reason: str
    is_draft: bool = False


@service(
    "entryReverse",
    needs=((Resource.VOUCHER, Action.CREATE),),
    raises=(
        EntryNotFound,
        EntryIsReversal,
        EntryAlreadyReversed,
        EntryOfLoan,
        ReversalNeedsApproval,
        ReversalBeforeEntry,
        *PLACING_ERRORS,
        AccountIsClosed,
        MemberBalanceTooSmall,
        MemberSharesTooFew,
        *BALANCE_ERRORS,
        *TEXT_ERRORS,
    ),
)
async def reverse_entry(work: UnitOfWork, command: ReverseEntry) -> Outcome:
    """Take an entry back. Whoever may post an entry of a kind may take one back, as long as what it moved is there.

    What two officers had to approve is taken back by two: one drafts the reversal, another posts it. Any other reversal
    may be drafted as well.

    Raises:
        AccessDenied: The viewer may not post entries of this kind.
    """
    with faults_at("entryId"):
        original = await _to_reverse(work, command)
    if original.kind in KINDS_TO_APPROVE and not command.is_draft:
        raise ReversalNeedsApproval(path=("isDraft",))
    _, booking = await begin_entry(work, command, typed_voucher(command.reason, "reason"))
    if booking.on < original.effective_on:
        # A meeting may be dated tomorrow; what it recorded can be taken back today.
        if command.on is not None or command.meeting_id is not None:
            path = "on" if command.meeting_id is None else "meetingId"
            raise ReversalBeforeEntry(original.effective_on, path=(path,))
        booking = replace(booking, on=original.effective_on)
    posting = reversal(booking, original)
    if not command.is_draft:
        return await post_entry(work, command, posting, money="entryId")
    closed_through = await work.periods.closed_through(command.group_id)
    if posting.effective_on <= closed_through:
        raise PeriodClosed(closed_through, path=("on" if command.meeting_id is None else "meetingId",))
    await work.drafts.keep(command.group_id, posting)
    return command.expected_outcome()


async def _to_reverse(work: UnitOfWork, command: ReverseEntry) -> Posting:
    """The entry to be taken back, once it is sure that it can be."""
    found = await work.journal.entry(command.group_id, command.entry_id)
    if found is None:
        raise EntryNotFound
    original = found.posting
    if not may_post(work.viewer, original.kind, command.group_id):
        raise AccessDenied(Resource.ENTRY, Action.CREATE)
    if original.kind in LOAN_KINDS:
        raise EntryOfLoan
    if original.reverses_id is not None:
        raise EntryIsReversal
    if found.reversed_by is not None:
        raise EntryAlreadyReversed(found.reversed_by)
    accounts = await work.accounts.find(command.group_id, {line.account_id for line in original.lines})
    if any(account.is_closed for account in accounts.values()):
        raise AccountIsClosed
    return original


async def check_reversal(work: UnitOfWork, group_id: UUID, posting: Posting) -> None:
    """Raise EntryAlreadyReversed if what a drafted reversal takes back was taken back meanwhile."""
    if posting.reverses_id is None:
        return
    found = await work.journal.entry(group_id, posting.reverses_id)
    if found is not None and found.reversed_by is not None:
        raise EntryAlreadyReversed(found.reversed_by)
