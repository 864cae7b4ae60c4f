"""What an operation is compiled to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from graphql import FieldNode, GraphQLAbstractType, GraphQLField, GraphQLLeafType, GraphQLObjectType

from graph.engine.declarations import Computed, Relation

__all__ = ["FAILED", "Abstract", "FieldPlan", "Leaf", "ListOf", "Object", "Select", "Selection", "Shape", "Source"]


class _Failed:
    """Stands where an error has made a value null that may not be: what holds it fails as well."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "FAILED"


FAILED = _Failed()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum.

    Attributes:
        write: Serialises a value that is not null; raises for one that is none of the type.
    """

    is_non_null: bool
    type: GraphQLLeafType
    write: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list."""

    is_non_null: bool
    item: Shape


Select = Callable[[GraphQLObjectType], "Selection"]
"""Gives what is asked of objects of a type."""


@dataclass(frozen=True, slots=True)
class Object:
    """Objects of one type."""

    is_non_null: bool
    type: GraphQLObjectType
    select: Select


@dataclass(frozen=True, slots=True)
class Abstract:
    """Objects of the several types of an interface or a union."""

    is_non_null: bool
    type: GraphQLAbstractType
    select: Select


Shape = Leaf | ListOf | Object | Abstract
"""A type of the schema, taken apart: how its values are completed, and whether null is an error."""


class Source(Enum):
    """Where the values of a field come from."""

    TYPE_NAME = auto()
    COLUMN = auto()
    COMPUTED = auto()
    RELATION = auto()
    RESOLVER = auto()


def _nothing(*_: Any) -> Any:
    raise NotImplementedError


@dataclass(slots=True)
class FieldPlan:
    """A field of a selection.

    Attributes:
        key: Its key in the answer.
        nodes: All the nodes that were merged into it.
        parent: The type that has it.
        definition: Its definition in the schema.
        shape: Its type.
        source: Where its values come from.
        read: Reads the value from a row, for a column or a computed field.
        declared: Its declaration, if it has one.
        convert: Converts arguments to what Python code takes.
        constant: The arguments, where no variable bears on them and nothing could change them.
        has_arguments: Whether it takes any.
    """

    key: str
    nodes: list[FieldNode]
    parent: GraphQLObjectType
    definition: GraphQLField
    shape: Shape
    source: Source
    read: Callable[[Any], Any] = _nothing
    declared: Computed | Relation | None = None
    convert: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    constant: Mapping[str, Any] | None = None
    has_arguments: bool = False

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.nodes[0].name.value


@dataclass(slots=True)
class Selection:
    """The fields that are asked of objects of one type.

    Attributes:
        fields: The fields in the order of the answer.
        columns: Those whose values are made for the whole level first.
        build: Makes the answers of the level's objects from the objects and the columns; raises if anything is amiss.
        is_inline: Beside each field, whether `build` reads it from the object.
        is_concurrent: Whether several of its fields have resolvers, which may wait side by side.
    """

    type: GraphQLObjectType
    fields: list[FieldPlan]
    columns: list[FieldPlan] = field(default_factory=list)
    build: Callable[..., list[Any]] = _nothing
    is_inline: list[bool] = field(default_factory=list)
    is_concurrent: bool = False
