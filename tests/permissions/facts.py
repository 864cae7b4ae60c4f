"""Entering as somebody on a superuser's connection, and the facts about her worked out anew from the directory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from domain.policy import CAPABILITIES, SCOPE_TERMS, Capability, MachineScope, Role, Term, Viewer, Visibility
from domain.policy.terms import MEMBER_ROLES, OFFICER_ROLES
from persistence.database import DatabaseRole
from persistence.viewer import Principal, enter
from tests.permissions.cast import PARTNER_ROLES, STAFF_ROLES, Onlooker

_DIRECTORY = {
    "memberships": "SELECT user_id, tenant_id, member_id, role, starts_at, ends_at FROM app.memberships",
    "links": "SELECT partner_id, group_id, consent, is_owner, starts_at, ends_at FROM app.partner_links",
    "overrides": "SELECT * FROM app.permission_overrides WHERE status = 'APPROVED'",
    "tenants": "SELECT id, kind, visibility FROM app.tenants",
    "machines": "SELECT * FROM access.machine_grants WHERE revoked_at IS NULL AND expires_at > now()",
}


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A savepoint to which everything within goes back, whatever happens; the role and the settings too."""
    point = connection.transaction()
    await point.start()
    try:
        yield
    finally:
        await point.rollback()


@asynccontextmanager
async def entered(
    connection: asyncpg.Connection, who: Onlooker, tenants: list[UUID] | None = None
) -> AsyncIterator[Viewer | None]:
    """The connection as the onlooker's own, until the end of the block; nothing that is done there stays."""
    async with undone(connection):
        await connection.execute(f"SET LOCAL ROLE {who.role}")
        yield None if who.principal is None else await enter(connection, who.principal, tenants)


async def read_directory(connection: asyncpg.Connection) -> dict[str, list[asyncpg.Record]]:
    """Who belongs where, read past all policies."""
    found = {name: await connection.fetch(statement) for name, statement in _DIRECTORY.items()}
    now = await connection.fetchval("SELECT now()")
    return {name: [row for row in rows if _holds(row, now)] for name, rows in found.items()}


def _holds(row: asyncpg.Record, now: datetime) -> bool:
    if "starts_at" not in row.keys():  # noqa: SIM118 - a record contains its values
        return True
    return row["starts_at"] <= now and (row["ends_at"] is None or row["ends_at"] > now)


def expected_viewer(
    directory: dict[str, list[asyncpg.Record]], who: Onlooker, tenants: Iterable[UUID] | None = None
) -> Viewer:
    """The facts about somebody by the words of the vocabulary, without asking the database's own function."""
    assert who.principal is not None
    principal = who.principal
    if principal.role is DatabaseRole.WORKER:
        return Viewer(None, principal.id, is_job=True)
    if principal.role is DatabaseRole.ADMIN:
        return Viewer(who.user_id, principal.id, is_admin=True)
    if principal.is_machine:
        return _expected_machine(directory, principal, tenants)
    kinds = {row["id"]: row["kind"] for row in directory["tenants"]}
    shown = {row["id"]: Visibility(row["visibility"]) for row in directory["tenants"]}
    cut = None if tenants is None else frozenset(tenants)
    held: dict[UUID, set[Role]] = {}
    members = set()
    for row in directory["memberships"]:
        tenant, role = row["tenant_id"], Role(row["role"])
        if row["user_id"] != who.user_id or (cut is not None and kinds[tenant] == "GROUP" and tenant not in cut):
            continue
        held.setdefault(tenant, set()).add(role)
        if row["member_id"] is not None and role in MEMBER_ROLES:
            members.add((tenant, row["member_id"]))

    def holding(*roles: Role) -> frozenset[UUID]:
        return frozenset(tenant for tenant, every in held.items() if every & set(roles))

    def linked(roles: Iterable[Role], *, consents: tuple[str, ...] = (), owned: bool = False) -> frozenset[UUID]:
        return frozenset(
            row["group_id"]
            for row in directory["links"]
            if held.get(row["partner_id"], set()) & set(roles)
            and (not owned or row["is_owner"])
            and (not consents or row["consent"] in consents)
            and (cut is None or row["group_id"] in cut)
        )

    joined = holding(*MEMBER_ROLES)
    lists = {
        Term.MEMBER: joined,
        Term.MEMBER_SEES_TOTALS: frozenset(t for t in joined if shown[t] in (Visibility.ALL, Visibility.TOTALS_ONLY)),
        Term.MEMBER_SEES_ALL: frozenset(tenant for tenant in joined if shown[tenant] is Visibility.ALL),
        Term.OFFICER: holding(*OFFICER_ROLES),
        Term.CHAIR: holding(Role.CHAIR),
        Term.SECRETARY: holding(Role.SECRETARY),
        Term.TREASURER: holding(Role.TREASURER),
        Term.STAFF: linked(STAFF_ROLES, owned=True),
        Term.PARTNER_TOTALS: linked(PARTNER_ROLES),
        Term.PARTNER_ROWS: linked(PARTNER_ROLES, consents=("ROWS", "NAMES")),
        Term.PARTNER_NAMES: linked((Role.FIELD_OFFICER, Role.PARTNER_MANAGER), consents=("NAMES",)),
        Term.PARTNER_MANAGER: holding(Role.PARTNER_MANAGER, Role.MANAGER),
        Term.AUDITOR: holding(Role.AUDITOR),
    } | _by_capability(held, members, directory["overrides"])
    partners = frozenset(
        tenant for tenant, roles in held.items() if kinds[tenant] == "PARTNER" and roles - {Role.AUDITOR}
    )
    return Viewer(who.user_id, principal.id, tenants=lists, own_members=frozenset(members), own_partners=partners)


