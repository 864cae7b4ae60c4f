"""Sheets: items stand or fall each by itself, and an item that is known is not posted again."""

from __future__ import annotations

from dataclasses import replace

from domain.identifiers import new_id
from domain.ledger.accounts import Place
from tests.ledger.book import both_verifications, posted
from tests.ledger.outcomes import meeting_of, reasons, record
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
