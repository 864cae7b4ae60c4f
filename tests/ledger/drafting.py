"""What the tests of drafts share: wishes for drafts, and what is kept of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.identifiers import new_id
from domain.ledger.adjusting import AdjustableBalance, AdjustmentDirection, DraftAdjustment
from domain.ledger.deciding import DiscardDraft, PostDraft, draft_post
from domain.ledger.manual import DraftEntry, EntryLineItem, draft_entry
from tests.ledger.trying import Refusal, refusal
from tests.support.world import GroupOfPeople, World


def debit(account: UUID, amount: str, **fields: Any) -> EntryLineItem:
    return EntryLineItem(account_id=account, debit=Decimal(amount), **fields)


def credit(account: UUID, amount: str, **fields: Any) -> EntryLineItem:
    return EntryLineItem(account_id=account, credit=Decimal(amount), **fields)


def manual(group: GroupOfPeople, *lines: EntryLineItem, **fields: Any) -> DraftEntry:
    """The wish to draft an entry: unless lines are given, 30 of bank charges out of the box."""
    wish: dict[str, Any] = {"description": "Charges of the bank", **fields}
    chosen = lines or (debit(group.account("5300"), "30"), credit(group.account("1110"), "30"))
    return DraftEntry(group_id=group.id, idempotency_key=new_id(), lines=chosen, **wish)


def adjusting(group: GroupOfPeople, balance: str, direction: str, amount: str, **fields: Any) -> DraftAdjustment:
    """The wish to draft an adjustment, of the first member's balance unless another is given."""
    wish: dict[str, Any] = {"member_id": group.members[0], "reason": "Counted wrong", **fields}
    return DraftAdjustment(
        group_id=group.id,
        idempotency_key=new_id(),
        balance=AdjustableBalance(balance),
        direction=AdjustmentDirection(direction),
        amount=Decimal(amount),
        **wish,
    )


def deciding(kind: type[Any], group: GroupOfPeople, draft: UUID, version: int = 1) -> Any:
    return kind(group_id=group.id, idempotency_key=new_id(), draft_id=draft, expected_version=version)


def post(group: GroupOfPeople, draft: UUID, version: int = 1) -> PostDraft:
    wish: PostDraft = deciding(PostDraft, group, draft, version)
    return wish


def discard(group: GroupOfPeople, draft: UUID, version: int = 1) -> DiscardDraft:
    wish: DiscardDraft = deciding(DiscardDraft, group, draft, version)
    return wish


async def draft_row(world: World, draft: UUID) -> asyncpg.Record:
    return await world.superuser.fetchrow("SELECT * FROM app.drafts WHERE id = $1", draft)


async def entry_lines(world: World, entry: UUID) -> list[Any]:
    """The lines of an entry: code of the account, member, amount, shares."""
    rows = await world.superuser.fetch(
        "SELECT a.code, l.member_id, l.amount, l.shares FROM ledger.entries e"
        " JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number"
        " JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id"
        " WHERE e.id = $1 ORDER BY l.line_number",
        entry,
    )
    return [tuple(row) for row in rows]


async def balance(world: World, group: GroupOfPeople, code: str, member: UUID | None = None) -> Any:
    """The balance of an account, or of a member on it, debits above zero."""
    if member is None:
        found = await world.superuser.fetchval(
            "SELECT balance FROM ledger.account_balances WHERE account_id = $1", group.account(code)
        )
    else:
        found = await world.superuser.fetchval(
            "SELECT balance FROM ledger.member_balances WHERE account_id = $1 AND member_id = $2",
            group.account(code),
            member,
        )
    return Decimal(found or 0)


async def drafted(world: World, group: GroupOfPeople, *lines: Any, **fields: Any) -> UUID:
    """A draft of the treasurer's."""
    return await world.succeed(group.treasurer, draft_entry, manual(group, *lines, **fields))


async def move(world: World, group: GroupOfPeople, debited: UUID, credited: UUID, amount: str) -> None:
    """Move money between two accounts by hand, drafted by the treasurer and posted by the chair."""
    draft = await drafted(world, group, debit(debited, amount), credit(credited, amount))
    await world.succeed(group.chair, draft_post, post(group, draft))


async def refused(world: World, group: GroupOfPeople, command: DraftEntry) -> Refusal:
    return await refusal(world, group.treasurer, draft_entry, command)
