"""Meetings that cannot be opened or closed as somebody wishes, and what each of them is told."""

from __future__ import annotations

from typing import Any

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.world import World

COUNT_AGAIN = "count again, look for what was not recorded, or give the reason for the difference."
EMPTY = "Write something here: this text may not be empty."


async def test_meeting_numbers_are_from_1_on_and_each_is_given_once(office: Office, world: World) -> None:
    first = await world.meeting(office.group, number=7)
    await world.close_meeting(office.group, first)
    for number in (0, -1, 100_001, 2_147_483_647):
        assert await office.refused("meetingOpen", number=number) == (
            "INVALID",
            "MEETING_NUMBER_INVALID",
            ["number"],
            "Give a meeting number from 1 to 100000, or leave it out to get the next one.",
        )
    assert await office.refused("meetingOpen", number=7) == (
        "CONFLICT",
        "MEETING_NUMBER_TAKEN",
        ["number"],
        "The group already has a meeting with this number: choose another, or leave it out to get the next one.",
    )
    assert await office.refused("meetingOpen", id=first) == (
        "CONFLICT",
        "ID_ALREADY_USED",
        ["id"],
        "This id already belongs to a record with other content: make a new id.",
    )


async def test_after_the_highest_meeting_number_none_is_given_by_itself(office: Office, world: World) -> None:
    await world.close_meeting(office.group, await world.meeting(office.group, number=100_000))
    assert (await office.refused("meetingOpen"))[1:3] == ("MEETING_NUMBER_INVALID", ["number"])


async def test_one_meeting_is_open_at_a_time(office: Office, world: World) -> None:
    await world.meeting(office.group, number=3)
    assert await office.refused("meetingOpen") == (
        "NOT_ALLOWED",
        "OTHER_MEETING_OPEN",
        [],
        "Meeting 3 of this group is still open: close it first.",
    )


async def test_a_venue_of_nobodys_imagination_is_refused(office: Office) -> None:
    assert await office.refused("meetingOpen", venue="v" * 100_000) == (
        "INVALID",
        "TEXT_TOO_LONG",
        ["venue"],
        "Shorten this text to at most 160 characters.",
    )


async def test_a_meeting_closes_only_on_counts_that_agree_or_are_explained(office: Office, world: World) -> None:
    meeting = await world.meeting(office.group)
    box = {"fund": "LOAN_FUND", "place": "BOX"}
    wish = {"meetingId": meeting, "expectedVersion": 1, "openingCounts": [], "closingCounts": []}

    async def refused(**fields: Any) -> tuple[str, str, list[str], str]:
        return await office.refused("meetingClose", **wish | fields)

    await office.client.do(
        "contributionsRecord",
        "meeting { id }",
        groupId=office.group.id,
        meetingId=meeting,
        items=[{"memberId": office.group.members[0], "kind": "SHARE", "shares": 5}],
    )
    assert await refused() == (
        "INVALID",
        "COUNT_MISSING",
        ["closingCounts"],
        "Count the cash box of the loan fund as well: the book has money there.",
    )
    assert await refused(closingCounts=[box | {"amount": "999.99"}]) == (
        "NOT_ALLOWED",
        "COUNT_DIFFERS",
        ["closingCounts", "0"],
        f"The cash box of the loan fund should hold 1000.00 but 999.99 was counted: {COUNT_AGAIN}",
    )
    assert await refused(openingCounts=[box | {"amount": "0.01"}]) == (
        "NOT_ALLOWED",
        "COUNT_DIFFERS",
        ["openingCounts", "0"],
        f"The cash box of the loan fund should hold 0.00 but 0.01 was counted: {COUNT_AGAIN}",
    )
    assert await refused(closingCounts=[box | {"amount": "1000"}, box | {"amount": "1000"}]) == (
        "INVALID",
        "COUNTED_TWICE",
        ["closingCounts", "1"],
        "Give one count for the cash box of the loan fund, not two.",
    )
    assert await refused(closingCounts=[box | {"amount": "-1"}]) == (
        "INVALID",
        "AMOUNT_NEGATIVE",
        ["closingCounts", "0", "amount"],
        "Give an amount of zero or more.",
    )
    assert await refused(closingCounts=[box | {"amount": "1", "reason": "r" * 2001}]) == (
        "INVALID",
        "TEXT_TOO_LONG",
        ["closingCounts", "0", "reason"],
        "Shorten this text to at most 2000 characters.",
    )
    assert await refused(closingCounts=[box | {"amount": "1", "reason": " "}]) == (
        "INVALID",
        "TEXT_TOO_SHORT",
        ["closingCounts", "0", "reason"],
        EMPTY,
    )
    assert await refused(expectedVersion=2) == (
        "CONFLICT",
        "VERSION_STALE",
        ["expectedVersion"],
        "The record has changed since you read it and is now at version 1: read it again.",
    )
    assert await refused(meetingId=new_id()) == (
        "NOT_FOUND",
        "MEETING_NOT_FOUND",
        ["meetingId"],
        "The group has no such meeting: check the meeting's id.",
    )
    explained = await office.client.do(
        "meetingClose",
        "meeting { status cashCounts { expected { amount } counted { amount } reason } }",
        groupId=office.group.id,
        **wish | {"closingCounts": [box | {"amount": "999.99", "reason": "A coin fell into the well."}]},
    )
    assert explained["meeting"] == {
        "status": "CLOSED",
        "cashCounts": [
            {
                "expected": {"amount": "1000.00"},
                "counted": {"amount": "999.99"},
                "reason": "A coin fell into the well.",
            }
        ],
    }
    assert await refused() == (
        "NOT_ALLOWED",
        "MEETING_CLOSED",
        ["meetingId"],
        "This meeting is closed and no longer changes: record a correction in the next meeting.",
    )
