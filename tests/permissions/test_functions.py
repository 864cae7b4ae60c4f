"""Which functions each role may call, by name; and the rules by which those functions go are the declaration."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.policy import RULES, Action, Resource, Rule, Term, Viewer, allows
from persistence.database import DatabaseRole
from persistence.roles import LOGINS, ROLES
from tests.migrations.catalogue import SCHEMAS
from tests.permissions.cast import Cast
from tests.permissions.facts import entered, undone
from tests.permissions.parity import read_truth

VIEWERS = {
    "app.enter", "app.tenants_as", "app.own_members", "app.own_pairs", "app.own_partners", "app.is_entered_as",
    "app.user_id", "app.own_user", "app.enter_machine", "app.find_by_name", "app.find_members", "app.is_named",
}  # fmt: skip
READS = {
    "app.ballot_counts", "app.arrears_totals", "app.meeting_rolls", "app.loan_arrears", "app.loan_portfolio",
    "ledger.find_faults", "ledger.balances_after", "ledger.balances_after_lines",
    "ledger.find_closing_code",
}  # fmt: skip
WRITES = {
    "app.enter_write", "app.claim_key", "app.keep_outcome", "app.enter_command", "app.create_group", "app.link_member",
    "app.adopt_constitution", "app.change_join_code", "app.request_join", "app.accept_invitation",
    "app.post_contributions", "app.entry_kind", "ledger.post", "ledger.open_account", "ledger.change_account",
    "ledger.place_hold", "ledger.end_hold", "ledger.close_period",
}  # fmt: skip
OWN = {"app.note_personal_reads", "app.claimable_members", "app.open_invitations"}
MEMBERS = {"app.grant_role", "app.end_roles", "app.claim_member", "app.note_command"}
SESSIONS = {"access.claim_key", "access.keep_outcome", "access.revoke_session"}
MACHINES = {
    "app.enter_machine_command", "access.grant_machine", "access.rotate_machine", "access.revoke_machine",
    "access.note_machine_use",
}  # fmt: skip
FEED = {"app.may_follow", "app.changes_after", "app.follow"}
ADMINS = {
    "access.create_user", "access.change_standing", "app.enter_admin_command", "app.keep_outcome",
    "app.change_group_status", "app.revise_platform",
}  # fmt: skip

CALLABLE = {
    "kibubu_anonymous": {
        "access.find_credentials", "access.sign_in_failed", "access.open_session", "access.refresh_session",
        "access.take_attempts", "app.find_document",
    },
    "kibubu_app": VIEWERS | READS | WRITES | MEMBERS | OWN | SESSIONS | MACHINES | FEED,
    "kibubu_readonly": VIEWERS | READS | OWN | {"app.change_numbers"},
    "kibubu_admin": VIEWERS | READS | SESSIONS | FEED | ADMINS,
    "kibubu_worker": VIEWERS | READS | {"app.forget_changes", "app.enter_write", "ledger.post"},
}  # fmt: skip
"""Every function that a role may execute. Whatever else there is, only other functions call."""


@pytest.mark.parametrize("role", [*ROLES, *LOGINS])
async def test_a_role_may_call_these_functions_and_no_other(superuser: asyncpg.Connection, role: str) -> None:
    rows = await superuser.fetch(
        "SELECT DISTINCT p.oid::regproc::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = ANY ($1) AND has_function_privilege($2, p.oid, 'EXECUTE')",
        list(SCHEMAS),
        role,
    )
    assert {row["name"] for row in rows} == CALLABLE.get(role, set())


_PROBE = """
CREATE FUNCTION app.probe(resources text[], actions text[], tenants uuid[]) RETURNS SETOF boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT app.allows(p.resource, p.action, p.tenant)
    FROM unnest(resources, actions, tenants) WITH ORDINALITY p (resource, action, tenant, n) ORDER BY p.n
