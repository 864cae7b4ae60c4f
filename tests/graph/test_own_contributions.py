"""What the group's constitution says of contributions: its own types, and whether the absent may pay."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.groups import ContributionTypeWish, Frequency
from domain.ledger.accounts import Fund
from tests.graph.office import Office
from tests.ledger.book import both_verifications
from tests.support.api import Api
from tests.support.world import World

TYPES = (
    ContributionTypeWish(
        code="FUNERAL", name="Funeral fund", amount=Decimal(100), frequency=Frequency.MONTHLY, fund=Fund.SOCIAL_FUND
    ),
    ContributionTypeWish(code="SEEDLINGS", name="Seedlings", fund=Fund.LOAN_FUND),
)
LINES = (
    "items { status contribution { kind typeCode amount { amount } } userErrors { code reason path message } }"
    " meeting { totals { kind amount { amount } entryCount } }"
)


@pytest.fixture
async def office(api: Api, world: World) -> Office:
    group = await world.group(
        contribution_types=TYPES, can_absent_members_pay=False, can_representatives_buy_shares=False
    )
    return Office(api.client(group.secretary), group, world)


async def record(office: Office, meeting: Any, *items: dict[str, Any]) -> dict[str, Any]:
    return await office.client.do(
        "contributionsRecord", LINES, groupId=office.group.id, meetingId=meeting, items=list(items)
    )


async def test_a_contribution_of_the_group_s_own_goes_into_the_fund_that_it_names(office: Office, world: World) -> None:
    group, meeting = office.group, await world.meeting(office.group)
    a, b = group.members[:2]
    payload = await record(
        office,
        meeting,
        {"memberId": a, "kind": "OTHER", "typeCode": "FUNERAL"},
        {"memberId": b, "kind": "OTHER", "typeCode": "FUNERAL", "amount": "60", "place": "MOBILE_MONEY"},
        {"memberId": a, "kind": "OTHER", "typeCode": "SEEDLINGS", "amount": "35"},
    )
    assert [item["contribution"] for item in payload["items"]] == [
        {"kind": "OTHER", "typeCode": code, "amount": {"amount": amount}}
        for code, amount in (("FUNERAL", "100.00"), ("FUNERAL", "60.00"), ("SEEDLINGS", "35.00"))
    ]
    assert payload["meeting"]["totals"] == [
        {"kind": "OTHER_CONTRIBUTION", "amount": {"amount": "195.00"}, "entryCount": 3}
    ]
    answer = await office.client.query(
        "query Q($id: ID!) { group(id: $id) { accounts { code balance { amount } }"
        ' contributions(first: 5, typeCode: "FUNERAL") { totalCount } } }',
        id=group.id,
    )
    balances = {account["code"]: account["balance"]["amount"] for account in answer["group"]["accounts"]}
    assert {code: balances[code] for code in ("1110", "1210", "1230", "3200", "4300")} == {
        "1110": "35.00",
        "1210": "100.00",
        "1230": "60.00",
        "3200": "160.00",
        "4300": "35.00",
    }
    assert answer["group"]["contributions"] == {"totalCount": 2}
    assert await both_verifications(world, group.id) == []


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, ("INVALID", "CONTRIBUTION_TYPE_MISSING", "typeCode")),
        ({"typeCode": "HOLIDAY", "amount": "5"}, ("NOT_ALLOWED", "CONTRIBUTION_TYPE_UNKNOWN", "typeCode")),
        (
            {"kind": "SOCIAL_FUND", "typeCode": "FUNERAL", "amount": "5"},
            ("INVALID", "CONTRIBUTION_TYPE_ONLY_FOR_OTHER", "typeCode"),
        ),
        ({"typeCode": "SEEDLINGS"}, ("INVALID", "AMOUNT_MISSING", "amount")),
        ({"typeCode": "FUNERAL", "shares": 1}, ("INVALID", "SHARES_ONLY_FOR_SHARE_PURCHASE", "shares")),
        ({"typeCode": "FUNERAL", "amount": "0"}, ("INVALID", "AMOUNT_NOT_POSITIVE", "amount")),
    ],
)
async def test_a_contribution_that_the_constitution_does_not_know_is_refused(
    fields: dict[str, Any], refusal: tuple[str, str, str], office: Office, world: World
) -> None:
    meeting = await world.meeting(office.group)
    payload = await record(office, meeting, {"memberId": office.group.members[0], "kind": "OTHER"} | fields)
    (error,) = payload["items"][0]["userErrors"]
    assert (error["code"], error["reason"], error["path"]) == (*refusal[:2], ["items", "0", refusal[2]])
    assert await world.superuser.fetchval("SELECT count(*) FROM ledger.entries") == 0


async def test_who_is_absent_pays_nothing_where_the_constitution_says_so(office: Office, world: World) -> None:
    group, meeting = office.group, await world.meeting(office.group)
    absent, excused, represented, late, _unread = group.members
    await office.client.do(
        "rollCallRecord",
        "meeting { id }",
        groupId=group.id,
        meetingId=meeting,
        items=[
            {"memberId": absent, "status": "ABSENT"},
            {"memberId": excused, "status": "EXCUSED"},
            {"memberId": represented, "status": "REPRESENTED", "representative": "Her son"},
            {"memberId": late, "status": "LATE"},
        ],
    )
    share = [{"memberId": who, "kind": "SHARE", "shares": 1} for who in group.members]
    payload = await record(
        office, meeting, *share, *({"memberId": who, "kind": "SOCIAL_FUND", "amount": "20"} for who in group.members)
    )
    assert [item["status"] for item in payload["items"]] == [
        *("REJECTED", "REJECTED", "REJECTED", "ACCEPTED", "ACCEPTED"),
        *("REJECTED", "REJECTED", "ACCEPTED", "ACCEPTED", "ACCEPTED"),
    ]
    assert payload["items"][0]["userErrors"] == [
        {
            "code": "NOT_ALLOWED",
            "reason": "ABSENT_MEMBER_PAYS",
            "path": ["items", "0", "memberId"],
            "message": "The constitution (version 1) takes no money from a member who is absent: correct the roll if "
            "she is here, or let her pay in the next meeting.",
        }
    ]
    assert payload["items"][2]["userErrors"] == [
        {
            "code": "NOT_ALLOWED",
            "reason": "REPRESENTATIVE_BUYS_SHARES",
            "path": ["items", "2", "memberId"],
            "message": "The constitution (version 1) sells no shares to whoever comes in a member's place: let her buy "
            "them herself in the next meeting.",
        }
    ]


async def test_where_the_constitution_allows_it_the_absent_pay(api: Api, world: World) -> None:
    group = await world.group()
    office = Office(api.client(group.secretary), group, world)
    meeting = await world.meeting(group)
    await office.client.do(
        "rollCallRecord",
        "meeting { id }",
        groupId=group.id,
        meetingId=meeting,
        items=[{"memberId": group.members[0], "status": "ABSENT"}],
    )
    payload = await record(office, meeting, {"memberId": group.members[0], "kind": "SHARE", "shares": 1})
    assert payload["items"][0]["status"] == "ACCEPTED"
