"""What the log says of a subscription: a line at its beginning, one at its end, and none between."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog

from tests.graph.subscriptions.sockets import FOLLOW, Here, number_of, open_event_stream, serving_here, token_of, until
from tests.support.world import World, shares

Lines = list[Any]


@pytest.fixture
async def told(world: World) -> AsyncIterator[tuple[Here, Lines]]:
    """A server, and every line that it writes from here on, with its level."""
    with structlog.testing.capture_logs() as lines:
        async with serving_here(world) as here:
            yield here, lines
            await here.is_left_alone()


def of_subscriptions(lines: Lines, event: str) -> Lines:
    return [line for line in lines if line["event"] == event and line.get("kind", "subscription") == "subscription"]


async def test_a_subscription_is_told_at_its_end_with_the_number_of_its_events(
    told: tuple[Here, Lines], world: World
) -> None:
    here, lines = told
    group = await world.group()
    async with here.socket(group.treasurer) as socket:
        await socket.follow(group.id, after=await number_of(world, group.id))
        meeting = await world.meeting(group)
        await socket.event()
        await world.record(group, meeting, shares(group.members[0], 1))
        await socket.event()
        assert of_subscriptions(lines, "subscription") == []
    await until(lambda: of_subscriptions(lines, "subscription"))
    (line,) = of_subscriptions(lines, "subscription")
    assert line.pop("duration_ms") > 0
    assert line == {
        "event": "subscription",
        "log_level": "info",
        "code": "OK",
        "document": hashlib.sha256(FOLLOW.encode()).hexdigest(),
        "principal": str(group.treasurer.session_id),
        "transport": "websocket",
        "events": 2,
    }
    opening, *events = of_subscriptions(lines, "operation")
    assert (opening["log_level"], [event["log_level"] for event in events]) == ("info", ["debug", "debug"])


async def test_what_ends_a_subscription_is_told_in_its_line(told: tuple[Here, Lines], world: World) -> None:
    here, lines = told
    group = await world.group()
    async with here.socket(group.treasurer) as socket:
        await socket.follow(group.id, after=await number_of(world, group.id))
        meeting = await world.meeting(group)
        await socket.event()
        await world.superuser.execute(
            "UPDATE access.sessions SET revoked_at = now() WHERE id = $1", group.treasurer.session_id
        )
        await world.close_meeting(group, meeting)
        assert (await socket.refusal())[0] == "UNAUTHENTICATED"
    await until(lambda: of_subscriptions(lines, "subscription"))
    (line,) = of_subscriptions(lines, "subscription")
    assert (line["code"], line["events"]) == ("UNAUTHENTICATED", 1)


async def test_a_stream_of_events_has_its_line_and_one_that_is_refused_has_none(
    told: tuple[Here, Lines], world: World
) -> None:
    here, lines = told
    group = await world.group()
    await world.meeting(group)
    token = token_of(world, group.treasurer)
    async with open_event_stream(here.url, token, FOLLOW, group=group.id, after=0) as stream:
        for _ in range(await number_of(world, group.id)):
            assert await stream.next() is not None
    await until(lambda: of_subscriptions(lines, "subscription"))
    async with open_event_stream(here.url, token, "subscription { nothing }") as stream:
        assert await stream.next() is not None
    (line,) = of_subscriptions(lines, "subscription")
    assert (line["transport"], line["events"]) == ("sse", await number_of(world, group.id))
    refused = [line["code"] for line in of_subscriptions(lines, "operation") if line["log_level"] == "info"]
    assert refused == ["OK", "GRAPHQL_VALIDATION_FAILED"]
