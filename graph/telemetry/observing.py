"""Everything that is told of operations, put together for one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

import structlog

from graph.telemetry.record import OK, OperationRecord, SubscriptionRecord, document_hash
from persistence.observing import tally

if TYPE_CHECKING:
    from graph.http import GraphQLResponse
    from graph.settings import Settings
    from graph.telemetry.metrics import Metrics
    from graph.telemetry.traces import Tracing

__all__ = ["SLOW_OPERATION_MS", "Telemetry", "code_of"]

SLOW_OPERATION_MS = 1_000
"""From so many milliseconds on an operation is told of as slow."""


class Telemetry:
    """What one process tells of its operations.

    Attributes:
        metrics: Counts for Prometheus; None where nobody may read them.
        tracing: Traces; None where nobody collects them.
        slow_operation_ms: From how many milliseconds on an operation is slow.
    """

    def __init__(
        self,
        *,
        metrics: Metrics | None = None,
        tracing: Tracing | None = None,
        slow_operation_ms: int = SLOW_OPERATION_MS,
    ) -> None:
        self.metrics = metrics
        self.tracing = tracing
        self.slow_operation_ms = slow_operation_ms
        # Bound once: a logger of the module would be made anew for each line.
        self._log = structlog.get_logger("kibubu.operations").bind()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the settings want told; what they do not want is not even loaded."""
        metrics = tracing = None
        if settings.metrics_port is not None or settings.metrics_token is not None:
            from graph.telemetry.metrics import Metrics  # noqa: PLC0415 - see above

            metrics = Metrics()
        if settings.traces_url is not None:
            from graph.telemetry.otlp import OtlpExporter  # noqa: PLC0415 - see above
            from graph.telemetry.traces import Tracing, provider_for  # noqa: PLC0415 - see above

            header = settings.traces_header
            name, _, value = ("", "", "") if header is None else header.get_secret_value().partition(":")
            exporter = OtlpExporter(settings.traces_url, {name: value.strip()} if name else {})
            tracing = Tracing(provider_for(exporter, percent=settings.traces_percent))
        return cls(metrics=metrics, tracing=tracing, slow_operation_ms=settings.slow_operation_ms)

    @asynccontextmanager
    async def running(self, settings: Settings) -> AsyncIterator[None]:
        """Serve the metrics on their port, if they have one, and send the last traces at the end."""
        try:
            if self.metrics is None or settings.metrics_port is None:
                yield
                return
            from graph.telemetry.scraping import metrics_port  # noqa: PLC0415 - see `of`

            with metrics_port(self.metrics, settings.metrics_host, settings.metrics_port, settings.workers):
                yield
        finally:
            if self.tracing is not None:
                # It waits for the collector.
                await asyncio.to_thread(self.tracing.close)

    @contextmanager
    def operation(
        self, headers: Mapping[str, str], *, transport: str = "http", is_event: bool = False
    ) -> Iterator[OperationRecord]:
        """Stand around one operation, or one event of a subscription; at the end it is counted, told and traced.

        Args:
            headers: Of the request, by lower-case name; `traceparent` is taken from them.
            transport: Over what it came.
            is_event: Whether it is an event, whose line is for looking closely: the subscription has one at its end.
        """
        record = OperationRecord(transport)
        token = tally.set(record)
        tracing = self.tracing
        started = perf_counter()
        try:
            with nullcontext() if tracing is None else tracing.operation(record, headers):
                try:
                    yield record
                except Exception:
                    record.code = "INTERNAL_SERVER_ERROR"
                    raise
                except BaseException:
                    record.code = "CANCELLED"
                    raise
        finally:
            tally.reset(token)
            self._finish(record, perf_counter() - started, is_event=is_event)

    def note_response(self, record: OperationRecord, response: GraphQLResponse) -> None:
        """Take the code and the cost from an answer."""
        record.errors = len(response.errors or ())
        record.code = code_of(response)
        if record.cost is None and response.extensions is not None:
            record.cost = _requested_cost(response.extensions)

    def socket_opened(self, transport: str) -> None:
        """Count a socket, or a stream of events, that was opened: `websocket` or `sse`."""
        if self.metrics is not None:
            self.metrics.sockets.labels(transport).inc()

    def socket_closed(self, transport: str, code: int | None = None) -> None:
        """Count one that was closed, with its close code where it has one."""
        if self.metrics is not None:
            self.metrics.socket_closed(transport, code)

    @contextmanager
    def subscription(self, opening: OperationRecord) -> Iterator[SubscriptionRecord]:
        """Stand around the events of a subscription; at the end it is told in one line, with their number.

        Args:
            opening: What is known of the operation that opened it.
        """
        record = SubscriptionRecord()
        started = perf_counter()
        if self.metrics is not None:
            self.metrics.subscriptions.inc()
        try:
            yield record
        finally:
            if self.metrics is not None:
                self.metrics.subscriptions.dec()
            line = _known(opening, code=record.code, duration_ms=round((perf_counter() - started) * 1_000, 2))
            self._log.info("subscription", events=record.events, **line)

    def _finish(self, record: OperationRecord, seconds: float, *, is_event: bool) -> None:
        if self.metrics is not None:
            self.metrics.finished(record, seconds)
        duration_ms = round(seconds * 1_000, 2)
        line = {
            "kind": record.kind,
            **_known(record, code=record.code, duration_ms=duration_ms),
            "statements": record.statements,
        }
        more = {"cost": record.cost, "errors": record.errors or None, "refusals": record.refusals or None}
        line |= {name: value for name, value in more.items() if value is not None}
        if duration_ms >= self.slow_operation_ms:
            self._log.warning("operation", slow=True, **line)
        elif is_event and record.code == OK:
            self._log.debug("operation", **line)
        else:
            self._log.info("operation", **line)


def code_of(response: GraphQLResponse) -> str:
    """The code of an answer's first error at the top level; `OK` where there is none."""
    if not response.errors:
        return OK
    return str(response.errors[0].get("extensions", {}).get("code", "INTERNAL_SERVER_ERROR"))


def _known(record: OperationRecord, *, code: str, duration_ms: float) -> dict[str, Any]:
    """What a line says of an operation, as far as it is known."""
    known = {
        "code": code,
        "document": None if record.document is None else document_hash(record.document),
        "name": record.trusted_name,
        "principal": None if record.principal is None else str(record.principal),
        "transport": None if record.transport == "http" else record.transport,
        "duration_ms": duration_ms,
        "trace_id": record.trace_id,
    }
    return {name: value for name, value in known.items() if value is not None}


def _requested_cost(extensions: Mapping[str, Any]) -> int | None:
    cost = extensions.get("cost")
    requested = cost.get("requestedQueryCost") if isinstance(cost, dict) else None
    return requested if isinstance(requested, int) else None
