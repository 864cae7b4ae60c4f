"""gql from Python: the schema by introspection, documents validated before they are sent, HTTP and WebSocket."""

from __future__ import annotations

from typing import Any

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError, build_client_schema, introspection_from_schema, print_schema

from domain.identifiers import new_id
from graph.schema import schema
from tests.clients.fresh_groups import FreshGroup
from tests.clients.real_server import RealServer

MEMBERS = gql("query M($id: ID!) { group(id: $id) { name members(first: 5) { nodes { number name } } } }")
GRANT = gql("""
mutation Grant($input: SocialFundGrantInput!) {
  socialFundGrant(input: $input) { entry { number } userErrors { code reason path } }
}
""")
FOLLOW = gql("""
subscription Follow($group: ID!, $after: Int) {
  groupActivity(groupId: $group, after: $after) { number changes { kind operation recordId } }
}
""")


def over_http(server: RealServer, token: str | None) -> Client:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return Client(
        transport=HTTPXAsyncTransport(url=server.url, headers=headers),
        fetch_schema_from_transport=True,
        introspection_args={"specified_by_url": True},
    )


def over_websocket(server: RealServer, token: str) -> Client:
    transport = WebsocketsTransport(url=server.websocket_url, init_payload={"Authorization": f"Bearer {token}"})
    return Client(transport=transport, schema=schema._schema)


def asked(document: GraphQLRequest, **variables: Any) -> GraphQLRequest:
    return GraphQLRequest(document, variable_values=variables)


def code_of(error: Any) -> str:
    (only,) = error.errors
    return str(only["extensions"]["code"])


async def test_the_schema_that_introspection_gives_is_the_whole_schema(server: RealServer) -> None:
    client = over_http(server, None)
    async with client:
        assert client.schema is not None
        got, ours = (build_client_schema(introspection_from_schema(each)) for each in (client.schema, schema._schema))
        assert print_schema(got) == print_schema(ours)


async def test_a_query_is_answered_and_a_wrong_one_never_sent(server: RealServer, group: FreshGroup) -> None:
    async with over_http(server, server.token("secretary")) as session:
        answer = await session.execute(asked(MEMBERS, id=group.id))
        assert answer == {"group": {"name": "Tujenge", "members": {"nodes": [{"number": 1, "name": "Neema Otieno"}]}}}
        with pytest.raises(GraphQLError, match="Cannot query field 'nicknames' on type 'Group'"):
            await session.execute(gql("{ groups(first: 1) { nodes { nicknames } } }"))
    assert "nicknames" not in server.log_file.read_text(encoding="utf-8")


async def test_a_refusal_is_data_and_an_error_at_the_top_is_raised(server: RealServer, group: FreshGroup) -> None:
    given = {
        "groupId": group.id,
        "idempotencyKey": str(new_id()),
        "meetingId": group.meeting,
        "memberId": group.member,
        "amount": "10.00",
        "place": "BOX",
        "description": "School fees",
    }
    async with over_http(server, server.token("secretary")) as session:
        answer = await session.execute(asked(GRANT, input=given))
        error = {"code": "NOT_ALLOWED", "reason": "BELOW_MINIMUM", "path": ["amount"]}
        assert answer == {"socialFundGrant": {"entry": None, "userErrors": [error]}}
        with pytest.raises(TransportQueryError) as not_exact:
            await session.execute(asked(GRANT, input={**given, "amount": 10}))
        assert code_of(not_exact.value) == "BAD_USER_INPUT"
    async with over_http(server, None) as session:
        with pytest.raises(TransportQueryError) as nobody:
            await session.execute(asked(MEMBERS, id=group.id))
        assert code_of(nobody.value) == "UNAUTHENTICATED"


async def test_a_subscription_over_a_websocket_goes_on_from_its_number(server: RealServer, group: FreshGroup) -> None:
    async def follow(after: int, until: int) -> list[dict[str, Any]]:
        seen = []
        async with over_websocket(server, server.token("secretary")) as session:
            async for answer in session.subscribe(asked(FOLLOW, group=group.id, after=after)):
                seen.append(answer["groupActivity"])
                if seen[-1]["number"] == until:
                    break
        return seen

    first = await follow(0, group.number - 1)
    assert [event["number"] for event in first] == list(range(1, group.number))
    (last,) = await follow(group.number - 1, group.number)
    assert last == {
        "number": group.number,
        "changes": [{"kind": "MEETING", "operation": "CREATE", "recordId": group.meeting}],
    }


async def test_queries_go_over_the_websocket_too_and_a_stranger_is_closed_out(
    server: RealServer, group: FreshGroup
) -> None:
    async with over_websocket(server, server.token("secretary")) as session:
        answer = await session.execute(asked(MEMBERS, id=group.id))
        assert answer["group"]["name"] == "Tujenge"
    with pytest.raises(TransportConnectionFailed):
        async with over_websocket(server, "nobody's token"):
            pass
