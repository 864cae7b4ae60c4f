"""Every column of every table of a book, changed as only a superuser can: both verifications see it and name the entry.

The cases come from the catalogue, so that a new column is tried as well, and fails here until something proves it or a
reason says why nothing can.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from domain.ledger.stored import FaultKind
from persistence.tables import METADATA, TENANT_TABLES
from persistence.verification import BookNotFoundError, verify_book
from persistence.viewer import enter
from tests.ledger.book import GUARDED, LEDGER_TABLES
from tests.ledger.richbook import RichBook, rich_book
from tests.support.world import World

OF_A_BOOK = LEDGER_TABLES
LEDGER_PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"
WORDS = "words and labels; they can be put right, and money does not go by them"
WHO_AND_WHEN = "who did it and when, which the change of the row does not touch and nothing is worked out from"
LIMITS = "a limit of what may be posted from now on; officers move it, and nothing that is posted goes by it"
UNPROVED = {
    ("ledger.heads", "change_number"): "counts changes for those who read them; not all of them are the book's",
    ("ledger.heads", "writer"): "the lock of the transaction that wrote last",
    ("ledger.accounts", "name"): WORDS,
    ("ledger.accounts", "minimum"): LIMITS,
    ("ledger.accounts", "maximum"): LIMITS,
    ("ledger.accounts", "created_at"): WHO_AND_WHEN,
    ("ledger.accounts", "version"): "tells changes of the labels and limits apart",
    ("ledger.entries", "command_key"): "keeps a repeat of a request from being posted twice; nothing is shown of it",
    ("ledger.entries", "ordinal"): "as the command's key",
    ("app.vouchers", "description"): WORDS,
    ("app.vouchers", "payee"): WORDS,
    ("app.vouchers", "receipt"): WORDS,
    ("app.drafts", "description"): WORDS,
    ("app.drafts", "payee"): WORDS,
    ("app.drafts", "receipt"): WORDS,
    ("app.drafts", "drafted_at"): WHO_AND_WHEN,
    ("app.drafts", "decided_at"): WHO_AND_WHEN,
    ("app.drafts", "version"): "tells changes of an undecided draft apart",
    ("ledger.holds", "id"): "only names the hold",
    ("ledger.holds", "purpose"): WORDS,
    ("ledger.holds", "placed_by"): WHO_AND_WHEN,
    ("ledger.holds", "expires_at"): WHO_AND_WHEN,
    ("ledger.holds", "ended_at"): WHO_AND_WHEN,
    ("ledger.closings", "closed_at"): WHO_AND_WHEN,
    ("ledger.closings", "closed_by"): WHO_AND_WHEN,
    ("app.contributions", "type_code"): "names what the group calls it; the money goes by its entry",
    ("app.contributions", "recorded_at"): WHO_AND_WHEN,
    ("app.contributions", "device_time"): WHO_AND_WHEN,
}
"""Columns that no verification looks at, each with the reason."""

OTHER = {
    "uuid": "gen_random_uuid()",
    "text": "'UGX'",
    "numeric(19,4)": "coalesce({column}, 0) + 1",
    "integer": "coalesce({column}, 0) + 1",
    "smallint": "{column} + 7",
    "bigint": "{column} + 1000",
    "date": "{column} - 1",
    "timestamp with time zone": "coalesce({column}, now()) + interval '1 day'",
    "boolean": "NOT {column}",
    "bytea": "sha256({column})",
    "uuid[]": "{column}[2:] || gen_random_uuid()",
    "numeric(19,4)[]": "ARRAY(SELECT -each FROM unnest({column}) each)",
    "integer[]": "ARRAY(SELECT coalesce(each, 0) + 1 FROM unnest({column}) each)",
}
"""By type: another value than the one that is there."""

CHANGES = {
    ("ledger.accounts", "code"): "code = '3101'",
    (
        "ledger.accounts",
        "type",
    ): "type = CASE type WHEN 'ASSET' THEN 'EXPENSE' ELSE 'ASSET' END, fund = NULL, place = NULL",
    (
        "ledger.accounts",
        "fund",
    ): "fund = CASE fund WHEN 'LOAN_FUND' THEN 'SOCIAL_FUND' ELSE 'LOAN_FUND' END",
    ("ledger.accounts", "place"): "place = NULL",
    ("ledger.accounts", "member_side"): "member_side = CASE member_side WHEN 'DEBIT' THEN 'CREDIT' ELSE 'DEBIT' END",
    ("ledger.accounts", "needs_member"): "needs_member = true",
    ("ledger.accounts", "closed_at"): "closed_at = now(), is_required = false",
    ("ledger.lines", "amount"): "amount = amount * 2",
    ("ledger.lines", "shares"): "shares = CASE WHEN shares IS NULL THEN -sign(amount)::integer ELSE shares * 2 END",
    ("app.drafts", "status"): "status = 'DISCARDED'",
    # That another than who posted it drafted it is proved, and that somebody ended a hold; not who.
    ("app.drafts", "drafted_by"): "drafted_by = decided_by",
    ("ledger.holds", "ended_by"): "ended_by = CASE WHEN ended_by IS NULL THEN gen_random_uuid() END",
    (
        "ledger.holds",
        "outcome",
    ): "outcome = 'RELEASED', ended_at = now(), ended_by = gen_random_uuid(), entry_id = NULL",
    (
        "app.contributions",
        "kind",
    ): "kind = CASE kind WHEN 'SAVINGS' THEN 'SOCIAL_FUND' ELSE 'SAVINGS' END, shares = NULL",
    ("app.contributions", "shares"): "shares = shares + 1",
    ("app.contributions", "place"): "place = 'BANK'",
}
"""Where a value of the type would not pass the checks of the table, or says nothing."""

LAST_CLOSING = "closed_through = (SELECT max(closed_through) FROM ledger.closings)"

ROWS = {
    "ledger.accounts": "code = '1110'",
    "app.drafts": "status = 'POSTED'",
    ("ledger.accounts", "code"): "code = '3100'",
    ("ledger.accounts", "member_side"): "code = '3100'",
    ("ledger.accounts", "counts_shares"): "code = '3100'",
    ("ledger.holds", "amount"): "outcome IS NULL",
    ("ledger.holds", "account_id"): "outcome IS DISTINCT FROM 'RELEASED'",
    ("ledger.holds", "placed_at"): "outcome = 'USED'",
    ("ledger.holds", "outcome"): "outcome IS NULL",
    ("ledger.holds", "entry_id"): "outcome = 'USED'",
    ("ledger.holds", "tenant_id"): "outcome IS NULL",
    ("ledger.closings", "tenant_id"): LAST_CLOSING,
    ("ledger.closings", "closed_through"): LAST_CLOSING,
    ("ledger.member_balances", "tenant_id"): "balance <> 0",
    ("ledger.member_balances", "member_id"): "balance <> 0",
    ("ledger.member_balances", "account_id"): "balance <> 0",
    ("app.contributions", "shares"): "shares IS NOT NULL",
}
"""Which rows are tried, where not all are: an idle account, a hold that is over, an old closing prove less."""

NUMBERED = {"ledger.entries": "number", "ledger.lines": "entry_number", "app.contributions": "entry_number"}


def columns_of(table: str) -> list[str]:
    return [column.name for column in METADATA.tables[table].columns if column.computed is None]


@pytest.fixture
async def book(world: World) -> RichBook:
    return await rich_book(world)


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    point = connection.transaction()
    await point.start()
    try:
        yield
    finally:
        await point.rollback()


@asynccontextmanager
async def unguarded(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Every trigger, foreign key and odd index put out of the way, in a transaction that is rolled back."""
    async with undone(connection):
        for table, trigger in GUARDED:
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("DROP INDEX ledger.accounts_place_once")
        await connection.execute("ALTER TABLE ledger.accounts DROP CONSTRAINT accounts_code_once")
        yield


