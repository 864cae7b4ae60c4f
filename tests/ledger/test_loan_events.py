"""The entries of lending: as the page shows them, and taken back by lending alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from domain.currencies import currency
from domain.identifiers import new_id
from domain.ledger import events, loan_events
from domain.ledger.accounts import Fund, GroupKind, Place, account_id, chart_for
from domain.ledger.events import Booking
from domain.ledger.loan_events import LoanSums
from domain.ledger.manual import draft_entry
from domain.ledger.postings import Line, Posting
from domain.ledger.reversing import ReverseEntry, reverse_entry
from domain.ledger.shapes import LOAN_CLASSES
from domain.money import AmountNotPositive, Money
from domain.policy import LOAN_KINDS, EntryKind
from operations.jobs import TIDY_JOB
from persistence.database import Isolation
from persistence.ledger import posting_arguments
from persistence.viewer import enter
from tests.graph.test_ledger_page import rows_of
from tests.ledger.book import both_verifications, posted
from tests.ledger.drafting import balance, credit, debit, entry_lines, manual
from tests.ledger.richbook import approve, draft, in_book, post
from tests.ledger.test_shapes import POST, WRONG, attempt, booking_of, full_book
from tests.ledger.trying import refusal
from tests.support.world import GroupOfPeople, World

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"
ABOUT_ONE = "an entry has two lines or more, which sum to zero, and is about the member whom they name"
MAIN, SOCIAL, BOX = Fund.LOAN_FUND, Fund.SOCIAL_FUND, Place.BOX


def kes(amount: str) -> Money:
    return Money(Decimal(amount), currency("KES"))


def sums(**amounts: str) -> LoanSums:
    return LoanSums(**{name: kes(amount) for name, amount in amounts.items()})


def examples(booking: Booking, wanja: UUID, otieno: UUID) -> Iterator[tuple[str, Posting]]:
    """Every event that the page shows, by its title."""
    first, second = {"member_id": wanja}, {"member_id": otieno, "fund": SOCIAL}
    on_first = {**first, "fund": MAIN}
    yield (
        "Loan disbursed",
        loan_events.loan_disbursed(booking, **on_first, place=BOX, principal=kes("6000"), fees=kes("60")),
    )
    lent = loan_events.loan_disbursed(booking, **second, place=BOX, principal=kes("300"), fees=kes("0"))
    yield "Loan disbursed from the social fund", lent
    paid = sums(principal="500", interest="180", fees="0", penalties="20")
    yield "Loan repaid", loan_events.loan_repaid(booking, **on_first, place=BOX, paid=paid)
    paid = sums(principal="500", interest="180", advance="100")
    ahead = loan_events.loan_repaid(booking, **on_first, place=Place.MOBILE_MONEY, paid=paid)
    yield "Loan repaid with an advance", ahead
    used = sums(principal="50", interest="20")
    yield "Loan advance used", loan_events.loan_advance_used(booking, **first, paid=used)
    back = loan_events.loan_advance_returned(booking, **first, place=Place.MOBILE_MONEY, amount=kes("30"))
    yield "Loan advance returned", back
    owed = {"interest": kes("180"), "fees": kes("10"), "penalties": kes("20")}
    yield "Interest and charges accrued", loan_events.loan_accrued(booking, **first, **owed)
    paid = sums(principal="450", interest_owed="130", charges_owed="20")
    yield "Loan repaid after accrual", loan_events.loan_repaid(booking, **on_first, place=Place.BANK, paid=paid)
    paid = sums(principal="200", interest="4", fees="1.5", penalties="0.5")
    yield "Loan from the social fund repaid", loan_events.loan_repaid(booking, **second, place=BOX, paid=paid)
    yield "Provision raised", loan_events.loan_provisioned(booking, rise=kes("45"))
    yield "Provision released", loan_events.loan_provisioned(booking, rise=kes("-15"))
    lost = sums(principal="4500", interest_owed="50", charges_owed="10")
    yield "Loan written off", loan_events.loan_written_off(booking, **on_first, lost=lost)
    lost = sums(principal="100")
    yield "Loan from the social fund written off", loan_events.loan_written_off(booking, **second, lost=lost)
    yield "Loan recovered", loan_events.loan_recovered(booking, **on_first, place=BOX, amount=kes("250"))
    yield (
        "Loan from the social fund recovered",
        loan_events.loan_recovered(booking, **second, place=BOX, amount=kes("40")),
    )


def pages() -> dict[str, list[tuple[str, ...]]]:
    """The tables of the chapter on loans, by title."""
    text = PAGE.read_text(encoding="utf-8")
    chapter = text[text.index("\n## Loans\n") : text.index("\n## Beside the entries\n")]
    sections = chapter.split("\n### ")[1:]
    return {section.split("\n")[0]: rows_of(section[section.index("\n|") + 1 :].strip()) for section in sections}


def shown(posting: Posting, group: UUID, names: dict[UUID, str]) -> list[tuple[str, ...]]:
    """The entry as the page shows it."""
    chart = {account.id: f"{account.code} {account.name}" for account in chart_for(group, GroupKind.VSLA)}
    rows = []
    for line in posting.lines:
        amount = line.amount.amount
        sides = (f"{amount:.2f}", "") if amount > 0 else ("", f"{-amount:.2f}")
        rows.append((chart[line.account_id], names[line.member_id] if line.member_id else "", *sides, ""))
    return rows


async def as_job(world: World, group: GroupOfPeople, posting: Posting, *, enters: bool = True) -> None:
    """Post an entry as a background job."""
    async with world.database.transaction(TIDY_JOB.role, Isolation.WRITE) as connection:
        if enters:
            await enter(connection, TIDY_JOB, None)
        await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", group.id)
        await connection.execute(POST, group.id, new_id(), *posting_arguments([posting]))


async def funded(world: World) -> GroupOfPeople:
    """A group with money in every place."""
    group = await world.group()
    opening = events.opening_balances(
        await booking_of(world, group),
        cash=[(fund, place, kes("9000")) for fund, place in product(Fund, Place)],
        members=[],
    )
    await draft(world, group, group.secretary, opening)
    await approve(world, group, group.treasurer, opening)
    return group


async def test_every_event_of_the_page_gives_the_entry_that_it_shows(world: World) -> None:
    group = await funded(world)
    wanja, otieno = group.members[:2]
    names = {wanja: "Wanja", otieno: "Otieno"}
    made = dict(examples(await booking_of(world, group), wanja, otieno))
    assert {title: shown(posting, group.id, names) for title, posting in made.items()} == pages()
    assert {posting.kind for posting in made.values()} == LOAN_KINDS
    for posting in made.values():
        entry = (await booking_of(world, group)).entry_id
        booked = Posting(entry, posting.kind, posting.effective_on, posting.lines, member_id=posting.member_id)
        if posting.kind in {EntryKind.LOAN_ACCRUED, EntryKind.LOAN_PROVISIONED}:
            await as_job(world, group, booked)
        else:
            await post(world, group, group.treasurer, booked)
        codes = {account_id(group.id, account.code): account.code for account in chart_for(group.id, GroupKind.VSLA)}
        assert await entry_lines(world, entry) == [
            (codes[line.account_id], line.member_id, line.amount.amount, None) for line in posting.lines
        ]
        assert await wrong_with(world, group) == []
    for code in ("1320", "1325", "1330", "1340", "2110"):
        assert await balance(world, group, code) == 0, code
    assert await balance(world, group, "4110", wanja) == -560
    assert await balance(world, group, "1390") == -30


def test_a_loan_of_the_social_fund_is_neither_accrued_nor_paid_in_advance() -> None:
    booking = Booking(entry_id=new_id(), group_id=new_id(), on=date(2026, 3, 2))
    where = {"member_id": new_id(), "fund": SOCIAL}
    for name in ("interest_owed", "charges_owed", "advance"):
        with pytest.raises(ValueError, match="nothing is accrued"):
            loan_events.loan_repaid(booking, **where, place=BOX, paid=sums(principal="1", **{name: "1"}))


def test_a_loan_of_which_everything_is_kept_back_is_none() -> None:
    booking = Booking(entry_id=new_id(), group_id=new_id(), on=date(2026, 3, 2))
    where = {"member_id": new_id(), "fund": MAIN, "place": BOX}
    for principal, fees in (("60", "60"), ("60", "70"), ("0", "0")):
        with pytest.raises(AmountNotPositive):
            loan_events.loan_disbursed(booking, **where, principal=kes(principal), fees=kes(fees))


async def test_an_entry_of_a_loan_is_not_taken_back_by_itself(world: World) -> None:
    group = await funded(world)
    wanja, otieno = group.members[:2]
    for title, posting in examples(await booking_of(world, group), wanja, otieno):
        entry = replace(posting, id=new_id())
        await post(world, group, group.treasurer, entry)
        for is_draft in (False, True):
            wish = ReverseEntry(
                group_id=group.id, idempotency_key=new_id(), entry_id=entry.id, reason="Wrong", is_draft=is_draft
            )
            told = await refusal(world, group.treasurer, reverse_entry, wish)
            assert told == ("ENTRY_OF_LOAN", ("entryId",), {}), title


async def test_two_officers_do_not_move_what_members_owe_on_loans(world: World) -> None:
    """By hand it is refused with its reason; a draft made with SQL of one's own is not posted."""
    group = await full_book(world)
    a = group.members[0]
    box = group.account("1110")
    for code in sorted(LOAN_CLASSES):
        account = group.account(code)
        wish = manual(group, debit(account, "5", member_id=a), credit(box, "5"))
        told = await refusal(world, group.secretary, draft_entry, wish)
        assert told == ("ACCOUNT_OF_LOANS", ("lines", "0", "accountId"), {}), code
        for kind in (EntryKind.MANUAL_ENTRY, EntryKind.ADJUSTMENT):
            lines = (Line(account, kes("5"), a), Line(box, kes("-5")))
            forged = replace(events.manual_entry(await booking_of(world, group), lines), kind=kind, member_id=a)
            await draft(world, group, group.secretary, forged)
            assert await attempt(world, group, [forged]) == [WRONG], (code, kind)


