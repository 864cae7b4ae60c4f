"""Traces: an operation, the loads within it, the statements within those; and nothing at all where nobody collects."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import SpanKind, StatusCode

from graph.telemetry.otlp import OtlpExporter, otlp_json
from graph.telemetry.record import document_hash
from graph.telemetry.traces import Tracing, statement_summary
from persistence.observing import tally
from persistence.reads import members
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def traced(world: World, exporter: InMemorySpanExporter) -> AsyncIterator[Api]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with Api.start(world) as api:
        api.services.telemetry.tracing = Tracing(provider)
        yield api


@pytest.fixture
async def group(world: World) -> GroupOfPeople:
    return await world.group()


def document(group: GroupOfPeople) -> str:
    return f'{{ group(id: "{group.id}") {{ name members {{ nodes {{ name balances {{ shares }} }} }} }} }}'


def named(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def parent_of(span: ReadableSpan) -> int:
    assert span.parent is not None
    return span.parent.span_id


async def test_an_operation_holds_its_loads_and_a_load_its_statements(
    traced: Api, exporter: InMemorySpanExporter, group: GroupOfPeople
) -> None:
    text = document(group)
    await traced.client(group.secretary).query(text)
    spans = named(exporter)
    operation = spans["query"]
    assert operation.kind is SpanKind.SERVER
    assert operation.parent is None
    assert operation.attributes is not None
    assert (
        dict(operation.attributes).items()
        >= {
            "graphql.operation.type": "query",
            "kibubu.code": "OK",
            "kibubu.document": document_hash(text),
            "kibubu.statements": 4,
            "kibubu.transport": "http",
        }.items()
    )
    loads = [span for span in exporter.get_finished_spans() if span.name.startswith("load_")]
    assert len(loads) >= 3
    assert {parent_of(span) for span in loads} == {operation.context.span_id}
    keys = {span.name: (span.attributes or {})["kibubu.keys"] for span in loads}
    assert keys["load_groups"] == 1
    assert keys["load_member_balances"] == 5
    within = [span for span in exporter.get_finished_spans() if span.kind is SpanKind.CLIENT]
    assert {parent_of(span) for span in within} <= {operation.context.span_id, *(s.context.span_id for s in loads)}
    assert {parent_of(span) for span in within} > {operation.context.span_id}
    begin = spans["BEGIN"]
    assert parent_of(begin) in {span.context.span_id for span in loads} | {operation.context.span_id}
    assert {span.context.trace_id for span in exporter.get_finished_spans()} == {operation.context.trace_id}
    assert tally.get() is None


async def test_a_trace_goes_on_where_the_caller_began_it(
    traced: Api, exporter: InMemorySpanExporter, group: GroupOfPeople
) -> None:
    headers = {**traced.client(group.secretary).headers, "traceparent": PARENT}
    await traced.http.post("/graphql", json={"query": "{ viewer { user { id } } }"}, headers=headers)
    operation = named(exporter)["query"]
    assert format(operation.context.trace_id, "032x") == PARENT[3:35]
    assert format(parent_of(operation), "016x") == PARENT[36:52]
    exporter.clear()
    for wrong in ("", "00-0-0-01", "x" * 500):
        await traced.http.post("/graphql", json={"query": "{ __typename }"}, headers={"traceparent": wrong})
    assert [span.parent for span in exporter.get_finished_spans()] == [None] * 3


async def test_what_the_caller_does_not_trace_is_not_traced(
    traced: Api, exporter: InMemorySpanExporter, group: GroupOfPeople
) -> None:
    provider = TracerProvider(sampler=ParentBased(ALWAYS_OFF), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traced.services.telemetry.tracing = Tracing(provider)
    client = traced.client(group.secretary)
    await client.query("{ viewer { user { id } } }")
    assert exporter.get_finished_spans() == ()
    headers = {**client.headers, "traceparent": PARENT[:-2] + "00"}
    await traced.http.post("/graphql", json={"query": "{ viewer { user { id } } }"}, headers=headers)
    assert exporter.get_finished_spans() == ()


async def test_no_span_holds_a_variable_or_what_an_error_says(
    traced: Api, exporter: InMemorySpanExporter, group: GroupOfPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Client = traced.client(group.secretary)
    await client.mutate(
        "memberAdd", "member { name }", groupId=group.id, name="Wanjiru wa Kamau", phone="+254712000111"
    )
    monkeypatch.setattr(members, "_BALANCES", "SELECT 'mangoes'::int, $1::uuid[], $2::uuid[]", raising=False)

    async def fail(snapshot: Any, *_: Any) -> None:
        await snapshot.fetch("SELECT 'mangoes on the roof'::text::int")

    monkeypatch.setattr(members, "rows_by_key", fail)
    await client.send(document(group))
    spans = exporter.get_finished_spans()
    failed = [span for span in spans if span.status.status_code is StatusCode.ERROR]
    assert {(span.attributes or {})["error.type"] for span in failed} >= {
        "InvalidTextRepresentationError",
        "INTERNAL_SERVER_ERROR",
    }
    text = " ".join(
        span.to_json() for span in spans if "mangoes" not in str((span.attributes or {}).get("db.query.text"))
    )
    for secret in ("Wanjiru", "712000111", "mangoes", "invalid input syntax", str(group.id), client.token or ""):
        assert secret not in text


@pytest.mark.parametrize(
    ("statement", "summary"),
    [
        ("SELECT * FROM app.enter($1, $2)", "SELECT app.enter"),
        ("\nSELECT (c.viewer).*, c.claim FROM app.enter_command($1) c", "SELECT app.enter_command"),
        ("INSERT INTO app.members (id) VALUES ($1)", "INSERT app.members"),
        ("UPDATE app.meetings SET status = $1", "UPDATE app.meetings"),
        ("SELECT app.keep_outcome($1, $2, $3)", "SELECT app.keep_outcome"),
        ("BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN"),
        ("-- why\nselect 1", "SELECT"),
        ("", "SQL"),
    ],
)
def test_a_statement_is_named_by_what_it_does(statement: str, summary: str) -> None:
    assert statement_summary(statement) == summary


class _Collector(BaseHTTPRequestHandler):
    received: list[tuple[str, dict[str, str], bytes]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).received.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, type[_Collector]]]:
    handler = type("Handler", (_Collector,), {"received": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", handler
        server.shutdown()
        thread.join()


async def test_spans_reach_a_collector_as_otlp(world: World, collector: tuple[str, type[_Collector]]) -> None:
    url, handler = collector
    async with Api.start(world, traces_url=url, traces_header="x-api-key: mangoes") as api:
        await api.anonymous.query("{ __typename }")
        assert api.services.telemetry.tracing is not None
    ((path, headers, body),) = handler.received
    assert (path, headers["content-type"], headers["x-api-key"]) == ("/v1/traces", "application/json", "mangoes")
    (of_resource,) = json.loads(body)["resourceSpans"]
    assert {"key": "service.name", "value": {"stringValue": "kibubu"}} in of_resource["resource"]["attributes"]
    (span,) = of_resource["scopeSpans"][0]["spans"]
    assert (span["name"], span["kind"], span["status"]) == ("query", 2, {"code": 0})
    assert (len(span["traceId"]), len(span["spanId"]), "parentSpanId" in span) == (32, 16, False)
    assert 0 < int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    assert {"key": "kibubu.statements", "value": {"intValue": "0"}} in span["attributes"]


def test_values_of_every_kind_have_their_otlp_form(exporter: InMemorySpanExporter) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with (
        provider.get_tracer("t").start_as_current_span("outer"),
        provider.get_tracer("t").start_as_current_span("in") as span,
    ):
        span.set_attributes({"yes": True, "few": 3, "half": 0.5, "word": "a", "list": [1, 2]})
    inner, outer = json.loads(otlp_json(exporter.get_finished_spans()))["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert inner["parentSpanId"] == outer["spanId"]
    assert {each["key"]: each["value"] for each in inner["attributes"]} == {
        "yes": {"boolValue": True},
        "few": {"intValue": "3"},
        "half": {"doubleValue": 0.5},
        "word": {"stringValue": "a"},
        "list": {"arrayValue": {"values": [{"intValue": "1"}, {"intValue": "2"}]}},
    }


def test_a_batch_that_cannot_be_sent_is_lost_and_no_more(
    collector: tuple[str, type[_Collector]], exporter: InMemorySpanExporter
) -> None:
    url, handler = collector
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("t").start_span("one").end()
    spans = exporter.get_finished_spans()
    assert OtlpExporter(url, {}).export(spans).name == "SUCCESS"
    handler.status = 503
    assert OtlpExporter(url, {}).export(spans).name == "FAILURE"
    assert OtlpExporter("http://127.0.0.1:9/v1/traces", {}).export(spans).name == "FAILURE"
