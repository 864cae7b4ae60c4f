"""What becomes of a draft: revised, posted by another officer, or discarded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.ledger.adjusting import ADJUSTMENT_ERRORS, AdjustmentContent, adjustment_posting, check_adjustment
from domain.ledger.chart import AccountIsClosed
from domain.ledger.drafts import (
    Draft,
    DraftDecided,
    DraftedByYourself,
    DraftNotFound,
    DraftStatus,
    check_shares,
)
from domain.ledger.manual import MANUAL_ERRORS, EntryContent, manual_posting
from domain.ledger.opening import OPENING_ERRORS, BookNotEmpty, OpeningContent, check_book_empty, opening_posting
from domain.ledger.postings import (
    AboveMaximum,
    BelowMinimum,
    MemberBalanceTooSmall,
    MemberSharesTooFew,
    PeriodClosed,
    Posting,
)
from domain.ledger.recording import EntryCommand
from domain.ledger.reversing import EntryAlreadyReversed, check_reversal
from domain.meetings.records import OPENNESS_ERRORS, VersionStale, check_open
from domain.money import AmountTooLarge
from domain.policy import AccessDenied, Action, EntryKind, Resource, may_post
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "DiscardDraft",
    "DraftOfOtherKind",
    "DraftOfReversal",
    "PostDraft",
    "ReviseDraft",
    "draft_discard",
    "draft_post",
    "draft_revise",
]


@dataclass(eq=False)
class DraftOfOtherKind(DomainError):
    """The content given is not that of the draft's kind, or there is none, or more than one."""

    code = ErrorCode.CONFLICT

    kind: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"A draft stays of its kind, here {self.kind}: give the content of that kind and no other; "
            "where there is none for it, discard the draft and record the event anew."
        )


