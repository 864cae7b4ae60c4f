"""From a validated operation to its plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    visit,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from graph.engine.builders import finish, leaf_writer
from graph.engine.declarations import DECLARATION, Computed, Relation, item
from graph.engine.plan import Abstract, FieldPlan, Leaf, ListOf, Object, Selection, Shape, Source

__all__ = ["Compiler", "Facts", "Uncovered"]

_UNCHANGEABLE = (str, int, bool, type(None), Decimal, date, UUID, Enum)


SELECTIONS_MAX = 2_000
"""How many selections one plan may have: text alone allows fewer, but fragments can merge in ever new ways."""


class Uncovered(Exception):
    """The engine does not cover the operation; the reason is for the counter."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an operation's text says before it is compiled.

    Attributes:
        conditions: The variables that `@skip` and `@include` ask; the plans of an operation differ by them alone.
        asks_for_schema: Whether it asks for the schema itself, at the root or below a field that leads back to it.
    """

    conditions: tuple[str, ...]
    asks_for_schema: bool

    @classmethod
    def of(cls, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> Self:
        """The facts of an operation with the fragments of its document."""
        finder = _Finder()
        for definition in (operation, *fragments.values()):
            visit(definition, finder)
        return cls(tuple(sorted(finder.names)), finder.asks_for_schema)


class _Finder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.asks_for_schema = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.asks_for_schema = self.asks_for_schema or node.name.value in ("__schema", "__type")

    def enter_directive(self, node: Any, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            self.names.update(each.value.name.value for each in node.arguments if isinstance(each.value, VariableNode))


class Compiler:
    """Compiles operations of one schema."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema = schema
        self.core: GraphQLSchema = schema._schema  # noqa: SLF001 - the schema that Strawberry made
        self._default = schema.config.default_resolver

    def column(self, name: str) -> tuple[str, Callable[[Any], Any]]:
        """The expression that reads a column from `o`, and a function that does."""
        if self._default is item:
            return f"o[{name!r}]", lambda row: row[name]
        if self._default is getattr:
            return f"o.{name}", attrgetter(name)
        default = self._default
        return "R(o)", lambda row: default(row, name)

    def compile(
        self,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        facts: Facts,
        conditions: VariableValues,
    ) -> Selection:
        """The plan of an operation, for the values that the variables of its conditions have.

        Args:
            operation: The operation, valid for the schema.
            fragments: The document's fragments.
            facts: What its text says.
            conditions: The variables that its conditions ask, and no others: the plan keeps them.

        Raises:
            Uncovered: Something of it is for graphql-core.
        """
        if operation.directives:
            raise Uncovered("operation directive")
        if facts.asks_for_schema:
            raise Uncovered("introspection")
        root = self.core.get_root_type(operation.operation)
        if root is None:
            raise Uncovered("no root type")
        details = {name: FragmentDetails(node, None) for name, node in fragments.items()}
        if any(node.variable_definitions for node in fragments.values()):
            raise Uncovered("fragment variables")
        try:
            grouped = collect_fields(self.core, details, conditions, root, operation).grouped_field_set
            return _OperationCompiler(self, operation, details, conditions).selection(root, grouped)
        except (RecursionError, GraphQLError) as error:
            raise Uncovered(type(error).__name__) from None


class _OperationCompiler:
    def __init__(
        self,
        compiler: Compiler,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        conditions: VariableValues,
    ) -> None:
        self.compiler = compiler
        self.operation = operation
        self.fragments = fragments
        self.conditions = conditions
        self._selections: dict[tuple[str, tuple[int, ...]], Selection] = {}

    def selection(self, parent: GraphQLObjectType, grouped: dict[str, list[FieldDetails]]) -> Selection:
        selection = Selection(parent, [])
        for key, details in grouped.items():
            field = self.field(parent, key, [each.node for each in details], details)
            if field is not None:
                selection.fields.append(field)
        finish(selection, self.compiler.column)
        return selection

    def field(
        self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], details: list[FieldDetails]
    ) -> FieldPlan | None:
        name = nodes[0].name.value
        definition = self.compiler.core.get_field(parent, name)
        if definition is None:
            return None
        shape = self.shape(definition.type, details)
        field = FieldPlan(key, nodes, parent, definition, shape, Source.RESOLVER, has_arguments=bool(definition.args))
        if name == "__typename":
            field.source, field.read = Source.TYPE_NAME, lambda _: parent.name
            return field
        self._find_source(field)
        if field.has_arguments:
            self._find_arguments(field)
        return field

    def _find_source(self, field: FieldPlan) -> None:
        known = field.definition.extensions.get("strawberry-definition")
        if known is None:
            return
        declared = known.metadata.get(DECLARATION)
        # Permission classes and the like stand around the resolver, whatever it is: then only the resolver will do.
        if known.extensions:
            return
        if isinstance(declared, Computed):
            field.source, field.read, field.declared = Source.COMPUTED, declared.value, declared
        elif isinstance(declared, Relation):
            field.source, field.declared = Source.RELATION, declared
        elif getattr(field.definition.resolve, "_is_default", False):
            field.source, field.read = Source.COLUMN, self.compiler.column(known.python_name)[1]

    def _find_arguments(self, field: FieldPlan) -> None:
        known: Any = field.definition.extensions.get("strawberry-definition")
        schema = self.compiler.schema
        if field.source is Source.RELATION:
            field.convert = lambda given: convert_arguments(
                given, known.arguments, scalar_registry=schema.schema_converter.scalar_registry, config=schema.config
            )
        if any(_has_variable(each.value) for each in field.nodes[0].arguments or ()):
            return
        try:
            given = get_argument_values(field.definition, field.nodes[0])
        except GraphQLError:
            return
        if all(isinstance(value, _UNCHANGEABLE) for value in given.values()):
            field.constant = given if field.convert is None else field.convert(given)

    def shape(self, kind: Any, details: list[FieldDetails]) -> Shape:
        is_non_null = is_non_null_type(kind)
        if is_non_null:
            kind = kind.of_type
        if is_list_type(kind):
            return ListOf(is_non_null, self.shape(kind.of_type, details))
        if is_leaf_type(kind):
            return Leaf(is_non_null, kind, leaf_writer(kind))

        # Compiled when the first object comes: fragments within fragments could be unfolded without end before.
        # Where fragments bring the same nodes together again, it is the same selection: a plan grows as its text does.
        nodes = tuple(id(each.node) for each in details)

        def select(runtime_type: GraphQLObjectType) -> Selection:
            known = self._selections.get((runtime_type.name, nodes))
            if known is not None:
                return known
            if len(self._selections) >= SELECTIONS_MAX:
                raise GraphQLError("The operation merges its selections in too many ways: write it more simply.")
            grouped = collect_subfields(
                self.compiler.core, self.fragments, self.conditions, self.operation, runtime_type, details
            ).grouped_field_set
            made = self._selections[runtime_type.name, nodes] = self.selection(runtime_type, grouped)
            return made

        if is_abstract_type(kind):
            return Abstract(is_non_null, kind, select)
        return Object(is_non_null, kind, select)


def _has_variable(node: Any) -> bool:
    finder = _VariableFinder()
    visit(node, finder)
    return finder.is_found


class _VariableFinder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.is_found = False

    def enter_variable(self, *_: Any) -> None:
        self.is_found = True
