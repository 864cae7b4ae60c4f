"""What an operation may cost at most, before it is run: a formula for each operation, made once with its document.

A formula is a number wherever no variable bears on it. What lies in a fragment is worked out once for each size that
the place of its spread gives it, so that spreads within spreads multiply the cost and not the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_abstract_type,
    is_composite_type,
    is_object_type,
    value_from_ast_untyped,
)

from graph.limits.weights import FieldCost, Weights

__all__ = ["COST_MAX", "SLICE_MAX", "CostModel", "OperationCost"]

COST_MAX = 2**31 - 1
"""What a cost is written as where it is beyond all bounds: clients take it for an `Int`."""

SLICE_MAX = 100
"""What an argument counts for that asks for more: no list gives more at once, and the field itself says so."""


@dataclass(slots=True)
class _Given:
    """The variables of a request, with the defaults of the operation, and what was worked out from them."""

    variables: Mapping[str, Any]
    defaults: Mapping[str, Any]
    known: dict[int, float] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """The value of a variable; Undefined where it has none."""
        return self.variables.get(name, self.defaults.get(name, Undefined))


_Amount = float | Callable[[_Given], float]


def _sum(amounts: Iterable[_Amount]) -> _Amount:
    constant, varying = 0.0, []
    for each in amounts:
        if callable(each):
            varying.append(each)
        else:
            constant += each
    if not varying:
        return constant
    return lambda given: constant + sum(each(given) for each in varying)


def _times(size: _Amount, amount: _Amount) -> _Amount:
    if not callable(size):
        if not callable(amount):
            return size * amount
        return lambda given: size * amount(given)
    if not callable(amount):
        return lambda given: size(given) * amount
    return lambda given: size(given) * amount(given)


def _largest(amounts: list[_Amount]) -> _Amount:
    if not any(callable(each) for each in amounts):
        return max((each for each in amounts if not callable(each)), default=0.0)
    return lambda given: max(each(given) if callable(each) else each for each in amounts)


def _once(amount: _Amount) -> _Amount:
    """The same, worked out once for each request however often it is asked for."""
    if not callable(amount):
        return amount
    work_out, key = amount, id(amount)

    def known(given: _Given) -> float:
        found = given.known.get(key)
        if found is None:
            found = given.known[key] = work_out(given)
        return found

    return known


def _whole(amount: float) -> int:
    return ceil(min(amount, COST_MAX))


@dataclass(frozen=True, slots=True)
class OperationCost:
    """What one operation costs.

    Attributes:
        most: The formula of what it may cost.
        fixed: The formula of what its root fields cost by themselves, whatever they return.
        defaults: The values of variables that a request leaves out.
    """

    most: _Amount
    fixed: _Amount
    defaults: Mapping[str, Any]

    def requested(self, variables: Mapping[str, Any] | None) -> int:
        """What the operation may cost with these variables, taken as they were sent; 1 at least."""
        return max(1, _whole(self._of(self.most, variables)))

    def actual(self, variables: Mapping[str, Any] | None, weight: int) -> int:
        """What the operation did cost.

        Args:
            variables: As they were sent.
            weight: What the objects of the answer cost together.
        """
        return max(1, _whole(self._of(self.fixed, variables) + weight))

    def _of(self, amount: _Amount, variables: Mapping[str, Any] | None) -> float:
        return amount(_Given(variables or {}, self.defaults)) if callable(amount) else amount


class CostModel:
    """Makes the formulas of a schema's operations.

    Attributes:
        weights: What its fields cost.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def of_document(self, document: DocumentNode) -> dict[int, OperationCost]:
        """The cost of each operation, by the `id` of its node.

        Args:
            document: One that `check_shape` let through; it need not be valid, and what the schema does not know in it
                costs nothing.
        """
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        formulas = _Formulas(self.weights, fragments)
        return {
            id(each): formulas.of_operation(each)
            for each in document.definitions
            if isinstance(each, OperationDefinitionNode)
        }


