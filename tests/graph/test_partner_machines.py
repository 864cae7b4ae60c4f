"""Programs of partners: let in, given new secrets and ended by whoever runs the partner."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.access.machines import CREDENTIALS_MAX, REACH_MAX, machine_credential_id
from domain.identifiers import new_id
from domain.policy import MachineScope, Role
from tests.graph.office import Office
from tests.support.api import Api, Client, nothing_changes
from tests.support.machines import make_machine
from tests.support.world import Person, World

SHOWN = "machineCredential { id name scopes isOwn revokedAt } secret isSecretShownBefore"
GROUPS = "{ groups { nodes { id } } }"
NAMES = "query R($id: ID!) { group(id: $id) { members(first: 9) { nodes { name } } } }"
ENDED = ("UNAUTHENTICATED", "This machine credential is unknown, has ended or was revoked: ask for another.")


@dataclass(frozen=True)
class Agency:
    """A partner, its manager, and the one group that is linked to it."""

    id: UUID
    manager: Person
    client: Client
    group: UUID

    def wish(self, **fields: Any) -> dict[str, Any]:
        ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        usual = {"name": "Warehouse", "scopes": ["READ_NAMES"], "expiresAt": ends, "groupIds": [self.group]}
        return {"partnerId": self.id, **usual, **fields}

    async def grant(self, **fields: Any) -> dict[str, Any]:
        return await self.client.do("machineCredentialCreate", SHOWN, **self.wish(**fields))

    async def refused(self, world: World, mutation: str, **fields: Any) -> tuple[str, str, list[str]]:
        """Code, reason and path of the one user error; nothing but the key is kept."""
        async with nothing_changes(world, but_for_keys=True):
            error = await self.client.user_error(mutation, **fields)
        return error["code"], error["reason"], error["path"]


@pytest.fixture
async def agency(office: Office, api: Api, world: World) -> Agency:
    manager = await world.partner(office.group, "ROWS")
    partner = await world.superuser.fetchval("SELECT partner_id FROM app.partner_links")
    return Agency(partner, manager, api.client(manager), office.group.id)


def program(api: Api, secret: str) -> Client:
    return Client(api.http, secret)


async def colleague(agency: Agency, api: Api, world: World, role: Role) -> Client:
    person = await world.person()
    await world.grant_role(person, agency.id, role)
    return api.client(person)


async def test_a_manager_lets_a_program_in_and_it_reads_what_the_group_opened(
    agency: Agency, api: Api, world: World
) -> None:
    key = new_id()
    made = await agency.grant(idempotencyKey=key, groupIds=[agency.group, agency.group])
    assert made["machineCredential"] == {
        "id": str(machine_credential_id(agency.id, key)),
        "name": "Warehouse",
        "scopes": ["READ_NAMES"],
        "isOwn": True,
        "revokedAt": None,
    }
    assert made["isSecretShownBefore"] is False
    client = program(api, made["secret"])
    assert (await client.query(GROUPS))["groups"]["nodes"] == [{"id": str(agency.group)}]
    # The group opened rows, whatever the credential is for.
    assert [each["name"] for each in (await client.query(NAMES, id=agency.group))["group"]["members"]["nodes"]] == [
        None
    ] * 5
    kept = "SELECT tenant_id, granter_id, created_by FROM access.machine_grants ORDER BY tenant_id = granter_id"
    manager = agency.manager.user_id
    assert [tuple(row) for row in await world.superuser.fetch(kept)] == [
        (agency.group, agency.id, manager),
        (agency.id, agency.id, manager),
    ]
    trail = (
        "SELECT tenant_id, roles, command FROM app.audit WHERE entity = 'machine_credential' ORDER BY tenant_id = $1"
    )
    assert [tuple(row) for row in await world.superuser.fetch(trail, agency.id)] == [
        (agency.group, [], "machineCredentialCreate"),
        (agency.id, ["PARTNER_MANAGER"], "machineCredentialCreate"),
    ]


async def test_a_repeat_shows_no_secret_and_changes_nothing(agency: Agency, world: World) -> None:
    wish = agency.wish(idempotencyKey=new_id())
    first = await agency.client.do("machineCredentialCreate", SHOWN, **wish)
    again = await agency.client.do("machineCredentialCreate", SHOWN, **wish)
    assert (again["secret"], again["isSecretShownBefore"]) == (None, True)
    assert again["machineCredential"] == first["machineCredential"]
    assert await world.superuser.fetchval("SELECT count(*) FROM access.machine_secrets") == 1
    # As long as the partner's book is locked, a second request with the key waits and is then a repeat.
    wish["idempotencyKey"] = new_id()
    both = await asyncio.gather(*(agency.client.do("machineCredentialCreate", SHOWN, **wish) for _ in range(2)))
    assert sorted(each["isSecretShownBefore"] for each in both) == [False, True]
    assert await world.superuser.fetchval("SELECT count(*) FROM access.machine_secrets") == 2


async def test_a_new_secret_takes_the_place_of_the_old_one(agency: Agency, api: Api) -> None:
    made = await agency.grant()
    wish = {"partnerId": agency.id, "credentialId": made["machineCredential"]["id"]}
    second = await agency.client.do("machineCredentialRotate", SHOWN, **wish, graceDays=0)
    assert second["machineCredential"] == made["machineCredential"]
    assert await program(api, made["secret"]).refused(GROUPS) == ENDED
    assert len((await program(api, second["secret"]).query(GROUPS))["groups"]["nodes"]) == 1


async def test_the_partner_ends_its_program_everywhere_and_whoever_runs_it_next_may(
    agency: Agency, api: Api, world: World
) -> None:
    other = await world.group()
    await world.superuser.execute(
        "INSERT INTO app.partner_links (id, partner_id, group_id) VALUES ($1, $2, $3)", new_id(), agency.id, other.id
    )
    made = await agency.grant(groupIds=[agency.group, other.id])
    client = program(api, made["secret"])
    assert len((await client.query(GROUPS))["groups"]["nodes"]) == 2
    await world.superuser.execute("UPDATE app.memberships SET ends_at = now() WHERE tenant_id = $1", agency.id)
    wish = {"partnerId": agency.id, "credentialId": made["machineCredential"]["id"]}
    assert await agency.refused(world, "machineCredentialRevoke", **wish) == (
        "NOT_FOUND",
        "PARTNER_NOT_FOUND",
        ["partnerId"],
    )
    successor = await colleague(agency, api, world, Role.PARTNER_MANAGER)
    ended = await successor.do("machineCredentialRevoke", "machineCredential { revokedAt }", **wish)
    assert ended["machineCredential"]["revokedAt"] is not None
    assert await client.refused(GROUPS) == ENDED
    assert await world.superuser.fetchval("SELECT count(*) FROM access.machine_grants WHERE revoked_at IS NULL") == 0
    error = await successor.user_error("machineCredentialRotate", **wish)
    assert error["reason"] == "MACHINE_CREDENTIAL_NOT_FOUND"


async def test_a_partner_ends_nothing_of_a_group_s_nor_of_another_partner_s(
    agency: Agency, office: Office, world: World
) -> None:
    other = new_id()
    await world.superuser.execute("SELECT app.create_partner($1, 'KES')", other)
    for granter in (office.group.id, other):
        machine = await make_machine(world, granter, [MachineScope.READ_ROWS])
        for mutation in ("machineCredentialRotate", "machineCredentialRevoke"):
            wish = {"partnerId": agency.id, "credentialId": machine.id}
            refusal = await agency.refused(world, mutation, **wish)
            assert refusal == ("NOT_FOUND", "MACHINE_CREDENTIAL_NOT_FOUND", ["credentialId"])


@pytest.mark.parametrize("role", [Role.PARTNER_VIEWER, Role.FIELD_OFFICER, Role.LOAN_OFFICER, Role.AUDITOR])
async def test_no_other_staff_of_the_partner_may(agency: Agency, api: Api, world: World, role: Role) -> None:
    made = await agency.grant()
    client = await colleague(agency, api, world, role)
    old = {"partnerId": agency.id, "credentialId": made["machineCredential"]["id"]}
    async with nothing_changes(world):
        for mutation, wish in (
            ("machineCredentialCreate", agency.wish()),
            ("machineCredentialRotate", old),
            ("machineCredentialRevoke", old),
        ):
            assert (await client.mutate(mutation, "__typename", **wish)).refusal[0] == "FORBIDDEN"


async def test_a_partner_is_no_group_and_a_group_no_partner(agency: Agency, office: Office, world: World) -> None:
    as_group = agency.wish(groupId=agency.id, partnerId=None)
    assert await agency.refused(world, "machineCredentialCreate", **as_group) == (
        "NOT_FOUND",
        "GROUP_NOT_FOUND",
        ["groupId"],
    )
    error = await office.client.user_error("machineCredentialCreate", **agency.wish(partnerId=office.group.id))
    assert (error["reason"], error["path"]) == ("PARTNER_NOT_FOUND", ["partnerId"])
    for mutation, fields in (("memberAdd", {"name": "Wanja"}), ("meetingOpen", {})):
        assert await agency.refused(world, mutation, groupId=agency.id, **fields) == (
            "NOT_FOUND",
            "GROUP_NOT_FOUND",
            ["groupId"],
        )


async def test_strangers_and_machines_find_no_partner(agency: Agency, office: Office, api: Api, world: World) -> None:
    made = await agency.grant()
    strangers = [await world.person(), await world.partner(office.group, "NAMES")]
    for client in (office.client, *map(api.client, strangers)):
        async with nothing_changes(world):
            error = await client.user_error("machineCredentialCreate", **agency.wish())
        assert (error["code"], error["reason"], error["path"]) == ("NOT_FOUND", "PARTNER_NOT_FOUND", ["partnerId"])
    old = {"partnerId": agency.id, "credentialId": made["machineCredential"]["id"]}
    for mutation, wish in (("machineCredentialCreate", agency.wish()), ("machineCredentialRevoke", old)):
        answer = await program(api, made["secret"]).mutate(mutation, "__typename", **wish)
        assert answer.refusal[0] == "FORBIDDEN"


@pytest.mark.parametrize("names", ["neither", "both"])
@pytest.mark.parametrize("mutation", ["machineCredentialCreate", "machineCredentialRotate", "machineCredentialRevoke"])
async def test_a_credential_is_a_group_s_or_a_partner_s(
    agency: Agency, world: World, mutation: str, names: str
) -> None:
    whose = {"partnerId": agency.id, "groupId": agency.group} if names == "both" else {"partnerId": None}
    fields = agency.wish() if mutation == "machineCredentialCreate" else {"credentialId": new_id()}
    refusal = await agency.refused(world, mutation, **{**fields, **whose})
    assert refusal == ("INVALID", "GRANTER_NOT_NAMED", ["groupId"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"groupIds": []}, ("INVALID", "CREDENTIAL_REACH_INVALID", ["groupIds"])),
        ({"groupIds": None}, ("INVALID", "CREDENTIAL_REACH_INVALID", ["groupIds"])),
        (
            {"groupIds": [str(UUID(int=n)) for n in range(REACH_MAX + 1)]},
            ("INVALID", "CREDENTIAL_REACH_INVALID", ["groupIds"]),
        ),
        ({"groupIds": ["x"]}, ("INVALID", "NOT_AN_ID", ["groupIds", "0"])),
        ({"groupIds": [new_id()]}, ("NOT_FOUND", "GROUP_NOT_LINKED", ["groupIds"])),
        (
            {"scopes": ["READ_ROWS", "RECORD_CONTRIBUTIONS"]},
            ("NOT_ALLOWED", "CREDENTIAL_SCOPE_NOT_FOR_PARTNERS", ["scopes"]),
        ),
    ],
)
async def test_what_a_partner_s_program_may_not_be_is_refused(
    agency: Agency, world: World, fields: dict[str, Any], expected: tuple[str, str, list[str]]
) -> None:
    refusal = await agency.refused(world, "machineCredentialCreate", **agency.wish(**fields))
    assert refusal == expected


async def test_a_group_that_left_is_reached_by_no_new_program(agency: Agency, world: World) -> None:
    await world.superuser.execute("UPDATE app.partner_links SET ends_at = now()")
    refusal = await agency.refused(world, "machineCredentialCreate", **agency.wish())
    assert refusal == ("NOT_FOUND", "GROUP_NOT_LINKED", ["groupIds"])


async def test_a_group_s_own_program_reaches_no_other_group(agency: Agency, office: Office, world: World) -> None:
    other = await world.group()
    wish = agency.wish(groupIds=[other.id])
    del wish["partnerId"]
    assert (await office.refused("machineCredentialCreate", **wish))[:3] == (
        "INVALID",
        "CREDENTIAL_REACH_INVALID",
        ["groupIds"],
    )


async def test_a_partner_has_so_many_in_force_and_no_more(agency: Agency, world: World) -> None:
    for _ in range(CREDENTIALS_MAX - 1):
        await make_machine(world, agency.id, [MachineScope.READ_ROWS])
    # Two at once for the last place: the book's lock lets them in one after the other.
    wishes = [agency.wish(idempotencyKey=new_id()) for _ in range(2)]
    answers = await asyncio.gather(
        *(agency.client.mutate("machineCredentialCreate", "userErrors { maximum }", **wish) for wish in wishes)
    )
    payloads = [answer.data["machineCredentialCreate"] for answer in answers]
    assert sorted(len(payload["userErrors"]) for payload in payloads) == [0, 1]
    (errors,) = [payload["userErrors"] for payload in payloads if payload["userErrors"]]
    assert [(each["reason"], each["maximum"]) for each in errors] == [("TOO_MANY_CREDENTIALS", CREDENTIALS_MAX)]


async def test_a_suspended_group_does_not_keep_a_partner_from_ending_its_program(
    agency: Agency, api: Api, world: World
) -> None:
    made = await agency.grant()
    async with world.superuser.transaction():
        await world.superuser.execute("UPDATE ledger.heads SET writer = pg_current_xact_id()")
        await world.superuser.execute("UPDATE app.groups SET status = 'SUSPENDED' WHERE tenant_id = $1", agency.group)
    wish = {"partnerId": agency.id, "credentialId": made["machineCredential"]["id"]}
    await agency.client.do("machineCredentialRevoke", "machineCredential { id }", **wish)
    assert await program(api, made["secret"]).refused(GROUPS) == ENDED


async def test_no_tenant_is_without_a_book(world: World) -> None:
    for kind in ("PARTNER", "GROUP"):
        with pytest.raises(asyncpg.PostgresError, match="a tenant begins with its book") as refused:
            await world.superuser.execute("INSERT INTO app.tenants (id, kind) VALUES ($1, $2)", new_id(), kind)
        assert refused.value.sqlstate == "KB422"
    with pytest.raises(asyncpg.PostgresError, match="no such currency"):
        await world.superuser.execute("SELECT app.create_partner($1, 'XXX')", new_id())
    assert await world.superuser.fetchval("SELECT count(*) FROM app.tenants") == 0


async def test_nobody_who_signs_in_makes_a_partner(agency: Agency, world: World) -> None:
    for who in (agency.manager, await world.admin()):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="create_partner"):
            async with world.transaction(who) as connection:
                await connection.execute("SELECT app.create_partner($1, 'KES')", new_id())


async def test_an_administrator_finds_no_group_in_a_partner(agency: Agency, api: Api, world: World) -> None:
    admin = api.client(await world.admin())
    async with nothing_changes(world, but_for_keys=True):
        error = await admin.user_error("groupSuspend", groupId=agency.id, expectedVersion=1)
        assert error["reason"] == "GROUP_NOT_FOUND"
        assert await admin.query("query G($id: ID!) { group(id: $id) { id } }", id=agency.id) == {"group": None}
