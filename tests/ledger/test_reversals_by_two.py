"""What took two officers to post takes two to take back: one drafts the reversal, another posts it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.adjusting import draft_adjustment
from domain.ledger.deciding import ReviseDraft, draft_discard, draft_post, draft_revise
from domain.ledger.manual import EntryContent, draft_entry
from domain.ledger.opening import CashOpeningItem, DraftOpeningBalances, draft_opening_balances
from domain.ledger.periods import PeriodClose, period_close
from domain.ledger.reversing import ReverseEntry, reverse_entry
from domain.savings import LevyFine, levy_fine
from tests.ledger.book import both_verifications, posted, tampering
from tests.ledger.drafting import adjusting, balance, credit, debit, discard, draft_row, entry_lines, manual, post
from tests.ledger.moving import Funded, funded, today
from tests.ledger.trying import sql_state
from tests.support.world import GroupOfPeople, World

DRAFT = """
INSERT INTO app.drafts (
    tenant_id, id, kind, effective_on, member_id, reverses_id, line_accounts, line_members, line_amounts, line_shares,
    description, drafted_by
)
SELECT e.tenant_id, '{draft}', e.kind, current_date, e.member_id, e.id, array_agg(l.account_id ORDER BY l.line_number),
       array_agg(l.member_id ORDER BY l.line_number), array_agg({sign}l.amount ORDER BY l.line_number),
       array_agg({sign}l.shares ORDER BY l.line_number), 'Undone', e.tenant_id
FROM ledger.entries e JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number
WHERE e.id = '{entry}' GROUP BY e.tenant_id, e.number
"""
POST = """
SELECT ledger.post(
    tenant_id, gen_random_uuid(), 1, ARRAY['{draft}'::uuid], ARRAY[kind], ARRAY[{on}], ARRAY[NULL]::uuid[],
    ARRAY[member_id], ARRAY['{entry}'::uuid], ARRAY[cardinality(lines)], lines, line_members, amounts, shares
) FROM (
    SELECT e.tenant_id, e.kind, e.member_id, array_agg(l.account_id ORDER BY l.line_number) AS lines,
           array_agg(l.member_id ORDER BY l.line_number) AS line_members,
           array_agg(-l.amount ORDER BY l.line_number) AS amounts, array_agg(-l.shares ORDER BY l.line_number) AS shares
    FROM ledger.entries e JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number
    WHERE e.id = '{entry}' GROUP BY e.tenant_id, e.number
) m
"""


def reversing(group: GroupOfPeople, entry: UUID, **fields: Any) -> ReverseEntry:
    wish: dict[str, Any] = {"reason": "A mistake", "is_draft": True, **fields}
    return ReverseEntry(group_id=group.id, idempotency_key=new_id(), entry_id=entry, **wish)


async def manual_entry(book: Funded) -> UUID:
    """30 of bank charges, drafted by the treasurer and posted by the chair."""
    drafted = await book.succeed(draft_entry, manual(book.group))
    return await book.succeed(draft_post, post(book.group, drafted), book.group.chair)


async def adjusted(book: Funded) -> UUID:
    """The first member's savings put up by 5, drafted by the treasurer and posted by the chair."""
    drafted = await book.succeed(draft_adjustment, adjusting(book.group, "SAVINGS", "UP", "5"))
    return await book.succeed(draft_post, post(book.group, drafted), book.group.chair)


@pytest.mark.parametrize("make", [manual_entry, adjusted])
async def test_one_officer_drafts_the_reversal_and_another_posts_it(world: World, make: Any) -> None:
    book = await funded(world)
    group, entry = book.group, await make(book)
    for is_draft, who in ((False, group.treasurer), (False, group.chair)):
        assert await book.refused(reverse_entry, reversing(group, entry, is_draft=is_draft), who) == (
            "REVERSAL_NEEDS_APPROVAL",
            ("isDraft",),
            {},
        )
    count = await book.count()
    draft = await book.succeed(reverse_entry, reversing(group, entry), group.secretary)
    assert await book.count() == count
    row = await draft_row(world, draft)
    assert (row["reverses_id"], row["status"], row["drafted_by"], row["description"]) == (
        entry,
        "OPEN",
        group.secretary.user_id,
        "A mistake",
    )
    assert await book.refused(draft_post, post(group, draft), group.secretary) == (
        "DRAFTED_BY_YOURSELF",
        ("draftId",),
        {},
    )
    assert await book.succeed(draft_post, post(group, draft), group.chair) == draft
    lines = await entry_lines(world, entry)
    mirrored = [(code, member, -amount, shares) for code, member, amount, shares in lines]
    assert await entry_lines(world, draft) == mirrored
    undone = await book.entry(draft)
    assert (undone["reverses"], undone["words"]) == (entry, ("A mistake", None, None))
    again = await book.refused(reverse_entry, reversing(group, entry))
    assert again == ("ENTRY_ALREADY_REVERSED", ("entryId",), {"reversed_by": count + 1})


