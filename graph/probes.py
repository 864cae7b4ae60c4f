"""What is asked beside operations: whether the process is alive and ready, what it counts, which schema it serves."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Send

from graph.draining import Draining
from graph.schema import schema
from graph.services import Services
from graph.settings import Settings
from graph.telemetry import Telemetry
from persistence.database import Database, DatabaseRole, Isolation
from persistence.revision import found_revision, needed_revision

__all__ = ["READY_SECONDS_MAX", "probe_routes", "watched"]

READY_SECONDS_MAX = 3
"""How long the database may take to say that it is there."""

SCHEMA_PATH = "/schema.graphql"

_UNAVAILABLE = 503
_ROUTES = frozenset({"/graphql", "/livez", "/readyz", "/metrics", SCHEMA_PATH})
_CLOSE = (b"connection", b"close")


async def _livez(_: Request) -> Response:
    """Whether the process answers."""
    return PlainTextResponse("ok")


async def _readyz(request: Request) -> Response:
    """Whether operations can be sent here: not while it ends, and not without its database."""
    services: Services = request.app.state.services
    why = "leaving" if services.draining.is_leaving else await _unready(services.database)
    return PlainTextResponse("ok") if why is None else PlainTextResponse(why, _UNAVAILABLE)


async def _unready(database: Database) -> str | None:
    try:
        async with (
            asyncio.timeout(READY_SECONDS_MAX),
            database.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection,
        ):
            found = await found_revision(connection)
    except Exception:  # noqa: BLE001 - whatever it is, the answer is that we are not ready
        return "the database does not answer"
    # A newer one is what this release meets while the next is rolled out: migrations leave it able to work.
    return "the database is not migrated" if found is None or found < needed_revision() else None


@cache
def _schema_text() -> tuple[bytes, str]:
    text = (schema.as_str().rstrip("\n") + "\n").encode()
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'


async def _schema(request: Request) -> Response:
    """The schema in its own language, as introspection tells it too."""
    text, tag = _schema_text()
    headers = {"etag": tag, "cache-control": "no-cache", "access-control-allow-origin": "*"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(text, headers=headers, media_type="text/plain; charset=utf-8")


def _metrics_route(settings: Settings, telemetry: Telemetry) -> list[BaseRoute]:
    if telemetry.metrics is None or settings.metrics_token is None:
        return []
    from graph.telemetry.scraping import metrics_response  # noqa: PLC0415 - loaded only where it is wanted

    metrics, token = telemetry.metrics, settings.metrics_token.get_secret_value()

    async def answer(request: Request) -> Response:
        return metrics_response(metrics, token, request)

    return [Route("/metrics", answer)]


def probe_routes(settings: Settings, telemetry: Telemetry) -> list[BaseRoute]:
    """The routes; `/metrics` only where a token lets somebody read them."""
    return [
        Route("/livez", _livez),
        Route("/readyz", _readyz),
        Route(SCHEMA_PATH, _schema),
        *_metrics_route(settings, telemetry),
    ]


def watched(path: str, send: Send, telemetry: Telemetry, draining: Draining) -> Send:
    """What sends a response: it is counted, and while the process ends its connection is not kept."""

    async def send_watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            if telemetry.metrics is not None:
                telemetry.metrics.responded(path if path in _ROUTES else "other", message["status"])
            if draining.is_leaving and not any(name == _CLOSE[0] for name, _ in message["headers"]):
                message = {**message, "headers": [*message["headers"], _CLOSE]}
        await send(message)

    return send_watched
