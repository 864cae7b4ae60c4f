"""Who is compared: every server, in every way that it can be asked, and what each is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.comparison import node
from bench.comparison.queries import Question, canonical, fresh, reckoned
from bench.comparison.servers import Listening, start_kibubu, start_rest
from bench.comparison.world import Savings
from bench.world import Group

__all__ = ["PROCESSES", "Contender", "Family", "Server", "contenders", "serve_all"]

PROCESSES = (1, 2)
_ANSWER_SECONDS_MAX = 30


class Family(StrEnum):
    """What answers."""

    KIBUBU = "Kibubu"
    POSTGRAPHILE = "PostGraphile"
    REST = "REST by hand"


@dataclass(frozen=True)
class Server:
    """One that is running."""

    family: Family
    processes: int
    at: Listening


@dataclass(frozen=True)
class Contender:
    """A server, asked a question in one way.

    Attributes:
        way: How PostGraphile's document goes about sums; empty for the others, which have one way each.
    """

    server: Server
    question: Question
    way: str

    @property
    def name(self) -> str:
        """What the table calls it."""
        processes = "1 process" if self.server.processes == 1 else f"{self.server.processes} processes"
        return ", ".join(part for part in (self.server.family, self.way, processes) if part)

    def requests(self, savings: Savings) -> list[str]:
        """Whole HTTP requests, one for each group that is asked about, with a new token."""
        token = self.question.person(savings).token()
        return [self._request(group, token) for group in self.question.groups(savings)]

    def _request(self, group: Group, token: str) -> str:
        method, path, body = self._parts(group)
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.server.at.port}",
            "Accept: application/json",
            f"Authorization: Bearer {token}",
        ]
        if body:
            head += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
        return "\r\n".join([*head, "", body])

    def _parts(self, group: Group) -> tuple[str, str, str]:
        question = self.question
        if self.server.family is Family.REST:
            if question.is_mutation:
                return "POST", question.rest, json.dumps(question.nested_input(group)["input"])
            return "GET", question.rest.format(group=group.id), ""
        is_ours = self.server.family is Family.KIBUBU
        document = question.kibubu if is_ours else question.postgraphile[self.way]
        return "POST", "/graphql", json.dumps(question.graphql(document, group, flat=not is_ours))

    def answer(self, savings: Savings, group: Group) -> Any:  # noqa: ANN401 - whatever JSON it is
        """What it answers about a group, in the form in which all are compared."""
        method, path, body = self._parts(group)
        connection = HTTPConnection("127.0.0.1", self.server.at.port, timeout=_ANSWER_SECONDS_MAX)
        headers = {
            "Authorization": f"Bearer {self.question.person(savings).token()}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        try:
            connection.request(method, path, fresh(body.encode()) or None, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != 200 or b'"errors"' in content:
            raise ValueError(content.decode(errors="replace"))
        answer = json.loads(content)
        return canonical(answer if self.server.family is Family.REST else reckoned(answer["data"]))


def contenders(question: Question, servers: list[Server]) -> list[Contender]:
    """All that answer a question."""
    return [
        Contender(server, question, way)
        for server in servers
        for way in (question.postgraphile if server.family is Family.POSTGRAPHILE else ("",))
    ]


@contextmanager
def serve_all(savings: Savings, program: Path, logs: Path) -> Iterator[list[Server]]:
    """Run every server until the end of the block; those that are not asked at the moment only wait."""
    world = savings.world
    with ExitStack() as stack:
        servers: list[Server] = []
        for processes in PROCESSES:
            for family, started in (
                (Family.KIBUBU, start_kibubu(world, processes, logs)),
                (Family.REST, start_rest(world, processes, logs)),
                (Family.POSTGRAPHILE, node.start_postgraphile(world, program, processes, logs)),
            ):
                servers.append(Server(family, processes, stack.enter_context(started)))
        yield servers
