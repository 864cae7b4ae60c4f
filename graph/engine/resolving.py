"""What the fields of a level give, before it is completed: an exception stands for the error of an object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from graph.engine.declarations import Call, Computed, Relation
from graph.engine.paths import Field, Positions
from graph.engine.plan import FieldPlan, Source
from graph.engine.run import Run, await_all

__all__ = ["raw_values"]


async def raw_values(run: Run, plan: FieldPlan, objects: list[Any], places: Positions) -> list[Any]:
    """What the field gives for each object; an exception is the error of that object."""
    if plan.declared is not None:
        return await _declared(run, plan, plan.declared, objects)
    if plan.source is Source.RESOLVER:
        return await _resolve(run, plan, objects, places)
    return _read(plan.read, objects)


async def _declared(run: Run, plan: FieldPlan, declared: Computed | Relation, objects: list[Any]) -> list[Any]:
    try:
        call = Call(run.context, run.arguments(plan), plan.parent.name, plan.name)
        is_allowed = declared.allow is None or declared.allow(call)
    except Exception as error:  # noqa: BLE001 - the error of each object
        return [error] * len(objects)
    if not is_allowed:
        return [None] * len(objects)
    hidden = _hidden(declared, call, objects)
    if isinstance(declared, Relation):
        return await _related(declared, call, objects, hidden)
    if hidden is None:
        return _read(declared.value, objects)
    return [_attempt(declared.value, row) if why is False else why for row, why in zip(objects, hidden, strict=True)]


def _attempt(function: Callable[[Any], Any], row: Any) -> Any:
    try:
        return function(row)
    except Exception as error:  # noqa: BLE001 - the error of this object
        return error


def _read(read: Callable[[Any], Any], objects: list[Any]) -> list[Any]:
    try:
        return [read(row) for row in objects]
    except Exception:  # noqa: BLE001 - at which of them shows one by one
        return [_attempt(read, row) for row in objects]


def _hidden(declared: Computed | Relation, call: Call, objects: list[Any]) -> list[Any] | None:
    """Beside each object: False where the field is to be given, else what stands there instead: null or an error."""
    guard = declared.guard
    if guard is None:
        return None
    answers: list[Any] = []
    for row in objects:
        try:
            answers.append(False if guard(call, row) else None)
        except Exception as error:  # noqa: BLE001 - the error of this object
            answers.append(error)
    return answers


async def _related(declared: Relation, call: Call, objects: list[Any], hidden: list[Any] | None) -> list[Any]:
    keys = _read(declared.key, objects)
    if hidden is not None:
        keys = [key if why is False else why for key, why in zip(keys, hidden, strict=True)]
    asked = [key for key in keys if key is not None and not isinstance(key, Exception)]
    if not asked:
        return keys
    try:
        begun = declared.begin(call)
        found = iter(await begun.loader.load_level(asked))
    except Exception as error:  # noqa: BLE001 - the error of each that asked
        return [error if key is not None and not isinstance(key, Exception) else key for key in keys]
    shape = begun.shape
    if shape is None and len(asked) == len(keys):
        return list(found)
    values: list[Any] = []
    for key in keys:
        if key is None or isinstance(key, Exception):
            values.append(key)
            continue
        value = next(found)
        if shape is not None and value is not None and not isinstance(value, Exception):
            try:
                value = shape(key, value)
            except Exception as error:  # noqa: BLE001 - the error of this object
                value = error
        values.append(value)
    return values


async def _resolve(run: Run, plan: FieldPlan, objects: list[Any], places: Positions) -> list[Any]:
    """Ask the resolver for each object, as graphql-core does; what is to be awaited is awaited together."""
    resolve = plan.definition.resolve
    if resolve is None:
        return [GraphQLError(f"{plan.parent.name}.{plan.name} has no resolver")] * len(objects)
    values: list[Any] = []
    positions = Field(places, plan.key, is_non_null=plan.shape.is_non_null)
    for number, source in enumerate(objects):
        try:
            # Each time anew: a resolver may change what it was given.
            values.append(resolve(source, run.info(plan, positions.path(number)), **run.arguments(plan)))
        except Exception as error:  # noqa: BLE001 - the error of this object
            values.append(error)
    return await await_all(values)
