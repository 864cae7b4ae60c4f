from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from domain.access.passwords import PasswordTooLong
from domain.access.sessions import DeviceType, OpenSession, SignInRefused, TryAgainLater
from persistence.access import Access
from persistence.crypto.blind_index import BlindIndexPurpose, blind_index
from persistence.crypto.passwords import PasswordHasher
from persistence.crypto.tokens import AccessTokens, TokenRole
from persistence.database import DatabaseRole, Isolation
from tests.persistence.access.conftest import ADMIN_PHONE, EMAIL, PASSWORD, PHONE, Platform
from tests.persistence.crypto.samples import KEYRING, NEW_SECRET, ROTATED

PHONE_INDEX = blind_index(KEYRING, BlindIndexPurpose.PHONE, PHONE)
FAILURES = "SELECT failed_count FROM access.sign_in_failures WHERE login_index = $1"
SESSIONS_OF = "SELECT count(*) FROM access.sessions WHERE user_id = $1"
ARRANGE_FAILURES = """
    INSERT INTO access.sign_in_failures (login_index, failed_count, last_failed_at, locked_until)
    VALUES ($1, $2, now() - $3::interval, now() + $4::interval)
"""
NO_TIME = timedelta(0)
WRONG = "another one altogether"


async def refused(platform: Platform, login: str = PHONE, password: str = WRONG, **more: object) -> None:
    with pytest.raises(SignInRefused):
        await platform.sign_in(login, password, **more)


@pytest.mark.parametrize(
    ("login", "region"),
    [(PHONE, None), ("+254 712 345 678", None), ("0712 345 678", "KE"), (EMAIL, None), (EMAIL.upper(), None)],
)
async def test_a_user_signs_in_with_phone_or_e_mail_as_it_is_typed(
    login: str, region: str | None, platform: Platform
) -> None:
    signed_in = await platform.sign_in(login, region=region)
    claims = AccessTokens(KEYRING).verify(signed_in.access_token)
    assert (claims.user_id, claims.session_id, claims.role) == (platform.amina, signed_in.session_id, TokenRole.APP)
    assert (signed_in.user_id, signed_in.is_admin) == (platform.amina, False)
    assert claims.expires_at == signed_in.access_expires_at


async def test_a_session_remembers_what_it_was_opened_on(platform: Platform) -> None:
    signed_in = await platform.access.open_session(
        OpenSession(login=PHONE, password=PASSWORD, device_type=DeviceType.MOBILE, device_name=" Shop\x00 phone "),
        address="::ffff:196.201.214.200",
        user_agent="Kibubu/1 \ud800" + "x" * 400,
    )
    row = await platform.rows(
        """
        SELECT user_id, role, device_type, device_name, address, user_agent, expires_at - created_at, expires_at
        FROM access.sessions WHERE id = $1
        """,
        signed_in.session_id,
    )
    agent = "Kibubu/1 " + "x" * 291
    assert row == [
        (
            *(platform.amina, "APP", "MOBILE", "Shop phone", "196.201.214.200", agent),
            *(timedelta(days=90), signed_in.refresh_expires_at),
        )
    ]


async def test_a_sign_in_that_cannot_be_described_succeeds_all_the_same(platform: Platform) -> None:
    command = OpenSession(login=PHONE, password=PASSWORD, device_name="\x00\n")
    signed_in = await platform.access.open_session(command, address="nowhere", user_agent="")
    query = "SELECT device_type, device_name, address, user_agent FROM access.sessions WHERE id = $1"
    assert await platform.rows(query, signed_in.session_id) == [("UNKNOWN", None, None, None)]


async def test_neither_command_nor_answer_prints_a_secret(platform: Platform) -> None:
    command = OpenSession(login=PHONE, password=PASSWORD)
    signed_in = await platform.access.open_session(command)
    printed = repr(command) + repr(signed_in)
    for secret in (PHONE, PASSWORD, signed_in.access_token, signed_in.refresh_token):
        assert secret not in printed


# One refusal for everything


