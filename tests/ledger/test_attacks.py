"""Going around the services with SQL of one's own: each role, the owner, the superuser; nothing may change."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.identifiers import new_id
from persistence.database import DatabaseRole, Isolation
from persistence.viewer import Principal
from tests.ledger.book import SmallBook, both_verifications, digest, post_directly, share_purchase_arguments, small_book
from tests.ledger.richbook import rich_book
from tests.support.cluster import dsn_for
from tests.support.world import Person, World

DENIED = asyncpg.InsufficientPrivilegeError

ENTRY = (
    "INSERT INTO ledger.entries (tenant_id, number, id, kind, effective_on, booked_at, command_key, ordinal, hash)"
    " SELECT tenant_id, 8, gen_random_uuid(), 'SHARE_PURCHASE', current_date, now(), gen_random_uuid(), 1, sha256('')"
    " FROM ledger.heads"
)
LINE = (
    "INSERT INTO ledger.lines (tenant_id, entry_number, line_number, account_id, kind, effective_on, currency, amount,"
    " base_amount, account_balance_after) SELECT tenant_id, 7, 3, id, 'SHARE_PURCHASE', current_date, 'KES', 5, 5, 5"
    " FROM ledger.accounts WHERE code = '1110'"
)
CLOSING = (
    "INSERT INTO ledger.closings (tenant_id, closed_through, entry_number, entry_hash, closed_by)"
    " SELECT tenant_id, current_date, 16, sha256(''), gen_random_uuid() FROM ledger.heads"
)
IMMUTABLE = ("ledger.entries", "ledger.lines", "app.contributions", "app.vouchers", "ledger.closings")
POSTED = {
    "ledger.entries": "kind = 'GIFT'",
    "ledger.lines": "amount = -amount",
    "app.contributions": "shares = 5",
    "app.vouchers": "description = 'x'",
    "app.drafts": "drafted_by = gen_random_uuid()",
    "ledger.holds": "amount = 1",
    "ledger.closings": "closed_through = '2001-01-01'",
    "ledger.account_balances": "balance = 0",
    "ledger.member_balances": "balance = 0",
    "ledger.movements": "amount = 0",
    "ledger.heads": "entry_number = 0",
    "ledger.accounts": "minimum = NULL",
    "ledger.entry_kinds": "terms = '{member}'",
    "app.rules": "terms = '{member}'",
    "app.changes": "operation = 'DELETE'",
    "app.idempotency_keys": "outcome = NULL",
}
# What whoever may record something inserts, row by row and each under its policy and trigger; see test_forgeries.
RECORDED = {"app.contributions", "app.vouchers", "app.drafts"}
STATEMENTS = (
    *(f"UPDATE {table} SET {change}" for table, change in POSTED.items()),
    *(f"DELETE FROM {table}" for table in POSTED),
    *(f"TRUNCATE {table} CASCADE" for table in POSTED),
    *(f"INSERT INTO {table} DEFAULT VALUES" for table in POSTED if table not in RECORDED),
    *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in POSTED),
    *(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in POSTED),
    *(f"DROP TABLE {table} CASCADE" for table in POSTED),
    ENTRY,
    LINE,
    "MERGE INTO ledger.heads h USING app.tenants t ON h.tenant_id = t.id WHEN MATCHED THEN UPDATE SET entry_number = 0",
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL ROLE kibubu_owner",
    "SET SESSION AUTHORIZATION kibubu_owner",
    "COPY ledger.entries TO PROGRAM 'cat'",
    "CREATE FUNCTION ledger.mine() RETURNS void LANGUAGE sql AS 'SELECT 1'",
)


async def whoever(world: World, book: SmallBook) -> dict[str, Person | Principal]:
    """Somebody in each of the application's roles, with every right that goes with it."""
    group = book.group
    return {
        "treasurer": group.treasurer,
        "secretary": group.secretary,
        "chair": group.chair,
        "reader": Person(group.treasurer.user_id, group.treasurer.session_id, DatabaseRole.READONLY),
        "admin": await world.admin(),
        "worker": world.worker,
    }


@pytest.mark.parametrize("who", ["treasurer", "secretary", "chair", "reader", "admin", "worker"])
async def test_no_role_of_the_application_changes_what_is_posted(world: World, who: str) -> None:
    book = await rich_book(world)
    person = (await whoever(world, book.small))[who]
    before = await digest(world.superuser)
    for statement in STATEMENTS:
        with pytest.raises(DENIED):
            async with world.transaction(person) as connection:
                await connection.execute(statement)
    for table in POSTED:
        schema, name = table.split(".")
        column = {"entry_kinds": "kind", "rules": "resource"}.get(name, "tenant_id")
        # Records are inserted by whoever may record them, but never in bulk past the policy.
        with pytest.raises((DENIED, asyncpg.FeatureNotSupportedError)):
            async with world.transaction(person) as connection:
                await connection.copy_records_to_table(name, schema_name=schema, records=[], columns=[column])
    assert await digest(world.superuser) == before


