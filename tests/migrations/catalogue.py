"""What a database says of itself, as plain rows, so that two databases can be compared and house rules asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from persistence.tables.columns import TransactionId

SCHEMAS = ("access", "app", "ledger")

# SQLAlchemy knows no xid8 when it reads a database.
ischema_names["xid8"] = TransactionId

Rows = list[tuple[Any, ...]]

DECLARED = {
    "tables": """
        SELECT n.nspname, c.relname, c.relkind, c.relpersistence, c.reloptions::text
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND c.relkind NOT IN ('i', 'c')
    """,
    "columns": """
        SELECT n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE n.nspname = ANY ($1) AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    """,
    # Not-null constraints have rows of their own since PostgreSQL 18; the columns tell of them on every version.
    "constraints": """
        SELECT n.nspname, c.relname, k.conname, k.contype, pg_get_constraintdef(k.oid), k.convalidated
        FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND k.contype NOT IN ('n', 't')
    """,
    "indexes": """
        SELECT n.nspname, c.relname, i.relname, pg_get_indexdef(i.oid), i.reloptions::text
        FROM pg_index x
        JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class c ON c.oid = x.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1)
    """,
}
"""What SQLModel declares; everything about a table but its policies, privileges and triggers."""

ACCESS = {
    "row level security": """
        SELECT n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND c.relkind = 'r'
    """,
    "policies": """
        SELECT schemaname, tablename, policyname, permissive, roles::text, cmd, qual, with_check
        FROM pg_policies WHERE schemaname = ANY ($1)
    """,
    "table privileges": """
        SELECT n.nspname, c.relname, p.grantee::regrole::text, p.privilege_type, p.is_grantable
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) p
        WHERE n.nspname = ANY ($1) AND p.grantee <> c.relowner
    """,
    "column privileges": """
        SELECT n.nspname, c.relname, a.attname, p.grantee::regrole::text, p.privilege_type, p.is_grantable
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(a.attacl) p
        WHERE n.nspname = ANY ($1)
    """,
    "entry kinds": """
        SELECT kind, terms::text, needs_approval, shapes::text FROM ledger.entry_kinds WHERE $1::text[] IS NOT NULL
    """,
    "rules": "SELECT resource, action, terms::text FROM app.rules WHERE $1::text[] IS NOT NULL",
}
"""Who may do what to which table."""

BEHAVIOUR = {
    "schemas": "SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname = ANY ($1)",
    "owners": """
        SELECT n.nspname, c.relname, c.relowner::regrole::text
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY ($1)
    """,
    "functions": """
        SELECT p.oid::regprocedure::text, p.proowner::regrole::text, p.proacl::text, pg_get_functiondef(p.oid)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1)
    """,
    "triggers": """
        SELECT n.nspname, c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid)
        FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND NOT t.tgisinternal
    """,
    "default privileges": "SELECT defaclrole::regrole::text, defaclobjtype, defaclacl::text FROM pg_default_acl"
    " WHERE $1::text[] IS NOT NULL",
    "revisions": "SELECT version_num FROM migrations.revisions WHERE $1::text[] IS NOT NULL",
    "roles": r"""
        SELECT rolname, rolcanlogin, rolinherit, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication
        FROM pg_roles WHERE rolname LIKE 'kibubu\_%' AND $1::text[] IS NOT NULL
    """,
    "memberships": r"""
        SELECT m.roleid::regrole::text, m.member::regrole::text, m.admin_option
        FROM pg_auth_members m WHERE m.member::regrole::text LIKE 'kibubu\_%' AND $1::text[] IS NOT NULL
    """,
}
"""The rest of what a migration makes: functions, triggers, owners, roles."""


async def read(connection: asyncpg.Connection, queries: dict[str, str]) -> dict[str, Rows]:
    """The rows of each query, sorted, for the schemas of Kibubu."""
    answers = {}
    for name, query in queries.items():
        rows = [tuple(row) for row in await connection.fetch(query, list(SCHEMAS))]
        answers[name] = sorted(rows, key=repr)
    return answers


async def row_counts(connection: asyncpg.Connection) -> dict[str, int]:
    """How many rows each table holds."""
    tables = (await read(connection, DECLARED))["tables"]
    return {
        f"{schema}.{name}": await connection.fetchval(f"SELECT count(*) FROM {schema}.{name}")
        for schema, name, *_ in tables
    }


async def names(connection: asyncpg.Connection, query: str, *arguments: object) -> list[str]:
    """The first column of a query, sorted."""
    return sorted(str(row[0]) for row in await connection.fetch(query, *arguments))


def qualified(rows: Iterable[tuple[Any, ...]]) -> set[str]:
    """Schema and table of rows that begin with both."""
    return {f"{row[0]}.{row[1]}" for row in rows}


@asynccontextmanager
async def sqlalchemy_connection(dsn: str) -> AsyncIterator[AsyncConnection]:
    """A connection of SQLAlchemy's, for what only takes one."""
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


__all__ = [
    "ACCESS",
    "BEHAVIOUR",
    "DECLARED",
    "SCHEMAS",
    "Rows",
    "names",
    "qualified",
    "read",
    "row_counts",
    "sqlalchemy_connection",
]
