"""What becomes of variables, defaults and nulls on their way to the arguments of a field."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import Call, EngineSchema, LevelLoader, Load, item, relation
from tests.graph.engine.test_cases_reference import answers, problem


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@strawberry.input
class Span:
    start: int
    end: int = 10
    step: int | None = None
    note: str | None = strawberry.UNSET


@strawberry.input
class Filter:
    size: Size = Size.SMALL
    spans: list[Span] = strawberry.field(default_factory=list)
    inner: Filter | None = None


@strawberry.input(one_of=True)
class Choice:
    name: str | None = strawberry.UNSET
    number: int | None = strawberry.UNSET


def shown(value: Any) -> str:
    """A value as the resolver got it."""
    if isinstance(value, Span):
        return f"Span({value.start}, {value.end}, {value.step}, {shown(value.note)})"
    if isinstance(value, Filter):
        return f"Filter({shown(value.size)}, {shown(value.spans)}, {shown(value.inner)})"
    if isinstance(value, Choice):
        return f"Choice({shown(value.name)}, {shown(value.number)})"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return "unset" if value is strawberry.UNSET else repr(value)


class Echo(LevelLoader):
    """What was asked for."""

    async def batch_load_fn(self, keys: list[Any]) -> list[Any]:
        return list(keys)


def request(first_words: list[str], size: Size = Size.LARGE, count: int | None = 3) -> str:
    return f"{shown(first_words)} {shown(size)} {shown(count)}"


def echoed(call: Call) -> Load:
    names = ",".join(sorted(call.arguments))
    return Load(call.context, lambda key, found: f"{key} {found} {call.request} ({names})")


@strawberry.type
class Row:
    name: str
    told: str = relation(lambda row: row["name"], echoed, arguments=request)


@strawberry.type
class Query:
    rows: list[Row]

    @strawberry.field
    def number(self, value: int | None = 5) -> str:
        return shown(value)

    @strawberry.field
    def bare(self, value: int | None = strawberry.UNSET) -> str:
        return shown(value)

    @strawberry.field
    def sure(self, value: int = 5) -> str:
        return shown(value)

    @strawberry.field
    def size(self, value: Size) -> str:
        return shown(value)

    @strawberry.field
    def sizes(self, values: list[Size | None] | None) -> str:
        return shown(values)

    @strawberry.field
    def nested(self, values: list[list[int]]) -> str:
        return shown(values)

    @strawberry.field
    def span(self, value: Span) -> str:
        return shown(value)

    @strawberry.field
    def spans(self, values: list[Span]) -> str:
        return shown(values)

    @strawberry.field
    def filter(self, by: Filter | None = None) -> str:
        return shown(by)

    @strawberry.field
    def choice(self, by: Choice) -> str:
        return shown(by)

    @strawberry.field
    def renamed(self, some_value: int, other: str | None = strawberry.UNSET) -> str:
        return f"{some_value} {shown(other)}"


schema = EngineSchema(Query, config=StrawberryConfig(default_resolver=item))


async def gives(document: str, answer: str, **variables: Any) -> None:
    await answers(schema, document, {"it": answer}, variables=variables)


async def test_an_argument_that_is_omitted_is_not_one_that_is_null() -> None:
    await gives("{ it: number }", "5")
    await gives("{ it: number(value: null) }", "None")
    await gives("{ it: number(value: 7) }", "7")
    await gives("{ it: bare }", "unset")
    await gives("{ it: bare(value: null) }", "None")
    await gives("{ it: sure }", "5")


async def test_a_variable_that_is_omitted_leaves_the_argument_to_its_default() -> None:
    document = "query Q($v: Int) { it: number(value: $v) }"
    await gives(document, "5")
    await gives(document, "None", v=None)
    await gives(document, "7", v=7)
    await gives(document, "5")
    document = "query Q($v: Int) { it: bare(value: $v) }"
    await gives(document, "unset")
    await gives(document, "None", v=None)
    document = "query Q($v: Int = 8) { it: number(value: $v) }"
    await gives(document, "8")
    await gives(document, "None", v=None)
    await gives("query Q($v: Int = null) { it: number(value: $v) }", "None")


async def test_null_in_a_variable_for_an_argument_that_may_not_be_null_is_an_error_of_the_field() -> None:
    document = "query Q($v: Int) { it: sure(value: $v) }"
    await gives(document, "5")
    await gives(document, "6", v=6)
    message = (
        "Argument 'value' has invalid value: Expected variable '$v' provided to non-null type 'Int!' not to be None."
    )
    await answers(schema, document, None, problem(message, "it", (1, 36)), variables={"v": None})


async def test_values_are_converted_on_their_way() -> None:
    await gives("{ it: size(value: LARGE) }", "<Size.LARGE: 'l'>")
    await gives("query Q($v: Size!) { it: size(value: $v) }", "<Size.SMALL: 's'>", v="SMALL")
    await gives("query Q($v: Size! = LARGE) { it: size(value: $v) }", "<Size.LARGE: 'l'>")
    await gives("{ it: renamed(someValue: 3) }", "3 unset")
    await gives("query Q($o: String!) { it: renamed(someValue: 3, other: $o) }", "3 'x'", o="x")
    await gives('{ it: choice(by: {name: "a"}) }', "Choice('a', unset)")
    await gives("query Q($n: Int!) { it: choice(by: {number: $n}) }", "Choice(unset, 4)", n=4)


async def test_a_single_value_is_a_list_of_one() -> None:
    large = "<Size.LARGE: 'l'>"
    document = "query Q($v: [Size]) { it: sizes(values: $v) }"
    await gives("{ it: sizes(values: LARGE) }", f"[{large}]")
    await gives(document, f"[{large}]", v="LARGE")
    await gives(document, f"[{large}, None]", v=["LARGE", None])
    await gives(document, "None", v=None)
    await gives("query Q($v: Size) { it: sizes(values: [$v, LARGE]) }", f"[None, {large}]", v=None)
    await gives("query Q($v: Size) { it: sizes(values: [$v, LARGE]) }", f"[None, {large}]")
    await gives("{ it: nested(values: 1) }", "[[1]]")
    await gives("query Q($v: [[Int!]!]!) { it: nested(values: $v) }", "[[1]]", v=1)
    await gives("query Q($v: [[Int!]!]!) { it: nested(values: $v) }", "[[1], [2, 3]]", v=[1, [2, 3]])
    await gives("query Q($v: [Span!]!) { it: spans(values: $v) }", "[Span(1, 10, None, unset)]", v={"start": 1})


async def test_defaults_of_input_objects_fill_what_is_missing() -> None:
    await gives("{ it: span(value: {start: 1}) }", "Span(1, 10, None, unset)")
    await gives('{ it: span(value: {start: 1, end: 2, step: 3, note: "n"}) }', "Span(1, 2, 3, 'n')")
    document = "query Q($v: Span!) { it: span(value: $v) }"
    await gives(document, "Span(1, 10, None, unset)", v={"start": 1})
    await gives(document, "Span(1, 3, None, None)", v={"start": 1, "end": 3, "note": None})
    document = "query Q($s: Int!, $n: String, $e: Int! = 4) { it: span(value: {start: $s, note: $n, end: $e}) }"
    await gives(document, "Span(2, 4, None, unset)", s=2)
    await gives(document, "Span(2, 4, None, None)", s=2, n=None)
    await gives(document, "Span(2, 5, None, 'm')", s=2, n="m", e=5)


async def test_input_objects_go_into_each_other() -> None:
    small, large = "<Size.SMALL: 's'>", "<Size.LARGE: 'l'>"
    await gives("{ it: filter }", "None")
    await gives("{ it: filter(by: {}) }", f"Filter({small}, [], None)")
    await gives(
        "query Q($f: Filter) { it: filter(by: $f) }",
        f"Filter({large}, [Span(1, 10, None, unset)], Filter({small}, [Span(2, 3, None, unset)], None))",
        f={"size": "LARGE", "spans": [{"start": 1}], "inner": {"spans": {"start": 2, "end": 3}}},
    )
    await gives(
        "query Q($f: Filter, $s: Span!) { it: filter(by: {inner: $f, spans: [$s, {start: 9}]}) }",
        f"Filter({small}, [Span(1, 10, None, unset), Span(9, 10, None, unset)], Filter({large}, [], None))",
        f={"size": "LARGE"},
        s={"start": 1},
    )


@pytest.mark.parametrize(
    ("declared", "field", "value", "message"),
    [
        ("Int!", "sure(value: $v)", "x", "Int cannot represent non-integer value: 'x'"),
        ("Int!", "sure(value: $v)", 2**31, "Int cannot represent non 32-bit signed integer value: 2147483648"),
        ("Int!", "sure(value: $v)", True, "Int cannot represent non-integer value: True"),
        ("Size!", "size(value: $v)", "MIDDLE", "Value 'MIDDLE' does not exist in 'Size' enum."),
        ("Size!", "size(value: $v)", 1, "Enum 'Size' cannot represent non-string value: 1."),
        ("Span!", "span(value: $v)", 1, "Expected value of type 'Span' to be an object, found: 1."),
        (
            "Span!",
            "span(value: $v)",
            {},
            "Expected value of type 'Span' to include required field 'start', found: {}.",
        ),
        (
            "Span!",
            "span(value: $v)",
            {"start": 1, "far": 2},
            "Expected value of type 'Span' not to include unknown field 'far', found: {'start': 1, 'far': 2}.",
        ),
    ],
)
async def test_a_wrong_variable_refuses_the_request(declared: str, field: str, value: Any, message: str) -> None:
    document = f"query Q($v: {declared}) {{ number it: {field} }}"
    message = f"Variable '$v' has invalid value: {message}"
    await answers(schema, document, None, problem(message, None, (1, 9)), variables={"v": value})


async def test_a_wrong_member_of_a_variable_is_told_with_its_place() -> None:
    await answers(
        schema,
        "query Q($v: [Size]) { number it: sizes(values: $v) }",
        None,
        problem("Variable '$v' has invalid value at [1]: Value 'HUGE' does not exist in 'Size' enum.", None, (1, 9)),
        variables={"v": ["SMALL", "HUGE"]},
    )


async def test_a_variable_that_must_be_there_is_missed() -> None:
    document = "query Q($v: Int!) { sure(value: $v) }"
    for variables in (None, {}, {"w": 1}):
        await answers(schema, document, None, problem(REQUIRED, None, (1, 9)), variables=variables)
    await answers(schema, document, None, problem(NOT_NULL, None, (1, 9)), variables={"v": None})
    await answers(schema, document, {"sure": "3"}, variables={"v": 3, "w": 1})


REQUIRED = "Variable '$v' has invalid value: Expected a value of non-null type 'Int!' to be provided."
NOT_NULL = "Variable '$v' has invalid value: Expected value of non-null type 'Int!' not to be None."


async def test_several_wrong_variables_are_all_told() -> None:
    document = "query Q($a: Int!, $b: Size!) { sure(value: $a) size(value: $b) }"
    await answers(
        schema,
        document,
        None,
        problem("Variable '$a' has invalid value: Int cannot represent non-integer value: 'x'", None, (1, 9)),
        problem(REQUIRED.replace("$v", "$b").replace("Int!", "Size!"), None, (1, 19)),
        variables={"a": "x"},
    )


async def test_arguments_of_a_relation_are_those_of_its_function() -> None:
    rows = [{"name": "a"}, {"name": "b"}]
    large, small = "<Size.LARGE: 'l'>", "<Size.SMALL: 's'>"

    async def told(document: str, words: str, **variables: Any) -> None:
        names = "(count,first_words,size)"
        expected = {"rows": [{"told": f"{name} {name} {words} {names}"} for name in "ab"]}
        await answers(schema, document, expected, variables=variables, context=Echo, root=lambda: {"rows": rows})

    await told('{ rows { told(firstWords: "w") } }', f"['w'] {large} 3")
    document = (
        "query Q($w: [String!]!, $s: Size! = SMALL, $c: Int) { rows { told(firstWords: $w, size: $s, count: $c) } }"
    )
    await told(document, f"['v', 'w'] {small} 3", w=["v", "w"])
    await told(document, f"['v'] {large} None", w="v", s="LARGE", c=None)
    await told(document, f"[] {small} 1", w=[], c=1)


async def test_one_operation_of_several_has_its_own_variables() -> None:
    document = "query A($v: Int = 1) { it: number(value: $v) } query B($v: Int = 2) { it: number(value: $v) }"
    for name, answer in (("A", "1"), ("B", "2"), ("A", "1")):
        await answers(schema, document, {"it": answer}, operation=name)
    await answers(schema, document, {"it": "None"}, operation="B", variables={"v": None})
