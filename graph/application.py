"""The HTTP application: where everything is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

from fastapi import FastAPI
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.draining import Draining
from graph.execution import Executor
from graph.graphiql import graphiql_app
from graph.http import EndpointSettings, GraphQLEndpoint, GraphQLRequest, GraphQLResponse, RequestFacts
from graph.probes import probe_routes, watched
from graph.schema import schema
from graph.services import open_services
from graph.settings import Settings
from graph.subscriptions.event_stream import EventStreamSettings, serve_events
from graph.subscriptions.websocket import SocketSettings, serve_socket
from graph.telemetry import Telemetry

__all__ = ["create_application"]

GRAPHQL_PATH = "/graphql"


class _Application(FastAPI):
    """FastAPI, but that a GraphQL request goes straight to the endpoint, which answers for its own errors.

    Of what FastAPI does around a route a GraphQL request needs nothing, and a small one spends a good part of its time
    there.
    """

    straight: GraphQLEndpoint | None = None
    socket: ASGIApp | None = None
    telemetry: Telemetry
    draining: Draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `fastapi.FastAPI`."""
        if scope["type"] == "http":
            send = watched(scope["path"], send, self.telemetry, self.draining)
        if self.straight is not None and scope["type"] == "http" and scope["path"] == GRAPHQL_PATH:
            await self.straight(scope, receive, send)
        elif self.socket is not None and scope["type"] == "websocket" and scope["path"] == GRAPHQL_PATH:
            await self.socket(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _endpoint_settings(settings: Settings) -> EndpointSettings:
    if settings.compression:
        return EndpointSettings(cors_origins=settings.cors_origins)
    return EndpointSettings(cors_origins=settings.cors_origins, compress_from_bytes=None)


def create_application(
    settings: Settings, *, while_running: Callable[[Draining], AbstractContextManager[object]] = nullcontext
) -> FastAPI:
    """The application; its services are opened when it starts and closed when it stops.

    Args:
        settings: With an address for each login.
        while_running: Stands around the time in which it answers: whoever serves it says there when it is to end.
    """
    telemetry, draining = Telemetry.of(settings), Draining()

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        async with (
            telemetry.running(settings),
            open_services(settings, telemetry=telemetry, draining=draining) as services,
        ):
            if telemetry.metrics is not None:
                telemetry.metrics.watch(services.database, schema.uncovered)
            application.state.services = services
            application.state.execute = Executor(services)
            try:
                with while_running(draining):
                    yield
            finally:
                await draining.close()

    application = _Application(title="Kibubu", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    application.telemetry, application.draining = telemetry, draining

    async def execute(request: GraphQLRequest, facts: RequestFacts, /) -> GraphQLResponse:
        executor: Executor = application.state.execute
        return await executor(request, facts)

    async def stream(
        request: GraphQLRequest,
        facts: RequestFacts,
        headers: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
        /,
    ) -> GraphQLResponse | None:
        executor: Executor = application.state.execute
        return await serve_events(executor, application.state.event_streams, request, facts, headers, receive, send)

    async def socket(scope: Scope, receive: Receive, send: Send) -> None:
        executor: Executor = application.state.execute
        await serve_socket(executor, application.state.sockets, scope, receive, send)

    application.state.event_streams = EventStreamSettings()
    application.state.sockets = SocketSettings(origins=settings.cors_origins)
    application.socket = socket
    endpoint = GraphQLEndpoint(execute, _endpoint_settings(settings), stream)
    application.router.routes.append(Route(GRAPHQL_PATH, endpoint))
    application.straight = endpoint
    if settings.serves_graphiql:
        application.router.routes.append(Mount("/graphiql", graphiql_app()))

    application.router.routes.extend(probe_routes(settings, telemetry))
    return application
