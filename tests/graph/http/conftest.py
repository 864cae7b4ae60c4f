"""A client of the endpoint, without a socket between them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from graph.http import GraphQLEndpoint
from tests.graph.http.toy_schema import run


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=GraphQLEndpoint(run))
    async with httpx.AsyncClient(transport=transport, base_url="http://kibubu.test") as client:
        del client.headers["accept"]  # a test that says nothing about the header sends none
        yield client
