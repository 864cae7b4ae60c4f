"""What a group records of itself."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Integer, PrimaryKeyConstraint, Text
from sqlmodel import SQLModel

from persistence.tables.columns import AMOUNT, MOMENT, column, one_of, reference

__all__ = ["Constitution", "Group"]


class Group(SQLModel, table=True):
    """A savings group; the tenant's id is the group's."""

    __tablename__ = "groups"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", name="groups_pkey"),
        reference("groups_tenant_fkey", ["tenant_id"], "app.tenants", ["id"]),
        one_of(
            "groups_kind_known",
            "kind",
            ("VSLA", "ROSCA", "ASCA", "INVESTMENT_CLUB", "WELFARE", "CREDIT", "MIXED"),
        ),
        one_of("groups_status_known", "status", ("PENDING_VERIFICATION", "ACTIVE", "SUSPENDED", "INACTIVE")),
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="groups_name_length"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="groups_country_form"),
        CheckConstraint("version > 0", name="groups_version_positive"),
        {"schema": "app"},
    )

    tenant_id: UUID
    name: str = column(Text)
    kind: str = column(Text)
    status: str = column(Text, default="'ACTIVE'")
    currency: str = column(Text)
    country: str = column(Text)
    time_zone: str = column(Text)
    county: str | None = column(Text)
    district: str | None = column(Text)
    village: str | None = column(Text)
    constitution_version: int = column(Integer, default="1")
    version: int = column(Integer, default="1")
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID


class Constitution(SQLModel, table=True):
    """One version of a group's rules; the newest is in force, the older ones stay."""

    __tablename__ = "constitutions"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "version", name="constitutions_pkey"),
        reference("constitutions_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        CheckConstraint("version > 0", name="constitutions_version_positive"),
        CheckConstraint("share_price > 0", name="constitutions_share_price_positive"),
        CheckConstraint(
            "shares_min >= 0 AND shares_max >= 1 AND shares_min <= shares_max", name="constitutions_shares_range"
        ),
        CheckConstraint("social_fund_amount >= 0", name="constitutions_social_fund_not_negative"),
        one_of(
            "constitutions_frequency_known",
            "meeting_frequency",
            ("WEEKLY", "FORTNIGHTLY", "MONTHLY", "QUARTERLY", "YEARLY", "FLEXIBLE"),
        ),
        {"schema": "app"},
    )

    tenant_id: UUID
    version: int
    share_price: Decimal = column(AMOUNT)
    shares_min: int
    shares_max: int
    social_fund_amount: Decimal = column(AMOUNT)
    meeting_frequency: str = column(Text)
    adopted_on: date
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID
