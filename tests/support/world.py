"""People, groups and partners for tests: users straight into the tables, groups through the real services."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from domain.groups import CreateGroup, GroupKind, create_group
from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place, account_id, cash_code
from domain.meetings import CashCount, CloseMeeting, OpenMeeting, close_meeting, open_meeting
from domain.members import AddMember, add_member
from domain.policy import Role, Visibility
from domain.savings import ContributionItem, ContributionKind, RecordContributions, record_contributions
from domain.service import Command, Outcome, Service
from persistence.boundary import perform
from persistence.crypto.keyring import Keyring
from persistence.database import Database, DatabaseRole, Isolation
from persistence.roles import LOGINS
from persistence.viewer import Principal, enter
from tests.support.cluster import dsn_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

VERIFY_JOB = UUID("00000000-0000-7000-8000-000000000001")
"""The job that the first migration makes."""

OFFICERS = (("secretary", ()), ("chair", (Role.CHAIR,)), ("treasurer", (Role.TREASURER,)), ("plain", ()))
"""Who holds a sign-in in every group, in the order of their member numbers; the secretary is who made the group."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in."""

    user_id: UUID
    session_id: UUID
    role: DatabaseRole = DatabaseRole.APP

    @property
    def principal(self) -> Principal:
        return Principal(self.session_id, self.role)


@dataclass(frozen=True, slots=True)
class GroupOfPeople:
    """A group with its officers. `members` are member ids: the secretary, the chair, the treasurer, a plain member with
    a sign-in, then members without one."""

    id: UUID
    secretary: Person
    chair: Person
    treasurer: Person
    plain: Person
    members: tuple[UUID, ...]

    def account(self, code: str) -> UUID:
        return account_id(self.id, code)

    def cash(self, fund: Fund, place: Place = Place.BOX) -> UUID:
        return account_id(self.id, cash_code(fund, place))


