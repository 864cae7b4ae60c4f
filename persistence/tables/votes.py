"""What was put to the vote in meetings, and how members voted."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel

from persistence.tables.columns import MOMENT, column, one_of, reference

__all__ = ["Ballot", "Vote"]

_TEXTS: ARRAY[Any] = ARRAY(Text)
_NUMBERS: ARRAY[Any] = ARRAY(Integer)


class Vote(SQLModel, table=True):
    """A question that was put to the vote in a meeting, with what was counted of hands."""

    __tablename__ = "votes"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="votes_pkey"),
        reference("votes_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        UniqueConstraint("tenant_id", "meeting_id", "number", name="votes_number_once"),
        CheckConstraint("number > 0", name="votes_number_positive"),
        CheckConstraint("length(question) BETWEEN 1 AND 500", name="votes_question_length"),
        one_of("votes_kind_known", "kind", ("YES_NO", "CHOICE")),
        one_of("votes_method_known", "method", ("HANDS", "BALLOTS")),
        CheckConstraint(
            "CASE kind WHEN 'YES_NO' THEN options = ARRAY['YES', 'NO'] ELSE cardinality(options) BETWEEN 2 AND 20 END "
            "AND array_position(options, NULL) IS NULL AND array_ndims(options) = 1",
            name="votes_options_named",
        ),
        CheckConstraint(
            "(hands IS NULL) = (abstained IS NULL) AND (hands IS NULL OR (method = 'HANDS' AND counted_at IS NOT NULL "
            "AND cardinality(hands) = cardinality(options)))",
            name="votes_hands_whole",
        ),
        CheckConstraint("abstained >= 0 AND 0 <= ALL (hands)", name="votes_hands_not_negative"),
        CheckConstraint("(counted_at IS NULL) = (counted_by IS NULL)", name="votes_counted_whole"),
        CheckConstraint("version > 0", name="votes_version_positive"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    meeting_id: UUID
    number: int
    question: str = column(Text)
    kind: str = column(Text)
    method: str = column(Text)
    options: list[str] = column(_TEXTS)
    hands: list[int] | None = column(_NUMBERS)
    abstained: int | None
    put_at: datetime = column(MOMENT, default="clock_timestamp()")
    put_by: UUID
    counted_at: datetime | None = column(MOMENT)
    counted_by: UUID | None
    version: int = column(Integer, default="1")


class Ballot(SQLModel, table=True):
    """What one member voted for."""

    __tablename__ = "ballots"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "vote_id", "member_id", name="ballots_pkey"),
        reference("ballots_vote_fkey", ["tenant_id", "vote_id"], "app.votes", ["tenant_id", "id"]),
        reference("ballots_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        CheckConstraint("option BETWEEN 0 AND 20", name="ballots_option_range"),
        Index("ballots_member_idx", "tenant_id", "member_id", "vote_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    vote_id: UUID
    member_id: UUID
    option: int
    recorded_at: datetime = column(MOMENT, default="clock_timestamp()")
    recorded_by: UUID
