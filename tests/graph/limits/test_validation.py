"""Inputs of which one field is to be given: whatever the order of definitions, the answer is a clean one."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from strawberry.extensions import ParserCache

from graph.engine import EngineSchema
from graph.limits.validation import RULES, Validation, _validate


@strawberry.input(one_of=True)
class Wish:
    name: strawberry.Maybe[str]
    number: strawberry.Maybe[int]


@strawberry.type
class Query:
    @strawberry.field
    def grant(self, wish: Wish) -> str:
        return "name" if wish.name else "number"


schema = EngineSchema(Query, extensions=[ParserCache, Validation])


async def run(document: str, **variables: Any) -> Any:
    result = await schema.execute(document, variables)
    return result.data if not result.errors else [error.message for error in result.errors]


async def test_one_field_is_given() -> None:
    assert await run('{ grant(wish: {name: "a"}) }') == {"grant": "name"}
    assert await run("query Q($n: Int!) { grant(wish: {number: $n}) }", n=1) == {"grant": "number"}
    assert await run("query Q($w: Wish!) { grant(wish: $w) }", w={"number": 1}) == {"grant": "number"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ grant(wish: {}) }", "Give exactly one field of 'Wish'."),
        ('{ grant(wish: {name: "a", number: 1}) }', "Give exactly one field of 'Wish'."),
        ("{ grant(wish: {name: null}) }", "Give a value for the field 'Wish.name': it may not be null."),
        (
            "query Q($n: Int) { grant(wish: {number: $n}) }",
            "Declare the variable '$n' with a type that ends in !, for 'Wish'.",
        ),
        (
            "fragment F on Query { grant(wish: {number: $n}) } query Q($n: Int) { ...F }",
            "Declare the variable '$n' with a type that ends in !, for 'Wish'.",
        ),
    ],
)
async def test_anything_else_is_refused_with_a_sentence(document: str, message: str) -> None:
    assert message in await run(document, n=1)


async def test_a_fragment_that_stands_before_the_operation_is_as_good_as_one_behind() -> None:
    document = "fragment F on Query { grant(wish: {number: $n}) } query Q($n: Int!) { ...F }"
    assert await run(document, n=1) == {"grant": "number"}


async def test_a_variable_that_nobody_declares_is_told_of() -> None:
    for document in (
        "query Q { grant(wish: {number: $n}) }",
        "fragment F on Query { grant(wish: {number: $n}) } { ...F }",
    ):
        found = await run(document)
        assert any("Variable '$n' is not defined" in each for each in found), found


async def test_a_document_is_validated_once() -> None:
    _validate.cache_clear()
    for _ in range(3):
        await schema._prepare('{ grant(wish: {name: "once"}) }', None)
    assert _validate.cache_info()[:2] == (2, 1)
    assert isinstance(RULES, tuple)