async def test_a_payment_names_its_borrower_alone(world: World) -> None:
    group = await full_book(world)
    a, b = group.members[:2]
    booking = await booking_of(world, group)
    paid = loan_events.loan_repaid(
        booking, member_id=a, fund=MAIN, place=BOX, paid=sums(principal="5", interest="3", advance="2")
    )
    forged = []
    for index in (1, 2, 3):
        lines = list(paid.lines)
        lines[index] = replace(lines[index], member_id=b)
        forged += [replace(paid, lines=tuple(lines), member_id=each) for each in (a, b, None)]
    told = await attempt(world, group, [paid], *([each] for each in forged))
    assert told[0] is None
    assert set(told[1:]) == {ABOUT_ONE}


async def wrong_with(world: World, group: GroupOfPeople) -> list[tuple[str, int | None]]:
    """What both verifications find, but for the loans themselves: these entries are of none."""
    return [fault for fault in await both_verifications(world, group.id) if fault[0] != "LOAN_PRINCIPAL"]


async def test_the_book_says_when_a_line_names_another_than_the_borrower(world: World) -> None:
    group = await full_book(world)
    a, b = group.members[:2]
    paid = loan_events.loan_repaid(
        await booking_of(world, group), member_id=a, fund=MAIN, place=BOX, paid=sums(principal="5", interest="3")
    )
    await post(world, group, group.treasurer, paid)
    number = await world.superuser.fetchval("SELECT number FROM ledger.entries WHERE id = $1", paid.id)
    assert await wrong_with(world, group) == []
    await world.superuser.execute("ALTER TABLE ledger.lines DISABLE TRIGGER lines_immutable")
    await world.superuser.execute(
        "UPDATE ledger.lines SET member_id = $1 WHERE entry_number = $2 AND line_number = 3", b, number
    )
    found = await wrong_with(world, group)
    assert ("ENTRY_MEMBER", number) in found
    assert ("HASH_BROKEN", number) in found
    await world.superuser.execute(
        "UPDATE ledger.lines SET member_id = NULL WHERE entry_number = $1 AND line_number = 3", number
    )
    assert ("SHAPE", number) in await wrong_with(world, group)


