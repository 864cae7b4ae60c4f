"""Postings and records that the services would never send, sent by an officer with SQL of her own.

Each is refused, changes nothing, and is told in the same words whether what it names is another group's or nobody's.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.ledger import events
from domain.ledger.accounts import Fund, Place
from domain.ledger.events import Booking
from domain.ledger.postings import Line, Posting
from domain.policy import EntryKind
from persistence.ledger import posting_arguments
from tests.ledger.book import both_verifications, digest, share_purchase_arguments
from tests.ledger.richbook import RichBook, approve, draft, in_book, kes, rich_book
from tests.support.world import GroupOfPeople, Person, World

POST = "SELECT ledger.post($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
CALL = "SELECT ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"


async def refusal(world: World, group: GroupOfPeople, who: Person, *statements: tuple[object, ...]) -> tuple[Any, ...]:
    """What is told of a refused attempt, which must leave no trace."""
    before = await digest(world.superuser)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await in_book(world, group, who, *statements)
    assert await digest(world.superuser) == before
    error = caught.value
    return error.sqlstate, str(error), error.detail, error.hint


def posting(group: GroupOfPeople, *postings: Posting) -> tuple[object, ...]:
    return (POST, group.id, new_id(), *posting_arguments(postings))


async def entry_id(world: World, group: GroupOfPeople, number: int) -> UUID:
    found: UUID = await world.superuser.fetchval(
        "SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = $2", group.id, number
    )
    return found


@pytest.mark.parametrize("named", ["accounts", "line members", "member", "meeting", "reversed entry", "book"])
async def test_another_group_s_record_is_refused_as_one_that_nobody_has(world: World, named: str) -> None:
    own, other = await world.group(), await rich_book(world)
    meeting = await world.meeting(own)
    theirs: dict[str, UUID] = {
        "accounts": other.group.account("1110"),
        "line members": other.group.members[0],
        "member": other.group.members[0],
        "meeting": other.small.second_meeting,
        "reversed entry": await entry_id(world, other.group, 9),
        "book": other.group.id,
    }
    told = []
    for value in (theirs[named], new_id()):
        changes: dict[str, dict[str, object]] = {
            "accounts": {"line_accounts": [value, own.account("3100")]},
            "line members": {"line_members": [None, value], "members": [value]},
            "member": {"members": [value]},
            "meeting": {"meetings": [value]},
            "reversed entry": {"reversed": [value]},
            "book": {"tenant": value},
        }
        arguments = await share_purchase_arguments(world, own, meeting, changes[named])
        refused = await refusal(world, own, own.treasurer, (CALL, *arguments), ("SET CONSTRAINTS ALL IMMEDIATE",))
        told.append([str(each).replace(str(value), "it") for each in refused])
    assert told[0] == told[1]
    shown = str(told)
    for secret in (*theirs.values(), *other.group.members, "Umoja", "KES"):
        assert str(secret) not in shown


async def test_another_group_s_book_is_not_locked_held_closed_or_verified(world: World) -> None:
    own, other = await world.group(), await rich_book(world)
    held = await world.superuser.fetchval("SELECT id FROM ledger.holds WHERE outcome IS NULL")
    cash, later = other.group.account("1110"), timedelta(days=1)
    statements: list[tuple[str, tuple[object, ...]]] = [
        ("SELECT app.enter_write(ARRAY[$1::uuid])", (other.group.id,)),
        ("SELECT app.change_number($1)", (other.group.id,)),
        ("SELECT ledger.place_hold($1, $2, $3, 1, 'x', now() + $4::interval)", (own.id, new_id(), cash, later)),
        ("SELECT ledger.place_hold($1, $2, $3, 1, 'x', now() + $4::interval)", (other.group.id, new_id(), cash, later)),
        ("SELECT ledger.end_hold($1, $2)", (own.id, held)),
        ("SELECT ledger.end_hold($1, $2)", (other.group.id, held)),
        ("SELECT ledger.change_account($1, $2, 1, 'x', 0, NULL, false)", (own.id, cash)),
        ("SELECT ledger.close_period($1, current_date - 1)", (other.group.id,)),
        ("SELECT * FROM ledger.find_faults($1)", (other.group.id,)),
        (
            "SELECT app.link_member($1, $2, $3, '{CHAIR}')",
            (other.group.id, other.group.members[4], own.treasurer.user_id),
        ),
    ]
    for statement, arguments in statements:
        told = await refusal(world, own, own.treasurer, (statement, *arguments))
        assert told[0] in {"KB403", "KB404", "KB409", "KB422", "KB500", "42501"}, statement
        assert str(other.group.members[0]) not in str(told)
    for statement, arguments in (
        ("SELECT * FROM ledger.balances_after(ARRAY[$1::uuid], 99)", (other.group.id,)),
        ("SELECT * FROM ledger.find_closing_code($1, 1)", (other.group.id,)),
    ):
        async with world.transaction(own.treasurer) as connection:
            assert await connection.fetch(statement, *arguments) == []


KINDS_OF_OFFICERS = [
    ("chair", EntryKind.SHARE_PURCHASE),
    ("chair", EntryKind.TRANSFER),
    ("secretary", EntryKind.FINE_WAIVED),
    ("plain", EntryKind.SHARE_PURCHASE),
    ("plain", EntryKind.CASH_DIFFERENCE),
]


@pytest.mark.parametrize(("who", "kind"), KINDS_OF_OFFICERS)
async def test_a_kind_that_the_role_may_not_post_is_refused(world: World, who: str, kind: EntryKind) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    arguments = await share_purchase_arguments(world, group, meeting, {"kinds": [kind.value]})
    told = await refusal(
        world,
        group,
        getattr(group, who),
        (CALL, *arguments),
    )
    assert told == ("KB403", f"the viewer may not post {kind.value}", None, None)


async def test_a_kind_that_there_is_not_is_refused(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    for kind in ("GIFT", "share_purchase", "", None):
        arguments = await share_purchase_arguments(world, group, meeting, {"kinds": [kind]})
        assert (await refusal(world, group, group.treasurer, (CALL, *arguments)))[0] == "KB403"


async def test_an_entry_that_names_a_member_is_about_her_and_names_her_where_it_is_hers(world: World) -> None:
    """Otherwise an entry could be hidden from the member whose money it is, or shown to one whose it is not."""
    group = await world.group()
    meeting = await world.meeting(group)
    a, b = group.members[:2]
    for about in (None, b):
        arguments = await share_purchase_arguments(world, group, meeting, {"members": [about]})
        assert (await refusal(world, group, group.treasurer, (CALL, *arguments)))[0] == "KB422"
    for named, why in (
        ([b, a], "an entry has two lines or more, which sum to zero, and is about the member whom they name"),
        ([a, a], "an entry of this kind moves other accounts"),
    ):
        arguments = await share_purchase_arguments(world, group, meeting, {"members": [a], "line_members": named})
        told = await refusal(world, group, group.treasurer, (CALL, *arguments))
        assert told[:2] == ("KB422", why)
    arguments = await share_purchase_arguments(world, group, meeting, {"members": [a], "line_members": [None, a]})
    await in_book(world, group, group.treasurer, (CALL, *arguments))


@pytest.fixture
async def book(world: World) -> RichBook:
    return await rich_book(world)


def booking(book: RichBook, **fields: Any) -> Booking:
    return Booking(**{"entry_id": new_id(), "group_id": book.group.id, "on": book.today, **fields})


async def test_a_reversal_that_is_no_mirror_is_refused(world: World, book: RichBook) -> None:
    group, (a, b) = book.group, book.group.members[:2]
    fine = events.fine_levied(booking(book, entry_id=await entry_id(world, group, 9)), member_id=a, amount=kes(40))
    right = events.reversal(booking(book), fine)
    other_member = events.reversal(booking(book), events.fine_levied(booking(book), member_id=b, amount=kes(40)))
    smaller = events.reversal(booking(book), events.fine_levied(booking(book), member_id=a, amount=kes(39)))
    lines: Any
    _, _, dates, meetings, members, reversed_ids, *lines = posting_arguments([right])
    wrong = {
        "the entry itself": (["FINE_LEVIED"], members, reversed_ids, *posting_arguments([fine])[6:]),
        "another kind": (["FINE_PAID"], members, reversed_ids, *lines),
        "no member": (["FINE_LEVIED"], [None], reversed_ids, *lines),
        "another member": (["FINE_LEVIED"], [b], reversed_ids, *posting_arguments([other_member])[6:]),
        "another amount": (["FINE_LEVIED"], members, reversed_ids, *posting_arguments([smaller])[6:]),
        "lines in another order": (
            ["FINE_LEVIED"],
            members,
            reversed_ids,
            lines[0],
            *(each[::-1] for each in lines[1:]),
        ),
    }
    for words, (kinds, about, what, *of_lines) in wrong.items():
        arguments = (group.id, new_id(), [new_id()], kinds, dates, meetings, about, what, *of_lines)
        told = await refusal(world, group, group.treasurer, (POST, *arguments))
        assert told[:2] == ("KB422", "a reversal is the mirror of an entry that is none itself"), words
    await in_book(world, group, group.treasurer, posting(group, right))
    assert await both_verifications(world, group.id) == []


async def test_an_entry_is_taken_back_once_and_a_reversal_never(world: World, book: RichBook) -> None:
    group, a = book.group, book.group.members[0]
    paid = events.fine_paid(
        booking(book, entry_id=await entry_id(world, group, 10)), member_id=a, amount=kes(30), place=Place.BOX
    )
    again = events.reversal(booking(book), paid)
    told = await refusal(world, group, group.treasurer, posting(group, again))
    assert told[:2] == ("KB409", "the entry was reversed before")
    reversal_id = await entry_id(world, group, 11)
    mirror = Posting(new_id(), paid.kind, book.today, paid.lines, member_id=a, reverses_id=reversal_id)
    assert (await refusal(world, group, group.treasurer, posting(group, mirror)))[0] == "KB422"
    carried = events.transfer(
        booking(book, entry_id=await entry_id(world, group, 13)),
        fund=Fund.LOAN_FUND,
        source=Place.BOX,
        target=Place.BANK,
        amount=kes(500),
    )
    twice = (events.reversal(booking(book), carried), events.reversal(booking(book), carried))
    told = await refusal(world, group, group.treasurer, posting(group, *twice))
    assert (told[0], "entries_reversed_once" in told[1]) == ("23505", True)


async def test_a_kind_is_reversed_by_whoever_may_post_it(world: World, book: RichBook) -> None:
    group, a = book.group, book.group.members[0]
    fine = events.fine_levied(booking(book, entry_id=await entry_id(world, group, 9)), member_id=a, amount=kes(40))
    for who in (group.chair, group.plain):
        told = await refusal(world, group, who, posting(group, events.reversal(booking(book), fine)))
        assert told[:2] == ("KB403", "the viewer may not post FINE_LEVIED")


def manual(book: RichBook, amount: int = 5, entry: UUID | None = None) -> Posting:
    group = book.group
    lines = (Line(group.account("5200"), kes(amount)), Line(group.cash(Fund.LOAN_FUND), -kes(amount)))
    return events.manual_entry(booking(book, entry_id=entry or new_id()), lines)


async def test_what_needs_two_officers_is_not_posted_by_one(world: World, book: RichBook) -> None:
    group = book.group
    undrafted = await refusal(world, group, group.treasurer, posting(group, manual(book)))
    assert undrafted[:2] == ("KB403", "an entry of this kind is drafted by one officer and posted by another")
    wanted = manual(book)
    await draft(world, group, group.treasurer, wanted)
    for who, sent in (
        (group.treasurer, wanted),
        (group.chair, manual(book, 6, wanted.id)),
        (group.chair, Posting(wanted.id, wanted.kind, book.today - timedelta(days=1), wanted.lines)),
        (group.chair, Posting(wanted.id, EntryKind.CASH_DIFFERENCE, book.today, wanted.lines)),
    ):
        told = await refusal(world, group, who, posting(group, sent))
        assert told[:2] == ("KB403", "a draft is posted as it stands, by an officer other than the one who drafted it")
    assert (await refusal(world, group, group.plain, posting(group, wanted)))[0] == "KB403"
    # Nor does a reversal go under the draft's id, which would then pass for posted.
    original = manual(book, 5, await entry_id(world, group, 9))
    fine = events.fine_levied(booking(book, entry_id=original.id), member_id=group.members[0], amount=kes(40))
    disguised = events.reversal(booking(book, entry_id=wanted.id), fine)
    assert (await refusal(world, group, group.secretary, posting(group, disguised)))[0] == "KB403"
    await approve(world, group, group.chair, wanted)
    assert await both_verifications(world, group.id) == []


async def test_a_draft_is_signed_by_who_writes_it_and_decided_by_who_decides(world: World, book: RichBook) -> None:
    group, wanted = book.group, manual(book)
    await draft(world, group, group.chair, wanted)
    drafted = await world.superuser.fetchval("SELECT drafted_by FROM app.drafts WHERE id = $1", wanted.id)
    assert drafted == group.chair.user_id
    for statement in (
        "UPDATE app.drafts SET drafted_by = $2 WHERE id = $1",
        "UPDATE app.drafts SET decided_by = $2 WHERE id = $1",
        "UPDATE app.drafts SET kind = 'TRANSFER', drafted_by = $2 WHERE id = $1",
        "DELETE FROM app.drafts WHERE id = $1 AND drafted_by <> $2",
    ):
        told = await refusal(world, group, group.treasurer, (statement, wanted.id, group.secretary.user_id))
        assert told[0] == "42501", statement
    for statement in (
        "UPDATE app.drafts SET status = 'POSTED' WHERE id = $1",
        "UPDATE app.drafts SET status = 'DISCARDED', line_amounts[1] = 1 WHERE id = $1",
    ):
        assert (await refusal(world, group, group.treasurer, (statement, wanted.id)))[0] == "KB405", statement
    # What somebody else changes is hers from then on, so that whoever drafted it may post it now.
    await in_book(
        world, group, group.treasurer, ("UPDATE app.drafts SET description = 'Anew' WHERE id = $1", wanted.id)
    )
    drafted = await world.superuser.fetchval("SELECT drafted_by FROM app.drafts WHERE id = $1", wanted.id)
    assert drafted == group.treasurer.user_id


async def test_records_are_written_for_one_s_own_group_and_agree_with_their_entry(world: World, book: RichBook) -> None:
    group, own = book.group, await world.group()
    noted, plain = await entry_id(world, group, 9), await entry_id(world, group, 10)
    voucher = "INSERT INTO app.vouchers (tenant_id, id, member_id, description) VALUES ($1, $2, $3, 'x')"
    a, b = group.members[:2]
    for who, where, arguments, state in (
        (group.treasurer, group, (group.id, plain, b), "23514"),
        (group.treasurer, group, (group.id, plain, None), "23514"),
        (group.treasurer, group, (group.id, new_id(), None), "23514"),
        (group.treasurer, group, (group.id, noted, a), "23505"),
        (group.plain, group, (group.id, plain, a), "42501"),
        (own.treasurer, own, (own.id, plain, a), "23514"),
        (own.treasurer, own, (group.id, plain, a), "23514"),
    ):
        told = await refusal(world, where, who, (voucher, *arguments))
        assert told[0] in {state, "42501", "KB500"}, (arguments, told)
    foreign = (
        "INSERT INTO app.drafts (tenant_id, id, kind, effective_on, line_accounts, line_members, line_amounts,"
        " line_shares, description, drafted_by) VALUES ($1, $2, 'MANUAL_ENTRY', current_date, $3, '{NULL,NULL}',"
        " '{1,-1}', '{NULL,NULL}', 'x', $2)"
    )
    accounts = [group.account("1110"), group.account("5200")]
    for who, where in ((own.treasurer, own), (group.plain, group)):
        assert (await refusal(world, where, who, (foreign, group.id, new_id(), accounts)))[0] in {"42501", "KB500"}


async def test_amounts_that_are_no_money_are_refused(world: World, book: RichBook) -> None:
    group = book.group
    for amounts in (
        [Decimal(200), Decimal(-199)],
        [Decimal("NaN"), Decimal("NaN")],
        [Decimal("Infinity"), Decimal("-Infinity")],
        [Decimal("0.001"), Decimal("-0.001")],
        [Decimal(10**14 + 1), Decimal(-(10**14) - 1)],
        [None, None],
    ):
        arguments = await share_purchase_arguments(world, group, book.small.second_meeting, {"line_amounts": amounts})
        assert (await refusal(world, group, group.treasurer, (CALL, *arguments)))[0] == "KB422", amounts
    for shares in ([None, None], [None, 0], [None, -1], [-1, 1]):
        arguments = await share_purchase_arguments(world, group, book.small.second_meeting, {"line_shares": shares})
        assert (await refusal(world, group, group.treasurer, (CALL, *arguments)))[0] == "KB422", shares
