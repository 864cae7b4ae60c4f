"""Every element of a schema that a client can name, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

__all__ = ["Element", "Fault", "composites", "elements", "own_types"]

Definition = GraphQLNamedType | GraphQLField | GraphQLInputField | GraphQLArgument | GraphQLEnumValue | GraphQLDirective


@dataclass(frozen=True, slots=True)
class Element:
    """A type, field, argument, input field, enum value or directive.

    Attributes:
        coordinate: How it is named: `Group`, `Group.members`, `Group.members(first:)`, `GroupKind.VSLA`, `@requires`.
        name: Its own name alone.
        definition: What it is.
        parent: The type that has it; None for types and directives.
    """

    coordinate: str
    name: str
    definition: Definition
    parent: GraphQLNamedType | None = None

    @property
    def deprecation(self) -> str | None:
        """Why it is deprecated; None where it is not."""
        return getattr(self.definition, "deprecation_reason", None)


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that an element breaks.

    Attributes:
        coordinate: The element.
        rule: The rule's name.
        message: What is wrong and what to do, as a sentence.
    """

    coordinate: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.coordinate}: {self.message} ({self.rule})"


def own_types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    """The types that are not GraphQL's own."""
    for kind in schema.type_map.values():
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind):
            yield kind


def composites(schema: GraphQLSchema) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    """The types with fields that are answered."""
    for kind in own_types(schema):
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            yield kind


def elements(schema: GraphQLSchema) -> Iterator[Element]:
    """All elements."""
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield Element(f"@{directive.name}", directive.name, directive)
            for name, argument in directive.args.items():
                yield Element(f"@{directive.name}({name}:)", name, argument)
    for kind in own_types(schema):
        yield Element(kind.name, kind.name, kind)
        yield from _below(kind)


def _below(kind: GraphQLNamedType) -> Iterator[Element]:
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            yield Element(f"{kind.name}.{name}", name, field, kind)
            for argument_name, argument in field.args.items():
                yield Element(f"{kind.name}.{name}({argument_name}:)", argument_name, argument, kind)
    elif isinstance(kind, GraphQLInputObjectType):
        for name, given in kind.fields.items():
            yield Element(f"{kind.name}.{name}", name, given, kind)
    elif isinstance(kind, GraphQLEnumType):
        for name, value in kind.values.items():
            yield Element(f"{kind.name}.{name}", name, value, kind)
