"""Errors at the top level of an answer: syntax, sign-in, permission, limits, bugs. Refusals of the domain are data."""

from typing import Any
from uuid import UUID

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from domain.policy import AccessDenied
from persistence.database import DatabaseBusyError, DatabaseUnavailableError, LoginMissingError, StatementTooSlowError
from persistence.viewer import MachineRefusedError, UnauthenticatedError

__all__ = [
    "BUSY_MESSAGE",
    "BookTooLarge",
    "InvalidArgument",
    "NotSignedIn",
    "NothingToFollow",
    "ResetRequired",
    "VerificationBusy",
    "format_error",
]

_log = structlog.get_logger()

INTERNAL_MESSAGE = "Something went wrong on our side. Try again; if it stays, report the request id."


class InvalidArgument(Exception):
    """An argument of a field cannot be used; the sentence says what to give instead."""


class NotSignedIn(Exception):
    """The field needs a viewer."""

    def __init__(self) -> None:
        super().__init__("Sign in first: open a session and send its access token in the Authorization header.")


class NothingToFollow(Exception):
    """There is no such group, or the viewer may not see it: which of the two, nobody is told."""

    def __init__(self) -> None:
        super().__init__("There is no such group, or you may not see it.")


class ResetRequired(Exception):
    """The log does not hold what was asked for: it was pruned since, or is younger than the client."""

    def __init__(self) -> None:
        super().__init__("The log does not go back that far: read the group anew, and follow it from its changeNumber.")


class VerificationBusy(Exception):
    """The turn to verify a book did not come in time."""

    def __init__(self) -> None:
        super().__init__("Books are being verified for others just now: ask again in a moment.")


class BookTooLarge(Exception):
    """The verification of the book takes longer than a request can wait."""

    def __init__(self, group_id: UUID, entries_count: int) -> None:
        super().__init__(
            f"The book has {entries_count:,} entries, too many to be verified while you wait: ask whoever runs this "
            f"installation for `kibubu verify --group {group_id}`."
        )


SLOW_MESSAGE = "The operation took too long and was stopped: ask for less at a time."


class OperationTooSlow(Exception):
    """The operation took longer than one may."""

    def __init__(self) -> None:
        super().__init__(SLOW_MESSAGE)


BUSY_MESSAGE = "The service is busy: send the same again in a moment, a mutation with the same idempotency key."

MACHINE_REFUSED_MESSAGE = "This machine credential is unknown, has ended or was revoked: ask for another."

# The kind of exception, the code, and the sentence where the exception's own is not for clients.
_CODES: tuple[tuple[type[Exception], str, str | None], ...] = (
    (InvalidArgument, "BAD_USER_INPUT", None),
    (NotSignedIn, "UNAUTHENTICATED", None),
    (MachineRefusedError, "UNAUTHENTICATED", MACHINE_REFUSED_MESSAGE),
    (UnauthenticatedError, "UNAUTHENTICATED", "The session has ended or was revoked: sign in again."),
    (AccessDenied, "FORBIDDEN", None),
    (NothingToFollow, "NOT_FOUND", None),
    (ResetRequired, "RESET_REQUIRED", None),
    (VerificationBusy, "VERIFICATION_BUSY", None),
    (BookTooLarge, "BOOK_TOO_LARGE", None),
    (OperationTooSlow, "OPERATION_TIMEOUT", None),
    (StatementTooSlowError, "OPERATION_TIMEOUT", SLOW_MESSAGE),
    (DatabaseBusyError, "SERVICE_UNAVAILABLE", BUSY_MESSAGE),
    (DatabaseUnavailableError, "SERVICE_UNAVAILABLE", BUSY_MESSAGE),
    (LoginMissingError, "SERVICE_UNAVAILABLE", "This installation does not serve administrators: ask its operator."),
)


def _classify(error: GraphQLError, *, is_request_error: bool) -> tuple[str, str]:
    """The code of an error and the sentence that may be shown."""
    cause = error.original_error
    if isinstance(error.extensions, dict) and "code" in error.extensions:
        return str(error.extensions["code"]), error.message
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED", error.message
    for kind, code, sentence in _CODES:
        if isinstance(cause, kind):
            return code, sentence or str(cause)
    if cause is None and is_request_error:
        return "GRAPHQL_VALIDATION_FAILED", error.message
    if isinstance(cause, GraphQLError):
        return "BAD_USER_INPUT", error.message
    return "INTERNAL_SERVER_ERROR", INTERNAL_MESSAGE


def format_error(error: GraphQLError, request_id: str, *, is_request_error: bool) -> dict[str, Any]:
    """An error as clients get it, with a code from Apollo's vocabulary; what is internal is logged and masked.

    Args:
        error: The error.
        request_id: What the log line and the client both know the request by.
        is_request_error: Whether nothing was executed, so that an error without a cause is the document's.
    """
    code, message = _classify(error, is_request_error=is_request_error)
    if code == "INTERNAL_SERVER_ERROR":
        _log.error("operation failed", path=error.path, exc_info=error.original_error or error)
    formatted: dict[str, Any] = {"message": message, "extensions": {"code": code, "requestId": request_id}}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        formatted["path"] = error.path
    return formatted
