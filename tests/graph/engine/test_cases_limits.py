"""What bounds an answer, a plan, and how long others wait for their turn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import EngineSchema, LevelLoader, item, relation
from graph.engine.compiling import SELECTIONS_MAX
from graph.engine.run import OBJECTS_MAX

MEMBERS = 10
FRAGMENTS = 40


class Members(LevelLoader):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    async def batch_load_fn(self, keys: list[int]) -> list[Any]:
        return [[{"number": number, "group": key} for number in range(self.count)] for key in keys]


class Groups(LevelLoader):
    async def batch_load_fn(self, keys: list[int]) -> list[Any]:
        return [{"id": key} for key in keys]


@strawberry.type
class Group:
    id: int
    members: list[Member] = relation(lambda row: row["id"], lambda call: call.context["members"])


@strawberry.type
class Member:
    number: int
    group: Group = relation(lambda row: row["group"], lambda call: call.context["groups"])


@strawberry.type
class Query:
    @strawberry.field
    def group(self) -> Group:
        return {"id": 1}  # type: ignore[return-value]


@pytest.fixture
def schema() -> EngineSchema:
    return EngineSchema(Query, config=StrawberryConfig(default_resolver=item))


def context(members: int = MEMBERS) -> dict[str, LevelLoader]:
    return {"members": Members(members), "groups": Groups()}


def cycle(depth: int) -> str:
    return "{ group { id " + "members { group { id " * depth + "} } " * depth + "} }"


def doubling(count: int) -> str:
    below = "members {{ group {{ ...F{} }} }}"
    spreads = [f"fragment F{n} on Group {{ a: {below.format(n + 1)} b: {below.format(n + 1)} }}" for n in range(count)]
    return " ".join(["{ group { ...F0 } }", *spreads, f"fragment F{count} on Group {{ id }}"])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is soon reached one object at a time."""
    monkeypatch.setattr("graph.engine.run.OBJECTS_MAX", 20_000)


async def test_an_answer_may_be_large_but_not_of_any_size(schema: EngineSchema) -> None:
    inside = await schema.execute(cycle(4), context_value=context())
    assert inside.errors is None
    assert str(inside.data).count("'id'") == sum(MEMBERS**depth for depth in range(5))
    outside = await schema.execute(cycle(6), context_value=context())
    assert outside.data is None
    assert outside.errors is not None
    (error,) = outside.errors
    assert error.message == f"The answer would have more than {OBJECTS_MAX} objects: ask for less at a time."
    assert error.extensions == {"code": "ANSWER_TOO_LARGE"}


@pytest.mark.usefixtures("few")
async def test_a_plan_is_no_larger_than_its_text(schema: EngineSchema) -> None:
    await schema.execute(doubling(FRAGMENTS), context_value=context(1))
    (operation,) = schema._operations._kept.values()
    (plan,) = operation._plans._kept.values()
    seen: set[int] = set()

    def follow(selection: Any) -> None:
        if id(selection) not in seen:
            seen.add(id(selection))
            for field in selection.columns:
                shape = getattr(field.shape, "item", field.shape)
                follow(shape.select(shape.type))

    follow(plan)
    assert FRAGMENTS < len(seen) <= 2 + 4 * FRAGMENTS < SELECTIONS_MAX


@pytest.mark.usefixtures("few")
async def test_others_have_their_turn_and_a_request_can_be_cancelled(schema: EngineSchema) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    result = await schema.execute(doubling(FRAGMENTS), context_value=context(1))
    waiting.cancel()
    assert result.data is None
    assert turns > 100
    # Cancelled in the middle of what nobody waits for.
    running = asyncio.create_task(schema.execute(doubling(FRAGMENTS), context_value=context(1)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
