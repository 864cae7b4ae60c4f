"""An entry is taken back once, by its mirror image, in the open period, by whoever may post its kind."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.cash import RecordExpense, RecordIncome, TransferCash, record_expense, record_income, transfer_cash
from domain.ledger.charting import AccountAdd, AccountClose, account_add, account_close
from domain.ledger.deciding import draft_post
from domain.ledger.manual import draft_entry
from domain.ledger.periods import PeriodClose, period_close
from domain.ledger.reversing import ReverseEntry, reverse_entry
from domain.policy import AccessDenied
from domain.savings import (
    GrantFromSocialFund,
    LevyFine,
    PayFine,
    RecordWithdrawal,
    WaiveFine,
    grant_from_social_fund,
    levy_fine,
    pay_fine,
    record_withdrawal,
    waive_fine,
)
from tests.ledger.book import both_verifications, digest, posted
from tests.ledger.drafting import credit, debit, manual, post
from tests.ledger.moving import Funded, funded, today
from tests.ledger.outcomes import reasons, record
from tests.support.world import Person, World, shares, sheet


def take_back(book: Funded, entry: UUID, **fields: Any) -> ReverseEntry:
    wish: ReverseEntry = book.wish(ReverseEntry, **{"entry_id": entry, "reason": "Counted twice.", **fields})
    return wish


async def test_a_reversal_is_the_mirror_of_its_entry_and_both_stay(world: World) -> None:
    book = await funded(world)
    before = await digest(world.superuser, ("app.contributions",))
    entry = await book.succeed(reverse_entry, take_back(book, book.entries[0], meeting_id=book.meeting))
    assert await book.entry(entry) == {
        "kind": "SHARE_PURCHASE",
        "on": today(),
        "meeting": book.meeting,
        "member": book.a,
        "reverses": book.entries[0],
        "actor": book.group.treasurer.user_id,
        "words": ("Counted twice.", None, None),
        "lines": [("1110", None, Decimal(-600), None), ("3100", book.a, Decimal(600), -3)],
    }
    assert [await book.balance(code) for code in ("1110", "3100", "2100", "1210")] == [600, 0, -600, 80]
    held = await world.superuser.fetchval(
        "SELECT shares FROM ledger.member_balances WHERE member_id = $1 AND account_id = $2",
        book.a,
        book.group.account("3100"),
    )
    moved = await world.superuser.fetchrow(
        "SELECT amount, lines_count FROM ledger.movements WHERE kind = 'SHARE_PURCHASE' AND account_id = $1",
        book.group.account("1110"),
    )
    assert (held, tuple(moved)) == (0, (0, 2))
    assert await digest(world.superuser, ("app.contributions",)) == before


async def test_what_was_bought_by_mistake_counts_no_more_in_the_meeting(world: World) -> None:
    book = await funded(world)
    group = book.group
    assert reasons(await record(world, group, sheet(group, book.meeting, shares(book.a, 3)))) == [
        ("SHARES_OUTSIDE_LIMITS", ("items", "0", "shares"))
    ]
    await book.succeed(reverse_entry, take_back(book, book.entries[0], meeting_id=book.meeting))
    assert reasons(await record(world, group, sheet(group, book.meeting, shares(book.a, 5)))) == [None]
    # The reversed one does not stand for a sound line of another sheet, and its id is not free either.
    again = await record(world, group, sheet(group, book.meeting, shares(book.b, 3, id=book.entries[0])))
    assert reasons(again) == [("ID_ALREADY_USED", ("items", "0", "id"))]
    # Sent once more as it was, it does not stand either: nothing of it counts any more.
    count = await book.count()
    once_more = await record(world, group, sheet(group, book.meeting, shares(book.a, 3, id=book.entries[0])))
    assert reasons(once_more) == [("ID_ALREADY_USED", ("items", "0", "id"))]
    assert await book.count() == count
    assert await both_verifications(world, group.id) == []


async def test_a_mistake_in_a_closed_meeting_is_corrected_by_the_next(world: World) -> None:
    book = await funded(world, held_on=date(2026, 1, 8))
    await world.close_meeting(book.group, book.meeting)
    assert (await book.refused(reverse_entry, take_back(book, book.entries[1], meeting_id=book.meeting)))[:2] == (
        "MEETING_CLOSED",
        ("meetingId",),
    )
    through = PeriodClose(group_id=book.group.id, idempotency_key=new_id(), through=date(2026, 1, 10))
    await world.succeed(book.group.chair, period_close, through)
    assert await book.refused(reverse_entry, take_back(book, book.entries[1], on=date(2026, 1, 10))) == (
        "PERIOD_CLOSED",
        ("on",),
        {"closed_through": date(2026, 1, 10)},
    )
    second = await world.meeting(book.group, held_on=date(2026, 1, 15))
    entry = await book.succeed(reverse_entry, take_back(book, book.entries[1], meeting_id=second))
    found = await book.entry(entry)
    assert (found["on"], found["meeting"], found["reverses"]) == (date(2026, 1, 15), second, book.entries[1])
    moved = await world.superuser.fetch(
        "SELECT meeting_id, sum(amount) AS amount FROM ledger.movements"
        " WHERE kind = 'SAVINGS_DEPOSIT' AND account_id = $1"
        " GROUP BY meeting_id ORDER BY 2",
        book.group.account("1110"),
    )
    assert [tuple(row) for row in moved] == [(second, -500), (book.meeting, 600)]
    await world.close_meeting(book.group, second)


async def test_outside_a_meeting_a_reversal_counts_for_today_or_a_day_since_the_entry(world: World) -> None:
    book = await funded(world, held_on=date(2026, 1, 8))
    for entry, on, expected in (
        (book.entries[0], None, today()),
        (book.entries[1], date(2026, 1, 8), date(2026, 1, 8)),
        (book.entries[2], today(), today()),
    ):
        found = await book.entry(await book.succeed(reverse_entry, take_back(book, entry, on=on)))
        assert (found["on"], found["meeting"]) == (expected, None)
    last = book.entries[3]
    assert await book.refused(reverse_entry, take_back(book, last, on=date(2026, 1, 7))) == (
        "REVERSAL_BEFORE_ENTRY",
        ("on",),
        {"earliest_on": date(2026, 1, 8)},
    )
    assert (await book.refused(reverse_entry, take_back(book, last, on=today() + timedelta(days=1))))[:2] == (
        "DATE_IN_FUTURE",
        ("on",),
    )


async def test_a_meeting_does_not_correct_what_came_after_its_date(world: World) -> None:
    book = await funded(world, held_on=date(2026, 1, 8))
    paid = book.wish(RecordWithdrawal, member_id=book.a, amount=Decimal(1), on=date(2026, 1, 9))
    entry = await book.succeed(record_withdrawal, paid)
    assert await book.refused(reverse_entry, take_back(book, entry, meeting_id=book.meeting)) == (
        "REVERSAL_BEFORE_ENTRY",
        ("meetingId",),
        {"earliest_on": date(2026, 1, 9)},
    )


async def test_what_a_meeting_of_tomorrow_recorded_is_taken_back_for_that_day(world: World) -> None:
    tomorrow = today() + timedelta(days=1)
    book = await funded(world, held_on=tomorrow)
    entry = await book.succeed(reverse_entry, take_back(book, book.entries[0]))
    assert (await book.entry(entry))["on"] == tomorrow


async def test_an_entry_is_taken_back_once_and_a_reversal_never(world: World) -> None:
    book = await funded(world)
    entry = await book.succeed(reverse_entry, take_back(book, book.entries[0]))
    assert await book.refused(reverse_entry, take_back(book, book.entries[0])) == (
        "ENTRY_ALREADY_REVERSED",
        ("entryId",),
        {"reversed_by": 5},
    )
    assert await book.refused(reverse_entry, take_back(book, entry)) == ("ENTRY_IS_REVERSAL", ("entryId",), {})
    other = await funded(world)
    for nothing in (new_id(), other.entries[0]):
        assert await book.refused(reverse_entry, take_back(book, nothing)) == ("ENTRY_NOT_FOUND", ("entryId",), {})


async def test_what_is_gone_cannot_be_taken_back(world: World) -> None:
    book = await funded(world)
    await book.succeed(record_withdrawal, book.wish(RecordWithdrawal, member_id=book.a, amount=Decimal(200)))
    assert await book.refused(reverse_entry, take_back(book, book.entries[1])) == (
        "MEMBER_BALANCE_TOO_SMALL",
        ("entryId",),
        {"excess": Decimal(200)},
    )
    outcome = await world.perform(book.group.treasurer, reverse_entry, take_back(book, book.entries[1]))
    assert outcome.error is not None
    assert outcome.error.message == "That is 200.00 more than the member has there: correct the amount."
    carried = book.wish(
        TransferCash, fund=Fund.SOCIAL_FUND, source=Place.BOX, target=Place.BANK, amount=Decimal("0.50")
    )
    await book.succeed(transfer_cash, carried)
    assert await book.refused(reverse_entry, take_back(book, book.entries[3])) == (
        "BELOW_MINIMUM",
        ("entryId",),
        {"missing": Decimal("0.5")},
    )
    # A fine that was paid cannot be unlevied; the payment first, then the fine.
    fine = await book.succeed(levy_fine, book.wish(LevyFine, member_id=book.b, amount=Decimal(10), reason="Came late."))
    payment = await book.succeed(pay_fine, book.wish(PayFine, member_id=book.b, amount=Decimal(4)))
    assert (await book.refused(reverse_entry, take_back(book, fine)))[:2] == (
        "MEMBER_BALANCE_TOO_SMALL",
        ("entryId",),
    )
    await book.succeed(reverse_entry, take_back(book, payment))
    await book.succeed(reverse_entry, take_back(book, fine))
    assert (await book.balance("1310"), await book.balance("4100")) == (0, 0)


async def test_shares_that_went_to_somebody_else_are_not_taken_back_from_who_bought_them(world: World) -> None:
    book = await funded(world)
    group, share = book.group, book.group.account("3100")
    lines = (debit(share, "1", member_id=book.a, shares=2), credit(share, "1", member_id=book.b, shares=2))
    draft = await book.succeed(draft_entry, manual(group, *lines))
    given = await book.succeed(draft_post, post(group, draft), group.chair)
    assert await book.refused(reverse_entry, take_back(book, book.entries[0])) == (
        "MEMBER_SHARES_TOO_FEW",
        ("entryId",),
        {"missing_shares": 2},
    )
    drafted = await book.succeed(reverse_entry, take_back(book, given, is_draft=True))
    await book.succeed(draft_post, post(group, drafted), group.chair)
    await book.succeed(reverse_entry, take_back(book, book.entries[0]))


async def test_what_moved_an_account_that_was_closed_since_stays(world: World) -> None:
    book = await funded(world)
    group = book.group
    ink = await book.succeed(
        account_add, book.wish(AccountAdd, code="51001", name="Ink", parent_id=group.account("5000"))
    )
    paid = book.wish(RecordExpense, fund=Fund.LOAN_FUND, amount=Decimal(5), account_id=ink, description="Two bottles.")
    expense = await book.succeed(record_expense, paid)
    lines = (debit(group.account("5100"), "5"), credit(ink, "5"))
    draft = await book.succeed(draft_entry, manual(group, *lines))
    await book.succeed(draft_post, post(group, draft), group.chair)
    await book.succeed(account_close, book.wish(AccountClose, account_id=ink, expected_version=1))
    for entry in (expense, draft):
        assert await book.refused(reverse_entry, take_back(book, entry), group.chair if entry == draft else None) == (
            "ACCOUNT_IS_CLOSED",
            ("entryId",),
            {},
        )


async def test_every_kind_that_is_posted_alone_is_taken_back_to_where_it_was(world: World) -> None:
    book = await funded(world)
    group = book.group
    before = await digest(world.superuser, ("ledger.account_balances",))
    member = {"member_id": book.b}
    cash = {"fund": Fund.LOAN_FUND, "amount": Decimal(5), "description": "A thing."}
    made = [
        await book.succeed(levy_fine, book.wish(LevyFine, **member, amount=Decimal(9), reason="Came late.")),
        await book.succeed(pay_fine, book.wish(PayFine, **member, amount=Decimal(4))),
        await book.succeed(waive_fine, book.wish(WaiveFine, **member, amount=Decimal(5), reason="Ill."), group.chair),
        await book.succeed(record_withdrawal, book.wish(RecordWithdrawal, **member, amount=Decimal(50))),
        await book.succeed(
            grant_from_social_fund,
            book.wish(GrantFromSocialFund, **member, amount=Decimal(80), description="A burial."),
        ),
        await book.succeed(record_income, book.wish(RecordIncome, **cash, account_id=group.account("4900"))),
        await book.succeed(record_expense, book.wish(RecordExpense, **cash, account_id=group.account("5200"))),
        await book.succeed(
            transfer_cash,
            book.wish(TransferCash, fund=Fund.LOAN_FUND, source=Place.BOX, target=Place.BANK, amount=Decimal(700)),
        ),
    ]
    for entry in reversed(made):
        undone = await book.entry(await book.succeed(reverse_entry, take_back(book, entry)))
        original = await book.entry(entry)
        assert undone["kind"] == original["kind"]
        assert undone["lines"] == [(code, who, -amount, None) for code, who, amount, _ in original["lines"]]
    for entry in book.entries:
        await book.succeed(reverse_entry, take_back(book, entry))
    assert await book.count() == 2 * (4 + len(made))
    assert {await book.balance(code) for code in ("1110", "1120", "1210", "2100", "3100", "3200", "3210")} == {0}
    assert await digest(world.superuser, ("ledger.account_balances",)) != before


async def test_whoever_may_post_a_kind_may_take_it_back(world: World) -> None:
    book = await funded(world)
    group = book.group
    await book.denied(reverse_entry, take_back(book, book.entries[0]), group.chair)
    await book.succeed(reverse_entry, take_back(book, book.entries[0]), group.secretary)
    await book.succeed(levy_fine, book.wish(LevyFine, member_id=book.b, amount=Decimal(9), reason="Came late."))
    waived = await book.succeed(
        waive_fine, book.wish(WaiveFine, member_id=book.b, amount=Decimal(9), reason="Ill."), group.chair
    )
    await book.denied(reverse_entry, take_back(book, waived), group.secretary)
    await book.succeed(reverse_entry, take_back(book, waived), group.chair)


_POST = "SELECT ledger.post($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"


async def post_mirror(world: World, book: Funded, who: Person, **changes: Any) -> None:
    """Call the posting function itself for the reversal of A's shares, some of its arguments changed."""
    arguments = {
        "command": new_id(),
        "ids": [new_id()],
        "kinds": ["SHARE_PURCHASE"],
        "dates": [today()],
        "meetings": [None],
        "members": [book.a],
        "reversed": [book.entries[0]],
        "counts": [2],
        "accounts": [book.group.account("1110"), book.group.account("3100")],
        "line_members": [None, book.a],
        "amounts": [Decimal(-600), Decimal(600)],
        "shares": [None, -3],
    } | changes
    async with world.transaction(who) as connection:
        await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", book.group.id)
        await connection.fetchval(_POST, book.group.id, *arguments.values())


