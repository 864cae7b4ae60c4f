"""Votes in the schema: a question, what was counted, and what came out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.meetings.votes import VoteKind, VoteMethod, VoteResult, result_of
from domain.meetings.voting import OpenVote, RecordBallots, RecordVote, open_vote, record_ballots, record_vote
from domain.service import Service
from graph.connections import Connection
from graph.engine import RowType, computed
from graph.enums import described
from graph.limits import ListSize, free
from graph.meetings import Meeting
from graph.members import Member
from graph.mutations import command_mutation
from graph.permissions import key_of
from graph.relations import relation
from graph.vote_lists import LazyBallot, vote_ballots
from persistence.reads.meetings import load_meetings
from persistence.reads.members import load_members
from persistence.reads.votes import load_ballot_counts, load_votes

__all__ = ["Ballot", "Vote", "ballots_record", "vote_open", "vote_record"]

OPTIONS_SIZE = 4
"""What the list is taken for when the cost of an operation is counted."""

described(
    VoteKind,
    "What is asked in a vote.",
    {
        "YES_NO": "A question that is answered with yes or no: for or against.",
        "CHOICE": "Which of several options, such as persons who stand for election.",
    },
)
described(
    VoteMethod,
    "How votes are taken.",
    {
        "HANDS": "They are counted: hands, or slips of paper (secret ballot).",
        "BALLOTS": "What each member votes for is written down (roll-call vote).",
    },
)
described(
    VoteResult,
    "What came out of a vote.",
    {
        "UNDECIDED": "Nothing was counted.",
        "CARRIED": "More for than against (passed).",
        "LOST": "More against than for (rejected).",
        "TIED": "As many for as against, or two options with the most: nothing was decided.",
        "CHOSEN": "One option had the most votes (elected).",
    },
)


@strawberry.type(description="An option of a vote, and how many voted for it.", directives=[free])
class VoteOption:
    """An option."""

    number: int = strawberry.field(description="The option's number, from 1; of yes and no, yes is 1.")
    name: str = strawberry.field(description="What is voted for; YES (for) or NO (against).")
    votes: int = strawberry.field(description="How many voted for it.")


@strawberry.type(description="What was counted in a vote, and what came out (tally).", directives=[free])
class VoteTally:
    """A tally."""

    options: list[VoteOption] = strawberry.field(
        description="Each option, in their order.", directives=[ListSize(assumed_size=OPTIONS_SIZE)]
    )
    abstained: int = strawberry.field(description="How many were there and voted for none.")
    result: VoteResult = strawberry.field(description="What came out; who abstained does not count.")
    winner: VoteOption | None = strawberry.field(description="The option with the most votes; null where none has.")


TallyKey = tuple[tuple[UUID, UUID], VoteKind, tuple[str, ...], tuple[int, ...] | None, int]


def _tally_key(row: Any) -> TallyKey:
    is_counted = row["method"] == VoteMethod.HANDS and row["hands"] is not None
    hands = tuple(row["hands"]) if is_counted else None
    return key_of(row), VoteKind(row["kind"]), tuple(row["options"]), hands, row["abstained"] or 0


async def _load_tallies(snapshot: Any, keys: Any) -> list[dict[str, Any]]:
    # What was counted by hand stands in the row; only ballots are to be counted here.
    written = [key[0] for key in keys if key[3] is None]
    counts = dict(zip(written, await load_ballot_counts(snapshot, written), strict=True)) if written else {}
    return [_tally(kind, names, hands, abstained, counts.get(key, {})) for key, kind, names, hands, abstained in keys]


def _tally(
    kind: VoteKind, names: tuple[str, ...], hands: tuple[int, ...] | None, abstained: int, ballots: dict[int, int]
) -> dict[str, Any]:
    if hands is None and ballots:
        hands = tuple(ballots.get(number, 0) for number in range(1, len(names) + 1))
        abstained = ballots.get(0, 0)
    result, winner = result_of(kind, hands)
    votes = hands or (0,) * len(names)
    options = [
        {"number": number, "name": name, "votes": count}
        for number, (name, count) in enumerate(zip(names, votes, strict=True), 1)
    ]
    chosen = None if winner is None else options[winner - 1]
    return {"options": options, "abstained": abstained, "result": result.value, "winner": chosen}


@strawberry.type(description="A question that was put to the vote in a meeting (motion, resolution, election).")
class Vote(RowType):
    """A vote."""

    id: strawberry.ID = strawberry.field(description="The vote's id, by which what it decided may refer to it.")
    number: int = strawberry.field(description="Its place among the meeting's, from 1.")
    question: str = strawberry.field(description="What was asked, as it was read out.")
    kind: VoteKind = strawberry.field(description="What is asked.")
    method: VoteMethod = strawberry.field(description="How votes are taken.")
    tally: VoteTally = relation(_load_tallies, _tally_key, "What was counted, and what came out.")
    put_at: datetime = strawberry.field(description="When it was put.")
    put_by: strawberry.ID = strawberry.field(description="The user who wrote it down.")
    counted_at: datetime | None = strawberry.field(description="When votes were counted or written down last.")
    counted_by: strawberry.ID | None = strawberry.field(description="The user who did.")
    version: int = strawberry.field(description="Grows with every count; give it back as `expectedVersion`.")
    meeting: Meeting = relation(load_meetings, lambda row: (row["tenant_id"], row["meeting_id"]), "The meeting.")
    ballots: Connection[LazyBallot] = vote_ballots(key_of)


@strawberry.type(description="What one member voted for.")
class Ballot(RowType):
    """A ballot."""

    option: int | None = computed(
        lambda row: row["option"] or None, description="The option's number, from 1; null where she abstained."
    )
    option_name: str | None = computed(
        lambda row: row["options"][row["option"] - 1] if row["option"] else None,
        description="What the option is called; null where she abstained.",
    )
    is_by_representative: bool = computed(
        lambda row: row["is_represented"],
        description="Whether whoever came in her place voted for her (proxy), by the roll.",
    )
    recorded_at: datetime = strawberry.field(description="When it was written down, or changed last.")
    recorded_by: strawberry.ID = strawberry.field(description="The user who wrote or changed it last.")
    member: Member = relation(load_members, lambda row: (row["tenant_id"], row["member_id"]), "The member.")
    vote: Vote = relation(load_votes, lambda row: (row["tenant_id"], row["vote_id"]), "What was asked.")


_KEY_WORDS = "Made by the client, new for each wish; repeats carry the same."


@strawberry.input(description="A question to be put to the vote.")
class VoteOpenInput:
    """The input of `voteOpen`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY_WORDS)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The vote's id, if the client makes it; otherwise the idempotency key is."
    )
    meeting_id: strawberry.ID = strawberry.field(description="The meeting, which must be open.")
    question: str = strawberry.field(description="What is asked, up to 500 characters.")
    kind: VoteKind | None = strawberry.field(default=strawberry.UNSET, description="What is asked; YES_NO if left out.")
    method: VoteMethod | None = strawberry.field(
        default=strawberry.UNSET, description="How votes are taken; HANDS if left out."
    )
    options: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="What members choose among, 2 to 20; only where the kind is CHOICE."
    )