def _by_capability(
    held: dict[UUID, set[Role]], members: set[tuple[UUID, UUID]], overrides: list[asyncpg.Record]
) -> dict[Term, frozenset[UUID]]:
    """Where each capability is hers, by her roles and by what was decided of her."""
    found = {
        rule.term: {tenant for tenant, roles in held.items() if roles & rule.roles} for rule in CAPABILITIES.values()
    }
    decided = [row for row in overrides if (row["tenant_id"], row["member_id"]) in members]
    for row in decided:
        rule = CAPABILITIES[Capability(row["capability"])]
        if row["effect"] == "TAKEN":
            assert rule.is_takable
            found[rule.term].discard(row["tenant_id"])
            continue
        for term in (rule.term, *rule.brings):
            found[term].add(row["tenant_id"])
    return {term: frozenset(tenants) for term, tenants in found.items()}


def _expected_machine(
    directory: dict[str, list[asyncpg.Record]], principal: Principal, tenants: Iterable[UUID] | None
) -> Viewer:
    """The facts about a machine, from its grants and the scopes that the declaration knows."""
    granted = [row for row in directory["machines"] if row["credential_id"] == principal.id]
    (own,) = (row for row in granted if row["tenant_id"] == row["granter_id"])
    granter, cut = own["granter_id"], None if tenants is None else frozenset(tenants)
    consents = {row["group_id"]: row["consent"] for row in directory["links"] if row["partner_id"] == granter}
    terms = frozenset().union(*(SCOPE_TERMS[MachineScope(scope)] for scope in own["scopes"]))
    opened = {
        "TOTALS": {Term.PARTNER_TOTALS},
        "ROWS": {Term.PARTNER_TOTALS, Term.PARTNER_ROWS},
        "NAMES": {Term.PARTNER_TOTALS, Term.PARTNER_ROWS, Term.PARTNER_NAMES},
        "NOTHING": set(),
    }
    is_partner = any(row["id"] == granter and row["kind"] == "PARTNER" for row in directory["tenants"])
    lists = {
        term: frozenset(
            row["tenant_id"]
            for row in granted
            if (cut is None or row["tenant_id"] in cut)
            and (not is_partner or term in opened[consents.get(row["tenant_id"], "NOTHING")])
        )
        for term in terms
    }
    return Viewer(None, principal.id, tenants=lists, own_partners=frozenset({granter}), is_machine=True)


def unlike(found: Viewer, expected: Viewer) -> list[str]:
    """The facts in which two viewers differ; a term without tenants is the same as none."""
    differences = []
    for each in fields(Viewer):
        one, other = getattr(found, each.name), getattr(expected, each.name)
        if each.name == "tenants":
            one, other = (_filled(value) for value in (one, other))
        if one != other:
            differences.append(f"{each.name} is {one}, not {other}")
    return differences


def _filled(lists: Any) -> dict[Term, frozenset[UUID]]:
    return {term: tenants for term, tenants in lists.items() if tenants}