@dataclass(slots=True)
class World:
    """One database of a test's own, with the application's pools upon it.

    Attributes:
        database: The pools of every login.
        superuser: A connection past all policies, to arrange and to look.
        keyring: Keys that everybody knows.
    """

    name: str
    database: Database
    superuser: asyncpg.Connection
    keyring: Keyring = field(default_factory=lambda: Keyring.from_secret(bytes(range(32))))

    @classmethod
    async def create(cls, database_name: str, *, size: int = 8) -> World:
        """Open the database; `size` is the most connections of the everyday login."""
        superuser = await asyncpg.connect(dsn_for(database_name))
        database = await Database.connect({login: dsn_for(database_name, login) for login in LOGINS}, size=size)
        return cls(database_name, database, superuser)

    async def close(self) -> None:
        await self.database.close()
        await self.superuser.close()

    async def make_user(self, *, status: str = "ACTIVE", platform_role: str = "USER") -> UUID:
        user = new_id()
        await self.superuser.execute(
            "INSERT INTO app.users (id, status, platform_role) VALUES ($1, $2, $3)", user, status, platform_role
        )
        return user

    async def make_session(self, user: UUID, *, lives: timedelta = timedelta(days=1), role: str = "APP") -> UUID:
        session = new_id()
        await self.superuser.execute(
            "INSERT INTO access.sessions (id, user_id, role, expires_at) VALUES ($1, $2, $3, now() + $4)",
            session,
            user,
            role,
            lives,
        )
        return session

    async def person(self) -> Person:
        """A user who belongs to nothing yet, signed in."""
        user = await self.make_user()
        return Person(user, await self.make_session(user))

    async def admin(self) -> Person:
        """An administrator of the platform, signed in as one."""
        user = await self.make_user(platform_role="ADMIN")
        return Person(user, await self.make_session(user, role="ADMIN"), DatabaseRole.ADMIN)

    @property
    def worker(self) -> Principal:
        """The job that verifies books."""
        return Principal(VERIFY_JOB, DatabaseRole.WORKER)

    async def grant_role(self, person: Person, tenant_id: UUID, role: Role) -> None:
        """Let the person hold a role straight away, as no member."""
        await self.superuser.execute(
            "INSERT INTO app.memberships (id, user_id, tenant_id, role) VALUES ($1, $2, $3, $4)",
            new_id(),
            person.user_id,
            tenant_id,
            role.value,
        )

    async def auditor(self, group: GroupOfPeople) -> Person:
        person = await self.person()
        await self.grant_role(person, group.id, Role.AUDITOR)
        return person

    async def partner(self, group: GroupOfPeople, consent: str, *, role: Role = Role.PARTNER_MANAGER) -> Person:
        """Staff of a new partner to which the group opened TOTALS, ROWS or NAMES."""
        return await self._staff(group, role, consent=consent, is_owner=False)

    async def institution_staff(self, group: GroupOfPeople, *, role: Role = Role.LOAN_OFFICER) -> Person:
        """Staff of a new microfinance institution that owns the group as its branch."""
        return await self._staff(group, role, consent="TOTALS", is_owner=True)

    async def _staff(self, group: GroupOfPeople, role: Role, *, consent: str, is_owner: bool) -> Person:
        person, partner = await self.person(), new_id()
        await self.superuser.execute("SELECT app.create_partner($1, 'KES')", partner)
        await self.superuser.execute(
            "INSERT INTO app.partner_links (id, partner_id, group_id, consent, is_owner) VALUES ($1, $2, $3, $4, $5)",
            new_id(),
            partner,
            group.id,
            consent,
            is_owner,
        )
        await self.grant_role(person, partner, role)
        return person

    async def perform(
        self, who: Person | Principal, service: Service[Any], command: Command, sent: Mapping[str, Any] | None = None
    ) -> Outcome:
        """Run a service as the application does; `sent` is the command itself unless it is given."""
        principal = who.principal if isinstance(who, Person) else who
        return await perform(
            self.database, self.keyring, principal, service, command, fields_of(command) if sent is None else sent
        )

    async def succeed(self, who: Person, service: Service[Any], command: Command) -> UUID:
        """Run a service that refuses nothing; returns the id of its record."""
        outcome = await self.perform(who, service, command)
        assert outcome.error is None, outcome
        assert all(item.error is None for item in outcome.items), outcome
        assert outcome.id is not None
        return outcome.id

    async def group(
        self,
        *,
        kind: GroupKind = GroupKind.VSLA,
        currency: str = "KES",
        visibility: Visibility = Visibility.TOTALS_ONLY,
        members: int = 5,
        share_price: str = "200",
        secretary: Person | None = None,
        **rules: Any,
    ) -> GroupOfPeople:
        """A group with so many members, at least four; see `GroupOfPeople` for who they are."""
        assert members >= len(OFFICERS)
        founder = secretary or await self.person()
        group_id = await self.succeed(
            founder,
            create_group,
            CreateGroup(
                idempotency_key=new_id(),
                name="Umoja",
                kind=kind,
                currency=currency,
                country="KE",
                time_zone="Africa/Nairobi",
                visibility=visibility,
                share_price=Decimal(share_price),
                **rules,
            ),
        )
        people: dict[str, Person] = {}
        member_ids = []
        for number in range(1, members + 1):
            who, roles = OFFICERS[number - 1] if number <= len(OFFICERS) else (None, ())
            if who is not None:
                people[who] = founder if who == "secretary" else await self.person()
            command = AddMember(
                group_id=group_id,
                idempotency_key=new_id(),
                name=f"Member {number}",
                user_id=None if who is None else people[who].user_id,
                roles=roles,
            )
            member_ids.append(await self.succeed(founder, add_member, command))
        return GroupOfPeople(id=group_id, members=tuple(member_ids), **people)

    async def meeting(self, group: GroupOfPeople, **fields: Any) -> UUID:
        """Open a meeting as the secretary."""
        command = OpenMeeting(group_id=group.id, idempotency_key=new_id(), **fields)
        return await self.succeed(group.secretary, open_meeting, command)

    async def record(self, group: GroupOfPeople, meeting: UUID, *items: ContributionItem) -> UUID:
        """Record a sheet of which every item stands, as the treasurer; returns its idempotency key."""
        command = sheet(group, meeting, *items)
        await self.succeed(group.treasurer, record_contributions, command)
        return command.idempotency_key

    async def close_meeting(self, group: GroupOfPeople, meeting: UUID) -> None:
        """Close the meeting with exactly the cash that the book expects."""
        command = await self.closing(group, meeting)
        await self.succeed(group.secretary, close_meeting, command)

    async def closing(self, group: GroupOfPeople, meeting: UUID) -> CloseMeeting:
        """The wish to close the meeting, with what the book expects right now as counted."""
        rows = await self.superuser.fetch(
            "SELECT a.fund, a.place, trim_scale(b.balance) AS balance, trim_scale(coalesce(sum(t.amount), 0)) AS moved"
            " FROM ledger.accounts a"
            " JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id"
            " LEFT JOIN ledger.movements t ON t.tenant_id = a.tenant_id AND t.account_id = a.id"
            " AND t.meeting_id = $2 WHERE a.tenant_id = $1 AND a.place IS NOT NULL"
            " GROUP BY a.fund, a.place, b.balance",
            group.id,
            meeting,
        )
        counts = [
            (CashCount(Fund(row["fund"]), Place(row["place"]), row["balance"] - row["moved"]), row["balance"])
            for row in rows
        ]
        return CloseMeeting(
            group_id=group.id,
            idempotency_key=new_id(),
            meeting_id=meeting,
            expected_version=1,
            opening_counts=tuple(opening for opening, _ in counts if opening.amount),
            closing_counts=tuple(replace(opening, amount=closing) for opening, closing in counts if closing),
        )

    @asynccontextmanager
    async def transaction(
        self, who: Person | Principal, isolation: Isolation = Isolation.WRITE
    ) -> AsyncIterator[asyncpg.Connection]:
        """A transaction entered as the principal, for statements that no service makes."""
        principal = who.principal if isinstance(who, Person) else who
        async with self.database.transaction(principal.role, isolation) as connection:
            await enter(connection, principal, None)
            yield connection


def fields_of(command: Command) -> dict[str, Any]:
    """The fields of a command as if they had been sent, without the key."""
    return {name: value for name, value in asdict(command).items() if name != "idempotency_key"}  # type: ignore[call-overload]


def sheet(
    group: GroupOfPeople, meeting: UUID, *items: ContributionItem, key: UUID | None = None
) -> RecordContributions:
    """The wish to record these items."""
    return RecordContributions(group_id=group.id, idempotency_key=key or new_id(), meeting_id=meeting, items=items)


def shares(member: UUID, count: int, **fields: Any) -> ContributionItem:
    """An item: the member buys so many shares."""
    return ContributionItem(member_id=member, kind=ContributionKind.SHARE, shares=count, **fields)


def social_fund(member: UUID, amount: str, **fields: Any) -> ContributionItem:
    """An item: the member pays so much into the social fund."""
    return ContributionItem(member_id=member, kind=ContributionKind.SOCIAL_FUND, amount=Decimal(amount), **fields)
