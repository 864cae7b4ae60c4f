"""Histories of a group beside the plain model: how they begin, what goes on in meetings, and who drafts what."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from domain.identifiers import derived_id, new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.adjusting import AdjustableBalance, AdjustmentDirection, DraftAdjustment, draft_adjustment
from domain.ledger.deciding import DiscardDraft, PostDraft, draft_discard, draft_post
from domain.ledger.manual import DraftEntry, draft_entry
from domain.meetings import CashCount, CloseMeeting, Moment, OpenMeeting, close_meeting, open_meeting
from domain.savings import ContributionItem, ContributionKind, RecordContributions, record_contributions
from persistence.constraints import RefusalState
from tests.ledger.clerk import MEMBERS, SHARE_CENTS, Clerk
from tests.ledger.drafting import credit, debit
from tests.ledger.model import (
    CONTRIBUTIONS,
    DENIED,
    FOR_TWO,
    MEETING_CLOSED,
    MEMBER_TOO_SMALL,
    MOVES,
    OFFICERS,
    PERIOD_CLOSED,
    PLACES,
    At,
    Draft,
    Event,
    Kept,
    Meeting,
    Model,
)
from tests.ledger.moving import today
from tests.support.world import World

__all__ = ["DAYS", "POSTED", "DraftsMachine", "MeetingsMachine"]

DAYS = 12

KINDS = {
    "shares": ContributionKind.SHARE,
    "savings": ContributionKind.SAVINGS,
    "social_fund": ContributionKind.SOCIAL_FUND,
}


def _fitted(event: Event) -> Event:
    """Shares cost whole shares, money goes somewhere else than where it is, and each event is of its fund."""
    if event.what == "shares":
        event = replace(event, cents=max(1, event.cents // SHARE_CENTS) * SHARE_CENTS)
    if event.place is event.to_place:
        event = replace(event, to_place=Place.MOBILE_MONEY)
    if event.member == event.other:
        event = replace(event, other=(event.member + 1) % MEMBERS)
    if event.what == "transfer":
        return event
    return replace(event, fund=Fund.SOCIAL_FUND if event.what in ("social_fund", "grant") else Fund.LOAN_FUND)


def _events(*names: str) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        st.sampled_from(names),
        member=st.integers(0, MEMBERS - 1),
        cents=st.integers(1, 30_000),
        fund=st.sampled_from(Fund),
        place=st.sampled_from([Place.BOX, Place.BOX, Place.BANK]),
        to_place=st.sampled_from([Place.BANK, Place.MOBILE_MONEY]),
        other=st.integers(0, MEMBERS - 1),
        days_ago=st.integers(0, DAYS),
    ).map(_fitted)


PAID_IN = _events(*CONTRIBUTIONS)
# A deposit that no contribution stands beside would be found by the verification.
POSTED = _events(*(name for name in (*MOVES, "transfer") if name not in (*CONTRIBUTIONS, *FOR_TWO)))
DRAFTED = _events(*FOR_TWO)
COUNTED = st.dictionaries(st.sampled_from(PLACES), st.integers(-20_000, 5_000), max_size=2)


class MeetingsMachine(RuleBasedStateMachine):
    """A group that meets.

    Attributes:
        seen: What happened in any history, so that a test can tell whether it looked at anything.
    """

    world: ClassVar[World]
    runner: ClassVar[asyncio.Runner]
    seen: ClassVar[set[str]]

    @initialize(seed=st.integers(0, 2**32), days_ago=st.integers(2, DAYS), sheet=st.lists(PAID_IN, min_size=3))
    def begin(self, seed: int, days_ago: int, sheet: list[Event]) -> None:
        """The first meeting is open, and something was paid in."""
        self.moments = random.Random(seed)  # noqa: S311 - what is looked at is no secret
        self.clerk = Clerk(self.runner, self.world)
        self.model = Model(today())
        self.open_meeting(days_ago)
        self._pay_in(self.model.meetings[0], sheet)

    @rule(days_ago=st.integers(0, DAYS))
    def open_meeting(self, days_ago: int) -> None:
        wish = self._wish(OpenMeeting, held_on=self._on(days_ago))
        found = self.clerk.ask("secretary", open_meeting, wish)
        if days_ago >= self.model.closed_days_ago:
            assert found == PERIOD_CLOSED
        elif self.model.open_meeting is not None:
            assert found == "OTHER_MEETING_OPEN"
        else:
            assert found is None
            there = {at: self.model.cash(at) for at in PLACES}
            self.model.meetings.append(Meeting(wish.meeting_id, days_ago, there))

    @precondition(lambda self: self.model.meetings)
    @rule(data=st.data(), sheet=st.lists(PAID_IN, min_size=1, max_size=4))
    def pay_in(self, data: st.DataObject, sheet: list[Event]) -> None:
        """The last meeting mostly, which may be open."""
        meeting = data.draw(st.sampled_from([*self.model.meetings, *[self.model.meetings[-1]] * 5]))
        self._pay_in(meeting, sheet)

    def _pay_in(self, meeting: Meeting, sheet: list[Event]) -> None:
        batch = self.model.keep([replace(each, days_ago=meeting.days_ago, meeting=meeting.id) for each in sheet])
        found = self.clerk.ask(
            "treasurer",
            record_contributions,
            RecordContributions(
                group_id=self.clerk.group.id,
                idempotency_key=batch[0].key,
                meeting_id=meeting.id,
                items=tuple(self._item(kept) for kept in batch),
            ),
        )
        if not meeting.is_open:
            assert found == MEETING_CLOSED
            self.seen.add("pay into a closed meeting")
        else:
            assert found is None
            self.model.take(batch)

    @precondition(lambda self: any(not meeting.is_open for meeting in self.model.meetings))
    @rule(data=st.data(), event=POSTED)
    def post_into_a_closed_meeting(self, data: st.DataObject, event: Event) -> None:
        """The database refuses it, whatever the services say."""
        meeting = data.draw(st.sampled_from([each for each in self.model.meetings if not each.is_open]))
        batch = self.model.keep([replace(event, days_ago=meeting.days_ago, meeting=meeting.id)])
        assert self.clerk.post(self.model, batch) == RefusalState.CONFLICT

    @precondition(lambda self: self.model.open_meeting)
    @rule(opening=COUNTED, closing=COUNTED)
    def close_meeting(self, opening: dict[At, int], closing: dict[At, int]) -> None:
        meeting = self.model.open_meeting
        assert meeting is not None
        first, differences = self._counted(Moment.OPENING, meeting.cash, opening)
        left = {at: self.model.cash(at) + differences.get(at, 0) for at in PLACES}
        last, more = self._counted(Moment.CLOSING, left, closing)
        wish = self._wish(
            CloseMeeting, meeting_id=meeting.id, expected_version=1, opening_counts=first, closing_counts=last
        )
        found = self.clerk.ask("secretary", close_meeting, wish)
        left = {at: cents + more.get(at, 0) for at, cents in left.items()}
        if any(left[at] < min(self.model.cash(at), self.model.held(at)) for at in PLACES):
            assert found == "COUNT_BELOW_HELD"
            self.seen.add("close while money set aside is missing")
            return
        assert found is None
        meeting.is_open = False
        for moment, moved in ((Moment.OPENING, differences), (Moment.CLOSING, more)):
            for at, cents in moved.items():
                event = Event("difference", 0, cents, at[0], at[1], days_ago=meeting.days_ago, meeting=meeting.id)
                entry = derived_id(wish.idempotency_key, f"{moment} {at[0]} {at[1]}")
                self.model.take([Kept(entry, event, wish.idempotency_key, actor="secretary")])
                self.seen.add(f"a difference at the {moment}")

    def _counted(
        self, moment: Moment, expected: dict[At, int], wrong: dict[At, int]
    ) -> tuple[tuple[CashCount, ...], dict[At, int]]:
        """What is counted where something is or should be, and how much more it is than expected, in that order."""
        counts, differences = [], {}
        for at in PLACES:
            counted = max(0, expected[at] + wrong.get(at, 0))
            if counted != expected[at]:
                differences[at] = counted - expected[at]
            if counted or expected[at]:
                reason = f"Counted at the {moment}" if at in differences else None
                counts.append(CashCount(*at, self.clerk.money(counted).amount, reason))
        return tuple(counts), differences

    def _item(self, kept: Kept) -> ContributionItem:
        event = kept.event
        is_share = event.what == "shares"
        return ContributionItem(
            id=kept.id,
            member_id=self.clerk.group.members[event.member],
            kind=KINDS[event.what],
            shares=event.cents // SHARE_CENTS if is_share else None,
            amount=None if is_share else self.clerk.amount(event),
            place=event.place,
        )

    def _wish(self, command: type[Any], **fields: Any) -> Any:
        return command(group_id=self.clerk.group.id, idempotency_key=new_id(), **fields)

    def _on(self, days_ago: int) -> date:
        return self.model.today - timedelta(days=days_ago)

    def _placed(self, event: Event, *, in_meeting: bool) -> Event:
        """The event as one of the open meeting, if there is one and it is to be."""
        meeting = self.model.open_meeting
        if meeting is None or not in_meeting:
            return event
        return replace(event, days_ago=meeting.days_ago, meeting=meeting.id)


class DraftsMachine(MeetingsMachine):
    """A group whose officers draft entries for each other."""

    @rule(event=DRAFTED, who=st.sampled_from(OFFICERS), in_meeting=st.booleans())
    def draft(self, event: Event, who: str, *, in_meeting: bool) -> None:
        event = self._placed(event, in_meeting=in_meeting)
        group, amount = self.clerk.group, str(self.clerk.amount(event))
        where = {"meeting_id": event.meeting, "on": None if event.meeting else self._on(event.days_ago)}
        member = group.members[event.member]
        if event.what in ("lent", "passed"):
            lines = (
                (debit(group.cash(event.fund, event.place), amount), credit(group.account("2200"), amount))
                if event.what == "lent"
                else (
                    debit(group.account("2100"), amount, member_id=member),
                    credit(group.account("2100"), amount, member_id=group.members[event.other]),
                )
            )
            wish = self._wish(DraftEntry, lines=lines, description="As agreed", **where)
            found = self.clerk.ask(who, draft_entry, wish)
        else:
            direction = AdjustmentDirection.UP if event.what == "adjusted_up" else AdjustmentDirection.DOWN
            wish = self._wish(
                DraftAdjustment,
                member_id=member,
                balance=AdjustableBalance.SAVINGS,
                direction=direction,
                amount=Decimal(amount),
                reason="As agreed",
                **where,
            )
            found = self.clerk.ask(who, draft_adjustment, wish)
        if event.days_ago >= self.model.closed_days_ago:
            assert found == PERIOD_CLOSED
        elif self._adjusts_too_much(event):
            assert found == MEMBER_TOO_SMALL
        else:
            assert found is None
            self.model.drafts[wish.draft_id] = Draft(event, who)

    def _adjusts_too_much(self, event: Event) -> bool:
        has = self.model.balances["member", str(event.member), "savings"]
        return event.what == "adjusted_down" and event.cents > has

    @precondition(lambda self: self.model.drafts)
    @rule(data=st.data(), who=st.sampled_from(OFFICERS))
    def post_draft(self, data: st.DataObject, who: str) -> None:
        self._post_draft(data.draw(st.sampled_from(sorted(self.model.drafts))), who)

    @rule(event=DRAFTED, officers=st.permutations(OFFICERS), in_meeting=st.booleans())
    def draft_for_another(self, event: Event, officers: list[str], *, in_meeting: bool) -> None:
        """One drafts, and tries to post it; another does."""
        known = set(self.model.drafts)
        self.draft(event, officers[0], in_meeting=in_meeting)
        for draft_id in self.model.drafts.keys() - known:
            for who in officers[:2]:
                self._post_draft(draft_id, who)

    def _post_draft(self, draft_id: UUID, who: str) -> None:
        draft = self.model.drafts[draft_id]
        wish = self._wish(PostDraft, draft_id=draft_id, expected_version=1)
        found = self.clerk.ask(who, draft_post, wish)
        refusal = self._draft_refusal(draft, who)
        assert found == refusal
        if refusal is not None:
            self.seen.add(refusal)
            return
        draft.status = "POSTED"
        self.model.take([Kept(draft_id, draft.event, wish.idempotency_key, draft.sign, who)])
        if draft.reverses is not None:
            draft.reverses.is_reversed = True
        self.seen.add("post a draft of a reversal" if draft.reverses else "post a draft")

    def _draft_refusal(self, draft: Draft, who: str) -> str | None:
        original = draft.reverses
        reasons = (
            (draft.status != "OPEN", "DRAFT_DECIDED"),
            (who not in draft.event.posters, DENIED),
            (draft.drafter == who, "DRAFTED_BY_YOURSELF"),
            (not self.model.is_open(draft.event.meeting), MEETING_CLOSED),
            (original is not None and original.is_reversed, "ENTRY_ALREADY_REVERSED"),
            (original is None and self._adjusts_too_much(draft.event), MEMBER_TOO_SMALL),
        )
        found = next((reason for is_so, reason in reasons if is_so), None)
        return found or self.model.refusal([(draft.event, draft.sign)])

    @precondition(lambda self: self.model.drafts)
    @rule(data=st.data(), who=st.sampled_from(OFFICERS))
    def discard_draft(self, data: st.DataObject, who: str) -> None:
        draft_id = data.draw(st.sampled_from(sorted(self.model.drafts)))
        draft = self.model.drafts[draft_id]
        found = self.clerk.ask(who, draft_discard, self._wish(DiscardDraft, draft_id=draft_id, expected_version=1))
        assert found == (None if draft.status == "OPEN" else "DRAFT_DECIDED")
        draft.status = "DISCARDED" if draft.status == "OPEN" else draft.status
