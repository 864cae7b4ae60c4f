"""Many people at once over two connections, some of whom hang up: each answer is its asker's own and nobody else's."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from domain.policy import Action, Resource, allows
from graph.execution import Executor
from graph.http import GraphQLRequest, GraphQLResponse, RequestFacts
from persistence.crypto.tokens import TokenRole
from persistence.database import DatabaseRole
from tests.permissions.cast import Cast, Onlooker
from tests.permissions.parity import Truth, read_truth
from tests.support.api import Api
from tests.support.world import World

DOCUMENT = """
query Mine {
  viewer { user { id } }
  groups(first: 5) { totalCount nodes { id members(first: 10) { totalCount nodes { id } } } }
}
"""
ROUNDS = 8


@pytest.fixture
async def api(cast: Cast) -> AsyncIterator[Api]:
    """The application with two connections for everyday requests."""
    world = World(cast.database, None, None)  # type: ignore[arg-type]  # only its name is used
    async with Api.start(world, pool_size=2) as served:
        yield served


async def ask(api: Api, executor: Executor, who: Onlooker) -> GraphQLResponse:
    assert who.principal is not None
    token = who.token
    if token is None:
        assert who.user_id is not None
        token = api.services.tokens.issue(who.user_id, who.principal.id, TokenRole.APP).text
    facts = RequestFacts(str(uuid4()), "POST", True, {"authorization": f"Bearer {token}"}, None)
    return await executor(GraphQLRequest(DOCUMENT), facts)


def expected(truth: Truth, who: Onlooker) -> dict[str, object]:
    viewer = truth.viewers[who.name]
    groups = {}
    for row in truth.rows[Resource.GROUP]:
        if allows(viewer, Action.READ, Resource.GROUP, row.tenant):
            members = [
                each.key.partition("/")[2]
                for each in truth.rows[Resource.MEMBER]
                if each.tenant == row.tenant and allows(viewer, Action.READ, Resource.MEMBER, each.tenant)
            ]
            groups[str(row.tenant)] = sorted(members)
    return {"user": None if who.user_id is None else {"id": str(who.user_id)}, "groups": groups}


def told(response: GraphQLResponse) -> dict[str, object]:
    assert response.errors is None
    assert response.data is not None
    found = response.data["groups"]
    groups = {node["id"]: sorted(each["id"] for each in node["members"]["nodes"]) for node in found["nodes"]}
    assert found["totalCount"] == len(groups)
    assert all(node["members"]["totalCount"] == len(groups[node["id"]]) for node in found["nodes"])
    return {"user": response.data["viewer"]["user"], "groups": groups}


async def test_everybody_s_answer_is_her_own_however_they_come_and_go(
    cast: Cast, stage: asyncpg.Connection, api: Api
) -> None:
    truth, executor = await read_truth(stage, cast), Executor(api.services)
    chance = random.Random(20260131)  # noqa: S311 - the same coming and going each time
    people = [who for who in cast.onlookers.values() if who.role is DatabaseRole.APP]
    answered = hung_up = 0
    for _ in range(ROUNDS):
        chance.shuffle(people)
        tasks = [(who, asyncio.create_task(ask(api, executor, who))) for who in people[:20]]
        for _, task in tasks:
            if chance.random() < 0.4:
                asyncio.get_running_loop().call_later(chance.random() * 0.05, task.cancel)
        for who, task in tasks:
            try:
                response = await task
            except asyncio.CancelledError:
                hung_up += 1
                continue
            answered += 1
            assert told(response) == expected(truth, who), who.name
    assert answered > ROUNDS
    assert hung_up > 0
    pool = api.services.database.pools["kibubu_login"]
    assert pool.get_size() <= 2
    for who in people[:3]:
        assert told(await ask(api, executor, who)) == expected(truth, who)
    # What was dropped without being awaited warns here, and not in whichever test comes next.
    del tasks, task
    gc.collect()


async def test_a_revoked_session_ends_with_the_next_request(cast: Cast, api: Api) -> None:
    executor = Executor(api.services)
    refused = Onlooker("revoked", uuid4(), cast.turned_away["a revoked session"])
    response = await ask(api, executor, refused)
    assert response.data is None
    assert response.errors is not None
    assert [error["extensions"]["code"] for error in response.errors] == ["UNAUTHENTICATED"]
