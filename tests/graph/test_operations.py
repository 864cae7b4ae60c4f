"""One operation as a whole: which of the document's, in which order, over which method, and what its errors say."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from domain.identifiers import new_id
from graph import execution
from persistence.reads import groups, members
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import GroupOfPeople, World

MASKED = "Something went wrong on our side. Try again; if it stays, report the request id."
WHICH = "Say with `operationName` which of the document's operations to run."


@pytest.fixture
async def group(world: World) -> GroupOfPeople:
    return await world.group()


@pytest.fixture
def client(api: Api, group: GroupOfPeople) -> Client:
    return api.client(group.secretary)


def add_member(group: GroupOfPeople, alias: str, name: str, number: int | None = None) -> str:
    given = "" if number is None else f", number: {number}"
    fields = f'groupId: "{group.id}", idempotencyKey: "{new_id()}", name: "{name}"{given}'
    return f"""{alias}: memberAdd(input: {{ {fields} }}) {{
        member {{ number name group {{ memberCount }} }} userErrors {{ reason path }} }}"""


async def test_several_mutations_run_one_after_the_other(client: Client, group: GroupOfPeople) -> None:
    wishes = [
        add_member(group, "a", "Njeri"),
        add_member(group, "b", "Njoki", 6),
        add_member(group, "c", "Wanjiru"),
        add_member(group, "d", "Achieng"),
    ]
    data = await client.query(f"mutation {{ {' '.join(wishes)} }}")
    assert data == {
        "a": {"member": {"number": 6, "name": "Njeri", "group": {"memberCount": 6}}, "userErrors": []},
        "b": {"member": None, "userErrors": [{"reason": "MEMBER_NUMBER_TAKEN", "path": ["number"]}]},
        "c": {"member": {"number": 7, "name": "Wanjiru", "group": {"memberCount": 7}}, "userErrors": []},
        "d": {"member": {"number": 8, "name": "Achieng", "group": {"memberCount": 8}}, "userErrors": []},
    }
    assert list(data) == ["a", "b", "c", "d"]


async def test_an_error_of_one_mutation_leaves_what_was_done_before(group: GroupOfPeople, api: Api) -> None:
    plain = api.client(group.plain)
    first = (
        f'groupCreate(input: {{ idempotencyKey: "{new_id()}", name: "A", kind: VSLA, currency: "KES", country: "KE",'
    )
    first += ' timeZone: "Africa/Nairobi", sharePrice: "1" }) { group { name } }'
    answer = await plain.send(f"mutation {{ {first} {add_member(group, 'b', 'Njeri')} }}")
    assert answer.refusal == ("FORBIDDEN", "You may not create records of this kind: member.")
    assert answer.body["data"] is None
    data = await plain.query("{ groups { totalCount } }")
    assert data == {"groups": {"totalCount": 2}}


async def test_a_document_with_several_operations_runs_the_one_that_is_named(
    client: Client, group: GroupOfPeople, world: World
) -> None:
    document = f"""
    query One {{ group(id: "{group.id}") {{ name }} }}
    query Two {{ group(id: "{group.id}") {{ currency }} }}
    mutation Three {{ {add_member(group, "a", "Njeri")} }}
    """
    async with nothing_changes(world):
        for name in (None, "", "Four", "one"):
            answer = await client.send(document, name)
            assert answer.refusal == ("OPERATION_RESOLUTION_FAILURE", WHICH)
            assert "data" not in answer.body
        assert (await client.send(document, "Two")).data == {"group": {"currency": "KES"}}
        assert (await client.send("{ groups { totalCount } }", "Two")).refusal == (
            "OPERATION_RESOLUTION_FAILURE",
            WHICH,
        )
        assert (await client.send("fragment F on Group { name }")).refusal == ("OPERATION_RESOLUTION_FAILURE", WHICH)
    assert (await client.send(document, "Three")).data["a"]["member"]["name"] == "Njeri"


async def test_a_query_goes_by_get_and_a_mutation_does_not(
    api: Api, client: Client, group: GroupOfPeople, world: World
) -> None:
    async with nothing_changes(world):
        for parameters in (
            {"query": f"mutation {{ {add_member(group, 'a', 'Njeri')} }}"},
            {
                "query": f"query Q {{ groups {{ totalCount }} }} mutation M {{ {add_member(group, 'a', 'N')} }}",
                "operationName": "M",
            },
        ):
            response = await api.http.get("/graphql", params=parameters, headers=client.headers)
            assert response.status_code == 405
            assert response.headers["allow"] == "POST"
            (error,) = response.json()["errors"]
            assert (error["extensions"]["code"], error["message"]) == ("BAD_REQUEST", "Mutations go by POST only.")
        response = await api.http.get(
            "/graphql",
            params={
                "query": "query Q($id: ID!) { group(id: $id) { name } }",
                "variables": json.dumps({"id": str(group.id)}),
            },
            headers=client.headers,
        )
        assert response.json()["data"] == {"group": {"name": "Umoja"}}


async def test_a_document_that_does_not_parse_or_does_not_fit_the_schema_is_told_where(client: Client) -> None:
    answer = await client.send("{ groups {")
    assert answer.error == {
        "message": "Syntax Error: Expected Name, found <EOF>.",
        "extensions": {"code": "GRAPHQL_PARSE_FAILED", "requestId": answer.headers["x-request-id"]},
        "locations": [{"line": 1, "column": 11}],
    }
    answer = await client.send("{\n  groups { total }\n}")
    assert answer.error == {
        "message": "Cannot query field 'total' on type 'GroupConnection'.",
        "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "requestId": answer.headers["x-request-id"]},
        "locations": [{"line": 2, "column": 12}],
    }


async def test_variables_that_do_not_fit_are_the_users_input(client: Client) -> None:
    ask = "query Q($id: ID!) { group(id: $id) { name } }"
    open_meeting = "mutation M($input: MeetingOpenInput!) { meetingOpen(input: $input) { __typename } }"
    for document, variables, names in (
        (ask, {}, "$id"),
        (ask, {"id": None}, "$id"),
        (ask, {"id": ["x"]}, "$id"),
        (open_meeting, {}, "$input"),
        (open_meeting, {"input": {}}, "groupId"),
        (open_meeting, {"input": "x"}, "$input"),
        (open_meeting, {"input": {"groupId": "x", "idempotencyKey": str(new_id()), "isAdmin": True}}, "isAdmin"),
    ):
        answer = await client.send(document, **variables)
        errors = answer.body["errors"]
        assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}, variables
        assert names in errors[0]["message"]
        assert "data" not in answer.body


async def test_a_document_too_long_or_too_deep_is_refused(client: Client, world: World) -> None:
    async with nothing_changes(world):
        for document in ("{ " + "a " * 1_500 + "}", "{ " + "a " * 100_000 + "}"):
            assert await client.refused(document) == (
                "GRAPHQL_PARSE_FAILED",
                "Syntax Error: Document contains more than 1500 tokens. Parsing aborted.",
            )
        for document in ("{ a" * 700 + "}" * 700, "query Q($a: " + "[" * 700 + "Int" + "]" * 700 + ") { a }"):
            answer = await client.send(document)
            assert answer.status in (200, 400)
            assert answer.refusal[0] in ("GRAPHQL_PARSE_FAILED", "QUERY_TOO_DEEP")


class SecretMishap(Exception):
    """What nobody outside may read."""


async def test_an_error_of_ours_says_nothing_but_where_to_ask(
    client: Client, api: Api, group: GroupOfPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise SecretMishap("password=hunter2")

    document = f'{{ group(id: "{group.id}") {{ name members {{ nodes {{ number balances {{ shares }} }} }} }} }}'
    monkeypatch.setattr("persistence.reads.members.rows_by_key", fail)
    answer = await client.send(document)
    assert answer.status == 200
    assert [error["path"] for error in answer.body["errors"]] == [
        ["group", "members", "nodes", at, "balances"] for at in range(5)
    ]
    assert {json.dumps(error["extensions"]) for error in answer.body["errors"]} == {
        json.dumps({"code": "INTERNAL_SERVER_ERROR", "requestId": answer.headers["x-request-id"]})
    }
    assert {error["message"] for error in answer.body["errors"]} == {MASKED}
    for word in ("hunter2", "password", "Mishap", "persistence", "Traceback"):
        assert word not in answer.text
    assert [type(entry["exc_info"]) for entry in api.logs if entry["log_level"] == "error"] == [SecretMishap] * 5
    monkeypatch.undo()
    assert (await client.query(document))["group"]["name"] == "Umoja"


async def test_an_error_of_the_database_ends_the_operation_and_leaves_the_connection_clean(
    client: Client, api: Api, group: GroupOfPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "_MEMBER_COUNTS", "SELECT 1 / 0 AS total, $1::uuid[]")
    answer = await client.send(f'{{ group(id: "{group.id}") {{ name memberCount book {{ entryCount }} }} }}')
    assert answer.status == 200
    assert answer.refusal == ("INTERNAL_SERVER_ERROR", MASKED)
    assert answer.body["data"] is None
    assert "division" not in answer.text
    assert [type(entry["exc_info"]) for entry in api.logs if entry["log_level"] == "error"] == [
        asyncpg.DivisionByZeroError
    ]
    monkeypatch.undo()
    for _ in range(10):
        data = await client.query(f'{{ group(id: "{group.id}") {{ memberCount }} }}')
        assert data == {"group": {"memberCount": 5}}


async def test_the_id_that_a_client_gave_its_request_comes_back_with_an_error(api: Api) -> None:
    response = await api.http.post(
        "/graphql", json={"query": "{ viewer { user { id } } }"}, headers={"x-request-id": "meeting-7.sheet-3"}
    )
    assert response.headers["x-request-id"] == "meeting-7.sheet-3"
    assert response.json()["errors"][0]["extensions"]["requestId"] == "meeting-7.sheet-3"


async def test_an_operation_that_takes_too_long_is_stopped(
    client: Client, group: GroupOfPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(*_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(execution, "OPERATION_SECONDS_MAX", 0.2)
    monkeypatch.setattr(members, "rows_by_key", wait)
    document = f'{{ group(id: "{group.id}") {{ members {{ nodes {{ balances {{ shares }} }} }} }} }}'
    answer = await client.send(document)
    assert answer.refusal == (
        "OPERATION_TIMEOUT",
        "The operation took too long and was stopped: ask for less at a time.",
    )
    assert answer.body["data"] is None
    monkeypatch.undo()
    assert (await client.query(document))["group"]["members"]["nodes"][0] == {"balances": {"shares": 0}}
