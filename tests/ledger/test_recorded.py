"""What the services see to of the records beside the book: an officer with SQL of her own does not get past it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.ledger.periods import PeriodClose, period_close
from tests.ledger.book import both_verifications, digest, small_book
from tests.ledger.trying import posting_sql, sql_state
from tests.support.world import GroupOfPeople, Person, World


async def refusal(world: World, who: Person, group: GroupOfPeople, *statements: str) -> str | None:
    """The state with which the statements are refused, which must leave no trace."""
    before = await digest(world.superuser)
    state = await sql_state(world, who, group, *statements)
    assert await digest(world.superuser) == before, statements
    return state


def opening(group: GroupOfPeople, **fields: str) -> str:
    """A call that opens an account of the group's own below its expenses, some of it otherwise."""
    return opening_in(group.id, **{"parent": f"'{group.account('5000')}'", **fields})


def opening_in(tenant: UUID, **fields: str) -> str:
    arguments = {
        "code": "'52009'",
        "name": "'Fares'",
        "type": "'EXPENSE'",
        "parent": "NULL",
        "is_postable": "true",
        "needs_member": "false",
        "member_side": "NULL",
        "counts_shares": "false",
        "fund": "NULL",
        "place": "NULL",
        "minimum": "NULL",
        "maximum": "NULL",
        "is_required": "false",
    }
    assert fields.keys() <= arguments.keys()
    return f"SELECT ledger.open_account('{tenant}', gen_random_uuid(), {', '.join((arguments | fields).values())})"


ACCOUNTS: dict[str, tuple[dict[str, str], str]] = {
    "a code of the chart": ({"code": "'5200'"}, "KB422"),
    "a code that the chart may need": ({"code": "'5250'"}, "KB422"),
    "a part of the chart": ({"code": "'5250'", "is_required": "true"}, "KB422"),
    "what postings rely on": ({"is_required": "true"}, "KB422"),
    "below nothing": ({"parent": "NULL"}, "KB422"),
    "an account of members": ({"needs_member": "true", "member_side": "'DEBIT'"}, "KB422"),
    "an account of shares": ({"needs_member": "true", "counts_shares": "true"}, "KB422"),
    "the money of a fund": ({"fund": "'SOCIAL_FUND'"}, "KB422"),
    "a place": ({"fund": "'LOAN_FUND'", "place": "'BOX'"}, "KB422"),
    "more than there is": ({"minimum": "1"}, "KB422"),
    "less than there is": ({"maximum": "-1"}, "KB422"),
    "a limit that is no number": ({"minimum": "'NaN'"}, "KB422"),
    "a limit that is no number below any": ({"maximum": "'NaN'"}, "23514"),
    "a heading with limits": ({"is_postable": "false", "maximum": "5"}, "KB422"),
}


@pytest.mark.parametrize("words", ACCOUNTS)
async def test_no_officer_opens_an_account_that_is_not_the_group_s_own(world: World, words: str) -> None:
    group = await world.group()
    fields, state = ACCOUNTS[words]
    assert await refusal(world, group.treasurer, group, opening(group, **fields)) == state
    assert await sql_state(world, group.treasurer, group, opening(group)) is None


async def test_a_limit_is_a_number(world: World) -> None:
    group = await world.group()
    change = "SELECT ledger.change_account('{}', '{}', 1, 'Fares', {}, {}, false)"
    account = group.account("5200")
    for limits in (("'NaN'", "NULL"), ("NULL", "'NaN'"), ("-100000000000001", "NULL")):
        statement = change.format(group.id, account, *limits)
        assert await refusal(world, group.treasurer, group, statement) in {"23514", "KB409"}


def drafting(group: GroupOfPeople, **fields: str) -> str:
    """An insert of a draft of 30 of bank charges, some of it otherwise."""
    values = {
        "kind": "'MANUAL_ENTRY'",
        "member_id": "NULL",
        "line_accounts": f"ARRAY['{group.account('5300')}', '{group.account('1110')}']::uuid[]",
        "line_members": "ARRAY[NULL, NULL]::uuid[]",
        "line_amounts": "ARRAY[30, -30]",
        "line_shares": "ARRAY[NULL, NULL]::int[]",
    }
    assert fields.keys() <= values.keys()
    values |= fields
    return (
        f"INSERT INTO app.drafts (tenant_id, id, effective_on, description, drafted_by, {', '.join(values)})"
        f" VALUES ('{group.id}', gen_random_uuid(), current_date, 'x', '{new_id()}', {', '.join(values.values())})"
    )


