from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from domain.access.sessions import OpenSession, TryAgainLater
from domain.access.users import AdminExists, CreateUser, EmailTaken, LoginMissing, PhoneTaken
from domain.errors import DomainError
from domain.identifiers import new_id
from domain.policy import AccessDenied
from domain.service import IdAlreadyUsed, IdempotencyKeyReused, Outcome
from persistence.access import Access, create_first_admin
from persistence.crypto.blind_index import BlindIndexPurpose, blind_index
from persistence.crypto.envelope import PersonCipher, WrappedKey
from persistence.crypto.passwords import PasswordHasher
from persistence.crypto.tokens import AccessTokens
from persistence.database import DatabaseRole
from persistence.viewer import Principal, UnauthenticatedError
from tests.persistence.access.conftest import EMAIL, NAME, PASSWORD, PHONE, Platform
from tests.persistence.crypto.samples import KEYRING, ROTATED
from tests.support import cluster

BARAKA = {"name": "Baraka Mwangi", "phone": "+254733123456", "password": "three goats climb a hill"}


def wish(**fields: Any) -> CreateUser:
    return CreateUser(**{"idempotency_key": new_id(), **BARAKA, **fields})


async def create(platform: Platform, command: CreateUser) -> Outcome:
    sent = {"name": command.name, "phone": command.phone, "email": command.email, "password": command.password}
    return await platform.access.create_user(platform.admin, command, sent)


async def users(platform: Platform) -> int:
    """How many there are besides the first administrator and Amina."""
    counts = await platform.rows(
        "SELECT (SELECT count(*) FROM app.users), (SELECT count(*) FROM access.user_private),"
        " (SELECT count(*) FROM access.credentials)"
    )
    assert len(set(counts[0])) == 1
    return int(counts[0][0]) - 2


async def test_a_user_whom_an_administrator_made_signs_in(platform: Platform) -> None:
    command = wish(locale="sw-KE", email="Baraka@Example.org")
    assert await create(platform, command) == Outcome(id=command.idempotency_key)
    for login in ("+254733123456", "baraka@example.org"):
        signed_in = await platform.sign_in(login, BARAKA["password"])
        assert signed_in.user_id == command.idempotency_key
    admin = await platform.value("SELECT user_id FROM access.sessions WHERE id = $1", platform.admin.id)
    query = "SELECT status, platform_role, locale, created_by FROM app.users WHERE id = $1"
    assert await platform.rows(query, command.user_id) == [("ACTIVE", "USER", "sw-KE", admin)]


async def test_an_administrator_makes_another(platform: Platform) -> None:
    command = wish(id=new_id(), is_admin=True)
    assert (await create(platform, command)).id == command.id
    assert (await platform.sign_in(BARAKA["phone"], BARAKA["password"], as_admin=True)).is_admin


async def test_what_is_personal_opens_with_the_person_s_key_alone(platform: Platform) -> None:
    row = await platform.superuser.fetchrow("SELECT * FROM access.user_private WHERE user_id = $1", platform.amina)
    cipher = PersonCipher(KEYRING, WrappedKey(row["person_key"]))
    opened = [cipher.open(column, platform.amina, row[f"{column}_sealed"]) for column in ("name", "phone", "email")]
    assert opened == [NAME, PHONE, EMAIL]


async def test_nothing_personal_stands_in_the_clear_anywhere(platform: Platform) -> None:
    await platform.sign_in()
    with pytest.raises(DomainError):
        await platform.sign_in(EMAIL, "another one altogether")
    refused = wish(name="Wambui Kamau", phone=PHONE, email="wambui@example.org", password="all the stars tonight")
    assert isinstance((await create(platform, refused)).error, PhoneTaken)
    dump = (await platform.dump()).lower()
    assert str(platform.amina) in dump
    secrets = [PHONE, PHONE[1:], PHONE[4:], EMAIL, *NAME.split(), PASSWORD, "wambui", "kamau", "all the stars tonight"]
    for secret in secrets:
        assert secret.lower() not in dump
        for spelling in (secret, secret.lower()):
            assert spelling.encode().hex() not in dump


async def test_the_command_prints_nothing_personal() -> None:
    printed = repr(wish(email=EMAIL)) + repr(wish(email=EMAIL).checked()[0])
    for secret in (*BARAKA.values(), EMAIL):
        assert secret not in printed


async def test_only_an_administrator_s_session_makes_users(platform: Platform) -> None:
    amina = (await platform.sign_in()).session_id
    with pytest.raises(AccessDenied):
        await platform.access.create_user(Principal(amina, DatabaseRole.APP), wish(), {})
    for session in (amina, new_id()):
        with pytest.raises(UnauthenticatedError):
            await platform.access.create_user(Principal(session, DatabaseRole.ADMIN), wish(), {})
    assert await users(platform) == 0