async def test_whoever_is_not_signed_in_cannot_even_look(world: World) -> None:
    await small_book(world)
    before = await digest(world.superuser)
    for statement in (*STATEMENTS, *(f"SELECT 1 FROM {table}" for table in POSTED)):
        with pytest.raises(DENIED):
            async with world.database.transaction(DatabaseRole.ANONYMOUS, Isolation.WRITE) as connection:
                await connection.execute(statement)
    assert await digest(world.superuser) == before


async def test_a_login_without_a_role_can_do_nothing(world: World) -> None:
    await small_book(world)
    before = await digest(world.superuser)
    for login in world.database.pools:
        connection = await asyncpg.connect(dsn_for(world.name, login))
        for statement in (*STATEMENTS, *(f"SELECT 1 FROM {table}" for table in POSTED)):
            with pytest.raises(DENIED):
                await connection.execute(statement)
        await connection.close()
    assert await digest(world.superuser) == before


@pytest.mark.parametrize(
    ("login", "role"),
    [
        ("kibubu_login", "kibubu_admin"),
        ("kibubu_login", "kibubu_worker"),
        ("kibubu_worker_login", "kibubu_app"),
        ("kibubu_worker_login", "kibubu_admin"),
        ("kibubu_admin_login", "kibubu_app"),
        ("kibubu_admin_login", "kibubu_worker"),
    ],
)
async def test_no_login_takes_on_a_role_of_another(world: World, login: str, role: str) -> None:
    connection = await asyncpg.connect(dsn_for(world.name, login))
    with pytest.raises(DENIED):
        await connection.execute(f"SET ROLE {role}")
    await connection.close()


@pytest.mark.parametrize("who", ["treasurer", "reader", "admin", "worker"])
async def test_no_role_calls_a_function_that_it_was_not_given(world: World, who: str) -> None:
    """Each of the catalogue is called with nothing, so that a new one is tried as well."""
    book = await small_book(world)
    person = (await whoever(world, book))[who]
    role = person.role.value if isinstance(person, Person) else DatabaseRole.WORKER.value
    functions = await world.superuser.fetch(
        # The arguments come out of a subquery: on constants, a strict function would never be called.
        "SELECT p.oid::regproc || '(' || concat_ws(', ', VARIADIC ARRAY("
        " SELECT 'a' || n FROM unnest(p.proargtypes) WITH ORDINALITY t (type, n) ORDER BY n)) || ') FROM (SELECT '"
        " || concat_ws(', ', VARIADIC ARRAY(SELECT 'NULL::' || format_type(type, NULL) || ' AS a' || n"
        " FROM unnest(p.proargtypes) WITH ORDINALITY t (type, n) ORDER BY n)) || ' OFFSET 0) given' AS call"
        " FROM pg_proc p WHERE p.pronamespace IN ('app'::regnamespace, 'access'::regnamespace, 'ledger'::regnamespace)"
        " AND NOT has_function_privilege($1, p.oid, 'EXECUTE')",
        role,
    )
    calls = {row["call"].partition("(")[0] for row in functions}
    assert calls >= {
        "ledger.check_special", "ledger.held_now", "ledger.expire_holds", "ledger.check_entry", "ledger.refuse_change",
        "ledger.chain_faults", "app.fill_viewer", "app.allows", "app.change_number", "app.check_contribution",
        "app.find_document",
    }  # fmt: skip
    before = await digest(world.superuser)
    for row in functions:
        with pytest.raises(DENIED, match="permission denied for function"):
            async with world.transaction(person) as connection:
                await connection.execute(f"SELECT {row['call']}")
    assert await digest(world.superuser) == before


async def post_in_write(world: World, person: Person, book: SmallBook, arguments: Any) -> None:
    """Post as a unit of work does, whoever it is."""
    async with world.transaction(person) as connection:
        await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", book.group.id)
        await post_directly(connection, arguments)


