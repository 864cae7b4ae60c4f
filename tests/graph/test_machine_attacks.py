"""Whoever holds a machine credential gets what it was given, and whoever holds none, or an old one, gets nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.policy import MachineScope
from domain.savings import record_contributions
from persistence.crypto.keyring import Keyring
from persistence.crypto.machine_secrets import MACHINE_TOKEN_PREFIX, _checksum, new_machine_token
from persistence.database import DatabaseRole, Isolation
from persistence.viewer import MachineRefusedError, enter
from tests.graph.office import Office
from tests.support.api import Api, Client
from tests.support.locks import wait_for_lock
from tests.support.machines import Machine, make_machine
from tests.support.world import World, shares, sheet

READING = (MachineScope.READ_TOTALS, MachineScope.READ_ROWS, MachineScope.READ_NAMES)
GROUPS = "{ groups { nodes { id } } }"
UNKNOWN = ("UNAUTHENTICATED", "This machine credential is unknown, has ended or was revoked: ask for another.")
EVERYTHING = """
query E($id: ID!) { group(id: $id) {
  fundBalances { fund } memberCount openMeeting { id } members(first: 2) { nodes { name phone balances { shares } } }
  meetings(first: 1) { nodes { totals { kind } cashCounts { moment } contributions(first: 1) { totalCount } } }
  contributions(first: 1) { totalCount nodes { member { name } } } machineCredentials { totalCount }
} }
"""


def program(api: Api, machine: Machine) -> Client:
    return Client(api.http, machine.token.text)


async def machine_of(office: Office, *scopes: MachineScope) -> Machine:
    return await make_machine(office.world, office.group.id, scopes or READING)


async def test_a_token_that_the_installation_never_made_asks_nothing_of_the_database(office: Office, api: Api) -> None:
    machine = await machine_of(office)
    text = machine.token.text
    body = f"{MACHINE_TOKEN_PREFIX}{machine.id.hex}_" + "A" * 54
    foreign = new_machine_token(Keyring.from_secret(bytes(range(50, 82))), machine.id).text
    with api.statements() as statements:
        for forged in (body + _checksum(body), text[:-1] + "é", text[:-7] + text[-6:], foreign, "kbb_"):
            headers = {"authorization": f"Bearer {forged}".encode()}
            answer = await api.http.post("/graphql", json={"query": GROUPS}, headers=headers)
            assert answer.status_code == 401, forged
            assert answer.headers["www-authenticate"] == "Bearer"
            (error,) = answer.json()["errors"]
            assert (error["extensions"]["code"], error["message"]) == UNKNOWN
    assert statements.count == 0


async def test_what_is_wrong_with_a_token_is_not_told(office: Office, api: Api, world: World) -> None:
    machine = await machine_of(office)
    revoked = await machine_of(office)
    await revoked.revoke(world)
    expired = await make_machine(world, office.group.id, READING, lives=timedelta(seconds=-1))
    over = await make_machine(world, office.group.id, READING, secret_lives=timedelta(seconds=-1))
    texts = [each.token.text for each in (revoked, expired, over)]
    texts += [new_machine_token(world.keyring, each).text for each in (machine.id, new_id())]
    for text in texts:
        assert await Client(api.http, text).refused(GROUPS) == UNKNOWN


async def test_another_group_s_credential_finds_nothing_here(office: Office, api: Api, world: World) -> None:
    other = await world.group()
    meeting = await world.meeting(office.group)
    await world.record(office.group, meeting, shares(office.group.members[0], 1))
    client = program(api, await make_machine(world, other.id, list(MachineScope)))
    assert await client.query(EVERYTHING, id=office.group.id) == {"group": None}
    ids = [office.group.id, meeting, *office.group.members]
    ids += [row["id"] for row in await world.superuser.fetch("SELECT id FROM app.contributions")]
    assert await client.query("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids) == {
        "nodes": [None] * len(ids)
    }
    items = [{"memberId": office.group.members[0], "kind": "SHARE", "shares": 1}]
    wish = {"groupId": office.group.id, "meetingId": meeting, "items": items}
    assert (await client.user_error("contributionsRecord", **wish))["reason"] == "GROUP_NOT_FOUND"


@pytest.mark.parametrize(
    ("scopes", "hidden"),
    [
        (
            [MachineScope.READ_TOTALS],
            ["Group.memberCount", "Group.openMeeting"],
        ),
        (
            [MachineScope.READ_ROWS],
            ["Meeting.cashCounts", "Member.name", "Member.phone"],
        ),
        (
            [MachineScope.READ_NAMES],
            ["Meeting.cashCounts", "Member.name", "Member.phone"],
        ),
        (
            [MachineScope.RECORD_CONTRIBUTIONS],
            ["Meeting.cashCounts", "Member.name", "Member.phone"],
        ),
    ],
)
async def test_what_no_scope_opens_is_hidden_in_every_place(
    office: Office, api: Api, world: World, scopes: Sequence[MachineScope], hidden: list[str]
) -> None:
    meeting = await world.meeting(office.group)
    await world.record(office.group, meeting, shares(office.group.members[0], 1))
    # One member of five opened her name to the group's own programs; the change log would have it done by a command.
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute(
        "UPDATE app.member_names SET shown_to = ARRAY[$1::uuid] WHERE tenant_id = $1 AND member_id = $2",
        office.group.id,
        office.group.members[0],
    )
    answer = await program(api, await machine_of(office, *scopes)).send(EVERYTHING, id=office.group.id)
    group = answer.data["group"]
    assert answer.extensions["hidden"] == hidden
    assert group["fundBalances"] is not None
    assert group["machineCredentials"] == {"totalCount": 0}
    if scopes == [MachineScope.READ_TOTALS]:
        assert [group[each] for each in ("members", "meetings")] == [{"nodes": []}] * 2
        assert group["contributions"] == {"totalCount": 0, "nodes": []}
        return
    names = [member["name"] for member in group["members"]["nodes"]]
    assert names == (["Member 1", None] if scopes == [MachineScope.READ_NAMES] else [None, None])
    assert [member["phone"] for member in group["members"]["nodes"]] == [None, None]
    assert group["contributions"]["totalCount"] == 1


async def test_a_credential_grants_and_ends_nothing_and_opens_no_session(office: Office, api: Api) -> None:
    machine = await machine_of(office, *MachineScope)
    client, ends = program(api, machine), (datetime.now(UTC) + timedelta(days=1)).isoformat()
    own = {"groupId": office.group.id, "credentialId": machine.id}
    wishes: list[tuple[str, dict[str, Any]]] = [
        (
            "machineCredentialCreate",
            {"groupId": office.group.id, "name": "Another", "scopes": ["READ_NAMES"], "expiresAt": ends},
        ),
        ("machineCredentialRotate", own),
        ("machineCredentialRevoke", own),
        ("sessionOpen", {"login": "somebody@example.org", "password": "mango and rain"}),
        ("sessionRefresh", {"refreshToken": "kbr_" + "A" * 43}),
        ("sessionRevoke", {"sessionId": office.group.secretary.session_id}),
        ("memberAdd", {"groupId": office.group.id, "name": "Njeri"}),
        ("meetingOpen", {"groupId": office.group.id}),
        ("userCreate", {"name": "Juma", "email": "juma@example.org", "password": "mango and rain"}),
        (
            "groupCreate",
            {
                "name": "Own",
                "kind": "VSLA",
                "currency": "KES",
                "country": "KE",
                "timeZone": "Africa/Nairobi",
                "sharePrice": "200",
            },
        ),
    ]
    for mutation, fields in wishes:
        answer = await client.mutate(mutation, "__typename", **fields)
        assert answer.refusal[0] == "FORBIDDEN", (mutation, answer.body)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT access.grant_machine($1, $2, 'More', '{READ_NAMES}', now() + interval '1 day', 'x', '{}')",
        "SELECT access.rotate_machine($1, $2, 'x', interval '0')",
        "SELECT access.revoke_machine($1, $2)",
        "SELECT app.link_member($1, gen_random_uuid(), $2, ARRAY['SECRETARY'])",
        "SELECT app.create_group(gen_random_uuid(), 'ALL', 'KES') FROM (SELECT $1::uuid, $2::uuid) x",
        "SELECT access.claim_key($1, 'groupCreate', ARRAY[uuid_send($2)])",
        "UPDATE access.machine_grants SET scopes = '{READ_NAMES}' WHERE tenant_id = $1 AND credential_id = $2",
        "INSERT INTO access.machine_secrets (digest, credential_id, granter_id) VALUES ('x', $2, $1)",
        "SELECT digest FROM access.machine_secrets WHERE granter_id = $1 AND credential_id = $2",
        "UPDATE app.member_names SET shown_to = ARRAY[$1::uuid] WHERE member_id <> $2",
        "INSERT INTO app.memberships (id, user_id, tenant_id, role) VALUES (gen_random_uuid(), $2, $1, 'SECRETARY')",
        "INSERT INTO access.sessions (id, user_id, expires_at) SELECT $1, $2, now() + interval '1 day'",
    ],
)
async def test_no_statement_as_the_application_gives_a_machine_more(
    office: Office, world: World, statement: str
) -> None:
    machine = await machine_of(office, *MachineScope)

    async def attack() -> None:
        async with world.database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
            await enter(connection, machine.principal, None)
            await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", office.group.id)
            await connection.execute(statement, office.group.id, machine.id)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await attack()
    assert refused.value.sqlstate in {"42501", "KB403", "KB401"}


async def test_a_user_with_the_id_of_a_credential_is_not_opened_to_it(office: Office, world: World) -> None:
    """An id is nothing to go by: whoever made a user under a credential's id would hand it her name and sessions."""
    machine = await machine_of(office)
    await world.superuser.execute("INSERT INTO app.users (id) VALUES ($1)", machine.id)
    await world.superuser.execute("INSERT INTO access.user_private (user_id) VALUES ($1)", machine.id)
    await world.make_session(machine.id)
    async with world.database.transaction(DatabaseRole.APP, Isolation.READ) as connection:
        viewer = await enter(connection, machine.principal, None)
        assert viewer.user_id is None
        for table in ("app.users", "access.user_private", "access.sessions", "app.memberships"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_credential_is_no_session_and_a_session_no_credential(office: Office, world: World) -> None:
    machine = await machine_of(office)
    session = replace(machine.principal, id=office.group.secretary.session_id)
    with pytest.raises(MachineRefusedError):
        async with world.database.transaction(DatabaseRole.APP, Isolation.READ) as connection:
            await enter(connection, session, None)
    for role in (DatabaseRole.ADMIN, DatabaseRole.WORKER):
        with pytest.raises(MachineRefusedError):
            async with world.database.transaction(role, Isolation.READ) as connection:
                await enter(connection, replace(machine.principal, role=role), None)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with world.database.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection:
            await enter(connection, machine.principal, None)


async def test_a_revocation_holds_for_a_command_that_waited_for_it(office: Office, world: World) -> None:
    """The machine is let in, and waits for the book; while it waits, an officer revokes it under the book's lock."""
    machine = await machine_of(office, MachineScope.RECORD_CONTRIBUTIONS)
    meeting = await world.meeting(office.group)
    command = sheet(office.group, meeting, shares(office.group.members[0], 1))
    locked = world.superuser.transaction()
    await locked.start()
    await world.superuser.execute(
        "UPDATE ledger.heads SET change_number = change_number + 1 WHERE tenant_id = $1", office.group.id
    )
    waiting = asyncio.create_task(world.perform(machine.principal, record_contributions, command))
    await wait_for_lock(world.superuser)
    await machine.revoke(world)
    await locked.commit()
    with pytest.raises(MachineRefusedError):
        await waiting
    assert await world.superuser.fetchval("SELECT count(*) FROM ledger.entries") == 0


async def test_a_read_that_began_before_a_revocation_ends_and_the_next_is_refused(office: Office, world: World) -> None:
    machine = await machine_of(office)
    async with world.database.transaction(DatabaseRole.APP, Isolation.READ) as connection:
        await enter(connection, machine.principal, None)
        await machine.revoke(world)
        assert await connection.fetchval("SELECT count(*) FROM app.members") == 5
    with pytest.raises(MachineRefusedError):
        async with world.database.transaction(DatabaseRole.APP, Isolation.READ) as connection:
            await enter(connection, machine.principal, None)


async def test_two_groups_under_one_idempotency_key_get_two_credentials(office: Office, api: Api, world: World) -> None:
    other = await world.group(secretary=office.group.secretary)
    fields = {
        "name": "Accounts",
        "scopes": ["READ_ROWS"],
        "expiresAt": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
        "idempotencyKey": new_id(),
    }
    made = [
        await office.client.do("machineCredentialCreate", "secret machineCredential { id }", groupId=group, **fields)
        for group in (office.group.id, other.id)
    ]
    for group, each in zip((office.group.id, other.id), made, strict=True):
        seen = await Client(api.http, each["secret"]).query(GROUPS)
        assert seen == {"groups": {"nodes": [{"id": str(group)}]}}
    # Another officer under the same key makes no second of the same id.
    chair = api.client(office.group.chair)
    error = await chair.user_error("machineCredentialCreate", groupId=office.group.id, **fields)
    assert error["reason"] == "ID_ALREADY_USED"
