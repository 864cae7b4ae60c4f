"""The HTTP application: where everything is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from graph.execution import Executor
from graph.graphiql import graphiql_app
from graph.http import EndpointSettings, GraphQLEndpoint, GraphQLRequest, GraphQLResponse, RequestFacts
from graph.services import Services, open_services
from graph.settings import Settings
from persistence.database import DatabaseRole, Isolation

__all__ = ["create_application"]

GRAPHQL_PATH = "/graphql"


class _Application(FastAPI):
    """FastAPI, but that a GraphQL request goes straight to the endpoint, which answers for its own errors.

    Of what FastAPI does around a route a GraphQL request needs nothing, and a small one spends a good part of its time
    there.
    """

    straight: GraphQLEndpoint | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `fastapi.FastAPI`."""
        if self.straight is not None and scope["type"] == "http" and scope["path"] == GRAPHQL_PATH:
            await self.straight(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _endpoint_settings(settings: Settings) -> EndpointSettings:
    if settings.compression:
        return EndpointSettings(cors_origins=settings.cors_origins)
    return EndpointSettings(cors_origins=settings.cors_origins, compress_from_bytes=None)


def create_application(settings: Settings) -> FastAPI:
    """The application; its services are opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings) as services:
            application.state.services = services
            application.state.execute = Executor(services)
            yield

    application = _Application(title="Kibubu", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    async def execute(request: GraphQLRequest, facts: RequestFacts, /) -> GraphQLResponse:
        executor: Executor = application.state.execute
        return await executor(request, facts)

    endpoint = GraphQLEndpoint(execute, _endpoint_settings(settings))
    application.router.routes.append(Route(GRAPHQL_PATH, endpoint))
    application.straight = endpoint
    if settings.serves_graphiql:
        application.router.routes.append(Mount("/graphiql", graphiql_app()))

    @application.get("/livez", include_in_schema=False)
    async def livez() -> Response:
        """Whether the process answers."""
        return Response("ok", media_type="text/plain")

    @application.get("/readyz", include_in_schema=False)
    async def readyz(request: Request) -> Response:
        """Whether the database answers too."""
        services: Services = request.app.state.services
        try:
            async with services.database.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection:
                await connection.fetchval("SELECT 1")
        except Exception:  # noqa: BLE001 - whatever it is, the answer is that we are not ready
            return Response("the database does not answer", status_code=503, media_type="text/plain")
        return Response("ok", media_type="text/plain")

    return application
