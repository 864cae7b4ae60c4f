"""Waivers of expected contributions in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from domain.savings.waivers import NewWaiver, Waiver, WaiverStatus

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Waivers"]

_FIND = "SELECT id, status, requested_by, version FROM app.contribution_waivers WHERE tenant_id = $1 AND id = $2"

_REQUEST = """
INSERT INTO app.contribution_waivers (
    tenant_id, id, member_id, kind, type_code, counts_on, amount, currency, reason, requested_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

_DECIDE = """
UPDATE app.contribution_waivers SET status = $3, decided_at = $4, decided_by = $5, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""


class Waivers:
    """The store of waivers of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group_id: UUID, waiver_id: UUID) -> Waiver | None:
        """See `domain.savings.waivers.WaiverStore`."""
        row = await self._work.connection.fetchrow(_FIND, group_id, waiver_id)
        if row is None:
            return None
        return Waiver(row["id"], WaiverStatus(row["status"]), row["requested_by"], row["version"])

    async def request(self, waiver: NewWaiver) -> None:
        """See `domain.savings.waivers.WaiverStore`."""
        await self._work.write(
            _REQUEST,
            waiver.group_id,
            waiver.id,
            waiver.member_id,
            waiver.kind.value,
            waiver.type_code,
            waiver.counts_on,
            waiver.amount.amount,
            waiver.amount.currency.code,
            waiver.reason,
            self._work.viewer.user_id,
        )

    async def decide(self, group_id: UUID, waiver_id: UUID, *, is_approved: bool) -> None:
        """See `domain.savings.waivers.WaiverStore`."""
        status = WaiverStatus.APPROVED if is_approved else WaiverStatus.REFUSED
        await self._work.write(_DECIDE, group_id, waiver_id, status.value, self._work.now, self._work.viewer.user_id)
