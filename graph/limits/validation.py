"""Validation, once for a document: the rules are made when the module is read, so that they are the key of a cache."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    NonNullTypeNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValidationRule,
    VariableNode,
    get_named_type,
    specified_rules,
    validate,
)
from strawberry.extensions import ValidationCache
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

__all__ = ["RULES", "OneOfRule", "Validation"]

DOCUMENTS_MAX = 128
"""How many documents are remembered with what was found wrong with them."""


class OneOfRule(ValidationRule):
    """Exactly one field of an input of which one is to be given, and not null.

    Strawberry's own rule reads the variables of the operation that it met last: where there is none, since a fragment
    stands first, and where a variable is not defined, it fails.
    """

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._nullable: defaultdict[str, bool] = defaultdict(bool)

    def enter_document(self, node: DocumentNode, *_: Any) -> None:
        """Note which variables may be null, in any operation: a fragment may be used in each."""
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                for each in definition.variable_definitions or ():
                    self._nullable[each.variable.name.value] |= not isinstance(each.type, NonNullTypeNode)

    def enter_object_value(self, node: ObjectValueNode, *_: Any) -> None:
        """Look at one input."""
        kind = get_named_type(self.context.get_input_type())
        if kind is None or not _is_one_of(kind):
            return
        if len(node.fields) != 1:
            self._report(f"Give exactly one field of '{kind.name}'.", node)
            return
        (only,) = node.fields
        if isinstance(only.value, NullValueNode):
            self._report(f"Give a value for the field '{kind.name}.{only.name.value}': it may not be null.", node)
        elif isinstance(only.value, VariableNode) and self._nullable[only.value.name.value]:
            name = only.value.name.value
            self._report(f"Declare the variable '${name}' with a type that ends in !, for '{kind.name}'.", node)

    def _report(self, sentence: str, node: ObjectValueNode) -> None:
        self.report_error(GraphQLError(sentence, [node]))


def _is_one_of(kind: GraphQLNamedType) -> bool:
    known = kind.extensions.get("strawberry-definition")
    return isinstance(kind, GraphQLInputObjectType) and bool(getattr(known, "is_one_of", False))


RULES = (*specified_rules, MaybeNullValidationRule, OneOfRule)


class Validation(ValidationCache):
    """Strawberry's extension, but with these rules."""

    def on_validate(self) -> Iterator[None]:
        """See `strawberry.extensions.SchemaExtension`."""
        context = self.execution_context
        document = context.graphql_document
        if document is not None:
            context.pre_execution_errors = list(_validate(context.schema._schema, document))  # noqa: SLF001
        yield


@lru_cache(maxsize=DOCUMENTS_MAX)
def _validate(schema: GraphQLSchema, document: DocumentNode) -> tuple[GraphQLError, ...]:
    return tuple(validate(schema, document, RULES))
