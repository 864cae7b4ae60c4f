"""What a group records of itself."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Integer, Numeric, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from persistence.tables.columns import AMOUNT, MOMENT, column, one_of, reference, unique_where

__all__ = ["Constitution", "Cycle", "Group", "GroupStatusStep", "Platform"]

_FREQUENCIES = ("WEEKLY", "FORTNIGHTLY", "MONTHLY", "QUARTERLY", "YEARLY", "FLEXIBLE")

_RATE: Numeric[Any] = Numeric(9, 4)
"""Per cents and multiples: four digits after the point."""


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
        CheckConstraint(
            "(next_constitution_version IS NULL) = (next_constitution_at IS NULL)",
            name="groups_next_constitution_whole",
        ),
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
    next_constitution_version: int | None
    next_constitution_at: datetime | None = column(MOMENT)
    version: int = column(Integer, default="1")
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID


class Constitution(SQLModel, table=True):
    """One version of a group's rules; versions are added and never changed."""

    __tablename__ = "constitutions"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "version", name="constitutions_pkey"),
        reference("constitutions_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        CheckConstraint("version > 0", name="constitutions_version_positive"),
        CheckConstraint("share_price > 0", name="constitutions_share_price_positive"),
        CheckConstraint(
            "CASE WHEN share_price IS NULL THEN shares_min = 0 AND shares_max = 0"
            " ELSE shares_min >= 0 AND shares_max >= 1 AND shares_min <= shares_max END",
            name="constitutions_shares_range",
        ),
        CheckConstraint("social_fund_amount >= 0", name="constitutions_social_fund_not_negative"),
        CheckConstraint("contribution_amount > 0", name="constitutions_contribution_positive"),
        one_of("constitutions_frequency_known", "meeting_frequency", _FREQUENCIES),
        one_of("constitutions_contribution_frequency_known", "contribution_frequency", _FREQUENCIES),
        one_of(
            "constitutions_weekday_known",
            "meeting_weekday",
            ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"),
        ),
        CheckConstraint(
            "meeting_weekday IS NULL OR meeting_frequency <> 'FLEXIBLE'", name="constitutions_weekday_has_frequency"
        ),
        one_of("constitutions_loan_period_known", "loan_interest_period", ("WEEK", "FOUR_WEEKS", "MONTH", "YEAR")),
        CheckConstraint(
            "(loan_interest_rate IS NULL) = (loan_interest_period IS NULL)"
            " AND (loan_interest_rate IS NOT NULL OR (loan_multiplier IS NULL AND loan_term_months_max IS NULL))",
            name="constitutions_loans_whole",
        ),
        CheckConstraint(
            "loan_interest_rate BETWEEN 0 AND 100 AND loan_multiplier > 0 AND loan_multiplier <= 100"
            " AND loan_term_months_max BETWEEN 1 AND 120",
            name="constitutions_loan_terms_range",
        ),
        CheckConstraint("penalty_rate BETWEEN 0 AND 100", name="constitutions_penalty_range"),
        one_of("constitutions_visibility_known", "visibility", ("ALL", "TOTALS_ONLY", "OWN_ONLY")),
        CheckConstraint("quorum_percent BETWEEN 0 AND 100", name="constitutions_quorum_range"),
        CheckConstraint(
            "jsonb_typeof(fine_reasons) = 'array' AND jsonb_typeof(contribution_types) = 'array'",
            name="constitutions_lists_are_lists",
        ),
        CheckConstraint("length(reason) BETWEEN 1 AND 500", name="constitutions_reason_length"),
        {"schema": "app"},
    )

    tenant_id: UUID
    version: int
    share_price: Decimal | None = column(AMOUNT)
    shares_min: int
    shares_max: int
    social_fund_amount: Decimal = column(AMOUNT)
    contribution_amount: Decimal | None = column(AMOUNT)
    contribution_frequency: str = column(Text, default="'WEEKLY'")
    meeting_frequency: str = column(Text)
    meeting_weekday: str | None = column(Text)
    loan_interest_rate: Decimal | None = column(_RATE)
    loan_interest_period: str | None = column(Text)
    loan_multiplier: Decimal | None = column(_RATE)
    loan_term_months_max: int | None
    penalty_rate: Decimal = column(_RATE, default="0")
    visibility: str = column(Text, default="'TOTALS_ONLY'")
    quorum_percent: int = column(Integer, default="0")
    can_representatives_buy_shares: bool = column(Boolean, default="true")
    can_absent_members_pay: bool = column(Boolean, default="true")
    is_second_officer_required: bool = column(Boolean, default="false")
    fine_reasons: list[dict[str, Any]] = column(JSONB, default="'[]'")
    contribution_types: list[dict[str, Any]] = column(JSONB, default="'[]'")
    adopted_on: date
    reason: str | None = column(Text)
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID


class Platform(SQLModel, table=True):
    """What whoever runs the platform decided for all of it; one row."""

    __tablename__ = "platform"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("is_only_row", name="platform_pkey"),
        CheckConstraint("is_only_row", name="platform_one_row"),
        one_of("platform_group_founders_known", "group_founders", ("ANYONE", "PARTNERS", "ADMINS")),
        CheckConstraint("version > 0", name="platform_version_positive"),
        {"schema": "app"},
    )

    is_only_row: bool
    group_founders: str = column(Text, default="'ANYONE'")
    is_verification_required: bool = column(Boolean, default="false")
    version: int = column(Integer, default="1")
    changed_at: datetime = column(MOMENT, default="now()")
    changed_by: UUID | None


class GroupStatusStep(SQLModel, table=True):
    """A step in the life of a group, with who took it and why."""

    __tablename__ = "group_statuses"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "group_version", name="group_statuses_pkey"),
        reference("group_statuses_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        CheckConstraint(
            "(was, became) IN (('PENDING_VERIFICATION', 'ACTIVE'), ('PENDING_VERIFICATION', 'INACTIVE'),"
            " ('ACTIVE', 'SUSPENDED'), ('ACTIVE', 'INACTIVE'), ('SUSPENDED', 'ACTIVE'), ('SUSPENDED', 'INACTIVE'),"
            " ('INACTIVE', 'ACTIVE'))",
            name="group_statuses_step_known",
        ),
        CheckConstraint("length(reason) BETWEEN 1 AND 500", name="group_statuses_reason_length"),
        {"schema": "app"},
    )

    tenant_id: UUID
    group_version: int
    was: str = column(Text)
    became: str = column(Text)
    reason: str | None = column(Text)
    changed_at: datetime = column(MOMENT, default="now()")
    changed_by: UUID


class Cycle(SQLModel, table=True):
    """A cycle of a group, from its first share to the share-out."""

    __tablename__ = "cycles"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="cycles_pkey"),
        reference("cycles_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        UniqueConstraint("tenant_id", "number", name="cycles_number_once"),
        CheckConstraint("number > 0", name="cycles_number_positive"),
        CheckConstraint("planned_end_on >= starts_on AND ended_on >= starts_on", name="cycles_dates_order"),
        CheckConstraint("version > 0", name="cycles_version_positive"),
        unique_where("cycles_one_runs", ["tenant_id"], "ended_on IS NULL"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    number: int
    starts_on: date
    planned_end_on: date | None
    ended_on: date | None
    version: int = column(Integer, default="1")
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID
