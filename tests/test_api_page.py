"""The page on the API: every request on it goes to a real server, in order, and gives the answer that it shows."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

from tests.clients.real_server import RealServer, make_user, real_server
from tests.operations.command_line import SECONDS_MAX, kibubu
from tests.support.api import MASTER_KEY
from tests.support.cluster import dsn_for
from tests.support.page import CommandLine, Dialogue, HttpExchange, Names, Operation, steps_of, told, without_cost

PAGE = Path(__file__).parent.parent / "docs" / "api.md"
TOPICS = [
    "Sign in",
    "Ids and repeats",
    "Errors",
    "Lists",
    "Money and other scalars",
    "Programs",
    "Limits and cost",
    "Subscriptions",
    "Documents by id",
    "HTTP",
    "Making a client",
    "Versions",
]


class Reader:
    """Somebody who tries out what the page shows, from its top to its end."""

    def __init__(self, server: RealServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        self.names = Names({"tomorrow": tomorrow.isoformat(timespec="seconds")})

    @property
    def token(self) -> str:
        """The access token that was got last."""
        return [value for name, value in self.names.known.items() if name.startswith("access")][-1]

    def try_out(self, step: Any) -> None:
        match step:
            case HttpExchange():
                self._exchange(step)
            case Operation():
                self._operate(step)
            case Dialogue():
                self._talk(step)
            case CommandLine():
                self._command(step)

    def _send(self, method: str, path: str, headers: dict[str, str], body: str | None) -> Iterator[HTTPResponse]:
        address = urlsplit(self.server.url)
        assert address.hostname is not None
        connection = HTTPConnection(address.hostname, address.port, timeout=SECONDS_MAX)
        try:
            connection.request(method, path, None if body is None else body.encode(), headers)
            yield connection.getresponse()
        finally:
            connection.close()

    def _exchange(self, step: HttpExchange) -> None:
        method, path = step.request.first.split()
        headers = {name: self.names.filled(value) for name, value in step.request.headers.items()}
        body = self.names.filled(step.request.body) or None
        for response in self._send(method, path, headers, body):
            assert response.status == step.status, response.read()
            assert {name: response.headers[name] for name in step.answer.headers} == step.answer.headers
            if "event-stream" in (response.headers["content-type"] or ""):
                self._follow(response, step.answer.body)
            else:
                self._compare(step.answer.body, json.loads(response.read()))

    def _operate(self, step: Operation) -> None:
        request = {"query": step.document, "variables": json.loads(self.names.filled(step.variables))}
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        for response in self._send("POST", "/graphql", headers, json.dumps(request)):
            self._compare(step.answer, json.loads(response.read()))

    def _follow(self, response: HTTPResponse, shown: str) -> None:
        # Comments keep a quiet stream open, as many as it takes.
        lines = (line.decode().rstrip("\n") for line in response)
        told_lines = (line for line in lines if line and not line.startswith(":"))
        for line in (line for line in shown.splitlines() if line and not line.startswith(":")):
            got = next(told_lines)
            if line.startswith("data: "):
                self._compare(line.removeprefix("data: "), json.loads(got.removeprefix("data: ")))
            else:
                assert got == line

    def _talk(self, step: Dialogue) -> None:
        with connect(self.server.websocket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            for is_sent, message in step.messages:
                if is_sent:
                    socket.send(self.names.filled(message))
                else:
                    got, expected = json.loads(socket.recv(SECONDS_MAX)), json.loads(message)
                    if "payload" in expected:
                        got["payload"] = without_cost(got["payload"], expected["payload"])
                    assert self.names.fits(expected, got), told(expected, got)

    def _command(self, step: CommandLine) -> None:
        program, *arguments = shlex.split(step.command)
        assert program == "kibubu"
        file = next(argument for argument in arguments if argument.endswith(".json"))
        (self.folder / file).write_text(step.file, encoding="utf-8")
        given = [str(self.folder / argument) if argument == file else argument for argument in arguments]
        owner = {"KIBUBU_MIGRATE_URL": dsn_for(self.server.database), "KIBUBU_MASTER_KEY": MASTER_KEY}
        address = dsn_for(self.server.database, "kibubu_login")
        done = kibubu(self.folder, *given, DATABASE_URL=address, **owner)
        assert done.returncode == 0, done.stderr

    def _compare(self, text: str, got: Any) -> None:
        shown = json.loads(text)
        answer = without_cost(got, shown)
        assert self.names.fits(shown, answer), told(shown, answer)


def test_every_request_of_the_page_gives_the_answer_that_it_shows(tmp_path: Path) -> None:
    steps = list(steps_of(PAGE.read_text(encoding="utf-8")))
    assert {type(step) for step in steps} == {HttpExchange, Operation, Dialogue, CommandLine}
    with real_server(tmp_path) as server:
        asyncio.run(make_user(server, email="achieng@example.org"))
        reader = Reader(server, tmp_path)
        for step in steps:
            reader.try_out(step)


@pytest.mark.parametrize(
    ("shown", "got", "fits"),
    [
        ({"a": [1, "…"]}, {"a": [1, {"any": "thing"}]}, True),
        ({"a": "$x", "b": "$x"}, {"a": "one", "b": "one"}, True),
        ({"a": "$x", "b": "$x"}, {"a": "one", "b": "two"}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1], [1, 2], False),
        (1, True, False),
        ({"a": None}, {"a": []}, False),
        ("$known", "other", False),
    ],
)
def test_what_the_page_shows_is_held_against_all_of_the_answer(shown: Any, got: Any, *, fits: bool) -> None:
    assert Names({"known": "value"}).fits(shown, got) is fits


@pytest.mark.parametrize("page", ["```json\n{}\n```\n", "```http\nGET /\n```\n", "```\nno language\n```\nand ```"])
def test_a_block_that_nothing_is_made_of_is_a_fault_of_the_page(page: str) -> None:
    with pytest.raises(AssertionError):
        list(steps_of(page))


def test_the_page_has_a_section_on_everything_that_an_integrator_asks_for() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == TOPICS


@pytest.mark.parametrize("target", ["errors.md", "limits.md", "operations.md", "permissions.md", "subscriptions.md"])
def test_the_page_leads_to_what_says_more(target: str) -> None:
    assert f"({target})" in PAGE.read_text(encoding="utf-8")
    assert (PAGE.parent / target).is_file()