async def test_opening_balances_are_taken_back_by_two(world: World) -> None:
    group = await world.group()
    opening = DraftOpeningBalances(
        group_id=group.id,
        idempotency_key=new_id(),
        cash=(CashOpeningItem(fund=Fund.LOAN_FUND, place=Place.BOX, amount=Decimal(70)),),
    )
    await world.succeed(group.treasurer, draft_opening_balances, opening)
    entry = await world.succeed(group.chair, draft_post, post(group, opening.idempotency_key))
    outcome = await world.perform(group.chair, reverse_entry, reversing(group, entry, is_draft=False))
    assert outcome.error is not None
    assert outcome.error.reason == "REVERSAL_NEEDS_APPROVAL"
    draft = await world.succeed(group.chair, reverse_entry, reversing(group, entry))
    await world.succeed(group.secretary, draft_post, post(group, draft))
    assert await balance(world, group, "1110") == 0
    assert await both_verifications(world, group.id) == []


async def test_any_other_reversal_may_wait_for_a_second_officer_too(world: World) -> None:
    book = await funded(world)
    fine = await book.succeed(levy_fine, book.wish(LevyFine, member_id=book.a, amount=Decimal(9), reason="Came late."))
    draft = await book.succeed(reverse_entry, reversing(book.group, fine, meeting_id=book.meeting))
    assert await book.refused(draft_post, post(book.group, draft)) == ("DRAFTED_BY_YOURSELF", ("draftId",), {})
    await book.succeed(draft_post, post(book.group, draft), book.group.secretary)
    assert await book.balance("1310") == 0


async def test_what_was_right_when_the_reversal_was_drafted_may_be_refused_when_it_is_posted(world: World) -> None:
    book = await funded(world)
    group, entry = book.group, await manual_entry(book)
    first = await book.succeed(reverse_entry, reversing(group, entry))
    second = await book.succeed(reverse_entry, reversing(group, entry))
    third = await book.succeed(reverse_entry, reversing(group, entry, meeting_id=book.meeting))
    await book.succeed(draft_post, post(group, first), group.chair)
    number = await book.count()
    for draft in (second, third):
        assert await book.refused(draft_post, post(group, draft), group.chair) == (
            "ENTRY_ALREADY_REVERSED",
            ("draftId",),
            {"reversed_by": number},
        )
    await book.succeed(draft_discard, discard(group, second), group.chair)
    await world.close_meeting(group, book.meeting)
    assert (await book.refused(draft_post, post(group, third), group.chair))[0] == "MEETING_CLOSED"


async def test_a_reversal_is_not_drafted_into_a_closed_period_or_before_its_entry(world: World) -> None:
    book = await funded(world)
    group, entry = book.group, await manual_entry(book)
    yesterday = today() - timedelta(days=1)
    assert await book.refused(reverse_entry, reversing(group, entry, on=yesterday)) == (
        "REVERSAL_BEFORE_ENTRY",
        ("on",),
        {"earliest_on": today()},
    )
    lines = (debit(group.account("5300"), "1"), credit(group.account("1110"), "1"))
    drafted = await book.succeed(draft_entry, manual(group, *lines, on=yesterday - timedelta(days=9)))
    early = await book.succeed(draft_post, post(group, drafted), group.chair)
    close = PeriodClose(group_id=group.id, idempotency_key=new_id(), through=yesterday)
    await world.succeed(group.treasurer, period_close, close)
    assert await book.refused(reverse_entry, reversing(group, early, on=yesterday)) == (
        "PERIOD_CLOSED",
        ("on",),
        {"closed_through": yesterday},
    )
    await book.succeed(reverse_entry, reversing(group, early))


