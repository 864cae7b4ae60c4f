"""What fines are for, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from domain.groups import Group
from domain.money import Money
from domain.savings.fines import Fine
from persistence.reads.fines import OUTSTANDING

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Fines"]

_ADD = """
INSERT INTO app.fines (tenant_id, id, member_id, reason_code, reason_name, constitution_version)
SELECT $1, f.id, f.member_id, f.code, f.name, f.version
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::integer[]) f (id, member_id, code, name, version)
"""

_SETTLE = "INSERT INTO app.fine_settlements (tenant_id, id, fine_id, member_id) VALUES ($1, $2, $3, $4)"

_FINED = """
SELECT f.id, f.member_id, f.reason_code
FROM ledger.entries e
JOIN app.fines f ON f.tenant_id = e.tenant_id AND f.id = e.id
WHERE e.tenant_id = $1 AND e.meeting_id = $2 AND f.reason_code = ANY ($3)
  AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = e.tenant_id AND r.reverses_id = e.id)
"""


class Fines:
    """The store of fines of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, group_id: UUID, fines: Sequence[Fine]) -> None:
        """See `domain.savings.fines.FineStore`."""
        await self._work.write(
            _ADD,
            group_id,
            [fine.id for fine in fines],
            [fine.member_id for fine in fines],
            [fine.reason.code for fine in fines],
            [fine.reason.name for fine in fines],
            [fine.constitution_version for fine in fines],
        )

    async def outstanding(self, group: Group, member_id: UUID, fine_id: UUID) -> Money | None:
        """See `domain.savings.fines.FineStore`."""
        rows = await self._work.connection.fetch(OUTSTANDING, [group.id], [member_id])
        found = next((row["outstanding"] for row in rows if row["id"] == fine_id), None)
        return None if found is None else Money(found, group.currency)

    async def settle(self, group_id: UUID, entry_id: UUID, fine_id: UUID, member_id: UUID) -> None:
        """See `domain.savings.fines.FineStore`."""
        await self._work.write(_SETTLE, group_id, entry_id, fine_id, member_id)

    async def fined_in(
        self, group_id: UUID, meeting_id: UUID, reason_codes: Sequence[str]
    ) -> Mapping[tuple[UUID, str], UUID]:
        """See `domain.savings.fines.FineStore`."""
        rows = await self._work.connection.fetch(_FINED, group_id, meeting_id, reason_codes)
        return {(row["member_id"], row["reason_code"]): row["id"] for row in rows}
