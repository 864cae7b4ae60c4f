"""Row-level security in the database is what the declaration of permissions generates."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter

import asyncpg
import pytest

from domain.policy import ENTRY_KINDS, RULES, Action, Resource, Rule, Term
from domain.policy.terms import TENANT_TERMS
from persistence import policies
from persistence.policies import DISTRIBUTED, PLAIN, Dialect, grant_statements, policy_statements
from persistence.roles import ROLES
from persistence.stores import REFERENCE, STORES, UNREADABLE, Store
from persistence.tables import GLOBAL_TABLES, METADATA, TENANT_TABLES
from tests.migrations.catalogue import ACCESS, SCHEMAS, Rows, read

TABLES = sorted(METADATA.tables)
RULE = "INSERT INTO app.rules (resource, action, terms)"


async def withdraw(connection: asyncpg.Connection) -> None:
    """Take every policy, privilege and kind of entry away again, as if the tables had just been made."""
    for row in await connection.fetch("SELECT schemaname, tablename, policyname FROM pg_policies"):
        await connection.execute(f"DROP POLICY {row['policyname']} ON {row['schemaname']}.{row['tablename']}")
    for table in TABLES:
        await connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        await connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        # Taken from a whole table, a privilege is taken from its columns too.
        await connection.execute(f"REVOKE ALL ON {table} FROM PUBLIC, {', '.join(ROLES)}")
    await connection.execute("DELETE FROM ledger.entry_kinds")
    await connection.execute("DELETE FROM app.rules")


async def generated(connection: asyncpg.Connection, dialect: Dialect) -> dict[str, Rows]:
    """What the catalogue says once the declaration was applied anew; the database is left as it was."""
    change = connection.transaction()
    await change.start()
    try:
        await connection.execute("SET LOCAL ROLE kibubu_owner")
        await withdraw(connection)
        bare = await read(connection, ACCESS)
        assert bare["policies"] == bare["column privileges"] == bare["entry kinds"] == bare["rules"] == []
        for statement in [*policy_statements(dialect), *grant_statements()]:
            await connection.execute(statement)
        return await read(connection, ACCESS)
    finally:
        await change.rollback()


async def test_the_database_has_the_policies_privileges_and_entry_kinds_that_the_declaration_generates(
    superuser: asyncpg.Connection,
) -> None:
    migrated = await read(superuser, ACCESS)
    assert {aspect: len(rows) for aspect, rows in migrated.items() if not rows} == {}
    anew = await generated(superuser, PLAIN)
    for aspect in ACCESS:
        assert migrated[aspect] == anew[aspect], aspect


async def test_the_comparison_would_notice_a_rule_that_changed(
    superuser: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrated = await read(superuser, ACCESS)
    key = (Resource.MEMBER, Action.READ)
    monkeypatch.setitem(policies.RULES, key, Rule(*key, RULES[key].terms - {Term.PARTNER_ROWS}))
    anew = await generated(superuser, PLAIN)
    changed = {(row[1], row[2]) for row in set(migrated["policies"]) ^ set(anew["policies"])}
    assert changed == {("members", "viewer_read")}
    assert [row[:2] for row in set(migrated["rules"]) - set(anew["rules"])] == [("member", "read")]


async def test_the_dialect_for_a_distributed_database_makes_the_same_policies(superuser: asyncpg.Connection) -> None:
    """They differ in the sub-query around the helper, and in nothing else."""
    plain = await generated(superuser, PLAIN)
    distributed = await generated(superuser, DISTRIBUTED)
    shared = [aspect for aspect in ACCESS if aspect != "policies"]
    assert [plain[aspect] for aspect in shared] == [distributed[aspect] for aspect in shared]
    assert [row[:6] for row in plain["policies"]] == [row[:6] for row in distributed["policies"]]


def test_the_two_dialects_differ_only_in_the_parentheses_of_the_helper() -> None:
    plain = [re.sub(r"\(\(SELECT (app\.\w+\([^)]*\))\)\)", r"(\1)", text) for text in policy_statements(PLAIN)]
    assert plain == list(policy_statements(DISTRIBUTED))
    assert plain != list(policy_statements(PLAIN))


def test_a_generation_is_the_same_each_time() -> None:
    assert list(policy_statements()) == list(policy_statements())
    assert list(grant_statements()) == list(grant_statements())


def test_every_table_is_a_resource_s_or_unreadable_or_reference_data() -> None:
    found = Counter([*(store.table for store in STORES.values()), *UNREADABLE, *REFERENCE])
    assert sorted(found) == TABLES
    assert [table for table, times in found.items() if times > 1] == []


def test_every_resource_has_a_store() -> None:
    assert set(STORES) == set(Resource)
    assert {resource for resource, _ in RULES} == set(Resource)


def test_every_column_that_a_store_names_is_one_of_its_table() -> None:
    for store in STORES.values():
        columns = set(METADATA.tables[store.table].columns.keys())
        named = {store.tenant, store.member, store.user, *store.columns, *store.updatable} - {None}
        assert named - columns == set(), store.table
        assert not store.shown_to or "shown_to" in columns, store.table


def test_a_tenant_s_table_is_always_looked_at_through_its_tenant() -> None:
    by_table = {store.table: store for store in STORES.values()}
    assert {table for table in TENANT_TABLES & set(by_table) if by_table[table].tenant != "tenant_id"} == set()


def test_what_may_not_be_read_is_never_granted() -> None:
    assert [text for text in grant_statements() if any(f" ON {table} " in text for table in UNREADABLE)] == []


def test_no_viewer_reads_an_account_s_balance_off_a_line() -> None:
    """A member may read her own lines, and what they left on the account is a total of the group's."""
    hidden = set(METADATA.tables["ledger.lines"].columns.keys()) - set(STORES[Resource.LINE].columns)
    assert hidden == {"account_balance_after"}


