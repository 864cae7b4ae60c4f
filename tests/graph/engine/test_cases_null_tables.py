"""How far a null climbs: every wrapping of a leaf and of an object, every place, every cause, every kind of field."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import EngineSchema, LevelLoader, computed, item, relation
from tests.graph.engine.test_cases_reference import answers, no_null, problem

BOX, VALUE, LIST, ITEM = "the box", "the value", "the list in it", "the item"

TABLE = {
    "maybe": (VALUE,),
    "sure": (BOX,),
    "maybeOfMaybe": (VALUE, ITEM),
    "maybeOfSure": (VALUE, VALUE),
    "sureOfMaybe": (BOX, ITEM),
    "sureOfSure": (BOX, BOX),
    "maybeOfMaybeOfMaybe": (VALUE, LIST, ITEM),
    "maybeOfMaybeOfSure": (VALUE, LIST, LIST),
    "maybeOfSureOfMaybe": (VALUE, VALUE, ITEM),
    "maybeOfSureOfSure": (VALUE, VALUE, VALUE),
    "sureOfMaybeOfMaybe": (BOX, LIST, ITEM),
    "sureOfMaybeOfSure": (BOX, LIST, LIST),
    "sureOfSureOfMaybe": (BOX, BOX, ITEM),
    "sureOfSureOfSure": (BOX, BOX, BOX),
}
"""What is null in the answer when the value is not there, then when a member of it is not, then a member of that."""

PLACES = ("value", "value.1", "value.1.0")


class LostError(Exception):
    """What the fields of this module fail with."""


def wrapped(kind: Any, name: str) -> Any:
    """The type whose name in the table is `name`, outermost part first."""
    head, _, rest = name.partition("Of")
    inner = list[wrapped(kind, rest[0].lower() + rest[1:])] if rest else kind  # type: ignore[misc] - made at run time
    return inner | None if head == "maybe" else inner


def filled(name: str, missing: Any, place: str | None, make: Callable[[str], Any]) -> Any:
    """A value of that type, with `missing` at the place and `make` of a letter everywhere else."""

    def fill(depth: int, here: str, letter: str) -> Any:
        if here == place:
            return missing
        if depth == 0:
            return make(letter)
        return [fill(depth - 1, f"{here}.{index}", letter + str(index)) for index in range(2)]

    return fill(name.count("Of"), "value", "a")


def left(name: str, gone: str, make: Callable[[str], Any]) -> Any:
    """The box of the answer when what is `gone` is null."""
    if gone is BOX:
        return None
    depth = name.count("Of")
    place = {VALUE: "value", LIST: "value.1", ITEM: "value.1" if depth == 1 else "value.1.0"}[gone]
    return {"value": filled(name, None, place, make)}


def raised(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


class Values(LevelLoader):
    """Values as they are: an exception among them is the error of its key."""

    async def batch_load_fn(self, keys: list[Any]) -> list[Any]:
        return [found[0] for found in keys]


class Key(tuple[Any, ...]):
    """A value as a key, itself and no other."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


def by_resolver(name: str) -> Any:
    def resolve(root: strawberry.Parent[Any]) -> Any:
        return raised(root[name])

    return strawberry.field(resolver=resolve)


def by_coroutine(name: str) -> Any:
    async def resolve(root: strawberry.Parent[Any]) -> Any:
        return raised(root[name])

    return strawberry.field(resolver=resolve)


def by_value(name: str) -> Any:
    return computed(lambda row: row[name])


def by_computation(name: str) -> Any:
    return computed(lambda row: raised(row[name]))


def by_relation(name: str) -> Any:
    return relation(lambda row: None if row[name] is None else Key((row[name],)), lambda call: call.context)


SOURCES: dict[str, Callable[[str], Any] | None] = {
    "column": None,
    "value": by_value,
    "computation": by_computation,
    "resolver": by_resolver,
    "coroutine": by_coroutine,
    "relation": by_relation,
}


@strawberry.type
class Thing:
    name: str | None


def schema_of(kind: Any, source: Callable[[str], Any] | None) -> EngineSchema:
    """A box with one field of each type of the table, and a query for it."""
    wrappings = {name: wrapped(kind, name) for name in TABLE}
    fields = {} if source is None else {name: source(name) for name in TABLE}
    box = strawberry.type(type("Box", (), {"__annotations__": wrappings, **fields}))
    query = strawberry.type(type("Query", (), {"__annotations__": {"box": box | None}}))
    # The names are in the spelling of the schema already.
    return EngineSchema(query, config=StrawberryConfig(default_resolver=item, auto_camel_case=False))


@pytest.fixture(scope="module", params=SOURCES)
def source(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def leaves(source: str) -> EngineSchema:
    return schema_of(str, SOURCES[source])


@pytest.fixture(scope="module")
def things(source: str) -> EngineSchema:
    return schema_of(Thing, SOURCES[source])


def cases(name: str) -> list[tuple[str, str, Any]]:
    """Place, what is null for it, and the cause."""
    rows = zip(PLACES, TABLE[name], strict=False)
    return [(place, gone, missing) for place, gone in rows for missing in (None, LostError("lost"))]


async def check(schema: EngineSchema, name: str, selection: str, make: Any, answer: Any) -> None:
    document = f"{{ box {{ value: {name}{selection} }} }}"
    whole = filled(name, None, None, make)
    await answers(
        schema,
        document,
        {"box": {"value": filled(name, None, None, answer)}},
        context=Values,
        root=lambda: {"box": {name: whole}},
    )
    for place, gone, missing in cases(name):
        row = {name: filled(name, missing, place, make)}
        is_null_allowed = gone is (VALUE, ITEM if name.count("Of") == 1 else LIST, ITEM)[place.count(".")]
        problems = []
        if missing is not None:
            problems = [problem("lost", f"box.{place}", (1, 9))]
        elif not is_null_allowed:
            problems = [no_null(f"Box.{name}", f"box.{place}", (1, 9))]
        expected = {"box": left(name, gone, answer)}
        await answers(schema, document, expected, *problems, context=Values, root=partial(dict, box=row))


@pytest.mark.parametrize("name", TABLE)
async def test_a_leaf_that_is_not_there_nulls_the_nearest_place_that_may_be_null(
    leaves: EngineSchema, name: str
) -> None:
    await check(leaves, name, "", str, str)


@pytest.mark.parametrize("name", TABLE)
async def test_an_object_that_is_not_there_nulls_the_nearest_place_that_may_be_null(
    things: EngineSchema, name: str
) -> None:
    def row(letter: str) -> dict[str, str]:
        return {"name": letter}

    await check(things, name, " { name }", row, row)
