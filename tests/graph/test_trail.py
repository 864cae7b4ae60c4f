"""The trail: who changed what, without a personal value, and who read what few may know."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.policy import MachineScope
from tests.graph.office import Office
from tests.support.api import Api, Client, nothing_changes
from tests.support.machines import make_machine
from tests.support.world import World

TRAIL = """
query($id: ID!, $first: Int, $after: String, $entity: String, $entityId: ID, $actorId: ID, $command: String,
      $fromAt: DateTime, $toAt: DateTime) {
  group(id: $id) { auditLog(first: $first, after: $after, entity: $entity, entityId: $entityId, actorId: $actorId,
                            command: $command, fromAt: $fromAt, toAt: $toAt) {
    nodes { id occurredAt actorId roles sessionId requestId command action entity entityId
            changes { field before after } }
    pageInfo { hasNextPage endCursor } totalCount } } }
"""

READS = """
query($id: ID!) { group(id: $id) { personalDataReads { nodes { readerId memberId fields requestId } } } }
"""

PHONES = "query($id: ID!) { group(id: $id) { members { nodes { phone nextOfKin { name } } } } }"


async def trail(office: Office, **filters: Any) -> list[dict[str, Any]]:
    log = (await office.client.query(TRAIL, id=office.group.id, **filters))["group"]["auditLog"]
    nodes: list[dict[str, Any]] = log["nodes"]
    assert log["totalCount"] >= len(nodes)
    return nodes


async def test_a_change_says_who_what_how_and_when(office: Office) -> None:
    member = str(office.group.members[4])
    answer = await office.client.mutate(
        "memberRevise",
        "member { version }",
        groupId=office.group.id,
        memberId=member,
        expectedVersion=1,
        number=50,
        sex="FEMALE",
    )
    assert answer.data["memberRevise"]["member"] == {"version": 2}
    (record,) = await trail(office, entity="member", command="memberRevise")
    assert {**record, "id": None, "occurredAt": None} == {
        "id": None,
        "occurredAt": None,
        "actorId": str(office.group.secretary.user_id),
        "roles": ["SECRETARY", "MEMBER"],
        "sessionId": str(office.group.secretary.session_id),
        "requestId": answer.headers["x-request-id"],
        "command": "memberRevise",
        "action": "UPDATE",
        "entity": "member",
        "entityId": member,
        "changes": [
            {"field": "number", "before": "5", "after": "50"},
            {"field": "sex", "before": None, "after": '"FEMALE"'},
        ],
    }


async def test_of_what_is_personal_it_keeps_the_names_alone(office: Office) -> None:
    member = str(office.group.members[4])
    await office.client.do(
        "memberRevise",
        "member { version }",
        groupId=office.group.id,
        memberId=member,
        expectedVersion=1,
        name="Wanjiku Kamau",
        phone="0712345678",
        nationalId="AB123456",
        address="Plot 7",
        nextOfKin={"name": "Njoroge"},
        bornOn="1984-02-29",
    )
    records = await trail(office, entityId=member, command="memberRevise")
    changes = [change for record in records for change in record["changes"]]
    assert sorted(change["field"] for change in changes) == [
        "address",
        "birth",
        "name",
        "nationalId",
        "nextOfKin",
        "phone",
    ]
    assert {(change["before"], change["after"]) for change in changes} == {(None, None)}
    rows = await office.world.superuser.fetchval("SELECT string_agg(to_jsonb(a)::text, ' ') FROM app.audit a")
    for secret in ("Wanjiku", "712345678", "AB123456", "Plot", "Njoroge", "1984-02"):
        assert secret not in rows


async def test_a_whole_life_is_in_the_trail_the_last_first(office: Office) -> None:
    group, member = office.group.id, str(office.group.members[3])
    await office.client.do("roleGrant", "member { id }", groupId=group, memberId=member, role="TREASURER")
    await office.client.do("memberDeactivate", "member { id }", groupId=group, memberId=member, expectedVersion=1)
    await office.client.do("memberLeave", "member { id }", groupId=group, memberId=member, expectedVersion=2)
    records = await trail(office, first=6)
    assert [(each["command"], each["entity"], each["action"]) for each in records[:5]] == [
        ("memberLeave", "member", "UPDATE"),
        ("memberLeave", "membership", "UPDATE"),
        ("memberDeactivate", "member", "UPDATE"),
        ("memberDeactivate", "membership", "UPDATE"),
        ("roleGrant", "membership", "CREATE"),
    ]
    (status, *_) = [change for change in records[2]["changes"] if change["field"] == "status"]
    assert (status["before"], status["after"]) == ('"ACTIVE"', '"INACTIVE"')
    granted = {change["field"]: change["after"] for change in records[4]["changes"]}
    assert (json.loads(granted["role"]), json.loads(granted["memberId"])) == ("TREASURER", member)


async def test_pages_and_filters_give_parts_of_the_trail(office: Office) -> None:
    everything = await trail(office, first=100)
    assert everything
    page = (await office.client.query(TRAIL, id=office.group.id, first=3))["group"]["auditLog"]
    rest = await trail(office, first=100, after=page["pageInfo"]["endCursor"])
    assert [*page["nodes"], *rest] == everything
    created = await trail(office, first=100, command="groupCreate")
    assert {each["entity"] for each in created} >= {"group", "constitution", "membership", "account"}
    assert await trail(office, actorId=str(new_id())) == []
    moment = everything[2]["occurredAt"]
    assert await trail(office, first=100, toAt=moment) == everything[3:]
    assert await trail(office, first=100, fromAt=moment) == everything[:3]
    assert (await office.client.refused(TRAIL, id=office.group.id, entityId="x"))[0] == "BAD_USER_INPUT"


async def test_a_refused_change_leaves_no_trail(office: Office) -> None:
    before = await trail(office, first=100)
    await office.refused("memberRevise", memberId=office.group.members[4], expectedVersion=1, number=1)
    assert await trail(office, first=100) == before


async def test_only_officers_and_auditors_read_the_trail_and_nobody_changes_it(
    api: Api, office: Office, world: World
) -> None:
    group = office.group
    for who, sees in (
        (group.chair, True),
        (group.treasurer, True),
        (await world.auditor(group), True),
        (await world.admin(), True),
        (group.plain, False),
        (await world.partner(group, "NAMES"), False),
        (await world.institution_staff(group), False),
    ):
        nodes = (await api.client(who).query(TRAIL, id=group.id))["group"]["auditLog"]["nodes"]
        assert bool(nodes) is sees
        async with world.transaction(who) as connection:
            count = "SELECT count(*) FROM app.audit WHERE tenant_id = $1"
            assert (await connection.fetchval(count, group.id) > 0) is sees
    async with nothing_changes(world):
        for statement in ("UPDATE app.audit SET roles = '{}'", "DELETE FROM app.audit", "TRUNCATE app.audit"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with world.transaction(group.secretary) as connection:
                    await connection.execute(statement)
            with pytest.raises(asyncpg.PostgresError) as refusal:
                await world.superuser.execute(statement)
            assert refusal.value.sqlstate == "KB405"


async def test_whoever_reads_what_few_may_know_is_noted_before_she_has_it(api: Api, office: Office) -> None:
    group = office.group
    member = await office.client.do(
        "memberAdd", "member { id }", groupId=group.id, name="Ann", phone="0712345678", nextOfKin={"name": "Ben"}
    )
    assert (await office.client.query(READS, id=group.id))["group"]["personalDataReads"]["nodes"] == []
    answer = await api.client(group.treasurer).send(PHONES, id=group.id)
    assert answer.data["group"]["members"]["nodes"][5] == {"phone": "+254712345678", "nextOfKin": {"name": "Ben"}}
    assert (await office.client.query(READS, id=group.id))["group"]["personalDataReads"]["nodes"] == [
        {
            "readerId": str(group.treasurer.user_id),
            "memberId": member["member"]["id"],
            "fields": ["nextOfKin", "phone"],
            "requestId": answer.headers["x-request-id"],
        }
    ]


async def test_nothing_that_was_not_seen_or_is_ones_own_is_noted(api: Api, office: Office, world: World) -> None:
    group = office.group
    await office.client.do(
        "memberRevise",
        "member { id }",
        groupId=group.id,
        memberId=group.members[3],
        expectedVersion=1,
        phone="0712345678",
    )
    for who in (group.plain, await world.partner(group, "NAMES"), await world.auditor(group), await world.person()):
        await api.client(who).query(PHONES, id=group.id)
    assert await world.superuser.fetchval("SELECT count(*) FROM app.personal_reads") == 0
    # A mutation that reads it back reads it as well.
    await office.client.do(
        "memberDeactivate",
        "member { phone }",
        groupId=group.id,
        memberId=group.members[3],
        expectedVersion=2,
    )
    assert await world.superuser.fetchval("SELECT count(*) FROM app.personal_reads") == 1


async def test_what_cannot_be_noted_does_not_leave(office: Office, world: World) -> None:
    await office.client.do("memberAdd", "member { id }", groupId=office.group.id, name="Ann", phone="0712345678")
    await world.superuser.execute("REVOKE EXECUTE ON FUNCTION app.note_personal_reads FROM kibubu_app")
    answer = await office.client.send(PHONES, id=office.group.id)
    assert "712345678" not in answer.text
    assert answer.refusal[0] == "INTERNAL_SERVER_ERROR"


async def test_she_and_the_officers_read_who_read(api: Api, office: Office, world: World) -> None:
    group = office.group
    member = group.members[3]
    await office.client.do(
        "memberRevise",
        "member { phone }",
        groupId=group.id,
        memberId=member,
        expectedVersion=1,
        phone="0712345678",
    )
    document = "query($id: ID!) { node(id: $id) { ... on Member { personalDataReads { nodes { readerId fields } } } } }"
    seen = [{"readerId": str(group.secretary.user_id), "fields": ["phone"]}]
    for who, nodes in (
        (group.plain, seen),
        (group.chair, seen),
        (await world.admin(), seen),
        (await world.auditor(group), []),
        (await world.partner(group, "NAMES"), []),
    ):
        found = await api.client(who).query(document, id=member)
        assert found["node"]["personalDataReads"]["nodes"] == nodes
        async with world.transaction(who) as connection:
            assert await connection.fetchval("SELECT count(*) FROM app.personal_reads") == len(nodes)


async def test_a_machine_that_reads_is_noted_by_its_credential(api: Api, office: Office, world: World) -> None:
    group = office.group
    await office.client.do("memberAdd", "member { id }", groupId=group.id, name="Ann", phone="0712345678")
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.member_private SET shown_to = $1", [group.id])
    machine = await make_machine(world, group.id, [MachineScope.READ_NAMES])
    client = Client(api.http, machine.token.text)
    assert (await client.query(PHONES, id=group.id))["group"]["members"]["nodes"][5]["phone"] == "+254712345678"
    assert await world.superuser.fetchval("SELECT reader_id FROM app.personal_reads") == machine.id


async def test_nobody_notes_what_she_cannot_have_read(office: Office, world: World) -> None:
    group = office.group
    note = "SELECT app.note_personal_reads($1, 'x', $2, $3, '{phone}')"
    people = (group.plain, await world.auditor(group), await world.partner(group, "ROWS"))
    async with nothing_changes(world):
        for who in people:
            with pytest.raises(asyncpg.PostgresError) as refusal:
                async with world.transaction(who) as connection:
                    await connection.execute(note, who.session_id, [group.id], [group.members[0]])
            assert refusal.value.sqlstate == "KB403"


async def test_the_note_costs_two_statements_and_only_where_something_was_read(api: Api, office: Office) -> None:
    group = office.group.id
    await office.client.do("memberAdd", "member { id }", groupId=group, name="Ann", phone="0712345678")
    names = await api.count_statements(
        office.client, "query($id: ID!) { group(id: $id) { members { nodes { name } } } }", id=group
    )
    phones = await api.count_statements(office.client, PHONES, id=group)
    # One to load what is private, and two to enter and note.
    assert phones.count == names.count + 3
