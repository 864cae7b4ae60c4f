"""The directory and the reference data: global tables, which hold only what rarely changes."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, PrimaryKeyConstraint, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel

from domain.policy import Capability, Role, Visibility
from persistence.tables.columns import MOMENT, column, one_of, reference, unique_where

__all__ = ["Currency", "Membership", "PartnerLink", "PermissionOverride", "Rule", "Tenant", "User"]


class Currency(SQLModel, table=True):
    """A currency of ISO 4217 and how many digits its smallest coin has after the point."""

    __tablename__ = "currencies"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("code", name="currencies_pkey"),
        CheckConstraint("code ~ '^[A-Z]{3}$'", name="currencies_code_form"),
        CheckConstraint("minor_unit BETWEEN 0 AND 4", name="currencies_minor_unit_range"),
        {"schema": "app"},
    )

    code: str = column(Text)
    minor_unit: int = column(SmallInteger)


class Tenant(SQLModel, table=True):
    """A group or a partner, as the owner of its records; `visibility` is what members see of each other's money."""

    __tablename__ = "tenants"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("id", name="tenants_pkey"),
        one_of("tenants_kind_known", "kind", ("GROUP", "PARTNER")),
        one_of("tenants_visibility_known", "visibility", Visibility),
        {"schema": "app"},
    )

    id: UUID
    kind: str = column(Text)
    visibility: str = column(Text, default="'TOTALS_ONLY'")
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID | None


class User(SQLModel, table=True):
    """A person who signs in; what is personal about her is in `UserPrivate`."""

    __tablename__ = "users"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("id", name="users_pkey"),
        one_of("users_status_known", "status", ("PENDING", "ACTIVE", "SUSPENDED", "INACTIVE")),
        one_of("users_platform_role_known", "platform_role", ("USER", "ADMIN")),
        CheckConstraint("locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'", name="users_locale_form"),
        {"schema": "app"},
    )

    id: UUID
    status: str = column(Text, default="'ACTIVE'")
    platform_role: str = column(Text, default="'USER'")
    locale: str = column(Text, default="'en'")
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID | None


class Rule(SQLModel, table=True):
    """Who may do one thing to one resource, from the declaration of permissions."""

    __tablename__ = "rules"
    __table_args__: ClassVar = (PrimaryKeyConstraint("resource", "action", name="rules_pkey"), {"schema": "app"})

    resource: str = column(Text)
    action: str = column(Text)
    terms: list[str] = column(ARRAY(Text))


class Membership(SQLModel, table=True):
    """One role that a user holds in a tenant, from a moment to a moment; open at the end while it is held."""

    __tablename__ = "memberships"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("id", name="memberships_pkey"),
        reference("memberships_user_fkey", ["user_id"], "app.users", ["id"]),
        reference("memberships_tenant_fkey", ["tenant_id"], "app.tenants", ["id"]),
        one_of("memberships_role_known", "role", Role),
        CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="memberships_dates_order"),
        Index("memberships_user_idx", "user_id"),
        Index("memberships_tenant_idx", "tenant_id", "member_id"),
        unique_where("memberships_held_once", ["tenant_id", "user_id", "role"], "ends_at IS NULL"),
        {"schema": "app"},
    )

    id: UUID
    user_id: UUID
    tenant_id: UUID
    member_id: UUID | None
    role: str = column(Text)
    starts_at: datetime = column(MOMENT, default="now()")
    ends_at: datetime | None = column(MOMENT)
    created_by: UUID | None


class PermissionOverride(SQLModel, table=True):
    """What a member may do beside her roles, or an officer may not, from a moment to a moment."""

    __tablename__ = "permission_overrides"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="permission_overrides_pkey"),
        reference("permission_overrides_tenant_fkey", ["tenant_id"], "app.tenants", ["id"]),
        one_of("permission_overrides_capability_known", "capability", Capability),
        one_of("permission_overrides_effect_known", "effect", ("GRANTED", "TAKEN")),
        CheckConstraint("effect = 'GRANTED' OR capability <> 'VIEW_BALANCES'", name="permission_overrides_takable"),
        one_of("permission_overrides_status_known", "status", ("REQUESTED", "APPROVED", "REFUSED", "ENDED")),
        CheckConstraint("ends_at > starts_at OR status = 'ENDED'", name="permission_overrides_dates_order"),
        CheckConstraint(
            "(status = 'REQUESTED') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="permission_overrides_decided_whole",
        ),
        CheckConstraint("decided_by <> requested_by", name="permission_overrides_decided_by_another"),
        CheckConstraint(
            "(status = 'ENDED') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (ended_by IS NULL)",
            name="permission_overrides_ended_whole",
        ),
        CheckConstraint("version > 0", name="permission_overrides_version_positive"),
        Index("permission_overrides_member_idx", "tenant_id", "member_id", "requested_at", "id"),
        Index("permission_overrides_newest_idx", "tenant_id", "requested_at", "id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    member_id: UUID
    capability: str = column(Text)
    effect: str = column(Text)
    starts_at: datetime = column(MOMENT)
    ends_at: datetime = column(MOMENT)
    status: str = column(Text, default="'REQUESTED'")
    requested_at: datetime = column(MOMENT, default="clock_timestamp()")
    requested_by: UUID
    decided_at: datetime | None = column(MOMENT)
    decided_by: UUID | None
    ended_at: datetime | None = column(MOMENT)
    ended_by: UUID | None
    version: int = column(Integer, default="1")


class PartnerLink(SQLModel, table=True):
    """What a group opened to a partner, or that the partner owns the group as its branch."""

    __tablename__ = "partner_links"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("id", name="partner_links_pkey"),
        reference("partner_links_partner_fkey", ["partner_id"], "app.tenants", ["id"]),
        reference("partner_links_group_fkey", ["group_id"], "app.tenants", ["id"]),
        one_of("partner_links_consent_known", "consent", ("TOTALS", "ROWS", "NAMES")),
        CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="partner_links_dates_order"),
        Index("partner_links_partner_idx", "partner_id"),
        Index("partner_links_group_idx", "group_id"),
        unique_where("partner_links_held_once", ["partner_id", "group_id"], "ends_at IS NULL"),
        {"schema": "app"},
    )

    id: UUID
    partner_id: UUID
    group_id: UUID
    consent: str = column(Text, default="'TOTALS'")
    is_owner: bool = column(Boolean, default="false")
    starts_at: datetime = column(MOMENT, default="now()")
    ends_at: datetime | None = column(MOMENT)
    created_by: UUID | None
