"""What was outstanding of fines, and what rolls said, as of a moment: an older answer comes again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.groups import FineReasonWish
from tests.graph.office import Office
from tests.support.api import Api
from tests.support.world import World

REASONS = (
    FineReasonWish(code="LATE", name="Came late", amount=Decimal(20)),
    FineReasonWish(code="ABSENT", name="Stayed away", amount=Decimal(50)),
)
NOW = """query Q($id: ID!) { node(id: $id) { ... on Member {
  balances { finesOwed { amount } } fines(first: 9, orderBy: OLDEST) { nodes { outstanding { amount } } }
} } }"""
AFTER = """query Q($id: ID!, $entry: Int!) { node(id: $id) { ... on Member {
  balances(asOfEntry: $entry) { finesOwed { amount } }
  fines(first: 9, orderBy: OLDEST) { nodes { outstanding(asOfEntry: $entry) { amount } } }
} } }"""
ON = """query Q($id: ID!, $on: Date!) { node(id: $id) { ... on Member {
  balances(asOf: $on) { finesOwed { amount } }
  fines(first: 9, orderBy: OLDEST, to: $on) { nodes { leviedOn outstanding(asOf: $on) { amount } } }
} } }"""


@pytest.fixture
async def strict(api: Api, world: World) -> Office:
    """The treasurer of a group whose constitution lists reasons."""
    group = await world.group(fine_reasons=REASONS)
    return Office(api.client(group.treasurer), group, world)


def told(answer: dict[str, Any]) -> tuple[str, list[str]]:
    """What is owed, and what is outstanding of each fine."""
    node = answer["node"]
    return node["balances"]["finesOwed"]["amount"], [fine["outstanding"]["amount"] for fine in node["fines"]["nodes"]]


async def levy(office: Office, code: str, **fields: Any) -> str:
    wish = {"groupId": office.group.id, "memberId": office.group.members[4], "reasonCode": code}
    made: str = (await office.client.do("fineLevy", "fine { id }", **wish, **fields))["fine"]["id"]
    return made


async def test_what_was_outstanding_after_each_entry_is_told_again(strict: Office, api: Api, world: World) -> None:
    group, member = strict.group, strict.group.members[4]
    wish = {"groupId": group.id, "memberId": member}
    steps = []

    async def note() -> None:
        number = await world.superuser.fetchval("SELECT max(number) FROM ledger.entries")
        steps.append((number, told(await strict.client.query(NOW, id=member))))

    first = await levy(strict, "LATE")
    await note()
    second = await levy(strict, "ABSENT")
    await note()
    named = await strict.client.do("finePay", "entry { id }", **wish, amount="15", fineId=second)
    await note()
    await strict.client.do("finePay", "entry { id }", **wish, amount="30")
    await note()
    third = await levy(strict, "LATE", isPaid=True)
    await note()
    await api.client(group.chair).do("fineWaive", "entry { id }", **wish, amount="10", reason="She was ill")
    await note()
    back = {"groupId": group.id, "reason": "Wrong"}
    await strict.client.do("entryReverse", "entry { id }", **back, entryId=named["entry"]["id"])
    await note()
    await strict.client.do("entryReverse", "entry { id }", **back, entryId=first)
    await note()
    assert [outcome for _, outcome in steps][:4] == [
        ("20.00", ["20.00"]),
        ("70.00", ["20.00", "50.00"]),
        ("55.00", ["20.00", "35.00"]),
        ("25.00", ["0.00", "25.00"]),
    ]
    fines = 3
    for number, (owed, outstanding) in steps:
        found = told(await strict.client.query(AFTER, id=member, entry=number))
        # What had not been levied by then is outstanding with nothing.
        assert found == (owed, outstanding + ["0.00"] * (fines - len(outstanding))), number
    assert told(await strict.client.query(AFTER, id=member, entry=0)) == ("0.00", ["0.00"] * fines)
    # All that is outstanding is what is owed, whatever the moment.
    for _, (owed, outstanding) in steps[:6]:
        assert sum(map(Decimal, outstanding)) == Decimal(owed)
    assert third


async def test_what_was_outstanding_on_a_date_goes_by_the_dates_that_entries_count_for(
    strict: Office, world: World
) -> None:
    member = strict.group.members[4]
    today: date = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    days = [today - timedelta(days=back) for back in (30, 20, 10)]
    wish = {"groupId": strict.group.id, "memberId": member}
    # Booked today, in another order than the days that they count for.
    second = await levy(strict, "ABSENT", on=str(days[1]))
    await levy(strict, "LATE", on=str(days[0]))
    await strict.client.do("finePay", "entry { id }", **wish, amount="5", fineId=second, on=str(days[2]))
    await strict.client.do("entryReverse", "entry { id }", groupId=strict.group.id, entryId=second, reason="Wrong")
    expected = {
        days[0] - timedelta(days=1): ("0.00", []),
        days[0]: ("20.00", ["20.00"]),
        days[1]: ("70.00", ["50.00", "20.00"]),
        days[2]: ("65.00", ["45.00", "20.00"]),
        today - timedelta(days=1): ("65.00", ["45.00", "20.00"]),
    }
    for day, outcome in expected.items():
        assert told(await strict.client.query(ON, id=member, on=str(day))) == outcome, day
    since = "query Q($id: ID!, $on: Date!) { node(id: $id) { ... on Member { fines(from: $on) { totalCount } } } }"
    assert (await strict.client.query(since, id=member, on=str(days[1])))["node"] == {"fines": {"totalCount": 1}}


async def test_what_rolls_said_is_cut_to_the_days_of_their_meetings(strict: Office, world: World) -> None:
    group, member = strict.group, strict.group.members[4]
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.members SET joined_on = joined_on - 90")
    today: date = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    days = [today - timedelta(days=back) for back in (30, 20, 10)]
    for day, status in zip(days, ("LATE", "ABSENT", "PRESENT"), strict=True):
        meeting = await world.meeting(group, held_on=day)
        roll = {"groupId": group.id, "meetingId": meeting, "items": [{"memberId": member, "status": status}]}
        await strict.client.do("rollCallRecord", "meeting { id }", **roll)
        await world.close_meeting(group, meeting)
    document = """query Q($id: ID!, $from: Date, $to: Date) { node(id: $id) { ... on Member {
      attendance(from: $from, to: $to) { totalCount nodes { status } } } } }"""
    for first, last, statuses in (
        (None, None, ["PRESENT", "ABSENT", "LATE"]),
        (None, days[1], ["ABSENT", "LATE"]),
        (days[1], days[1], ["ABSENT"]),
        (days[1] + timedelta(days=1), None, ["PRESENT"]),
    ):
        asked = {"from": None if first is None else str(first), "to": None if last is None else str(last)}
        found = (await strict.client.query(document, id=member, **asked))["node"]["attendance"]
        assert found == {"totalCount": len(statuses), "nodes": [{"status": each} for each in statuses]}
