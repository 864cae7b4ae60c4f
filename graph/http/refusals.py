"""What the transport refuses before anything is executed: one class for each reason, with its HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

__all__ = [
    "BodyTooLarge",
    "BodyTooSlow",
    "CrossSiteRequest",
    "MalformedRequest",
    "MethodNotAllowed",
    "NotAcceptable",
    "OriginNotAllowed",
    "QueryStringTooLong",
    "Refusal",
    "UnsupportedMediaType",
]

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Refusal(Exception):
    """A request that is answered with an error and not executed.

    Attributes:
        status: The HTTP status of the answer.
        code: What stands in `extensions.code` of the one error.
        headers: Response headers that belong to the status.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    headers: Mapping[str, str] = _NO_HEADERS

    @property
    def message(self) -> str:
        """The sentence that tells the client what to change."""
        return str(self)


class MalformedRequest(Refusal):
    """The body or the query string is not a GraphQL request."""

    status = 400
    code = "BAD_REQUEST"


class CrossSiteRequest(Refusal):
    """A browser says that a page of another site, which may not call, had it send the request."""

    status = 403
    code = "FORBIDDEN"

    def __init__(self) -> None:
        super().__init__("Pages of this origin may not call: the operator can name the origin in KIBUBU_CORS_ORIGINS.")


class OriginNotAllowed(Refusal):
    """A browser asks whether pages of an origin may call, and they may not."""

    status = 403
    code = "FORBIDDEN"

    def __init__(self) -> None:
        super().__init__("Pages of this origin may not call: the operator can name the origin in KIBUBU_CORS_ORIGINS.")


class MethodNotAllowed(Refusal):
    """The method is neither GET nor POST."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    headers = MappingProxyType({"allow": "GET, POST"})

    def __init__(self) -> None:
        super().__init__("Send GraphQL requests with POST, or queries with GET.")


class NotAcceptable(Refusal):
    """The client accepts neither of the two types that an answer can have."""

    status = 406
    code = "NOT_ACCEPTABLE"

    def __init__(self) -> None:
        super().__init__("Accept application/graphql-response+json or application/json.")


class BodyTooSlow(Refusal):
    """The body did not arrive in time."""

    status = 408
    code = "REQUEST_TIMEOUT"
    headers = MappingProxyType({"connection": "close"})

    def __init__(self, limit_seconds: float) -> None:
        super().__init__(f"The body must arrive within {limit_seconds:g} seconds.")


class BodyTooLarge(Refusal):
    """The body is longer than the limit; the rest of it is not read, so the connection cannot be used again."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"
    headers = MappingProxyType({"connection": "close"})

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body may have at most {limit_bytes} bytes.")


class QueryStringTooLong(Refusal):
    """The query string of a GET request is longer than the limit for bodies."""

    status = 414
    code = "URI_TOO_LONG"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The query string may have at most {limit_bytes} bytes: send the request with POST.")


class UnsupportedMediaType(Refusal):
    """The body is not declared as plain JSON in UTF-8."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    headers = MappingProxyType({"accept-post": "application/json"})

    def __init__(self) -> None:
        super().__init__("Send the body as application/json in UTF-8, without a content encoding.")
