"""Totals for whoever sees totals and no rows: they are the sums of the rows, and nothing else comes with them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.groups import ContributionTypeWish, Frequency
from domain.identifiers import new_id
from domain.ledger.accounts import Fund
from domain.meetings.rollcall import AttendanceStatus, RecordRollCall, RollItem, record_roll_call
from domain.policy import Visibility
from domain.savings.dues import DueKind
from domain.savings.waivers import DecideWaiver, RequestWaiver, decide_waiver, request_waiver
from tests.graph.office import Office
from tests.ledger.moving import savings
from tests.support.api import Api
from tests.support.world import GroupOfPeople, Person, World, social_fund

FREQUENCIES = (
    Frequency.FLEXIBLE,
    Frequency.WEEKLY,
    Frequency.FORTNIGHTLY,
    Frequency.MONTHLY,
    Frequency.QUARTERLY,
    Frequency.YEARLY,
)
LEVIES = tuple(
    ContributionTypeWish(
        code=frequency.value,
        name=frequency.value.capitalize(),
        amount=Decimal(10 + number),
        frequency=frequency,
        fund=Fund.LOAN_FUND,
        is_mandatory=True,
    )
    for number, frequency in enumerate(FREQUENCIES)
)
GIFT = ContributionTypeWish(code="GIFT", name="Gift", amount=None, frequency=Frequency.FLEXIBLE, fund=Fund.LOAN_FUND)
STATUSES = (
    (AttendanceStatus.PRESENT, AttendanceStatus.LATE, AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED),
    (AttendanceStatus.REPRESENTED, AttendanceStatus.PRESENT, AttendanceStatus.PRESENT, AttendanceStatus.ABSENT),
    (AttendanceStatus.PRESENT, AttendanceStatus.PRESENT, AttendanceStatus.PRESENT, AttendanceStatus.PRESENT),
)
"""Of the first four members in each meeting; the fifth stands on no roll."""
DAYS = (date(2026, 1, 8), date(2026, 1, 15), date(2026, 4, 2))

AMOUNTS = "expected { amount } paid { amount } waived { amount } outstanding { amount }"
DUES = f"""query($id: ID!, $asOf: Date) {{ group(id: $id) {{ members(first: 9) {{ nodes {{
    dues(asOf: $asOf) {{ kind typeCode name {AMOUNTS} }}
}} }} }} }}"""
ARREARS = (
    f"query($id: ID!, $asOf: Date) {{ group(id: $id) {{ arrears(asOf: $asOf) {{ kind typeCode name {AMOUNTS} }} }} }}"
)
COUNTS = "memberCount recordedCount presentCount lateCount absentCount excusedCount representedCount"
ROLLS = f"""query($id: ID!, $from: Date, $to: Date) {{ group(id: $id) {{
    attendanceTotals(from: $from, to: $to) {{ meetingCount {COUNTS} }}
    rolls(first: 5, from: $from, to: $to) {{
      totalCount nodes {{ number kind heldOn totals {{ {COUNTS} quorumPercent quorumCount isQuorate }} }}
    }}
}} }}"""
FROM_MEETINGS = f"""query($id: ID!) {{ group(id: $id) {{ meetings(first: 5) {{ nodes {{
    number kind heldOn attendanceTotals {{ {COUNTS} quorumPercent quorumCount isQuorate }}
}} }} }} }}"""
ROWS = """query($id: ID!) { group(id: $id) {
    members(first: 9) { nodes { id dues { kind } } } meetings(first: 9) { nodes { id } }
    contributions(first: 9) { nodes { id } } contributionWaivers(first: 9) { nodes { id } }
} }"""


async def as_it_was(world: World, group: GroupOfPeople) -> None:
    """Members who joined before, in the midst, and left; and a second version of the constitution, from a day on."""
    run = world.superuser.execute
    await run("SET session_replication_role = replica")
    await run("UPDATE app.members SET joined_on = '2026-01-01'")
    await run("UPDATE app.members SET joined_on = '2026-01-10' WHERE id = $1", group.members[1])
    await run("UPDATE app.members SET left_on = '2026-02-03', status = 'LEFT' WHERE id = $1", group.members[4])
    await run("UPDATE app.constitutions SET adopted_on = '2026-01-10' WHERE tenant_id = $1", group.id)
    await run(
        "INSERT INTO app.constitutions SELECT (c).* FROM (SELECT jsonb_populate_record(x, jsonb_build_object("
        "'version', 2, 'adopted_on', '2026-03-02', 'social_fund_amount', 35, 'contribution_frequency', 'MONTHLY'"
        ")) AS c FROM app.constitutions x WHERE tenant_id = $1 AND version = 1) y",
        group.id,
    )
    await run("SET session_replication_role = origin")


@pytest.fixture
async def office(api: Api, world: World) -> Office:
    """A secretary whose group held three meetings, with something of everything that counts."""
    group = await world.group(
        social_fund_amount=Decimal(20),
        contribution_amount=Decimal(50),
        contribution_frequency=Frequency.WEEKLY,
        contribution_types=(*LEVIES, GIFT),
        can_absent_members_pay=False,
        quorum_percent=60,
    )
    await as_it_was(world, group)
    client = api.client(group.secretary)
    for day, statuses in zip(DAYS, STATUSES, strict=True):
        meeting = await world.meeting(group, held_on=day)
        items = tuple(
            RollItem(
                member_id=member,
                status=status,
                representative="Her son" if status is AttendanceStatus.REPRESENTED else None,
            )
            for member, status in zip(group.members, statuses, strict=False)
            if not (day == DAYS[0] and member == group.members[1])
        )
        roll = RecordRollCall(group_id=group.id, idempotency_key=new_id(), meeting_id=meeting, items=items)
        await world.succeed(group.secretary, record_roll_call, roll)
        payer = group.members[0]
        await world.record(group, meeting, social_fund(payer, "45"), savings(payer, "700"))
        levies = [{"memberId": payer, "kind": "OTHER", "typeCode": each.code} for each in (*LEVIES[:3], GIFT)]
        levies[-1]["amount"] = "5"
        await client.do("contributionsRecord", "meeting { id }", groupId=group.id, meetingId=meeting, items=levies)
        await world.close_meeting(group, meeting)
    wish = RequestWaiver(
        group_id=group.id,
        idempotency_key=new_id(),
        member_id=group.members[2],
        kind=DueKind.SOCIAL_FUND,
        amount=Decimal(15),
        counts_on=DAYS[1],
        reason="Ill",
    )
    waiver = await world.succeed(group.secretary, request_waiver, wish)
    decision = DecideWaiver(
        group_id=group.id, idempotency_key=new_id(), waiver_id=waiver, expected_version=1, is_approved=True
    )
    await world.succeed(group.chair, decide_waiver, decision)
    return Office(client, group, world)


def added_up(members: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The dues of all members as totals, in the order of kind and code."""
    sums: dict[tuple[Any, ...], list[Decimal]] = {}
    for member in members:
        for due in member["dues"]:
            total = sums.setdefault((due["kind"], due["typeCode"], due["name"]), [Decimal(0)] * 4)
            for place, name in enumerate(("expected", "paid", "waived", "outstanding")):
                total[place] += Decimal(due[name]["amount"])
    order = ["SAVINGS", "SOCIAL_FUND", "OTHER"]
    return [(*key, *sums[key]) for key in sorted(sums, key=lambda key: (order.index(key[0]), key[1] or ""))]


