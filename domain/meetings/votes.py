"""What a vote is, how its result follows from what was counted, and why one is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.meetings.records import Meeting
from domain.meetings.rollcall import AttendanceStatus

__all__ = [
    "BALLOTS_MAX",
    "OPTIONS_MAX",
    "OPTIONS_MIN",
    "OPTION_MAX",
    "QUESTION_MAX",
    "THERE",
    "YES_OR_NO",
    "BallotsEmpty",
    "BallotsTooMany",
    "CountsIncomplete",
    "MoreVotesThanPresent",
    "NewVote",
    "OptionNumberUnknown",
    "OptionTwice",
    "OptionsNotAsked",
    "OptionsOutOfRange",
    "QuorumMissing",
    "Vote",
    "VoteFacts",
    "VoteKind",
    "VoteMethod",
    "VoteNotFound",
    "VoteResult",
    "VoteStore",
    "VoterNotPresent",
    "VoterTwice",
    "VotesNegative",
    "VotesTakenOtherwise",
    "result_of",
]

QUESTION_MAX = 500
"""The longest question, in characters."""
OPTION_MAX = 120
"""The longest option, in characters."""
OPTIONS_MIN, OPTIONS_MAX = 2, 20
"""How many options a question may have that is not answered with yes or no."""
BALLOTS_MAX = 200
"""The most ballots that one sheet may hold."""

YES_OR_NO = ("YES", "NO")
"""The options of a question that is answered with yes or no, in their order."""

THERE = frozenset({AttendanceStatus.PRESENT, AttendanceStatus.LATE, AttendanceStatus.REPRESENTED})
"""With which status on the roll a member may vote; whoever came in her place votes for her."""


class VoteKind(StrEnum):
    """What is asked."""

    YES_NO = "YES_NO"
    CHOICE = "CHOICE"


class VoteMethod(StrEnum):
    """How votes are taken: counted only, or written down for each member."""

    HANDS = "HANDS"
    BALLOTS = "BALLOTS"


class VoteResult(StrEnum):
    """What came out."""

    UNDECIDED = "UNDECIDED"
    """Nothing was counted."""
    CARRIED = "CARRIED"
    LOST = "LOST"
    TIED = "TIED"
    """As many for as against, or two options with the most: nothing was decided."""
    CHOSEN = "CHOSEN"


def result_of(kind: VoteKind, votes: Sequence[int] | None) -> tuple[VoteResult, int | None]:
    """What came out, and the number of the option that won, counted from 1; None where none did.

    More for than against carries a question, and the most votes choose an option; who abstained does not count.

    Args:
        kind: What was asked.
        votes: How many votes each option has, in their order; None where nothing was counted.
    """
    if votes is None:
        return VoteResult.UNDECIDED, None
    most = max(votes)
    if votes.count(most) > 1:
        return VoteResult.TIED, None
    winner = votes.index(most) + 1
    if kind is VoteKind.CHOICE:
        return VoteResult.CHOSEN, winner
    return (VoteResult.CARRIED if winner == 1 else VoteResult.LOST), winner


@dataclass(eq=False)
class VoteNotFound(DomainError):
    """The group has no such vote."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has put no such question to the vote: check the vote's id."


@dataclass(eq=False)
class OptionsOutOfRange(DomainError):
    """A question with named options has too few of them, or too many."""

    minimum: int
    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Name {self.minimum} to {self.maximum} options."


@dataclass(eq=False)
class OptionsNotAsked(DomainError):
    """Options are named of a question that is answered with yes or no."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This question is answered with yes or no: leave the options out, or let members choose among them."


@dataclass(eq=False)
class OptionTwice(DomainError):
    """Two options have one name, or one option is counted twice."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This option is there already: give each once."


@dataclass(eq=False)
class OptionNumberUnknown(DomainError):
    """The question has no option with this number."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The question has the options 1 to {self.maximum}: give one of these numbers."


@dataclass(eq=False)
class CountsIncomplete(DomainError):
    """Not every option was counted."""

    expected: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Count the votes for each of the {self.expected} options, also where there were none."


@dataclass(eq=False)
class VotesNegative(DomainError):
    """A count is below zero."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give how many there were, or 0."


