from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph.http import EndpointSettings, GraphQLEndpoint
from graph.http.json_text import MAX_JSON_DEPTH, parse_json
from graph.http.refusals import MalformedRequest
from tests.graph.http.toy_schema import run

JSON = {"content-type": "application/json", "x-request-id": "r"}
NO_QUERY = "The request has no `query`."
NOT_OBJECT = "The body must be a JSON object with `query`."
TOO_DEEP = "The body may nest arrays and objects 64 deep at most."


NOT_TEXT: list[Any] = [3, 1.5, True, False, [], ["{ a }"], {}, {"a": 1}]
NOT_AN_OBJECT: list[Any] = [0, 3, "x", "", True, False, [], [{}]]


def nested(depth: int) -> bytes:
    return b'{"query":"{ __typename }","variables":{"a":' + b"[" * depth + b"]" * depth + b"}}"


BAD_BODIES: list[tuple[bytes, str]] = [
    (b"", "The request has no body: send a JSON object with `query`."),
    (b" ", "The body is not valid JSON at line 1, column 1."),
    (b"3", NOT_OBJECT),
    (b'"x"', NOT_OBJECT),
    (b"null", NOT_OBJECT),
    (b"true", NOT_OBJECT),
    (b"{}", NO_QUERY),
    (b'{"query":null}', NO_QUERY),
    (b'{"extensions":{}}', NO_QUERY),
    (b"[]", "Send each operation in a request of its own: batches are not accepted."),
    (
        b'[{"query":"{ __typename }"},{"query":"{ __typename }"}]',
        "Send each operation in a request of its own: batches are not accepted.",
    ),
    (b'{"query":"{ __typename }"', "The body is not valid JSON at line 1, column 26."),
    (b"{\n  'query': 1}", "The body is not valid JSON at line 2, column 3."),
    (b"NaN", "The body is not valid JSON at line 1, column 1."),
    (b'{"query":"a\nb"}', "The body is not valid JSON at line 1, column 12."),
    (b'\xef\xbb\xbf{"query":"{ __typename }"}', "The body is not valid JSON at line 1, column 1."),
    (b'{"query":"\xff"}', "The body is not valid UTF-8 at byte 11."),
    (b'{"query":"\xed\xa0\x80"}', "The body is not valid UTF-8 at byte 11."),
    ('{"query":"{ __typename }"}'.encode("utf-16"), "The body is not valid UTF-8 at byte 1."),
    (
        rb'{"query":"{ __typename }","operationName":"\ud800"}',
        "The body holds half of a surrogate pair at character 44: send both halves.",
    ),
    (
        rb'{"query":"\\ud800\udc00"}',
        "The body holds half of a surrogate pair at character 18: send both halves.",
    ),
    (
        rb'{"query":"\ud83d \ude00"}',
        "The body holds half of a surrogate pair at character 11: send both halves.",
    ),
    (
        rb'{"\ud83d\ude00\udBFF":1}',
        "The body holds half of a surrogate pair at character 15: send both halves.",
    ),
    (
        rb'{"query":"{ __typename\u0000 }"}',
        "The body, at `query`, holds a NUL character, which cannot be stored: remove it.",
    ),
    (
        rb'{"query":"{ __typename }","variables":{"input":{"names":["a","b\u0000"]}}}',
        "The body, at `variables.input.names.1`, holds a NUL character, which cannot be stored: remove it.",
    ),
    (
        rb'{"query":"{ __typename }","variables":{"a\u0000b":1}}',
        "The body, in the key `variables.a\\ufffdb`, holds a NUL character, which cannot be stored: remove it.".replace(
            "\\ufffd", "\N{REPLACEMENT CHARACTER}"
        ),
    ),
    (b'{"query":"{ __typename }","variables":{"a":"\x00"}}', "The body is not valid JSON at line 1, column 45."),
    (nested(63), TOO_DEEP),
    (nested(5_000), TOO_DEEP),
    (b"[" * 200_000, TOO_DEEP),
    (b'{"a":' * 5_000, TOO_DEEP),
    (b'{"documentId":3}', "`documentId` must be a string or null."),
]


BAD_BODIES += [
    (orjson.dumps({"documentId": "d", name: value}), f"`{name}` must be a string or null.")
    for name in ("query", "operationName")
    for value in NOT_TEXT
]
BAD_BODIES += [
    (orjson.dumps({"query": "{ __typename }", name: value}), f"`{name}` must be an object or null.")
    for name in ("variables", "extensions")
    for value in NOT_AN_OBJECT
]


