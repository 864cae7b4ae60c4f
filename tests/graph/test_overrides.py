"""What officers let a member do beside her roles, or keep one of them from: two decide, and neither is she."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.policy import CAPABILITIES, Capability
from tests.graph.office import Office
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import Person, World, shares

ASK = "query($action: Command!, $id: ID!) { can(action: $action, id: $id) }"
OVERRIDE = """
permissionOverride {
  id capability effect startsOn endsOn status isInForce requestedBy decidedBy endedBy version member { number }
}
"""
MUTATIONS = {
    "RECORD_CONTRIBUTIONS": "CONTRIBUTIONS_RECORD",
    "RECORD_FINES": "FINE_LEVY",
    "RECORD_ROLL_CALL": "ROLL_CALL_RECORD",
}


@pytest.fixture
async def today(world: World) -> date:
    found: date = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    return found


async def ask(office: Office, client: Client, number: int, capability: str, effect: str, **fields: Any) -> Any:
    """Ask for an override of the member with this place in the group."""
    day = await office.world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date + 30")
    wish = {"memberId": office.group.members[number], "capability": capability, "effect": effect, "endsOn": str(day)}
    payload = await client.do("permissionOverrideRequest", OVERRIDE, groupId=office.group.id, **wish | fields)
    return payload["permissionOverride"]


async def decide(office: Office, client: Client, override: Any, *, is_approved: bool = True) -> Any:
    payload = await client.do(
        "permissionOverrideDecide",
        OVERRIDE,
        groupId=office.group.id,
        overrideId=override["id"],
        expectedVersion=override["version"],
        isApproved=is_approved,
    )
    return payload["permissionOverride"]


async def approved(api: Api, office: Office, number: int, capability: str, effect: str, **fields: Any) -> Any:
    """What the secretary asked and the chair approved; the treasurer in the place of whoever it is about."""
    others = [who for place, who in enumerate(officers(office)) if place != number]
    asked = await ask(office, api.client(others[0]), number, capability, effect, **fields)
    return await decide(office, api.client(others[1]), asked)


def officers(office: Office) -> tuple[Person, Person, Person]:
    return office.group.secretary, office.group.chair, office.group.treasurer


async def can(client: Client, action: str, record: object) -> bool:
    answer: bool = (await client.query(ASK, action=action, id=record))["can"]
    return answer


async def what_she_may(office: Office, client: Client) -> set[str]:
    """The capabilities by which she may do something, as the API answers."""
    return {name for name, action in MUTATIONS.items() if await can(client, action, office.group.id)}


async def sheet(office: Office, client: Client, meeting: UUID, member: int, count: int) -> Any:
    return await client.mutate(
        "contributionsRecord",
        "items { userErrors { reason already: alreadyBought } }",
        groupId=office.group.id,
        meetingId=meeting,
        items=[{"memberId": office.group.members[member], "kind": "SHARE", "shares": count}],
    )


async def test_a_member_records_contributions_while_two_officers_let_her(
    api: Api, office: Office, world: World, today: date
) -> None:
    group = office.group
    secretary, chair, plain = (api.client(who) for who in (group.secretary, group.chair, group.plain))
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[4], 4))
    asked = await ask(office, secretary, 3, "RECORD_CONTRIBUTIONS", "GRANTED", endsOn=str(today))
    assert asked == {
        "id": asked["id"],
        "capability": "RECORD_CONTRIBUTIONS",
        "effect": "GRANTED",
        "startsOn": str(today),
        "endsOn": str(today),
        "status": "REQUESTED",
        "isInForce": False,
        "requestedBy": str(group.secretary.user_id),
        "decidedBy": None,
        "endedBy": None,
        "version": 1,
        "member": {"number": 4},
    }
    assert (await sheet(office, plain, meeting, 4, 1)).refusal[0] == "FORBIDDEN"
    assert await what_she_may(office, plain) == set()
    decided = await decide(office, chair, asked)
    assert decided == asked | {
        "status": "APPROVED",
        "isInForce": True,
        "decidedBy": str(group.chair.user_id),
        "version": 2,
    }
    assert await what_she_may(office, plain) == {"RECORD_CONTRIBUTIONS"}
    # She sees what others bought, so that the limits hold for what she records.
    (item,) = (await sheet(office, plain, meeting, 4, 2)).data["contributionsRecord"]["items"]
    assert item == {"userErrors": [{"reason": "SHARES_OUTSIDE_LIMITS", "already": 4}]}
    (item,) = (await sheet(office, plain, meeting, 4, 1)).data["contributionsRecord"]["items"]
    assert item == {"userErrors": []}
    entry = await world.superuser.fetchrow("SELECT id, actor_id FROM ledger.entries ORDER BY number DESC LIMIT 1")
    assert entry["actor_id"] == group.plain.user_id
    reverse = {"groupId": group.id, "entryId": entry["id"], "reason": "Not hers"}
    assert (await plain.do("entryReverse", "entry { kind }", **reverse))["entry"] == {"kind": "SHARE_PURCHASE"}
    # Nothing else became hers.
    for mutation, fields in (
        ("fineLevy", {"memberId": group.members[4], "amount": "1", "reason": "x"}),
        ("withdrawalRecord", {"memberId": group.members[4], "amount": "1"}),
        ("memberAdd", {"name": "x"}),
        ("permissionOverrideEnd", {"overrideId": asked["id"], "expectedVersion": 2}),
    ):
        assert (await plain.mutate(mutation, "__typename", groupId=group.id, **fields)).refusal[0] == "FORBIDDEN"
    ended = await api.client(group.treasurer).do(
        "permissionOverrideEnd", OVERRIDE, groupId=group.id, overrideId=asked["id"], expectedVersion=2
    )
    assert ended["permissionOverride"] == decided | {
        "status": "ENDED",
        "isInForce": False,
        "endedBy": str(group.treasurer.user_id),
        "version": 3,
    }
    assert (await sheet(office, plain, meeting, 4, 1)).refusal[0] == "FORBIDDEN"


async def test_what_is_taken_from_an_officer_leaves_her_the_rest(api: Api, office: Office, world: World) -> None:
    group = office.group
    treasurer = api.client(group.treasurer)
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[4], 1))
    await approved(api, office, 2, "RECORD_CONTRIBUTIONS", "TAKEN")
    assert await what_she_may(office, treasurer) == {"RECORD_FINES", "RECORD_ROLL_CALL"}
    assert (await sheet(office, treasurer, meeting, 4, 1)).refusal[0] == "FORBIDDEN"
    entry = await world.superuser.fetchval("SELECT id FROM ledger.entries WHERE kind = 'SHARE_PURCHASE'")
    reversal = await treasurer.mutate(
        "entryReverse", "entry { id }", groupId=group.id, entryId=entry, reason="Not hers"
    )
    assert reversal.refusal[0] == "FORBIDDEN"
    seen = await treasurer.query(
        "query($id: ID!) { group(id: $id) { members(first: 5) { nodes { balances { shares } } } } }", id=group.id
    )
    assert [node["balances"]["shares"] for node in seen["group"]["members"]["nodes"]] == [0, 0, 0, 0, 1]
    assert (await sheet(office, api.client(group.secretary), meeting, 4, 1)).data


async def test_a_member_calls_the_roll_or_fines_where_she_is_let(api: Api, office: Office, world: World) -> None:
    group = office.group
    plain = api.client(group.plain)
    meeting = await world.meeting(group)
    roll = {"groupId": group.id, "meetingId": meeting}
    excused = [{"memberId": group.members[4], "status": "EXCUSED", "excuse": "Ill"}]
    await office.client.do("rollCallRecord", "meeting { id }", **roll, items=excused)
    await approved(api, office, 3, "RECORD_ROLL_CALL", "GRANTED")
    assert await what_she_may(office, plain) == {"RECORD_ROLL_CALL"}
    line = [{"memberId": group.members[4], "status": "LATE", "excuse": "The bus", "expectedVersion": 1}]
    await plain.do("rollCallRecord", "meeting { id }", **roll, items=line)
    assert await world.superuser.fetchval("SELECT excuse FROM app.attendance_words") == "The bus"
    # Whoever calls the roll sees no money.
    balances = "query($id: ID!) { node(id: $id) { ... on Member { balances { shares } } } }"
    assert await plain.query(balances, id=group.members[4]) == {"node": {"balances": None}}
    await approved(api, office, 3, "RECORD_FINES", "GRANTED")
    fine = {"groupId": group.id, "memberId": group.members[4]}
    await plain.do("fineLevy", "fine { id }", **fine, amount="20", reason="Late")
    await plain.do("finePay", "entry { id }", **fine, amount="5")
    assert (await plain.mutate("fineWaive", "entry { id }", **fine, amount="5", reason="x")).refusal[0] == "FORBIDDEN"
    owed = "query($id: ID!) { node(id: $id) { ... on Member { balances { finesOwed { amount } } } } }"
    assert await plain.query(owed, id=group.members[4]) == {"node": {"balances": {"finesOwed": {"amount": "15.00"}}}}


async def test_a_member_sees_balances_where_she_is_let_and_records_nothing(
    api: Api, office: Office, world: World
) -> None:
    group = office.group
    plain = api.client(group.plain)
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[4], 2))
    document = """query($id: ID!) { group(id: $id) {
      members(first: 5) { nodes { balances { shares } } } contributions(first: 5) { totalCount }
    } }"""
    await approved(api, office, 3, "VIEW_BALANCES", "GRANTED")
    assert await what_she_may(office, plain) == set()
    seen = (await plain.query(document, id=group.id))["group"]
    assert [node["balances"]["shares"] for node in seen["members"]["nodes"]] == [0, 0, 0, 0, 2]
    assert seen["contributions"] == {"totalCount": 1}
    # And in no other group of hers.
    other = await world.group(secretary=group.plain)
    alien = await world.group()
    await world.superuser.execute(
        "INSERT INTO app.memberships (id, user_id, tenant_id, role) VALUES ($1::uuid, $2::uuid, $3, 'MEMBER')",
        new_id(),
        group.plain.user_id,
        alien.id,
    )
    assert not await can(plain, "CONTRIBUTIONS_RECORD", alien.id)
    assert await can(plain, "CONTRIBUTIONS_RECORD", other.id)
    hidden = (await plain.query(document, id=alien.id))["group"]["members"]["nodes"]
    assert hidden == [{"balances": None}] * 5


async def test_an_override_holds_on_its_days_alone(api: Api, office: Office, world: World, today: date) -> None:
    plain = api.client(office.group.plain)
    tomorrow = str(today + timedelta(days=1))
    made = await approved(api, office, 3, "RECORD_ROLL_CALL", "GRANTED", startsOn=tomorrow, endsOn=tomorrow)
    assert (made["status"], made["isInForce"], made["startsOn"], made["endsOn"]) == (
        "APPROVED",
        False,
        tomorrow,
        tomorrow,
    )
    run = world.superuser.execute
    await run("ALTER TABLE app.permission_overrides DISABLE TRIGGER USER")
    for shift, expected in ((-1, True), (-1, False)):
        assert await what_she_may(office, plain) == (set() if expected else {"RECORD_ROLL_CALL"})
        await run(
            "UPDATE app.permission_overrides SET starts_at = starts_at + $1, ends_at = ends_at + $1",
            timedelta(days=shift),
        )
    assert await what_she_may(office, plain) == set()


async def test_what_is_no_use_or_too_much_is_refused(api: Api, office: Office, world: World, today: date) -> None:
    group = office.group
    day = str(today + timedelta(days=30))
    wish = {"memberId": group.members[3], "capability": "RECORD_FINES", "effect": "GRANTED", "endsOn": day}
    gone = await world.superuser.fetchval("SELECT gen_random_uuid()")
    for fields, reason, path in (
        ({"memberId": gone}, "MEMBER_UNKNOWN", ["memberId"]),
        ({"memberId": group.members[0]}, "OVERRIDE_OF_YOURSELF", ["memberId"]),
        ({"memberId": group.members[4]}, "MEMBER_HAS_NO_USER", ["memberId"]),
        ({"memberId": group.members[2]}, "CAPABILITY_HELD", ["capability"]),
        ({"effect": "TAKEN"}, "CAPABILITY_NOT_HELD", ["capability"]),
        ({"memberId": group.members[1], "effect": "TAKEN"}, "CAPABILITY_NOT_HELD", ["capability"]),
        (
            {"memberId": group.members[2], "capability": "VIEW_BALANCES", "effect": "TAKEN"},
            "CAPABILITY_NOT_TAKABLE",
            ["capability"],
        ),
        ({"startsOn": str(today - timedelta(days=1))}, "OVERRIDE_TOO_LONG", ["startsOn"]),
        ({"endsOn": str(today + timedelta(days=367))}, "OVERRIDE_TOO_LONG", ["endsOn"]),
        ({"endsOn": str(today - timedelta(days=1))}, "TERMS_IN_DISORDER", ["endsOn"]),
    ):
        assert (await office.refused("permissionOverrideRequest", **wish | fields))[1:3] == (reason, path)
    made = await approved(api, office, 3, "RECORD_FINES", "GRANTED", endsOn=day)
    assert (await office.refused("permissionOverrideRequest", **wish))[1] == "OVERRIDE_OVERLAPS"
    assert (await office.refused("permissionOverrideRequest", **wish, id=made["id"]))[1] == "ID_ALREADY_USED"


async def test_two_officers_decide_and_neither_is_she(api: Api, office: Office) -> None:
    group = office.group
    chair, treasurer = api.client(group.chair), api.client(group.treasurer)
    asked = await ask(office, office.client, 2, "RECORD_FINES", "TAKEN")
    wish = {"groupId": group.id, "overrideId": asked["id"], "expectedVersion": 1, "isApproved": True}
    async with nothing_changes(office.world, but_for_keys=True):
        assert (await office.client.user_error("permissionOverrideDecide", **wish))["reason"] == (
            "OVERRIDE_REQUESTED_BY_YOURSELF"
        )
        assert (await treasurer.user_error("permissionOverrideDecide", **wish))["reason"] == "OVERRIDE_OF_YOURSELF"
        stale = await chair.user_error("permissionOverrideDecide", **wish | {"expectedVersion": 2})
        assert stale["reason"] == "VERSION_STALE"
        unknown = await chair.user_error("permissionOverrideDecide", **wish | {"overrideId": new_id()})
        assert (unknown["reason"], unknown["path"]) == ("OVERRIDE_NOT_FOUND", ["overrideId"])
        assert (await api.client(group.plain).mutate("permissionOverrideDecide", "__typename", **wish)).refusal[0] == (
            "FORBIDDEN"
        )
    await decide(office, chair, asked)
    again = {"groupId": group.id, "overrideId": asked["id"], "expectedVersion": 2}
    async with nothing_changes(office.world, but_for_keys=True):
        assert (await chair.user_error("permissionOverrideDecide", **again, isApproved=False))["reason"] == (
            "OVERRIDE_DECIDED"
        )
        assert (await treasurer.user_error("permissionOverrideEnd", **again))["reason"] == "OVERRIDE_OF_YOURSELF"
    await chair.do("permissionOverrideEnd", OVERRIDE, **again)
    ended = await chair.user_error("permissionOverrideEnd", **again | {"expectedVersion": 3})
    assert ended["reason"] == "OVERRIDE_NOT_IN_FORCE"
    refused = await decide(
        office, chair, await ask(office, office.client, 2, "RECORD_FINES", "TAKEN"), is_approved=False
    )
    assert (refused["status"], refused["isInForce"]) == ("REFUSED", False)
    assert await what_she_may(office, treasurer) == set(MUTATIONS)


async def test_somebody_is_always_left_who_may(api: Api, office: Office, world: World) -> None:
    group = office.group
    secretary, chair, treasurer = (api.client(who) for who in officers(office))
    await approved(api, office, 2, "RECORD_CONTRIBUTIONS", "TAKEN")
    asked = await ask(office, chair, 0, "RECORD_CONTRIBUTIONS", "TAKEN")
    wish = {"groupId": group.id, "overrideId": asked["id"], "expectedVersion": 1, "isApproved": True}
    async with nothing_changes(world, but_for_keys=True):
        error = await treasurer.user_error("permissionOverrideDecide", **wish)
    assert (error["code"], error["reason"], error["path"]) == (
        "NOT_ALLOWED",
        "CAPABILITY_NEEDS_HOLDER",
        ["overrideId"],
    )
    assert "RECORD_CONTRIBUTIONS" in await what_she_may(office, secretary)
    # A second officer for a while only is none for as long.
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute(
        "UPDATE app.memberships SET ends_at = now() + interval '3 days' WHERE tenant_id = $1 AND role = 'TREASURER'",
        group.id,
    )
    asked = await ask(office, chair, 0, "RECORD_FINES", "TAKEN")
    error = await treasurer.user_error("permissionOverrideDecide", **wish | {"overrideId": asked["id"]})
    assert error["reason"] == "CAPABILITY_NEEDS_HOLDER"


async def test_of_two_that_would_leave_nobody_and_come_at_once_one_is_refused(api: Api, office: Office) -> None:
    group = office.group
    secretary, chair, treasurer = (api.client(who) for who in officers(office))
    first = await ask(office, secretary, 2, "RECORD_FINES", "TAKEN")
    second = await ask(office, treasurer, 0, "RECORD_FINES", "TAKEN")
    answers = await asyncio.gather(
        *(
            chair.mutate(
                "permissionOverrideDecide",
                "__typename",
                groupId=group.id,
                overrideId=each["id"],
                expectedVersion=1,
                isApproved=True,
            )
            for each in (first, second)
        )
    )
    reasons = sorted(
        error["reason"] for answer in answers for error in answer.data["permissionOverrideDecide"]["userErrors"]
    )
    assert reasons == ["CAPABILITY_NEEDS_HOLDER"]
    left = [await what_she_may(office, client) for client in (secretary, treasurer)]
    assert sum("RECORD_FINES" in each for each in left) == 1


async def test_it_is_seen_on_the_member_by_the_group_and_stands_in_the_trail(api: Api, office: Office) -> None:
    group = office.group
    await approved(api, office, 3, "RECORD_FINES", "GRANTED")
    await ask(office, office.client, 2, "RECORD_FINES", "TAKEN")
    document = """query($id: ID!) { group(id: $id) {
      permissionOverrides { totalCount nodes { capability effect status member { number } } }
      approved: permissionOverrides(status: APPROVED) { totalCount }
      members(first: 5) { nodes { permissionOverrides(status: APPROVED) { nodes { capability isInForce } } } }
    } }"""
    expected = {
        "permissionOverrides": {
            "totalCount": 2,
            "nodes": [
                {"capability": "RECORD_FINES", "effect": effect, "status": status, "member": {"number": number}}
                for effect, status, number in (("TAKEN", "REQUESTED", 3), ("GRANTED", "APPROVED", 4))
            ],
        },
        "approved": {"totalCount": 1},
        "members": {
            "nodes": [
                {"permissionOverrides": {"nodes": [{"capability": "RECORD_FINES", "isInForce": True}] * (n == 3)}}
                for n in range(5)
            ]
        },
    }
    for who in (group.secretary, group.plain):
        assert (await api.client(who).query(document, id=group.id))["group"] == expected
    stranger = await api.someone()
    assert (await stranger.query(document, id=group.id))["group"] is None
    trail = await office.world.superuser.fetch(
        "SELECT action, command, after FROM app.audit WHERE entity = 'permission_override' ORDER BY occurred_at"
    )
    assert [(row["action"], row["command"]) for row in trail] == [
        ("CREATE", "permissionOverrideRequest"),
        ("UPDATE", "permissionOverrideDecide"),
        ("CREATE", "permissionOverrideRequest"),
    ]
    logged = "SELECT DISTINCT entity_id FROM app.changes WHERE number > $1 AND entity = 'member'"
    assert {row["entity_id"] for row in await office.world.superuser.fetch(logged, 0)} >= set(group.members[2:4])


INSERT = """
INSERT INTO app.permission_overrides (
    tenant_id, id, member_id, capability, effect, starts_at, ends_at, status, requested_by, decided_at, decided_by
) VALUES ($1, $2, $3, $4, 'GRANTED', now() - interval '1 day', now() + interval '1 day', $5::text, $2,
    CASE WHEN $5::text = 'APPROVED' THEN now() END, CASE WHEN $5::text = 'APPROVED' THEN $1::uuid END)
