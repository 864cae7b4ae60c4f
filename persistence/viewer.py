"""The viewer as the database reports it: the same facts for the resolver's decision and the policy's."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from domain.policy import Viewer
from domain.policy.terms import TENANT_TERMS
from persistence.database import DatabaseRole

__all__ = ["Principal", "UnauthenticatedError", "enter", "is_refused_entry", "viewer_from"]

_UNAUTHENTICATED = "KB401"

# In FROM, for `(f()).*` would call the function once for every column.
_ENTER = "SELECT * FROM app.enter($1, $2)"


class UnauthenticatedError(Exception):
    """The session, or job, is unknown, expired or revoked, or not entitled to the role."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Through what a request comes, before the database has been asked.

    Attributes:
        id: A session's or job's id.
        role: The role that the signed token, or the command line, claims.
    """

    id: UUID
    role: DatabaseRole


def viewer_from(row: asyncpg.Record, principal: UUID) -> Viewer:
    """The viewer in a row of type `app.viewer`."""
    return Viewer(
        user_id=row["user_id"],
        principal=principal,
        is_admin=row["is_admin"],
        is_job=row["is_job"],
        tenants={term: frozenset(row[term.value]) for term in TENANT_TERMS},
        own_members=frozenset(zip(row["own_groups"], row["own_members"], strict=True)),
        own_partners=frozenset(row["own_partners"]),
    )


def is_refused_entry(error: asyncpg.PostgresError) -> bool:
    """Whether the database refused the principal."""
    return bool(error.sqlstate == _UNAUTHENTICATED)


async def enter(connection: asyncpg.Connection, principal: Principal, tenants: list[UUID] | None) -> Viewer:
    """Enter the transaction as the principal; with `tenants`, the viewer's lists are cut to them.

    Raises:
        UnauthenticatedError: The principal is unknown, expired or revoked, or not entitled to the role.
    """
    try:
        row = await connection.fetchrow(_ENTER, principal.id, tenants)
    except asyncpg.PostgresError as error:
        if is_refused_entry(error):
            raise UnauthenticatedError from error
        raise
    return viewer_from(row, principal.id)
