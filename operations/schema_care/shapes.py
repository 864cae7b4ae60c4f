"""The shapes that clients' libraries rely on: nodes, connections, mutations with their payloads and errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_list_type,
    is_non_null_type,
)

from operations.schema_care.elements import Fault, composites, own_types

__all__ = ["faults_of_shapes"]

PAGE_INFO = {
    "hasNextPage": "Boolean!",
    "hasPreviousPage": "Boolean!",
    "startCursor": "String",
    "endCursor": "String",
}
USER_ERROR = {"message": "String!", "path": "[String!]!", "code": "String!"}

NULLABLE_ITEMS = frozenset({"Query.nodes"})
"""Lists whose items may be null: a place in `nodes` stands for an id that was asked for."""

WITHOUT_KEY = frozenset({"sessionOpen", "sessionRefresh", "sessionRevoke"})
"""Mutations without an idempotency key: tokens are not kept to be handed out again, and ending twice is ending."""


def faults_of_shapes(schema: GraphQLSchema) -> Iterator[Fault]:
    """What shapes break."""
    yield from _nodes(schema)
    for kind in own_types(schema):
        if kind.name.endswith("Input") != isinstance(kind, GraphQLInputObjectType):
            yield Fault(kind.name, "input", "What clients send is named …Input, and nothing else is.")
        if isinstance(kind, GraphQLScalarType) and kind.specified_by_url is None:
            yield Fault(kind.name, "scalar", "A scalar says with @specifiedBy how it is written.")
    for composite in composites(schema):
        yield from _lists(composite)
        if composite.name.endswith("Connection"):
            yield from _connection(schema, composite)
        for name, field in composite.fields.items():
            if _named(field).endswith("Connection"):
                yield from _paged(f"{composite.name}.{name}", field)
    if schema.mutation_type is not None:
        for name, field in schema.mutation_type.fields.items():
            yield from _mutation(schema, name, field)


def _named(field: GraphQLField) -> str:
    return str(field.type).strip("[]!")


def _fields(schema: GraphQLSchema, name: str, wanted: Mapping[str, str], rule: str) -> Iterator[Fault]:
    """Whether a type has fields, of exactly these types."""
    kind = schema.get_type(name)
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        yield Fault(name, rule, "The type is missing.")
        return
    for field, expected in wanted.items():
        found = str(kind.fields[field].type) if field in kind.fields else "missing"
        if found != expected:
            yield Fault(f"{name}.{field}", rule, f"The field is to be {expected}, not {found}.")


def _nodes(schema: GraphQLSchema) -> Iterator[Fault]:
    yield from _fields(schema, "Node", {"id": "ID!"}, "node")
    yield from _fields(schema, "PageInfo", PAGE_INFO, "connection")
    yield from _fields(schema, "Query", {"node": "Node", "nodes": "[Node]!"}, "node")
    query = schema.query_type
    for name, argument, expected in (("node", "id", "ID!"), ("nodes", "ids", "[ID!]!")):
        if query is not None and name in query.fields:
            given = {key: str(each.type) for key, each in query.fields[name].args.items()}
            if given != {argument: expected}:
                yield Fault(f"Query.{name}", "node", f"The field takes `{argument}: {expected}` and nothing else.")


def _lists(kind: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[Fault]:
    for name, field in kind.fields.items():
        listed = field.type.of_type if is_non_null_type(field.type) else field.type
        is_open = is_list_type(listed) and not is_non_null_type(listed.of_type)
        if is_open and f"{kind.name}.{name}" not in NULLABLE_ITEMS:
            yield Fault(f"{kind.name}.{name}", "list", "The items of a list are not null.")


def _connection(schema: GraphQLSchema, kind: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[Fault]:
    row = kind.name.removesuffix("Connection")
    wanted = {"edges": f"[{row}Edge!]!", "nodes": f"[{row}!]!", "pageInfo": "PageInfo!"}
    yield from _fields(schema, kind.name, wanted, "connection")
    yield from _fields(schema, f"{row}Edge", {"cursor": "String!", "node": f"{row}!"}, "connection")
    if "totalCount" in kind.fields and str(kind.fields["totalCount"].type) != "Int":
        yield Fault(f"{kind.name}.totalCount", "connection", "The count is an Int that may be null.")


def _paged(coordinate: str, field: GraphQLField) -> Iterator[Fault]:
    given = {name: str(each.type) for name, each in field.args.items()}
    if given.get("first") not in {"Int!", "Int"} or given.get("after") != "String":
        yield Fault(coordinate, "connection", "A field with a connection takes `first: Int` and `after: String`.")
    elif given["first"] == "Int!" and field.args["first"].default is None:
        yield Fault(coordinate, "connection", "How many rows come without `first` is a default that the schema shows.")


def _mutation(schema: GraphQLSchema, name: str, field: GraphQLField) -> Iterator[Fault]:
    coordinate, prefix = f"Mutation.{name}", name[:1].upper() + name[1:]
    given = {key: str(each.type) for key, each in field.args.items()}
    if given != {"input": f"{prefix}Input!"}:
        yield Fault(coordinate, "mutation", f"A mutation takes `input: {prefix}Input!` and nothing else.")
    if str(field.type) != f"{prefix}Payload!":
        yield Fault(coordinate, "mutation", f"A mutation answers {prefix}Payload!.")
    sent = schema.get_type(f"{prefix}Input")
    if isinstance(sent, GraphQLInputObjectType) and name not in WITHOUT_KEY:
        key = sent.fields.get("idempotencyKey")
        if key is None or str(key.type) != "UUID!":
            yield Fault(sent.name, "mutation", "An input has `idempotencyKey: UUID!`, so that it can be sent again.")
    yield from _fields(schema, f"{prefix}Payload", {"userErrors": f"[{prefix}UserError!]!"}, "mutation")
    payload = schema.get_type(f"{prefix}Payload")
    if isinstance(payload, GraphQLObjectType):
        for result, each in payload.fields.items():
            if result != "userErrors" and is_non_null_type(each.type):
                message = "What a mutation gives may be null, for it may be refused."
                yield Fault(f"{payload.name}.{result}", "mutation", message)
    yield from _fields(schema, f"{prefix}UserError", {**USER_ERROR, "reason": f"{prefix}ErrorReason!"}, "mutation")
    error = schema.get_type(f"{prefix}UserError")
    if isinstance(error, GraphQLObjectType) and "UserError" not in {each.name for each in error.interfaces}:
        yield Fault(error.name, "mutation", "The type of a mutation's errors implements UserError.")