async def test_no_officer_drafts_what_could_never_be_posted(world: World) -> None:
    group, other = await world.group(), await world.group()
    of = "ARRAY['{}', '{}']::uuid[]"
    wrong: dict[str, str]
    for wrong in (
        {"kind": "'GIFT'"},
        {"kind": "''"},
        {"line_amounts": "ARRAY[30, -29]"},
        {"line_amounts": "ARRAY[0, 0]"},
        {"line_amounts": "ARRAY['NaN', 'NaN']::numeric[]"},
        {"line_amounts": "ARRAY[NULL, NULL]::numeric[]"},
        {"line_amounts": "ARRAY[30, NULL]::numeric[]"},
        {"line_amounts": "ARRAY[100000000000001, -100000000000001]"},
        {"line_accounts": of.format(group.account("5000"), group.account("1110"))},
        {"line_accounts": of.format(other.account("5300"), group.account("1110"))},
        {"line_accounts": of.format(new_id(), group.account("1110"))},
        {"line_accounts": f"ARRAY['{group.account('1110')}', NULL]::uuid[]"},
        {"line_members": f"ARRAY['{other.members[0]}', NULL]::uuid[]"},
    ):
        assert await refusal(world, group.chair, group, drafting(group, **wrong)) == "KB422", wrong
    member = f"ARRAY['{group.members[0]}', NULL]::uuid[]"
    assert await sql_state(world, group.chair, group, drafting(group, line_members=member)) is None
    spoilt = "UPDATE app.drafts SET line_amounts = ARRAY[30, 'NaN']::numeric[]"
    assert await refusal(world, group.treasurer, group, spoilt) == "KB422"


async def test_words_are_written_by_who_posts_the_entry_and_as_it_is_posted(world: World) -> None:
    group = await world.group()
    lines = [(group.account("1110"), "50"), (group.account("4900"), "-50")]
    entry, later = new_id(), new_id()

    def words(of: UUID) -> str:
        return f"INSERT INTO app.vouchers (tenant_id, id, description) VALUES ('{group.id}', '{of}', 'A gift')"

    def received(of: UUID) -> str:
        return posting_sql(group, "OTHER_INCOME", lines, entry=of)

    assert await sql_state(world, group.treasurer, group, received(entry)) is None
    for who in (group.treasurer, group.chair):
        assert await refusal(world, who, group, words(entry)) == "KB422"
        # Nor is what is posted with it a reason to speak of another entry.
        with_another = (received(new_id()), words(entry))
        if who is group.treasurer:
            assert await refusal(world, who, group, *with_another) == "KB422"
    assert await sql_state(world, group.treasurer, group, received(later), words(later)) is None
    assert await world.superuser.fetchval("SELECT count(*) FROM app.vouchers") == 1
    assert await both_verifications(world, group.id) == []


def beginning(group: GroupOfPeople, who: Person, number: int, **fields: str) -> str:
    """An insert of a meeting that somebody opens today, some of it otherwise."""
    values = {
        "status": "'OPEN'",
        "held_on": "current_date",
        "opened_at": "now()",
        "opened_by": f"'{who.user_id}'",
        "opened_after": f"(SELECT entry_number FROM ledger.heads WHERE tenant_id = '{group.id}')",
        "closed_at": "NULL",
        "closed_by": "NULL",
        "version": "1",
    }
    assert fields.keys() <= values.keys()
    values |= fields
    return (
        f"INSERT INTO app.meetings (tenant_id, id, number, {', '.join(values)})"
        f" VALUES ('{group.id}', gen_random_uuid(), {number}, {', '.join(values.values())})"
    )


