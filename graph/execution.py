"""One operation from request to answer: who asks, is it allowed over this method, run it, shape what comes out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from graphql import GraphQLError, OperationType
from strawberry.types.execution import PreExecutionError

from graph.context import Context
from graph.documents import Operation, operations_of
from graph.errors import BUSY_MESSAGE, MACHINE_REFUSED_MESSAGE, OperationTooSlow, format_error
from graph.http import GraphQLRequest, GraphQLResponse, RequestFacts
from graph.limits import LimitExceeded
from graph.persisted import DocumentRefused
from graph.schema import schema
from graph.services import Services
from graph.telemetry import current_record
from persistence.crypto.machine_secrets import is_machine_token, read_machine_token
from persistence.crypto.tokens import TokenExpired, TokenInvalid, TokenRole
from persistence.database import DatabaseBusyError, DatabaseRole, DatabaseUnavailableError
from persistence.viewer import Principal, UnauthenticatedError

__all__ = ["OPERATION_SECONDS_MAX", "Begun", "Executor", "Unauthorized", "shape_answer", "shape_failure"]

OPERATION_SECONDS_MAX = 10.0

SUBSCRIPTION_MESSAGE = "Subscribe over a WebSocket, or accept text/event-stream."

SIGN_IN_FIELDS = frozenset({"sessionOpen", "sessionRefresh", "__typename"})
"""What is for those who have no session, whatever credential comes with it."""

_BEARER = "bearer "
_ROLES = {TokenRole.APP: DatabaseRole.APP, TokenRole.ADMIN: DatabaseRole.ADMIN}

_log = structlog.get_logger()


class Unauthorized(Exception):
    """The credential of the request is not taken; the sentence says what to do."""


def _refused(request_id: str, code: str, message: str, **more: Any) -> GraphQLResponse:
    error = {"message": message, "extensions": {"code": code, "requestId": request_id}}
    return GraphQLResponse(None, [error], is_request_error=True, **more)


@dataclass(slots=True)
class Begun:
    """An operation that may run.

    Attributes:
        request: What was sent.
        query: The document.
        operation: What is asked of it; None for a document that the schema's own parser will refuse.
        context: What it carries from field to field.
    """

    request: GraphQLRequest
    query: str
    operation: Operation | None
    context: Context


class Executor:
    """Runs operations on the schema for the endpoint."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def services(self) -> Services:
        """What the process holds."""
        return self._services

    async def __call__(self, request: GraphQLRequest, facts: RequestFacts, /) -> GraphQLResponse:
        """The answer to one request."""
        telemetry = self._services.telemetry
        with telemetry.operation(facts.headers) as record:
            response = await self._answer_to(request, facts)
            telemetry.note_response(record, response)
            return response

    async def _answer_to(self, request: GraphQLRequest, facts: RequestFacts) -> GraphQLResponse:
        begun = await self.begin(request, facts)
        if isinstance(begun, GraphQLResponse):
            return begun
        if begun.operation is not None and begun.operation.kind is OperationType.SUBSCRIPTION:
            return _refused(facts.request_id, "BAD_REQUEST", SUBSCRIPTION_MESSAGE)
        return await self.answer(begun)

    async def begin(self, request: GraphQLRequest, facts: RequestFacts, /) -> Begun | GraphQLResponse:
        """Everything that is decided before an operation runs, over whatever transport; or why it may not run."""
        record = current_record()
        if record is not None:
            record.document = request.query
        if self._services.draining.is_closing:
            headers = {"connection": "close", "retry-after": "1"}
            return _refused(facts.request_id, "SERVICE_UNAVAILABLE", BUSY_MESSAGE, status=503, headers=headers)
        query = await self._document(request, facts)
        if isinstance(query, GraphQLResponse):
            return query
        operation = _choose(request, query, facts)
        if isinstance(operation, GraphQLResponse):
            return operation
        if record is not None and operation is not None:
            record.kind = operation.kind.value
            # Any other document's name is whatever its client likes.
            record.trusted_name = operation.name if record.is_trusted else None
        try:
            principal = self._principal(facts)
        except Unauthorized as error:
            # Programs send their old token with everything, also with what gets them a new one.
            if operation is None or operation.root_fields is None or not operation.root_fields <= SIGN_IN_FIELDS:
                headers = {"www-authenticate": "Bearer"}
                return _refused(facts.request_id, "UNAUTHENTICATED", str(error), status=401, headers=headers)
            principal = None
        if record is not None and principal is not None:
            record.principal = principal.id
        context = Context(self._services, principal, facts)
        return self._refusal(request, operation, context) or Begun(request, query, operation, context)

    def _refusal(
        self, request: GraphQLRequest, operation: Operation | None, context: Context
    ) -> GraphQLResponse | None:
        """Why a limit keeps an operation out; None where it is let in."""
        cost = None if operation is None else operation.cost
        refusal = None if operation is None else operation.refusal
        try:
            context.admission = self._services.gate.admit(cost, request.variables, context.principal, context.address)
        except LimitExceeded as error:
            refusal = error
        if refusal is None:
            if operation is not None:
                self._services.documents.keep(request)
            return None
        return _refused(
            context.facts.request_id,
            refusal.code,
            str(refusal),
            status=refusal.status,
            headers=refusal.headers,
            extensions=dict(refusal.extensions) or None,
        )

    async def answer(self, begun: Begun, /) -> GraphQLResponse:
        """The answer of a query or a mutation."""
        request, context = begun.request, begun.context
        try:
            async with asyncio.timeout(OPERATION_SECONDS_MAX):
                result = await schema.execute(
                    begun.query, request.variables, context, operation_name=request.operation_name
                )
        except TimeoutError:
            return shape_failure(OperationTooSlow(), context)
        finally:
            await context.forget()
        try:
            await context.keep_personal_reads()
        except (DatabaseBusyError, DatabaseUnavailableError, UnauthenticatedError, asyncpg.PostgresError) as error:
            return shape_failure(error, context)
        if context.principal is not None and context.principal.is_machine and _was_let_in(result):
            await self._services.machine_uses.note(context.principal)
        # A transaction in which a statement failed has no more answers: one error, whatever fields asked.
        return shape_answer(result, context) if context.failure is None else shape_failure(context.failure, context)

    async def _document(self, request: GraphQLRequest, facts: RequestFacts) -> str | GraphQLResponse:
        """The document to run, or why there is none."""
        try:
            text = await self._services.documents.text_of(request, facts)
        except DocumentRefused as refusal:
            headers = {} if refusal.allow is None else {"allow": refusal.allow}
            return _refused(facts.request_id, refusal.code, str(refusal), status=refusal.status, headers=headers)
        except (DatabaseBusyError, DatabaseUnavailableError):
            return _refused(facts.request_id, "SERVICE_UNAVAILABLE", BUSY_MESSAGE, status=503)
        record = current_record()
        if record is not None:
            record.document = text
        return text

    def credential_of(self, facts: RequestFacts) -> tuple[Principal | None, datetime | None]:
        """Through what a client comes who stays, and when that ends by itself; raises Unauthorized."""
        principal = self._principal(facts)
        token = facts.headers.get("authorization", "")[len(_BEARER) :].strip()
        with suppress(TokenExpired, TokenInvalid):
            return principal, self._services.tokens.verify(token).expires_at
        return principal, None

    def _principal(self, facts: RequestFacts) -> Principal | None:
        credential = facts.headers.get("authorization")
        if credential is None:
            return None
        if not credential.lower().startswith(_BEARER):
            raise Unauthorized("Send the access token as `Authorization: Bearer …`.")
        text = credential[len(_BEARER) :].strip()
        try:
            if is_machine_token(text):
                machine = read_machine_token(self._services.keyring, text)
                return Principal(machine.credential_id, DatabaseRole.APP, machine.digest)
            claims = self._services.tokens.verify(text)
        except TokenExpired:
            raise Unauthorized("The access token has expired: refresh the session.") from None
        except TokenInvalid:
            if is_machine_token(text):
                raise Unauthorized(MACHINE_REFUSED_MESSAGE) from None
            raise Unauthorized("The access token is not one of ours: sign in again.") from None
        return Principal(claims.session_id, _ROLES[claims.role])


