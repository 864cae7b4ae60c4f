"""Meetings 1 to 6 of the published cycle, whole, over HTTP: every balance of both funds and of the members."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.groups import FineReasonWish
from domain.lending import RatePeriod
from tests.ledger.book import both_verifications
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World

SHARES = {
    1: (5, 3, 2, 1, 4),
    2: (5, 3, 2, 2, 5),
    3: (5, 1, 3, 0, 5),
    4: (4, 2, 3, 1, 4),
    5: (5, 2, 2, 1, 5),
    6: (5, 3, 3, 2, 5),
}
"""The shares that A, B, C, D and E buy in each meeting."""
AWAY = {2: {2: "LATE"}, 3: {3: "ABSENT"}}
"""C comes late to the second meeting, D stays away from the third."""
BOX = {
    0: ("0", "0"),
    1: ("3000", "100"),
    2: ("3420", "200"),
    3: ("6220", "130"),
    4: ("4070", "230"),
    5: ("7070", "330"),
    6: ("13970", "430"),
}
"""What is in the box at the end of each: loan fund, social fund."""
LOANS = {2: (1, "3000", "3600"), 4: (0, "5000", "11400")}
"""By meeting: who borrows, how much, and the most that she may: three times her shares, those of the meeting too."""
REASONS = (
    FineReasonWish(code="LATE", name="Came late", amount=Decimal(20)),
    FineReasonWish(code="ABSENT", name="Stayed away", amount=Decimal(50)),
)
TERMS = {"method": "FLAT", "rate": "10", "ratePeriod": "FOUR_WEEKS", "instalments": 1, "frequency": "FOUR_WEEKLY"}
PAGE = """
query Page($id: ID!) {
  group(id: $id) {
    fundBalances { fund balance { amount } }
    accounts { code balance { amount } }
    members(first: 5) { nodes { balances { shares sharesValue { amount } finesOwed { amount } } } }
    loans(first: 5, orderBy: OLDEST) { nodes {
      number status outstanding { amount } constitutionVersion
      account { outstanding { principal { amount } interest { amount } } settledOn }
      payments { kind amount { amount } principal { amount } interest { amount } }
      steps { kind votesFor meeting { number } }
    } }
  }
}
"""


def counts(number: int) -> list[dict[str, str]]:
    pairs = zip(("LOAN_FUND", "SOCIAL_FUND"), BOX[number], strict=True)
    return [{"fund": fund, "place": "BOX", "amount": amount} for fund, amount in pairs]


def held_on(number: int) -> date:
    return date(2026, 1, 1) + timedelta(weeks=number)


async def call_and_collect(
    secretary: Client, treasurer: Client, group: GroupOfPeople, number: int, at: dict[str, Any]
) -> None:
    """The roll, the fines that follow from it, the shares and the social fund."""
    away = AWAY.get(number, {})
    roll = [{"memberId": member, "status": away.get(index, "PRESENT")} for index, member in enumerate(group.members)]
    await secretary.do("rollCallRecord", "items { status }", **at, items=roll)
    bought = zip(group.members, SHARES[number], strict=True)
    shares = [{"memberId": member, "kind": "SHARE", "shares": count} for member, count in bought if count]
    present = [line["memberId"] for line in roll if line["status"] != "ABSENT"]
    paid = [{"memberId": member, "kind": "SOCIAL_FUND", "amount": "20"} for member in present]
    await treasurer.do("contributionsRecord", "items { status }", **at, items=shares + paid, isAllOrNothing=True)
    if number in AWAY:
        await treasurer.do("rollCallFine", "fines { id }", **at)
    fined = {2: (2, "20"), 4: (3, "50")}
    if number in fined:
        index, amount = fined[number]
        await treasurer.do("finePay", "entry { number }", **at, memberId=group.members[index], amount=amount)
    if number == 3:
        grant = {"memberId": group.members[4], "amount": "150", "description": "Medicine"}
        await treasurer.do("socialFundGrant", "entry { number }", **at, **grant)


async def lend(api: Api, group: GroupOfPeople, product: str, number: int, at: dict[str, Any]) -> str:
    """Apply for the most and one more, vote, and pay out."""
    index, amount, limit = LOANS[number]
    officer = api.client(group.secretary if index else group.treasurer)
    wish = {**at, "memberId": group.members[index], "productId": product, "purpose": "BUSINESS"}
    refused = await officer.user_error("loanApply", **wish, amount=str(int(limit) + 1))
    assert (refused["reason"], refused["path"]) == ("LOAN_ABOVE_SAVINGS", ["amount"])
    assert f"lend at most {limit}" in refused["message"]
    applied = await officer.do("loanApply", "loan { id }", **wish, amount=amount)
    loan: str = applied["loan"]["id"]
    step = {**at, "loanId": loan}
    await officer.do("loanApprove", "loan { status }", **step, expectedVersion=1, votesFor=4, votesAgainst=0)
    await api.client(group.treasurer).do("loanDisburse", "loan { status }", **step, expectedVersion=2)
    return loan


async def test_six_meetings_with_loans_give_the_published_figures(api: Api, world: World) -> None:
    group = await world.group(
        social_fund_amount=Decimal(20),
        fine_reasons=REASONS,
        has_loans=True,
        loan_interest_rate=Decimal(10),
        loan_interest_period=RatePeriod.FOUR_WEEKS,
        loan_multiplier=Decimal(3),
    )
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.members SET joined_on = $1", date(2026, 1, 1))
    await world.superuser.execute("SET session_replication_role = origin")
    secretary, treasurer = api.client(group.secretary), api.client(group.treasurer)
    offered = await secretary.do(
        "loanProductAdd", "product { id }", groupId=group.id, name="Service charge", terms=TERMS, approval="VOTE"
    )
    loans: dict[int, str] = {}
    for number in SHARES:
        opened = await secretary.do("meetingOpen", "meeting { id }", groupId=group.id, heldOn=str(held_on(number)))
        at = {"groupId": group.id, "meetingId": opened["meeting"]["id"]}
        await call_and_collect(secretary, treasurer, group, number, at)
        if number in LOANS:
            loans[number] = await lend(api, group, offered["product"]["id"], number, at)
        if number == 6:
            await treasurer.do("loanRepay", "loan { status }", **at, loanId=loans[2], amount="3300")
        closed = await secretary.do(
            "meetingClose",
            "meeting { cashCounts { moment expected { amount } } }",
            **at,
            expectedVersion=1,
            openingCounts=counts(number - 1),
            closingCounts=counts(number),
        )
        closing = [each for each in closed["meeting"]["cashCounts"] if each["moment"] == "CLOSING"]
        assert [each["expected"]["amount"] for each in closing] == [f"{amount}.00" for amount in BOX[number]]
    page = (await secretary.query(PAGE, id=group.id))["group"]
    assert {each["fund"]: each["balance"]["amount"] for each in page["fundBalances"]} == {
        "LOAN_FUND": "13970.00",
        "SOCIAL_FUND": "430.00",
    }
    book = {each["code"]: each["balance"]["amount"] for each in page["accounts"]}
    assert {code: book[code] for code in ("1310", "1320", "3100", "4100", "4110")} == {
        "1310": "0.00",
        "1320": "5000.00",
        "3100": "18600.00",
        "4100": "70.00",
        "4110": "300.00",
    }
    assert [
        (node["balances"]["shares"], node["balances"]["sharesValue"]["amount"], node["balances"]["finesOwed"]["amount"])
        for node in page["members"]["nodes"]
    ] == [(count, f"{count * 200}.00", "0.00") for count in (29, 14, 15, 7, 28)]
    repaid, owed = page["loans"]["nodes"]
    assert (repaid["number"], repaid["status"], repaid["outstanding"]) == (1, "CLOSED", {"amount": "0.00"})
    assert repaid["account"]["settledOn"] == str(held_on(6))
    assert repaid["payments"] == [
        {
            "kind": "REPAYMENT",
            "amount": {"amount": "3300.00"},
            "principal": {"amount": "3000.00"},
            "interest": {"amount": "300.00"},
        }
    ]
    assert [(each["kind"], each["votesFor"], each["meeting"]["number"]) for each in repaid["steps"]] == [
        ("APPLICATION", None, 2),
        ("APPROVAL", 4, 2),
        ("DISBURSEMENT", None, 2),
        ("CLOSURE", None, 6),
    ]
    assert (owed["status"], owed["account"]["outstanding"]["principal"]) == ("ACTIVE", {"amount": "5000.00"})
    assert await both_verifications(world, group.id) == []
