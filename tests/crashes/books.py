"""The books that are written to, and the proof that they hold exactly what was acknowledged."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.ledger.accounts import MEMBER_SHARES, SOCIAL_FUND, Fund
from domain.savings import ContributionItem, ContributionKind
from tests.crashes.load import Acknowledged, Book, Load, log
from tests.ledger.book import both_verifications
from tests.support.world import World

SHARE_PRICE = Decimal(200)

_RECORDED = """
SELECT e.command_key, e.ordinal, e.booked_at, c.id, c.member_id, c.kind, c.shares, c.amount
FROM ledger.entries e
LEFT JOIN app.contributions c ON c.tenant_id = e.tenant_id AND c.entry_number = e.number
WHERE e.tenant_id = $1 ORDER BY e.number
"""
_ACCOUNTS = "SELECT account_id, balance FROM ledger.account_balances WHERE tenant_id = $1 AND balance <> 0"
_MEMBERS = "SELECT member_id, account_id, balance, shares FROM ledger.member_balances WHERE tenant_id = $1"


async def make_books(world: World) -> list[Book]:
    """Two, so that writers meet in one book and pass each other in two."""
    books = []
    for _ in range(2):
        group = await world.group(share_price=str(SHARE_PRICE), shares_max=1000)
        books.append(Book(group, await world.meeting(group)))
    return books


async def assert_books_hold_what_was_acknowledged(world: World, books: list[Book], load: Load) -> None:
    """Each key's entries are there exactly once and nothing else is; numbers, balances and both verifications agree."""
    found = 0
    for book in books:
        acknowledged = [each for each in load.acknowledged.values() if each.command.group_id == book.group.id]
        found += await _assert_book(world, book, acknowledged)
    log.info("%d sheets in the books, %d of them found by a repeat", len(load.acknowledged), found)


async def _assert_book(world: World, book: Book, acknowledged: list[Acknowledged]) -> int:
    """Also tells how many sheets had been posted before the request that they were acknowledged to was sent."""
    group = book.group
    superuser = world.superuser
    numbers = await superuser.fetch("SELECT number FROM ledger.entries WHERE tenant_id = $1 ORDER BY 1", group.id)
    assert [row["number"] for row in numbers] == list(range(1, len(numbers) + 1))
    head = await superuser.fetchval("SELECT entry_number FROM ledger.heads WHERE tenant_id = $1", group.id)
    assert head == len(numbers)

    rows = await superuser.fetch(_RECORDED, group.id)
    recorded: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    booked = {}
    for key, ordinal, booked_at, *rest in rows:
        recorded[key].append((ordinal, *rest))
        booked[key] = booked_at
    assert recorded == {each.command.idempotency_key: _expected(each) for each in acknowledged}

    await _assert_balances(superuser, book, acknowledged)
    assert await both_verifications(world, group.id) == []
    repeated = [each for each in acknowledged if each.tries > 1]
    return sum(booked[each.command.idempotency_key] < each.sent_at for each in repeated)


def _expected(sheet: Acknowledged) -> list[tuple[Any, ...]]:
    ids = [outcome.id for outcome in sheet.command.expected_outcome().items]
    return [
        (ordinal, item_id, item.member_id, item.kind.value, item.shares, _amount(item))
        for ordinal, (item_id, item) in enumerate(zip(ids, sheet.command.items, strict=True), start=1)
    ]


def _amount(item: ContributionItem) -> Decimal:
    return SHARE_PRICE if item.kind is ContributionKind.SHARE else Decimal(str(item.amount))


async def _assert_balances(superuser: asyncpg.Connection, book: Book, acknowledged: list[Acknowledged]) -> None:
    group = book.group
    accounts: dict[UUID, Decimal] = defaultdict(Decimal)
    members: dict[tuple[UUID, UUID], tuple[Decimal, int]] = {}
    for item in (item for each in acknowledged for item in each.command.items):
        is_share = item.kind is ContributionKind.SHARE
        cash = group.cash(Fund.LOAN_FUND if is_share else Fund.SOCIAL_FUND)
        equity = group.account(MEMBER_SHARES if is_share else SOCIAL_FUND)
        accounts[cash] += _amount(item)
        accounts[equity] -= _amount(item)
        balance, shares = members.get((item.member_id, equity), (Decimal(0), 0))
        members[item.member_id, equity] = balance - _amount(item), shares + (item.shares or 0)
    rows = await superuser.fetch(_ACCOUNTS, group.id)
    assert {row["account_id"]: row["balance"] for row in rows} == accounts
    rows = await superuser.fetch(_MEMBERS, group.id)
    assert {(row["member_id"], row["account_id"]): (row["balance"], row["shares"]) for row in rows} == members