async def test_the_everyday_role_may_not_call_the_function_that_makes_users(
    platform: Platform, database_name: str
) -> None:
    connection = await asyncpg.connect(cluster.dsn_for(database_name, "kibubu_login"))
    try:
        for role in ("kibubu_app", "kibubu_anonymous", "kibubu_readonly"):
            await connection.execute(f"SET ROLE {role}")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(
                    "SELECT access.create_user(gen_random_uuid(), 'ADMIN', 'en', '', '', '', '', '{}', '{}', '')"
                )
    finally:
        await connection.close()
    assert await users(platform) == 0


async def test_no_connection_is_held_while_a_password_is_hashed(platform: Platform) -> None:
    idle: list[bool] = []

    async def look() -> None:
        idle.append(platform.database.is_idle())

    platform.hasher.meanwhile = look
    await create(platform, wish())
    assert idle == [True]


# Refusals


@pytest.mark.parametrize(
    ("fields", "reason", "path"),
    [
        ({"phone": None}, "LOGIN_MISSING", ("phone",)),
        ({"phone": "0733 123 456"}, "NOT_A_PHONE_NUMBER", ("phone",)),
        ({"email": "baraka"}, "NOT_AN_EMAIL_ADDRESS", ("email",)),
        ({"name": " "}, "TEXT_TOO_SHORT", ("name",)),
        ({"name": "b" * 121}, "TEXT_TOO_LONG", ("name",)),
        ({"name": "Bar\x00aka"}, "TEXT_NOT_ALLOWED", ("name",)),
        ({"password": "short"}, "PASSWORD_TOO_SHORT", ("password",)),
        ({"password": "x" * 1_025}, "PASSWORD_TOO_LONG", ("password",)),
        ({"password": "password1"}, "PASSWORD_TOO_COMMON", ("password",)),
        ({"password": "nul\x00nul\x00nul"}, "PASSWORD_NOT_ALLOWED", ("password",)),
        ({"locale": "english"}, "NOT_A_LOCALE", ("locale",)),
        ({"phone": "+254 712 345678"}, "PHONE_TAKEN", ("phone",)),
        ({"email": EMAIL.lower()}, "EMAIL_TAKEN", ("email",)),
    ],
)
async def test_a_refusal_names_the_field_leaves_no_user_and_is_kept(
    fields: dict[str, Any], reason: str, path: tuple[str, ...], platform: Platform
) -> None:
    command = wish(**fields)
    first = await create(platform, command)
    assert first.error is not None
    assert (first.error.reason, first.error.path, first.id, first.is_replay) == (reason, path, None, False)
    assert await users(platform) == 0
    # What was decided stays decided, though by now it could be otherwise.
    await platform.superuser.execute("UPDATE access.user_private SET phone_index = NULL, email_index = NULL")
    again = await create(platform, command)
    assert again.error is not None
    assert (again.error.reason, again.error.path, again.is_replay) == (reason, path, True)
    assert again.error.message == first.error.message
    assert await users(platform) == 0


async def test_the_id_of_another_user_is_refused(platform: Platform) -> None:
    outcome = await create(platform, wish(id=platform.amina))
    assert isinstance(outcome.error, IdAlreadyUsed)
    assert outcome.error.path == ("id",)
    assert await users(platform) == 0


@pytest.mark.parametrize(("fields", "error"), [({"phone": PHONE}, PhoneTaken), ({"email": EMAIL.upper()}, EmailTaken)])
async def test_a_login_taken_under_an_earlier_master_secret_is_taken(
    fields: dict[str, str], error: type[DomainError], platform: Platform
) -> None:
    outcome = await platform.under(ROTATED).create_user(platform.admin, wish(**fields), {})
    assert isinstance(outcome.error, error)
    assert await users(platform) == 0


async def test_a_login_is_stored_under_the_current_master_secret(platform: Platform) -> None:
    command = wish(email="baraka@example.org")
    assert (await platform.under(ROTATED).create_user(platform.admin, command, {})).error is None
    query = "SELECT phone_index, email_index FROM access.user_private WHERE user_id = $1"
    assert await platform.rows(query, command.user_id) == [
        (
            blind_index(ROTATED, BlindIndexPurpose.PHONE, BARAKA["phone"]),
            blind_index(ROTATED, BlindIndexPurpose.EMAIL, "baraka@example.org"),
        )
    ]