async def test_the_hidden_column_is_refused_and_the_others_are_not(superuser: asyncpg.Connection) -> None:
    for role in ("kibubu_app", "kibubu_readonly"):
        await superuser.execute(f"SET ROLE {role}")
        assert await superuser.fetch("SELECT amount, member_balance_after FROM ledger.lines") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await superuser.fetch("SELECT account_balance_after FROM ledger.lines")
        await superuser.execute("RESET ROLE")


async def test_without_a_viewer_no_row_of_a_tenant_is_seen(superuser: asyncpg.Connection) -> None:
    await superuser.execute("SELECT app.create_partner(gen_random_uuid(), 'KES')")
    assert await superuser.fetchval("SELECT count(*) FROM app.tenants") == 1
    for role in ("kibubu_app", "kibubu_readonly", "kibubu_admin", "kibubu_worker"):
        await superuser.execute(f"SET ROLE {role}")
        assert await superuser.fetchval("SELECT count(*) FROM app.tenants") == 0
        await superuser.execute("RESET ROLE")


async def test_nobody_signed_in_reads_no_table_at_all(superuser: asyncpg.Connection) -> None:
    await superuser.execute("SET ROLE kibubu_anonymous")
    for table in TABLES:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for table"):
            await superuser.execute(f"SELECT FROM {table}")


async def test_the_terms_of_the_declaration_are_the_ones_the_database_answers(superuser: asyncpg.Connection) -> None:
    for term in TENANT_TERMS:
        assert await superuser.fetchval("SELECT app.tenants_as($1)", term.value) == []
    with pytest.raises(asyncpg.PostgresError, match="no term of the permissions is called owner") as refused:
        await superuser.fetchval("SELECT app.tenants_as('owner')")
    assert refused.value.sqlstate == "KB500"


async def test_a_malformed_list_of_tenants_is_an_error_and_not_an_empty_list(superuser: asyncpg.Connection) -> None:
    async with superuser.transaction():
        await superuser.execute("SET LOCAL app.member = ''")
        assert await superuser.fetchval("SELECT app.tenants_as('member')") == []
        await superuser.execute("SET LOCAL app.member = 'everything'")
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            async with superuser.transaction():
                await superuser.fetchval("SELECT app.tenants_as('member')")


def test_who_may_post_a_kind_is_told_by_lists_of_tenants() -> None:
    """`ledger.post` asks whether a list has the tenant, or a job has entered, and knows no other terms."""
    known = {*TENANT_TERMS, Term.JOB}
    assert {kind for kind, terms in ENTRY_KINDS.items() if not terms or terms - known} == set()


# The generator's own arithmetic, on rules made up for it.

SHEET = Store("app.sheets", member="member_id", writes=frozenset({Action.CREATE, Action.UPDATE}), updatable=("status",))
READ_SHEETS = "CREATE POLICY viewer_read ON app.sheets FOR SELECT TO kibubu_app, kibubu_readonly"


def arm(term: str) -> str:
    return f"tenant_id = ANY (((SELECT app.tenants_as('{term}')))::uuid[])"


