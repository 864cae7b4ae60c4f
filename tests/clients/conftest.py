"""A real server and real clients, once for a process of the suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.fresh_groups import FreshGroup, fresh_group
from tests.clients.node_project import NodeMissingError, NodeProject, installed
from tests.clients.real_server import RealServer, real_server


@pytest.fixture(scope="session")
def node_project() -> NodeProject:
    """The clients from npm; the test is skipped, with the reason, where they cannot be had."""
    try:
        return installed()
    except NodeMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """A server with a group whose people can sign in; shared, so leave nothing behind that others would stumble on."""
    with real_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def group(server: RealServer) -> FreshGroup:
    """A group of the test's own on the shared server."""
    return fresh_group(server)
