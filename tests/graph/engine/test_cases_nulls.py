"""Nulls and errors through several levels: up to the root, with every node of a field, whatever the cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from graph.engine import Call, EngineSchema, LevelLoader, Load, computed, item, relation
from tests.graph.engine.test_cases_reference import answers, any_of, at, no_null, problem

Row = dict[str, Any]


class DriedUpError(Exception):
    """What the fields of this module fail with."""


def failed(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


class Wells(LevelLoader):
    """Rows by number; those in `bad` fail, and the whole load fails with a `flood`."""

    def __init__(self, rows: dict[int, Any], flood: Exception | None = None) -> None:
        super().__init__()
        self.rows, self.flood = rows, flood

    async def batch_load_fn(self, keys: list[Any]) -> list[Any]:
        if self.flood is not None:
            raise self.flood
        return [[self.rows.get(each) for each in key] if isinstance(key, tuple) else self.rows.get(key) for key in keys]


def wells(call: Call) -> LevelLoader:
    return call.context


def no_wells(call: Call) -> LevelLoader:
    raise DriedUpError(f"no wells for {call.parent_type}.{call.field_name}")


def bent(key: int, found: Row) -> Row:
    if key == 2:
        raise DriedUpError("bent")
    return {**found, "name": f"bent {key}"}


@strawberry.type
class Well:
    name: str
    note: str | None
    next: Well | None = relation(lambda row: row.get("next"), wells)
    sure: Well = relation(lambda row: row.get("next"), wells)
    all: list[Well] = relation(lambda row: row.get("all"), wells)
    some: list[Well | None] | None = relation(lambda row: row.get("all"), wells)
    none: Well | None = relation(lambda row: row.get("next"), no_wells)
    bent: Well | None = relation(lambda row: row.get("next"), lambda call: Load(call.context, bent))
    keyless: Well | None = relation(lambda row: row["no such key"], wells)
    level: int | None = computed(lambda row: failed(row["level"]))
    sure_level: int = computed(lambda row: failed(row["level"]))

    @strawberry.field
    def depth(self: Any) -> int | None:
        return failed(self["level"])

    @strawberry.field
    async def sure_depth(self: Any) -> int:
        return failed(self["level"])


@strawberry.type
class Query:
    well: Well | None
    sure: Well
    wells: list[Well] | None
    spots: list[list[Well | None]]
    word: str | None

    @strawberry.field
    async def late(self: Any) -> Well:
        return self["well"]


schema = EngineSchema(Query, config=StrawberryConfig(default_resolver=item))


def given(rows: dict[int, Any], flood: Exception | None = None) -> Callable[[], Wells]:
    return lambda: Wells(rows, flood)


def root(**columns: Any) -> dict[str, Any]:
    return {"context": given({}), "root": lambda: columns}


FIRST, SECOND, LAST = {"name": "first", "next": 2}, {"name": "second", "next": 3}, {"name": "last"}
ROWS = {1: FIRST, 2: SECOND, 3: LAST, 9: {"name": None}}


async def test_a_null_climbs_through_every_level_that_may_not_be_null() -> None:
    document = "{ sure { sure { sure { name } } } }"
    await answers(
        schema,
        document,
        {"sure": {"sure": {"sure": {"name": "last"}}}},
        context=given(ROWS),
        root=lambda: {"sure": FIRST},
    )
    await answers(
        schema,
        document,
        None,
        no_null("Well.name", "sure.sure.sure.name", (1, 24)),
        context=given({**ROWS, 3: {"name": None}}),
        root=lambda: {"sure": FIRST},
    )
    await answers(
        schema,
        document,
        None,
        no_null("Well.sure", "sure.sure.sure", (1, 17)),
        context=given({2: SECOND}),
        root=lambda: {"sure": FIRST},
    )


async def test_a_null_stops_at_the_first_place_that_may_be_null() -> None:
    await answers(
        schema,
        "{ word well { name sure { next { name } name } } }",
        {"word": "dry", "well": {"name": "first", "sure": {"next": None, "name": "second"}}},
        no_null("Well.name", "well.sure.next.name", (1, 34)),
        context=given({**ROWS, 3: {"name": None}}),
        root=lambda: {"word": "dry", "well": FIRST},
    )


async def test_what_stands_beside_is_lost_with_the_root() -> None:
    await answers(
        schema,
        "{ word late { name } well { name } sure { name } }",
        None,
        no_null("Query.sure", "sure", (1, 36)),
        **root(word="dry", well=LAST, sure=None),
    )


async def test_paths_lead_through_lists_of_several_levels() -> None:
    rows = {1: {"name": "a", "all": (3, 9)}, 2: {"name": "b", "all": (9, 3)}, 3: LAST, 9: {"name": None}}
    await answers(
        schema,
        "{ spots { name some { name } } }",
        {
            "spots": [
                [{"name": "a", "some": [{"name": "last"}, None]}],
                [None, {"name": "b", "some": [None, {"name": "last"}]}],
            ]
        },
        no_null("Well.name", "spots.0.0.some.1.name", (1, 23)),
        no_null("Well.name", "spots.1.1.some.0.name", (1, 23)),
        context=given(rows),
        root=lambda: {"spots": [[rows[1]], [None, rows[2]]]},
    )
    await answers(
        schema,
        "{ spots { name all { name } } }",
        {"spots": [[None], [None, {"name": "last", "all": [{"name": "last"}]}]]},
        no_null("Well.name", "spots.0.0.all.1.name", (1, 22)),
        context=given(rows),
        root=lambda: {"spots": [[rows[1]], [None, {"name": "last", "all": (3,)}]]},
    )


async def test_one_row_that_may_not_be_null_nulls_its_list() -> None:
    await answers(
        schema,
        "{ word wells { name } }",
        {"word": None, "wells": None},
        no_null("Well.name", "wells.1.name", (1, 16)),
        **root(word=None, wells=[FIRST, {"name": None}, LAST]),
    )


async def test_of_several_errors_below_a_nulled_place_one_is_told() -> None:
    document = "{ well { name sureDepth sureLevel level } wells { name } }"
    dry = DriedUpError("dry")
    places = dict(zip(("name", "sureDepth", "sureLevel", "level"), [(1, 10), (1, 15), (1, 25), (1, 35)], strict=True))
    await answers(
        schema,
        document,
        {"well": None, "wells": None},
        any_of(
            no_null("Well.name", "well.name", places["name"]),
            *(problem("dry", f"well.{name}", places[name]) for name in ("sureDepth", "sureLevel", "level")),
        ),
        any_of(no_null("Well.name", "wells.0.name", (1, 51)), no_null("Well.name", "wells.2.name", (1, 51))),
        **root(well={"name": None, "level": dry}, wells=[{"name": None}, LAST, {"name": None}]),
    )


async def test_errors_in_places_that_may_be_null_are_all_told() -> None:
    document = "{ wells { name level depth note } }"
    level, depth, note = at(document, "level", "depth", "note")
    dry = DriedUpError("dry")
    await answers(
        schema,
        document,
        {
            "wells": [
                {"name": "a", "level": None, "depth": None, "note": None},
                {"name": "b", "level": 1, "depth": 1, "note": "wet"},
                {"name": "c", "level": None, "depth": None, "note": None},
            ]
        },
        *(problem("dry", f"wells.{row}.level", level) for row in (0, 2)),
        *(problem("dry", f"wells.{row}.depth", depth) for row in (0, 2)),
        problem("no note", "wells.0.note", note),
        **root(
            wells=[
                {"name": "a", "level": dry, "note": DriedUpError("no note")},
                {"name": "b", "level": 1, "note": "wet"},
                {"name": "c", "level": dry, "note": None},
            ]
        ),
    )


async def test_an_error_names_all_nodes_of_its_field() -> None:
    document = """
    query {
      well { level sure { name } }
      ...More
      ... on Query { well { level sure { note } } }
    }
    fragment More on Query { well { level sure: sure { note name } } }
    """
    levels = at(document, "level", "level", "level")
    sures = at(document, "sure {", "sure {", "sure: sure")
    nodes = {"level": (levels[0], levels[2], levels[1]), "sure": (sures[0], sures[2], sures[1])}
    await answers(
        schema,
        document,
        {"well": {"level": None, "sure": {"name": "last", "note": "wet"}}},
        problem("dry", "well.level", *nodes["level"]),
        context=given({3: {**LAST, "note": "wet"}}),
        root=lambda: {"well": {**SECOND, "level": DriedUpError("dry")}},
    )
    await answers(
        schema,
        document,
        {"well": None},
        any_of(problem("dry", "well.level", *nodes["level"]), no_null("Well.sure", "well.sure", *nodes["sure"])),
        context=given({}),
        root=lambda: {"well": {**SECOND, "level": DriedUpError("dry")}},
    )


async def test_the_error_of_a_key_stands_where_the_key_was() -> None:
    rows = {**ROWS, 2: DriedUpError("sealed")}
    await answers(
        schema,
        "{ wells { name next { name } } }",
        {
            "wells": [
                {"name": "first", "next": None},
                {"name": "second", "next": {"name": "last"}},
                {"name": "last", "next": None},
                {"name": "other", "next": None},
            ]
        },
        problem("sealed", "wells.0.next", (1, 16)),
        problem("sealed", "wells.3.next", (1, 16)),
        context=given(rows),
        root=lambda: {"wells": [FIRST, SECOND, LAST, {"name": "other", "next": 2}]},
    )
    await answers(
        schema,
        "{ well { next { sure { name } } } }",
        {"well": {"next": None}},
        problem("sealed", "well.next.sure", (1, 17)),
        context=given({1: FIRST, 2: DriedUpError("sealed")}),
        root=lambda: {"well": {"name": "zero", "next": 1}},
    )


@pytest.mark.parametrize("flood", [DriedUpError("flooded"), GraphQLError("flooded", extensions={"code": "WET"})])
async def test_a_load_that_fails_is_an_error_wherever_there_was_a_key(flood: Exception) -> None:
    await answers(
        schema,
        "{ wells { name next { name } } }",
        {
            "wells": [
                {"name": "first", "next": None},
                {"name": "last", "next": None},
                {"name": "second", "next": None},
            ]
        },
        problem("flooded", "wells.0.next", (1, 16)),
        problem("flooded", "wells.2.next", (1, 16)),
        context=given(ROWS, flood),
        root=lambda: {"wells": [FIRST, LAST, SECOND]},
    )
    await answers(
        schema,
        "{ well { name sure { name } } }",
        {"well": None},
        problem("flooded", "well.sure", (1, 15)),
        context=given(ROWS, flood),
        root=lambda: {"well": FIRST},
    )


async def test_a_relation_that_cannot_say_from_what_to_load_is_an_error_wherever_there_was_a_key() -> None:
    await answers(
        schema,
        "{ wells { none { name } } }",
        {"wells": [{"none": None}, {"none": None}, {"none": None}]},
        problem("no wells for Well.none", "wells.0.none", (1, 11)),
        problem("no wells for Well.none", "wells.2.none", (1, 11)),
        **root(wells=[FIRST, LAST, SECOND]),
    )


async def test_a_key_or_a_shape_that_fails_is_an_error_in_its_place() -> None:
    await answers(
        schema,
        "{ wells { bent { name } } }",
        {"wells": [{"bent": None}, {"bent": {"name": "bent 3"}}, {"bent": None}]},
        problem("bent", "wells.0.bent", (1, 11)),
        context=given(ROWS),
        root=lambda: {"wells": [FIRST, SECOND, LAST]},
    )
    await answers(
        schema,
        "{ wells { keyless { name } name } }",
        {"wells": [{"keyless": None, "name": "first"}, {"keyless": {"name": "last"}, "name": "x"}]},
        problem("'no such key'", "wells.0.keyless", (1, 11)),
        context=given(ROWS),
        root=lambda: {"wells": [FIRST, {"name": "x", "no such key": 3}]},
    )


async def test_what_is_no_list_is_an_error_of_the_list() -> None:
    for value in ("text", {"name": "a"}, 7):
        await answers(
            schema,
            "{ word wells { name } }",
            {"word": "dry", "wells": None},
            problem("Expected Iterable, but did not find one for field 'Query.wells'.", "wells", (1, 8)),
            **root(word="dry", wells=value),
        )


@pytest.mark.parametrize(
    "make", [list, tuple, iter, lambda rows: (row for row in rows), lambda rows: dict(enumerate(rows)).values()]
)
async def test_whatever_can_be_gone_through_is_a_list(make: Callable[[Any], Any]) -> None:
    await answers(
        schema,
        "{ wells { name } }",
        {"wells": [{"name": "first"}, {"name": "last"}]},
        root=lambda: {"wells": make([FIRST, LAST])},
    )
    await answers(schema, "{ wells { name } }", {"wells": []}, root=lambda: {"wells": make([])})


async def test_a_column_that_a_row_has_not_is_an_error() -> None:
    await answers(
        schema,
        "{ word wells { note } }",
        {"word": None, "wells": [{"note": None}, {"note": "wet"}]},
        problem("'word'", "word", (1, 3)),
        problem("'note'", "wells.0.note", (1, 16)),
        **root(wells=[FIRST, {"note": "wet"}]),
    )