def _was_let_in(result: Any) -> bool:
    """Whether something was answered, and nobody turned away."""
    errors = result.errors or ()
    return bool(result.data) and not any(isinstance(each.original_error, UnauthenticatedError) for each in errors)


def shape_failure(error: Exception, context: Context) -> GraphQLResponse:
    """The answer of an operation that ended without one."""
    formatted = format_error(
        GraphQLError(str(error), original_error=error), context.facts.request_id, is_request_error=False
    )
    return GraphQLResponse(None, [formatted], _costs(context, is_refused=False) or None)


def _costs(context: Context, *, is_refused: bool) -> dict[str, Any]:
    """What the operation cost, as the answer's extensions say it."""
    admission = context.admission
    return {} if admission is None else {"cost": admission.settle(context.weight, is_refused=is_refused)}


def _choose(request: GraphQLRequest, query: str, facts: RequestFacts) -> Operation | GraphQLResponse | None:
    """The operation to run, or why none may; None for a document that the schema's own parser will refuse."""
    operations = operations_of(query)
    if operations is None:
        return None
    chosen = [each for each in operations if request.operation_name in (None, each.name)]
    if len(chosen) != 1:
        message = "Say with `operationName` which of the document's operations to run."
        return _refused(facts.request_id, "OPERATION_RESOLUTION_FAILURE", message)
    if chosen[0].kind is OperationType.MUTATION and not facts.allow_mutations:
        message = "Mutations go by POST only."
        return _refused(facts.request_id, "BAD_REQUEST", message, status=405, headers={"allow": "POST"})
    return chosen[0]


def shape_answer(result: Any, context: Context) -> GraphQLResponse:
    """The answer of an operation, or of an event, that came to its end."""
    request_id = context.facts.request_id
    errors = list(result.errors or ())
    is_request_error = isinstance(result, PreExecutionError) or (
        result.data is None and bool(errors) and all(error.path is None for error in errors)
    )
    extensions = {**context.extensions, **_costs(context, is_refused=is_request_error)}
    if context.hidden:
        extensions["hidden"] = sorted(context.hidden)
    return GraphQLResponse(
        data=result.data,
        errors=[format_error(error, request_id, is_request_error=is_request_error) for error in errors] or None,
        extensions=extensions or None,
        is_request_error=is_request_error,
    )