$$
"""
Question = tuple[Resource, Action, UUID]


async def differences(
    stage: asyncpg.Connection, cast: Cast, viewers: dict[str, Viewer]
) -> dict[tuple[Resource, Action], list[str]]:
    """Where the definer functions' rules decide otherwise than the declaration, by the rule."""
    questions: list[Question] = list(product(Resource, Action, (*cast.tenants, new_id())))
    resources, actions, tenants = (list(each) for each in zip(*questions, strict=True))
    found: dict[tuple[Resource, Action], list[str]] = {}
    for who in cast.onlookers.values():
        if who.principal is None:
            continue
        async with entered(stage, who):
            rows = await stage.fetch("SELECT * FROM app.probe($1, $2, $3) allowed", resources, actions, tenants)
        for (resource, action, tenant), (answer,) in zip(questions, rows, strict=True):
            may = allows(viewers[who.name], action, resource, tenant)
            # A reader's session changes nothing, whoever she is: her role in the database says so.
            if who.role is DatabaseRole.READONLY and action is not Action.READ:
                may = False
            if answer is not may:
                found.setdefault((resource, action), []).append(f"{who.name}, of {tenant}: {answer}, not {may}")
    return found


@pytest.fixture
async def probed(stage: asyncpg.Connection) -> asyncpg.Connection:
    await stage.execute("SET LOCAL ROLE kibubu_owner")
    await stage.execute(_PROBE)
    await stage.execute(f"GRANT EXECUTE ON FUNCTION app.probe TO {', '.join(ROLES)}")
    await stage.execute("RESET ROLE")
    return stage


async def test_the_rules_of_the_functions_decide_as_the_declaration(cast: Cast, probed: asyncpg.Connection) -> None:
    viewers = dict((await read_truth(probed, cast)).viewers)
    assert await differences(probed, cast, viewers) == {}


def _with_more(rule: Rule) -> frozenset[Term]:
    spare = {Term.MEMBER, Term.ADMIN, Term.AUDITOR} - rule.terms
    return rule.terms | spare if spare else frozenset({Term.JOB})


@pytest.mark.parametrize("wrong", [lambda _: frozenset(), _with_more], ids=["nobody", "more"])
async def test_a_rule_that_says_something_else_would_be_noticed(
    cast: Cast, probed: asyncpg.Connection, wrong: Callable[[Rule], frozenset[Term]]
) -> None:
    """All rules are wrong at once, since none is asked for another; each must be noticed for itself."""
    viewers = dict((await read_truth(probed, cast)).viewers)
    broken = {key: wrong(rule) for key, rule in RULES.items()}
    await probed.executemany(
        "UPDATE app.rules SET terms = $3 WHERE resource = $1 AND action = $2",
        [(resource.value, action.value, [t.value for t in terms]) for (resource, action), terms in broken.items()],
    )
    # Of what nobody may do in the whole of a tenant, an empty rule says the same.
    noticeable = {key for key, terms in broken.items() if terms or RULES[key].terms - {Term.SELF, Term.PARTNER_NAMES}}
    assert set(await differences(probed, cast, viewers)) == noticeable


async def test_nobody_is_allowed_anything_before_she_entered(cast: Cast, probed: asyncpg.Connection) -> None:
    questions = list(product(Resource, Action, cast.tenants))
    resources, actions, tenants = (list(each) for each in zip(*questions, strict=True))
    for role in ("none", *ROLES, "kibubu_owner"):
        async with undone(probed):
            await probed.execute(f"SET LOCAL ROLE {role}")
            rows = await probed.fetch("SELECT * FROM app.probe($1, $2, $3)", resources, actions, tenants)
            assert not any(answer for (answer,) in rows), role


async def test_what_no_rule_is_about_nobody_may(cast: Cast, probed: asyncpg.Connection) -> None:
    group = next(iter(cast.groups.values()))
    for who in cast.onlookers.values():
        if who.principal is not None:
            async with entered(probed, who):
                unknown = await probed.fetch(
                    "SELECT * FROM app.probe($1, $2, $3)",
                    ["gift", "book", None, "book", "book"],
                    ["read", "delete", "read", None, "read"],
                    [group.id, group.id, group.id, group.id, None],
                )
            assert [answer for (answer,) in unknown][:4] == [False] * 4
            assert (unknown[4][0] or False) is (who.role in (DatabaseRole.ADMIN, DatabaseRole.WORKER))
