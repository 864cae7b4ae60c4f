"""A GraphQL response, and how it becomes bytes and a status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from graph.http.negotiation import GRAPHQL_RESPONSE_JSON

__all__ = ["GraphQLResponse", "encode", "encode_error", "status_of"]

OK = 200
REQUEST_ERROR = 400

# A scalar that forgot to serialise its value is a mistake to see, not one to cover up.
_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS


@dataclass(frozen=True, slots=True)
class GraphQLResponse:
    """The outcome of an operation.

    Attributes:
        data: The result by field, None where a required field failed or nothing was executed.
        errors: The errors, formatted.
        extensions: What the server adds beside the specification.
        is_request_error: Nothing was executed: the document does not parse or validate, its operation cannot be
            chosen, or a variable cannot be coerced. Such a response has no `data`.
        status: The HTTP status where the kind of response and the media type do not decide it: 405 for a mutation
            over GET, 401 for a credential that is not taken, 429 for a client that must wait.
        headers: Further response headers, by lower-case name: `allow`, `www-authenticate`, `retry-after`.
    """

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] | None = None
    extensions: dict[str, Any] | None = None
    is_request_error: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def status_of(response: GraphQLResponse, media_type: str) -> int:
    """The HTTP status: 400 for a request error, but 200 always for clients that know `application/json` alone."""
    if response.status is not None:
        return response.status
    if response.is_request_error and media_type == GRAPHQL_RESPONSE_JSON:
        return REQUEST_ERROR
    return OK


def encode(response: GraphQLResponse) -> bytes:
    """The response as JSON, errors first so that a reader meets them; raises TypeError for what JSON cannot hold."""
    body: dict[str, Any] = {}
    if response.errors:
        body["errors"] = response.errors
    if not response.is_request_error:
        body["data"] = response.data
    if response.extensions:
        body["extensions"] = response.extensions
    return orjson.dumps(body, option=_OPTIONS)


def encode_error(message: str, code: str, request_id: str) -> bytes:
    """The JSON of a response with one error and no data."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, "requestId": request_id}}]})
