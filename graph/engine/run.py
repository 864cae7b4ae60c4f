"""One execution of an operation: what all fields of it share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    located_error,
)
from graphql.execution import Executor, default_field_resolver, default_type_resolver
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graph.engine.paths import Position, Positions
from graph.engine.plan import FieldPlan

__all__ = ["OBJECTS_MAX", "AnswerTooLargeError", "Run", "await_all"]


OBJECTS_MAX = 200_000
"""How many objects one answer may have, written out: rows that stand in several places count in each."""

UNITS_BETWEEN_TURNS = 500
"""After so many objects, a level counting for ten, others have their turn: where all is loaded, nothing is awaited."""

_LEVEL_UNITS = 10


class AnswerTooLargeError(BaseException):
    """The answer would have more objects than one may. No `Exception`: it is no error of a field."""


@dataclass(slots=True)
class Run:
    """One execution of an operation.

    Attributes:
        errors: The errors so far, each with the position that it makes null.
        objects: How many objects the answer has so far, written out.
        weight: What they weigh together.
    """

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: VariableValues
    context: Any
    root_value: Any
    errors: list[tuple[GraphQLError, Position]] = field(default_factory=list)
    objects: int = 0
    weight: int = 0
    _units: int = 0
    _executor: Executor[Any] | None = None

    def count(self, objects: int, weight: int) -> None:
        """Count objects of the answer, with what they weigh; raises AnswerTooLargeError beyond the limit."""
        self.objects += objects
        self.weight += weight
        if self.objects > OBJECTS_MAX:
            raise AnswerTooLargeError

    async def rest(self, objects: int) -> None:
        """Give others their turn, if a good deal was done since the last."""
        self._units += objects + _LEVEL_UNITS
        if self._units >= UNITS_BETWEEN_TURNS:
            self._units = 0
            await asyncio.sleep(0)

    def fail(self, error: Exception, nodes: list[FieldNode], values: Positions, number: int) -> None:
        """Note the error of a value."""
        located = located_error(error, nodes, values.path(number))
        self.errors.append((located, values.stop(number)))

    def visible_errors(self, data: Any) -> list[GraphQLError]:
        """The errors to give: one for each position that they make null, none below a position that is null anyway."""
        first: dict[tuple[str | int, ...], GraphQLError] = {}
        for error, stop in self.errors:
            if _reaches(data, stop):
                first.setdefault(tuple(stop), error)
        return list(first.values())

    def info(self, plan: FieldPlan, position: Position) -> GraphQLResolveInfo[Any]:
        """What graphql-core tells a resolver."""
        path: Path | None = None
        for key in position:
            path = Path(path, key, plan.parent.name if isinstance(key, str) else None)
        if self._executor is None:
            self._executor = StrawberryGraphQLCoreExecutionContext(
                self.schema,
                self.fragments,
                {},
                self.root_value,
                self.context,
                self.operation,
                self.variables,
                default_field_resolver,
                default_type_resolver,
                default_field_resolver,
            )
        info: GraphQLResolveInfo[Any] = self._executor.build_resolve_info(
            plan.definition,
            plan.nodes,
            plan.parent,
            path,  # type: ignore[arg-type]  # no field stands at the root
        )
        return info

    def arguments(self, plan: FieldPlan) -> Mapping[str, Any]:
        """The field's arguments in this run; raises GraphQLError for what the schema does not take."""
        if plan.constant is not None:
            return plan.constant
        if not plan.has_arguments:
            return {}
        given = get_argument_values(plan.definition, plan.nodes[0], self.variables)
        return given if plan.convert is None else plan.convert(given)


def _reaches(data: Any, position: Position) -> bool:
    """Whether nothing on the way to the position is null."""
    for key in position:
        if data is None:
            return False
        data = data[key]
    return True


async def await_all(values: list[Any]) -> list[Any]:
    """The values, those awaited that can be; an exception stands for what failed."""
    waiting = [number for number, value in enumerate(values) if isawaitable(value)]
    if len(waiting) == 1:
        try:
            values[waiting[0]] = await values[waiting[0]]
        except Exception as error:  # noqa: BLE001 - the error of this object
            values[waiting[0]] = error
    elif waiting:
        done = await asyncio.gather(*(values[number] for number in waiting), return_exceptions=True)
        for number, value in zip(waiting, done, strict=True):
            if isinstance(value, asyncio.CancelledError):
                raise value
            values[number] = value
    return values
