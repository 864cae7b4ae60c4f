"""Loads the demonstration data through the services, as the people who exist in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

from domain.access.sessions import OpenSession, SignInRefused
from domain.access.users import AdminExists, CreateUser
from domain.calendar import TimeZone, local_date
from domain.groups import create_group
from domain.members import add_member
from domain.service import Command, Outcome, Service
from graph.services import Services
from operations.console import CommandRefusedError
from operations.demonstration.affairs import Step, claim_of
from operations.demonstration.plan import FULL, GroupPlan, Scale, last_day, plans
from operations.demonstration.sign_ins import ADMINISTRATOR, PASSWORD, SIGN_INS, SignIn, login_of
from operations.demonstration.state import founders_joined_on
from operations.first_admin import make_first_admin
from persistence.boundary import perform
from persistence.database import DatabaseRole
from persistence.viewer import Principal

__all__ = ["Report", "load_demonstration"]

GROUPS_AT_ONCE_MAX = 4
"""How many groups are loaded side by side; more than that only wait for each other's cores."""

_TIME_ZONE = TimeZone("Africa/Nairobi")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What the demonstration data are, and what loading them took.

    Attributes:
        groups_count: Groups.
        members_count: Members of them.
        users_count: People who can sign in.
        meetings_count: Meetings, the one that goes on included.
        contributions_count: Contributions.
        replayed_count: Commands that had been carried out before and changed nothing now.
        commands_count: All commands.
        today: The day up to which there are meetings.
        seconds: How long it took.
        sign_ins: One person to sign in as for each role.
    """

    groups_count: int
    members_count: int
    users_count: int
    meetings_count: int
    contributions_count: int
    replayed_count: int
    commands_count: int
    today: date
    seconds: float
    sign_ins: tuple[SignIn, ...] = SIGN_INS

    def __str__(self) -> str:
        """What was loaded, and how to sign in."""
        loaded = (
            f"{self.groups_count} groups, {self.members_count} members, {self.meetings_count} meetings up to "
            f"{self.today} and {self.contributions_count:,} contributions"
        )
        had = " were there already." if self.replayed_count == self.commands_count else " are there."
        people = [f"  {each.role}: {each.login}, password {each.password} ({each.name})" for each in self.sign_ins]
        return "\n".join([f"{loaded}{had} It took {self.seconds:.0f} s.", "Sign in as:", *people])


async def load_demonstration(
    services: Services,
    *,
    owner_address: str,
    progress: Progress | None = None,
    scale: Scale = FULL,
    today: date | None = None,
) -> Report:
    """Load the demonstration data into a database that nobody else uses.

    Every command carries the same ids and the same idempotency key each time, so loading twice changes nothing and
    loading again after an interruption goes on to the end.

    Args:
        services: Of the installation.
        owner_address: The address of a role that may become the owner of the database, to make the administrator.
        progress: Told the number of commands done and of all commands, after each.
        scale: How much is loaded; the same each time for one database.
        today: The day up to which there are meetings; by default the real one. What was begun on another day is ended
            as of that day.

    Raises:
        CommandRefusedError: The database has an administrator of its own, so that it is no place for people whose
            passwords everybody knows.
        DomainError: A command was refused, since somebody changed what the demonstration had begun.
        LoginMissingError: The installation has no login for administrators.
    """
    began = time.monotonic()
    administrator = await _administrator(services, owner_address)
    async with _ending(services, administrator):
        joined_on = await founders_joined_on(services.database, administrator)
        as_of = last_day(joined_on) if joined_on else today or local_date(datetime.now(UTC), _TIME_ZONE)
        loading = _Loading(services, administrator, plans(scale, as_of), progress)
        await loading.run()
    return loading.report(as_of, time.monotonic() - began)


async def _administrator(services: Services, owner_address: str) -> Principal:
    """The demonstration's administrator, made if need be, and signed in."""
    with suppress(AdminExists):
        await make_first_admin(owner_address, services.keyring, ADMINISTRATOR)
    try:
        return await _sign_in(services, str(ADMINISTRATOR.email), as_admin=True)
    except SignInRefused:
        raise CommandRefusedError(
            "This database has an administrator of its own, and the passwords of the demonstration are known to "
            "everybody: load it into a new database."
        ) from None


async def _sign_in(services: Services, login: str, *, as_admin: bool = False) -> Principal:
    command = OpenSession(login=login, password=PASSWORD, device_name="Demonstration data", as_admin=as_admin)
    signed_in = await services.access.open_session(command)
    return Principal(signed_in.session_id, DatabaseRole.ADMIN if as_admin else DatabaseRole.APP)


