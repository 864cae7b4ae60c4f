"""The journal, statements and balances as clients read them: exact figures, filters, moments, and who sees what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Place
from domain.ledger.chain import closing_code
from domain.policy import Visibility
from domain.savings import ContributionItem, ContributionKind
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, Person, World, shares, social_fund

FIRST, SECOND = date(2026, 11, 3), date(2026, 11, 10)

JOURNAL = """query J($id: ID!, $first: Int = 20, $after: String, $kind: EntryKind, $member: ID, $account: ID,
    $meeting: ID, $from: Date, $to: Date, $order: EntryOrder! = OLDEST) { group(id: $id) {
    entries(first: $first, after: $after, kind: $kind, memberId: $member, accountId: $account, meetingId: $meeting,
        from: $from, to: $to, orderBy: $order) { nodes { number } pageInfo { endCursor hasNextPage } totalCount } } }"""


@dataclass(frozen=True)
class Books:
    """A group of two meetings.

    1: A buys 3 shares; 2: B pays 20.00 into the social fund. Then, a week later, 3: A buys 1 share; 4: B saves 50.00
    into the bank.
    """

    api: Api
    world: World
    group: GroupOfPeople
    meetings: tuple[Any, Any]

    def client(self, person: Person | None = None) -> Client:
        return self.api.client(person or self.group.treasurer)

    async def numbers(self, person: Person | None = None, /, **variables: Any) -> list[int]:
        data = await self.client(person).query(JOURNAL, id=self.group.id, **variables)
        return [node["number"] for node in data["group"]["entries"]["nodes"]]

    async def ask(self, selection: str, person: Person | None = None) -> Any:
        """What the group answers for a selection."""
        data = await self.client(person).query(
            f"query Q($id: ID!) {{ group(id: $id) {{ {selection} }} }}", id=self.group.id
        )
        return data["group"]


async def _books(api: Api, world: World, **rules: Any) -> Books:
    group = await world.group(**rules)
    a, b = group.members[0], group.members[3]
    first = await world.meeting(group, held_on=FIRST)
    await world.record(group, first, shares(a, 3), social_fund(b, "20"))
    await world.close_meeting(group, first)
    second = await world.meeting(group, held_on=SECOND)
    saving = ContributionItem(member_id=b, kind=ContributionKind.SAVINGS, amount=Decimal(50), place=Place.BANK)
    await world.record(group, second, shares(a, 1), saving)
    return Books(api, world, group, (first, second))


@pytest.fixture
async def books(api: Api, world: World) -> Books:
    return await _books(api, world)


async def test_an_entry_shows_its_lines_with_the_balances_after_them(books: Books) -> None:
    group = await books.ask(
        """entries(orderBy: OLDEST, first: 3) { nodes { number kind effectiveOn member { number } meeting { number }
            voucher { description } reverses { number } reversedBy { number }
            lines { lineNumber kind effectiveOn debit { amount currency } credit { amount } shares
                account { code } member { number } accountBalanceAfter { amount } memberBalanceAfter { amount }
                entry { number } } } }"""
    )
    nothing = {"voucher": None, "reverses": None, "reversedBy": None}
    cash, own = {"code": "1110"}, {"code": "3100"}

    def line(number: int, of: int, on: str, **fields: Any) -> dict[str, Any]:
        empty = {"debit": None, "credit": None, "shares": None, "member": None, "memberBalanceAfter": None}
        kind = {"kind": "SHARE_PURCHASE", "effectiveOn": on, "entry": {"number": of}}
        return {"lineNumber": number, **empty, **kind, **fields}

    entries = group["entries"]["nodes"]
    assert entries[0] == {
        "number": 1,
        "kind": "SHARE_PURCHASE",
        "effectiveOn": "2026-11-03",
        "member": {"number": 1},
        "meeting": {"number": 1},
        **nothing,
        "lines": [
            line(
                1,
                1,
                "2026-11-03",
                debit={"amount": "600.00", "currency": "KES"},
                account=cash,
                accountBalanceAfter={"amount": "600.00"},
            ),
            line(
                2,
                1,
                "2026-11-03",
                credit={"amount": "600.00"},
                account=own,
                member={"number": 1},
                shares=3,
                accountBalanceAfter={"amount": "600.00"},
                memberBalanceAfter={"amount": "600.00"},
            ),
        ],
    }
    third = entries[2]
    assert third["lines"][1]["accountBalanceAfter"] == {"amount": "800.00"}
    assert (third["number"], third["lines"][1]["shares"], third["meeting"]) == (3, 1, {"number": 2})


async def test_the_journal_is_narrowed_by_every_filter(books: Books) -> None:
    a, b = books.group.members[0], books.group.members[3]
    assert await books.numbers() == [1, 2, 3, 4]
    assert await books.numbers(order="NEWEST") == [4, 3, 2, 1]
    assert await books.numbers(kind="SHARE_PURCHASE") == [1, 3]
    assert await books.numbers(member=a) == [1, 3]
    assert await books.numbers(member=b) == [2, 4]
    assert await books.numbers(account=books.group.account("1120")) == [4]
    assert await books.numbers(account=books.group.account("3200")) == [2]
    assert await books.numbers(meeting=books.meetings[1]) == [3, 4]
    assert await books.numbers(**{"from": SECOND}) == [3, 4]
    assert await books.numbers(to=FIRST) == [1, 2]
    assert await books.numbers(member=a, **{"from": SECOND}) == [3]
    assert await books.numbers(member=new_id()) == []


async def test_the_journal_goes_on_after_a_cursor(books: Books) -> None:
    data = await books.client().query(JOURNAL, id=books.group.id, first=3)
    page = data["group"]["entries"]
    assert ([node["number"] for node in page["nodes"]], page["totalCount"]) == ([1, 2, 3], 4)
    assert page["pageInfo"]["hasNextPage"] is True
    assert await books.numbers(first=3, after=page["pageInfo"]["endCursor"]) == [4]


async def test_a_meeting_has_its_own_entries(books: Books) -> None:
    group = await books.ask("meetings { nodes { number entries(orderBy: OLDEST) { nodes { number } } } }")
    assert [
        (each["number"], [n["number"] for n in each["entries"]["nodes"]]) for each in group["meetings"]["nodes"]
    ] == [
        (2, [3, 4]),
        (1, [1, 2]),
    ]


async def test_accounts_form_a_tree_whose_headings_sum_what_stands_below(books: Books) -> None:
    group = await books.ask(
        "accounts { code balance { amount } isPostable parent { code } children { code balance { amount } } }"
    )
    accounts = {account["code"]: account for account in group["accounts"]}
    assert accounts["1000"]["balance"] == {"amount": "870.00"}
    assert accounts["1100"]["balance"] == {"amount": "850.00"}
    assert accounts["1100"]["children"] == [
        {"code": "1110", "balance": {"amount": "800.00"}},
        {"code": "1120", "balance": {"amount": "50.00"}},
        {"code": "1130", "balance": {"amount": "0.00"}},
    ]
    assert accounts["1110"]["parent"] == {"code": "1100"}
    assert accounts["1000"]["parent"] is None
    assert accounts["2000"]["balance"] == {"amount": "50.00"}
    assert accounts["3000"]["balance"] == {"amount": "820.00"}
    assert accounts["3000"]["isPostable"] is False


@pytest.mark.parametrize(
    ("moment", "box", "bank", "social"),
    [
        ("", "800.00", "50.00", "20.00"),
        ('(asOf: "2026-11-09")', "600.00", "0.00", "20.00"),
        ('(asOf: "2026-11-10")', "800.00", "50.00", "20.00"),
        ('(asOf: "2026-11-02")', "0.00", "0.00", "0.00"),
        ("(asOfEntry: 0)", "0.00", "0.00", "0.00"),
        ("(asOfEntry: 1)", "600.00", "0.00", "0.00"),
        ("(asOfEntry: 3)", "800.00", "0.00", "20.00"),
        ("(asOfEntry: 99)", "800.00", "50.00", "20.00"),
    ],
)
async def test_balances_of_accounts_and_funds_as_of_a_moment(
    books: Books, moment: str, box: str, bank: str, social: str
) -> None:
    group = await books.ask(
        f"fundBalances{moment} {{ fund places {{ place balance {{ amount }} }} }}"
        f" accounts {{ code balance{moment} {{ amount }} }}"
    )
    places = {
        (fund["fund"], place["place"]): place["balance"]["amount"]
        for fund in group["fundBalances"]
        for place in fund["places"]
    }
    assert places["LOAN_FUND", "BOX"] == box
    assert places["LOAN_FUND", "BANK"] == bank
    assert places["SOCIAL_FUND", "BOX"] == social
    accounts = {account["code"]: account["balance"]["amount"] for account in group["accounts"]}
    assert (accounts["1110"], accounts["1120"], accounts["3200"]) == (box, bank, social)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("", [(4, "800.00", "0.00", "0.00"), (0, "0.00", "50.00", "20.00")]),
        ('(asOf: "2026-11-09")', [(3, "600.00", "0.00", "0.00"), (0, "0.00", "0.00", "20.00")]),
        ("(asOfEntry: 1)", [(3, "600.00", "0.00", "0.00"), (0, "0.00", "0.00", "0.00")]),
    ],
)
async def test_balances_of_members_as_of_a_moment(books: Books, moment: str, expected: list[Any]) -> None:
    group = await books.ask(
        f"members {{ nodes {{ balances{moment} {{"
        " shares sharesValue { amount } savings { amount } socialFundPaid { amount } } } }"
    )
    found = [
        (own["shares"], own["sharesValue"]["amount"], own["savings"]["amount"], own["socialFundPaid"]["amount"])
        for own in (node["balances"] for node in group["members"]["nodes"])
    ]
    assert [found[0], found[3]] == expected


@pytest.mark.parametrize(
    "field", ["fundBalances{} {{ fund }}", "members(first: 1) {{ nodes {{ balances{} {{ shares }} }} }}"]
)
@pytest.mark.parametrize("moment", ['(asOf: "2026-11-09", asOfEntry: 1)', "(asOfEntry: -1)"])
async def test_a_moment_that_is_none_is_refused(books: Books, field: str, moment: str) -> None:
    document = f"query Q($id: ID!) {{ group(id: $id) {{ {field.format(moment)} }} }}"
    code, message = await books.client().refused(document, id=books.group.id)
    assert code == "BAD_USER_INPUT"
    assert message.startswith("Give `asOf")


async def test_a_member_reads_her_own_statement_and_no_other(books: Books) -> None:
    statement = """members { nodes { number statement(first: 10, orderBy: OLDEST) { nodes {
        entryNumber kind effectiveOn credit { amount } memberBalanceAfter { amount } accountBalanceAfter { amount }
        account { code } entry { number } } } } }"""
    group = await books.ask(statement, books.group.plain)
    by_number = {node["number"]: node["statement"]["nodes"] for node in group["members"]["nodes"]}
    assert [number for number, lines in by_number.items() if lines] == [4]
    assert by_number[4] == [
        {
            "entryNumber": 2,
            "kind": "SOCIAL_FUND_CONTRIBUTION",
            "effectiveOn": "2026-11-03",
            "credit": {"amount": "20.00"},
            "memberBalanceAfter": {"amount": "20.00"},
            # What her payment left on the whole account is a total, which her group shows her.
            "accountBalanceAfter": {"amount": "20.00"},
            "account": {"code": "3200"},
            "entry": {"number": 2},
        },
        {
            "entryNumber": 4,
            "kind": "SAVINGS_DEPOSIT",
            "effectiveOn": "2026-11-10",
            "credit": {"amount": "50.00"},
            "memberBalanceAfter": {"amount": "50.00"},
            "accountBalanceAfter": {"amount": "50.00"},
            "account": {"code": "2100"},
            "entry": {"number": 4},
        },
    ]
    assert await books.numbers(books.group.plain) == [2, 4]


async def test_whoever_sees_no_totals_sees_none_beside_her_own_lines(api: Api, world: World) -> None:
    books = await _books(api, world, visibility=Visibility.OWN_ONLY)
    group = await books.ask(
        """fundBalances(asOfEntry: 2) { fund } accounts { code balance(asOf: "2026-11-10") { amount } }
        members(first: 4) { nodes { statement(orderBy: OLDEST) { nodes {
            memberBalanceAfter { amount } accountBalanceAfter { amount } } } } }""",
        books.group.plain,
    )
    assert group["fundBalances"] is None
    assert {account["balance"] for account in group["accounts"]} == {None}
    assert group["members"]["nodes"][3]["statement"]["nodes"] == [
        {"memberBalanceAfter": {"amount": "20.00"}, "accountBalanceAfter": None},
        {"memberBalanceAfter": {"amount": "50.00"}, "accountBalanceAfter": None},
    ]
    other = await world.person()
    data = await api.client(other).query(JOURNAL, id=books.group.id)
    assert data["group"] is None


async def test_totals_tell_nothing_of_a_single_entry(books: Books) -> None:
    """A partner with totals, or a member who sees totals, cannot ask for the balances between two entries."""
    selection = "fundBalances(asOfEntry: %d) { balance { amount } } accounts { code balance(asOfEntry: %d) { amount } }"
    partner = await books.world.partner(books.group, "TOTALS")
    for person in (partner, books.group.plain):
        for number in range(5):
            group = await books.ask(selection % (number, number), person)
            assert group["fundBalances"] is None
            assert {account["balance"] for account in group["accounts"]} == {None}
        by_day = await books.ask('fundBalances(asOf: "2026-11-09") { balance { amount } }', person)
        assert [fund["balance"]["amount"] for fund in by_day["fundBalances"]] == ["600.00", "20.00"]


async def test_raw_functions_give_balances_only_to_whoever_may_see_them(books: Books) -> None:
    group, world = books.group, books.world
    stranger, partner = await world.person(), await world.partner(group, "TOTALS")
    counts = {}
    for name, person in {
        "stranger": stranger,
        "partner": partner,
        "plain": group.plain,
        "treasurer": group.treasurer,
    }.items():
        async with world.transaction(person) as connection:
            counts[name] = (
                await connection.fetchval("SELECT count(*) FROM ledger.balances_after($1, 4)", [group.id]),
                await connection.fetchval(
                    "SELECT count(*) FROM ledger.balances_after_lines($1, $2, $3)", [group.id] * 2, [1, 1], [1, 2]
                ),
            )
    # From one entry to the next, totals would tell what each member paid; only whoever sees all entries gets them so.
    assert counts == {"stranger": (0, 0), "partner": (0, 0), "plain": (0, 0), "treasurer": (34, 2)}


async def test_an_account_s_statement_runs_with_its_balance(books: Books) -> None:
    group = await books.ask(
        """accounts { code statement(orderBy: OLDEST) { nodes { entryNumber debit { amount } credit { amount }
            accountBalanceAfter { amount } } } }"""
    )
    (box,) = [account["statement"]["nodes"] for account in group["accounts"] if account["code"] == "1110"]
    assert [(line["entryNumber"], line["debit"]["amount"], line["accountBalanceAfter"]["amount"]) for line in box] == [
        (1, "600.00", "600.00"),
        (3, "200.00", "800.00"),
    ]


async def test_one_entry_is_found_by_its_id_for_whoever_may_see_it(books: Books) -> None:
    document = "query E($group: ID!, $id: ID!) { journalEntry(groupId: $group, id: $id) { number hash recordedBy } }"
    row = await books.world.superuser.fetchrow(
        "SELECT id, hash FROM ledger.entries WHERE tenant_id = $1 AND number = 1", books.group.id
    )
    found = await books.client().query(document, group=books.group.id, id=row["id"])
    assert found["journalEntry"] == {
        "number": 1,
        "hash": row["hash"].hex(),
        "recordedBy": str(books.group.treasurer.user_id),
    }
    assert (await books.client(books.group.plain).query(document, group=books.group.id, id=row["id"]))[
        "journalEntry"
    ] is None


async def test_a_closing_code_is_found_again_however_it_was_written_down(books: Books) -> None:
    document = """query C($id: ID!, $code: String!) { closingCodeCheck(groupId: $id, code: $code) {
        isInBook entryNumber bookedAt book { entryCount } } }"""
    rows = await books.world.superuser.fetch(
        "SELECT number, hash FROM ledger.entries WHERE tenant_id = $1 ORDER BY number", books.group.id
    )
    for row in rows:
        code = closing_code(row["hash"])
        found = await books.client(books.group.plain).query(document, id=books.group.id, code=f" {code.lower()} ")
        assert found["closingCodeCheck"]["isInBook"] is True
        assert found["closingCodeCheck"]["entryNumber"] == row["number"]
        assert found["closingCodeCheck"]["book"] == {"entryCount": 4}
    code = closing_code(rows[1]["hash"])
    wrong = ("1" if code[0] != "1" else "2") + code[1:]
    assert (await books.client().query(document, id=books.group.id, code=wrong))["closingCodeCheck"] == {
        "isInBook": False,
        "entryNumber": None,
        "bookedAt": None,
        "book": {"entryCount": 4},
    }
    refused, message = await books.client().refused(document, id=books.group.id, code="ABCDEU")
    assert refused == "BAD_USER_INPUT"
    assert message.startswith("A closing code has 6 letters and digits, such as ")
    stranger = await books.world.person()
    assert (await books.client(stranger).query(document, id=books.group.id, code=code))["closingCodeCheck"] is None
