"""Whether what stands beside the entries of a book agrees with them: contributions, words, drafts, holds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from domain.ledger.accounts import Fund
from domain.ledger.stored import BookState, StoredAccount, StoredContribution, StoredDraft, StoredEntry
from domain.policy import KINDS_TO_APPROVE, EntryKind

__all__ = ["approval_holds", "contribution_agrees", "holds_fault", "stands_apart"]

_CONTRIBUTED: Mapping[str, tuple[EntryKind, Fund | None]] = {
    "SHARE": (EntryKind.SHARE_PURCHASE, Fund.LOAN_FUND),
    "SAVINGS": (EntryKind.SAVINGS_DEPOSIT, Fund.LOAN_FUND),
    "SOCIAL_FUND": (EntryKind.SOCIAL_FUND_CONTRIBUTION, Fund.SOCIAL_FUND),
    # What the group defines goes into the fund that its constitution names.
    "OTHER": (EntryKind.OTHER_CONTRIBUTION, None),
}
_UNKNOWN: tuple[EntryKind | None, Fund | None] = (None, None)
_CONTRIBUTED_KINDS = frozenset(kind.value for kind, _ in _CONTRIBUTED.values())
_TO_APPROVE = frozenset(kind.value for kind in KINDS_TO_APPROVE)

_POSTED = "POSTED"
_EXPIRED = "EXPIRED"


def contribution_agrees(stored: StoredEntry, accounts: Mapping[UUID, StoredAccount]) -> bool:
    """Whether an entry that is a member's contribution, and no other, has a contribution, which says the same."""
    entry = stored.entry
    is_due = entry is not None and entry.reverses_id is None and entry.kind in _CONTRIBUTED_KINDS
    return len(stored.contributions) == is_due and all(
        _agrees(contribution, stored, accounts) for contribution in stored.contributions
    )


def _agrees(contribution: StoredContribution, stored: StoredEntry, accounts: Mapping[UUID, StoredAccount]) -> bool:
    entry = stored.entry
    kind, fund = _CONTRIBUTED.get(contribution.kind, _UNKNOWN)
    paid_in = {
        (account.place, account.fund)
        for line in stored.lines
        if line.chained.amount == contribution.amount and (account := accounts.get(line.chained.account_id)) is not None
    }
    credited = (contribution.member_id, -contribution.amount, contribution.currency, contribution.shares)
    return (
        entry is not None
        and (entry.id, entry.meeting_id) == (contribution.id, contribution.meeting_id)
        and (entry.kind, entry.actor_id) == (kind, contribution.recorded_by)
        and any(contribution.place == place and fund in (None, paid) for place, paid in paid_in)
        and any(
            (line.chained.member_id, line.chained.amount, line.chained.currency, line.chained.shares) == credited
            for line in stored.lines
        )
    )


def stands_apart(stored: StoredEntry) -> bool:
    """Whether words stand beside no entry, or are shown to another member than it."""
    return any(stored.entry is None or member_id != stored.member_id for member_id in stored.voucher_members)


def approval_holds(stored: StoredEntry) -> bool:
    """Whether an entry that was drafted is as it was drafted, and one that needs a draft has one."""
    entry = stored.entry
    needs_one = entry is not None and entry.kind in _TO_APPROVE
    if needs_one and not stored.drafts:
        return False
    return all(_was_posted(draft, stored) for draft in stored.drafts)


def _was_posted(draft: StoredDraft, stored: StoredEntry) -> bool:
    entry = stored.entry
    lines = tuple(
        (line.chained.account_id, line.chained.member_id, line.chained.amount, line.chained.shares)
        for line in stored.lines
    )
    return (
        entry is not None
        and draft.status == _POSTED
        and (draft.kind, draft.effective_on, draft.meeting_id) == (entry.kind, entry.effective_on, entry.meeting_id)
        and (draft.member_id, draft.reverses_id) == (stored.member_id, entry.reverses_id)
        and draft.lines == lines
        and draft.decided_by == entry.actor_id
        and draft.drafted_by != entry.actor_id
    )


def holds_fault(state: BookState) -> bool:
    """Whether what is held on an account is not the sum of its open holds, or nobody ended one that is over."""
    open_sums: dict[UUID, Decimal] = {}
    for hold in state.holds:
        if hold.outcome is None:
            open_sums[hold.account_id] = open_sums.get(hold.account_id, Decimal(0)) + hold.amount
        # Time ends a hold that expires; somebody ends every other.
        if (hold.ended_by is not None) is not (hold.outcome not in (None, _EXPIRED)):
            return True
    held = {account: row.held for account, row in state.account_balances.items()}
    return any(
        held.get(account, Decimal(0)) != open_sums.get(account, Decimal(0)) for account in held.keys() | open_sums
    )