@pytest.mark.parametrize("who", ["reader", "admin", "worker"])
async def test_only_the_everyday_role_posts(world: World, who: str) -> None:
    book = await small_book(world)
    person = (await whoever(world, book))[who]
    before = await digest(world.superuser)
    arguments = await share_purchase_arguments(world, book.group, book.second_meeting, {})
    if who == "worker":
        # A job posts what becomes owed by the calendar, and nothing that people do.
        with pytest.raises(asyncpg.PostgresError) as refused:
            await post_in_write(world, person, book, arguments)
        assert refused.value.sqlstate == "KB403"
    else:
        with pytest.raises(DENIED):
            async with world.transaction(person) as connection:
                await post_directly(connection, arguments)
        with pytest.raises(DENIED):
            async with world.transaction(person) as connection:
                await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", book.group.id)
    assert await digest(world.superuser) == before


async def together(superuser: asyncpg.Connection, *statements: str) -> None:
    async with superuser.transaction():
        for statement in statements:
            await superuser.execute(statement)


async def as_owner(superuser: asyncpg.Connection, *statements: str) -> None:
    await together(superuser, "SET LOCAL ROLE kibubu_owner", *statements)


async def test_not_even_the_owner_changes_what_is_posted(world: World) -> None:
    await rich_book(world)
    before = await digest(world.superuser)
    for table in IMMUTABLE:
        for statement in (f"UPDATE {table} SET {POSTED[table]}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(asyncpg.PostgresError, match="what is posted never changes") as caught:
                await as_owner(world.superuser, statement)
            assert caught.value.sqlstate == "KB405"
    for statement in (
        "DELETE FROM ledger.accounts",
        "TRUNCATE app.drafts",
        "DELETE FROM app.drafts",
        "UPDATE app.drafts SET line_amounts[1] = 1 WHERE status = 'POSTED'",
        "UPDATE app.drafts SET status = 'OPEN', decided_at = NULL WHERE status = 'DISCARDED'",
        "UPDATE app.drafts SET status = 'POSTED', decided_at = now() WHERE status = 'OPEN'",
    ):
        with pytest.raises(asyncpg.PostgresError) as caught:
            await as_owner(world.superuser, statement)
        assert caught.value.sqlstate == "KB405", statement
    for statement in (
        "TRUNCATE ledger.heads CASCADE",
        "TRUNCATE ledger.accounts CASCADE",
        "TRUNCATE app.tenants CASCADE",
    ):
        with pytest.raises(asyncpg.PostgresError, match=r"never (changes|deleted)|trail is not changed") as caught:
            await as_owner(world.superuser, statement)
        assert caught.value.sqlstate == "KB405"
    with pytest.raises(DENIED):
        await as_owner(world.superuser, "SET LOCAL session_replication_role = replica")
    assert await digest(world.superuser) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.account_balances SET balance = balance + 1 WHERE balance <> 0",
        "UPDATE ledger.account_balances SET held = held + 1",
        "UPDATE ledger.member_balances SET shares = shares + 1",
        "UPDATE ledger.movements SET amount = amount + 1",
        "DELETE FROM ledger.movements WHERE kind = 'SHARE_PURCHASE'",
        "DELETE FROM ledger.member_balances WHERE balance <> 0",
        "UPDATE ledger.heads SET entry_hash = sha256('')",
        "UPDATE ledger.heads SET closed_through = '1990-01-01'",
        "UPDATE ledger.holds SET amount = 1 WHERE outcome IS NULL",
        LINE.replace("current_date", "current_date - 1"),
        CLOSING,
        "UPDATE ledger.accounts SET counts_shares = true WHERE code = '3100' OR (code = '2100' AND needs_member)",
    ],
)
async def test_what_the_owner_can_change_is_found(world: World, statement: str) -> None:
    """The functions of the database run as the owner, who therefore moves balances, heads and holds."""
    book = await rich_book(world)
    await as_owner(
        world.superuser,
        "UPDATE ledger.heads SET change_number = change_number + 1, writer = pg_current_xact_id()",
        statement,
    )
    assert await both_verifications(world, book.group.id) != []


