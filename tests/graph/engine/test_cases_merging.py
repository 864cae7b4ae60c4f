"""Fields of one response key become one, wherever they stand; keys come in the order in which they were first seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import Call, EngineSchema, LevelLoader, computed, item, relation
from tests.graph.engine.test_cases_reference import answers, problem


class Places(LevelLoader):
    """Places by name, each beside the next letter."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    async def batch_load_fn(self, keys: list[str]) -> list[Any]:
        self.asked.append(list(keys))
        return [place(key) for key in keys]


def place(name: str) -> dict[str, Any]:
    return {"kind": "Town" if name < "m" else "Lake", "name": name, "size": ord(name) - ord("a")}


def beside(call: Call) -> LevelLoader:
    return call.context


@strawberry.interface
class Place:
    name: str
    size: int
    beside: Place | None = relation(lambda row: chr(ord(row["name"]) + 1), beside)


@strawberry.type
class Town(Place):
    mayor: str | None = computed(lambda row: f"mayor of {row['name']}")

    @classmethod
    def is_type_of(cls, row: Any, _info: Any) -> bool:
        return row["kind"] == "Town"


@strawberry.type
class Lake(Place):
    @strawberry.field
    def depth(self: Any, factor: int = 1) -> int:
        return self["size"] * factor

    @classmethod
    def is_type_of(cls, row: Any, _info: Any) -> bool:
        return row["kind"] == "Lake"


@strawberry.type
class Query:
    place: Place | None
    places: list[Place]
    town: Town | None
    either: list[Town | Lake]


schema = EngineSchema(Query, types=[Town, Lake], config=StrawberryConfig(default_resolver=item))


def given(*names: str) -> dict[str, Callable[[], Any]]:
    """Those places, under every field."""
    rows = [place(name) for name in names]
    first = rows[0]
    return {
        "context": Places,
        "root": lambda: {"place": first, "places": rows, "town": first, "either": rows},
    }


async def test_a_key_that_comes_twice_stands_once_where_it_was_first() -> None:
    await answers(
        schema,
        "{ town { name size name } town { size name } }",
        {"town": {"name": "c", "size": 2}},
        **given("c"),
    )
    await answers(schema, "{ town { size } town { name } }", {"town": {"size": 2, "name": "c"}}, **given("c"))


async def test_selections_of_one_key_are_put_together_at_every_level() -> None:
    await answers(
        schema,
        """{
          town { beside { name } size }
          town { name beside { beside { size } size } }
          town { beside { beside { name size } name } }
        }""",
        {
            "town": {
                "beside": {"name": "d", "beside": {"size": 4, "name": "e"}, "size": 3},
                "size": 2,
                "name": "c",
            }
        },
        **given("c"),
    )


async def test_fragments_put_their_fields_where_they_are_spread() -> None:
    await answers(
        schema,
        """
        query { ...Roots town { size } }
        fragment Roots on Query { town { ...Name mayor ...Size } }
        fragment Size on Town { size ...Name }
        fragment Name on Place { name }
        """,
        {"town": {"name": "c", "mayor": "mayor of c", "size": 2}},
        **given("c"),
    )
    await answers(
        schema,
        """
        { town { size ... { mayor ... on Town { name } } ... on Place { name size } } }
        """,
        {"town": {"size": 2, "mayor": "mayor of c", "name": "c"}},
        **given("c"),
    )


async def test_a_fragment_that_is_spread_twice_counts_once() -> None:
    await answers(
        schema,
        """
        { town { ...F beside { ...F } ...F } places { ...F beside { size ...F } } }
        fragment F on Place { name size }
        """,
        {
            "town": {"name": "c", "size": 2, "beside": {"name": "d", "size": 3}},
            "places": [{"name": "c", "size": 2, "beside": {"size": 3, "name": "d"}}],
        },
        **given("c"),
    )


async def test_aliases_make_fields_of_their_own() -> None:
    await answers(
        schema,
        "{ b: town { size: name name: size } a: town { x: beside { name } beside { size } x: beside { size } } }",
        {"b": {"size": "c", "name": 2}, "a": {"x": {"name": "d", "size": 3}, "beside": {"size": 3}}},
        **given("c"),
    )


async def test_one_key_may_mean_another_field_for_another_type() -> None:
    await answers(
        schema,
        """
        { places {
            name
            ... on Town { about: size other: beside { name } }
            ... on Lake { about: depth(factor: 10) other: beside { size } }
            other: beside { __typename }
        } }
        """,
        {
            "places": [
                {"name": "l", "about": 11, "other": {"name": "m", "__typename": "Lake"}},
                {"name": "x", "about": 230, "other": {"size": 24, "__typename": "Lake"}},
                {"name": "a", "about": 0, "other": {"name": "b", "__typename": "Town"}},
            ]
        },
        **given("l", "x", "a"),
    )


async def test_keys_come_in_the_order_of_each_type() -> None:
    await answers(
        schema,
        """
        { either {
            ... on Lake { depth }
            ... on Place { size }
            ... on Town { mayor name size }
            ... on Place { name __typename }
            ...Last
        } }
        fragment Last on Lake { size deep: depth(factor: 2) }
        """,
        {
            "either": [
                {"depth": 25, "size": 25, "name": "z", "__typename": "Lake", "deep": 50},
                {"size": 1, "mayor": "mayor of b", "name": "b", "__typename": "Town"},
                {"depth": 13, "size": 13, "name": "n", "__typename": "Lake", "deep": 26},
            ]
        },
        **given("z", "b", "n"),
    )


async def test_selections_are_put_together_through_interfaces_and_unions() -> None:
    await answers(
        schema,
        """
        {
          either { ... on Town { beside { name } } ... on Place { beside { size } } }
          either { ... on Lake { beside { __typename } } ... on Place { beside { ... on Town { mayor } } } }
        }
        """,
        {
            "either": [
                {"beside": {"name": "c", "size": 2, "mayor": "mayor of c"}},
                {"beside": {"size": 13, "__typename": "Lake"}},
                {"beside": {"name": "m", "size": 12}},
            ]
        },
        **given("b", "m", "l"),
    )


async def test_merged_fields_are_resolved_once() -> None:
    kept: list[Places] = []

    def keep() -> Places:
        kept.append(Places())
        return kept[-1]

    world = {**given("c", "d"), "context": keep}
    await answers(
        schema,
        "{ places { beside { name } } places { beside { size } ...B } } fragment B on Place { beside { name } }",
        {"places": [{"beside": {"name": "d", "size": 3}}, {"beside": {"name": "e", "size": 4}}]},
        **world,
    )
    assert [each.asked for each in kept] == [[["d", "e"]]] * len(kept)


async def test_the_same_arguments_make_the_same_field() -> None:
    document = """
    query Q($two: Int = 2) { place { ... on Lake { depth(factor: $two) x: depth(factor: 2) depth(factor: $two) } } }
    """
    await answers(schema, document, {"place": {"depth": 26, "x": 26}}, **given("n"))
    await answers(
        schema,
        "{ place { ... on Lake { depth(factor: 1) depth(factor: 2) } } }",
        None,
        problem(
            "Fields 'depth' conflict because they have differing arguments."
            " Use different aliases on the fields to fetch both if this was intentional.",
            None,
            (1, 25),
            (1, 42),
        ),
        **given("n"),
    )
