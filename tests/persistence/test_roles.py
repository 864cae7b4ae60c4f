"""Which role may become which, and what stands between a login and the groups' rows."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import asyncpg
import pytest

from persistence.embedded import EmbeddedServer
from persistence.migrate import MissingRightError, migrate
from persistence.roles import (
    LOGINS,
    OWNER,
    ROLES,
    Found,
    UnsafeLoginError,
    find_roles,
    refuse_unsafe_login,
    role_statements,
)
from persistence.tables import METADATA
from persistence.upgrading import newest_revision
from tests.support import cluster

PASSWORD = "a-password-for-tests"
EVERY_ROLE = (OWNER, *ROLES, *LOGINS)


@asynccontextmanager
async def signed_in(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("login", LOGINS)
async def test_a_login_takes_on_its_own_roles_and_no_other(
    login: str, superuser: asyncpg.Connection, database_name: str
) -> None:
    mighty = await superuser.fetchval("SELECT current_user")
    taken = []
    async with signed_in(cluster.dsn_for(database_name, login)) as connection:
        for role in (*EVERY_ROLE, mighty):
            try:
                await connection.execute(f"SET ROLE {role}")
            except asyncpg.InsufficientPrivilegeError:
                continue
            assert await connection.fetchval("SELECT current_user") == role
            taken.append(role)
    assert taken == [*LOGINS[login], login]


def test_the_everyday_login_has_neither_the_administrator_s_rights_nor_the_worker_s() -> None:
    assert LOGINS["kibubu_login"] == ("kibubu_anonymous", "kibubu_app", "kibubu_readonly")


@pytest.mark.parametrize("login", LOGINS)
async def test_a_login_without_a_role_reads_no_table(login: str, database_name: str) -> None:
    async with signed_in(cluster.dsn_for(database_name, login)) as connection:
        for table in METADATA.tables:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for schema"):
                await connection.execute(f"SELECT FROM {table} LIMIT 1")


@pytest.mark.parametrize("login", LOGINS)
async def test_a_login_without_a_role_calls_no_function(login: str, database_name: str) -> None:
    async with signed_in(cluster.dsn_for(database_name, login)) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for schema app"):
            await connection.fetchval("SELECT app.user_id()")


async def test_no_role_is_a_member_of_another(superuser: asyncpg.Connection) -> None:
    """An inherited role would add its policies to those of the heir."""
    held = await superuser.fetch(
        "SELECT r.rolname AS role, m.rolname AS member FROM pg_auth_members a"
        " JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member"
        " WHERE r.rolname = ANY ($1) AND m.rolname = ANY ($1)",
        list(EVERY_ROLE),
    )
    assert {(row["member"], row["role"]) for row in held} == {
        (login, role) for login in LOGINS for role in LOGINS[login]
    }


async def test_roles_have_no_attribute_that_gets_around_the_policies(superuser: asyncpg.Connection) -> None:
    rows = await superuser.fetch(
        "SELECT rolname, rolcanlogin, rolinherit OR rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls"
        " OR rolreplication AS is_mighty FROM pg_roles WHERE rolname = ANY ($1)",
        list(EVERY_ROLE),
    )
    assert {row["rolname"]: (row["rolcanlogin"], row["is_mighty"]) for row in rows} == {
        role: (role in LOGINS, False) for role in EVERY_ROLE
    }


@asynccontextmanager
async def a_login(superuser: asyncpg.Connection, attributes: str) -> AsyncIterator[str]:
    """A login that is none of Kibubu's, gone afterwards."""
    name = f"t_{secrets.token_hex(8)}"
    await superuser.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {attributes}")
    try:
        yield name
    finally:
        await superuser.execute(f"DROP ROLE {name}")


def dsn_of(database: str, login: str) -> str:
    return cluster.dsn_for(database, "kibubu_login").replace(
        f"kibubu_login:{cluster.PASSWORDS['kibubu_login']}@", f"{login}:{PASSWORD}@"
    )