async def test_the_database_lets_the_same_people_take_back_and_nothing_but_a_mirror(world: World) -> None:
    book = await funded(world)
    group = book.group
    other = await world.group()
    before = await digest(world.superuser)
    for who, state in (
        (group.chair, "KB403"),
        (group.plain, "KB403"),
        (await world.auditor(group), "KB403"),
        (await world.partner(group, "NAMES"), "KB403"),
        (other.treasurer, "KB404"),
    ):
        before = await digest(world.superuser)
        with pytest.raises(asyncpg.PostgresError) as caught:
            await post_mirror(world, book, who)
        assert caught.value.sqlstate == state
        assert await digest(world.superuser) == before
    for changes in (
        {"amounts": [Decimal(-599), Decimal(599)]},
        {"amounts": [Decimal(600), Decimal(-600)], "shares": [None, 3]},
        {"shares": [None, -2]},
        {"accounts": [group.account("1120"), group.account("3100")]},
        {"line_members": [None, book.b], "members": [book.b]},
        {"kinds": ["SAVINGS_DEPOSIT"]},
        {"reversed": [new_id()]},
        {"reversed": [book.entries[1]]},
    ):
        with pytest.raises(asyncpg.PostgresError) as caught:
            await post_mirror(world, book, group.treasurer, **changes)
        assert caught.value.sqlstate == "KB422", changes
    assert await digest(world.superuser) == before
    await post_mirror(world, book, group.treasurer)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await post_mirror(world, book, group.treasurer)
    assert caught.value.sqlstate == "KB409"
    assert await both_verifications(world, group.id) == []