@pytest.mark.parametrize(("body", "message"), BAD_BODIES, ids=lambda value: repr(value[:40]))
async def test_a_malformed_body_is_refused_with_where_it_is_wrong(
    client: httpx.AsyncClient, body: bytes, message: str
) -> None:
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == {
        "errors": [{"message": message, "extensions": {"code": "BAD_REQUEST", "requestId": "r"}}],
    }


async def test_the_refusal_has_the_type_that_the_client_asked_for(client: httpx.AsyncClient) -> None:
    accept = "application/graphql-response+json"
    answer = await client.post("/graphql", content=b"3", headers={**JSON, "accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (400, f"{accept}; charset=utf-8")


def test_the_limit_of_nesting_is_reached_and_not_passed() -> None:
    assert MAX_JSON_DEPTH == 64
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        for inside in (b"1", b"[]"):
            depth = MAX_JSON_DEPTH - (inside == b"[]")
            parse_json(opening * depth + inside + closing * depth, "The body")
            with pytest.raises(MalformedRequest, match="nest arrays and objects 64 deep"):
                parse_json(opening * (depth + 1) + inside + closing * (depth + 1), "The body")


def test_brackets_in_strings_do_not_count_as_nesting() -> None:
    text = b'{"query":"' + b"{[" * 500 + b'"}'
    assert parse_json(text, "The body") == {"query": "{[" * 500}
    with pytest.raises(MalformedRequest, match="line 1, column"):
        parse_json(text[:-1], "The body")


def test_many_small_containers_side_by_side_are_no_nesting() -> None:
    text = b"[" + b",".join([b"[]"] * 1_000) + b"]"
    assert parse_json(text, "The body") == [[]] * 1_000


@pytest.mark.parametrize("text", [r'"\ud83d\ude00"', r'"\\ud800"', r'"\\u0000"', '"\N{GRINNING FACE}"', r'"￿"'])
def test_whole_characters_pass_however_they_are_written(text: str) -> None:
    assert parse_json(text.encode(), "The body") == orjson.loads(text)


def test_a_long_key_on_the_way_to_a_nul_is_cut_short() -> None:
    with pytest.raises(MalformedRequest, match=r"at `k{40}….199`, holds"):
        parse_json(b'{"' + b"k" * 100_000 + b'":[' + b"0," * 199 + rb'"\u0000"]}', "The body")


def test_escaped_quotes_without_an_end_are_read_once() -> None:
    # Read anew from each quote, this would take as long as the square of its length.
    with pytest.raises(MalformedRequest, match="not valid JSON"):
        parse_json(b'"' + rb"\"" * 120_000, "The body")


@given(st.binary(max_size=200) | st.text(r'{}[]",:\ud80019abcDE0 truenls').map(str.encode))
@example(b'"\\ud800\\')
@example(b'"\\ud800\\u')
async def test_no_body_at_all_leads_to_a_server_error(body: bytes) -> None:
    transport = httpx.ASGITransport(app=GraphQLEndpoint(run))
    async with httpx.AsyncClient(transport=transport, base_url="http://kibubu.test") as client:
        assert (await client.post("/graphql", content=body, headers=JSON)).status_code in {200, 400}


BAD_QUERY_STRINGS: list[tuple[str, str]] = [
    ("", NO_QUERY),
    ("operationName=A", NO_QUERY),
    ("query=%FF", "The query string must be percent-encoded UTF-8 with 32 parameters at most."),
    ("query=%ED%A0%80", "The query string must be percent-encoded UTF-8 with 32 parameters at most."),
    (
        "&".join(f"p{n}=1" for n in range(33)),
        "The query string must be percent-encoded UTF-8 with 32 parameters at most.",
    ),
    ("query=%00", "The parameter `query` holds a NUL character, which cannot be stored: remove it."),
    (
        "query={__typename}&operationName=a%00",
        "The parameter `operationName` holds a NUL character, which cannot be stored: remove it.",
    ),
    ("query={__typename}&variables=", "The parameter `variables` is not valid JSON at line 1, column 1."),
    ("query={__typename}&variables=3", "`variables` must be an object or null."),
    ("query={__typename}&variables=[]", "`variables` must be an object or null."),
    ("query={__typename}&extensions=%22x%22", "`extensions` must be an object or null."),
    (
        "query={__typename}&variables=" + quote(r'{"a":"\u0000"}'),
        "The parameter `variables`, at `a`, holds a NUL character, which cannot be stored: remove it.",
    ),
    (
        "query={__typename}&variables=" + quote(r'{"a":"\ud800"}'),
        "The parameter `variables` holds half of a surrogate pair at character 7: send both halves.",
    ),
    (
        "query={__typename}&variables=" + "[" * 5_000,
        "The parameter `variables` may nest arrays and objects 64 deep at most.",
    ),
]


@pytest.mark.parametrize(("query_string", "message"), BAD_QUERY_STRINGS, ids=lambda value: repr(value[:40]))
async def test_a_malformed_query_string_is_refused(client: httpx.AsyncClient, query_string: str, message: str) -> None:
    answer = await client.get("/graphql?" + query_string, headers={"x-request-id": "r"})
    assert answer.status_code == 400
    assert answer.json() == {
        "errors": [{"message": message, "extensions": {"code": "BAD_REQUEST", "requestId": "r"}}],
    }


async def test_a_query_string_with_raw_bytes_is_refused() -> None:
    answer = await ask(scope(method="GET", query_string=b"query=\xc3\xa9"), [])
    assert answer == (400, "The query string must be percent-encoded UTF-8 with 32 parameters at most.")


async def test_a_query_string_may_be_as_long_as_a_body_and_no_longer() -> None:
    settings = EndpointSettings(max_body_bytes=40)
    fits = b"query={__typename}&x=".ljust(40, b"x")
    assert (await ask(scope(method="GET", query_string=fits), [], settings))[0] == 200
    assert await ask(scope(method="GET", query_string=fits + b"x"), [], settings) == (
        414,
        "The query string may have at most 40 bytes: send the request with POST.",
    )


async def one_megabyte_in_parts() -> AsyncIterator[bytes]:
    for _ in range(16):
        yield b" " * 65_536


@pytest.mark.parametrize("content", [b" " * 1_048_576, one_megabyte_in_parts()], ids=["declared", "streamed"])
async def test_a_megabyte_is_too_much(client: httpx.AsyncClient, content: Any) -> None:
    answer = await client.post("/graphql", content=content, headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert answer.json() == {
        "errors": [
            {
                "message": "The body may have at most 262144 bytes.",
                "extensions": {"code": "PAYLOAD_TOO_LARGE", "requestId": "r"},
            }
        ]
    }


async def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(client: httpx.AsyncClient) -> None:
    body = b'{"query":"{ __typename }"}'.ljust(262_144)
    assert (await client.post("/graphql", content=body, headers=JSON)).status_code == 200
    assert (await client.post("/graphql", content=body + b" ", headers=JSON)).status_code == 413


async def test_a_declared_length_above_the_limit_is_refused_before_anything_is_read() -> None:
    for length in (b"262145", b"9" * 18, b"9" * 5_000):
        # There is nothing to receive: an attempt would fail the test.
        assert await ask(scope(content_length=length), []) == (413, "The body may have at most 262144 bytes.")


async def test_reading_stops_at_the_limit_whatever_length_was_declared() -> None:
    part = {"type": "http.request", "body": b" " * 200_000, "more_body": True}
    assert await ask(scope(content_length=b"5"), [part, part]) == (413, "The body may have at most 262144 bytes.")


async def test_a_body_in_parts_is_put_together() -> None:
    parts: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'{"query":', "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": b'"{ __typename }"}'},
    ]
    assert (await ask(scope(), parts))[0] == 200


def scope(*, method: str = "POST", query_string: bytes = b"", content_length: bytes | None = None) -> dict[str, Any]:
    headers = [(b"content-type", b"application/json")]
    if content_length is not None:
        headers.append((b"content-length", content_length))
    return {"type": "http", "method": method, "query_string": query_string, "headers": headers, "client": None}


async def ask(
    scope: dict[str, Any], messages: list[dict[str, Any]], settings: EndpointSettings | None = None
) -> tuple[int, str]:
    """The status and, where there is one, the message of the first error."""
    remaining = list(messages)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if remaining:
            return remaining.pop(0)
        return await never()

    async def send(message: Any) -> None:
        sent.append(message)

    await GraphQLEndpoint(run, settings)(scope, receive, send)
    errors = orjson.loads(sent[1]["body"]).get("errors", [{}])
    return sent[0]["status"], errors[0].get("message", "")


async def never() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError
