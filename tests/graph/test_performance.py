"""How a member did over a time: derived from rolls, dues and the book, for her and for those who see her dues."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.groups import FineReasonWish
from domain.identifiers import new_id
from domain.policy import Visibility
from tests.graph.office import Office
from tests.support.api import Api
from tests.support.world import GroupOfPeople, World, shares, social_fund

PERFORMANCE = """performance(cycleId: $cycle, from: $from, to: $to) {
  startsOn endsOn
  attendance {
    recordedCount presentCount lateCount absentCount excusedCount representedCount attendanceRate punctualityRate
  }
  saving {
    meetingCount savedMeetingCount savingRate inTimeRate
    expected { amount } paidInTime { amount } outstanding { amount }
  }
  fines { leviedCount levied { amount } paid { amount } waived { amount } outstanding { amount } }
}"""
OF_ONE = f"""query Q($id: ID!, $cycle: ID, $from: Date, $to: Date) {{
  node(id: $id) {{ ... on Member {{ {PERFORMANCE} }} }} }}"""
OF_ALL = """query Q($id: ID!) { group(id: $id) { members(first: 50) { nodes {
  number performance { attendance { attendanceRate } }
} } } }"""
STATUSES = ("PRESENT", "LATE", "ABSENT", "PRESENT")


@pytest.fixture
async def days(world: World) -> list[date]:
    """When the group met, a week apart, up to today."""
    today = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    return [today - timedelta(days=7 * back) for back in (3, 2, 1, 0)]


async def met(api: Api, world: World, days: list[date], **rules: Any) -> Office:
    """The treasurer of a group that met four times: its fifth member came twice in time, once late, once not at all."""
    late = FineReasonWish(code="LATE", name="Came late", amount=Decimal(10))
    group = await world.group(fine_reasons=(late,), social_fund_amount=Decimal(20), **rules)
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.members SET joined_on = joined_on - 60")
    await world.superuser.execute("SET session_replication_role = origin")
    office = Office(api.client(group.treasurer), group, world)
    member = group.members[4]
    for number, (day, status) in enumerate(zip(days, STATUSES, strict=True)):
        meeting = await world.meeting(group, held_on=day)
        roll = {"groupId": group.id, "meetingId": meeting, "items": [{"memberId": member, "status": status}]}
        await office.client.do("rollCallRecord", "meeting { id }", **roll)
        # She saves in the first two, and pays for the social fund in the first and, for two, in the last.
        if number < 2:
            await world.record(group, meeting, shares(member, 1))
        if number in (0, 3):
            await world.record(group, meeting, social_fund(member, "20" if number == 0 else "40"))
        if status == "LATE":
            fine = {"groupId": group.id, "memberId": member, "meetingId": meeting, "reasonCode": "LATE"}
            await office.client.do("fineLevy", "fine { id }", **fine)
        if number == 3:
            paid = {"groupId": group.id, "memberId": member, "meetingId": meeting, "amount": "4"}
            await office.client.do("finePay", "entry { id }", **paid)
        if number < 3:
            await world.close_meeting(group, meeting)
    return office


async def performance(office: Office, client: Any = None, **asked: Any) -> Any:
    found = await (client or office.client).query(OF_ONE, id=office.group.members[4], **asked)
    return found["node"]["performance"]


async def test_all_of_a_membership_is_measured(api: Api, world: World, days: list[date]) -> None:
    office = await met(api, world, days)
    assert await performance(office) == {
        "startsOn": str(days[3] - timedelta(days=60)),
        "endsOn": str(days[3]),
        "attendance": {
            "recordedCount": 4,
            "presentCount": 2,
            "lateCount": 1,
            "absentCount": 1,
            "excusedCount": 0,
            "representedCount": 0,
            "attendanceRate": "75.00",
            "punctualityRate": "66.67",
        },
        "saving": {
            "meetingCount": 4,
            "savedMeetingCount": 2,
            "savingRate": "50.00",
            "expected": {"amount": "80.00"},
            "paidInTime": {"amount": "40.00"},
            "outstanding": {"amount": "20.00"},
            "inTimeRate": "50.00",
        },
        "fines": {
            "leviedCount": 1,
            "levied": {"amount": "10.00"},
            "paid": {"amount": "4.00"},
            "waived": {"amount": "0.00"},
            "outstanding": {"amount": "6.00"},
        },
    }


async def test_a_time_is_cut_to_its_days(api: Api, world: World, days: list[date]) -> None:
    office = await met(api, world, days)
    found = await performance(office, **{"from": str(days[1]), "to": str(days[2])})
    assert (found["startsOn"], found["endsOn"]) == (str(days[1]), str(days[2]))
    assert found["attendance"]["attendanceRate"] == "50.00"
    assert found["attendance"]["punctualityRate"] == "0.00"
    assert found["saving"] == {
        "meetingCount": 2,
        "savedMeetingCount": 1,
        "savingRate": "50.00",
        "expected": {"amount": "40.00"},
        "paidInTime": {"amount": "0.00"},
        # What was paid in the last meeting was not there yet.
        "outstanding": {"amount": "40.00"},
        "inTimeRate": "0.00",
    }
    assert found["fines"]["outstanding"] == {"amount": "10.00"}
    nothing = await performance(
        office, **{"from": str(days[0] - timedelta(days=9)), "to": str(days[0] - timedelta(days=1))}
    )
    rates = [nothing["attendance"][f"{name}Rate"] for name in ("attendance", "punctuality")]
    assert [*rates, nothing["saving"]["savingRate"], nothing["saving"]["inTimeRate"]] == [None] * 4
    assert nothing["fines"] == {
        "leviedCount": 0,
        **{name: {"amount": "0.00"} for name in ("levied", "paid", "waived", "outstanding")},
    }
    # No day is measured that has not come.
    ahead = await performance(office, to=str(days[3] + timedelta(days=50)))
    assert ahead["endsOn"] == str(days[3])


async def test_a_cycle_is_the_group_s_own(api: Api, world: World, days: list[date]) -> None:
    office = await met(api, world, days)
    group, cycle = office.group, new_id()
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute(
        "INSERT INTO app.cycles (tenant_id, id, number, starts_on, ended_on, created_by)"
        " VALUES ($1, $2, 1, $3, $4, $2)",
        group.id,
        cycle,
        days[0],
        days[1],
    )
    found = await performance(office, cycle=cycle)
    assert (found["startsOn"], found["endsOn"]) == (str(days[0]), str(days[1]))
    assert (found["attendance"]["recordedCount"], found["saving"]["savedMeetingCount"]) == (2, 2)
    other = await world.group()
    document = OF_ONE
    alien = await api.client(other.treasurer).query(document, id=other.members[4], cycle=cycle)
    assert alien == {"node": {"performance": None}}
    assert await performance(office, cycle=new_id()) is None


async def test_what_was_taken_back_counts_no_more(api: Api, world: World, days: list[date]) -> None:
    office = await met(api, world, days)
    group = office.group
    entries = await world.superuser.fetch(
        "SELECT id, kind FROM ledger.entries WHERE kind IN ('SHARE_PURCHASE', 'FINE_LEVIED', 'FINE_PAID')"
        " ORDER BY number"
    )
    chosen = {row["kind"]: row["id"] for row in entries}
    for kind in ("FINE_PAID", "FINE_LEVIED", "SHARE_PURCHASE"):
        wish = {"groupId": group.id, "entryId": chosen[kind], "reason": "Wrong"}
        await office.client.do("entryReverse", "entry { id }", **wish)
    found = await performance(office)
    assert found["saving"]["savedMeetingCount"] == 1
    assert found["fines"] == {
        "leviedCount": 0,
        **{name: {"amount": "0.00"} for name in ("levied", "paid", "waived", "outstanding")},
    }


@pytest.mark.parametrize("visibility", Visibility)
async def test_it_is_for_the_member_the_officers_and_whom_the_constitution_shows_all(
    api: Api, world: World, days: list[date], visibility: Visibility
) -> None:
    office = await met(api, world, days, visibility=visibility)
    is_shown = visibility is Visibility.ALL
    group: GroupOfPeople = office.group
    for who in (group.secretary, group.chair, group.treasurer, await world.auditor(group)):
        assert (await performance(office, api.client(who)))["attendance"]["recordedCount"] == 4
    found = await api.client(group.plain).send(OF_ONE, id=group.members[4])
    assert (found.body["data"]["node"]["performance"] is not None) is is_shown
    assert ("hidden" in found.extensions) is not is_shown
    own = await api.client(group.plain).query(OF_ONE, id=group.members[3])
    assert own["node"]["performance"]["saving"]["expected"] == {"amount": "80.00"}
    partner = await api.client(await world.partner(group, "ROWS")).query(OF_ONE, id=group.members[4])
    assert partner == {"node": {"performance": None}}


async def test_a_list_costs_no_more_statements_than_one(api: Api, world: World, days: list[date]) -> None:
    office = await met(api, world, days, members=12)
    one = await api.count_statements(office.client, OF_ONE, id=office.group.members[4])
    many = await api.count_statements(office.client, OF_ALL, id=office.group.id)
    counting = [text for text in many.sent if "meetings_saved" in text]
    assert len(counting) == 1
    # The group and its members take one statement more than one node does.
    assert many.count - one.count <= 1


async def test_a_time_that_is_none_is_refused(api: Api, world: World) -> None:
    group = await world.group()
    client = api.client(group.secretary)
    member: UUID = group.members[0]
    for asked in (
        {"cycle": new_id(), "from": "2026-01-01"},
        {"from": "2026-01-02", "to": "2026-01-01"},
        {"cycle": "x"},
    ):
        assert (await client.refused(OF_ONE, id=member, **asked))[0] == "BAD_USER_INPUT"
