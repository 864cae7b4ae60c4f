"""What the declaration lets somebody write is what the database lets her write, and nothing else changes anything."""

from __future__ import annotations

import asyncpg
import pytest

from domain.policy import CAPABILITIES, Action, Capability, Resource, allows
from persistence.stores import STORES
from persistence.tables import METADATA
from persistence.viewer import enter
from tests.ledger.book import digest
from tests.permissions.cast import Cast
from tests.permissions.facts import entered, undone
from tests.permissions.parity import ALL_TABLES, declared_privileges, read_truth
from tests.permissions.row_writes import WRITABLE, row_attempts
from tests.permissions.writes import (
    Attempt,
    differences,
    draft_what_needs_it,
    entry_attempts,
    function_attempts,
    fund_everybody,
    lock_every_book,
    outcome,
    verification_differences,
)


async def test_whoever_may_post_a_kind_of_entry_can_and_nobody_else_can(cast: Cast, stage: asyncpg.Connection) -> None:
    truth = await read_truth(stage, cast)
    await lock_every_book(stage)
    await fund_everybody(stage)
    attempts = entry_attempts(cast, await draft_what_needs_it(stage, cast))
    assert await differences(stage, cast, truth, attempts) == []
    able = {
        name
        for name, viewer in truth.viewers.items()
        if cast.onlookers[name].role == "kibubu_app" and any(each.permitted(viewer) for each in attempts)
    }
    taken = [each for each, rule in CAPABILITIES.items() if rule.is_takable]
    assert able == {
        *(f"{officer} of {group}" for officer in ("secretary", "treasurer", "chair") for group in cast.groups),
        "secretary here, member there",
        *(f"member with {each}" for each in (Capability.RECORD_CONTRIBUTIONS, Capability.RECORD_FINES)),
        # From nobody more was taken than one right.
        *(f"{role} without {each}" for each in taken for role in CAPABILITIES[each].roles),
        "officer to whom everything was given back",
        "machine with RECORD_CONTRIBUTIONS",
        "machine with every scope",
    }


async def test_an_entry_is_refused_before_its_book_is_locked_whoever_posts(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    (group, *_) = cast.groups.values()
    (attempt, *_) = entry_attempts(cast)
    assert str(group.id) in attempt.words
    async with entered(stage, cast.onlookers["treasurer of ALL"]):
        assert await outcome(stage, attempt) == "KB500"


async def test_whoever_may_record_something_can_and_nobody_else_can(cast: Cast, stage: asyncpg.Connection) -> None:
    truth = await read_truth(stage, cast)
    await lock_every_book(stage)
    attempts = await row_attempts(stage, cast)
    assert {attempt.words.split()[2] for attempt in attempts} >= {STORES[resource].table for resource in WRITABLE}
    assert await differences(stage, cast, truth, attempts) == []
    for attempt in attempts:
        assert [name for name, viewer in truth.viewers.items() if attempt.permitted(viewer)], attempt.words


async def test_what_goes_through_a_function_is_decided_by_the_same_rules(cast: Cast, stage: asyncpg.Connection) -> None:
    truth = await read_truth(stage, cast)
    await lock_every_book(stage)
    assert await differences(stage, cast, truth, function_attempts(cast)) == []


async def test_a_book_is_verified_for_whoever_may_read_its_head(cast: Cast, stage: asyncpg.Connection) -> None:
    assert await verification_differences(stage, cast, await read_truth(stage, cast)) == []


def commands_without_a_rule() -> list[Attempt]:
    """A statement for every table and command that the declaration gives to nobody, and every column of an update."""
    attempts = []
    for table in ALL_TABLES:
        columns = [column.name for column in METADATA.tables[table].columns if column.computed is None]
        held = {(column, command) for _, name, column, command in declared_privileges() if name == table}
        statements = [f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE", f"LOCK TABLE {table} IN EXCLUSIVE MODE"]
        statements += [f"UPDATE {table} SET {each} = {each}" for each in columns if (each, "UPDATE") not in held]
        if (columns[0], "INSERT") not in held:
            named = ", ".join(columns)
            statements.append(f"INSERT INTO {table} ({named}) SELECT {named} FROM {table} LIMIT 1")
            statements.append(f"INSERT INTO {table} DEFAULT VALUES")
        attempts += [Attempt(each, each, (), lambda _: False) for each in statements]
    return attempts


@pytest.mark.parametrize(
    "name",
    [
        "anonymous",
        "nobody",
        "secretary of ALL",
        "MANAGER of the owner",
        "admin",
        "verify job",
        "reading treasurer",
        "machine with every scope",
    ],
)
async def test_what_is_given_to_nobody_is_refused_to_everybody(
    cast: Cast, stage: asyncpg.Connection, name: str
) -> None:
    """One onlooker for each role of PostgreSQL and more: privileges do not look at rows."""
    await lock_every_book(stage)
    async with entered(stage, cast.onlookers[name]):
        for attempt in commands_without_a_rule():
            assert await outcome(stage, attempt) == "42501", attempt.words


async def test_nobody_changes_a_row_where_she_has_no_right_to(cast: Cast, stage: asyncpg.Connection) -> None:
    """Statements without a condition, as a careless resolver would send them; what they leave is compared."""
    truth = await read_truth(stage, cast)
    await lock_every_book(stage)
    closing = "UPDATE app.meetings SET status = 'CLOSED', closed_at = now() WHERE status = 'OPEN'"
    for who in cast.onlookers.values():
        may = {
            tenant
            for tenant in cast.tenants
            if who.role == "kibubu_app" and allows(truth.viewers[who.name], Action.UPDATE, Resource.MEETING, tenant)
        }
        async with undone(stage):
            before = await digest(stage, tuple(ALL_TABLES))
            await stage.execute(f"SET LOCAL ROLE {who.role}")
            if who.principal is not None:
                await enter(stage, who.principal, None)
            try:
                async with stage.transaction():
                    await stage.execute(closing)
            except asyncpg.InsufficientPrivilegeError:
                assert not may
            await stage.execute("RESET ROLE")
            closed = {
                row["tenant_id"]
                for row in await stage.fetch(
                    "SELECT tenant_id FROM app.meetings GROUP BY tenant_id HAVING bool_and(status = 'CLOSED')"
                )
            }
            assert closed == may - {cast.bare}, who.name
            after = await digest(stage, tuple(ALL_TABLES))
            changed = {table for table in ALL_TABLES if before[table] != after[table]}
            assert changed == ({"app.meetings", "app.changes", "app.audit"} if closed else set()), who.name
