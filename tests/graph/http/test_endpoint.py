from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from graph.http import EndpointSettings, GraphQLEndpoint, GraphQLRequest, GraphQLResponse, RequestFacts

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


@dataclass
class Recorder:
    """Executes nothing, remembers what it was asked, and answers what it was told to."""

    response: GraphQLResponse
    request: GraphQLRequest | None = None
    facts: RequestFacts | None = None

    async def __call__(self, request: GraphQLRequest, facts: RequestFacts, /) -> GraphQLResponse:
        self.request, self.facts = request, facts
        return self.response


def client_of(execute: Any, settings: EndpointSettings | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=GraphQLEndpoint(execute, settings), client=("192.0.2.7", 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://kibubu.test")


async def test_a_query_over_post_is_answered_with_its_data_and_every_header(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/graphql", json={"query": '{ echo(text: "habari") }'}, headers={"x-request-id": "device-7.42_a"}
    )
    assert answer.status_code == 200
    assert answer.content == b'{"data":{"echo":"habari"}}'
    assert dict(answer.headers) == {
        "content-type": "application/json; charset=utf-8",
        "content-length": "26",
        "x-request-id": "device-7.42_a",
        "vary": "Accept, Accept-Encoding",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }


async def test_every_parameter_of_a_post_reaches_the_executor() -> None:
    recorder = Recorder(GraphQLResponse({"ok": True}))
    async with client_of(recorder) as client:
        await client.post(
            "/graphql",
            json={
                "query": "query A { ok }",
                "operationName": "A",
                "variables": {"a": [1, "é😀"]},
                "extensions": {"trace": True},
                "documentId": "sha256:00",
                "somethingElse": 3,
            },
        )
    assert recorder.request == GraphQLRequest("query A { ok }", "A", {"a": [1, "é😀"]}, {"trace": True}, "sha256:00")


async def test_every_parameter_of_a_get_reaches_the_executor() -> None:
    recorder = Recorder(GraphQLResponse({"ok": True}))
    async with client_of(recorder) as client:
        await client.get(
            "/graphql",
            params={
                "query": "query A { ok }",
                "operationName": "A",
                "variables": '{"a":[1,"é"]}',
                "extensions": "{}",
                "documentId": "sha256:00",
            },
        )
    assert recorder.request == GraphQLRequest("query A { ok }", "A", {"a": [1, "é"]}, {}, "sha256:00")


async def test_null_parameters_are_the_same_as_none() -> None:
    recorder = Recorder(GraphQLResponse({"ok": True}))
    async with client_of(recorder) as client:
        answer = await client.post(
            "/graphql", json={"query": "{ ok }", "operationName": None, "variables": None, "extensions": None}
        )
    assert answer.status_code == 200
    assert recorder.request == GraphQLRequest("{ ok }", None, None, None, None)


async def test_of_a_key_given_twice_the_last_counts() -> None:
    recorder = Recorder(GraphQLResponse({"ok": True}))
    async with client_of(recorder) as client:
        await client.post(
            "/graphql", content=b'{"query":"{ a }","query":"{ b }"}', headers={"content-type": "application/json"}
        )
    assert recorder.request == GraphQLRequest("{ b }")


@pytest.mark.parametrize(
    "body", [{"documentId": "sha256:00"}, {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}}}]
)
async def test_a_request_that_names_a_stored_document_needs_no_query(body: dict[str, Any]) -> None:
    recorder = Recorder(GraphQLResponse({"ok": True}))
    async with client_of(recorder) as client:
        answer = await client.post("/graphql", json=body)
    assert answer.status_code == 200
    assert recorder.request is not None
    assert recorder.request.query is None


async def test_the_executor_is_told_the_facts_of_the_request_but_no_cookie() -> None:
    recorder = Recorder(GraphQLResponse({"ok": True}))
    async with client_of(recorder) as client:
        await client.post(
            "/graphql",
            json={"query": "{ ok }"},
            headers=[
                ("Authorization", "Bearer a"),
                ("authorization", "Bearer b"),
                ("Cookie", "session=1"),
                ("X-Request-Id", "r-1"),
            ],
        )
    facts = recorder.facts
    assert facts is not None
    assert (facts.request_id, facts.method, facts.allow_mutations, facts.client_host) == (
        "r-1",
        "POST",
        True,
        "192.0.2.7",
    )
    assert facts.headers["authorization"] == "Bearer a, Bearer b"
    assert "cookie" not in facts.headers


async def test_a_get_does_not_allow_mutations() -> None:
    recorder = Recorder(GraphQLResponse({"ok": True}))
    async with client_of(recorder) as client:
        await client.get("/graphql", params={"query": "{ ok }"})
    assert recorder.facts is not None
    assert (recorder.facts.method, recorder.facts.allow_mutations) == ("GET", False)


