"""Counts and durations in the form that Prometheus collects.

No label holds what a client can choose freely: documents that nobody registered have no name here, and where a set of
values is not fixed by the code it is cut off.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import choose_encoder
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from graph.telemetry.record import OperationRecord
from persistence.database import Database

__all__ = ["LABEL_VALUES_MAX", "OTHER", "Metrics", "ProcessState"]

LABEL_VALUES_MAX = 500
"""How many values a label may have that the code does not fix; further ones are counted as `OTHER`."""
OTHER = "other"

SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
STATEMENTS_BUCKETS = (0, 1, 2, 3, 5, 8, 12, 20, 35, 60, 100)
COST_BUCKETS = (0, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)

_HTTP_STATUSES = range(100, 600)


class _Limited:
    """Lets pass a label's values until there are too many of them."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        if value in self._known:
            return value
        if len(self._known) >= LABEL_VALUES_MAX:
            return OTHER
        self._known.add(value)
        return value


class _Kind(NamedTuple):
    """The metrics of operations of one kind with one code."""

    operations: Counter
    seconds: Histogram
    statements: Histogram
    cost: Histogram


class ProcessState(Collector):
    """What other parts of the process count anyway, read when somebody asks for it.

    Args:
        database: Whose pools and errors are told.
        uncovered: How many operations the engine left to graphql-core, by reason.
    """

    def __init__(self, database: Database, uncovered: Mapping[str, int]) -> None:
        self._database = database
        self._uncovered = uncovered

    def collect(self) -> Iterable[Metric]:
        """See `prometheus_client.registry.Collector`."""
        connections = GaugeMetricFamily(
            "kibubu_pool_connections", "Database connections of a login.", labels=("login", "state")
        )
        sizes = GaugeMetricFamily("kibubu_pool_size_max", "The most connections of a login.", labels=("login",))
        for login, pool in self._database.pools.items():
            idle = pool.get_idle_size()
            connections.add_metric((login, "idle"), idle)
            connections.add_metric((login, "used"), pool.get_size() - idle)
            sizes.add_metric((login,), pool.get_max_size())
        errors = CounterMetricFamily(
            "kibubu_database_errors",
            "Transactions that failed for the database's sake, by class of SQLSTATE, or busy, unreachable, connection.",
            labels=("kind",),
        )
        # A scrape may run beside the event loop: copies first.
        for kind, count in dict(self._database.errors).items():
            errors.add_metric((kind,), count)
        uncovered = CounterMetricFamily(
            "kibubu_engine_uncovered", "Operations that the engine left to graphql-core.", labels=("reason",)
        )
        for reason, count in dict(self._uncovered).items():
            uncovered.add_metric((reason,), count)
        return [connections, sizes, errors, uncovered]


class Metrics:
    """The metrics of one process, in a registry of their own.

    Attributes:
        registry: What is collected.
        sockets: Open sockets and streams of events, by transport.
        subscriptions: Subscriptions that are running.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        Info("kibubu", "What is running.", registry=self.registry).info(
            {"version": version("kibubu"), "python": platform.python_version()}
        )
        self._operations = self._counter("operations", "Operations by kind and code.", "kind", "code")
        self._seconds = self._histogram("operation_seconds", "How long operations took.", SECONDS_BUCKETS, "kind")
        self._statements = self._histogram(
            "operation_statements", "Statements that operations sent.", STATEMENTS_BUCKETS, "kind"
        )
        self._cost = self._histogram("operation_cost", "What operations were reckoned to cost.", COST_BUCKETS, "kind")
        self._trusted = self._histogram(
            "document_seconds",
            "How long operations of registered documents took.",
            SECONDS_BUCKETS,
            "operation",
        )
        self._refusals = self._counter("refusals", "Refusals of the domain, by reason.", "reason")
        self._responses = self._counter("http_responses", "HTTP responses.", "route", "status")
        self.sockets = Gauge(
            "kibubu_sockets", "Open sockets and streams of events.", ("transport",), registry=self.registry
        )
        self._closed = self._counter("sockets_closed", "Sockets and streams that were closed.", "transport", "code")
        self.subscriptions = Gauge("kibubu_subscriptions", "Subscriptions that are running.", registry=self.registry)
        self._kinds: dict[tuple[str, str], _Kind] = {}
        self._codes, self._names, self._reasons, self._close_codes = _Limited(), _Limited(), _Limited(), _Limited()

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"kibubu_{name}", words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"kibubu_{name}", words, labels, buckets=buckets, registry=self.registry)

    def watch(self, database: Database, uncovered: Mapping[str, int]) -> None:
        """Tell of a database's pools and of the engine's counter as well."""
        self.registry.register(ProcessState(database, uncovered))

    def finished(self, record: OperationRecord, seconds: float) -> None:
        """Count an operation."""
        kind = record.kind
        key = (kind, self._codes(record.code))
        known = self._kinds.get(key)
        if known is None:
            # Looking a metric up by its labels costs more than counting.
            known = self._kinds[key] = _Kind(
                self._operations.labels(*key),
                self._seconds.labels(kind),
                self._statements.labels(kind),
                self._cost.labels(kind),
            )
        known.operations.inc()
        known.seconds.observe(seconds)
        known.statements.observe(record.statements)
        if record.cost is not None:
            known.cost.observe(record.cost)
        if record.trusted_name is not None:
            self._trusted.labels(self._names(record.trusted_name)).observe(seconds)
        for reason in record.refusals:
            self._refusals.labels(self._reasons(reason)).inc()

    def responded(self, route: str, status: int) -> None:
        """Count an HTTP response.

        Args:
            route: One of the application's own routes, never a path as it came.
            status: The status.
        """
        self._responses.labels(route, str(status) if status in _HTTP_STATUSES else OTHER).inc()

    def socket_closed(self, transport: str, code: int | None) -> None:
        """Count a socket that was closed; the code may be the client's, hence any number."""
        self.sockets.labels(transport).dec()
        self._closed.labels(transport, "none" if code is None else self._close_codes(str(code))).inc()

    def text(self, accept: str) -> tuple[bytes, str]:
        """All of it, and its media type: OpenMetrics for whoever accepts that, else Prometheus' own text."""
        encode, media_type = choose_encoder(accept)
        return encode(self.registry), media_type
