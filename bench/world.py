"""A database to measure on: groups with members and an open meeting, made through the services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.groups import CreateGroup, GroupKind, create_group
from domain.identifiers import new_id
from domain.meetings import OpenMeeting, open_meeting
from domain.members import AddMember, add_member
from domain.service import Command, Service
from persistence.boundary import perform
from persistence.crypto.keyring import Keyring
from persistence.database import Database, DatabaseRole
from persistence.embedded import EmbeddedServer
from persistence.migrate import migrate
from persistence.roles import LOGINS
from persistence.viewer import Principal

PASSWORDS = {login: f"{login}-for-measuring" for login in LOGINS}
KEYRING = Keyring.from_secret(bytes(range(32)))
DATABASE = "kibubu_bench"


@dataclass(frozen=True)
class Group:
    """A group with an open meeting."""

    id: UUID
    meeting_id: UUID
    members: tuple[UUID, ...]


@dataclass(frozen=True)
class World:
    """Where to connect, as whom, and what there is."""

    server: EmbeddedServer
    session_id: UUID
    user_id: UUID
    groups: tuple[Group, ...]

    @property
    def principal(self) -> Principal:
        """The secretary of all groups."""
        return Principal(self.session_id, DatabaseRole.APP)

    def address(self, login: str = "kibubu_login") -> str:
        """The address of a login."""
        return address(self.server, login)

    @asynccontextmanager
    async def database(self, size: int = 8) -> AsyncIterator[Database]:
        """The pools of one process."""
        database = await Database.connect({"kibubu_login": self.address()}, size=size)
        try:
            yield database
        finally:
            await database.close()


def address(server: EmbeddedServer, login: str) -> str:
    """The address of a login on the server."""
    arguments = server.connect_arguments(login, PASSWORDS[login], DATABASE)
    place = f"host={arguments['host']}&port={arguments.get('port', 5432)}"
    return f"postgresql://{login}:{PASSWORDS[login]}@/{DATABASE}?{place}"


async def run(
    database: Database,
    principal: Principal,
    service: Service[Any],
    command: Command,
    sent: dict[str, object] | None = None,
) -> UUID:
    """Run a service that must succeed; returns the record's id."""
    outcome = await perform(database, KEYRING, principal, service, command, sent or {})
    assert outcome.error is None, outcome.error
    assert outcome.id is not None
    return outcome.id


async def _make_group(database: Database, principal: Principal, number: int, members: int) -> Group:
    group_id = await run(
        database,
        principal,
        create_group,
        CreateGroup(
            idempotency_key=new_id(),
            name=f"Group {number}",
            kind=GroupKind.VSLA,
            currency="KES",
            country="KE",
            time_zone="Africa/Nairobi",
            share_price=Decimal(200),
            shares_max=1000,
            social_fund_amount=Decimal(20),
        ),
    )
    member_ids = [
        await run(
            database,
            principal,
            add_member,
            AddMember(
                group_id=group_id,
                idempotency_key=new_id(),
                name=f"Member {each}",
                phone=f"+2547{number % 1000:03d}{each:05d}",
                joined_on=date(2026, 1, 5),
            ),
        )
        for each in range(members)
    ]
    meeting_id = await run(database, principal, open_meeting, OpenMeeting(group_id=group_id, idempotency_key=new_id()))
    return Group(group_id, meeting_id, tuple(member_ids))


async def analyze(world: World) -> None:
    """Let the planner know what the tables hold."""
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    await admin.execute("VACUUM ANALYZE")
    await admin.close()


async def make_world(server: EmbeddedServer, *, groups: int, members: int = 25) -> World:
    """Migrate, make a user with a session, and let her begin the groups."""
    admin = await asyncpg.connect(server.superuser_dsn())
    await admin.execute(f"CREATE DATABASE {DATABASE}")
    await admin.close()
    await migrate(server.superuser_dsn(DATABASE), PASSWORDS)
    user_id, session_id = new_id(), new_id()
    admin = await asyncpg.connect(server.superuser_dsn(DATABASE))
    await admin.execute("INSERT INTO app.users (id) VALUES ($1)", user_id)
    await admin.execute(
        "INSERT INTO access.sessions (id, user_id, expires_at) VALUES ($1, $2, now() + interval '1 day')",
        session_id,
        user_id,
    )
    world = World(server, session_id, user_id, ())
    async with world.database() as database:
        made: list[Group] = []
        for start in range(0, groups, 8):
            batch = range(start, min(start + 8, groups))
            made += await asyncio.gather(*(_make_group(database, world.principal, number, members) for number in batch))
    await admin.close()
    return World(server, session_id, user_id, tuple(made))
