"""Every text that any mutation takes, spoilt; the inputs are made from the schema, so that none is forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)

from domain.identifiers import new_id
from graph.schema import schema
from tests.support.api import Api, nothing_changes
from tests.support.world import World

MUTATIONS = schema._schema.mutation_type
assert MUTATIONS is not None
NAMES = sorted(name for name in MUTATIONS.fields if not name.startswith("session"))
DEPTH_MAX = 4

SHEETS = {"contributionsRecord"}
"""What needs no record that there is, so that a line may be refused while the sheet is not."""

VALUES: dict[str, Any] = {
    "String": "x",
    "Int": 1,
    "Boolean": False,
    "Decimal": "1",
    "Date": "2026-11-20",
    "DateTime": "2026-11-20T10:00:00Z",
    "CurrencyCode": "KES",
    "CountryCode": "KE",
    "PhoneNumber": "+254700000001",
}
TEXTS = {"String", "ID", "UUID", "PhoneNumber", "CurrencyCode", "CountryCode", "Decimal", "Date", "DateTime"}


def value_of(kind: GraphQLInputType, group: str, way: tuple[str, ...], wanted: tuple[str, ...]) -> Any:
    """A value of the type; what is not required is given only on the way to the field that is wanted."""
    if isinstance(kind, GraphQLNonNull):
        return value_of(kind.of_type, group, way, wanted)
    if isinstance(kind, GraphQLList):
        return [value_of(kind.of_type, group, way, wanted)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: value_of(field.type, group, (*way, name), wanted)
            for name, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull) or wanted[: len(way) + 1] == (*way, name)
        }
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if way[-1] == "groupId":
        return group
    return VALUES.get(get_named_type(kind).name) or str(new_id())


def texts_of(kind: GraphQLInputObjectType, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The ways to all fields that take text, of one list the first element standing for all."""
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            if len(way) < DEPTH_MAX:
                yield from texts_of(inner, (*way, name))
        elif inner.name in TEXTS:
            yield (*way, name)


def spoil(given: Any, way: tuple[str, ...], text: str) -> None:
    """Put the text where the way leads."""
    inside = given
    for name in way[:-1]:
        inside = inside[name][0] if isinstance(inside[name], list) else inside[name]
    before = inside[way[-1]]
    inside[way[-1]] = [text] if isinstance(before, list) else text


@pytest.mark.parametrize("mutation", NAMES)
async def test_no_text_of_a_mutation_can_do_more_than_be_refused(api: Api, world: World, mutation: str) -> None:
    group = await world.group(members=4)
    client = api.client(await world.admin() if mutation.startswith("user") else group.treasurer)
    kind = get_named_type(MUTATIONS.fields[mutation].args["input"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    ways = list(texts_of(kind))
    assert ways
    asked = "userErrors { code reason path }"
    if mutation in SHEETS:
        asked += f" items {{ {asked} }}"
    document = f"mutation M($input: {kind.name}!) {{ {mutation}(input: $input) {{ {asked} }} }}"
    async with nothing_changes(world, but_for_keys=True):
        for way in ways:
            for text in ("\u0000", "\ud800", "x" * 100_000):
                given = value_of(kind, str(group.id), (), way)
                spoil(given, way, text)
                answer = await client.post(json.dumps({"query": document, "variables": {"input": given}}))
                codes = [error["extensions"]["code"] for error in answer.body.get("errors", [])]
                data = answer.body.get("data") or {}
                payload = data.get(mutation) or {}
                refusals = [*payload.get("userErrors", [])]
                refusals += [error for item in payload.get("items") or [] for error in item["userErrors"]]
                assert codes or refusals, (way, text[:1], answer.text)
                assert set(codes) <= {"BAD_USER_INPUT", "BAD_REQUEST", "FORBIDDEN", "THROTTLED"}, (way, answer.text)
    assert [line for line in api.logs if line["log_level"] == "error"] == []
