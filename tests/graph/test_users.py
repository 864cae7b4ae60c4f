"""Users as administrators see to them: found by what they sign in with, suspended at once, let in again."""

from __future__ import annotations

from typing import Any

import pytest

from domain.access.standing import initials_of
from domain.identifiers import new_id
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import World

PASSWORD = "mango and rain"
ACCOUNT = "user { id name initials status isAdmin lastSignedInAt }"
USER = "query Q($id: ID, $login: String) { user(id: $id, login: $login) { id name status lastSignedInAt } }"


@pytest.fixture
async def admin(api: Api, world: World) -> Client:
    return api.client(await world.admin())


async def amina(admin: Client) -> str:
    made = await admin.do(
        "userCreate",
        ACCOUNT,
        name="Amina wa Otieno",
        phone="+254712345678",
        email="Amina@example.org",
        password=PASSWORD,
    )
    user = made["user"]
    assert user == {
        "id": user["id"],
        "name": "Amina wa Otieno",
        "initials": "AO",
        "status": "ACTIVE",
        "isAdmin": False,
        "lastSignedInAt": None,
    }
    identity: str = user["id"]
    return identity


async def signed_in(api: Api, login: str = "+254712345678") -> Client | None:
    answer = await api.anonymous.mutate("sessionOpen", "tokens { accessToken }", login=login, password=PASSWORD)
    tokens = answer.data["sessionOpen"]["tokens"]
    return None if tokens is None else Client(api.http, tokens["accessToken"])


async def test_a_suspended_user_is_out_at_once_and_in_again_when_she_is_let(api: Api, admin: Client) -> None:
    user = await amina(admin)
    client = await signed_in(api)
    assert client is not None
    me = "{ viewer { user { id status lastSignedInAt } } }"
    own = (await client.query(me))["viewer"]["user"]
    assert (own["id"], own["status"]) == (user, "ACTIVE")
    assert own["lastSignedInAt"] is not None
    done = await admin.do("userSuspend", ACCOUNT, userId=user)
    assert done["user"]["status"] == "SUSPENDED"
    assert (await client.refused(me))[0] == "UNAUTHENTICATED"
    assert await signed_in(api) is None
    done = await admin.do("userReactivate", ACCOUNT, userId=user)
    assert done["user"]["status"] == "ACTIVE"
    # What was ended stays ended: whoever had her phone has it no more.
    assert (await client.refused(me))[0] == "UNAUTHENTICATED"
    again = await signed_in(api)
    assert again is not None
    assert (await again.query(me))["viewer"]["user"]["status"] == "ACTIVE"


async def test_a_repeat_is_answered_as_the_first_time_whatever_came_after(admin: Client) -> None:
    user = await amina(admin)
    wish = {"userId": user, "idempotencyKey": new_id()}
    await admin.do("userSuspend", "user { status }", **wish)
    await admin.do("userReactivate", "user { status }", userId=user)
    answer = await admin.mutate("userSuspend", "user { status }", **wish)
    assert answer.extensions == {"idempotentReplay": True}
    assert answer.data["userSuspend"] == {"user": {"status": "ACTIVE"}, "userErrors": []}
    error = await admin.user_error("userReactivate", **wish)
    assert error["reason"] == "IDEMPOTENCY_KEY_REUSED"
    missing = {"userId": new_id(), "idempotencyKey": new_id()}
    first = await admin.user_error("userSuspend", **missing)
    assert (first["reason"], first["path"]) == ("USER_UNKNOWN", ["userId"])
    assert await admin.user_error("userSuspend", **missing) == first


async def test_an_administrator_does_not_shut_herself_out(api: Api, world: World) -> None:
    person = await world.admin()
    client = api.client(person)
    error = await client.user_error("userSuspend", userId=person.user_id)
    assert (error["reason"], error["path"]) == ("USER_IS_YOURSELF", ["userId"])
    assert (await client.user_error("userReactivate", userId="Amina"))["reason"] == "NOT_AN_ID"
    assert await world.superuser.fetchval("SELECT status FROM app.users WHERE id = $1", person.user_id) == "ACTIVE"


async def test_a_user_is_found_by_her_id_or_by_what_she_signs_in_with(api: Api, admin: Client) -> None:
    user = await amina(admin)
    for asked in (
        {"id": user},
        {"login": "+254712345678"},
        {"login": "+254 712 345 678"},
        {"login": "amina@EXAMPLE.org"},
    ):
        assert (await admin.query(USER, **asked))["user"]["id"] == user, asked
    nobody: tuple[dict[str, Any], ...] = (
        {"id": str(new_id())},
        {"login": "+254712345679"},
        {"login": "amina"},
        {"login": ""},
    )
    for asked in nobody:
        assert (await admin.query(USER, **asked))["user"] is None, asked
    for asked in ({}, {"id": user, "login": "+254712345678"}, {"id": "Amina"}):
        assert (await admin.refused(USER, **asked))[0] == "BAD_USER_INPUT"
    # She finds herself, and nobody else finds her.
    client = await signed_in(api)
    assert client is not None
    assert (await client.query(USER, login="+254712345678"))["user"]["name"] == "Amina wa Otieno"
    stranger = await api.someone()
    for asked in ({"id": user}, {"login": "+254712345678"}, {"login": "amina@example.org"}):
        assert (await stranger.query(USER, **asked))["user"] is None


async def test_nobody_but_an_administrator_changes_a_user(api: Api, admin: Client, world: World) -> None:
    user = await amina(admin)
    group = await world.group()
    client = await signed_in(api)
    assert client is not None
    others = (client, api.client(group.secretary), await _plain_session_of_an_admin(api, world))
    async with nothing_changes(world):
        for other in others:
            for mutation in ("userSuspend", "userReactivate"):
                answer = await other.mutate(mutation, "user { id }", userId=user)
                assert answer.refusal == ("FORBIDDEN", "You may not update records of this kind: user.")


async def _plain_session_of_an_admin(api: Api, world: World) -> Client:
    """Whoever administers the platform is a person like others while she does not say so as she signs in."""
    person = await world.person()
    await world.superuser.execute("UPDATE app.users SET platform_role = 'ADMIN' WHERE id = $1", person.user_id)
    return api.client(person)


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Amina wa Otieno", "AO"), ("amina", "A"), ("Ng'ang'a 2", "N"), ("3 4", None), (None, None), ("Ōta Éric", "ŌÉ")],
)
def test_initials_are_of_the_first_and_the_last_word(name: str | None, initials: str | None) -> None:
    assert initials_of(name) == initials
