"""Whether the database shows each onlooker the rows and columns that the declaration gives her.

The functions return what differs, in words; an empty list is parity.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from domain.policy import RULES, Action, Resource, Term, Viewer, allows
from domain.policy.terms import TENANT_TERMS
from persistence.database import DatabaseRole
from persistence.roles import LOGINS, OWNER, ROLES
from persistence.stores import REFERENCE, STORES, UNREADABLE, Store
from persistence.tables import METADATA
from tests.permissions.cast import Cast, Onlooker
from tests.permissions.facts import entered, expected_viewer, read_directory, undone, unlike

READERS = {DatabaseRole.APP, DatabaseRole.READONLY}
SETTINGS = ("user_id", "own_members", "own_pairs", "own_partners", "entered_as", *(term.value for term in TENANT_TERMS))
"""The settings in which a transaction keeps its viewer."""

COMMANDS = {Action.READ: "SELECT", Action.CREATE: "INSERT", Action.UPDATE: "UPDATE"}


_NOBODY = "'{}'::uuid[]"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a rule speaks of it.

    Attributes:
        key: Its primary key, as one text.
        tenant: The tenant to which it belongs.
        about: The member or user whom it is about.
        shown_to: The partners to whom the member opened it.
        named: Members whom it names beside that one.
    """

    key: str
    tenant: UUID | None
    about: UUID | None
    shown_to: frozenset[UUID]
    named: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is in the database, and who everybody is, read past all policies before anything is broken."""

    rows: Mapping[Resource, tuple[Row, ...]]
    viewers: Mapping[str, Viewer]


def key_of(table: str) -> str:
    """The expression that makes one text of a table's primary key."""
    columns = METADATA.tables[table].primary_key.columns.keys()
    return " || '/' || ".join(f"{column}::text" for column in columns)


async def read_truth(connection: asyncpg.Connection, cast: Cast) -> Truth:
    """Read everything, as the superuser that the connection is."""
    directory = await read_directory(connection)
    viewers = {
        who.name: expected_viewer(directory, who) for who in cast.onlookers.values() if who.principal is not None
    }
    return Truth({resource: await _rows(connection, store) for resource, store in STORES.items()}, viewers)


async def _rows(connection: asyncpg.Connection, store: Store) -> tuple[Row, ...]:
    opened = "shown_to" if store.shown_to else "'{}'::uuid[]"
    found = await connection.fetch(
        f"SELECT {key_of(store.table)} AS key, {store.tenant or 'NULL::uuid'} AS tenant,"
        f" {store.member or store.user or 'NULL::uuid'} AS about,"
        f" {opened} AS shown_to, {store.named or _NOBODY} AS named FROM {store.table}"
    )
    return tuple(
        Row(row["key"], row["tenant"], row["about"], frozenset(row["shown_to"]), frozenset(row["named"]))
        for row in found
    )


def readable(viewer: Viewer, resource: Resource, rows: Collection[Row]) -> set[str]:
    """The keys of the rows that the declaration lets the viewer read."""
    return {
        row.key
        for row in rows
        if allows(viewer, Action.READ, resource, row.tenant, about=row.about, shown_to=row.shown_to, named=row.named)
    }


def declared_readers(resource: Resource) -> set[DatabaseRole]:
    """The roles that hold SELECT on the resource's table."""
    terms = RULES[resource, Action.READ].terms
    readers = set(READERS) if terms - {Term.ADMIN, Term.JOB} else set()
    return readers | {
        role for term, role in ((Term.ADMIN, DatabaseRole.ADMIN), (Term.JOB, DatabaseRole.WORKER)) if term in terms
    }


async def read_differences(
    connection: asyncpg.Connection,
    cast: Cast,
    truth: Truth,
    resources: Collection[Resource] = tuple(Resource),
    *,
    enough: int = 1_000,
) -> list[str]:
    """Where raw SQL as an onlooker gives other rows than `allows` names, or the database other facts about her.

    Args:
        connection: A superuser's, in a transaction.
        cast: Who looks.
        truth: What there is.
        resources: What is looked at.
        enough: The number of differences after which nothing more is looked for.
    """
    differences: list[str] = []
    for who in cast.onlookers.values():
        if who.principal is None or len(differences) >= enough:
            continue
        shown = [resource for resource in resources if who.role in declared_readers(resource)]
        try:
            differences += await _seen_by(connection, who, truth, shown)
        except asyncpg.PostgresError as error:
            differences.append(f"{who.name}: {error}")
    return differences


async def _seen_by(connection: asyncpg.Connection, who: Onlooker, truth: Truth, shown: list[Resource]) -> list[str]:
    expected = truth.viewers[who.name]
    async with entered(connection, who) as viewer:
        assert viewer is not None
        if wrong := unlike(viewer, expected):
            return [f"{who.name}: {each}" for each in wrong]
        selects = [
            f"SELECT '{each}' AS resource, {key_of(STORES[each].table)} AS key FROM {STORES[each].table}"
            for each in shown
        ]
        rows = await connection.fetch(" UNION ALL ".join(selects)) if selects else []
    seen: dict[str, set[str]] = {}
    for row in rows:
        seen.setdefault(row["resource"], set()).add(row["key"])
    differences = []
    for resource in shown:
        wanted = readable(expected, resource, truth.rows[resource])
        got = seen.get(resource, set())
        if got - wanted:
            differences.append(f"{who.name} sees of {resource} what she may not: {sorted(got - wanted)[:3]}")
        if wanted - got:
            differences.append(f"{who.name} does not see of {resource} what she may: {sorted(wanted - got)[:3]}")
    return differences