@pytest.mark.parametrize("login", LOGINS)
async def test_the_application_s_own_logins_are_safe(login: str, database_name: str) -> None:
    async with signed_in(cluster.dsn_for(database_name, login)) as connection:
        await refuse_unsafe_login(connection)


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ("SUPERUSER", "is a superuser"),
        ("BYPASSRLS", "bypasses row-level security"),
        ("IN ROLE kibubu_owner", "is a member of kibubu_owner"),
        ("NOINHERIT IN ROLE kibubu_owner", "is a member of kibubu_owner"),
    ],
)
async def test_a_login_past_row_level_security_is_refused(
    attributes: str, why: str, superuser: asyncpg.Connection, database_name: str
) -> None:
    async with (
        a_login(superuser, attributes) as login,
        signed_in(dsn_of(database_name, login)) as connection,
    ):
        with pytest.raises(UnsafeLoginError) as refused:
            await refuse_unsafe_login(connection)
        assert str(refused.value) == (
            f"The database login '{login}' {why}, so row-level security would not protect the groups. "
            "Point DATABASE_URL at kibubu_login, which `kibubu migrate` makes."
        )


async def test_an_owner_by_way_of_another_role_is_refused(superuser: asyncpg.Connection, database_name: str) -> None:
    async with (
        a_login(superuser, "IN ROLE kibubu_owner") as between,
        a_login(superuser, f"IN ROLE {between}") as login,
        signed_in(dsn_of(database_name, login)) as connection,
    ):
        with pytest.raises(UnsafeLoginError, match="is a member of kibubu_owner"):
            await refuse_unsafe_login(connection)


async def test_an_unsafe_login_is_refused_under_a_safe_role_too(superuser: asyncpg.Connection) -> None:
    await superuser.execute("SET ROLE kibubu_app")
    with pytest.raises(UnsafeLoginError, match="is a superuser"):
        await refuse_unsafe_login(superuser)


@pytest.mark.parametrize("password", ["too-short", "with'a'quote-in-it", "with a space inside", "x" * 129])
def test_a_password_that_would_need_quoting_is_refused(password: str) -> None:
    found = Found(migrator="postgres", database="kibubu")
    with pytest.raises(ValueError, match="the password of kibubu_login must be 16 to 128 letters"):
        list(role_statements(found, {"kibubu_login": password}))


def test_names_are_quoted_in_the_statements() -> None:
    statements = list(role_statements(Found(migrator='o"hara', database='our "db"'), {}))
    assert statements[-2:] == [
        'GRANT kibubu_owner TO "o""hara"',
        'GRANT CREATE ON DATABASE "our ""db""" TO kibubu_owner',
    ]


async def test_a_migrated_database_needs_no_further_statement() -> None:
    async with cluster.fresh_database("template0") as name:
        await migrate(cluster.dsn_for(name))
        async with signed_in(cluster.dsn_for(name)) as connection:
            assert list(role_statements(await find_roles(connection), {})) == []


# From here on: a server of its own, on which no role of Kibubu exists.


@pytest.fixture(scope="module")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(tmp_path_factory.mktemp("bare"), durable=False, max_connections=20) as server:
        yield server


@pytest.fixture
async def bare(bare_server: EmbeddedServer) -> AsyncIterator[asyncpg.Connection]:
    """The superuser of the bare server; what the test made there is gone afterwards."""
    async with signed_in(bare_server.superuser_dsn()) as connection:
        yield connection
        for row in await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'books%'"):
            await connection.execute(f"DROP DATABASE {row['datname']}")
        made = "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) OR rolname LIKE '%migrator'"
        for row in await connection.fetch(made, list(EVERY_ROLE)):
            await connection.execute(f"DROP OWNED BY {row['rolname']}")
            await connection.execute(f"DROP ROLE {row['rolname']}")


NO_ROLES = "SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ANY ($1))"


def dsn_on(server: EmbeddedServer, login: str, database: str = "books", password: str = PASSWORD) -> str:
    return f"postgresql://{login}:{password}@/{database}?host={quote(server.host, safe='')}&port={server.port}"


