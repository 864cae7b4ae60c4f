"""Homes of a test's own: the embedded server in one, a whole application on one, and a world in either."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import asyncpg
import httpx

from domain.savings import RecordContributions
from operations.installation import DATABASE
from operations.owner import create_database
from operations.secrets_store import SecretsStore
from persistence.crypto.keyring import Keyring
from persistence.crypto.tokens import AccessTokens, TokenRole
from persistence.database import Database
from persistence.embedded import EmbeddedServer
from persistence.embedded.cluster import SUPERUSER
from persistence.embedded.folders import Folders
from persistence.embedded.settings import DEFAULT_PORT
from persistence.migrate import migrate
from persistence.roles import LOGINS
from tests.crashes.load import Caller, NotAnswered, patiently
from tests.operations.command_line import ROOT, SECONDS_MAX, all_end, ask, descendants, environment, free_port
from tests.support.world import GroupOfPeople, World

RECORD = """
mutation Record($input: ContributionsRecordInput!) {
  contributionsRecord(input: $input) { meeting { id } items { id status } userErrors { reason } }
}
"""


MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of random name is made in it
ROOM_BYTES = 512 * 1024 * 1024


@contextmanager
def short_home() -> Iterator[Path]:
    """A home whose path is short enough for a socket, so that the socket stays in it through every restart.

    It lies in memory where there is room: what was written outlives a killed process wherever it was written to, and
    PostgreSQL waits for a disk when it recovers.
    """
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    with tempfile.TemporaryDirectory(prefix="kibubu-", dir=MEMORY if has_room else None) as folder:
        yield Path(folder) / "home"


@asynccontextmanager
async def migrated_server(home: Path) -> AsyncIterator[EmbeddedServer]:
    """A durable server of this process, with the application's database in it."""
    with EmbeddedServer(home) as server:
        await create_database(server.superuser_dsn(), DATABASE)
        store = SecretsStore(home)
        store.ensure_master_key(data_exists=False)
        await migrate(server.superuser_dsn(DATABASE), store.ensure_passwords())
        yield server


def address(home: Path, user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@/{DATABASE}?host={home / 'run'}&port={DEFAULT_PORT}"


async def superuser_of(home: Path) -> asyncpg.Connection:
    return await asyncpg.connect(address(home, SUPERUSER, Folders(home).password() or ""))


@asynccontextmanager
async def world_in(home: Path) -> AsyncIterator[World]:
    """A world on the running server of a home, whoever runs it."""
    store = SecretsStore(home)
    addresses = {login: address(home, login, store.kept_passwords()[login]) for login in LOGINS}
    keyring = Keyring.from_file(store.master_key_file)
    world = World(DATABASE, await Database.connect(addresses), await superuser_of(home), keyring)
    try:
        yield world
    finally:
        await world.close()


class Application:
    """`kibubu serve` on a home, started and killed as often as one likes, always on the same port.

    Args:
        home: The home, as the application names it.
        log: A file for all that it says.
        before: What its command is run by.
    """

    def __init__(self, home: Path, log: Path, *, before: tuple[str, ...] = ()) -> None:
        self.port = free_port()
        self._home = home
        self._log = log
        self._before = before
        self._process: subprocess.Popen[bytes] | None = None
        self._killed: set[int] = set()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    async def start(self, *, workers: int = 1) -> None:
        """Return when it serves; it waits by itself for whatever an earlier one left behind."""
        self._process = self._begin(workers)

        async def serves() -> bool:
            assert self.process.poll() is None, self._log.read_text(encoding="utf-8")
            return await self.is_ready()

        await patiently(serves)

    def _begin(self, workers: int) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*self._before, sys.executable, "-m", "operations.cli", "serve"],
                cwd=ROOT,
                env=environment(self._home, KIBUBU_PORT=str(self.port), KIBUBU_WORKERS=str(workers)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def is_ready(self) -> bool:
        """Whether it answers, and its database too."""
        return (await asyncio.to_thread(ask, self.port, "/readyz"))[0] == HTTPStatus.OK

    async def is_away(self) -> bool:
        """Whether it says that it cannot serve."""
        return (await asyncio.to_thread(ask, self.port, "/readyz"))[0] == HTTPStatus.SERVICE_UNAVAILABLE

    def kill(self) -> set[int]:
        """Kill it as the kernel would; the numbers of all that it had started."""
        self._killed = descendants(self.process.pid)
        self.process.kill()
        assert self.process.wait(SECONDS_MAX) == -signal.SIGKILL
        return self._killed

    def end(self) -> None:
        """End it, if it runs, and see to it that nothing of it is left, nor of the one that was killed last."""
        below = set(self._killed)
        if self._process is not None and self._process.poll() is None:
            below |= descendants(self._process.pid)
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(SECONDS_MAX)
            finally:
                self._process.kill()
                self._process.wait()
        if not all_end(below):
            for pid in below:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            raise AssertionError("it left processes behind")


@asynccontextmanager
async def by_http(application: Application, world: World, *, may_be_away: bool) -> AsyncIterator[Caller]:
    """Calls the application, which may fail only by saying so, or where it may be away by not answering at all."""
    tokens = AccessTokens(world.keyring)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{application.port}", timeout=SECONDS_MAX) as http:

        async def call(group: GroupOfPeople, command: RecordContributions) -> None:
            person = group.treasurer
            token = tokens.issue(person.user_id, person.session_id, TokenRole.APP).text
            body = {"query": RECORD, "variables": {"input": _sent(command)}}
            try:
                response = await http.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
            except httpx.TransportError as error:
                if may_be_away:
                    raise NotAnswered from error
                raise
            answer = response.json()
            if "errors" in answer:
                assert {error["extensions"]["code"] for error in answer["errors"]} == {"SERVICE_UNAVAILABLE"}, answer
                raise NotAnswered
            payload = answer["data"]["contributionsRecord"]
            assert payload["userErrors"] == [], payload
            assert [item["status"] for item in payload["items"]] == ["ACCEPTED"] * len(command.items), payload

        yield call


def _sent(command: RecordContributions) -> dict[str, object]:
    return {
        "groupId": str(command.group_id),
        "idempotencyKey": str(command.idempotency_key),
        "meetingId": str(command.meeting_id),
        "items": [
            {
                "memberId": str(item.member_id),
                "kind": item.kind.value,
                **({"amount": str(item.amount)} if item.shares is None else {"shares": item.shares}),
            }
            for item in command.items
        ],
    }