@pytest.fixture
def one_rule(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing is declared but what the test adds."""
    for name in ("STORES", "RULES", "ENTRY_KINDS"):
        monkeypatch.setattr(policies, name, {})
    monkeypatch.setattr(policies, "UNREADABLE", ())
    monkeypatch.setattr(policies, "REFERENCE", ())
    return monkeypatch


def declare(patch: pytest.MonkeyPatch, store: Store, action: Action, *terms: Term) -> list[str]:
    """The policies that one rule on one table generates, without those that every table has."""
    patch.setitem(policies.STORES, Resource.MEETING, store)
    patch.setitem(policies.RULES, (Resource.MEETING, action), Rule(Resource.MEETING, action, frozenset(terms)))
    return [text for text in policy_statements() if text.startswith("CREATE POLICY") and "owner_all" not in text]


def test_a_rule_for_reading_filters_for_the_viewer_and_opens_for_the_administrator(
    one_rule: pytest.MonkeyPatch,
) -> None:
    assert declare(one_rule, SHEET, Action.READ, Term.ADMIN, Term.STAFF, Term.MEMBER) == [
        f"{READ_SHEETS} USING ({arm('member')} OR {arm('staff')})",
        (
            "CREATE POLICY admin_read ON app.sheets FOR SELECT TO kibubu_admin"
            " USING (((SELECT app.is_entered_as('admin'))))"
        ),
    ]
    assert list(grant_statements()) == [
        "GRANT SELECT ON app.sheets TO kibubu_app, kibubu_readonly, kibubu_admin",
        f"{RULE} VALUES ('meeting', 'read', ARRAY['member', 'staff', 'admin'])",
    ]


def test_oneself_on_a_tenant_s_row_is_a_member_of_that_tenant(one_rule: pytest.MonkeyPatch) -> None:
    assert declare(one_rule, SHEET, Action.READ, Term.SELF) == [
        (
            f"{READ_SHEETS} USING (({arm('member')} AND member_id = ANY (((SELECT app.own_members()))::uuid[])"
            " AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])))"
        )
    ]


def test_a_rule_for_jobs_alone_lets_no_viewer_in(one_rule: pytest.MonkeyPatch) -> None:
    assert declare(one_rule, SHEET, Action.READ, Term.JOB) == [
        "CREATE POLICY job_read ON app.sheets FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))))"
    ]
    assert list(grant_statements()) == [
        "GRANT SELECT ON app.sheets TO kibubu_worker",
        f"{RULE} VALUES ('meeting', 'read', ARRAY['job'])",
    ]


def test_an_update_is_checked_before_and_after_and_touches_the_named_columns(one_rule: pytest.MonkeyPatch) -> None:
    chaired = arm("chair")
    assert declare(one_rule, SHEET, Action.UPDATE, Term.CHAIR) == [
        f"CREATE POLICY viewer_update ON app.sheets FOR UPDATE TO kibubu_app USING ({chaired}) WITH CHECK ({chaired})"
    ]
    assert list(grant_statements()) == [
        "GRANT UPDATE (status) ON app.sheets TO kibubu_app",
        f"{RULE} VALUES ('meeting', 'update', ARRAY['chair'])",
    ]


def test_what_only_functions_write_is_neither_granted_nor_given_a_policy(one_rule: pytest.MonkeyPatch) -> None:
    read_only = dataclasses.replace(SHEET, writes=frozenset())
    assert declare(one_rule, read_only, Action.CREATE, Term.SECRETARY) == []
    # The functions go by the rule, of which there is no other trace.
    assert list(grant_statements()) == [f"{RULE} VALUES ('meeting', 'create', ARRAY['secretary'])"]


def test_names_open_to_a_partner_only_where_the_member_opened_them(one_rule: pytest.MonkeyPatch) -> None:
    opened = dataclasses.replace(SHEET, shown_to=True)
    assert declare(one_rule, opened, Action.READ, Term.PARTNER_NAMES) == [
        f"{READ_SHEETS} USING (({arm('partner_names')} AND shown_to && ((SELECT app.own_partners()))::uuid[]))"
    ]
    with pytest.raises(AssertionError, match=r"app\.sheets does not say to whom its members opened it"):
        declare(one_rule, SHEET, Action.READ, Term.PARTNER_NAMES)


@pytest.mark.parametrize(
    ("store", "term"),
    [
        (dataclasses.replace(SHEET, tenant=None), Term.MEMBER),
        (SHEET, Term.SIGNED_IN),
        (dataclasses.replace(SHEET, member=None), Term.SELF),
    ],
)
def test_a_term_that_says_nothing_of_a_row_is_refused(store: Store, term: Term, one_rule: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="says nothing of rows of"):
        declare(one_rule, store, Action.READ, term)


def test_the_schemas_of_the_tables_are_the_ones_that_are_compared() -> None:
    assert {table.partition(".")[0] for table in GLOBAL_TABLES | TENANT_TABLES} == set(SCHEMAS)
