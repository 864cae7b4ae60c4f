"""What documents would cost, looked at when they are registered: later is too late, when an application is out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
    specified_scalar_types,
    type_from_ast,
)

from graph.budgets import MACHINE_FACTOR
from graph.documents import operations_of
from graph.limits.cost import SLICE_MAX
from graph.schema import schema
from operations.console import CommandError

__all__ = ["costs_of", "dear_documents"]

_SHOWN_MAX = 10
_DEPTH_MAX = 3
"""How deep in an input a list is looked for whose length counts; they all stand right below it."""


def costs_of(text: str) -> tuple[int, int]:
    """What the dearest operation of a valid document costs: with the shortest lists, and with the longest.

    Lists are shortest and longest where a variable says how long they are; conditions are taken as met.
    """
    operations = operations_of(text) or ()
    nodes = [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
    least = most = 0
    for operation, node in zip(operations, nodes, strict=True):
        if operation.cost is not None:
            # Null is no length and no condition, and is no default either.
            least = max(least, operation.cost.requested({each.variable.name.value: None for each in _variables(node)}))
            most = max(most, operation.cost.requested(_longest(node)))
    return least, most


def dear_documents(documents: Mapping[str, str], cost_max: int) -> list[str]:
    """A sentence on each document that can cost more than an operation of a person may.

    Args:
        documents: Valid ones, by their ids.
        cost_max: What an operation of a person may cost; a machine's may cost ten times as much.

    Raises:
        CommandError: Some of them could never be run, by anybody.
    """
    machine_max = cost_max * MACHINE_FACTOR
    costs = {each: costs_of(text) for each, text in documents.items()}
    never = [f"{each}: It costs {least} at least." for each, (least, _) in costs.items() if least > machine_max]
    if never:
        more = [f"… and {len(never) - _SHOWN_MAX} more."] if len(never) > _SHOWN_MAX else []
        first = f"Nothing was registered: no operation may cost more than {machine_max}. Ask for less at a time."
        raise CommandError("\n".join([first, *never[:_SHOWN_MAX], *more]))
    return [
        f"{each}: It can cost {most}, and people's operations may cost {cost_max}"
        + (": only machines can run it." if least > cost_max else ": keep its lists shorter.")
        for each, (least, most) in costs.items()
        if most > cost_max
    ]


def _longest(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Variables that ask for as much as any can."""
    core = schema._schema  # noqa: SLF001 - as Strawberry validates
    return {each.variable.name.value: _largest(type_from_ast(core, each.type), 0) for each in _variables(operation)}


def _variables(operation: OperationDefinitionNode) -> tuple[VariableDefinitionNode, ...]:
    return tuple(operation.variable_definitions or ())


def _largest(kind: Any, depth: int) -> Any:  # noqa: ANN401 - a value of the type, as JSON has it
    """The longest value of a type; None for what no list is as long as."""
    nullable: GraphQLInputType = get_nullable_type(kind)
    if is_list_type(nullable):
        return [None] * SLICE_MAX
    named = get_named_type(nullable)
    if isinstance(named, GraphQLInputObjectType) and depth < _DEPTH_MAX:
        return {name: _largest(each.type, depth + 1) for name, each in named.fields.items()}
    return SLICE_MAX if named is specified_scalar_types["Int"] else None
