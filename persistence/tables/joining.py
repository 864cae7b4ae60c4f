"""How people come to a group: its code, requests to join, and invitations."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlmodel import SQLModel

from persistence.tables.columns import MOMENT, column, one_of, reference, unique_where

__all__ = ["Invitation", "JoinCode", "JoinRequest"]


class JoinCode(SQLModel, table=True):
    """The code by which people ask to join a group; none where it is switched off."""

    __tablename__ = "join_codes"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", name="join_codes_pkey"),
        reference("join_codes_tenant_fkey", ["tenant_id"], "app.tenants", ["id"]),
        UniqueConstraint("code", name="join_codes_code_once"),
        CheckConstraint("code ~ '^[A-HJKMNP-RT-Z]{3}-[A-HJKMNP-RT-Z2-46-9]{4}$'", name="join_codes_code_form"),
        {"schema": "app"},
    )

    tenant_id: UUID
    code: str | None = column(Text)
    made_at: datetime = column(MOMENT, default="now()")
    made_by: UUID


class JoinRequest(SQLModel, table=True):
    """Somebody who asks to be let into a group."""

    __tablename__ = "join_requests"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="join_requests_pkey"),
        reference("join_requests_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        reference("join_requests_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        one_of("join_requests_status_known", "status", ("PENDING", "APPROVED", "REJECTED")),
        CheckConstraint("(status = 'PENDING') = (decided_at IS NULL)", name="join_requests_decided_whole"),
        CheckConstraint("(status = 'APPROVED') = (member_id IS NOT NULL)", name="join_requests_approved_whole"),
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="join_requests_name_length"),
        CheckConstraint("length(note) BETWEEN 1 AND 500", name="join_requests_note_length"),
        CheckConstraint("version > 0", name="join_requests_version_positive"),
        Index("join_requests_user_idx", "user_id"),
        unique_where("join_requests_one_pending", ["tenant_id", "user_id"], "status = 'PENDING'"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    user_id: UUID
    group_name: str = column(Text)
    name: str = column(Text)
    note: str | None = column(Text)
    status: str = column(Text, default="'PENDING'")
    member_id: UUID | None
    asked_at: datetime = column(MOMENT, default="now()")
    decided_at: datetime | None = column(MOMENT)
    decided_by: UUID | None
    version: int = column(Integer, default="1")


class Invitation(SQLModel, table=True):
    """Somebody whom a group invites, by the phone number or e-mail address that she will sign in with."""

    __tablename__ = "invitations"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="invitations_pkey"),
        reference("invitations_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        reference("invitations_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        one_of("invitations_status_known", "status", ("OPEN", "ACCEPTED", "REVOKED")),
        CheckConstraint(
            "(phone_index IS NULL) = (phone_sealed IS NULL) AND (email_index IS NULL) = (email_sealed IS NULL)"
            " AND (phone_index IS NULL) <> (email_index IS NULL)",
            name="invitations_one_contact",
        ),
        CheckConstraint("status <> 'ACCEPTED' OR member_id IS NOT NULL", name="invitations_accepted_has_member"),
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="invitations_name_length"),
        CheckConstraint("version > 0", name="invitations_version_positive"),
        Index("invitations_phone_idx", "phone_index", postgresql_where=text("status = 'OPEN'")),
        Index("invitations_email_idx", "email_index", postgresql_where=text("status = 'OPEN'")),
        *(
            Index(
                f"invitations_{contact}_open_once",
                "tenant_id",
                f"{contact}_index",
                unique=True,
                postgresql_where=text("status = 'OPEN'"),
            )
            for contact in ("phone", "email")
        ),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    name: str = column(Text)
    member_id: UUID | None
    person_key: bytes
    phone_sealed: bytes | None
    email_sealed: bytes | None
    phone_index: bytes | None
    email_index: bytes | None
    status: str = column(Text, default="'OPEN'")
    expires_at: datetime = column(MOMENT)
    invited_at: datetime = column(MOMENT, default="now()")
    invited_by: UUID
    version: int = column(Integer, default="1")
