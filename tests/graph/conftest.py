"""The whole application, served without a socket, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import structlog

from tests.graph.office import Office
from tests.support.api import Api
from tests.support.world import World


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    with structlog.testing.capture_logs() as logs:
        async with Api.start(world) as api:
            api.logs = logs
            yield api


@pytest.fixture
async def office(api: Api, world: World) -> Office:
    """The secretary of a new group."""
    group = await world.group()
    return Office(api.client(group.secretary), group, world)
