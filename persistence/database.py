"""Connections to PostgreSQL: pools by login, and transactions that begin in a role.

A connection goes back to its pool only when nothing of its transaction is left: the viewer lives in settings that end
with the transaction, and a connection whose end is in doubt is closed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Self

import asyncpg
import structlog

from persistence.observing import ObservedConnection
from persistence.roles import refuse_unsafe_login

__all__ = [
    "SETTINGS",
    "Database",
    "DatabaseBusyError",
    "DatabaseRole",
    "DatabaseUnavailableError",
    "Isolation",
    "LoginMissingError",
    "StatementTooSlowError",
    "told_of",
]

POOL_SIZE = 8
SMALL_POOL_SIZE = 2
ACQUIRE_SECONDS_MAX = 5.0
STATEMENT_CACHE_SIZE = 512
# A connection leaves nothing behind that would have to be got rid of, and takes its plans along when it goes.
QUERIES_MAX = 1_000_000_000

_log = structlog.get_logger("kibubu.database")

SETTINGS = {
    "application_name": "kibubu",
    "statement_timeout": "5s",
    "lock_timeout": "4s",
    "idle_in_transaction_session_timeout": "15s",
    # A statement whose client is gone, as after a cancelled request, holds its locks no longer than this.
    "client_connection_check_interval": "200ms",
    # Compiling a statement costs more than any of ours takes.
    "jit": "off",
    # Every statement of ours finds its rows by the same index whatever its values are, so a plan is made once for each
    # connection: made anew for each call, as PostgreSQL may choose to, it costs more than the statement itself.
    "plan_cache_mode": "force_generic_plan",
    "timezone": "UTC",
}


class DatabaseRole(StrEnum):
    """What a transaction runs as."""

    ANONYMOUS = "kibubu_anonymous"
    APP = "kibubu_app"
    READONLY = "kibubu_readonly"
    ADMIN = "kibubu_admin"
    WORKER = "kibubu_worker"


class Isolation(StrEnum):
    """How a transaction sees others: a read is one snapshot, a write sees what was committed when it got its lock."""

    READ = "ISOLATION LEVEL REPEATABLE READ READ ONLY"
    WRITE = "ISOLATION LEVEL READ COMMITTED READ WRITE"


_BEGIN = {
    (role, isolation): f"BEGIN {isolation.value}; SET LOCAL ROLE {role.value}"
    for role in DatabaseRole
    for isolation in Isolation
}
_COMMIT = {Isolation.READ: "COMMIT", Isolation.WRITE: "SET CONSTRAINTS ALL IMMEDIATE; COMMIT"}
_LOGIN_OF = {
    DatabaseRole.ANONYMOUS: "kibubu_login",
    DatabaseRole.APP: "kibubu_login",
    DatabaseRole.READONLY: "kibubu_login",
    DatabaseRole.ADMIN: "kibubu_admin_login",
    DatabaseRole.WORKER: "kibubu_worker_login",
}


class DatabaseBusyError(RuntimeError):
    """No connection came free in time: try again in a moment."""


class DatabaseUnavailableError(RuntimeError):
    """The database did not answer, or not in time: a lock not had, a statement too slow, a connection broken, no room.

    Whether the transaction was committed is open: what is sent again needs a key that tells.
    """


class StatementTooSlowError(DatabaseUnavailableError):
    """A statement took longer than one may, and was stopped."""


class LoginMissingError(RuntimeError):
    """The role needs a login of its own that this installation was not given."""

    def __init__(self, role: DatabaseRole) -> None:
        super().__init__(f"{role.value} needs the login {_LOGIN_OF[role]}, whose address is not set.")


async def _leave_nothing(connection: asyncpg.Connection) -> None:
    """The pool's own reset would cost a round trip each time; the transaction has left nothing to reset."""
    if connection.is_in_transaction():
        raise RuntimeError("a connection came back to its pool within a transaction")


async def _roll_back(connection: asyncpg.Connection) -> None:
    # A connection that broke is the pool's no longer, and answers nothing, not even whether it is closed.
    with suppress(asyncpg.InterfaceError):
        try:
            if not connection.is_closed() and connection.is_in_transaction():
                await connection.execute("ROLLBACK")
        except BaseException:  # noqa: BLE001 - whatever it is, nobody else gets the connection
            connection.terminate()


