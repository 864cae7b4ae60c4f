"""Two officers for what needs two, past every service: with SQL of one's own no officer alone posts such an entry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.ledger.deciding import draft_post
from domain.ledger.manual import draft_entry
from tests.ledger.book import SmallBook, both_verifications, posted, small_book
from tests.ledger.drafting import draft_row, manual, post
from tests.ledger.trying import outsiders, owner_state, posting_sql, run_sql, sql_state
from tests.support.world import GroupOfPeople, Person, World

LINES = (("5300", "30"), ("1110", "-30"))


async def book_with_draft(world: World) -> tuple[SmallBook, UUID]:
    """A small book with a draft of the treasurer's: 30 of bank charges out of the box, counting for today."""
    book = await small_book(world)
    today = await world.superuser.fetchval("SELECT current_date")
    draft = await world.succeed(book.group.treasurer, draft_entry, manual(book.group, on=today))
    return book, draft


def posting(
    group: GroupOfPeople, draft: UUID, *lines: tuple[str, str], kind: str = "MANUAL_ENTRY", **fields: Any
) -> str:
    chosen = [(group.account(code), amount) for code, amount in lines or LINES]
    return posting_sql(group, kind, chosen, entry=draft, **fields)


def words(group: GroupOfPeople, draft: UUID, description: str = "Charges of the bank") -> str:
    return f"INSERT INTO app.vouchers (tenant_id, id, description) VALUES ('{group.id}', '{draft}', '{description}')"


def mark(draft: UUID, status: str = "POSTED") -> str:
    return f"UPDATE app.drafts SET status = '{status}' WHERE id = '{draft}'"


def inserting(
    group: GroupOfPeople, draft: UUID, drafted_by: UUID, status: str = "OPEN", more: str = "", value: str = ""
) -> str:
    accounts = ", ".join(f"'{group.account(code)}'" for code, _ in LINES)
    return (
        "INSERT INTO app.drafts (tenant_id, id, kind, effective_on, line_accounts, line_members, line_amounts,"
        f" line_shares, description, drafted_by, status{more}) VALUES ('{group.id}', '{draft}', 'MANUAL_ENTRY',"
        f" current_date, ARRAY[{accounts}]::uuid[], ARRAY[NULL, NULL]::uuid[], ARRAY[30, -30],"
        f" ARRAY[NULL, NULL]::int[], 'x', '{drafted_by}', '{status}'{value})"
    )


async def unchanged(world: World, who: Person, group: GroupOfPeople, *statements: str) -> str | None:
    before = await posted(world.superuser)
    state = await sql_state(world, who, group, *statements)
    assert await posted(world.superuser) == before
    return state


async def test_the_drafter_does_not_post_her_own_draft(world: World) -> None:
    book, draft = await book_with_draft(world)
    group = book.group
    assert await unchanged(world, group.treasurer, group, posting(group, draft)) == "KB403"
    assert await sql_state(world, group.chair, group, posting(group, draft), words(group, draft), mark(draft)) is None
    assert (await draft_row(world, draft))["decided_by"] == group.chair.user_id
    assert await both_verifications(world, group.id) == []


@pytest.mark.parametrize("kind", ["MANUAL_ENTRY", "ADJUSTMENT", "OPENING_BALANCES"])
async def test_no_officer_posts_what_nobody_drafted(world: World, kind: str) -> None:
    book, _ = await book_with_draft(world)
    group = book.group
    for who in (group.chair, group.secretary, group.treasurer):
        assert await unchanged(world, who, group, posting(group, new_id(), kind=kind)) == "KB403"


async def test_who_drafted_is_not_what_the_writer_says(world: World) -> None:
    book, draft = await book_with_draft(world)
    group = book.group
    chair, treasurer = group.chair.user_id, group.treasurer.user_id
    for statement in (
        f"UPDATE app.drafts SET drafted_by = '{chair}'",
        f"UPDATE app.drafts SET drafted_by = '{chair}' WHERE id = '{draft}'",
        "UPDATE app.drafts SET drafted_at = now(), decided_by = NULL",
        f"UPDATE app.drafts SET id = '{new_id()}'",
        "UPDATE app.drafts SET kind = 'ADJUSTMENT'",
        "DELETE FROM app.drafts",
        "TRUNCATE app.drafts",
    ):
        assert await unchanged(world, group.treasurer, group, statement) == "42501", statement
    # In a draft of her own making, another's name is not kept either.
    own = new_id()
    own_draft = inserting(group, own, chair)
    assert await unchanged(world, group.treasurer, group, own_draft, posting(group, own)) == "KB403"
    await run_sql(world, group.treasurer, group, own_draft)
    assert (await draft_row(world, own))["drafted_by"] == treasurer
    assert await unchanged(world, group.treasurer, group, posting(group, own)) == "KB403"
    # Nor can a draft be born decided, or with the decision of another in it.
    for status in ("POSTED", "DISCARDED"):
        born = inserting(group, new_id(), chair, status, ", decided_at, decided_by", f", now(), '{chair}'")
        assert await unchanged(world, group.treasurer, group, born) == "KB405"


