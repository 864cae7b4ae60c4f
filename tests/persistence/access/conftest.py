"""A platform with an administrator and a user, its statements and password checks counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.access.sessions import OpenSession
from domain.access.users import CreateUser
from domain.identifiers import new_id
from persistence.access import Access, SignedIn, create_first_admin
from persistence.crypto.keyring import Keyring
from persistence.crypto.passwords import PasswordHasher, Verification
from persistence.crypto.tokens import AccessTokens
from persistence.database import Database, DatabaseRole, Isolation
from persistence.viewer import Principal
from tests.persistence.crypto.samples import KEYRING
from tests.support import cluster
from tests.support.locks import wait_for_lock

PASSWORD = "wind turns the old mill"
PHONE = "+254712345678"
EMAIL = "Amina.Otieno@example.org"
NAME = "Amina Wanjiru Otieno"
ADMIN_PHONE = "+254722000111"


class WatchedDatabase(Database):
    """Writes down each transaction's beginning and its statements."""

    statements: list[str]

    @asynccontextmanager
    async def transaction(self, role: DatabaseRole, isolation: Isolation) -> AsyncIterator[asyncpg.Connection]:
        async with super().transaction(role, isolation) as connection:
            self.statements.append(f"{role} {isolation}")
            with connection.query_logger(lambda query: self.statements.append(query.query)):
                yield connection

    def is_idle(self) -> bool:
        return all(pool.get_idle_size() == pool.get_size() for pool in self.pools.values())


class WatchedHasher(PasswordHasher):
    """Counts checks, and does `meanwhile` while the caller waits."""

    def __init__(self, keyring: Keyring) -> None:
        super().__init__(keyring)
        self.verified = 0
        self.hashed = 0
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def verify(self, stored: str | None, password: str) -> Verification:
        self.verified += 1
        await self._meanwhile()
        return await super().verify(stored, password)

    async def hash(self, password: str) -> str:
        self.hashed += 1
        await self._meanwhile()
        return await super().hash(password)

    async def _meanwhile(self) -> None:
        if self.meanwhile is not None:
            await self.meanwhile()


@dataclass
class Platform:
    """Everything that a test of this folder works with."""

    database: WatchedDatabase
    hasher: WatchedHasher
    access: Access
    superuser: asyncpg.Connection
    admin: Principal
    amina: UUID

    async def sign_in(self, login: str = PHONE, password: str = PASSWORD, **more: Any) -> SignedIn:
        return await self.access.open_session(OpenSession(login=login, password=password, **more))

    def under(self, keyring: Keyring, **more: Any) -> Access:
        """The same platform, run with other keys or settings."""
        return Access(self.database, keyring, PasswordHasher(keyring), AccessTokens(keyring), **more)

    async def rows(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.superuser.fetch(query, *arguments)]

    async def value(self, query: str, *arguments: object) -> Any:
        return await self.superuser.fetchval(query, *arguments)

    @asynccontextmanager
    async def holding(self, statement: str, *arguments: object, waiting: int) -> AsyncIterator[None]:
        """Holds what the statement locks until so many transactions of the body's wait."""
        async with self.superuser.transaction():
            await self.superuser.execute(statement, *arguments)
            yield
            await wait_for_lock(self.superuser, waiting)

    async def dump(self) -> str:
        """Every row of every table as text, byte strings in hexadecimal."""
        tables = await self.rows(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('access', 'app', 'ledger')"
        )
        texts = [await self.rows(f'SELECT t::text FROM "{schema}"."{table}" t') for schema, table in tables]
        return "\n".join(text for rows in texts for (text,) in rows)


@pytest.fixture
async def platform(database_name: str, superuser: asyncpg.Connection) -> AsyncIterator[Platform]:
    logins = ("kibubu_login", "kibubu_admin_login")
    database = await WatchedDatabase.connect({login: cluster.dsn_for(database_name, login) for login in logins})
    database.statements = []
    hasher = WatchedHasher(KEYRING)
    access = Access(database, KEYRING, hasher, AccessTokens(KEYRING))
    first = CreateUser(idempotency_key=new_id(), name="Otieno", phone=ADMIN_PHONE, password=PASSWORD)
    await create_first_admin(superuser, KEYRING, hasher, first)
    session = await access.open_session(OpenSession(login=ADMIN_PHONE, password=PASSWORD, as_admin=True))
    admin = Principal(session.session_id, DatabaseRole.ADMIN)
    made = CreateUser(idempotency_key=new_id(), name=NAME, phone=PHONE, email=EMAIL, password=PASSWORD)
    outcome = await access.create_user(admin, made, {"name": NAME})
    assert outcome.id is not None
    database.statements.clear()
    hasher.verified = hasher.hashed = 0
    try:
        yield Platform(database, hasher, access, superuser, admin, outcome.id)
    finally:
        hasher.close()
        await database.close()
