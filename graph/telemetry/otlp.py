"""Sends spans to a collector in the JSON form of OTLP over HTTP.

The project's own exporters bring Protocol Buffers and a second HTTP client along for what is one POST of JSON.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import format_span_id, format_trace_id

__all__ = ["OtlpExporter", "otlp_json"]

TIMEOUT_SECONDS = 10
_SUCCESSES = range(200, 300)

_log = structlog.get_logger("kibubu.traces")


def _value(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            # 64 bits do not fit JSON's numbers everywhere.
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case Sequence():
            return {"arrayValue": {"values": [_value(each) for each in value]}}
        case _:
            return {"stringValue": str(value)}


def _attributes(attributes: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in (attributes or {}).items()]


def _span(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    assert context is not None  # noqa: S101 - an ended span has one
    parent = {} if span.parent is None else {"parentSpanId": format_span_id(span.parent.span_id)}
    return {
        "traceId": format_trace_id(context.trace_id),
        "spanId": format_span_id(context.span_id),
        **parent,
        "name": span.name,
        # The specification counts from 1, for an unspecified kind is 0.
        "kind": span.kind.value + 1,
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes),
        "status": {"code": span.status.status_code.value},
    }


def otlp_json(spans: Sequence[ReadableSpan]) -> bytes:
    """The body of a request with spans of one process: they share the resource and the scope."""
    first = spans[0]
    scope = first.instrumentation_scope
    return orjson.dumps(
        {
            "resourceSpans": [
                {
                    "resource": {"attributes": _attributes(first.resource.attributes)},
                    "scopeSpans": [
                        {
                            "scope": {} if scope is None else {"name": scope.name, "version": scope.version or ""},
                            "spans": [_span(each) for each in spans],
                        }
                    ],
                }
            ]
        }
    )


class OtlpExporter(SpanExporter):
    """Sends each batch in a request of its own; a batch that cannot be sent is lost, and the log says so.

    Args:
        url: The collector's address for traces, such as `http://collector:4318/v1/traces`.
        headers: What the collector wants besides, such as a key.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._is_https = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = (parts.path or "/v1/traces") + (f"?{parts.query}" if parts.query else "")
        self._headers = {**headers, "content-type": "application/json"}

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See `opentelemetry.sdk.trace.export.SpanExporter`."""
        kind = http.client.HTTPSConnection if self._is_https else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", self._path, otlp_json(spans), self._headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            _log.warning("traces_lost", spans=len(spans), error=type(error).__name__)
            return SpanExportResult.FAILURE
        finally:
            connection.close()
        if status not in _SUCCESSES:
            _log.warning("traces_lost", spans=len(spans), status=status)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS
