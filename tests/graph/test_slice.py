"""The first slice from end to end: from the first administrator to a closed meeting and a verified book."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from domain.access.users import CreateUser
from domain.identifiers import new_id
from persistence.access import create_first_admin
from persistence.crypto.passwords import PasswordHasher
from tests.support.api import Api, Client
from tests.support.world import World

SHARES = {1: (5, 3, 2, 1, 4), 2: (5, 3, 2, 2, 5), 3: (5, 1, 3, 0, 5)}
"""The shares that A, B, C, D and E buy in each meeting."""

ABSENT = {3: "D"}

TOKENS = "tokens { accessToken refreshToken sessionId }"

GROUP = """
query Group($id: ID!) {
  group(id: $id) {
    memberCount
    fundBalances { fund balance { amount currency } places { place balance { amount } } }
    book { entryCount currency closingCode }
    openMeeting { id }
    members { nodes { name balances { shares sharesValue { amount } socialFundPaid { amount currency } } } }
    meetings { nodes {
      number status heldOn version
      totals { kind amount { amount currency } entryCount }
      cashCounts { moment fund place expected { amount } counted { amount } reason }
    } }
    accounts { code balance { amount } }
  }
  bookVerification(groupId: $id) { isSound faults { fault entryNumber } book { entryCount } }
}
"""


async def sign_in(api: Api, login: str, password: str, **more: Any) -> Client:
    payload = await api.anonymous.do("sessionOpen", TOKENS, login=login, password=password, **more)
    return Client(api.http, payload["tokens"]["accessToken"])


@pytest.fixture
async def secretary(api: Api, world: World, superuser: asyncpg.Connection) -> Client:
    """Amina, whom the first administrator made, signed in with her phone number."""
    hasher = PasswordHasher(world.keyring)
    try:
        await create_first_admin(
            superuser,
            world.keyring,
            hasher,
            CreateUser(idempotency_key=new_id(), name="Admin", email="admin@example.org", password="correct horse"),
        )
    finally:
        hasher.close()
    admin = await sign_in(api, "Admin@example.org", "correct horse", asAdmin=True)
    await admin.do("userCreate", "user { id }", name="Amina", phone="+254712345678", password="mango and rain")
    return await sign_in(api, "0712 345 678", "mango and rain", region="KE", deviceType="MOBILE")


def sheet(number: int, members: dict[str, str]) -> list[dict[str, Any]]:
    """Shares, then 20 for the social fund of everybody present."""
    present = [letter for letter in members if letter != ABSENT.get(number)]
    shares = [
        {"memberId": members[letter], "kind": "SHARE", "shares": count}
        for letter, count in zip(members, SHARES[number], strict=True)
        if count
    ]
    funds = [{"memberId": members[letter], "kind": "SOCIAL_FUND", "amount": "20"} for letter in present]
    return shares + funds


def counts(loan_fund: str, social_fund: str) -> list[dict[str, str]]:
    return [
        {"fund": fund, "place": "BOX", "amount": amount}
        for fund, amount in (("LOAN_FUND", loan_fund), ("SOCIAL_FUND", social_fund))
    ]


async def test_the_first_three_meetings_of_the_published_cycle_give_its_figures(secretary: Client) -> None:
    created = await secretary.do(
        "groupCreate",
        "group { id name currency constitution { sharePrice { amount } socialFundAmount { amount } sharesMax } }",
        name="Umoja",
        kind="VSLA",
        currency="KES",
        country="KE",
        timeZone="Africa/Nairobi",
        sharePrice="200",
        socialFundAmount="20",
    )
    group = created["group"]["id"]
    assert created["group"] == {
        "id": group,
        "name": "Umoja",
        "currency": "KES",
        "constitution": {
            "sharePrice": {"amount": "200.00"},
            "socialFundAmount": {"amount": "20.00"},
            "sharesMax": 5,
        },
    }
    members = {}
    for number, letter in enumerate("ABCDE", start=1):
        added = await secretary.do("memberAdd", "member { id number name phone }", groupId=group, name=letter)
        members[letter] = added["member"]["id"]
        assert added["member"] == {"id": members[letter], "number": number, "name": letter, "phone": None}

    before, after = ("0", "0"), {1: ("3000", "100"), 2: ("6400", "200"), 3: ("9200", "280")}
    for number, held_on in enumerate(("2026-01-08", "2026-01-15", "2026-01-22"), start=1):
        opened = await secretary.do("meetingOpen", "meeting { id number status }", groupId=group, heldOn=held_on)
        meeting = opened["meeting"]["id"]
        assert opened["meeting"] == {"id": meeting, "number": number, "status": "OPEN"}
        items = sheet(number, members)
        recorded = await secretary.do(
            "contributionsRecord",
            "meeting { id } items { status contribution { amount { amount } entryNumber } userErrors { reason } }",
            groupId=group,
            meetingId=meeting,
            items=items,
        )
        assert recorded["meeting"] == {"id": meeting}
        assert [item["status"] for item in recorded["items"]] == ["ACCEPTED"] * len(items)
        assert [item["contribution"]["amount"]["amount"] for item in recorded["items"]] == [
            "20.00" if "amount" in item else f"{200 * item['shares']}.00" for item in items
        ]
        closed = await secretary.do(
            "meetingClose",
            "meeting { status version }",
            groupId=group,
            meetingId=meeting,
            expectedVersion=1,
            openingCounts=counts(*before),
            closingCounts=counts(*after[number]),
        )
        assert closed["meeting"] == {"status": "CLOSED", "version": 2}
        before = after[number]

    answer = await secretary.query(GROUP, id=group)
    page = answer["group"]
    assert page["memberCount"] == 5
    assert page["openMeeting"] is None
    assert {node["name"]: node["balances"]["shares"] for node in page["members"]["nodes"]} == {
        "A": 15,
        "B": 7,
        "C": 7,
        "D": 3,
        "E": 14,
    }
    assert [node["balances"]["sharesValue"]["amount"] for node in page["members"]["nodes"]] == [
        "3000.00",
        "1400.00",
        "1400.00",
        "600.00",
        "2800.00",
    ]
    assert [node["balances"]["socialFundPaid"]["amount"] for node in page["members"]["nodes"]] == [
        "60.00",
        "60.00",
        "60.00",
        "40.00",
        "60.00",
    ]
    nothing = [{"place": place, "balance": {"amount": "0.00"}} for place in ("BANK", "MOBILE_MONEY")]
    assert page["fundBalances"] == [
        {
            "fund": fund,
            "balance": {"amount": amount, "currency": "KES"},
            "places": [{"place": "BOX", "balance": {"amount": amount}}, *nothing],
        }
        for fund, amount in (("LOAN_FUND", "9200.00"), ("SOCIAL_FUND", "280.00"))
    ]
    assert [
        (
            meeting["number"],
            meeting["heldOn"],
            [(each["kind"], each["amount"]["amount"], each["entryCount"]) for each in meeting["totals"]],
        )
        for meeting in page["meetings"]["nodes"]
    ] == [
        (3, "2026-01-22", [("SHARE_PURCHASE", "2800.00", 4), ("SOCIAL_FUND_CONTRIBUTION", "80.00", 4)]),
        (2, "2026-01-15", [("SHARE_PURCHASE", "3400.00", 5), ("SOCIAL_FUND_CONTRIBUTION", "100.00", 5)]),
        (1, "2026-01-08", [("SHARE_PURCHASE", "3000.00", 5), ("SOCIAL_FUND_CONTRIBUTION", "100.00", 5)]),
    ]
    assert [
        (count["moment"], count["fund"], count["expected"]["amount"], count["counted"]["amount"], count["reason"])
        for count in page["meetings"]["nodes"][0]["cashCounts"]
    ] == [
        ("OPENING", "LOAN_FUND", "6400.00", "6400.00", None),
        ("OPENING", "SOCIAL_FUND", "200.00", "200.00", None),
        ("CLOSING", "LOAN_FUND", "9200.00", "9200.00", None),
        ("CLOSING", "SOCIAL_FUND", "280.00", "280.00", None),
    ]
    balances = {account["code"]: account["balance"] for account in page["accounts"]}
    assert balances["3100"] == {"amount": "9200.00"}
    assert balances["3200"] == {"amount": "280.00"}
    assert balances["1000"] == {"amount": "9480.00"}
    assert page["book"]["entryCount"] == 28
    assert answer["bookVerification"] == {"isSound": True, "faults": [], "book": {"entryCount": 28}}
