"""Compressed answers: for whom, from which length, and that nothing else about the answer changes."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from threading import current_thread, main_thread

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.http import EndpointSettings, GraphQLEndpoint, GraphQLRequest, GraphQLResponse, RequestFacts, compression
from graph.http.compression import COMPRESS_FROM_BYTES, ON_LOOP_BYTES_MAX, takes_gzip

FRAME = len(b'{"data":{"text":""}}')


async def answer_of(
    length: int, accept_encoding: str | None, settings: EndpointSettings | None = None
) -> httpx.Response:
    """The answer of so many bytes, with the body as it was sent."""

    async def execute(_request: GraphQLRequest, _facts: RequestFacts, /) -> GraphQLResponse:
        return GraphQLResponse({"text": "a" * (length - FRAME)})

    transport = httpx.ASGITransport(app=GraphQLEndpoint(execute, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://kibubu.test") as client:
        del client.headers["accept-encoding"]
        headers = {} if accept_encoding is None else {"accept-encoding": accept_encoding}
        async with client.stream("POST", "/graphql", json={"query": "{ text }"}, headers=headers) as answer:
            parts: AsyncIterator[bytes] = answer.aiter_raw()
            answer._content = b"".join([part async for part in parts])
            return answer


@pytest.mark.parametrize("length", [COMPRESS_FROM_BYTES, ON_LOOP_BYTES_MAX, ON_LOOP_BYTES_MAX + 1, 1_000_000])
async def test_a_long_answer_is_compressed_for_who_takes_it(length: int) -> None:
    answer = await answer_of(length, "gzip, deflate, br, zstd")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert len(answer.content) < length / 10
    assert gzip.decompress(answer.content) == b'{"data":{"text":"' + b"a" * (length - FRAME) + b'"}}'


@pytest.mark.parametrize(
    ("length", "accept_encoding", "settings"),
    [
        (COMPRESS_FROM_BYTES - 1, "gzip", None),
        (COMPRESS_FROM_BYTES, None, None),
        (COMPRESS_FROM_BYTES, "br", None),
        (1_000_000, "gzip", EndpointSettings(compress_from_bytes=None)),
    ],
)
async def test_a_short_answer_and_one_for_who_does_not_ask_are_sent_as_they_are(
    length: int, accept_encoding: str | None, settings: EndpointSettings | None
) -> None:
    answer = await answer_of(length, accept_encoding, settings)
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.headers["content-length"] == str(length) == str(len(answer.content))


@pytest.mark.parametrize(("length", "is_in_turn"), [(ON_LOOP_BYTES_MAX, True), (ON_LOOP_BYTES_MAX + 1, False)])
async def test_what_takes_long_to_compress_leaves_others_their_turn(
    length: int, *, is_in_turn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def note(body: bytes) -> bytes:
        seen.append(current_thread() is main_thread())
        return body

    monkeypatch.setattr(compression, "_gzip", note)
    await answer_of(length, "gzip")
    assert seen == [is_in_turn]


async def test_the_same_answer_has_the_same_bytes() -> None:
    assert (await answer_of(5_000, "gzip")).content == (await answer_of(5_000, "gzip")).content


@pytest.mark.parametrize(
    "accept_encoding",
    [
        "gzip",
        "GZIP",
        "x-gzip",
        "deflate, gzip;q=1.0, *;q=0.5",
        "gzip;q=0.001",
        "*",
        "br;q=1, *;q=0.1",
        "identity, gzip",
        "identity;q=0.5, gzip",
    ],
)
def test_who_takes_gzip(accept_encoding: str) -> None:
    assert takes_gzip(accept_encoding)


@pytest.mark.parametrize(
    "accept_encoding",
    [
        None,
        "",
        "identity",
        "br",
        "gzip;q=0",
        "gzip;q=0, *",
        "*;q=0",
        "gzip;q=high",
        "gzipped",
        "identity, gzip;q=0.5",
        "gzip;q=0, " + "x" * 600,
    ],
)
def test_who_does_not(accept_encoding: str | None) -> None:
    assert not takes_gzip(accept_encoding)


@given(st.text(st.characters(max_codepoint=0xFF)) | st.text("gzip*;q=01., identity"))
def test_any_header_at_all_is_read(accept_encoding: str) -> None:
    assert takes_gzip(accept_encoding) in {True, False}
