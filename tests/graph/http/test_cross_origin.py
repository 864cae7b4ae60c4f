"""Pages of other origins: what a browser sends for them unasked does nothing, and what it asks first is answered."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from graph.http import EndpointSettings, GraphQLEndpoint
from tests.graph.http.toy_schema import run

APP = "https://app.example"
OTHER = "https://other.example"
MAY_NOT = "Pages of this origin may not call: the operator can name the origin in KIBUBU_CORS_ORIGINS."
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
QUERY = "/graphql?query={__typename}"


def client_for(*origins: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=GraphQLEndpoint(run, EndpointSettings(cors_origins=origins)))
    return httpx.AsyncClient(transport=transport, base_url="http://kibubu.test", headers={"x-request-id": "r"})


def refusal(answer: httpx.Response) -> tuple[int, Any]:
    (error,) = answer.json()["errors"]
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    return answer.status_code, (error["extensions"]["code"], error["message"])


def of_cross_origin(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


async def test_a_preflight_of_a_named_origin_is_told_what_it_may_send() -> None:
    async with client_for(APP, "https://second.example") as client:
        answer = await client.options("/graphql", headers={"origin": APP, **PREFLIGHT})
    assert (answer.status_code, answer.content) == (204, b"")
    assert dict(answer.headers) == {
        "access-control-allow-headers": "authorization, content-type, x-request-id, x-client-name, x-client-version,"
        " apollographql-client-name, apollographql-client-version",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-origin": APP,
        "access-control-expose-headers": "retry-after, x-request-id",
        "access-control-max-age": "600",
        "cache-control": "no-store",
        "vary": "Accept, Accept-Encoding, Origin",
        "x-content-type-options": "nosniff",
        "x-request-id": "r",
    }


@pytest.mark.parametrize("origin", [OTHER, "null", "", "https://app.example.evil.example", "HTTPS://APP.EXAMPLE"])
async def test_a_preflight_of_any_other_origin_is_refused(origin: str) -> None:
    async with client_for(APP) as client:
        answer = await client.options("/graphql", headers={"origin": origin, **PREFLIGHT})
    assert refusal(answer) == (403, ("FORBIDDEN", MAY_NOT))
    assert of_cross_origin(answer) == {}


async def test_options_without_what_makes_a_preflight_is_one_more_method_that_is_refused() -> None:
    for origins, headers in (((), {"origin": APP, **PREFLIGHT}), ((APP,), {"origin": APP}), ((APP,), PREFLIGHT)):
        async with client_for(*origins) as client:
            answer = await client.options("/graphql", headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_answers_and_refusals_alike_can_be_read_by_a_named_origin_alone() -> None:
    async with client_for(APP) as client:
        for origin, seen in ((APP, APP), (OTHER, None), (None, None)):
            headers = {} if origin is None else {"origin": origin}
            for answer in (
                await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers),
                await client.post("/graphql", content=b"3", headers={"content-type": "application/json", **headers}),
                await client.put("/graphql", headers=headers),
            ):
                assert answer.headers.get("access-control-allow-origin") == seen
                assert "access-control-allow-credentials" not in answer.headers
                assert answer.headers["vary"] == "Accept, Accept-Encoding, Origin"


async def test_every_origin_may_call_where_a_star_is_named() -> None:
    async with client_for("*") as client:
        assert (await client.options("/graphql", headers={"origin": OTHER, **PREFLIGHT})).status_code == 204
        answer = await client.get(QUERY, headers={"origin": OTHER, "sec-fetch-site": "cross-site"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("origin", [None, OTHER, "null"])
async def test_a_get_that_another_site_had_a_browser_send_is_refused(site: str, origin: str | None) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors"}
    if origin is not None:
        headers["origin"] = origin
    for origins in ((), (APP,)):
        async with client_for(*origins) as client:
            answer = await client.get(QUERY, headers=headers)
        assert refusal(answer) == (403, ("FORBIDDEN", MAY_NOT))
        assert of_cross_origin(answer) == {}


@pytest.mark.parametrize("site", [None, "none", "same-origin"])
async def test_a_get_that_no_other_site_had_sent_is_answered(site: str | None) -> None:
    async with client_for() as client:
        answer = await client.get(QUERY, headers={} if site is None else {"sec-fetch-site": site})
    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_a_get_of_a_named_origin_is_answered() -> None:
    async with client_for(APP) as client:
        answer = await client.get(QUERY, headers={"origin": APP, "sec-fetch-site": "cross-site"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert answer.headers["access-control-allow-origin"] == APP


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
async def test_a_post_that_a_browser_sends_unasked_does_nothing(content_type: str | None) -> None:
    headers = {"origin": OTHER, **({} if content_type is None else {"content-type": content_type})}
    async with client_for(APP) as client:
        answer = await client.post("/graphql", content=b'{"query":"mutation { double(number: 4) }"}', headers=headers)
    assert refusal(answer)[0] == 415
    assert of_cross_origin(answer) == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_cookie_is_nobody_s_credential(method: str) -> None:
    headers = {"cookie": "authorization=Bearer a; session=b"}
    query = "{ authorization }"
    async with client_for() as client:
        if method == "GET":
            answer = await client.get("/graphql", params={"query": query}, headers=headers)
        else:
            answer = await client.post("/graphql", json={"query": query}, headers=headers)
    assert answer.json() == {"data": {"authorization": None}}
    assert "set-cookie" not in answer.headers
