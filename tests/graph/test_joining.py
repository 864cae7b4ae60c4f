"""Coming to a group: by its code and an officer's word, or by an invitation; and nobody by guessing."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.groups.joining import new_join_code, read_join_code
from domain.identifiers import new_id
from persistence.crypto.blind_index import BlindIndexPurpose, blind_index
from tests.graph.office import Office
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import Person, World

REQUEST = "joinRequest { id status groupName decidedAt }"
DECIDED = "joinRequest { id name note status version member { number name } }"
OWN = "query { viewer { joinRequests { id groupName status } memberships { group { name } member { number name } } } }"
INVITATION = "invitation { id name contact status version member { number } }"
INVITED = "query { viewer { invitations { id groupId groupName } } }"


@pytest.fixture
async def office(api: Api, world: World) -> Office:
    """The secretary of a group of five, without a code yet."""
    group = await world.group()
    return Office(api.client(group.secretary), group, world)


async def code_of(office: Office) -> str:
    return (await office.client.do("joinCodeRenew", "joinCode", groupId=office.group.id))["joinCode"]  # type: ignore[no-any-return]


async def give_phone(world: World, person: Person, phone: str) -> None:
    """Let the person sign in with the number."""
    await world.superuser.execute(
        "INSERT INTO access.user_private (user_id, phone_index) VALUES ($1, $2)",
        person.user_id,
        blind_index(world.keyring, BlindIndexPurpose.PHONE, phone),
    )


def test_a_code_is_of_signs_that_nobody_takes_for_others() -> None:
    for _ in range(2_000):
        assert re.fullmatch(r"[A-HJKMNP-RT-Z]{3}-[A-HJKMNP-RT-Z2-46-9]{4}", new_join_code())


@pytest.mark.parametrize("typed", ["MAE-X9K2", "mae-x9k2", " mae x9k2 ", "MAEX9K2", "MAE\N{EN DASH}X9K2"])
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_join_code(typed) == "MAE-X9K2"


async def test_whoever_has_the_code_asks_and_an_officer_lets_her_in(api: Api, office: Office) -> None:
    code = await code_of(office)
    joiner = await office.world.person()
    client = api.client(joiner)
    asked = (await client.do("joinRequest", REQUEST, code=code.lower(), name=" Akinyi ", note="Otieno's sister"))[
        "joinRequest"
    ]
    assert (asked["status"], asked["groupName"], asked["decidedAt"]) == ("PENDING", "Umoja", None)
    assert (await client.query(OWN))["viewer"] == {
        "joinRequests": [{"id": asked["id"], "groupName": "Umoja", "status": "PENDING"}],
        "memberships": [],
    }
    waiting = "query Q($id: ID!) { group(id: $id) { joinRequests(status: PENDING) { nodes { id name note } } } }"
    assert (await office.client.query(waiting, id=office.group.id))["group"]["joinRequests"]["nodes"] == [
        {"id": asked["id"], "name": "Akinyi", "note": "Otieno's sister"}
    ]
    wish = {"groupId": office.group.id, "requestId": asked["id"], "expectedVersion": 1}
    done = await office.client.do("joinRequestApprove", DECIDED, **wish)
    assert done["joinRequest"] == {
        "id": asked["id"],
        "name": "Akinyi",
        "note": "Otieno's sister",
        "status": "APPROVED",
        "version": 2,
        "member": {"number": 6, "name": "Akinyi"},
    }
    assert (await client.query(OWN))["viewer"]["memberships"] == [
        {"group": {"name": "Umoja"}, "member": {"number": 6, "name": "Akinyi"}}
    ]
    again = {"code": code, "name": "Akinyi"}
    assert (await client.user_error("joinRequest", **again))["reason"] == "MEMBER_ALREADY"
    assert (await office.refused("joinRequestReject", **wish))[:2] == ("CONFLICT", "JOIN_REQUEST_DECIDED")


async def test_whoever_is_in_the_register_is_tied_to_that_member(api: Api, office: Office) -> None:
    code = await code_of(office)
    client = api.client(await office.world.person())
    asked = (await client.do("joinRequest", REQUEST, code=code, name="Member five"))["joinRequest"]
    wish = {"groupId": office.group.id, "requestId": asked["id"], "expectedVersion": 1}
    unknown = await office.refused("joinRequestApprove", **wish, memberId=new_id())
    assert unknown[:3] == ("NOT_FOUND", "MEMBER_UNKNOWN", ["memberId"])
    taken = await office.refused("joinRequestApprove", **wish, memberId=office.group.members[0])
    assert taken[:2] == ("CONFLICT", "USER_IS_ANOTHER_MEMBER")
    done = await office.client.do("joinRequestApprove", DECIDED, **wish, memberId=office.group.members[4])
    assert done["joinRequest"]["member"] == {"number": 5, "name": "Member 5"}
    assert await office.world.superuser.fetchval("SELECT count(*) FROM app.members") == 5


async def test_whoever_is_turned_down_may_ask_again_and_nobody_asks_twice_at_once(api: Api, office: Office) -> None:
    code = await code_of(office)
    client = api.client(await office.world.person())
    asked = (await client.do("joinRequest", REQUEST, code=code, name="Akinyi"))["joinRequest"]
    assert (await client.user_error("joinRequest", code=code, name="Akinyi"))["reason"] == "REQUEST_PENDING"
    wish = {"groupId": office.group.id, "requestId": asked["id"], "expectedVersion": 1}
    assert (await office.refused("joinRequestReject", **{**wish, "expectedVersion": 2}))[1] == "VERSION_STALE"
    await office.client.do("joinRequestReject", DECIDED, **wish)
    assert (await client.query(OWN))["viewer"]["joinRequests"][0]["status"] == "REJECTED"
    await client.do("joinRequest", REQUEST, code=code, name="Akinyi")


async def test_a_code_that_is_renewed_or_switched_off_lets_nobody_in(api: Api, office: Office) -> None:
    first = await code_of(office)
    second = await code_of(office)
    assert first != second
    client = await api.someone()
    error = await client.user_error("joinRequest", code=first, name="Akinyi")
    assert (error["code"], error["reason"], error["path"]) == ("NOT_FOUND", "JOIN_CODE_UNKNOWN", ["code"])
    stopped = await office.client.do("joinCodeStop", "joinCode", groupId=office.group.id)
    assert stopped["joinCode"] is None
    assert (await client.user_error("joinRequest", code=second, name="Akinyi"))["reason"] == "JOIN_CODE_UNKNOWN"


@pytest.mark.parametrize("status", ["PENDING_VERIFICATION", "SUSPENDED", "INACTIVE"])
async def test_a_group_that_is_not_at_work_has_no_code(api: Api, office: Office, status: str) -> None:
    code = await code_of(office)
    await office.world.superuser.execute("SET session_replication_role = replica")
    await office.world.superuser.execute("UPDATE app.groups SET status = $1", status)
    error = await (await api.someone()).user_error("joinRequest", code=code, name="Akinyi")
    assert error["reason"] == "JOIN_CODE_UNKNOWN"


async def test_of_a_thousand_guesses_ten_are_heard(api: Api, office: Office) -> None:
    code = await code_of(office)
    client = await api.someone()
    outcomes: Counter[str] = Counter()
    for _ in range(20):
        guesses = [client.user_error("joinRequest", code=new_join_code(), name="Guess") for _ in range(50)]
        outcomes.update(error["reason"] for error in await asyncio.gather(*guesses))
    assert outcomes == {"JOIN_CODE_UNKNOWN": 10, "TOO_MANY_GUESSES": 990}
    # Nor does the right one help whoever guessed too often.
    answer = await client.mutate("joinRequest", "userErrors { waitSeconds }", code=code, name="Guess")
    (error,) = answer.data["joinRequest"]["userErrors"]
    assert (error["code"], error["reason"]) == ("TOO_MANY", "TOO_MANY_GUESSES")
    assert 0 < error["waitSeconds"] <= 300
    assert await office.world.superuser.fetchval("SELECT count(*) FROM app.join_requests") == 0
    other = await api.someone()
    await other.do("joinRequest", REQUEST, code=code, name="Akinyi")


async def test_only_officers_see_the_code_and_the_requests(api: Api, office: Office) -> None:
    code = await code_of(office)
    joiner = api.client(await office.world.person())
    await joiner.do("joinRequest", REQUEST, code=code, name="Akinyi")
    read = "query Q($id: ID!) { group(id: $id) { joinCode joinRequests { totalCount } } }"
    group = office.group
    for who, seen in (
        (group.treasurer, {"joinCode": code, "joinRequests": {"totalCount": 1}}),
        (group.plain, {"joinCode": None, "joinRequests": {"totalCount": 0}}),
        (await office.world.partner(group, "NAMES"), {"joinCode": None, "joinRequests": {"totalCount": 0}}),
    ):
        assert (await api.client(who).query(read, id=group.id))["group"] == seen
    for who in (group.treasurer, group.plain):
        for mutation in ("joinCodeRenew", "joinCodeStop"):
            async with nothing_changes(office.world):
                answer = await api.client(who).mutate(mutation, "joinCode", groupId=group.id)
            assert answer.refusal[0] == "FORBIDDEN"
    other = await api.someone()
    assert (await other.query(OWN))["viewer"]["joinRequests"] == []


async def test_somebody_is_invited_by_phone_and_comes_in_after_she_signs_in(api: Api, office: Office) -> None:
    fields = {"groupId": office.group.id, "name": "Akinyi", "phone": "0712 345 678"}
    made = (await office.client.do("invitationCreate", INVITATION, **fields))["invitation"]
    assert (made["contact"], made["status"], made["member"]) == ("+254712345678", "OPEN", None)
    invited, other = await office.world.person(), await office.world.person()
    await give_phone(office.world, invited, "+254712345678")
    await give_phone(office.world, other, "+254712345679")
    client = api.client(invited)
    assert (await client.query(INVITED))["viewer"]["invitations"] == [
        {"id": made["id"], "groupId": str(office.group.id), "groupName": "Umoja"}
    ]
    wish = {"groupId": office.group.id, "invitationId": made["id"]}
    stranger = api.client(other)
    assert (await stranger.query(INVITED))["viewer"]["invitations"] == []
    assert (await api.client(await office.world.admin()).query(INVITED))["viewer"]["invitations"] == []
    async with nothing_changes(office.world, but_for_keys=True):
        error = await stranger.user_error("invitationAccept", **wish)
    assert (error["code"], error["reason"]) == ("NOT_FOUND", "INVITATION_NOT_FOUND")
    done = await client.do("invitationAccept", "member { number name roles }", **wish)
    assert done["member"] == {"number": 6, "name": "Akinyi", "roles": ["MEMBER"]}
    assert (await client.user_error("invitationAccept", **wish))["reason"] == "INVITATION_NOT_FOUND"
    listed = "query Q($id: ID!) { group(id: $id) { invitations { nodes { status member { number } } } } }"
    assert (await office.client.query(listed, id=office.group.id))["group"]["invitations"]["nodes"] == [
        {"status": "ACCEPTED", "member": {"number": 6}}
    ]


async def test_somebody_in_the_register_is_invited_to_be_that_member(api: Api, office: Office) -> None:
    change = {"memberId": office.group.members[4], "expectedVersion": 1, "email": "five@example.org"}
    await office.client.do("memberRevise", "member { id }", groupId=office.group.id, **change)
    fields = {"groupId": office.group.id, "name": "Five", "email": "Five@example.org"}
    made = (await office.client.do("invitationCreate", INVITATION, **fields, memberId=office.group.members[4]))[
        "invitation"
    ]
    assert (made["contact"], made["member"]) == ("Five@example.org", {"number": 5})
    invited = await office.world.person()
    await office.world.superuser.execute(
        "INSERT INTO access.user_private (user_id, email_index) VALUES ($1, $2)",
        invited.user_id,
        blind_index(office.world.keyring, BlindIndexPurpose.EMAIL, "five@example.org"),
    )
    wish = {"groupId": office.group.id, "invitationId": made["id"]}
    done = await api.client(invited).do("invitationAccept", "member { number name }", **wish)
    assert done["member"] == {"number": 5, "name": "Member 5"}


async def test_an_invitation_that_is_taken_back_or_over_is_good_no_longer(api: Api, office: Office) -> None:
    invited = await office.world.person()
    await give_phone(office.world, invited, "+254712345678")
    client = api.client(invited)
    fields = {"groupId": office.group.id, "name": "Akinyi", "phone": "+254712345678"}
    ids = [(await office.client.do("invitationCreate", INVITATION, **fields))["invitation"]["id"]]
    wish = {"groupId": office.group.id, "invitationId": ids[0], "expectedVersion": 1}
    done = await office.client.do("invitationRevoke", INVITATION, **wish)
    assert (done["invitation"]["status"], done["invitation"]["version"]) == ("REVOKED", 2)
    assert (await office.refused("invitationRevoke", **wish))[1] == "INVITATION_DECIDED"
    ids.append((await office.client.do("invitationCreate", INVITATION, **fields))["invitation"]["id"])
    await let_expire(office.world, ids[1])
    assert (await client.query(INVITED))["viewer"]["invitations"] == []
    for each in ids:
        error = await client.user_error("invitationAccept", groupId=office.group.id, invitationId=each)
        assert error["reason"] == "INVITATION_NOT_FOUND"


async def let_expire(world: World, invitation: str) -> None:
    async with world.superuser.transaction():
        await world.superuser.execute("SET LOCAL session_replication_role = replica")
        await world.superuser.execute("UPDATE app.invitations SET expires_at = now() WHERE id = $1", UUID(invitation))


@pytest.mark.parametrize("contact", [{"phone": "+254712345678"}, {"email": "ann@example.org"}])
async def test_nobody_is_invited_twice_at_once(office: Office, contact: dict[str, str]) -> None:
    fields = {"groupId": office.group.id, "name": "Akinyi", **contact}
    made = (await office.client.do("invitationCreate", INVITATION, **fields))["invitation"]
    (field,) = contact
    asked = (
        "mutation($input: InvitationCreateInput!) { invitationCreate(input: $input) {"
        " invitation { id } userErrors { code reason path invitationId } } }"
    )
    # However it is written.
    spelt = {field: "0712 345 678" if field == "phone" else "ANN@example.org"}
    async with nothing_changes(office.world, but_for_keys=True):
        answer = await office.client.query(asked, input={**fields, **spelt, "idempotencyKey": str(new_id())})
    assert answer["invitationCreate"] == {
        "invitation": None,
        "userErrors": [
            {"code": "CONFLICT", "reason": "INVITATION_OPEN_ALREADY", "path": [field], "invitationId": made["id"]}
        ],
    }
    again = (
        "INSERT INTO app.invitations SELECT tenant_id, gen_random_uuid(), name, member_id, person_key, phone_sealed,"
        " email_sealed, phone_index, email_index, status, expires_at, invited_at, invited_by, 1 FROM app.invitations"
        " WHERE tenant_id = $1"
    )
    state = await _attempt(office, office.group.secretary, again, office.group.id)
    assert state == "23505"
    # What is over makes room, and what another group sent is no concern of this one's.
    await let_expire(office.world, made["id"])
    new = (await office.client.do("invitationCreate", INVITATION, **fields))["invitation"]
    rows = await office.world.superuser.fetch("SELECT id, status, version FROM app.invitations ORDER BY invited_at")
    assert [tuple(row) for row in rows] == [(UUID(made["id"]), "REVOKED", 2), (UUID(new["id"]), "OPEN", 1)]


async def test_two_who_invite_the_same_person_at_the_same_moment_make_one_invitation(api: Api, office: Office) -> None:
    fields = {"groupId": office.group.id, "name": "Akinyi", "phone": "+254712345678"}
    officers = (office.group.secretary, office.group.chair)
    answers = await asyncio.gather(
        *(api.client(who).mutate("invitationCreate", "invitation { id }", **fields) for who in officers)
    )
    errors = [[each["reason"] for each in answer.data["invitationCreate"]["userErrors"]] for answer in answers]
    assert sorted(errors) == [[], ["INVITATION_OPEN_ALREADY"]]
    assert await office.world.superuser.fetchval("SELECT count(*) FROM app.invitations") == 1


async def test_whoever_is_a_member_is_invited_as_that_member_alone(office: Office) -> None:
    group, world = office.group, office.world
    for index, contact in ((4, {"phone": "+254712345678"}), (3, {"email": "four@example.org"})):
        change = {"memberId": group.members[index], "expectedVersion": 1, **contact}
        await office.client.do("memberRevise", "member { id }", groupId=group.id, **change)
    for contact, reason in (
        ({"phone": "+254712345678"}, "PHONE_ALREADY_IN_GROUP"),
        ({"email": "four@example.org"}, "EMAIL_ALREADY_IN_GROUP"),
    ):
        wish = {"name": "Akinyi", **contact}
        assert (await office.refused("invitationCreate", **wish))[1:3] == (reason, [*contact])
        assert (await office.refused("invitationCreate", memberId=group.members[2], **wish))[1] == reason
    fields = {"groupId": group.id, "name": "Akinyi", "phone": "+254712345678"}
    made = (await office.client.do("invitationCreate", INVITATION, **fields, memberId=group.members[4]))["invitation"]
    assert made["member"] == {"number": 5}
    # The database holds it against whoever writes past the service.
    copied = (
        "INSERT INTO app.invitations SELECT tenant_id, gen_random_uuid(), name, NULL, person_key, phone_sealed,"
        " email_sealed, phone_index, email_index, 'REVOKED', expires_at, invited_at, invited_by, 1 FROM app.invitations"
        " WHERE tenant_id = $1"
    )
    async with nothing_changes(world):
        assert await _attempt(office, group.secretary, copied, group.id) == "KB409"


async def test_whoever_was_entered_after_she_was_invited_is_no_second_member(api: Api, office: Office) -> None:
    group, world = office.group, office.world
    fields = {"groupId": group.id, "name": "Akinyi", "phone": "+254712345678"}
    made = (await office.client.do("invitationCreate", INVITATION, **fields))["invitation"]
    entered = await office.client.do("memberAdd", "member { id number }", **fields)
    invited = await world.person()
    await give_phone(world, invited, "+254712345678")
    wish = {"groupId": group.id, "invitationId": made["id"]}
    done = await api.client(invited).do("invitationAccept", "member { id number }", **wish)
    assert done["member"] == entered["member"]
    assert await world.superuser.fetchval("SELECT count(*) FROM app.members") == 6


@pytest.mark.parametrize(
    ("fields", "reason", "path"),
    [
        ({}, "CONTACT_NOT_ONE", "phone"),
        ({"phone": "+254712345678", "email": "a@example.org"}, "CONTACT_NOT_ONE", "phone"),
        ({"email": "nobody"}, "NOT_AN_EMAIL_ADDRESS", "email"),
        ({"phone": "+254712345678", "name": ""}, "TEXT_TOO_SHORT", "name"),
        ({"phone": "+254712345678", "memberId": str(new_id())}, "MEMBER_UNKNOWN", "memberId"),
    ],
)
async def test_an_invitation_that_cannot_be_is_refused(
    office: Office, fields: dict[str, Any], reason: str, path: str
) -> None:
    assert (await office.refused("invitationCreate", **{"name": "Akinyi", **fields}))[1:3] == (reason, [path])


async def test_raw_sql_lets_nobody_choose_a_code_decide_twice_or_ask_for_another(api: Api, office: Office) -> None:
    code = await code_of(office)
    group, joiner = office.group, await office.world.person()
    asked = (await api.client(joiner).do("joinRequest", REQUEST, code=code, name="Akinyi"))["joinRequest"]
    await office.client.do("joinRequestReject", DECIDED, groupId=group.id, requestId=asked["id"], expectedVersion=1)
    approve = "UPDATE app.join_requests SET status = 'APPROVED', member_id = $1, decided_at = now()"
    assert await _attempt(office, group.secretary, approve, group.members[4]) == "KB405"
    assert await _attempt(office, group.treasurer, "SELECT app.change_join_code($1, NULL)", group.id) == "KB403"
    assert await _attempt(office, group.secretary, "UPDATE app.join_codes SET code = NULL") == "42501"
    insert = (
        "INSERT INTO app.join_requests (tenant_id, id, user_id, group_name, name)"
        " VALUES ($1, gen_random_uuid(), $2, 'x', 'x')"
    )
    assert await _attempt(office, group.secretary, insert, group.id, group.plain.user_id) == "42501"
    accepted = "UPDATE app.invitations SET member_id = $1"
    assert await _attempt(office, group.secretary, accepted, group.members[4]) == "42501"


async def _attempt(office: Office, who: Person, statement: str, *arguments: object) -> str | None:
    """The state with which the database refuses a statement; None where it does not."""
    try:
        async with office.world.transaction(who) as connection:
            await connection.execute("SELECT app.enter_write($1)", [office.group.id])
            await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


async def test_a_repeat_of_a_request_is_no_second_guess(api: Api, office: Office) -> None:
    code = await code_of(office)
    client: Client = await api.someone()
    key = new_id()
    for _ in range(12):
        await client.do("joinRequest", REQUEST, code=code, name="Akinyi", idempotencyKey=key)
    assert await office.world.superuser.fetchval("SELECT count(*) FROM app.join_requests") == 1
