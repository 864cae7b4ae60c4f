"""The life of a group: who may begin one, who verifies, suspends and ends it, and what a suspended group refuses."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from domain.groups import GroupKind
from domain.identifiers import new_id
from domain.policy import Role
from tests.graph.office import Office
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import Person, World

GROUP = "group { status version }"
CREATED = "group { id kind status name county district village currency country timeZone constitution { sharesMax } }"


@pytest.fixture
async def office(api: Api, world: World) -> Office:
    """The secretary of a group."""
    group = await world.group()
    return Office(api.client(group.secretary), group, world)


@pytest.fixture
async def admin(api: Api, world: World) -> Client:
    """A client of an administrator."""
    return api.client(await world.admin())


def a_group(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Umoja",
        "kind": "VSLA",
        "currency": "UGX",
        "country": "UG",
        "timeZone": "Africa/Kampala",
        "sharePrice": "2000",
        **fields,
    }


@pytest.mark.parametrize("kind", [each for each in GroupKind if each is not GroupKind.VSLA])
async def test_a_group_of_every_kind_begins_with_the_rules_that_fit_it(api: Api, kind: GroupKind) -> None:
    client = await api.someone()
    fields = a_group(kind=kind, county="Wakiso", district="Entebbe", village="Kigungu", contributionAmount="5000")
    del fields["sharePrice"]
    rules = "constitution { sharePrice { amount } contributionAmount { amount } }"
    made = (await client.do("groupCreate", f"group {{ kind county village status {rules} }}", **fields))["group"]
    assert made == {
        "kind": kind,
        "county": "Wakiso",
        "village": "Kigungu",
        "status": "ACTIVE",
        "constitution": {"sharePrice": None, "contributionAmount": {"amount": "5000"}},
    }


async def test_a_vsla_without_a_share_price_is_refused(api: Api) -> None:
    fields = a_group()
    del fields["sharePrice"]
    error = await (await api.someone()).user_error("groupCreate", **fields)
    assert (error["reason"], error["path"]) == ("SHARE_PRICE_MISSING", ["sharePrice"])


async def test_officers_record_their_group_otherwise_and_nobody_overwrites_another(office: Office) -> None:
    fields = {"groupId": office.group.id, "expectedVersion": 1}
    selection = "group { name county district village version }"
    done = await office.client.do("groupRevise", selection, name=" Umoja Mpya ", county="Nyeri", **fields)
    expected = {"name": "Umoja Mpya", "county": "Nyeri", "district": None, "village": None, "version": 2}
    assert done["group"] == expected
    answer = await office.client.mutate("groupRevise", selection, village="Kiganjo", **fields)
    payload = answer.data["groupRevise"]
    assert [each["reason"] for each in payload["userErrors"]] == ["VERSION_STALE"]
    assert payload["group"] == expected
    done = await office.client.do("groupRevise", selection, **{**fields, "expectedVersion": 2}, county="", village="K")
    assert done["group"] == {**expected, "county": None, "village": "K", "version": 3}
    assert (await office.refused("groupRevise", expectedVersion=3, name=""))[1:3] == ("TEXT_TOO_SHORT", ["name"])


async def test_only_officers_who_keep_the_register_revise(api: Api, office: Office) -> None:
    for who in (office.group.treasurer, office.group.plain, await office.world.admin()):
        async with nothing_changes(office.world):
            answer = await api.client(who).mutate(
                "groupRevise", GROUP, groupId=office.group.id, expectedVersion=1, name="Ours"
            )
        assert answer.refusal[0] == "FORBIDDEN"


async def test_a_suspended_group_is_read_and_refuses_every_change(office: Office, admin: Client) -> None:
    group = office.group
    meeting = await office.world.meeting(group)
    fields = {"groupId": group.id, "expectedVersion": 1, "reason": "Complaints"}
    assert (await admin.do("groupSuspend", GROUP, **fields))["group"] == {"status": "SUSPENDED", "version": 2}
    refused: dict[str, dict[str, Any]] = {
        "constitutionAmend": {"expectedVersion": 1, "reason": "x", "sharesMax": 2},
        "groupRevise": {"expectedVersion": 2, "name": "Other"},
        "memberAdd": {"name": "Wanjiku"},
        "contributionsRecord": {
            "meetingId": meeting,
            "items": [{"memberId": group.members[0], "kind": "SHARE", "shares": 1}],
        },
        "cycleStart": {},
    }
    for mutation, more in refused.items():
        async with nothing_changes(office.world):
            error = await office.client.user_error(mutation, groupId=group.id, **more)
        assert (error["code"], error["reason"], error["path"]) == ("NOT_ALLOWED", "GROUP_NOT_AT_WORK", ["groupId"])
    read = await office.client.query("query Q($id: ID!) { group(id: $id) { status memberCount } }", id=group.id)
    assert read["group"] == {"status": "SUSPENDED", "memberCount": 5}
    steps = "query Q($id: ID!) { group(id: $id) { statusSteps { nodes { was became reason } } } }"
    assert (await office.client.query(steps, id=group.id))["group"]["statusSteps"]["nodes"] == [
        {"was": "ACTIVE", "became": "SUSPENDED", "reason": "Complaints"}
    ]
    again = {"groupId": group.id, "expectedVersion": 2}
    assert (await admin.do("groupReactivate", GROUP, **again))["group"] == {"status": "ACTIVE", "version": 3}
    await office.client.do("cycleStart", "cycle { number }", groupId=group.id)


async def test_raw_sql_changes_nothing_of_a_suspended_group(office: Office, admin: Client) -> None:
    await admin.do("groupSuspend", GROUP, groupId=office.group.id, expectedVersion=1)
    for who in (office.group.secretary, office.group.chair):
        with pytest.raises(asyncpg.PostgresError) as raised:
            await _lock(office, who)
        assert (raised.value.sqlstate, raised.value.detail) == ("KB424", "SUSPENDED")


async def _lock(office: Office, who: Person) -> None:
    async with office.world.transaction(who) as connection:
        await connection.execute("SELECT app.enter_write($1)", [office.group.id])


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("PENDING_VERIFICATION", {"groupVerify": "ACTIVE", "groupDeactivate": "INACTIVE"}),
        ("ACTIVE", {"groupSuspend": "SUSPENDED", "groupDeactivate": "INACTIVE"}),
        ("SUSPENDED", {"groupReactivate": "ACTIVE", "groupDeactivate": "INACTIVE"}),
        ("INACTIVE", {"groupReactivate": "ACTIVE"}),
    ],
)
async def test_each_step_is_taken_only_from_where_it_leads_on(
    office: Office, admin: Client, status: str, allowed: dict[str, str]
) -> None:
    superuser = office.world.superuser
    await superuser.execute("SET session_replication_role = replica")
    for mutation in ("groupVerify", "groupSuspend", "groupReactivate", "groupDeactivate"):
        version = await superuser.fetchval("UPDATE app.groups SET status = $1 RETURNING version", status)
        answer = await admin.mutate(mutation, GROUP, groupId=office.group.id, expectedVersion=version)
        payload = answer.data[mutation]
        if mutation in allowed:
            assert payload["userErrors"] == []
            assert payload["group"] == {"status": allowed[mutation], "version": version + 1}
        else:
            assert [each["reason"] for each in payload["userErrors"]] == ["GROUP_STATUS_STEP"]
            assert await superuser.fetchval("SELECT status FROM app.groups") == status


async def test_nobody_but_an_administrator_takes_a_group_a_step_further(api: Api, office: Office) -> None:
    fields = {"groupId": office.group.id, "expectedVersion": 1}
    for who in (office.group.chair, office.group.plain, await office.world.partner(office.group, "NAMES")):
        async with nothing_changes(office.world):
            answer = await api.client(who).mutate("groupSuspend", GROUP, **fields)
        assert answer.refusal[0] == "FORBIDDEN"
    stranger = await api.someone()
    async with nothing_changes(office.world):
        error = await stranger.user_error("groupSuspend", **fields)
    assert error["reason"] == "GROUP_NOT_FOUND"


async def test_an_administrator_still_changes_nothing_else_of_a_group(office: Office, admin: Client) -> None:
    wishes: dict[str, dict[str, Any]] = {
        "memberAdd": {"name": "Wanjiku"},
        "constitutionAmend": {"expectedVersion": 1, "reason": "x", "sharesMax": 2},
        "cycleStart": {},
    }
    for mutation, fields in wishes.items():
        async with nothing_changes(office.world):
            answer = await admin.mutate(mutation, "__typename", groupId=office.group.id, **fields)
        assert answer.refusal[0] == "FORBIDDEN"


async def test_a_step_is_taken_once_however_often_it_is_asked_for(office: Office, admin: Client) -> None:
    key = new_id()
    fields = {"groupId": office.group.id, "expectedVersion": 1, "idempotencyKey": key}
    await admin.do("groupSuspend", GROUP, **fields)
    again = await admin.mutate("groupSuspend", GROUP, **fields)
    assert again.data["groupSuspend"] == {"group": {"status": "SUSPENDED", "version": 2}, "userErrors": []}
    assert again.extensions["idempotentReplay"] is True
    assert await office.world.superuser.fetchval("SELECT count(*) FROM app.group_statuses") == 1


async def test_a_group_waits_to_be_verified_where_the_platform_wants_that(
    api: Api, world: World, admin: Client
) -> None:
    await world.superuser.execute("UPDATE app.platform SET is_verification_required = true")
    made = (await (await api.someone()).do("groupCreate", CREATED, **a_group()))["group"]
    assert made["status"] == "PENDING_VERIFICATION"
    done = await admin.do("groupVerify", GROUP, groupId=made["id"], expectedVersion=1)
    assert done["group"] == {"status": "ACTIVE", "version": 2}


@pytest.mark.parametrize(
    ("founders", "may"),
    [("ANYONE", {"anyone", "partner", "admin"}), ("PARTNERS", {"partner", "admin"}), ("ADMINS", {"admin"})],
)
async def test_whoever_runs_the_platform_says_who_begins_groups(
    api: Api, office: Office, founders: str, may: set[str]
) -> None:
    world = office.world
    await world.superuser.execute("UPDATE app.platform SET group_founders = $1", founders)
    manager = await world.partner(office.group, "TOTALS", role=Role.FIELD_OFFICER)
    ruler = await world.make_user(platform_role="ADMIN")
    people = {
        "anyone": await world.person(),
        "partner": manager,
        "admin": Person(ruler, await world.make_session(ruler)),
    }
    for name, who in people.items():
        client = api.client(who)
        if name in may:
            await client.do("groupCreate", CREATED, **a_group())
            continue
        async with nothing_changes(world, but_for_keys=True):
            error = await client.user_error("groupCreate", **a_group())
        assert (error["code"], error["reason"], error["path"]) == ("NOT_ALLOWED", "FOUNDERS_LIMITED", [])


async def test_raw_sql_begins_no_group_where_that_is_limited_and_chooses_no_status(office: Office) -> None:
    world = office.world
    tenant = new_id()
    async with world.transaction(office.group.secretary) as connection:
        await connection.execute("SELECT app.create_group($1, 'ALL', 'KES')", tenant)
        await connection.execute(
            "INSERT INTO app.groups (tenant_id, name, kind, status, currency, country, time_zone, created_by, version)"
            " VALUES ($1, 'x', 'VSLA', 'SUSPENDED', 'KES', 'KE', 'Africa/Nairobi', $1, 7)",
            tenant,
        )
    row = await world.superuser.fetchrow("SELECT status, version FROM app.groups WHERE tenant_id = $1", tenant)
    assert tuple(row) == ("ACTIVE", 1)
    await world.superuser.execute("UPDATE app.platform SET group_founders = 'ADMINS'")
    with pytest.raises(asyncpg.PostgresError) as raised:
        await _begin(office)
    assert raised.value.sqlstate == "KB426"


async def _begin(office: Office) -> None:
    async with office.world.transaction(office.group.secretary) as connection:
        await connection.execute("SELECT app.create_group($1, 'ALL', 'KES')", new_id())
