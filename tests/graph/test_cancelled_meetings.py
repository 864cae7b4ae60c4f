"""A planned meeting that is called off: for a reason, for good, and never one with records."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api, nothing_changes
from tests.support.world import Person, World

CANCELLED = "meeting { id number status version cancelReason openedAt }"
LISTED = """
query Q($id: ID!, $status: MeetingStatus) {
  group(id: $id) { meetings(first: 5, status: $status) { totalCount nodes { id } } attendanceTotals { meetingCount } }
}
"""


async def plan(office: Office, days: int = 0) -> str:
    day: date = await office.world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    wish = {"groupId": office.group.id, "heldOn": str(day + timedelta(days=days))}
    meeting: str = (await office.client.do("meetingPlan", "meeting { id }", **wish))["meeting"]["id"]
    return meeting


async def cancel(office: Office, meeting: str, **fields: Any) -> dict[str, Any]:
    wish = {
        "groupId": office.group.id,
        "meetingId": meeting,
        "expectedVersion": 1,
        "reason": " The river rose ",
        **fields,
    }
    return (await office.client.do("meetingCancel", CANCELLED, **wish))["meeting"]  # type: ignore[no-any-return]


async def listed(office: Office, status: str | None = None) -> tuple[set[str], int]:
    group = (await office.client.query(LISTED, id=office.group.id, status=status))["group"]
    return {node["id"] for node in group["meetings"]["nodes"]}, group["attendanceTotals"]["meetingCount"]


async def test_a_planned_meeting_is_called_off_and_stays_in_the_list(office: Office, world: World) -> None:
    gone, kept = await plan(office), await plan(office, 7)
    assert await cancel(office, gone) == {
        "id": gone,
        "number": 1,
        "status": "CANCELLED",
        "version": 2,
        "cancelReason": "The river rose",
        "openedAt": None,
    }
    assert await listed(office) == ({gone, kept}, 0)
    assert await listed(office, "CANCELLED") == ({gone}, 0)
    assert await listed(office, "DRAFT") == ({kept}, 0)
    trail = await world.superuser.fetch(
        "SELECT action, actor_id FROM app.audit WHERE entity = 'meeting' AND entity_id = $1 ORDER BY occurred_at, id",
        UUID(gone),
    )
    assert [row["action"] for row in trail][-1] == "UPDATE"
    assert {row["actor_id"] for row in trail} == {office.group.secretary.user_id}


async def test_a_cancelled_meeting_takes_nothing_and_never_comes_back(office: Office) -> None:
    meeting = await plan(office)
    await cancel(office, meeting)
    for mutation, fields, reason in (
        ("meetingCancel", {"expectedVersion": 2, "reason": "x"}, "MEETING_NOT_PLANNED"),
        ("meetingRevise", {"expectedVersion": 2, "notes": "x"}, "MEETING_NOT_OPEN"),
        ("meetingClose", {"expectedVersion": 2, "openingCounts": [], "closingCounts": []}, "MEETING_NOT_OPEN"),
        ("meetingConfirm", {"expectedVersion": 2}, "MEETING_NOT_OPEN"),
        ("meetingReopen", {"expectedVersion": 2}, "MEETING_NOT_CONFIRMED"),
        (
            "rollCallRecord",
            {"items": [{"memberId": office.group.members[0], "status": "PRESENT"}]},
            "MEETING_NOT_OPEN",
        ),
        ("voteOpen", {"question": "Shall we?"}, "MEETING_NOT_OPEN"),
    ):
        assert (await office.refused(mutation, meetingId=meeting, **fields))[1] == reason, mutation
    error = await office.refused("meetingOpen", plannedId=meeting, expectedVersion=2)
    assert error[1] == "MEETING_BEGUN_ALREADY"


async def test_what_cannot_be_cancelled_is_refused(office: Office, world: World) -> None:
    meeting = await plan(office)
    wish = {"meetingId": meeting, "expectedVersion": 1, "reason": "Rain"}
    assert (await office.refused("meetingCancel", **wish | {"expectedVersion": 2}))[1] == "VERSION_STALE"
    assert (await office.refused("meetingCancel", **wish | {"reason": " "}))[1:3] == ("TEXT_TOO_SHORT", ["reason"])
    assert (await office.refused("meetingCancel", **wish | {"reason": "x" * 501}))[1:3] == ("TEXT_TOO_LONG", ["reason"])
    assert (await office.refused("meetingCancel", **wish | {"meetingId": new_id()}))[1] == "MEETING_NOT_FOUND"
    held = await world.meeting(office.group)
    assert (await office.refused("meetingCancel", **wish | {"meetingId": held}))[:3] == (
        "NOT_ALLOWED",
        "MEETING_NOT_PLANNED",
        ["meetingId"],
    )


@pytest.mark.parametrize("who", ["treasurer", "plain"])
async def test_who_does_not_keep_the_meetings_cancels_none(api: Api, office: Office, world: World, who: str) -> None:
    meeting = await plan(office)
    client = api.client(getattr(office.group, who))
    wish = {"groupId": office.group.id, "meetingId": meeting, "expectedVersion": 1, "reason": "Rain"}
    async with nothing_changes(world):
        answer = await client.mutate("meetingCancel", "__typename", **wish)
        assert answer.error["extensions"]["code"] == "FORBIDDEN"


async def test_raw_sql_cancels_nothing_without_a_reason_nor_what_was_opened(office: Office, world: World) -> None:
    group = office.group
    meeting = await plan(office)
    cancelled = "UPDATE app.meetings SET status = 'CANCELLED' WHERE tenant_id = $1 AND id = $2"
    async with nothing_changes(world):
        assert await _refusal(world, group.secretary, cancelled, group.id, UUID(meeting)) == "KB405"
    await cancel(office, meeting)
    held = await world.meeting(group)
    async with nothing_changes(world):
        for status in ("DRAFT", "OPEN", "CLOSED"):
            back = f"UPDATE app.meetings SET status = '{status}' WHERE tenant_id = $1 AND id = $2"
            assert await _refusal(world, group.secretary, back, group.id, UUID(meeting)) == "KB405"
        words = "UPDATE app.meeting_texts SET cancel_reason = 'x' WHERE tenant_id = $1 AND meeting_id = $2"
        assert await _refusal(world, group.secretary, words, group.id, UUID(meeting)) == "KB405"
        assert await _refusal(world, group.secretary, cancelled, group.id, held) == "KB405"


async def _refusal(world: World, who: Person, statement: str, group: UUID, meeting: UUID) -> str | None:
    try:
        async with world.transaction(who) as connection:
            await connection.execute("SELECT app.enter_write($1)", [group])
            await connection.execute(statement, group, meeting)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None
