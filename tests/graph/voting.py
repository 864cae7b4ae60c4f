"""A meeting that votes, for tests of how much is read."""

from __future__ import annotations

from uuid import UUID

from domain.identifiers import new_id
from domain.meetings.rollcall import AttendanceStatus, RecordRollCall, RollItem, record_roll_call
from domain.meetings.votes import VoteMethod
from domain.meetings.voting import BallotItem, OpenVote, RecordBallots, open_vote, record_ballots
from tests.support.world import GroupOfPeople, World


async def vote_on_it(world: World, group: GroupOfPeople, meeting: UUID, *, rows: int) -> None:
    """A roll with so many members, and the ballot of each in one vote; another is only put."""
    members = group.members[:rows]
    roll = RecordRollCall(
        group_id=group.id,
        idempotency_key=new_id(),
        meeting_id=meeting,
        items=tuple(RollItem(member_id=each, status=AttendanceStatus.PRESENT) for each in members),
    )
    await world.succeed(group.secretary, record_roll_call, roll)
    for method in (VoteMethod.BALLOTS, VoteMethod.HANDS):
        wish = OpenVote(
            group_id=group.id, idempotency_key=new_id(), meeting_id=meeting, question="A goat?", method=method
        )
        vote = await world.succeed(group.secretary, open_vote, wish)
        if method is VoteMethod.BALLOTS:
            ballots = RecordBallots(
                group_id=group.id,
                idempotency_key=new_id(),
                vote_id=vote,
                expected_version=1,
                items=tuple(BallotItem(member_id=each, option=1) for each in members),
            )
            await world.succeed(group.secretary, record_ballots, ballots)