@asynccontextmanager
async def _ending(services: Services, principal: Principal) -> AsyncIterator[None]:
    """Ends the session when the work is done; what is interrupted leaves one that ends by itself."""
    yield
    await services.access.revoke_session(principal, principal.id)


class _Loading:
    """One run over all groups, and what it counted."""

    def __init__(
        self, services: Services, administrator: Principal, groups: Sequence[GroupPlan], progress: Progress | None
    ) -> None:
        self._services = services
        self._administrator = administrator
        self._groups = groups
        self._progress = progress
        self._commands_count = sum(plan.commands_count for plan in groups)
        self._places = asyncio.Semaphore(min(GROUPS_AT_ONCE_MAX, services.settings.pool_size))
        self._done = 0
        self._replayed = 0
        self._contributions = 0

    async def run(self) -> None:
        """Load all groups: the showcase is begun before any other, and its last meeting ends it all."""
        showcase, *others = self._groups
        secretary = await self._begin(showcase)
        await _together([self._meetings(showcase, secretary), *(self._whole(plan) for plan in others)])
        async with _ending(self._services, secretary):
            await self._take(secretary, showcase.going_on())
            self._contributions += len(showcase.sheet_of_today().items)

    def report(self, today: date, seconds: float) -> Report:
        """What was loaded."""
        return Report(
            groups_count=len(self._groups),
            members_count=sum(len(plan.members) for plan in self._groups),
            users_count=1 + sum(1 for plan in self._groups for _ in plan.users()),
            meetings_count=sum(len(plan.dates) for plan in self._groups),
            contributions_count=self._contributions,
            replayed_count=self._replayed,
            commands_count=self._commands_count,
            today=today,
            seconds=seconds,
        )

    async def _whole(self, plan: GroupPlan) -> None:
        async with self._places:
            secretary = await self._begin(plan)
            async with _ending(self._services, secretary):
                await self._hold(plan, secretary)

    async def _meetings(self, plan: GroupPlan, secretary: Principal) -> None:
        async with self._places:
            await self._hold(plan, secretary)

    async def _begin(self, plan: GroupPlan) -> Principal:
        """The group with its users and members; gives its secretary, signed in."""
        for user in plan.users():
            await self._create_user(user)
        secretary = await _sign_in(self._services, plan.secretary_login)
        await self._perform(secretary, create_group, plan.founding())
        for member in plan.register():
            await self._perform(secretary, add_member, member)
        for person in plan.claimants:
            claimant = await _sign_in(self._services, login_of(plan.sketch, person))
            async with _ending(self._services, claimant):
                await self._take(claimant, [claim_of(plan.sketch, person)])
        await self._take(secretary, plan.affairs_before())
        return secretary

    async def _hold(self, plan: GroupPlan, secretary: Principal) -> None:
        for meeting in plan.held():
            await self._take(secretary, meeting.steps)
            self._contributions += len(meeting.sheet.items)
        await self._take(secretary, plan.affairs_after())
        if decisions := list(plan.decisions()):
            chair = await _sign_in(self._services, plan.chair_login)
            async with _ending(self._services, chair):
                await self._take(chair, decisions)

    async def _take(self, principal: Principal, steps: Iterable[Step]) -> None:
        for service, command in steps:
            await self._perform(principal, service, command)

    async def _create_user(self, command: CreateUser) -> None:
        self._count(await self._services.access.create_user(self._administrator, command, _sent(command)))

    async def _perform(self, principal: Principal, service: Service[Any], command: Command) -> None:
        services = self._services
        self._count(await perform(services.database, services.keyring, principal, service, command, _sent(command)))

    def _count(self, outcome: Outcome) -> None:
        refusals = [outcome.error, *(item.error for item in outcome.items)]
        for refusal in refusals:
            if refusal is not None:
                raise refusal
        self._replayed += outcome.is_replay
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._commands_count)


def _sent(command: Any) -> Any:  # noqa: ANN401 - a command or part of one, which its protocol cannot say
    """The fields of the input as a client would have sent them: what is None was left out."""
    if isinstance(command, tuple):
        return [_sent(item) for item in command]
    if not is_dataclass(command):
        return command
    values = ((each.name, getattr(command, each.name)) for each in fields(command))
    return {name: _sent(value) for name, value in values if value is not None and name != "idempotency_key"}


async def _together(tasks: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all of them; where one fails, the others are stopped, and its own error comes out."""
    try:
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