async def faults_of(world: World, book: RichBook) -> list[tuple[str, int | None]]:
    """What both verifications say of the book as it is within the transaction."""
    connection = world.superuser
    async with undone(connection):
        await connection.execute("SET LOCAL ROLE kibubu_worker")
        await enter(connection, world.worker, None)
        try:
            report = await verify_book(connection, book.group.id)
        except BookNotFoundError:
            with pytest.raises(asyncpg.PostgresError, match="no such book"):
                async with connection.transaction():
                    await connection.fetch("SELECT ledger.find_faults($1)", book.group.id)
            return [("no book", None)]
        rows = await connection.fetch("SELECT fault, entry_number FROM ledger.find_faults($1)", book.group.id)
    by_python = sorted(((fault.kind.value, fault.entry_number) for fault in report.faults), key=repr)
    assert sorted(((row["fault"], row["entry_number"]) for row in rows), key=repr) == by_python
    return by_python


def test_the_tables_of_a_book_are_all_of_the_ledger_s_and_what_stands_beside_an_entry() -> None:
    of_the_ledger = {table for table in TENANT_TABLES if table.startswith("ledger.")}
    assert set(OF_A_BOOK) == of_the_ledger | {"app.contributions", "app.drafts", "app.vouchers"}


async def test_the_book_is_sound_and_holds_rows_of_every_kind(world: World, book: RichBook) -> None:
    async with unguarded(world.superuser):
        assert await faults_of(world, book) == []
        for table in OF_A_BOOK:
            assert await world.superuser.fetchval(f"SELECT count(*) FROM {table}"), table
    last, reversals = await world.superuser.fetchrow("SELECT max(number), count(reverses_id) FROM ledger.entries")
    assert (last, reversals) == (16, 2)


