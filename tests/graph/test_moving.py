"""Money that is moved through the API: what comes back, who is refused, and what a refusal says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from domain.identifiers import new_id
from tests.ledger.moving import Funded, funded, today
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import Person, World

ENTRY = """entry { id number kind effectiveOn meeting { number } member { number } recordedBy
    voucher { description payee receipt } reverses { number }
    lines { debit { amount currency } credit { amount currency } account { code } member { number } shares } }"""


@dataclass(frozen=True)
class Counter:
    """The officers of a funded group at their clients."""

    api: Api
    book: Funded

    def client(self, who: Person | None = None) -> Client:
        return self.api.client(who or self.book.group.treasurer)

    async def do(self, mutation: str, who: Person | None = None, /, **fields: Any) -> Any:
        """The entry that a mutation answers."""
        payload = await self.client(who).do(mutation, ENTRY, groupId=self.book.group.id, **fields)
        return payload["entry"]

    async def refused(self, mutation: str, details: str = "", /, **fields: Any) -> dict[str, Any]:
        """The only user error, with more of its fields; no more than the key is kept."""
        async with nothing_changes(self.book.world, but_for_keys=True):
            answer = await self.client().mutate(
                mutation,
                f"entry {{ id }} more: userErrors {{ {details or 'code'} }}",
                groupId=self.book.group.id,
                **fields,
            )
        payload = answer.data[mutation]
        assert payload["entry"] is None
        ((error,), (more,)) = payload["userErrors"], payload["more"]
        return {**error, **more}

    def lines(self, entry: Any) -> list[tuple[str, str, int | None]]:
        return [
            (
                line["account"]["code"],
                line["debit"]["amount"] if line["debit"] else f"-{line['credit']['amount']}",
                line["member"] and line["member"]["number"],
            )
            for line in entry["lines"]
        ]


@pytest.fixture
async def counter(api: Api, world: World) -> Counter:
    return Counter(api, await funded(world))


async def test_a_withdrawal_answers_the_entry_with_its_words_and_lines(counter: Counter) -> None:
    book, own = counter.book, new_id()
    entry = await counter.do(
        "withdrawalRecord",
        id=own,
        memberId=book.a,
        amount="120.50",
        place="BOX",
        memo="School fees.",
        meetingId=book.meeting,
    )
    assert entry == {
        "id": str(own),
        "number": 5,
        "kind": "WITHDRAWAL",
        "effectiveOn": today().isoformat(),
        "meeting": {"number": 1},
        "member": {"number": 1},
        "recordedBy": str(book.group.treasurer.user_id),
        "voucher": {"description": "School fees.", "payee": None, "receipt": None},
        "reverses": None,
        "lines": [
            {
                "debit": {"amount": "120.50", "currency": "KES"},
                "credit": None,
                "account": {"code": "2100"},
                "member": {"number": 1},
                "shares": None,
            },
            {
                "debit": None,
                "credit": {"amount": "120.50", "currency": "KES"},
                "account": {"code": "1110"},
                "member": None,
                "shares": None,
            },
        ],
    }


async def test_every_mutation_posts_its_kind_with_the_place_left_out_being_the_box(counter: Counter) -> None:
    book = counter.book
    chair, secretary = book.group.chair, book.group.secretary
    member = {"memberId": book.b}
    made = [
        await counter.do("fineLevy", secretary, **member, amount="9", reason="Came late.", on="2026-01-02"),
        await counter.do("finePay", **member, amount="4"),
        await counter.do("fineWaive", chair, **member, amount="5", reason="Ill."),
        await counter.do("withdrawalRecord", **member, amount="50"),
        await counter.do("socialFundGrant", **member, amount="80", description="A burial."),
        await counter.do(
            "otherIncomeRecord",
            fund="SOCIAL_FUND",
            amount="5",
            description="A gift.",
            payee="Asha",
        ),
        await counter.do(
            "otherExpenseRecord",
            accountId=book.group.account("5200"),
            fund="LOAN_FUND",
            amount="6",
            description="The bus.",
            receipt="A-17",
            isDraft=False,
        ),
        await counter.do("cashTransfer", fund="LOAN_FUND", source="BOX", target="MOBILE_MONEY", amount="500"),
        await counter.do("entryReverse", entryId=book.entries[0], reason="Counted twice."),
    ]
    assert [(entry["kind"], counter.lines(entry)) for entry in made] == [
        ("FINE_LEVIED", [("1310", "9.00", 2), ("4100", "-9.00", None)]),
        ("FINE_PAID", [("1110", "4.00", None), ("1310", "-4.00", 2)]),
        ("FINE_WAIVED", [("4100", "5.00", None), ("1310", "-5.00", 2)]),
        ("WITHDRAWAL", [("2100", "50.00", 2), ("1110", "-50.00", None)]),
        ("SOCIAL_FUND_GRANT", [("3210", "80.00", 2), ("1210", "-80.00", None)]),
        ("OTHER_INCOME", [("1210", "5.00", None), ("3200", "-5.00", None)]),
        ("OTHER_EXPENSE", [("5200", "6.00", None), ("1110", "-6.00", None)]),
        ("TRANSFER", [("1130", "500.00", None), ("1110", "-500.00", None)]),
        ("SHARE_PURCHASE", [("1110", "-600.00", None), ("3100", "600.00", 1)]),
    ]
    assert [entry["voucher"] and tuple(entry["voucher"].values()) for entry in made] == [
        ("Came late.", None, None),
        None,
        ("Ill.", None, None),
        None,
        ("A burial.", None, None),
        ("A gift.", "Asha", None),
        ("The bus.", None, "A-17"),
        None,
        ("Counted twice.", None, None),
    ]
    assert [entry["effectiveOn"] for entry in made] == ["2026-01-02", *[today().isoformat()] * 8]
    assert {entry["meeting"] and entry["meeting"]["number"] for entry in made} == {None}


REFUSALS: list[tuple[str, dict[str, Any], str, str, list[str], str, dict[str, Any]]] = [
    (
        "withdrawalRecord",
        {"amount": "500.01"},
        "NOT_ALLOWED",
        "SAVINGS_TOO_SMALL",
        ["amount"],
        "The member has 500.00 in her savings: withdraw at most that.",
        {"available": "500.00"},
    ),
    (
        "withdrawalRecord",
        {"amount": "500", "place": "BANK"},
        "NOT_ALLOWED",
        "BELOW_MINIMUM",
        ["amount"],
        "There is not enough money where it should come from: 500.00 is missing.",
        {"missing": "500.00"},
    ),
    (
        "finePay",
        {"amount": "1"},
        "NOT_ALLOWED",
        "FINES_OWED_LESS",
        ["amount"],
        "The member owes no fine: check the member.",
        {"owed": "0.00"},
    ),
    (
        "fineWaive",
        {"amount": "1", "reason": "Ill."},
        "NOT_ALLOWED",
        "FINES_OWED_LESS",
        ["amount"],
        "The member owes no fine: check the member.",
        {"owed": "0.00"},
    ),
    (
        "socialFundGrant",
        {"amount": "81", "description": "A burial."},
        "NOT_ALLOWED",
        "BELOW_MINIMUM",
        ["amount"],
        "There is not enough money where it should come from: 1.00 is missing.",
        {"missing": "1.00"},
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case[0]} {case[3]}")
async def test_a_refusal_says_how_much_there_is(counter: Counter, case: Any) -> None:
    mutation, fields, code, reason, path, message, details = case
    assert await counter.refused(mutation, " ".join(details), memberId=counter.book.a, **fields) == {
        "code": code,
        "reason": reason,
        "path": path,
        "message": message,
        **details,
    }


async def test_a_date_that_has_not_come_is_refused_with_the_group_s_today(counter: Counter) -> None:
    late = today() + timedelta(days=1)
    error = await counter.refused("fineLevy", "todayOn", memberId=counter.book.a, amount="1", reason="Late.", on=late)
    assert error == {
        "code": "INVALID",
        "reason": "DATE_IN_FUTURE",
        "path": ["on"],
        "message": f"Money moves today or moved before: give a date up to {today()}.",
        "todayOn": today().isoformat(),
    }


async def test_money_is_carried_between_two_places(counter: Counter) -> None:
    error = await counter.refused("cashTransfer", fund="LOAN_FUND", source="BANK", target="BANK", amount="1")
    assert (error["reason"], error["path"]) == ("PLACES_THE_SAME", ["target"])


async def test_an_account_of_another_type_takes_no_income(counter: Counter) -> None:
    wrong = counter.book.group.account("5100")
    error = await counter.refused(
        "otherIncomeRecord", accountId=wrong, fund="LOAN_FUND", amount="1", description="Interest."
    )
    assert (error["code"], error["reason"], error["path"]) == ("NOT_ALLOWED", "ACCOUNT_NOT_INCOME", ["accountId"])


DRAFT = "draft { id kind status description payee receipt } entry { number }"


async def test_income_and_expenses_can_wait_for_a_second_officer(counter: Counter) -> None:
    book = counter.book
    group = book.group
    for mutation, code, kind, number in (
        ("otherIncomeRecord", "4200", "OTHER_INCOME", 5),
        ("otherExpenseRecord", "5100", "OTHER_EXPENSE", 6),
    ):
        fields = {
            "groupId": group.id,
            "idempotencyKey": new_id(),
            "accountId": group.account(code),
            "fund": "LOAN_FUND",
            "amount": "300",
            "description": "As agreed.",
            "payee": "Juma",
            "receipt": "18",
            "isDraft": True,
        }
        drafted = await counter.client().do(mutation, DRAFT, **fields)
        words = {"description": "As agreed.", "payee": "Juma", "receipt": "18"}
        draft = {"id": str(fields["idempotencyKey"]), "kind": kind, **words}
        assert drafted == {"draft": draft | {"status": "OPEN"}, "entry": None, "userErrors": []}
        assert await book.count() == number - 1
        decision = {"groupId": group.id, "draftId": draft["id"], "expectedVersion": 1}
        own = await counter.client().user_error("draftPost", **decision)
        assert own["reason"] == "DRAFTED_BY_YOURSELF"
        posted = await counter.client(group.secretary).do("draftPost", "entry { id number }", **decision)
        assert posted["entry"] == {"id": draft["id"], "number": number}
        again = await counter.client().do(mutation, DRAFT, **fields)
        assert again == {"draft": draft | {"status": "POSTED"}, "entry": {"number": number}, "userErrors": []}
    assert await book.balance("1110") == 1200


CONTRIBUTIONS = """query C($id: ID!) { group(id: $id) { contributions(orderBy: OLDEST) {
    nodes { id isReversed reversedBy { number kind reverses { number } voucher { description } } } } } }"""


async def test_a_contribution_says_whether_it_was_taken_back_and_by_what(counter: Counter) -> None:
    book = counter.book
    await counter.do("entryReverse", entryId=book.entries[1], reason="It was somebody else's.", meetingId=book.meeting)
    answer = await counter.client(book.group.plain).query(CONTRIBUTIONS, id=book.group.id)
    assert answer["group"]["contributions"]["nodes"] == []
    answer = await counter.client().query(CONTRIBUTIONS, id=book.group.id)
    standing = {"isReversed": False, "reversedBy": None}
    reversed_by = {
        "number": 5,
        "kind": "SAVINGS_DEPOSIT",
        "reverses": {"number": 2},
        "voucher": {"description": "It was somebody else's."},
    }
    assert answer["group"]["contributions"]["nodes"] == [
        {"id": str(book.entries[0]), **standing},
        {"id": str(book.entries[1]), "isReversed": True, "reversedBy": reversed_by},
        {"id": str(book.entries[2]), **standing},
        {"id": str(book.entries[3]), **standing},
    ]


async def test_taking_back_twice_names_the_entry_that_did_it(counter: Counter) -> None:
    entry = await counter.do("entryReverse", entryId=counter.book.entries[0], reason="Counted twice.")
    assert entry["reverses"] == {"number": 1}
    assert await counter.refused(
        "entryReverse", "reversedBy", entryId=counter.book.entries[0], reason="Counted twice."
    ) == {
        "code": "CONFLICT",
        "reason": "ENTRY_ALREADY_REVERSED",
        "path": ["entryId"],
        "message": "Entry 5 took this one back already: record anew what should stand.",
        "reversedBy": 5,
    }
    error = await counter.refused("entryReverse", entryId=entry["id"], reason="Not so.")
    assert (error["code"], error["reason"]) == ("NOT_ALLOWED", "ENTRY_IS_REVERSAL")


async def test_a_sheet_can_be_recorded_whole_or_not_at_all(counter: Counter) -> None:
    book = counter.book
    items = [
        {"memberId": book.b, "kind": "SAVINGS", "amount": "25"},
        {"memberId": book.b, "kind": "SHARE", "shares": 6},
    ]
    wish = {"groupId": book.group.id, "meetingId": book.meeting, "items": items, "isAllOrNothing": True}
    selection = "meeting { id } items { status contribution { id } userErrors { code reason message path } }"
    async with nothing_changes(book.world, but_for_keys=True):
        payload = await counter.client().do("contributionsRecord", selection, **wish)
    assert [(item["status"], item["contribution"]) for item in payload["items"]] == [("REJECTED", None)] * 2
    assert payload["items"][0]["userErrors"] == [
        {
            "code": "NOT_ALLOWED",
            "reason": "SHEET_REFUSED",
            "message": "Nothing of this sheet was recorded, since another line was refused: "
            "correct that one and send all anew.",
            "path": ["items", "0"],
        }
    ]
    assert payload["items"][1]["userErrors"][0]["reason"] == "SHARES_OUTSIDE_LIMITS"
    wish["isAllOrNothing"] = None
    payload = await counter.client().do("contributionsRecord", selection, **wish)
    assert [item["status"] for item in payload["items"]] == ["ACCEPTED", "REJECTED"]


async def test_a_repeat_answers_as_the_first_time(counter: Counter) -> None:
    book = counter.book
    fields = {"groupId": book.group.id, "memberId": book.a, "amount": "10", "idempotencyKey": new_id()}
    first = await counter.client().mutate("withdrawalRecord", ENTRY, **fields)
    second = await counter.client().mutate("withdrawalRecord", ENTRY, **fields)
    assert second.data == first.data
    assert second.extensions["idempotentReplay"] is True
    assert await book.count() == 5
    other = await counter.client().user_error("withdrawalRecord", **fields | {"amount": "11"})
    assert other["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_who_may_not_move_money_is_forbidden_to(counter: Counter) -> None:
    book = counter.book
    member = {"memberId": book.b, "amount": "1"}
    money = {"fund": "LOAN_FUND", "amount": "1"}
    spent = {**money, "description": "A thing."}
    recorded: dict[str, dict[str, Any]] = {
        "withdrawalRecord": member,
        "fineLevy": {**member, "reason": "Late."},
        "finePay": member,
        "socialFundGrant": {**member, "description": "A burial."},
        "cashTransfer": {**money, "source": "BOX", "target": "BANK"},
        "otherIncomeRecord": {**spent, "accountId": book.group.account("4200")},
        "otherExpenseRecord": {**spent, "accountId": book.group.account("5100")},
        "entryReverse": {"entryId": book.entries[0], "reason": "Counted twice."},
    }
    denied = [book.group.plain, await book.world.partner(book.group, "NAMES"), await book.world.auditor(book.group)]
    other = await book.world.group()
    async with nothing_changes(book.world):
        for who in (*denied, book.group.chair):
            for mutation, fields in recorded.items():
                answer = await counter.client(who).mutate(mutation, "__typename", groupId=book.group.id, **fields)
                assert answer.refusal[0] == "FORBIDDEN", mutation
        waived = {**member, "reason": "Ill."}
        for who in (*denied, book.group.secretary):
            answer = await counter.client(who).mutate("fineWaive", "__typename", groupId=book.group.id, **waived)
            assert answer.refusal == ("FORBIDDEN", "You may not create records of this kind: entry.")
        for mutation, fields in {**recorded, "fineWaive": waived}.items():
            error = await counter.client(other.treasurer).user_error(mutation, groupId=book.group.id, **fields)
            assert error["reason"] == "GROUP_NOT_FOUND"
            answer = await counter.api.anonymous.mutate(mutation, "__typename", groupId=book.group.id, **fields)
            assert answer.refusal[0] == "UNAUTHENTICATED"


async def test_ids_of_the_wrong_form_are_named(counter: Counter) -> None:
    fields: dict[str, Any] = {"memberId": counter.book.a, "amount": "1"}
    for field in ("memberId", "meetingId", "id", "holdId"):
        error = await counter.refused("withdrawalRecord", **fields | {field: "nobody"})
        assert (error["reason"], error["path"]) == ("NOT_AN_ID", [field])


async def test_closing_posts_the_difference_and_the_meeting_shows_it(counter: Counter) -> None:
    book = counter.book
    counts = [
        {"fund": "LOAN_FUND", "place": "BOX", "amount": "1195", "reason": "A coin was false."},
        {"fund": "SOCIAL_FUND", "place": "BOX", "amount": "80"},
    ]
    closed = await counter.client(book.group.chair).do(
        "meetingClose",
        "meeting { status totals { kind amount { amount } entryCount }"
        " entries { nodes { kind voucher { description } } } }",
        groupId=book.group.id,
        meetingId=book.meeting,
        expectedVersion=1,
        openingCounts=[],
        closingCounts=counts,
    )
    meeting = closed["meeting"]
    assert meeting["status"] == "CLOSED"
    assert meeting["totals"][0] == {"kind": "CASH_DIFFERENCE", "amount": {"amount": "-5.00"}, "entryCount": 1}
    assert meeting["entries"]["nodes"][0] == {
        "kind": "CASH_DIFFERENCE",
        "voucher": {"description": "A coin was false."},
    }
