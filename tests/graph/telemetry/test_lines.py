"""One line of log for each operation: what it was and how it ended, and nothing of what it was about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import pytest
import structlog

from domain.identifiers import new_id
from graph.telemetry import Telemetry
from graph.telemetry.record import document_hash
from operations.logs import configure_logging
from persistence.reads import members
from tests.support.api import Api
from tests.support.world import GroupOfPeople, World

GROUP = "query Register($id: ID!) { group(id: $id) { name members { nodes { name } totalCount } } }"


@pytest.fixture
async def group(world: World) -> GroupOfPeople:
    return await world.group()


def lines(api: Api) -> list[dict[str, Any]]:
    return [entry for entry in api.logs if entry["event"] == "operation"]


async def test_a_query_is_told_in_one_line(api: Api, group: GroupOfPeople) -> None:
    await api.client(group.secretary).query(GROUP, id=str(group.id))
    (line,) = lines(api)
    assert line.pop("duration_ms") > 0
    line.pop("cost", None)
    assert line == {
        "event": "operation",
        "log_level": "info",
        "kind": "query",
        "code": "OK",
        "document": hashlib.sha256(GROUP.encode()).hexdigest(),
        "principal": str(group.secretary.session_id),
        "statements": 4,
    }


async def test_the_statements_of_a_line_are_those_that_were_sent(api: Api, group: GroupOfPeople) -> None:
    client = api.client(group.secretary)
    document = (
        f'mutation {{ memberAdd(input: {{ groupId: "{group.id}", idempotencyKey: "%s", name: "Njeri" }})'
        " { member { number group { memberCount } } userErrors { reason } } }"
    )
    await client.query(document % new_id())
    api.logs.clear()
    with api.statements() as sent:
        await client.query(document % new_id())
    (line,) = lines(api)
    assert (line["kind"], line["code"]) == ("mutation", "OK")
    assert line["statements"] == sent.count > 4


async def test_a_refusal_of_the_domain_is_told_by_its_reason(api: Api, group: GroupOfPeople) -> None:
    await api.client(group.secretary).user_error(
        "memberAdd", groupId=str(group.id), idempotencyKey=str(new_id()), name="Njeri", number=1
    )
    (line,) = lines(api)
    assert (line["kind"], line["code"], line["refusals"]) == ("mutation", "OK", ["MEMBER_NUMBER_TAKEN"])


@pytest.mark.parametrize(
    ("document", "kind", "code"),
    [
        ("{ groups {", "none", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "query", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { user { id } } }", "query", "UNAUTHENTICATED"),
        ("query A { __typename } query B { __typename }", "none", "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_an_operation_that_fails_is_told_with_its_code(api: Api, document: str, kind: str, code: str) -> None:
    await api.anonymous.send(document)
    (line,) = lines(api)
    assert (line["kind"], line["code"]) == (kind, code)
    assert "principal" not in line


async def test_a_slow_operation_is_a_warning(api: Api, group: GroupOfPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.services.telemetry, "slow_operation_ms", 0)
    await api.client(group.secretary).query("{ __typename }")
    (line,) = lines(api)
    assert (line["log_level"], line["slow"]) == ("warning", True)


def test_documents_are_known_by_the_hash_of_persisted_queries() -> None:
    for text in ("{ groups { totalCount } }", "# é\n{ a }", "x" * 20_000):
        assert document_hash(text) == hashlib.sha256(text.encode()).hexdigest()
    assert document_hash("\ud800") != document_hash("\ud801")


@pytest.fixture
async def written(world: World) -> AsyncIterator[tuple[Api, StringIO]]:
    """The application as it is served, its log written as an operator gets it."""
    stream = StringIO()
    before = structlog.get_config()
    with pytest.MonkeyPatch.context() as patch:
        import logging  # noqa: PLC0415 - only here is its root replaced

        root = logging.getLogger()
        patch.setattr(root, "handlers", [])
        patch.setattr(root, "level", root.level)
        patch.setattr("sys.stderr", stream)
        configure_logging(plain=False)
        try:
            async with Api.start(world) as api:
                yield api, stream
        finally:
            structlog.configure(**before)


async def test_no_line_holds_a_variable_a_token_or_a_person(
    written: tuple[Api, StringIO], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, stream = written
    group = await world.group()
    client = api.client(group.secretary)
    secrets = {
        "name": "Wanjiru wa Kamau",
        "phone": "+254712000111",
        "password": "five mangoes on the roof",
        "login": "wanjiru@kamau.example",
    }
    await client.mutate("memberAdd", "member { id name phone }", groupId=group.id, name=secrets["name"],
                        phone=secrets["phone"])  # fmt: skip
    await api.anonymous.mutate("sessionOpen", "tokens { accessToken }", login=secrets["login"],
                               password=secrets["password"])  # fmt: skip
    # Values that do not fit, inline values, names that clients choose, and errors of ours on the way.
    await client.send("mutation M($input: MemberAddInput!) { memberAdd(input: $input) { member { id } } }",
                      input={"name": [secrets["name"]], "phone": {"x": secrets["phone"]}})  # fmt: skip
    await client.send(f'query Wanjiru_wa_Kamau {{ group(id: "{secrets["name"]}") {{ name }} }}')

    async def fail(*_: Any) -> None:
        raise ValueError(1)

    monkeypatch.setattr(members, "rows_by_key", fail)
    await client.send(f'{{ group(id: "{group.id}") {{ members {{ nodes {{ phone balances {{ shares }} }} }} }} }}')
    text = stream.getvalue()
    told = [json.loads(line) for line in text.splitlines()]
    operations = [line for line in told if line["event"] == "operation"]
    assert [line["code"] for line in operations] == [
        "OK",
        "OK",
        "BAD_USER_INPUT",
        "BAD_USER_INPUT",
        "INTERNAL_SERVER_ERROR",
    ]
    assert operations[1]["refusals"] == ["SIGN_IN_REFUSED"]
    assert all(len(line["request_id"]) == 32 for line in operations)
    assert {line["logger"] for line in operations} == {"kibubu.operations"}
    assert any("ValueError" in line.get("exception", "") for line in told)
    for secret in (*secrets.values(), "Wanjiru", "712000111", "mangoes", client.token or "", str(group.members[0])):
        assert secret not in text


async def test_without_anybody_to_tell_an_operation_runs_all_the_same() -> None:
    with pytest.raises(RuntimeError, match="from within"), Telemetry().operation({}):
        raise RuntimeError("from within")