async def test_a_meeting_is_opened_by_who_opens_it_after_all_that_is_booked(world: World) -> None:
    book = await small_book(world)
    group = book.group
    await world.close_meeting(group, book.second_meeting)
    through = date(2026, 1, 8)
    close = PeriodClose(group_id=group.id, idempotency_key=new_id(), through=through)
    await world.succeed(group.treasurer, period_close, close)
    wrong: dict[str, str]
    for code, wrong in (
        ("23514", {"status": "'DRAFT'"}),
        ("KB405", {"status": "'CONFIRMED'"}),
        ("KB405", {"status": "'CLOSED'", "closed_at": "now()"}),
        ("KB422", {"opened_after": "0"}),
        ("KB422", {"opened_after": "6"}),
        ("KB422", {"opened_after": "8"}),
        ("KB422", {"held_on": "'2026-01-08'"}),
        ("KB422", {"held_on": "current_date + 3"}),
        ("KB422", {"held_on": "'infinity'"}),
        ("KB422", {"closed_by": f"'{group.secretary.user_id}'"}),
        ("KB422", {"version": "2"}),
    ):
        statement = beginning(group, group.secretary, 3, **wrong)
        assert await refusal(world, group.secretary, group, statement) == code, wrong
    # Who opens it is she who does, whatever she says.
    right = beginning(group, group.secretary, 3, held_on="'2026-01-09'", opened_by=f"'{group.chair.user_id}'")
    assert await sql_state(world, group.secretary, group, right) is None
    opener = await world.superuser.fetchval("SELECT opened_by FROM app.meetings WHERE number = 3")
    assert opener == group.secretary.user_id


def closing(meeting: UUID, who: Person, **fields: str) -> str:
    """An update that closes a meeting, some of it otherwise."""
    values = {
        "status": "'CLOSED'",
        "closed_at": "clock_timestamp()",
        "closed_by": f"'{who.user_id}'",
        "version": "version + 1",
    } | fields
    return f"UPDATE app.meetings SET {', '.join(f'{k} = {v}' for k, v in values.items())} WHERE id = '{meeting}'"


def count(
    group: GroupOfPeople, meeting: UUID, moment: str, code: str, expected: str, counted: str = "", why: str = ""
) -> str:
    reason = f"'{why}'" if why else "NULL"
    return (
        "INSERT INTO app.cash_counts (tenant_id, meeting_id, moment, account_id, expected, counted, reason)"
        f" VALUES ('{group.id}', '{meeting}', '{moment}', '{group.account(code)}', {expected}, {counted or expected},"
        f" {reason})"
    )


