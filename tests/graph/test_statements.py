"""How many SQL statements a query takes: as many as it has kinds of rows, however many rows there are.

Counted are the statements that the application sends, `app.enter` among them; BEGIN and COMMIT are not.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.ledger.periods import PeriodClose, period_close
from domain.policy import Visibility
from tests.graph.furnishing import furnish, lend, settle_later
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World, social_fund

GROUP_PAGE = """query Page($id: ID!) { group(id: $id) {
    name kind currency constitution { sharePrice { amount } }
    members(first: 25) { nodes { number name balances { shares sharesValue { amount } socialFundPaid { amount } } } }
    meetings(first: 10) { nodes { number heldOn status totals { kind amount { amount currency } entryCount } } }
} }"""

CHILDREN_OF_LINES = "lines { account { children { code } } }"
CONTRIBUTIONS = "contributions(first: 2) { nodes { id } }"

# Below members, meetings or contributions of a group: everything that leads to other rows.
BELOW = {
    "members": (
        "name",
        "phone",
        "roles",
        "nextOfKin { name }",
        "positions { position }",
        "roleTerms { role startsAt }",
        "personalDataReads(first: 2) { totalCount nodes { fields } }",
        "dues { expected { amount } periods { outstanding { amount } } }",
        "attendance(first: 2) { totalCount nodes { meeting { number } } }",
        "fines(first: 2) { totalCount nodes { outstanding { amount } reason } }",
        "loans(first: 2) { totalCount nodes { outstanding { amount } member { name } } }",
        "contributionWaivers(first: 2) { totalCount nodes { status } }",
        "performance { attendance { attendanceRate } saving { inTimeRate } fines { levied { amount } } }",
        "permissionOverrides(first: 2) { totalCount nodes { capability member { number } } }",
        "ballots(first: 2) { totalCount nodes { optionName vote { question } } }",
        "guarantees(first: 2) { totalCount nodes { amount { amount } borrower { number } } }",
        "balances { shares }",
        "group { name }",
        CONTRIBUTIONS,
        "contributions(first: 2) { totalCount }",
        "contributions(first: 1, kind: SHARE, orderBy: OLDEST) { nodes { amount { amount } } }",
        "contributions(first: 5) { nodes { member { number } } }",
        'balances(asOf: "2026-11-20") { shares }',
        "balances(asOfEntry: 3) { shares }",
        "statement(first: 2) { nodes { entryNumber account { code } entry { kind } accountBalanceAfter { amount } } }",
        "statement(first: 2, kind: SHARE_PURCHASE) { totalCount nodes { member { name } } }",
    ),
    "meetings": (
        "link agenda notes cancelReason",
        "facilitator { name }",
        "openedByMember { name }",
        "confirmedByMember { name }",
        "closedByMember { name }",
        "attendanceTotals { isQuorate }",
        "attendance(first: 2) { totalCount nodes { member { name } } }",
        "fines(first: 2) { totalCount nodes { outstanding { amount } } }",
        "attendance(first: 2) { nodes { votesCast } }",
        "votes(first: 2) { totalCount nodes { tally { result } ballots(first: 2) { nodes { member { name } } } } }",
        "totals { amount { amount } }",
        "cashCounts { counted { amount } }",
        "group { name }",
        CONTRIBUTIONS,
        "contributions(first: 2) { totalCount }",
        "contributions(first: 10) { edges { node { meeting { number } member { name } group { name } } } }",
        "entries(first: 2) { nodes { lines { account { code } } } }",
        "entries(first: 2) { nodes { lines { member { name } } } }",
        "entries(first: 2) { nodes { lines { accountBalanceAfter { amount } } } }",
        "entries(first: 2) { nodes { meeting { number } member { name } voucher { payee } } }",
        "entries(first: 2) { totalCount nodes { reverses { number } reversedBy { number } } }",
    ),
    "entries": (
        "lines { account { code parent { code } } member { name } }",
        "lines { entry { number } }",
        CHILDREN_OF_LINES,
        "lines { accountBalanceAfter { amount } }",
        "meeting { number }",
        "member { name }",
        "voucher { description }",
        "reverses { number }",
        "reversedBy { number }",
        "recordedByMember { name }",
    ),
    "contributions": (
        "member { number }",
        "meeting { number }",
        "group { name }",
        "member { balances { shares } contributions(first: 1) { nodes { id } } }",
        "meeting { totals { entryCount } }",
        "effectiveOn",
        "reversedBy { number }",
        "recordedByMember { name }",
    ),
    "drafts": (
        "lines { account { code parent { code } } member { name } debit { amount } }",
        "meeting { number }",
        "member { name }",
        "entry { number lines { account { code } } }",
        "reverses { number lines { account { code } } }",
        "group { name }",
        "draftedByMember { name }",
        "decidedByMember { name }",
    ),
    "loans": (
        "description",
        "terms { rate charges { value } penalty { value } }",
        "product { newest { terms { rate } } versions { number } }",
        "productVersion { name principalMax { amount } }",
        "member { name }",
        "guarantors { name }",
        "guarantees(first: 3) { totalCount nodes { status guarantor { name } borrower { name } } }",
        "collateral(first: 3) { totalCount nodes { description borrower { name } } }",
        "meeting { number }",
        "steps { kind words meeting { number } entry { number } }",
        "hold { amount { amount } }",
        "disbursement { number }",
        "schedules { instalments { total { amount } } }",
        "account { payOff { total { amount } } instalments { principal { outstanding { amount } } } }",
        'account(asOf: "2026-11-20") { outstanding { total { amount } } }',
        "outstanding { amount }",
        "payments { amount { amount } entry { number } }",
        "charges { amount { amount } }",
        "group { name }",
    ),
    "holds": (
        "account { code parent { code } }",
        "entry { number voucher { description } }",
        "group { name }",
        "placedByMember { name }",
        "endedByMember { name }",
    ),
}

# How many rows are asked for where twenty would cost more than one operation may.
MANY = {CHILDREN_OF_LINES: 6}

# Below groups, whatever leads to other rows.
BELOW_GROUPS = (
    "constitutions(first: 3) { totalCount nodes { version fineReasons { code } } }",
    "cycles(first: 3) { totalCount nodes { number } }",
    "currentCycle { number }",
    "statusSteps(first: 3) { totalCount nodes { became } }",
    "joinCode",
    "joinRequests(first: 3) { totalCount nodes { name member { number } } }",
    "invitations(first: 3) { totalCount nodes { contact member { number } } }",
    "meetingCount",
    "auditLog(first: 3) { totalCount nodes { entity actorMember { name } } }",
    "personalDataReads(first: 3) { totalCount nodes { fields readerMember { name } member { name } } }",
    "constitution { sharePrice { amount } }",
    "memberCount",
    "fundBalances { balance { amount } }",
    "accounts { balance { amount } }",
    'accounts { balance(asOf: "2026-11-20") { amount } }',
    "accounts { balance(asOfEntry: 2) { amount } }",
    "accounts { parent { code } }",
    "accounts { children { code } }",
    "accounts { statement(first: 2) { nodes { entryNumber } } }",
    'fundBalances(asOf: "2026-11-20") { balance { amount } }',
    "fundBalances(asOfEntry: 2) { places { available { amount } } }",
    "entries { nodes { number } }",
    "entries { totalCount }",
    "drafts(first: 5) { nodes { description lines { debit { amount } } } }",
    "drafts { totalCount }",
    "loanProducts { totalCount nodes { newest { terms { rate } } versions { number } } }",
    "loans { nodes { outstanding { amount } } }",
    "loans(isOverdue: true) { totalCount nodes { number } }",
    "holds { nodes { purpose } }",
    "holds { totalCount }",
    "contributionWaivers { nodes { member { number } } }",
    "permissionOverrides { totalCount nodes { member { number } } }",
    "arrears { outstanding { amount } }",
    "attendanceTotals { presentCount }",
    "rolls(first: 3) { totalCount nodes { totals { isQuorate } } }",
    "loanGuarantees { nodes { status guarantor { number } borrower { number } } }",
    "loanGuarantees { totalCount }",
    "loanPortfolio { countedOn portfolio { outstanding { amount } } officers { officerId } }",
    "lateLoans { nodes { days member { number } loan { number } } }",
    "lateLoans { totalCount }",
    "loanCollateral { nodes { description value { amount } borrower { number } } }",
    "loanCollateral { totalCount }",
    "book { closingCode }",
    "book { closings { nodes { closingCode closedByMember { name } } } }",
    "book { closings { totalCount } }",
    "openMeeting { number }",
    "members { nodes { number } }",
    "members(first: 1) { totalCount }",
    "meetings { nodes { number } }",
    "meetings(first: 1) { totalCount }",
    "contributions { nodes { id } }",
    "contributions { totalCount }",
    "machineCredentials { nodes { id lastUsedOn } }",
    "machineCredentials { totalCount }",
    "members(first: 5) { nodes { balances { shares } contributions(first: 2) { nodes { meeting { totals { kind }}}}}}",
)


@pytest.fixture
async def small(world: World) -> GroupOfPeople:
    return await world.group(visibility=Visibility.ALL)


@pytest.fixture
async def large(world: World) -> GroupOfPeople:
    return await world.group(visibility=Visibility.ALL, members=25)


async def test_the_group_page_takes_six_statements(api: Api, world: World, large: GroupOfPeople) -> None:
    await furnish(world, large, meetings=10, rows=12)
    client = api.client(large.secretary)
    statements = await api.count_statements(client, GROUP_PAGE, id=large.id)
    assert statements.count == 6, "\n\n".join(statements.sent)
    assert statements.sent[0] == "SELECT * FROM app.enter($1, $2)"
    page = (await client.query(GROUP_PAGE, id=large.id))["group"]
    assert len(page["members"]["nodes"]) == 25
    assert page["members"]["nodes"][11]["balances"] == {
        "shares": 10,
        "sharesValue": {"amount": "2000.00"},
        "socialFundPaid": {"amount": "200.00"},
    }
    assert [meeting["number"] for meeting in page["meetings"]["nodes"]] == [*range(10, 0, -1)]
    assert {len(meeting["totals"]) for meeting in page["meetings"]["nodes"]} == {2}


async def test_what_lies_below_many_rows_takes_no_more_statements_than_below_few(
    api: Api, world: World, small: GroupOfPeople, large: GroupOfPeople
) -> None:
    for group, meetings, rows in ((small, 2, 2), (large, 6, 20)):
        opened = await furnish(world, group, meetings=meetings, rows=rows)
        await lend(world, group, opened[-1], rows=rows)
    await settle_later(api, small, rows=2)
    await settle_later(api, large, rows=5)
    for parent, fields in BELOW.items():
        for field in fields:
            rows = f"{parent}(first: $first) {{ nodes {{ {field} }} }}"
            document = f"query Q($id: ID!, $first: Int!) {{ group(id: $id) {{ {rows} }} }}"
            few = await api.count_statements(api.client(small.secretary), document, id=small.id, first=2)
            many = await api.count_statements(
                api.client(large.secretary), document, id=large.id, first=MANY.get(field, 20)
            )
            assert many.count == few.count, f"{parent}: {field}\n{many.sent}"


async def test_what_lies_below_many_groups_takes_no_more_statements_than_below_few(api: Api, world: World) -> None:
    secretary = await world.person()
    for _ in range(3):
        group = await world.group(secretary=secretary)
        await furnish(world, group, meetings=2, rows=2)
        for month in (1, 2):
            through = date(2026, month, 1)
            closing = PeriodClose(group_id=group.id, idempotency_key=new_id(), through=through)
            await world.succeed(group.treasurer, period_close, closing)
    client = api.client(secretary)
    closings = "{ groups { nodes { book { closings { nodes { closingCode closedThrough } } } } } }"
    found = (await client.query(closings))["groups"]["nodes"]
    assert [len(group["book"]["closings"]["nodes"]) for group in found] == [2, 2, 2]
    for field in BELOW_GROUPS:
        document = f"query Q($first: Int!) {{ groups(first: $first) {{ nodes {{ {field} }} }} }}"
        counts = [(await api.count_statements(client, document, first=first)).count for first in (1, 3)]
        assert counts[0] == counts[1], field


async def test_memberships_take_no_statement_each(api: Api, world: World) -> None:
    secretary = await world.person()
    await world.group(secretary=secretary)
    client = api.client(secretary)
    document = (
        "{ viewer { memberships { roles group { name memberCount } member { number name balances { shares } } } } }"
    )
    before = await api.count_statements(client, document)
    for _ in range(4):
        await world.group(secretary=secretary)
    after = await api.count_statements(client, document)
    assert len((await client.query(document))["viewer"]["memberships"]) == 5
    assert after.count == before.count == 6


async def test_nodes_take_a_statement_for_each_type_and_one_to_find_them(
    api: Api, world: World, large: GroupOfPeople
) -> None:
    meetings = await furnish(world, large, meetings=3, rows=2)
    contribution = new_id()
    await world.record(large, meetings[-1], social_fund(large.members[0], "1", id=contribution))
    document = "query Q($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    client = api.client(large.secretary)

    async def count(ids: list[UUID]) -> int:
        return (await api.count_statements(client, document, ids=ids)).count

    assert await count([large.id]) == 3
    assert await count([*large.members]) == 3
    assert await count([large.id, *large.members, *meetings, contribution]) == 6


async def test_every_connection_and_relation_is_counted(api: Api) -> None:
    """A field that leads to rows and is in none of the tables above has not been looked at."""
    data = await api.anonymous.query(
        """{ __schema { types { name kind fields { name type {
            name kind ofType { name kind ofType { name kind ofType { name kind } } } } } } } }"""
    )
    types = {each["name"]: each for each in data["__schema"]["types"]}

    def bare(kind: dict[str, Any]) -> str:
        return bare(kind["ofType"]) if kind.get("ofType") else kind["name"]  # type: ignore[no-any-return]

    def leads_to_rows(name: str) -> bool:
        each = types[name]
        return name != "Money" and each["kind"] in ("OBJECT", "INTERFACE")

    tables = {
        "Member": BELOW["members"],
        "Meeting": BELOW["meetings"],
        "Contribution": BELOW["contributions"],
        "JournalEntry": BELOW["entries"],
        "EntryDraft": BELOW["drafts"],
        "Hold": BELOW["holds"],
        "Loan": BELOW["loans"],
        "Group": BELOW_GROUPS,
        **{
            name: [each.removeprefix(field) for each in BELOW_GROUPS if each.startswith(field)]
            for name, field in (("Account", "accounts { "), ("Book", "book { "))
        },
    }
    for name, fields in tables.items():
        for field in types[name]["fields"]:
            if leads_to_rows(bare(field["type"])):
                assert any(each.startswith(field["name"]) for each in fields), f"{name}.{field['name']}"


async def test_a_sheet_of_25_takes_as_many_statements_as_one_of_2(api: Api, world: World, large: GroupOfPeople) -> None:
    meeting = await world.meeting(large)
    client: Client = api.client(large.treasurer)
    counts = {}
    for size in (2, 2, 25):
        items = [{"memberId": each, "kind": "SOCIAL_FUND", "amount": "1"} for each in large.members[:size]]
        with api.statements() as statements:
            answer = await client.do(
                "contributionsRecord",
                "items { status contribution { amount { amount } } }",
                groupId=large.id,
                meetingId=meeting,
                items=items,
            )
        assert [item["status"] for item in answer["items"]] == ["ACCEPTED"] * size
        counts[size] = statements.count
    assert counts[25] == counts[2]
