"""Many at once: on one key, on one book, across books, and at the moment when a meeting closes."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal

from domain.groups import CreateGroup, GroupKind, create_group
from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.meetings import CashCount, CloseMeeting, OpenMeeting, close_meeting, open_meeting
from domain.members import AddMember, add_member
from domain.savings import record_contributions
from tests.ledger.book import both_verifications
from tests.ledger.outcomes import reasons
from tests.support.locks import wait_for_lock
from tests.support.world import GroupOfPeople, World, shares, sheet, social_fund


async def numbers_of(world: World, group: GroupOfPeople) -> list[int]:
    rows = await world.superuser.fetch(
        "SELECT number FROM ledger.entries WHERE tenant_id = $1 ORDER BY number", group.id
    )
    return [row["number"] for row in rows]


async def test_thirty_two_requests_with_one_key_are_decided_once(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    command = sheet(group, meeting, shares(group.members[0], 1), social_fund(group.members[1], "20"))
    outcomes = await asyncio.gather(*(world.perform(group.treasurer, record_contributions, command) for _ in range(32)))
    assert sum(not outcome.is_replay for outcome in outcomes) == 1
    assert {tuple(item.id for item in outcome.items) for outcome in outcomes} == {
        (command.item_id(0), command.item_id(1))
    }
    assert await numbers_of(world, group) == [1, 2]
    assert await both_verifications(world, group.id) == []


async def test_thirty_two_requests_that_are_refused_are_refused_alike(world: World) -> None:
    group = await world.group()
    command = AddMember(group_id=group.id, idempotency_key=new_id(), name="Zawadi", number=1)
    outcomes = await asyncio.gather(*(world.perform(group.secretary, add_member, command) for _ in range(32)))
    assert {outcome.error.reason for outcome in outcomes if outcome.error} == {"MEMBER_NUMBER_TAKEN"}
    assert sum(not outcome.is_replay for outcome in outcomes) == 1


async def test_thirty_two_requests_for_one_new_group_make_one(world: World) -> None:
    founder = await world.person()
    command = CreateGroup(
        idempotency_key=new_id(),
        name="Umoja",
        kind=GroupKind.VSLA,
        currency="KES",
        country="KE",
        time_zone="Africa/Nairobi",
        share_price=Decimal(200),
    )
    outcomes = await asyncio.gather(*(world.perform(founder, create_group, command) for _ in range(32)))
    assert {(outcome.id, outcome.error) for outcome in outcomes} == {(command.idempotency_key, None)}
    assert sum(not outcome.is_replay for outcome in outcomes) == 1
    assert await world.superuser.fetchval("SELECT count(*) FROM app.tenants") == 1


async def test_eight_writers_on_one_book_leave_no_gap_and_a_sound_chain(world: World) -> None:
    group = await world.group(shares_max=1000)
    meeting = await world.meeting(group)

    async def write(index: int) -> None:
        who = group.secretary if index % 2 else group.treasurer
        for round_ in range(5):
            member = group.members[(index + round_) % 5]
            command = sheet(group, meeting, shares(member, 1 + index), social_fund(member, f"{1 + round_}"))
            outcome = await world.perform(who, record_contributions, command)
            assert reasons(outcome) == [None, None]

    await asyncio.gather(*(write(index) for index in range(8)))
    assert await numbers_of(world, group) == list(range(1, 81))
    assert await world.superuser.fetchval("SELECT sum(shares) FROM app.contributions") == 5 * sum(range(1, 9))
    assert await both_verifications(world, group.id) == []


async def test_writers_who_cross_between_books_never_wait_for_each_other_in_a_ring(world: World) -> None:
    founder = await world.person()
    groups = [await world.group(secretary=founder, shares_max=1000) for _ in range(4)]
    meetings = {group.id: await world.meeting(group) for group in groups}
    order = random.Random(7)  # noqa: S311 - a repeatable order, no secret

    async def write(plan: list[GroupOfPeople]) -> None:
        for group in plan:
            command = sheet(group, meetings[group.id], shares(order.choice(group.members), 1))
            assert reasons(await world.perform(founder, record_contributions, command)) == [None]

    await asyncio.gather(*(write(order.choices(groups, k=10)) for _ in range(8)))
    assert sum([len(await numbers_of(world, group)) for group in groups]) == 80
    for group in groups:
        assert await numbers_of(world, group) == list(range(1, len(await numbers_of(world, group)) + 1))
        assert await both_verifications(world, group.id) == []


async def test_two_books_are_locked_in_one_order_however_they_are_named(world: World) -> None:
    founder = await world.person()
    first, second = await world.group(secretary=founder), await world.group(secretary=founder)

    async def lock(*books: GroupOfPeople) -> None:
        for _ in range(20):
            async with world.transaction(founder) as connection:
                await connection.execute("SELECT app.enter_write($1)", [book.id for book in books])
                await asyncio.sleep(0)

    before = await world.superuser.fetchval("SELECT sum(change_number) FROM ledger.heads")
    await asyncio.gather(lock(first, second), lock(second, first), lock(first, second), lock(second, first, second))
    assert await world.superuser.fetchval("SELECT sum(change_number) FROM ledger.heads") == before + 2 * 80


async def test_whoever_waits_for_a_book_holds_none_that_comes_after_it(world: World) -> None:
    founder = await world.person()
    lower, higher = sorted([(await world.group(secretary=founder)).id for _ in range(2)])

    async def lock() -> None:
        async with world.transaction(founder) as connection:
            await connection.execute("SELECT app.enter_write($1)", [higher, lower])

    on = "SELECT 1 FROM ledger.heads WHERE tenant_id = $1 FOR UPDATE NOWAIT"
    async with world.superuser.transaction():
        await world.superuser.execute(on, lower)
        task = asyncio.create_task(lock())
        await wait_for_lock(world.superuser)
        await world.superuser.execute(on, higher)
    await task


async def test_of_two_officers_who_open_a_meeting_at_once_one_does(world: World) -> None:
    group = await world.group()
    for number in range(1, 9):
        commands = [OpenMeeting(group_id=group.id, idempotency_key=new_id()) for _ in range(2)]
        outcomes = await asyncio.gather(
            *(
                world.perform(who, open_meeting, command)
                for who, command in zip((group.secretary, group.chair), commands, strict=True)
            )
        )
        won = [outcome for outcome in outcomes if outcome.error is None]
        lost = [outcome.error for outcome in outcomes if outcome.error is not None]
        assert [error.reason for error in lost] == ["OTHER_MEETING_OPEN"]
        meeting = won[0].id
        assert meeting is not None
        rows = await world.superuser.fetch("SELECT id, number FROM app.meetings WHERE status = 'OPEN'")
        assert [tuple(row) for row in rows] == [(meeting, number)]
        await world.close_meeting(group, meeting)


async def test_members_added_at_once_get_numbers_of_their_own(world: World) -> None:
    group = await world.group()
    commands = [AddMember(group_id=group.id, idempotency_key=new_id(), name=f"Person {n}") for n in range(16)]
    outcomes = await asyncio.gather(
        *(
            world.perform(group.secretary if index % 2 else group.chair, add_member, command)
            for index, command in enumerate(commands)
        )
    )
    assert all(outcome.error is None for outcome in outcomes)
    rows = await world.superuser.fetch("SELECT number FROM app.members ORDER BY number")
    assert [row["number"] for row in rows] == list(range(1, 22))


async def test_nothing_is_recorded_in_a_meeting_after_it_closed(world: World) -> None:
    group = await world.group(shares_max=1000)
    reason = "Counted while others were still paying"
    for _ in range(6):
        meeting = await world.meeting(group)
        opening = await world.superuser.fetchval(
            "SELECT balance FROM ledger.account_balances WHERE account_id = $1", group.account("1110")
        )
        count = CashCount(Fund.LOAN_FUND, Place.BOX, Decimal(int(opening)), reason)
        closing = CloseMeeting(
            group_id=group.id,
            idempotency_key=new_id(),
            meeting_id=meeting,
            expected_version=1,
            opening_counts=(count,),
            closing_counts=(count,),
        )
        sheets = [sheet(group, meeting, shares(member, 1)) for member in group.members]
        close, *records = await asyncio.gather(
            world.perform(group.secretary, close_meeting, closing),
            *(world.perform(group.treasurer, record_contributions, command) for command in sheets),
        )
        assert close.error is None
        refused = [outcome.error.reason for outcome in records if outcome.error is not None]
        assert set(refused) <= {"MEETING_CLOSED"}
        posted = await world.superuser.fetchval(
            "SELECT count(*) FROM ledger.entries WHERE meeting_id = $1 AND kind = 'SHARE_PURCHASE'", meeting
        )
        assert posted == len(sheets) - len(refused)
        # The change numbers are the order in which the transactions happened.
        closed_at, last_entry = await world.superuser.fetchrow(
            "SELECT max(number) FILTER (WHERE entity = 'meeting' AND entity_id = $1),"
            " max(number) FILTER (WHERE entity = 'entry' AND entity_id IN"
            " (SELECT id FROM ledger.entries WHERE meeting_id = $1 AND kind = 'SHARE_PURCHASE')) FROM app.changes",
            meeting,
        )
        assert last_entry is None or last_entry < closed_at
        expected = await world.superuser.fetchval(
            "SELECT expected FROM app.cash_counts WHERE meeting_id = $1 AND moment = 'CLOSING'", meeting
        )
        assert expected == opening + 200 * posted
        # What was posted before the closing is all that the count differs by, and the book then has what was counted.
        after = await world.superuser.fetchval(
            "SELECT balance FROM ledger.account_balances WHERE account_id = $1", group.account("1110")
        )
        assert after == opening
    assert await both_verifications(world, group.id) == []
