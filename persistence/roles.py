"""The roles of PostgreSQL that Kibubu needs, and how they come to be.

`kibubu_owner` owns everything and signs in nowhere. The application signs in as one of three logins, none of which
owns or inherits anything, and takes on a role for each transaction; no role is a member of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import asyncpg

__all__ = ["LOGINS", "OWNER", "ROLES", "UnsafeLoginError", "ensure_roles", "refuse_unsafe_login", "role_statements"]

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


def role_statements(existing: frozenset[str], passwords: Mapping[str, str], migrator: str) -> Iterator[str]:
    """The statements that make the roles which are missing, in an order that works on PostgreSQL 15 and later.

    Args:
        existing: The roles that the server has.
        passwords: A password for each login that should have one set; logins without one are left as they are.
        migrator: The role that runs migrations, which must be able to become the owner.

    Raises:
        ValueError: A password holds characters that would need quoting.
    """
    for role in (OWNER, *ROLES):
        if role not in existing:
            yield f"CREATE ROLE {role} NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE"
    for login, roles in LOGINS.items():
        if login not in existing:
            # NOINHERIT stands before the grants: since PostgreSQL 16 a grant keeps what the role said at that moment.
            yield f"CREATE ROLE {login} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE"
        if login in passwords:
            if not _PLAIN_PASSWORD.fullmatch(passwords[login]):
                raise ValueError(f"the password of {login} must be 16 to 128 letters, digits, '-' or '_'")
            yield f"ALTER ROLE {login} PASSWORD '{passwords[login]}'"
        yield f"GRANT {', '.join(roles)} TO {login}"
    yield f'GRANT {OWNER} TO "{migrator}"'


async def ensure_roles(connection: asyncpg.Connection, passwords: Mapping[str, str]) -> None:
    """Make the missing roles and let the owner create schemas in this database.

    Raises:
        asyncpg.InsufficientPrivilegeError: The connection's role has no CREATEROLE; run the statements as one that has.
    """
    existing = frozenset(
        row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname LIKE 'kibubu\\_%'")
    )
    migrator, database = await connection.fetchrow("SELECT current_user, current_database()")
    async with connection.transaction():
        for statement in role_statements(existing, passwords, migrator):
            await connection.execute(statement)
        await connection.execute(f'GRANT CREATE ON DATABASE "{database}" TO {OWNER}')


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
