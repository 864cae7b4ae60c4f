"""graphql-ws: operations over one socket, and a subscription that goes on after whatever comes in between."""

from __future__ import annotations

from tests.clients.fresh_groups import FreshGroup
from tests.clients.node_project import NodeProject
from tests.clients.real_server import RealServer


def test_one_socket_carries_a_query_a_mutation_and_a_subscription(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("transport_ws/operations.mjs", **group.environment(server))
    first, second = told["contributions"]
    assert told == {
        "sockets": 1,
        "asked": [{"group": {"name": "Tujenge", "memberCount": 1}}],
        "amounts": [{"amount": "100.00", "currency": "KES"}, {"amount": "150.00", "currency": "KES"}],
        "contributions": [first, second],
        "events": [
            {"number": group.number + 1, "changes": _recorded(first)},
            {"number": group.number + 2, "changes": _recorded(second)},
        ],
    }


def _recorded(contribution: str) -> list[dict[str, str]]:
    return [{"kind": kind, "operation": "CREATE", "recordId": contribution} for kind in ("CONTRIBUTION", "ENTRY")]


def test_a_connection_that_breaks_loses_no_event_and_repeats_none(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("transport_ws/resume.mjs", **group.environment(server))
    numbers = [group.number + each for each in range(1, 25)]
    assert told == {"recorded": numbers, "numbers": numbers, "closings": [1006] * 5}


def test_the_client_connects_again_by_itself_with_a_new_token(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results("transport_ws/retries.mjs", **group.environment(server))
    first, second = group.number + 1, group.number + 2
    assert told == {
        "closings": [[4403, "The access token is not one of ours: sign in again."], [1006, ""]],
        # It asks with the same variables again, so the first number comes twice.
        "numbers": [first, first, second],
        "failures": [],
    }


def test_a_restart_of_the_server_loses_no_event_and_repeats_none(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    with node_project.conversation("transport_ws/restart.mjs", **group.environment(server)) as program:
        assert program.hear() == "restart the server"
        server.process.stop()
        server.process.start()
        program.say("it is there again")
        told = program.hear()
    numbers = [group.number + each for each in range(1, 9)]
    closing = [1012, "The server restarts: connect again."]
    assert told == {"recorded": numbers, "numbers": numbers, "closing": closing}


def test_what_is_refused_is_told_with_its_code(
    server: RealServer, node_project: NodeProject, group: FreshGroup
) -> None:
    told = node_project.results(
        "transport_ws/refusals.mjs",
        OTHER_TOKEN=server.token("plain"),
        PASSING_TOKEN=server.sign_in("secretary"),
        **group.environment(server),
    )
    # The event is refused to who signed out, unless the session was looked up before it came.
    assert told["signedOut"].pop("ended") in (["UNAUTHENTICATED"], "CLOSED")
    no_token = [4403, "Send the access token as `Authorization` in the payload of connection_init."]
    revoked = [4401, "The session has ended or was revoked: sign in again."]
    assert told == {
        "noToken": {"answers": [], "ended": "CLOSED", "closed": no_token},
        "wrongToken": {
            "answers": [],
            "ended": "CLOSED",
            "closed": [4403, "The access token is not one of ours: sign in again."],
        },
        "noMember": {"answers": [], "ended": ["NOT_FOUND"], "closed": [1000, "Normal Closure"]},
        "signedOut": {"answers": [group.number + 1], "closed": revoked},
        "noProtocol": [4406, "Speak graphql-transport-ws."],
    }
