"""The register of members; names and private facts lie apart, each under a policy of its own."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import SQLModel

from persistence.tables.columns import IDS, MOMENT, column, one_of, reference

__all__ = ["Member", "MemberName", "MemberPrivate"]


class Member(SQLModel, table=True):
    """A person in a group, by number and without a name."""

    __tablename__ = "members"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="members_pkey"),
        reference("members_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        UniqueConstraint("tenant_id", "number", name="members_number_once"),
        CheckConstraint("number > 0", name="members_number_positive"),
        one_of("members_status_known", "status", ("ACTIVE", "INACTIVE", "SUSPENDED")),
        one_of("members_sex_known", "sex", ("FEMALE", "MALE", "OTHER")),
        CheckConstraint("left_on IS NULL OR left_on >= joined_on", name="members_dates_order"),
        CheckConstraint("version > 0", name="members_version_positive"),
        Index("members_id_idx", "id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    number: int
    status: str = column(Text, default="'ACTIVE'")
    sex: str | None = column(Text)
    joined_on: date
    left_on: date | None
    version: int = column(Integer, default="1")
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID


class MemberName(SQLModel, table=True):
    """A member's name, and the partners to whom she opened it."""

    __tablename__ = "member_names"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "member_id", name="member_names_pkey"),
        reference("member_names_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="member_names_name_length"),
        {"schema": "app"},
    )

    tenant_id: UUID
    member_id: UUID
    name: str = column(Text)
    shown_to: list[UUID] = column(IDS, default="'{}'")


class MemberPrivate(SQLModel, table=True):
    """A member's private facts, sealed with the person's own key, and the partners to whom she opened them."""

    __tablename__ = "member_private"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "member_id", name="member_private_pkey"),
        reference("member_private_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        UniqueConstraint("tenant_id", "phone_index", name="member_private_phone_once"),
        UniqueConstraint("tenant_id", "national_id_index", name="member_private_national_id_once"),
        {"schema": "app"},
    )

    tenant_id: UUID
    member_id: UUID
    person_key: bytes | None
    phone_sealed: bytes | None
    national_id_sealed: bytes | None
    birth_date_sealed: bytes | None
    address_sealed: bytes | None
    next_of_kin_sealed: bytes | None
    phone_index: bytes | None
    national_id_index: bytes | None
    shown_to: list[UUID] = column(IDS, default="'{}'")