@pytest.mark.parametrize(
    ("login", "password", "more", "arrangement"),
    [
        (PHONE, WRONG, {}, None),
        (EMAIL, WRONG, {}, None),
        ("somebody@example.org", PASSWORD, {}, None),
        ("neither number nor address", PASSWORD, {}, None),
        ("\ud800@example.org", PASSWORD, {}, None),
        ("", PASSWORD, {}, None),
        (PHONE, PASSWORD + "\x00", {}, None),
        (PHONE, "\ud800", {}, None),
        (PHONE, "", {}, None),
        (PHONE, PASSWORD, {"as_admin": True}, None),
        (PHONE, PASSWORD, {}, "UPDATE app.users SET status = 'SUSPENDED'"),
        (PHONE, PASSWORD, {}, "UPDATE app.users SET status = 'PENDING'"),
        (PHONE, PASSWORD, {}, "DELETE FROM access.credentials"),
    ],
)
async def test_every_refusal_takes_the_statements_and_the_work_of_an_unknown_login(
    login: str, password: str, more: dict[str, bool], arrangement: str | None, platform: Platform
) -> None:
    await refused(platform, "+254799999999", PASSWORD)
    of_unknown = platform.database.statements[:]
    platform.database.statements.clear()
    if arrangement is not None:
        await platform.superuser.execute(arrangement)
    await refused(platform, login, password, **more)
    assert platform.database.statements == of_unknown
    assert [statement.split("(")[0].split()[-1] for statement in of_unknown] == [
        "WRITE",
        "access.take_attempts",
        "access.find_credentials",
        "WRITE",
        "access.open_session",
        "access.sign_in_failed",
    ]
    assert (platform.hasher.verified, platform.hasher.hashed) == (2, 0)
    assert await platform.rows("SELECT failed_count FROM access.sign_in_failures") == [(1,), (1,)]
    assert await platform.value(SESSIONS_OF, platform.amina) == 0


async def test_a_locked_login_takes_them_too_whatever_the_password(platform: Platform) -> None:
    await refused(platform, "+254799999999", PASSWORD)
    of_unknown = platform.database.statements[:]
    platform.database.statements.clear()
    await platform.superuser.execute(ARRANGE_FAILURES, PHONE_INDEX, 5, NO_TIME, timedelta(minutes=1))
    await refused(platform, PHONE, PASSWORD)
    await refused(platform, PHONE, WRONG)
    assert platform.database.statements == of_unknown * 2
    assert platform.hasher.verified == 3


async def test_a_password_of_more_than_1_024_bytes_costs_no_work(platform: Platform) -> None:
    with pytest.raises(PasswordTooLong):
        await platform.sign_in(password="x" * 1_025)
    assert (platform.database.statements, platform.hasher.verified) == ([], 0)


async def test_no_connection_is_held_while_a_password_is_checked(platform: Platform) -> None:
    idle: list[bool] = []

    async def look() -> None:
        idle.append(platform.database.is_idle())

    platform.hasher.meanwhile = look
    await platform.sign_in()
    assert idle == [True]


async def test_a_full_queue_of_passwords_is_no_failure(platform: Platform) -> None:
    hasher = PasswordHasher(KEYRING, workers=1, waiting_max=0)
    assert hasher._places.acquire(blocking=False)
    access = Access(platform.database, KEYRING, hasher, AccessTokens(KEYRING))
    for login in (PHONE, "+254799999999"):
        with pytest.raises(TryAgainLater):
            await access.open_session(OpenSession(login=login, password=PASSWORD))
    hasher.close()
    assert await platform.rows("SELECT * FROM access.sign_in_failures") == []


# Lock-out


async def test_five_failures_lock_the_login_and_time_unlocks_it(platform: Platform) -> None:
    for _ in range(4):
        await refused(platform)
    assert await platform.value("SELECT locked_until FROM access.sign_in_failures") is None
    await refused(platform)
    await refused(platform, PHONE, PASSWORD)
    await platform.superuser.execute("UPDATE access.sign_in_failures SET locked_until = now() - interval '1 second'")
    assert (await platform.sign_in()).user_id == platform.amina
    assert await platform.rows("SELECT * FROM access.sign_in_failures") == []


async def test_four_failures_lock_nothing(platform: Platform) -> None:
    for _ in range(4):
        await refused(platform)
    assert (await platform.sign_in()).user_id == platform.amina


@pytest.mark.parametrize(
    ("failures", "minutes"), [(3, None), (4, 1), (5, 2), (6, 4), (9, 32), (10, 60), (11, 60), (2_000_000_000, 60)]
)
async def test_each_lock_lasts_twice_as_long_up_to_an_hour(
    failures: int, minutes: int | None, platform: Platform
) -> None:
    await platform.superuser.execute(ARRANGE_FAILURES, PHONE_INDEX, failures, timedelta(hours=2), -timedelta(hours=1))
    await platform.superuser.execute("UPDATE access.sign_in_failures SET locked_until = NULL WHERE failed_count < 5")
    await refused(platform)
    assert await platform.rows("SELECT failed_count, locked_until - last_failed_at FROM access.sign_in_failures") == [
        (failures + 1, None if minutes is None else timedelta(minutes=minutes))
    ]


