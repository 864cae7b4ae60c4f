"""GraphQL over HTTP: the transport alone, which knows neither the schema nor who is asking."""

from __future__ import annotations

from graph.http.endpoint import EndpointSettings, Execute, GraphQLEndpoint
from graph.http.request import GraphQLRequest, RequestFacts
from graph.http.response import GraphQLResponse

__all__ = [
    "EndpointSettings",
    "Execute",
    "GraphQLEndpoint",
    "GraphQLRequest",
    "GraphQLResponse",
    "RequestFacts",
]
