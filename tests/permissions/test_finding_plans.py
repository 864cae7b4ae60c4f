"""A search by name reads by an index the keys that its viewer may know, and no others: seen in plans, not in times."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.permissions.facts import entered
from tests.permissions.reading import nodes_of
from tests.permissions.volume import MEMBERS, NOBODY, PARTNER_GROUPS, Volume
from tests.support.cluster import dsn_for

pytestmark = pytest.mark.slow

# Prepared, as the statements of a function are; a plan is made once whatever the arguments are.
_PREPARE = """
PREPARE looked (text[], uuid[], uuid, uuid[], uuid[]) AS
SELECT * FROM app.match_names($1, $2, $3, $4, $5, false)
"""
_CONDITIONS = {
    "member_keys_pkey": ("tenant_id = ANY", "opened_to = $3", "key >=", "key <"),
    "member_keys_opened_idx": ("opened_to = ANY", "key >=", "key <"),
}


@pytest.fixture
async def watched(volume: Volume) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the volume, with the settings of the application's own; all is undone."""
    settings = {"jit": "off", "plan_cache_mode": "force_generic_plan"}
    connection = await asyncpg.connect(dsn_for(volume.database), server_settings=settings)
    change = connection.transaction()
    await change.start()
    await connection.execute(_PREPARE)
    yield connection
    await change.rollback()
    await connection.close()


async def partner_of(watched: asyncpg.Connection) -> UUID:
    return await watched.fetchval("SELECT id FROM app.tenants WHERE kind = 'PARTNER'")  # type: ignore[no-any-return]


def literal(values: list[Any]) -> str:
    return f"'{{{','.join(str(each) for each in values)}}}'"


async def read_by(
    watched: asyncpg.Connection,
    words: list[str],
    groups: list[UUID],
    known_by: UUID | None,
    partners: list[UUID],
    linked: list[UUID],
) -> tuple[int, int]:
    """How many keys are read, always by an index and passing none over, and how many members are found."""
    reader = "NULL" if known_by is None else f"'{known_by}'"
    arguments = f"{literal(words)}, {literal(groups)}, {reader}, {literal(partners)}, {literal(linked)}"
    plans = await watched.fetchval(f"EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) EXECUTE looked ({arguments})")
    (plan,) = json.loads(plans)
    read = 0
    for node in nodes_of(plan["Plan"]):
        if node.get("Index Name") in _CONDITIONS:
            assert all(each in node["Index Cond"] for each in _CONDITIONS[node["Index Name"]]), node
        if node.get("Relation Name") == "member_keys":
            assert node["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Heap Scan"), node
            assert node.get("Rows Removed by Filter", 0) == 0, node
            read += round(node["Actual Rows"] * node["Actual Loops"])
    return read, plan["Plan"]["Actual Rows"]


async def test_a_partner_reads_what_was_opened_to_it_and_nothing_else(watched: asyncpg.Connection) -> None:
    partner = await partner_of(watched)
    linked = [row[0] for row in await watched.fetch("SELECT group_id FROM app.partner_links")]
    assert len(linked) == PARTNER_GROUPS
    everywhere: tuple[list[UUID], None, list[UUID], list[UUID]] = ([], None, [partner], linked)
    total = PARTNER_GROUPS * MEMBERS
    assert await read_by(watched, ["member"], *everywhere) == (total, 200)
    # What is met without a slip is read once; what has one is read for the word, and then for whoever has it.
    assert await read_by(watched, ["mebmer"], *everywhere) == (2 * total, 200)
    assert await read_by(watched, ["xyzzyx"], *everywhere) == (0, 0)
    # Whoever closes her name to the partner is read no more, whatever she is called.
    await watched.execute(
        "DELETE FROM app.member_keys k USING app.members m WHERE k.opened_to = $1 AND m.tenant_id = k.tenant_id"
        " AND m.id = k.member_id AND m.number > 10",
        partner,
    )
    assert await read_by(watched, ["member"], *everywhere) == (PARTNER_GROUPS * 10, 200)
    assert await read_by(watched, ["member"], linked[:3], partner, [], []) == (30, 30)


async def test_whoever_sees_all_names_of_a_group_reads_those_of_that_group(
    volume: Volume, watched: asyncpg.Connection
) -> None:
    (group,) = volume.groups["member"]
    assert await read_by(watched, ["member"], [group], NOBODY, [], []) == (MEMBERS, MEMBERS)
    assert await read_by(watched, ["member", "17"], [group], NOBODY, [], []) == (MEMBERS + 1, 1)
    assert await read_by(watched, ["member"], [], NOBODY, [], []) == (0, 0)


async def test_who_finds_is_looked_up_one_by_one(volume: Volume, watched: asyncpg.Connection) -> None:
    """Nobody's whole register is read to show the few who were found."""
    statement = (
        "SELECT m.number, n.name FROM app.members m LEFT JOIN app.member_names n"
        " ON n.tenant_id = m.tenant_id AND n.member_id = m.id"
        " JOIN app.find_members('{member}', NULL) f ON f.tenant_id = m.tenant_id AND f.member_id = m.id"
    )
    async with entered(watched, volume.onlookers["partner"]):
        (plan,) = json.loads(await watched.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"))
    rows = {
        node["Relation Name"]: node["Actual Rows"] * node["Actual Loops"]
        for node in nodes_of(plan["Plan"])
        if "Relation Name" in node
    }
    assert rows == {"members": 200, "member_names": 200}
