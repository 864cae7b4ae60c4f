"""Every code that an error at the top level of an answer can have, with what it means and what to do.

The names are Apollo's where Apollo has one. Refusals of the domain are no such errors: they are data, in `userErrors`.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["CODES"]

CODES = MappingProxyType(
    {
        "GRAPHQL_PARSE_FAILED": "The document is not GraphQL, or too long: correct it where the error says.",
        "GRAPHQL_VALIDATION_FAILED": "The document does not fit the schema: correct it where the error says.",
        "BAD_USER_INPUT": "A variable or an argument cannot be used: the message says what to give instead.",
        "BAD_REQUEST": "The request is no GraphQL request, or none for this transport: the message says why.",
        "OPERATION_RESOLUTION_FAILURE": "The document has several operations, or none: name one with `operationName`.",
        "PERSISTED_QUERY_NOT_FOUND": "No document is known by this hash: send it once more, with `query`.",
        "PERSISTED_QUERY_HASH_MISMATCH": "The id is not the SHA-256 of the document beside it: send the one that is.",
        "PERSISTED_QUERY_NOT_IN_LIST": "No document is registered under this id: register the build's manifest.",
        "QUERY_NOT_IN_SAFELIST": "Only registered documents are run for this client: register the build's manifest.",
        "METHOD_NOT_ALLOWED": "The method is neither GET nor POST.",
        "NOT_ACCEPTABLE": "The client accepts no type that an answer can have.",
        "REQUEST_TIMEOUT": "The body took too long to arrive: send it again.",
        "PAYLOAD_TOO_LARGE": "The body is too long: send less at a time.",
        "URI_TOO_LONG": "The query string is too long: send the request with POST.",
        "UNSUPPORTED_MEDIA_TYPE": "The body is not declared as JSON in UTF-8.",
        "QUERY_TOO_DEEP": "The operation nests too deep: ask for what lies deeper in another request.",
        "TOO_MANY_ALIASES": "The operation has too many aliases: send several requests.",
        "TOO_MANY_DIRECTIVES": "The operation has too many directives: leave some out.",
        "TOO_MANY_ROOT_FIELDS": "The operation asks for too many fields at its root: send several requests.",
        "TOO_MANY_REPEATS": "The document names the same fields again too often: name each once in its place.",
        "COST_LIMIT_EXCEEDED": "The operation could return more than one may: ask for fewer rows, or for less of each.",
        "TOO_MANY_OPERATIONS": "As many operations run over this socket as may: complete one first.",
        "THROTTLED": "Too much was asked for in a short time: wait as long as `Retry-After` says, then send it again.",
        "ANSWER_TOO_LARGE": "The answer would have more objects than one may: ask for less at a time.",
        "UNAUTHENTICATED": "Nobody is signed in, or the session has ended: sign in, or refresh the session.",
        "FORBIDDEN": "The viewer may never do this or see this.",
        "NOT_FOUND": "There is no such record, or the viewer may not see it.",
        "RESET_REQUIRED": "The change log does not go back that far: read anew, and follow from there.",
        "VERIFICATION_BUSY": "Books are being verified for others: ask again in a moment.",
        "BOOK_TOO_LARGE": "The book is too long to be verified while one waits: have `kibubu verify` run instead.",
        "OPERATION_TIMEOUT": "The operation took too long and was stopped: ask for less at a time.",
        "SERVICE_UNAVAILABLE": "The service is busy: send the same again in a moment, with the same idempotency key.",
        "INTERNAL_SERVER_ERROR": "Something went wrong on our side: try again, and report the request id if it stays.",
    }
)
