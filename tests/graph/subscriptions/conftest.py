"""A server on a port, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.graph.subscriptions.sockets import Here, serving_here
from tests.support.world import World


@pytest.fixture
async def here(world: World) -> AsyncIterator[Here]:
    async with serving_here(world) as here:
        yield here
        await here.is_left_alone()
