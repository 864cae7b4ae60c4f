"""A schema small enough to see through, executed the way the endpoint expects."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    OperationType,
    build_schema,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from graph.http import GraphQLRequest, GraphQLResponse, RequestFacts

SCHEMA = build_schema(
    """
    type Query {
      "Says what it is given."
      echo(text: String!): String!
      "Always fails, and says so where the field stands."
      broken: String
      "Always fails, and takes the whole result with it."
      fatal: String!
      "The Authorization header of the request."
      authorization: String
    }

    type Mutation {
      "Doubles a number."
      double(number: Int!): Int!
    }

    type Subscription {
      "Counts down."
      countdown(from: Int!): Int!
    }
    """
)


class Root:
    def __init__(self, facts: RequestFacts) -> None:
        self.authorization = facts.headers.get("authorization")

    async def echo(self, _info: GraphQLResolveInfo[Any], text: str) -> str:
        await asyncio.sleep(0)
        return text

    def double(self, _info: GraphQLResolveInfo[Any], number: int) -> int:
        return number * 2

    def broken(self, _info: GraphQLResolveInfo[Any]) -> str:
        raise GraphQLError("broken as promised")

    def fatal(self, _info: GraphQLResolveInfo[Any]) -> str:
        raise GraphQLError("fatal as promised")


async def run(request: GraphQLRequest, facts: RequestFacts) -> GraphQLResponse:
    try:
        document = parse(request.query or "")
    except GraphQLError as error:
        return _request_error([error])
    errors = validate(SCHEMA, document)
    if errors:
        return _request_error(errors)
    operation = get_operation_ast(document, request.operation_name)
    if operation is None:
        return _request_error([GraphQLError("Name the operation to run.")])
    if operation.operation is OperationType.MUTATION and not facts.allow_mutations:
        return GraphQLResponse(None, [{"message": "Send mutations with POST."}], None, True, 405, {"allow": "POST"})
    result = execute(
        SCHEMA,
        document,
        Root(facts),
        variable_values=request.variables,
        operation_name=request.operation_name,
    )
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    if result.data is None and not any(error.path for error in result.errors or []):
        return _request_error(result.errors or [])
    return GraphQLResponse(result.data, [dict(error.formatted) for error in result.errors or []] or None)


def _request_error(errors: list[GraphQLError]) -> GraphQLResponse:
    return GraphQLResponse(None, [dict(error.formatted) for error in errors], is_request_error=True)
