"""Metrics: for nobody unless a setting says for whom, exact, and with no label that a client could fill."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from domain.identifiers import new_id
from graph.schema import schema
from graph.telemetry.metrics import LABEL_VALUES_MAX, Metrics
from graph.telemetry.record import OperationRecord, document_hash
from graph.telemetry.scraping import metrics_port
from persistence.database import DatabaseBusyError, DatabaseRole, DatabaseUnavailableError, Isolation
from tests.support.api import Api
from tests.support.world import World

TOKEN = "0123456789abcdef"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def counted(world: World) -> AsyncIterator[Api]:
    async with Api.start(world, metrics_token=TOKEN) as api:
        yield api


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scrape(api: Api) -> dict[Any, float]:
    answer = await api.http.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return samples(answer.text)


async def test_without_a_setting_there_are_no_metrics(api: Api) -> None:
    assert (await api.http.get("/metrics", headers=BEARER)).status_code == 404
    assert api.services.telemetry.metrics is None


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer 0123456789abcde", f"Basic {TOKEN}", f"Bearer {TOKEN}é"])
async def test_without_the_token_they_are_refused(counted: Api, given: str | None) -> None:
    headers = {} if given is None else {"authorization": given.encode()}
    answer = await counted.http.get("/metrics", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "kibubu_" not in answer.text
    assert TOKEN not in answer.text


async def test_operations_are_counted_by_kind_and_code(counted: Api, world: World) -> None:
    group = await world.group()
    client = counted.client(group.secretary)
    for _ in range(3):
        await client.query("query Mine { viewer { user { id } } }")
    await client.send("{ nothing }")
    await counted.anonymous.send("{ viewer { user { id } } }")
    await client.user_error("memberAdd", groupId=group.id, idempotencyKey=new_id(), name="Njeri", number=1)
    found = await scrape(counted)

    def operations(kind: str, code: str) -> float:
        return found["kibubu_operations_total", (("code", code), ("kind", kind))]

    assert operations("query", "OK") == 3
    assert operations("query", "GRAPHQL_VALIDATION_FAILED") == 1
    assert operations("query", "UNAUTHENTICATED") == 1
    assert operations("mutation", "OK") == 1
    assert found["kibubu_operation_seconds_count", (("kind", "query"),)] == 5
    assert found["kibubu_operation_statements_sum", (("kind", "query"),)] == 6
    assert found["kibubu_refusals_total", (("reason", "MEMBER_NUMBER_TAKEN"),)] == 1
    assert found["kibubu_http_responses_total", (("route", "/graphql"), ("status", "200"))] == 6
    assert "Mine" not in str(found)


async def test_what_the_process_counts_anyway_is_told_too(counted: Api) -> None:
    await counted.http.get("/nowhere/at/all")
    schema.uncovered["introspection"] += 0
    before = (await scrape(counted)).get(("kibubu_engine_uncovered_total", (("reason", "introspection"),)), 0)
    await counted.anonymous.send("{ __schema { queryType { name } } }")
    found = await scrape(counted)
    assert found["kibubu_engine_uncovered_total", (("reason", "introspection"),)] == before + 1
    assert found["kibubu_pool_size_max", (("login", "kibubu_login"),)] == 8
    assert found["kibubu_pool_connections", (("login", "kibubu_login"), ("state", "used"))] == 0
    assert found["kibubu_pool_connections", (("login", "kibubu_login"), ("state", "idle"))] >= 1
    assert found["kibubu_http_responses_total", (("route", "other"), ("status", "404"))] == 1
    assert found["process_open_fds", ()] > 0
    assert any(name == "kibubu_info" for name, _ in found)


async def test_errors_of_the_database_are_counted_by_their_class(counted: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    database = counted.services.database

    async def ask(statement: str) -> None:
        async with database.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection:
            await connection.execute("SET LOCAL statement_timeout = '50ms'")
            await connection.fetch(statement)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await ask("SELECT 1 / 0")
    with pytest.raises(DatabaseUnavailableError):
        await ask("SELECT pg_sleep(1)")
    monkeypatch.setattr("persistence.database.ACQUIRE_SECONDS_MAX", 0.05)
    pool = database.pools["kibubu_admin_login"]
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    with pytest.raises(DatabaseBusyError):
        async with database.transaction(DatabaseRole.ADMIN, Isolation.READ):
            pass
    found = await scrape(counted)
    assert found["kibubu_pool_connections", (("login", "kibubu_admin_login"), ("state", "used"))] == 2
    for connection in held:
        await pool.release(connection)
    kinds = {labels[0][1]: value for (name, labels), value in found.items() if name == "kibubu_database_errors_total"}
    assert kinds == {"22": 1, "57": 1, "busy": 1}


async def test_sockets_and_subscriptions_are_counted(counted: Api) -> None:
    telemetry = counted.services.telemetry
    for _ in range(3):
        telemetry.socket_opened("websocket")
    telemetry.socket_closed("websocket", 1001)
    telemetry.socket_closed("websocket")
    with telemetry.subscription(OperationRecord()):
        found = await scrape(counted)
    assert found["kibubu_sockets", (("transport", "websocket"),)] == 1
    assert found["kibubu_sockets_closed_total", (("code", "1001"), ("transport", "websocket"))] == 1
    assert found["kibubu_sockets_closed_total", (("code", "none"), ("transport", "websocket"))] == 1
    assert found["kibubu_subscriptions", ()] == 1
    assert (await scrape(counted))["kibubu_subscriptions", ()] == 0


def test_a_label_has_no_more_values_than_a_collector_can_bear() -> None:
    metrics = Metrics()
    for number in range(LABEL_VALUES_MAX + 50):
        record = OperationRecord()
        record.kind, record.code, record.trusted_name = "query", f"CODE_{number}", f"Name{number}"
        record.refusals = [f"REASON_{number}"]
        metrics.finished(record, 0.001)
        metrics.responded("/graphql", 200)
        metrics.socket_closed("websocket", number)
    found = samples(metrics.text("")[0].decode())
    for name, label in (
        ("kibubu_operations_total", "code"),
        ("kibubu_refusals_total", "reason"),
        ("kibubu_document_seconds_count", "operation"),
        ("kibubu_sockets_closed_total", "code"),
    ):
        values = {dict(labels)[label]: value for (each, labels), value in found.items() if each == name}
        assert len(values) == LABEL_VALUES_MAX + 1
        assert values["other"] == 50


async def test_a_port_of_their_own_needs_no_token() -> None:
    metrics = Metrics()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = probe.getsockname()[1]
    with metrics_port(metrics, "127.0.0.1", free, workers=1) as port:
        assert port == free
        answer = await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{port}/metrics")
        assert answer.status_code == 200
        assert "kibubu_operations" in answer.text
        with metrics_port(metrics, "127.0.0.1", free, workers=1) as other:
            assert other is None
        with metrics_port(metrics, "127.0.0.1", free, workers=3) as other:
            assert other is not None
            assert free < other <= free + 3
    with pytest.raises(httpx.ConnectError):
        await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{free}/metrics")


async def test_operations_of_registered_documents_alone_have_names(counted: Api, world: World) -> None:
    text = "query Mine { __typename }"
    digest = document_hash(text)
    await world.superuser.execute("INSERT INTO app.trusted_documents (id, document) VALUES ($1, $2)", digest, text)
    await counted.anonymous.query("query Others { __typename }")
    assert (await counted.http.post("/graphql", json={"documentId": digest})).json()["data"] == {"__typename": "Query"}
    found = await scrape(counted)
    names = {labels for name, labels in found if name == "kibubu_document_seconds_count"}
    assert names == {(("operation", "Mine"),)}
