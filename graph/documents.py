"""What a document says of itself before it is run: its operations, and what each asks for at the root."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse

from graph.limits import Inspection, LimitExceeded, OperationCost, inspect
from graph.schema import COST_MODEL, TOKENS_MAX

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
        refusal: Why the document is not even validated; None if it may be.
        cost: What it costs; None where it is refused.
    """

    name: str | None
    kind: OperationType
    root_fields: frozenset[str] | None
    refusal: LimitExceeded | None = None
    cost: OperationCost | None = None


def operations_of(query: str) -> tuple[Operation, ...] | None:
    """The operations of a document; None for one that the schema's own parser will refuse."""
    return _remembered(query) if len(query) <= REMEMBERED_CHARACTERS_MAX else _read(query)


def _read(query: str) -> tuple[Operation, ...] | None:
    try:
        document = parse(query, max_tokens=TOKENS_MAX)
    except (GraphQLError, RecursionError):
        return None
    found = inspect(document, COST_MODEL)
    return tuple(_operation(each, found) for each in document.definitions if isinstance(each, OperationDefinitionNode))


def _operation(node: OperationDefinitionNode, found: Inspection) -> Operation:
    selections = node.selection_set.selections
    fields = [each.name.value for each in selections if isinstance(each, FieldNode)]
    return Operation(
        name=node.name.value if node.name else None,
        kind=node.operation,
        root_fields=frozenset(fields) if len(fields) == len(selections) else None,
        refusal=found.refusal,
        cost=found.cost_of(node),
    )


_remembered = lru_cache(maxsize=REMEMBERED_DOCUMENTS_MAX)(_read)
