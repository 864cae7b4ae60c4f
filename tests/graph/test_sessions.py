"""Signing in and staying signed in, over HTTP, and everything that is no credential."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.identifiers import new_id
from persistence.crypto.tokens import AccessTokens, TokenRole
from persistence.database import DatabaseRole
from tests.graph.fields import EVERY_FIELD, ME
from tests.support.api import Answer, Api, Client, nothing_changes
from tests.support.world import Person, World

TOKENS = "tokens { sessionId accessToken accessExpiresAt refreshToken refreshExpiresAt }"

NO_TOKEN = "Sign in first: open a session and send its access token in the Authorization header."
OVER = "The session has ended or was revoked: sign in again."
NOT_OURS = "The access token is not one of ours: sign in again."
PASSWORD = "mango and rain"


@dataclass(frozen=True)
class Account:
    """A user with a password."""

    admin: Client
    user_id: str

    login = "+254712345678"


@pytest.fixture
async def admin(api: Api, world: World) -> Client:
    return api.client(await world.admin())


@pytest.fixture
async def account(admin: Client) -> Account:
    made = await admin.do("userCreate", "user { id }", name="Amina", phone=Account.login, password=PASSWORD)
    return Account(admin, made["user"]["id"])


async def sign_in(api: Api, **more: Any) -> dict[str, Any]:
    payload = await api.anonymous.do("sessionOpen", TOKENS, login=Account.login, password=PASSWORD, **more)
    return payload["tokens"]  # type: ignore[no-any-return]


def too_late(world: World, person: Person) -> str:
    """A token that was good until a second ago."""
    clock = datetime.now(UTC) - timedelta(minutes=10, seconds=1)
    return AccessTokens(world.keyring, clock=lambda: clock).issue(person.user_id, person.session_id, TokenRole.APP).text


async def test_every_field_but_those_that_sign_in_needs_a_viewer(api: Api, world: World) -> None:
    schema = await api.anonymous.query(
        "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }"
    )
    fields = [*schema["__schema"]["queryType"]["fields"], *schema["__schema"]["mutationType"]["fields"]]
    assert {field["name"] for field in fields} == {*EVERY_FIELD, "sessionOpen", "sessionRefresh"}
    async with nothing_changes(world):
        for name, document in EVERY_FIELD.items():
            answer = await api.anonymous.send(document)
            assert answer.refusal == ("UNAUTHENTICATED", NO_TOKEN), name
            assert answer.error["path"] == [name]
            assert not any((answer.body["data"] or {}).values())


OF_USERS = {
    "userCreate": "create records of this kind: user",
    **dict.fromkeys(("userSuspend", "userReactivate"), "update records of this kind: user"),
    "platformRevise": "create records of this kind: group status",
}
"""What is done to users and to the whole platform, which nobody else may try."""

OF_ADMINS = {
    *("sessionRevoke", *OF_USERS),
    *("groupVerify", "groupSuspend", "groupReactivate", "groupDeactivate"),
}
"""What is open to administrators, who need a session for it as all do."""


async def test_a_session_that_is_over_opens_nothing(api: Api, world: World) -> None:
    revoked, expired, suspended = [await world.person() for _ in range(3)]
    await world.superuser.execute(
        "UPDATE access.sessions SET revoked_at = now(), revoked_for = 'REVOKED' WHERE id = $1", revoked.session_id
    )
    await world.superuser.execute(
        "UPDATE access.sessions SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second'"
        " WHERE id = $1",
        expired.session_id,
    )
    await world.superuser.execute("UPDATE app.users SET status = 'SUSPENDED' WHERE id = $1", suspended.user_id)
    unknown = Person(new_id(), new_id())
    no_admin = Person(*await person_ids(world), DatabaseRole.ADMIN)
    async with nothing_changes(world):
        for person in (revoked, expired, suspended, unknown, no_admin):
            client = api.client(person)
            for name, document in EVERY_FIELD.items():
                answer = await client.send(document)
                if person is no_admin and "mutation" in document and name not in OF_ADMINS:
                    assert answer.refusal[0] == "FORBIDDEN"
                elif person is not no_admin and name in OF_USERS:
                    assert answer.refusal == ("FORBIDDEN", f"You may not {OF_USERS[name]}.")
                else:
                    assert answer.refusal == ("UNAUTHENTICATED", OVER), name


async def person_ids(world: World) -> tuple[Any, Any]:
    person = await world.person()
    return person.user_id, person.session_id


async def test_a_token_that_has_expired_or_is_not_ours_is_refused_before_anything_is_read(
    api: Api, world: World
) -> None:
    person = await world.person()
    good = api.client(person).token
    assert good is not None
    header, payload, signature = good.split(".")
    other = AccessTokens(type(world.keyring).from_secret(bytes(range(1, 33)))).issue(
        person.user_id, person.session_id, TokenRole.APP
    )
    refusals = {
        f"Bearer {too_late(world, person)}": "The access token has expired: refresh the session.",
        f"Bearer {header}.{payload}.{signature[::-1]}": NOT_OURS,
        f"Bearer {other.text}": NOT_OURS,
        "Bearer ": NOT_OURS,
        "Bearer": "Send the access token as `Authorization: Bearer …`.",
        f"Bearer {'x' * 5_000}": NOT_OURS,
        f"bearer {good}": None,
        f"Basic {good}": "Send the access token as `Authorization: Bearer …`.",
        good: "Send the access token as `Authorization: Bearer …`.",
        "": "Send the access token as `Authorization: Bearer …`.",
        "Bearer é": NOT_OURS,
    }
    for credential, message in refusals.items():
        with api.statements() as statements:
            response = await api.http.post(
                "/graphql",
                json={"query": "{ viewer { memberships { roles } } }"},
                headers=[("authorization", credential.encode())],
            )
        if message is None:
            assert response.json()["data"] == {"viewer": {"memberships": []}}
            continue
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json() == {
            "errors": [
                {
                    "message": message,
                    "extensions": {"code": "UNAUTHENTICATED", "requestId": response.headers["x-request-id"]},
                }
            ]
        }
        assert statements.count == 0


def said(answer: Answer) -> tuple[int, str]:
    """What an answer says, but for what is left to the client: that is less each time."""
    body = answer.body
    assert set(body["extensions"].pop("cost")) == {"requestedQueryCost", "actualQueryCost", "throttleStatus"}
    return answer.status, json.dumps(body)


async def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(api: Api, account: Account) -> None:
    wishes = [
        {"login": account.login, "password": "mango and rice"},
        {"login": account.login, "password": ""},
        {"login": "+254712345679", "password": PASSWORD},
        {"login": "nobody@example.org", "password": PASSWORD},
        {"login": "no login at all", "password": PASSWORD},
        {"login": "x" * 100_000, "password": PASSWORD},
        {"login": account.login, "password": PASSWORD, "asAdmin": True},
        {"login": "0712345678", "password": PASSWORD, "region": "ZZ"},
    ]
    answers = [await api.anonymous.mutate("sessionOpen", TOKENS, **wish) for wish in wishes]
    assert {said(answer) for answer in answers} == {said(answers[0])}
    assert answers[0].data["sessionOpen"] == {
        "tokens": None,
        "userErrors": [
            {
                "code": "NOT_ALLOWED",
                "reason": "SIGN_IN_REFUSED",
                "path": [],
                "message": (
                    "You could not be signed in: check the phone number or e-mail address and the password, "
                    "and after several failures wait an hour before you try again."
                ),
            }
        ],
    }


async def test_five_failures_lock_even_the_right_password_out(api: Api, account: Account) -> None:
    for _ in range(5):
        error = await api.anonymous.user_error("sessionOpen", login=account.login, password="mango and rice")
    locked = await api.anonymous.user_error("sessionOpen", login=account.login, password=PASSWORD)
    assert locked == error


async def test_a_session_is_listed_with_its_device_and_revoked_from_another(api: Api, account: Account) -> None:
    phone = await sign_in(api, deviceType="MOBILE", deviceName="  Amina's\tphone ")
    desk = Client(api.http, (await sign_in(api))["accessToken"])
    document = """{ viewer { user { id name phone isAdmin } sessions { totalCount nodes {
        id deviceType deviceName address userAgent isCurrent } } } }"""
    viewer = (await desk.query(document))["viewer"]
    assert viewer["user"] == {"id": account.user_id, "name": "Amina", "phone": account.login, "isAdmin": False}
    assert viewer["sessions"]["totalCount"] == 2
    current, other = viewer["sessions"]["nodes"]
    assert (current["isCurrent"], other["isCurrent"]) == (True, False)
    agent = api.http.headers["user-agent"]
    assert other == {
        "id": phone["sessionId"],
        "deviceType": "MOBILE",
        "deviceName": "Amina's phone",
        "address": "192.0.2.7",
        "userAgent": agent,
        "isCurrent": False,
    }
    for _ in range(2):
        assert await desk.do("sessionRevoke", "sessionId", sessionId=other["id"]) == {
            "sessionId": other["id"],
            "userErrors": [],
        }
    assert await Client(api.http, phone["accessToken"]).refused(ME) == ("UNAUTHENTICATED", OVER)
    over = await api.anonymous.user_error("sessionRefresh", refreshToken=phone["refreshToken"])
    assert over == {
        "code": "NOT_ALLOWED",
        "reason": "REFRESH_REFUSED",
        "path": [],
        "message": "This session is over: sign in again.",
    }
    assert (await desk.query(document))["viewer"]["sessions"]["totalCount"] == 1


async def test_nobody_revokes_the_session_of_somebody_else(api: Api, world: World) -> None:
    amina, juma = await world.person(), await world.person()
    async with nothing_changes(world):
        for session in (juma.session_id, new_id()):
            assert await api.client(amina).user_error("sessionRevoke", sessionId=session) == {
                "code": "NOT_FOUND",
                "reason": "SESSION_NOT_FOUND",
                "path": ["sessionId"],
                "message": "You have no such session: check its id in the list of your sessions.",
            }
        error = await api.client(amina).user_error("sessionRevoke", sessionId="this one")
        assert (error["reason"], error["path"]) == ("NOT_AN_ID", ["sessionId"])


async def test_a_refresh_may_be_repeated_until_its_successor_was_used(api: Api, account: Account) -> None:
    first = await sign_in(api)

    async def refresh(token: str) -> dict[str, Any]:
        return (await api.anonymous.do("sessionRefresh", TOKENS, refreshToken=token))["tokens"]  # type: ignore[no-any-return]

    second = await refresh(first["refreshToken"])
    repeated = await refresh(first["refreshToken"])
    assert repeated["refreshToken"] == second["refreshToken"] != first["refreshToken"]
    assert second["sessionId"] == first["sessionId"]
    third = await refresh(second["refreshToken"])
    data = await Client(api.http, third["accessToken"]).query(ME)
    assert data["viewer"]["user"]["id"] == account.user_id
    assert await api.anonymous.user_error("sessionRefresh", refreshToken=first["refreshToken"]) == {
        "code": "CONFLICT",
        "reason": "REFRESH_TOKEN_REUSED",
        "path": [],
        "message": "This session was ended because its refresh token was used twice: sign in again.",
    }
    assert await Client(api.http, third["accessToken"]).refused(ME) == ("UNAUTHENTICATED", OVER)
    for token in (third["refreshToken"], "kbr_" + "A" * 43, "", "x" * 100_000, third["refreshToken"] + "é"):
        error = await api.anonymous.user_error("sessionRefresh", refreshToken=token)
        assert error["reason"] == "REFRESH_REFUSED"


COMMON = "Choose a password that is harder to guess, such as three or four words that do not belong together."


async def test_a_password_that_will_not_do_makes_no_user(admin: Client, world: World) -> None:
    passwords = {
        "sevench": ("PASSWORD_TOO_SHORT", "Choose a password of at least 8 characters."),
        "": ("PASSWORD_TOO_SHORT", "Choose a password of at least 8 characters."),
        "password1": ("PASSWORD_TOO_COMMON", COMMON),
        "KIBUBU123": ("PASSWORD_TOO_COMMON", COMMON),
        "zzzzzzzzzzzz": ("PASSWORD_TOO_COMMON", COMMON),
        "p" * 1_025: ("PASSWORD_TOO_LONG", "Choose a password of at most 1,024 bytes."),
        "é" * 513: ("PASSWORD_TOO_LONG", "Choose a password of at most 1,024 bytes."),
        "p" * 250_000: ("PASSWORD_TOO_LONG", "Choose a password of at most 1,024 bytes."),
    }
    async with nothing_changes(world, but_for_keys=True):
        for password, (reason, message) in passwords.items():
            error = await admin.user_error("userCreate", name="Amina", phone="+254712345678", password=password)
            assert error == {"code": "INVALID", "reason": reason, "path": ["password"], "message": message}


async def test_a_password_beyond_its_size_signs_nobody_in(api: Api, account: Account, world: World) -> None:
    async with nothing_changes(world):
        for password in ("p" * 1_025, "p" * 250_000):
            answer = await api.anonymous.mutate("sessionOpen", TOKENS, login=account.login, password=password)
            (error,) = answer.data["sessionOpen"]["userErrors"]
            assert error["reason"] == "PASSWORD_TOO_LONG"
            assert password not in answer.text


async def test_who_cannot_be_a_user_is_not_made(admin: Client, account: Account, world: World) -> None:
    wish = {"name": "Juma", "email": "juma@example.org", "password": PASSWORD}
    refusals: list[tuple[dict[str, Any], str, str, str, str]] = [
        (
            {"email": None},
            "INVALID",
            "LOGIN_MISSING",
            "phone",
            "Give a phone number or an e-mail address: a user signs in with one of them.",
        ),
        (
            {"email": "juma"},
            "INVALID",
            "NOT_AN_EMAIL_ADDRESS",
            "email",
            "This is not an e-mail address: write it as name@example.org.",
        ),
        (
            {"phone": "0712345678"},
            "INVALID",
            "NOT_A_PHONE_NUMBER",
            "phone",
            "This is not a phone number in use: write it with its country code, such as +254 712 345 678.",
        ),
        (
            {"phone": account.login},
            "CONFLICT",
            "PHONE_TAKEN",
            "phone",
            "Another user signs in with this phone number: check it, or look for the user.",
        ),
        (
            {"locale": "Swahili"},
            "INVALID",
            "NOT_A_LOCALE",
            "locale",
            "This is not a locale: give a language such as sw, with a country if need be, such as en-KE.",
        ),
        (
            {"id": account.user_id},
            "CONFLICT",
            "ID_ALREADY_USED",
            "id",
            "This id already belongs to a record with other content: make a new id.",
        ),
        (
            {"name": "n" * 121},
            "INVALID",
            "TEXT_TOO_LONG",
            "name",
            "Shorten this text to at most 120 characters.",
        ),
    ]
    async with nothing_changes(world, but_for_keys=True):
        for fields, code, reason, path, message in refusals:
            error = await admin.user_error("userCreate", **wish | fields)
            assert error == {"code": code, "reason": reason, "path": [path], "message": message}


async def test_only_administrators_make_users(api: Api, world: World) -> None:
    group = await world.group()
    async with nothing_changes(world):
        answer = await api.client(group.chair).mutate(
            "userCreate", "user { id }", name="Juma", email="juma@example.org", password=PASSWORD
        )
    assert answer.refusal == ("FORBIDDEN", "You may not create records of this kind: user.")
    assert answer.body["data"] is None