async def test_a_full_queue_of_passwords_decides_nothing(platform: Platform) -> None:
    hasher = PasswordHasher(KEYRING, workers=1, waiting_max=0)
    assert hasher._places.acquire(blocking=False)
    busy = Access(platform.database, KEYRING, hasher, AccessTokens(KEYRING))
    command = wish()
    outcome = await busy.create_user(platform.admin, command, {})
    hasher.close()
    assert isinstance(outcome.error, TryAgainLater)
    assert await platform.access.create_user(platform.admin, command, {}) == Outcome(id=command.user_id)


# Repeats


async def test_a_repeat_is_answered_as_the_first_time_and_makes_nobody(platform: Platform) -> None:
    command = wish()
    first, second = await create(platform, command), await create(platform, command)
    assert second == first.replayed()
    assert await users(platform) == 1


@pytest.mark.parametrize("changed", [{"name": "Baraka M."}, {"password": "four goats climb a hill"}])
async def test_a_key_is_not_used_for_something_else(changed: dict[str, str], platform: Platform) -> None:
    command = wish()
    await create(platform, command)
    outcome = await create(platform, wish(idempotency_key=command.idempotency_key, **changed))
    assert isinstance(outcome.error, IdempotencyKeyReused)
    assert await users(platform) == 1
    assert (await platform.sign_in(BARAKA["phone"], BARAKA["password"])).user_id == command.user_id


async def test_one_request_sent_many_times_at_once_makes_one_user(platform: Platform) -> None:
    command = wish()
    outcomes = await asyncio.gather(*(create(platform, command) for _ in range(5)))
    assert {outcome.id for outcome in outcomes} == {command.user_id}
    assert sorted(outcome.is_replay for outcome in outcomes) == [False, True, True, True, True]
    assert await users(platform) == 1


async def test_one_refused_request_sent_many_times_at_once_is_decided_once(platform: Platform) -> None:
    command = wish(phone=PHONE)
    outcomes = await asyncio.gather(*(create(platform, command) for _ in range(5)))
    assert {type(outcome.error) for outcome in outcomes} == {PhoneTaken}
    assert sorted(outcome.is_replay for outcome in outcomes) == [False, True, True, True, True]


async def test_of_two_requests_for_one_phone_number_at_once_one_succeeds(platform: Platform) -> None:
    outcomes = await asyncio.gather(*(create(platform, wish()) for _ in range(5)))
    errors = [type(outcome.error) for outcome in outcomes if outcome.error is not None]
    assert errors == [PhoneTaken] * 4
    assert await users(platform) == 1


# The first administrator


@pytest.fixture
async def elsewhere(database_name: str) -> Any:
    """Another database without any user, and a way to connect to it."""
    async with cluster.fresh_database() as name:
        assert name != database_name
        opened: list[asyncpg.Connection] = []

        async def connect() -> asyncpg.Connection:
            opened.append(await asyncpg.connect(cluster.dsn_for(name)))
            return opened[-1]

        yield connect
        for connection in opened:
            await connection.close()


async def test_there_is_one_first_administrator(elsewhere: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
    connections = [await elsewhere(), await elsewhere()]
    hasher = PasswordHasher(KEYRING)
    commands = [wish(), wish(phone=PHONE)]
    made = await asyncio.gather(
        *(create_first_admin(c, KEYRING, hasher, command) for c, command in zip(connections, commands, strict=True)),
        return_exceptions=True,
    )
    with pytest.raises(AdminExists):
        await create_first_admin(connections[0], KEYRING, hasher, wish(phone="+254733123457"))
    hasher.close()
    assert sorted(type(outcome).__name__ for outcome in made) == ["AdminExists", "UUID"]
    # The connection is given back in the role in which it came.
    assert [await c.fetchval("SELECT current_user = session_user") for c in connections] == [True, True]
    rows = await connections[0].fetch("SELECT id, platform_role, created_by FROM app.users")
    assert [(row["id"], row["platform_role"], row["created_by"]) for row in rows] == [
        (next(outcome for outcome in made if not isinstance(outcome, BaseException)), "ADMIN", None)
    ]


async def test_the_first_administrator_is_checked_like_any_user(
    elsewhere: Callable[[], Awaitable[asyncpg.Connection]],
) -> None:
    connection = await elsewhere()
    hasher = PasswordHasher(KEYRING)
    with pytest.raises(LoginMissing):
        await create_first_admin(connection, KEYRING, hasher, wish(phone=None))
    hasher.close()
    assert await connection.fetchval("SELECT count(*) FROM app.users") == 0


async def test_a_person_who_signs_in_is_found_by_the_national_form_too(platform: Platform) -> None:
    await create(platform, wish())
    command = OpenSession(login="0733 123456", region="KE", password=BARAKA["password"])
    assert (await platform.access.open_session(command)).refresh_token.startswith("kbr_")
