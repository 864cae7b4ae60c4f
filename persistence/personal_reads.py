"""Noting who read what few may know of a member."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from persistence.database import Database, Isolation
from persistence.viewer import Principal, enter

__all__ = ["note_personal_reads"]

_NOTE = "SELECT app.note_personal_reads($1, $2, $3, $4, $5)"


async def note_personal_reads(
    database: Database, principal: Principal, request_id: str, reads: Mapping[tuple[UUID, UUID], set[str]]
) -> None:
    """Note what was read, in a short transaction of its own: whoever read it gets it only once this is kept.

    Args:
        database: The pools.
        principal: Through what the request came.
        request_id: What the logs call the request.
        reads: The names of the fields, by group and member.

    Raises:
        UnauthenticatedError: The principal was revoked meanwhile.
    """
    places = sorted(reads)
    tenants = [tenant for tenant, _ in places]
    async with database.transaction(principal.role, Isolation.WRITE) as connection:
        await enter(connection, principal, sorted(set(tenants)))
        await connection.execute(
            _NOTE,
            principal.id,
            request_id,
            tenants,
            [member for _, member in places],
            [" ".join(sorted(reads[place])) for place in places],
        )
