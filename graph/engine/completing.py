"""From objects to answers, level by level, as the specification completes values (section 6.4.3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import Any, cast

from graphql import GraphQLError, GraphQLObjectType, Undefined, default_type_resolver, is_object_type
from graphql.pyutils import inspect, is_iterable

from graph.engine.declarations import WEIGHT, check_of
from graph.engine.paths import Field, Items, Picked, Positions
from graph.engine.plan import FAILED, Abstract, FieldPlan, Leaf, ListOf, Object, Selection, Shape, Source
from graph.engine.resolving import raw_values
from graph.engine.run import Run, await_all

__all__ = ["field_values", "select"]

SHARED_ROWS_MIN = 8
"""From so many rows on it pays to see whether a relation led to the same row more than once."""

_LISTS = (list, tuple)
_NO_VALUES = {type(None), type(Undefined)}


async def select(run: Run, selection: Selection, objects: list[Any], places: Positions) -> list[Any]:
    """The answers for the objects of a level: a dictionary for each, or FAILED."""
    failures = len(run.errors)
    started = await _start(run, selection, objects, places) if selection.is_concurrent else {}
    columns = [await field_values(run, plan, objects, places, started.get(plan.key)) for plan in selection.columns]
    if len(run.errors) == failures:
        try:
            return selection.build(objects, *columns)
        except Exception:  # noqa: BLE001, S110 - whatever it is, it is found again with its place
            pass
    return _build_exactly(run, selection, objects, columns, places)


async def _start(run: Run, selection: Selection, objects: list[Any], places: Positions) -> dict[str, list[Any]]:
    """What the resolvers of a level give, which may wait side by side."""
    plans = [plan for plan in selection.columns if plan.source is Source.RESOLVER]
    values = await asyncio.gather(*(raw_values(run, plan, objects, places) for plan in plans))
    return {plan.key: value for plan, value in zip(plans, values, strict=True)}


async def field_values(
    run: Run, plan: FieldPlan, objects: list[Any], places: Positions, values: list[Any] | None = None
) -> list[Any]:
    """The completed values of a field, one for each object; of `values` where they are there already."""
    if values is None:
        values = await raw_values(run, plan, objects, places)
    positions = Field(places, plan.key, is_non_null=plan.shape.is_non_null)
    return await _complete(run, plan, plan.shape, values, positions)


def _is_value(value: Any) -> bool:
    return value is not None and value is not Undefined and not isinstance(value, Exception)


async def _complete(run: Run, plan: FieldPlan, shape: Shape, values: list[Any], places: Positions) -> list[Any]:
    """The values as they stand in the answer, FAILED where one is null that may not be.

    Args:
        run: The run.
        plan: The field whose values they are, or whose lists they are items of.
        shape: The type of the values.
        values: What the field gave; an exception is the error of that value.
        places: Where the values stand.
    """
    if isinstance(shape, Leaf):
        return [_leaf(run, plan, shape, value, places, number) for number, value in enumerate(values)]
    if all(kind not in _NO_VALUES and not issubclass(kind, Exception) for kind in {*map(type, values)}):
        return await _present(run, plan, shape, values, places)
    numbers = [number for number, value in enumerate(values) if _is_value(value)]
    completed = [
        None if _is_value(value) else _null(run, plan, shape, value, places, number)
        for number, value in enumerate(values)
    ]
    if numbers:
        chosen = [values[number] for number in numbers]
        made = await _present(run, plan, shape, chosen, Picked(places, numbers))
        for number, value in zip(numbers, made, strict=True):
            completed[number] = value
    return completed


def _fail(run: Run, plan: FieldPlan, shape: Shape, error: Exception, places: Positions, number: int) -> Any:
    run.fail(error, plan.nodes, places, number)
    return FAILED if shape.is_non_null else None


def _null(run: Run, plan: FieldPlan, shape: Shape, value: Any, places: Positions, number: int) -> Any:
    """What stands where there is no value, or an error."""
    if isinstance(value, Exception):
        return _fail(run, plan, shape, value, places, number)
    if not shape.is_non_null:
        return None
    error = TypeError(f"Cannot return null for non-nullable field {plan.parent.name}.{plan.name}.")
    return _fail(run, plan, shape, error, places, number)


def _leaf(run: Run, plan: FieldPlan, shape: Leaf, value: Any, places: Positions, number: int) -> Any:
    if not _is_value(value):
        return _null(run, plan, shape, value, places, number)
    try:
        return shape.write(value)
    except Exception as error:  # noqa: BLE001 - the error of this value
        return _fail(run, plan, shape, error, places, number)


async def _present(
    run: Run, plan: FieldPlan, shape: ListOf | Object | Abstract, values: list[Any], places: Positions
) -> list[Any]:
    """The completed values of a list, an object or an abstract type, none of which is null."""
    if isinstance(shape, ListOf):
        return await _lists(run, plan, shape, values, places)
    if isinstance(shape, Abstract):
        return await _of_several_types(run, plan, shape, values, places)
    return await _objects(run, plan, shape, shape.type, values, places)


async def _lists(run: Run, plan: FieldPlan, shape: ListOf, values: list[Any], places: Positions) -> list[Any]:
    item = shape.item
    items: list[Any] = []
    lengths: list[int] = []
    failed: dict[int, Any] = {}
    for number, value in enumerate(values):
        try:
            found = value if value.__class__ in _LISTS else await _as_list(plan, value)
        except Exception as error:  # noqa: BLE001 - the error of this list
            failed[number] = _fail(run, plan, shape, error, places, number)
            lengths.append(0)
            continue
        items += found
        lengths.append(len(found))
    if plan.source is Source.RESOLVER and any(hasattr(each, "__await__") for each in items):
        items = await await_all(items)
    made = (
        await _complete(run, plan, item, items, Items(places, lengths, is_non_null=item.is_non_null)) if items else []
    )
    completed: list[Any] = []
    start = 0
    is_whole = not item.is_non_null or FAILED not in made
    for number, length in enumerate(lengths):
        part = made[start : start + length]
        start += length
        if number in failed:
            completed.append(failed[number])
        elif is_whole or FAILED not in part:
            completed.append(part)
        else:
            completed.append(FAILED if shape.is_non_null else None)
    return completed


async def _as_list(plan: FieldPlan, value: Any) -> list[Any]:
    if isinstance(value, AsyncIterable):
        return [each async for each in value]
    if not is_iterable(value):
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{plan.parent.name}.{plan.name}'.")
    return list(value)


async def _objects(
    run: Run, plan: FieldPlan, shape: Object | Abstract, kind: GraphQLObjectType, values: list[Any], places: Positions
) -> list[Any]:
    """The answers for objects of one type."""
    check = check_of(kind)
    if check is not None:
        return await _checked(run, plan, shape, kind, check, values, places)
    return await _of_type(run, plan, shape, kind, values, places)


async def _of_type(
    run: Run, plan: FieldPlan, shape: Object | Abstract, kind: GraphQLObjectType, values: list[Any], places: Positions
) -> list[Any]:
    """The answers for objects that are of the type."""
    run.count(len(values), len(values) * kind.extensions.get(WEIGHT, 1))
    await run.rest(len(values))
    try:
        made = await _selected(run, plan, shape.select(kind), values, places)
    except (GraphQLError, RecursionError) as error:
        # What the selection is to be cannot be told, or there is no room left for what lies below; of the latter it is
        # told as soon as there is room again.
        return [_fail(run, plan, shape, error, places, number) for number in range(len(values))]
    return made if shape.is_non_null or FAILED not in made else [None if each is FAILED else each for each in made]


async def _selected(run: Run, plan: FieldPlan, selection: Selection, values: list[Any], places: Positions) -> list[Any]:
    """The answers for objects, each made once where a relation led to it several times."""
    if plan.source is Source.RELATION and len(values) >= SHARED_ROWS_MIN:
        distinct = {id(value): value for value in values}
        if 2 * len(distinct) <= len(values):
            failures, objects, weight = len(run.errors), run.objects, run.weight
            made = await select(run, selection, list(distinct.values()), places)
            # What lies below stands in as many places as the rows do.
            more = len(values) - len(distinct)
            run.count((run.objects - objects) * more // len(distinct), (run.weight - weight) * more // len(distinct))
            shared = dict(zip(distinct, made, strict=True))
            if len(run.errors) == failures:
                return [shared[id(value)] for value in values]
            # The places of errors are those of the values, not of the distinct ones: once more, each by itself.
            del run.errors[failures:]
    return await select(run, selection, values, places)


async def _checked(
    run: Run,
    plan: FieldPlan,
    shape: Object | Abstract,
    kind: GraphQLObjectType,
    check: Callable[[Any, Any], Any],
    values: list[Any],
    places: Positions,
) -> list[Any]:
    """The answers for objects of a type that is asked whether they are its own."""
    info = run.info(plan, places.path(0))
    answers: list[Any] = []
    for value in values:
        try:
            answers.append(check(value, info))
        except Exception as error:  # noqa: BLE001 - the error of this value
            answers.append(error)
    answers = await await_all(answers)
    completed: list[Any] = [None] * len(values)
    numbers = []
    for number, answer in enumerate(answers):
        if isinstance(answer, Exception):
            completed[number] = _fail(run, plan, shape, answer, places, number)
        elif not answer:
            message = f"Expected value of type '{kind}' but got: {inspect(values[number])}."
            completed[number] = _fail(run, plan, shape, GraphQLError(message, plan.nodes), places, number)
        else:
            numbers.append(number)
    if numbers:
        chosen = [values[number] for number in numbers]
        made = await _of_type(run, plan, shape, kind, chosen, Picked(places, numbers))
        for number, value in zip(numbers, made, strict=True):
            completed[number] = value
    return completed


async def _of_several_types(
    run: Run, plan: FieldPlan, shape: Abstract, values: list[Any], places: Positions
) -> list[Any]:
    """The answers for values of an interface or a union: sorted by type, and each type at once."""
    abstract = shape.type
    resolve = abstract.resolve_type or default_type_resolver
    info = run.info(plan, places.path(0))
    names: list[Any] = []
    for value in values:
        try:
            names.append(resolve(value, info, abstract))
        except Exception as error:  # noqa: BLE001 - the error of this value
            names.append(error)
    names = await await_all(names)
    completed: list[Any] = [None] * len(values)
    by_type: dict[str, tuple[GraphQLObjectType, list[int]]] = {}
    for number, name in enumerate(names):
        try:
            kind = _runtime_type(run, plan, shape, name, values[number])
        except Exception as error:  # noqa: BLE001 - the error of this value
            completed[number] = _fail(run, plan, shape, error, places, number)
        else:
            by_type.setdefault(kind.name, (kind, []))[1].append(number)
    for kind, numbers in by_type.values():
        chosen = [values[number] for number in numbers]
        made = await _objects(run, plan, shape, kind, chosen, Picked(places, numbers))
        for number, value in zip(numbers, made, strict=True):
            completed[number] = value
    return completed


def _runtime_type(run: Run, plan: FieldPlan, shape: Abstract, name: Any, value: Any) -> GraphQLObjectType:
    """The type of objects that a value is of; raises in graphql-core's words where it is none."""
    if isinstance(name, Exception):
        raise name
    abstract, field = shape.type, f"{plan.parent.name}.{plan.name}"
    if name is None:
        raise GraphQLError(
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field '{field}'."
            f" Either the '{abstract}' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function.",
            plan.nodes,
        )
    if not isinstance(name, str):
        raise GraphQLError(
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field '{field}'"
            f" with value {inspect(value)}, received '{inspect(name)}', which is not a valid Object type name.",
            plan.nodes,
        )
    kind = run.schema.get_type(name)
    if kind is None:
        raise GraphQLError(
            f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist inside the schema.",
            plan.nodes,
        )
    if not is_object_type(kind):
        raise GraphQLError(f"Abstract type '{abstract}' was resolved to a non-object type '{name}'.", plan.nodes)
    if not run.schema.is_sub_type(abstract, kind):
        raise GraphQLError(f"Runtime Object type '{kind}' is not a possible type for '{abstract}'.", plan.nodes)
    return kind


def _build_exactly(
    run: Run, selection: Selection, objects: list[Any], columns: list[list[Any]], places: Positions
) -> list[Any]:
    """What the selection's builder makes, value by value, with an error for each that is amiss."""
    answers: list[Any] = []
    for number, row in enumerate(objects):
        answer: Any = {}
        values = iter(columns)
        for plan, is_inline in zip(selection.fields, selection.is_inline, strict=True):
            value = _inline_value(run, plan, row, places, number) if is_inline else next(values)[number]
            if value is FAILED:
                answer = FAILED
                break
            answer[plan.key] = value
        answers.append(answer)
    return answers


def _inline_value(run: Run, plan: FieldPlan, row: Any, places: Positions, number: int) -> Any:
    try:
        value = plan.read(row)
    except Exception as error:  # noqa: BLE001 - the error of this value
        value = error
    # Only leaves are read from the object.
    return _leaf(
        run, plan, cast("Leaf", plan.shape), value, Field(places, plan.key, is_non_null=plan.shape.is_non_null), number
    )
