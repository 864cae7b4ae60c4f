"""Apollo Client: its normalised cache, its links and its subscriptions."""

from __future__ import annotations

from tests.clients.fresh_groups import FreshGroup
from tests.clients.node_project import NodeProject
from tests.clients.real_server import RealServer


def test_a_mutation_mends_the_cache_and_pages_are_joined(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("apollo/cache.mjs", **group.environment(server))
    paid = {"changes": 1, "totals": [["SHARE_PURCHASE", 1, "100.00", "KES"]]}
    assert told == {
        "accepted": ["ACCEPTED"],
        "requestsForBoth": 2,
        "seen": [{"changes": 0, "totals": []}, paid],
        "refusal": {
            "__typename": "ContributionsRecordPayload",
            "meeting": None,
            "items": None,
            "userErrors": [
                {
                    "__typename": "ContributionsRecordUserError",
                    "reason": "MEETING_NOT_FOUND",
                    "path": ["meetingId"],
                    "message": "The group has no such meeting: check the meeting's id.",
                }
            ],
        },
        "kept": paid,
        "pages": [[1, 2], [1, 2, 3, 4], [1, 2, 3, 4, 5]],
        "hasNextPage": False,
        "records": 5,
    }


def test_documents_go_by_their_hash_and_a_refused_token_is_renewed(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("apollo/links.mjs", **group.environment(server))
    renewed = {"codes": [["UNAUTHENTICATED"]], "name": "Tujenge", "sent": [["POST", True, 401], ["POST", True, 200]]}
    assert told == {
        # Each is the method, whether the text of the document came along, and the status of the answer.
        "byPost": {
            "names": ["Tujenge", "Tujenge"],
            "sent": [["POST", False, 400], ["POST", True, 200], ["POST", False, 200]],
        },
        "byGet": {
            "names": ["Tujenge", "Tujenge"],
            "sent": [["GET", False, 400], ["POST", True, 200], ["GET", False, 200]],
        },
        "wrongToken": renewed,
        "noToken": renewed,
    }


def test_what_others_record_comes_into_the_cache_with_the_event(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("apollo/subscription.mjs", **group.environment(server))
    assert told == {
        "seen": [[group.number, _balances(0, "0.00")], [group.number + 1, _balances(3, "150.00")]],
        "events": [[["CONTRIBUTION", 3], ["ENTRY", None]]],
        "requests": 1,
    }


def _balances(shares: int, value: str) -> dict[str, object]:
    money = {"__typename": "Money", "amount": value, "currency": "KES"}
    return {"__typename": "MemberBalances", "shares": shares, "sharesValue": money}
