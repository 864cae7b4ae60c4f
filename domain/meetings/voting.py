"""Votes: a question is put in an open meeting, and its votes are counted or written down member by member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import faults_at
from domain.meetings.records import OPENNESS_ERRORS, MeetingNotFound, VersionStale, check_open, require_open
from domain.meetings.votes import (
    BALLOTS_MAX,
    OPTION_MAX,
    OPTIONS_MAX,
    OPTIONS_MIN,
    QUESTION_MAX,
    YES_OR_NO,
    BallotsEmpty,
    BallotsTooMany,
    CountsIncomplete,
    MoreVotesThanPresent,
    NewVote,
    OptionNumberUnknown,
    OptionsNotAsked,
    OptionsOutOfRange,
    OptionTwice,
    QuorumMissing,
    VoteFacts,
    VoteKind,
    VoteMethod,
    VoteNotFound,
    VoterNotPresent,
    VoterTwice,
    VotesNegative,
    VotesTakenOtherwise,
)
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "BallotItem",
    "OpenVote",
    "OptionCount",
    "RecordBallots",
    "RecordVote",
    "open_vote",
    "record_ballots",
    "record_vote",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVote:
    """The wish to put a question to the vote.

    Attributes:
        kind: Whether it is answered with yes or no, or by one of the options.
        method: Whether votes are counted, or written down for each member.
        options: What members choose among; nothing of a question that is answered with yes or no.
    """

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    meeting_id: UUID
    question: str
    kind: VoteKind = VoteKind.YES_NO
    method: VoteMethod = VoteMethod.HANDS
    options: tuple[str, ...] = ()

    @property
    def vote_id(self) -> UUID:
        """The id that the vote will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.vote_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionCount:
    """How many voted for an option, by its number from 1."""

    option: int
    votes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counting:
    """What counting and writing down share."""

    group_id: UUID
    idempotency_key: UUID
    vote_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.vote_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVote(_Counting):
    """The wish to record how many voted for each option; a second count takes the place of the first.

    Attributes:
        counts: One for each option.
        abstained: How many were there and voted for none.
    """

    counts: tuple[OptionCount, ...]
    abstained: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotItem:
    """What one member voted for.

    Attributes:
        option: The number of the option, from 1; None where she abstained.
    """

    member_id: UUID
    option: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBallots(_Counting):
    """The wish to write down what members voted for, all of them or some; a second ballot replaces a member's first."""

    items: tuple[BallotItem, ...]


