"""The roles of PostgreSQL that Kibubu needs, and how they come to be.

`kibubu_owner` owns everything and signs in nowhere. The application signs in as one of three logins, none of which
owns or inherits anything, and takes on a role for each transaction; no role is a member of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import asyncpg

__all__ = [
    "LOGINS",
    "OWNER",
    "ROLES",
    "SERVER_MAJOR_MIN",
    "Found",
    "MissingRightError",
    "ServerTooOldError",
    "UnsafeLoginError",
    "ensure_roles",
    "find_roles",
    "refuse_old_server",
    "refuse_unsafe_login",
    "role_statements",
]

SERVER_MAJOR_MIN = 15
"""The oldest release of PostgreSQL that the suite runs on."""

OWNER = "kibubu_owner"
ROLES = ("kibubu_anonymous", "kibubu_app", "kibubu_admin", "kibubu_worker", "kibubu_readonly")
LOGINS: Mapping[str, tuple[str, ...]] = {
    "kibubu_login": ("kibubu_anonymous", "kibubu_app", "kibubu_readonly"),
    "kibubu_admin_login": ("kibubu_admin",),
    "kibubu_worker_login": ("kibubu_worker",),
}
"""What each login may become. An administrator's and a worker's rights are not within reach of the everyday login."""

_PLAIN_PASSWORD = re.compile(r"[A-Za-z0-9_-]{16,128}")


class UnsafeLoginError(RuntimeError):
    """The application was given a login to which row-level security does not apply."""

    def __init__(self, login: str, why: str) -> None:
        super().__init__(
            f"The database login {login!r} {why}, so row-level security would not protect the groups. "
            "Point DATABASE_URL at kibubu_login, which `kibubu migrate` makes."
        )


class ServerTooOldError(RuntimeError):
    """The server lacks what the schema is written in."""

    def __init__(self, major: int) -> None:
        super().__init__(
            f"The server runs PostgreSQL {major}, and Kibubu needs {SERVER_MAJOR_MIN} or newer. Upgrade the server, or "
            "let DATABASE_URL and KIBUBU_MIGRATE_URL name a newer one."
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What a server has already of what Kibubu needs.

    Attributes:
        migrator: The role that runs migrations, which must be able to become the owner.
        database: The database to migrate, in which the owner must be able to create schemas.
        roles: The roles of Kibubu that exist.
        grants: Which role each login may take on, as pairs of login and role.
        migrator_may_become_owner: Whether the migrator needs no further grant.
        owner_may_create: Whether the owner may create schemas in the database.
    """

    migrator: str
    database: str
    roles: frozenset[str] = frozenset()
    grants: frozenset[tuple[str, str]] = frozenset()
    migrator_may_become_owner: bool = False
    owner_may_create: bool = False


_ROLES = r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'kibubu\_%'"

# A grant without the right to SET ROLE exists since PostgreSQL 16, where whoever creates a role is given one.
_GRANTS = r"""
SELECT l.rolname AS login, r.rolname AS role
FROM pg_auth_members m
JOIN pg_roles l ON l.oid = m.member
JOIN pg_roles r ON r.oid = m.roleid
WHERE l.rolname LIKE 'kibubu\_%' AND coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)
"""

_PRIVILEGES = """
SELECT pg_has_role(current_user, oid, CASE WHEN $2 >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS migrator_may_become_owner,
       has_database_privilege(oid, current_database(), 'CREATE') AS owner_may_create
FROM pg_roles WHERE rolname = $1
"""


async def find_roles(connection: asyncpg.Connection) -> Found:
    """What the server has already, as the connection's role sees it."""
    migrator, database, version = await connection.fetchrow(
        "SELECT current_user, current_database(), current_setting('server_version_num')::integer"
    )
    privileges = await connection.fetchrow(_PRIVILEGES, OWNER, version) or {}
    return Found(
        migrator=migrator,
        database=database,
        roles=frozenset(row["rolname"] for row in await connection.fetch(_ROLES)),
        grants=frozenset((row["login"], row["role"]) for row in await connection.fetch(_GRANTS)),
        **dict(privileges),
    )