"""


async def test_raw_sql_decides_nothing_that_the_services_would_not(office: Office, world: World) -> None:
    group = office.group

    async def run(who: Person, statement: str, *arguments: object) -> str:
        try:
            async with world.transaction(who) as connection:
                await connection.execute("SELECT app.enter_write($1)", [group.id])
                return await connection.execute(statement, *arguments)  # type: ignore[no-any-return]
        except asyncpg.PostgresError as error:
            return str(error.sqlstate)

    plain, chair = group.members[3], group.members[1]
    own, other = new_id(), new_id()
    async with nothing_changes(world, but_for_keys=True):
        for who, member, status, expected in (
            (group.secretary, plain, "APPROVED", "KB405"),
            (group.chair, chair, "REQUESTED", "KB403"),
            (group.plain, plain, "REQUESTED", "KB403"),
            (group.plain, chair, "REQUESTED", "42501"),
        ):
            assert await run(who, INSERT, group.id, new_id(), member, "RECORD_FINES", status) == expected
    # Whoever asked is never what the writer says.
    assert await run(group.secretary, INSERT, group.id, own, plain, "RECORD_FINES", "REQUESTED") == "INSERT 0 1"
    found = await world.superuser.fetchval("SELECT requested_by FROM app.permission_overrides WHERE id = $1", own)
    assert found == group.secretary.user_id
    step = (
        "UPDATE app.permission_overrides SET status = $3, decided_at = now(), decided_by = $1"
        " WHERE tenant_id = $1 AND id = $2"
    )
    async with nothing_changes(world, but_for_keys=True):
        assert await run(group.secretary, step, group.id, own, "APPROVED") == "23514"
        assert await run(group.plain, step, group.id, own, "APPROVED") == "UPDATE 0"
        assert await run(group.chair, step, group.id, own, "ENDED") == "KB405"
        assert await run(group.chair, "UPDATE app.permission_overrides SET version = 5") == "KB405"
        for column, value in (("capability", "'VIEW_BALANCES'"), ("member_id", "id"), ("starts_at", "now()")):
            statement = f"UPDATE app.permission_overrides SET status = 'APPROVED', {column} = {value}"
            assert await run(group.chair, statement) == "42501"
        assert await run(group.chair, "DELETE FROM app.permission_overrides") == "42501"
    assert await run(group.chair, step, group.id, own, "APPROVED") == "UPDATE 1"
    row = await world.superuser.fetchrow("SELECT decided_by, version FROM app.permission_overrides WHERE id = $1", own)
    assert tuple(row) == (group.chair.user_id, 2)
    assert await run(group.secretary, INSERT, group.id, other, plain, "RECORD_FINES", "REQUESTED") == "INSERT 0 1"
    async with nothing_changes(world, but_for_keys=True):
        assert await run(group.chair, step, group.id, other, "APPROVED") == "KB409"
        # What was decided stays but for its end, and that is when it is ended.
        assert await run(group.chair, step, group.id, own, "REFUSED") == "KB405"
    longer = "UPDATE app.permission_overrides SET status = 'ENDED', ends_at = '2100-01-01' WHERE id = $1"
    assert await run(group.treasurer, longer, own) == "UPDATE 1"
    row = await world.superuser.fetchrow(
        "SELECT ended_by, ends_at = ended_at AND ends_at <= now() AS is_over FROM app.permission_overrides"
        " WHERE id = $1",
        own,
    )
    assert tuple(row) == (group.treasurer.user_id, True)
    with pytest.raises(asyncpg.PostgresError):
        await world.superuser.execute("DELETE FROM app.permission_overrides")


async def test_the_database_knows_the_same_roles_of_each_capability(world: World) -> None:
    for capability in Capability:
        found = await world.superuser.fetchval("SELECT app.capability_roles($1)", capability.value)
        assert set(found) == {role.value for role in CAPABILITIES[capability].roles}


async def test_what_a_member_was_let_do_rests_while_she_takes_no_part(api: Api, office: Office) -> None:
    group = office.group
    secretary, plain = api.client(group.secretary), api.client(group.plain)
    override = await approved(api, office, 3, "RECORD_FINES", "GRANTED")
    assert await what_she_may(office, plain) == {"RECORD_FINES"}
    held = "member { permissionOverrides { nodes { id isInForce } } }"
    wish = {"groupId": group.id, "memberId": group.members[3]}
    paused = await secretary.do("memberDeactivate", held, expectedVersion=1, **wish)
    assert paused["member"]["permissionOverrides"]["nodes"] == [{"id": override["id"], "isInForce": False}]
    assert await what_she_may(office, plain) == set()
    levy = {"groupId": group.id, "memberId": group.members[4], "amount": "1", "reason": "x"}
    assert (await plain.mutate("fineLevy", "__typename", **levy)).refusal[0] == "FORBIDDEN"
    back = await secretary.do("memberReactivate", held, expectedVersion=2, **wish)
    assert back["member"]["permissionOverrides"]["nodes"] == [{"id": override["id"], "isInForce": True}]
    assert await what_she_may(office, plain) == {"RECORD_FINES"}
