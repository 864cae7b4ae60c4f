"""Entries that one officer drafts and another posts: by hand, and to put a member's balance right."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.identifiers import new_id
from domain.ledger.adjusting import AdjustmentContent, draft_adjustment
from domain.ledger.charting import AccountAdd, AccountClose, account_add, account_close
from domain.ledger.deciding import ReviseDraft, draft_discard, draft_post, draft_revise
from domain.ledger.manual import EntryContent, EntryLineItem, draft_entry
from domain.ledger.opening import OpeningContent
from domain.ledger.periods import PeriodClose, period_close
from tests.ledger.book import both_verifications, posted, small_book
from tests.ledger.drafting import (
    adjusting,
    balance,
    credit,
    debit,
    discard,
    draft_row,
    drafted,
    entry_lines,
    manual,
    post,
    refused,
)
from tests.ledger.trying import Refusal, fresh, refusal
from tests.support.world import World


async def test_a_draft_moves_nothing_until_another_officer_posts_it(world: World) -> None:
    book = await small_book(world)
    group = book.group
    wish = manual(group, description=" Charges ", payee="Bank", receipt="B 12", on=date(2026, 1, 5))
    draft = await world.succeed(group.treasurer, draft_entry, wish)
    assert await balance(world, group, "5300") == 0
    row = await draft_row(world, draft)
    assert (row["status"], row["drafted_by"], row["version"]) == ("OPEN", group.treasurer.user_id, 1)
    assert await refusal(world, group.treasurer, draft_post, post(group, draft)) == (
        "DRAFTED_BY_YOURSELF",
        ("draftId",),
        {},
    )
    command = post(group, draft)
    assert await world.succeed(group.chair, draft_post, command) == draft
    assert await entry_lines(world, draft) == [("5300", None, 30, None), ("1110", None, -30, None)]
    assert (await balance(world, group, "5300"), await balance(world, group, "1110")) == (30, 1370)
    entry = await world.superuser.fetchrow("SELECT * FROM ledger.entries WHERE id = $1", draft)
    assert (entry["kind"], entry["effective_on"], entry["actor_id"], entry["command_key"]) == (
        "MANUAL_ENTRY",
        date(2026, 1, 5),
        group.chair.user_id,
        command.idempotency_key,
    )
    words = await world.superuser.fetchrow("SELECT * FROM app.vouchers WHERE id = $1", draft)
    assert (words["description"], words["payee"], words["receipt"]) == ("Charges", "Bank", "B 12")
    row = await draft_row(world, draft)
    assert (row["status"], row["decided_by"], row["drafted_by"]) == (
        "POSTED",
        group.chair.user_id,
        group.treasurer.user_id,
    )
    assert await both_verifications(world, group.id) == []


async def test_a_draft_is_posted_once_however_many_try(world: World) -> None:
    book = await small_book(world)
    group = book.group
    draft = await drafted(world, group)
    outcomes = await asyncio.gather(
        *(world.perform(who, draft_post, post(group, draft)) for who in (group.chair, group.secretary) * 4)
    )
    reasons = sorted("" if outcome.error is None else outcome.error.reason for outcome in outcomes)
    assert reasons == ["", *["DRAFT_DECIDED"] * 7]
    assert await balance(world, group, "5300") == 30


async def test_posting_against_revising_posts_only_what_the_poster_read(world: World) -> None:
    for turn in range(3):
        book = await small_book(world)
        group = book.group
        draft = await drafted(world, group)
        lines = (debit(group.account("5300"), "999"), credit(group.account("1110"), "999"))
        revision = ReviseDraft(
            group_id=group.id,
            idempotency_key=new_id(),
            draft_id=draft,
            expected_version=1,
            entry=EntryContent(lines=lines, description="Other"),
        )
        rivals = [
            world.perform(group.chair, draft_post, post(group, draft)),
            world.perform(group.treasurer, draft_revise, revision),
        ]
        if turn % 2:
            rivals.reverse()
        outcomes = await asyncio.gather(*rivals)
        reasons = {outcome.error.reason for outcome in outcomes if outcome.error is not None}
        spent = await balance(world, group, "5300")
        assert (reasons, spent) in (({"DRAFT_DECIDED"}, 30), ({"VERSION_STALE"}, 0))
        assert await both_verifications(world, group.id) == []


async def test_a_repeat_drafts_and_posts_nothing_twice(world: World) -> None:
    book = await small_book(world)
    group = book.group
    wish = manual(group)
    draft = await world.succeed(group.treasurer, draft_entry, wish)
    command = post(group, draft)
    await world.succeed(group.chair, draft_post, command)
    before = await posted(world.superuser)
    for who, service, again in ((group.treasurer, draft_entry, wish), (group.chair, draft_post, command)):
        outcome = await world.perform(who, service, again)
        assert (outcome.id, outcome.error, outcome.is_replay) == (draft, None, True)
    assert await posted(world.superuser) == before


async def test_a_discarded_draft_stays_to_be_read_and_is_never_posted(world: World) -> None:
    book = await small_book(world)
    group = book.group
    draft = await drafted(world, group)
    await world.succeed(group.treasurer, draft_discard, discard(group, draft))
    row = await draft_row(world, draft)
    assert (row["status"], row["decided_by"], row["version"]) == ("DISCARDED", group.treasurer.user_id, 2)
    ended = ("DRAFT_DECIDED", ("draftId",), {"how": "DISCARDED"})
    assert await refusal(world, group.chair, draft_post, post(group, draft, 2)) == ended
    assert await refusal(world, group.chair, draft_discard, discard(group, draft, 2)) == ended
    entry = EntryContent(lines=manual(group).lines, description="x")
    revision = ReviseDraft(group_id=group.id, idempotency_key=new_id(), draft_id=draft, expected_version=2, entry=entry)
    assert await refusal(world, group.chair, draft_revise, revision) == ended
    unknown: Refusal = ("DRAFT_NOT_FOUND", ("draftId",), {})
    theirs = await drafted(world, (await small_book(world)).group)
    for stranger in (new_id(), theirs):
        assert await refusal(world, group.chair, draft_post, post(group, stranger)) == unknown
        assert await refusal(world, group.chair, draft_discard, discard(group, stranger)) == unknown


async def test_whoever_revises_a_draft_is_its_drafter_and_posts_it_not(world: World) -> None:
    book = await small_book(world)
    group = book.group
    draft = await drafted(world, group)
    lines = (debit(group.account("5100"), "40"), credit(group.account("1110"), "40"))
    revision = ReviseDraft(
        group_id=group.id,
        idempotency_key=new_id(),
        draft_id=draft,
        expected_version=1,
        entry=EntryContent(lines=lines, description="Paper", payee="Shop", on=date(2026, 2, 1)),
    )
    await world.succeed(group.chair, draft_revise, revision)
    row = await draft_row(world, draft)
    assert (row["drafted_by"], row["version"], row["description"], row["payee"], row["receipt"]) == (
        group.chair.user_id,
        2,
        "Paper",
        "Shop",
        None,
    )
    assert (row["effective_on"], row["line_amounts"]) == (date(2026, 2, 1), [40, -40])
    assert (await refusal(world, group.chair, draft_post, post(group, draft, 2)))[0] == "DRAFTED_BY_YOURSELF"
    stale = ("VERSION_STALE", ("expectedVersion",), {"version": 2})
    assert await refusal(world, group.treasurer, draft_post, post(group, draft)) == stale
    assert await refusal(world, group.treasurer, draft_discard, discard(group, draft)) == stale
    assert await refusal(world, group.treasurer, draft_revise, fresh(revision)) == stale
    await world.succeed(group.treasurer, draft_post, post(group, draft, 2))
    assert await balance(world, group, "5100") == 40


async def test_a_draft_stays_of_its_kind(world: World) -> None:
    book = await small_book(world)
    group = book.group
    draft = await drafted(world, group)
    entry = EntryContent(lines=manual(group).lines, description="x")
    wish = adjusting(group, "SOCIAL_FUND", "UP", "5")
    adjustment = AdjustmentContent(
        member_id=wish.member_id, balance=wish.balance, direction=wish.direction, amount=wish.amount, reason="x"
    )
    revision = ReviseDraft(group_id=group.id, idempotency_key=new_id(), draft_id=draft, expected_version=1)
    other = ("DRAFT_OF_OTHER_KIND", (), {"kind": "MANUAL_ENTRY"})
    for contents in (
        {},
        {"adjustment": adjustment},
        {"opening_balances": OpeningContent()},
        {"entry": entry, "adjustment": adjustment},
    ):
        assert await refusal(world, group.chair, draft_revise, fresh(revision, **contents)) == other
    few = EntryContent(lines=(), description="x")
    assert await refusal(world, group.chair, draft_revise, fresh(revision, entry=few)) == (
        "TOO_FEW_LINES",
        ("entry", "lines"),
        {"minimum": 2},
    )
    second = await world.succeed(group.treasurer, draft_adjustment, wish)
    more = AdjustmentContent(
        member_id=wish.member_id, balance=wish.balance, direction=wish.direction, amount=Decimal(7), reason="y"
    )
    await world.succeed(group.chair, draft_revise, fresh(revision, draft_id=second, adjustment=more))
    assert (await draft_row(world, second))["line_amounts"] == [-7, 7]


async def test_every_line_of_a_manual_entry_is_looked_at(world: World) -> None:
    book = await small_book(world)
    group, other = book.group, await world.group()
    box, paper, fines, share, head = (group.account(code) for code in ("1110", "5100", "1310", "3100", "1000"))
    a = group.members[0]
    at = ("lines", "1")
    cases: list[tuple[Any, str, tuple[str, ...], dict[str, Any]]] = [
        (credit(new_id(), "10"), "ACCOUNT_NOT_FOUND", (*at, "accountId"), {}),
        (credit(other.account("1110"), "10"), "ACCOUNT_NOT_FOUND", (*at, "accountId"), {}),
        (credit(head, "10"), "ACCOUNT_TAKES_NO_ENTRIES", (*at, "accountId"), {}),
        (credit(fines, "10"), "ACCOUNT_NEEDS_MEMBER", (*at, "memberId"), {}),
        (credit(box, "10", member_id=a), "CASH_HAS_NO_MEMBER", (*at, "memberId"), {}),
        (credit(fines, "10", member_id=new_id()), "MEMBER_NOT_IN_GROUP", (*at, "memberId"), {}),
        (credit(fines, "10", member_id=other.members[0]), "MEMBER_NOT_IN_GROUP", (*at, "memberId"), {}),
        (debit(box, "10", credit=Decimal(10)), "DEBIT_OR_CREDIT", (*at, "credit"), {}),
        (credit(box, "0"), "AMOUNT_NOT_POSITIVE", (*at, "credit"), {}),
        (debit(box, "-10"), "AMOUNT_NOT_POSITIVE", (*at, "debit"), {}),
        (credit(box, "10.001"), "AMOUNT_TOO_PRECISE", (*at, "credit"), {"currency": "KES", "decimals": 2}),
        (credit(box, "1e15"), "AMOUNT_TOO_LARGE", (*at, "credit"), {}),
        (credit(share, "10", member_id=a), "LINE_SHARES_MISSING", (*at, "shares"), {"maximum": 1_000_000}),
        (credit(share, "10", member_id=a, shares=0), "LINE_SHARES_MISSING", (*at, "shares"), {"maximum": 1_000_000}),
        (
            credit(share, "10", member_id=a, shares=1_000_001),
            "LINE_SHARES_MISSING",
            (*at, "shares"),
            {"maximum": 1_000_000},
        ),
        (credit(box, "10", shares=1), "LINE_COUNTS_NO_SHARES", (*at, "shares"), {}),
        (credit(box, "9.5"), "LINES_UNBALANCED", ("lines",), {"difference": Decimal("0.50")}),
        (credit(box, "11"), "LINES_UNBALANCED", ("lines",), {"difference": Decimal("-1.00")}),
        (debit(box, "10"), "LINES_UNBALANCED", ("lines",), {"difference": Decimal("20.00")}),
    ]
    for line, reason, path, facts in cases:
        assert await refused(world, group, manual(group, debit(paper, "10"), line)) == (reason, path, facts), line
    neither = manual(group, debit(paper, "10"), EntryLineItem(account_id=box))
    assert await refused(world, group, neither) == ("DEBIT_OR_CREDIT", (*at, "debit"), {})
    assert await refused(world, group, manual(group, debit(paper, "10"))) == (
        "TOO_FEW_LINES",
        ("lines",),
        {"minimum": 2},
    )
    many = [debit(paper, "1"), credit(box, "1")] * 50
    assert await refused(world, group, manual(group, *many, debit(paper, "1"))) == (
        "TOO_MANY_LINES",
        ("lines",),
        {"maximum": 100},
    )
    draft = await drafted(world, group, *many)
    await world.succeed(group.chair, draft_post, post(group, draft))
    assert await balance(world, group, "5100") == 50


async def test_where_a_manual_entry_goes_and_its_words_are_looked_at(world: World) -> None:
    book = await small_book(world)
    group = book.group
    today = datetime.now(UTC).date()
    entry = await world.superuser.fetchval("SELECT id FROM ledger.entries WHERE number = 1")
    draft = await drafted(world, group)
    held_on = await world.superuser.fetchval("SELECT held_on FROM app.meetings WHERE id = $1", book.second_meeting)
    cases: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
        ({"description": " "}, "TEXT_TOO_SHORT", ("description",)),
        ({"description": "x" * 501}, "TEXT_TOO_LONG", ("description",)),
        ({"payee": "x" * 121}, "TEXT_TOO_LONG", ("payee",)),
        ({"receipt": "x" * 61}, "TEXT_TOO_LONG", ("receipt",)),
        ({"payee": "\u202e"}, "TEXT_NOT_ALLOWED", ("payee",)),
        ({"on": today + timedelta(days=2)}, "DATE_IN_FUTURE", ("on",)),
        ({"meeting_id": new_id()}, "MEETING_NOT_FOUND", ("meetingId",)),
        ({"meeting_id": book.first_meeting}, "MEETING_CLOSED", ("meetingId",)),
        ({"meeting_id": book.second_meeting, "on": held_on - timedelta(days=1)}, "DATE_NOT_OF_MEETING", ("on",)),
        ({"on": date(1989, 12, 31)}, "PERIOD_CLOSED", ("on",)),
        ({"id": draft}, "ID_ALREADY_USED", ("id",)),
        ({"id": entry}, "ID_ALREADY_USED", ("id",)),
    ]
    for fields, reason, path in cases:
        assert (await refused(world, group, manual(group, **fields)))[:2] == (reason, path), fields
    within = await drafted(world, group, meeting_id=book.second_meeting)
    assert (await draft_row(world, within))["effective_on"] == held_on
    await world.succeed(group.chair, draft_post, post(group, within))
    assert await world.superuser.fetchval("SELECT meeting_id FROM ledger.entries WHERE id = $1", within) == (
        book.second_meeting
    )


async def test_what_was_right_when_drafted_may_be_refused_when_posted(world: World) -> None:
    book = await small_book(world)
    group = book.group
    adding = AccountAdd(
        group_id=group.id, idempotency_key=new_id(), code="51001", name="Ink", parent_id=group.account("5000")
    )
    ink = await world.succeed(group.treasurer, account_add, adding)
    box = group.account("1110")
    in_meeting = await drafted(world, group, meeting_id=book.second_meeting)
    to_closed = await drafted(world, group, debit(ink, "5"), credit(box, "5"))
    too_much = await drafted(world, group, debit(group.account("5100"), "1400.01"), credit(box, "1400.01"))
    early = await drafted(world, group, on=date(2026, 1, 5))
    await world.close_meeting(group, book.second_meeting)
    closing = AccountClose(group_id=group.id, idempotency_key=new_id(), account_id=ink, expected_version=1)
    await world.succeed(group.treasurer, account_close, closing)
    through = PeriodClose(group_id=group.id, idempotency_key=new_id(), through=date(2026, 1, 5))
    await world.succeed(group.treasurer, period_close, through)
    for draft, reason, facts in (
        (in_meeting, "MEETING_CLOSED", {}),
        (to_closed, "ACCOUNT_IS_CLOSED", {}),
        (too_much, "BELOW_MINIMUM", {"missing": Decimal("0.01")}),
        (early, "PERIOD_CLOSED", {"closed_through": date(2026, 1, 5)}),
    ):
        found = await refusal(world, group.chair, draft_post, post(group, draft))
        assert found == (reason, ("draftId",), facts)
    assert (await refused(world, group, manual(group, debit(ink, "5"), credit(box, "5"))))[:2] == (
        "ACCOUNT_IS_CLOSED",
        ("lines", "0", "accountId"),
    )
    assert await refused(world, group, manual(group, on=date(2026, 1, 5))) == (
        "PERIOD_CLOSED",
        ("on",),
        {"closed_through": date(2026, 1, 5)},
    )
