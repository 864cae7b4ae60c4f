"""The register of members; names and private facts lie apart, each under a policy of its own."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlmodel import SQLModel

from persistence.tables.columns import IDS, MOMENT, column, one_of, reference, unique_where

__all__ = ["Member", "MemberKey", "MemberName", "MemberPrivate", "PersonalRead", "Position"]


class Member(SQLModel, table=True):
    """A person in a group, by number and without a name."""

    __tablename__ = "members"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="members_pkey"),
        reference("members_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        UniqueConstraint("tenant_id", "number", name="members_number_once"),
        CheckConstraint("number > 0", name="members_number_positive"),
        one_of("members_status_known", "status", ("ACTIVE", "INACTIVE", "SUSPENDED", "LEFT", "DECEASED")),
        one_of("members_sex_known", "sex", ("FEMALE", "MALE", "OTHER")),
        CheckConstraint("(status IN ('LEFT', 'DECEASED')) = (left_on IS NOT NULL)", name="members_left_whole"),
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
        CheckConstraint("length(photo) BETWEEN 1 AND 500", name="member_names_photo_length"),
        {"schema": "app"},
    )

    tenant_id: UUID
    member_id: UUID
    name: str = column(Text)
    photo: str | None = column(Text)
    shown_to: list[UUID] = column(IDS, default="'{}'")


class MemberPrivate(SQLModel, table=True):
    """A member's private facts, sealed with the person's own key, and the partners to whom she opened them."""

    __tablename__ = "member_private"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "member_id", name="member_private_pkey"),
        reference("member_private_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        UniqueConstraint("tenant_id", "phone_index", name="member_private_phone_once"),
        UniqueConstraint("tenant_id", "email_index", name="member_private_email_once"),
        UniqueConstraint("tenant_id", "national_id_index", name="member_private_national_id_once"),
        Index("member_private_phone_idx", "phone_index"),
        Index("member_private_email_idx", "email_index"),
        {"schema": "app"},
    )

    tenant_id: UUID
    member_id: UUID
    person_key: bytes | None
    phone_sealed: bytes | None
    email_sealed: bytes | None
    national_id_sealed: bytes | None
    birth_sealed: bytes | None
    address_sealed: bytes | None
    next_of_kin_sealed: bytes | None
    phone_index: bytes | None
    email_index: bytes | None
    national_id_index: bytes | None
    shown_to: list[UUID] = column(IDS, default="'{}'")


class MemberKey(SQLModel, table=True):
    """A word of a name, as it is or turned round: for whoever sees all names, or for one to whom this is open."""

    __tablename__ = "member_keys"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "opened_to", "key", "member_id", name="member_keys_pkey"),
        reference("member_keys_name_fkey", ["tenant_id", "member_id"], "app.member_names", ["tenant_id", "member_id"]),
        Index("member_keys_member_idx", "tenant_id", "member_id"),
        Index(
            "member_keys_opened_idx",
            "opened_to",
            "key",
            "tenant_id",
            "member_id",
            postgresql_where=text("opened_to <> '00000000-0000-0000-0000-000000000000'"),
        ),
        {"schema": "app"},
    )

    tenant_id: UUID
    opened_to: UUID
    key: str = column(Text(collation="C"))
    member_id: UUID


class Position(SQLModel, table=True):
    """One time that a member held what is no role of a user's: the box, a key, the counting of money."""

    __tablename__ = "positions"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="positions_pkey"),
        reference("positions_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        one_of(
            "positions_position_known",
            "position",
            ("BOX_KEEPER", "KEY_HOLDER_1", "KEY_HOLDER_2", "KEY_HOLDER_3", "MONEY_COUNTER_1", "MONEY_COUNTER_2"),
        ),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="positions_dates_order"),
        CheckConstraint("version > 0", name="positions_version_positive"),
        Index("positions_member_idx", "tenant_id", "member_id"),
        unique_where("positions_held_once", ["tenant_id", "position"], "ends_on IS NULL"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    member_id: UUID
    position: str = column(Text)
    starts_on: date
    ends_on: date | None
    version: int = column(Integer, default="1")
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID


class PersonalRead(SQLModel, table=True):
    """That somebody read what few may know of a member."""

    __tablename__ = "personal_reads"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "member_id", "read_at", "id", name="personal_reads_pkey"),
        reference("personal_reads_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        Index("personal_reads_time_idx", "tenant_id", "read_at", "id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    member_id: UUID
    read_at: datetime = column(MOMENT)
    id: UUID
    reader_id: UUID
    principal_id: UUID
    request_id: str | None = column(Text)
    fields: list[str] = column(ARRAY(Text))
