"""The application around the endpoint: other origins are answered where they are named, and nowhere else."""

from __future__ import annotations

import base64

import httpx
import pytest

from graph.application import GRAPHQL_PATH, create_application
from graph.http import GraphQLEndpoint
from graph.settings import read_settings

PREFLIGHT = {
    "origin": "https://app.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}


async def ask(origins: str, method: str, headers: dict[str, str]) -> httpx.Response:
    settings = read_settings(
        database_url="postgresql:///nowhere",
        master_key=base64.b64encode(bytes(32)).decode(),
        cors_origins=tuple(filter(None, origins.split(","))),
    )
    transport = httpx.ASGITransport(create_application(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, GRAPHQL_PATH, headers=headers)


async def test_an_origin_that_is_named_may_send_tokens() -> None:
    answer = await ask("https://app.example", "OPTIONS", PREFLIGHT)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(("origins", "status"), [("https://other.example", 403), ("", 405)])
async def test_any_other_origin_may_not(origins: str, status: int) -> None:
    answer = await ask(origins, "OPTIONS", PREFLIGHT)
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origins", ["", "https://app.example"])
async def test_the_endpoint_answers_with_and_without_other_origins(origins: str) -> None:
    answer = await ask(origins, "PUT", {"origin": "https://app.example"})
    assert answer.status_code == 405
    assert answer.json()["errors"][0]["message"] == "Send GraphQL requests with POST, or queries with GET."
    assert ("access-control-allow-origin" in answer.headers) is bool(origins)


@pytest.mark.parametrize("origins", ["", "https://app.example"])
def test_a_graphql_request_goes_straight_to_the_endpoint_with_and_without_other_origins(origins: str) -> None:
    settings = read_settings(cors_origins=tuple(filter(None, [origins])))
    application = create_application(settings)
    assert isinstance(application.straight, GraphQLEndpoint)
    assert application.user_middleware == []