async def test_whoever_revises_in_the_same_transaction_is_the_drafter(world: World) -> None:
    book, draft = await book_with_draft(world)
    group = book.group
    revise = f"UPDATE app.drafts SET line_amounts = ARRAY[900, -900]::numeric[] WHERE id = '{draft}'"
    touch = f"UPDATE app.drafts SET description = description WHERE id = '{draft}'"
    large = posting(group, draft, ("5300", "900"), ("1110", "-900"))
    assert await unchanged(world, group.chair, group, revise, large) == "KB403"
    assert await unchanged(world, group.chair, group, touch, posting(group, draft)) == "KB403"
    # The draft is free for the treasurer once another revised it, and then only as it was revised.
    await run_sql(world, group.chair, group, revise)
    assert await unchanged(world, group.treasurer, group, posting(group, draft)) == "KB403"
    assert await sql_state(world, group.treasurer, group, large, words(group, draft), mark(draft)) is None


async def test_what_is_posted_is_the_draft_and_nothing_else(world: World) -> None:
    book, draft = await book_with_draft(world)
    group, a = book.group, book.group.members[0]
    first = await world.superuser.fetchval("SELECT id FROM ledger.entries WHERE number = 1")
    for statement in (
        posting(group, draft, ("5300", "31"), ("1110", "-31")),
        posting(group, draft, ("1110", "-30"), ("5300", "30")),
        posting(group, draft, ("5100", "30"), ("1110", "-30")),
        posting(group, draft, ("5300", "30"), ("1110", "-20"), ("1110", "-10")),
        posting(group, draft, kind="ADJUSTMENT"),
        posting(group, draft, kind="OTHER_EXPENSE"),
        posting(group, draft, on="current_date - 1"),
        posting(group, draft, member=a),
        posting(group, draft).replace("ARRAY[NULL]::uuid[], ARRAY[2]", f"ARRAY['{first}']::uuid[], ARRAY[2]"),
    ):
        assert await unchanged(world, group.secretary, group, statement) in ("KB403", "KB422"), statement


async def test_a_decision_changes_nothing_but_the_decision(world: World) -> None:
    book, draft = await book_with_draft(world)
    group = book.group
    entry = posting(group, draft)
    both = f"UPDATE app.drafts SET status = 'DISCARDED', description = 'y' WHERE id = '{draft}'"
    assert await unchanged(world, group.chair, group, mark(draft)) == "KB405"
    assert await unchanged(world, group.chair, group, both) == "KB405"
    assert await unchanged(world, group.chair, group, entry, mark(draft)) == "KB405"
    assert await unchanged(world, group.chair, group, entry, words(group, draft, "y"), mark(draft)) == "KB405"
    assert await unchanged(world, group.chair, group, entry, words(group, draft), mark(draft, "DISCARDED")) == "KB405"
    late = f"UPDATE app.drafts SET line_amounts = ARRAY[1, -1]::numeric[] WHERE id = '{draft}'"
    assert await unchanged(world, group.chair, group, entry, words(group, draft), late) == "KB405"
    # Whoever leaves the mark out has posted all the same, and anybody may mark it, not change it.
    await run_sql(world, group.chair, group, entry, words(group, draft))
    for again in (late, mark(draft, "DISCARDED")):
        assert await unchanged(world, group.treasurer, group, again) == "KB405"
    await run_sql(world, group.secretary, group, mark(draft))
    row = await draft_row(world, draft)
    assert (row["status"], row["decided_by"]) == ("POSTED", group.chair.user_id)
    for statement in (mark(draft, "OPEN"), mark(draft, "DISCARDED"), late):
        assert await unchanged(world, group.secretary, group, statement) == "KB405"
    assert await both_verifications(world, group.id) == []


async def test_no_draft_is_made_for_an_entry_that_is_there(world: World) -> None:
    book, _ = await book_with_draft(world)
    group = book.group
    first = await world.superuser.fetchval("SELECT id FROM ledger.entries WHERE number = 1")
    assert await unchanged(world, group.chair, group, inserting(group, first, group.chair.user_id)) == "KB405"


async def test_a_draft_of_another_group_approves_nothing_here(world: World) -> None:
    book, draft = await book_with_draft(world)
    other = await small_book(world)
    group = other.group
    assert await unchanged(world, group.chair, group, posting(group, draft)) == "KB403"
    into = inserting(group, new_id(), book.group.chair.user_id)
    assert await unchanged(world, book.group.chair, book.group, into) == "42501"


async def test_nobody_but_officers_writes_drafts(world: World) -> None:
    book, draft = await book_with_draft(world)
    group = book.group
    people = await outsiders(world, group)
    before = await posted(world.superuser)
    for name, person in people.items():
        for statement in (
            inserting(group, new_id(), person.user_id),
            posting(group, draft),
        ):
            assert await sql_state(world, person, group, statement) in ("42501", "KB403", "KB404"), name
        # What one may not change is as if it were not there.
        assert await sql_state(world, person, group, mark(draft, "DISCARDED")) in (None, "KB403", "KB404"), name
    assert await posted(world.superuser) == before
    for statement in ("DELETE FROM app.drafts", "TRUNCATE app.drafts"):
        assert await owner_state(world, statement) == "KB405"


async def test_what_the_service_posted_reads_as_what_sql_would_have(world: World) -> None:
    book, draft = await book_with_draft(world)
    group = book.group
    await world.succeed(group.secretary, draft_post, post(group, draft))
    row = await draft_row(world, draft)
    assert (row["status"], row["decided_by"], row["version"]) == ("POSTED", group.secretary.user_id, 2)
    assert await unchanged(world, group.chair, group, posting(group, draft)) == "KB403"
