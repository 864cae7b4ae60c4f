"""A query is one snapshot: what is posted while it runs changes no part of its answer."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from graph.schema import schema
from tests.support.api import Api
from tests.support.world import World, shares, social_fund

PAGE = """query Page($id: ID!) { group(id: $id) {
    members { nodes { balances { sharesValue { amount } socialFundPaid { amount } } } }
    fundBalances { fund balance { amount } }
    meetings { nodes { totals { kind amount { amount } entryCount } } }
    contributions { totalCount nodes { amount { amount } } }
    book { entryCount }
} }"""


def sums(page: dict[str, Any]) -> dict[str, Decimal | int]:
    """The same money, added up from each of the parts that show it."""
    balances = [node["balances"] for node in page["members"]["nodes"]]
    totals = [total for meeting in page["meetings"]["nodes"] for total in meeting["totals"]]
    return {
        "members": sum(
            Decimal(each["sharesValue"]["amount"]) + Decimal(each["socialFundPaid"]["amount"]) for each in balances
        ),
        "funds": sum(Decimal(each["balance"]["amount"]) for each in page["fundBalances"]),
        "meetings": sum(Decimal(total["amount"]["amount"]) for total in totals),
        "contributions": sum(Decimal(node["amount"]["amount"]) for node in page["contributions"]["nodes"]),
        "entries of meetings": sum(total["entryCount"] for total in totals),
        "entries of the book": page["book"]["entryCount"],
        "contributions counted": page["contributions"]["totalCount"],
    }


def agreeing(amount: int, entries: int) -> dict[str, Decimal | int]:
    return {
        **dict.fromkeys(("members", "funds", "meetings", "contributions"), Decimal(amount)),
        **dict.fromkeys(("entries of meetings", "entries of the book", "contributions counted"), entries),
    }


@pytest.mark.parametrize(
    "name",
    ["members.rows_by_key", "accounts._by_tenant", "ledger.rows_by_tenant", "meetings.rows_grouped"],
)
async def test_a_posting_in_the_midst_of_a_query_shows_in_none_of_its_parts(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[1], 2), social_fund(group.members[1], "20"))
    client = api.client(group.secretary)
    module, _, function = name.partition(".")
    original = getattr(import_module(f"persistence.reads.{module}"), function)
    posted = False

    async def load_after_a_posting(*arguments: Any) -> Any:
        """The snapshot has begun by now: post, wait until it is committed, and only then read."""
        nonlocal posted
        if not posted:
            posted = True
            await world.record(group, meeting, shares(group.members[2], 5), social_fund(group.members[2], "30"))
        return await original(*arguments)

    monkeypatch.setattr(f"persistence.reads.{name}", load_after_a_posting)
    page = (await client.query(PAGE, id=group.id))["group"]
    assert posted
    assert sums(page) == agreeing(420, 2)
    monkeypatch.undo()
    assert sums((await client.query(PAGE, id=group.id))["group"]) == agreeing(1450, 4)


async def test_queries_among_many_postings_always_agree_with_themselves(api: Api, world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    client = api.client(group.secretary)
    whole = PAGE.replace("contributions {", "contributions(first: 100) {")
    seen = []

    async def post() -> None:
        for _ in range(15):
            await world.record(group, meeting, social_fund(group.members[1], "7"), social_fund(group.members[2], "5"))

    async def look() -> None:
        for _ in range(15):
            found = sums((await client.query(whole, id=group.id))["group"])
            assert found == agreeing(6 * int(found["entries of the book"]), int(found["entries of the book"]))
            seen.append(found["entries of the book"])

    await asyncio.gather(post(), look(), look())
    assert seen
    assert (await client.query(PAGE, id=group.id))["group"]["book"] == {"entryCount": 30}


async def test_a_mutation_reads_back_what_it_has_just_done(api: Api, world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    client = api.client(group.treasurer)
    for count in (1, 2):
        recorded = await client.do(
            "contributionsRecord",
            "meeting { totals { amount { amount } entryCount } group { book { entryCount } fundBalances {"
            " balance { amount } } } }",
            groupId=group.id,
            meetingId=meeting,
            items=[{"memberId": group.members[1], "kind": "SHARE", "shares": 1}],
        )
        amount = {"amount": f"{200 * count}.00"}
        assert recorded["meeting"] == {
            "totals": [{"amount": amount, "entryCount": count}],
            "group": {
                "book": {"entryCount": count},
                "fundBalances": [{"balance": amount}, {"balance": {"amount": "0.00"}}],
            },
        }


OF_A_GROUP = {
    *(
        "Account",
        "ArrearsTotal",
        "AttendanceSums",
        "AttendanceTotals",
        "Book",
        "CashCount",
        "ContributionType",
        "Due",
        "DuePeriod",
        *(f"{name}Performance" for name in ("Attendance", "Fine", "Member", "Saving")),
        "FieldChange",
        "FineReason",
        "FundBalance",
        "Group",
        "LoanTerms",
        "MeetingTotal",
        "NextOfKinOfMember",
        "PositionHeld",
        "RepaymentTerms",
        "RoleTerm",
        "VoteOption",
        "VoteTally",
    ),
    *("GroupLoanPortfolio", "OfficerLoanPortfolio"),
    *(
        f"Loan{part}"
        for part in (
            "Account",
            "Ageing",
            "Charge",
            "ChargeRule",
            "Component",
            "Instalment",
            "InstalmentAccount",
            "Payment",
            "PenaltyRule",
            "Portfolio",
            "ProductVersion",
            "ScheduleVersion",
            "Split",
            "Step",
        )
    ),
    *("DraftLine", "MemberBalances", "Money", "PageInfo", "PlaceBalance", "Voucher"),
    *(
        f"{name}{part}"
        for name in (
            "Attendance",
            "AuditRecord",
            "Ballot",
            "BookClosing",
            "Constitution",
            "Contribution",
            "ContributionWaiver",
            "Cycle",
            "EntryDraft",
            "EntryLine",
            "Fine",
            "GroupStatusStep",
            "Hold",
            "Invitation",
            "JoinRequest",
            "JournalEntry",
            "LateLoan",
            "Loan",
            "LoanCollateral",
            "LoanGuarantee",
            "LoanProduct",
            "MachineCredential",
            "Meeting",
            "MeetingRoll",
            "Member",
            "PermissionOverride",
            "PersonalDataRead",
            "Vote",
        )
        for part in ("", "Connection", "Edge")
    ),
}


def test_from_a_group_no_field_leads_to_what_is_not_its_own() -> None:
    """An operation for one group reads with the viewer's lists cut to it: what lay elsewhere would be missing."""
    types, found, waiting = schema._schema.type_map, set(), ["Group"]
    while waiting:
        name = waiting.pop()
        if name not in found and isinstance(types[name], GraphQLObjectType):
            found.add(name)
            waiting += [get_named_type(field.type).name for field in types[name].fields.values()]
    assert found == OF_A_GROUP
