"""Groups and their constitutions in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.calendar import TimeZone
from domain.currencies import currency
from domain.groups import Constitution, Frequency, Group, GroupStatus, NewGroup
from domain.money import Money
from domain.policy import Viewer
from domain.service import GroupNotFound, IdAlreadyUsed
from persistence.constraints import register
from persistence.viewer import viewer_from

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["GROUP_COLUMNS", "GROUP_SOURCE", "Groups", "group_from"]

GROUP_COLUMNS = """
g.tenant_id, g.currency, g.time_zone, g.country, g.status, c.version AS constitution_version, c.share_price,
c.shares_min, c.shares_max, c.social_fund_amount, c.meeting_frequency, c.adopted_on
"""
"""What `group_from` takes from a row of `GROUP_SOURCE`."""

GROUP_SOURCE = """
app.groups g
JOIN app.constitutions c ON c.tenant_id = g.tenant_id AND c.version = g.constitution_version
"""

_GET = f"SELECT {GROUP_COLUMNS} FROM {GROUP_SOURCE} WHERE g.tenant_id = $1"

_CREATE_TENANT = "SELECT * FROM app.create_group($1, $2, $3)"

_INSERT_GROUP = """
INSERT INTO app.groups (
    tenant_id, name, kind, currency, country, time_zone, county, district, village, created_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

_INSERT_CONSTITUTION = """
INSERT INTO app.constitutions (
    tenant_id, version, share_price, shares_min, shares_max, social_fund_amount, meeting_frequency, adopted_on,
    created_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

register("tenants_pkey", lambda _: IdAlreadyUsed(path=("id",)))


def group_from(row: asyncpg.Record) -> Group:
    """The group in a row."""
    unit = currency(row["currency"])
    return Group(
        id=row["tenant_id"],
        currency=unit,
        time_zone=TimeZone(row["time_zone"]),
        country=row["country"],
        status=GroupStatus(row["status"]),
        constitution=Constitution(
            version=row["constitution_version"],
            share_price=Money(row["share_price"], unit),
            shares_min=row["shares_min"],
            shares_max=row["shares_max"],
            social_fund_amount=Money(row["social_fund_amount"], unit),
            meeting_frequency=Frequency(row["meeting_frequency"]),
            adopted_on=row["adopted_on"],
        ),
    )


class Groups:
    """The store of groups of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def get(self, group_id: UUID) -> Group:
        """See `domain.groups.GroupStore`."""
        row = await self._work.connection.fetchrow(_GET, group_id)
        if row is None:
            raise GroupNotFound(path=("groupId",))
        return group_from(row)

    async def create(self, group: NewGroup) -> Viewer:
        """See `domain.groups.GroupStore`."""
        work = self._work
        row = await work.write_returning(_CREATE_TENANT, group.id, group.visibility.value, group.currency.code)
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
        rules = group.constitution
        await work.write(
            _INSERT_CONSTITUTION,
            group.id,
            rules.version,
            rules.share_price.amount,
            rules.shares_min,
            rules.shares_max,
            rules.social_fund_amount.amount,
            rules.meeting_frequency.value,
            rules.adopted_on,
            work.viewer.user_id,
        )
        await work.ledger.open_accounts(group.id, group.accounts)
        return work.viewer
