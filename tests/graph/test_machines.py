"""Programs with credentials of their own: granted by officers, shown a secret once, rotated, noted and revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.access.machines import CREDENTIALS_MAX, machine_credential_id
from domain.identifiers import new_id
from domain.policy import MachineScope
from tests.graph.office import Office
from tests.support.api import Api, Client
from tests.support.machines import make_machine
from tests.support.world import World

CREDENTIAL = "machineCredential { id name scopes isOwn createdAt expiresAt revokedAt lastUsedOn }"
SHOWN = f"{CREDENTIAL} secret isSecretShownBefore"
LIST = (
    "query L($id: ID!, $inForce: Boolean) { group(id: $id) { machineCredentials(inForce: $inForce) {"
    " totalCount nodes { id name isOwn revokedAt lastUsedOn } } } }"
)
ROWS = "query R($id: ID!) { group(id: $id) { name members(first: 9) { nodes { id name } } } }"
UNKNOWN = ("UNAUTHENTICATED", "This machine credential is unknown, has ended or was revoked: ask for another.")


def ahead(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


def program(api: Api, secret: str) -> Client:
    return Client(api.http, secret)


async def grant(office: Office, *scopes: str, **fields: Any) -> dict[str, Any]:
    wish: dict[str, Any] = {"name": "Accounts", "scopes": scopes or ["READ_ROWS"], "expiresAt": ahead(days=30)}
    return await office.client.do("machineCredentialCreate", SHOWN, groupId=office.group.id, **(wish | fields))


async def listed(office: Office, client: Client | None = None, **filters: Any) -> list[dict[str, Any]]:
    found = (await (client or office.client).query(LIST, id=office.group.id, **filters))["group"]["machineCredentials"]
    assert found["totalCount"] == len(found["nodes"])
    return found["nodes"]  # type: ignore[no-any-return]


async def test_an_officer_lets_a_program_in_and_it_reads_what_its_scopes_say(office: Office, api: Api) -> None:
    key, ends = new_id(), ahead(days=400, minutes=-1)
    made = await grant(
        office, "READ_ROWS", "READ_TOTALS", "READ_ROWS", name=" Accounts  ", expiresAt=ends, idempotencyKey=key
    )
    credential = made["machineCredential"]
    assert credential["id"] == str(machine_credential_id(office.group.id, key))
    assert (credential["name"], credential["scopes"]) == ("Accounts", ["READ_TOTALS", "READ_ROWS"])
    assert datetime.fromisoformat(credential["expiresAt"]) == datetime.fromisoformat(ends)
    assert [credential[name] for name in ("isOwn", "revokedAt", "lastUsedOn")] == [True, None, None]
    assert made["isSecretShownBefore"] is False
    answer = await program(api, made["secret"]).send(ROWS, id=office.group.id)
    assert [member["name"] for member in answer.data["group"]["members"]["nodes"]] == [None] * 5
    assert answer.extensions["hidden"] == ["Member.name"]


async def test_the_secret_is_shown_once_and_kept_nowhere(office: Office, world: World) -> None:
    key, ends = new_id(), ahead(days=9)
    first = await grant(office, idempotencyKey=key, expiresAt=ends)
    again = await grant(office, idempotencyKey=key, expiresAt=ends)
    assert (again["secret"], again["isSecretShownBefore"]) == (None, True)
    assert again["machineCredential"] == first["machineCredential"]
    assert await world.superuser.fetchval("SELECT count(*) FROM access.machine_secrets") == 1
    dump = str(await world.superuser.fetch("SELECT to_jsonb(s) FROM access.machine_secrets s"))
    dump += str(await world.superuser.fetch("SELECT to_jsonb(k) FROM app.idempotency_keys k"))
    assert first["secret"].split("_")[2] not in dump


async def test_a_program_is_no_user_and_has_no_group_but_its_own(office: Office, api: Api, world: World) -> None:
    made = await grant(office)
    other = await world.group()
    client = program(api, made["secret"])
    document = "{ viewer { user { id } memberships { roles } sessions { totalCount } } groups { nodes { id } } }"
    assert await client.query(document) == {
        "viewer": {"user": None, "memberships": [], "sessions": {"totalCount": 0}},
        "groups": {"nodes": [{"id": str(office.group.id)}]},
    }
    assert await client.query("query G($id: ID!) { group(id: $id) { id } }", id=other.id) == {"group": None}


async def test_a_program_that_records_is_named_as_who_did_it(office: Office, api: Api, world: World) -> None:
    made = await grant(office, "RECORD_CONTRIBUTIONS")
    client, meeting = program(api, made["secret"]), await world.meeting(office.group)
    items = [{"id": str(new_id()), "memberId": office.group.members[4], "kind": "SHARE", "shares": 2}]
    sheet = {"groupId": office.group.id, "meetingId": meeting, "items": items, "idempotencyKey": new_id()}
    selection = "items { status contribution { amount { amount } } userErrors { reason } }"
    for _ in range(2):
        answer = await client.mutate("contributionsRecord", selection, **sheet)
        accepted = {"status": "ACCEPTED", "contribution": {"amount": {"amount": "400.00"}}, "userErrors": []}
        assert answer.data["contributionsRecord"]["items"] == [accepted]
    assert answer.extensions["idempotentReplay"] is True
    actors = "SELECT e.actor_id, c.recorded_by FROM ledger.entries e JOIN app.contributions c ON c.id = e.id"
    ((actor, recorder),) = await world.superuser.fetch(actors)
    assert actor == recorder == UUID(made["machineCredential"]["id"])
    # Keys are each principal's own: the treasurer's with the same value is another request.
    treasurer = api.client(office.group.treasurer)
    again = await treasurer.mutate("contributionsRecord", selection, **sheet)
    assert "idempotentReplay" not in again.extensions
    sound = "query S($id: ID!) { bookVerification(groupId: $id) { isSound } }"
    assert await client.query(sound, id=office.group.id) == {"bookVerification": {"isSound": True}}


@pytest.mark.parametrize("scope", ["READ_TOTALS", "READ_ROWS", "READ_NAMES"])
async def test_a_program_that_only_reads_records_nothing(office: Office, api: Api, world: World, scope: str) -> None:
    client, meeting = program(api, (await grant(office, scope))["secret"]), await world.meeting(office.group)
    items = [{"memberId": office.group.members[4], "kind": "SHARE", "shares": 1}]
    sheet = {"groupId": office.group.id, "meetingId": meeting, "items": items}
    assert (await client.mutate("contributionsRecord", "__typename", **sheet)).refusal[0] == "FORBIDDEN"


async def test_a_rotation_gives_a_new_secret_beside_the_old_one_for_the_grace(
    office: Office, api: Api, world: World
) -> None:
    first = await grant(office)
    credential = first["machineCredential"]["id"]
    rotate = {"groupId": office.group.id, "credentialId": credential}
    second = await office.client.do("machineCredentialRotate", SHOWN, **rotate, graceDays=7)
    assert second["machineCredential"] == first["machineCredential"]
    for secret in (first["secret"], second["secret"]):
        assert (await program(api, secret).query(ROWS, id=office.group.id))["group"]["name"] == "Umoja"
    left = "SELECT count(*) FROM access.machine_secrets WHERE expires_at > now() + interval '7 days'"
    assert await world.superuser.fetchval(left) == 1
    third = await office.client.do("machineCredentialRotate", SHOWN, **rotate)
    assert await program(api, first["secret"]).refused(ROWS, id=office.group.id) == UNKNOWN
    fourth = await office.client.do("machineCredentialRotate", SHOWN, **rotate, graceDays=0)
    for secret in (second["secret"], third["secret"]):
        assert await program(api, secret).refused(ROWS, id=office.group.id) == UNKNOWN
    assert (await program(api, fourth["secret"]).query(ROWS, id=office.group.id))["group"]["name"] == "Umoja"


async def test_a_repeated_rotation_shows_no_secret(office: Office, world: World) -> None:
    credential = (await grant(office))["machineCredential"]["id"]
    wish = {"groupId": office.group.id, "credentialId": credential, "idempotencyKey": new_id()}
    assert (await office.client.do("machineCredentialRotate", SHOWN, **wish))["secret"] is not None
    again = await office.client.do("machineCredentialRotate", SHOWN, **wish)
    assert (again["secret"], again["isSecretShownBefore"]) == (None, True)
    assert await world.superuser.fetchval("SELECT count(*) FROM access.machine_secrets") == 2


async def test_a_revoked_program_is_answered_like_one_that_never_was(office: Office, api: Api, world: World) -> None:
    made = await grant(office)
    client = program(api, made["secret"])
    await client.query(ROWS, id=office.group.id)
    wish = {"groupId": office.group.id, "credentialId": made["machineCredential"]["id"]}
    ended = (await office.client.do("machineCredentialRevoke", CREDENTIAL, **wish))["machineCredential"]
    assert ended["revokedAt"] is not None
    assert await client.refused(ROWS, id=office.group.id) == UNKNOWN
    again = (await office.client.do("machineCredentialRevoke", CREDENTIAL, **wish))["machineCredential"]
    assert again["revokedAt"] == ended["revokedAt"]
    error = await office.client.user_error("machineCredentialRotate", **wish)
    assert (error["code"], error["reason"]) == ("NOT_FOUND", "MACHINE_CREDENTIAL_NOT_FOUND")
    expired = await make_machine(world, office.group.id, [MachineScope.READ_ROWS], lives=timedelta(seconds=-1))
    assert await program(api, expired.token.text).refused(ROWS, id=office.group.id) == UNKNOWN
    assert await listed(office, inForce=True) == []
    assert len(await listed(office, inForce=False)) == 2


async def test_every_officer_sees_and_revokes_and_no_one_else_does(office: Office, api: Api, world: World) -> None:
    made = await grant(office)
    wish = {"groupId": office.group.id, "credentialId": made["machineCredential"]["id"]}
    plain = api.client(office.group.plain)
    assert await listed(office, plain) == []
    assert (await plain.mutate("machineCredentialRevoke", "__typename", **wish)).refusal[0] == "FORBIDDEN"
    auditor = api.client(await world.auditor(office.group))
    assert len(await listed(office, auditor)) == 1
    assert (await auditor.mutate("machineCredentialRevoke", "__typename", **wish)).refusal[0] == "FORBIDDEN"
    stranger = api.client((await world.group()).secretary)
    assert (await stranger.user_error("machineCredentialRevoke", **wish))["reason"] == "GROUP_NOT_FOUND"
    for officer in (office.group.chair, office.group.treasurer):
        assert [each["id"] for each in await listed(office, api.client(officer))] == [wish["credentialId"]]
    await api.client(office.group.treasurer).do("machineCredentialRevoke", CREDENTIAL, **wish)


async def test_a_credential_outlives_the_office_of_who_granted_it(office: Office, api: Api, world: World) -> None:
    """The group granted it: whoever holds the office next finds it in the list."""
    made = await grant(office)
    await world.superuser.execute(
        "UPDATE app.memberships SET ends_at = now() WHERE tenant_id = $1 AND user_id = $2",
        office.group.id,
        office.group.secretary.user_id,
    )
    assert (await program(api, made["secret"]).query(ROWS, id=office.group.id))["group"]["name"] == "Umoja"
    wish = {"groupId": office.group.id, "credentialId": made["machineCredential"]["id"]}
    await api.client(office.group.chair).do("machineCredentialRevoke", CREDENTIAL, **wish)


async def test_a_group_shuts_a_partner_s_program_out_of_itself_alone(office: Office, api: Api, world: World) -> None:
    other = await world.group()
    await world.partner(office.group, "ROWS")
    partner = await world.superuser.fetchval("SELECT partner_id FROM app.partner_links")
    await world.superuser.execute(
        "INSERT INTO app.partner_links (id, partner_id, group_id, consent) VALUES ($1, $2, $3, 'TOTALS')",
        new_id(),
        partner,
        other.id,
    )
    machine = await make_machine(
        world, partner, [MachineScope.READ_ROWS], reaches=[office.group.id, other.id], lives=timedelta(days=2)
    )
    client, groups = program(api, machine.token.text), "{ groups { nodes { id } } }"
    assert len((await client.query(groups))["groups"]["nodes"]) == 2
    (shown,) = await listed(office)
    assert (shown["id"], shown["isOwn"], shown["lastUsedOn"]) == (str(machine.id), False, None)
    wish = {"groupId": office.group.id, "credentialId": machine.id}
    error = await office.client.user_error("machineCredentialRotate", **wish)
    assert error["reason"] == "MACHINE_CREDENTIAL_NOT_FOUND"
    await office.client.do("machineCredentialRevoke", CREDENTIAL, **wish)
    assert (await client.query(groups))["groups"]["nodes"] == [{"id": str(other.id)}]


async def test_use_is_noted_by_the_day_and_written_once_an_hour(office: Office, api: Api, world: World) -> None:
    made = await grant(office)
    client = program(api, made["secret"])
    assert (await listed(office))[0]["lastUsedOn"] is None
    for _ in range(3):
        await client.query(ROWS, id=office.group.id)
    noted = await world.superuser.fetchval("SELECT used_at FROM access.machine_uses")
    assert (await listed(office))[0]["lastUsedOn"] == noted.astimezone(UTC).date().isoformat()
    api.services.machine_uses._noted.clear()
    await client.query(ROWS, id=office.group.id)
    assert await world.superuser.fetchval("SELECT used_at FROM access.machine_uses") == noted
    await world.superuser.execute("UPDATE access.machine_uses SET used_at = now() - interval '61 minutes'")
    api.services.machine_uses._noted.clear()
    await client.query(ROWS, id=office.group.id)
    assert await world.superuser.fetchval("SELECT used_at FROM access.machine_uses") > noted


async def test_whoever_is_turned_away_is_not_noted(office: Office, api: Api, world: World) -> None:
    made = await grant(office)
    forged = made["machineCredential"]["id"]
    await world.superuser.execute("UPDATE access.machine_secrets SET digest = 'x'")
    assert await program(api, made["secret"]).refused(ROWS, id=office.group.id) == UNKNOWN
    assert UUID(forged) not in api.services.machine_uses._noted
    assert await world.superuser.fetchval("SELECT count(*) FROM access.machine_uses") == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"scopes": []}, ("INVALID", "CREDENTIAL_SCOPES_MISSING", ["scopes"])),
        ({"name": "  "}, ("INVALID", "TEXT_TOO_SHORT", ["name"])),
        ({"name": "x" * 81}, ("INVALID", "TEXT_TOO_LONG", ["name"])),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ("INVALID", "CREDENTIAL_EXPIRY_INVALID", ["expiresAt"])),
        ({"expiresAt": ahead(minutes=59)}, ("INVALID", "CREDENTIAL_EXPIRY_INVALID", ["expiresAt"])),
        ({"expiresAt": ahead(days=400, minutes=9)}, ("INVALID", "CREDENTIAL_EXPIRY_INVALID", ["expiresAt"])),
    ],
)
async def test_a_credential_that_breaks_a_rule_is_refused(
    office: Office, fields: dict[str, Any], expected: tuple[str, str, list[str]]
) -> None:
    wish = {"name": "Accounts", "scopes": ["READ_ROWS"], "expiresAt": ahead(days=3)} | fields
    assert (await office.refused("machineCredentialCreate", **wish))[:3] == expected


@pytest.mark.parametrize("days", [-1, 8])
async def test_a_grace_longer_than_a_week_is_refused(office: Office, days: int) -> None:
    credential = (await grant(office))["machineCredential"]["id"]
    refusal = await office.refused("machineCredentialRotate", credentialId=credential, graceDays=days)
    assert refusal[:3] == ("INVALID", "CREDENTIAL_GRACE_INVALID", ["graceDays"])


async def test_a_group_has_so_many_credentials_in_force_and_no_more(office: Office, world: World) -> None:
    for _ in range(CREDENTIALS_MAX - 1):
        await make_machine(world, office.group.id, [MachineScope.READ_ROWS])
    await make_machine(world, office.group.id, [MachineScope.READ_ROWS], lives=timedelta(seconds=-1))
    await grant(office)
    wish = {"name": "Accounts", "scopes": ["READ_ROWS"], "expiresAt": ahead(days=3)}
    refusal = await office.refused("machineCredentialCreate", **wish)
    assert refusal[:2] == ("NOT_ALLOWED", "TOO_MANY_CREDENTIALS")