def role_statements(found: Found, passwords: Mapping[str, str]) -> Iterator[str]:
    """The statements that make what is missing, in an order that works on PostgreSQL 15 and later.

    What is there already is left alone, so that a migrator without CREATEROLE can go on where a superuser began.

    Args:
        found: What the server has.
        passwords: A password for each login that should have one set; logins without one are left as they are.

    Raises:
        ValueError: A password holds characters that would need quoting.
    """
    for role in (OWNER, *ROLES):
        if role not in found.roles:
            yield f"CREATE ROLE {role} NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE"
    for login, roles in LOGINS.items():
        if login not in found.roles:
            # NOINHERIT stands before the grants: since PostgreSQL 16 a grant keeps what the role said at that moment.
            yield f"CREATE ROLE {login} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE"
        if login in passwords:
            if not _PLAIN_PASSWORD.fullmatch(passwords[login]):
                raise ValueError(f"the password of {login} must be 16 to 128 letters, digits, '-' or '_'")
            yield f"ALTER ROLE {login} PASSWORD '{passwords[login]}'"
        if missing := [role for role in roles if (login, role) not in found.grants]:
            yield f"GRANT {', '.join(missing)} TO {login}"
    if not found.migrator_may_become_owner:
        yield f"GRANT {OWNER} TO {_quoted(found.migrator)}"
    if not found.owner_may_create:
        yield f"GRANT CREATE ON DATABASE {_quoted(found.database)} TO {OWNER}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def refuse_old_server(connection: asyncpg.Connection) -> None:
    """Raise ServerTooOldError unless the connection's server is new enough."""
    major = connection.get_server_version().major
    if major < SERVER_MAJOR_MIN:
        raise ServerTooOldError(major)


async def ensure_roles(connection: asyncpg.Connection, passwords: Mapping[str, str]) -> None:
    """Make the missing roles and let the owner create schemas in this database: all of it or nothing.

    Raises:
        ServerTooOldError: The server is older than what is supported; nothing is made.
        asyncpg.InsufficientPrivilegeError: The connection's role has no CREATEROLE, or does not own the database; run
            the statements as one that may.
    """
    refuse_old_server(connection)
    statements = list(role_statements(await find_roles(connection), passwords))
    async with connection.transaction():
        for statement in statements:
            await connection.execute(statement)


async def refuse_unsafe_login(connection: asyncpg.Connection) -> None:
    """Raise UnsafeLoginError unless row-level security applies to this connection's login."""
    row = await connection.fetchrow(
        "SELECT rolname, rolsuper, rolbypassrls, pg_has_role(oid, $1, 'MEMBER') AS is_owner"
        " FROM pg_roles WHERE rolname = session_user",
        OWNER,
    )
    for column, why in (
        ("rolsuper", "is a superuser"),
        ("rolbypassrls", "bypasses row-level security"),
        ("is_owner", f"is a member of {OWNER}"),
    ):
        if row[column]:
            raise UnsafeLoginError(row["rolname"], why)


class MissingRightError(RuntimeError):
    """The migration login may not make the roles; the message holds the SQL for somebody who may.

    Attributes:
        script: The statements that are missing, to be run in the database that is to be migrated.
    """

    def __init__(self, found: Found) -> None:
        self.script = "".join(f"{statement};\n" for statement in role_statements(found, {}))
        logins = ", ".join(LOGINS)
        what = (
            f"may not make what is missing in the database {found.database!r}. Have a superuser run this there and "
            f"give {logins} passwords, then migrate again without passwords:\n\n{self.script}"
            if self.script
            else f"may not set passwords. Have a superuser give {logins} theirs, then migrate again without passwords."
        )
        super().__init__(f"The migration login {found.migrator!r} {what}")
