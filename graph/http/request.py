"""A GraphQL request as it came over HTTP, checked for shape and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from graph.http.json_text import parse_json, refuse_nul
from graph.http.refusals import MalformedRequest

__all__ = ["GraphQLRequest", "RequestFacts", "request_from_body", "request_from_query_string", "request_from_values"]

_MAX_PARAMETERS = 32


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of one operation.

    Attributes:
        query: The document; None only where `document_id` or `extensions` may name a stored one.
        operation_name: Which of the document's operations to run.
        variables: The variables by name.
        extensions: What the client adds beside the specification.
        document_id: The identifier of a stored document.
    """

    query: str | None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What the transport knows about a request beside its parameters.

    Attributes:
        request_id: The identifier that the answer carries and every log line should.
        method: The HTTP method.
        allow_mutations: Whether a mutation may run; false over GET, which anybody can make a browser send.
        headers: The request's headers by lower-case name, repeated ones joined by a comma. Cookies are not among
            them: a credential that a browser adds by itself cannot be told from a forged request.
        client_host: The address of the peer, None where the server does not know it.
    """

    request_id: str
    method: Literal["GET", "POST"]
    allow_mutations: bool
    headers: Mapping[str, str]
    client_host: str | None


def request_from_body(body: bytes) -> GraphQLRequest:
    """The request in the body of a POST.

    Raises:
        MalformedRequest: The body is not JSON, or not an object with parameters of the right types.
    """
    if not body:
        raise MalformedRequest("The request has no body: send a JSON object with `query`.")
    value = parse_json(body, "The body")
    if isinstance(value, list):
        raise MalformedRequest("Send each operation in a request of its own: batches are not accepted.")
    if not isinstance(value, dict):
        raise MalformedRequest("The body must be a JSON object with `query`.")
    return request_from_values(value)


def request_from_query_string(query_string: bytes) -> GraphQLRequest:
    """The request in the query string of a GET; `variables` and `extensions` are JSON there.

    Raises:
        MalformedRequest: The query string is not percent-encoded UTF-8, or a parameter has the wrong type.
    """
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_PARAMETERS,
        )
    except ValueError:
        raise MalformedRequest(
            f"The query string must be percent-encoded UTF-8 with {_MAX_PARAMETERS} parameters at most."
        ) from None
    values: dict[str, Any] = dict(pairs)
    for name in ("query", "operationName", "documentId"):
        refuse_nul(values.get(name, ""), f"The parameter `{name}`")
    for name in ("variables", "extensions"):
        if name in values:
            values[name] = parse_json(values[name].encode(), f"The parameter `{name}`")
    return request_from_values(values)


def request_from_values(values: dict[str, Any]) -> GraphQLRequest:
    """The request that parameters by name make.

    Raises:
        MalformedRequest: A parameter has the wrong type, or none says what to run.
    """
    request = GraphQLRequest(
        query=_text(values, "query"),
        operation_name=_text(values, "operationName"),
        variables=_object(values, "variables"),
        extensions=_object(values, "extensions"),
        document_id=_text(values, "documentId"),
    )
    names_stored_document = request.document_id is not None or "persistedQuery" in (request.extensions or {})
    if request.query is None and not names_stored_document:
        raise MalformedRequest("The request has no `query`.")
    return request


def _text(values: dict[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise MalformedRequest(f"`{name}` must be a string or null.")
    return value


def _object(values: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = values.get(name)
    if value is not None and not isinstance(value, dict):
        raise MalformedRequest(f"`{name}` must be an object or null.")
    return value
