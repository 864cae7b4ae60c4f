"""The roll call over HTTP: a sheet whose lines stand or fall each by itself, and what it says of a meeting."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api
from tests.support.world import World

LINES = "items { memberId status attendance { status version } userErrors { reason path message } }"
ROLL = """
query Roll($id: ID!) {
  group(id: $id) { openMeeting {
    attendance { totalCount nodes {
      status arrivedAt leftAt excuse representative { number } representativeName version member { number }
    } }
    attendanceTotals {
      memberCount recordedCount presentCount lateCount absentCount excusedCount representedCount
      quorumPercent quorumCount isQuorate
    }
  } }
}
"""


async def call(office: Office, meeting: Any, *items: dict[str, Any]) -> list[dict[str, Any]]:
    payload = await office.client.do(
        "rollCallRecord", LINES, groupId=office.group.id, meetingId=meeting, items=list(items)
    )
    lines: list[dict[str, Any]] = payload["items"]
    return lines


async def test_a_roll_says_who_was_there_and_whether_they_were_enough(api: Api, world: World) -> None:
    group = await world.group(quorum_percent=60)
    office = Office(api.client(group.secretary), group, world)
    meeting = await world.meeting(group)
    a, b, c, d, e = group.members
    lines = await call(
        office,
        meeting,
        {"memberId": a, "status": "PRESENT", "arrivedAt": "2026-11-20T07:00:00Z", "leftAt": "2026-11-20T09:00:00Z"},
        {"memberId": b, "status": "LATE", "arrivedAt": "2026-11-20T07:30:00Z", "excuse": "The bridge was out"},
        {"memberId": c, "status": "ABSENT"},
        {"memberId": d, "status": "EXCUSED", "excuse": "Ill"},
        {"memberId": e, "status": "REPRESENTED", "representativeId": a},
    )
    assert [(line["status"], line["attendance"]["version"]) for line in lines] == [("ACCEPTED", 1)] * 5
    answer = await office.client.query(ROLL, id=group.id)
    nothing = {"excuse": None, "representative": None, "representativeName": None, "arrivedAt": None, "leftAt": None}
    assert answer["group"]["openMeeting"] == {
        "attendance": {
            "totalCount": 5,
            "nodes": [
                nothing
                | {
                    "status": "PRESENT",
                    "arrivedAt": "2026-11-20T07:00:00.000000Z",
                    "leftAt": "2026-11-20T09:00:00.000000Z",
                    "version": 1,
                    "member": {"number": 1},
                },
                nothing
                | {
                    "status": "LATE",
                    "arrivedAt": "2026-11-20T07:30:00.000000Z",
                    "excuse": "The bridge was out",
                    "version": 1,
                    "member": {"number": 2},
                },
                nothing | {"status": "ABSENT", "version": 1, "member": {"number": 3}},
                nothing | {"status": "EXCUSED", "excuse": "Ill", "version": 1, "member": {"number": 4}},
                nothing
                | {"status": "REPRESENTED", "representative": {"number": 1}, "version": 1, "member": {"number": 5}},
            ],
        },
        "attendanceTotals": {
            "memberCount": 5,
            "recordedCount": 5,
            "presentCount": 1,
            "lateCount": 1,
            "absentCount": 1,
            "excusedCount": 1,
            "representedCount": 1,
            "quorumPercent": 60,
            "quorumCount": 3,
            "isQuorate": True,
        },
    }


async def test_a_sheet_that_is_sent_again_changes_lines_by_their_versions(office: Office, world: World) -> None:
    meeting = await world.meeting(office.group)
    a, b = office.group.members[:2]
    await call(
        office, meeting, {"memberId": a, "status": "ABSENT", "excuse": "Far"}, {"memberId": b, "status": "PRESENT"}
    )
    lines = await call(
        office,
        meeting,
        {"memberId": a, "status": "LATE"},
        {"memberId": b, "status": "PRESENT"},
        {"memberId": office.group.members[2], "status": "PRESENT", "expectedVersion": 1},
    )
    assert [(line["status"], line["attendance"] and line["attendance"]["version"]) for line in lines] == [
        ("REJECTED", 1),
        ("ACCEPTED", 1),
        ("REJECTED", None),
    ]
    assert lines[0]["userErrors"] == [
        {
            "reason": "VERSION_STALE",
            "path": ["items", "0", "expectedVersion"],
            "message": "The record has changed since you read it and is now at version 1: read it again.",
        }
    ]
    (line,) = await call(office, meeting, {"memberId": a, "status": "LATE", "expectedVersion": 1})
    assert line["attendance"] == {"status": "LATE", "version": 2}
    answer = await office.client.query(ROLL, id=office.group.id)
    assert answer["group"]["openMeeting"]["attendance"]["nodes"][0]["excuse"] is None


@pytest.mark.parametrize(
    ("fields", "reason", "path"),
    [
        ({"memberId": str(new_id())}, "MEMBER_NOT_ON_ROLL", "memberId"),
        ({"status": "ABSENT", "arrivedAt": "2026-11-20T07:00:00Z"}, "TIMES_OF_ABSENT", "arrivedAt"),
        ({"status": "EXCUSED", "leftAt": "2026-11-20T07:00:00Z"}, "TIMES_OF_ABSENT", "leftAt"),
        (
            {"arrivedAt": "2026-11-20T07:00:00Z", "leftAt": "2026-11-20T07:00:00Z"},
            "LEFT_BEFORE_ARRIVAL",
            "leftAt",
        ),
        ({"status": "REPRESENTED"}, "REPRESENTATIVE_MISSING", "representativeId"),
        ({"representative": "Her son"}, "REPRESENTATIVE_WITHOUT_NEED", "representative"),
        (
            {"status": "REPRESENTED", "representativeId": str(new_id())},
            "REPRESENTATIVE_NOT_ON_ROLL",
            "representativeId",
        ),
        ({"excuse": "e" * 501}, "TEXT_TOO_LONG", "excuse"),
        ({"status": "REPRESENTED", "representative": ""}, "TEXT_TOO_SHORT", "representative"),
    ],
)
async def test_a_line_that_is_wrong_is_refused_and_the_others_stand(
    fields: dict[str, Any], reason: str, path: str, office: Office, world: World
) -> None:
    meeting = await world.meeting(office.group)
    a, b = office.group.members[:2]
    good, bad = await call(
        office, meeting, {"memberId": a, "status": "PRESENT"}, {"memberId": b, "status": "PRESENT"} | fields
    )
    assert good["status"] == "ACCEPTED"
    assert (bad["status"], bad["attendance"]) == ("REJECTED", None)
    assert [(error["reason"], error["path"]) for error in bad["userErrors"]] == [(reason, ["items", "1", path])]
    assert await world.superuser.fetchval("SELECT count(*) FROM app.attendances") == 1


async def test_whoever_left_or_had_not_joined_is_on_no_roll(office: Office, world: World) -> None:
    meeting = await world.meeting(office.group)
    left, coming, today = office.group.members[2:5]
    day = await world.superuser.fetchval("SELECT held_on FROM app.meetings")
    await world.superuser.execute("SET session_replication_role = replica")
    for member, joined, gone in ((left, -9, 0), (coming, 1, None), (today, 0, 1)):
        await world.superuser.execute(
            "UPDATE app.members SET joined_on = $2::date + $3::integer, left_on = $2::date + $4::integer,"
            " status = CASE WHEN $4::integer IS NULL THEN 'ACTIVE' ELSE 'LEFT' END WHERE id = $1",
            member,
            day,
            joined,
            gone,
        )
    await world.superuser.execute("SET session_replication_role = origin")
    lines = await call(office, meeting, *({"memberId": each, "status": "PRESENT"} for each in (left, coming, today)))
    assert [line["status"] for line in lines] == ["REJECTED", "REJECTED", "ACCEPTED"]
    assert lines[0]["userErrors"][0] == {
        "reason": "MEMBER_NOT_ON_ROLL",
        "path": ["items", "0", "memberId"],
        "message": f"No member of this group on {day} has this id: who left before or joined later is on no roll. "
        "Check the member.",
    }
    answer = await office.client.query(ROLL, id=office.group.id)
    assert answer["group"]["openMeeting"]["attendanceTotals"]["memberCount"] == 3


async def test_one_member_stands_in_a_sheet_once(office: Office, world: World) -> None:
    meeting = await world.meeting(office.group)
    lines = await call(
        office, meeting, *({"memberId": office.group.members[0], "status": each} for each in ("PRESENT", "LATE"))
    )
    assert [line["status"] for line in lines] == ["ACCEPTED", "REJECTED"]
    assert lines[1]["userErrors"][0]["reason"] == "MEMBER_ON_ROLL_TWICE"


async def test_a_sheet_without_lines_or_with_too_many_is_refused(office: Office, world: World) -> None:
    meeting = await world.meeting(office.group)
    line = {"memberId": office.group.members[0], "status": "PRESENT"}
    assert (await office.refused("rollCallRecord", meetingId=meeting, items=[]))[1] == "ROLL_CALL_EMPTY"
    assert (await office.refused("rollCallRecord", meetingId=meeting, items=[line] * 201))[1] == "ROLL_CALL_TOO_LONG"
    assert (await office.refused("rollCallRecord", meetingId=new_id(), items=[line]))[1] == "MEETING_NOT_FOUND"


async def test_excuses_are_read_as_words_of_vouchers_are(api: Api, world: World) -> None:
    group = await world.group()
    office = Office(api.client(group.secretary), group, world)
    meeting = await world.meeting(group)
    await call(office, meeting, *({"memberId": each, "status": "EXCUSED", "excuse": "Ill"} for each in group.members))
    document = (
        "query Q($id: ID!) { group(id: $id) { openMeeting { attendance { nodes { status excuse"
        " member { number attendance { nodes { status } } } } } } } }"
    )
    plain = await api.client(group.plain).send(document, id=group.id)
    nodes = plain.data["group"]["openMeeting"]["attendance"]["nodes"]
    assert [node["status"] for node in nodes] == ["EXCUSED"] * 5
    assert [node["excuse"] for node in nodes] == [None, None, None, "Ill", None]
    assert plain.extensions["hidden"] == ["Attendance.excuse"]
    partner = await api.client(await world.partner(group, "ROWS")).send(document, id=group.id)
    assert [node["excuse"] for node in partner.data["group"]["openMeeting"]["attendance"]["nodes"]] == [None] * 5
    assert "Ill" not in partner.text
    totals = await api.client(await world.partner(group, "TOTALS")).send(document, id=group.id)
    assert totals.data["group"] == {"openMeeting": None}