@dataclass(eq=False)
class VotesTakenOtherwise(DomainError):
    """Hands were counted where ballots are written down, or the other way round.

    Attributes:
        method: How this vote is taken.
    """

    code = ErrorCode.NOT_ALLOWED

    method: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.method == VoteMethod.HANDS:
            return "This vote is taken by a count: give how many voted for each option."
        return "This vote is taken member by member: give the ballot of each."


@dataclass(eq=False)
class QuorumMissing(DomainError):
    """By the roll too few are there to decide.

    Attributes:
        present: How many are there, or represented.
        needed: How many the constitution wants.
    """

    code = ErrorCode.NOT_ALLOWED

    present: int
    needed: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"By the roll {self.present} members are there or represented, and the constitution (version "
            f"{self.constitution_version}) wants {self.needed} to decide: complete the roll, or put it to the next "
            "meeting."
        )


@dataclass(eq=False)
class MoreVotesThanPresent(DomainError):
    """More votes were counted than members are there.

    Attributes:
        present: How many are there by the roll, or represented.
        counted: How many votes were counted.
    """

    code = ErrorCode.NOT_ALLOWED

    present: int
    counted: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"{self.counted} votes were counted, and by the roll {self.present} members are there or represented: "
            "count again, or complete the roll."
        )


@dataclass(eq=False)
class VoterNotPresent(DomainError):
    """The roll does not say that the member is there or represented."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "By the roll this member is neither there nor represented, so she has no vote: check the roll."


@dataclass(eq=False)
class VoterTwice(DomainError):
    """The sheet holds two ballots of one member."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This member is on the sheet already: give her ballot once."


@dataclass(eq=False)
class BallotsEmpty(DomainError):
    """The sheet holds no ballot."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give at least one ballot."


@dataclass(eq=False)
class BallotsTooMany(DomainError):
    """The sheet holds more ballots than one request may."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give at most {self.maximum} ballots in one request, and the rest in the next."


@dataclass(frozen=True, slots=True)
class NewVote:
    """A question about to be put to the vote.

    Attributes:
        number: Its place among the meeting's.
        options: What may be voted for, in their order.
    """

    id: UUID
    group_id: UUID
    meeting_id: UUID
    number: int
    question: str
    kind: VoteKind
    method: VoteMethod
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote as services see it."""

    id: UUID
    meeting_id: UUID
    method: VoteMethod
    options_count: int
    version: int


@dataclass(frozen=True, slots=True)
class VoteFacts:
    """What counting is checked against, read at once.

    Attributes:
        meeting: The meeting.
        present: The members who are there by the roll, or represented.
        needed: How many the constitution wants; 0 where any number decides, as in a committee.
        constitution_version: The version that says so.
    """

    vote: Vote
    meeting: Meeting
    present: frozenset[UUID]
    needed: int
    constitution_version: int


class VoteStore(Protocol):
    """Where votes are kept."""

    async def is_known(self, group_id: UUID, vote_id: UUID) -> bool:
        """Whether the group has a vote with this id."""

    async def next_number(self, group_id: UUID, meeting_id: UUID) -> int:
        """One more than the highest number in the meeting."""

    async def put(self, vote: NewVote) -> None:
        """Keep the question."""

    async def facts(self, group_id: UUID, vote_id: UUID) -> VoteFacts | None:
        """What counting is checked against; None where the group has no such vote."""

    async def count(self, group_id: UUID, vote_id: UUID, hands: Sequence[int], abstained: int) -> None:
        """Keep how many voted for each option, in their order; the vote's version grows by one."""

    async def record(self, group_id: UUID, vote_id: UUID, ballots: Mapping[UUID, int | None]) -> None:
        """Keep the option of each member, None of who abstained, in place of what she had; the version grows by one."""
