"""The engine beside graphql-core, on the same schema, the same operations and the same faults."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest
import strawberry
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from strawberry.types import ExecutionResult

from tests.graph.engine import library
from tests.graph.engine.choices import simplest
from tests.graph.engine.compare import (
    Answer,
    Everything,
    answer_of,
    differences,
    everything,
    everything_of_events,
    expected,
)
from tests.graph.engine.documents import CHOICES, GIVEN, Operation, operation_from
from tests.graph.engine.rows import Context, Library

# What graphql-core cancels before it has begun is never awaited, which is noticed when the garbage is collected, and
# not always said in so many words. The tests of the engine alone do not overlook that.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

QUERIES = int(os.environ.get("KIBUBU_DIFFERENTIAL_CASES", "1500"))
OTHERS = max(QUERIES // 5, 1)
TABLE = 96
"""How many bytes decide on a library."""

FAULT_PERCENTS = (0, 2, 8, 20)

UNCOVERED_PERCENT_MAX = 5
"""How many operations may go to graphql-core, where nothing is compared: those whose conditions are in error."""

LITERALS = {**GIVEN, **library.LITERALS}
SCHEMA = library.schema()
REFERENCE = library.reference()


@dataclass(frozen=True)
class Drawn:
    """A library that hypothesis drew."""

    table: bytes
    fault_percent: int

    def context(self) -> Context:
        """A new viewer of it."""
        return Context(Library(self.table, self.fault_percent))


LIBRARIES = st.builds(Drawn, st.binary(min_size=TABLE, max_size=TABLE), st.sampled_from(FAULT_PERCENTS))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner
    # Let go of them here, where nobody minds.
    gc.collect()


async def _settled() -> None:
    """Let what graphql-core left behind of the siblings of an error end before anybody else begins."""
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(left)


async def _answer(execute: Any, operation: Operation, context: Context) -> Answer:
    result = await execute(
        operation.query, deepcopy(operation.variables), context_value=context, operation_name=operation.name
    )
    return answer_of(result, context)


async def _reference(operation: Operation, drawn: Drawn) -> tuple[Answer, Everything]:
    """graphql-core's answer, and all errors that it could have given."""
    reference: Answer | None = None
    # graphql-core cancels the siblings of what failed, and with them what a loader has for others, too.
    with suppress(asyncio.CancelledError):
        reference = await _answer(REFERENCE.execute, operation, drawn.context())
    await _settled()
    if reference is not None and not any(fault.path for fault in reference.faults):
        return reference, Everything(reference.data, frozenset(reference.faults))
    context = drawn.context()
    possible = await everything(REFERENCE, operation, context)
    reckoned = Answer(expected(possible), tuple(possible.faults), tuple(context.done))
    if reference is None:
        return reckoned, possible
    assert differences(reckoned, replace(reference, done=reckoned.done), possible) == []
    return reference, possible


async def _compare(operation: Operation, drawn: Drawn) -> None:
    """Run an operation on both, on the engine twice: the second time, its plan is known."""
    wanted, possible = await _reference(operation, drawn)
    for _time in range(2):
        assert differences(wanted, await _answer(SCHEMA.execute, operation, drawn.context()), possible) == []
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def _events(schema: strawberry.Schema, operation: Operation, context: Context) -> list[Answer]:
    """What a subscriber sees: an answer for each event."""
    events = await schema.subscribe(
        operation.query, deepcopy(operation.variables), context_value=context, operation_name=operation.name
    )
    return [answer_of(each) async for each in events]


async def _compare_events(operation: Operation, drawn: Drawn) -> None:
    possible = await everything_of_events(REFERENCE, operation, drawn.context())
    wanted = [Answer(expected(each), tuple(each.faults)) for each in possible]
    with suppress(asyncio.CancelledError):
        wanted = await _events(REFERENCE, operation, drawn.context())
    await _settled()
    found = await _events(SCHEMA, operation, drawn.context())
    assert len(found) == len(wanted) == len(possible)
    for one, other, each in zip(wanted, found, possible, strict=True):
        assert differences(one, other, each) == []


def _check(
    runner: asyncio.Runner, root: str, compare: Callable[[Operation, Drawn], Coroutine[Any, Any, None]], cases: int
) -> None:
    """Compare many operations of a kind, nearly all of which have to be the engine's own work."""
    before = SCHEMA.uncovered.total()

    def operation(document: bytes) -> Operation:
        return operation_from(SCHEMA._schema, document, root=root, literals=LITERALS)

    def fails(document: bytes, drawn: Drawn) -> bool:
        try:
            runner.run(compare(operation(document), drawn))
        except Exception:  # noqa: BLE001 - whatever it is, it is raised again for the simplest case
            return True
        return False

    @settings(max_examples=cases, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    @given(document=st.binary(min_size=CHOICES, max_size=CHOICES), drawn=LIBRARIES)
    def check(document: bytes, drawn: Drawn) -> None:
        if fails(document, drawn):
            document = simplest(document, lambda each: fails(each, drawn))
            table = simplest(drawn.table, lambda each: fails(document, replace(drawn, table=each)))
            note(operation(document).query)
            runner.run(compare(operation(document), replace(drawn, table=table)))

    check()
    assert SCHEMA.uncovered.total() - before <= 2 * cases * UNCOVERED_PERCENT_MAX / 100


@pytest.mark.slow
def test_the_engine_answers_queries_as_graphql_core_does(runner: asyncio.Runner) -> None:
    _check(runner, "query", _compare, QUERIES)


def test_the_engine_does_mutations_one_after_another_as_graphql_core_does(runner: asyncio.Runner) -> None:
    _check(runner, "mutation", _compare, OTHERS)


def test_the_engine_answers_each_event_of_a_subscription_as_graphql_core_does(runner: asyncio.Runner) -> None:
    _check(runner, "subscription", _compare_events, OTHERS)


def _turned_round(result: ExecutionResult) -> ExecutionResult:
    data = None if result.data is None else dict(reversed(result.data.items()))
    return ExecutionResult(data, result.errors)


def _silenced(result: ExecutionResult) -> ExecutionResult:
    return ExecutionResult(result.data, None)


def _without_nulls(result: ExecutionResult) -> ExecutionResult:
    data = result.data and {name: value or "" for name, value in result.data.items()}
    return ExecutionResult(data, result.errors)


@pytest.mark.parametrize("wrong", [_turned_round, _silenced, _without_nulls])
def test_an_engine_that_answers_wrongly_does_not_pass(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, wrong: Callable[[ExecutionResult], ExecutionResult]
) -> None:
    answer_rightly = SCHEMA.execute

    async def answer(*arguments: Any, **options: Any) -> ExecutionResult:
        return wrong(await answer_rightly(*arguments, **options))

    monkeypatch.setattr(SCHEMA, "execute", answer)
    with pytest.raises(AssertionError, match=r"data: |missing: |nothing says why"):
        _check(runner, "query", _compare, 100)