@pytest.mark.parametrize("table", OF_A_BOOK)
async def test_a_change_of_any_column_of_any_row_is_found(world: World, book: RichBook, table: str) -> None:
    connection = world.superuser
    types = {
        row["name"]: row["type"]
        for row in await connection.fetch(
            "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
            " WHERE attrelid = $1::regclass AND attnum > 0",
            table,
        )
    }
    other = (await world.group()).id
    missed: list[tuple[object, ...]] = []
    async with unguarded(connection):
        for column in columns_of(table):
            if (table, column) in UNPROVED:
                continue
            change = CHANGES.get((table, column), f"{column} = {OTHER[types[column]].format(column=column)}")
            if column == "tenant_id":
                change = f"tenant_id = '{new_tenant(table, other)}'"
            rows = await connection.fetch(
                f"SELECT ctid::text AS place, {NUMBERED.get(table, 'NULL')} AS number FROM {table}"
                f" WHERE tenant_id = $1 AND {ROWS.get((table, column), ROWS.get(table, 'true'))}",
                book.group.id,
            )
            assert rows, (table, column)
            for row in rows:
                async with undone(connection):
                    done = await connection.execute(f"UPDATE {table} SET {change} WHERE ctid = '{row['place']}'")
                    assert done == "UPDATE 1"
                    found = await faults_of(world, book)
                    elsewhere = await _faults_elsewhere(world, other, table, column)
                if not found and not elsewhere:
                    missed.append((column, dict(row)))
                elif row["number"] is not None and row["number"] not in {number for _, number in found}:
                    missed.append((column, dict(row), found))
    assert missed == []


def new_tenant(table: str, other: object) -> object:
    """Another tenant for a row: one that is there, but for what each tenant has once."""
    return "00000000-0000-7000-8000-0000000000ff" if table == "ledger.heads" else other


async def _faults_elsewhere(world: World, other: object, table: str, column: str) -> list[asyncpg.Record]:
    """What is found in the book to which a row was moved; only words can leave a book without a trace."""
    if (table, column) != ("app.vouchers", "tenant_id"):
        return []
    async with undone(world.superuser):
        await world.superuser.execute("SET LOCAL ROLE kibubu_worker")
        await enter(world.superuser, world.worker, None)
        faults: list[asyncpg.Record] = await world.superuser.fetch("SELECT * FROM ledger.find_faults($1)", other)
        return faults


def test_every_reason_is_about_a_column_that_there_is() -> None:
    named = {*UNPROVED, *CHANGES, *(each for each in ROWS if isinstance(each, tuple))}
    assert [each for each in named if each[1] not in columns_of(each[0])] == []
    assert set(UNPROVED).isdisjoint(CHANGES)


async def test_a_row_that_is_gone_is_found(world: World, book: RichBook) -> None:
    """Where its absence can be told: words may be erased, and an undecided draft or a released hold leaves nothing."""
    connection = world.superuser
    rows = {
        "ledger.heads": "true",
        "ledger.accounts": "code IN ('1110', '1100', '3100')",
        "ledger.entries": "true",
        "ledger.lines": "true",
        "ledger.account_balances": "true",
        "ledger.member_balances": "balance <> 0 OR shares <> 0",
        "ledger.movements": "amount <> 0",
        "app.drafts": "status = 'POSTED'",
        "ledger.holds": "outcome IS NULL",
        "ledger.closings": LAST_CLOSING,
        "app.contributions": "true",
    }
    assert set(OF_A_BOOK) - set(rows) == {"app.vouchers"}
    missed = []
    async with unguarded(connection):
        for table, condition in rows.items():
            for row in await connection.fetch(
                f"SELECT ctid::text AS place FROM {table} WHERE tenant_id = $1 AND ({condition})", book.group.id
            ):
                async with undone(connection):
                    await connection.execute(f"DELETE FROM {table} WHERE ctid = '{row['place']}'")
                    if not await faults_of(world, book):
                        missed.append((table, row["place"]))
    assert missed == []


def test_every_kind_of_fault_has_words() -> None:
    page = LEDGER_PAGE.read_text(encoding="utf-8")
    assert [kind for kind in FaultKind if f"`{kind.value}`" not in page] == []
