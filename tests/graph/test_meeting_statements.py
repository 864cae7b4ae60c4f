"""How many statements a meeting takes, read and written: no more for 25 members than for a few."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.groups import FineReasonWish
from tests.support.api import Api
from tests.support.world import GroupOfPeople, World

REASONS = (
    FineReasonWish(code="LATE", name="Came late", amount=Decimal(20)),
    FineReasonWish(code="ABSENT", name="Stayed away", amount=Decimal(50)),
)
WHO = "member { name }"
ROLL = """
query Roll($id: ID!) { group(id: $id) { openMeeting {
  notes attendanceTotals { presentCount isQuorate }
  attendance(first: 100) { nodes { status excuse representative { name } representativeName %s } }
} } }
"""
FINES = """
query Fines($id: ID!) { group(id: $id) { openMeeting {
  fines(first: 40) { nodes { amount { amount } outstanding { amount } reason %s } }
} } }
"""
MEMBERS = """
query Members($id: ID!) { group(id: $id) { members(first: 25) { nodes {
  name dues { outstanding { amount } } attendance(first: 1) { nodes { status } }
  fines(first: 1) { nodes { reasonCode } }
} } } }
"""


async def hold(api: Api, world: World, group: GroupOfPeople) -> dict[str, int]:
    """A meeting of the group up to the roll and its fines; how many statements each of the requests took."""
    client, meeting = api.client(group.secretary), await world.meeting(group, notes="Rain")
    at: dict[str, Any] = {"groupId": group.id, "meetingId": meeting}
    items = [
        {"memberId": each, "status": "LATE" if number % 2 else "ABSENT", "excuse": "Ill"}
        for number, each in enumerate(group.members)
    ]
    items[0] = {"memberId": group.members[0], "status": "REPRESENTED", "representativeId": group.members[1]}
    taken = {}
    for words, mutation, selection, fields in (
        ("roll", "rollCallRecord", "items { status attendance { status } }", {"items": items}),
        ("fines", "rollCallFine", f"fines {{ outstanding {{ amount }} {WHO} }}", {}),
    ):
        with api.statements() as statements:
            await client.do(mutation, selection, **at, **fields)
        taken[words] = statements.count
    for words, document in (("roll page", ROLL % WHO), ("fines page", FINES % WHO), ("members page", MEMBERS)):
        taken[words] = (await api.count_statements(client, document, id=group.id)).count
    return taken


@pytest.fixture
async def few(world: World) -> GroupOfPeople:
    return await world.group(fine_reasons=REASONS, social_fund_amount=Decimal(20))


@pytest.fixture
async def many(world: World) -> GroupOfPeople:
    return await world.group(fine_reasons=REASONS, social_fund_amount=Decimal(20), members=25)


async def test_a_meeting_of_25_takes_as_many_statements_as_one_of_5(
    api: Api, world: World, few: GroupOfPeople, many: GroupOfPeople
) -> None:
    await hold(api, world, few)
    await world.close_meeting(few, await world.superuser.fetchval("SELECT id FROM app.meetings"))
    taken = await hold(api, world, few)
    assert await hold(api, world, many) == taken
    assert taken == {"roll": 7, "fines": 14, "roll page": 9, "fines page": 7, "members page": 11}
