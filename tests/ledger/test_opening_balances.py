"""A running group brought in: all that it had and owed is one balanced entry, of two officers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.deciding import ReviseDraft, draft_post, draft_revise
from domain.ledger.opening import (
    CashOpeningItem,
    DraftOpeningBalances,
    MemberOpeningItem,
    OpeningContent,
    draft_opening_balances,
)
from tests.ledger.book import both_verifications, small_book
from tests.ledger.drafting import balance, draft_row, entry_lines, post
from tests.ledger.trying import fresh, is_denied, outsiders, refusal, sql_state
from tests.support.world import GroupOfPeople, World, shares

BEGAN = date(2026, 3, 1)


def cash(fund: str, place: str, amount: str) -> CashOpeningItem:
    return CashOpeningItem(fund=Fund(fund), place=Place(place), amount=Decimal(amount))


def opening(group: GroupOfPeople, **fields: Any) -> DraftOpeningBalances:
    return DraftOpeningBalances(group_id=group.id, idempotency_key=new_id(), **{"on": BEGAN, **fields})


def midway(group: GroupOfPeople) -> DraftOpeningBalances:
    """10,300 in the loan fund and 450 in the social fund; shares, savings, debts; 2,000 borrowed; 930.25 to spare."""
    a, b, c = group.members[:3]
    return opening(
        group,
        cash=(
            cash("LOAN_FUND", "BOX", "9100"),
            cash("LOAN_FUND", "MOBILE_MONEY", "1200"),
            cash("LOAN_FUND", "BANK", "0"),
            cash("SOCIAL_FUND", "BOX", "450"),
        ),
        members=(
            MemberOpeningItem(member_id=a, shares=20, share_value=Decimal(4000), social_fund=Decimal(200)),
            MemberOpeningItem(
                member_id=b,
                shares=15,
                share_value=Decimal(3000),
                savings=Decimal("1200.50"),
                social_fund=Decimal(200),
                fines_owed=Decimal("150.50"),
                loans_owed=Decimal(600),
                social_fund_loans_owed=Decimal("80.25"),
            ),
            MemberOpeningItem(member_id=c, shares=0, share_value=Decimal(0), savings=Decimal(0)),
        ),
        social_fund=Decimal(50),
        borrowings=Decimal(2000),
    )


async def test_a_group_brought_in_midway_has_what_it_had(world: World) -> None:
    group = await world.group()
    a, b = group.members[:2]
    wish = midway(group)
    draft = await world.succeed(group.secretary, draft_opening_balances, wish)
    row = await draft_row(world, draft)
    assert (row["kind"], row["effective_on"], row["description"]) == ("OPENING_BALANCES", BEGAN, "Opening balances")
    assert (await refusal(world, group.secretary, draft_post, post(group, draft)))[0] == "DRAFTED_BY_YOURSELF"
    await world.succeed(group.chair, draft_post, post(group, draft))
    assert await entry_lines(world, draft) == [
        ("1110", None, 9100, None),
        ("1130", None, 1200, None),
        ("1210", None, 450, None),
        ("3200", a, -200, None),
        ("3100", a, -4000, 20),
        ("1310", b, Decimal("150.50"), None),
        ("1320", b, 600, None),
        ("1325", b, Decimal("80.25"), None),
        ("2100", b, Decimal("-1200.50"), None),
        ("3200", b, -200, None),
        ("3100", b, -3000, 15),
        ("3200", None, -50, None),
        ("2200", None, -2000, None),
        ("3900", None, Decimal("-930.25"), None),
    ]
    assert await balance(world, group, "2100", b) == Decimal("-1200.50")
    assert await balance(world, group, "3200") == -450
    held = await world.superuser.fetch("SELECT member_id, shares FROM ledger.member_balances WHERE shares <> 0")
    assert {row["member_id"]: row["shares"] for row in held} == {a: 20, b: 15}
    assert await both_verifications(world, group.id) == []
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(a, 2))
    assert await balance(world, group, "3100", a) == -4400
    assert await both_verifications(world, group.id) == []


async def test_what_is_missing_is_a_deficit(world: World) -> None:
    group = await world.group()
    a = group.members[0]
    wish = opening(
        group,
        cash=(cash("LOAN_FUND", "BOX", "100"),),
        members=(MemberOpeningItem(member_id=a, savings=Decimal("130.25")),),
    )
    draft = await world.succeed(group.secretary, draft_opening_balances, wish)
    await world.succeed(group.chair, draft_post, post(group, draft))
    assert await entry_lines(world, draft) == [
        ("1110", None, 100, None),
        ("2100", a, Decimal("-130.25"), None),
        ("3900", None, Decimal("30.25"), None),
    ]


async def test_balances_that_agree_need_no_surplus(world: World) -> None:
    group = await world.group()
    a = group.members[0]
    wish = opening(
        group,
        cash=(cash("LOAN_FUND", "BOX", "100"),),
        members=(MemberOpeningItem(member_id=a, savings=Decimal(100)),),
        description="From the old ledger book",
        receipt="Book 3",
    )
    draft = await world.succeed(group.secretary, draft_opening_balances, wish)
    await world.succeed(group.chair, draft_post, post(group, draft))
    assert await entry_lines(world, draft) == [("1110", None, 100, None), ("2100", a, -100, None)]
    words = await world.superuser.fetchrow("SELECT description, receipt FROM app.vouchers")
    assert tuple(words) == ("From the old ledger book", "Book 3")


async def test_a_book_is_opened_before_anything_else_and_once(world: World) -> None:
    group = (await small_book(world)).group
    late = opening(group, cash=(cash("LOAN_FUND", "BOX", "1"),))
    assert await refusal(world, group.secretary, draft_opening_balances, late) == ("BOOK_NOT_EMPTY", (), {})
    other = await world.group()
    first, second = [
        await world.succeed(
            other.secretary, draft_opening_balances, opening(other, cash=(cash("LOAN_FUND", "BOX", amount),))
        )
        for amount in ("10", "20")
    ]
    await world.succeed(other.chair, draft_post, post(other, second))
    again = await refusal(world, other.chair, draft_post, post(other, first))
    assert again == ("BOOK_NOT_EMPTY", ("draftId",), {})
    content = OpeningContent(cash=(cash("LOAN_FUND", "BOX", "3"),))
    revision = ReviseDraft(
        group_id=other.id, idempotency_key=new_id(), draft_id=first, expected_version=1, opening_balances=content
    )
    assert await refusal(world, other.chair, draft_revise, revision) == ("BOOK_NOT_EMPTY", ("openingBalances",), {})
    assert await balance(world, other, "1110") == 20


async def test_opening_balances_are_revised_whole(world: World) -> None:
    group = await world.group()
    draft = await world.succeed(group.secretary, draft_opening_balances, midway(group))
    content = OpeningContent(cash=(cash("LOAN_FUND", "BANK", "77"),), on=date(2026, 3, 2))
    revision = ReviseDraft(
        group_id=group.id, idempotency_key=new_id(), draft_id=draft, expected_version=1, opening_balances=content
    )
    nothing = fresh(revision, opening_balances=OpeningContent())
    assert await refusal(world, group.chair, draft_revise, nothing) == ("NOTHING_TO_OPEN", ("openingBalances",), {})
    await world.succeed(group.chair, draft_revise, revision)
    await world.succeed(group.secretary, draft_post, post(group, draft, 2))
    assert await entry_lines(world, draft) == [("1120", None, 77, None), ("3900", None, -77, None)]


async def test_what_cannot_be_opened_is_refused_with_its_reason(world: World) -> None:
    group, other = await world.group(), await world.group()
    a = group.members[0]
    box = cash("LOAN_FUND", "BOX", "1")
    pair = {"maximum": 1_000_000}

    def one(**fields: Any) -> dict[str, Any]:
        return {"members": (MemberOpeningItem(**{"member_id": a, **fields}),)}

    cases: list[tuple[dict[str, Any], str, tuple[str, ...], dict[str, Any]]] = [
        ({}, "NOTHING_TO_OPEN", (), {}),
        ({"cash": (cash("LOAN_FUND", "BOX", "0"),), "borrowings": Decimal(0)}, "NOTHING_TO_OPEN", (), {}),
        (one(shares=0), "NOTHING_TO_OPEN", (), {}),
        ({"cash": (box, box)}, "PLACE_TWICE", ("cash", "1", "place"), {}),
        ({"cash": (cash("LOAN_FUND", "BOX", "-1"),)}, "AMOUNT_NEGATIVE", ("cash", "0", "amount"), {}),
        (
            {"cash": (cash("LOAN_FUND", "BOX", "0.001"),)},
            "AMOUNT_TOO_PRECISE",
            ("cash", "0", "amount"),
            {"currency": "KES", "decimals": 2},
        ),
        ({"social_fund": Decimal(-1)}, "AMOUNT_NEGATIVE", ("socialFund",), {}),
        ({"borrowings": Decimal("1e15")}, "AMOUNT_TOO_LARGE", ("borrowings",), {}),
        (
            {"cash": (cash("LOAN_FUND", "BOX", "1e14"), cash("LOAN_FUND", "BANK", "1e14"))},
            "AMOUNT_TOO_LARGE",
            (),
            {},
        ),
        (one(member_id=new_id(), savings=Decimal(1)), "MEMBER_NOT_IN_GROUP", ("members", "0", "memberId"), {}),
        (one(member_id=other.members[0], savings=Decimal(1)), "MEMBER_NOT_IN_GROUP", ("members", "0", "memberId"), {}),
        ({"members": (MemberOpeningItem(member_id=a),) * 2}, "MEMBER_TWICE", ("members", "1", "memberId"), {}),
        (one(shares=1), "SHARES_WITHOUT_VALUE", ("members", "0", "shareValue"), pair),
        (one(share_value=Decimal(1)), "SHARES_WITHOUT_VALUE", ("members", "0", "shares"), pair),
        (one(shares=-1, share_value=Decimal(1)), "SHARES_WITHOUT_VALUE", ("members", "0", "shares"), pair),
        (one(shares=1_000_001, share_value=Decimal(1)), "SHARES_WITHOUT_VALUE", ("members", "0", "shares"), pair),
        (one(savings=Decimal(-1)), "AMOUNT_NEGATIVE", ("members", "0", "savings"), {}),
        (one(social_fund=Decimal(-1)), "AMOUNT_NEGATIVE", ("members", "0", "socialFund"), {}),
        (one(fines_owed=Decimal(-1)), "AMOUNT_NEGATIVE", ("members", "0", "finesOwed"), {}),
        (one(loans_owed=Decimal(-1)), "AMOUNT_NEGATIVE", ("members", "0", "loansOwed"), {}),
        (one(social_fund_loans_owed=Decimal(-1)), "AMOUNT_NEGATIVE", ("members", "0", "socialFundLoansOwed"), {}),
        (one(shares=1, share_value=Decimal(-1)), "AMOUNT_NEGATIVE", ("members", "0", "shareValue"), {}),
        (
            {"members": tuple(MemberOpeningItem(member_id=new_id()) for _ in range(501))},
            "TOO_MANY_MEMBERS",
            ("members",),
            {"maximum": 500},
        ),
        ({"cash": (box,), "description": ""}, "TEXT_TOO_SHORT", ("description",), {"minimum": 1}),
    ]
    for fields, reason, path, facts in cases:
        found = await refusal(world, group.secretary, draft_opening_balances, opening(group, **fields))
        assert found == (reason, path, facts), fields
    future = opening(group, cash=(box,), on=date(2100, 1, 1))
    assert (await refusal(world, group.secretary, draft_opening_balances, future))[:2] == ("DATE_IN_FUTURE", ("on",))


async def test_five_hundred_members_are_one_entry(world: World) -> None:
    group = await world.group()
    made = await world.superuser.fetch(
        "WITH entered AS (UPDATE ledger.heads SET writer = pg_current_xact_id() WHERE tenant_id = $1 RETURNING 1)"
        " SELECT gen_random_uuid() AS id FROM generate_series(1, 495), entered",
        group.id,
    )
    async with world.superuser.transaction():
        await world.superuser.execute(
            "UPDATE ledger.heads SET writer = pg_current_xact_id() WHERE tenant_id = $1", group.id
        )
        await world.superuser.execute(
            "INSERT INTO app.members (tenant_id, id, number, joined_on, created_by)"
            " SELECT $1, m.id, 100 + m.n, '2026-01-01', $2 FROM unnest($3::uuid[]) WITH ORDINALITY m (id, n)",
            group.id,
            group.secretary.user_id,
            [row["id"] for row in made],
        )
    everybody: list[UUID] = [*group.members, *(row["id"] for row in made)]
    members = tuple(
        MemberOpeningItem(
            member_id=member,
            shares=2,
            share_value=Decimal(400),
            savings=Decimal(10),
            social_fund=Decimal(20),
            fines_owed=Decimal(5),
        )
        for member in everybody
    )
    wish = opening(group, cash=(cash("LOAN_FUND", "BANK", "300000"),), members=members)
    draft = await world.succeed(group.secretary, draft_opening_balances, wish)
    await world.succeed(group.chair, draft_post, post(group, draft))
    assert len(await entry_lines(world, draft)) == 1 + 4 * 500 + 1
    assert (await balance(world, group, "3100"), await balance(world, group, "1310")) == (-200_000, 2_500)
    assert await balance(world, group, "3900") == -(300_000 + 2_500 - 200_000 - 5_000 - 10_000)
    assert await both_verifications(world, group.id) == []


AMOUNTS = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_balances_are_given_the_entry_balances_and_each_stands_as_given(
    world: World, data: st.DataObject
) -> None:
    group = await world.group()
    places = data.draw(st.dictionaries(st.sampled_from([(f, p) for f in Fund for p in Place]), AMOUNTS, max_size=6))
    given_to = data.draw(st.lists(st.sampled_from(group.members), unique=True, max_size=5))
    items = tuple(
        MemberOpeningItem(member_id=member, savings=data.draw(AMOUNTS), fines_owed=data.draw(AMOUNTS))
        for member in given_to
    )
    borrowed = data.draw(AMOUNTS)
    wish = opening(
        group,
        cash=tuple(CashOpeningItem(fund=fund, place=place, amount=amount) for (fund, place), amount in places.items()),
        members=items,
        borrowings=borrowed,
    )
    outcome = await world.perform(group.secretary, draft_opening_balances, wish)
    total = sum(places.values()) + borrowed + sum((item.savings or 0) + (item.fines_owed or 0) for item in items)
    if total == 0:
        assert outcome.error is not None
        assert outcome.error.reason == "NOTHING_TO_OPEN"
        return
    assert outcome.error is None
    assert outcome.id is not None
    await world.succeed(group.chair, draft_post, post(group, outcome.id))
    for (fund, place), amount in places.items():
        found = await world.superuser.fetchval(
            "SELECT balance FROM ledger.account_balances WHERE account_id = $1", group.cash(fund, place)
        )
        assert found == amount
    for item in items:
        assert await balance(world, group, "2100", item.member_id) == -(item.savings or 0)
        assert await balance(world, group, "1310", item.member_id) == (item.fines_owed or 0)
    assert await balance(world, group, "2200") == -borrowed
    assert await both_verifications(world, group.id) == []


async def test_nobody_but_officers_opens_a_book(world: World) -> None:
    group = await world.group()
    for name, person in (await outsiders(world, group)).items():
        wish = opening(group, cash=(cash("LOAN_FUND", "BOX", "1"),))
        assert await is_denied(world, person, draft_opening_balances, wish), name
    assert await world.superuser.fetchval("SELECT count(*) FROM app.drafts") == 0
    statement = f"INSERT INTO app.drafts (tenant_id, id) VALUES ('{group.id}', gen_random_uuid())"
    assert await sql_state(world, group.plain, group, statement) in ("42501", "KB403")
