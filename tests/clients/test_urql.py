"""urql with graphcache: what is recorded offline goes out once, and the schema tells the cache what may be missing."""

from __future__ import annotations

from tests.clients.fresh_groups import FreshGroup
from tests.clients.node_project import NodeProject
from tests.clients.real_server import RealServer


def test_what_was_recorded_offline_stands_in_the_book_once_though_it_was_sent_twice(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("urql/offline.mjs", **group.environment(server))
    # The meeting's totals as they are shown: how many entries, and the amount. None is counted before the answer.
    expected = [[0, "100.00"]]
    assert told == {
        "warnings": [],
        "before": [[], expected],
        "offline": {"mutations": 0, "entries": 0, "answered": 0},
        "isSameKey": True,
        "lost": {"mutations": 1, "entries": 1},
        "after": [expected, [[1, "100.00"]]],
        "sent": {"mutations": 2, "entries": 1},
        "again": ["ACCEPTED"],
        "entries": 1,
    }


def test_graphcache_takes_the_schema_and_knows_what_may_be_missing(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("urql/pages.mjs", **group.environment(server))
    assert told == {
        "interfaces": ["Node", "UserError"],
        "pages": [[1, 2], [1, 2, 3, 4], [1, 2, 3, 4, 5]],
        "node": {"id": group.meeting, "number": 1, "status": "OPEN"},
        "isSame": True,
        "part": [None, 1, True],
        "nothing": None,
        "asked": 0,
        "known": 0,
        "warnings": [
            (
                "warn: Invalid field: The field `treasure` does not exist on `Group`, "
                "but the GraphQL document expects it to exist."
            )
        ],
    }


def test_a_subscription_goes_over_fetch_and_a_query_that_would_take_a_stream_gets_json(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("urql/follow.mjs", **group.environment(server))
    numbers = [group.number + 1, group.number + 2]
    assert told == {
        "name": "Tujenge",
        "recorded": numbers,
        "told": numbers,
        # It sends queries by GET unless it is told otherwise.
        "sent": {
            "query": {"method": "GET", "takesStreams": True, "type": "application/graphql-response+json"},
            "subscription": {"method": "POST", "takesStreams": True, "type": "text/event-stream"},
        },
    }