async def test_a_mutation_over_get_is_refused_with_the_method_that_would_do(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": "mutation { double(number: 4) }"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json() == {"errors": [{"message": "Send mutations with POST."}]}


async def test_a_mutation_over_post_runs(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "mutation { double(number: 4) }"})
    assert answer.content == b'{"data":{"double":8}}'


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "QUERY"])
async def test_another_method_is_refused(client: httpx.AsyncClient, method: str) -> None:
    request = client.build_request("GET", "/graphql", params={"query": "{ __typename }"}, headers={"x-request-id": "r"})
    request.method = method
    answer = await client.send(request)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == {
        "errors": [
            {
                "message": "Send GraphQL requests with POST, or queries with GET.",
                "extensions": {"code": "METHOD_NOT_ALLOWED", "requestId": "r"},
            }
        ]
    }


async def test_a_head_request_is_refused_too(client: httpx.AsyncClient) -> None:
    answer = await client.head("/graphql?query={__typename}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", None),
        ("{ unknown }", None),
        ("query ($text: String!) { echo(text: $text) }", {"text": 3}),
        ("query A { __typename } query B { __typename }", None),
    ],
)
async def test_a_request_error_is_400_without_data_for_who_knows_the_type_and_200_for_who_does_not(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any] | None
) -> None:
    body = {"query": query, "variables": variables}
    modern = await client.post("/graphql", json=body, headers={"accept": GRAPHQL})
    legacy = await client.post("/graphql", json=body, headers={"accept": JSON})
    assert (modern.status_code, modern.headers["content-type"]) == (400, f"{GRAPHQL}; charset=utf-8")
    assert (legacy.status_code, legacy.headers["content-type"]) == (200, f"{JSON}; charset=utf-8")
    assert list(modern.json()) == ["errors"]
    assert modern.content == legacy.content


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_an_error_in_a_field_is_200_with_the_data_that_there_is(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.post("/graphql", json={"query": "{ broken }"}, headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.content == (
        b'{"errors":[{"message":"broken as promised","locations":[{"line":1,"column":3}],"path":["broken"]}],'
        b'"data":{"broken":null}}'
    )


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_result_lost_to_an_error_in_a_field_is_200_with_null_data(
    client: httpx.AsyncClient, accept: str
) -> None:
    answer = await client.post("/graphql", json={"query": "{ fatal }"}, headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["path"] == ["fatal"]


async def test_a_status_and_headers_of_the_executor_are_sent_for_either_type() -> None:
    errors = [{"message": "Wait.", "extensions": {"code": "THROTTLED"}}]
    recorder = Recorder(GraphQLResponse(None, errors, {"cost": 7}, True, 429, {"retry-after": "3"}))
    async with client_of(recorder) as client:
        for accept in (GRAPHQL, JSON):
            answer = await client.post("/graphql", json={"query": "{ ok }"}, headers={"accept": accept})
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
            assert answer.content == (
                b'{"errors":[{"message":"Wait.","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":7}}'
            )


async def test_extensions_stand_after_the_data() -> None:
    async with client_of(Recorder(GraphQLResponse({"ok": True}, [], {"cost": 7}))) as client:
        answer = await client.post("/graphql", json={"query": "{ ok }"})
    assert answer.content == b'{"data":{"ok":true},"extensions":{"cost":7}}'


@pytest.mark.parametrize("given", ["a", "A-z_0.9", "x" * 64])
async def test_a_request_id_of_the_client_is_kept(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", "a,b", "é"])
async def test_a_request_id_that_could_do_harm_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={b"x-request-id": given.encode("latin-1")}
    )
    assert answer.headers["x-request-id"] != given
    assert len(bytes.fromhex(answer.headers["x-request-id"])) == 16


async def test_each_request_without_an_id_gets_another(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/graphql?query={__typename}")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_an_exception_is_masked_and_logged_with_the_request_id(accept: str) -> None:
    async def execute(_request: GraphQLRequest, _facts: RequestFacts, /) -> GraphQLResponse:
        raise LookupError("the password is hunter2")

    with capture_logs() as logs:
        async with client_of(execute) as client:
            answer = await client.post(
                "/graphql", json={"query": "{ ok }"}, headers={"accept": accept, "x-request-id": "r-9"}
            )
    assert answer.status_code == 500
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    assert answer.json() == {
        "errors": [
            {
                "message": "Something went wrong on the server.",
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "r-9"},
            }
        ]
    }
    assert [(entry["event"], entry["log_level"], entry["exc_info"]) for entry in logs] == [
        ("graphql_request_failed", "error", True)
    ]


@pytest.mark.parametrize("value", [datetime(2026, 1, 1, tzinfo=UTC), {1, 2}, "\ud800", 2**70])
async def test_a_result_that_json_cannot_hold_is_a_masked_error(value: object) -> None:
    with capture_logs() as logs:
        async with client_of(Recorder(GraphQLResponse({"value": value}))) as client:
            answer = await client.post("/graphql", json={"query": "{ value }"})
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert [entry["event"] for entry in logs] == ["graphql_request_failed"]


def test_limits_that_let_nothing_through_are_refused() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        EndpointSettings(max_body_bytes=0)
    with pytest.raises(ValueError, match="must be positive"):
        EndpointSettings(body_timeout_seconds=0)