def shown(totals: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("expected", "paid", "waived", "outstanding")
    return [
        (each["kind"], each["typeCode"], each["name"], *(Decimal(each[name]["amount"]) for name in names))
        for each in totals
    ]


@pytest.mark.parametrize(
    "day", [None, "2025-12-31", "2026-01-08", "2026-01-15", "2026-02-01", "2026-03-31", "2026-12-31"]
)
async def test_arrears_are_the_sums_of_what_single_members_owe(api: Api, office: Office, day: str | None) -> None:
    variables = {"id": office.group.id, "asOf": day}
    members = (await office.client.query(DUES, **variables))["group"]["members"]["nodes"]
    partner = api.client(await office.world.partner(office.group, "TOTALS"))
    totals = (await partner.query(ARREARS, **variables))["group"]["arrears"]
    assert shown(totals) == added_up(members)
    if day == "2026-01-15":
        # Two meetings, of whoever was there and a member; 20 each, 90 paid, 15 waived.
        (social,) = [each for each in shown(totals) if each[0] == "SOCIAL_FUND"]
        assert social == ("SOCIAL_FUND", None, None, 120, 90, 15, 65)


async def test_attendance_totals_are_those_of_the_meetings(api: Api, office: Office) -> None:
    group = office.group
    meetings = (await office.client.query(FROM_MEETINGS, id=group.id))["group"]["meetings"]["nodes"]
    partner = api.client(await office.world.partner(group, "TOTALS"))
    answer = (await partner.query(ROLLS, id=group.id))["group"]
    assert answer["rolls"]["totalCount"] == 3
    for roll, meeting in zip(answer["rolls"]["nodes"], meetings, strict=True):
        assert roll == {
            **{name: meeting[name] for name in ("number", "kind", "heldOn")},
            "totals": meeting["attendanceTotals"],
        }
    # The second member joined after the first meeting, the fifth left before the last.
    assert answer["attendanceTotals"] == {
        "meetingCount": 3,
        "memberCount": 4 + 5 + 4,
        "recordedCount": 3 + 4 + 4,
        "presentCount": 1 + 2 + 4,
        "lateCount": 0,
        "absentCount": 1 + 1,
        "excusedCount": 1,
        "representedCount": 1,
    }
    window = (await partner.query(ROLLS, id=group.id, **{"from": "2026-01-09", "to": "2026-01-31"}))["group"]
    assert [roll["number"] for roll in window["rolls"]["nodes"]] == [2]
    assert window["attendanceTotals"]["meetingCount"] == 1
    assert window["attendanceTotals"]["representedCount"] == 1
    empty = (await partner.query(ROLLS, id=group.id, **{"from": "2027-01-01"}))["group"]
    assert set(empty["attendanceTotals"].values()) == {0}


async def test_a_partner_with_totals_sees_totals_and_no_row(api: Api, office: Office) -> None:
    world, group = office.world, office.group
    who = await world.partner(group, "TOTALS")
    answer = (await api.client(who).query(ROWS, id=group.id))["group"]
    assert answer == {name: {"nodes": []} for name in ("members", "meetings", "contributions", "contributionWaivers")}
    text = (await api.client(who).send(ARREARS, id=group.id)).text
    assert not any(str(member) in text for member in group.members)
    async with world.transaction(who) as connection:
        for table in ("app.members", "app.meetings", "app.attendances", "app.contributions", "ledger.lines"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
        columns = await connection.fetchrow("SELECT * FROM app.arrears_totals($1, NULL) LIMIT 1", [group.id])
        assert list(columns.keys()) == [
            *("tenant_id", "kind", "type_code", "name", "expected", "paid", "waived", "outstanding")
        ]


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_who_sees_which_totals(api: Api, world: World, visibility: Visibility) -> None:
    group = await world.group(visibility=visibility, social_fund_amount=Decimal(20))
    meeting = await world.meeting(group)
    await world.record(group, meeting, social_fund(group.members[0], "20"))
    sees = visibility is not Visibility.OWN_ONLY
    seers: list[tuple[Person, bool, bool]] = [
        (group.plain, sees, True),
        (group.treasurer, True, True),
        (await world.auditor(group), True, True),
        (await world.institution_staff(group), True, True),
        (await world.admin(), True, True),
        (await world.partner(group, "TOTALS"), True, True),
        (await world.person(), False, False),
        ((await world.group()).treasurer, False, False),
    ]
    for who, arrears, rolls in seers:
        answer = (await api.client(who).query(ARREARS, id=group.id))["group"]
        assert bool(answer and answer["arrears"]) is arrears
        answer = (await api.client(who).query(ROLLS, id=group.id))["group"]
        assert bool(answer and answer["rolls"]["totalCount"]) is rolls
        async with world.transaction(who) as connection:
            found = await connection.fetch("SELECT * FROM app.arrears_totals($1, NULL)", [group.id])
            assert bool(found) is arrears
            assert bool(await connection.fetch("SELECT * FROM app.meeting_rolls($1)", group.id)) is rolls


async def test_nobody_who_did_not_enter_is_told_a_total(world: World) -> None:
    group = await world.group(social_fund_amount=Decimal(20))
    async with world.superuser.transaction():
        await world.superuser.execute("SET LOCAL ROLE kibubu_app")
        try:
            found = await world.superuser.fetch("SELECT * FROM app.arrears_totals($1, NULL)", [group.id])
        except asyncpg.PostgresError:
            found = []
    assert found == []
