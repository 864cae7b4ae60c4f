"""Does to a real book what the plain model does to its dictionaries, and reads back what the book says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.currencies import currency
from domain.errors import DomainError
from domain.ledger import events
from domain.ledger.accounts import cash_code
from domain.ledger.events import Booking
from domain.ledger.postings import Posting
from domain.money import Money
from domain.policy import AccessDenied
from domain.service import Command, Outcome, Service
from persistence.constraints import RefusalState
from persistence.database import DatabaseRole, Isolation
from persistence.reads.accounts import AsOf, load_account_balances, load_fund_balances
from persistence.reads.members import load_member_balances
from persistence.snapshot import Snapshot
from persistence.unit_of_work import Work
from persistence.viewer import enter
from tests.ledger.model import DENIED, PLACES, Event, Kept, Key, Model
from tests.support.world import GroupOfPeople, Person, World

__all__ = ["MEMBERS", "SHARE_CENTS", "Clerk", "expected_balances"]

MEMBERS = 4
SHARE_CENTS = 20_000

_CASH_CODES = {at: cash_code(*at) for at in PLACES}
_MEMBER_CODES = {"shares": "3100", "savings": "2100", "social_fund": "3200", "fines": "1310", "grants": "3210"}
_GROUP_CODES = {
    "fines": "4100", "income": "4200", "expense": "5100", "adjustments": "5800", "missing": "5900", "found": "3200",
    "borrowed": "2200",
}  # fmt: skip
_MEMBER_COLUMNS = {
    "shares": "shares_value",
    "savings": "savings",
    "social_fund": "social_fund_paid",
    "fines": "fines_owed",
    "grants": "social_fund_received",
}
_CODES = sorted({*_CASH_CODES.values(), *_MEMBER_CODES.values(), *_GROUP_CODES.values(), "1000"})


class Clerk:
    """Acts in a group for its officers, in a loop of its own, so that a machine of plain functions can go on.

    Attributes:
        done: What services were asked for, by whom, and what came of it.
    """

    def __init__(self, runner: asyncio.Runner, world: World) -> None:
        self._runner = runner
        self.world = world
        self.group: GroupOfPeople = self.run(world.group(members=MEMBERS, shares_max=1000))
        self.done: list[tuple[Person, Service[Any], Command, Outcome]] = []

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self._runner.run(awaited())

    def officer(self, name: str) -> Person:
        person: Person = getattr(self.group, name)
        return person

    # What is asked for

    def ask(self, who: str, service: Service[Any], command: Command) -> str | None:
        """Why a service refuses an officer; None if it does not. Of a sheet each item must stand."""
        person = self.officer(who)
        try:
            outcome: Outcome = self.run(self.world.perform(person, service, command))
        except AccessDenied:
            return DENIED
        assert not outcome.is_replay
        assert all(item.error is None for item in outcome.items)
        self.done.append((person, service, command, outcome))
        return None if outcome.error is None else outcome.error.reason

    def attempt(self, work: Callable[[Work], Awaitable[Any]]) -> str | None:
        """Why the treasurer is refused who works without a service; None if she is not."""

        async def act() -> None:
            tenants = [self.group.id]
            async with self.world.database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
                viewer = await enter(connection, self.group.treasurer.principal, tenants)
                await connection.execute("SELECT app.enter_write($1)", tenants)
                await work(Work(connection, self.world.keyring, viewer, datetime.now(UTC)))

        try:
            self.run(act())
        except DomainError as error:
            return error.reason
        except asyncpg.PostgresError as error:
            return RefusalState(error.sqlstate) if error.sqlstate in set(RefusalState) else str(error.sqlstate)
        return None

    def post(self, model: Model, batch: list[Kept]) -> str | None:
        """Why entries that need no contribution are refused, posted together without a service."""
        postings = [self.posting(model, kept) for kept in batch]
        return self.attempt(lambda work: work.ledger.post(self.group.id, batch[0].key, postings))

    def posting(self, model: Model, kept: Kept) -> Posting:
        """The entry of an event."""
        event, group = kept.event, self.group
        on = model.today - timedelta(days=event.days_ago)
        booking = Booking(entry_id=kept.id, group_id=group.id, on=on, meeting_id=event.meeting)
        amount, fund, place = self.money(event.cents), event.fund, event.place
        if event.what == "transfer":
            return events.transfer(booking, fund=fund, source=place, target=event.to_place, amount=amount)
        if event.what in ("fine", "fine_waived"):
            levy = events.fine_levied if event.what == "fine" else events.fine_waived
            return levy(booking, member_id=group.members[event.member], amount=amount)
        if event.what == "income":
            earned = group.account("4200")
            return events.other_income(booking, income_account=earned, fund=fund, place=place, amount=amount)
        if event.what == "expense":
            spent = group.account("5100")
            return events.other_expense(booking, expense_account=spent, fund=fund, place=place, amount=amount)
        paid = {
            "fine_paid": events.fine_paid,
            "withdrawal": events.withdrawal,
            "grant": events.social_fund_grant,
        }[event.what]
        return paid(booking, member_id=group.members[event.member], amount=amount, place=place)

    def money(self, cents: int) -> Money:
        return Money(Decimal(cents).scaleb(-2), currency("KES"))

    def amount(self, event: Event) -> Decimal:
        return self.money(event.cents).amount

    # What the book says

    async def balances(self, moments: Sequence[AsOf]) -> list[dict[Key, int]]:
        """Accounts, places of funds, and members, at each moment, as the treasurer reads them."""
        group = self.group
        snapshot = Snapshot(self.world.database, self.world.keyring, group.treasurer.principal, [group.id])
        await snapshot.open()
        found = [await self._balances(snapshot, as_of) for as_of in moments]
        await snapshot.close()
        return found

    async def _balances(self, snapshot: Snapshot, as_of: AsOf) -> dict[Key, int]:
        group = self.group
        found: dict[Key, int] = {}
        accounts = await load_account_balances(snapshot, [(group.id, group.account(code)) for code in _CODES], as_of)
        for code, account in zip(_CODES, accounts, strict=True):
            assert account is not None
            found["account", code] = _cents(account["balance"])
        (places,) = await load_fund_balances(snapshot, [group.id], as_of)
        for place in places or ():
            found["cash", place["fund"], place["place"]] = _cents(place["balance"])
            if as_of.is_now:
                found["held", place["fund"], place["place"]] = _cents(place["held"])
        members = await load_member_balances(snapshot, [(group.id, member) for member in group.members], as_of)
        for number, row in enumerate(members):
            assert row is not None
            for heading, column in _MEMBER_COLUMNS.items():
                found["member", str(number), heading] = _cents(Decimal(row[column]))
            assert row["shares"] * SHARE_CENTS == found["member", str(number), "shares"]
        return found

    async def records(self) -> dict[str, Mapping[UUID, str]]:
        """What became of each draft, and of each meeting."""
        fetch, tenant = self.world.superuser.fetch, self.group.id
        drafts = await fetch("SELECT id, status FROM app.drafts WHERE tenant_id = $1", tenant)
        meetings = await fetch("SELECT id, status FROM app.meetings WHERE tenant_id = $1", tenant)
        return {"drafts": dict(drafts), "meetings": dict(meetings)}


def _cents(amount: Decimal) -> int:
    cents = amount.scaleb(2)
    assert cents == int(cents)
    return int(cents)


def expected_balances(model: Model, sums: Mapping[Key, int], *, is_now: bool) -> dict[Key, int]:
    """What accounts, places and members should show, on the side on which each account grows."""
    found: dict[Key, int] = {("account", code): 0 for code in _CODES}
    for at, code in _CASH_CODES.items():
        found["cash", *at] = found["account", code] = sums.get(("cash", *at), 0)
        found["account", "1000"] += found["account", code]
        if is_now:
            found["held", *at] = model.held(at)
    for heading, code in _MEMBER_CODES.items():
        for number in range(MEMBERS):
            cents = found["member", str(number), heading] = sums.get(("member", str(number), heading), 0)
            # What was granted lessens the equity below which it stands.
            found["account", code] += -cents if heading == "grants" else cents
    for heap, code in _GROUP_CODES.items():
        found["account", code] += sums.get(("group", heap), 0)
    found["account", "1000"] += found["account", "1310"]
    return found