async def test_of_many_who_take_one_entry_back_at_once_one_does(world: World) -> None:
    book = await funded(world)
    wishes = [take_back(book, book.entries[0]) for _ in range(8)]
    outcomes = await asyncio.gather(*(world.perform(book.group.treasurer, reverse_entry, wish) for wish in wishes))
    refused = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert [(error.reason, error.path, vars(error)["reversed_by"]) for error in refused] == [
        ("ENTRY_ALREADY_REVERSED", ("entryId",), 5)
    ] * 7
    assert await book.count() == 5
    assert await both_verifications(world, book.group.id) == []


async def test_a_repeat_takes_back_once_and_is_answered_as_before(world: World) -> None:
    book = await funded(world)
    wish = take_back(book, book.entries[0])
    outcomes = await asyncio.gather(*(world.perform(book.group.treasurer, reverse_entry, wish) for _ in range(8)))
    assert {(outcome.id, outcome.error) for outcome in outcomes} == {(wish.idempotency_key, None)}
    assert sorted(outcome.is_replay for outcome in outcomes) == [False] + [True] * 7
    assert await book.count() == 5


async def test_a_reason_is_given_and_an_id_of_its_own(world: World) -> None:
    book = await funded(world)
    for words, reason in (("  ", "TEXT_TOO_SHORT"), ("r" * 501, "TEXT_TOO_LONG"), ("\u202e", "TEXT_NOT_ALLOWED")):
        assert (await book.refused(reverse_entry, take_back(book, book.entries[0], reason=words)))[:2] == (
            reason,
            ("reason",),
        )
    for known in book.entries[:2]:
        assert await book.refused(reverse_entry, take_back(book, book.entries[0], id=known)) == (
            "ID_ALREADY_USED",
            ("id",),
            {},
        )


async def test_an_officer_who_may_not_post_the_kind_leaves_no_key_behind(world: World) -> None:
    book = await funded(world)
    wish = take_back(book, book.entries[0])
    with pytest.raises(AccessDenied, match="create records of this kind: entry"):
        await world.perform(book.group.chair, reverse_entry, wish)
    before = await posted(world.superuser)
    assert (await world.perform(book.group.treasurer, reverse_entry, wish)).error is None
    assert await posted(world.superuser) != before
