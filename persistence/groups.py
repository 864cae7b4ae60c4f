"""Groups and their constitutions in PostgreSQL."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.calendar import TimeZone
from domain.currencies import currency
from domain.groups import Constitution, FoundersLimited, Group, GroupKind, GroupRecord, GroupStatus, NewGroup
from domain.policy import Viewer
from domain.service import GroupNotFound, IdAlreadyUsed
from persistence.constitutions import (
    CONSTITUTION_COLUMNS,
    IN_FORCE,
    INSERT_CONSTITUTION,
    constitution_from,
    constitution_values,
    in_force_on,
)
from persistence.constraints import RefusalState, register
from persistence.viewer import viewer_from

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["GROUP_COLUMNS", "GROUP_SOURCE", "Groups", "group_from"]

GROUP_COLUMNS = f"""
g.tenant_id, g.kind AS group_kind, g.currency, g.time_zone, g.country, g.status, {CONSTITUTION_COLUMNS}
"""
"""What `group_from` takes from a row of `GROUP_SOURCE`."""

GROUP_SOURCE = f"""
app.groups g
JOIN app.constitutions c ON c.tenant_id = g.tenant_id AND c.version = {IN_FORCE}
"""

_GET = f"SELECT {GROUP_COLUMNS} FROM {GROUP_SOURCE} WHERE g.tenant_id = $1"

_GET_AS_OF = f"""
SELECT {GROUP_COLUMNS}
FROM app.groups g
JOIN app.constitutions c ON c.tenant_id = g.tenant_id AND c.version = {in_force_on("$2::date")}
WHERE g.tenant_id = $1
"""

_CREATE_TENANT = "SELECT * FROM app.create_group($1, $2, $3)"

_INSERT_GROUP = """
INSERT INTO app.groups (
    tenant_id, name, kind, currency, country, time_zone, county, district, village, created_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

_LATEST_CONSTITUTION = f"""
SELECT g.currency, {CONSTITUTION_COLUMNS}
FROM app.groups g
JOIN app.constitutions c ON c.tenant_id = g.tenant_id
WHERE g.tenant_id = $1
ORDER BY c.version DESC
LIMIT 1
"""

_RECORD = """
SELECT tenant_id, name, county, district, village, status, version FROM app.groups WHERE tenant_id = $1
"""

_REVISE = """
UPDATE app.groups SET name = $2, county = $3, district = $4, village = $5, version = version + 1 WHERE tenant_id = $1
"""

_CHANGE_STATUS = "SELECT app.change_group_status($1, $2, $3, $4)"

_ADOPT_CONSTITUTION = "SELECT app.adopt_constitution($1, $2, $3)"

register("tenants_pkey", lambda _: IdAlreadyUsed(path=("id",)))


def group_from(row: asyncpg.Record) -> Group:
    """The group in a row."""
    unit = currency(row["currency"])
    return Group(
        id=row["tenant_id"],
        kind=GroupKind(row["group_kind"]),
        currency=unit,
        time_zone=TimeZone(row["time_zone"]),
        country=row["country"],
        status=GroupStatus(row["status"]),
        constitution=constitution_from(row, unit),
    )


class Groups:
    """The store of groups of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def get(self, group_id: UUID, *, on: date | None = None) -> Group:
        """See `domain.groups.GroupStore`."""
        connection = self._work.connection
        row = await (
            connection.fetchrow(_GET, group_id) if on is None else connection.fetchrow(_GET_AS_OF, group_id, on)
        )
        if row is None:
            raise GroupNotFound(path=("groupId",))
        return group_from(row)

    async def create(self, group: NewGroup) -> Viewer:
        """See `domain.groups.GroupStore`."""
        work = self._work
        try:
            row = await work.write_returning(_CREATE_TENANT, group.id, group.visibility.value, group.currency.code)
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.FOUNDING_LIMITED:
                raise FoundersLimited from error
            raise
        # Since the tenant was made within this transaction, the database now knows the viewer as its secretary.
        work.viewer = viewer_from(row, work.viewer.principal)
        await work.write(
            _INSERT_GROUP,
            group.id,
            group.name,
            group.kind.value,
            group.currency.code,
            group.country,
            group.time_zone.name,
            group.county,
            group.district,
            group.village,
            work.viewer.user_id,
        )
        await work.write(INSERT_CONSTITUTION, *constitution_values(group.id, group.constitution, work.viewer.user_id))
        await work.ledger.open_accounts(group.id, group.accounts)
        return work.viewer

    async def record(self, group_id: UUID) -> GroupRecord:
        """See `domain.groups.GroupStore`."""
        row = await self._work.connection.fetchrow(_RECORD, group_id)
        if row is None:
            raise GroupNotFound(path=("groupId",))
        return GroupRecord(
            id=row["tenant_id"],
            name=row["name"],
            county=row["county"],
            district=row["district"],
            village=row["village"],
            status=GroupStatus(row["status"]),
            version=row["version"],
        )

    async def revise(
        self, group: GroupRecord, *, name: str, county: str | None, district: str | None, village: str | None
    ) -> None:
        """See `domain.groups.GroupStore`."""
        await self._work.write(_REVISE, group.id, name, county, district, village)

    async def change_status(self, group: GroupRecord, becomes: GroupStatus, reason: str | None) -> None:
        """See `domain.groups.GroupStore`."""
        await self._work.write(_CHANGE_STATUS, group.id, group.version, becomes.value, reason)

    async def latest_constitution(self, group_id: UUID) -> Constitution:
        """See `domain.groups.GroupStore`."""
        row = await self._work.connection.fetchrow(_LATEST_CONSTITUTION, group_id)
        if row is None:
            raise GroupNotFound(path=("groupId",))
        return constitution_from(row, currency(row["currency"]))

    async def adopt(self, group_id: UUID, constitution: Constitution, holds_from: datetime | None) -> None:
        """See `domain.groups.GroupStore`."""
        work = self._work
        await work.write(INSERT_CONSTITUTION, *constitution_values(group_id, constitution, work.viewer.user_id))
        await work.write(_ADOPT_CONSTITUTION, group_id, constitution.version, holds_from)
