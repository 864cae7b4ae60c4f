"""The API as clients use it: requests over HTTP to the whole application, on a database of the test's own."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI

from domain.identifiers import new_id
from graph.application import create_application
from graph.services import Services
from graph.settings import read_settings
from persistence.crypto.tokens import TokenRole
from persistence.database import DatabaseRole
from persistence.roles import LOGINS
from tests.support.cluster import dsn_for
from tests.support.world import Person, World

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()
"""The key of `World`, as the setting has it."""

_KEPT_KEYS = frozenset({"app.idempotency_keys", "access.idempotency_keys", "access.rate_buckets"})

_TOKEN_ROLES = {DatabaseRole.APP: TokenRole.APP, DatabaseRole.ADMIN: TokenRole.ADMIN}
_TRANSACTION_WORDS = ("BEGIN", "COMMIT", "ROLLBACK", "SET CONSTRAINTS ALL IMMEDIATE")


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, with the GraphQL response in it."""

    status: int
    headers: httpx.Headers
    text: str

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.text)  # type: ignore[no-any-return]

    @property
    def data(self) -> dict[str, Any]:
        """The data of an answer without a single error."""
        body = self.body
        assert "errors" not in body, body
        assert self.status == 200
        data = body["data"]
        assert data is not None
        return data  # type: ignore[no-any-return]

    @property
    def error(self) -> dict[str, Any]:
        """The only top-level error, with its code in the extensions and without what differs from run to run."""
        (error,) = self.body["errors"]
        assert isinstance(error["extensions"]["requestId"], str)
        assert error["extensions"]["requestId"] == self.headers["x-request-id"]
        return error  # type: ignore[no-any-return]

    @property
    def refusal(self) -> tuple[str, str]:
        """The code and the message of the only top-level error."""
        return self.error["extensions"]["code"], self.error["message"]

    @property
    def extensions(self) -> dict[str, Any]:
        """What the answer carries beside data and errors, but for the cost that every answer has."""
        found: dict[str, Any] = self.body.get("extensions", {})
        return {name: value for name, value in found.items() if name != "cost"}

    @property
    def cost(self) -> dict[str, Any]:
        """What the operation cost."""
        return self.body["extensions"]["cost"]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody's client: it sends documents, with a token if somebody signed in."""

    http: httpx.AsyncClient
    token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.token is None else {"authorization": f"Bearer {self.token}"}

    async def post(self, content: bytes | str) -> Answer:
        """Send a body as it is."""
        headers = {**self.headers, "content-type": "application/json"}
        response = await self.http.post("/graphql", content=content, headers=headers)
        return Answer(response.status_code, response.headers, response.text)

    async def send(self, document: str, operation: str | None = None, /, **variables: Any) -> Answer:
        """Send an operation; whatever comes back is the answer."""
        content: dict[str, Any] = {"query": document, "variables": variables}
        if operation is not None:
            content["operationName"] = operation
        return await self.post(json.dumps(content, default=str))

    async def query(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The data of an operation that has no errors."""
        return (await self.send(document, **variables)).data

    async def refused(self, document: str, /, **variables: Any) -> tuple[str, str]:
        """The code and the message of the one top-level error that the operation has."""
        return (await self.send(document, **variables)).refusal

    async def mutate(self, mutation: str, selection: str, /, **fields: Any) -> Answer:
        """Send one mutation; an idempotency key is made where none is given and the mutation takes one."""
        name = mutation[0].upper() + mutation[1:]
        if not mutation.startswith("session"):
            fields.setdefault("idempotencyKey", new_id())
        document = f"mutation M($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} {USER_ERRORS} }} }}"
        return await self.send(document, input=fields)

    async def do(self, mutation: str, selection: str, /, **fields: Any) -> dict[str, Any]:
        """The payload of a mutation that refuses nothing."""
        payload = (await self.mutate(mutation, selection, **fields)).data[mutation]
        assert payload["userErrors"] == [], payload
        return payload  # type: ignore[no-any-return]

    async def user_error(self, mutation: str, /, **fields: Any) -> dict[str, Any]:
        """The only user error of a mutation that is refused as a whole."""
        payload = (await self.mutate(mutation, "__typename", **fields)).data[mutation]
        (error,) = payload["userErrors"]
        return error  # type: ignore[no-any-return]


USER_ERRORS = "userErrors { code reason message path }"


@dataclass(slots=True)
class Statements:
    """The SQL statements that the application sent, those that begin or end a transaction left out."""

    sent: list[str] = field(default_factory=list)

    def note(self, record: Any) -> None:
        text = record.query.strip()
        # Looking up a type is asyncpg's own, once for a connection.
        if not text.startswith(_TRANSACTION_WORDS) and "typeinfo_tree" not in text:
            self.sent.append(text)

    @property
    def count(self) -> int:
        return len(self.sent)


class Api:
    """The application with a world behind it."""

    def __init__(self, application: FastAPI, http: httpx.AsyncClient, world: World) -> None:
        self.application = application
        self.http = http
        self.world = world
        self.logs: list[Any] = []

    @classmethod
    @asynccontextmanager
    async def start(cls, world: World, **settings: object) -> AsyncIterator[Api]:
        """Serve the world's database without a socket."""
        addresses = {login: dsn_for(world.name, login) for login in LOGINS}
        application = create_application(
            read_settings(
                database_url=addresses["kibubu_login"],
                admin_url=addresses["kibubu_admin_login"],
                worker_url=addresses["kibubu_worker_login"],
                master_key=MASTER_KEY,
                **settings,
            )
        )
        async with application.router.lifespan_context(application):
            transport = httpx.ASGITransport(app=application, client=("192.0.2.7", 4711))
            async with httpx.AsyncClient(transport=transport, base_url="http://kibubu.test", timeout=60) as http:
                yield cls(application, http, world)

    @property
    def services(self) -> Services:
        services: Services = self.application.state.services
        return services

    @property
    def anonymous(self) -> Client:
        """A client of somebody who has not signed in."""
        return Client(self.http)

    def client(self, who: Person) -> Client:
        """A client of somebody who has."""
        issued = self.services.tokens.issue(who.user_id, who.session_id, _TOKEN_ROLES[who.role])
        return Client(self.http, issued.text)

    async def someone(self) -> Client:
        """A client of a new user who belongs to nothing."""
        return self.client(await self.world.person())

    @contextmanager
    def statements(self) -> Iterator[Statements]:
        """Count what the application sends from here on; read the count after `settle`."""
        counted = Statements()
        pools = self.services.database.pools.values()

        async def watch(connection: asyncpg.Connection) -> None:
            connection.add_query_logger(counted.note)

        watched = [holder._con for pool in pools for holder in pool._holders if holder._con is not None]
        for connection in watched:
            connection.add_query_logger(counted.note)
        for pool in pools:
            pool._init = watch
        try:
            yield counted
        finally:
            for pool in pools:
                pool._init = None
            for connection in watched:
                connection.remove_query_logger(counted.note)

    async def count_statements(self, client: Client, document: str, /, **variables: Any) -> Statements:
        """What one operation without errors sends, once the connection knows every type."""
        await client.query(document, **variables)
        with self.statements() as statements:
            await client.query(document, **variables)
            await settle()
        return statements


async def settle() -> None:
    """Let asyncpg tell what it has noted: it does so in the next turn of the loop."""
    for _ in range(3):
        await asyncio.sleep(0)


async def digests(superuser: asyncpg.Connection, *, but_for_keys: bool = False) -> Mapping[str, str]:
    """A digest of every table's content, to see that nothing was changed.

    Args:
        superuser: A connection past all policies.
        but_for_keys: Whether to pass over what a refusal leaves behind so that it can be repeated: its key, the
            attempt that was counted, and the number that whoever locks the head of the book counts up.
    """
    tables = await superuser.fetch(
        "SELECT format('%s.%s', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname IN ('app', 'access', 'ledger') ORDER BY 1"
    )
    assert len(tables) > 20
    row = "to_jsonb(t) - 'change_number' - 'writer'" if but_for_keys else "to_jsonb(t)"
    names = [row["name"] for row in tables if not (but_for_keys and row["name"] in _KEPT_KEYS)]
    parts = [
        f"SELECT '{name}' AS name, md5(coalesce(string_agg(r::text, E'\n' ORDER BY r::text), '')) AS digest"
        f" FROM (SELECT {row} AS r FROM {name} t) rows"
        for name in names
    ]
    return {row["name"]: row["digest"] for row in await superuser.fetch(" UNION ALL ".join(parts))}


@asynccontextmanager
async def nothing_changes(world: World, *, but_for_keys: bool = False) -> AsyncIterator[None]:
    """Assert that every table is afterwards what it was before; see `digests`."""
    before = await digests(world.superuser, but_for_keys=but_for_keys)
    yield
    after = await digests(world.superuser, but_for_keys=but_for_keys)
    assert {name for name in before if after[name] != before[name]} == set()


def uuids(count: int) -> list[UUID]:
    """So many new ids, in ascending order."""
    return [new_id() for _ in range(count)]
