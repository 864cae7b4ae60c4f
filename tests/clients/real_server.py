"""A server as an operator runs it, in a process of its own, over a database with a group whose people can sign in."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import UUID

from domain.access.users import CreateUser
from domain.identifiers import new_id
from persistence.access import create_user
from persistence.crypto.passwords import PasswordHasher
from persistence.roles import LOGINS
from tests.clients.server_process import ServerProcess
from tests.operations.command_line import SECONDS_MAX
from tests.support.api import MASTER_KEY
from tests.support.cluster import dsn_for, fresh_database
from tests.support.world import OFFICERS, GroupOfPeople, Person, World, shares

PASSWORD = "five mangoes on the roof"
TOKEN_SECONDS = 240
"""How long an access token is handed out again: they last ten minutes, and ten sign-ins at once are all one has."""

SIGN_IN = """
mutation SignIn($input: SessionOpenInput!) {
  sessionOpen(input: $input) { tokens { accessToken } userErrors { reason message } }
}
"""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody types to sign in."""

    login: str
    password: str


class RealWorld(World):
    """A world whose people have a phone number and a password, in the order in which they were made."""

    __slots__ = ("_admin", "_hasher", "sign_ins")

    async def person(self) -> Person:
        if not hasattr(self, "sign_ins"):
            self.sign_ins: list[SignIn] = []
            self._hasher = PasswordHasher(self.keyring, workers=1)
            self._admin = await self.admin()
        sign_in = SignIn(f"+2547120000{len(self.sign_ins) + 10}", PASSWORD)
        command = CreateUser(
            idempotency_key=new_id(), name="Amina Were", phone=sign_in.login, email=None, password=sign_in.password
        )
        outcome = await create_user(
            self.database, self.keyring, self._hasher, self._admin.principal, command, {"phone": sign_in.login}
        )
        assert outcome.error is None, outcome
        assert outcome.id is not None
        self.sign_ins.append(sign_in)
        return Person(outcome.id, await self.make_session(outcome.id))

    async def close(self) -> None:
        self._hasher.close()
        await super().close()


@dataclass(frozen=True)
class RealServer:
    """A server that is running.

    Attributes:
        people: How each officer of the group signs in: `secretary`, `chair`, `treasurer` and `plain`.
        group: The group, with one meeting and some shares bought.
        meeting_id: The meeting.
        database: The name of the database, for a look past the API.
        process: The process of the server.
    """

    people: Mapping[str, SignIn]
    group: GroupOfPeople
    meeting_id: UUID
    database: str
    process: ServerProcess
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """Where GraphQL is served."""
        return f"http://127.0.0.1:{self.process.port}/graphql"

    @property
    def log_file(self) -> Path:
        """What the server writes, one JSON object a line."""
        return self.process.log_file

    @property
    def websocket_url(self) -> str:
        """Where GraphQL is served over WebSocket."""
        return self.url.replace("http", "ws", 1)

    def send(self, document: str, variables: Mapping[str, Any], token: str | None = None) -> dict[str, Any]:
        """The whole answer to an operation."""
        headers = {"content-type": "application/json"} | ({} if token is None else {"authorization": f"Bearer {token}"})
        body = json.dumps({"query": document, "variables": variables}).encode()
        with urlopen(Request(self.url, body, headers), timeout=SECONDS_MAX) as answer:  # noqa: S310 - an address of ours
            return json.load(answer)  # type: ignore[no-any-return]

    def sign_in(self, who: str) -> str:
        """A new access token of one of the people, for a few minutes."""
        person = self.people[who]
        answer = self.send(SIGN_IN, {"input": {"login": person.login, "password": person.password}})
        return str(answer["data"]["sessionOpen"]["tokens"]["accessToken"])

    def token(self, who: str) -> str:
        """An access token of one of the people that is good for some minutes yet; a session that tests share."""
        since, token = self._tokens.get(who, (float("-inf"), ""))
        if time.monotonic() - since > TOKEN_SECONDS:
            token = self.sign_in(who)
            self._tokens[who] = time.monotonic(), token
        return token


async def make_user(
    server: RealServer, *, phone: str | None = None, email: str | None = None, is_admin: bool = False
) -> None:
    """Make somebody who can sign in with one of the two and `PASSWORD`."""
    world = await World.create(server.database, size=2)
    hasher = PasswordHasher(world.keyring, workers=1)
    try:
        command = CreateUser(
            idempotency_key=new_id(),
            name="Achieng Otieno",
            phone=phone,
            email=email,
            password=PASSWORD,
            is_admin=is_admin,
        )
        maker = await world.admin()
        outcome = await create_user(world.database, world.keyring, hasher, maker.principal, command, {"phone": phone})
        assert outcome.error is None, outcome
    finally:
        hasher.close()
        await world.close()


@contextmanager
def real_server(folder: Path, **settings: str) -> Iterator[RealServer]:
    """Run a server over a database of its own until the end of the block; more settings are given by their names."""
    with asyncio.Runner() as runner:
        database = fresh_database()
        name = runner.run(database.__aenter__())
        try:
            people, group, meeting_id = runner.run(_people(name))
            process = ServerProcess(folder, {**_settings(name), **settings})
            try:
                process.start()
                yield RealServer(people, group, meeting_id, name, process)
            finally:
                process.stop()
        finally:
            runner.run(database.__aexit__(None, None, None))


async def _people(name: str) -> tuple[dict[str, SignIn], GroupOfPeople, UUID]:
    world = await RealWorld.create(name, size=2)
    try:
        group = await world.group()
        meeting_id = await world.meeting(group)
        await world.record(
            group, meeting_id, *(shares(member, number + 1) for number, member in enumerate(group.members))
        )
        names = [who for who, _ in OFFICERS]
        return dict(zip(names, world.sign_ins, strict=True)), group, meeting_id
    finally:
        await world.close()


def _settings(database: str) -> dict[str, str]:
    addresses = {login: dsn_for(database, login) for login in LOGINS}
    return {
        "DATABASE_URL": addresses["kibubu_login"],
        "KIBUBU_ADMIN_URL": addresses["kibubu_admin_login"],
        "KIBUBU_WORKER_URL": addresses["kibubu_worker_login"],
        "KIBUBU_MASTER_KEY": MASTER_KEY,
    }