@strawberry.input(description="How many voted for an option.")
class OptionCountInput:
    """One of `counts`."""

    option: int = strawberry.field(description="The option's number, from 1; of yes and no, yes is 1.")
    votes: int = strawberry.field(description="How many there were; 0 where there were none.")


@strawberry.input(description="The votes that were counted.")
class VoteRecordInput:
    """The input of `voteRecord`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY_WORDS)
    vote_id: strawberry.ID = strawberry.field(description="The vote, taken by HANDS.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    counts: list[OptionCountInput] = strawberry.field(description="One for each option.")
    abstained: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many were there and voted for none; 0 if left out."
    )


@strawberry.input(description="What one member voted for.")
class BallotItemInput:
    """One of `items`."""

    member_id: strawberry.ID = strawberry.field(
        description="The member, who is there by the roll or whom somebody represents."
    )
    option: int | None = strawberry.field(
        default=strawberry.UNSET, description="The option's number, from 1; leave it out where she abstained."
    )


@strawberry.input(description="What members voted for, all of them or some.")
class BallotsRecordInput:
    """The input of `ballotsRecord`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY_WORDS)
    vote_id: strawberry.ID = strawberry.field(description="The vote, taken by BALLOTS.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    items: list[BallotItemInput] = strawberry.field(
        description="The ballots, up to 200. One of a member who has one already takes its place."
    )


def _key(command: Any, outcome: Any) -> tuple[UUID, UUID]:
    return command.group_id, outcome.id or command.vote_id


def _mutation(service: Service[Any], given: Any, command: type, description: str, **options: Any) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="vote",
        record_type=Vote,
        load=load_votes,
        key=_key,
        description=description,
        **options,
    )


vote_open = _mutation(
    open_vote, VoteOpenInput, OpenVote, "Put a question to the vote in an open meeting (motion, resolution, election)."
)
vote_record = _mutation(
    record_vote,
    VoteRecordInput,
    RecordVote,
    "Record how many voted for each option, by a show of hands or by slips of paper. Enough must be there by the roll "
    "(quorum), and no more vote than are there. A second count takes the place of the first.",
    shows_current=True,
)
ballots_record = _mutation(
    record_ballots,
    BallotsRecordInput,
    RecordBallots,
    "Write down what members voted for (roll-call vote). Enough must be there by the roll (quorum); who is not there, "
    "and not represented, has no vote. The sheet stands as a whole or not at all.",
    shows_current=True,
)
