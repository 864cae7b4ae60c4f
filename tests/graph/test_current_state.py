"""Whoever was overtaken is refused, and shown the record as it stands: by its version, or by what became of it."""

from __future__ import annotations

import asyncio
from typing import Any

from domain.policy import Visibility
from tests.graph.office import Office
from tests.support.api import Answer, Api
from tests.support.world import World

STANDS = "meeting { status version }"


def overtaken(answer: Answer) -> tuple[str, Any]:
    """The reason of the refusal, and the record in its payload."""
    (payload,) = answer.data.values()
    (error,) = payload["userErrors"]
    (record,) = [value for name, value in payload.items() if name not in ("userErrors", "entry")]
    return error["reason"], record


async def test_two_who_close_a_meeting_at_once_both_learn_that_it_is_closed(
    api: Api, office: Office, world: World
) -> None:
    group = office.group
    wish = {"groupId": group.id, "meetingId": await world.meeting(group), "expectedVersion": 1}
    wish |= {"openingCounts": [], "closingCounts": []}
    clients = [api.client(group.secretary), api.client(group.chair)]
    answers = await asyncio.gather(*(client.mutate("meetingClose", STANDS, **wish) for client in clients))
    payloads = [answer.data["meetingClose"] for answer in answers]
    assert [payload["meeting"] for payload in payloads] == [{"status": "CLOSED", "version": 2}] * 2
    assert sorted(len(payload["userErrors"]) for payload in payloads) == [0, 1]
    assert await world.superuser.fetchval("SELECT count(*) FROM app.meetings WHERE status = 'CLOSED'") == 1


async def test_a_meeting_that_moved_on_is_shown(api: Api, office: Office) -> None:
    group, client = office.group, office.client
    planned = (await client.do("meetingPlan", "meeting { id }", groupId=group.id))["meeting"]["id"]
    of = {"groupId": group.id, "meetingId": planned}
    stale = await client.mutate("meetingRevise", STANDS, **of, expectedVersion=9, venue="Church")
    assert overtaken(stale) == ("VERSION_STALE", {"status": "DRAFT", "version": 1})
    early = await client.mutate("meetingReopen", STANDS, **of, expectedVersion=1)
    assert overtaken(early) == ("MEETING_NOT_CONFIRMED", {"status": "DRAFT", "version": 1})
    await client.do("meetingOpen", STANDS, groupId=group.id, plannedId=planned, expectedVersion=1)
    again = await api.client(group.chair).mutate(
        "meetingOpen", STANDS, groupId=group.id, plannedId=planned, expectedVersion=1
    )
    assert overtaken(again) == ("MEETING_BEGUN_ALREADY", {"status": "OPEN", "version": 2})
    # What is wrong with the request itself shows no record.
    answer = await client.mutate("meetingRevise", STANDS, **of, expectedVersion=2, venue="")
    assert overtaken(answer) == ("TEXT_TOO_SHORT", None)


async def test_an_account_a_draft_and_a_waiver_are_shown_as_they_stand(api: Api, office: Office) -> None:
    group, treasurer, chair = office.group, api.client(office.group.treasurer), api.client(office.group.chair)
    account = {"groupId": group.id, "accountId": group.account("5100")}
    stale = await treasurer.mutate("accountRename", "account { name version }", **account, expectedVersion=7, name="A")
    assert overtaken(stale) == ("VERSION_STALE", {"name": "Stationery and passbooks", "version": 1})
    draft = await treasurer.do(
        "adjustmentDraft",
        "draft { id }",
        groupId=group.id,
        memberId=group.members[4],
        balance="SAVINGS",
        direction="UP",
        amount="5",
        reason="Forgotten",
    )
    of = {"groupId": group.id, "draftId": draft["draft"]["id"], "expectedVersion": 1}
    await chair.do("draftPost", "draft { status }", **of)
    late = await chair.mutate("draftDiscard", "draft { status version }", **of)
    assert overtaken(late) == ("DRAFT_DECIDED", {"status": "POSTED", "version": 2})
    await office.client.do(
        "constitutionAmend", "group { id }", groupId=group.id, expectedVersion=1, reason="Voted", socialFundAmount="20"
    )
    waiver = await treasurer.do(
        "contributionWaiverRequest",
        "contributionWaiver { id }",
        groupId=group.id,
        memberId=group.members[4],
        kind="SOCIAL_FUND",
        amount="5",
        reason="Ill",
    )
    of = {"groupId": group.id, "waiverId": waiver["contributionWaiver"]["id"], "expectedVersion": 1}
    await chair.do("contributionWaiverDecide", "contributionWaiver { id }", **of, isApproved=True)
    late = await chair.mutate("contributionWaiverDecide", "contributionWaiver { status }", **of, isApproved=False)
    assert overtaken(late) == ("WAIVER_DECIDED", {"status": "APPROVED"})


async def test_whoever_may_not_see_the_record_is_not_shown_it(world: World, office: Office) -> None:
    other = await world.group(visibility=Visibility.OWN_ONLY)
    meeting = await world.meeting(other)
    answer = await office.client.mutate(
        "meetingRevise", STANDS, groupId=office.group.id, meetingId=meeting, expectedVersion=1, venue="Church"
    )
    assert overtaken(answer) == ("MEETING_NOT_FOUND", None)
