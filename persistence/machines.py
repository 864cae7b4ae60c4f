"""Machine credentials in PostgreSQL: written by functions alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.access.machines import GroupNotLinked, NewMachine
from domain.service import IdAlreadyUsed
from persistence.constraints import RefusalState, register

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Machines"]

_COUNT_IN_FORCE = """
SELECT count(*) FROM access.machine_grants g
WHERE g.tenant_id = $1 AND g.granter_id = $1 AND g.revoked_at IS NULL AND g.expires_at > now()
"""

_GRANT = "SELECT access.grant_machine($1, $2, $3, $4, $5, $6, $7)"

_ROTATE = "SELECT access.rotate_machine($1, $2, $3, $4) AS is_found"

_REVOKE = "SELECT access.revoke_machine($1, $2) AS is_found"

register("machine_grants_pkey", lambda _: IdAlreadyUsed(path=("idempotencyKey",)))


class Machines:
    """The store of machine credentials of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def count_in_force(self, tenant_id: UUID) -> int:
        """See `domain.access.machines.MachineStore`."""
        return await self._work.connection.fetchval(_COUNT_IN_FORCE, tenant_id)  # type: ignore[no-any-return]

    async def grant(self, machine: NewMachine) -> None:
        """See `domain.access.machines.MachineStore`."""
        try:
            await self._work.write(
                _GRANT,
                machine.tenant_id,
                machine.id,
                machine.name,
                [scope.value for scope in machine.scopes],
                machine.expires_at,
                machine.digest,
                machine.reaches,
            )
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.NOT_FOUND:
                raise GroupNotLinked(path=("groupIds",)) from error
            raise

    async def rotate(self, tenant_id: UUID, credential_id: UUID, digest: bytes, grace: timedelta) -> bool:
        """See `domain.access.machines.MachineStore`."""
        row = await self._work.write_returning(_ROTATE, tenant_id, credential_id, digest, grace)
        return bool(row["is_found"])

    async def revoke(self, tenant_id: UUID, credential_id: UUID) -> bool:
        """See `domain.access.machines.MachineStore`."""
        row = await self._work.write_returning(_REVOKE, tenant_id, credential_id)
        return bool(row["is_found"])
