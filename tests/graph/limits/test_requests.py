"""The limits as clients meet them: over HTTP, on the whole application."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from graphql import get_introspection_query

from graph import execution
from graph.limits import Buckets, Gate
from persistence import database
from persistence.reads import groups
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import GroupOfPeople, World

NAMES = "groups(first: %d) { nodes { name } }"


@pytest.fixture
async def group(world: World) -> GroupOfPeople:
    return await world.group()


@pytest.fixture
def client(api: Api, group: GroupOfPeople) -> Client:
    return api.client(group.secretary)


def stand(api: Api, gate: Gate) -> None:
    object.__setattr__(api.services, "gate", gate)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_every_answer_says_what_it_cost(client: Client, api: Api, group: GroupOfPeople) -> None:
    stand(api, Gate(buckets=Buckets(Clock())))
    answer = await client.send("{ groups(first: 50) { totalCount nodes { name constitution { version } } } }")
    assert answer.cost == {
        "requestedQueryCost": 101,
        "actualQueryCost": 2,
        "throttleStatus": {"maximumAvailable": 10_000, "currentlyAvailable": 9_998, "restoreRate": 500},
    }
    page = "query P($id: ID!) { group(id: $id) { members(first: 5) { nodes { number balances { shares } } } } }"
    answer = await client.send(page, id=group.id)
    assert (answer.cost["requestedQueryCost"], answer.cost["actualQueryCost"]) == (11, 11)
    answer = await client.send("{ groups { nodes { nowhere } } }")
    assert answer.refusal[0] == "GRAPHQL_VALIDATION_FAILED"
    assert (answer.cost["requestedQueryCost"], answer.cost["actualQueryCost"]) == (20, 1)
    answer = await client.send("{ groups {")
    assert (answer.cost["requestedQueryCost"], answer.cost["actualQueryCost"]) == (1, 1)
    answer = await client.send(get_introspection_query())
    assert answer.data["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}
    assert answer.cost["actualQueryCost"] == answer.cost["requestedQueryCost"] < 500


async def test_a_mutation_costs_ten_beside_what_it_returns(client: Client) -> None:
    answer = await client.mutate("groupCreate", "group { name constitution { version } }", **GROUP)
    assert answer.data["groupCreate"]["group"] == {"name": "Tumaini", "constitution": {"version": 1}}
    assert (answer.cost["requestedQueryCost"], answer.cost["actualQueryCost"]) == (13, 13)


GROUP = {
    "name": "Tumaini",
    "kind": "VSLA",
    "currency": "KES",
    "country": "KE",
    "timeZone": "Africa/Nairobi",
    "sharePrice": "100",
}


async def test_an_operation_may_cost_a_thousand_and_no_more(client: Client, api: Api, world: World) -> None:
    members = "groups(first: 10) { nodes { members(first: $n) { nodes { number } } } }"
    document = f"query Q($n: Int!) {{ {members} }}"
    assert (await client.send(document, n=99)).cost["requestedQueryCost"] == 1_000
    async with nothing_changes(world):
        with api.statements() as statements:
            answer = await client.send(document, n=100)
        assert answer.refusal == (
            "COST_LIMIT_EXCEEDED",
            "The operation costs 1010, and may cost 1000: ask for fewer rows with `first`, or for less of each.",
        )
        assert "data" not in answer.body
        assert statements.count == 0
    assert answer.cost["requestedQueryCost"] == 1_010
    assert answer.cost["actualQueryCost"] is None


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ " + " ".join(f"a{at}: viewer {{ user {{ id }} }}" for at in range(21)) + " }", "TOO_MANY_ALIASES"),
        ("{ viewer { user { id " + "@skip(if: false) " * 31 + "} } }", "TOO_MANY_DIRECTIVES"),
        ("{ groups { nodes { " + "id " * 102 + "} } }", "TOO_MANY_REPEATS"),
        ("{ groups { nodes { " + "members { nodes { group { " * 5 + "id" + " } } }" * 5 + " } } }", "QUERY_TOO_DEEP"),
        ("{ groups { nodes { " + "... { " * 100 + "id" + " }" * 100 + " } } }", "QUERY_TOO_DEEP"),
        ("{ groups(first: " + "[" * 100 + "]" * 100 + ") { nodes { id } } }", "QUERY_TOO_DEEP"),
        ("query Q($a: " + "[" * 100 + "Int" + "]" * 100 + ") { groups { nodes { id } } }", "QUERY_TOO_DEEP"),
        ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "QUERY_TOO_DEEP"),
        ("{}", "GRAPHQL_PARSE_FAILED"),
        ("{ viewer {} }", "GRAPHQL_PARSE_FAILED"),
        ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...Nowhere }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ ...F } fragment F on Query { viewer { user { id } } } fragment F on Query { ...F }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("{ viewer { ...Nowhere } }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Group { ...G } fragment G on Group { id } { groups { nodes { ...F } } }", ""),
    ],
)
async def test_a_document_beyond_a_limit_is_a_request_error(document: str, code: str, client: Client, api: Api) -> None:
    with api.statements() as statements:
        answer = await client.send(document)
    if not code:
        assert answer.data["groups"]["nodes"] != []
        return
    assert {error["extensions"]["code"] for error in answer.body["errors"]} == {code}
    assert "data" not in answer.body
    assert statements.count == 0
    assert not [entry for entry in api.logs if entry["log_level"] == "error"]


async def test_fifteen_fields_deep_is_deep_enough_and_sixteen_are_too_many(client: Client) -> None:
    way = ["groups(first: 1)", "nodes", *["members(first: 1)", "nodes", "group"] * 4]
    opening, closing = " { ".join(way), " }" * len(way)
    found = await client.query(f"{{ {opening} {{ name {closing} }}")
    for step in way:
        found = found[step.partition("(")[0]]
        found = found[0] if isinstance(found, list) else found
    assert found == {"name": "Umoja"}
    assert (await client.refused(f"{{ {opening} {{ constitution {{ version }} {closing} }}"))[0] == "QUERY_TOO_DEEP"


async def test_a_request_that_is_throttled_costs_nothing_and_goes_through_after_the_wait(
    client: Client, api: Api
) -> None:
    clock = Clock()
    gate = Gate(100, buckets=Buckets(clock))
    stand(api, gate)
    await client.query("{ groups { totalCount } }")
    (bucket,) = gate.buckets._buckets.values()
    bucket.available = 40
    with api.statements() as statements:
        answer = await client.send("{ " + NAMES % 100 + " }")
    assert statements.count == 0
    assert answer.status == 429
    assert answer.headers["retry-after"] == "2"
    assert answer.refusal == (
        "THROTTLED",
        "You have asked for much in a short time: wait 2 s, then send the same again.",
    )
    assert "data" not in answer.body
    assert answer.cost["throttleStatus"]["currentlyAvailable"] == 40
    clock.now += 1.2
    assert (await client.send("{ " + NAMES % 100 + " }")).data["groups"]["nodes"] != []
    assert bucket.available == 99


async def test_a_stranger_is_known_by_the_address_that_a_known_proxy_gives(world: World) -> None:
    async with Api.start(world, trusted_proxies=("192.0.2.0/24",)) as api:
        for client_address, expected in (("198.51.100.1", 2), ("198.51.100.2", 1), ("198.51.100.1", 2)):
            for _ in range(expected):
                await api.http.post(
                    "/graphql", json={"query": "{ __typename }"}, headers={"x-forwarded-for": client_address}
                )
        assert list(api.services.gate.buckets._buckets) == ["198.51.100.2", "198.51.100.1"]


SIGN_IN = """a%d: sessionOpen(input: {login: "%s", password: "wrong and long enough"}) {
    tokens { sessionId } userErrors { reason } }"""


def reasons(data: dict[str, Any]) -> list[str]:
    return [each["userErrors"][0]["reason"] for each in data.values()]


async def test_twenty_sign_ins_in_one_request_are_twenty_attempts(api: Api) -> None:
    document = "mutation { " + " ".join(SIGN_IN % (at, "+254712345678") for at in range(20)) + " }"
    assert reasons(await api.anonymous.query(document)) == ["SIGN_IN_REFUSED"] * 10 + ["TOO_MANY_ATTEMPTS"] * 10
    answer = await api.anonymous.mutate("sessionOpen", "__typename", login="+254712345678", password="x" * 9)
    (error,) = answer.data["sessionOpen"]["userErrors"]
    assert (error["code"], error["reason"]) == ("TOO_MANY", "TOO_MANY_ATTEMPTS")


async def test_the_answers_of_a_login_that_exists_and_of_one_that_does_not_are_the_same(api: Api, world: World) -> None:
    made = {"name": "Amina", "phone": "+254712345678", "password": "mango and rice"}
    await api.client(await world.admin()).do("userCreate", "user { id }", **made)
    answers = []
    for login in (made["phone"], "nobody@example.org"):
        document = "mutation { " + " ".join(SIGN_IN % (at, login) for at in range(12)) + " }"
        answers.append(reasons(await api.anonymous.query(document)))
    assert answers[0] == answers[1] == ["SIGN_IN_REFUSED"] * 10 + ["TOO_MANY_ATTEMPTS"] * 2


async def test_a_statement_that_takes_too_long_is_stopped_by_the_database(
    world: World, group: GroupOfPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database.SETTINGS["statement_timeout"] == "5s"
    monkeypatch.setitem(database.SETTINGS, "statement_timeout", "200ms")
    async with Api.start(world) as api:
        client = api.client(group.secretary)
        document = f'{{ group(id: "{group.id}") {{ name memberCount }} }}'
        monkeypatch.setattr(groups, "_MEMBER_COUNTS", "SELECT 1 AS total, $1::uuid[] FROM pg_sleep(30)")
        answer = await client.send(document)
        assert answer.refusal == (
            "OPERATION_TIMEOUT",
            "The operation took too long and was stopped: ask for less at a time.",
        )
        assert answer.body["data"] is None
        assert answer.cost["actualQueryCost"] is not None
        monkeypatch.undo()
        assert (await client.query(document))["group"]["memberCount"] == 5


async def test_an_operation_whose_statements_take_too_long_together_is_stopped(
    api: Api, client: Client, group: GroupOfPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert execution.OPERATION_SECONDS_MAX == 10
    monkeypatch.setattr(execution, "OPERATION_SECONDS_MAX", 0.3)
    monkeypatch.setattr(groups, "_MEMBER_COUNTS", "SELECT 1 AS total, $1::uuid[] FROM pg_sleep(30)")
    document = f'{{ group(id: "{group.id}") {{ name memberCount }} }}'
    answer = await client.send(document)
    assert answer.refusal[0] == "OPERATION_TIMEOUT"
    monkeypatch.undo()
    assert (await client.query(document))["group"]["memberCount"] == 5
    await asyncio.sleep(0)
    running = """SELECT count(*) FROM pg_stat_activity
        WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> $1"""
    for _ in range(50):
        if not await api.world.superuser.fetchval(running, api.world.superuser.get_server_pid()):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the statement still runs")


async def test_a_body_at_the_limit_is_read_and_one_beyond_it_is_not(client: Client) -> None:
    def body(size: int) -> bytes:
        content = {"query": "{ groups(first: 1) { nodes { name } } }", "extensions": {"padding": ""}}
        content["extensions"] = {"padding": "x" * (size - len(json.dumps(content)))}
        return json.dumps(content).encode()

    assert (await client.post(body(256 * 1024))).data["groups"]["nodes"] == [{"name": "Umoja"}]
    answer = await client.post(body(256 * 1024 + 1))
    assert answer.status == 413
    assert answer.refusal[0] == "PAYLOAD_TOO_LARGE"


async def test_a_document_of_as_many_tokens_as_are_allowed_is_read(client: Client) -> None:
    around = 12
    for count, code in ((1_500, "BAD_USER_INPUT"), (1_501, "GRAPHQL_PARSE_FAILED")):
        ids = '"a" ' * (count - around)
        assert (await client.refused(f"{{ nodes(ids: [{ids}]) {{ id }} }}"))[0] == code
