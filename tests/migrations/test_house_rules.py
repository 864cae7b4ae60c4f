"""Rules that every table and function keeps, asked of the catalogue of a migrated database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from persistence.roles import LOGINS, ROLES
from persistence.stores import REFERENCE
from persistence.tables import GLOBAL_TABLES, TENANT_TABLES
from tests.migrations.catalogue import SCHEMAS, names

NODES = {
    "app.members",
    "app.meetings",
    "app.contributions",
    "app.drafts",
    "app.loans",
    "ledger.entries",
    "ledger.holds",
}
"""The tables behind `Node`, whose rows are found by their id alone."""

UNLOGGED = {
    # The log itself, and what is nobody's record.
    "app.changes",
    "app.idempotency_keys",
    # The trails, and what follows from a name.
    "app.audit",
    "app.personal_reads",
    "app.member_keys",
    # Made together with its tenant, and moved with every unit of work.
    "ledger.heads",
    # Written for a product or a loan, which is logged.
    "app.loan_terms",
    # `ledger.post` logs the entry; its lines and the balances go with it.
    "ledger.entries",
    "ledger.lines",
    "ledger.account_balances",
    "ledger.member_balances",
    "ledger.movements",
}
"""Tables of tenants whose rows no trigger puts in the change log."""

_KEPT = {
    "app.contributions",
    "app.vouchers",
    "ledger.closings",
    "app.fines",
    "app.fine_settlements",
    "app.loan_product_versions",
    "app.loan_steps",
    "app.loan_words",
    "app.loan_schedules",
    "app.loan_instalments",
    "app.loan_charges",
    "app.loan_payments",
    "app.loan_collateral_words",
}
_NOT_REMOVED = {
    "app.meeting_texts",
    "app.attendances",
    "app.attendance_words",
    "app.contribution_waivers",
    "app.loan_products",
    "app.loans",
    "app.votes",
    "app.ballots",
    "app.loan_guarantees",
    "app.loan_collateral",
}
NEVER = {"INSERT": set(), "UPDATE": _KEPT, "DELETE": _KEPT | _NOT_REMOVED | {"app.drafts"}}
"""By event: tables of tenants whose triggers refuse it to everybody, so that there is nothing to log."""

OF_DIRECTORY = {"INSERT": {"app.permission_overrides"}, "UPDATE": {"app.permission_overrides"}, "DELETE": set()}
"""By event: tables of the directory that are a part of a record of a tenant's, and are logged as that."""

KEYS = """
    SELECT k.conname::text AS name, k.contype::text AS type, n.nspname || '.' || c.relname AS table_name,
           fn.nspname || '.' || f.relname AS referred,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(number, position)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
                 ORDER BY u.position) AS columns,
           ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(number, position)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number
                 ORDER BY u.position) AS referred_columns
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class f ON f.oid = k.confrelid
    LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
    WHERE n.nspname = ANY ($1) AND k.contype IN ('p', 'u', 'f')
"""

INDEXES = """
    SELECT n.nspname || '.' || c.relname AS table_name, i.relname::text AS name, x.indisunique AS is_unique,
           ARRAY(SELECT a.attname::text FROM unnest(x.indkey::smallint[]) WITH ORDINALITY u(number, position)
                 JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.number
                 ORDER BY u.position) AS columns
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1)
"""

FUNCTIONS = "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1)"
TABLES = "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY ($1) AND c.relkind = 'r'"


@pytest.fixture
async def keys(superuser: asyncpg.Connection) -> list[asyncpg.Record]:
    return await superuser.fetch(KEYS, list(SCHEMAS))


@pytest.fixture
async def indexes(superuser: asyncpg.Connection) -> list[asyncpg.Record]:
    return await superuser.fetch(INDEXES, list(SCHEMAS))


