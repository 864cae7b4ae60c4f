"""What few may know of a member is noted as read where it comes with an event, too, and does not leave before."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.members import AddMember, add_member
from tests.graph.subscriptions.sockets import Here, number_of, open_event_stream, token_of
from tests.support.world import GroupOfPeople, Person, World

PRIVATE = """
subscription Private($group: ID!, $after: Int) {
  groupActivity(groupId: $group, after: $after) {
    number
    changes { node { ... on Member { id phone nextOfKin { name } } } }
    group { members(first: 10) { nodes { email } } }
  }
}
"""
NAMES = """
subscription Names($group: ID!, $after: Int) {
  groupActivity(groupId: $group, after: $after) { number changes { node { ... on Member { name } } } }
}
"""
READS = "SELECT reader_id, member_id, fields FROM app.personal_reads ORDER BY member_id, reader_id, id"


async def enter(world: World, group: GroupOfPeople, name: str, phone: str) -> UUID:
    command = AddMember(
        group_id=group.id,
        idempotency_key=new_id(),
        name=name,
        phone=phone,
        email=f"{name.lower()}@example.org",
    )
    return await world.succeed(group.secretary, add_member, command)


async def noted(world: World) -> list[tuple[UUID, UUID, list[str]]]:
    found = await world.superuser.fetch(READS)
    return [(row["reader_id"], row["member_id"], sorted(row["fields"])) for row in found]


async def test_what_an_event_shows_of_a_member_is_noted_before_it_leaves(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.treasurer) as socket:
        await socket.subscribe("1", PRIVATE, group=group.id, after=await number_of(world, group.id))
        ann = await enter(world, group, "Ann", "0712345678")
        event = await socket.event()
        assert event["changes"][0]["node"] == {"id": str(ann), "phone": "+254712345678", "nextOfKin": None}
        # It is there by the time the event has come.
        assert await noted(world) == [(group.treasurer.user_id, ann, ["email", "phone"])]
        # The next event is a reading of its own.
        ben = await enter(world, group, "Ben", "0712345679")
        await socket.event()
        assert await noted(world) == [
            (group.treasurer.user_id, ann, ["email", "phone"]),
            (group.treasurer.user_id, ann, ["email"]),
            (group.treasurer.user_id, ben, ["email", "phone"]),
        ]


async def test_what_was_missed_is_noted_when_it_is_sent_later(here: Here, world: World) -> None:
    group = await world.group()
    after = await number_of(world, group.id)
    ann = await enter(world, group, "Ann", "0712345678")
    token = token_of(world, group.chair)
    async with open_event_stream(here.url, token, PRIVATE, group=group.id, after=after) as stream:
        sent = await stream.next()
        assert sent is not None
        assert sent[1]["data"]["groupActivity"]["changes"][0]["node"]["phone"] == "+254712345678"
        assert await noted(world) == [(group.chair.user_id, ann, ["email", "phone"])]


async def test_what_cannot_be_noted_does_not_leave_with_an_event(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.treasurer) as socket:
        await socket.subscribe("1", PRIVATE, group=group.id, after=await number_of(world, group.id))
        await world.superuser.execute("REVOKE EXECUTE ON FUNCTION app.note_personal_reads FROM kibubu_app")
        await enter(world, group, "Ann", "0712345678")
        # The first message is the error that ends it: nothing was sent before.
        code, message = await socket.refusal()
    assert code == "INTERNAL_SERVER_ERROR"
    assert "712345678" not in message


@pytest.mark.parametrize("document", [PRIVATE, NAMES])
async def test_who_is_shown_nothing_private_is_not_noted(here: Here, world: World, document: str) -> None:
    group = await world.group()
    who: Person = group.plain if document == PRIVATE else group.treasurer
    async with here.socket(who) as socket:
        await socket.subscribe("1", document, group=group.id, after=await number_of(world, group.id))
        await enter(world, group, "Ann", "0712345678")
        message = await socket.receive()
    assert message["type"] == "next", message
    assert "712345678" not in str(message)
    assert await noted(world) == []