async def test_a_meeting_is_closed_with_counts_that_the_book_bears_out(world: World) -> None:
    """The second meeting of the small book began with 1200 and 40 in the boxes, and took 200 and 20."""
    book = await small_book(world)
    group, meeting, who = book.group, book.second_meeting, book.group.secretary

    def counts(**other: str) -> list[str]:
        amounts = {"opening": "1200", "opening_social": "40", "closing": "1400", "closing_social": "60"} | other
        return [
            count(group, meeting, "OPENING", "1110", amounts["opening"]),
            count(group, meeting, "OPENING", "1210", amounts["opening_social"]),
            count(group, meeting, "CLOSING", "1110", amounts["closing"]),
            count(group, meeting, "CLOSING", "1210", amounts["closing_social"]),
        ]

    right, close = counts(), closing(meeting, who)
    attacks: dict[str, list[str]] = {
        "not counted": [close],
        "not counted as it opened": [*right[2:], close],
        "not counted as it closed": [*right[:2], close],
        "one place forgotten": [*right[:3], close],
        "another amount as it opened": [*counts(opening="1199"), close],
        "another amount as it closed": [*counts(closing="1399"), close],
        "money where there is none": [*right, count(group, meeting, "CLOSING", "1120", "5"), close],
        "a difference that is not posted": [
            *right[:2],
            count(group, meeting, "CLOSING", "1110", "1400", "1390", "Lost"),
            right[3],
            close,
        ],
        "an expectation of one's own": [
            *right[:2],
            count(group, meeting, "CLOSING", "1110", "1390", "1400", "Found"),
            right[3],
            close,
        ],
        "counted and left open": right,
        "counted after it was closed": [*right, close, count(group, meeting, "CLOSING", "1130", "0")],
        "counted on no place": [*right, count(group, meeting, "CLOSING", "4900", "0"), close],
        "counted finer than the smallest coin": [
            *right[:2],
            count(group, meeting, "CLOSING", "1110", "1400.001"),
            right[3],
            close,
        ],
        "closed long ago": [*right, closing(meeting, who, closed_at="now() - interval '3 days'")],
    }
    for words, statements in attacks.items():
        assert await refusal(world, who, group, *statements) == "KB422", words
    confirmed = closing(meeting, who, status="'CONFIRMED'", closed_at="NULL")
    assert await refusal(world, who, group, *right, confirmed) == "23514"
    draft_again = closing(meeting, who, status="'DRAFT'", closed_at="NULL", closed_by="NULL")
    assert await refusal(world, who, group, draft_again) == "KB405"
    for amount in ("'NaN'", "100000000000001"):
        statement = count(group, meeting, "CLOSING", "1110", amount)
        assert await refusal(world, who, group, statement) == "23514"
    first = [count(group, book.first_meeting, "CLOSING", "1130", "0")]
    assert await refusal(world, who, group, *first) == "KB422"
    # Who closes it is she who does, and a change counts once, whatever she says.
    boldly = closing(meeting, who, closed_by=f"'{group.chair.user_id}'", version="version + 2")
    before = await world.superuser.fetchval("SELECT version FROM app.meetings WHERE id = $1", meeting)
    assert await sql_state(world, who, group, *right, boldly) is None
    closed = await world.superuser.fetchrow("SELECT closed_by, version FROM app.meetings WHERE id = $1", meeting)
    assert tuple(closed) == (who.user_id, before + 1)


async def test_a_difference_is_posted_by_the_closing_that_counted_it_and_by_nothing_else(world: World) -> None:
    book = await small_book(world)
    group, who = book.group, book.group.secretary
    lines = [(group.account("5900"), "100"), (group.account("1110"), "-100")]
    taken = posting_sql(group, "CASH_DIFFERENCE", lines)
    within = taken.replace("ARRAY[NULL]::uuid[]", f"ARRAY['{book.second_meeting}'::uuid]", 1)
    for officer in (group.chair, group.secretary, group.treasurer):
        assert await refusal(world, officer, group, taken) == "KB422"
        assert await refusal(world, officer, group, within) == "KB422"
    counts = [
        count(group, book.second_meeting, moment, code, *amounts)
        for moment, code, *amounts in (
            ("OPENING", "1110", "1200"),
            ("OPENING", "1210", "40"),
            ("CLOSING", "1210", "60"),
            ("CLOSING", "1110", "1400", "1300", "Lost"),
        )
    ]
    close = closing(book.second_meeting, who)
    hidden = count(group, book.second_meeting, "CLOSING", "1110", "1300")
    assert await refusal(world, who, group, within, *counts[:3], hidden, close) == "KB422"
    assert await sql_state(world, who, group, within, *counts, close) is None
    assert await both_verifications(world, group.id) == []


async def test_the_chart_of_a_new_group_is_opened_with_it_and_never_after(world: World) -> None:
    person, tenant = await world.person(), new_id()
    box = {"type": "'ASSET'", "fund": "'LOAN_FUND'", "place": "'BOX'", "is_required": "true"}
    in_debt, sound = opening_in(tenant, code="'1110'", **box), opening_in(tenant, code="'1110'", minimum="0", **box)
    create = f"SELECT app.create_group('{tenant}', 'ALL', 'KES')"

    async def state(*statements: str) -> None:
        async with world.transaction(person) as connection:
            for statement in statements:
                await connection.execute(statement)

    before = await digest(world.superuser)
    with pytest.raises(asyncpg.PostgresError, match="the chart is opened with the book"):
        await state(create, in_debt)
    assert await digest(world.superuser) == before
    await state(create, sound)
    with pytest.raises(asyncpg.PostgresError, match="the chart is opened with the book"):
        await state(
            f"SELECT app.enter_write(ARRAY['{tenant}'::uuid])",
            opening_in(tenant, code="'5250'", is_required="true"),
        )
