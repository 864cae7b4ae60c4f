"""A meeting closes with the book at what was counted: differences are posted, those of the opening first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.cash import TransferCash, transfer_cash
from domain.ledger.charting import AccountLimit, account_limit
from domain.ledger.holds import HoldPlace, HoldRelease, hold_place, hold_release
from domain.ledger.reversing import ReverseEntry, reverse_entry
from domain.meetings import CashCount, CloseMeeting, close_meeting
from domain.savings import RecordWithdrawal, record_withdrawal
from tests.ledger.book import both_verifications, tampering
from tests.ledger.moving import Funded, funded, savings, today
from tests.support.world import World

LOAN, SOCIAL = Fund.LOAN_FUND, Fund.SOCIAL_FUND


def count(fund: Fund, amount: str, reason: str | None = None, place: Place = Place.BOX) -> CashCount:
    return CashCount(fund, place, Decimal(amount), reason)


def closing(book: Funded, opening: list[CashCount], closed: list[CashCount], **fields: Any) -> CloseMeeting:
    fields = {"meeting_id": book.meeting, "expected_version": 1, **fields}
    wish: CloseMeeting = book.wish(CloseMeeting, opening_counts=tuple(opening), closing_counts=tuple(closed), **fields)
    return wish


async def second_meeting(world: World) -> Funded:
    """The funded group in its second meeting, in which A saved 100.00 and B withdrew 60.00: 1240.00 and 80.00."""
    book = await funded(world, held_on=date(2026, 1, 8))
    await world.close_meeting(book.group, book.meeting)
    meeting = await world.meeting(book.group, held_on=date(2026, 1, 15))
    await world.record(book.group, meeting, savings(book.a, "100"))
    paid = book.wish(RecordWithdrawal, member_id=book.b, amount=Decimal(60), meeting_id=meeting)
    await world.succeed(book.group.treasurer, record_withdrawal, paid)
    return Funded(world, book.group, meeting, book.entries)


async def differences(book: Funded) -> list[tuple[Any, ...]]:
    """The words and the lines of each entry of a difference, in the order of the book, all of the meeting."""
    rows = await book.world.superuser.fetch(
        "SELECT id FROM ledger.entries WHERE tenant_id = $1 AND kind = 'CASH_DIFFERENCE' ORDER BY number", book.group.id
    )
    found = [await book.entry(row["id"]) for row in rows]
    assert {(each["meeting"], each["on"], each["member"], each["reverses"]) for each in found} <= {
        (book.meeting, date(2026, 1, 15), None, None)
    }
    return [(each["words"][0], [(code, amount) for code, _, amount, _ in each["lines"]]) for each in found]


async def counts_kept(book: Funded) -> list[tuple[Any, ...]]:
    rows = await book.world.superuser.fetch(
        "SELECT c.moment, a.code, c.expected, c.counted, c.reason FROM app.cash_counts c"
        " JOIN ledger.accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id"
        " WHERE c.tenant_id = $1 AND c.meeting_id = $2 ORDER BY c.moment DESC, a.code",
        book.group.id,
        book.meeting,
    )
    return [tuple(row) for row in rows]


async def test_without_a_difference_nothing_is_posted(world: World) -> None:
    book = await second_meeting(world)
    before = await book.count()
    wish = closing(
        book, [count(LOAN, "1200"), count(SOCIAL, "80")], [count(LOAN, "1240", "All there."), count(SOCIAL, "80")]
    )
    await book.succeed(close_meeting, wish, book.group.chair)
    assert (await book.count(), await differences(book)) == (before, [])


async def test_what_is_missing_or_over_at_the_end_is_posted_with_its_reason(world: World) -> None:
    book = await second_meeting(world)
    wish = closing(
        book,
        [count(LOAN, "1200"), count(SOCIAL, "80")],
        [count(LOAN, "1237.50", "A note was torn."), count(SOCIAL, "81", "Somebody paid twice.")],
    )
    await book.succeed(close_meeting, wish, book.group.chair)
    assert await differences(book) == [
        ("A note was torn.", [("1110", Decimal("-2.5")), ("5900", Decimal("2.5"))]),
        ("Somebody paid twice.", [("1210", Decimal(1)), ("3200", Decimal(-1))]),
    ]
    assert [await book.balance(code) for code in ("1110", "1210", "5900", "3200")] == [
        Decimal("1237.5"),
        81,
        Decimal("2.5"),
        -81,
    ]
    third = await world.meeting(book.group, held_on=date(2026, 1, 22))
    plain = closing(
        book,
        [count(LOAN, "1237.50"), count(SOCIAL, "81")],
        [count(LOAN, "1237.50"), count(SOCIAL, "81")],
        meeting_id=third,
    )
    await book.succeed(close_meeting, plain, book.group.secretary)


async def test_what_was_missing_at_the_opening_is_not_expected_at_the_end(world: World) -> None:
    book = await second_meeting(world)
    opening = [count(LOAN, "1190", "Bought a lock."), count(SOCIAL, "80")]
    assert await book.refused(
        close_meeting, closing(book, opening, [count(LOAN, "1240"), count(SOCIAL, "80")]), book.group.chair
    ) == (
        "COUNT_DIFFERS",
        ("closingCounts", "0"),
        {"fund": "LOAN_FUND", "place": "BOX", "expected": Decimal("1230.00"), "counted": Decimal("1240.00")},
    )
    await book.succeed(
        close_meeting, closing(book, opening, [count(LOAN, "1230"), count(SOCIAL, "80")]), book.group.chair
    )
    assert await differences(book) == [("Bought a lock.", [("1110", Decimal(-10)), ("5900", Decimal(10))])]
    assert await book.balance("1110") == 1230
    assert await counts_kept(book) == [
        ("OPENING", "1110", 1200, 1190, "Bought a lock."),
        ("OPENING", "1210", 80, 80, None),
        ("CLOSING", "1110", 1230, 1230, None),
        ("CLOSING", "1210", 80, 80, None),
    ]


async def test_differences_of_opening_and_end_add_up_to_what_was_counted_last(world: World) -> None:
    book = await second_meeting(world)
    wish = closing(
        book,
        [count(LOAN, "0", "Stolen."), count(SOCIAL, "100", "Found in a drawer.")],
        [count(LOAN, "45", "Five more than there should be."), count(SOCIAL, "0", "Stolen in turn.")],
    )
    await book.succeed(close_meeting, wish, book.group.secretary)
    assert await differences(book) == [
        ("Stolen.", [("1110", Decimal(-1200)), ("5900", Decimal(1200))]),
        ("Found in a drawer.", [("1210", Decimal(20)), ("3200", Decimal(-20))]),
        ("Five more than there should be.", [("1110", Decimal(5)), ("5900", Decimal(-5))]),
        ("Stolen in turn.", [("1210", Decimal(-100)), ("3200", Decimal(100))]),
    ]
    assert [await book.balance(code) for code in ("1110", "1210", "5900", "3200")] == [45, 0, 1195, 0]
    moved = await counts_kept(book)
    assert [(row[1], row[2], row[3]) for row in moved[2:]] == [("1110", 40, 45), ("1210", 100, 0)]


async def test_money_found_at_the_opening_where_none_was_has_to_be_counted_again(world: World) -> None:
    book = await second_meeting(world)
    opening = [count(LOAN, "1200"), count(LOAN, "7", "An old deposit.", Place.BANK), count(SOCIAL, "80")]
    closed = [count(LOAN, "1240"), count(SOCIAL, "80")]
    assert await book.refused(close_meeting, closing(book, opening, closed), book.group.chair) == (
        "COUNT_MISSING",
        ("closingCounts",),
        {"fund": "LOAN_FUND", "place": "BANK"},
    )
    again = count(LOAN, "7", place=Place.BANK)
    await book.succeed(close_meeting, closing(book, opening, [*closed, again]), book.group.chair)
    assert await book.balance("1120") == 7


async def test_what_was_gone_at_the_opening_and_is_gone_needs_no_second_count(world: World) -> None:
    book = await second_meeting(world)
    opening = [count(LOAN, "1200"), count(SOCIAL, "0", "Stolen.")]
    await book.succeed(close_meeting, closing(book, opening, [count(LOAN, "1240")]), book.group.chair)
    assert await book.balance("1210") == 0


async def test_a_long_reason_is_cut_on_the_entry_and_whole_on_the_count(world: World) -> None:
    book = await second_meeting(world)
    for_sure = "x" * 500
    long = "y" * 1999 + "z"
    wish = closing(
        book,
        [count(LOAN, "1201", for_sure), count(SOCIAL, "80")],
        [count(LOAN, "1240", long), count(SOCIAL, "80")],
    )
    await book.succeed(close_meeting, wish, book.group.secretary)
    assert [words for words, _ in await differences(book)] == [for_sure, "y" * 499 + "…"]
    assert [row[4] for row in await counts_kept(book)] == [for_sure, None, long, None]


def aside(book: Funded, amount: str, fund: Fund = LOAN) -> HoldPlace:
    wish: HoldPlace = book.wish(
        HoldPlace,
        fund=fund,
        place=Place.BOX,
        amount=Decimal(amount),
        purpose="For a loan.",
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    return wish


async def test_money_set_aside_that_is_missing_keeps_the_meeting_open_until_it_is_released(world: World) -> None:
    book = await second_meeting(world)
    first = await world.succeed(book.group.treasurer, hold_place, aside(book, "1000"))
    second = await world.succeed(book.group.treasurer, hold_place, aside(book, "240"))
    wish = closing(
        book, [count(LOAN, "1200"), count(SOCIAL, "80")], [count(SOCIAL, "80"), count(LOAN, "1239", "Lost.")]
    )
    assert await book.refused(close_meeting, wish, book.group.secretary) == (
        "COUNT_BELOW_HELD",
        ("closingCounts", "1"),
        {"fund": "LOAN_FUND", "place": "BOX", "held": Decimal("1240.00"), "counted": Decimal("1239.00")},
    )
    outcome = await world.perform(book.group.secretary, close_meeting, wish)
    assert outcome.error is not None
    assert outcome.error.message == (
        "In the cash box of the loan fund, 1240.00 is set aside but only 1239.00 was counted: "
        "release what was set aside and is not there, then close the meeting."
    )
    # The one that is there may stay; the other is let go, and the same counts close the meeting.
    await world.succeed(book.group.secretary, hold_release, book.wish(HoldRelease, hold_id=second))
    again = closing(book, list(wish.opening_counts), list(wish.closing_counts))
    await book.succeed(close_meeting, again, book.group.secretary)
    held = await world.superuser.fetchrow(
        "SELECT balance, held FROM ledger.account_balances WHERE account_id = $1", book.group.account("1110")
    )
    assert tuple(held) == (1239, 1000)
    assert await world.superuser.fetchval("SELECT outcome FROM ledger.holds WHERE id = $1", first) is None


async def test_money_set_aside_that_was_gone_at_the_opening_is_told_of_where_it_was_counted(world: World) -> None:
    book = await second_meeting(world)
    await world.succeed(book.group.treasurer, hold_place, aside(book, "50", SOCIAL))
    wish = closing(book, [count(LOAN, "1200"), count(SOCIAL, "0", "Stolen.")], [count(LOAN, "1240")])
    assert await book.refused(close_meeting, wish, book.group.chair) == (
        "COUNT_BELOW_HELD",
        ("openingCounts", "1"),
        {"fund": "SOCIAL_FUND", "place": "BOX", "held": Decimal("50.00"), "counted": Decimal("0.00")},
    )


async def test_money_set_aside_that_is_there_keeps_no_meeting_open(world: World) -> None:
    """Nor does what is over: a hold whose time has passed counts no more."""
    book = await second_meeting(world)
    await world.succeed(book.group.treasurer, hold_place, aside(book, "1200"))
    over = await world.succeed(book.group.treasurer, hold_place, aside(book, "30"))
    async with tampering(world.superuser) as connection:
        await connection.execute("UPDATE ledger.holds SET expires_at = clock_timestamp() WHERE id = $1", over)
    wish = closing(
        book, [count(LOAN, "1200"), count(SOCIAL, "80")], [count(LOAN, "1200", "Lost."), count(SOCIAL, "80")]
    )
    await book.succeed(close_meeting, wish, book.group.secretary)
    assert await book.balance("1110") == 1200


async def test_less_than_a_place_must_hold_is_not_posted_until_the_limit_is_lowered(world: World) -> None:
    book = await second_meeting(world)

    def limit(least: str, version: int) -> AccountLimit:
        wish: AccountLimit = book.wish(
            AccountLimit,
            account_id=book.group.account("1110"),
            expected_version=version,
            minimum=Decimal(least),
            maximum=None,
        )
        return wish

    await world.succeed(book.group.treasurer, account_limit, limit("1000", 1))
    wish = closing(book, [count(LOAN, "1200"), count(SOCIAL, "80")], [count(LOAN, "999", "Lost."), count(SOCIAL, "80")])
    assert await book.refused(close_meeting, wish, book.group.chair) == (
        "COUNT_BELOW_MINIMUM",
        ("closingCounts", "0"),
        {"fund": "LOAN_FUND", "place": "BOX", "least": Decimal("1000.00"), "counted": Decimal("999.00")},
    )
    await world.succeed(book.group.treasurer, account_limit, limit("999", 2))
    again = closing(book, list(wish.opening_counts), list(wish.closing_counts))
    await book.succeed(close_meeting, again, book.group.chair)
    assert await book.balance("1110") == 999


async def test_more_than_a_place_may_hold_is_not_posted_as_found(world: World) -> None:
    book = await second_meeting(world)
    limit = AccountLimit(
        group_id=book.group.id,
        idempotency_key=new_id(),
        account_id=book.group.account("1110"),
        expected_version=1,
        minimum=Decimal(0),
        maximum=Decimal(1240),
    )
    await world.succeed(book.group.treasurer, account_limit, limit)
    wish = closing(
        book, [count(LOAN, "1200"), count(SOCIAL, "80")], [count(LOAN, "1242", "Found."), count(SOCIAL, "80")]
    )
    assert await book.refused(close_meeting, wish, book.group.chair) == (
        "ABOVE_MAXIMUM",
        ("closingCounts",),
        {"excess": Decimal(2)},
    )
    carried = book.wish(
        TransferCash, fund=LOAN, source=Place.BOX, target=Place.BANK, amount=Decimal(100), meeting_id=book.meeting
    )
    await book.succeed(transfer_cash, carried)
    banked = closing(
        book,
        [count(LOAN, "1200"), count(SOCIAL, "80")],
        [count(LOAN, "1142", "Found."), count(LOAN, "100", place=Place.BANK), count(SOCIAL, "80")],
    )
    await book.succeed(close_meeting, banked, book.group.chair)


async def test_a_repeat_posts_no_difference_twice_and_a_difference_can_be_taken_back(world: World) -> None:
    book = await second_meeting(world)
    wish = closing(
        book, [count(LOAN, "1200"), count(SOCIAL, "80")], [count(LOAN, "1230", "Lost."), count(SOCIAL, "80")]
    )
    before = await book.count()
    for is_replay in (False, True):
        outcome = await world.perform(book.group.chair, close_meeting, wish)
        assert (outcome.id, outcome.error, outcome.is_replay) == (book.meeting, None, is_replay)
    assert await book.count() == before + 1
    lost = await world.superuser.fetchval("SELECT id FROM ledger.entries WHERE kind = 'CASH_DIFFERENCE'")
    found = book.wish(ReverseEntry, entry_id=lost, reason="It was found again.")
    undone = await book.entry(await book.succeed(reverse_entry, found, book.group.chair))
    assert (undone["on"], undone["kind"]) == (today(), "CASH_DIFFERENCE")
    assert (await book.balance("1110"), await book.balance("5900")) == (1240, 0)
    assert await both_verifications(world, book.group.id) == []


async def test_money_moved_beside_an_open_meeting_was_there_when_it_opened(world: World) -> None:
    book = await second_meeting(world)
    paid = book.wish(RecordWithdrawal, member_id=book.b, amount=Decimal(10), on=date(2026, 1, 15), meeting_id=None)
    await world.succeed(book.group.treasurer, record_withdrawal, paid)
    # 1200.00 lay in the box as the meeting opened, whatever was paid from it since, in the meeting or beside it.
    wish = closing(book, [count(LOAN, "1200"), count(SOCIAL, "80")], [count(LOAN, "1230"), count(SOCIAL, "80")])
    await world.succeed(book.group.secretary, close_meeting, wish)
    assert await differences(book) == []
    assert await both_verifications(world, book.group.id) == []
