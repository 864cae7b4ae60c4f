"""Meetings from the plan to the close: the calendar, what is said of them, the second officer, and what is refused."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.calendar import TimeZone, local_date
from domain.groups import Frequency
from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World

WHOLE = (
    "meeting { id number status kind mode heldOn venue startsAt endsAt link agenda notes facilitator { id } openedAt"
    " confirmedAt confirmedBy version }"
)


async def plan(client: Client, group: UUID, **fields: Any) -> dict[str, Any]:
    payload = await client.do("meetingPlan", WHOLE, groupId=group, **fields)
    meeting: dict[str, Any] = payload["meeting"]
    return meeting


async def test_a_meeting_is_planned_changed_opened_confirmed_and_closed(api: Api, world: World) -> None:
    group = await world.group()
    secretary, treasurer = api.client(group.secretary), api.client(group.treasurer)
    planned = await plan(
        secretary,
        group.id,
        heldOn="2027-03-04",
        kind="ANNUAL",
        mode="HYBRID",
        venue="Church hall",
        link="https://meet.example.org/umoja",
        startsAt="2027-03-04T07:00:00Z",
        facilitatorId=group.members[1],
        agenda="Elections",
    )
    assert planned == {
        "id": planned["id"],
        "number": 1,
        "status": "DRAFT",
        "kind": "ANNUAL",
        "mode": "HYBRID",
        "heldOn": "2027-03-04",
        "venue": "Church hall",
        "startsAt": "2027-03-04T07:00:00.000000Z",
        "endsAt": None,
        "link": "https://meet.example.org/umoja",
        "agenda": "Elections",
        "notes": None,
        "facilitator": {"id": str(group.members[1])},
        "openedAt": None,
        "confirmedAt": None,
        "confirmedBy": None,
        "version": 1,
    }
    changed = await secretary.do(
        "meetingRevise",
        WHOLE,
        groupId=group.id,
        meetingId=planned["id"],
        expectedVersion=1,
        heldOn="2026-11-19",
        number=7,
        venue="School",
        agenda="Elections, accounts",
        cleared=["STARTS_AT", "FACILITATOR"],
    )
    assert changed["meeting"] == planned | {
        "heldOn": "2026-11-19",
        "number": 7,
        "venue": "School",
        "agenda": "Elections, accounts",
        "startsAt": None,
        "facilitator": None,
        "version": 2,
    }
    opened = await secretary.do(
        "meetingOpen", WHOLE, groupId=group.id, plannedId=planned["id"], expectedVersion=2, notes="Begun late"
    )
    assert opened["meeting"] == changed["meeting"] | {
        "status": "OPEN",
        "notes": "Begun late",
        "openedAt": opened["meeting"]["openedAt"],
        "version": 4,
    }
    assert opened["meeting"]["openedAt"] is not None
    confirmed = await treasurer.do(
        "meetingConfirm", WHOLE, groupId=group.id, meetingId=planned["id"], expectedVersion=4
    )
    assert confirmed["meeting"]["status"] == "CONFIRMED"
    assert confirmed["meeting"]["confirmedBy"] == str(group.treasurer.user_id)
    closed = await secretary.do(
        "meetingClose",
        "meeting { status version confirmedBy }",
        groupId=group.id,
        meetingId=planned["id"],
        expectedVersion=5,
        openingCounts=[],
        closingCounts=[],
    )
    assert closed["meeting"] == {"status": "CLOSED", "version": 6, "confirmedBy": str(group.treasurer.user_id)}


@pytest.mark.parametrize(
    ("frequency", "dates"),
    [
        ("WEEKLY", ["2027-01-08", "2027-01-15"]),
        ("FORTNIGHTLY", ["2027-01-15", "2027-01-29"]),
        ("MONTHLY", ["2027-02-01", "2027-03-01"]),
        ("QUARTERLY", ["2027-04-01", "2027-07-01"]),
        ("YEARLY", ["2028-01-01"]),
    ],
)
async def test_the_calendar_goes_on_from_the_last_meeting_held_or_planned(
    frequency: str, dates: list[str], api: Api, world: World
) -> None:
    group = await world.group(meeting_frequency=Frequency(frequency))
    secretary = api.client(group.secretary)
    await plan(secretary, group.id, heldOn="2027-01-01")
    # A special meeting is none of the calendar's.
    await plan(secretary, group.id, heldOn="2027-12-24", kind="SPECIAL")
    assert [(await plan(secretary, group.id))["heldOn"] for _ in dates] == dates


async def test_the_first_meeting_of_the_calendar_is_today_and_a_missed_one_is_not_planned_again(
    api: Api, world: World
) -> None:
    group = await world.group()
    secretary = api.client(group.secretary)
    now = await world.superuser.fetchval("SELECT now()")
    today: date = local_date(now, TimeZone("Africa/Nairobi"))
    assert (await plan(secretary, group.id))["heldOn"] == today.isoformat()
    other = await world.group()
    await world.close_meeting(other, await world.meeting(other, held_on=date.fromordinal(today.toordinal() - 20)))
    planned = await plan(api.client(other.secretary), other.id)
    assert planned["heldOn"] == date.fromordinal(today.toordinal() + 1).isoformat()


async def test_a_group_that_meets_as_it_decides_has_no_next_date(api: Api, world: World) -> None:
    group = await world.group(meeting_frequency=Frequency.FLEXIBLE)
    office = Office(api.client(group.secretary), group, world)
    assert await office.refused("meetingPlan") == (
        "INVALID",
        "MEETING_DATE_MISSING",
        ["heldOn"],
        "This group meets as it decides: give the date of the next meeting.",
    )


@pytest.mark.parametrize(
    ("fields", "reason", "path"),
    [
        ({"mode": "VIRTUAL"}, "MEETING_LINK_MISSING", ["link"]),
        ({"link": "javascript:alert(1)"}, "MEETING_LINK_INVALID", ["link"]),
        ({"link": "https://a b"}, "MEETING_LINK_INVALID", ["link"]),
        ({"heldOn": "2027-01-01", "startsAt": "2026-12-31T20:00:00Z"}, "MEETING_STARTS_ON_ANOTHER_DAY", ["startsAt"]),
        (
            {"heldOn": "2027-01-01", "startsAt": "2027-01-01T09:00:00Z", "endsAt": "2027-01-01T09:00:00Z"},
            "MEETING_TIMES_OUT_OF_ORDER",
            ["endsAt"],
        ),
        ({"facilitatorId": str(new_id())}, "FACILITATOR_NOT_IN_GROUP", ["facilitatorId"]),
        ({"heldOn": "2100-01-01"}, "DATE_NOT_PLAUSIBLE", ["heldOn"]),
        ({"agenda": "a" * 4001}, "TEXT_TOO_LONG", ["agenda"]),
        ({"notes": " "}, "TEXT_TOO_SHORT", ["notes"]),
        ({"number": 0}, "MEETING_NUMBER_INVALID", ["number"]),
    ],
)
async def test_what_is_said_of_a_meeting_agrees_with_itself(
    fields: dict[str, Any], reason: str, path: list[str], office: Office
) -> None:
    assert (await office.refused("meetingPlan", **fields))[1:3] == (reason, path)


async def test_an_evening_in_nairobi_is_the_day_of_the_meeting(api: Api, world: World) -> None:
    group = await world.group()
    planned = await plan(api.client(group.secretary), group.id, heldOn="2027-01-02", startsAt="2027-01-01T22:30:00Z")
    assert planned["startsAt"] == "2027-01-01T22:30:00.000000Z"


async def test_number_and_date_stay_once_a_meeting_is_open(office: Office, world: World) -> None:
    meeting = await world.meeting(office.group, held_on=date(2026, 11, 18))
    wish = {"meetingId": meeting, "expectedVersion": 1}
    sentence = "The number and the date of a meeting stay once it is open, since what is recorded counts for them."
    for field, value in (("heldOn", "2026-11-19"), ("number", 9)):
        assert await office.refused("meetingRevise", **wish, **{field: value}) == (
            "NOT_ALLOWED",
            "MEETING_DATE_FIXED",
            [field],
            sentence,
        )
    same = await office.client.do(
        "meetingRevise", "meeting { version notes }", groupId=office.group.id, **wish, heldOn="2026-11-18", notes="Rain"
    )
    assert same["meeting"] == {"version": 2, "notes": "Rain"}
    assert await office.refused("meetingRevise", **wish, notes="Sun") == (
        "CONFLICT",
        "VERSION_STALE",
        ["expectedVersion"],
        "The record has changed since you read it and is now at version 2: read it again.",
    )


async def test_a_planned_meeting_takes_nothing_and_is_opened_once(office: Office) -> None:
    group = office.group
    planned = await plan(office.client, group.id, heldOn="2026-11-19")
    assert await office.refused(
        "fineLevy", meetingId=planned["id"], memberId=group.members[4], amount="5", reason="Late"
    ) == (
        "NOT_ALLOWED",
        "MEETING_NOT_OPEN",
        ["meetingId"],
        "This meeting is planned and not open yet: open it first.",
    )
    wish = {"plannedId": planned["id"]}
    assert (await office.refused("meetingOpen", **wish))[1:3] == ("PLAN_VERSION_MISSING", ["expectedVersion"])
    assert (await office.refused("meetingOpen", **wish, expectedVersion=2))[1] == "VERSION_STALE"
    assert (await office.refused("meetingOpen", plannedId=new_id(), expectedVersion=1))[1:3] == (
        "MEETING_NOT_FOUND",
        ["plannedId"],
    )
    await office.client.do("meetingOpen", "meeting { id }", groupId=group.id, **wish, expectedVersion=1)
    assert (await office.refused("meetingOpen", **wish, expectedVersion=2))[1:3] == (
        "MEETING_BEGUN_ALREADY",
        ["plannedId"],
    )


async def test_another_officer_confirms_than_the_one_who_opened(api: Api, world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    office = Office(api.client(group.secretary), group, world)
    wish = {"meetingId": meeting, "expectedVersion": 1}
    assert await office.refused("meetingConfirm", **wish) == (
        "NOT_ALLOWED",
        "MEETING_OPENED_BY_YOURSELF",
        [],
        "You opened this meeting yourself: let another officer confirm it.",
    )
    treasurer = api.client(group.treasurer)
    await treasurer.do("meetingConfirm", "meeting { status }", groupId=group.id, **wish)
    assert await office.refused(
        "fineLevy", meetingId=meeting, memberId=group.members[4], amount="5", reason="Late"
    ) == (
        "NOT_ALLOWED",
        "MEETING_NOT_OPEN",
        ["meetingId"],
        "This meeting was confirmed and takes nothing more: reopen it first, or record it in the next meeting.",
    )
    assert (await office.refused("meetingRevise", meetingId=meeting, expectedVersion=2, notes="x"))[1] == (
        "MEETING_NOT_OPEN"
    )
    assert (await office.refused("meetingOpen"))[1] == "OTHER_MEETING_OPEN"
    reopened = await treasurer.do(
        "meetingReopen",
        "meeting { status confirmedAt confirmedBy version }",
        groupId=group.id,
        meetingId=meeting,
        expectedVersion=2,
    )
    assert reopened["meeting"] == {"status": "OPEN", "confirmedAt": None, "confirmedBy": None, "version": 3}
    assert (await office.refused("meetingReopen", meetingId=meeting, expectedVersion=3))[1] == "MEETING_NOT_CONFIRMED"


async def test_where_the_constitution_wants_a_second_officer_none_closes_alone(api: Api, world: World) -> None:
    group = await world.group(is_second_officer_required=True)
    office = Office(api.client(group.secretary), group, world)
    meeting = await world.meeting(group)
    wish = {"meetingId": meeting, "openingCounts": [], "closingCounts": []}
    assert await office.refused("meetingClose", **wish, expectedVersion=1) == (
        "NOT_ALLOWED",
        "CONFIRMATION_MISSING",
        ["meetingId"],
        (
            "A second officer confirms a meeting before it is closed (constitution, version 1): let another officer "
            "than the one who opened it confirm it."
        ),
    )
    await api.client(group.chair).do(
        "meetingConfirm", "meeting { id }", groupId=group.id, meetingId=meeting, expectedVersion=1
    )
    await office.client.do("meetingClose", "meeting { id }", groupId=group.id, **wish, expectedVersion=2)


async def test_what_is_counted_after_the_confirmation_is_posted_and_nothing_else(api: Api, world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    secretary = api.client(group.secretary)
    await secretary.do(
        "contributionsRecord",
        "items { status }",
        groupId=group.id,
        meetingId=meeting,
        items=[{"memberId": group.members[0], "kind": "SHARE", "shares": 1}],
    )
    await api.client(group.chair).do(
        "meetingConfirm", "meeting { id }", groupId=group.id, meetingId=meeting, expectedVersion=1
    )
    closed = await secretary.do(
        "meetingClose",
        "meeting { status totals { kind amount { amount } } }",
        groupId=group.id,
        meetingId=meeting,
        expectedVersion=2,
        openingCounts=[],
        closingCounts=[{"fund": "LOAN_FUND", "place": "BOX", "amount": "190", "reason": "A coin was lost"}],
    )
    assert closed["meeting"] == {
        "status": "CLOSED",
        "totals": [
            {"kind": "CASH_DIFFERENCE", "amount": {"amount": "-10.00"}},
            {"kind": "SHARE_PURCHASE", "amount": {"amount": "200.00"}},
        ],
    }


async def test_of_two_officers_who_close_at_once_one_wins(api: Api, world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)

    async def close(client: Client) -> list[dict[str, Any]]:
        answer = await client.mutate(
            "meetingClose",
            "meeting { status }",
            groupId=group.id,
            meetingId=meeting,
            expectedVersion=1,
            openingCounts=[],
            closingCounts=[],
        )
        errors: list[dict[str, Any]] = answer.data["meetingClose"]["userErrors"]
        return errors

    both = await asyncio.gather(close(api.client(group.secretary)), close(api.client(group.chair)))
    assert sorted(errors[0]["reason"] if errors else "CLOSED" for errors in both) == ["CLOSED", "MEETING_CLOSED"]
    (refused,) = next(errors for errors in both if errors)
    assert (
        refused["message"] == "This meeting is closed and no longer changes: record a correction in the next meeting."
    )


async def test_a_closed_meeting_refuses_every_change(api: Api, world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    await world.close_meeting(group, meeting)
    office = Office(api.client(group.chair), group, world)
    for mutation, fields in (
        ("meetingRevise", {"expectedVersion": 2, "notes": "x"}),
        ("meetingConfirm", {"expectedVersion": 2}),
        ("meetingReopen", {"expectedVersion": 2}),
        ("meetingClose", {"expectedVersion": 2, "openingCounts": [], "closingCounts": []}),
    ):
        assert (await office.refused(mutation, meetingId=meeting, **fields))[1] == "MEETING_CLOSED", mutation
    assert await office.refused(
        "rollCallRecord", meetingId=meeting, items=[{"memberId": group.members[0], "status": "PRESENT"}]
    ) == (
        "NOT_ALLOWED",
        "ROLL_CLOSED",
        ["meetingId"],
        (
            "The roll of a closed meeting stays as it was called: write the correction into the notes of the next "
            "meeting, and waive there what was fined by mistake."
        ),
    )


async def test_meetings_are_listed_by_date_and_kind(api: Api, world: World) -> None:
    group = await world.group()
    secretary = api.client(group.secretary)
    for day, kind in (("2027-01-01", "REGULAR"), ("2027-03-01", "SPECIAL"), ("2027-02-01", "REGULAR")):
        await plan(secretary, group.id, heldOn=day, kind=kind)
    answer = await secretary.query(
        "query Q($id: ID!) { group(id: $id) {"
        " latest: meetings(orderBy: LATEST) { nodes { heldOn } }"
        ' early: meetings(orderBy: EARLIEST, from: "2027-01-15", to: "2027-02-15") { nodes { heldOn } }'
        " special: meetings(kind: SPECIAL) { totalCount nodes { heldOn } } } }",
        id=group.id,
    )
    assert answer["group"] == {
        "latest": {"nodes": [{"heldOn": "2027-03-01"}, {"heldOn": "2027-02-01"}, {"heldOn": "2027-01-01"}]},
        "early": {"nodes": [{"heldOn": "2027-02-01"}]},
        "special": {"totalCount": 1, "nodes": [{"heldOn": "2027-03-01"}]},
    }


async def test_a_partner_who_is_shown_rows_does_not_read_what_was_written(api: Api, world: World) -> None:
    group: GroupOfPeople = await world.group()
    await plan(
        api.client(group.secretary),
        group.id,
        heldOn="2027-01-01",
        agenda="Wanja's loan",
        link="https://meet.example.org",
    )
    partner = api.client(await world.partner(group, "NAMES"))
    answer = await partner.send(
        "query Q($id: ID!) { group(id: $id) { meetings { nodes { heldOn agenda notes link } } } }", id=group.id
    )
    assert answer.data["group"]["meetings"]["nodes"] == [
        {"heldOn": "2027-01-01", "agenda": None, "notes": None, "link": None}
    ]
    assert answer.extensions["hidden"] == ["Meeting.agenda", "Meeting.link", "Meeting.notes"]
    assert "Wanja" not in answer.text
