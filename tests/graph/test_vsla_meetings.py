"""Meetings 1 to 3 of the published cycle with roll calls, fines and the grant, without the loan, to the coin."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from domain.groups import FineReasonWish
from tests.ledger.book import both_verifications
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World

SHARES = {1: (5, 3, 2, 1, 4), 2: (5, 3, 2, 2, 5), 3: (5, 1, 3, 0, 5)}
"""The shares that A, B, C, D and E buy in each meeting."""
AWAY = {2: {2: "LATE"}, 3: {3: "ABSENT"}}
"""C comes late to the second meeting, D stays away from the third."""
BOX = {1: ("3000", "100"), 2: ("6420", "200"), 3: ("9220", "130")}
"""What is in the box at the end of each: loan fund, social fund."""
REASONS = (
    FineReasonWish(code="LATE", name="Came late", amount=Decimal(20)),
    FineReasonWish(code="ABSENT", name="Stayed away", amount=Decimal(50)),
)
PAGE = """
query Page($id: ID!) {
  group(id: $id) {
    members(first: 5) { nodes {
      balances { shares finesOwed { amount } socialFundPaid { amount } socialFundReceived { amount } }
      fines(first: 2) { nodes { reasonCode outstanding { amount } } }
      dues { kind expected { amount } outstanding { amount } }
    } }
    meetings(first: 3) { nodes {
      status confirmedBy attendanceTotals { presentCount lateCount absentCount isQuorate }
      totals { kind amount { amount } entryCount }
    } }
  }
}
"""


def counts(loan_fund: str, social_fund: str) -> list[dict[str, str]]:
    pairs = (("LOAN_FUND", loan_fund), ("SOCIAL_FUND", social_fund))
    return [{"fund": fund, "place": "BOX", "amount": amount} for fund, amount in pairs]


def roll(group: GroupOfPeople, number: int) -> list[dict[str, Any]]:
    away = AWAY.get(number, {})
    return [{"memberId": member, "status": away.get(index, "PRESENT")} for index, member in enumerate(group.members)]


def sheet(group: GroupOfPeople, number: int) -> list[dict[str, Any]]:
    bought = zip(group.members, SHARES[number], strict=True)
    shares = [{"memberId": member, "kind": "SHARE", "shares": count} for member, count in bought if count]
    present = [line["memberId"] for line in roll(group, number) if line["status"] != "ABSENT"]
    return shares + [{"memberId": member, "kind": "SOCIAL_FUND", "amount": "20"} for member in present]


async def hold(secretary: Client, treasurer: Client, group: GroupOfPeople, number: int) -> None:
    """One meeting, in the order in which groups hold them."""
    opened = await secretary.do(
        "meetingOpen", "meeting { id }", groupId=group.id, heldOn=f"2026-01-{1 + 7 * number:02}"
    )
    at = {"groupId": group.id, "meetingId": opened["meeting"]["id"]}
    called = await secretary.do("rollCallRecord", "items { status }", **at, items=roll(group, number))
    assert [item["status"] for item in called["items"]] == ["ACCEPTED"] * 5
    recorded = await treasurer.do(
        "contributionsRecord", "items { status }", **at, items=sheet(group, number), isAllOrNothing=True
    )
    assert {item["status"] for item in recorded["items"]} == {"ACCEPTED"}
    if number in AWAY:
        fined = await treasurer.do("rollCallFine", "fines { id member { id } }", **at)
        (fine,) = fined["fines"]
        if number == 2:
            paid = {"memberId": fine["member"]["id"], "fineId": fine["id"], "amount": "20"}
            await treasurer.do("finePay", "entry { number }", **at, **paid)
    if number == 3:
        grant = {"memberId": group.members[4], "amount": "150", "description": "Medicine"}
        await treasurer.do("socialFundGrant", "entry { number }", **at, **grant)
    await treasurer.do("meetingConfirm", "meeting { status }", **at, expectedVersion=1)
    closed = await secretary.do(
        "meetingClose",
        "meeting { status cashCounts { moment fund expected { amount } counted { amount } } }",
        **at,
        expectedVersion=2,
        openingCounts=counts(*BOX.get(number - 1, ("0", "0"))),
        closingCounts=counts(*BOX[number]),
    )
    closing = [count for count in closed["meeting"]["cashCounts"] if count["moment"] == "CLOSING"]
    assert [count["expected"]["amount"] for count in closing] == [f"{amount}.00" for amount in BOX[number]]


async def test_three_meetings_with_fines_and_a_grant_give_the_published_figures(api: Api, world: World) -> None:
    group = await world.group(
        social_fund_amount=Decimal(20),
        fine_reasons=REASONS,
        can_absent_members_pay=False,
        is_second_officer_required=True,
        quorum_percent=60,
    )
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.members SET joined_on = $1", date(2026, 1, 1))
    await world.superuser.execute("SET session_replication_role = origin")
    secretary, treasurer = api.client(group.secretary), api.client(group.treasurer)
    for number in SHARES:
        await hold(secretary, treasurer, group, number)

    page = (await secretary.query(PAGE, id=group.id))["group"]
    nothing: list[dict[str, Any]] = []
    late = [{"reasonCode": "LATE", "outstanding": {"amount": "0.00"}}]
    absent = [{"reasonCode": "ABSENT", "outstanding": {"amount": "50.00"}}]
    assert [
        (
            node["balances"]["shares"],
            node["balances"]["finesOwed"]["amount"],
            node["balances"]["socialFundPaid"]["amount"],
            node["balances"]["socialFundReceived"]["amount"],
            node["fines"]["nodes"],
        )
        for node in page["members"]["nodes"]
    ] == [
        (15, "0.00", "60.00", "0.00", nothing),
        (7, "0.00", "60.00", "0.00", nothing),
        (7, "0.00", "60.00", "0.00", late),
        (3, "50.00", "40.00", "0.00", absent),
        (14, "0.00", "60.00", "150.00", nothing),
    ]
    # Of D nothing was expected in the meeting that she missed.
    assert [
        [(due["kind"], due["expected"]["amount"], due["outstanding"]["amount"]) for due in node["dues"]]
        for node in page["members"]["nodes"]
    ] == [[("SOCIAL_FUND", "40.00" if number == 3 else "60.00", "0.00")] for number in range(5)]
    assert [
        (meeting["status"], meeting["attendanceTotals"], meeting["confirmedBy"])
        for meeting in page["meetings"]["nodes"]
    ] == [
        (
            "CLOSED",
            {"presentCount": present, "lateCount": came_late, "absentCount": away, "isQuorate": True},
            str(group.treasurer.user_id),
        )
        for present, came_late, away in ((4, 0, 1), (4, 1, 0), (5, 0, 0))
    ]
    assert [
        [(total["kind"], total["amount"]["amount"], total["entryCount"]) for total in meeting["totals"]]
        for meeting in page["meetings"]["nodes"]
    ] == [
        [
            ("SHARE_PURCHASE", "2800.00", 4),
            ("SOCIAL_FUND_CONTRIBUTION", "80.00", 4),
            ("SOCIAL_FUND_GRANT", "-150.00", 1),
        ],
        [
            ("FINE_PAID", "20.00", 1),
            ("SHARE_PURCHASE", "3400.00", 5),
            ("SOCIAL_FUND_CONTRIBUTION", "100.00", 5),
        ],
        [("SHARE_PURCHASE", "3000.00", 5), ("SOCIAL_FUND_CONTRIBUTION", "100.00", 5)],
    ]
    assert await both_verifications(world, group.id) == []
