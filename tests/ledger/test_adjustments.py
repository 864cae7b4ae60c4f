"""Shares and members' balances put right by draft, drafts of other kinds, and who may draft at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Fund
from domain.ledger.adjusting import draft_adjustment
from domain.ledger.cash import RecordExpense, record_expense
from domain.ledger.deciding import ReviseDraft, draft_discard, draft_post, draft_revise
from domain.ledger.manual import EntryContent, draft_entry
from domain.ledger.reversing import ReverseEntry, reverse_entry
from domain.policy import AccessDenied
from tests.ledger.book import both_verifications, posted, small_book
from tests.ledger.drafting import (
    adjusting,
    balance,
    credit,
    debit,
    discard,
    drafted,
    entry_lines,
    manual,
    post,
    refused,
)
from tests.ledger.trying import fresh, is_denied, outsiders, refusal, spend
from tests.support.world import World, shares


async def test_shares_are_moved_by_hand_as_far_as_a_member_holds_them(world: World) -> None:
    book = await small_book(world)
    group = book.group
    a, b = group.members[:2]
    share = group.account("3100")
    lines = (debit(share, "400", member_id=a, shares=2), credit(share, "400", member_id=b, shares=2))
    draft = await drafted(world, group, *lines)
    twin = await drafted(
        world, group, debit(share, "100", member_id=a, shares=3), credit(share, "100", member_id=b, shares=1)
    )
    await world.succeed(group.chair, draft_post, post(group, draft))
    assert await entry_lines(world, draft) == [("3100", a, 400, -2), ("3100", b, -400, 2)]
    held = await world.superuser.fetch(
        "SELECT member_id, shares FROM ledger.member_balances WHERE account_id = $1", share
    )
    assert {row["member_id"]: row["shares"] for row in held}.items() >= {(a, 2), (b, 4)}
    assert await refusal(world, group.chair, draft_post, post(group, twin)) == (
        "MEMBER_SHARES_TOO_FEW",
        ("draftId",),
        {"missing_shares": 1},
    )
    many = manual(group, debit(share, "10", member_id=a, shares=3), credit(group.account("1110"), "10"))
    assert await refused(world, group, many) == ("MEMBER_SHARES_TOO_FEW", ("lines",), {"missing_shares": 1})
    value = await drafted(
        world, group, debit(share, "400.01", member_id=a, shares=1), credit(group.account("1110"), "400.01")
    )
    assert await refusal(world, group.chair, draft_post, post(group, value)) == (
        "MEMBER_BALANCE_TOO_SMALL",
        ("draftId",),
        {"excess": Decimal("0.01")},
    )
    assert await both_verifications(world, group.id) == []


async def test_shares_that_an_entry_takes_before_it_gives_them_are_missing(world: World) -> None:
    group = await world.group()
    a = group.members[0]
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(a, 3))
    share = group.account("3100")
    taking = debit(share, "500", member_id=a, shares=5)
    giving = credit(share, "500", member_id=a, shares=5)
    draft = await drafted(world, group, taking, giving)
    command = post(group, draft)
    assert await refusal(world, group.chair, draft_post, command) == (
        "MEMBER_SHARES_TOO_FEW",
        ("draftId",),
        {"missing_shares": 2},
    )
    again = await world.perform(group.chair, draft_post, command)
    assert again.error is not None
    assert again.error.message == (
        "The member holds too few shares, by 2: take fewer, or first record what gives her more."
    )
    turned = await drafted(world, group, giving, taking)
    await world.succeed(group.chair, draft_post, post(group, turned))
    assert await entry_lines(world, turned) == [("3100", a, -500, 5), ("3100", a, 500, -5)]
    assert await both_verifications(world, group.id) == []


@pytest.mark.parametrize(
    ("which", "code", "up", "counter"),
    [
        ("SAVINGS", "2100", -1, "5800"),
        ("SOCIAL_FUND", "3200", -1, "3200"),
        ("SOCIAL_FUND_GRANTS", "3210", 1, "3200"),
        ("FINES_OWED", "1310", 1, "5800"),
    ],
)
async def test_a_members_balance_is_put_right_up_and_down(
    world: World, which: str, code: str, up: int, counter: str
) -> None:
    group = await world.group()
    a = group.members[0]
    first = await world.succeed(group.treasurer, draft_adjustment, adjusting(group, which, "UP", "75"))
    await world.succeed(group.secretary, draft_post, post(group, first))
    assert await entry_lines(world, first) == [(code, a, 75 * up, None), (counter, None, -75 * up, None)]
    second = await world.succeed(
        group.secretary, draft_adjustment, adjusting(group, which, "DOWN", "20.50", receipt="M 3")
    )
    await world.succeed(group.treasurer, draft_post, post(group, second))
    assert await balance(world, group, code, a) == Decimal("54.50") * up
    # The claims on the social fund stay as they were together, as its cash does.
    assert await balance(world, group, counter) == (0 if counter == code else Decimal("-54.50") * up)
    entry = await world.superuser.fetchrow("SELECT kind, member_id FROM ledger.entries WHERE id = $1", second)
    assert tuple(entry) == ("ADJUSTMENT", a)
    words = await world.superuser.fetchrow(
        "SELECT member_id, description, receipt FROM app.vouchers WHERE id = $1", second
    )
    assert tuple(words) == (a, "Counted wrong", "M 3")
    too_much = adjusting(group, which, "DOWN", "54.51")
    assert await refusal(world, group.treasurer, draft_adjustment, too_much) == (
        "MEMBER_BALANCE_TOO_SMALL",
        ("amount",),
        {"excess": Decimal("0.01")},
    )
    halves = [
        await world.succeed(group.treasurer, draft_adjustment, adjusting(group, which, "DOWN", "50")) for _ in range(2)
    ]
    await world.succeed(group.chair, draft_post, post(group, halves[0]))
    assert await refusal(world, group.chair, draft_post, post(group, halves[1])) == (
        "MEMBER_BALANCE_TOO_SMALL",
        ("draftId",),
        {"excess": Decimal("45.50")},
    )
    assert await both_verifications(world, group.id) == []


async def test_what_cannot_be_adjusted_is_refused_with_its_reason(world: World) -> None:
    group, other = await world.group(), await world.group()
    cases: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
        ({"member_id": new_id()}, "MEMBER_NOT_IN_GROUP", ("memberId",)),
        ({"member_id": other.members[0]}, "MEMBER_NOT_IN_GROUP", ("memberId",)),
        ({"amount": Decimal(0)}, "AMOUNT_NOT_POSITIVE", ("amount",)),
        ({"amount": Decimal("0.001")}, "AMOUNT_TOO_PRECISE", ("amount",)),
        ({"amount": Decimal("1e15")}, "AMOUNT_TOO_LARGE", ("amount",)),
        ({"reason": ""}, "TEXT_TOO_SHORT", ("reason",)),
        ({"receipt": "x" * 61}, "TEXT_TOO_LONG", ("receipt",)),
        ({"meeting_id": new_id()}, "MEETING_NOT_FOUND", ("meetingId",)),
        ({"on": date(2100, 1, 1)}, "DATE_IN_FUTURE", ("on",)),
    ]
    for fields, reason, path in cases:
        wish = fresh(adjusting(group, "SAVINGS", "UP", "5"), **fields)
        assert (await refusal(world, group.treasurer, draft_adjustment, wish))[:2] == (reason, path), fields


async def test_what_may_be_drafted_of_other_kinds_is_posted_by_who_may_post_that_kind(world: World) -> None:
    book = await small_book(world)
    group = book.group
    expense = RecordExpense(
        group_id=group.id,
        idempotency_key=new_id(),
        account_id=group.account("5100"),
        fund=Fund.LOAN_FUND,
        amount=Decimal(12),
        description="Paper",
        is_draft=True,
    )
    draft = await world.succeed(group.treasurer, record_expense, expense)
    before = await posted(world.superuser)
    with pytest.raises(AccessDenied):
        await world.perform(group.chair, draft_post, post(group, draft))
    assert await posted(world.superuser) == before
    await world.succeed(group.secretary, draft_post, post(group, draft))
    assert await balance(world, group, "5100") == 12
    assert await world.superuser.fetchval("SELECT kind FROM ledger.entries WHERE id = $1", draft) == "OTHER_EXPENSE"


async def test_nobody_but_officers_drafts_or_decides(world: World) -> None:
    book = await small_book(world)
    group = book.group
    draft = await drafted(world, group)
    entry = EntryContent(lines=manual(group).lines, description="x")
    revision = ReviseDraft(group_id=group.id, idempotency_key=new_id(), draft_id=draft, expected_version=1, entry=entry)
    people = await outsiders(world, group)
    before = await posted(world.superuser)
    for name, person in people.items():
        for service, command in (
            (draft_entry, manual(group)),
            (draft_adjustment, adjusting(group, "SAVINGS", "UP", "1")),
            (draft_revise, fresh(revision)),
            (draft_post, post(group, draft)),
            (draft_discard, discard(group, draft)),
        ):
            assert await is_denied(world, person, service, command), name
    assert await posted(world.superuser) == before


async def test_money_spent_meanwhile_makes_a_draft_unpostable_until_it_is_there_again(world: World) -> None:
    book = await small_book(world)
    group = book.group
    draft = await drafted(world, group)
    spent = await spend(world, group, group.account("5100"), "1400")
    assert await refusal(world, group.chair, draft_post, post(group, draft)) == (
        "BELOW_MINIMUM",
        ("draftId",),
        {"missing": Decimal("30.00")},
    )
    undone = ReverseEntry(group_id=group.id, idempotency_key=new_id(), entry_id=spent, reason="Nothing was bought")
    await world.succeed(group.treasurer, reverse_entry, undone)
    await world.succeed(group.chair, draft_post, post(group, draft))
