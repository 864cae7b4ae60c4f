"""Policies are index conditions, and their helpers are asked once for a statement: seen in the plans, not in times."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from persistence.reads import accounts, arrears, members
from persistence.reads.pages import Listing
from tests.permissions.facts import entered
from tests.permissions.reading import LISTINGS, MODULES, Catcher, Sent, nodes_of, plans_of, read_everything
from tests.permissions.volume import PARTNER_GROUPS, Volume
from tests.support.cluster import dsn_for

pytestmark = pytest.mark.slow

HELPERS = re.compile(r"\b(tenants_as|own_members|own_pairs|own_partners|own_user|user_id|is_entered_as)\(")
SCANS = {"Seq Scan", "Sample Scan", "Tid Scan"}
ASKED_OF_A_FUNCTION = {"_FAULTS", "_CLOSING_CODE", "_AFTER_ENTRY", "_OPEN_INVITATIONS", "_CLAIMABLE", "_PORTFOLIO"}
"""Statements that call one definer function and read no table, so that no policy is in their plans."""

WATCHED = ("Filter", "Index Cond", "Recheck Cond", "Join Filter", "Hash Cond", "Merge Cond", "Output", "Order By")


@pytest.fixture
async def watched(volume: Volume) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the volume, with the settings of the application's own."""
    connection = await asyncpg.connect(dsn_for(volume.database), server_settings={"jit": "off"})
    change = connection.transaction()
    await change.start()
    yield connection
    await change.rollback()
    await connection.close()


def faults(plan: dict[str, Any]) -> list[str]:
    """What a plan does that it should not."""
    found = []
    for node in nodes_of(plan):
        where = f"{node['Node Type']} of {node.get('Relation Name', node.get('Index Name', 'nothing'))}"
        if node["Node Type"] in SCANS:
            found.append(f"{where}, filtered by {node.get('Filter')}")
        if node["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Index Scan") and "Index Cond" not in node:
            found.append(f"{where}, without a condition")
        is_first = node.get("Parent Relationship") == "InitPlan"
        if not is_first and any(HELPERS.search(str(node.get(each, ""))) for each in WATCHED):
            found.append(f"{where}, which asks a helper for every row")
        if is_first and node.get("Actual Loops", 0) > 1:
            found.append(f"{where}, asked {node['Actual Loops']} times")
    return found


async def caught(watched: asyncpg.Connection, volume: Volume, name: str) -> list[Sent]:
    catcher = Catcher(watched)
    user = volume.onlookers[name].user_id
    assert user is not None
    await read_everything(catcher, user, volume.groups[name])
    return list({(sent.words, sent.statement): sent for sent in catcher.sent}.values())


@pytest.mark.parametrize("name", ["member", "officer", "partner"])
async def test_every_statement_finds_its_rows_by_an_index_and_asks_each_helper_once(
    volume: Volume, watched: asyncpg.Connection, name: str
) -> None:
    found = {}
    async with entered(watched, volume.onlookers[name]) as viewer:
        assert viewer is not None
        # The partner itself is one more.
        assert len(frozenset().union(*viewer.tenants.values())) == (PARTNER_GROUPS + 1 if name == "partner" else 1)
        for sent in await caught(watched, volume, name):
            for is_generic in (False, True):
                plan = await plans_of(watched, sent, is_generic=is_generic, is_run=not is_generic)
                if sent.statement in (accounts._AFTER_ENTRY, members._CLAIMABLE, arrears._PORTFOLIO):
                    continue
                assert any(HELPERS.search(str(node.get("Output"))) for node in nodes_of(plan)), sent.words
                if wrong := faults(plan):
                    found[sent.words, "generic" if is_generic else "custom"] = wrong
    assert found == {}


async def test_no_statement_of_a_read_is_left_out(volume: Volume, watched: asyncpg.Connection) -> None:
    async with entered(watched, volume.onlookers["partner"]):
        sent = {each.statement for each in await caught(watched, volume, "partner")}
    for module in MODULES:
        for name, value in vars(module).items():
            is_statement = isinstance(value, str) and value.lstrip().startswith("SELECT") and "{" not in value
            if is_statement and name not in ASKED_OF_A_FUNCTION:
                assert value in sent, f"{module.__name__}.{name}"
            if isinstance(value, Listing):
                assert value in LISTINGS.values(), f"{module.__name__}.{name}"


async def test_a_policy_that_asks_its_helper_for_every_row_would_be_noticed(
    volume: Volume, watched: asyncpg.Connection
) -> None:
    """The comparison must see what it is there to see."""
    lines = Sent("lines", "SELECT amount FROM ledger.lines", ())
    for condition, wrong in (
        ("tenant_id = ANY (app.tenants_as('member'))", "asks a helper for every row"),
        ("tenant_id::text = ANY (((SELECT app.tenants_as('member')))::text[])", "Seq Scan"),
    ):
        change = watched.transaction()
        await change.start()
        await watched.execute(f"ALTER POLICY viewer_read ON ledger.lines USING ({condition})")
        async with entered(watched, volume.onlookers["member"]):
            plan = await plans_of(watched, lines, is_generic=False, is_run=False)
        await change.rollback()
        assert any(wrong in each for each in faults(plan)), plan


@pytest.mark.parametrize("table", ["ledger.lines", "ledger.entries", "app.contributions", "app.members"])
async def test_a_forgotten_filter_still_reads_by_an_index(
    volume: Volume, watched: asyncpg.Connection, table: str
) -> None:
    """A statement that names no tenant is a mistake, and the policy's own condition carries it."""
    sent = Sent(table, f"SELECT tenant_id FROM {table}", ())
    for name in ("member", "officer"):
        async with entered(watched, volume.onlookers[name]):
            plan = await plans_of(watched, sent, is_generic=False, is_run=True)
        assert faults(plan) == [], name
