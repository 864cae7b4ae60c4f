"""Asking the real server over HTTP, one request after the other: how long each takes, and in how many statements."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.comparison.servers import start_kibubu
from bench.world import KEYRING, World
from persistence.crypto.tokens import AccessTokens, TokenRole

__all__ = ["Answered", "Asker", "asking"]

_LOG_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer.

    Attributes:
        data: What was asked for.
        ms: From sending the request to having the whole answer.
        statements: How many statements the operation sent, those that begin or end a transaction not counted.
    """

    data: Any
    ms: float
    statements: int


class Asker:
    """A secretary's client, on one connection that stays open."""

    def __init__(self, world: World, port: int, log: Path) -> None:
        self._tokens = AccessTokens(KEYRING)
        self._world = world
        self._log = log
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(self, document: str, **variables: object) -> Answered:
        """Send an operation that must be answered without an error.

        Raises:
            AssertionError: It was not, or the server's log does not have it.
        """
        token = self._tokens.issue(self._world.user_id, self._world.session_id, TokenRole.APP).text
        body = json.dumps({"query": document, "variables": variables}, default=str)
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        begun = time.perf_counter()
        self._connection.request("POST", "/graphql", body, headers)
        response = self._connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - begun) * 1000
        answer = json.loads(content)
        assert response.status == http.HTTPStatus.OK, content
        assert "errors" not in answer, answer
        for payload in answer["data"].values():
            assert not payload.get("userErrors"), payload
        return Answered(answer["data"], took, self._statements(response.headers["x-request-id"]))

    def _statements(self, request_id: str) -> int:
        """What the server's log says of the operation."""
        end = time.monotonic() + _LOG_SECONDS_MAX
        while time.monotonic() < end:
            for line in reversed(self._log.read_text(encoding="utf-8").splitlines()[-20:]):
                if request_id in line and (told := json.loads(line)).get("event") == "operation":
                    return int(told["statements"])
            time.sleep(0.005)
        raise AssertionError("the log has no line for the operation")

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


@contextmanager
def asking(world: World, folder: Path) -> Iterator[Asker]:
    """`kibubu serve` with one worker, and the secretary of the world's groups as its client."""
    with start_kibubu(world, 1, folder) as listening:
        asker = Asker(world, listening.port, folder / "kibubu-1.log")
        try:
            yield asker
        finally:
            asker.close()
