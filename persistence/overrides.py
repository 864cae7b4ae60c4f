"""What members may do beside their roles, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.members.override_refusals import CapabilityNeedsHolder, OverrideOverlaps
from domain.members.overrides import NewOverride, Override, OverrideStatus
from persistence.constraints import RefusalState

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Overrides"]

_FIND = """
SELECT id, member_id, status, ends_at, requested_by, version FROM app.permission_overrides
WHERE tenant_id = $1 AND id = $2
"""

_OVERLAPS = """
SELECT EXISTS (
    SELECT FROM app.permission_overrides o
    WHERE o.tenant_id = $1 AND o.member_id = $2 AND o.capability = $3 AND o.status = 'APPROVED'
      AND o.starts_at < $5 AND o.ends_at > $4
)
"""

_REQUEST = """
INSERT INTO app.permission_overrides (
    tenant_id, id, member_id, capability, effect, starts_at, ends_at, requested_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

_DECIDE = """
UPDATE app.permission_overrides SET status = $3, decided_at = $4, decided_by = $5, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

_END = """
UPDATE app.permission_overrides SET status = 'ENDED', ended_at = $3, ended_by = $4, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""


class Overrides:
    """The store of overrides of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group_id: UUID, override_id: UUID) -> Override | None:
        """See `domain.members.overrides.OverrideStore`."""
        row = await self._work.connection.fetchrow(_FIND, group_id, override_id)
        if row is None:
            return None
        return Override(
            row["id"],
            row["member_id"],
            OverrideStatus(row["status"]),
            row["ends_at"],
            row["requested_by"],
            row["version"],
        )

    async def overlaps(self, override: NewOverride) -> bool:
        """See `domain.members.overrides.OverrideStore`."""
        return await self._work.connection.fetchval(  # type: ignore[no-any-return]
            _OVERLAPS,
            override.group_id,
            override.member_id,
            override.capability.value,
            override.starts_at,
            override.ends_at,
        )

    async def request(self, override: NewOverride) -> None:
        """See `domain.members.overrides.OverrideStore`."""
        await self._work.write(
            _REQUEST,
            override.group_id,
            override.id,
            override.member_id,
            override.capability.value,
            override.effect.value,
            override.starts_at,
            override.ends_at,
            self._work.viewer.user_id,
        )

    async def decide(self, group_id: UUID, override_id: UUID, *, is_approved: bool) -> None:
        """See `domain.members.overrides.OverrideStore`."""
        work = self._work
        status = OverrideStatus.APPROVED if is_approved else OverrideStatus.REFUSED
        try:
            await work.write(_DECIDE, group_id, override_id, status.value, work.now, work.viewer.user_id)
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.CONFLICT:
                raise OverrideOverlaps from error
            if error.sqlstate == RefusalState.INVALID:
                raise CapabilityNeedsHolder from error
            raise

    async def end(self, group_id: UUID, override_id: UUID) -> None:
        """See `domain.members.overrides.OverrideStore`."""
        await self._work.write(_END, group_id, override_id, self._work.now, self._work.viewer.user_id)