async def test_failures_during_a_lock_count_and_do_not_move_its_end(platform: Platform) -> None:
    await platform.superuser.execute(ARRANGE_FAILURES, PHONE_INDEX, 5, NO_TIME, timedelta(minutes=1))
    end = await platform.value("SELECT locked_until FROM access.sign_in_failures")
    await refused(platform)
    await refused(platform, PHONE, PASSWORD)
    assert await platform.rows("SELECT failed_count, locked_until FROM access.sign_in_failures") == [(7, end)]


async def test_failures_are_forgotten_a_day_after_the_last(platform: Platform) -> None:
    more_than_a_day, less = timedelta(hours=24, minutes=1), timedelta(hours=23, minutes=59)
    await platform.superuser.execute(ARRANGE_FAILURES, PHONE_INDEX, 30, more_than_a_day, -timedelta(hours=23))
    await platform.superuser.execute(ARRANGE_FAILURES, b"old", 30, more_than_a_day, -timedelta(hours=23))
    await platform.superuser.execute(ARRANGE_FAILURES, b"newer", 30, less, -timedelta(hours=22))
    await refused(platform)
    rows = await platform.rows("SELECT login_index, failed_count FROM access.sign_in_failures ORDER BY 2")
    assert rows == [(PHONE_INDEX, 1), (b"newer", 30)]


async def test_failures_with_the_phone_number_do_not_lock_the_e_mail_address(platform: Platform) -> None:
    for _ in range(5):
        await refused(platform)
    assert (await platform.sign_in(EMAIL)).user_id == platform.amina
    await refused(platform, PHONE, PASSWORD)


async def test_ten_failures_at_once_count_as_ten(platform: Platform) -> None:
    await asyncio.gather(*(refused(platform) for _ in range(10)))
    assert await platform.value(FAILURES, PHONE_INDEX) == 10


async def test_failures_of_many_logins_at_once_do_not_wait_for_each_other(platform: Platform) -> None:
    for number in range(40):
        await platform.superuser.execute(ARRANGE_FAILURES, b"%d" % number, 1, timedelta(days=2), -timedelta(days=2))
    logins = [f"+2547120000{number:02}" for number in range(8)] * 3
    await asyncio.gather(*(refused(platform, login) for login in logins))
    assert await platform.rows("SELECT failed_count FROM access.sign_in_failures") == [(3,)] * 8


async def test_a_failure_does_not_wait_for_a_forgotten_one_that_is_in_use(platform: Platform) -> None:
    await platform.superuser.execute(ARRANGE_FAILURES, b"old", 1, timedelta(days=2), -timedelta(days=2))
    async with platform.holding("SELECT FROM access.sign_in_failures FOR UPDATE", waiting=0):
        await refused(platform)
    assert await platform.rows("SELECT failed_count FROM access.sign_in_failures") == [(1,), (1,)]


@pytest.mark.parametrize(
    "event",
    [
        f"INSERT INTO access.sign_in_failures VALUES ('\\x{PHONE_INDEX.hex()}', 5, now(), now() + interval '1 minute')",
        "UPDATE app.users SET status = 'SUSPENDED'",
        "UPDATE access.credentials SET changed_at = changed_at + interval '1 second'",
    ],
    ids=["locked", "suspended", "password changed"],
)
async def test_what_happens_while_the_password_is_checked_is_heeded(event: str, platform: Platform) -> None:
    platform.hasher.meanwhile = lambda: platform.superuser.execute(event)
    await refused(platform, PHONE, PASSWORD)
    assert await platform.value(SESSIONS_OF, platform.amina) == 0
    assert await platform.value(FAILURES, PHONE_INDEX) in (1, 6)
    assert (
        await platform.value("SELECT last_signed_in_at FROM access.credentials WHERE user_id = $1", platform.amina)
        is None
    )