async def test_a_job_posts_what_the_calendar_makes_and_nothing_else(world: World) -> None:
    group = await full_book(world)
    a, b = group.members[:2]
    booking = await booking_of(world, group)
    allowed = {EntryKind.LOAN_ACCRUED, EntryKind.LOAN_ADVANCE_USED, EntryKind.LOAN_PROVISIONED}
    tried = {posting.kind: posting for _, posting in examples(booking, a, b) if posting.kind in LOAN_KINDS - allowed}
    fine = events.fine_levied(booking, member_id=a, amount=kes("5"))
    before = await posted(world.superuser)
    for posting in (*tried.values(), fine):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await as_job(world, group, posting)
        assert refused.value.sqlstate == "KB403"
    owed = loan_events.loan_accrued(booking, member_id=a, interest=kes("5"))
    # Whoever only has the role of the jobs, and has not entered as one, posts nothing.
    with pytest.raises(asyncpg.PostgresError) as refused:
        await as_job(world, group, owed, enters=False)
    assert refused.value.sqlstate == "KB403"
    assert await posted(world.superuser) == before
    # Nor does a secretary who calls herself a job, where her office does not let her.
    provided = loan_events.loan_provisioned(booking, rise=kes("5"))
    forged = ("SET LOCAL app.entered_as = 'job'",), (POST, group.id, new_id(), *posting_arguments([provided]))
    with pytest.raises(asyncpg.PostgresError) as refused:
        await in_book(world, group, group.secretary, *forged)
    assert refused.value.sqlstate == "KB403"
    assert await posted(world.superuser) == before
