"""graphql-sse: operations as event streams, each over a connection of its own."""

from __future__ import annotations

from tests.clients.fresh_groups import FreshGroup
from tests.clients.node_project import NodeProject
from tests.clients.real_server import RealServer


def test_a_stream_that_breaks_loses_no_event_and_repeats_none(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("event_stream/follow.mjs", **group.environment(server))
    numbers = [group.number + each for each in range(1, 13)]
    assert told == {
        "asked": [{"group": {"name": "Tujenge"}}],
        "userErrors": [],
        "recorded": numbers,
        "numbers": numbers,
        "cuts": 2,
    }


def test_what_is_refused_is_told_in_the_stream_or_by_the_status(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results(
        "event_stream/refusals.mjs", OTHER_TOKEN=server.token("plain"), **group.environment(server)
    )
    assert told == {
        "noToken": {"answers": [["UNAUTHENTICATED"]], "ended": "COMPLETE"},
        "wrongToken": {"answers": [], "ended": 401},
        "noMember": {"answers": [["NOT_FOUND"]], "ended": "COMPLETE"},
        "invalid": {"answers": [["GRAPHQL_VALIDATION_FAILED"]], "ended": "COMPLETE"},
        "otherMode": {"answers": [], "ended": 405},
    }
