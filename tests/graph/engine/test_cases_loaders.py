"""Loaders: one cache for keys and for levels, and what becomes of loads that fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import strawberry

from graph.engine import EngineSchema, LevelLoader, relation
from tests.graph.engine.test_cases_reference import answers, problem
from tests.graph.engine.test_cases_relations import PEOPLE, world_of


async def test_a_loader_answers_a_level_and_a_key_from_one_cache() -> None:
    loader = world_of().loader
    first = await loader.load_level([1, 2, 1])
    assert [row["id"] for row in first] == [1, 2, 1]
    assert await loader.load(2) is first[1]
    third = await loader.load(3)
    assert (await loader.load_level([3, 2, 5]))[0] is third
    assert loader.calls == [[1, 2], [3], [5]]
    one, many = await asyncio.gather(loader.load(7), loader.load_level([7, 8]))
    assert one is many[0]
    assert sorted(key for call in loader.calls[3:] for key in call) == [7, 8]
    assert await loader.load_level([]) == []
    loader.clear(1).prime(9, "primed")
    assert await loader.load_level([9, 1]) == ["primed", PEOPLE[1]]
    assert loader.calls[-1] == [1]


class Cracked(LevelLoader):
    """Numbers, of which 13 fails alone, and with a negative one everything."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.calls: list[list[int]] = []

    async def batch_load_fn(self, keys: list[int]) -> list[Any]:
        self.calls.append(list(keys))
        await asyncio.sleep(0)
        if min(keys) < 0:
            raise LookupError(f"all of {keys}")
        return [LookupError("unlucky") if key == 13 else key * 10 for key in keys]


def told(results: list[Any]) -> list[Any]:
    return [str(each) if isinstance(each, Exception) else each for each in results]


async def test_the_error_of_a_key_is_kept_for_it_alone() -> None:
    loader = Cracked()
    assert told(await loader.load_level([1, 13, 2])) == [10, "unlucky", 20]
    with pytest.raises(LookupError, match="unlucky"):
        await loader.load(13)
    assert told(await loader.load_level([13, 1])) == ["unlucky", 10]
    assert loader.calls == [[1, 13, 2]]
    with pytest.raises(LookupError, match="unlucky"):
        await Cracked().load(13)


@strawberry.type
class Number:
    value: int | None = relation(lambda row: row, lambda call: call.context)


@strawberry.type
class Numbers:
    @strawberry.field
    async def numbers(self, info: strawberry.Info, first: list[int], then: list[int]) -> list[Number]:
        await info.context.load_many(first)
        return then  # type: ignore[return-value] - the rows are numbers


numbers = EngineSchema(Numbers)
NUMBERS = "query Q($first: [Int!]!, $then: [Int!]!) { numbers(first: $first, then: $then) { value } }"


async def test_what_was_known_before_a_failed_load_is_still_known() -> None:
    message = "all of [-2, 3]"
    await answers(
        numbers,
        NUMBERS,
        {"numbers": [{"value": 10}, {"value": None}, {"value": None}]},
        problem(message, "numbers.1.value", (1, 82)),
        problem(message, "numbers.2.value", (1, 82)),
        variables={"first": [1], "then": [1, -2, 3]},
        context=Cracked,
    )


async def test_of_loads_in_parts_each_fails_for_itself() -> None:
    await answers(
        numbers,
        NUMBERS,
        {"numbers": [{"value": 10}, {"value": 20}, {"value": None}, {"value": None}, {"value": 50}]},
        problem("all of [-3, 4]", "numbers.2.value", (1, 82)),
        problem("all of [-3, 4]", "numbers.3.value", (1, 82)),
        variables={"first": [], "then": [1, 2, -3, 4, 5]},
        context=lambda: Cracked(max_batch_size=2),
    )


async def test_what_failed_as_a_whole_is_asked_anew() -> None:
    loader = Cracked()
    for _ in range(2):
        with pytest.raises(LookupError, match="all of"):
            await loader.load(-1)
    assert loader.calls == [[-1], [-1]]
    assert told(await loader.load_level([1])) == [10]
