"""Whatever is sent, the whole application answers it as GraphQL over HTTP, and never with an error of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.api import Api, Client
from tests.support.world import World

DOCUMENTS = (
    "{ __typename }",
    "query Q($id: ID!) { group(id: $id) { name members(first: 3) { nodes { name number } } } }",
    "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }",
    "query Q($first: Int, $after: String) { groups(first: $first, after: $after) { pageInfo { endCursor } } }",
    "query Q($order: GroupOrder!) { groups(orderBy: $order) { nodes { name } } }",
    "query A { __typename } query B { viewer { user { id } } }",
    "mutation M($input: MeetingCloseInput!) { meetingClose(input: $input) { userErrors { code } } }",
    "fragment F on Group { name ...F } { groups { nodes { ...F } } }",
)
STATUSES = {200, 400, 401, 403, 405, 413, 415, 429}

text = st.text(max_size=30) | st.sampled_from(["\x00", "\ud800", "'; --", "../..", "0" * 64, "sha256:" + "a" * 64])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=12
)
variables = st.dictionaries(
    st.sampled_from(["id", "ids", "first", "after", "order", "input"]) | text, values, max_size=4
)
persisted = st.fixed_dictionaries({"persistedQuery": values}) | st.fixed_dictionaries(
    {"persistedQuery": st.fixed_dictionaries({"version": st.just(1), "sha256Hash": text})}
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "query": st.sampled_from(DOCUMENTS) | text | values,
        "operationName": text | values,
        "variables": variables | values,
        "extensions": persisted | values,
        "documentId": text | values,
    },
)
documents = st.fixed_dictionaries({"query": st.sampled_from(DOCUMENTS), "variables": variables})


class Served:
    """The application with a client of a secretary, asked from where no loop runs."""

    def __init__(self, runner: asyncio.Runner, client: Client) -> None:
        self._runner = runner
        self._client = client

    def post(self, body: bytes) -> httpx.Response:
        headers = {**self._client.headers, "content-type": "application/json"}
        return self._runner.run(self._client.http.post("/graphql", content=body, headers=headers))

    def get(self, query_string: str) -> httpx.Response:
        return self._runner.run(self._client.http.get(f"/graphql?{query_string}", headers=self._client.headers))


@pytest.fixture
def served(database_name: str) -> Iterator[Served]:
    with asyncio.Runner() as runner:
        world = runner.run(World.create(database_name, size=2))
        group = runner.run(world.group(members=4))
        starting = Api.start(world)
        api = runner.run(starting.__aenter__())
        yield Served(runner, api.client(group.secretary))
        runner.run(starting.__aexit__(None, None, None))
        runner.run(world.close())


def check(answer: httpx.Response) -> None:
    assert answer.status_code in STATUSES
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert body.keys() <= {"data", "errors", "extensions"}
    for error in body.get("errors", ()):
        assert error["message"]
        assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
        assert error["extensions"]["code"] not in {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"}


def as_json(value: object) -> bytes:
    # Infinity and NaN as well, which are no JSON, and halves of surrogate pairs, escaped.
    return json.dumps(value).encode()


once_served = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


@given(requests | documents | values)
@example([])
@example({"query": DOCUMENTS[0], "variables": {"a": [[[[]]]] * 3}})
@once_served
def test_any_value_as_a_body(served: Served, value: object) -> None:
    check(served.post(as_json(value)))


@given(st.binary(max_size=300) | values.map(as_json).map(lambda text: text[:-1]))
@once_served
def test_any_bytes_as_a_body(served: Served, body: bytes) -> None:
    answer = served.post(body)
    check(answer)
    assert answer.status_code == 400 or json.loads(body)


@given(requests)
@once_served
def test_any_parameters_of_a_get(served: Served, request: dict[str, object]) -> None:
    given_as = {name: value if isinstance(value, str) else json.dumps(value) for name, value in request.items()}
    check(served.get(urlencode(given_as, errors="surrogatepass")))


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=200))
@once_served
def test_any_query_string(served: Served, query_string: str) -> None:
    check(served.get(query_string))
