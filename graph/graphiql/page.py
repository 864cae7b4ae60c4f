"""The GraphiQL page and its files as an ASGI application."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from graph.graphiql.examples import EXAMPLES, Example

__all__ = ["CONTENT_SECURITY_POLICY", "SIGN_IN_HELP", "graphiql_app"]

ASSETS = Path(__file__).parent / "assets"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    # The editor writes style elements while it runs and cannot be given a nonce.
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing is loaded from, or sent to, another host; no script runs that is not a file of this package."""

SIGN_IN_HELP = """\
To sign in, write your access token into the
Headers editor below, as a JSON object:

  { "Authorization": "Bearer YOUR-TOKEN" }

The other tabs take it over. It is kept in memory only
and is gone when the page is closed or loaded again."""

_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_HASHED = re.compile(r".+-[A-Z0-9]{8}\.(?:js|css)")
_IMMUTABLE = "public, max-age=31536000, immutable"

_PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="assets/{style}">
    <script type="module" src="assets/{script}"></script>
  </head>
  <body>
    <div id="graphiql" data-settings="{settings}"><p>GraphiQL needs JavaScript.</p></div>
  </body>
</html>
"""


class _Assets(StaticFiles):
    """Files most of whose names hold a hash of what is in them, so that a browser never asks for them twice."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file with the headers of the page."""
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        found = response.status_code in {200, 206, 304}
        response.headers["cache-control"] = _IMMUTABLE if found and _HASHED.fullmatch(path) else "no-cache"
        return response


def graphiql_app(
    endpoint_path: str = "/graphql",
    examples: Sequence[Example] = EXAMPLES,
    *,
    subscription_path: str | None = None,
    sign_in_help: str = SIGN_IN_HELP,
    title: str = "Kibubu",
) -> ASGIApp:
    """The page at `/` and its files below `/assets`, to be mounted where the caller likes.

    Args:
        endpoint_path: Where on the same host the GraphQL endpoint is.
        examples: What the tabs hold when the page is opened.
        subscription_path: Where subscriptions are served over a WebSocket, None where they are not.
        sign_in_help: A comment at the top of the first tab.
        title: The name in the window's title and in the page.

    Raises:
        ValueError: A path is not an absolute path on the same host, or there is no example.
    """
    if not examples:
        raise ValueError("the page needs an example to open with")
    settings = {
        "title": title,
        "endpointPath": _same_host(endpoint_path),
        "subscriptionPath": None if subscription_path is None else _same_host(subscription_path),
        "tabs": [_tab(example, sign_in_help if index == 0 else "") for index, example in enumerate(examples)],
    }
    content = _render(title, settings)

    async def page(_request: Request) -> Response:
        return HTMLResponse(content, headers={**_HEADERS, "cache-control": "no-cache"})

    return Starlette(
        routes=[
            Route("/", page, methods=["GET"]),
            Mount("/assets", _Assets(directory=ASSETS)),
        ]
    )


def _same_host(path: str) -> str:
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise ValueError(f"{path!r} is not an absolute path on the same host")
    return path


def _tab(example: Example, preface: str) -> dict[str, str]:
    comments = [*preface.splitlines(), "", example.title] if preface else [example.title]
    commented = "\n".join(f"# {line}".rstrip() for line in comments)
    return {
        "query": f"{commented}\n{example.query}",
        "variables": example.variables,
        "headers": example.headers,
    }


def _render(title: str, settings: dict[str, Any]) -> str:
    manifest = json.loads((ASSETS / "manifest.json").read_text("utf-8"))
    return _PAGE.format(
        title=html.escape(title),
        style=html.escape(manifest["style"]),
        script=html.escape(manifest["script"]),
        settings=html.escape(json.dumps(settings)),
    )
