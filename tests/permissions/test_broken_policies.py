"""Each policy is broken in turn, and the comparison with the declaration must object: a proof that it would see."""

from __future__ import annotations

import asyncpg
import pytest

from domain.policy import ENTRY_KINDS, Action, Term
from domain.policy.terms import TENANT_TERMS
from persistence.policies import policy_statements
from persistence.stores import STORES
from tests.permissions.broken import Break, every_break
from tests.permissions.cast import Cast
from tests.permissions.facts import undone
from tests.permissions.parity import (
    Truth,
    owner_differences,
    read_differences,
    read_truth,
    reference_differences,
    unentered_differences,
)
from tests.permissions.row_writes import WRITABLE, row_attempts
from tests.permissions.vocabulary import adds_nothing
from tests.permissions.writes import (
    differences,
    draft_what_needs_it,
    entry_attempts,
    fund_everybody,
    lock_every_book,
)

BREAKS = list(every_break())
RESOURCES = {store.table: resource for resource, store in STORES.items()}


async def objections(
    cast: Cast, stage: asyncpg.Connection, truth: Truth, attempts: dict[str, list], each: Break
) -> list[str]:
    """What the comparison says of the policy's table and action."""
    if each.policy == "owner_all":
        return await owner_differences(stage, [each.table])
    if each.policy == "everybody_read":
        return await reference_differences(stage, cast)
    if each.action is Action.READ:
        resources = [RESOURCES[each.table]]
        return await unentered_differences(stage, resources) or await read_differences(
            stage, cast, truth, resources, enough=1
        )
    return await differences(stage, cast, truth, attempts[each.table], enough=1)


@pytest.mark.parametrize("table", sorted({each.table for each in BREAKS}))
async def test_a_broken_policy_is_noticed(cast: Cast, stage: asyncpg.Connection, table: str) -> None:
    truth = await read_truth(stage, cast)
    await lock_every_book(stage)
    attempts = {}
    if RESOURCES.get(table) in WRITABLE:
        attempts[table] = await row_attempts(stage, cast, [RESOURCES[table]])
        # What was made for the attempts is no one's fault.
        truth = await read_truth(stage, cast)
    unnoticed = []
    for each in BREAKS:
        if each.table == table:
            async with undone(stage):
                await stage.execute(each.statement)
                if not await objections(cast, stage, truth, attempts, each):
                    unnoticed.append(f"{each.policy}: {each.words}")
    assert unnoticed == []


def test_every_policy_is_broken() -> None:
    made = {tuple(text.split()[2:5:2]) for text in policy_statements() if text.startswith("CREATE POLICY")}
    assert made == {(each.policy, each.table) for each in BREAKS} - {("every policy", table) for table in RESOURCES}
    assert len(BREAKS) > 400


@pytest.mark.parametrize("kind", ENTRY_KINDS)
async def test_a_wrong_right_to_a_kind_of_entry_is_noticed(cast: Cast, stage: asyncpg.Connection, kind: str) -> None:
    truth = await read_truth(stage, cast)
    await lock_every_book(stage)
    await fund_everybody(stage)
    drafted = await draft_what_needs_it(stage, cast)
    # The right to any other kind is not what is wrong.
    attempts = [each for each in entry_attempts(cast, drafted) if each.words.startswith(f"post {kind} in ")]
    assert len(attempts) == len(cast.groups)
    terms = ENTRY_KINDS[kind]  # type: ignore[index]
    wrong: list[frozenset[Term]] = [terms - {term} for term in terms]
    # A partner has no members of whom anything could be posted.
    others = set(TENANT_TERMS) - {Term.PARTNER_MANAGER}
    wrong += [terms | {term} for term in others if not adds_nothing(term, terms)]
    for each in [*wrong, frozenset()]:
        async with undone(stage):
            await stage.execute(
                "UPDATE ledger.entry_kinds SET terms = $2 WHERE kind = $1", kind, [t.value for t in each]
            )
            assert await differences(stage, cast, truth, attempts, enough=1) != [], sorted(each)
