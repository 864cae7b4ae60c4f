from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.access.sessions import RefreshRefused, RefreshSession, RefreshTokenReused, SessionNotFound
from domain.identifiers import new_id
from persistence.access import SignedIn
from persistence.crypto.tokens import AccessTokens, TokenRole, digest, new_refresh_token
from persistence.database import DatabaseRole, Isolation
from persistence.viewer import Principal, UnauthenticatedError, enter
from tests.persistence.access.conftest import ADMIN_PHONE, EMAIL, Platform
from tests.persistence.crypto.samples import KEYRING, ROTATED, STRANGERS

TOKENS_OF = "SELECT count(*) FROM access.refresh_tokens WHERE session_id = $1"
END_OF = "SELECT revoked_for FROM access.sessions WHERE id = $1"
BACKDATE = """
    UPDATE access.sessions
    SET last_used_at = last_used_at - interval '30 days', expires_at = expires_at - interval '30 days'
"""


async def refresh(platform: Platform, token: str) -> SignedIn:
    return await platform.access.refresh_session(RefreshSession(refresh_token=token))


async def refused(platform: Platform, token: str) -> None:
    with pytest.raises(RefreshRefused):
        await refresh(platform, token)


async def may_enter(platform: Platform, session_id: UUID, role: DatabaseRole = DatabaseRole.APP) -> bool:
    async with platform.database.transaction(role, Isolation.READ) as connection:
        try:
            await enter(connection, Principal(session_id, role), None)
        except UnauthenticatedError:
            return False
        return True


# Refreshing


async def test_a_refresh_gives_new_tokens_of_the_same_session_and_a_new_life(platform: Platform) -> None:
    first = await platform.sign_in()
    await platform.superuser.execute(BACKDATE)
    second = await refresh(platform, first.refresh_token)
    assert (second.user_id, second.session_id, second.is_admin) == (first.user_id, first.session_id, False)
    assert second.refresh_token != first.refresh_token
    assert second.refresh_expires_at - first.refresh_expires_at < timedelta(days=1)
    claims = AccessTokens(KEYRING).verify(second.access_token)
    assert (claims.user_id, claims.session_id, claims.role) == (first.user_id, first.session_id, TokenRole.APP)
    assert await platform.rows(
        "SELECT expires_at, expires_at - last_used_at FROM access.sessions WHERE id = $1", first.session_id
    ) == [(second.refresh_expires_at, timedelta(days=90))]


async def test_a_device_may_repeat_a_refresh_until_the_successor_was_used(platform: Platform) -> None:
    first = await platform.sign_in()
    answers = [await refresh(platform, first.refresh_token) for _ in range(3)]
    assert len({answer.refresh_token for answer in answers}) == 1
    assert await platform.value(TOKENS_OF, first.session_id) == 2
    third = await refresh(platform, answers[0].refresh_token)
    assert third.refresh_token not in (first.refresh_token, answers[0].refresh_token)
    assert await platform.value(TOKENS_OF, first.session_id) == 3


async def test_a_refresh_repeated_after_that_revokes_the_whole_session(platform: Platform) -> None:
    first = await platform.sign_in()
    other = await platform.sign_in()
    second = await refresh(platform, first.refresh_token)
    third = await refresh(platform, second.refresh_token)
    assert await may_enter(platform, first.session_id)
    with pytest.raises(RefreshTokenReused):
        await refresh(platform, first.refresh_token)
    assert await platform.value(END_OF, first.session_id) == "TOKEN_REUSED"
    for token in (first.refresh_token, second.refresh_token, third.refresh_token):
        await refused(platform, token)
    assert not await may_enter(platform, first.session_id)
    assert await may_enter(platform, other.session_id)


async def test_two_devices_that_refresh_at_once_get_one_successor(platform: Platform) -> None:
    first = await platform.sign_in()
    lock = "SELECT FROM access.sessions WHERE id = $1 FOR UPDATE"
    async with platform.holding(lock, first.session_id, waiting=2):
        at_once = asyncio.gather(*(refresh(platform, first.refresh_token) for _ in range(6)))
    answers = await at_once
    assert len({answer.refresh_token for answer in answers}) == 1
    assert await platform.value(TOKENS_OF, first.session_id) == 2
    assert await platform.value(END_OF, first.session_id) is None


async def test_of_a_token_and_its_successor_presented_at_once_at_most_one_revokes(platform: Platform) -> None:
    """Whichever comes first, there is one unused token or none, never two."""
    first = await platform.sign_in()
    second = await refresh(platform, first.refresh_token)
    await asyncio.gather(
        *(refresh(platform, token) for token in (first.refresh_token, second.refresh_token) * 4), return_exceptions=True
    )
    assert await platform.rows(
        "SELECT count(*) FILTER (WHERE used_at IS NULL), count(*) FROM access.refresh_tokens WHERE session_id = $1",
        first.session_id,
    ) == [(1, 3)]


@pytest.mark.parametrize(
    "arrangement",
    [
        "UPDATE access.sessions SET expires_at = now()",
        "UPDATE access.sessions SET revoked_at = now(), revoked_for = 'REVOKED'",
        "UPDATE app.users SET status = 'SUSPENDED'",
        "UPDATE app.users SET status = 'INACTIVE'",
    ],
)
async def test_a_session_that_is_over_is_not_refreshed(arrangement: str, platform: Platform) -> None:
    first = await platform.sign_in()
    await platform.superuser.execute(arrangement)
    await refused(platform, first.refresh_token)
    assert await platform.value(TOKENS_OF, first.session_id) == 1
    assert not await may_enter(platform, first.session_id)


