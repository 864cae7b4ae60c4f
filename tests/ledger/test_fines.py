"""Fines: levied, paid, waived; what a member owes is one balance that never goes below zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Place
from domain.savings import LevyFine, PayFine, WaiveFine, levy_fine, pay_fine, waive_fine
from domain.service import Service
from tests.ledger.moving import Funded, funded, today
from tests.ledger.test_withdrawals import leave
from tests.support.world import World


def levy(book: Funded, amount: str, **fields: Any) -> LevyFine:
    fields = {"member_id": book.b, "amount": Decimal(amount), "reason": "Came late.", **fields}
    wish: LevyFine = book.wish(LevyFine, **fields)
    return wish


def pay(book: Funded, amount: str, **fields: Any) -> PayFine:
    wish: PayFine = book.wish(PayFine, **{"member_id": book.b, "amount": Decimal(amount), **fields})
    return wish


def waive(book: Funded, amount: str, **fields: Any) -> WaiveFine:
    fields = {"member_id": book.b, "amount": Decimal(amount), "reason": "Her child was ill.", **fields}
    wish: WaiveFine = book.wish(WaiveFine, **fields)
    return wish


async def test_a_fine_is_owed_then_paid_and_the_rest_waived(world: World) -> None:
    book = await funded(world)
    group = book.group
    levied = await book.succeed(levy_fine, levy(book, "50", meeting_id=book.meeting), group.secretary)
    assert await book.entry(levied) == {
        "kind": "FINE_LEVIED",
        "on": today(),
        "meeting": book.meeting,
        "member": book.b,
        "reverses": None,
        "actor": group.secretary.user_id,
        "words": ("Came late.", None, None),
        "lines": [("1310", book.b, Decimal(50), None), ("4100", None, Decimal(-50), None)],
    }
    assert (await book.balance("1310", book.b), await book.balance("4100"), await book.balance("1110")) == (
        50,
        -50,
        1200,
    )
    paid = await book.succeed(pay_fine, pay(book, "30", meeting_id=book.meeting, place=Place.MOBILE_MONEY))
    assert await book.entry(paid) == {
        "kind": "FINE_PAID",
        "on": today(),
        "meeting": book.meeting,
        "member": book.b,
        "reverses": None,
        "actor": group.treasurer.user_id,
        "words": None,
        "lines": [("1130", None, Decimal(30), None), ("1310", book.b, Decimal(-30), None)],
    }
    waived = await book.succeed(waive_fine, waive(book, "20"), group.chair)
    assert await book.entry(waived) == {
        "kind": "FINE_WAIVED",
        "on": today(),
        "meeting": None,
        "member": book.b,
        "reverses": None,
        "actor": group.chair.user_id,
        "words": ("Her child was ill.", None, None),
        "lines": [("4100", None, Decimal(20), None), ("1310", book.b, Decimal(-20), None)],
    }
    assert [await book.balance(code) for code in ("1310", "4100", "1110", "1130")] == [0, -30, 1200, 30]


@pytest.mark.parametrize(("service", "wish"), [(pay_fine, pay), (waive_fine, waive)])
async def test_no_more_is_paid_or_waived_than_is_owed(world: World, service: Service[Any], wish: Any) -> None:
    book = await funded(world)
    assert await book.refused(service, wish(book, "0.01")) == (
        "FINES_OWED_LESS",
        ("amount",),
        {"owed": Decimal("0.00")},
    )
    await book.succeed(levy_fine, levy(book, "10"))
    await book.succeed(levy_fine, levy(book, "5.50"))
    await book.succeed(levy_fine, levy(book, "99", member_id=book.a))
    assert await book.refused(service, wish(book, "15.51")) == (
        "FINES_OWED_LESS",
        ("amount",),
        {"owed": Decimal("15.50")},
    )
    await book.succeed(service, wish(book, "15.50"))
    assert (await book.balance("1310", book.b), await book.balance("1310", book.a)) == (0, 99)
    assert await book.refused(service, wish(book, "1", member_id=new_id())) == (
        "MEMBER_NOT_IN_GROUP",
        ("memberId",),
        {},
    )


async def test_who_left_is_fined_no_more_and_still_pays_what_she_owes(world: World) -> None:
    book = await funded(world)
    await book.succeed(levy_fine, levy(book, "10"))
    await leave(world, book.b)
    assert await book.refused(levy_fine, levy(book, "10")) == ("MEMBER_NOT_IN_GROUP", ("memberId",), {})
    await book.succeed(pay_fine, pay(book, "4"))
    await book.succeed(waive_fine, waive(book, "6"))
    assert await book.balance("1310", book.b) == 0


@pytest.mark.parametrize(("service", "wish"), [(levy_fine, levy), (pay_fine, pay), (waive_fine, waive)])
async def test_amounts_dates_meetings_and_ids_are_checked(world: World, service: Service[Any], wish: Any) -> None:
    book = await funded(world)
    await book.succeed(levy_fine, levy(book, "10"))
    for fields, reason, path in (
        ({"amount": Decimal(0)}, "AMOUNT_NOT_POSITIVE", "amount"),
        ({"amount": Decimal("0.001")}, "AMOUNT_TOO_PRECISE", "amount"),
        ({"amount": Decimal(10) ** 14 + 1}, "AMOUNT_TOO_LARGE", "amount"),
        ({"on": today() + timedelta(days=1)}, "DATE_IN_FUTURE", "on"),
        ({"on": today() - timedelta(days=1), "meeting_id": book.meeting}, "DATE_NOT_OF_MEETING", "on"),
        ({"meeting_id": new_id()}, "MEETING_NOT_FOUND", "meetingId"),
        ({"id": book.entries[0]}, "ID_ALREADY_USED", "id"),
    ):
        changed = replace(wish(book, "1"), idempotency_key=new_id(), **fields)
        assert (await book.refused(service, changed))[:2] == (reason, (path,))


@pytest.mark.parametrize(("service", "wish"), [(levy_fine, levy), (waive_fine, waive)])
async def test_a_reason_is_given(world: World, service: Service[Any], wish: Any) -> None:
    book = await funded(world)
    await book.succeed(levy_fine, levy(book, "10"))
    for words, reason in (("", "TEXT_TOO_SHORT"), ("r" * 501, "TEXT_TOO_LONG")):
        assert (await book.refused(service, wish(book, "1", reason=words)))[:2] == (reason, ("reason",))


async def test_who_fines_does_not_let_off(world: World) -> None:
    book = await funded(world)
    group = book.group
    await book.denied(levy_fine, levy(book, "1"), group.chair)
    await book.succeed(levy_fine, levy(book, "10"), group.secretary)
    await book.denied(pay_fine, pay(book, "1"), group.chair)
    await book.denied(waive_fine, waive(book, "1"), group.secretary)
    await book.succeed(waive_fine, waive(book, "1"), group.treasurer)


async def test_a_repeat_fines_once(world: World) -> None:
    book = await funded(world)
    wish = levy(book, "10")
    for is_replay in (False, True):
        outcome = await world.perform(book.group.treasurer, levy_fine, wish)
        assert (outcome.id, outcome.error, outcome.is_replay) == (wish.idempotency_key, None, is_replay)
    assert await book.balance("1310", book.b) == 10
