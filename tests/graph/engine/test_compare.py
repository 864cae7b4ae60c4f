"""The comparison itself: an answer that is wrong in anything that a client could see is noticed."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from hypothesis import given, settings

from tests.graph.engine import library
from tests.graph.engine.choices import Choices, simplest
from tests.graph.engine.compare import Answer, Everything, Fault, differences, everything, expected
from tests.graph.engine.documents import GIVEN, Operation, operation_from, operations
from tests.graph.engine.rows import Context, Library

SDL = Path(__file__).parents[3] / "schema.graphql"
TOYS = library.schema()._schema


def _fault(*path: str | int, message: str = "no", line: int = 1) -> Fault:
    return Fault(path, message, ((line, 1),), "{}")


NAME = _fault("authors", 0, "name")
RANK = _fault("authors", 1, "rank", message="low")
OTHER = _fault("authors", 1, "books", 0, message="torn")
REFERENCE = Answer({"authors": [{"name": None, "rank": 1}, None], "motto": "Quiet."}, (NAME, RANK))
POSSIBLE = Everything(
    {"authors": [{"name": None, "rank": 1}, {"name": "B", "rank": None, "books": [None]}], "motto": "Quiet."},
    frozenset({NAME, RANK, OTHER}),
    {
        ("authors",): False,
        ("authors", 0): False,
        ("authors", 0, "name"): False,
        ("authors", 1): False,
        ("authors", 1, "rank"): True,
        ("authors", 1, "books"): True,
        ("authors", 1, "books", 0): False,
    },
)


def _differ(data: Any = REFERENCE.data, faults: tuple[Fault, ...] = REFERENCE.faults) -> list[str]:
    return differences(REFERENCE, Answer(data, faults), POSSIBLE)


def test_an_answer_that_is_the_same_is_right_in_any_order_of_errors() -> None:
    assert _differ() == []
    assert _differ(faults=(RANK, NAME)) == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"authors": [{"name": None, "rank": 2}, None], "motto": "Quiet."}, id="another value"),
        pytest.param({"authors": [{"name": None, "rank": 1.0}, None], "motto": "Quiet."}, id="another type"),
        pytest.param({"authors": [{"name": None, "rank": True}, None], "motto": "Quiet."}, id="a truth for a one"),
        pytest.param({"authors": [{"rank": 1, "name": None}, None], "motto": "Quiet."}, id="another order of keys"),
        pytest.param({"motto": "Quiet.", "authors": [{"name": None, "rank": 1}, None]}, id="another order at the root"),
        pytest.param({"authors": [{"name": None, "rank": 1}], "motto": "Quiet."}, id="an item too few"),
        pytest.param({"authors": [{"name": None, "rank": 1}, {}], "motto": "Quiet."}, id="an object for a null"),
        pytest.param({"authors": [{"name": None, "rank": 1}, None]}, id="a key too few"),
        pytest.param(None, id="nothing"),
    ],
)
def test_wrong_data_are_noticed(data: Any) -> None:
    (wrong, *_) = _differ(data)
    assert wrong.startswith("data: ")


@pytest.mark.parametrize(
    ("faults", "wrong"),
    [
        pytest.param((RANK,), ["missing"], id="an error that is missing"),
        pytest.param((NAME, NAME, RANK), ["too many"], id="an error twice"),
        pytest.param((NAME, RANK, _fault("motto")), ["too many"], id="an error for a value that is there"),
        pytest.param((replace(NAME, path=("authors", 0)), RANK), ["missing", "too many"], id="another path"),
        pytest.param((replace(NAME, message="yes"), RANK), ["missing", "too many"], id="another message"),
        pytest.param((replace(NAME, locations=((2, 1),)), RANK), ["missing", "too many"], id="another location"),
        pytest.param((replace(NAME, extensions='{"code": 1}'), RANK), ["missing", "too many"], id="another code"),
        pytest.param((replace(NAME, path=None), RANK), ["missing", "too many"], id="no path"),
        pytest.param((NAME,), ["nothing says why ('authors', 1) is null"], id="no error below a null"),
        pytest.param((NAME, OTHER), ["nothing says why ('authors', 1) is null"], id="an error that makes nothing null"),
        pytest.param((NAME, RANK, RANK), ["twice"], id="an error below a null twice"),
        pytest.param(
            (NAME, RANK, _fault("authors", 1, "name")), ["an error that cannot be"], id="a strange error below a null"
        ),
    ],
)
def test_wrong_errors_are_noticed(faults: tuple[Fault, ...], wrong: list[str]) -> None:
    assert [each.split(":")[0] for each in _differ(faults=faults)] == wrong


def test_errors_below_a_null_that_no_error_made_are_noticed() -> None:
    reference = Answer({"author": None}, ())
    found = Answer({"author": None}, (_fault("author", "rank"),))
    wrong = differences(reference, found, Everything({"author": None}, frozenset()))
    assert [each.split(":")[0].split(",")[0] for each in wrong] == ["errors below ('author'", "an error that cannot be"]


def test_one_of_several_errors_below_a_null_is_enough_and_all_of_them_are_not_too_many() -> None:
    assert _differ(faults=(NAME, OTHER, RANK)) == []


def test_what_mutations_did_is_compared_as_well() -> None:
    assert differences(Answer({}, (), ("one",)), Answer({}, (), ()), Everything({}, frozenset())) == [
        "done: () in place of ('one',)"
    ]


async def test_all_errors_are_found_also_those_that_graphql_core_leaves_out() -> None:
    operation = Operation("{ someAuthor { debts { a: torn b: torn id } } }")
    drawn = bytes([1]) * 8
    found = await everything(library.reference(), operation, Context(Library(drawn)))
    assert {(fault.path, fault.message) for fault in found.faults} == {
        (("someAuthor", "debts", 0, "a"), "'no such column'"),
        (("someAuthor", "debts", 0, "b"), "'no such column'"),
    }
    assert found.data == {"someAuthor": {"debts": [{"a": None, "b": None, "id": "Loan:1"}]}}
    assert expected(found) == {"someAuthor": {"debts": [None]}}


@pytest.mark.parametrize("root", ["query", "mutation", "subscription"])
def test_operations_are_valid(root: str) -> None:
    @settings(max_examples=150)
    @given(operation=operations(TOYS, root=root, literals=library.LITERALS))
    def check(operation: Operation) -> None:
        assert validate(TOYS, parse(operation.query)) == []

    check()


def test_operations_are_made_for_any_schema() -> None:
    schema = build_schema(SDL.read_text(encoding="utf-8"))

    @settings(max_examples=100)
    @given(operation=operations(schema))
    def check(operation: Operation) -> None:
        assert validate(schema, parse(operation.query)) == []

    check()


WRITTEN = (
    *("a: ", "__typename", "@skip(if: true)", "@include(if: $", "... on ", "...F", "... {", "... @skip", "= null"),
    *("fragment F0 on Find", "fragment F0 on Entry", "query Other", "Main(", "$v0: Boolean! = ", "$v0: Boolean = "),
    *("where: {", "genre: POEM", "where: null", "pick: {mark: $", "low: $", "nested: [[", "texts: ", "number: $"),
)


def test_operations_have_what_clients_write() -> None:
    literals = {**GIVEN, **library.LITERALS}
    made = [operation_from(TOYS, _bytes(number), root="query", literals=literals) for number in range(1_500)]
    assert [part for part in WRITTEN if not any(part in each.query for each in made)] == []
    assert {each.name for each in made} == {None, "Main"}
    assert any(each.variables != {} for each in made)


def _bytes(number: int) -> bytes:
    """Bytes that are as good as drawn ones, and the same each time."""
    return b"".join(sha512(f"{number}.{part}".encode()).digest() for part in range(5))


def test_no_bytes_are_the_simplest_choice() -> None:
    choices = Choices(b"")
    assert choices.below(7) == 0
    assert not choices.chance(99)
    assert Choices(bytes([255])).chance(1)


def test_a_failing_case_is_made_simple_without_losing_what_fails() -> None:
    drawn = bytes(range(100))
    simple = simplest(drawn, lambda each: 77 in each and 3 in each)
    assert len(simple) == 100
    assert sorted(simple)[-3:] == [0, 3, 77]
    assert simplest(drawn, lambda each: len(each) == 100) == bytes(100)


def test_a_scalar_without_literals_is_left_out() -> None:
    schema: GraphQLSchema = build_schema("scalar Odd type Query { plain(odd: Odd): Int needs(odd: Odd!): Int }")

    @settings(max_examples=50)
    @given(operation=operations(schema))
    def check(operation: Operation) -> None:
        assert "odd" not in operation.query
        assert "needs" not in operation.query

    check()
