"""Kibubu's own schema on the engine and on graphql-core, before the same rows and for everybody who may look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from copy import deepcopy
from functools import partial
from random import Random
from typing import Any

import asyncpg
import pytest
import strawberry
from graphql import GraphQLObjectType, GraphQLSchema

from domain.policy import Action, Resource, allows
from graph.context import Context
from graph.http import RequestFacts
from graph.schema import schema
from persistence.database import DatabaseRole
from tests.graph.engine.compare import Answer, Everything, answer_of, differences, everything, expected
from tests.graph.engine.documents import CHOICES, GIVEN, Operation, operation_from
from tests.permissions.cast import Cast, Onlooker
from tests.permissions.parity import read_truth
from tests.support.api import Api
from tests.support.world import World

CASES = 800
GROUPS_WEIGH = 6
"""How much more often a group's id is given than any other: below groups there is most to ask for."""
SEEING_WEIGH = 4
FACTS = RequestFacts("differential", "POST", allow_mutations=False, headers={}, client_host=None)

# What graphql-core cancels before it has begun is never awaited.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
async def api(cast: Cast) -> AsyncIterator[Api]:
    world = World(cast.database, None, None)  # type: ignore[arg-type]  # only its name is used
    async with Api.start(world, pool_size=4) as served:
        yield served


def only(name: str) -> GraphQLSchema:
    """The schema with one root field alone, so that what is asked for lies below it."""
    core = schema._schema
    assert core.query_type is not None
    query = GraphQLObjectType("Query", {name: core.query_type.fields[name]})
    return GraphQLSchema(query, directives=core.directives)


async def literals(stage: asyncpg.Connection) -> Mapping[str, Any]:
    """What may be given for the schema's scalars: ids of records that there are, now and then of none."""
    groups = [str(row[0]) for row in await stage.fetch("SELECT tenant_id FROM app.groups")]
    ids = ["00000000-0000-7000-8000-00000000ffff", "no id", *groups * GROUPS_WEIGH]
    for table in ("app.members", "app.meetings", "app.contributions"):
        ids += [str(row[0]) for row in await stage.fetch(f"SELECT id FROM {table} LIMIT 2")]
    return {
        **GIVEN,
        "ID": ids,
        "Int": (20, 5, 1, 2, 100, 20, 5, 3, 10, 50, 0),
        "String": ("", "a"),
        "CountryCode": ("KE", "UG"),
    }


async def asked(execute: Any, api: Api, who: Onlooker, operation: Operation) -> tuple[Answer, frozenset[str]]:
    context = Context(api.services, who.principal, FACTS)
    try:
        result = await execute(
            operation.query, deepcopy(operation.variables), context_value=context, operation_name=operation.name
        )
        return answer_of(result), frozenset(context.hidden)
    finally:
        await context.forget()


async def all_errors(api: Api, who: Onlooker, operation: Operation) -> Everything:
    context = Context(api.services, who.principal, FACTS)
    try:
        return await everything(schema, operation, context)
    finally:
        await context.forget()


async def settled() -> None:
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(left, timeout=1)


def uncovered() -> int:
    """How many operations went to graphql-core, but for those with a null for a condition, which is an error."""
    return schema.uncovered.total() - schema.uncovered["GraphQLError"]


async def compare(api: Api, who: Onlooker, operation: Operation) -> bool:
    """Compare one operation; gives whether it had data."""
    before = uncovered()
    found, hidden = await asked(schema.execute, api, who, operation)
    assert uncovered() == before, operation.query
    reference: Answer | None = None
    with suppress(asyncio.CancelledError):
        reference, wanted_hidden = await asked(partial(strawberry.Schema.execute, schema), api, who, operation)
    if reference is not None and not any(fault.path for fault in reference.faults):
        assert differences(reference, found, Everything(reference.data, frozenset(reference.faults))) == []
        assert hidden == wanted_hidden, operation.query
    else:
        await settled()
        possible = await all_errors(api, who, operation)
        reckoned = Answer(expected(possible), tuple(possible.faults))
        assert differences(reckoned, found, possible) == [], operation.query
    return found.data is not None


async def test_everybody_is_answered_as_by_graphql_core(cast: Cast, stage: asyncpg.Connection, api: Api) -> None:
    given = await literals(stage)
    chance = Random(20261120)  # noqa: S311 - the same operations each time
    viewers = (await read_truth(stage, cast)).viewers
    everybody = [who for who in cast.onlookers.values() if who.role in (DatabaseRole.APP, DatabaseRole.ADMIN)]
    # Strangers, to whom there is nothing to show, are many of them: whoever sees a group comes more often.
    seeing = [
        who
        for who in everybody
        if any(allows(viewers[who.name], Action.READ, Resource.GROUP, tenant) for tenant in cast.tenants)
    ]
    people = [*everybody, *seeing * SEEING_WEIGH]
    answered = 0
    roots = (schema._schema, only("groups"), only("groups"), only("group"))
    for number in range(CASES):
        asks_of = roots[number % len(roots)]
        operation = operation_from(asks_of, chance.randbytes(CHOICES), root="query", literals=given)
        answered += await compare(api, chance.choice(people), operation)
    assert answered > CASES / 2
