"""graphql-transport-ws to the letter: what is answered, and with which code what breaks it is closed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from domain.identifiers import new_id
from graph.subscriptions.websocket import SocketSettings
from tests.graph.subscriptions.sockets import FOLLOW, Here, number_of, serving_here, token_of, until
from tests.support.world import World

INIT = {"type": "connection_init"}
TYPE_NAME = {"query": "{ __typename }"}
PING = '{"type": "ping"}'


async def test_a_query_is_answered_once_and_completed(here: Here, world: World) -> None:
    who = await world.person()
    async with here.socket(who) as socket:
        await socket.subscribe("a", "{ viewer { __typename } }")
        assert await socket.answer("a") == {"viewer": {"__typename": "Viewer"}}


async def test_a_mutation_is_done_over_a_socket_too(here: Here, world: World) -> None:
    group = await world.group()
    selection = "meeting { number } userErrors { code }"
    document = f"mutation M($input: MeetingOpenInput!) {{ meetingOpen(input: $input) {{ {selection} }} }}"
    async with here.socket(group.secretary) as socket:
        await socket.subscribe("m", document, input={"groupId": group.id, "idempotencyKey": new_id()})
        assert await socket.answer("m") == {"meetingOpen": {"meeting": {"number": 1}, "userErrors": []}}
    assert await world.superuser.fetchval("SELECT count(*) FROM app.meetings") == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ("subscription S($group: ID!) { groupActivity(groupId: $group) { number } }", "BAD_USER_INPUT"),
        ('subscription { groupActivity(groupId: "nonsense") { number } }', "BAD_USER_INPUT"),
        (f'subscription {{ groupActivity(groupId: "{new_id()}", after: -1) {{ number }} }}', "BAD_USER_INPUT"),
    ],
)
async def test_an_operation_that_cannot_run_ends_with_an_error_and_the_socket_goes_on(
    here: Here, world: World, query: str, code: str
) -> None:
    async with here.socket(await world.person()) as socket:
        await socket.subscribe("x", query)
        assert (await socket.refusal())[0] == code
        await socket.subscribe("x", "{ __typename }")
        assert await socket.answer("x") == {"__typename": "Query"}


async def test_two_root_fields_of_a_subscription_are_refused(here: Here, world: World) -> None:
    field = f'groupActivity(groupId: "{new_id()}") {{ number }}'
    query = f"subscription {{ a: {field} b: {field} }}"
    async with here.socket(await world.person()) as socket:
        await socket.subscribe("x", query)
        assert (await socket.refusal())[0] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("payload", [None, {"a": [1]}])
async def test_a_ping_is_answered_with_what_it_carried(here: Here, payload: object) -> None:
    async with here.socket() as socket:
        await socket.send({"type": "ping"} if payload is None else {"type": "ping", "payload": payload})
        expected = {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
        assert await socket.receive() == expected
        await socket.send({"type": "pong"})
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no JSON",
        "[]",
        '"ping"',
        "null",
        "{}",
        '{"type": 1}',
        '{"type": "connection_terminate"}',
        '{"type": "next", "id": "1"}',
        '{"type": "ping", "payload": 3}',
        '{"type": "connection_init", "payload": "x"}',
        '{"type": "subscribe", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "complete"}',
        json.dumps({"type": "complete", "id": "x" * 129}),
        "[" * 5_000,
        b"\x00\x01",
        PING.encode(),
    ],
)
async def test_what_is_no_message_closes_the_socket_with_4400(here: Here, message: str | bytes) -> None:
    async with here.socket() as socket:
        await socket.send(message)
        assert (await socket.closed())[0] == 4400


@pytest.mark.parametrize(
    "payload", [{}, {"query": 1}, {"query": "{ a }", "variables": []}, {"query": "{ a }", "operationName": 1}]
)
async def test_a_payload_that_is_no_request_closes_the_socket_with_4400(
    here: Here, world: World, payload: dict[str, Any]
) -> None:
    async with here.socket(await world.person()) as socket:
        await socket.send({"type": "subscribe", "id": "1", "payload": payload})
        assert (await socket.closed())[0] == 4400


async def test_an_operation_before_the_acknowledgement_closes_the_socket_with_4401(here: Here) -> None:
    async with here.socket() as socket:
        await socket.send({"type": "subscribe", "id": "1", "payload": TYPE_NAME})
        assert (await socket.closed())[0] == 4401


async def test_a_second_init_closes_the_socket_with_4429(here: Here, world: World) -> None:
    async with here.socket(await world.person()) as socket:
        await socket.send(INIT)
        assert (await socket.closed())[0] == 4429


async def test_an_id_that_is_taken_closes_the_socket_with_4409(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.secretary) as socket:
        await socket.follow(group.id)
        await socket.follow(group.id)
        assert (await socket.closed())[0] == 4409


async def test_an_id_is_free_again_once_its_operation_is_completed_by_either_side(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.secretary) as socket:
        for _ in range(3):
            await socket.subscribe("1", "{ __typename }")
            assert (await socket.receive())["type"] == "next"
            assert (await socket.receive())["type"] == "complete"
        await socket.follow(group.id)
        await socket.send({"type": "complete", "id": "1"})
        await socket.subscribe("1", "{ __typename }")
        assert await socket.answer("1") == {"__typename": "Query"}


async def test_completing_what_is_not_under_way_is_nothing(here: Here, world: World) -> None:
    async with here.socket(await world.person()) as socket:
        await socket.send({"type": "complete", "id": "never"})
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


async def test_a_client_that_says_nothing_is_closed_with_4408(world: World) -> None:
    async with (
        serving_here(world, sockets=SocketSettings(init_seconds=0.05)) as here,
        here.socket() as socket,
    ):
        assert (await socket.closed())[0] == 4408


async def test_who_was_acknowledged_is_not_closed_for_its_silence(world: World) -> None:
    async with (
        serving_here(world, sockets=SocketSettings(init_seconds=0.2)) as here,
        here.socket(await world.person()) as socket,
    ):
        await asyncio.sleep(0.4)
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    "payload", [None, {}, {"Authorization": 1}, {"Authorization": "Bearer x"}, {"Authorization": "x"}]
)
async def test_an_init_without_a_token_of_ours_is_closed_with_4403(here: Here, payload: dict[str, Any] | None) -> None:
    async with here.socket() as socket:
        await socket.send(INIT if payload is None else {**INIT, "payload": payload})
        assert (await socket.closed())[0] == 4403


async def test_the_token_may_stand_in_the_header_of_the_handshake(here: Here, world: World) -> None:
    headers = {"Authorization": f"Bearer {token_of(world, await world.person())}"}
    async with here.socket(additional_headers=headers) as socket:
        await socket.send(INIT)
        assert await socket.receive() == {"type": "connection_ack"}


async def test_a_session_that_was_revoked_is_told_so_at_once_with_4401(here: Here, world: World) -> None:
    who = await world.person()
    await world.superuser.execute("UPDATE access.sessions SET revoked_at = now() WHERE id = $1", who.session_id)
    async with here.socket() as socket:
        await socket.send({**INIT, "payload": {"Authorization": f"Bearer {token_of(world, who)}"}})
        assert (await socket.closed())[0] == 4401


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws"])
async def test_who_speaks_no_protocol_of_ours_is_closed_with_4406(here: Here, subprotocol: str | None) -> None:
    async with here.socket(subprotocol=subprotocol) as socket:
        assert (await socket.closed())[0] == 4406


@pytest.mark.parametrize(
    ("origin", "is_welcome"),
    [("https://app.example", True), ("https://elsewhere.example", False), ("null", False)],
)
async def test_pages_of_other_origins_are_let_in_only_where_they_are_named(
    world: World, origin: str, *, is_welcome: bool
) -> None:
    async with serving_here(world, sockets=SocketSettings(origins=("https://app.example",))) as here:
        if is_welcome:
            async with here.socket(await world.person(), origin=origin):
                return
        with pytest.raises(InvalidStatus) as refused:
            async with here.socket(origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_a_page_of_the_server_s_own_origin_is_let_in(here: Here, world: World) -> None:
    async with here.socket(await world.person(), origin=f"http://127.0.0.1:{here.port}") as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


@pytest.mark.parametrize(("length", "is_taken"), [(1_000, True), (1_001, False)])
async def test_a_message_longer_than_the_limit_closes_the_socket_with_1009(
    world: World, length: int, *, is_taken: bool
) -> None:
    message = json.dumps({"type": "ping", "payload": {"a": ""}}).replace('""', f'"{"x" * 1_000}"')
    message = message.replace("x" * (len(message) - length), "", 1)
    assert len(message) == length
    async with serving_here(world, sockets=SocketSettings(message_bytes_max=1_000)) as here, here.socket() as socket:
        await socket.send(message)
        if is_taken:
            assert (await socket.receive())["type"] == "pong"
        else:
            assert (await socket.closed())[0] == 1009


async def test_the_fifty_first_operation_is_refused_and_the_fifty_go_on(here: Here, world: World) -> None:
    group = await world.group()
    start = await number_of(world, group.id)
    async with here.socket(group.secretary) as socket:
        for number in range(50):
            await socket.follow(group.id, after=start, operation=str(number))
        await socket.subscribe("51", "{ __typename }")
        assert (await socket.refusal())[0] == "TOO_MANY_OPERATIONS"
        await socket.send({"type": "complete", "id": "7"})
        await socket.subscribe("51", "{ __typename }")
        assert await socket.answer("51") == {"__typename": "Query"}
        await until(lambda: here.services.feed.followers_count == 49)
        await world.meeting(group)
        heard = {(await socket.receive())["id"] for _ in range(49)}
        assert heard == {str(number) for number in range(50)} - {"7"}


async def test_a_process_holds_so_many_sockets_and_no_more(world: World) -> None:
    who = await world.person()
    async with serving_here(world, streams_max=2) as here:
        async with here.socket(who), here.socket(who), here.socket() as third:
            assert (await third.closed())[0] == 1013
        await here.is_left_alone()
        async with here.socket(who) as again:
            await again.send({"type": "ping"})
            assert await again.receive() == {"type": "pong"}


async def test_a_client_that_goes_away_leaves_nothing_behind(here: Here, world: World) -> None:
    group = await world.group()
    before = len(asyncio.all_tasks())
    for _ in range(3):
        async with here.socket(group.secretary) as socket:
            for number in range(20):
                await socket.follow(group.id, after=0, operation=str(number))
            await socket.receive()
            # Gone in the middle of what it asked for, without a word.
            socket.connection.transport.abort()
    await here.is_left_alone()
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert not here.services.feed.is_asking


async def test_a_subscription_needs_a_transport_that_can_carry_it(here: Here, world: World) -> None:
    group = await world.group()
    async with httpx.AsyncClient() as http:
        headers = {"authorization": f"Bearer {token_of(world, group.secretary)}"}
        body = {"query": FOLLOW, "variables": {"group": str(group.id)}}
        answer = (await http.post(here.url, json=body, headers=headers)).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]
    assert "data" not in answer