class _Formulas:
    """Makes the formulas of one document."""

    def __init__(self, weights: Weights, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._weights = weights
        self._schema = weights.schema
        self._fragments = fragments
        self._known: dict[tuple[str, object], _Amount] = {}
        self._sizes: dict[object, _Amount] = {}

    def of_operation(self, operation: OperationDefinitionNode) -> OperationCost:
        root = self._schema.get_root_type(operation.operation)
        defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in operation.variable_definitions or ()
            if each.default_value is not None
        }
        if root is None:
            return OperationCost(0.0, 0.0, defaults)
        most = self._selection(root, operation.selection_set, None)
        return OperationCost(most, _sum(self._fixed(root, operation.selection_set)), defaults)

    def _selection(self, parent: GraphQLNamedType, selection_set: SelectionSetNode, page: _Page | None) -> _Amount:
        """What is asked of one object of a type.

        Args:
            parent: The type.
            selection_set: What is asked.
            page: How long some of its lists are, where a field above says so.
        """
        shared: list[_Amount] = []
        by_type: dict[str, list[_Amount]] = {}
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                shared.append(_under_conditions(node, self._field(parent, node, page)))
                continue
            found = self._fragment(parent, node, page)
            if found is None:
                continue
            kind, amount = found
            # Of an interface's objects each is of one type only, so of what is asked of single types only one counts.
            is_choice = is_abstract_type(parent) and is_object_type(kind)
            (by_type.setdefault(kind.name, []) if is_choice else shared).append(_under_conditions(node, amount))
        return _sum([*shared, _largest([_sum(each) for each in by_type.values()])])

    def _fragment(
        self, parent: GraphQLNamedType, node: Any, page: _Page | None
    ) -> tuple[GraphQLNamedType, _Amount] | None:
        """The type that a fragment asks, and what it asks; None for one that is not known."""
        if isinstance(node, InlineFragmentNode):
            kind = parent if node.type_condition is None else self._type(node.type_condition.name.value)
            return None if kind is None else (kind, self._selection(kind, node.selection_set, page))
        definition = self._fragments.get(node.name.value)
        kind = None if definition is None else self._type(definition.type_condition.name.value)
        if definition is None or kind is None:
            return None
        key = (definition.name.value, None if page is None else page.key)
        if key not in self._known:
            self._known[key] = _once(self._selection(kind, definition.selection_set, page))
        return kind, self._known[key]

    def _type(self, name: str) -> GraphQLNamedType | None:
        kind = self._schema.get_type(name)
        return kind if kind is not None and is_composite_type(kind) else None

    def _field(self, parent: GraphQLNamedType, node: FieldNode, page: _Page | None) -> _Amount:
        name = node.name.value
        cost = self._weights.of_field(parent, name)
        if cost is None:
            return 0.0
        if cost.kind is None:
            return cost.weight
        size: _Amount = cost.size if cost.size is not None else 1.0
        below: _Page | None = None
        if cost.slicing:
            amount, key = self._slice(parent, node, cost)
            if cost.sized_fields:
                below = _Page(amount, key, cost.sized_fields)
            else:
                size = amount
        elif page is not None and name in page.fields:
            size = page.size
        asked = 0.0 if node.selection_set is None else self._selection(cost.kind, node.selection_set, below)
        return _sum([cost.weight, _times(size, _sum([cost.unit, asked]))])

    def _slice(self, parent: GraphQLNamedType, node: FieldNode, cost: FieldCost) -> tuple[_Amount, object]:
        """How many objects an argument asks for, and what tells this number from others."""
        name, *path = cost.slicing
        given = next((each.value for each in node.arguments or () if each.name.value == name), None)
        if given is not None:
            return _slice_of(given, tuple(path))
        definition = self._schema.get_field(parent, node.name.value)  # type: ignore[arg-type]  # as of_field found it
        default = definition.args[name].default_value if definition is not None and name in definition.args else None
        size = _count(_follow(default, path))
        return size, size

    def _fixed(self, parent: GraphQLNamedType, selection_set: SelectionSetNode) -> Iterable[_Amount]:
        """What the root fields cost by themselves."""
        for node in selection_set.selections:
            amount: _Amount = 0.0
            if isinstance(node, FieldNode):
                cost = self._weights.of_field(parent, node.name.value)
                amount = 0.0 if cost is None else cost.weight
            elif isinstance(node, InlineFragmentNode):
                amount = _sum(self._fixed(parent, node.selection_set))
            elif isinstance(node, FragmentSpreadNode) and node.name.value in self._fragments:
                key = (node.name.value, "fixed")
                if key not in self._known:
                    self._known[key] = _once(_sum(self._fixed(parent, self._fragments[node.name.value].selection_set)))
                amount = self._known[key]
            yield _under_conditions(node, amount)


@dataclass(frozen=True, slots=True)
class _Page:
    """How long the lists of a page are."""

    size: _Amount
    key: object
    fields: frozenset[str]


def _follow(value: Any, path: Iterable[str]) -> Any:
    """What lies in a value at the end of a way through objects."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _count(value: Any) -> float:
    """How many objects a value asks for: a number by itself, a list by its length."""
    if isinstance(value, list):
        return float(min(len(value), SLICE_MAX))
    if isinstance(value, bool) or not isinstance(value, int | float):
        # No number and no list: what is wrong is told of when the variables are read.
        return 1.0
    return float(max(0, min(value, SLICE_MAX)))


def _slice_of(value: ValueNode | None, path: tuple[str, ...]) -> tuple[_Amount, object]:
    """How many objects a value of the document asks for, and what tells this number from others."""
    while path and isinstance(value, ObjectValueNode):
        value = next((each.value for each in value.fields if each.name.value == path[0]), None)
        path = path[1:]
    if isinstance(value, VariableNode):
        name = value.name.value
        return (lambda given: _count(_follow(given.value(name), path))), (name, path)
    size = 1.0
    if isinstance(value, IntValueNode):
        # Digits by the thousand are no number that Python reads.
        size = _count(int(value.value)) if len(value.value) < len(str(COST_MAX)) else float(SLICE_MAX)
    elif isinstance(value, ListValueNode):
        size = float(min(len(value.values), SLICE_MAX))
    return size, size


def _under_conditions(node: Any, amount: _Amount) -> _Amount:
    """The amount, where `@skip` and `@include` let the selection stand."""
    for directive in node.directives or ():
        name = directive.name.value
        if name not in ("skip", "include"):
            continue
        wanted = name == "include"
        for argument in directive.arguments or ():
            if argument.name.value == "if":
                amount = _when(argument.value, wanted, amount)
    return amount


def _when(condition: ValueNode, wanted: bool, amount: _Amount) -> _Amount:  # noqa: FBT001 - what the directive wants
    if isinstance(condition, BooleanValueNode):
        return amount if condition.value is wanted else 0.0
    if not isinstance(condition, VariableNode):
        return amount
    name, unwanted = condition.name.value, not wanted

    def when(given: _Given) -> float:
        if given.value(name) is unwanted:
            return 0.0
        return amount(given) if callable(amount) else amount

    return when
