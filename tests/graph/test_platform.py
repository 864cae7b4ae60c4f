"""What holds for the whole platform: read by whoever signed in, decided by administrators alone, each version once."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from domain.access.platform import GroupFounders
from domain.identifiers import new_id
from operations.platform_settings import decide_for_platform
from tests.graph.office import Office
from tests.support.api import Api, Client, nothing_changes
from tests.support.cluster import dsn_for
from tests.support.world import World

PLATFORM = "platform { groupFounders isVerificationRequired version }"
READ = f"{{ {PLATFORM} }}"
A_GROUP = {
    "name": "New",
    "kind": "VSLA",
    "currency": "KES",
    "country": "KE",
    "timeZone": "Africa/Nairobi",
    "sharePrice": "200",
}


@pytest.fixture
async def admin(api: Api, world: World) -> Client:
    return api.client(await world.admin())


async def test_an_administrator_decides_who_begins_groups_and_it_holds_at_once(api: Api, admin: Client) -> None:
    someone = await api.someone()
    before = {"groupFounders": "ANYONE", "isVerificationRequired": False, "version": 1}
    assert await someone.query(READ) == {"platform": before}
    made = await admin.do("platformRevise", PLATFORM, expectedVersion=1, groupFounders="ADMINS")
    after = {"groupFounders": "ADMINS", "isVerificationRequired": False, "version": 2}
    assert made == {"platform": after, "userErrors": []}
    assert await someone.query(READ) == {"platform": after}
    assert (await someone.user_error("groupCreate", **A_GROUP))["reason"] == "FOUNDERS_LIMITED"
    await admin.do("platformRevise", PLATFORM, expectedVersion=2, groupFounders="ANYONE", isVerificationRequired=True)
    begun = await someone.do("groupCreate", "group { status }", **A_GROUP)
    assert begun["group"] == {"status": "PENDING_VERIFICATION"}


async def test_nobody_but_an_administrator_decides(api: Api, office: Office, world: World) -> None:
    wish = {"expectedVersion": 1, "groupFounders": "ADMINS"}
    people = (office.group.secretary, await world.partner(office.group, "NAMES"), await world.person())
    async with nothing_changes(world, but_for_keys=True):
        for who in people:
            assert (await api.client(who).mutate("platformRevise", "__typename", **wish)).refusal[0] == "FORBIDDEN"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with world.transaction(who) as connection:
                    await connection.execute("SELECT app.revise_platform(1, 'ADMINS', NULL)")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with world.transaction(who) as connection:
                    await connection.execute("UPDATE app.platform SET group_founders = 'ADMINS'")
        answer = await api.anonymous.mutate("platformRevise", "__typename", idempotencyKey=new_id(), **wish)
        assert answer.refusal[0] == "UNAUTHENTICATED"
        assert (await api.anonymous.refused(READ))[0] == "UNAUTHENTICATED"


async def refused(client: Client, **fields: Any) -> Any:
    payload = (await client.mutate("platformRevise", PLATFORM, **fields)).data["platformRevise"]
    (error,) = payload["userErrors"]
    return error["code"], error["reason"], error["path"], payload["platform"]


async def test_what_is_stale_or_empty_is_refused(admin: Client, world: World) -> None:
    await admin.do("platformRevise", PLATFORM, expectedVersion=1, isVerificationRequired=True)
    now = {"groupFounders": "ANYONE", "isVerificationRequired": True, "version": 2}
    async with nothing_changes(world, but_for_keys=True):
        stale = await refused(admin, expectedVersion=1, groupFounders="ADMINS")
        assert stale == ("CONFLICT", "VERSION_STALE", ["expectedVersion"], now)
        assert (await refused(admin, expectedVersion=2))[1:] == ("NOTHING_TO_REVISE", [], None)


async def test_a_repeat_decides_once_and_of_two_at_once_one_is_late(api: Api, world: World, admin: Client) -> None:
    wish = {"expectedVersion": 1, "groupFounders": "PARTNERS", "idempotencyKey": new_id()}
    first = await admin.mutate("platformRevise", PLATFORM, **wish)
    again = await admin.mutate("platformRevise", PLATFORM, **wish)
    assert first.data == again.data
    assert again.extensions["idempotentReplay"] is True
    assert (await refused(admin, **wish | {"groupFounders": "ADMINS"}))[1] == "IDEMPOTENCY_KEY_REUSED"
    other = api.client(await world.admin())
    answers = await asyncio.gather(
        *(
            client.mutate("platformRevise", "__typename", expectedVersion=2, groupFounders=founders)
            for client, founders in ((admin, "ADMINS"), (other, "ANYONE"))
        )
    )
    reasons = [error["reason"] for answer in answers for error in answer.data["platformRevise"]["userErrors"]]
    assert reasons == ["VERSION_STALE"]
    assert await world.superuser.fetchval("SELECT version FROM app.platform") == 3


async def test_the_operator_decides_from_the_command_line(world: World, api: Api) -> None:
    address = dsn_for(world.name)
    said = await decide_for_platform(address, None, is_verification_required=None)
    assert said == "Anyone who signed in begins groups. New ones are at work at once."
    assert await world.superuser.fetchval("SELECT version FROM app.platform") == 1
    said = await decide_for_platform(address, GroupFounders.PARTNERS, is_verification_required=True)
    assert said == (
        "Staff of partners and administrators begin groups. New ones wait until an administrator verified them."
    )
    someone = await api.someone()
    assert await someone.query(READ) == {
        "platform": {"groupFounders": "PARTNERS", "isVerificationRequired": True, "version": 2}
    }
