"""What is recorded of a day goes by the constitution of that day, whatever was adopted since, and refusals cite it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.groups import FineReasonWish
from tests.graph.office import Office
from tests.support.api import Api, nothing_changes
from tests.support.world import World

LATE = FineReasonWish(code="LATE", name="Came late", amount=Decimal(20))
FINE = "fine { amount { amount } reasonName constitutionVersion }"


@pytest.fixture
async def today(world: World) -> date:
    found: date = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    return found


@pytest.fixture
async def amended(api: Api, world: World) -> Office:
    """The secretary of a group whose second version, of today, sells fewer shares and fines more for another reason."""
    group = await world.group(fine_reasons=(LATE,), social_fund_amount=Decimal(20))
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.members SET joined_on = joined_on - 30")
    await world.superuser.execute("SET session_replication_role = origin")
    office = Office(api.client(group.secretary), group, world)
    await office.client.do(
        "constitutionAmend",
        "group { id }",
        groupId=group.id,
        expectedVersion=1,
        reason="We voted",
        sharePrice="300",
        sharesMax=2,
        canAbsentMembersPay=False,
        fineReasons=[
            {"code": "LATE", "name": "Late again", "amount": "35"},
            {"code": "PHONE", "name": "Telephone", "amount": "5"},
        ],
        contributionTypes=[{"code": "FUNERAL", "name": "Funeral", "amount": "15", "fund": "SOCIAL_FUND"}],
    )
    return office


async def sheet(office: Office, meeting: UUID, **item: Any) -> list[dict[str, Any]]:
    """What is wrong with a sheet of one line, which changes nothing if anything is."""
    fields = {"groupId": office.group.id, "meetingId": meeting}
    answer = await office.client.mutate(
        "contributionsRecord",
        "items { userErrors { reason path expected constitutionVersion maximum } }",
        **fields,
        items=[{"memberId": office.group.members[4], **item}],
    )
    (line,) = answer.data["contributionsRecord"]["items"]
    errors: list[dict[str, Any]] = line["userErrors"]
    return errors


async def test_shares_are_sold_at_the_price_and_within_the_limits_of_the_meeting_s_day(
    amended: Office, world: World, today: date
) -> None:
    before = await world.meeting(amended.group, held_on=today - timedelta(days=1))
    async with nothing_changes(world, but_for_keys=True):
        (error,) = await sheet(amended, before, kind="SHARE", shares=1, amount="300")
        assert error == {
            "reason": "AMOUNT_NOT_SHARES_TIMES_PRICE",
            "path": ["items", "0", "amount"],
            "expected": "200.00",
            "constitutionVersion": 1,
            "maximum": None,
        }
        (error,) = await sheet(amended, before, kind="SHARE", shares=6)
        assert (error["reason"], error["constitutionVersion"], error["maximum"]) == ("SHARES_OUTSIDE_LIMITS", 1, 5)
        (error,) = await sheet(amended, before, kind="OTHER", typeCode="FUNERAL")
        assert (error["reason"], error["constitutionVersion"]) == ("CONTRIBUTION_TYPE_UNKNOWN", 1)
    assert await sheet(amended, before, kind="SHARE", shares=4, amount="800") == []
    await world.close_meeting(amended.group, before)
    now = await world.meeting(amended.group)
    (error,) = await sheet(amended, now, kind="SHARE", shares=4)
    assert (error["reason"], error["constitutionVersion"], error["maximum"]) == ("SHARES_OUTSIDE_LIMITS", 2, 2)
    assert await sheet(amended, now, kind="SHARE", shares=2, amount="600") == []
    assert await sheet(amended, now, kind="OTHER", typeCode="FUNERAL") == []


async def test_whether_the_absent_may_pay_is_asked_of_the_meeting_s_day(
    amended: Office, world: World, today: date
) -> None:
    group = amended.group
    for day, expected in ((today - timedelta(days=1), []), (today, [("ABSENT_MEMBER_PAYS", 2)])):
        meeting = await world.meeting(group, held_on=day)
        await amended.client.do(
            "rollCallRecord",
            "meeting { id }",
            groupId=group.id,
            meetingId=meeting,
            items=[{"memberId": group.members[4], "status": "ABSENT"}],
        )
        errors = await sheet(amended, meeting, kind="SOCIAL_FUND", amount="20")
        assert [(error["reason"], error["constitutionVersion"]) for error in errors] == expected
        await world.close_meeting(group, meeting)


async def test_a_fine_is_for_the_reasons_and_of_the_amounts_of_its_day(
    amended: Office, world: World, today: date
) -> None:
    group = amended.group
    before = await world.meeting(group, held_on=today - timedelta(days=1))
    wish = {"groupId": group.id, "memberId": group.members[4]}
    for place in ({"meetingId": before}, {"on": str(today - timedelta(days=1))}):
        refused = await amended.refused("fineLevy", memberId=group.members[4], reasonCode="PHONE", **place)
        assert refused == (
            "NOT_ALLOWED",
            "FINE_REASON_UNKNOWN",
            ["reasonCode"],
            (
                "The constitution (version 1) knows no fine for this reason: check the code, or let the group amend "
                "the constitution first."
            ),
        )
        refused = await amended.refused("fineLevy", memberId=group.members[4], reasonCode="LATE", amount="35", **place)
        assert refused[1] == "FINE_AMOUNT_DIFFERS"
        assert "(version 1) asks 20.00" in refused[3]
        payload = await amended.client.do("fineLevy", FINE, reasonCode="LATE", **wish, **place)
        assert payload["fine"] == {
            "amount": {"amount": "20.00"},
            "reasonName": "Came late",
            "constitutionVersion": 1,
        }
    payload = await amended.client.do("fineLevy", FINE, reasonCode="LATE", **wish)
    assert payload["fine"] == {"amount": {"amount": "35.00"}, "reasonName": "Late again", "constitutionVersion": 2}


async def test_the_roll_is_fined_by_the_constitution_of_the_meeting_s_day(
    amended: Office, world: World, today: date
) -> None:
    group = amended.group
    before = await world.meeting(group, held_on=today - timedelta(days=1))
    await amended.client.do(
        "rollCallRecord",
        "meeting { id }",
        groupId=group.id,
        meetingId=before,
        items=[{"memberId": group.members[4], "status": "LATE"}],
    )
    refused = await amended.refused("rollCallFine", meetingId=before, lateCode="PHONE", absentCode=None)
    assert (refused[1], refused[2]) == ("FINE_REASON_UNKNOWN", ["lateCode"])
    assert "(version 1)" in refused[3]
    payload = await amended.client.do(
        "rollCallFine",
        "fines { amount { amount } constitutionVersion }",
        groupId=group.id,
        meetingId=before,
        absentCode=None,
    )
    assert payload["fines"] == [{"amount": {"amount": "20.00"}, "constitutionVersion": 1}]


async def test_what_was_to_hold_from_later_and_was_amended_before_holds_on_no_day(
    api: Api, world: World, today: date
) -> None:
    group = await world.group()
    office = Office(api.client(group.secretary), group, world)
    amend = {"groupId": group.id, "reason": "We voted"}
    ahead = today + timedelta(days=1)
    await office.client.do(
        "constitutionAmend", "group { id }", **amend, expectedVersion=1, sharesMax=1, effectiveOn=str(ahead)
    )
    await office.client.do("constitutionAmend", "group { id }", **amend, expectedVersion=2, sharesMax=3)
    meeting = await world.meeting(group)
    (error,) = await sheet(office, meeting, kind="SHARE", shares=4)
    assert (error["constitutionVersion"], error["maximum"]) == (3, 3)
