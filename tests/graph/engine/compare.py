"""Whether one answer to an operation is as good as another: the same data, and errors that could have been given.

An executor is free in two things: in the order of the errors, and in which of several errors below a position that
they make null it gives. To know all that could have been given, the operation is executed once more by graphql-core
without error propagation, which leaves nothing out and cancels nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    execute,
    is_non_null_type,
    parse,
    subscribe,
)

from tests.graph.engine.documents import Operation

__all__ = [
    "Answer",
    "Everything",
    "Fault",
    "answer_of",
    "differences",
    "everything",
    "everything_of_events",
    "expected",
]

Position = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Fault:
    """An error as a client sees it; no path where the operation was not begun."""

    path: Position | None
    message: str
    locations: tuple[tuple[int, int], ...]
    extensions: str


@dataclass(frozen=True)
class Answer:
    """What a client sees, and what the operation did on the way."""

    data: dict[str, Any] | None
    faults: tuple[Fault, ...]
    done: tuple[str, ...] = ()


@dataclass(frozen=True)
class Everything:
    """The answer without error propagation.

    Attributes:
        data: The data with a null at every error and no null above it.
        faults: Every error that there is.
        is_required: For each position that was reached whether it may not be null.
    """

    data: dict[str, Any] | None
    faults: frozenset[Fault]
    is_required: Mapping[Position, bool] = field(default_factory=dict)

    def ends_at(self, path: Position) -> Position:
        """The position that an error at a path makes null: of the whole data, the empty one."""
        while path and self.is_required.get(path, False):
            path = path[:-1]
        return path


def _fault(error: GraphQLError) -> Fault:
    return Fault(
        path=None if error.path is None else tuple(error.path),
        message=error.message,
        locations=tuple((each.line, each.column) for each in error.locations or ()),
        extensions=json.dumps(error.extensions or {}, sort_keys=True, default=repr),
    )


def answer_of(result: ExecutionResult | strawberry.types.ExecutionResult, context: Any = None) -> Answer:
    """What a client sees of a result."""
    return Answer(result.data, tuple(map(_fault, result.errors or ())), tuple(getattr(context, "done", ())))


def _recorder(is_required: dict[Position, bool]) -> type[Executor[None]]:
    """An executor that notes which positions may not be null, and leaves every error where it is."""

    class Recorder(Executor[None]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.error_propagation = False

        def complete_value(self, return_type: Any, details: Any, info: Any, path: Any, *rest: Any) -> Any:
            # The outermost call for a position comes first, and has the type with its "!".
            is_required.setdefault(tuple(path.as_list()), is_non_null_type(return_type))
            return super().complete_value(return_type, details, info, path, *rest)

        def handle_field_error(self, error: Any, return_type: Any, details: Any, path: Any) -> None:
            is_required.setdefault(tuple(path.as_list()), is_non_null_type(return_type))
            super().handle_field_error(error, return_type, details, path)

    return Recorder


async def everything(schema: strawberry.Schema, operation: Operation, context: Any) -> Everything:
    """All errors that a query or a mutation has, wherever they are."""
    is_required: dict[Position, bool] = {}
    result = execute(
        schema._schema,
        parse(operation.query),
        context_value=context,
        variable_values=operation.variables,
        operation_name=operation.name,
        executor_class=_recorder(is_required),
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    return _everything(result, is_required)


async def everything_of_events(schema: strawberry.Schema, operation: Operation, context: Any) -> list[Everything]:
    """All errors that each event of a subscription has, up to one that ends it."""
    is_required: dict[Position, bool] = {}
    events = subscribe(
        schema._schema,
        parse(operation.query),
        context_value=context,
        variable_values=operation.variables,
        operation_name=operation.name,
        executor_class=_recorder(is_required),
    )
    found: list[Everything] = []
    if isawaitable(events):
        events = await events
    if isinstance(events, ExecutionResult):
        # There is no data without events, whatever the field's type.
        return [_everything(events, {tuple(error.path): True for error in events.errors or () if error.path})]
    try:
        async for result in events:
            found.append(_everything(result, dict(is_required)))
            is_required.clear()
    except Exception as error:  # noqa: BLE001 - what Strawberry makes the last event of
        found.append(_everything(ExecutionResult(None, [GraphQLError(str(error))]), {}))
    return found


def _everything(result: ExecutionResult, is_required: dict[Position, bool]) -> Everything:
    return Everything(result.data, frozenset(map(_fault, result.errors or ())), is_required)


def expected(found: Everything) -> Any:
    """The data with the nulls that the errors make, worked out apart from any executor."""
    ends = {found.ends_at(fault.path) for fault in found.faults if fault.path is not None}
    return None if () in ends else _with_nulls(found.data, (), ends)


def _with_nulls(value: Any, path: Position, ends: set[Position]) -> Any:
    if path in ends:
        return None
    if isinstance(value, dict):
        return {name: _with_nulls(each, (*path, name), ends) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_nulls(each, (*path, index), ends) for index, each in enumerate(value)]
    return value


def differences(reference: Answer, found: Answer, possible: Everything) -> list[str]:
    """What is wrong with an answer, beside the reference's and with all errors that could have been given."""
    wrong = []
    if json.dumps(reference.data) != json.dumps(found.data):
        wrong.append(f"data: {json.dumps(found.data)} in place of {json.dumps(reference.data)}")
    if reference.done != found.done:
        wrong.append(f"done: {found.done} in place of {reference.done}")
    wanted, hidden_wanted = _sorted_out(reference)
    given, hidden_given = _sorted_out(found)
    wrong += [f"missing: {fault}" for fault in (wanted - given).elements()]
    wrong += [f"too many: {fault}" for fault in (given - wanted).elements()]
    for position in hidden_wanted.keys() | hidden_given.keys():
        wrong += _below(position, hidden_wanted.get(position, []), hidden_given.get(position, []), possible)
    return wrong


def _sorted_out(answer: Answer) -> tuple[Counter[Fault], dict[Position, list[Fault]]]:
    """The errors that are to be there exactly, and those below each position that is null, by that position."""
    exact: Counter[Fault] = Counter()
    below: dict[Position, list[Fault]] = {}
    for fault in answer.faults:
        position = None if fault.path is None else _null_above(answer.data, fault.path)
        if position is None or position == fault.path:
            exact[fault] += 1
        else:
            below.setdefault(position, []).append(fault)
    return exact, below


def _null_above(data: Any, path: Position) -> Position | None:
    """The first position on the way to a path that is null; none when the path itself is not."""
    for length in range(len(path) + 1):
        if data is None:
            return path[:length]
        if length < len(path):
            data = _step(data, path[length])
    return None


def _step(data: Any, key: str | int) -> Any:
    """What is at a key. A path that the data does not have leads nowhere, and is not excused as null."""
    if isinstance(data, dict):
        return data.get(key, {})
    return data[key] if isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data) else {}


def _below(position: Position, wanted: list[Fault], given: list[Fault], possible: Everything) -> Iterable[str]:
    """What is wrong with the errors below a position that is null."""
    if not wanted and given:
        yield f"errors below {position}, which is null for no error: {given}"
    if wanted and not any(fault.path is not None and possible.ends_at(fault.path) == position for fault in given):
        yield f"nothing says why {position} is null: {given} in place of {wanted}"
    yield from (f"an error that cannot be: {fault}" for fault in given if fault not in possible.faults)
    yield from (f"twice: {fault}" for fault, count in Counter(given).items() if count > 1)
