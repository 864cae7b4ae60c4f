"""What members hold: roles with their days, of which the group cannot lose the last that counts, and positions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api, nothing_changes
from tests.support.world import Person, World

HELD = "member { roles positions { position startsOn endsOn } }"


async def today(world: World) -> date:
    found: date = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    return found


def member(office: Office, index: int) -> str:
    return str(office.group.members[index])


async def do(office: Office, mutation: str, selection: str = HELD, **fields: Any) -> dict[str, Any]:
    return await office.client.do(mutation, selection, groupId=office.group.id, **fields)


async def is_officer(api: Api, office: Office) -> bool:
    """Whether the plain member may do what officers do."""
    answer = await api.client(office.group.plain).mutate(
        "memberAdd", "member { id }", groupId=office.group.id, name="Ann"
    )
    return "errors" not in answer.body


async def test_a_member_holds_several_roles_at_once_and_may_what_each_of_them_may(api: Api, office: Office) -> None:
    assert not await is_officer(api, office)
    payload = await do(office, "roleGrant", memberId=member(office, 3), role="TREASURER")
    assert payload["member"]["roles"] == ["MEMBER", "TREASURER"]
    assert not await is_officer(api, office)
    payload = await do(office, "roleGrant", memberId=member(office, 3), role="CHAIR")
    assert payload["member"]["roles"] == ["CHAIR", "MEMBER", "TREASURER"]
    assert await is_officer(api, office)
    payload = await do(office, "roleEnd", memberId=member(office, 3), role="CHAIR")
    assert payload["member"]["roles"] == ["MEMBER", "TREASURER"]
    assert not await is_officer(api, office)


async def test_a_role_begins_and_ends_with_its_days(api: Api, office: Office, world: World) -> None:
    now = await today(world)
    coming = {"startsOn": now + timedelta(days=3), "endsOn": now + timedelta(days=9)}
    payload = await do(office, "roleGrant", memberId=member(office, 3), role="CHAIR", **coming)
    assert payload["member"]["roles"] == ["MEMBER"]
    assert not await is_officer(api, office)
    row = await world.superuser.fetchrow(
        "SELECT (starts_at AT TIME ZONE 'Africa/Nairobi')::text AS first, (ends_at AT TIME ZONE 'Africa/Nairobi')::text"
        " AS last FROM app.memberships WHERE member_id = $1 AND role = 'CHAIR'",
        office.group.members[3],
    )
    assert dict(row) == {
        "first": f"{now + timedelta(days=3)} 00:00:00",
        "last": f"{now + timedelta(days=10)} 00:00:00",
    }
    error = await office.refused("roleGrant", memberId=member(office, 3), role="CHAIR")
    assert error[:3] == ("CONFLICT", "ROLE_HELD_ALREADY", ["role"])
    # Ended before it began, it never was.
    await do(office, "roleEnd", memberId=member(office, 3), role="CHAIR")
    await do(office, "roleGrant", memberId=member(office, 3), role="CHAIR", endsOn=now)
    assert await is_officer(api, office)


async def test_roles_that_cannot_be_are_refused(office: Office, world: World) -> None:
    now = await today(world)

    async def refused(mutation: str, index: int, role: str, **more: Any) -> tuple[str, list[str]]:
        return (await office.refused(mutation, memberId=member(office, index), role=role, **more))[1:3]

    assert await refused("roleGrant", 4, "CHAIR") == ("MEMBER_HAS_NO_USER", ["memberId"])
    assert await refused("roleGrant", 1, "CHAIR") == ("ROLE_HELD_ALREADY", ["role"])
    assert await refused("roleGrant", 3, "AUDITOR") == ("ROLE_NOT_FOR_MEMBERS", ["role"])
    assert await refused("roleEnd", 3, "CHAIR") == ("ROLE_NOT_HELD", ["role"])
    past = now - timedelta(days=1)
    assert await refused("roleGrant", 3, "CHAIR", endsOn=past) == ("TERMS_IN_DISORDER", ["endsOn"])
    assert await refused("roleEnd", 1, "CHAIR", endsOn=past) == ("TERMS_IN_DISORDER", ["endsOn"])
    assert await refused("roleGrant", 3, "CHAIR", startsOn="1800-01-01") == ("DATE_NOT_PLAUSIBLE", ["startsOn"])
    error = await office.refused("roleGrant", memberId=new_id(), role="CHAIR")
    assert error[1:3] == ("MEMBER_UNKNOWN", ["memberId"])


async def test_the_last_chair_or_secretary_stays(office: Office, world: World) -> None:
    await do(office, "roleEnd", memberId=member(office, 1), role="CHAIR")
    needs = ("NOT_ALLOWED", "GROUP_NEEDS_OFFICER")
    assert (await office.refused("roleEnd", memberId=member(office, 0), role="SECRETARY"))[:2] == needs
    soon = await today(world) + timedelta(days=5)
    assert (await office.refused("roleEnd", memberId=member(office, 0), role="SECRETARY", endsOn=soon))[:2] == needs
    change = {"memberId": member(office, 0), "expectedVersion": 1}
    assert (await office.refused("memberSuspend", **change))[:2] == needs
    assert (await office.refused("memberLeave", **change))[:2] == needs
    assert (await office.refused("memberDeathRecord", **change))[:2] == needs
    # A user who may not sign in speaks for nobody.
    await do(office, "roleGrant", memberId=member(office, 3), role="CHAIR")
    plain = office.group.plain.user_id
    await world.superuser.execute("UPDATE app.users SET status = 'SUSPENDED' WHERE id = $1", plain)
    assert (await office.refused("roleEnd", memberId=member(office, 0), role="SECRETARY"))[:2] == needs
    await world.superuser.execute("UPDATE app.users SET status = 'ACTIVE' WHERE id = $1", plain)
    payload = await do(office, "memberSuspend", "member { status roles }", **change)
    assert payload["member"] == {"status": "SUSPENDED", "roles": ["MEMBER"]}
    answer = await office.client.mutate("memberAdd", "__typename", groupId=office.group.id, name="Ann")
    assert answer.error["extensions"]["code"] == "FORBIDDEN"


async def test_whoever_has_a_last_day_does_not_count_as_the_one_who_stays(office: Office, world: World) -> None:
    now = await today(world)
    await do(office, "roleEnd", memberId=member(office, 1), role="CHAIR")
    needs = ("NOT_ALLOWED", "GROUP_NEEDS_OFFICER")
    end = {"memberId": member(office, 0), "role": "SECRETARY"}
    await do(office, "roleGrant", memberId=member(office, 3), role="CHAIR", endsOn=now + timedelta(days=1))
    async with nothing_changes(world, but_for_keys=True):
        assert (await office.refused("roleEnd", **end))[:2] == needs
        change = {"memberId": member(office, 0), "expectedVersion": 1}
        assert (await office.refused("memberSuspend", **change))[:2] == needs
    # Neither does who begins a day too late, and who begins in time does.
    await do(office, "roleGrant", memberId=member(office, 2), role="CHAIR", startsOn=now + timedelta(days=3))
    assert (await office.refused("roleEnd", **end))[:2] == needs
    await do(office, "roleEnd", memberId=member(office, 2), role="CHAIR")
    await do(office, "roleGrant", memberId=member(office, 2), role="CHAIR", startsOn=now + timedelta(days=2))
    payload = await do(office, "roleEnd", **end)
    assert payload["member"]["roles"] == ["MEMBER"]


async def test_positions_are_held_one_at_a_time_and_have_days(office: Office, world: World) -> None:
    now = await today(world)
    payload = await do(office, "positionAssign", memberId=member(office, 4), position="KEY_HOLDER_1")
    assert payload["member"]["positions"] == [{"position": "KEY_HOLDER_1", "startsOn": str(now), "endsOn": None}]
    document = (
        "mutation($input: PositionAssignInput!) { positionAssign(input: $input) { userErrors {"
        " reason path memberId memberNumber } } }"
    )
    wish = {"groupId": office.group.id, "idempotencyKey": new_id(), "memberId": member(office, 3)}
    taken = (await office.client.query(document, input={**wish, "position": "KEY_HOLDER_1"}))["positionAssign"]
    assert taken["userErrors"] == [
        {"reason": "POSITION_TAKEN", "path": ["position"], "memberId": member(office, 4), "memberNumber": 5}
    ]
    held = await world.superuser.fetchval("SELECT id FROM app.positions")
    stale = await office.refused("positionEnd", positionId=held, expectedVersion=2)
    assert stale[1] == "VERSION_STALE"
    late = now + timedelta(days=1)
    assert (await office.refused("positionEnd", positionId=held, expectedVersion=1, endsOn=late))[
        1
    ] == "TERMS_IN_DISORDER"
    payload = await do(office, "positionEnd", "position { endsOn version }", positionId=held, expectedVersion=1)
    assert payload["position"] == {"endsOn": str(now), "version": 2}
    assert (await office.refused("positionEnd", positionId=held, expectedVersion=2))[1] == "POSITION_ENDED"
    assert (await office.refused("positionEnd", positionId=new_id(), expectedVersion=1))[1] == "POSITION_NOT_FOUND"
    payload = await do(office, "positionAssign", memberId=member(office, 3), position="KEY_HOLDER_1")
    assert [each["position"] for each in payload["member"]["positions"]] == ["KEY_HOLDER_1"]


async def test_whoever_holds_a_key_is_not_on_the_committee(office: Office) -> None:
    async def refused(mutation: str, index: int, **what: str) -> tuple[str, list[str]]:
        return (await office.refused(mutation, memberId=member(office, index), **what))[1:3]

    on_committee = ("KEY_HOLDER_ON_COMMITTEE", ["memberId"])
    assert await refused("positionAssign", 1, position="KEY_HOLDER_2") == on_committee
    await do(office, "positionAssign", memberId=member(office, 3), position="KEY_HOLDER_2")
    assert await refused("roleGrant", 3, role="TREASURER") == ("KEY_HOLDER_ON_COMMITTEE", ["role"])
    assert await refused("positionAssign", 3, position="MONEY_COUNTER_1") == on_committee
    await do(office, "positionAssign", memberId=member(office, 4), position="BOX_KEEPER")
    assert await refused("positionAssign", 4, position="KEY_HOLDER_3") == on_committee


@pytest.mark.parametrize("who", ["treasurer", "plain"])
async def test_who_is_no_registrar_gives_and_ends_nothing(api: Api, office: Office, world: World, who: str) -> None:
    person = getattr(office.group, who)
    client = api.client(person)
    group = office.group.id
    async with nothing_changes(world):
        for mutation, fields in (
            ("roleGrant", {"memberId": member(office, 3), "role": "CHAIR"}),
            ("roleEnd", {"memberId": member(office, 1), "role": "CHAIR"}),
            ("positionAssign", {"memberId": member(office, 3), "position": "BOX_KEEPER"}),
            ("positionEnd", {"positionId": new_id(), "expectedVersion": 1}),
            ("memberLink", {"memberId": member(office, 4), "userId": person.user_id}),
            ("memberLeave", {"memberId": member(office, 4), "expectedVersion": 1}),
        ):
            answer = await client.mutate(mutation, "__typename", groupId=group, **fields)
            assert answer.error["extensions"]["code"] == "FORBIDDEN", mutation
        for statement, index in (
            ("SELECT app.grant_role($1, $2, 'CHAIR', now(), NULL)", 3),
            ("SELECT app.end_roles($1, $2, '{CHAIR}', now())", 1),
        ):
            refusal = await _refusal_of(world, person, statement, group, office.group.members[index])
            assert refusal == "KB403"


async def _refusal_of(world: World, who: Person, statement: str, group: UUID, member_id: UUID) -> str | None:
    """The code with which the database refuses a statement of hers; None where it lets it through."""
    try:
        async with world.transaction(who) as connection:
            await connection.execute("SELECT app.enter_write($1)", [group])
            await connection.execute(statement, group, member_id)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


@pytest.mark.parametrize("mutation", ["memberDeactivate", "memberSuspend"])
async def test_whoever_takes_no_part_holds_no_office(api: Api, office: Office, world: World, mutation: str) -> None:
    chair = api.client(office.group.chair)
    away = {"memberId": member(office, 1), "expectedVersion": 1}
    payload = await do(office, mutation, "member { roles }", **away)
    assert payload["member"]["roles"] == ["MEMBER"]
    group = office.group.id
    async with nothing_changes(world):
        for refused, fields in (
            ("memberAdd", {"name": "Ann"}),
            ("meetingOpen", {}),
            ("fineLevy", {"memberId": member(office, 4), "amount": "1", "reason": "x"}),
            ("roleGrant", {"memberId": member(office, 1), "role": "CHAIR"}),
        ):
            answer = await chair.mutate(refused, "__typename", groupId=group, **fields)
            assert answer.error["extensions"]["code"] == "FORBIDDEN", refused
        assert await _officer_terms(world, office.group.chair, group) == {"member"}
    assert await _rows_changed(world, office.group.chair, group) == 0
    again = await office.refused("roleGrant", memberId=member(office, 1), role="CHAIR")
    assert again[:3] == ("NOT_ALLOWED", "MEMBER_TAKES_NO_PART", ["memberId"])
    await do(office, "roleGrant", memberId=member(office, 3), role="CHAIR")
    # Whoever comes back comes back as a member.
    payload = await do(office, "memberReactivate", "member { roles }", memberId=member(office, 1), expectedVersion=2)
    assert payload["member"]["roles"] == ["MEMBER"]
    await do(office, "roleGrant", memberId=member(office, 1), role="CHAIR")
    assert "chair" in await _officer_terms(world, office.group.chair, group)


async def test_the_last_registrar_does_not_pause(office: Office) -> None:
    await do(office, "roleEnd", memberId=member(office, 1), role="CHAIR")
    error = await office.refused("memberDeactivate", memberId=member(office, 0), expectedVersion=1)
    assert error[:2] == ("NOT_ALLOWED", "GROUP_NEEDS_OFFICER")
    await do(office, "roleGrant", memberId=member(office, 3), role="CHAIR")
    payload = await do(office, "memberDeactivate", "member { roles }", memberId=member(office, 0), expectedVersion=1)
    assert payload["member"]["roles"] == ["MEMBER"]


@pytest.mark.parametrize("status", ["INACTIVE", "SUSPENDED"])
async def test_raw_sql_leaves_nobody_in_office_who_takes_no_part(world: World, office: Office, status: str) -> None:
    group, secretary = office.group, office.group.secretary
    pause = f"UPDATE app.members SET status = '{status}', version = 2 WHERE tenant_id = $1 AND id = $2"
    async with nothing_changes(world):
        for index in (1, 2):
            assert await _refusal_of(world, secretary, pause, group.id, group.members[index]) == "KB422"
    async with world.transaction(secretary) as connection:
        await connection.execute("SELECT app.enter_write($1)", [group.id])
        await connection.execute(pause, group.id, group.members[3])
    async with nothing_changes(world):
        for statement, state in (
            ("SELECT app.grant_role($1, $2, 'CHAIR', now(), NULL)", "KB422"),
            ("SELECT app.grant_role($1, $2, 'TREASURER', now() + interval '1 day', NULL)", "KB422"),
            (f"SELECT app.link_member($1, $2, '{group.plain.user_id}', '{{CHAIR}}')", "KB422"),
        ):
            assert await _refusal_of(world, secretary, statement, group.id, group.members[3]) == state
        # Not even the owner's functions do, by any other way.
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await world.superuser.execute(
                "INSERT INTO app.memberships (id, user_id, tenant_id, member_id, role, created_by)"
                " VALUES (gen_random_uuid(), $1, $2, $3, 'CHAIR', $1)",
                group.plain.user_id,
                group.id,
                group.members[3],
            )
        assert refusal.value.sqlstate == "KB409"


async def _officer_terms(world: World, who: Person, group: UUID) -> set[str]:
    """Which of these terms describe her in the group, as the database enters her."""
    async with world.transaction(who) as connection:
        terms = ("member", "officer", "chair", "secretary", "treasurer", "fine_recorder", "roll_recorder")
        return {
            term for term in terms if await connection.fetchval("SELECT $1 = ANY (app.tenants_as($2))", group, term)
        }


async def _rows_changed(world: World, who: Person, group: UUID) -> int:
    async with world.transaction(who) as connection:
        await connection.execute("SELECT app.enter_write($1)", [group])
        done = await connection.execute("UPDATE app.members SET sex = 'OTHER' WHERE tenant_id = $1", group)
        return int(done.split()[-1])