@dataclass(eq=False)
class DraftOfReversal(DomainError):
    """The draft takes an entry back, which leaves nothing to be written otherwise."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This draft takes an entry back, just as it was posted: discard the draft, and draft the reversal anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    group_id: UUID
    idempotency_key: UUID
    draft_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.draft_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDraft(_Decision):
    """The wish to post a draft as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardDraft(_Decision):
    """The wish to lay a draft aside for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseDraft(_Decision):
    """The wish to write a draft anew: the content of its own kind, whole."""

    entry: EntryContent | None = None
    adjustment: AdjustmentContent | None = None
    opening_balances: OpeningContent | None = None


_DECISION_ERRORS = (DraftNotFound, DraftDecided, VersionStale)


@service(
    "draftPost",
    needs=((Resource.DRAFT, Action.UPDATE), (Resource.VOUCHER, Action.CREATE)),
    raises=(
        *_DECISION_ERRORS,
        DraftedByYourself,
        *OPENNESS_ERRORS,
        PeriodClosed,
        AccountIsClosed,
        BookNotEmpty,
        EntryAlreadyReversed,
        BelowMinimum,
        AboveMaximum,
        MemberBalanceTooSmall,
        MemberSharesTooFew,
        AmountTooLarge,
    ),
)
async def draft_post(work: UnitOfWork, command: PostDraft) -> Outcome:
    """Post a draft exactly as it stands, as an officer other than the one who drafted it."""
    draft = await _open_draft(work, command)
    posting = draft.posting
    if not may_post(work.viewer, posting.kind, command.group_id):
        raise AccessDenied(Resource.ENTRY, Action.CREATE)
    with faults_at("draftId"):
        if draft.drafted_by == work.viewer.user_id:
            raise DraftedByYourself
        await _check_still_fits(work, command.group_id, posting)
        await work.ledger.post(command.group_id, command.idempotency_key, [posting])
    await work.drafts.decide(command.group_id, posting.id, DraftStatus.POSTED)
    return Outcome(id=posting.id)


@service("draftDiscard", needs=((Resource.DRAFT, Action.UPDATE),), raises=_DECISION_ERRORS)
async def draft_discard(work: UnitOfWork, command: DiscardDraft) -> Outcome:
    """Lay a draft aside for good; it stays to be read."""
    draft = await _open_draft(work, command)
    await work.drafts.decide(command.group_id, draft.posting.id, DraftStatus.DISCARDED)
    return Outcome(id=draft.posting.id)


@service(
    "draftRevise",
    needs=((Resource.DRAFT, Action.UPDATE),),
    raises=tuple(
        dict.fromkeys(
            (*_DECISION_ERRORS, DraftOfReversal, DraftOfOtherKind, *MANUAL_ERRORS, *ADJUSTMENT_ERRORS, *OPENING_ERRORS),
        )
    ),
)
async def draft_revise(work: UnitOfWork, command: ReviseDraft) -> Outcome:
    """Write a draft anew. Whoever does is its drafter from then on, and so cannot post it."""
    draft = await _open_draft(work, command)
    if draft.posting.reverses_id is not None:
        raise DraftOfReversal(path=("draftId",))
    await work.drafts.revise(command.group_id, await _revised(work, command, draft))
    return Outcome(id=draft.posting.id)


async def _open_draft(work: UnitOfWork, command: _Decision) -> Draft:
    draft = await work.drafts.find(command.group_id, command.draft_id)
    with faults_at("draftId"):
        if draft is None:
            raise DraftNotFound
        if draft.status is not DraftStatus.OPEN:
            raise DraftDecided(draft.status.value)
    if draft.version != command.expected_version:
        raise VersionStale(draft.version, path=("expectedVersion",))
    return draft


async def _check_still_fits(work: UnitOfWork, group_id: UUID, posting: Posting) -> None:
    """What was right when it was drafted may not be any more; what the book itself refuses is left to it."""
    if posting.meeting_id is not None:
        meeting = await work.meetings.find(group_id, posting.meeting_id)
        if meeting is not None:
            check_open(meeting)
    accounts = await work.accounts.find(group_id, {line.account_id for line in posting.lines})
    if any(account.is_closed for account in accounts.values()):
        raise AccountIsClosed
    await check_shares(work, group_id, posting)
    if posting.reverses_id is not None:
        await check_reversal(work, group_id, posting)
        return
    if posting.kind is EntryKind.OPENING_BALANCES:
        await check_book_empty(work, group_id)
    if posting.kind is EntryKind.ADJUSTMENT:
        await check_adjustment(work, await work.groups.get(group_id), posting)


async def _revised(work: UnitOfWork, command: ReviseDraft, draft: Draft) -> Posting:
    kind = draft.posting.kind
    contents: dict[EntryKind, object] = {
        EntryKind.MANUAL_ENTRY: command.entry,
        EntryKind.ADJUSTMENT: command.adjustment,
        EntryKind.OPENING_BALANCES: command.opening_balances,
    }
    if contents.get(kind) is None or sum(content is not None for content in contents.values()) != 1:
        raise DraftOfOtherKind(kind.value)
    if command.entry is not None:
        with faults_at("entry"):
            where = _where(command, command.entry)
            return await manual_posting(work, where, command.entry, is_new=False)
    if command.adjustment is not None:
        with faults_at("adjustment"):
            where = _where(command, command.adjustment)
            return await adjustment_posting(work, where, command.adjustment, is_new=False)
    if command.opening_balances is not None:
        with faults_at("openingBalances"):
            where = _where(command, command.opening_balances)
            return await opening_posting(work, where, command.opening_balances, is_new=False)
    raise DraftOfOtherKind(kind.value)


def _where(command: ReviseDraft, content: EntryContent | AdjustmentContent | OpeningContent) -> EntryCommand:
    return EntryCommand(
        group_id=command.group_id,
        idempotency_key=command.idempotency_key,
        id=command.draft_id,
        meeting_id=None if isinstance(content, OpeningContent) else content.meeting_id,
        on=content.on,
    )
