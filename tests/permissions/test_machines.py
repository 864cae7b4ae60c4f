"""Who may grant a machine credential and how far it reaches, asked of the database itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.access.machines import GRACE_MAX, LIFE_MAX
from domain.identifiers import new_id
from domain.policy import RULES, SCOPE_TERMS, Action, MachineScope, Resource, Term, Visibility
from persistence.tables import METADATA
from persistence.viewer import enter
from tests.permissions.cast import PARTNER_ROLES, Cast
from tests.permissions.facts import entered, undone
from tests.permissions.test_entry import LOOK

GRANT = "SELECT access.grant_machine($1, $2, 'Program', $3, now() + $4, $5, $6)"
DAY = timedelta(days=1)


async def grant(
    stage: asyncpg.Connection,
    tenant: UUID,
    *,
    scopes: tuple[str, ...] = ("READ_ROWS",),
    lives: timedelta = DAY,
    reaches: tuple[UUID, ...] = (),
) -> str | None:
    """The code of the refusal; None where it is granted, and taken back."""
    try:
        async with undone(stage):
            await stage.execute(GRANT, tenant, new_id(), scopes, lives, new_id().bytes, reaches)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


async def partner_of(stage: asyncpg.Connection, cast: Cast, name: str) -> UUID:
    found: UUID = await stage.fetchval(
        "SELECT tenant_id FROM app.memberships WHERE user_id = $1", cast.onlookers[name].user_id
    )
    return found


async def test_whoever_runs_a_partner_grants_for_it_and_no_other_of_its_staff_does(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    group = cast.groups[Visibility.OWN_ONLY].id
    for role in PARTNER_ROLES:
        name = f"{role} with ROWS"
        partner = await partner_of(stage, cast, name)
        async with entered(stage, cast.onlookers[name]):
            expected = None if role == "PARTNER_MANAGER" else "KB403"
            assert await grant(stage, partner, reaches=(group,)) == expected, name
            assert await grant(stage, group) == "KB403", name


async def test_a_partner_s_credential_reaches_its_own_groups_alone_and_never_records(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    own, other = cast.groups[Visibility.OWN_ONLY].id, cast.groups[Visibility.ALL].id
    partner = await partner_of(stage, cast, "PARTNER_MANAGER with ROWS")
    async with entered(stage, cast.onlookers["PARTNER_MANAGER with ROWS"]):
        assert await grant(stage, partner, reaches=(own, other)) == "KB404"
        assert await grant(stage, partner, reaches=(own, new_id())) == "KB404"
        assert await grant(stage, partner, reaches=(own,), scopes=("READ_ROWS", "RECORD_CONTRIBUTIONS")) == "KB422"


async def test_a_manager_locks_the_book_of_the_partner_and_of_no_other(cast: Cast, stage: asyncpg.Connection) -> None:
    own = await partner_of(stage, cast, "PARTNER_MANAGER with ROWS")
    other = await partner_of(stage, cast, "PARTNER_MANAGER with NAMES")
    lock = "SELECT app.enter_write(ARRAY[$1::uuid])"
    numbers = "SELECT tenant_id, change_number FROM ledger.heads WHERE tenant_id = ANY ($1)"
    before = dict(await stage.fetch(numbers, [own, other]))
    assert before.keys() == {own, other}
    async with entered(stage, cast.onlookers["PARTNER_MANAGER with ROWS"]):
        async with undone(stage):
            await stage.execute(lock, own)
            await stage.execute("RESET ROLE")
            assert dict(await stage.fetch(numbers, [own, other])) == before | {own: before[own] + 1}
        async with undone(stage):
            with pytest.raises(asyncpg.PostgresError) as refused:
                await stage.execute(lock, other)
            assert refused.value.sqlstate == "KB404"
        revoke, rotate = (
            "SELECT access.revoke_machine($1, $2)",
            "SELECT access.rotate_machine($1, $2, 'x', interval '0')",
        )
        for statement in (revoke, rotate):
            async with undone(stage):
                with pytest.raises(asyncpg.PostgresError) as refused:
                    await stage.execute(statement, other, new_id())
                assert refused.value.sqlstate == "KB403"


async def test_a_group_s_credential_reaches_that_group_alone(cast: Cast, stage: asyncpg.Connection) -> None:
    group, other = cast.groups[Visibility.ALL].id, cast.groups[Visibility.OWN_ONLY].id
    async with entered(stage, cast.onlookers["secretary here, member there"]):
        assert await grant(stage, group) is None
        assert await grant(stage, group, reaches=(other,)) == "KB422"
        assert await grant(stage, other) == "KB403"


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"lives": LIFE_MAX + DAY}, "machine_grants_life_limited"),
        ({"lives": -DAY}, "machine_grants_life_limited"),
        ({"scopes": ("READ_EVERYTHING",)}, "machine_grants_scopes_known"),
        ({"scopes": ()}, "machine_grants_scopes_known"),
    ],
)
async def test_the_database_too_keeps_the_limits_of_a_credential(
    cast: Cast, stage: asyncpg.Connection, fields: dict[str, Any], constraint: str
) -> None:
    group = cast.groups[Visibility.ALL].id
    async with entered(stage, cast.onlookers["chair of ALL"]):
        assert await grant(stage, group, lives=LIFE_MAX) is None
        assert await grant(stage, group, **fields) == "23514"
        wish = {"lives": DAY, "scopes": ("READ_ROWS",)} | fields
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await stage.execute(GRANT, group, new_id(), wish["scopes"], wish["lives"], b"x", ())
        assert refused.value.constraint_name == constraint


async def test_an_old_secret_stays_for_a_week_at_most(cast: Cast, stage: asyncpg.Connection) -> None:
    group = cast.groups[Visibility.ALL].id
    machine = cast.onlookers["machine with every scope"].principal
    assert machine is not None
    rotate = "SELECT access.rotate_machine($1, $2, 'x', $3)"
    async with entered(stage, cast.onlookers["chair of ALL"]):
        async with undone(stage):
            assert await stage.fetchval(rotate, group, machine.id, GRACE_MAX) is True
        for grace in (GRACE_MAX + timedelta(seconds=1), timedelta(seconds=-1), None):
            async with undone(stage):
                with pytest.raises(asyncpg.PostgresError) as refused:
                    await stage.fetchval(rotate, group, machine.id, grace)
                assert refused.value.sqlstate == "KB422"


async def test_every_scope_that_is_declared_is_known_to_the_database(stage: asyncpg.Connection) -> None:
    known = await stage.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'machine_grants_scopes_known'"
    )
    assert [scope for scope in MachineScope if f"'{scope}'" not in known] == []
    assert set(SCOPE_TERMS) == set(MachineScope)


def test_no_scope_lets_a_machine_read_more_than_a_partner_may_or_change_more_than_it_is_for() -> None:
    partners = {Term.PARTNER_TOTALS, Term.PARTNER_ROWS, Term.PARTNER_NAMES}
    for terms in SCOPE_TERMS.values():
        assert terms <= partners | {Term.MACHINE_RECORDER}
    read = {key for key, rule in RULES.items() if rule.terms & partners}
    assert {action for _, action in read} == {Action.READ}
    written = {key for key, rule in RULES.items() if Term.MACHINE_RECORDER in rule.terms}
    assert written == {(Resource.CONTRIBUTION, Action.CREATE)}


def test_nothing_that_is_read_often_says_when_it_was_last_used() -> None:
    assert set(METADATA.tables["access.machine_uses"].columns.keys()) == {"tenant_id", "credential_id", "used_at"}
    for table in ("access.machine_grants", "access.machine_secrets"):
        assert "used_at" not in METADATA.tables[table].columns


async def test_nothing_of_a_machine_is_left_for_whoever_enters_after_it_and_the_other_way_round(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    pair = [cast.onlookers[name] for name in ("machine with every scope", "secretary of ALL")]
    for first, second in (pair, pair[::-1]):
        assert first.principal is not None
        assert second.principal is not None
        async with entered(stage, second):
            alone = dict(await stage.fetchrow(LOOK))
        async with entered(stage, first):
            await enter(stage, second.principal, None)
            assert dict(await stage.fetchrow(LOOK)) == alone
