"""Expected contributions, arrears and waivers over HTTP: worked out from the book for any date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.groups import ContributionTypeWish, Frequency
from domain.identifiers import new_id
from domain.ledger.accounts import Fund
from tests.graph.office import Office
from tests.support.api import Api
from tests.support.world import World, social_fund

DUES = """
query Dues($id: ID!, $asOf: Date) {
  group(id: $id) { members(first: 5) { nodes { number dues(asOf: $asOf) {
    kind typeCode name frequency amount { amount } expected { amount } paid { amount } waived { amount }
    outstanding { amount } advance { amount } periods { dueOn expected { amount } outstanding { amount } }
  } } } }
}
"""
WAIVER = "contributionWaiver { id kind typeCode amount { amount } countsOn reason status decidedBy version }"
LEVY = ContributionTypeWish(
    code="LEVY",
    name="Levy",
    amount=Decimal(100),
    frequency=Frequency.FLEXIBLE,
    fund=Fund.LOAN_FUND,
    is_mandatory=True,
)


@pytest.fixture
async def office(api: Api, world: World) -> Office:
    """A secretary whose group held two meetings, at which nobody but the last member paid into the social fund."""
    group = await world.group(social_fund_amount=Decimal(20), contribution_types=(LEVY,))
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.members SET joined_on = '2026-01-01'")
    await world.superuser.execute("SET session_replication_role = origin")
    for day in (8, 15):
        meeting = await world.meeting(group, held_on=date(2026, 1, day))
        await world.record(group, meeting, social_fund(group.members[4], "30"))
        await world.close_meeting(group, meeting)
    return Office(api.client(group.secretary), group, world)


def totals(due: dict[str, Any]) -> dict[str, str]:
    names = ("expected", "paid", "waived", "outstanding", "advance")
    return {name: due[name]["amount"] for name in names}


async def dues(office: Office, member: int, **variables: Any) -> list[dict[str, Any]]:
    answer = await office.client.query(DUES, id=office.group.id, **variables)
    found: list[dict[str, Any]] = answer["group"]["members"]["nodes"][member]["dues"]
    return found


async def test_what_is_expected_stands_beside_what_was_paid(office: Office) -> None:
    social, levy = await dues(office, 4)
    assert social == {
        "kind": "SOCIAL_FUND",
        "typeCode": None,
        "name": None,
        "frequency": "FLEXIBLE",
        "amount": {"amount": "20.00"},
        "expected": {"amount": "40.00"},
        "paid": {"amount": "60.00"},
        "waived": {"amount": "0.00"},
        "outstanding": {"amount": "0.00"},
        "advance": {"amount": "20.00"},
        "periods": [
            {"dueOn": day, "expected": {"amount": "20.00"}, "outstanding": {"amount": "0.00"}}
            for day in ("2026-01-08", "2026-01-15")
        ],
    }
    assert (levy["kind"], levy["typeCode"], levy["name"]) == ("OTHER", "LEVY", "Levy")
    assert totals(levy) == {
        "expected": "200.00",
        "paid": "0.00",
        "waived": "0.00",
        "outstanding": "200.00",
        "advance": "0.00",
    }
    before, _ = await dues(office, 4, asOf="2026-01-14")
    assert totals(before) | {"advance": "10.00", "expected": "20.00", "paid": "30.00"} == totals(before)


async def test_a_payment_that_is_taken_back_is_owed_again(office: Office, world: World) -> None:
    group = office.group
    meeting = await world.meeting(group, held_on=date(2026, 1, 22))
    payload = await office.client.do(
        "contributionsRecord",
        "items { contribution { id } }",
        groupId=group.id,
        meetingId=meeting,
        items=[{"memberId": group.members[3], "kind": "OTHER", "typeCode": "LEVY"}],
    )
    assert totals((await dues(office, 3))[1])["outstanding"] == "200.00"
    await office.client.do(
        "entryReverse",
        "entry { number }",
        groupId=group.id,
        meetingId=meeting,
        entryId=payload["items"][0]["contribution"]["id"],
        reason="It was her sister",
    )
    found = totals((await dues(office, 3))[1])
    assert (found["paid"], found["outstanding"]) == ("0.00", "300.00")


async def test_a_waiver_counts_once_another_officer_approved_it(api: Api, office: Office) -> None:
    group = office.group
    wish = {
        "groupId": group.id,
        "memberId": group.members[3],
        "kind": "OTHER",
        "typeCode": "LEVY",
        "amount": "150",
        "countsOn": "2026-01-15",
        "reason": "Her house burnt down",
    }
    asked = await office.client.do("contributionWaiverRequest", WAIVER, **wish)
    waiver = asked["contributionWaiver"]
    assert waiver == {
        "id": waiver["id"],
        "kind": "OTHER",
        "typeCode": "LEVY",
        "amount": {"amount": "150.00"},
        "countsOn": "2026-01-15",
        "reason": "Her house burnt down",
        "status": "REQUESTED",
        "decidedBy": None,
        "version": 1,
    }
    assert totals((await dues(office, 3))[1])["outstanding"] == "200.00"
    decision = {"groupId": group.id, "waiverId": waiver["id"], "expectedVersion": 1, "isApproved": True}
    for who in (office.client, api.client(group.plain)):
        assert (await who.mutate("contributionWaiverDecide", WAIVER, **decision)).refusal[0] == "FORBIDDEN"
    chair = api.client(group.chair)
    decided = await chair.do("contributionWaiverDecide", WAIVER, **decision)
    assert decided["contributionWaiver"] == waiver | {
        "status": "APPROVED",
        "decidedBy": str(group.chair.user_id),
        "version": 2,
    }
    found = totals((await dues(office, 3))[1])
    assert (found["waived"], found["outstanding"]) == ("150.00", "50.00")
    assert totals((await dues(office, 3, asOf="2026-01-14"))[1])["outstanding"] == "100.00"
    assert (await chair.user_error("contributionWaiverDecide", **decision))["reason"] == "WAIVER_DECIDED"
    listed = await office.client.query(
        "query Q($id: ID!) { group(id: $id) { contributionWaivers(status: APPROVED)"
        " { nodes { member { number } } } } }",
        id=group.id,
    )
    assert listed["group"]["contributionWaivers"] == {"nodes": [{"member": {"number": 4}}]}


async def test_nobody_decides_on_her_own_wish_and_no_wish_is_for_nothing(
    api: Api, office: Office, world: World
) -> None:
    group = office.group
    wish = {"memberId": group.members[3], "kind": "SOCIAL_FUND", "amount": "20", "reason": "Ill"}
    treasurer = Office(api.client(group.treasurer), group, world)
    asked = await treasurer.client.do("contributionWaiverRequest", WAIVER, groupId=group.id, **wish)
    decision = {"waiverId": asked["contributionWaiver"]["id"], "isApproved": True}
    assert (await treasurer.refused("contributionWaiverDecide", **decision, expectedVersion=1))[1] == (
        "WAIVER_REQUESTED_BY_YOURSELF"
    )
    assert (await treasurer.refused("contributionWaiverDecide", **decision, expectedVersion=2))[1] == "VERSION_STALE"
    for fields, reason, path in (
        ({"kind": "SAVINGS"}, "NOTHING_EXPECTED", ["kind"]),
        ({"kind": "OTHER", "typeCode": "HOLIDAY"}, "NOTHING_EXPECTED", ["typeCode"]),
        ({"countsOn": "2100-01-01"}, "DATE_IN_FUTURE", ["countsOn"]),
        ({"memberId": new_id()}, "MEMBER_NOT_IN_GROUP", ["memberId"]),
        ({"reason": " "}, "TEXT_TOO_SHORT", ["reason"]),
        ({"amount": "0"}, "AMOUNT_NOT_POSITIVE", ["amount"]),
        ({"id": asked["contributionWaiver"]["id"]}, "ID_ALREADY_USED", ["id"]),
    ):
        assert (await office.refused("contributionWaiverRequest", **wish | fields))[1:3] == (reason, path)


async def test_arrears_are_shown_to_the_member_and_to_officers_alone(api: Api, office: Office, world: World) -> None:
    group = office.group
    answer = await api.client(group.plain).send(DUES, id=group.id)
    shown = [node["dues"] is not None for node in answer.data["group"]["members"]["nodes"]]
    assert shown == [False, False, False, True, False]
    assert answer.extensions["hidden"] == ["Member.dues"]
    partner = await api.client(await world.partner(group, "NAMES")).send(DUES, id=group.id)
    assert [node["dues"] for node in partner.data["group"]["members"]["nodes"]] == [None] * 5
