"""Subscriptions: each event's selection is executed for itself, with its own nulls and errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import PreExecutionError

from graph.engine import Call, EngineSchema, LevelLoader, item, relation
from tests.graph.engine.test_cases_reference import AnyOf, Problem, matches, no_null, problem, quiet

Row = dict[str, Any]
Event = tuple[Any, Sequence[Problem | AnyOf]]


class Sources(LevelLoader):
    """Sources by name; `flood` fails, `void` is not there."""

    def __init__(self, calls: list[list[str]]) -> None:
        super().__init__()
        self.calls = calls

    async def batch_load_fn(self, keys: list[str]) -> list[Any]:
        self.calls.append(list(keys))
        await asyncio.sleep(0)
        known = {"flood": ValueError("flooded"), "void": None}
        return [known.get(key, {"name": key, "level": len(key)}) for key in keys]


@dataclass
class World:
    """One subscription: what happens, what was loaded, and whether the source was closed."""

    events: list[Any]
    calls: list[list[str]] = field(default_factory=list)
    is_closed: bool = False
    is_broken: bool = False


def sources(call: Call) -> LevelLoader:
    return Sources(call.context.calls)


@strawberry.type
class Source:
    name: str
    level: int


@strawberry.type
class Drop:
    size: int
    note: str | None
    source: Source | None = relation(lambda row: row.get("source"), sources)
    sure: Source = relation(lambda row: row.get("source"), sources)
    others: list[Source] | None = relation(lambda row: row.get("source"), sources)

    @strawberry.field
    async def double(self: Any) -> int:
        await asyncio.sleep(0)
        return self["size"] * 2


@strawberry.type
class Query:
    word: str = "yes"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def drops(self, info: strawberry.Info, at_least: int = 0) -> AsyncIterator[Drop]:
        world = info.context
        try:
            for event in world.events:
                await asyncio.sleep(0)
                if event is None or isinstance(event, Exception) or event["size"] is None or event["size"] >= at_least:
                    yield event
            if world.is_broken:
                raise ValueError("the pipe broke")
        finally:
            world.is_closed = True

    @strawberry.subscription
    async def maybe(self, info: strawberry.Info) -> AsyncIterator[Drop | None]:
        for event in info.context.events:
            yield event

    @strawberry.subscription
    async def pairs(self, info: strawberry.Info) -> AsyncIterator[list[Drop | None]]:
        for event in info.context.events:
            yield [event, None, event]

    @strawberry.subscription
    async def refused(self) -> AsyncIterator[int]:
        raise PermissionError("nobody may")
        yield 1

    @strawberry.subscription
    async def numbers(self) -> AsyncIterator[int]:
        for number in (1, 2**40, 3):
            yield number


schema = EngineSchema(Query, subscription=Subscription, config=StrawberryConfig(default_resolver=item))


async def gathered(source: Any, **options: Any) -> list[Any]:
    return [event async for event in await source(**options)]


async def happens(
    document: str, events: list[Any], *expected: Event, variables: dict[str, Any] | None = None, is_broken: bool = False
) -> World:
    """Fail unless graphql-core and the engine answer each event exactly so; the world is that of the last."""
    worlds = []
    for subscribe in (reference.subscribe, schema.subscribe, schema.stream):
        worlds.append(World(list(events), is_broken=is_broken))
        tasks, uncovered = await quiet(), schema.uncovered.total()
        results = await gathered(subscribe, query=document, variable_values=variables, context_value=worlds[-1])
        assert await quiet() <= tasks
        assert len(results) == len(expected), results
        for result, (data, problems) in zip(results, expected, strict=True):
            matches(result, data, problems, str(subscribe))
        assert schema.uncovered.total() == uncovered
    return worlds[-1]


reference = strawberry.Schema(Query, subscription=Subscription, config=StrawberryConfig(default_resolver=item))
"""The same types on graphql-core alone: EngineSchema hooks into a subscription below `subscribe`."""


async def test_the_selection_of_each_event_is_executed() -> None:
    world = await happens(
        "subscription S($n: Int!) { d: drops(atLeast: $n) { size double source { name level } ...More } }"
        " fragment More on Drop { source { __typename } note }",
        [{"size": 5, "source": "well", "note": "n"}, {"size": 1}, {"size": 7, "note": None}],
        (
            {
                "d": {
                    "size": 5,
                    "double": 10,
                    "source": {"name": "well", "level": 4, "__typename": "Source"},
                    "note": "n",
                }
            },
            (),
        ),
        ({"d": {"size": 7, "double": 14, "source": None, "note": None}}, ()),
        variables={"n": 2},
    )
    assert world.calls == [["well"]]
    assert world.is_closed


async def test_errors_and_nulls_are_those_of_their_event() -> None:
    await happens(
        "subscription { drops { size note source { name } } }",
        [
            {"size": 1, "note": None, "source": "flood"},
            {"size": None, "note": None},
            {"size": 2, "note": ValueError("smudged"), "source": "well"},
            {"size": 3, "note": "last"},
        ],
        (
            {"drops": {"size": 1, "note": None, "source": None}},
            [problem("flooded", "drops.source", (1, 34))],
        ),
        (None, [no_null("Drop.size", "drops.size", (1, 24))]),
        (
            {"drops": {"size": 2, "note": None, "source": {"name": "well"}}},
            [problem("smudged", "drops.note", (1, 29))],
        ),
        ({"drops": {"size": 3, "note": "last", "source": None}}, ()),
    )


async def test_an_event_that_is_null_or_an_error() -> None:
    document = "subscription { it: maybe { size sure { name } } }"
    await happens(
        document,
        [None, ValueError("odd"), {"size": 1, "source": "void"}, {"size": 2, "source": "well"}],
        ({"it": None}, ()),
        ({"it": None}, [problem("odd", "it", (1, 16))]),
        ({"it": None}, [no_null("Drop.sure", "it.sure", (1, 33))]),
        ({"it": {"size": 2, "sure": {"name": "well"}}}, ()),
    )
    await happens(
        "subscription { drops { size } }",
        [None, {"size": 1}],
        (None, [no_null("Subscription.drops", "drops", (1, 16))]),
        ({"drops": {"size": 1}}, ()),
    )


async def test_an_event_may_be_a_list_which_is_one_level() -> None:
    world = await happens(
        "subscription { pairs { source { name } } }",
        [{"size": 1, "source": "well"}, {"size": 1, "source": "void"}],
        ({"pairs": [{"source": {"name": "well"}}, None, {"source": {"name": "well"}}]}, ()),
        ({"pairs": [{"source": None}, None, {"source": None}]}, ()),
    )
    assert world.calls == [["well"], ["void"]]


async def test_an_event_may_be_a_leaf() -> None:
    message = "Int cannot represent non 32-bit signed integer value: 1099511627776"
    await happens(
        "subscription { numbers }",
        [],
        ({"numbers": 1}, ()),
        (None, [problem(message, "numbers", (1, 16))]),
        ({"numbers": 3}, ()),
    )


async def test_directives_hold_for_each_event() -> None:
    document = "subscription S($v: Boolean!) { drops { size @skip(if: $v) ... @include(if: $v) { double } } }"
    for value, name, number in ((True, "double", 2), (False, "size", 1), (True, "double", 2)):
        await happens(document, [{"size": 1}], ({"drops": {name: number}}, ()), variables={"v": value})


async def test_a_source_that_breaks_ends_the_subscription_with_an_error() -> None:
    await happens(
        "subscription { drops { size } }",
        [{"size": 1}],
        ({"drops": {"size": 1}}, ()),
        (None, [problem("the pipe broke")]),
        is_broken=True,
    )


async def test_a_subscription_that_is_refused_has_an_error_and_no_data() -> None:
    documents = {
        "subscription { drops { nothing } }": "Cannot query field 'nothing' on type 'Drop'.",
        "subscription { drops { size }": "Syntax Error: Expected Name, found <EOF>.",
        'subscription { drops(atLeast: "x") { size } }': 'Int cannot represent non-integer value: "x"',
        "subscription S($v: Int!) { drops(atLeast: $v) { size } }": (
            "Variable '$v' has invalid value: Expected a value of non-null type 'Int!' to be provided."
        ),
    }
    for document, message in documents.items():
        for subscribe in (reference.subscribe, schema.subscribe):
            (result,) = await gathered(subscribe, query=document, context_value=World([]))
            assert isinstance(result, PreExecutionError)
            assert [error.message for error in result.errors or ()] == [message]
            assert result.data is None


async def test_a_source_that_cannot_be_had_is_an_error() -> None:
    for subscribe in (reference.subscribe, schema.subscribe):
        (result,) = await gathered(subscribe, query="subscription { refused }", context_value=World([]))
        assert (result.data, [error.message for error in result.errors]) == (None, ["nobody may"])


async def test_a_source_is_closed_when_its_reader_goes() -> None:
    world = World([{"size": number} for number in range(5)])
    events = await schema.subscribe("subscription { drops { double } }", context_value=world)
    assert (await anext(events)).data == {"drops": {"double": 0}}
    assert not world.is_closed
    await events.aclose()
    assert world.is_closed


@pytest.mark.parametrize("document", ["{ word }", "query Q { word }"])
async def test_a_query_over_a_stream_is_one_event(document: str) -> None:
    (result,) = await gathered(schema.stream, query=document, root_value={"word": "yes"})
    assert (result.data, result.errors) == ({"word": "yes"}, None)
