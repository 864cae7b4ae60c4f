"""The shape of documents: each limit just kept and just crossed, also through fragments, with stack to spare."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from graph.limits import LimitExceeded, inspect
from graph.limits.cost import COST_MAX
from graph.limits.shape import check_shape
from graph.schema import COST_MODEL


def refusal(document: str) -> tuple[str, str] | None:
    try:
        check_shape(parse(document, max_tokens=1_500))
    except LimitExceeded as error:
        return error.code, str(error)
    return None


def nested(count: int, inner: str = "a") -> str:
    """So many fields within each other, around what stands innermost."""
    return "{ a " * count + "{ " + inner + " }" + "}" * count


def chain(count: int, inner: str) -> str:
    """So many fragments, each of which spreads the next."""
    links = "".join(f" fragment F{at} on Query {{ ...F{at + 1} }}" for at in range(count))
    return f"{{ ...F0 }}{links} fragment F{count} on Query {{ {inner} }}"


TOO_DEEP = "The operation is 16 fields deep, and may be 15: ask for what lies deeper in another request."
NESTED = "Selections may be nested 40 deep at most: write it flatter."
VALUES = "Values and types may be nested 12 deep at most: write it flatter."
SPREAD = "{ __schema { ...F } } fragment F on __Schema "
SCHEMA = "This asks too much of the schema at once: send the usual introspection query, or ask for single types."


@pytest.mark.parametrize(
    ("kept", "crossed", "code", "message"),
    [
        (nested(14), nested(15), "QUERY_TOO_DEEP", TOO_DEEP),
        (
            nested(10, "...F") + " fragment F on A " + nested(4),
            nested(11, "...F") + " fragment F on A " + nested(4),
            "QUERY_TOO_DEEP",
            TOO_DEEP,
        ),
        (nested(14, "... on A { ... { a } a }"), nested(15, "... on A { ... { a } a }"), "QUERY_TOO_DEEP", TOO_DEEP),
        (
            "{ " + "... { " * 39 + "a" + " }" * 39 + " }",
            "{ " + "... { " * 40 + "a" + " }" * 40 + " }",
            "QUERY_TOO_DEEP",
            NESTED,
        ),
        (
            "{ b { " + " ".join(f"a{at}: a" for at in range(20)) + " } }",
            "{ b { " + " ".join(f"a{at}: a" for at in range(21)) + " } }",
            "TOO_MANY_ALIASES",
            "The operation may have 20 aliases at most: send several requests.",
        ),
        (
            "{ b { ...F ...F } } fragment F on A { " + " ".join(f"a{at}: a" for at in range(10)) + " }",
            "{ b { ...F ...F ...F } } fragment F on A { " + " ".join(f"a{at}: a" for at in range(7)) + " }",
            "TOO_MANY_ALIASES",
            "The operation may have 20 aliases at most: send several requests.",
        ),
        (
            "{ a " + "@skip(if: true) " * 30 + "}",
            "{ a " + "@skip(if: true) " * 31 + "}",
            "TOO_MANY_DIRECTIVES",
            "The operation may have 30 directives at most: leave some out.",
        ),
        (
            "query Q($a: Int @x) @x { a ... @x { b } ...F @x } fragment F on Query @x { c " + "@x " * 25 + "}",
            "query Q($a: Int @x) @x { a ... @x { b } ...F @x } fragment F on Query @x { c " + "@x " * 26 + "}",
            "TOO_MANY_DIRECTIVES",
            "The operation may have 30 directives at most: leave some out.",
        ),
        (
            "{ " + " ".join(f"a{at}" for at in range(20)) + " }",
            "{ " + " ".join(f"a{at}" for at in range(21)) + " }",
            "TOO_MANY_ROOT_FIELDS",
            "The operation may have 20 fields at its root at most: send several requests.",
        ),
        (
            "{ ... { ...F } } fragment F on Query { " + " ".join(f"a{at}" for at in range(20)) + " }",
            "{ ...F b } fragment F on Query { " + " ".join(f"a{at}" for at in range(20)) + " }",
            "TOO_MANY_ROOT_FIELDS",
            "The operation may have 20 fields at its root at most: send several requests.",
        ),
        (
            "{ b { " + "a " * 101 + "} }",
            "{ b { " + "a " * 102 + "} }",
            "TOO_MANY_REPEATS",
            "The document may name fields again 100 times at most: name each once in its place.",
        ),
        ("{ a(b: " + "[" * 12 + "]" * 12 + ") }", "{ a(b: " + "[" * 13 + "]" * 13 + ") }", "QUERY_TOO_DEEP", VALUES),
        (
            "{ a @x(b: " + "{c: " * 12 + "1" + "}" * 12 + ") }",
            "{ a @x(b: " + "{c: " * 13 + "1" + "}" * 13 + ") }",
            "QUERY_TOO_DEEP",
            VALUES,
        ),
        (
            "query Q($a: " + "[" * 12 + "Int" + "!]" * 12 + ") { a }",
            "query Q($a: " + "[" * 13 + "Int" + "!]" * 13 + ") { a }",
            "QUERY_TOO_DEEP",
            VALUES,
        ),
        (
            "query Q($a: A = " + "[" * 12 + "]" * 12 + ") { a }",
            "query Q($a: A = " + "[" * 13 + "]" * 13 + ") { a }",
            "QUERY_TOO_DEEP",
            VALUES,
        ),
        (
            "{ __schema { types { fields { args { name } } } } }",
            "{ __schema { types { fields { type { fields { type { name fields { name } } } } } } } }",
            "QUERY_TOO_DEEP",
            SCHEMA,
        ),
        (
            '{ __type(name: "A") { ofType { ' + "ofType { " * 12 + "name" + " }" * 14 + " }",
            '{ __type(name: "A") { ofType { ' + "ofType { " * 13 + "name" + " }" * 15 + " }",
            "QUERY_TOO_DEEP",
            SCHEMA,
        ),
        (
            SPREAD + "{ types { fields { ...G } } } fragment G on __Field { args { name } }",
            SPREAD + "{ types { ...G } } fragment G on __Type { fields { type { fields { args { name } } } } }",
            "QUERY_TOO_DEEP",
            SCHEMA,
        ),
        (
            "{ a } fragment F on A " + nested(14),
            "{ a } fragment F on A " + nested(15),
            "QUERY_TOO_DEEP",
            TOO_DEEP,
        ),
    ],
)
def test_a_document_at_the_limit_is_let_through_and_one_beyond_it_is_not(
    kept: str, crossed: str, code: str, message: str
) -> None:
    assert refusal(kept) is None
    found = refusal(crossed)
    assert found is not None
    assert found[0] == code
    assert not message or found[1] == message


def test_the_introspection_query_of_clients_is_let_through() -> None:
    everything = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert refusal(everything) is None


def test_introspection_adds_no_depth_to_what_stands_beside_it() -> None:
    assert refusal("{ __schema { types { fields { type { name } } } } " + nested(14)[1:-1] + "}") is None


@pytest.mark.parametrize("document", ["{}", "query Q {}", "{ a {} }", "{ ... {} }", "fragment F on A {} { a }"])
def test_braces_with_nothing_between_them_are_no_selection(document: str) -> None:
    assert refusal(document) == ("GRAPHQL_PARSE_FAILED", "Name at least one field between { and }.")


@pytest.mark.parametrize(
    "document",
    [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { a { ...A } }",
        "{ a } fragment A on Query { ... { ...B } } fragment B on Query { ...A }",
    ],
)
def test_a_fragment_that_leads_back_to_itself_is_told_of(document: str) -> None:
    found = refusal(document)
    assert found is not None
    assert found[0] == "GRAPHQL_VALIDATION_FAILED"
    assert found[1].endswith("leads back to itself: take the spread out that closes the circle.")


def test_what_is_not_defined_is_left_to_validation() -> None:
    assert refusal("{ ...Nowhere a { ...Nowhere } }") is None


def test_two_fragments_of_one_name_are_told_of() -> None:
    assert refusal("{ ...F } fragment F on Query { a } fragment F on Query { ...F }") == (
        "GRAPHQL_VALIDATION_FAILED",
        "There are two fragments named 'F': give one of them another name.",
    )


def test_long_chains_and_doubling_fragments_take_no_time_and_no_stack() -> None:
    assert refusal(chain(38, "a")) is None
    assert refusal(chain(39, "a")) == ("QUERY_TOO_DEEP", NESTED)
    assert refusal(chain(180, "a")) == ("QUERY_TOO_DEEP", NESTED)
    doubling = "".join(f" fragment F{at} on Query {{ ...F{at + 1} ...F{at + 1} }}" for at in range(30))
    found = refusal(f"{{ ...F0 }}{doubling} fragment F30 on Query {{ b: a }}")
    assert found == ("TOO_MANY_ALIASES", "The operation may have 20 aliases at most: send several requests.")


@given(st.integers(1, 190), st.sampled_from(["a {", "... {", "... on A {", "a: a {", "__schema {", "fields {"]))
def test_nesting_of_any_kind_ends_in_an_answer(count: int, opening: str) -> None:
    found = refusal("{ " + f"{opening} " * count + "a" + " }" * count + " }")
    assert (found is None) or found[0] in ("QUERY_TOO_DEEP", "TOO_MANY_ALIASES")


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Fragments that spread each other as it comes, some of one name, some of none."""
    names = st.sampled_from("FGHIJ")
    parts = st.one_of(
        st.just("a"),
        st.just("groups(first: $n) { nodes { id } }"),
        names.map("...{}".format),
        names.map("... on Query {{ ...{} }}".format),
        names.map("groups {{ nodes {{ ...{} }} }}".format),
    )
    selections = st.lists(parts, min_size=1, max_size=4).map(" ".join)
    fragments = [f"fragment {draw(names)} on Query {{ {draw(selections)} }}" for _ in range(draw(st.integers(0, 5)))]
    return " ".join([*fragments, f"query Q($n: Int!) {{ {draw(selections)} }}"])


@given(documents())
def test_whatever_spreads_whatever_there_is_a_refusal_or_a_cost(document: str) -> None:
    parsed = parse(document)
    found = inspect(parsed, COST_MODEL)
    assert (found.refusal is None) is (len(found.costs) == 1)
    for cost in found.costs.values():
        assert 1 <= cost.requested({"n": 100}) <= COST_MAX
        validate(COST_MODEL.weights.schema, parsed)
