"""The viewer as the database reports it: the same facts for the resolver's decision and the policy's."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from domain.policy import Viewer
from domain.policy.terms import TENANT_TERMS
from persistence.database import DatabaseRole

__all__ = ["MachineRefusedError", "Principal", "UnauthenticatedError", "enter", "refused_entry", "viewer_from"]

_UNAUTHENTICATED = "KB401"

# In FROM, for `(f()).*` would call the function once for every column.
_ENTER = "SELECT * FROM app.enter($1, $2)"
_ENTER_MACHINE = "SELECT * FROM app.enter_machine($1, $2, $3)"


class UnauthenticatedError(Exception):
    """The session, or job, is unknown, expired or revoked, or not entitled to the role."""


class MachineRefusedError(UnauthenticatedError):
    """The machine credential is unknown, expired or revoked, or its secret wrong; which of them, nobody is told."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Through what a request comes, before the database has been asked.

    Attributes:
        id: A session's, machine credential's or job's id.
        role: The role that the signed token, or the command line, claims.
        proof: For a machine credential, the digest of its secret.
    """

    id: UUID
    role: DatabaseRole
    proof: bytes | None = field(default=None, repr=False)

    @property
    def is_machine(self) -> bool:
        """Whether the request comes from a program with a credential of its own, not from a person."""
        return self.proof is not None


def viewer_from(row: asyncpg.Record, principal: UUID) -> Viewer:
    """The viewer in a row of type `app.viewer`."""
    return Viewer(
        user_id=row["user_id"],
        principal=principal,
        is_admin=row["is_admin"],
        is_job=row["is_job"],
        is_machine=row["is_machine"],
        tenants={term: frozenset(row[term.value]) for term in TENANT_TERMS},
        own_members=frozenset(zip(row["own_groups"], row["own_members"], strict=True)),
        own_partners=frozenset(row["own_partners"]),
    )


def refused_entry(error: asyncpg.PostgresError, principal: Principal) -> UnauthenticatedError | None:
    """The refusal, where the database refused the principal; None for any other error."""
    if error.sqlstate != _UNAUTHENTICATED:
        return None
    return MachineRefusedError() if principal.is_machine else UnauthenticatedError()


async def enter(connection: asyncpg.Connection, principal: Principal, tenants: list[UUID] | None) -> Viewer:
    """Enter the transaction as the principal; with `tenants`, the viewer's lists are cut to them.

    Raises:
        UnauthenticatedError: The principal is unknown, expired or revoked, or not entitled to the role.
    """
    try:
        if principal.is_machine:
            row = await connection.fetchrow(_ENTER_MACHINE, principal.id, principal.proof, tenants)
        else:
            row = await connection.fetchrow(_ENTER, principal.id, tenants)
    except asyncpg.PostgresError as error:
        if refused := refused_entry(error, principal):
            raise refused from error
        raise
    return viewer_from(row, principal.id)