async def test_a_right_password_waits_for_a_failure_that_is_being_counted(platform: Platform) -> None:
    await platform.superuser.execute(ARRANGE_FAILURES, PHONE_INDEX, 4, NO_TIME, -NO_TIME)
    lock = "UPDATE access.sign_in_failures SET failed_count = 5, locked_until = now() + interval '1 minute'"
    async with platform.holding(lock, waiting=1):
        signing_in = asyncio.create_task(platform.sign_in())
    with pytest.raises(SignInRefused):
        await signing_in
    assert await platform.value(FAILURES, PHONE_INDEX) == 6


# After a change of the master secret


async def test_a_user_of_an_earlier_master_secret_signs_in_and_gets_a_hash_of_the_new_one(platform: Platform) -> None:
    before = await platform.rows("SELECT changed_at FROM access.credentials WHERE user_id = $1", platform.amina)
    access = platform.under(ROTATED)
    signed_in = await access.open_session(OpenSession(login=EMAIL, password=PASSWORD))
    assert signed_in.user_id == platform.amina
    stored = await platform.rows(
        "SELECT changed_at, split_part(password_hash, '$', 1) FROM access.credentials WHERE user_id = $1",
        platform.amina,
    )
    assert stored == [(*before[0], ROTATED.current.key_id.hex())]
    assert (await access.open_session(OpenSession(login=PHONE, password=PASSWORD))).user_id == platform.amina
    # The everyday keyring has never heard of the new secret.
    assert KEYRING.find(ROTATED.current.key_id) is None
    assert len(NEW_SECRET) == 32


async def test_failures_count_under_the_current_secret_and_locks_of_earlier_ones_hold(platform: Platform) -> None:
    access = platform.under(ROTATED)
    with pytest.raises(SignInRefused):
        await access.open_session(OpenSession(login=PHONE, password=WRONG))
    current = blind_index(ROTATED, BlindIndexPurpose.PHONE, PHONE)
    assert await platform.rows("SELECT login_index FROM access.sign_in_failures") == [(current,)]
    await platform.superuser.execute(ARRANGE_FAILURES, PHONE_INDEX, 5, NO_TIME, timedelta(minutes=1))
    with pytest.raises(SignInRefused):
        await access.open_session(OpenSession(login=PHONE, password=PASSWORD))
    await platform.superuser.execute("UPDATE access.sign_in_failures SET locked_until = NULL")
    await access.open_session(OpenSession(login=PHONE, password=PASSWORD))
    assert await platform.rows("SELECT * FROM access.sign_in_failures") == []


# Administrators


async def test_an_administrator_administers_only_where_that_was_asked_for(platform: Platform) -> None:
    everyday = await platform.sign_in(ADMIN_PHONE)
    asked = await platform.sign_in(ADMIN_PHONE, as_admin=True)
    roles = [AccessTokens(KEYRING).verify(session.access_token).role for session in (everyday, asked)]
    assert (roles, everyday.is_admin, asked.is_admin) == ([TokenRole.APP, TokenRole.ADMIN], False, True)
    query = "SELECT role FROM access.sessions WHERE id = ANY ($1) ORDER BY role"
    assert await platform.rows(query, [everyday.session_id, asked.session_id]) == [("ADMIN",), ("APP",)]


async def test_who_lost_the_office_while_the_password_is_checked_gets_no_session(platform: Platform) -> None:
    platform.hasher.meanwhile = lambda: platform.superuser.execute("UPDATE app.users SET platform_role = 'USER'")
    await refused(platform, ADMIN_PHONE, PASSWORD, as_admin=True)


# The role before there is a viewer


async def test_the_anonymous_role_reads_no_table(platform: Platform) -> None:
    tables = await platform.rows(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('access', 'app', 'ledger')"
    )
    assert len(tables) > 20
    for (table,) in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with platform.database.transaction(DatabaseRole.ANONYMOUS, Isolation.WRITE) as connection:
                await connection.fetch(f"SELECT FROM {table}")


async def test_the_anonymous_role_may_call_a_closed_list_of_functions(platform: Platform) -> None:
    assert await platform.rows(
        """
        SELECT pronamespace::regnamespace || '.' || proname FROM pg_proc
        WHERE pronamespace::regnamespace::text IN ('access', 'app', 'ledger')
          AND has_function_privilege('kibubu_anonymous', oid, 'EXECUTE')
        ORDER BY 1
        """
    ) == [
        ("access.find_credentials",),
        ("access.open_session",),
        ("access.refresh_session",),
        ("access.sign_in_failed",),
        ("access.take_attempts",),
        ("app.find_document",),
    ]
