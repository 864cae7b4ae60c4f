"""What a field costs: declared by directives beside the field, and by its type where nothing is declared."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from strawberry.schema_directive import Location

__all__ = ["ARGUMENT_DESCRIPTIONS", "LIST_SIZE", "MUTATION_WEIGHT", "Cost", "FieldCost", "ListSize", "Weights", "free"]

MUTATION_WEIGHT = 10.0
"""What a mutation costs beside what it returns."""

LIST_SIZE = 10
"""The size that a list of objects is taken for where nothing says it."""

INTROSPECTION_WEIGHT = 0.03
"""What an object of the schema costs that tells of the schema itself: it is in memory, and never much."""

_OF_TYPE_ODDS = 0.5
"""How often a type has another inside it."""


@strawberry.schema_directive(
    locations=[Location.OBJECT, Location.INTERFACE, Location.FIELD_DEFINITION],
    name="cost",
    description=(
        "What an object of the type costs, where it is not 1, or what the field costs beside what it returns, "
        "where that is not 0. Scalars cost nothing, a mutation 10."
    ),
)
class Cost:
    """The cost of a type's objects or of a field."""

    weight: str = strawberry.directive_field(name="weight")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description=(
        "How many objects a list is taken for when the cost of an operation is counted. A list that is taken by pages "
        "needs no word: it is as long as its `first`."
    ),
)
class ListSize:
    """The size of a list."""

    assumed_size: int | None = strawberry.directive_field(name="assumedSize", default=strawberry.UNSET)
    slicing_arguments: list[str] | None = strawberry.directive_field(name="slicingArguments", default=strawberry.UNSET)
    sized_fields: list[str] | None = strawberry.directive_field(name="sizedFields", default=strawberry.UNSET)


ARGUMENT_DESCRIPTIONS = {
    "cost": {"weight": "A number."},
    "listSize": {
        "assumedSize": "How many objects the list is taken for.",
        "slicingArguments": "The argument that says how many: a number, or a list by its length; `a.b` is b inside a.",
        "sizedFields": "The fields below that are as long, where the field itself is no list.",
    },
}
"""What the directives' arguments are for."""

free = Cost(weight="0")
"""For types whose objects cost nothing: they come with the object that holds them."""


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What a field costs.

    Attributes:
        weight: What it costs by itself.
        size: How many objects it gives; None where an argument says it.
        slicing: The way to that argument, such as `first` or `input`, `items`.
        sized_fields: The fields below it that are as long as the argument says; empty where the field is itself.
        unit: What one of its objects costs, without what is asked of it.
        kind: The type of its objects; None for leaves.
    """

    weight: float
    size: float | None
    slicing: tuple[str, ...]
    sized_fields: frozenset[str]
    unit: float
    kind: GraphQLNamedType | None


class Weights:
    """The costs of a schema's fields, each worked out when it is first asked for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._fields: dict[tuple[str, str], FieldCost] = {}

    def of_type(self, kind: GraphQLNamedType) -> float:
        """What one object of the type costs."""
        declared = _declared(kind, Cost)
        if declared is not None:
            return float(declared.weight)
        return INTROSPECTION_WEIGHT if kind.name.startswith("__") else 1.0

    def of_field(self, parent: GraphQLNamedType, name: str) -> FieldCost | None:
        """What a field costs; None where the type has none of this name."""
        key = (parent.name, name)
        found = self._fields.get(key)
        if found is None:
            definition = self.schema.get_field(parent, name)  # type: ignore[arg-type]  # leaves have no fields
            if definition is None:
                return None
            found = self._fields[key] = self._cost(parent, name, definition)
        return found

    def _cost(self, parent: GraphQLNamedType, name: str, definition: GraphQLField) -> FieldCost:
        kind = get_named_type(definition.type)
        declared = _declared(definition, Cost)
        weight = float(declared.weight) if declared is not None else self._weight(parent)
        if is_leaf_type(kind):
            return FieldCost(weight, 1, (), frozenset(), 0, None)
        unit = self.of_type(kind)
        size = _declared(definition, ListSize) or _page_size(definition, kind)
        if size is not None and size.slicing_arguments:
            path = tuple(size.slicing_arguments[0].split("."))
            return FieldCost(weight, None, path, frozenset(size.sized_fields or ()), unit, kind)
        if size is not None and size.assumed_size:
            return FieldCost(weight, size.assumed_size, (), frozenset(), unit, kind)
        return FieldCost(weight, self._usual_size(kind, name, definition), (), frozenset(), unit, kind)

    def _weight(self, parent: GraphQLNamedType) -> float:
        changes = (self.schema.mutation_type, self.schema.subscription_type)
        return MUTATION_WEIGHT if parent in changes else 0

    def _usual_size(self, kind: GraphQLNamedType, name: str, definition: GraphQLField) -> float:
        if kind.name.startswith("__"):
            return self._introspection_sizes.get(name, 1)
        return LIST_SIZE if is_list_type(get_nullable_type(definition.type)) else 1

    @cached_property
    def _introspection_sizes(self) -> dict[str, float]:
        """How long the lists of the schema's own description are, on average."""
        kinds = list(self.schema.type_map.values())
        fields = [each for kind in kinds if is_object_type(kind) or is_interface_type(kind) for each in _fields(kind)]
        return {
            "types": len(kinds),
            "fields": len(fields) / len(kinds),
            "args": sum(len(each.args) for each in fields) / max(1, len(fields)),
            "inputFields": sum(len(kind.fields) for kind in kinds if is_input_object_type(kind)) / len(kinds),
            "enumValues": sum(len(kind.values) for kind in kinds if is_enum_type(kind)) / len(kinds),
            "interfaces": sum(len(kind.interfaces) for kind in kinds if is_object_type(kind)) / len(kinds),
            "possibleTypes": sum(len(kind.interfaces) for kind in kinds if is_object_type(kind)) / len(kinds),
            "directives": len(self.schema.directives),
            "ofType": _OF_TYPE_ODDS,
        }


def _fields(kind: Any) -> Iterable[GraphQLField]:
    fields: dict[str, GraphQLField] = kind.fields
    return fields.values()


def _declared(element: GraphQLNamedType | GraphQLField, directive: type) -> Any:
    """The directive that an element of the schema bears; None if it bears none."""
    known = element.extensions.get("strawberry-definition")
    return next((each for each in getattr(known, "directives", None) or () if isinstance(each, directive)), None)


def _page_size(definition: GraphQLField, kind: GraphQLNamedType) -> ListSize | None:
    """The size of a list that is taken by pages."""
    if "first" not in definition.args or not isinstance(kind, GraphQLObjectType) or "pageInfo" not in kind.fields:
        return None
    return ListSize(slicing_arguments=["first"], sized_fields=["edges", "nodes"])
