"""The database of the comparison: groups with meetings and savings, and secretaries who can sign in."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import asyncpg

from bench.world import DATABASE, KEYRING, Group, World, analyze, make_world, run
from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.meetings import CashCount, CloseMeeting, OpenMeeting, close_meeting, open_meeting
from domain.savings import ContributionItem, ContributionKind, RecordContributions, record_contributions
from persistence.crypto.envelope import PersonCipher, new_person_key
from persistence.crypto.tokens import AccessTokens, TokenRole
from persistence.database import Database
from persistence.embedded import EmbeddedServer

__all__ = ["MASTER_KEY", "Person", "Savings", "make_savings"]

GROUPS = 60
MEETINGS_CLOSED = 12
GROUPS_OF_PROGRAM = 10
"""How many groups the second secretary has, who stands in for a program that reads many rows at once."""

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()
"""The secret of `bench.world.KEYRING`, as the setting has it."""

_FIRST_VERSION = 1
_SHARE_PRICE = Decimal(200)
_SOCIAL_FUND = Decimal(20)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    user_id: UUID
    session_id: UUID

    def token(self) -> str:
        """A new access token, good for ten minutes."""
        return AccessTokens(KEYRING).issue(self.user_id, self.session_id, TokenRole.APP).text


@dataclass(frozen=True)
class Savings:
    """What there is to ask for, and who asks.

    Attributes:
        world: The database.
        secretary: She keeps the register of every group.
        program: She keeps that of ten.
    """

    world: World
    secretary: Person
    program: Person

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups, each with its open meeting."""
        return self.world.groups


def _items(members: tuple[UUID, ...], meeting: int) -> tuple[ContributionItem, ...]:
    """A share purchase of each member and her payment into the social fund."""
    shares = (
        ContributionItem(member_id=member, kind=ContributionKind.SHARE, shares=1 + (number + meeting) % 5)
        for number, member in enumerate(members)
    )
    social = (
        ContributionItem(member_id=member, kind=ContributionKind.SOCIAL_FUND, amount=_SOCIAL_FUND) for member in members
    )
    return (*shares, *social)


def _counts(loan_fund: Decimal, social_fund: Decimal) -> tuple[CashCount, ...]:
    return (
        CashCount(Fund.LOAN_FUND, Place.BOX, loan_fund),
        CashCount(Fund.SOCIAL_FUND, Place.BOX, social_fund),
    )


async def _record(database: Database, world: World, group: Group, meeting_id: UUID, number: int) -> Decimal:
    """Record the sheet of a meeting; returns what the shares cost."""
    items = _items(group.members, number)
    command = RecordContributions(group_id=group.id, idempotency_key=new_id(), meeting_id=meeting_id, items=items)
    sent = {"meeting": meeting_id, "items": [str(item) for item in items]}
    await run(database, world.principal, record_contributions, command, sent)
    return sum((_SHARE_PRICE * (item.shares or 0) for item in items), Decimal(0))


async def _hold_meetings(database: Database, world: World, group: Group) -> Group:
    """Let a group meet, and leave its last meeting open with a sheet recorded in it."""
    meeting_id = group.meeting_id
    loan_fund = social_fund = Decimal(0)
    for number in range(MEETINGS_CLOSED):
        before = _counts(loan_fund, social_fund)
        loan_fund += await _record(database, world, group, meeting_id, number)
        social_fund += _SOCIAL_FUND * len(group.members)
        close = CloseMeeting(
            group_id=group.id,
            idempotency_key=new_id(),
            meeting_id=meeting_id,
            expected_version=_FIRST_VERSION,
            opening_counts=before,
            closing_counts=_counts(loan_fund, social_fund),
        )
        await run(database, world.principal, close_meeting, close)
        command = OpenMeeting(group_id=group.id, idempotency_key=new_id())
        meeting_id = await run(database, world.principal, open_meeting, command)
    await _record(database, world, group, meeting_id, MEETINGS_CLOSED)
    return Group(group.id, meeting_id, group.members)


async def _make_private(admin: asyncpg.Connection, user_id: UUID) -> None:
    """Give a user the name that every user has."""
    key = new_person_key(KEYRING)
    sealed = PersonCipher(KEYRING, key).seal("name", user_id, "Measuring secretary")
    await admin.execute(
        "INSERT INTO access.user_private (user_id, person_key, name_sealed) VALUES ($1, $2, $3)", user_id, key, sealed
    )


async def _make_program(admin: asyncpg.Connection, groups: tuple[Group, ...]) -> Person:
    """A secretary of some of the groups, with a session."""
    person = Person(new_id(), new_id())
    await admin.execute("INSERT INTO app.users (id) VALUES ($1)", person.user_id)
    await admin.execute(
        "INSERT INTO access.sessions (id, user_id, expires_at) VALUES ($1, $2, now() + interval '1 day')",
        person.session_id,
        person.user_id,
    )
    await admin.executemany(
        "INSERT INTO app.memberships (id, user_id, tenant_id, role) VALUES ($1, $2, $3, 'SECRETARY')",
        [(new_id(), person.user_id, group.id) for group in groups],
    )
    return person


async def make_savings(server: EmbeddedServer) -> Savings:
    """Make the database; takes about a minute."""
    world = await make_world(server, groups=GROUPS)
    async with world.database() as database:
        made: list[Group] = []
        for start in range(0, GROUPS, 8):
            batch = world.groups[start : start + 8]
            made += await asyncio.gather(*(_hold_meetings(database, world, group) for group in batch))
    world = World(server, world.session_id, world.user_id, tuple(made))
    secretary = Person(world.user_id, world.session_id)
    admin = await asyncpg.connect(server.superuser_dsn(DATABASE))
    try:
        program = await _make_program(admin, world.groups[:GROUPS_OF_PROGRAM])
        for person in (secretary, program):
            await _make_private(admin, person.user_id)
    finally:
        await admin.close()
    await analyze(world)
    return Savings(world, secretary, program)