@pytest.fixture
async def owner(superuser: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    await superuser.execute("SET ROLE kibubu_owner")
    yield superuser
    await superuser.execute("RESET ROLE")


def test_every_table_has_a_primary_key(keys: list[asyncpg.Record]) -> None:
    assert {key["table_name"] for key in keys if key["type"] == "p"} == GLOBAL_TABLES | TENANT_TABLES


@pytest.mark.parametrize("kind", ["p", "u", "f"])
def test_the_tenant_leads_every_key_of_a_tenant_s_table(kind: str, keys: list[asyncpg.Record]) -> None:
    of_tenants = [key for key in keys if key["table_name"] in TENANT_TABLES and key["type"] == kind]
    assert of_tenants != []
    assert [key["name"] for key in of_tenants if key["columns"][0] != "tenant_id"] == []


def test_the_tenant_leads_every_unique_index_of_a_tenant_s_table(indexes: list[asyncpg.Record]) -> None:
    """So none stands on `id` alone, and each can be kept by the node that holds the tenant."""
    unique = [index for index in indexes if index["table_name"] in TENANT_TABLES and index["is_unique"]]
    assert [index["name"] for index in unique if index["columns"][0] != "tenant_id"] == []


def test_a_foreign_key_between_tenants_tables_ties_tenant_to_tenant(keys: list[asyncpg.Record]) -> None:
    between = [key for key in keys if key["table_name"] in TENANT_TABLES and key["referred"] in TENANT_TABLES]
    assert between != []
    assert [key["name"] for key in between if key["referred_columns"][0] != "tenant_id"] == []


def test_no_foreign_key_leads_from_a_global_table_to_a_tenant_s(keys: list[asyncpg.Record]) -> None:
    assert [k["name"] for k in keys if k["table_name"] in GLOBAL_TABLES and k["referred"] in TENANT_TABLES] == []


def test_a_tenant_s_table_refers_to_no_global_table_but_tenants(keys: list[asyncpg.Record]) -> None:
    outward = [key for key in keys if key["table_name"] in TENANT_TABLES and key["referred"] in GLOBAL_TABLES]
    assert {key["referred"] for key in outward} == {"app.tenants"}


async def test_foreign_keys_refuse_and_never_cascade(superuser: asyncpg.Connection) -> None:
    query = "SELECT conname FROM pg_constraint WHERE contype = 'f' AND (confdeltype <> 'a' OR confupdtype <> 'a')"
    assert await names(superuser, query) == []


def test_every_table_behind_node_has_an_index_on_its_id_that_is_not_unique(indexes: list[asyncpg.Record]) -> None:
    alone = {index["table_name"] for index in indexes if index["columns"] == ["id"] and not index["is_unique"]}
    assert alone == NODES


async def test_every_constraint_and_index_of_a_table_begins_with_the_table_s_name(
    superuser: asyncpg.Connection,
) -> None:
    odd = f"""
        SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.contype <> 'n' AND k.connamespace::regnamespace::text = ANY ($1)
          AND NOT starts_with(k.conname, c.relname || '_')
        UNION
        SELECT i.name FROM ({INDEXES}) i WHERE NOT starts_with(i.name, split_part(i.table_name, '.', 2) || '_')
    """
    assert await names(superuser, odd, list(SCHEMAS)) == []


async def test_row_level_security_is_enabled_and_forced_on_every_table(superuser: asyncpg.Connection) -> None:
    protected = await names(
        superuser,
        f"SELECT n.nspname || '.' || c.relname {TABLES} AND c.relrowsecurity AND c.relforcerowsecurity",
        list(SCHEMAS),
    )
    assert protected == sorted(GLOBAL_TABLES | TENANT_TABLES)


async def test_the_owner_has_a_policy_of_its_own_on_every_table(superuser: asyncpg.Connection) -> None:
    """Without it a definer function would see no row under FORCE, silently."""
    query = """
        SELECT schemaname || '.' || tablename FROM pg_policies
        WHERE schemaname = ANY ($1) AND policyname = 'owner_all' AND roles = '{kibubu_owner}' AND cmd = 'ALL'
          AND qual = 'true' AND with_check = 'true'
    """
    assert await names(superuser, query, list(SCHEMAS)) == sorted(GLOBAL_TABLES | TENANT_TABLES)


async def test_only_reference_data_has_a_policy_for_everybody(superuser: asyncpg.Connection) -> None:
    query = (
        "SELECT schemaname || '.' || tablename FROM pg_policies WHERE schemaname = ANY ($1) AND 'public' = ANY (roles)"
    )
    assert await names(superuser, query, list(SCHEMAS)) == sorted(REFERENCE)


async def test_no_policy_restricts_or_deletes(superuser: asyncpg.Connection) -> None:
    query = """
        SELECT tablename || ' ' || policyname FROM pg_policies
        WHERE schemaname = ANY ($1) AND policyname <> 'owner_all'
          AND (permissive <> 'PERMISSIVE' OR cmd IN ('ALL', 'DELETE'))
    """
    assert await names(superuser, query, list(SCHEMAS)) == []


async def test_every_arm_of_a_policy_is_the_leading_column_of_an_index(
    superuser: asyncpg.Connection, indexes: list[asyncpg.Record]
) -> None:
    leading = {(index["table_name"], index["columns"][0]) for index in indexes}
    arms = await superuser.fetch(
        r"""
        SELECT DISTINCT schemaname || '.' || tablename AS table_name,
               (regexp_match(arm, '([a-z_]+) = (?:ANY )?\('))[1] AS column_name
        FROM pg_policies, regexp_split_to_table(qual, ' OR ') arm
        WHERE schemaname = ANY ($1) AND 'kibubu_app' = ANY (roles)
        """,
        list(SCHEMAS),
    )
    assert len(arms) > len(TENANT_TABLES) / 2
    assert {(arm["table_name"], arm["column_name"]) for arm in arms} - leading == set()


async def test_columns_have_no_type_but_those_that_leak_nothing_and_keep_their_meaning(
    superuser: asyncpg.Connection,
) -> None:
    """No ENUM, no varchar, no timestamp without its zone, no float; money has one precision everywhere."""
    query = f"""
        SELECT DISTINCT format_type(a.atttypid, a.atttypmod)
        FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (SELECT c.oid {TABLES})
    """
    assert await names(superuser, query, list(SCHEMAS)) == [
        "bigint",
        "boolean",
        "bytea",
        "date",
        "integer",
        "integer[]",
        "jsonb",
        "numeric(19,4)",
        "numeric(19,4)[]",
        "numeric(9,4)",
        "smallint",
        "text",
        "text[]",
        "timestamp with time zone",
        "uuid",
        "uuid[]",
        "xid8",
    ]


async def test_there_is_no_enum_no_extension_and_no_sequence(superuser: asyncpg.Connection) -> None:
    assert await names(superuser, "SELECT typname FROM pg_type WHERE typtype = 'e'") == []
    assert await names(superuser, "SELECT extname FROM pg_extension") == ["plpgsql"]
    assert await names(superuser, "SELECT relname FROM pg_class WHERE relkind = 'S'") == []


async def test_definer_functions_pin_their_search_path_and_belong_to_the_owner(superuser: asyncpg.Connection) -> None:
    """A definer function with a caller's search path would run the caller's own functions with the owner's rights."""
    query = f"""
        SELECT p.oid::regprocedure {FUNCTIONS} AND p.prosecdef
          AND (p.proowner::regrole::text <> 'kibubu_owner'
               OR p.proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp'])
    """
    assert await superuser.fetchval(f"SELECT count(*) {FUNCTIONS} AND p.prosecdef", list(SCHEMAS)) > 15
    assert await names(superuser, query, list(SCHEMAS)) == []


async def test_a_function_without_a_pinned_search_path_is_parsed_when_it_is_made(superuser: asyncpg.Connection) -> None:
    """The body of such a function is stored parsed (`RETURN …`), so that no path is searched when it runs.

    But for the helpers of the policies: they run as their caller, and name the schema of the types they cast to.
    """
    query = f"SELECT p.oid::regprocedure {FUNCTIONS} AND p.proconfig IS NULL AND p.prosqlbody IS NULL"
    assert await names(superuser, query, list(SCHEMAS)) == [
        "app.is_entered_as(text)",
        "app.own_members()",
        "app.own_pairs()",
        "app.own_partners()",
        "app.own_user()",
        "app.tenants_as(text)",
        "app.user_id()",
    ]


async def test_public_may_execute_no_function(superuser: asyncpg.Connection) -> None:
    query = f"SELECT p.oid::regprocedure {FUNCTIONS} AND has_function_privilege('public', p.oid, 'EXECUTE')"
    assert await names(superuser, query, list(SCHEMAS)) == []


async def test_public_may_not_execute_a_function_that_a_later_migration_makes(owner: asyncpg.Connection) -> None:
    await owner.execute("CREATE FUNCTION app.later() RETURNS integer LANGUAGE sql RETURN 1")
    assert not await owner.fetchval("SELECT has_function_privilege('public', 'app.later()', 'EXECUTE')")


async def test_public_has_nothing_on_schemas_and_tables(superuser: asyncpg.Connection) -> None:
    schemas = "SELECT s FROM unnest($1::text[]) s WHERE has_schema_privilege('public', s, 'USAGE, CREATE')"
    tables = (
        f"SELECT c.relname {TABLES} AND has_any_column_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')"
    )
    assert await names(superuser, schemas, list(SCHEMAS)) == []
    assert await names(superuser, tables, list(SCHEMAS)) == []


async def test_a_login_may_do_nothing_before_it_takes_a_role(superuser: asyncpg.Connection) -> None:
    for login in LOGINS:
        tables = (
            f"SELECT c.relname {TABLES} AND (has_any_column_privilege($2, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')"
            " OR has_table_privilege($2, c.oid, 'DELETE, TRUNCATE, TRIGGER'))"
        )
        functions = f"SELECT p.oid::regprocedure {FUNCTIONS} AND has_function_privilege($2, p.oid, 'EXECUTE')"
        assert await names(superuser, tables, list(SCHEMAS), login) == []
        assert await names(superuser, functions, list(SCHEMAS), login) == []


async def test_no_application_role_may_write_to_a_ledger_table(superuser: asyncpg.Connection) -> None:
    query = """
        SELECT r || ' ' || c.relname
        FROM pg_class c, unnest($1::text[]) r
        WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'
          AND (has_any_column_privilege(r, c.oid, 'INSERT, UPDATE, REFERENCES')
               OR has_table_privilege(r, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER'))
    """
    assert await names(superuser, query, [*ROLES, *LOGINS]) == []


async def test_no_application_role_may_delete_or_create_anything(superuser: asyncpg.Connection) -> None:
    tables = f"""
        SELECT r || ' ' || c.relname FROM unnest($2::text[]) r, LATERAL (SELECT c.oid, c.relname {TABLES}) c
        WHERE has_table_privilege(r, c.oid, 'DELETE, TRUNCATE, TRIGGER')
    """
    schemas = """
        SELECT r || ' ' || s FROM unnest($1::text[]) s, unnest($2::text[]) r WHERE has_schema_privilege(r, s, 'CREATE')
    """
    everybody = [*ROLES, *LOGINS]
    assert await names(superuser, tables, list(SCHEMAS), everybody) == []
    assert await names(superuser, schemas, [*SCHEMAS, "migrations", "public"], everybody) == []
    database = "SELECT r FROM unnest($1::text[]) r WHERE has_database_privilege(r, current_database(), 'CREATE')"
    assert await names(superuser, database, everybody) == []


async def test_what_is_posted_is_guarded_by_triggers_that_always_fire(superuser: asyncpg.Connection) -> None:
    """ALWAYS, so that a session that plays a replica cannot go past them."""
    query = """
        SELECT tgrelid::regclass || ' ' || tgname FROM pg_trigger
        WHERE tgenabled = 'A' AND NOT tgisinternal
    """
    assert await names(superuser, query) == [
        "app.attendance_words attendance_words_kept",
        "app.attendances attendances_kept",
        "app.ballots ballots_kept",
        "app.contribution_waivers contribution_waivers_stamped",
        "app.contributions contributions_immutable",
        "app.contributions contributions_not_truncated",
        "app.drafts drafts_not_truncated",
        "app.drafts drafts_stamped",
        "app.fine_settlements fine_settlements_immutable",
        "app.fine_settlements fine_settlements_not_truncated",
        "app.fines fines_immutable",
        "app.fines fines_not_truncated",
        "app.loan_charges loan_charges_immutable",
        "app.loan_collateral loan_collateral_stamped",
        "app.loan_collateral_words loan_collateral_words_immutable",
        "app.loan_guarantees loan_guarantees_stamped",
        "app.loan_instalments loan_instalments_immutable",
        "app.loan_payments loan_payments_immutable",
        "app.loan_payments loan_payments_not_truncated",
        "app.loan_product_versions loan_product_versions_immutable",
        "app.loan_products loan_products_kept",
        "app.loan_schedules loan_schedules_immutable",
        "app.loan_steps loan_steps_immutable",
        "app.loan_terms loan_terms_immutable",
        "app.loan_words loan_words_immutable",
        "app.loans loans_kept",
        "app.meeting_texts meeting_texts_kept",
        "app.meetings meetings_closed_for_good",
        "app.permission_overrides permission_overrides_stamped",
        "app.votes votes_kept",
        "app.vouchers vouchers_immutable",
        "app.vouchers vouchers_not_truncated",
        "ledger.accounts accounts_checked",
        "ledger.accounts accounts_not_truncated",
        "ledger.closings closings_immutable",
        "ledger.closings closings_not_truncated",
        "ledger.entries entries_balanced",
        "ledger.entries entries_immutable",
        "ledger.entries entries_not_truncated",
        "ledger.holds holds_used_as_entry",
        "ledger.lines lines_immutable",
        "ledger.lines lines_not_truncated",
    ]


async def test_what_is_never_logged_is_refused_to_the_owner_herself(owner: asyncpg.Connection) -> None:
    query = """
        SELECT DISTINCT n.nspname || '.' || c.relname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE t.tgenabled = 'A' AND t.tgtype & 2 <> 0 AND t.tgtype & $1 <> 0 AND t.tgqual IS NULL
    """
    for event, bit in (("UPDATE", 16), ("DELETE", 8)):
        assert set(await names(owner, query, bit)) >= NEVER[event]


async def test_no_trigger_is_switched_off(superuser: asyncpg.Connection) -> None:
    assert await names(superuser, "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('D', 'R')") == []


@pytest.mark.parametrize(("event", "bit"), [("INSERT", 4), ("UPDATE", 16), ("DELETE", 8)])
async def test_every_record_of_a_tenant_is_put_in_the_change_log(
    event: str, bit: int, superuser: asyncpg.Connection
) -> None:
    logged = await names(
        superuser,
        """
        SELECT n.nspname || '.' || c.relname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE p.pronamespace = 'app'::regnamespace AND p.proname LIKE 'log\\_%' AND t.tgtype & $1 <> 0
        """,
        bit,
    )
    assert logged == sorted((TENANT_TABLES - UNLOGGED - NEVER[event]) | OF_DIRECTORY[event])