async def cut_differences(connection: asyncpg.Connection, cast: Cast, truth: Truth) -> list[str]:
    """Where a viewer whose lists were cut to one tenant sees other rows of it than before, or rows of another."""
    differences = []
    directory = await read_directory(connection)
    for who in cast.onlookers.values():
        if who.role not in READERS:
            continue
        for tenant in cast.tenants:
            async with entered(connection, who, [tenant]) as viewer:
                assert viewer is not None
                wrong = unlike(viewer, expected_viewer(directory, who, [tenant]))
                differences += [f"{who.name} in {tenant}: {each}" for each in wrong]
                for resource in (Resource.GROUP, Resource.MEMBER_NAME, Resource.MEMBER_PRIVATE, Resource.LINE):
                    table = STORES[resource].table
                    got = {row["key"] for row in await connection.fetch(f"SELECT {key_of(table)} AS key FROM {table}")}
                    inside = [row for row in truth.rows[resource] if row.tenant == tenant]
                    if got != readable(truth.viewers[who.name], resource, inside):
                        differences.append(f"{who.name} in {tenant} sees other rows of {resource}")
    return differences


async def unentered_differences(connection: asyncpg.Connection, resources: Collection[Resource]) -> list[str]:
    """Where a role sees a row of a resource although nobody entered: with settings unset, and with empty ones."""
    differences = []
    for resource in resources:
        table = STORES[resource].table
        for role in declared_readers(resource):
            for settings in ("", "; ".join(f"SET LOCAL app.{name} = ''" for name in SETTINGS)):
                async with undone(connection):
                    await connection.execute(f"SET LOCAL ROLE {role}; {settings}")
                    if await connection.fetchval(f"SELECT count(*) FROM {table}"):
                        differences.append(f"{role} sees rows of {table} though nobody entered")
    return differences


async def reference_differences(connection: asyncpg.Connection, cast: Cast) -> list[str]:
    """Where an onlooker does not read reference data whole."""
    differences = []
    for table in REFERENCE:
        total = await connection.fetchval(f"SELECT count(*) FROM {table}")
        for who in cast.onlookers.values():
            if who.principal is None:
                continue
            async with entered(connection, who):
                if await connection.fetchval(f"SELECT count(*) FROM {table}") != total:
                    differences.append(f"{who.name} does not read {table} whole")
    return differences


def declared_privileges() -> set[tuple[str, str, str, str]]:
    """Every privilege that a role of the application should hold: role, table, column and command."""
    privileges = set()
    for (resource, action), rule in RULES.items():
        store = STORES[resource]
        columns = METADATA.tables[store.table].columns.keys()
        if action is Action.READ:
            for role in declared_readers(resource):
                limited = store.columns if role in READERS else ()
                privileges |= {(role.value, store.table, column, "SELECT") for column in limited or columns}
        elif action in store.writes:
            assert rule.terms
            touched = store.updatable if action is Action.UPDATE else columns
            privileges |= {("kibubu_app", store.table, column, COMMANDS[action]) for column in touched}
    for table in REFERENCE:
        for role in ROLES:
            if role != "kibubu_anonymous":
                columns = METADATA.tables[table].columns.keys()
                privileges |= {(role, table, column, "SELECT") for column in columns}
    return privileges


async def held_privileges(connection: asyncpg.Connection) -> set[tuple[str, str, str, str]]:
    """Every privilege that the roles and the logins of the application really hold, on columns or whole tables."""
    rows = await connection.fetch(
        "SELECT r.rolname AS role, n.nspname || '.' || c.relname AS table_name, a.attname AS column_name, p.command"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " CROSS JOIN pg_roles r CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')) p (command)"
        r" WHERE n.nspname IN ('app', 'access', 'ledger') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND r.rolname = ANY ($1) AND has_column_privilege(r.oid, c.oid, a.attnum, p.command)",
        [*ROLES, *LOGINS],
    )
    return {(row["role"], row["table_name"], row["column_name"], row["command"]) for row in rows}


async def sweeping_privileges(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Privileges on whole tables that no role of the application may hold."""
    return await connection.fetch(
        "SELECT r.rolname, c.relname, p.command FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " CROSS JOIN pg_roles r CROSS JOIN (VALUES ('DELETE'), ('TRUNCATE'), ('TRIGGER')) p (command)"
        r" WHERE n.nspname IN ('app', 'access', 'ledger') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND r.rolname = ANY ($1) AND has_table_privilege(r.oid, c.oid, p.command)",
        [*ROLES, *LOGINS],
    )


async def owner_differences(connection: asyncpg.Connection, tables: Collection[str]) -> list[str]:
    """Where the owner, as which definer functions and migrations run, does not see or may not write every row."""
    differences = []
    for table in tables:
        columns = METADATA.tables[table].columns
        total = await connection.fetchval(f"SELECT count(*) FROM {table}")
        nulls = ", ".join("NULL" if each.server_default is None else "DEFAULT" for each in columns)
        async with undone(connection):
            # A policy is asked before a constraint, but after a trigger.
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(f"SET LOCAL ROLE {OWNER}")
            # Rows that are locked for an update are those that the policy lets be updated.
            locked = await connection.fetch(f"SELECT FROM {table} FOR UPDATE")
            if len(locked) != total:
                differences.append(f"the owner does not see all of {table}")
            try:
                await connection.execute(f"INSERT INTO {table} VALUES ({nulls})")
            except asyncpg.NotNullViolationError:
                pass
            except asyncpg.InsufficientPrivilegeError:
                differences.append(f"the owner may not write to {table}")
    return differences


ALL_TABLES = (*(store.table for store in STORES.values()), *UNREADABLE, *REFERENCE)
