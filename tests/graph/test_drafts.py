"""Drafts through the API: drafted by one officer, read by those who may, posted by another."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.ledger.book import both_verifications, small_book
from tests.support.api import Api, Client
from tests.support.world import World

DRAFT = """
draft {
  id kind status effectiveOn description payee receipt draftedBy decidedBy version
  meeting { number } member { name } group { id } retainedSurplus { amount }
  lines { lineNumber account { code } member { name } debit { amount currency } credit { amount } shares }
  entry { number }
}
"""
LIST = """
query Q($id: ID!, $status: DraftStatus) {
  group(id: $id) { drafts(status: $status) { totalCount nodes { id status entry { number kind } } } }
}
"""


def charges(office: Office, **fields: Any) -> dict[str, Any]:
    """Bank charges of 30 out of the box."""
    account = office.group.account
    return {
        "lines": [
            {"accountId": account("5300"), "debit": "30"},
            {"accountId": account("1110"), "credit": "30.00"},
        ],
        "description": "Charges",
        **fields,
    }


@pytest.fixture
async def book(api: Api, world: World) -> Office:
    """The secretary of a group with a small book."""
    group = (await small_book(world)).group
    return Office(api.client(group.secretary), group, world)


async def test_a_draft_is_read_whole_and_its_entry_once_it_is_posted(api: Api, book: Office) -> None:
    group = book.group
    chair = api.client(group.chair)
    draft_id = new_id()
    drafted = await book.client.do(
        "entryDraft", DRAFT, groupId=group.id, id=draft_id, **charges(book, payee="Bank", receipt="9", on="2026-01-05")
    )
    assert drafted["draft"] == {
        "id": str(draft_id),
        "kind": "MANUAL_ENTRY",
        "status": "OPEN",
        "effectiveOn": "2026-01-05",
        "description": "Charges",
        "payee": "Bank",
        "receipt": "9",
        "draftedBy": str(group.secretary.user_id),
        "decidedBy": None,
        "version": 1,
        "meeting": None,
        "member": None,
        "group": {"id": str(group.id)},
        "retainedSurplus": None,
        "lines": [
            {
                "lineNumber": 1,
                "account": {"code": "5300"},
                "member": None,
                "debit": {"amount": "30.00", "currency": "KES"},
                "credit": None,
                "shares": None,
            },
            {
                "lineNumber": 2,
                "account": {"code": "1110"},
                "member": None,
                "debit": None,
                "credit": {"amount": "30.00"},
                "shares": None,
            },
        ],
        "entry": None,
    }
    decision = {"groupId": group.id, "draftId": draft_id, "expectedVersion": 1}
    error = await book.client.user_error("draftPost", **decision)
    assert (error["code"], error["reason"], error["path"]) == ("NOT_ALLOWED", "DRAFTED_BY_YOURSELF", ["draftId"])
    key = new_id()
    selection = "draft { status decidedBy version entry { number } } entry { number kind voucher { payee } }"
    posted = await chair.do("draftPost", selection, idempotencyKey=key, **decision)
    assert posted["draft"] == {
        "status": "POSTED",
        "decidedBy": str(group.chair.user_id),
        "version": 2,
        "entry": {"number": 8},
    }
    assert posted["entry"] == {"number": 8, "kind": "MANUAL_ENTRY", "voucher": {"payee": "Bank"}}
    again = await chair.mutate("draftPost", selection, idempotencyKey=key, **decision)
    assert again.data["draftPost"] == {**posted, "userErrors": []}
    assert again.extensions["idempotentReplay"] is True
    assert await both_verifications(book.world, group.id) == []


async def test_drafts_are_listed_by_their_status_the_newest_first(api: Api, book: Office) -> None:
    group = book.group
    ids = [
        (await book.client.do("entryDraft", "draft { id }", groupId=group.id, **charges(book)))["draft"]["id"]
        for _ in range(3)
    ]
    chair = api.client(group.chair)
    await chair.do("draftPost", "draft { id }", groupId=group.id, draftId=ids[0], expectedVersion=1)
    await chair.do("draftDiscard", "draft { status }", groupId=group.id, draftId=ids[1], expectedVersion=1)
    found = (await chair.query(LIST, id=group.id))["group"]["drafts"]
    assert [(each["id"], each["status"]) for each in found["nodes"]] == [
        (ids[2], "OPEN"),
        (ids[1], "DISCARDED"),
        (ids[0], "POSTED"),
    ]
    assert (found["totalCount"], found["nodes"][2]["entry"]) == (3, {"number": 8, "kind": "MANUAL_ENTRY"})
    for status, wanted in (("OPEN", ids[2:]), ("DISCARDED", ids[1:2]), ("POSTED", ids[:1])):
        nodes = (await chair.query(LIST, id=group.id, status=status))["group"]["drafts"]["nodes"]
        assert [each["id"] for each in nodes] == wanted


async def test_drafts_are_for_officers_auditors_staff_and_administrators(api: Api, world: World, book: Office) -> None:
    group = book.group
    draft = (await book.client.do("entryDraft", "draft { id }", groupId=group.id, **charges(book)))["draft"]["id"]
    node = "query Q($id: ID!) { node(id: $id) { __typename } }"
    readers = [group.chair, await world.auditor(group), await world.institution_staff(group), await world.admin()]
    for person in readers:
        client = api.client(person)
        assert (await client.query(LIST, id=group.id))["group"]["drafts"]["totalCount"] == 1
        assert await client.query(node, id=draft) == {"node": {"__typename": "EntryDraft"}}
    for person in (group.plain, await world.partner(group, "NAMES")):
        client = api.client(person)
        assert (await client.query(LIST, id=group.id))["group"]["drafts"] == {"totalCount": 0, "nodes": []}
        assert await client.query(node, id=draft) == {"node": None}
        answer = await client.mutate("draftDiscard", "draft { id }", groupId=group.id, draftId=draft, expectedVersion=1)
        assert answer.body.get("errors") or answer.data["draftDiscard"]["userErrors"][0]["reason"] == "GROUP_NOT_FOUND"
    assert (await book.client.query(LIST, id=group.id))["group"]["drafts"]["nodes"][0]["status"] == "OPEN"


async def test_a_member_is_adjusted_by_two_officers(api: Api, book: Office) -> None:
    group = book.group
    wish = {
        "groupId": group.id,
        "memberId": group.members[1],
        "balance": "SAVINGS",
        "direction": "UP",
        "amount": "15",
        "reason": "Paid in twice, booked once",
    }
    drafted = (await book.client.do("adjustmentDraft", DRAFT, **wish))["draft"]
    assert (drafted["kind"], drafted["member"], drafted["description"]) == (
        "ADJUSTMENT",
        {"name": "Member 2"},
        "Paid in twice, booked once",
    )
    sides = [
        (line["account"]["code"], line["member"], line["debit"], (line["credit"] or {}).get("amount"))
        for line in drafted["lines"]
    ]
    assert sides == [
        ("2100", {"name": "Member 2"}, None, "15.00"),
        ("5800", None, {"amount": "15.00", "currency": "KES"}, None),
    ]
    chair = api.client(group.chair)
    down = {key: value for key, value in {**wish, "direction": "DOWN", "amount": "7"}.items() if key != "groupId"}
    error = await chair.user_error(
        "draftRevise", groupId=group.id, draftId=drafted["id"], expectedVersion=1, adjustment=down
    )
    assert (error["reason"], error["path"]) == ("MEMBER_BALANCE_TOO_SMALL", ["adjustment", "amount"])
    up = {**down, "direction": "UP"}
    revised = await chair.do(
        "draftRevise", DRAFT, groupId=group.id, draftId=drafted["id"], expectedVersion=1, adjustment=up
    )
    assert (revised["draft"]["version"], revised["draft"]["draftedBy"]) == (2, str(group.chair.user_id))
    await book.client.do("draftPost", "entry { number }", groupId=group.id, draftId=drafted["id"], expectedVersion=2)


async def test_opening_balances_show_what_the_sides_differ_by(api: Api, office: Office) -> None:
    group = office.group
    a, b = group.members[:2]
    drafted = await office.client.do(
        "openingBalancesDraft",
        "draft { id description retainedSurplus { amount currency } lines { account { code } shares } }",
        groupId=group.id,
        on="2026-03-01",
        cash=[
            {"fund": "LOAN_FUND", "place": "BOX", "amount": "1000"},
            {"fund": "SOCIAL_FUND", "place": "BOX", "amount": "40"},
        ],
        members=[
            {"memberId": a, "shares": 4, "shareValue": "800", "socialFund": "20"},
            {"memberId": b, "savings": "150", "socialFund": "20"},
        ],
        borrowings="60.50",
    )
    draft = drafted["draft"]
    assert draft["description"] == "Opening balances"
    assert draft["retainedSurplus"] == {"amount": "-10.50", "currency": "KES"}
    assert [(line["account"]["code"], line["shares"]) for line in draft["lines"]] == [
        ("1110", None),
        ("1210", None),
        ("3200", None),
        ("3100", 4),
        ("2100", None),
        ("3200", None),
        ("2200", None),
        ("3900", None),
    ]
    chair = api.client(group.chair)
    posted = await chair.do(
        "draftPost", "entry { number kind }", groupId=group.id, draftId=draft["id"], expectedVersion=1
    )
    assert posted["entry"] == {"number": 1, "kind": "OPENING_BALANCES"}
    code, reason, path, _ = await office.refused("openingBalancesDraft", borrowings="1")
    assert (code, reason, path) == ("NOT_ALLOWED", "BOOK_NOT_EMPTY", [])


async def test_balances_that_agree_differ_by_nothing(office: Office) -> None:
    drafted = await office.client.do(
        "openingBalancesDraft",
        "draft { retainedSurplus { amount } }",
        groupId=office.group.id,
        cash=[{"fund": "LOAN_FUND", "place": "BANK", "amount": "5"}],
        borrowings="5",
    )
    assert drafted["draft"] == {"retainedSurplus": {"amount": "0.00"}}


async def test_refusals_name_the_field_and_carry_their_figures(book: Office) -> None:
    account = book.group.account
    uneven = charges(book, lines=[charges(book)["lines"][0], {"accountId": account("1110"), "credit": "29.5"}])
    fields = "draft { id } userErrors { reason path message ... on EntryDraftUserError { difference maximum } }"
    document = f"mutation M($input: EntryDraftInput!) {{ entryDraft(input: $input) {{ {fields} }} }}"
    given = {"groupId": book.group.id, "idempotencyKey": new_id(), **uneven}
    assert (await book.client.query(document, input=given))["entryDraft"] == {
        "draft": None,
        "userErrors": [
            {
                "reason": "LINES_UNBALANCED",
                "path": ["lines"],
                "message": "The debits are 0.50 more than the credits: correct the lines until both are equal.",
                "difference": "0.50",
                "maximum": None,
            }
        ],
    }
    many = charges(book)["lines"] * 51
    assert (await book.refused("entryDraft", **charges(book, lines=many)))[:3] == (
        "INVALID",
        "TOO_MANY_LINES",
        ["lines"],
    )
    bad = charges(book, lines=[{"accountId": "x", "debit": "1"}, charges(book)["lines"][1]])
    assert (await book.refused("entryDraft", **bad))[1:3] == ("NOT_AN_ID", ["lines", "0", "accountId"])
    nobody = {"memberId": new_id(), "balance": "SAVINGS", "direction": "UP", "amount": "1", "reason": "x"}
    assert (await book.refused("adjustmentDraft", **nobody))[1:3] == ("MEMBER_NOT_IN_GROUP", ["memberId"])
    unknown = {"draftId": new_id(), "expectedVersion": 1}
    for mutation in ("draftPost", "draftDiscard", "draftRevise"):
        assert (await book.refused(mutation, **unknown))[:3] == ("NOT_FOUND", "DRAFT_NOT_FOUND", ["draftId"])


async def test_a_page_of_drafts_costs_as_many_statements_as_one_draft(api: Api, book: Office) -> None:
    group = book.group
    client: Client = api.client(group.chair)
    document = (
        "query Q($id: ID!) { group(id: $id) { drafts { nodes {"
        " lines { account { code } member { name } } retainedSurplus { amount } entry { number } } } } }"
    )
    await book.client.do("entryDraft", "draft { id }", groupId=group.id, **charges(book))
    once = await api.count_statements(client, document, id=group.id)
    for _ in range(4):
        await book.client.do("entryDraft", "draft { id }", groupId=group.id, **charges(book))
    assert (await api.count_statements(client, document, id=group.id)).count == once.count


async def test_what_two_officers_posted_is_taken_back_through_a_draft(api: Api, book: Office) -> None:
    group, chair = book.group, api.client(book.group.chair)
    drafted = await book.client.do("entryDraft", "draft { id reverses { id } }", groupId=group.id, **charges(book))
    assert drafted["draft"]["reverses"] is None
    entry = drafted["draft"]["id"]
    await chair.do("draftPost", "entry { number }", groupId=group.id, draftId=entry, expectedVersion=1)
    wish = {"groupId": group.id, "entryId": entry, "reason": "Never charged"}
    error = await book.client.user_error("entryReverse", **wish)
    assert (error["code"], error["reason"], error["path"]) == ("NOT_ALLOWED", "REVERSAL_NEEDS_APPROVAL", ["isDraft"])
    selection = "entry { number } draft { id kind status reverses { id number } lines { debit { amount } } }"
    undoing = await book.client.do("entryReverse", selection, **wish, isDraft=True)
    draft = undoing["draft"]
    assert undoing["entry"] is None
    assert draft == {
        "id": draft["id"],
        "kind": "MANUAL_ENTRY",
        "status": "OPEN",
        "reverses": {"id": entry, "number": 8},
        "lines": [{"debit": None}, {"debit": {"amount": "30.00"}}],
    }
    decision = {"groupId": group.id, "draftId": draft["id"], "expectedVersion": 1}
    assert (await book.client.user_error("draftPost", **decision))["reason"] == "DRAFTED_BY_YOURSELF"
    posted = await chair.do("draftPost", "entry { number reverses { id } }", **decision)
    assert posted["entry"] == {"number": 9, "reverses": {"id": entry}}
    assert await both_verifications(book.world, group.id) == []
