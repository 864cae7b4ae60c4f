"""Random histories of a book beside a plain model: after every step the book says what the model says, proved."""

from __future__ import annotations

import asyncio
import faulthandler
import os
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.reversing import ReverseEntry, reverse_entry
from persistence.constraints import RefusalState
from persistence.reads.accounts import AsOf
from persistence.unit_of_work import Work
from tests.ledger.book import both_verifications, tampering
from tests.ledger.clerk import expected_balances
from tests.ledger.machine import DAYS, POSTED, DraftsMachine
from tests.ledger.model import FOR_TWO, PERIOD_CLOSED, Draft, Event, Hold, Kept
from tests.support import cluster
from tests.support.world import World

EXPLORES = bool(os.environ.get("KIBUBU_EXPLORE"))
HISTORIES = 200 if EXPLORES else 8
STEPS = 20
SEEN = {
    "pay into a closed meeting",
    "a difference at the CLOSING",
    "correct in another meeting",
    "post a draft",
    "DRAFTED_BY_YOURSELF",
}
"""What happens often enough that it must have been seen, or the histories show nothing."""


class BookMachine(DraftsMachine):
    """A book that officers write to, and the model of it."""

    @rule(batch=st.lists(POSTED, min_size=1, max_size=4), in_meeting=st.booleans())
    def post(self, batch: list[Event], *, in_meeting: bool) -> None:
        kept = self.model.keep([self._placed(event, in_meeting=in_meeting) for event in batch])
        refusal = self.model.refusal([(each.event, 1) for each in kept])
        assert self.clerk.post(self.model, kept) == refusal
        if refusal is None:
            self.model.take(kept)

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data(), days_ago=st.integers(0, DAYS), in_meeting=st.booleans(), is_draft=st.booleans())
    def reverse(self, data: st.DataObject, days_ago: int, *, in_meeting: bool, is_draft: bool) -> None:
        """In the open meeting or outside any, by one officer or by two."""
        kept = data.draw(st.sampled_from(self.model.entries))
        self._reverse(kept, days_ago, in_meeting=in_meeting, is_draft=is_draft)

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data())
    def correct_in_the_next_meeting(self, data: st.DataObject) -> None:
        """The open meeting is closed as it should be, the next one is today's, and there an entry is taken back."""
        if self.model.open_meeting is not None:
            self.close_meeting({}, {})
        self.open_meeting(0)
        kept = data.draw(st.sampled_from(self.model.entries))
        self._reverse(kept, 0, in_meeting=True, is_draft=kept.event.what in FOR_TWO)

    def _reverse(self, kept: Kept, days_ago: int, *, in_meeting: bool, is_draft: bool) -> None:
        event = self._placed(replace(kept.event, days_ago=days_ago, meeting=None), in_meeting=in_meeting)
        wish = self._wish(
            ReverseEntry,
            entry_id=kept.id,
            reason="Not so",
            is_draft=is_draft,
            meeting_id=event.meeting,
            on=None if event.meeting else self._on(event.days_ago),
        )
        found = self.clerk.ask("treasurer", reverse_entry, wish)
        refusal = self._reversal_refusal(kept, event, is_draft=is_draft)
        assert found == refusal
        if refusal is not None:
            self.seen.add(refusal)
        elif is_draft:
            self.model.drafts[wish.record_id] = Draft(event, "treasurer", -1, kept)
        else:
            self.model.take([Kept(wish.record_id, event, wish.idempotency_key, sign=-1)])
            kept.is_reversed = True
            if event.meeting not in (None, kept.event.meeting):
                self.seen.add("correct in another meeting")

    def _reversal_refusal(self, kept: Kept, event: Event, *, is_draft: bool) -> str | None:
        if kept.sign < 0:
            return "ENTRY_IS_REVERSAL"
        if kept.is_reversed:
            return "ENTRY_ALREADY_REVERSED"
        if kept.event.what in FOR_TWO and not is_draft:
            return "REVERSAL_NEEDS_APPROVAL"
        if event.days_ago > kept.event.days_ago:
            return "REVERSAL_BEFORE_ENTRY"
        if is_draft:
            return PERIOD_CLOSED if event.days_ago >= self.model.closed_days_ago else None
        return self.model.refusal([(event, -1)])

    @precondition(lambda self: any(kept.actor == "treasurer" for kept in self.model.entries))
    @rule(data=st.data())
    def take_a_key_twice(self, data: st.DataObject) -> None:
        """The key and place of an entry that stands are taken, whatever comes under them."""
        kept = data.draw(st.sampled_from([kept for kept in self.model.entries if kept.actor == "treasurer"]))
        other = Kept(new_id(), Event("fine", cents=100), kept.key)
        assert self.clerk.post(self.model, [other]) == "23505"

    @precondition(lambda self: self.clerk.done)
    @rule(data=st.data(), is_altered=st.booleans())
    def repeat(self, data: st.DataObject, *, is_altered: bool) -> None:
        """What was asked for is asked for again, just so or otherwise: done once, and answered as the first time."""
        person, service, command, before = data.draw(st.sampled_from(self.clerk.done))
        sent = {"something": "else"} if is_altered else None
        after = self.clerk.run(self.world.perform(person, service, command, sent))
        if is_altered:
            assert after.error is not None
            assert after.error.reason == "IDEMPOTENCY_KEY_REUSED"
        else:
            assert after.is_replay
            assert (after.id, after.items) == (before.id, before.items)
            assert getattr(after.error, "reason", None) == getattr(before.error, "reason", None)

    # Money set aside

    @rule(fund=st.sampled_from(Fund), place=st.sampled_from([Place.BOX, Place.BANK]), cents=st.integers(1, 20_000))
    def place_hold(self, fund: Fund, place: Place, cents: int) -> None:
        hold, at = new_id(), (fund, place)
        found = self.clerk.attempt(
            lambda work: work.connection.execute(
                "SELECT ledger.place_hold($1, $2, $3, $4, 'for later', now() + interval '1 day')",
                *(self.clerk.group.id, hold, self.clerk.group.cash(fund, place), Decimal(cents).scaleb(-2)),
            )
        )
        if cents > self.model.cash(at) - self.model.held(at):
            assert found == RefusalState.SHORT_OF_MONEY
        else:
            assert found is None
            self.model.holds[hold] = Hold(at, cents)

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def release_hold(self, data: st.DataObject) -> None:
        hold = data.draw(st.sampled_from(sorted(self.model.holds)))
        for expected in (None, RefusalState.CONFLICT):
            found = self.clerk.attempt(
                lambda work: work.connection.execute("SELECT ledger.end_hold($1, $2)", self.clerk.group.id, hold)
            )
            assert found == expected
        del self.model.holds[hold]

    @precondition(lambda self: any(hold.at[0] is Fund.LOAN_FUND for hold in self.model.holds.values()))
    @rule(data=st.data())
    def use_hold(self, data: st.DataObject) -> None:
        """What was set aside pays an expense of just as much, whatever else is held."""
        usable = [hold for hold, kept in self.model.holds.items() if kept.at[0] is Fund.LOAN_FUND]
        hold = data.draw(st.sampled_from(sorted(usable)))
        aside = self.model.holds[hold]
        (entry,) = self.model.keep([Event("expense", cents=aside.cents, place=aside.at[1])])

        async def use(work: Work) -> None:
            await work.connection.execute("SELECT ledger.end_hold($1, $2, $3)", self.clerk.group.id, hold, entry.id)
            await work.ledger.post(self.clerk.group.id, entry.key, [self.clerk.posting(self.model, entry)])

        assert self.clerk.attempt(use) is None
        del self.model.holds[hold]
        self.model.take([entry])

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def let_a_hold_expire(self, data: st.DataObject) -> None:
        hold = data.draw(st.sampled_from(sorted(self.model.holds)))
        self.clerk.run(self._expire(hold))
        del self.model.holds[hold]

    async def _expire(self, hold: UUID) -> None:
        async with tampering(self.world.superuser) as connection:
            await connection.execute("UPDATE ledger.holds SET expires_at = clock_timestamp() WHERE id = $1", hold)

    @rule(days_ago=st.integers(1, DAYS + 2))
    def close_period(self, days_ago: int) -> None:
        found = self.clerk.attempt(
            lambda work: work.connection.execute(
                "SELECT ledger.close_period($1, $2)", self.clerk.group.id, self._on(days_ago)
            )
        )
        meeting = self.model.open_meeting
        if days_ago >= self.model.closed_days_ago or (meeting is not None and meeting.days_ago >= days_ago):
            assert found == RefusalState.INVALID
        else:
            assert found is None
            self.model.closed_days_ago = days_ago

    # What holds after every step

    @invariant()
    def the_book_says_what_the_model_says(self) -> None:
        self.clerk.run(self._check())

    async def _check(self) -> None:
        model, tenant, fetch = self.model, self.clerk.group.id, self.world.superuser.fetch
        days_ago, entry = self.moments.randint(0, DAYS + 1), self.moments.randint(0, len(model.entries))
        moments = [AsOf(), AsOf(on=self._on(days_ago)), AsOf(entry=entry)]
        now, on_date, after_entry = await self.clerk.balances(moments)
        assert now == expected_balances(model, model.balances, is_now=True)
        assert on_date == expected_balances(model, model.then(days_ago=days_ago), is_now=False)
        assert after_entry == expected_balances(model, model.then(entry=entry), is_now=False)
        sums = await fetch(
            "SELECT currency, sum(amount) AS amount, sum(base_amount) AS base FROM ledger.lines WHERE tenant_id = $1"
            " GROUP BY currency",
            tenant,
        )
        assert all((row["amount"], row["base"]) == (0, 0) for row in sums)
        entries = await fetch(
            "SELECT number, id, command_key, ordinal, meeting_id, effective_on FROM ledger.entries"
            " WHERE tenant_id = $1 ORDER BY number",
            tenant,
        )
        assert [(row["number"], row["id"], row["meeting_id"], row["effective_on"]) for row in entries] == [
            (number, kept.id, kept.event.meeting, self._on(kept.event.days_ago))
            for number, kept in enumerate(model.entries, start=1)
        ]
        assert len({(row["command_key"], row["ordinal"]) for row in entries}) == len(entries)
        assert await self.clerk.records() == {
            "drafts": {key: draft.status for key, draft in model.drafts.items()},
            "meetings": {each.id: "OPEN" if each.is_open else "CLOSED" for each in model.meetings},
        }
        # Balances are the sums of lines, each line keeps the balance after it, the chain holds: twice worked out.
        assert await both_verifications(self.world, tenant) == []


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
    if EXPLORES:
        # It takes longer than what hangs otherwise.
        faulthandler.cancel_dump_traceback_later()

    class Machine(BookMachine):
        pass

    Machine.runner, Machine.world, Machine.seen = runner, world, set()
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None)
    )
    assert Machine.seen >= SEEN