@pytest.mark.parametrize("token", ["", "kbr_", "\ud800", "x" * 100_000, "kbr_" + "A" * 42 + "B"])
async def test_a_malformed_refresh_token_asks_nothing_of_the_database(token: str, platform: Platform) -> None:
    await refused(platform, token)
    assert platform.database.statements == []


async def test_an_unknown_refresh_token_is_refused(platform: Platform) -> None:
    await platform.sign_in()
    await refused(platform, new_refresh_token().text)


async def test_the_idle_life_is_a_setting(platform: Platform) -> None:
    access = platform.under(KEYRING, idle_life=timedelta(hours=3))
    first = await platform.sign_in()
    await access.refresh_session(RefreshSession(refresh_token=first.refresh_token))
    query = "SELECT expires_at - last_used_at FROM access.sessions WHERE id = $1"
    assert await platform.value(query, first.session_id) == timedelta(hours=3)
    with pytest.raises(ValueError, match="idle life"):
        platform.under(KEYRING, idle_life=timedelta(0))


async def test_an_administrator_s_session_stays_one_until_the_office_is_lost(platform: Platform) -> None:
    first = await platform.sign_in(ADMIN_PHONE, as_admin=True)
    second = await refresh(platform, first.refresh_token)
    assert second.is_admin
    assert AccessTokens(KEYRING).verify(second.access_token).role is TokenRole.ADMIN
    everyday = await platform.sign_in(ADMIN_PHONE)
    await platform.superuser.execute("UPDATE app.users SET platform_role = 'USER'")
    await refused(platform, second.refresh_token)
    assert not (await refresh(platform, everyday.refresh_token)).is_admin


async def test_a_repeat_after_a_change_of_the_master_secret_gets_the_same_successor(platform: Platform) -> None:
    first = await platform.sign_in()
    second = await refresh(platform, first.refresh_token)
    command = RefreshSession(refresh_token=first.refresh_token)
    assert (await platform.under(ROTATED).refresh_session(command)).refresh_token == second.refresh_token
    with pytest.raises(RefreshRefused):
        await platform.under(STRANGERS).refresh_session(command)
    assert await platform.value(END_OF, first.session_id) is None


async def test_the_database_keeps_no_token(platform: Platform) -> None:
    first = await platform.sign_in()
    second = await refresh(platform, first.refresh_token)
    dump = await platform.dump()
    for token in (first.refresh_token, second.refresh_token, first.access_token):
        assert token not in dump
        assert token.encode().hex() not in dump
    assert digest(second.refresh_token).hex() in dump


# Revoking


async def test_a_user_ends_a_session_on_another_device(platform: Platform) -> None:
    here, there = await platform.sign_in(), await platform.sign_in(EMAIL)
    for _ in range(2):
        await platform.access.revoke_session(Principal(here.session_id, DatabaseRole.APP), there.session_id)
    assert await platform.value(END_OF, there.session_id) == "REVOKED"
    await refused(platform, there.refresh_token)
    assert not await may_enter(platform, there.session_id)
    assert await may_enter(platform, here.session_id)


async def test_a_session_that_was_ended_keeps_the_reason(platform: Platform) -> None:
    here, there = await platform.sign_in(), await platform.sign_in()
    await platform.superuser.execute(
        "UPDATE access.sessions SET revoked_at = created_at, revoked_for = 'TOKEN_REUSED' WHERE id = $1",
        there.session_id,
    )
    await platform.access.revoke_session(Principal(here.session_id, DatabaseRole.APP), there.session_id)
    query = "SELECT revoked_for, revoked_at = created_at FROM access.sessions WHERE id = $1"
    assert await platform.rows(query, there.session_id) == [("TOKEN_REUSED", True)]


async def test_a_user_signs_out(platform: Platform) -> None:
    here = await platform.sign_in()
    principal = Principal(here.session_id, DatabaseRole.APP)
    await platform.access.revoke_session(principal, here.session_id)
    assert await platform.value(END_OF, here.session_id) == "SIGNED_OUT"
    with pytest.raises(UnauthenticatedError):
        await platform.access.revoke_session(principal, here.session_id)


async def test_an_administrator_signs_out(platform: Platform) -> None:
    await platform.access.revoke_session(platform.admin, platform.admin.id)
    assert not await may_enter(platform, platform.admin.id, DatabaseRole.ADMIN)


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's"])
async def test_a_session_that_is_not_one_s_own_is_not_found(whose: str, platform: Platform) -> None:
    principal = Principal((await platform.sign_in()).session_id, DatabaseRole.APP)
    other = new_id() if whose == "nobody's" else platform.admin.id
    with pytest.raises(SessionNotFound) as refusal:
        await platform.access.revoke_session(principal, other)
    assert refusal.value.path == ("sessionId",)
    assert await may_enter(platform, platform.admin.id, DatabaseRole.ADMIN)


async def test_an_administrator_ends_nobody_else_s_session(platform: Platform) -> None:
    here = await platform.sign_in()
    with pytest.raises(SessionNotFound):
        await platform.access.revoke_session(platform.admin, here.session_id)
    assert await may_enter(platform, here.session_id)


async def test_a_user_s_own_sessions_are_listed_and_no_others(platform: Platform) -> None:
    ids = {(await platform.sign_in()).session_id, (await platform.sign_in(EMAIL)).session_id}
    await platform.sign_in(ADMIN_PHONE)
    async with platform.database.transaction(DatabaseRole.APP, Isolation.READ) as connection:
        await enter(connection, Principal(min(ids), DatabaseRole.APP), None)
        assert {row["id"] for row in await connection.fetch("SELECT id FROM access.sessions")} == ids


async def test_an_everyday_session_of_a_user_does_not_enter_as_an_administrator(platform: Platform) -> None:
    assert not await may_enter(platform, (await platform.sign_in()).session_id, DatabaseRole.ADMIN)
