"""Votes in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from domain.meetings import Meeting, MeetingStatus
from domain.meetings.votes import THERE, NewVote, Vote, VoteFacts, VoteMethod

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Votes"]

_KNOWN = "SELECT EXISTS (SELECT FROM app.votes WHERE tenant_id = $1 AND id = $2)"

_NEXT = "SELECT coalesce(max(number), 0) + 1 FROM app.votes WHERE tenant_id = $1 AND meeting_id = $2"

_PUT = """
INSERT INTO app.votes (tenant_id, id, meeting_id, number, question, kind, method, options, put_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

# The quorum is that of the constitution in force on the day, or the first where that came later; a committee has none.
_FACTS = """
SELECT v.method, cardinality(v.options) AS options_count, v.version AS vote_version, m.id, m.number, m.status,
       m.held_on, m.version, c.version AS constitution_version,
       ARRAY(
           SELECT a.member_id FROM app.attendances a
           WHERE a.tenant_id = m.tenant_id AND a.meeting_id = m.id AND a.status = ANY ($3)
       ) AS present,
       CASE WHEN m.kind = 'COMMITTEE' THEN 0 ELSE ceil((
           SELECT count(*) FROM app.members x
           WHERE x.tenant_id = m.tenant_id AND x.joined_on <= m.held_on AND (x.left_on IS NULL OR x.left_on > m.held_on)
       ) * c.quorum_percent / 100.0)::integer END AS needed
FROM app.votes v
JOIN app.meetings m ON m.tenant_id = v.tenant_id AND m.id = v.meeting_id
JOIN app.constitutions c ON c.tenant_id = m.tenant_id
WHERE v.tenant_id = $1 AND v.id = $2
ORDER BY c.adopted_on <= m.held_on DESC, CASE WHEN c.adopted_on <= m.held_on THEN c.version ELSE -c.version END DESC
LIMIT 1
"""

_COUNT = """
UPDATE app.votes SET hands = $3, abstained = $4, counted_at = $5, counted_by = $6, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

_TAKEN = """
UPDATE app.votes SET counted_at = $3, counted_by = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2
"""

_RECORD = """
INSERT INTO app.ballots (tenant_id, vote_id, member_id, option, recorded_by)
SELECT $1, $2, b.member_id, b.option, $5 FROM unnest($3::uuid[], $4::integer[]) b (member_id, option)
ON CONFLICT (tenant_id, vote_id, member_id) DO UPDATE SET option = excluded.option
"""


class Votes:
    """The store of votes of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def is_known(self, group_id: UUID, vote_id: UUID) -> bool:
        """See `domain.meetings.votes.VoteStore`."""
        return bool(await self._work.connection.fetchval(_KNOWN, group_id, vote_id))

    async def next_number(self, group_id: UUID, meeting_id: UUID) -> int:
        """See `domain.meetings.votes.VoteStore`."""
        return int(await self._work.connection.fetchval(_NEXT, group_id, meeting_id))

    async def put(self, vote: NewVote) -> None:
        """See `domain.meetings.votes.VoteStore`."""
        await self._work.write(
            _PUT,
            vote.group_id,
            vote.id,
            vote.meeting_id,
            vote.number,
            vote.question,
            vote.kind.value,
            vote.method.value,
            list(vote.options),
            self._work.viewer.user_id,
        )

    async def facts(self, group_id: UUID, vote_id: UUID) -> VoteFacts | None:
        """See `domain.meetings.votes.VoteStore`."""
        row = await self._work.connection.fetchrow(_FACTS, group_id, vote_id, sorted(each.value for each in THERE))
        if row is None:
            return None
        status = MeetingStatus(row["status"])
        return VoteFacts(
            Vote(vote_id, row["id"], VoteMethod(row["method"]), row["options_count"], row["vote_version"]),
            Meeting(row["id"], row["number"], status, row["held_on"], row["version"]),
            frozenset(row["present"]),
            row["needed"],
            row["constitution_version"],
        )

    async def count(self, group_id: UUID, vote_id: UUID, hands: Sequence[int], abstained: int) -> None:
        """See `domain.meetings.votes.VoteStore`."""
        work = self._work
        await work.write(_COUNT, group_id, vote_id, list(hands), abstained, work.now, work.viewer.user_id)

    async def record(self, group_id: UUID, vote_id: UUID, ballots: Mapping[UUID, int | None]) -> None:
        """See `domain.meetings.votes.VoteStore`."""
        work = self._work
        members, options = list(ballots), [option or 0 for option in ballots.values()]
        await work.write(_RECORD, group_id, vote_id, members, options, work.viewer.user_id)
        await work.write(_TAKEN, group_id, vote_id, work.now, work.viewer.user_id)