@service(
    "voteOpen",
    needs=((Resource.VOTE, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        MeetingNotFound,
        *OPENNESS_ERRORS,
        OptionsNotAsked,
        OptionsOutOfRange,
        OptionTwice,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
    ),
)
async def open_vote(work: UnitOfWork, command: OpenVote) -> Outcome:
    """Put a question to the vote in an open meeting."""
    with faults_at("question"):
        question = clean_text(command.question, maximum=QUESTION_MAX)
    options = _options(command)
    meeting = require_open(await work.meetings.find(command.group_id, command.meeting_id))
    if await work.votes.is_known(command.group_id, command.vote_id):
        raise IdAlreadyUsed(path=("id",))
    number = await work.votes.next_number(command.group_id, meeting.id)
    await work.votes.put(
        NewVote(command.vote_id, command.group_id, meeting.id, number, question, command.kind, command.method, options)
    )
    return Outcome(id=command.vote_id)


def _options(command: OpenVote) -> tuple[str, ...]:
    if command.kind is VoteKind.YES_NO:
        if command.options:
            raise OptionsNotAsked(path=("options",))
        return YES_OR_NO
    if not OPTIONS_MIN <= len(command.options) <= OPTIONS_MAX:
        raise OptionsOutOfRange(OPTIONS_MIN, OPTIONS_MAX, path=("options",))
    names: list[str] = []
    for index, each in enumerate(command.options):
        with faults_at("options", str(index)):
            name = clean_text(each, maximum=OPTION_MAX)
            if name.casefold() in (known.casefold() for known in names):
                raise OptionTwice
        names.append(name)
    return tuple(names)


_COUNTING_ERRORS = (VoteNotFound, *OPENNESS_ERRORS, VersionStale, VotesTakenOtherwise, QuorumMissing)


@service(
    "voteRecord",
    needs=((Resource.VOTE, Action.UPDATE),),
    raises=(
        *_COUNTING_ERRORS,
        CountsIncomplete,
        OptionNumberUnknown,
        OptionTwice,
        VotesNegative,
        MoreVotesThanPresent,
    ),
)
async def record_vote(work: UnitOfWork, command: RecordVote) -> Outcome:
    """Record how many voted for each option, by a show of hands or by slips of paper."""
    facts = await _facts(work, command, VoteMethod.HANDS)
    hands = _hands(command, facts.vote.options_count)
    if command.abstained < 0:
        raise VotesNegative(path=("abstained",))
    counted, present = sum(hands) + command.abstained, len(facts.present)
    if counted > present:
        raise MoreVotesThanPresent(present, counted, path=("counts",))
    await work.votes.count(command.group_id, facts.vote.id, hands, command.abstained)
    return Outcome(id=facts.vote.id)


def _hands(command: RecordVote, options_count: int) -> list[int]:
    found: dict[int, int] = {}
    for index, each in enumerate(command.counts):
        if not 1 <= each.option <= options_count:
            raise OptionNumberUnknown(options_count, path=("counts", str(index), "option"))
        if each.option in found:
            raise OptionTwice(path=("counts", str(index), "option"))
        if each.votes < 0:
            raise VotesNegative(path=("counts", str(index), "votes"))
        found[each.option] = each.votes
    if len(found) < options_count:
        raise CountsIncomplete(options_count, path=("counts",))
    return [found[number] for number in range(1, options_count + 1)]


@service(
    "ballotsRecord",
    needs=((Resource.VOTE, Action.UPDATE), (Resource.BALLOT, Action.CREATE), (Resource.BALLOT, Action.UPDATE)),
    raises=(
        *_COUNTING_ERRORS,
        BallotsEmpty,
        BallotsTooMany,
        VoterNotPresent,
        VoterTwice,
        OptionNumberUnknown,
    ),
)
async def record_ballots(work: UnitOfWork, command: RecordBallots) -> Outcome:
    """Write down what members voted for who are there, or whom somebody represents; the sheet stands whole or not."""
    if not command.items:
        raise BallotsEmpty(path=("items",))
    if len(command.items) > BALLOTS_MAX:
        raise BallotsTooMany(BALLOTS_MAX, path=("items",))
    facts = await _facts(work, command, VoteMethod.BALLOTS)
    ballots: dict[UUID, int | None] = {}
    for index, item in enumerate(command.items):
        with faults_at("items", str(index), "memberId"):
            if item.member_id in ballots:
                raise VoterTwice
            if item.member_id not in facts.present:
                raise VoterNotPresent
        if item.option is not None and not 1 <= item.option <= facts.vote.options_count:
            raise OptionNumberUnknown(facts.vote.options_count, path=("items", str(index), "option"))
        ballots[item.member_id] = item.option
    await work.votes.record(command.group_id, facts.vote.id, ballots)
    return Outcome(id=facts.vote.id)


async def _facts(work: UnitOfWork, command: _Counting, method: VoteMethod) -> VoteFacts:
    """What votes are checked against, once it is sure that they may be taken so, and by so many."""
    facts = await work.votes.facts(command.group_id, command.vote_id)
    if facts is None:
        raise VoteNotFound(path=("voteId",))
    with faults_at("voteId"):
        check_open(facts.meeting)
        if facts.vote.method is not method:
            raise VotesTakenOtherwise(facts.vote.method.value)
    if facts.vote.version != command.expected_version:
        raise VersionStale(facts.vote.version, path=("expectedVersion",))
    if len(facts.present) < facts.needed:
        raise QuorumMissing(len(facts.present), facts.needed, facts.constitution_version, path=("voteId",))
    return facts
