"""graphql-sse, distinct connections mode: who is answered with a stream, what is in it, and how it ends."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.identifiers import new_id
from graph.subscriptions.event_stream import EventStreamSettings
from tests.graph.subscriptions.sockets import (
    FOLLOW,
    Here,
    number_of,
    open_event_stream,
    serving_here,
    token_of,
    until,
)
from tests.support.world import World

QUERY = "{ viewer { __typename } }"
STREAM = "text/event-stream"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (STREAM, STREAM),
        (f"{STREAM}, text/html", STREAM),
        (f"{STREAM}, application/json;q=0", STREAM),
        (f"{STREAM}, application/json", "application/json"),
        (f"{STREAM}, */*;q=0.1", "application/json"),
        (
            f"application/graphql-response+json, application/json, {STREAM}, multipart/mixed",
            "application/graphql-response+json",
        ),
        (f"{STREAM};q=0", "406"),
    ],
)
async def test_a_stream_is_answered_only_where_no_json_will_do(
    here: Here, world: World, accept: str, media_type: str
) -> None:
    token = token_of(world, await world.person())
    async with open_event_stream(here.url, token, QUERY, accept=accept) as stream:
        found = stream.response.headers["content-type"]
        status = stream.response.status_code
        if media_type == "406":
            assert status == 406
            return
        assert (status, found) == (200, f"{media_type}; charset=utf-8")
        if media_type != STREAM:
            assert json.loads(await stream.response.aread())["data"] == {"viewer": {"__typename": "Viewer"}}


async def test_a_query_gives_one_next_and_complete(here: Here, world: World) -> None:
    async with open_event_stream(here.url, token_of(world, await world.person()), QUERY) as stream:
        assert stream.response.headers["cache-control"] == "no-store"
        assert stream.response.headers["x-accel-buffering"] == "no"
        assert "content-length" not in stream.response.headers
        assert "content-encoding" not in stream.response.headers
        named = await stream.next()
        assert named is not None
        assert (named[0], named[1]["data"]) == ("next", {"viewer": {"__typename": "Viewer"}})
        assert await stream.next() == ("complete", None)
        assert await stream.next() is None


async def test_a_query_by_get_is_a_stream_too_and_a_mutation_is_refused(here: Here, world: World) -> None:
    headers = {"accept": STREAM, "authorization": f"Bearer {token_of(world, await world.person())}"}
    async with httpx.AsyncClient() as http:
        text = (await http.get(here.url, params={"query": QUERY}, headers=headers)).text
        refused = await http.get(
            here.url, params={"query": "mutation { sessionRevoke { __typename } }"}, headers=headers
        )
    event, data, *rest = [line for line in text.splitlines() if line and not line.startswith(":")]
    assert (event, rest) == ("event: next", ["event: complete", "data: "])
    assert json.loads(data.removeprefix("data: "))["data"] == {"viewer": {"__typename": "Viewer"}}
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


async def test_a_document_that_is_not_valid_is_told_in_the_stream(here: Here, world: World) -> None:
    async with open_event_stream(here.url, token_of(world, await world.person()), "subscription { nothing }") as stream:
        named = await stream.next()
        assert named is not None
        assert named[0] == "next"
        assert [error["extensions"]["code"] for error in named[1]["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]
        assert "data" not in named[1]
        assert await stream.next() == ("complete", None)


@pytest.mark.parametrize(("content", "status"), [(b"{", 400), (b'{"query": 1}', 400), (b"", 400)])
async def test_what_is_no_request_is_refused_in_json(here: Here, content: bytes, status: int) -> None:
    headers = {"accept": STREAM, "content-type": "application/json"}
    async with httpx.AsyncClient() as http:
        answer = await http.post(here.url, content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json; charset=utf-8")
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_token_that_is_none_is_refused_with_401(here: Here) -> None:
    async with open_event_stream(here.url, "nonsense", FOLLOW, group=new_id()) as stream:
        assert stream.response.status_code == 401
        assert stream.response.headers["www-authenticate"] == "Bearer"


async def test_a_subscription_without_a_token_is_told_to_sign_in(here: Here) -> None:
    async with open_event_stream(here.url, None, FOLLOW, group=new_id()) as stream:
        assert await code_of(stream.next()) == "UNAUTHENTICATED"
        assert await stream.next() == ("complete", None)


async def code_of(coming: Any) -> str:
    name, payload = await coming
    assert name == "next"
    (error,) = payload["errors"]
    return error["extensions"]["code"]  # type: ignore[no-any-return]


async def test_events_come_as_they_happen_and_a_client_that_leaves_leaves_nothing(here: Here, world: World) -> None:
    group = await world.group()
    token = token_of(world, group.secretary)
    async with open_event_stream(
        here.url, token, FOLLOW, group=group.id, after=await number_of(world, group.id)
    ) as stream:
        meeting = await world.meeting(group)
        named = await stream.next()
        assert named is not None
        assert [each["recordId"] for each in named[1]["data"]["groupActivity"]["changes"]] == [str(meeting)]
        assert here.services.streams.count == 1
    await here.is_left_alone()


async def test_a_quiet_stream_is_kept_open_with_comments(world: World) -> None:
    group = await world.group()
    async with (
        serving_here(world, event_streams=EventStreamSettings(quiet_seconds=0.02)) as here,
        open_event_stream(here.url, token_of(world, group.secretary), FOLLOW, group=group.id) as stream,
    ):
        comments = [await anext(stream.lines) for _ in range(8)]
    assert comments == [":", ""] * 4


async def test_a_token_that_expires_ends_the_stream_with_an_error_and_complete(here: Here, world: World) -> None:
    group = await world.group()
    token = token_of(world, group.secretary, lives=timedelta(seconds=2))
    async with open_event_stream(here.url, token, FOLLOW, group=group.id) as stream:
        assert await code_of(stream.next()) == "UNAUTHENTICATED"
        assert await stream.next() == ("complete", None)
        assert await stream.next() is None


@pytest.mark.parametrize("is_told_by", ["event", "check"])
async def test_a_revoked_session_ends_the_stream_with_an_error_and_complete(
    here: Here, world: World, is_told_by: str
) -> None:
    group = await world.group()
    start = await number_of(world, group.id)
    async with open_event_stream(
        here.url, token_of(world, group.treasurer), FOLLOW, group=group.id, after=start
    ) as stream:
        await until(lambda: here.services.feed.followers_count == 1)
        await world.superuser.execute(
            "UPDATE access.sessions SET revoked_at = now() WHERE id = $1", group.treasurer.session_id
        )
        await (world.meeting(group) if is_told_by == "event" else here.services.streams.check())
        assert await code_of(stream.next()) == "UNAUTHENTICATED"
        assert await stream.next() == ("complete", None)


async def test_a_group_of_others_ends_the_stream_with_not_found(here: Here, world: World) -> None:
    group = await world.group()
    async with open_event_stream(here.url, token_of(world, await world.person()), FOLLOW, group=group.id) as stream:
        assert await code_of(stream.next()) == "NOT_FOUND"
        assert await stream.next() == ("complete", None)


async def test_a_server_that_ends_cuts_its_streams_off_without_complete(world: World) -> None:
    group = await world.group()
    async with serving_here(world) as here:
        start = await number_of(world, group.id)
        async with open_event_stream(
            here.url, token_of(world, group.secretary), FOLLOW, group=group.id, after=start
        ) as stream:
            await until(lambda: here.services.feed.followers_count == 1)
            await asyncio.gather(here.services.draining.close(), expect_end(stream.next()))
        assert here.services.streams.count == 0


async def expect_end(coming: Any) -> None:
    assert await coming is None


async def test_a_process_holds_so_many_streams_and_no_more(world: World) -> None:
    group = await world.group()
    token = token_of(world, group.secretary)
    async with serving_here(world, streams_max=1) as here:
        async with (
            open_event_stream(here.url, token, FOLLOW, group=group.id),
            open_event_stream(here.url, token, FOLLOW, group=group.id) as second,
        ):
            assert second.response.status_code == 503
            assert second.response.headers["retry-after"] == "1"
        await here.is_left_alone()
