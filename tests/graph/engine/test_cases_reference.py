"""How the cases of this folder are checked: against exact values, on the engine and on graphql-core alike."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry

from graph.engine import EngineSchema

TICKS = 5
"""Turns of the loop after which what an operation left behind has had its chance to end."""


@dataclass(frozen=True)
class Problem:
    """One error of an answer: what it says, where in the data and where in the document."""

    message: str
    path: tuple[str | int, ...] | None
    locations: tuple[tuple[int, int], ...] | None


@dataclass(frozen=True)
class AnyOf:
    """Errors below one nulled place: at least one of them is told, whichever was found."""

    problems: tuple[Problem, ...]


def problem(message: str, path: str | None = None, *locations: tuple[int, int]) -> Problem:
    """An error at a place written with dots; none for a request that was refused."""
    keys = None if path is None else tuple(int(key) if key.isdigit() else key for key in path.split("."))
    return Problem(message, keys, locations or None)


def no_null(field: str, path: str, *locations: tuple[int, int]) -> Problem:
    """The error of a null where the type of `field` has none."""
    return problem(f"Cannot return null for non-nullable field {field}.", path, *locations)


def any_of(*problems: Problem) -> AnyOf:
    return AnyOf(problems)


def at(document: str, *texts: str) -> list[tuple[int, int]]:
    """Line and column of each text in the document, from the one before on."""
    found, index = [], -1
    for text in texts:
        index = document.index(text, index + 1)
        before = document[:index]
        found.append((before.count("\n") + 1, index - before.rfind("\n")))
    return found


def as_problem(error: Any) -> Problem:
    path = None if error.path is None else tuple(error.path)
    places = tuple((place.line, place.column) for place in error.locations) if error.locations else None
    return Problem(error.message, path, places)


def fits(given: Sequence[Problem], expected: Sequence[Problem | AnyOf]) -> bool:
    """Whether the errors are those expected, in any order."""
    left = list(given)
    for each in expected:
        told = [one for one in (each.problems if isinstance(each, AnyOf) else (each,)) if one in left]
        if not told:
            return False
        for one in told:
            left.remove(one)
    return not left


def matches(result: Any, data: Any, problems: Sequence[Problem | AnyOf], who: str) -> None:
    """Fail unless the answer is the data, its keys in order, with these errors."""
    assert json.dumps(result.data) == json.dumps(data), who
    given = [as_problem(error) for error in result.errors or ()]
    assert fits(given, problems), f"{who}: {given}"


def origins(result: Any) -> dict[Problem, Any]:
    """What lies under each error, for the masking that comes after execution."""
    return {
        as_problem(error): (type(error.original_error), str(error.original_error), error.extensions)
        for error in result.errors or ()
    }


async def quiet() -> set[asyncio.Task[Any]]:
    """The tasks that are still there once those about to end have ended."""
    for _ in range(TICKS):
        await asyncio.sleep(0)
    return asyncio.all_tasks()


async def answers(
    schema: EngineSchema,
    document: str,
    data: Any,
    *problems: Problem | AnyOf,
    variables: dict[str, Any] | None = None,
    context: Callable[[], Any] = lambda: None,
    root: Callable[[], Any] = lambda: None,
    operation: str | None = None,
    is_covered: bool = True,
) -> Any:
    """Fail unless graphql-core and the engine, with and without a plan at hand, both answer exactly this."""

    def asked() -> tuple[str, dict[str, Any] | None, Any, Any, str | None]:
        return document, None if variables is None else dict(variables), context(), root(), operation

    reference = await strawberry.Schema.execute(schema, *asked())
    matches(reference, data, problems, "graphql-core")
    sources = origins(reference)
    for who in ("the engine at first", "the engine again"):
        uncovered, tasks = schema.uncovered.total(), await quiet()
        result = await schema.execute(*asked())
        assert await quiet() <= tasks, f"{who} leaves tasks"
        matches(result, data, problems, who)
        assert type(result) is type(reference), who
        for found, source in origins(result).items():
            assert sources.get(found, source) == source, who
        if is_covered:
            assert schema.uncovered.total() == uncovered, f"{who} leaves it to graphql-core: {schema.uncovered}"
    return result


@strawberry.type
class Query:
    word: str = "yes"
    other: str | None = None

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("out of order")


schema = EngineSchema(Query)


async def test_an_answer_is_compared_with_its_errors() -> None:
    broken = problem("out of order", "broken", (1, 8))
    await answers(schema, "{ word broken }", {"word": "yes", "broken": None}, broken, root=Query)


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        ({"word": "no", "broken": None}, [problem("out of order", "broken", (1, 8))]),
        ({"broken": None, "word": "yes"}, [problem("out of order", "broken", (1, 8))]),
        ({"word": "yes", "broken": None}, []),
        ({"word": "yes", "broken": None}, [problem("in order", "broken", (1, 8))]),
        ({"word": "yes", "broken": None}, [problem("out of order", "word", (1, 8))]),
        ({"word": "yes", "broken": None}, [problem("out of order", "broken", (1, 9))]),
        ({"word": "yes", "broken": None}, [problem("out of order", "broken", (1, 8)), problem("more")]),
        ({"word": "yes", "broken": None}, [any_of(problem("more"), problem("less"))]),
    ],
)
async def test_any_difference_fails(data: Any, problems: list[Problem]) -> None:
    with pytest.raises(AssertionError):
        await answers(schema, "{ word broken }", data, *problems, root=Query)


def test_of_several_errors_below_one_place_one_is_enough() -> None:
    one, two, three = problem("one"), problem("two"), problem("three")
    assert fits([one], [any_of(one, two)])
    assert fits([two, one], [any_of(one, two)])
    assert fits([three, two], [any_of(one, two), three])
    assert not fits([three], [any_of(one, two), three])
    assert not fits([one, three], [any_of(one, two)])
    assert not fits([one, one], [one])


def test_places_are_counted_in_lines_and_columns() -> None:
    assert at("{ a\n  b a }", "a", "b", "a") == [(1, 3), (2, 3), (2, 5)]
