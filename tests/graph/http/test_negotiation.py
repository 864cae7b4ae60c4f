from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.http.negotiation import negotiate
from graph.http.refusals import NotAcceptable

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
STREAM = "text/event-stream"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        ("APPLICATION/GraphQL-Response+JSON", GRAPHQL),
        (f"{GRAPHQL};charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.8, {JSON};q=0.9", JSON),
        (f"{GRAPHQL} ; Q=0.1 , {JSON} ; q=0.05", GRAPHQL),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{JSON};q=0.2, application/*;q=0.4", GRAPHQL),
        ("application/*;q=0, */*;q=0.5, application/json;q=0.1", JSON),
        (f"{GRAPHQL};q=high, {JSON};q=0.1", JSON),
        (f"{GRAPHQL};q=nan, {JSON};q=0.1", JSON),
        ("text/event-stream, application/json;q=0.1", JSON),
        ("text/event-stream, */*;q=0.1", JSON),
        ("text/event-stream", STREAM),
        (f"text/event-stream;q=0.1, {JSON};q=0", STREAM),
        (
            f"{GRAPHQL}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed",
            GRAPHQL,
        ),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", JSON),
    ],
)
def test_the_type_with_the_highest_weight_is_chosen(accept: str | None, media_type: str) -> None:
    assert negotiate(accept) == media_type


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/event-stream;q=0",
        "application/graphql+json",
        f"{JSON};q=0",
        f"{JSON};q=0.000, {GRAPHQL};q=0",
        "*/*;q=0",
        "application/*;q=0, */*",
        "text/*",
        ",",
        ";q=1",
        "x" * 1000,
    ],
)
def test_a_client_that_takes_neither_type_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate(accept)


@given(st.text(st.characters(max_codepoint=0xFF)) | st.text("*/;q=01., jsonapplicationgraphql-response+"))
def test_any_header_at_all_ends_in_a_type_or_a_refusal(accept: str) -> None:
    with suppress(NotAcceptable):
        assert negotiate(accept) in {JSON, GRAPHQL, STREAM}


async def test_the_refusal_is_json_whatever_is_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"accept": "text/event-stream", "x-request-id": "r"}
    )
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.json() == {
        "errors": [
            {
                "message": "Accept application/graphql-response+json or application/json.",
                "extensions": {"code": "NOT_ACCEPTABLE", "requestId": "r"},
            }
        ]
    }


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json; charset=utf8; profile=x",
    ],
)
async def test_a_body_in_json_and_utf8_is_taken(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post(
        "/graphql", content=b'{"query":"{ __typename }"}', headers={"content-type": content_type}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/graphql"},
        {"content-type": "application/graphql+json"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json; charset=iso-8859-1"},
        {"content-type": "application/json, text/plain"},
        {"content-type": "application/json; profile=" + "x" * 600},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_a_body_of_another_type_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post(
        "/graphql", content=b'{"query":"{ __typename }"}', headers={**headers, "x-request-id": "r"}
    )
    assert answer.status_code == 415
    assert answer.headers["accept-post"] == "application/json"
    assert answer.json() == {
        "errors": [
            {
                "message": "Send the body as application/json in UTF-8, without a content encoding.",
                "extensions": {"code": "UNSUPPORTED_MEDIA_TYPE", "requestId": "r"},
            }
        ]
    }


async def test_the_declared_type_of_a_get_is_of_no_account(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql?query={__typename}", headers={"content-type": "text/plain"})
    assert answer.content == b'{"data":{"__typename":"Query"}}'
