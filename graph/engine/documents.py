"""Documents that were parsed and validated once, with the plans of their operations."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    Undefined,
)
from graphql.execution.values import VariableValues

from graph.engine.compiling import Compiler, Facts
from graph.engine.plan import Selection

__all__ = ["DOCUMENTS_MAX", "DOCUMENT_CHARACTERS_MAX", "PLANS_MAX", "LeastRecentlyUsed", "Operation", "find_operation"]

DOCUMENTS_MAX = 512
"""How many operations are kept."""

DOCUMENT_CHARACTERS_MAX = 20_000
"""Documents that are longer are compiled each time."""

PLANS_MAX = 16
"""How many plans one operation keeps, for different values of what `@skip` and `@include` ask."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class LeastRecentlyUsed(Generic[_Key, _Value]):
    """A cache that forgets what was not asked for longest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[_Key, _Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: _Key) -> _Value | None:
        """What is kept under the key."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: _Key, value: _Value) -> None:
        """Keep a value."""
        self._kept[key] = value
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


class Operation:
    """A valid operation with its plans.

    Attributes:
        node: The operation.
        fragments: The fragments of its document, by name.
    """

    def __init__(self, node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self.node = node
        self.fragments = fragments
        self._facts = Facts.of(node, fragments)
        self._plans: LeastRecentlyUsed[tuple[Any, ...], Selection] = LeastRecentlyUsed(PLANS_MAX)

    def plan(self, compiler: Compiler, variables: VariableValues) -> Selection:
        """The plan for these variables; raises Uncovered where the engine has none."""
        names = self._facts.conditions
        values = tuple(variables.coerced.get(name, Undefined) for name in names)
        found = self._plans.get(values)
        if found is None:
            # A plan lives longer than the request: of the variables it keeps the conditions alone.
            kept = VariableValues(
                {name: variables.sources[name] for name in names if name in variables.sources},
                {name: variables.coerced[name] for name in names if name in variables.coerced},
            )
            found = compiler.compile(self.node, self.fragments, self._facts, kept)
            self._plans.put(values, found)
        return found


def find_operation(document: DocumentNode, name: str | None) -> Operation | None:
    """The operation of a document that is to be run; None where it is not clear which."""
    operations, fragments = [], {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            if name is None or (definition.name is not None and definition.name.value == name):
                operations.append(definition)
        elif isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
    return Operation(operations[0], fragments) if len(operations) == 1 else None
