"""What members pay in."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import SQLModel

from persistence.tables.columns import AMOUNT, MOMENT, column, one_of, reference

__all__ = ["Contribution", "ContributionWaiver", "Fine", "FineSettlement"]


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
    meeting_id: UUID | None
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


class Fine(SQLModel, table=True):
    """What a fine is for; its money is in its entry. It never changes."""

    __tablename__ = "fines"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="fines_pkey"),
        reference("fines_entry_fkey", ["tenant_id", "id"], "ledger.entries", ["tenant_id", "id"]),
        reference("fines_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference(
            "fines_constitution_fkey",
            ["tenant_id", "constitution_version"],
            "app.constitutions",
            ["tenant_id", "version"],
        ),
        Index("fines_member_idx", "tenant_id", "member_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    member_id: UUID
    reason_code: str = column(Text)
    reason_name: str = column(Text)
    constitution_version: int


class FineSettlement(SQLModel, table=True):
    """Which fine a payment or a waiver is for. It never changes."""

    __tablename__ = "fine_settlements"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="fine_settlements_pkey"),
        reference("fine_settlements_entry_fkey", ["tenant_id", "id"], "ledger.entries", ["tenant_id", "id"]),
        reference("fine_settlements_fine_fkey", ["tenant_id", "fine_id"], "ledger.entries", ["tenant_id", "id"]),
        reference("fine_settlements_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        Index("fine_settlements_fine_idx", "tenant_id", "fine_id"),
        Index("fine_settlements_member_idx", "tenant_id", "member_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    fine_id: UUID
    member_id: UUID


class ContributionWaiver(SQLModel, table=True):
    """What a member was let off of what is expected of her."""

    __tablename__ = "contribution_waivers"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="contribution_waivers_pkey"),
        reference("contribution_waivers_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        one_of("contribution_waivers_kind_known", "kind", ("SAVINGS", "SOCIAL_FUND", "OTHER")),
        CheckConstraint("(kind = 'OTHER') = (type_code IS NOT NULL)", name="contribution_waivers_type_whole"),
        CheckConstraint("amount > 0", name="contribution_waivers_amount_positive"),
        CheckConstraint("length(reason) BETWEEN 1 AND 500", name="contribution_waivers_reason_length"),
        one_of("contribution_waivers_status_known", "status", ("REQUESTED", "APPROVED", "REFUSED")),
        CheckConstraint(
            "(status = 'REQUESTED') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="contribution_waivers_decided_whole",
        ),
        CheckConstraint("decided_by <> requested_by", name="contribution_waivers_decided_by_another"),
        CheckConstraint("version > 0", name="contribution_waivers_version_positive"),
        Index("contribution_waivers_member_idx", "tenant_id", "member_id", "requested_at", "id"),
        Index("contribution_waivers_newest_idx", "tenant_id", "requested_at", "id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    member_id: UUID
    kind: str = column(Text)
    type_code: str | None = column(Text)
    counts_on: date
    amount: Decimal = column(AMOUNT)
    currency: str = column(Text)
    reason: str = column(Text)
    status: str = column(Text, default="'REQUESTED'")
    requested_at: datetime = column(MOMENT, default="clock_timestamp()")
    requested_by: UUID
    decided_at: datetime | None = column(MOMENT)
    decided_by: UUID | None
    version: int = column(Integer, default="1")
