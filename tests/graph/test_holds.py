"""Money set aside, through the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.identifiers import new_id
from domain.policy import Visibility
from tests.graph.office import Office
from tests.ledger.book import small_book
from tests.ledger.test_holds import let_expire
from tests.support.api import Api
from tests.support.world import World

HOLD = """
hold {
  id status purpose placedBy expiresAt endedAt endedBy
  amount { amount currency } account { code } entry { number } group { id }
}
"""
LIST = """
query Q($id: ID!, $status: HoldStatus) { group(id: $id) {
  holds(status: $status) { totalCount nodes { id status endedAt entry { number } } }
  fundBalances { fund places { place balance { amount } available { amount } } }
} }
"""
LATER = (datetime.now(UTC) + timedelta(days=20)).replace(microsecond=0)


@pytest.fixture
async def book(api: Api, world: World) -> Office:
    """The treasurer of a group with a small book: 1,400 in the box of the loan fund."""
    group = (await small_book(world)).group
    return Office(api.client(group.treasurer), group, world)


def roof(**fields: Any) -> dict[str, Any]:
    return {
        "fund": "LOAN_FUND",
        "place": "BOX",
        "amount": "900",
        "purpose": "Roof",
        "expiresAt": LATER.isoformat().replace("+00:00", "Z"),
        **fields,
    }


def in_the_box(page: dict[str, Any]) -> tuple[str, str]:
    """What lies in the box of the loan fund, and how much of it is free."""
    place = page["fundBalances"][0]["places"][0]
    return place["balance"]["amount"], place["available"]["amount"]


async def test_money_is_set_aside_and_let_go(book: Office) -> None:
    group, hold = book.group, new_id()
    placed = (await book.client.do("holdPlace", HOLD, groupId=group.id, id=hold, **roof()))["hold"]
    assert datetime.fromisoformat(placed.pop("expiresAt")) == LATER
    assert placed == {
        "id": str(hold),
        "status": "OPEN",
        "purpose": "Roof",
        "placedBy": str(group.treasurer.user_id),
        "endedAt": None,
        "endedBy": None,
        "amount": {"amount": "900.00", "currency": "KES"},
        "account": {"code": "1110"},
        "entry": None,
        "group": {"id": str(group.id)},
    }
    page = (await book.client.query(LIST, id=group.id))["group"]
    assert in_the_box(page) == ("1400.00", "500.00")
    node = "query Q($id: ID!) { node(id: $id) { __typename ... on Hold { purpose } } }"
    assert await book.client.query(node, id=hold) == {"node": {"__typename": "Hold", "purpose": "Roof"}}
    released = (await book.client.do("holdRelease", HOLD, groupId=group.id, holdId=hold))["hold"]
    assert (released["status"], released["endedBy"]) == ("RELEASED", str(group.treasurer.user_id))
    assert in_the_box((await book.client.query(LIST, id=group.id))["group"]) == ("1400.00", "1400.00")
    assert (await book.refused("holdRelease", holdId=hold))[:3] == ("NOT_ALLOWED", "HOLD_ENDED", ["holdId"])


async def test_an_expense_uses_what_was_set_aside_for_it(book: Office) -> None:
    group = book.group
    hold = (await book.client.do("holdPlace", HOLD, groupId=group.id, **roof(amount="1400")))["hold"]["id"]
    expense = {
        "accountId": group.account("5100"),
        "fund": "LOAN_FUND",
        "amount": "1000",
        "description": "Roof",
    }
    assert (await book.refused("otherExpenseRecord", **expense))[1] == "BELOW_MINIMUM"
    await book.client.do("otherExpenseRecord", "entry { number }", groupId=group.id, holdId=hold, **expense)
    page = (await book.client.query(LIST, id=group.id, status="USED"))["group"]
    (used,) = page["holds"]["nodes"]
    assert (used["id"], used["status"], used["entry"]) == (hold, "USED", {"number": 8})
    assert in_the_box(page) == ("400.00", "400.00")


async def test_a_hold_whose_time_is_over_reads_as_expired_though_nobody_ended_it(world: World, book: Office) -> None:
    group, hold = book.group, new_id()
    await book.client.do("holdPlace", HOLD, groupId=group.id, id=hold, **roof())
    await let_expire(world, hold)
    page = (await book.client.query(LIST, id=group.id, status="EXPIRED"))["group"]
    assert [each["id"] for each in page["holds"]["nodes"]] == [str(hold)]
    assert page["holds"]["nodes"][0]["endedAt"] is not None
    assert in_the_box(page) == ("1400.00", "1400.00")
    assert (await book.client.query(LIST, id=group.id, status="OPEN"))["group"]["holds"]["totalCount"] == 0


async def test_holds_are_read_by_those_who_see_totals_and_placed_by_those_who_keep_money(
    api: Api, world: World, book: Office
) -> None:
    group = book.group
    await book.client.do("holdPlace", HOLD, groupId=group.id, **roof())
    for person in (group.plain, group.chair, await world.auditor(group), await world.institution_staff(group)):
        assert (await api.client(person).query(LIST, id=group.id))["group"]["holds"]["totalCount"] == 1
    partner = await world.partner(group, "NAMES")
    found = await api.client(partner).query(
        "query Q($id: ID!) { group(id: $id) { holds { nodes { id } } } }", id=group.id
    )
    assert found["group"]["holds"]["nodes"] == []
    for person in (group.plain, group.chair):
        answer = await api.client(person).mutate("holdPlace", "hold { id }", groupId=group.id, **roof(amount="1"))
        assert answer.refusal[0] == "FORBIDDEN"


async def test_members_of_a_group_that_shows_them_nothing_see_no_holds(api: Api, world: World) -> None:
    group = await world.group(visibility=Visibility.OWN_ONLY)
    found = await api.client(group.plain).query(
        "query Q($id: ID!) { group(id: $id) { holds { totalCount nodes { id } } } }", id=group.id
    )
    assert found["group"]["holds"] == {"totalCount": 0, "nodes": []}


async def test_refusals_of_holds_name_their_field(book: Office) -> None:
    cases: list[tuple[dict[str, Any], str, list[str]]] = [
        (roof(amount="1400.01"), "BELOW_MINIMUM", ["amount"]),
        (roof(fund=None), "HOLD_WHERE", ["fund"]),
        (roof(accountId=book.group.account("1110")), "HOLD_WHERE", ["accountId"]),
        (roof(expiresAt="2020-01-01T00:00:00Z"), "HOLD_ENDS_TOO_EARLY", ["expiresAt"]),
        (roof(expiresAt="2099-01-01T00:00:00Z"), "HOLD_ENDS_TOO_LATE", ["expiresAt"]),
    ]
    for fields, reason, path in cases:
        assert (await book.refused("holdPlace", **fields))[1:3] == (reason, path), fields
    assert (await book.refused("holdRelease", holdId=new_id()))[:3] == ("NOT_FOUND", "HOLD_NOT_FOUND", ["holdId"])
