"""Each kind of entry has a shape: the events make it in every book, and the database takes no other from anybody."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import date
from itertools import combinations, product
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.ledger import events, loan_events
from domain.ledger.accounts import AccountType, Fund, GroupKind, NewAccount, Place, chart_for
from domain.ledger.charting import AccountAdd, account_add
from domain.ledger.events import Booking, MemberOpening
from domain.ledger.loan_events import LoanSums
from domain.ledger.postings import Line, Posting
from domain.ledger.shapes import SHAPES, account_class, shape_texts
from domain.money import Money
from domain.policy import KINDS_TO_APPROVE, EntryKind
from persistence.ledger import posting_arguments
from tests.ledger.book import posted
from tests.ledger.richbook import approve, draft, kes, post
from tests.support.world import GroupOfPeople, World

POST = "SELECT ledger.post($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
DAY = date(2026, 3, 2)
WRONG = "an entry of this kind moves other accounts"
MANY = 6
"""How many shapes of a kind are altered one by one; of more, a short, a long and one between."""


def class_of(account: NewAccount) -> str:
    return account_class(code=account.code, account_type=account.type, fund=account.fund, place=account.place)


def text_of(posting: Posting, classes: dict[UUID, str]) -> str:
    """The entry as the shapes are written."""

    def side(sign: int) -> list[str]:
        chosen = (line for line in posting.lines if line.amount.amount * sign > 0)
        return [classes[line.account_id] + "*" * (line.member_id is not None) for line in chosen]

    return " ".join([posting.kind.value, *side(1), "/", *side(-1)])


def made_of_loans(booking: Booking, member: UUID) -> Iterator[tuple[str, Posting]]:
    """Every event of lending, with every choice of what is paid, owed or lost, in every place."""
    fields = [field.name for field in dataclass_fields(LoanSums)]
    paid = [LoanSums(**dict.fromkeys(chosen, kes(10))) for chosen in some(fields)]
    social = [LoanSums(**dict.fromkeys(chosen, kes(10))) for chosen in some(["principal", "interest", "fees"])]
    of = {"member_id": member}
    for fund, place in product(Fund, Place):
        where = {**of, "fund": fund, "place": place}
        for fees in (None, kes(4)):
            yield "loan_disbursed", loan_events.loan_disbursed(booking, **where, principal=kes(10), fees=fees)
        yield "loan_recovered", loan_events.loan_recovered(booking, **where, amount=kes(10))
        for each in social if fund is Fund.SOCIAL_FUND else paid:
            yield "loan_repaid", loan_events.loan_repaid(booking, **where, paid=each)
    for place in Place:
        yield "loan_advance_returned", loan_events.loan_advance_returned(booking, **of, place=place, amount=kes(10))
    for each in paid:
        if each.advance is None:
            yield "loan_advance_used", loan_events.loan_advance_used(booking, **of, paid=each)
    for chosen in some(["principal", "interest_owed", "charges_owed"]):
        lost = LoanSums(**dict.fromkeys(chosen, kes(10)))
        yield "loan_written_off", loan_events.loan_written_off(booking, **of, fund=Fund.LOAN_FUND, lost=lost)
    lost = LoanSums(principal=kes(10))
    yield "loan_written_off", loan_events.loan_written_off(booking, **of, fund=Fund.SOCIAL_FUND, lost=lost)
    for chosen in some(["interest", "fees", "penalties"]):
        yield "loan_accrued", loan_events.loan_accrued(booking, **of, **dict.fromkeys(chosen, kes(5)))
    for rise in (kes(10), -kes(10)):
        yield "loan_provisioned", loan_events.loan_provisioned(booking, rise=rise)


def some(names: list[str]) -> Iterator[tuple[str, ...]]:
    for count in range(1, len(names) + 1):
        yield from combinations(names, count)


def made(booking: Booking, member: UUID, income: UUID, expense: UUID) -> Iterator[tuple[str, Posting]]:
    """Every event of the table, in every fund and place that it may happen in."""
    yield from made_of_loans(booking, member)
    of = {"member_id": member, "amount": kes(10)}
    yield "fine_levied", events.fine_levied(booking, **of)
    yield "fine_waived", events.fine_waived(booking, **of)
    for place in Place:
        yield "share_purchase", events.share_purchase(booking, **of, shares=1, place=place)
        yield "savings_deposit", events.savings_deposit(booking, **of, place=place)
        yield "social_fund_contribution", events.social_fund_contribution(booking, **of, place=place)
        yield "fine_paid", events.fine_paid(booking, **of, place=place)
        yield "withdrawal", events.withdrawal(booking, **of, place=place)
        # All that she has, in the book below.
        whole = events.shares_redeemed(booking, member_id=member, amount=kes(1000), shares=5, place=place)
        yield "shares_redeemed", whole
        yield "social_fund_grant", events.social_fund_grant(booking, **of, place=place)
    for fund, place in product(Fund, Place):
        for difference in (kes(10), -kes(10)):
            counted = events.cash_difference(booking, fund=fund, place=place, difference=difference)
            yield "cash_difference", counted
        for target in Place:
            if target is not place:
                carried = events.transfer(booking, fund=fund, source=place, target=target, amount=kes(10))
                yield "transfer", carried
        yield "other_contribution", events.other_contribution(booking, **of, fund=fund, place=place)
        is_social = fund is Fund.SOCIAL_FUND
        results = [booking.account(code) for code in ("4100", "4110", "4120", "4130", "4140", "4300", "4900")]
        for earned in [None] if is_social else [income, *results]:
            yield (
                "other_income",
                events.other_income(booking, income_account=earned, fund=fund, place=place, amount=kes(10)),
            )
        for spent in [None] if is_social else [expense, *map(booking.account, ("5100", "5410", "5420", "5900"))]:
            yield (
                "other_expense",
                events.other_expense(booking, expense_account=spent, fund=fund, place=place, amount=kes(10)),
            )


@pytest.mark.parametrize("kind", GroupKind)
def test_every_event_has_the_shape_of_its_kind_in_the_book_of_every_kind_of_group(kind: GroupKind) -> None:
    group, member, income, expense = (new_id() for _ in range(4))
    classes = {account.id: class_of(account) for account in chart_for(group, kind)}
    classes |= {income: AccountType.INCOME.value, expense: AccountType.EXPENSE.value}
    seen = set()
    tried = set()
    for event, posting in made(Booking(entry_id=new_id(), group_id=group, on=DAY), member, income, expense):
        text = text_of(posting, classes)
        assert text in shape_texts(posting.kind), (event, text)
        seen.add(text)
        tried.add(event)
    declared = {text for each in EntryKind for text in shape_texts(each) if each not in KINDS_TO_APPROVE}
    assert seen == declared, "no shape is declared that no event makes"
    functions = {
        name for module in (events, loan_events) for name in module.__all__ if inspect.isfunction(getattr(module, name))
    }
    assert functions - tried == {"adjustment", "manual_entry", "opening_balances", "reversal"}


def test_a_kind_has_shapes_or_a_second_officer() -> None:
    assert set(SHAPES) == set(EntryKind) - KINDS_TO_APPROVE
    for kind in EntryKind:
        assert list(shape_texts(kind)) == (
            [kind.value] if kind in KINDS_TO_APPROVE else [f"{kind.value} {shape}" for shape in SHAPES[kind]]
        )


def test_what_the_social_fund_moves_is_no_result() -> None:
    booking = Booking(entry_id=new_id(), group_id=new_id(), on=DAY)
    place, amount, account = Place.BOX, kes(5), new_id()
    for fund, given in ((Fund.SOCIAL_FUND, account), (Fund.LOAN_FUND, None)):
        with pytest.raises(ValueError, match="account of results"):
            events.other_income(booking, income_account=given, fund=fund, place=place, amount=amount)
        with pytest.raises(ValueError, match="account of results"):
            events.other_expense(booking, expense_account=given, fund=fund, place=place, amount=amount)


async def test_the_database_tells_the_classes_of_accounts_as_the_domain_does(world: World) -> None:
    codes = sorted({account.code for kind in GroupKind for account in chart_for(new_id(), kind)} | {"31000", "410001"})
    rows = [
        (code, account_type.value, fund, place)
        for code, account_type in product(codes, AccountType)
        for fund, place in ((None, None), *((fund.value, None) for fund in Fund), *product(Fund, Place))
    ]
    found = await world.superuser.fetch(
        "SELECT ledger.account_class(c, t, f, p) AS class FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
        " WITH ORDINALITY r (c, t, f, p, i) ORDER BY i",
        *(list(column) for column in zip(*rows, strict=True)),
    )
    told = [account_class(code=code, account_type=kind, fund=fund, place=place) for code, kind, fund, place in rows]
    assert [row["class"] for row in found] == told


async def booking_of(world: World, group: GroupOfPeople) -> Booking:
    today: date = await world.superuser.fetchval("SELECT current_date")
    return Booking(entry_id=new_id(), group_id=group.id, on=today)


async def full_book(world: World) -> GroupOfPeople:
    """A book in which there is something of everything: money in every place, and a member who has and owes."""
    group = await world.group()
    opening = events.opening_balances(
        await booking_of(world, group),
        cash=[(fund, place, kes(1000)) for fund, place in product(Fund, Place)],
        members=[
            MemberOpening(
                member_id=member,
                shares=5,
                share_value=kes(1000),
                savings=kes(1000),
                social_fund=kes(500),
                fines_owed=kes(500),
                loans_owed=kes(500),
                social_fund_loans_owed=kes(500),
            )
            for member in group.members[:2]
        ],
    )
    await draft(world, group, group.secretary, opening)
    await approve(world, group, group.treasurer, opening)
    hundred = kes(100)
    for member in group.members[:2]:
        of = {"member_id": member}
        owed = loan_events.loan_accrued(await booking_of(world, group), **of, interest=hundred, fees=hundred)
        paid = loan_events.loan_repaid(
            await booking_of(world, group), **of, fund=Fund.LOAN_FUND, place=Place.BOX, paid=LoanSums(advance=hundred)
        )
        for posting in (owed, paid):
            await post(world, group, group.treasurer, posting)
    provided = loan_events.loan_provisioned(await booking_of(world, group), rise=hundred)
    await post(world, group, group.treasurer, provided)
    return group


def with_line(posting: Posting, index: int, line: Line) -> Posting:
    """The entry with another line in the place of one, about the first member whom it then names."""
    lines = (*posting.lines[:index], line, *posting.lines[index + 1 :])
    named = [each.member_id for each in lines if each.member_id is not None]
    return replace(posting, lines=lines, member_id=named[0] if named else None)


def altered(posting: Posting, accounts: list[NewAccount], other_member: UUID) -> Iterator[Posting]:
    """The entry with one thing otherwise: an account, whom a line names, how many lines, the sides, or its kind."""
    for index, line in enumerate(posting.lines):
        gained = -1 if line.amount.amount > 0 else 1
        for account in accounts:
            shares = gained if account.counts_shares else None
            for named in (line.member_id, other_member):
                yield with_line(posting, index, Line(account.id, line.amount, named, shares))
        yield with_line(posting, index, replace(line, member_id=None))
        other = replace(line, amount=Money(line.amount.amount + gained, line.amount.currency))
        rest = replace(line, amount=kes(-gained))
        yield replace(posting, lines=(*posting.lines[:index], other, rest, *posting.lines[index + 1 :]))
    yield replace(posting, lines=tuple(-line for line in posting.lines))
    yield replace(posting, lines=(*posting.lines[:1], *reversed(posting.lines[1:])))
    # The same accounts in the same order, of which another is debited.
    *most, last = posting.lines
    if len(most) > 1:
        moved = replace(most[1], amount=kes(1) if most[1].amount.amount < 0 else -kes(1))
        total = sum(line.amount.amount for line in (most[0], moved, *most[2:]))
        yield replace(posting, lines=(most[0], moved, *most[2:], replace(last, amount=kes(-total))))
    for kind in EntryKind:
        yield replace(posting, kind=kind)


async def attempt(world: World, group: GroupOfPeople, *batches: list[Posting]) -> list[str | None]:
    """What the treasurer is told of each batch that she posts with SQL of her own, undone at once; None if nothing."""
    told: list[str | None] = []
    async with world.transaction(group.treasurer) as connection:
        await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", group.id)
        for batch in batches:
            await connection.execute("SAVEPOINT attempt")
            try:
                await connection.execute(POST, group.id, new_id(), *posting_arguments(batch))
                told.append(None)
            except asyncpg.PostgresError as error:
                told.append(str(error))
            await connection.execute("ROLLBACK TO attempt")
    return told


@pytest.mark.parametrize("kind", SHAPES)
async def test_no_officer_posts_a_kind_in_another_shape(world: World, kind: EntryKind) -> None:
    group = await full_book(world)
    a, b = group.members[:2]
    chart = chart_for(group.id, GroupKind.VSLA)
    classes = {account.id: class_of(account) for account in chart}
    booking = await booking_of(world, group)
    income, expense = group.account("4200"), group.account("5100")
    right = [posting for _, posting in made(booking, a, income, expense) if posting.kind is kind]
    # Every one is posted as it is, and one of each shape is altered.
    of_each = {text_of(posting, classes): posting for posting in right}
    postable = [account for account in chart if account.is_postable]
    few = sorted(of_each.values(), key=lambda posting: len(posting.lines))
    if len(few) > MANY:
        few = [few[0], few[len(few) // 2], few[-1]]
    wrong = [each for posting in few for each in altered(posting, postable, b)]
    tried = [replace(posting, id=new_id()) for posting in (*right, *wrong)]
    before = await posted(world.superuser)
    told = await attempt(world, group, *([posting] for posting in tried))
    assert await posted(world.superuser) == before
    assert told[: len(right)] == [None] * len(right)
    for posting, words in zip(tried, told, strict=True):
        if words is None:
            assert posting.kind not in KINDS_TO_APPROVE
            assert text_of(posting, classes) in shape_texts(posting.kind)
            assert {line.member_id for line in posting.lines} <= {None, posting.member_id}
    assert told.count(WRONG) >= 20


async def test_money_that_two_officers_move_is_not_moved_by_one_under_another_name(world: World) -> None:
    """What only an adjustment may do, called a withdrawal, a fine, an expense: each is refused."""
    group = await full_book(world)
    before = await posted(world.superuser)
    adjusted = events.adjustment(
        await booking_of(world, group), member_id=group.members[0], member_account="2100", debit=-kes(900)
    )
    told = await attempt(world, group, *([replace(adjusted, kind=kind)] for kind in SHAPES))
    assert told == [WRONG] * len(SHAPES)
    assert await posted(world.superuser) == before


async def test_a_batch_is_refused_whole_for_one_entry_of_another_shape(world: World) -> None:
    group = await full_book(world)
    a = group.members[0]
    on = await booking_of(world, group)
    paid = events.fine_paid(on, member_id=a, amount=kes(5), place=Place.BOX)
    taken = replace(events.withdrawal(on, member_id=a, amount=kes(5), place=Place.BOX), id=new_id())
    # Each has the shape of the other's kind, and not its own.
    as_taken, as_paid = replace(paid, kind=taken.kind), replace(taken, kind=paid.kind)
    before = await posted(world.superuser)
    told = await attempt(world, group, [paid, as_paid], [as_taken, taken], [as_taken, as_paid], [paid, taken])
    assert told == [WRONG, WRONG, WRONG, None]
    assert await posted(world.superuser) == before


async def test_an_account_that_the_group_adds_is_of_its_type_alone(world: World) -> None:
    """A code that begins like one of the chart's makes no account of members, and no cash."""
    group = await full_book(world)
    booking = await booking_of(world, group)
    own: dict[str, UUID] = {}
    for code, parent in (("41001", "4000"), ("59001", "5000"), ("21001", "2000"), ("32001", "3000"), ("11101", "1100")):
        command = AccountAdd(
            group_id=group.id, idempotency_key=new_id(), code=code, name=code, parent_id=group.account(parent)
        )
        own[code] = await world.succeed(group.treasurer, account_add, command)
    fund, box, amount = Fund.LOAN_FUND, Place.BOX, kes(5)
    earned = events.other_income(booking, income_account=own["41001"], fund=fund, place=box, amount=amount)
    spent = events.other_expense(booking, expense_account=own["59001"], fund=fund, place=box, amount=amount)
    short = events.cash_difference(booking, fund=fund, place=box, difference=-amount)
    taken = events.withdrawal(booking, member_id=group.members[0], amount=amount, place=box)
    granted = events.other_expense(booking, expense_account=None, fund=Fund.SOCIAL_FUND, place=box, amount=amount)
    carried = events.transfer(booking, fund=fund, source=box, target=Place.BANK, amount=amount)

    def on(posting: Posting, index: int, code: str) -> list[Posting]:
        return [with_line(posting, index, replace(posting.lines[index], account_id=own[code]))]

    told = await attempt(
        world,
        group,
        [earned],
        [spent],
        on(short, 1, "59001"),
        on(taken, 0, "21001"),
        on(granted, 0, "32001"),
        on(carried, 0, "11101"),
    )
    assert told == [None, None, WRONG, WRONG, WRONG, WRONG]