async def _open_pool(dsn: str, size: int) -> asyncpg.Pool:
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        reset=_leave_nothing,
        connection_class=ObservedConnection,
        statement_cache_size=STATEMENT_CACHE_SIZE,
        max_cached_statement_lifetime=0,
        max_queries=QUERIES_MAX,
        server_settings=SETTINGS,
    )


# Of PostgreSQL's states: a lock not had in time; a statement stopped, the server going away or not there yet; a broken
# connection.
_UNAVAILABLE = ("55P03", "57", "08")
# No room on the disk, no memory, no connection left: that may pass as well, but not by itself.
_EXHAUSTED = "53"
# How asyncpg tells of a connection that broke between two statements; its pool may have taken it back by then.
_GONE = ("closed", "released back to the pool")


def told_of(error: Exception) -> Exception:
    """The error to tell of in place of one from the driver: the same, or that the database is not to be had now."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return StatementTooSlowError("a statement took too long")
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        is_unavailable = state.startswith((*_UNAVAILABLE, _EXHAUSTED))
        if state.startswith(_EXHAUSTED):
            _log.error("the database server lacks something", error=str(error), sqlstate=state)
    else:
        is_gone = isinstance(error, asyncpg.InterfaceError) and any(words in str(error) for words in _GONE)
        is_unavailable = is_gone or isinstance(error, OSError | asyncpg.InternalClientError)
    return DatabaseUnavailableError("the database did not answer, or not in time") if is_unavailable else error


class Database:
    """The pools of one process.

    Attributes:
        pools: A pool for each login that the installation has.
        errors: How many transactions failed for the database's sake: by the class of SQLSTATE, or `busy`,
            `unreachable` and `connection` where there is none. Refusals of the domain are not among them.
    """

    def __init__(self, pools: Mapping[str, asyncpg.Pool]) -> None:
        self.pools = pools
        self.errors: Counter[str] = Counter()

    @classmethod
    async def connect(cls, addresses: Mapping[str, str], *, size: int = POOL_SIZE) -> Self:
        """Open a pool for each login.

        Args:
            addresses: The `postgresql://` address of each login.
            size: The most connections of the everyday login.

        Raises:
            UnsafeLoginError: A login is one to which row-level security does not apply.
        """
        pools: dict[str, asyncpg.Pool] = {}
        database = cls(pools)
        try:
            for login, dsn in addresses.items():
                pool = await _open_pool(dsn, size if login == "kibubu_login" else SMALL_POOL_SIZE)
                pools[login] = pool
                async with pool.acquire() as connection:
                    await refuse_unsafe_login(connection)
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close every pool, waiting for what still runs."""
        await asyncio.gather(*(pool.close() for pool in self.pools.values()))

    @asynccontextmanager
    async def transaction(self, role: DatabaseRole, isolation: Isolation) -> AsyncIterator[asyncpg.Connection]:
        """One transaction in a role; committed at the end, rolled back by any exception.

        Raises:
            DatabaseBusyError: No connection came free in time.
            DatabaseUnavailableError: The database cannot be reached, or went away before the end.
            LoginMissingError: The installation has no login for the role.
        """
        pool = self.pools.get(_LOGIN_OF[role])
        if pool is None:
            raise LoginMissingError(role)
        try:
            connection = await pool.acquire(timeout=ACQUIRE_SECONDS_MAX)
        except TimeoutError as error:
            self.errors["busy"] += 1
            raise DatabaseBusyError("no database connection came free in time") from error
        except Exception as error:
            if (told := told_of(error)) is error:
                raise
            self.errors["unreachable"] += 1
            raise told from error
        try:
            await connection.execute(_BEGIN[role, isolation])
            yield connection
            await connection.execute(_COMMIT[isolation])
        except Exception as error:
            await _roll_back(connection)
            self._note(error)
            if (told := told_of(error)) is not error:
                raise told from error
            raise
        except BaseException:
            # Cancelled: a statement may still be running, so the connection is not worth asking.
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
            raise
        finally:
            await pool.release(connection)

    def _note(self, error: Exception) -> None:
        # Who reads gives the error to tell of in place of the driver's own.
        cause = error.__cause__ if isinstance(error, DatabaseUnavailableError) else error
        if isinstance(cause, asyncpg.PostgresError):
            state = (cause.sqlstate or "XX")[:2]
            # Of our own making: how the database refuses what a rule forbids.
            if state != "KB":
                self.errors[state] += 1
        elif isinstance(error, DatabaseUnavailableError) or told_of(error) is not error:
            self.errors["connection"] += 1
