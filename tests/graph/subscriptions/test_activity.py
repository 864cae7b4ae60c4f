"""What followers of a group are told, and what they are not."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.meetings import OpenMeeting, open_meeting
from domain.members import AddMember, add_member
from domain.policy import Visibility
from graph.limits.buckets import Buckets
from graph.schema import schema
from tests.graph.subscriptions.sockets import LOCK_HEAD, Here, Socket, number_of, said
from tests.support.world import GroupOfPeople, Person, World, shares, social_fund

WHOLE = """
subscription Whole($group: ID!, $after: Int) {
  groupActivity(groupId: $group, after: $after) {
    number
    occurredAt
    group { id openMeeting { number } changeNumber }
    changes {
      kind
      operation
      recordId
      node {
        __typename
        id
        ... on Meeting { number status }
        ... on Contribution { kind amount { amount } member { name } }
        ... on Member { name phone }
      }
    }
  }
}
"""


async def test_each_unit_of_work_is_one_event_with_all_that_it_wrote(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.secretary) as socket:
        await socket.follow(group.id, after=await number_of(world, group.id))
        meeting = await world.meeting(group)
        await world.record(group, meeting, shares(group.members[0], 1), social_fund(group.members[1], "20"))
        await world.close_meeting(group, meeting)
        last = await number_of(world, group.id)
        events = await socket.events(last)
    assert [event["number"] for event in events] == [last - 2, last - 1, last]
    assert [said(event) for event in events] == [
        [("MEETING", "CREATE")],
        [("CONTRIBUTION", "CREATE"), ("CONTRIBUTION", "CREATE"), ("ENTRY", "CREATE"), ("ENTRY", "CREATE")],
        [("MEETING", "UPDATE")],
    ]
    assert events[0]["changes"][0]["recordId"] == events[2]["changes"][0]["recordId"] == str(meeting)


async def test_the_records_come_with_the_event_as_they_are_now(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.secretary) as socket:
        await socket.subscribe("1", WHOLE, group=group.id, after=await number_of(world, group.id))
        meeting = await world.meeting(group)
        opened = await socket.event()
        await world.record(group, meeting, shares(group.members[1], 2))
        recorded = await socket.event()
    assert opened["group"] == {"id": str(group.id), "openMeeting": {"number": 1}, "changeNumber": opened["number"]}
    assert opened["changes"][0]["node"] == {
        "__typename": "Meeting",
        "id": str(meeting),
        "number": 1,
        "status": "OPEN",
    }
    (contribution, entry) = recorded["changes"]
    assert contribution["node"] == {
        "__typename": "Contribution",
        "id": contribution["recordId"],
        "kind": "SHARE",
        "amount": {"amount": "400.00"},
        "member": {"name": "Member 2"},
    }
    assert (entry["kind"], entry["node"]) == ("ENTRY", None)


async def test_the_engine_runs_every_event(here: Here, world: World) -> None:
    group = await world.group()
    before = schema.uncovered.copy()
    async with here.socket(group.secretary) as socket:
        await socket.subscribe("1", WHOLE, group=group.id, after=0)
        await socket.events(await number_of(world, group.id))
    assert schema.uncovered == before


async def test_what_came_before_is_sent_first(here: Here, world: World) -> None:
    group = await world.group()
    last = await number_of(world, group.id)
    async with here.socket(group.secretary) as socket:
        await socket.follow(group.id, after=0)
        history = await socket.events(last)
        assert [event["number"] for event in history] == list(range(1, last + 1))
        assert ("GROUP", "CREATE") in said(history[0])
        await world.meeting(group)
        assert (await socket.event())["number"] == last + 1


async def test_without_a_number_only_what_comes_from_now_on_is_sent(here: Here, world: World) -> None:
    group = await world.group()
    last = await number_of(world, group.id)
    async with here.socket(group.secretary) as socket:
        await socket.follow(group.id)
        hearing = asyncio.create_task(socket.event())
        # When it has found its place nobody tells: something happens until it hears of it.
        while not hearing.done():
            meeting = await world.meeting(group)
            await world.close_meeting(group, meeting)
        assert (await hearing)["number"] > last


async def test_a_page_read_and_followed_from_its_change_number_misses_nothing(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.secretary) as socket:
        query = "query G($id: ID!) { group(id: $id) { changeNumber openMeeting { id } } }"
        await socket.subscribe("q", query, id=group.id)
        page = (await socket.answer("q"))["group"]
        meeting = await world.meeting(group)
        await socket.follow(group.id, after=page["changeNumber"])
        event = await socket.event()
    assert page["openMeeting"] is None
    assert event["changes"] == [{"kind": "MEETING", "operation": "CREATE", "recordId": str(meeting)}]


async def test_a_refused_command_uses_a_number_and_is_no_event(here: Here, world: World) -> None:
    group = await world.group()
    start = await number_of(world, group.id)
    async with here.socket(group.secretary) as socket:
        await socket.follow(group.id, after=start)
        meeting = await world.meeting(group)
        second = OpenMeeting(group_id=group.id, idempotency_key=new_id())
        assert (await world.perform(group.secretary, open_meeting, second)).error is not None
        await world.record(group, meeting, shares(group.members[0], 1))
        numbers = [event["number"] for event in await socket.events(await number_of(world, group.id))]
    assert numbers[0] == start + 1
    assert numbers[1] > start + 2
    assert len(numbers) == 2


async def nothing_to_follow(here: Here, who: Person, group: UUID, after: int | None = None) -> tuple[str, str]:
    async with here.socket(who) as socket:
        await socket.follow(group, after=after)
        return await socket.refusal()


@pytest.mark.parametrize("after", [None, 0, 10_000])
async def test_who_belongs_to_another_group_learns_not_even_that_there_is_one(
    here: Here, world: World, after: int | None
) -> None:
    group, other = await world.group(), await world.group()
    told = await nothing_to_follow(here, other.secretary, group.id, after)
    assert told == ("NOT_FOUND", "There is no such group, or you may not see it.")
    assert told == await nothing_to_follow(here, other.secretary, new_id(), after)
    assert told == await nothing_to_follow(here, await world.person(), group.id, after)


async def test_followers_of_two_groups_hear_of_their_own_alone(here: Here, world: World) -> None:
    one, two = await world.group(), await world.group()
    async with here.socket(one.secretary) as first, here.socket(two.secretary) as second:
        await first.follow(one.id, after=await number_of(world, one.id))
        await second.follow(two.id, after=await number_of(world, two.id))
        for _ in range(2):
            meeting = await world.meeting(two)
            await world.close_meeting(two, meeting)
        await world.meeting(one)
        assert [said(each) for each in await first.events(await number_of(world, one.id))] == [[("MEETING", "CREATE")]]
        heard = await second.events(await number_of(world, two.id))
    assert [said(each) for each in heard] == [[("MEETING", "CREATE")], [("MEETING", "UPDATE")]] * 2


async def sheets(world: World, group: GroupOfPeople) -> tuple[int, list[UUID]]:
    """A meeting with a sheet of three members; the number before it, and the ids of the contributions."""
    start = await number_of(world, group.id)
    meeting = await world.meeting(group)
    for member in group.members[:3]:
        await world.record(group, meeting, shares(member, 1))
    rows = await world.superuser.fetch("SELECT id, member_id FROM app.contributions ORDER BY entry_number")
    assert [row["member_id"] for row in rows] == list(group.members[:3])
    return start, [row["id"] for row in rows]


async def heard_by(here: Here, who: Person, group: GroupOfPeople, after: int) -> list[list[tuple[str, str]]]:
    """What somebody hears of a group up to the opening of another meeting, which is told to all who see meetings."""
    last = await number_of(here.world, group.id)
    async with here.socket(who) as socket:
        await socket.follow(group.id, after=after)
        return [said(event) for event in await socket.events(last)]


@pytest.mark.parametrize(
    ("visibility", "hears"),
    [(Visibility.ALL, 3), (Visibility.TOTALS_ONLY, 1), (Visibility.OWN_ONLY, 1)],
)
async def test_a_member_hears_of_other_members_money_only_where_the_constitution_shows_it(
    here: Here, world: World, visibility: Visibility, hears: int
) -> None:
    group = await world.group(visibility=visibility)
    # The fourth member is the plain one; she pays last.
    start = await number_of(world, group.id)
    meeting = await world.meeting(group)
    for member in (group.members[0], group.members[1], group.members[3]):
        await world.record(group, meeting, shares(member, 1))
    await world.close_meeting(group, meeting)
    told = await heard_by(here, group.plain, group, start)
    money = [("CONTRIBUTION", "CREATE"), ("ENTRY", "CREATE")]
    assert told == [[("MEETING", "CREATE")], *[money] * hears, [("MEETING", "UPDATE")]]


@pytest.mark.parametrize(
    ("consent", "kinds"),
    [
        ("TOTALS", {"GROUP", "CONSTITUTION", "ACCOUNT"}),
        ("ROWS", {"GROUP", "CONSTITUTION", "ACCOUNT", "MEMBER", "MEETING", "CONTRIBUTION", "ENTRY"}),
    ],
)
async def test_a_partner_hears_of_what_the_group_opened_to_it(
    here: Here, world: World, consent: str, kinds: set[str]
) -> None:
    group = await world.group()
    await sheets(world, group)
    partner = await world.partner(group, consent)
    # Something at the end that every partner is told.
    async with world.superuser.transaction():
        await world.superuser.execute(LOCK_HEAD, group.id)
        await world.superuser.execute("UPDATE app.groups SET village = 'Kawangware' WHERE tenant_id = $1", group.id)
    told = await heard_by(here, partner, group, 0)
    assert {kind for event in told for kind, _ in event} == kinds


async def test_an_administrator_may_follow_a_group_and_is_refused_what_none_may_see(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(await world.admin()) as socket:
        await socket.follow(group.id, after=0)
        last = await number_of(world, group.id)
        assert [event["number"] for event in await socket.events(last)] == list(range(1, last + 1))
        await socket.subscribe("2", WHOLE, group=group.id, after=last - 1)
        payload = (await socket.receive())["payload"]
    assert [(error["extensions"]["code"], error["path"][-1]) for error in payload["errors"]] == [("FORBIDDEN", "phone")]


async def test_hidden_columns_are_null_and_named_in_each_event(here: Here, world: World) -> None:
    group = await world.group()
    partner = await world.partner(group, "ROWS")
    async with here.socket(partner) as socket:
        await socket.subscribe("1", WHOLE, group=group.id, after=0)
        found = False
        while not found:
            payload = (await socket.receive())["payload"]
            event = payload["data"]["groupActivity"]
            found = ("MEMBER", "CREATE") in said(event)
            hidden = payload.get("extensions", {}).get("hidden", [])
            assert ("Member.phone" in hidden) is found
        (member,) = event["changes"]
    assert (member["node"]["name"], member["node"]["phone"]) == (None, None)


async def remove_member(world: World, group: GroupOfPeople, member: UUID) -> None:
    async with world.superuser.transaction():
        for statement in (
            LOCK_HEAD,
            "DELETE FROM app.member_keys WHERE tenant_id = $1 AND member_id = $2",
            "DELETE FROM app.member_names WHERE tenant_id = $1 AND member_id = $2",
            "DELETE FROM app.member_private WHERE tenant_id = $1 AND member_id = $2",
            "UPDATE app.memberships SET member_id = NULL WHERE tenant_id = $1 AND member_id = $2",
            "DELETE FROM app.members WHERE tenant_id = $1 AND id = $2",
        ):
            arguments = (group.id, member) if "$2" in statement else (group.id,)
            await world.superuser.execute(statement, *arguments)


async def test_a_removed_record_is_told_of_without_one(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.secretary) as socket:
        await socket.subscribe("1", WHOLE, group=group.id, after=await number_of(world, group.id))
        await remove_member(world, group, group.members[4])
        event = await socket.event()
        assert event["changes"] == [
            {"kind": "MEMBER", "operation": "DELETE", "recordId": str(group.members[4]), "node": None}
        ]
        # Whoever reads the log later is told that she joined, and finds nobody.
        await socket.subscribe("2", WHOLE, group=group.id, after=0)
        joined = [
            change
            for event in await socket.events(event["number"])
            for change in event["changes"]
            if change["recordId"] == str(group.members[4])
        ]
    assert [(change["operation"], change["node"]) for change in joined] == [("CREATE", None), ("DELETE", None)]


async def test_a_subscription_is_paid_for_once_and_its_events_give_nothing_back(here: Here, world: World) -> None:
    group = await world.group()
    # No time passes, so that nothing but what is taken and given back moves the bucket.
    here.services.gate.buckets = Buckets(clock=lambda: 0.0)

    async def left(socket: Socket) -> int:
        await socket.subscribe("q", "{ __typename }")
        told = (await socket.receive())["payload"]["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
        await socket.receive()
        return int(told)

    async with here.socket(group.secretary) as socket:
        before = await left(socket)
        await socket.follow(group.id, after=await number_of(world, group.id))
        opened = await left(socket)
        assert opened < before - 1
        for _ in range(3):
            await world.succeed(
                group.secretary, add_member, AddMember(group_id=group.id, idempotency_key=new_id(), name="New")
            )
        assert len(await socket.events(await number_of(world, group.id))) == 3
        assert await left(socket) == opened - 1
