"""What the declaration lets somebody read is what the database shows her: every row, every column, everybody."""

from __future__ import annotations

import asyncpg
import pytest

from domain.policy import Action, Resource, Term, allows
from persistence.database import DatabaseRole
from persistence.stores import STORES
from persistence.tables import METADATA
from tests.permissions.cast import Cast
from tests.permissions.facts import entered
from tests.permissions.parity import (
    ALL_TABLES,
    cut_differences,
    declared_privileges,
    held_privileges,
    owner_differences,
    read_differences,
    read_truth,
    readable,
    reference_differences,
    sweeping_privileges,
    unentered_differences,
)


async def test_everybody_sees_exactly_the_rows_that_the_declaration_gives_her(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    assert await read_differences(stage, cast, await read_truth(stage, cast)) == []


async def test_every_rule_shows_some_rows_to_somebody_and_hides_some_from_somebody(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    """Otherwise the comparison above would prove nothing."""
    truth = await read_truth(stage, cast)
    for resource in Resource:
        rows = truth.rows[resource]
        counts = {name: len(readable(viewer, resource, rows)) for name, viewer in truth.viewers.items()}
        assert max(counts.values()) > 0, resource
        assert counts["nobody"] < len(rows), resource
        assert {count for name, count in counts.items() if 0 < count < len(rows)}, resource


async def test_every_term_of_the_vocabulary_describes_somebody(cast: Cast, stage: asyncpg.Connection) -> None:
    viewers = (await read_truth(stage, cast)).viewers.values()
    described = {term for viewer in viewers for term, tenants in viewer.tenants.items() if tenants}
    described |= {Term.ADMIN for viewer in viewers if viewer.is_admin} | {Term.JOB for v in viewers if v.is_job}
    described |= {term for viewer in viewers if viewer.own_members for term in (Term.SELF, Term.NAMED)} | {
        Term.SIGNED_IN for v in viewers if v.user_id
    }
    assert described == set(Term)


async def test_lists_cut_to_one_tenant_show_that_tenant_as_before_and_no_other(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    assert await cut_differences(stage, cast, await read_truth(stage, cast)) == []


async def test_nobody_sees_a_row_before_she_entered_whatever_the_role(stage: asyncpg.Connection) -> None:
    assert await unentered_differences(stage, tuple(Resource)) == []


async def test_reference_data_is_read_whole_by_everybody_who_entered(cast: Cast, stage: asyncpg.Connection) -> None:
    assert await reference_differences(stage, cast) == []


async def test_the_owner_sees_and_writes_every_table(stage: asyncpg.Connection) -> None:
    """Without its policy a definer function would see no row, and a data migration change none, without a word."""
    assert await owner_differences(stage, ALL_TABLES) == []


async def test_the_roles_hold_the_declared_privileges_on_columns_and_no_others(stage: asyncpg.Connection) -> None:
    assert await held_privileges(stage) == declared_privileges()


async def test_no_role_of_the_application_may_delete_truncate_or_make_triggers(stage: asyncpg.Connection) -> None:
    assert await sweeping_privileges(stage) == []


@pytest.mark.parametrize("table", ALL_TABLES)
async def test_whoever_has_not_signed_in_reads_no_table(cast: Cast, stage: asyncpg.Connection, table: str) -> None:
    async with entered(stage, cast.onlookers["anonymous"]):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for table"):
            await stage.fetch(f"SELECT FROM {table}")


async def test_columns_that_are_not_granted_are_refused_whoever_asks(cast: Cast, stage: asyncpg.Connection) -> None:
    """The privilege is the database's word; this is the deed."""
    granted = declared_privileges()
    for name in ("treasurer of OWN_ONLY", "reading treasurer", "admin", "verify job"):
        who = cast.onlookers[name]
        for store in STORES.values():
            held = {column for role, table, column, _ in granted if (role, table) == (who.role, store.table)}
            columns = set(ALL_COLUMNS[store.table])
            assert held <= columns
            for column in columns - held:
                async with entered(stage, who):
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await stage.fetch(f"SELECT {column} FROM {store.table}")


async def test_an_id_minted_in_one_s_own_group_opens_nothing_in_another(cast: Cast, stage: asyncpg.Connection) -> None:
    """Every group makes its members' ids, so that a copied one must not make its holder the person copied."""
    viewer = (await read_truth(stage, cast)).viewers["forger"]
    target = next(group for visibility, group in cast.groups.items() if visibility == "OWN_ONLY")
    copied = target.members[4]
    own = {group for group, member in viewer.own_members if member == copied}
    assert own
    assert target.id not in own
    assert target.id in viewer.sees_as(Term.MEMBER)
    for resource in (Resource.MEMBER_PRIVATE, Resource.MEMBER_BALANCE, Resource.CONTRIBUTION, Resource.LINE):
        assert not allows(viewer, Action.READ, resource, target.id, about=copied)
        assert not allows(viewer, Action.READ, resource, target.id, about=viewer.user_id)
        assert allows(viewer, Action.READ, resource, next(iter(own)), about=copied)
    async with entered(stage, cast.onlookers["forger"]):
        for table in ("app.member_private", "ledger.member_balances", "app.contributions", "ledger.lines"):
            found = await stage.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", target.id)
            assert found == 0, table


async def test_a_reader_s_role_reads_what_the_same_person_reads_otherwise(
    cast: Cast, stage: asyncpg.Connection
) -> None:
    counts = []
    for name in ("treasurer of OWN_ONLY", "reading treasurer"):
        async with entered(stage, cast.onlookers[name]) as viewer:
            assert viewer is not None
            counts.append([await stage.fetchval(f"SELECT count(*) FROM {store.table}") for store in STORES.values()])
    assert counts[0] == counts[1]
    assert cast.onlookers["reading treasurer"].role is DatabaseRole.READONLY


ALL_COLUMNS = {table: METADATA.tables[table].columns.keys() for table in ALL_TABLES}