async def test_a_drafted_reversal_is_not_written_anew(world: World) -> None:
    book = await funded(world)
    group, entry = book.group, await manual_entry(book)
    draft = await book.succeed(reverse_entry, reversing(group, entry))
    lines = (debit(group.account("5300"), "9"), credit(group.account("1110"), "9"))
    wish = ReviseDraft(
        group_id=group.id,
        idempotency_key=new_id(),
        draft_id=draft,
        expected_version=1,
        entry=EntryContent(lines=lines, description="Another thing"),
    )
    assert await book.refused(draft_revise, wish, group.chair) == ("DRAFT_OF_REVERSAL", ("draftId",), {})


async def test_with_sql_of_her_own_no_officer_alone_takes_back_what_two_posted(world: World) -> None:
    book = await funded(world)
    group, entry = book.group, await manual_entry(book)
    before = await posted(world.superuser)
    for who in (group.chair, group.secretary, group.treasurer):
        undrafted = POST.format(draft=new_id(), entry=entry, on="current_date")
        assert await sql_state(world, who, group, undrafted) == "KB403"
        draft = new_id()
        both = (
            DRAFT.format(draft=draft, entry=entry, sign="-"),
            POST.format(draft=draft, entry=entry, on="current_date"),
        )
        assert await sql_state(world, who, group, *both) == "KB403"
    assert await posted(world.superuser) == before


async def test_a_drafted_reversal_is_posted_as_it_stands_and_as_nothing_else(world: World) -> None:
    book = await funded(world)
    group, entry = book.group, await manual_entry(book)
    other = await manual_entry(book)
    draft = await book.succeed(reverse_entry, reversing(group, entry))
    plain = await book.succeed(draft_entry, manual(group))
    before = await posted(world.superuser)
    for drafted, reversed_entry, on in (
        (draft, entry, "current_date - 1"),
        (draft, other, "current_date"),
        (plain, entry, "current_date"),
    ):
        attack = POST.format(draft=drafted, entry=reversed_entry, on=on)
        assert await sql_state(world, group.chair, group, attack) == "KB403"
    # Nor is the drafted reversal posted as an entry that takes nothing back.
    alone = POST.format(draft=draft, entry=entry, on="current_date").replace(
        f"ARRAY['{entry}'::uuid]", "ARRAY[NULL]::uuid[]"
    )
    assert await sql_state(world, group.chair, group, alone) == "KB403"
    # What a draft takes back stays what it was drafted to take back.
    for change in ("NULL", f"'{other}'"):
        statement = f"UPDATE app.drafts SET reverses_id = {change} WHERE id = '{draft}'"
        assert await sql_state(world, group.chair, group, statement) == "42501"
    assert await posted(world.superuser) == before
    with pytest.raises(asyncpg.PostgresError, match="a draft stays the draft that it is"):
        await world.superuser.execute("UPDATE app.drafts SET reverses_id = NULL WHERE id = $1", draft)


@pytest.mark.parametrize("change", ["reverses_id = NULL", "status = 'DISCARDED'", "drafted_by = decided_by"])
async def test_a_reversal_without_its_draft_is_found(world: World, change: str) -> None:
    book = await funded(world)
    group, entry = book.group, await manual_entry(book)
    draft = await book.succeed(reverse_entry, reversing(group, entry))
    await book.succeed(draft_post, post(group, draft), group.chair)
    async with tampering(world.superuser) as connection:
        await connection.execute(f"UPDATE app.drafts SET {change} WHERE id = $1", draft)
    assert await both_verifications(world, group.id) == [("DRAFT", await book.count())]


async def test_a_reversal_whose_draft_is_gone_is_found(world: World) -> None:
    book = await funded(world)
    group, entry = book.group, await manual_entry(book)
    draft = await book.succeed(reverse_entry, reversing(group, entry))
    await book.succeed(draft_post, post(group, draft), group.chair)
    async with tampering(world.superuser) as connection:
        await connection.execute("DELETE FROM app.drafts WHERE id = $1", draft)
    assert await both_verifications(world, group.id) == [("DRAFT", await book.count())]
