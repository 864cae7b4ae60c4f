"""Random histories of a book beside a plain model: after every step the book says what the model says, proved."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.currencies import currency
from domain.errors import DomainError
from domain.identifiers import new_id
from domain.ledger import events
from domain.ledger.accounts import Fund, Place
from domain.ledger.events import Booking
from domain.ledger.postings import Posting
from domain.money import Money
from persistence.constraints import RefusalState
from persistence.database import DatabaseRole, Isolation
from persistence.unit_of_work import Work
from persistence.viewer import enter
from tests.ledger.book import both_verifications
from tests.ledger.model import MOVES, Event, Hold, Kept, Model
from tests.support import cluster
from tests.support.world import GroupOfPeople, Person, World

HISTORIES = 200 if os.environ.get("KIBUBU_EXPLORE") else 8
STEPS = 20
DAYS = 12
SHARE_CENTS = 20_000

_MEMBER_ACCOUNTS = {"3100": "shares", "2100": "savings", "3200": "social_fund", "1310": "fines", "3210": "grants"}


def _fitted(event: Event) -> Event:
    """Shares cost whole shares, and a transfer goes somewhere else."""
    if event.what == "shares":
        return replace(event, cents=max(1, event.cents // SHARE_CENTS) * SHARE_CENTS)
    if event.what == "transfer" and event.place is event.to_place:
        return replace(event, to_place=Place.MOBILE_MONEY)
    return event


EVENTS = st.builds(
    Event,
    st.sampled_from([*MOVES, "transfer", "income", "expense"]),
    st.integers(0, 3),
    st.integers(1, 30_000),
    st.sampled_from([Place.BOX, Place.BOX, Place.BANK]),
    st.sampled_from([Place.BANK, Place.MOBILE_MONEY]),
    st.integers(0, DAYS),
).map(_fitted)


class BookMachine(RuleBasedStateMachine):
    """A book that officers write to, and the model of it."""

    world: World
    runner: asyncio.Runner

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self.runner.run(awaited())

    @initialize()
    def open(self) -> None:
        self.group: GroupOfPeople = self.run(self.world.group(members=4))
        self.model = Model(datetime.now(UTC).date())

    # What can be done

    @rule(event=EVENTS)
    def post(self, event: Event) -> None:
        self._post([event])

    @rule(batch=st.lists(EVENTS, min_size=2, max_size=5))
    def post_batch(self, batch: list[Event]) -> None:
        self._post(batch)

    @precondition(lambda self: any(not kept.is_reversal for kept in self.model.entries))
    @rule(data=st.data(), days_ago=st.integers(0, DAYS))
    def reverse(self, data: st.DataObject, days_ago: int) -> None:
        kept = data.draw(st.sampled_from([kept for kept in self.model.entries if not kept.is_reversal]))
        event = replace(kept.event, days_ago=days_ago)
        booking = self._booking(new_id(), days_ago)
        posting = events.reversal(booking, self._posting(kept))
        refusal = self.model.refusal([(event, -1)])
        key = new_id()
        if kept.is_reversed:
            refusal = RefusalState.CONFLICT
        found = self._try(lambda work: work.ledger.post(self.group.id, key, [posting]))
        # That it was reversed before is found before anything of it is moved, but after its date is looked at.
        assert found == refusal or (kept.is_reversed and found == "PERIOD_CLOSED")
        if refusal is None:
            self.model.take([(event, -1)])
            self.model.entries.append(Kept(booking.entry_id, event, key, is_reversal=True))
            kept.is_reversed = True

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data())
    def replay_a_key(self, data: st.DataObject) -> None:
        """The key and place of an entry that stands are taken, whatever comes under them."""
        kept = data.draw(st.sampled_from(self.model.entries))
        other = Kept(new_id(), Event("savings", 0, 100, Place.BOX, Place.BANK, 0), kept.key)
        with pytest.raises(asyncpg.UniqueViolationError):
            self._act(
                self.group.treasurer, lambda work: work.ledger.post(self.group.id, kept.key, [self._posting(other)])
            )

    @rule(fund=st.sampled_from(Fund), place=st.sampled_from([Place.BOX, Place.BANK]), cents=st.integers(1, 20_000))
    def place_hold(self, fund: Fund, place: Place, cents: int) -> None:
        hold = new_id()
        found = self._try(
            lambda work: work.connection.execute(
                "SELECT ledger.place_hold($1, $2, $3, $4, 'for later', now() + interval '1 day')",
                *(self.group.id, hold, self.group.cash(fund, place), Decimal(cents).scaleb(-2)),
            )
        )
        if cents > self.model.free(fund, place):
            assert found == RefusalState.SHORT_OF_MONEY
        else:
            assert found is None
            self.model.holds[hold] = Hold(fund, place, cents)

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def release_hold(self, data: st.DataObject) -> None:
        hold = data.draw(st.sampled_from(sorted(self.model.holds)))
        statement = "SELECT ledger.end_hold($1, $2)"
        assert self._try(lambda work: work.connection.execute(statement, self.group.id, hold)) is None
        assert self._try(lambda work: work.connection.execute(statement, self.group.id, hold)) == RefusalState.CONFLICT
        del self.model.holds[hold]

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def use_hold(self, data: st.DataObject) -> None:
        """What was set aside pays an expense of just as much, whatever else is held."""
        hold = data.draw(st.sampled_from(sorted(self.model.holds)))
        kept = self.model.holds[hold]
        (entry,) = self.model.keep([Event("expense", 0, kept.cents, kept.place, Place.BANK, 0)])
        if kept.fund is Fund.SOCIAL_FUND:
            return

        async def use(work: Work) -> None:
            await work.connection.execute("SELECT ledger.end_hold($1, $2, $3)", self.group.id, hold, entry.id)
            await work.ledger.post(self.group.id, entry.key, [self._posting(entry)])

        if self.model.closed_days_ago <= 0:
            assert self._try(use) == "PERIOD_CLOSED"
            return
        assert self._try(use) is None
        del self.model.holds[hold]
        self.model.take([(entry.event, 1)])
        self.model.entries.append(entry)

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def let_a_hold_expire(self, data: st.DataObject) -> None:
        hold = data.draw(st.sampled_from(sorted(self.model.holds)))
        self.run(
            self.world.superuser.execute(
                "UPDATE ledger.holds SET expires_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2",
                *(self.group.id, hold),
            )
        )
        del self.model.holds[hold]

    @rule(days_ago=st.integers(1, DAYS + 2))
    def close_period(self, days_ago: int) -> None:
        through = self.model.today - timedelta(days=days_ago)
        found = self._try(
            lambda work: work.connection.execute("SELECT ledger.close_period($1, $2)", self.group.id, through)
        )
        if days_ago >= self.model.closed_days_ago:
            assert found == RefusalState.INVALID
        else:
            assert found is None
            self.model.closed_days_ago = days_ago

    # What holds after every step

    @invariant()
    def the_book_says_what_the_model_says(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        fetch, tenant = self.world.superuser.fetch, self.group.id
        cash = await fetch(
            "SELECT a.fund, a.place, (b.balance * 100)::bigint AS cents FROM ledger.account_balances b"
            " JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id"
            " WHERE a.tenant_id = $1 AND a.place IS NOT NULL AND b.balance <> 0",
            tenant,
        )
        own = await fetch(
            "SELECT m.number - 1 AS member, a.code, abs(b.balance * 100)::bigint AS cents, b.shares"
            " FROM ledger.member_balances b"
            " JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id"
            " JOIN app.members m ON m.tenant_id = b.tenant_id AND m.id = b.member_id"
            " WHERE b.tenant_id = $1 AND b.balance <> 0",
            tenant,
        )
        assert {
            "cash": {(Fund(row["fund"]), Place(row["place"])): row["cents"] for row in cash},
            "members": {(row["member"], _MEMBER_ACCOUNTS[row["code"]]): row["cents"] for row in own},
        } == self.model.expected()
        assert all(row["shares"] * SHARE_CENTS == row["cents"] for row in own if row["code"] == "3100")
        sums = await fetch(
            "SELECT currency, sum(amount) AS amount, sum(base_amount) AS base FROM ledger.lines WHERE tenant_id = $1"
            " GROUP BY currency",
            tenant,
        )
        assert all((row["amount"], row["base"]) == (0, 0) for row in sums)
        entries = await fetch(
            "SELECT number, id, command_key, ordinal FROM ledger.entries WHERE tenant_id = $1", tenant
        )
        assert sorted(row["number"] for row in entries) == list(range(1, len(self.model.entries) + 1))
        assert {row["id"] for row in entries} == {kept.id for kept in self.model.entries}
        assert len({(row["command_key"], row["ordinal"]) for row in entries}) == len(entries)
        # Balances are the sums of lines, each line keeps the balance after it, the chain holds: twice worked out.
        # What members pay in goes to the book directly here, without the contributions that stand beside it in life.
        faults = await both_verifications(self.world, tenant)
        assert [fault for fault in faults if fault[0] != "CONTRIBUTION"] == []

    # How it is done

    def _post(self, batch: list[Event]) -> None:
        kept = self.model.keep(batch)
        signed = [(event, 1) for event in batch]
        refusal = self.model.refusal(signed)
        found = self._try(
            lambda work: work.ledger.post(self.group.id, kept[0].key, [self._posting(each) for each in kept])
        )
        assert found == refusal
        if refusal is None:
            self.model.take(signed)
            self.model.entries += kept

    def _try(self, work: Callable[[Work], Awaitable[Any]]) -> str | None:
        """Why the treasurer is refused; None if she is not. The model tells whether anything changed."""
        try:
            self._act(self.group.treasurer, work)
        except DomainError as error:
            return error.reason
        except asyncpg.PostgresError as error:
            return RefusalState(error.sqlstate)
        return None

    def _act(self, who: Person, work: Callable[[Work], Awaitable[Any]]) -> None:
        async def act() -> None:
            world, tenants = self.world, [self.group.id]
            async with world.database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
                viewer = await enter(connection, who.principal, tenants)
                await connection.execute("SELECT app.enter_write($1)", tenants)
                await work(Work(connection, world.keyring, viewer, datetime.now(UTC)))

        self.run(act())

    def _booking(self, entry_id: UUID, days_ago: int) -> Booking:
        on = self.model.today - timedelta(days=days_ago)
        return Booking(entry_id=entry_id, group_id=self.group.id, on=on)

    def _posting(self, kept: Kept) -> Posting:
        event = kept.event
        booking = self._booking(kept.id, event.days_ago)
        amount, fund, place = Money(Decimal(event.cents).scaleb(-2), currency("KES")), event.fund, event.place
        member = self.group.members[event.member]
        paid: dict[str, Any] = {"member_id": member, "amount": amount, "place": place}
        account = self.group.account("4200" if event.what == "income" else "5100")
        if event.what == "transfer":
            return events.transfer(booking, fund=fund, source=place, target=event.to_place, amount=amount)
        if event.what == "income":
            return events.other_income(booking, income_account=account, fund=fund, place=place, amount=amount)
        if event.what == "expense":
            return events.other_expense(booking, expense_account=account, fund=fund, place=place, amount=amount)
        if event.what in ("fine", "fine_waived"):
            levy = events.fine_levied if event.what == "fine" else events.fine_waived
            return levy(booking, member_id=member, amount=amount)
        if event.what == "shares":
            return events.share_purchase(booking, shares=event.cents // SHARE_CENTS, **paid)
        event_of = {
            "savings": events.savings_deposit,
            "social_fund": events.social_fund_contribution,
            "fine_paid": events.fine_paid,
            "withdrawal": events.withdrawal,
            "grant": events.social_fund_grant,
        }
        return event_of[event.what](booking, **paid)


@pytest.fixture
def machine_world() -> Iterator[tuple[asyncio.Runner, World]]:
    """A world in a loop of its own, which a machine of plain functions can run."""
    with asyncio.Runner() as runner:
        database = cluster.fresh_database()
        name = runner.run(_entered(database))
        world = runner.run(World.create(name))
        yield runner, world
        runner.run(world.close())
        runner.run(_left(database))


async def _entered(manager: Any) -> Any:
    return await manager.__aenter__()


async def _left(manager: Any) -> None:
    await manager.__aexit__(None, None, None)


def test_any_history_leaves_what_the_model_says(machine_world: tuple[asyncio.Runner, World]) -> None:
    runner, world = machine_world

    class Machine(BookMachine):
        pass

    Machine.runner, Machine.world = runner, world
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None)
    )
