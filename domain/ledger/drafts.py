"""Drafts: entries that wait for a second officer, who posts them exactly as they stand or discards them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode
from domain.groups import Group
from domain.ledger.events import Booking
from domain.ledger.postings import MemberSharesTooFew, PeriodClosed, Posting, Voucher
from domain.ledger.recording import PLACING_ERRORS, TEXT_ERRORS, EntryCommand, entry_date
from domain.service import IdAlreadyUsed, Outcome

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "DRAFTING_ERRORS",
    "Draft",
    "DraftDecided",
    "DraftNotFound",
    "DraftStatus",
    "DraftStore",
    "DraftedByYourself",
    "NewDraft",
    "check_shares",
    "place_draft",
]


class DraftStatus(StrEnum):
    """Where a draft is: waiting, posted, or laid aside."""

    OPEN = "OPEN"
    POSTED = "POSTED"
    DISCARDED = "DISCARDED"


@dataclass(eq=False)
class DraftNotFound(DomainError):
    """The group has no such draft."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such draft: check the draft's id."


@dataclass(eq=False)
class DraftDecided(DomainError):
    """The draft was posted or discarded.

    Attributes:
        how: POSTED or DISCARDED.
    """

    code = ErrorCode.NOT_ALLOWED
    is_of_state = True

    how: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.how == DraftStatus.POSTED:
            return "This draft was posted: if it was wrong, reverse its entry."
        return "This draft was discarded: draft the entry anew if it is still wanted."


@dataclass(eq=False)
class DraftedByYourself(DomainError):
    """Who drafted an entry would post it."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "You drafted or revised this entry yourself: another officer has to look at it and post it."


DRAFTING_ERRORS = (*PLACING_ERRORS, *TEXT_ERRORS)
"""What may be wrong with where any draft goes, and with its words."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that waits for a second officer, or did.

    Attributes:
        posting: The entry as it stands, with its words; it has the draft's id.
        status: Where the draft is.
        drafted_by: The user who drafted it, or revised it last.
        version: Counted from 1.
    """

    posting: Posting
    status: DraftStatus
    drafted_by: UUID
    version: int


class DraftStore(Protocol):
    """Where drafts are kept, and what they are checked against."""

    async def find(self, group_id: UUID, draft_id: UUID) -> Draft | None:
        """The draft, decided or not."""

    async def keep(self, group_id: UUID, posting: Posting) -> None:
        """Keep an entry with its words, under its own id, until a second officer decides; the viewer is its drafter."""

    async def revise(self, group_id: UUID, posting: Posting) -> None:
        """Put another entry in the place of an open draft's with the same id; the viewer becomes its drafter."""

    async def decide(self, group_id: UUID, draft_id: UUID, status: DraftStatus) -> None:
        """Mark an open draft as discarded, or, once its entry is posted, as posted."""

    async def members(self, group_id: UUID, member_ids: Collection[UUID], *, only_active: bool) -> frozenset[UUID]:
        """Those of the members that the group has, or ever had."""

    async def shares(self, group_id: UUID, member_id: UUID, account_id: UUID) -> int:
        """How many shares of the account a member holds."""

    async def book_is_empty(self, group_id: UUID) -> bool:
        """Whether nothing was ever posted."""


class NewDraft:
    """What the commands that draft an entry have in common."""

    __slots__ = ()

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None
    on: date | None

    def entry_command(self, meeting_id: UUID | None = None) -> EntryCommand:
        """Where the entry is to go: into the meeting, or to its own date."""
        return EntryCommand(
            group_id=self.group_id,
            idempotency_key=self.idempotency_key,
            id=self.id,
            meeting_id=meeting_id,
            on=self.on,
        )

    @property
    def draft_id(self) -> UUID:
        """The id of the draft and of its entry: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.draft_id)


async def place_draft(
    work: UnitOfWork, where: EntryCommand, voucher: Voucher, *, is_new: bool
) -> tuple[Group, Booking]:
    """The group, and where the entry of a draft goes.

    Raises:
        MeetingNotFound: The group has no such meeting.
        MeetingClosed: It is closed.
        MeetingNotOpen: It is planned, or confirmed.
        DateInFuture: The date has not come yet.
        DateNotOfMeeting: It is not the date of the meeting.
        PeriodClosed: It lies in a closed period.
        IdAlreadyUsed: The id of a new draft stands for an entry or a draft.
    """
    facts = await work.journal.facts(where.group_id, where.meeting_id, where.record_id)
    if is_new and facts.is_known:
        raise IdAlreadyUsed(path=("id",))
    on = entry_date(where, facts.meeting, local_date(work.now, facts.group.time_zone))
    closed_through = await work.periods.closed_through(where.group_id)
    if on <= closed_through:
        field = "on" if where.meeting_id is None else "meetingId"
        raise PeriodClosed(closed_through, path=(field,))
    booking = Booking(
        entry_id=where.record_id, group_id=where.group_id, on=on, meeting_id=where.meeting_id, voucher=voucher
    )
    return facts.group, booking


async def check_shares(work: UnitOfWork, group_id: UUID, posting: Posting) -> None:
    """Raise MemberSharesTooFew if the entry takes more shares from a member than she holds."""
    gained: dict[tuple[UUID, UUID], int] = {}
    for line in posting.lines:
        if line.member_id is not None and line.shares is not None:
            key = (line.member_id, line.account_id)
            gained[key] = gained.get(key, 0) + line.shares
    for (member_id, account_id), shares in gained.items():
        if shares < 0:
            held = await work.drafts.shares(group_id, member_id, account_id)
            if held + shares < 0:
                raise MemberSharesTooFew(-(held + shares))
