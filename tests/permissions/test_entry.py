"""Whoever is not let in sees nothing, and nothing of whoever was let in stays behind on the connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from domain.policy.terms import TENANT_TERMS
from persistence.database import Database, DatabaseRole, DatabaseUnavailableError, Isolation
from persistence.roles import LOGINS
from persistence.stores import STORES
from persistence.viewer import Principal, UnauthenticatedError, enter
from tests.permissions.cast import Cast
from tests.permissions.facts import entered
from tests.permissions.parity import SETTINGS
from tests.support.cluster import dsn_for

LEFT = ", ".join(f"coalesce(current_setting('app.{name}', true), '') AS {name}" for name in SETTINGS)
LOOK = f"SELECT current_user, current_setting('role') AS role, {LEFT}"


@pytest.fixture
async def single(cast: Cast) -> AsyncIterator[Database]:
    """The application's pools with one connection for everyday requests, so that the next one gets the last one's."""
    database = await Database.connect({login: dsn_for(cast.database, login) for login in LOGINS}, size=1)
    yield database
    await database.close()


@asynccontextmanager
async def viewing(
    database: Database, principal: Principal, isolation: Isolation = Isolation.READ
) -> AsyncIterator[asyncpg.Connection]:
    """A transaction as the application begins it."""
    async with database.transaction(principal.role, isolation) as connection:
        await enter(connection, principal, None)
        yield connection


async def left_behind(database: Database) -> dict[str, str]:
    """What of a viewer is still set on the everyday connection, outside any transaction, and within the next."""
    async with database.pools["kibubu_login"].acquire() as connection:
        outside = dict(await connection.fetchrow(LOOK))
    async with database.transaction(DatabaseRole.APP, Isolation.READ) as connection:
        inside = dict(await connection.fetchrow(LOOK))
        assert await connection.fetchval("SELECT count(*) FROM app.groups") == 0
    assert (outside.pop("current_user"), outside.pop("role")) == ("kibubu_login", "none")
    assert (inside.pop("current_user"), inside.pop("role")) == ("kibubu_app", "kibubu_app")
    return {name: value for settings in (outside, inside) for name, value in settings.items() if value}


def principal_of(cast: Cast, name: str) -> Principal:
    principal = cast.onlookers[name].principal
    assert principal is not None
    return principal


async def test_whoever_is_turned_away_gets_no_viewer_and_no_row(cast: Cast, single: Database) -> None:
    for words, principal in cast.turned_away.items():
        with pytest.raises(UnauthenticatedError):
            async with single.transaction(principal.role, Isolation.READ) as connection:
                await enter(connection, principal, None)
        with pytest.raises(asyncpg.PostgresError) as refused:
            async with single.transaction(principal.role, Isolation.READ) as connection:
                await connection.execute("SELECT app.enter($1)", principal.id)
        assert refused.value.sqlstate == "KB401", words
        assert await left_behind(single) == {}


async def test_a_refused_entry_leaves_the_transaction_without_a_viewer(cast: Cast, stage: asyncpg.Connection) -> None:
    """Even where somebody had entered before, in the same transaction."""
    group = cast.groups["ALL"]  # type: ignore[index]  # a member of the enumeration is its text
    async with entered(stage, cast.onlookers["secretary of ALL"]):
        assert await stage.fetchval("SELECT count(*) FROM app.members WHERE tenant_id = $1", group.id) == 5
        point = stage.transaction()
        await point.start()
        with pytest.raises(asyncpg.PostgresError):
            await stage.execute("SELECT app.enter($1)", cast.turned_away["a revoked session"].id)
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await stage.fetchval("SELECT count(*) FROM app.members")
        await point.rollback()


async def test_whoever_has_not_signed_in_cannot_enter(cast: Cast, single: Database) -> None:
    for name in ("secretary of ALL", "admin", "verify job"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with single.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection:
                await enter(connection, principal_of(cast, name), None)


async def test_a_login_that_took_on_no_role_cannot_enter(cast: Cast, single: Database) -> None:
    for pool in single.pools.values():
        async with pool.acquire() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("SELECT app.enter($1)", principal_of(cast, "admin").id)


@pytest.mark.parametrize("setting", [*(term.value for term in TENANT_TERMS), "own_members", "own_partners", "user_id"])
async def test_a_malformed_setting_is_an_error_and_never_an_empty_or_a_full_list(
    cast: Cast, stage: asyncpg.Connection, setting: str
) -> None:
    helper = f"app.tenants_as('{setting}')" if setting in set(TENANT_TERMS) else f"app.{setting}()"
    ask = f"SELECT {helper}"
    for wrong in ("x", "{x}", "{", "NULL", "{NULL,}", "*"):
        async with entered(stage, cast.onlookers["secretary of ALL"]):
            await stage.execute(f"SET LOCAL app.{setting} = '{wrong}'")
            with pytest.raises(asyncpg.InvalidTextRepresentationError):
                await stage.fetch(ask)


async def test_a_table_whose_policy_reads_a_malformed_setting_is_not_shown(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    for table in {store.table for store in STORES.values()} - {"app.users", "access.user_private", "access.sessions"}:
        async with entered(stage, cast.onlookers["auditor of ALL"]):
            for term in TENANT_TERMS:
                await stage.execute(f"SET LOCAL app.{term.value} = 'everything'")
            with pytest.raises(asyncpg.InvalidTextRepresentationError):
                await stage.fetch(f"SELECT 1 FROM {table}")


async def test_nothing_of_a_viewer_survives_her_commit(cast: Cast, single: Database) -> None:
    for name in ("secretary of ALL", "reading plain", "FIELD_OFFICER with NAMES", "forger"):
        principal = principal_of(cast, name)
        for isolation in Isolation:
            async with single.transaction(principal.role, isolation) as connection:
                await enter(connection, principal, None)
                assert await connection.fetchval("SELECT count(*) FROM app.groups") > 0
            assert await left_behind(single) == {}


class _Bug(Exception):
    pass


async def test_nothing_of_a_viewer_survives_an_error(cast: Cast, single: Database) -> None:
    principal = principal_of(cast, "secretary of ALL")
    with pytest.raises(_Bug):
        async with viewing(single, principal, Isolation.WRITE):
            raise _Bug
    assert await left_behind(single) == {}
    for statement, error in (
        ("SELECT 1 / 0", asyncpg.DivisionByZeroError),
        ("DELETE FROM app.groups", asyncpg.InsufficientPrivilegeError),
        ("ROLLBACK; SELECT 1 / 0", asyncpg.DivisionByZeroError),
        ("COMMIT; BEGIN; SELECT 1 / 0", asyncpg.DivisionByZeroError),
    ):
        with pytest.raises(error):
            async with viewing(single, principal, Isolation.WRITE) as connection:
                await connection.execute(statement)
        assert await left_behind(single) == {}


async def test_nothing_of_a_viewer_survives_a_commit_that_fails(cast: Cast, single: Database) -> None:
    """Deferred constraints speak at the end, when the work itself is done."""
    principal = principal_of(cast, "secretary of ALL")
    with pytest.raises(asyncpg.UniqueViolationError):
        async with viewing(single, principal, Isolation.WRITE) as connection:
            await connection.execute(
                "CREATE TEMP TABLE sums (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);"
                "INSERT INTO sums VALUES (1), (1)"
            )
    assert await left_behind(single) == {}


@pytest.mark.parametrize("moment", ["in a statement", "between statements", "while entering"])
async def test_nothing_of_a_viewer_survives_a_cancelled_task(cast: Cast, single: Database, moment: str) -> None:
    principal = principal_of(cast, "secretary of ALL")
    reached = asyncio.Event()

    async def work() -> None:
        async with single.transaction(principal.role, Isolation.READ) as connection:
            if moment == "while entering":
                reached.set()
            await enter(connection, principal, None)
            reached.set()
            if moment == "in a statement":
                await connection.execute("SELECT pg_sleep(3600)")
            await asyncio.sleep(3600)

    task = asyncio.create_task(work())
    await reached.wait()
    if moment != "while entering":
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await left_behind(single) == {}


async def test_nothing_of_a_viewer_survives_a_backend_that_was_terminated(
    cast: Cast, single: Database, stage: asyncpg.Connection
) -> None:
    principal = principal_of(cast, "secretary of ALL")

    async def ask() -> None:
        async with viewing(single, principal) as connection:
            await stage.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
            await connection.fetch("SELECT 1 FROM app.groups")

    with pytest.raises(DatabaseUnavailableError):
        await ask()
    assert await left_behind(single) == {}


async def test_entering_anew_leaves_nothing_of_whoever_entered_before(cast: Cast, stage: asyncpg.Connection) -> None:
    """Within one transaction too: each entry writes every setting."""
    for name in cast.onlookers:
        who = cast.onlookers[name]
        if who.role is not DatabaseRole.APP:
            continue
        async with entered(stage, who):
            alone = dict(await stage.fetchrow(LOOK))
        async with entered(stage, cast.onlookers["secretary here, member there"]):
            assert who.principal is not None
            await enter(stage, who.principal, None)
            assert dict(await stage.fetchrow(LOOK)) == alone, name
