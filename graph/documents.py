"""What a document says of itself before it is run: its operations, and what each asks for at the root."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse

from graph.schema import TOKENS_MAX

__all__ = ["Operation", "operations_of"]

REMEMBERED_DOCUMENTS_MAX = 256
REMEMBERED_CHARACTERS_MAX = 10_000
"""Documents of up to so many characters are remembered."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document.

    Attributes:
        name: Its name, if it has one.
        kind: Query, mutation or subscription.
        root_fields: The fields at the root; None where a fragment there hides some.
    """

    name: str | None
    kind: OperationType
    root_fields: frozenset[str] | None


def operations_of(query: str) -> tuple[Operation, ...] | None:
    """The operations of a document; None for one that the schema's own parser will refuse."""
    return _remembered(query) if len(query) <= REMEMBERED_CHARACTERS_MAX else _read(query)


def _read(query: str) -> tuple[Operation, ...] | None:
    try:
        document = parse(query, max_tokens=TOKENS_MAX)
    except (GraphQLError, RecursionError):
        return None
    return tuple(_operation(each) for each in document.definitions if isinstance(each, OperationDefinitionNode))


def _operation(node: OperationDefinitionNode) -> Operation:
    selections = node.selection_set.selections
    fields = [each.name.value for each in selections if isinstance(each, FieldNode)]
    return Operation(
        name=node.name.value if node.name else None,
        kind=node.operation,
        root_fields=frozenset(fields) if len(fields) == len(selections) else None,
    )


_remembered = lru_cache(maxsize=REMEMBERED_DOCUMENTS_MAX)(_read)
