"""What the viewer may do is asked of the schema, and is what the mutations then let her do."""

from __future__ import annotations

from typing import Any

from domain.identifiers import new_id
from domain.policy import MachineScope
from graph.permitted import Command
from graph.schema import schema
from tests.graph.office import Office
from tests.support.api import Api, Client
from tests.support.machines import make_machine
from tests.support.world import World

ASK = "query($action: Command!, $id: ID!) { can(action: $action, id: $id) }"

ELSEWHERE = {"sessionOpen", "sessionRefresh", "sessionRevoke", "userCreate", "userSuspend", "userReactivate"}
"""Mutations that are about no record of a group."""


async def can(client: Client, action: str, record: object) -> bool:
    answer: bool = (await client.query(ASK, action=action, id=record))["can"]
    return answer


def test_every_mutation_of_a_group_can_be_asked_about() -> None:
    mutations = set(schema._schema.mutation_type.fields)  # type: ignore[union-attr]
    asked = {each.value for each in Command}
    assert asked - mutations == set()
    assert {name for name in mutations - asked if not name.startswith("machineCredential")} <= ELSEWHERE


async def test_the_answer_is_what_the_mutation_does(api: Api, office: Office, world: World) -> None:
    group = office.group
    meeting = await world.meeting(group)
    for who in (
        group.secretary,
        group.chair,
        group.treasurer,
        group.plain,
        await world.auditor(group),
        await world.partner(group, "NAMES"),
        await world.institution_staff(group),
        await world.admin(),
        await world.person(),
    ):
        client = api.client(who)
        for action, mutation, fields in (
            ("MEMBER_ADD", "memberAdd", {"name": ""}),
            ("ROLE_END", "roleEnd", {"memberId": new_id(), "role": "CHAIR"}),
            ("MEMBER_LEAVE", "memberLeave", {"memberId": new_id(), "expectedVersion": 1}),
            ("FINE_WAIVE", "fineWaive", {"memberId": new_id(), "amount": "1", "reason": "x"}),
            ("CONTRIBUTIONS_RECORD", "contributionsRecord", {"meetingId": new_id(), "items": []}),
        ):
            answer = await client.mutate(mutation, "__typename", groupId=group.id, **fields)
            errors: list[Any] = answer.body.get("errors", [])
            payload = (answer.body.get("data") or {}).get(mutation) or {}
            reasons = {error["reason"] for error in payload.get("userErrors", ())}
            let_in = not errors and "GROUP_NOT_FOUND" not in reasons
            for record in (group.id, group.members[4], meeting):
                assert await can(client, action, record) is let_in, (who, action, record)


async def test_nobody_may_do_anything_to_what_is_not_there(office: Office, api: Api, world: World) -> None:
    other = await world.group()
    for record in (new_id(), other.id, other.members[0]):
        assert not await can(office.client, "MEMBER_ADD", record)
    assert await can(office.client, "GROUP_CREATE", new_id())
    assert (await office.client.refused(ASK, action="MEMBER_ADD", id="x"))[0] == "BAD_USER_INPUT"
    assert (await api.anonymous.refused(ASK, action="MEMBER_ADD", id=other.id))[0] == "UNAUTHENTICATED"


async def test_a_machine_may_what_its_scopes_say(api: Api, office: Office, world: World) -> None:
    machine = await make_machine(world, office.group.id, [MachineScope.RECORD_CONTRIBUTIONS])
    client = Client(api.http, machine.token.text)
    assert await can(client, "CONTRIBUTIONS_RECORD", office.group.id)
    assert not await can(client, "MEMBER_ADD", office.group.id)
    assert not await can(client, "GROUP_CREATE", office.group.id)


async def test_asking_costs_two_statements(api: Api, office: Office) -> None:
    assert (await api.count_statements(office.client, ASK, action="MEMBER_ADD", id=office.group.id)).count == 2
