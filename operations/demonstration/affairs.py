"""What a group of the demonstration does beside its meetings' money: offices, cycles, votes, and what is let off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid5

from domain.groups import Frequency
from domain.groups.cycles import EndCycle, StartCycle, end_cycle, start_cycle
from domain.meetings.rollcall import RecordRollCall
from domain.meetings.votes import THERE, VoteKind, VoteMethod
from domain.meetings.voting import (
    BallotItem,
    OpenVote,
    OptionCount,
    RecordBallots,
    RecordVote,
    open_vote,
    record_ballots,
    record_vote,
)
from domain.members import AssignPosition, ClaimMembership, Position, assign_position, claim_membership
from domain.savings.dues import DueKind
from domain.savings.waivers import DecideWaiver, RequestWaiver, decide_waiver, request_waiver
from domain.service import Command, Service
from operations.demonstration.draws import chance
from operations.demonstration.groups import SHOWCASE, Sketch
from operations.demonstration.members import OFFICERS, PLAIN_NUMBER, Person, group_id

__all__ = [
    "Step",
    "claim_of",
    "claimants_of",
    "cycle_begins",
    "cycle_ends",
    "election",
    "offices",
    "question_of_today",
    "waivers_asked_for",
    "waivers_decided",
]

Step = tuple[Service[Any], Command]
"""A command with its service."""

_CYCLE = timedelta(days=364)
_CYCLE_OVER_PERCENT = 20
_CLAIMANTS_COUNT = 2
_REASONS = ("The house burnt down.", "A child was in hospital for a month.")


def _founders(members: tuple[Person, ...]) -> list[Person]:
    """Those who were there from the beginning and hold no role."""
    return [each for each in members if each.late_percent == 0 and each.number not in (*OFFICERS, PLAIN_NUMBER)]


def claimants_of(sketch: Sketch, members: tuple[Person, ...]) -> tuple[Person, ...]:
    """Members of the showcase whom the group entered with their phone numbers, and who signed up themselves."""
    if sketch is not SHOWCASE:
        return ()
    return tuple(each for each in _founders(members) if each.phone is not None)[:_CLAIMANTS_COUNT]


def claim_of(sketch: Sketch, person: Person) -> Step:
    """Her wish to be the member with her number."""
    return claim_membership, ClaimMembership(group_id=group_id(sketch), idempotency_key=uuid5(person.id, "claim"))


def offices(sketch: Sketch, members: tuple[Person, ...], joined_on: date) -> Iterator[Step]:
    """Who keeps the box, who its keys, and who counts the money: nobody of the committee."""
    for position, person in zip(Position, reversed(_founders(members)), strict=False):
        yield (
            assign_position,
            AssignPosition(
                group_id=group_id(sketch),
                idempotency_key=uuid5(group_id(sketch), f"position {position}"),
                member_id=person.id,
                position=position,
                starts_on=joined_on,
            ),
        )


def cycle_begins(sketch: Sketch, first_on: date) -> Step:
    """The cycle that begins with the first meeting."""
    wish = StartCycle(
        group_id=group_id(sketch),
        idempotency_key=uuid5(group_id(sketch), "cycle 1"),
        starts_on=first_on,
        planned_end_on=first_on + _CYCLE,
    )
    return start_cycle, wish


def cycle_ends(sketch: Sketch, last_on: date) -> Iterator[Step]:
    """The end of the cycle, where the group is about to share out: those that meet monthly, and some others."""
    is_over = sketch.frequency is Frequency.MONTHLY or chance(_CYCLE_OVER_PERCENT, sketch.name, "cycle over")
    if sketch is not SHOWCASE and is_over:
        this = group_id(sketch)
        wish = EndCycle(
            group_id=this,
            idempotency_key=uuid5(this, "end of cycle 1"),
            cycle_id=uuid5(this, "cycle 1"),
            expected_version=1,
            ended_on=last_on,
        )
        yield end_cycle, wish


def election(roll: RecordRollCall, members: tuple[Person, ...]) -> Iterator[Step]:
    """Whom the meeting chose of three to keep the box, by slips of paper."""
    vote = uuid5(roll.meeting_id, "election")
    there = sum(item.status in THERE for item in roll.items)
    asked = OpenVote(
        group_id=roll.group_id,
        idempotency_key=vote,
        meeting_id=roll.meeting_id,
        question="Who is to keep the box until the share-out?",
        kind=VoteKind.CHOICE,
        options=tuple(person.name for person in list(reversed(_founders(members)))[:3]),
    )
    most, some = there // 2 + 1, there // 4
    counted = RecordVote(
        group_id=roll.group_id,
        idempotency_key=uuid5(vote, "count"),
        vote_id=vote,
        expected_version=1,
        counts=tuple(OptionCount(option=n, votes=count) for n, count in enumerate((most, some, 1), 1)),
        abstained=there - most - some - 1,
    )
    yield open_vote, asked
    yield record_vote, counted


def question_of_today(roll: RecordRollCall) -> Iterator[Step]:
    """A question of the meeting that goes on, with the ballots of whoever is there."""
    vote = uuid5(roll.meeting_id, "vote")
    asked = OpenVote(
        group_id=roll.group_id,
        idempotency_key=vote,
        meeting_id=roll.meeting_id,
        question="Shall each of us pay 50 more for the roof of the school?",
        method=VoteMethod.BALLOTS,
    )
    ballots = tuple(
        BallotItem(member_id=item.member_id, option=_answer(item.member_id))
        for item in roll.items
        if item.status in THERE
    )
    written = RecordBallots(
        group_id=roll.group_id,
        idempotency_key=uuid5(vote, "ballots"),
        vote_id=vote,
        expected_version=1,
        items=ballots,
    )
    yield open_vote, asked
    yield record_ballots, written


def _answer(*of: object) -> int | None:
    if chance(10, *of, "abstains"):
        return None
    return 1 if chance(70, *of, "for") else 2


def waivers_asked_for(sketch: Sketch, members: tuple[Person, ...], on: date) -> Iterator[Step]:
    """What the showcase is to let two members off of the social fund; one of them waits to be decided."""
    if sketch is SHOWCASE:
        for person, reason in zip(_founders(members), _REASONS, strict=False):
            yield (
                request_waiver,
                RequestWaiver(
                    group_id=group_id(sketch),
                    idempotency_key=uuid5(person.id, "waiver"),
                    member_id=person.id,
                    kind=DueKind.SOCIAL_FUND,
                    amount=4 * Decimal(sketch.social_fund),
                    counts_on=on,
                    reason=reason,
                ),
            )


def waivers_decided(sketch: Sketch, members: tuple[Person, ...]) -> Iterator[Step]:
    """What another officer decided on the first of them."""
    if sketch is SHOWCASE:
        first = _founders(members)[0]
        yield (
            decide_waiver,
            DecideWaiver(
                group_id=group_id(sketch),
                idempotency_key=uuid5(first.id, "waiver decided"),
                waiver_id=uuid5(first.id, "waiver"),
                expected_version=1,
                is_approved=True,
            ),
        )
