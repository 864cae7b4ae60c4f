"""Cycles through the API: one runs at a time, none covers a day of another, and a share costs the same throughout."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from domain.groups.cycles import CYCLE_DAYS_MAX
from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api, nothing_changes
from tests.support.world import World

CYCLE = "cycle { id number startsOn plannedEndOn endedOn version }"
READ = """
query Q($id: ID!) { group(id: $id) {
  currentCycle { number } cycles { totalCount nodes { number startsOn endedOn } }
} }
"""


@pytest.fixture
async def office(api: Api, world: World) -> Office:
    """The secretary of a group."""
    group = await world.group()
    return Office(api.client(group.secretary), group, world)


async def today(office: Office) -> date:
    found: date = await office.world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    return found


async def start(office: Office, **fields: Any) -> dict[str, Any]:
    return (await office.client.do("cycleStart", CYCLE, groupId=office.group.id, **fields))["cycle"]  # type: ignore[no-any-return]


async def end(office: Office, cycle: dict[str, Any], **fields: Any) -> dict[str, Any]:
    wish = {"groupId": office.group.id, "cycleId": cycle["id"], "expectedVersion": cycle["version"], **fields}
    return (await office.client.do("cycleEnd", CYCLE, **wish))["cycle"]  # type: ignore[no-any-return]


async def test_one_cycle_follows_another(api: Api, office: Office) -> None:
    day = await today(office)
    first_id = new_id()
    first = await start(office, id=first_id, startsOn=day - timedelta(days=400), plannedEndOn=day - timedelta(days=36))
    assert first == {
        "id": str(first_id),
        "number": 1,
        "startsOn": str(day - timedelta(days=400)),
        "plannedEndOn": str(day - timedelta(days=36)),
        "endedOn": None,
        "version": 1,
    }
    ended = await end(office, first, endedOn=day - timedelta(days=30))
    assert (ended["endedOn"], ended["version"]) == (str(day - timedelta(days=30)), 2)
    second = await start(office)
    assert (second["number"], second["startsOn"]) == (2, str(day))
    group = (await api.client(office.group.plain).query(READ, id=office.group.id))["group"]
    assert group == {
        "currentCycle": {"number": 2},
        "cycles": {
            "totalCount": 2,
            "nodes": [
                {"number": 2, "startsOn": str(day), "endedOn": None},
                {"number": 1, "startsOn": first["startsOn"], "endedOn": ended["endedOn"]},
            ],
        },
    }


async def test_no_cycle_begins_while_another_runs_or_on_a_day_of_another(office: Office) -> None:
    day = await today(office)
    cycle = await start(office, startsOn=day - timedelta(days=10))
    assert (await office.refused("cycleStart"))[:3] == ("CONFLICT", "CYCLE_RUNS", [])
    await end(office, cycle)
    assert (await office.refused("cycleStart"))[:3] == ("CONFLICT", "CYCLE_OVERLAPS", ["startsOn"])
    early = {"startsOn": day - timedelta(days=5)}
    assert (await office.refused("cycleStart", **early))[1:3] == ("CYCLE_OVERLAPS", ["startsOn"])


@pytest.mark.parametrize(
    ("shift", "reason", "path"),
    [
        ({"plannedEndOn": -1}, "CYCLE_ENDS_BEFORE_START", "plannedEndOn"),
        ({"plannedEndOn": CYCLE_DAYS_MAX + 1}, "CYCLE_TOO_LONG", "plannedEndOn"),
        ({"startsOn": 2}, "DATE_NOT_PLAUSIBLE", "startsOn"),
    ],
)
async def test_a_cycle_that_cannot_be_is_refused(office: Office, shift: dict[str, int], reason: str, path: str) -> None:
    day = await today(office)
    fields = {name: day + timedelta(days=days) for name, days in shift.items()}
    assert (await office.refused("cycleStart", **fields))[1:3] == (reason, [path])


async def test_a_cycle_is_ended_once_on_a_day_of_its_own_and_with_every_meeting_closed(office: Office) -> None:
    day = await today(office)
    cycle = await start(office)
    wish = {"cycleId": cycle["id"], "expectedVersion": 1}
    before = {**wish, "endedOn": day - timedelta(days=1)}
    assert (await office.refused("cycleEnd", **before))[1:3] == ("CYCLE_ENDS_BEFORE_START", ["endedOn"])
    assert (await office.refused("cycleEnd", **wish | {"cycleId": new_id()}))[1:3] == ("CYCLE_NOT_FOUND", ["cycleId"])
    stale = wish | {"expectedVersion": 2}
    assert (await office.refused("cycleEnd", **stale))[1:3] == ("VERSION_STALE", ["expectedVersion"])
    meeting = await office.world.meeting(office.group)
    assert (await office.refused("cycleEnd", **wish))[1:3] == ("MEETING_STILL_OPEN", ["cycleId"])
    await office.world.close_meeting(office.group, meeting)
    await end(office, cycle)
    assert (await office.refused("cycleEnd", **wish))[1:3] == ("CYCLE_ENDED", ["cycleId"])


async def test_a_share_costs_the_same_all_through_a_cycle(office: Office) -> None:
    day = await today(office)
    cycle = await start(office, plannedEndOn=day + timedelta(days=100))
    wish = {"expectedVersion": 1, "reason": "x", "sharePrice": "300"}
    assert (await office.refused("constitutionAmend", **wish))[:3] == (
        "NOT_ALLOWED",
        "SHARE_PRICE_FIXED_IN_CYCLE",
        ["sharePrice"],
    )
    after = {**wish, "effectiveOn": day + timedelta(days=101)}
    await office.client.do("constitutionAmend", "group { id }", groupId=office.group.id, **after)
    await end(office, cycle)
    more = {**wish, "expectedVersion": 2, "sharePrice": "350"}
    done = await office.client.do(
        "constitutionAmend", "group { constitution { sharePrice { amount } } }", groupId=office.group.id, **more
    )
    assert done["group"]["constitution"] == {"sharePrice": {"amount": "350.00"}}


async def test_only_the_officers_who_keep_the_register_start_cycles(api: Api, office: Office) -> None:
    for who in (office.group.treasurer, office.group.plain, await office.world.admin()):
        async with nothing_changes(office.world):
            answer = await api.client(who).mutate("cycleStart", CYCLE, groupId=office.group.id)
        assert answer.refusal[0] == "FORBIDDEN"


async def test_raw_sql_makes_no_second_cycle_and_changes_none_that_ended(office: Office) -> None:
    day = await today(office)
    cycle = await start(office, startsOn=day - timedelta(days=9))
    await end(office, cycle, endedOn=day - timedelta(days=2))
    insert = (
        "INSERT INTO app.cycles (tenant_id, id, number, starts_on, created_by)"
        " VALUES ($1, gen_random_uuid(), 2, $2, $1)"
    )
    assert await _attempt(office, insert, office.group.id, day - timedelta(days=5)) == "KB422"
    assert (
        await _attempt(office, "UPDATE app.cycles SET ended_on = NULL WHERE tenant_id = $1", office.group.id) == "KB405"
    )
    assert await _attempt(office, "UPDATE app.cycles SET starts_on = '2020-01-01'") == "42501"
    assert await _attempt(office, insert, office.group.id, day - timedelta(days=1)) is None
    assert await _attempt(office, insert.replace(" 2,", " 3,"), office.group.id, day - timedelta(days=1)) in (
        "KB422",
        "23505",
    )


async def _attempt(office: Office, statement: str, *arguments: object) -> str | None:
    """The state with which the database refuses a statement of the secretary's; None where it does not."""
    try:
        async with office.world.transaction(office.group.secretary) as connection:
            await connection.execute("SELECT app.enter_write($1)", [office.group.id])
            await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None
