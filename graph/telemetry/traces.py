"""Traces: a span for each operation, within it one for each load of several keys and each statement.

No span holds a variable: statements are the constant text of the code, whose values are sent apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version

from opentelemetry import context as trace_context
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from graph.telemetry.record import OperationRecord, document_hash

__all__ = ["STATEMENT_CHARACTERS_MAX", "Tracing", "provider_for", "statement_summary"]

STATEMENT_CHARACTERS_MAX = 2_000
"""So many characters of a statement are told."""

_PERCENT = 100
_SERVER_FAULTS = frozenset({"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "OPERATION_TIMEOUT"})

_VERB = re.compile(r"\s*(?:--[^\n]*\n\s*)*([A-Za-z]+)")
_TARGET = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+([a-z_][a-z0-9_.]*)")
_FUNCTION = re.compile(r"\bSELECT\s+([a-z_][a-z0-9_]*\.[a-z0-9_]+)\(")


def provider_for(exporter: SpanExporter, *, percent: int) -> TracerProvider:
    """A provider that sends spans away in batches, from a thread of its own.

    Args:
        exporter: Where to.
        percent: How many of a hundred operations are traced; where the caller decided already, that holds.
    """
    resource = Resource.create({SERVICE_NAME: "kibubu", SERVICE_VERSION: version("kibubu")})
    provider = TracerProvider(
        resource=resource, sampler=ParentBased(TraceIdRatioBased(percent / _PERCENT)), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


@lru_cache(maxsize=1_024)
def statement_summary(statement: str) -> str:
    """What a statement does, in two words: `SELECT app.groups`."""
    verb = _VERB.match(statement)
    target = _TARGET.search(statement) or _FUNCTION.search(statement)
    words = [verb[1].upper() if verb else "SQL", target[1] if target else ""]
    return " ".join(filter(None, words))


class Tracing:
    """Traces of one process."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("kibubu", version("kibubu"))
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def operation(self, record: OperationRecord, headers: Mapping[str, str]) -> Iterator[None]:
        """Stand around an operation: its span, and whatever its statements and loads need for theirs."""
        parent = self._propagator.extract(headers)
        span = self._tracer.start_span("operation", parent, SpanKind.SERVER)
        if not span.is_recording():
            # The caller, or the lot, decided against it.
            span.end()
            yield
            return
        record.trace_id = format_trace_id(span.get_span_context().trace_id)
        record.around = self._statement
        record.around_batch = self._batch
        token = trace_context.attach(set_span_in_context(span, parent))
        try:
            yield
        finally:
            trace_context.detach(token)
            _describe(span, record)
            span.end()

    def close(self) -> None:
        """Send what is left, and end; waits for the exporter."""
        self._provider.shutdown()

    @contextmanager
    def _statement(self, statement: str) -> Iterator[None]:
        summary = statement_summary(statement)
        attributes = {
            "db.system.name": "postgresql",
            "db.query.summary": summary,
            "db.query.text": statement.strip()[:STATEMENT_CHARACTERS_MAX],
        }
        with self._inner(summary, SpanKind.CLIENT, attributes):
            yield

    @contextmanager
    def _batch(self, name: str, keys_count: int) -> Iterator[None]:
        with self._inner(name, SpanKind.INTERNAL, {"kibubu.keys": keys_count}):
            yield

    @contextmanager
    def _inner(self, name: str, kind: SpanKind, attributes: Mapping[str, str | int]) -> Iterator[None]:
        # Messages of the database quote values, so of an error only the class is told.
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise


def _describe(span: Span, record: OperationRecord) -> None:
    span.update_name(" ".join(filter(None, (record.kind, record.trusted_name))))
    known = {
        "graphql.operation.type": record.kind,
        "graphql.operation.name": record.trusted_name,
        "kibubu.document": None if record.document is None else document_hash(record.document),
        "kibubu.code": record.code,
        "kibubu.cost": record.cost,
        "kibubu.statements": record.statements,
        "kibubu.transport": record.transport,
    }
    span.set_attributes({name: value for name, value in known.items() if value is not None})
    if record.code in _SERVER_FAULTS:
        span.set_attribute("error.type", record.code)
        span.set_status(Status(StatusCode.ERROR))
