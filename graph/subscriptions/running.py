"""One operation over a transport that can take several answers: one for a query or a mutation, one for each event.

The events of a subscription come in batches. A batch is what was new when its subscriber looked: it is authorised by
entering the viewer anew, read from one snapshot, and executed as a whole before the first of it is sent, so that no
connection to the database waits for a client. An event's loaders are its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from graphql import OperationType

from graph.engine import Events
from graph.errors import OperationTooSlow
from graph.execution import OPERATION_SECONDS_MAX, Begun, Executor, shape_answer, shape_failure
from graph.http import GraphQLRequest, GraphQLResponse, RequestFacts
from graph.schema import schema
from graph.services import Services
from graph.telemetry import code_of

__all__ = ["answers_to"]


def _is_subscription(begun: Begun) -> bool:
    """Whether an operation may answer more than once."""
    return begun.operation is not None and begun.operation.kind is OperationType.SUBSCRIPTION


async def answers_to(
    executor: Executor,
    request: GraphQLRequest,
    facts: RequestFacts,
    transport: str,
    when_subscribed: Callable[[], None] = lambda: None,
) -> AsyncGenerator[GraphQLResponse, None]:
    """The answers to one operation. The last is a request error where it was refused, or its events ended.

    Args:
        executor: Runs operations.
        request: The operation.
        facts: What the transport knows of it.
        transport: What it came over, for whoever counts.
        when_subscribed: Called once it is clear that the answers have no end.
    """
    telemetry = executor.services.telemetry
    events: AsyncGenerator[GraphQLResponse, None] | None = None
    with telemetry.operation(facts.headers, transport=transport) as record:
        begun = await executor.begin(request, facts)
        if isinstance(begun, GraphQLResponse):
            response = begun
        elif not _is_subscription(begun):
            response = await executor.answer(begun)
        elif isinstance(opened := await _open(begun), GraphQLResponse):
            response = opened
        else:
            response = GraphQLResponse(None)
            events = _events(begun, opened, executor.services, transport)
        telemetry.note_response(record, response)
    if events is None:
        yield response
        return
    when_subscribed()
    with telemetry.subscription(record) as subscription:
        async with aclosing(events):
            async for response in events:
                if response.is_request_error:
                    subscription.code = code_of(response)
                else:
                    subscription.events += 1
                yield response


async def _open(begun: Begun) -> Events | GraphQLResponse:
    request, context = begun.request, begun.context
    opened = await schema.open_events(begun.query, request.variables, context, request.operation_name)
    if not isinstance(opened, Events):
        return _ended(shape_answer(opened, context))
    # It is paid for when it begins. Its events come at the pace of those who write, and give nothing back.
    context.admission = None
    return opened


def _ended(response: GraphQLResponse) -> GraphQLResponse:
    """An answer after which there is none."""
    return replace(response, data=None, is_request_error=True)


async def _events(
    begun: Begun, events: Events, services: Services, transport: str
) -> AsyncGenerator[GraphQLResponse, None]:
    context, telemetry = begun.context, services.telemetry
    principal = context.principal
    ready: list[GraphQLResponse] = []
    try:
        async with aclosing(events.source) as source:
            async for event in source:
                with telemetry.operation(context.facts.headers, transport=transport, is_event=True) as record:
                    record.document, record.kind = begun.query, OperationType.SUBSCRIPTION.value
                    record.principal = None if principal is None else principal.id
                    response = await _execute(begun, events, event)
                    telemetry.note_response(record, response)
                ready.append(response)
                if event["is_last"] or response.is_request_error:
                    await context.forget()
                    # Nothing of the batch has left yet.
                    await context.keep_personal_reads()
                    if principal is not None and principal.is_machine:
                        await services.machine_uses.note(principal)
                    for each in ready:
                        yield each
                    ready.clear()
                    if response.is_request_error:
                        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends this subscription, and is told in its place
        yield _ended(shape_failure(error, context))
    finally:
        await context.forget()


async def _execute(begun: Begun, events: Events, event: Any) -> GraphQLResponse:
    """The answer to one event; a request error where its snapshot is over, which ends the subscription."""
    context = begun.context
    context.forget_loaded()
    context.hidden.clear()
    try:
        async with asyncio.timeout(OPERATION_SECONDS_MAX):
            result = await events.run(event)
    except TimeoutError:
        return _ended(shape_failure(OperationTooSlow(), context))
    if context.failure is not None:
        return _ended(shape_failure(context.failure, context))
    return shape_answer(result, context)
