"""Accounts stay what they were opened as: a setting that is changed, past all that refuses it, is found and named."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import asyncpg
import pytest

from domain.groups import CreateGroup, GroupKind, create_group
from domain.identifiers import new_id
from domain.ledger.accounts import chart_for
from domain.ledger.charting import AccountAdd, account_add
from domain.ledger.settings import CHART
from tests.ledger.book import both_verifications, tampering
from tests.support.world import World

CHANGES = {
    "a side that anybody may leave": ("3100", "member_side = NULL"),
    "another side": ("1310", "member_side = 'CREDIT'"),
    "a line that names nobody": ("3210", "needs_member = false, member_side = NULL"),
    "members where there are none": ("4200", "needs_member = true"),
    "shares that are not counted": ("3100", "counts_shares = false"),
    "another heading of the same type": ("1310", "parent_id = {1100}"),
    "a heading that stands below another": ("1200", "parent_id = {1300}"),
    "no heading": ("5100", "parent_id = NULL"),
    "another fund": ("3200", "fund = NULL"),
    "money that lies nowhere": ("1130", "place = NULL"),
    "an account that can be closed": ("3900", "is_required = false"),
    "a code of no chart": ("4900", "code = '4999'"),
    "a code of the group's own": ("4900", "code = '49001'"),
    "a code of the chart for an own account": ("51001", "code = '1510'"),
    "an own account with members": ("51001", "needs_member = true"),
    "an own account that is required": ("51001", "is_required = true"),
    "an own account of a fund": ("51001", "fund = 'LOAN_FUND'"),
    "an own account without a heading": ("51001", "parent_id = NULL"),
}
"""By what it comes to: the account, and what is changed of it, in a book without a single entry."""


@pytest.mark.parametrize("name", CHANGES)
async def test_a_setting_that_was_changed_is_found_by_both_verifications(world: World, name: str) -> None:
    group = await world.group()
    wish = AccountAdd(
        group_id=group.id, idempotency_key=new_id(), code="51001", name="Pens", parent_id=group.account("5000")
    )
    await world.succeed(group.treasurer, account_add, wish)
    assert await both_verifications(world, group.id) == []
    code, change = CHANGES[name]
    for heading in ("1100", "1300"):
        change = change.replace(f"{{{heading}}}", f"'{group.account(heading)}'")
    async with tampering(world.superuser) as connection:
        await connection.execute(
            f"UPDATE ledger.accounts SET {change} WHERE tenant_id = $1 AND code = $2", group.id, code
        )
    assert await both_verifications(world, group.id) == [("ACCOUNT", None)]


@pytest.mark.parametrize("kind", GroupKind)
async def test_every_kind_of_group_begins_with_accounts_that_are_as_they_should_be(
    world: World, kind: GroupKind
) -> None:
    command = CreateGroup(
        idempotency_key=new_id(),
        name="Umoja",
        kind=kind,
        currency="KES",
        country="KE",
        time_zone="Africa/Nairobi",
        share_price=Decimal(200),
    )
    group = await world.succeed(await world.person(), create_group, command)
    assert await both_verifications(world, group) == []


def test_kinds_of_groups_share_accounts_that_differ_in_their_names_alone() -> None:
    for kind in GroupKind:
        for account in chart_for(new_id(), kind):
            charted = CHART[account.code]
            assert replace(account, id=charted.id, name=charted.name, parent_id=charted.parent_id) == charted


async def test_the_database_knows_the_same_chart(superuser: asyncpg.Connection) -> None:
    codes = {account.id: code for code, account in CHART.items()}
    rows = await superuser.fetch("SELECT * FROM ledger.chart()")
    assert [tuple(row) for row in rows] == [
        (
            code,
            account.type,
            account.parent_id and codes[account.parent_id],
            account.is_postable,
            account.member_side,
            account.counts_shares,
            account.fund,
            account.place,
        )
        for code, account in sorted(CHART.items())
    ]
    assert all(account.needs_member is (account.member_side is not None) for account in CHART.values())
