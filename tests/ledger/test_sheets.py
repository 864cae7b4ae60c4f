"""Sheets: items stand or fall each by itself, or all together; an item that is known is not posted again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.cash import RecordExpense, record_expense
from tests.ledger.book import both_verifications, posted
from tests.ledger.moving import funded, savings
from tests.ledger.outcomes import meeting_of, reasons, record, told_of
from tests.support.world import World, shares, sheet, social_fund


async def test_items_stand_or_fall_each_by_itself_and_the_good_ones_are_posted_together(world: World) -> None:
    group, meeting = await meeting_of(world)
    a, b, c, d, e = group.members
    await world.superuser.execute("ALTER TABLE app.members DISABLE TRIGGER USER")
    await world.superuser.execute("UPDATE app.members SET status = 'INACTIVE' WHERE id = $1", e)
    await world.superuser.execute("ALTER TABLE app.members ENABLE TRIGGER USER")
    known = new_id()
    await world.record(group, meeting, shares(d, 2, id=known))
    twice = new_id()
    command = sheet(
        group,
        meeting,
        shares(a, 3),
        shares(new_id(), 1),
        shares(e, 1),
        shares(b, 0),
        shares(b, 6),
        replace(shares(b, 1), shares=None),
        social_fund(b, "20", shares=1),
        replace(social_fund(b, "1"), amount=None),
        social_fund(b, "-5"),
        social_fund(b, "0"),
        social_fund(b, "100000000000001"),
        social_fund(c, "12.50", id=twice, place=Place.BANK),
        social_fund(c, "12.50", id=twice, place=Place.BANK),
        shares(d, 2, id=known),
        shares(d, 1, id=known),
        shares(a, 2),
        shares(a, 1),
    )
    outcome = await record(world, group, command)
    assert reasons(outcome) == [
        None,
        ("MEMBER_NOT_IN_GROUP", ("items", "1", "memberId")),
        ("MEMBER_NOT_IN_GROUP", ("items", "2", "memberId")),
        ("SHARES_OUTSIDE_LIMITS", ("items", "3", "shares")),
        ("SHARES_OUTSIDE_LIMITS", ("items", "4", "shares")),
        ("SHARES_MISSING", ("items", "5", "shares")),
        ("SHARES_ONLY_FOR_SHARE_PURCHASE", ("items", "6", "shares")),
        ("AMOUNT_MISSING", ("items", "7", "amount")),
        ("AMOUNT_NOT_POSITIVE", ("items", "8", "amount")),
        ("AMOUNT_NOT_POSITIVE", ("items", "9", "amount")),
        ("AMOUNT_TOO_LARGE", ("items", "10", "amount")),
        None,
        ("ID_ALREADY_USED", ("items", "12", "id")),
        None,
        ("ID_ALREADY_USED", ("items", "14", "id")),
        None,
        ("SHARES_OUTSIDE_LIMITS", ("items", "16", "shares")),
    ]
    assert [item.id for item in outcome.items] == [command.item_id(index) for index in range(17)]
    entries = await world.superuser.fetch("SELECT number, id, command_key, ordinal FROM ledger.entries ORDER BY number")
    key = command.idempotency_key
    assert [tuple(row) for row in entries[1:]] == [
        (2, command.item_id(0), key, 1),
        (3, twice, key, 2),
        (4, command.item_id(15), key, 3),
    ]
    assert len(await world.superuser.fetch("SELECT DISTINCT booked_at FROM ledger.entries WHERE number > 1")) == 1
    assert await both_verifications(world, group.id) == []


async def test_an_item_that_is_known_from_another_sheet_stands_and_is_not_posted_again(world: World) -> None:
    group, meeting = await meeting_of(world)
    item = shares(group.members[0], 3, id=new_id())
    await world.record(group, meeting, item)
    before = await posted(world.superuser)
    outcome = await record(world, group, sheet(group, meeting, item, shares(group.members[0], 1, id=item.id)))
    assert reasons(outcome) == [None, ("ID_ALREADY_USED", ("items", "1", "id"))]
    for other in (
        replace(item, member_id=group.members[1]),
        replace(item, place=Place.BANK),
        social_fund(group.members[0], "600", id=item.id),
    ):
        assert reasons(await record(world, group, sheet(group, meeting, other))) == [
            ("ID_ALREADY_USED", ("items", "0", "id"))
        ]
    assert await posted(world.superuser) == before


async def test_an_item_of_an_earlier_meeting_is_not_the_same_item(world: World) -> None:
    group, meeting = await meeting_of(world)
    item = shares(group.members[0], 3, id=new_id())
    await world.record(group, meeting, item)
    await world.close_meeting(group, meeting)
    second = await world.meeting(group)
    assert reasons(await record(world, group, sheet(group, second, item))) == [
        ("ID_ALREADY_USED", ("items", "0", "id"))
    ]


async def test_savings_shares_and_social_fund_are_recorded_on_one_sheet(world: World) -> None:
    group, meeting = await meeting_of(world)
    a, b = group.members[:2]
    await world.record(
        group, meeting, savings(a, "12.50"), shares(a, 1), savings(b, "7", place=Place.BANK), social_fund(a, "20")
    )
    lines = await world.superuser.fetch(
        "SELECT l.kind, a.code, l.member_id, l.amount, l.shares, l.account_balance_after, l.member_balance_after"
        " FROM ledger.lines l JOIN ledger.accounts a ON a.id = l.account_id ORDER BY l.entry_number, l.line_number"
    )
    some = Decimal("12.5")
    assert [tuple(row) for row in lines] == [
        ("SAVINGS_DEPOSIT", "1110", None, some, None, some, None),
        ("SAVINGS_DEPOSIT", "2100", a, -some, None, -some, -some),
        ("SHARE_PURCHASE", "1110", None, 200, None, 200 + some, None),
        ("SHARE_PURCHASE", "3100", a, -200, 1, -200, -200),
        ("SAVINGS_DEPOSIT", "1120", None, 7, None, 7, None),
        ("SAVINGS_DEPOSIT", "2100", b, -7, None, -7 - some, -7),
        ("SOCIAL_FUND_CONTRIBUTION", "1210", None, 20, None, 20, None),
        ("SOCIAL_FUND_CONTRIBUTION", "3200", a, -20, None, -20, -20),
    ]
    kept = await world.superuser.fetch(
        "SELECT kind, shares, amount, place FROM app.contributions ORDER BY entry_number"
    )
    assert [tuple(row) for row in kept] == [
        ("SAVINGS", None, some, "BOX"),
        ("SHARE", 1, 200, "BOX"),
        ("SAVINGS", None, 7, "BANK"),
        ("SOCIAL_FUND", None, 20, "BOX"),
    ]
    assert await both_verifications(world, group.id) == []


async def test_savings_have_an_amount_and_no_shares(world: World) -> None:
    group, meeting = await meeting_of(world)
    before = await posted(world.superuser)
    a = group.members[0]
    command = sheet(
        group,
        meeting,
        savings(a, "5", shares=1),
        replace(savings(a, "5"), amount=None),
        savings(a, "0"),
        savings(a, "-1"),
    )
    assert reasons(await record(world, group, command)) == [
        ("SHARES_ONLY_FOR_SHARE_PURCHASE", ("items", "0", "shares")),
        ("AMOUNT_MISSING", ("items", "1", "amount")),
        ("AMOUNT_NOT_POSITIVE", ("items", "2", "amount")),
        ("AMOUNT_NOT_POSITIVE", ("items", "3", "amount")),
    ]
    assert await posted(world.superuser) == before


async def test_a_sheet_is_recorded_whole_or_not_at_all_if_that_is_wished(world: World) -> None:
    group, meeting = await meeting_of(world)
    a, b = group.members[:2]
    known = shares(b, 1, id=new_id())
    await world.record(group, meeting, known)
    before = await posted(world.superuser)
    command = replace(
        sheet(group, meeting, shares(a, 3), known, savings(a, "0"), savings(a, "5"), shares(b, 5)),
        is_all_or_nothing=True,
    )
    outcome = await record(world, group, command)
    # The second was recorded by an earlier sheet, and still is.
    assert reasons(outcome) == [
        ("SHEET_REFUSED", ("items", "0")),
        None,
        ("AMOUNT_NOT_POSITIVE", ("items", "2", "amount")),
        ("SHEET_REFUSED", ("items", "3")),
        ("SHARES_OUTSIDE_LIMITS", ("items", "4", "shares")),
    ]
    assert (outcome.id, outcome.error) == (meeting, None)
    assert await posted(world.superuser) == before
    again = await record(world, group, command)
    assert again.is_replay
    assert told_of(again) == told_of(outcome)
    mended = replace(
        sheet(group, meeting, shares(a, 3), known, savings(a, "1"), savings(a, "5")), is_all_or_nothing=True
    )
    assert reasons(await record(world, group, mended)) == [None] * 4
    assert await world.superuser.fetchval("SELECT entry_number FROM ledger.heads") == 4
    assert await both_verifications(world, group.id) == []


async def test_the_id_of_a_draft_stands_for_no_contribution(world: World) -> None:
    book = await funded(world)
    draft = book.wish(
        RecordExpense,
        account_id=book.group.account("5100"),
        fund=Fund.LOAN_FUND,
        amount=Decimal(5),
        description="Two ledgers.",
        is_draft=True,
    )
    await book.succeed(record_expense, draft)
    before = await posted(world.superuser)
    item = savings(book.a, "5", id=draft.idempotency_key, device_time=datetime.now(UTC) - timedelta(days=1))
    assert reasons(await record(world, book.group, sheet(book.group, book.meeting, item))) == [
        ("ID_ALREADY_USED", ("items", "0", "id"))
    ]
    assert await posted(world.superuser) == before
