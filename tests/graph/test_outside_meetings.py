"""What members pay in between two meetings: by its date, under the constitution of that date, proved like the rest."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.groups import ContributionTypeWish, Frequency
from domain.identifiers import new_id
from domain.ledger.accounts import Fund
from domain.policy import MachineScope
from tests.graph.office import Office
from tests.ledger.book import both_verifications
from tests.support.api import Api, Client
from tests.support.machines import make_machine
from tests.support.world import World, social_fund

LINES = """
    items { status userErrors { reason path message }
            contribution { kind amount { amount } meeting { id } effectiveOn place } }
    meeting { id }
"""
TYPES = (
    ContributionTypeWish(
        code="FUNERAL", name="Funeral fund", amount=Decimal(100), frequency=Frequency.MONTHLY, fund=Fund.SOCIAL_FUND
    ),
)


@pytest.fixture
async def today(world: World) -> date:
    found: date = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    return found


@pytest.fixture
async def desk(api: Api, world: World) -> Office:
    group = await world.group(contribution_types=TYPES)
    return Office(api.client(group.treasurer), group, world)


async def record(desk: Office, *items: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    payload = await desk.client.do("contributionsRecord", LINES, groupId=desk.group.id, items=list(items), **fields)
    assert payload["meeting"] is None
    found: list[dict[str, Any]] = payload["items"]
    return found


def bought(desk: Office, shares: int, index: int = 4) -> dict[str, Any]:
    return {"memberId": desk.group.members[index], "kind": "SHARE", "shares": shares}


def refusals(items: list[dict[str, Any]]) -> list[str | None]:
    return [each["userErrors"][0]["reason"] if each["userErrors"] else None for each in items]


async def test_every_kind_is_paid_outside_a_meeting_and_the_book_is_sound(
    desk: Office, world: World, today: date
) -> None:
    member = desk.group.members[4]
    items = await record(
        desk,
        {"memberId": member, "kind": "SHARE", "shares": 2, "place": "MOBILE_MONEY"},
        {"memberId": member, "kind": "SAVINGS", "amount": "75"},
        {"memberId": member, "kind": "SOCIAL_FUND", "amount": "20"},
        {"memberId": member, "kind": "OTHER", "typeCode": "FUNERAL"},
    )
    assert [
        (each["contribution"]["kind"], each["contribution"]["amount"]["amount"], each["contribution"]["place"])
        for each in items
    ] == [
        ("SHARE", "400.00", "MOBILE_MONEY"),
        ("SAVINGS", "75.00", "BOX"),
        ("SOCIAL_FUND", "20.00", "BOX"),
        ("OTHER", "100.00", "BOX"),
    ]
    assert {(each["contribution"]["meeting"], each["contribution"]["effectiveOn"]) for each in items} == {
        (None, today.isoformat())
    }
    found = await desk.client.query(
        """query Q($id: ID!, $member: ID!) {
            group(id: $id) { contributions { totalCount nodes { meeting { id } reversedBy { number } } }
                             fundBalances { balance { amount } } }
            node(id: $member) { ... on Member {
                balances { shares savings { amount } socialFundPaid { amount } } } } }""",
        id=desk.group.id,
        member=member,
    )
    assert found["group"] == {
        "contributions": {"totalCount": 4, "nodes": [{"meeting": None, "reversedBy": None}] * 4},
        "fundBalances": [{"balance": {"amount": "475.00"}}, {"balance": {"amount": "120.00"}}],
    }
    assert found["node"]["balances"] == {
        "shares": 2,
        "savings": {"amount": "75.00"},
        "socialFundPaid": {"amount": "120.00"},
    }
    assert await both_verifications(world, desk.group.id) == []


async def test_what_is_paid_counts_for_its_date(desk: Office, today: date) -> None:
    member = desk.group.members[4]
    early = today - timedelta(days=9)
    await record(desk, {"memberId": member, "kind": "SAVINGS", "amount": "75"}, on=early)
    document = (
        "query Q($id: ID!, $asOf: Date) { node(id: $id) { ... on Member { balances(asOf: $asOf)"
        " { savings { amount } } } } }"
    )
    for day, amount in ((early - timedelta(days=1), "0.00"), (early, "75.00"), (today, "75.00")):
        found = await desk.client.query(document, id=member, asOf=day)
        assert found["node"]["balances"]["savings"]["amount"] == amount, day


async def test_shares_are_limited_between_two_meetings_as_they_are_in_one(
    desk: Office, world: World, today: date
) -> None:
    early = today - timedelta(days=10)
    assert refusals(await record(desk, bought(desk, 3), on=early)) == [None]
    (refused,) = await record(desk, bought(desk, 3), on=today)
    assert refused["userErrors"] == [
        {
            "reason": "SHARES_OUTSIDE_LIMITS",
            "path": ["items", "0", "shares"],
            "message": (
                "A member buys 1 to 5 shares in a meeting, and between two meetings (constitution, version 1). "
                "This member has bought 3 of them already. Correct the number of shares."
            ),
        }
    ]
    # Another member's are her own, and those of a meeting are the meeting's.
    assert refusals(await record(desk, bought(desk, 5, 3), on=early)) == [None]
    meeting = await world.meeting(desk.group, held_on=today - timedelta(days=5))
    await world.record(desk.group, meeting, social_fund(desk.group.members[4], "20"))
    # A meeting was held in between, so a new count begins with its day; before it the old one goes on.
    assert refusals(await record(desk, bought(desk, 5), on=today - timedelta(days=5))) == [None]
    assert refusals(await record(desk, bought(desk, 1), on=today)) == ["SHARES_OUTSIDE_LIMITS"]
    assert refusals(await record(desk, bought(desk, 3), on=today - timedelta(days=6))) == ["SHARES_OUTSIDE_LIMITS"]
    assert refusals(await record(desk, bought(desk, 2), on=today - timedelta(days=6))) == [None]
    payload = await desk.client.do(
        "contributionsRecord",
        "items { status }",
        groupId=desk.group.id,
        meetingId=meeting,
        items=[bought(desk, 5)],
    )
    assert payload["items"] == [{"status": "ACCEPTED"}]
    assert await both_verifications(world, desk.group.id) == []


async def test_what_was_taken_back_makes_room_again(desk: Office) -> None:
    (item,) = (
        await desk.client.do("contributionsRecord", "items { id }", groupId=desk.group.id, items=[bought(desk, 5)])
    )["items"]
    await desk.client.do("entryReverse", "entry { number }", groupId=desk.group.id, entryId=item["id"], reason="No")
    assert refusals(await record(desk, bought(desk, 5))) == [None]


async def test_a_date_that_cannot_be_is_refused(desk: Office, world: World, today: date) -> None:
    item = {"memberId": desk.group.members[4], "kind": "SAVINGS", "amount": "5"}
    meeting = await world.meeting(desk.group)
    tomorrow, yesterday = today + timedelta(days=1), today - timedelta(days=1)
    for fields, reason, path in (
        ({"on": tomorrow}, "DATE_IN_FUTURE", ["on"]),
        ({"on": yesterday, "meetingId": meeting}, "DATE_NOT_OF_MEETING", ["on"]),
        ({"on": date(1989, 12, 31)}, "PERIOD_CLOSED", ["on"]),
        ({"meetingId": new_id()}, "MEETING_NOT_FOUND", ["meetingId"]),
    ):
        assert (await desk.refused("contributionsRecord", items=[item], **fields))[1:3] == (reason, path)


async def test_a_sheet_and_a_line_of_it_are_recorded_once(desk: Office, world: World, today: date) -> None:
    line = {"id": new_id(), "memberId": desk.group.members[4], "kind": "SAVINGS", "amount": "5"}
    wish = {"groupId": desk.group.id, "idempotencyKey": new_id(), "items": [line], "on": today - timedelta(days=1)}
    first = await desk.client.do("contributionsRecord", LINES, **wish)
    again = await desk.client.mutate("contributionsRecord", LINES, **wish)
    assert again.extensions == {"idempotentReplay": True}
    assert {**again.data["contributionsRecord"], "userErrors": []} == first
    # The line alone in another sheet stands already; with another date it is another.
    assert refusals(await record(desk, line, on=wish["on"])) == [None]
    assert refusals(await record(desk, line, on=today)) == ["ID_ALREADY_USED"]
    assert await world.superuser.fetchval("SELECT count(*) FROM app.contributions") == 1


async def test_a_program_records_what_was_paid_to_a_phone(api: Api, desk: Office, world: World) -> None:
    machine = await make_machine(world, desk.group.id, [MachineScope.RECORD_CONTRIBUTIONS])
    payload = await Client(api.http, machine.token.text).do(
        "contributionsRecord",
        LINES,
        groupId=desk.group.id,
        items=[{"memberId": desk.group.members[4], "kind": "SAVINGS", "amount": "5", "place": "MOBILE_MONEY"}],
    )
    assert payload["items"][0]["status"] == "ACCEPTED"


async def test_whoever_may_not_record_in_a_meeting_may_not_outside_of_one(api: Api, desk: Office) -> None:
    for person in (desk.group.plain, desk.group.chair):
        answer = await api.client(person).mutate(
            "contributionsRecord",
            "__typename",
            groupId=desk.group.id,
            items=[{"memberId": desk.group.members[3], "kind": "SAVINGS", "amount": "5"}],
        )
        assert answer.error["extensions"]["code"] == "FORBIDDEN"
    assert await desk.world.superuser.fetchval("SELECT count(*) FROM app.contributions") == 0


async def test_a_contribution_cannot_hide_the_meeting_of_its_entry(desk: Office, world: World) -> None:
    meeting = await world.meeting(desk.group)
    await world.record(desk.group, meeting, social_fund(desk.group.members[4], "20"))
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await world.superuser.execute(
            "INSERT INTO app.contributions (tenant_id, id, entry_number, member_id, kind, amount, currency, place,"
            " recorded_by) SELECT tenant_id, gen_random_uuid(), entry_number, member_id, kind, amount, currency, place,"
            " recorded_by FROM app.contributions"
        )
    assert caught.value.constraint_name == "contributions_as_entry"
    async with world.superuser.transaction():
        await world.superuser.execute("ALTER TABLE app.contributions DISABLE TRIGGER USER")
        await world.superuser.execute("ALTER TABLE app.contributions DISABLE TRIGGER contributions_immutable")
        await world.superuser.execute("UPDATE app.contributions SET meeting_id = NULL")
    assert await both_verifications(world, desk.group.id) == [("CONTRIBUTION", 1)]