async def test_replication_mode_does_not_lift_the_protection(world: World) -> None:
    await rich_book(world)
    before = await digest(world.superuser)
    for table in IMMUTABLE:
        for statement in (f"UPDATE {table} SET {POSTED[table]}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(asyncpg.PostgresError, match="what is posted never changes"):
                await together(world.superuser, "SET LOCAL session_replication_role = replica", statement)
    assert await digest(world.superuser) == before


@pytest.mark.parametrize("mode", ["origin", "replica"])
async def test_an_entry_that_does_not_balance_is_refused_whoever_inserts_it(world: World, mode: str) -> None:
    await small_book(world)
    before = await digest(world.superuser)
    one_line = LINE.replace("7, 3", "8, 1")
    other_line = LINE.replace("7, 3", "8, 2").replace("5, 5, 5", "-4, -4, 1")
    assert other_line.count("-4") == 2
    for statements in ((), (one_line,), (one_line, other_line)):
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await together(
                world.superuser,
                f"SET LOCAL session_replication_role = {mode}",
                "SET LOCAL ROLE kibubu_owner",
                ENTRY,
                *statements,
            )
        assert caught.value.constraint_name == "entries_balanced"
    assert await digest(world.superuser) == before


async def test_a_contribution_that_says_something_else_than_its_entry_is_refused(world: World) -> None:
    book = await small_book(world)
    group = book.group
    before = await digest(world.superuser)
    arguments = await share_purchase_arguments(world, group, book.second_meeting, {"entry_ids": [entry := new_id()]})
    a, b = group.members[:2]

    async def insert(right: tuple[Any, ...]) -> None:
        async with world.transaction(group.treasurer) as connection:
            await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", group.id)
            assert await post_directly(connection, arguments) == 8
            await connection.execute(
                "INSERT INTO app.contributions (tenant_id, id, entry_number, meeting_id, member_id, kind, shares,"
                " amount, currency, place, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, 'KES', 'BOX', $8)",
                *right,
            )

    right = (group.id, entry, 8, book.second_meeting, a, "SHARE", Decimal(200), group.treasurer.user_id)
    wrongs = (
        (1, new_id()),
        (2, 7),
        (3, book.first_meeting),
        (3, None),
        (4, b),
        (6, Decimal(100)),
        (7, group.chair.user_id),
    )
    for position, wrong in wrongs:
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await insert((*right[:position], wrong, *right[position + 1 :]))
        assert caught.value.constraint_name == "contributions_as_entry"
    assert await digest(world.superuser) == before
    await insert(right)
    assert await both_verifications(world, group.id) == []


async def test_the_directory_is_out_of_reach_of_those_whom_it_describes(world: World) -> None:
    book = await small_book(world)
    before = await digest(world.superuser)
    for statement in (
        "UPDATE app.memberships SET role = 'TREASURER'",
        "UPDATE app.users SET platform_role = 'ADMIN'",
        "UPDATE app.tenants SET visibility = 'ALL'",
        "UPDATE access.sessions SET expires_at = now() + interval '10 years'",
        "DELETE FROM app.memberships",
        "SELECT password_hash FROM access.credentials",
        "SELECT 1 FROM access.refresh_tokens",
        "SELECT 1 FROM app.changes",
        "SELECT account_balance_after FROM ledger.lines",
    ):
        with pytest.raises(DENIED):
            async with world.transaction(book.group.treasurer) as connection:
                await connection.execute(statement)
    assert await digest(world.superuser) == before


async def test_a_session_that_is_over_opens_nothing(world: World) -> None:
    book = await small_book(world)
    user = book.group.treasurer.user_id
    old, revoked = await world.make_session(user, lives=timedelta(seconds=-1)), await world.make_session(user)
    async with world.transaction(Person(user, revoked)) as connection:
        assert await connection.fetchval("SELECT count(*) FROM ledger.entries") == 7
        await connection.execute("SELECT access.revoke_session($1, 'SIGNED_OUT')", revoked)
    before = await digest(world.superuser)
    messages = set()
    for principal in (old, revoked, new_id(), user, book.group.id):
        with pytest.raises(asyncpg.PostgresError) as caught:
            async with world.database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
                await connection.execute("SELECT app.enter($1)", principal)
        messages.add((caught.value.sqlstate, str(caught.value), caught.value.detail))
    assert messages == {("KB401", "the session is unknown, expired or revoked", None)}
    for malformed in ("''", "'x'", "'{}'", "'00000000'"):
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            async with world.database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
                await connection.execute(f"SELECT app.enter({malformed})")
    assert await digest(world.superuser) == before


async def test_nothing_is_done_by_whoever_did_not_enter(world: World) -> None:
    book = await small_book(world)
    arguments = await share_purchase_arguments(world, book.group, book.second_meeting, {})
    before = await digest(world.superuser)
    calls: list[tuple[str, tuple[object, ...]]] = [
        ("SELECT app.enter_write(ARRAY[$1::uuid])", (book.group.id,)),
        ("SELECT ledger.close_period($1, current_date)", (book.group.id,)),
        ("SELECT ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)", arguments),
        ("SELECT ledger.find_faults($1)", (book.group.id,)),
    ]
    for statement, values in calls:
        with pytest.raises(asyncpg.PostgresError) as caught:
            async with world.database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
                await connection.execute(statement, *values)
        assert caught.value.sqlstate in {"KB404", "KB500"}, statement
    assert await digest(world.superuser) == before
