"""What members pay in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import SQLModel

from persistence.tables.columns import AMOUNT, MOMENT, column, one_of, reference

__all__ = ["Contribution"]


class Contribution(SQLModel, table=True):
    """The member's side of an entry: the entry holds the money, this row what was paid for. It never changes."""

    __tablename__ = "contributions"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="contributions_pkey"),
        UniqueConstraint("tenant_id", "entry_number", name="contributions_entry_once"),
        reference("contributions_entry_fkey", ["tenant_id", "entry_number"], "ledger.entries", ["tenant_id", "number"]),
        reference("contributions_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        reference("contributions_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        one_of("contributions_kind_known", "kind", ("SHARE", "SAVINGS", "SOCIAL_FUND", "OTHER")),
        CheckConstraint("(kind = 'OTHER') = (type_code IS NOT NULL)", name="contributions_type_whole"),
        one_of("contributions_place_known", "place", ("BOX", "BANK", "MOBILE_MONEY")),
        CheckConstraint("(kind = 'SHARE') = (shares IS NOT NULL)", name="contributions_shares_whole"),
        CheckConstraint("shares > 0", name="contributions_shares_positive"),
        CheckConstraint("amount > 0", name="contributions_amount_positive"),
        Index("contributions_id_idx", "id"),
        Index("contributions_meeting_idx", "tenant_id", "meeting_id", "entry_number"),
        Index("contributions_member_idx", "tenant_id", "member_id", "entry_number"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    entry_number: int = column(BigInteger)
    meeting_id: UUID
    member_id: UUID
    kind: str = column(Text)
    type_code: str | None = column(Text)
    shares: int | None
    amount: Decimal = column(AMOUNT)
    currency: str = column(Text)
    place: str = column(Text)
    recorded_at: datetime = column(MOMENT, default="clock_timestamp()")
    recorded_by: UUID
    device_time: datetime | None = column(MOMENT)
