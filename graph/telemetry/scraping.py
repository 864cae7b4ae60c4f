"""How Prometheus gets at the metrics: on a port of their own, or beside the API with a token."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import start_http_server
from starlette.requests import Request
from starlette.responses import Response

from graph.telemetry.metrics import Metrics

__all__ = ["metrics_port", "metrics_response"]

_BEARER = "bearer "

_log = structlog.get_logger("kibubu.metrics")


def metrics_response(metrics: Metrics, token: str, request: Request) -> Response:
    """The metrics for whoever has the token, and a 401 for all others."""
    given = request.headers.get("authorization", "")
    is_bearer = given[: len(_BEARER)].lower() == _BEARER
    if not is_bearer or not secrets.compare_digest(given[len(_BEARER) :].strip().encode(), token.encode()):
        words = "Send the token of KIBUBU_METRICS_TOKEN as `Authorization: Bearer …`.\n"
        return Response(words, 401, {"www-authenticate": "Bearer"}, "text/plain")
    body, media_type = metrics.text(request.headers.get("accept", ""))
    return Response(body, media_type=media_type, headers={"cache-control": "no-store"})


@contextmanager
def metrics_port(metrics: Metrics, host: str, port: int, workers: int) -> Iterator[int | None]:
    """Serve the metrics on a port of their own, to whoever can reach it.

    Each worker has its own counts and so its own port: the first free one from `port` on, as many as there are
    workers and one more for when they are replaced. Where none is free the API is served all the same.

    Returns:
        The port; None where none was free.
    """
    for candidate in range(port, port + (workers + 1 if workers > 1 else 1)):
        try:
            server, thread = start_http_server(candidate, host, metrics.registry)
        except OSError:
            continue
        taken = server.server_port
        _log.info("metrics_served", host=host, port=taken)
        try:
            yield taken
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
        return
    _log.error("metrics_port_taken", host=host, port=port)
    yield None
