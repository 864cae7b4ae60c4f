"""Savings are withdrawn as far as the member has any and the money is there; the social fund gives what it has."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.cash import TransferCash, transfer_cash
from domain.ledger.periods import PeriodClose, period_close
from domain.savings import GrantFromSocialFund, RecordWithdrawal, grant_from_social_fund, record_withdrawal
from tests.ledger.book import both_verifications
from tests.ledger.moving import Funded, funded, savings, today
from tests.support.world import World


def payout(book: Funded, amount: str, **fields: Any) -> RecordWithdrawal:
    wish: RecordWithdrawal = book.wish(RecordWithdrawal, **{"member_id": book.a, "amount": Decimal(amount), **fields})
    return wish


def grant(book: Funded, amount: str, **fields: Any) -> GrantFromSocialFund:
    fields = {"member_id": book.b, "amount": Decimal(amount), "description": "A burial.", **fields}
    wish: GrantFromSocialFund = book.wish(GrantFromSocialFund, **fields)
    return wish


async def test_savings_are_paid_in_by_a_sheet(world: World) -> None:
    book = await funded(world)
    assert await book.entry(book.entries[1]) == {
        "kind": "SAVINGS_DEPOSIT",
        "on": today(),
        "meeting": book.meeting,
        "member": book.a,
        "reverses": None,
        "actor": book.group.treasurer.user_id,
        "words": None,
        "lines": [("1110", None, Decimal(500), None), ("2100", book.a, Decimal(-500), None)],
    }
    assert (await book.balance("2100"), await book.balance("2100", book.b)) == (-600, -100)


async def test_a_withdrawal_in_a_meeting_debits_the_savings_and_credits_the_place(world: World) -> None:
    book = await funded(world)
    wish = payout(book, "499.50", meeting_id=book.meeting, memo="  School\u00a0fees ")
    entry = await book.succeed(record_withdrawal, wish)
    assert entry == wish.idempotency_key
    assert await book.entry(entry) == {
        "kind": "WITHDRAWAL",
        "on": today(),
        "meeting": book.meeting,
        "member": book.a,
        "reverses": None,
        "actor": book.group.treasurer.user_id,
        "words": ("School\u00a0fees", None, None),
        "lines": [("2100", book.a, Decimal("499.5"), None), ("1110", None, Decimal("-499.5"), None)],
    }
    assert await book.balance("1110") == Decimal("700.5")
    assert await book.balance("2100", book.a) == Decimal("-0.5")
    assert await book.balance("2100", book.b) == -100
    assert await book.refused(record_withdrawal, payout(book, "0.51")) == (
        "SAVINGS_TOO_SMALL",
        ("amount",),
        {"available": Decimal("0.50")},
    )
    await book.succeed(record_withdrawal, payout(book, "0.5"))
    assert await book.balance("2100", book.a) == 0


async def test_a_withdrawal_outside_a_meeting_counts_for_a_day_that_has_come(world: World) -> None:
    book = await funded(world)
    for on, expected in ((None, today()), (today(), today()), (date(2026, 1, 1), date(2026, 1, 1))):
        entry = await book.succeed(record_withdrawal, payout(book, "1", on=on), book.group.secretary)
        found = await book.entry(entry)
        assert (found["on"], found["meeting"], found["words"]) == (expected, None, None)
    late = today() + timedelta(days=1)
    assert await book.refused(record_withdrawal, payout(book, "1", on=late)) == (
        "DATE_IN_FUTURE",
        ("on",),
        {"today_on": today()},
    )


async def test_an_entry_of_a_meeting_counts_for_the_meeting_s_date_alone(world: World) -> None:
    held = date(2026, 3, 7)
    book = await funded(world, held_on=held)
    assert await book.refused(record_withdrawal, payout(book, "1", meeting_id=book.meeting, on=today())) == (
        "DATE_NOT_OF_MEETING",
        ("on",),
        {"held_on": date(2026, 3, 7)},
    )
    assert await book.refused(record_withdrawal, payout(book, "1", meeting_id=new_id())) == (
        "MEETING_NOT_FOUND",
        ("meetingId",),
        {},
    )
    entry = await book.succeed(record_withdrawal, payout(book, "1", meeting_id=book.meeting, on=held))
    assert (await book.entry(entry))["on"] == held
    await world.close_meeting(book.group, book.meeting)
    assert await book.refused(record_withdrawal, payout(book, "1", meeting_id=book.meeting)) == (
        "MEETING_CLOSED",
        ("meetingId",),
        {},
    )


async def test_nothing_counts_for_a_closed_period(world: World) -> None:
    book = await funded(world)
    through = PeriodClose(group_id=book.group.id, idempotency_key=new_id(), through=date(2026, 3, 31))
    await world.succeed(book.group.chair, period_close, through)
    for day in (date(2026, 3, 31), date(1, 1, 1)):
        assert await book.refused(record_withdrawal, payout(book, "1", on=day)) == (
            "PERIOD_CLOSED",
            ("on",),
            {"closed_through": date(2026, 3, 31)},
        )
    await book.succeed(record_withdrawal, payout(book, "1", on=date(2026, 4, 1)))
    await world.superuser.execute("UPDATE ledger.heads SET closed_through = current_date + 1")
    assert (await book.refused(record_withdrawal, payout(book, "1", meeting_id=book.meeting)))[:2] == (
        "PERIOD_CLOSED",
        ("meetingId",),
    )


async def test_no_more_is_withdrawn_than_there_is_in_the_place(world: World) -> None:
    book = await funded(world)
    for place, missing in ((Place.BANK, "100"), (Place.MOBILE_MONEY, "100")):
        assert await book.refused(record_withdrawal, payout(book, "100", place=place)) == (
            "BELOW_MINIMUM",
            ("amount",),
            {"missing": Decimal(missing)},
        )
    await book.succeed(
        transfer_cash,
        book.wish(TransferCash, fund=Fund.LOAN_FUND, source=Place.BOX, target=Place.BANK, amount=Decimal("99.99")),
    )
    assert await book.refused(record_withdrawal, payout(book, "100", place=Place.BANK)) == (
        "BELOW_MINIMUM",
        ("amount",),
        {"missing": Decimal("0.01")},
    )
    await book.succeed(record_withdrawal, payout(book, "99.99", place=Place.BANK))
    assert await book.balance("1120") == 0


async def test_shares_are_no_savings_and_nobody_lives_on_another_s(world: World) -> None:
    book = await funded(world)
    c = book.group.members[2]
    assert await book.refused(record_withdrawal, payout(book, "0.01", member_id=c)) == (
        "SAVINGS_TOO_SMALL",
        ("amount",),
        {"available": Decimal("0.00")},
    )
    assert await book.refused(record_withdrawal, payout(book, "100.01", member_id=book.b)) == (
        "SAVINGS_TOO_SMALL",
        ("amount",),
        {"available": Decimal("100.00")},
    )
    elsewhere = await world.group()
    for nobody in (new_id(), elsewhere.members[0]):
        assert await book.refused(record_withdrawal, payout(book, "1", member_id=nobody)) == (
            "MEMBER_NOT_IN_GROUP",
            ("memberId",),
            {},
        )


async def leave(world: World, member: Any) -> None:
    async with world.superuser.transaction():
        await world.superuser.execute("SET LOCAL session_replication_role = replica")
        await world.superuser.execute(
            "UPDATE app.members SET status = 'LEFT', left_on = joined_on WHERE id = $1", member
        )


async def test_who_left_is_paid_what_is_hers_and_given_nothing(world: World) -> None:
    book = await funded(world)
    await leave(world, book.b)
    await book.succeed(record_withdrawal, payout(book, "100", member_id=book.b))
    assert await book.refused(grant_from_social_fund, grant(book, "1")) == (
        "MEMBER_NOT_IN_GROUP",
        ("memberId",),
        {},
    )


BAD_AMOUNTS = [
    ("0", "AMOUNT_NOT_POSITIVE"),
    ("-1", "AMOUNT_NOT_POSITIVE"),
    ("1.001", "AMOUNT_TOO_PRECISE"),
    ("100000000000001", "AMOUNT_TOO_LARGE"),
]


@pytest.mark.parametrize(("amount", "reason"), BAD_AMOUNTS)
async def test_an_amount_that_no_book_takes_is_refused(world: World, amount: str, reason: str) -> None:
    book = await funded(world)
    assert (await book.refused(record_withdrawal, payout(book, amount)))[:2] == (reason, ("amount",))
    assert (await book.refused(grant_from_social_fund, grant(book, amount)))[:2] == (reason, ("amount",))


async def test_words_that_cannot_be_kept_are_refused(world: World) -> None:
    book = await funded(world)
    for words, reason in ((" ", "TEXT_TOO_SHORT"), ("m" * 501, "TEXT_TOO_LONG"), ("a\x00b", "TEXT_NOT_ALLOWED")):
        assert (await book.refused(record_withdrawal, payout(book, "1", memo=words)))[:2] == (reason, ("memo",))
        refused = await book.refused(grant_from_social_fund, grant(book, "1", description=words))
        assert refused[:2] == (reason, ("description",))
    entry = await book.succeed(record_withdrawal, payout(book, "1", memo="é" * 500))
    assert (await book.entry(entry))["words"] == ("é" * 500, None, None)


async def test_an_id_is_used_once_whatever_it_stands_for(world: World) -> None:
    book = await funded(world)
    own = new_id()
    assert await book.succeed(record_withdrawal, payout(book, "1", id=own)) == own
    for known in (own, book.entries[0]):
        assert await book.refused(record_withdrawal, payout(book, "1", id=known)) == ("ID_ALREADY_USED", ("id",), {})


async def test_a_repeat_pays_once(world: World) -> None:
    book = await funded(world)
    wish = payout(book, "400")
    await book.succeed(record_withdrawal, wish)
    again = await world.perform(book.group.treasurer, record_withdrawal, wish)
    assert (again.id, again.error, again.is_replay) == (wish.idempotency_key, None, True)
    assert (await book.count(), await book.balance("2100", book.a)) == (5, -100)
    refused = payout(book, "100.01")
    first = await world.perform(book.group.treasurer, record_withdrawal, refused)
    await world.record(book.group, book.meeting, savings(book.a, "50"))
    second = await world.perform(book.group.treasurer, record_withdrawal, refused)
    assert first.error is not None
    assert second.error is not None
    assert (second.is_replay, second.error.message) == (True, first.error.message)


async def test_only_the_secretary_and_the_treasurer_pay_out(world: World) -> None:
    book = await funded(world)
    await book.denied(record_withdrawal, payout(book, "1"), book.group.chair)
    await book.denied(grant_from_social_fund, grant(book, "1"), book.group.chair)
    await book.succeed(record_withdrawal, payout(book, "1"), book.group.secretary)
    await book.succeed(grant_from_social_fund, grant(book, "1"), book.group.secretary)


async def test_a_grant_comes_out_of_the_social_fund_s_own_money(world: World) -> None:
    book = await funded(world)
    assert await book.refused(grant_from_social_fund, grant(book, "80.01")) == (
        "BELOW_MINIMUM",
        ("amount",),
        {"missing": Decimal("0.01")},
    )
    entry = await book.succeed(grant_from_social_fund, grant(book, "80", meeting_id=book.meeting))
    assert await book.entry(entry) == {
        "kind": "SOCIAL_FUND_GRANT",
        "on": today(),
        "meeting": book.meeting,
        "member": book.b,
        "reverses": None,
        "actor": book.group.treasurer.user_id,
        "words": ("A burial.", None, None),
        "lines": [("3210", book.b, Decimal(80), None), ("1210", None, Decimal(-80), None)],
    }
    assert [await book.balance(code) for code in ("1110", "1210", "3200", "3210")] == [1200, 0, -80, 80]
    assert await both_verifications(world, book.group.id) == []
