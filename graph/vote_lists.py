"""The votes below a meeting, and the ballots below a vote or a member."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.permissions import reading
from persistence.reads.votes import MEETING_VOTES, MEMBER_BALLOTS, VOTE_BALLOTS

if TYPE_CHECKING:
    from graph.votes import Ballot, Vote

__all__ = ["LazyBallot", "LazyVote", "meeting_votes", "member_ballots", "vote_ballots"]

LazyVote = Annotated["Vote", strawberry.lazy("graph.votes")]
LazyBallot = Annotated["Ballot", strawberry.lazy("graph.votes")]
Parent = Callable[[Any], tuple[UUID, UUID]]


def _by_number(first: First = PAGE_DEFAULT, after: After = None) -> Asked:
    return Asked(first, after, "NUMBER")


def _newest(first: First = PAGE_DEFAULT, after: After = None) -> Asked:
    return Asked(first, after, "NEWEST")


def meeting_votes(parent: Parent) -> Any:
    """The field of a meeting."""
    words = "What was put to the vote (motions, resolutions), in the order in which it was."
    return connection_field(MEETING_VOTES, parent, _by_number, **reading(Resource.VOTE, words))


def vote_ballots(parent: Parent) -> Any:
    """The field of a vote."""
    words = "How single members voted, where that was written down and as far as you may see it, by their numbers."
    return connection_field(VOTE_BALLOTS, parent, _by_number, **reading(Resource.BALLOT, words))


def member_ballots(parent: Parent) -> Any:
    """The field of a member."""
    words = "What the member voted for where that was written down (votes cast), the last first."
    return connection_field(MEMBER_BALLOTS, parent, _newest, **reading(Resource.BALLOT, words))
