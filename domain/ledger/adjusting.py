"""Adjustments: what a member has, or owes, is put right, once two officers agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import faults_at
from domain.groups import Group
from domain.ledger.accounts import FINES_OWED, MEMBER_SAVINGS, SOCIAL_FUND, SOCIAL_FUND_GRANTS, Side, account_id
from domain.ledger.drafts import DRAFTING_ERRORS, NewDraft, place_draft
from domain.ledger.events import adjustment
from domain.ledger.postings import MemberBalanceTooSmall, Posting
from domain.ledger.recording import EntryCommand, typed_payment, typed_voucher
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise
from domain.policy import Action, Resource
from domain.savings.standings import MemberNotInGroup
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "ADJUSTMENT_ERRORS",
    "AdjustableBalance",
    "AdjustmentContent",
    "AdjustmentDirection",
    "DraftAdjustment",
    "adjustment_posting",
    "check_adjustment",
    "draft_adjustment",
]


class AdjustableBalance(StrEnum):
    """Which of a member's balances. Shares are not among them: they come and go in whole numbers, by manual entry."""

    SAVINGS = "SAVINGS"
    SOCIAL_FUND = "SOCIAL_FUND"
    SOCIAL_FUND_GRANTS = "SOCIAL_FUND_GRANTS"
    FINES_OWED = "FINES_OWED"


class AdjustmentDirection(StrEnum):
    """Whether a balance grows or shrinks."""

    UP = "UP"
    DOWN = "DOWN"


# The account of each, and the side on which a member's balance stands there.
_ACCOUNTS: Mapping[AdjustableBalance, tuple[str, Side]] = {
    AdjustableBalance.SAVINGS: (MEMBER_SAVINGS, Side.CREDIT),
    AdjustableBalance.SOCIAL_FUND: (SOCIAL_FUND, Side.CREDIT),
    AdjustableBalance.SOCIAL_FUND_GRANTS: (SOCIAL_FUND_GRANTS, Side.DEBIT),
    AdjustableBalance.FINES_OWED: (FINES_OWED, Side.DEBIT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentContent:
    """What an adjustment says, as it was typed."""

    member_id: UUID
    balance: AdjustableBalance
    direction: AdjustmentDirection
    amount: Decimal
    reason: str
    receipt: str | None = None
    meeting_id: UUID | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAdjustment(AdjustmentContent, NewDraft):
    """The wish to draft an adjustment."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None


ADJUSTMENT_ERRORS = (
    *DRAFTING_ERRORS,
    AmountNotANumber,
    AmountTooPrecise,
    AmountNotPositive,
    AmountTooLarge,
    MemberNotInGroup,
    MemberBalanceTooSmall,
)
"""What may be wrong with an adjustment."""


@service("adjustmentDraft", needs=((Resource.DRAFT, Action.CREATE),), raises=ADJUSTMENT_ERRORS)
async def draft_adjustment(work: UnitOfWork, command: DraftAdjustment) -> Outcome:
    """Draft that one of a member's balances is put right; another officer posts it."""
    where = command.entry_command(command.meeting_id)
    await work.drafts.keep(command.group_id, await adjustment_posting(work, where, command, is_new=True))
    return command.expected_outcome()


async def adjustment_posting(
    work: UnitOfWork, where: EntryCommand, content: AdjustmentContent, *, is_new: bool
) -> Posting:
    """The entry that the adjustment makes. Whoever has left can still have a balance that is wrong."""
    voucher = typed_voucher(content.reason, "reason", receipt=content.receipt)
    group, booking = await place_draft(work, where, voucher, is_new=is_new)
    amount = typed_payment(content.amount, group)
    code, side = _ACCOUNTS[content.balance]
    grows_by_debit = side is Side.DEBIT
    debit = amount if grows_by_debit is (content.direction is AdjustmentDirection.UP) else -amount
    if await work.journal.standing(group, content.member_id, account_id(group.id, code)) is None:
        raise MemberNotInGroup(path=("memberId",))
    posting = adjustment(booking, member_id=content.member_id, member_account=code, debit=debit)
    with faults_at("amount"):
        await check_adjustment(work, group, posting)
    return posting


async def check_adjustment(work: UnitOfWork, group: Group, posting: Posting) -> None:
    """Raise MemberBalanceTooSmall if an adjustment would bring a member's balance to the other side."""
    sides = {account_id(group.id, code): side for code, side in _ACCOUNTS.values()}
    for line in posting.lines:
        side = sides.get(line.account_id)
        if line.member_id is None or side is None:
            continue
        standing = await work.journal.standing(group, line.member_id, line.account_id)
        after = line.amount if standing is None else standing.balance + line.amount
        left = after if side is Side.DEBIT else -after
        moved = line.amount if side is Side.DEBIT else -line.amount
        if left.amount < 0 and moved.amount < 0:
            raise MemberBalanceTooSmall(-left.amount)
