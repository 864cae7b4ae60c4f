"""The chart of accounts and the closing of periods through the API."""

from __future__ import annotations

from typing import Any

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api
from tests.support.world import World, shares

ACCOUNT = """
account {
  id code name type isPostable isRequired version closedAt parent { code }
  minimum { amount currency } maximum { amount } balance { amount }
}
"""


def fares(office: Office, **fields: Any) -> dict[str, Any]:
    return {
        "groupId": office.group.id,
        "code": "52001",
        "name": "Bus fares",
        "parentId": office.group.account("5000"),
        **fields,
    }


async def test_an_account_is_added_renamed_limited_and_closed(office: Office) -> None:
    account = new_id()
    added = (await office.client.do("accountAdd", ACCOUNT, **fares(office, id=account, maximum="500")))["account"]
    assert added == {
        "id": str(account),
        "code": "52001",
        "name": "Bus fares",
        "type": "EXPENSE",
        "isPostable": True,
        "isRequired": False,
        "version": 1,
        "closedAt": None,
        "parent": {"code": "5000"},
        "minimum": None,
        "maximum": {"amount": "500.00"},
        "balance": {"amount": "0.00"},
    }
    which = {"groupId": office.group.id, "accountId": account}
    renamed = await office.client.do("accountRename", ACCOUNT, **which, expectedVersion=1, name="Fares")
    assert (renamed["account"]["name"], renamed["account"]["version"]) == ("Fares", 2)
    limited = await office.client.do("accountLimit", ACCOUNT, **which, expectedVersion=2, minimum="0")
    assert (limited["account"]["minimum"], limited["account"]["maximum"]) == (
        {"amount": "0.00", "currency": "KES"},
        None,
    )
    closed = await office.client.do("accountClose", ACCOUNT, **which, expectedVersion=3)
    assert closed["account"]["closedAt"] is not None
    assert closed["account"]["version"] == 4
    chart = await office.client.query(
        "query Q($id: ID!) { group(id: $id) { accounts { code closedAt } } }", id=office.group.id
    )
    assert {each["code"]: each["closedAt"] is not None for each in chart["group"]["accounts"]}["52001"] is True


async def test_limits_come_back_on_the_side_on_which_they_were_given(office: Office) -> None:
    parent = office.group.account("2000")
    wish = fares(office, code="22001", parentId=parent, minimum="0", maximum="7000.5")
    account = (await office.client.do("accountAdd", ACCOUNT, **wish))["account"]
    assert (account["type"], account["minimum"], account["maximum"]) == (
        "LIABILITY",
        {"amount": "0.00", "currency": "KES"},
        {"amount": "7000.50"},
    )


async def test_refusals_of_the_chart_name_their_field_and_figures(office: Office) -> None:
    assert (await office.refused("accountAdd", **fares(office, code="5200")))[:3] == (
        "INVALID",
        "ACCOUNT_CODE_INVALID",
        ["code"],
    )
    await office.client.do("accountAdd", ACCOUNT, **fares(office))
    assert (await office.refused("accountAdd", **fares(office)))[:3] == ("CONFLICT", "ACCOUNT_CODE_TAKEN", ["code"])
    box = {"accountId": office.group.account("1110")}
    assert (await office.refused("accountClose", **box, expectedVersion=1))[:3] == (
        "NOT_ALLOWED",
        "ACCOUNT_REQUIRED",
        ["accountId"],
    )
    assert (await office.refused("accountLimit", **box, expectedVersion=1))[:3] == (
        "NOT_ALLOWED",
        "CASH_WITHOUT_LIMIT",
        ["minimum"],
    )
    stale = await office.refused("accountRename", **box, expectedVersion=4, name="Tin")
    assert stale == (
        "CONFLICT",
        "VERSION_STALE",
        ["expectedVersion"],
        "The record has changed since you read it and is now at version 1: read it again.",
    )


CLOSINGS = """
query Q($id: ID!, $after: String) {
  group(id: $id) { book { closedThrough closings(first: 1, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { closedThrough closedBy entryCount closingCode }
  } } }
}
"""


async def test_a_period_is_closed_and_every_closing_stays_to_be_read(api: Api, world: World) -> None:
    group = await world.group()
    treasurer = api.client(group.treasurer)
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[0], 1))
    first = await treasurer.do(
        "periodClose", "book { closedThrough closingCode }", groupId=group.id, through="2026-01-31"
    )
    assert first["book"]["closedThrough"] == "2026-01-31"
    await treasurer.do("periodClose", "book { closedThrough }", groupId=group.id, through="2026-02-28")
    page = (await api.client(group.plain).query(CLOSINGS, id=group.id))["group"]["book"]
    assert page["closedThrough"] == "2026-02-28"
    assert (page["closings"]["totalCount"], page["closings"]["pageInfo"]["hasNextPage"]) == (2, True)
    latest = {
        "closedThrough": "2026-02-28",
        "closedBy": str(group.treasurer.user_id),
        "entryCount": 1,
        "closingCode": first["book"]["closingCode"],
    }
    assert page["closings"]["nodes"] == [latest]
    rest = await treasurer.query(CLOSINGS, id=group.id, after=page["closings"]["pageInfo"]["endCursor"])
    assert rest["group"]["book"]["closings"]["nodes"] == [{**latest, "closedThrough": "2026-01-31"}]
    error = await treasurer.user_error("periodClose", groupId=group.id, through="2026-02-28")
    assert (error["reason"], error["path"], error["message"]) == (
        "PERIOD_NOT_LATER",
        ["through"],
        "The book is closed through 2026-02-28 already: give a later date.",
    )


async def test_who_may_not_change_the_chart_is_told_so(api: Api, world: World, office: Office) -> None:
    group = office.group
    wish = {key: value for key, value in fares(office).items() if key != "groupId"}
    for person in (group.plain, group.chair, await world.auditor(group)):
        client = api.client(person)
        answer = await client.mutate("accountAdd", "account { id }", groupId=group.id, **wish)
        assert answer.refusal[0] == "FORBIDDEN"
    answer = await office.client.mutate("periodClose", "book { currency }", groupId=group.id, through="2026-01-01")
    assert answer.refusal[0] == "FORBIDDEN"