async def test_a_migrator_that_is_no_superuser_migrates_from_nothing(
    bare_server: EmbeddedServer, bare: asyncpg.Connection
) -> None:
    await bare.execute(f"CREATE ROLE migrator LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
    await bare.execute("CREATE DATABASE books OWNER migrator")
    assert await bare.fetchval(NO_ROLES, list(EVERY_ROLE))

    done = await migrate(dsn_on(bare_server, "migrator"), cluster.PASSWORDS)

    assert done == (None, newest_revision())
    assert await migrate(dsn_on(bare_server, "migrator"), cluster.PASSWORDS) == (done[1], done[1])
    async with signed_in(bare_server.superuser_dsn("books")) as looking:
        owners = await looking.fetch(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('access', 'app', 'ledger', 'migrations')"
        )
        assert [row["tableowner"] for row in owners] == [OWNER]
    login = dsn_on(bare_server, "kibubu_login", password=cluster.PASSWORDS["kibubu_login"])
    async with signed_in(login) as connection:
        await refuse_unsafe_login(connection)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT FROM app.currencies")
        await connection.execute("SET ROLE kibubu_app")
        assert await connection.fetchval("SELECT minor_unit FROM app.currencies WHERE code = 'KES'") == 2


async def test_a_migrator_that_may_not_make_roles_says_what_a_superuser_has_to_run(
    bare_server: EmbeddedServer, bare: asyncpg.Connection
) -> None:
    await bare.execute(f"CREATE ROLE migrator LOGIN PASSWORD '{PASSWORD}'")
    await bare.execute("CREATE DATABASE books OWNER migrator")

    with pytest.raises(MissingRightError) as refused:
        await migrate(dsn_on(bare_server, "migrator"), cluster.PASSWORDS)

    assert str(refused.value).startswith("The migration login 'migrator' may not make what is missing in the database")
    assert str(refused.value).endswith(refused.value.script)
    assert not any(password in str(refused.value) for password in cluster.PASSWORDS.values())
    assert await bare.fetchval(NO_ROLES, list(EVERY_ROLE))
    async with signed_in(bare_server.superuser_dsn("books")) as somebody_who_may:
        await somebody_who_may.execute(refused.value.script)
    assert await migrate(dsn_on(bare_server, "migrator")) == (None, newest_revision())


async def test_a_migrator_that_may_not_set_passwords_says_so(
    bare_server: EmbeddedServer, bare: asyncpg.Connection
) -> None:
    await bare.execute(f"CREATE ROLE migrator LOGIN PASSWORD '{PASSWORD}'")
    await bare.execute("CREATE DATABASE books OWNER migrator")
    with pytest.raises(MissingRightError) as first:
        await migrate(dsn_on(bare_server, "migrator"))
    async with signed_in(bare_server.superuser_dsn("books")) as somebody_who_may:
        await somebody_who_may.execute(first.value.script)

    with pytest.raises(MissingRightError) as refused:
        await migrate(dsn_on(bare_server, "migrator"), cluster.PASSWORDS)

    assert str(refused.value) == (
        "The migration login 'migrator' may not set passwords. Have a superuser give kibubu_login, kibubu_admin_login, "
        "kibubu_worker_login theirs, then migrate again without passwords."
    )


async def test_a_migrator_that_does_not_own_the_database_asks_for_the_one_grant_that_is_missing(
    bare_server: EmbeddedServer, bare: asyncpg.Connection
) -> None:
    """PostgreSQL answers the grant with a mere warning, and would fail at the first schema."""
    await bare.execute(f"CREATE ROLE migrator LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
    await bare.execute("CREATE DATABASE books")

    with pytest.raises(MissingRightError) as refused:
        await migrate(dsn_on(bare_server, "migrator"))

    assert refused.value.script == 'GRANT CREATE ON DATABASE "books" TO kibubu_owner;\n'
    async with signed_in(bare_server.superuser_dsn("books")) as somebody_who_may:
        await somebody_who_may.execute(refused.value.script)
    assert await migrate(dsn_on(bare_server, "migrator")) == (None, newest_revision())


async def test_a_second_migrator_asks_only_to_become_the_owner(
    bare_server: EmbeddedServer, bare: asyncpg.Connection
) -> None:
    """Since PostgreSQL 16 a right to make roles is none to give away those that somebody else made."""
    for number in ("", "2"):
        await bare.execute(f"CREATE ROLE x{number}migrator LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
        await bare.execute(f"CREATE DATABASE books{number} OWNER x{number}migrator")
    await migrate(dsn_on(bare_server, "xmigrator"))

    with pytest.raises(MissingRightError) as refused:
        await migrate(dsn_on(bare_server, "x2migrator", "books2"))

    assert refused.value.script == (
        'GRANT kibubu_owner TO "x2migrator";\nGRANT CREATE ON DATABASE "books2" TO kibubu_owner;\n'
    )
    async with signed_in(bare_server.superuser_dsn("books2")) as somebody_who_may:
        await somebody_who_may.execute(refused.value.script)
    assert await migrate(dsn_on(bare_server, "x2migrator", "books2")) == (None, newest_revision())
