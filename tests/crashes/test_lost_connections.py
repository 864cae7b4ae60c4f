"""What is told of a database that is not to be had, at whatever point of a request it goes."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
import structlog

from persistence import snapshot as snapshots
from persistence.database import Database, DatabaseRole, DatabaseUnavailableError, Isolation, told_of
from persistence.snapshot import Snapshot, SnapshotFailedError
from tests.support.world import Person, World


class PoolOfAServerThatIsAway:
    """A pool that gets no connection."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def acquire(self, *, timeout: float) -> asyncpg.Connection:  # noqa: ASYNC109 - the pool's own signature
        assert timeout > 0
        raise self.error


def away(error: Exception) -> Database:
    return Database({"kibubu_login": PoolOfAServerThatIsAway(error)})


async def break_off(world: World, connection: asyncpg.Connection) -> None:
    assert await world.superuser.fetchval("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())


def snapshot_of(world: World, person: Person) -> Snapshot:
    return Snapshot(world.database, world.keyring, person.principal)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("connection is closed"),
        ConnectionRefusedError(111, "Connection refused"),
        FileNotFoundError(2, "No such file or directory"),
    ],
)
async def test_a_server_that_takes_no_connection_now_is_told_as_unavailable(error: Exception) -> None:
    with pytest.raises(DatabaseUnavailableError) as told:
        async with away(error).transaction(DatabaseRole.APP, Isolation.WRITE):
            pass
    assert told.value.__cause__ is error


async def test_a_login_that_is_refused_is_told_as_it_is() -> None:
    error = asyncpg.InvalidPasswordError("password authentication failed")
    with pytest.raises(asyncpg.InvalidPasswordError):
        async with away(error).transaction(DatabaseRole.APP, Isolation.WRITE):
            pass


@pytest.mark.parametrize(
    ("kind", "is_logged"),
    [
        (asyncpg.DiskFullError, True),
        (asyncpg.OutOfMemoryError, True),
        (asyncpg.TooManyConnectionsError, True),
        (asyncpg.CrashShutdownError, False),
        (asyncpg.LockNotAvailableError, False),
    ],
)
def test_what_the_server_lacks_is_logged_for_the_operator_and_told_as_unavailable(
    kind: type[Exception], *, is_logged: bool
) -> None:
    with structlog.testing.capture_logs() as said:
        assert isinstance(told_of(kind("could not extend file")), DatabaseUnavailableError)
    events = [(line["log_level"], line["event"], line["error"], line["sqlstate"]) for line in said]
    assert events == (
        [("error", "the database server lacks something", "could not extend file", kind.sqlstate)] if is_logged else []
    )


@pytest.mark.parametrize("error", [asyncpg.UniqueViolationError("taken"), asyncpg.InterfaceError("busy"), KeyError()])
def test_other_errors_are_told_as_they_are(error: Exception) -> None:
    assert told_of(error) is error


async def test_what_a_snapshot_has_read_stands_though_the_connection_breaks_before_its_end(world: World) -> None:
    group = await world.group()
    snapshot = snapshot_of(world, group.secretary)
    await snapshot.open()
    assert [row["id"] for row in await snapshot.fetch("SELECT tenant_id AS id FROM app.groups")] == [group.id]
    assert snapshot._connection is not None
    await break_off(world, snapshot._connection)
    await snapshot.close()
    assert snapshot.failure is None
    async with world.transaction(group.secretary, Isolation.READ) as connection:
        assert await connection.fetchval("SELECT count(*) FROM app.groups") == 1


async def test_a_snapshot_that_breaks_while_it_begins_is_told_as_unavailable_and_begins_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await world.group()
    real = snapshots.enter

    async def enter(connection: asyncpg.Connection, *arguments: Any) -> Any:
        await break_off(world, connection)
        return await real(connection, *arguments)

    monkeypatch.setattr(snapshots, "enter", enter)
    snapshot = snapshot_of(world, group.secretary)
    with pytest.raises(DatabaseUnavailableError):
        await snapshot.open()
    with pytest.raises(SnapshotFailedError):
        await snapshot.fetch("SELECT 1")
    await snapshot.close()
    assert isinstance(snapshot.failure, DatabaseUnavailableError)
