"""Who signs in, with what, and the sessions that come of it: global tables that only definer functions write."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from persistence.tables.columns import MOMENT, column, one_of, reference

__all__ = [
    "Credential",
    "Job",
    "RateBucket",
    "RefreshToken",
    "Session",
    "SignInFailure",
    "UserIdempotencyKey",
    "UserPrivate",
]


class UserPrivate(SQLModel, table=True):
    """What is personal about a user, each value sealed with the person's own key; the indexes are keyed digests."""

    __tablename__ = "user_private"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("user_id", name="user_private_pkey"),
        reference("user_private_user_fkey", ["user_id"], "app.users", ["id"]),
        UniqueConstraint("phone_index", name="user_private_phone_once"),
        UniqueConstraint("email_index", name="user_private_email_once"),
        {"schema": "access"},
    )

    user_id: UUID
    person_key: bytes | None
    name_sealed: bytes | None
    phone_sealed: bytes | None
    email_sealed: bytes | None
    phone_index: bytes | None
    email_index: bytes | None


class Credential(SQLModel, table=True):
    """A user's password, hashed."""

    __tablename__ = "credentials"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("user_id", name="credentials_pkey"),
        reference("credentials_user_fkey", ["user_id"], "app.users", ["id"]),
        {"schema": "access"},
    )

    user_id: UUID
    password_hash: str = column(Text)
    changed_at: datetime = column(MOMENT, default="now()")
    last_signed_in_at: datetime | None = column(MOMENT)


class SignInFailure(SQLModel, table=True):
    """The failures since the last success under a login that was typed, whether or not anybody has it."""

    __tablename__ = "sign_in_failures"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("login_index", name="sign_in_failures_pkey"),
        CheckConstraint("failed_count > 0", name="sign_in_failures_count_positive"),
        Index("sign_in_failures_age_idx", "last_failed_at"),
        {"schema": "access"},
    )

    login_index: bytes
    failed_count: int
    last_failed_at: datetime = column(MOMENT)
    locked_until: datetime | None = column(MOMENT)


class RateBucket(SQLModel, table=True):
    """The attempts of one login, or from one address, until as many may be made as ever."""

    __tablename__ = "rate_buckets"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("bucket", name="rate_buckets_pkey"),
        Index("rate_buckets_age_idx", "full_at"),
        {"schema": "access"},
    )

    bucket: bytes
    full_at: datetime = column(MOMENT)


class Session(SQLModel, table=True):
    """One sign-in of a user on a device, until it expires or is revoked."""

    __tablename__ = "sessions"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("id", name="sessions_pkey"),
        reference("sessions_user_fkey", ["user_id"], "app.users", ["id"]),
        one_of("sessions_role_known", "role", ("APP", "ADMIN")),
        one_of("sessions_device_type_known", "device_type", ("UNKNOWN", "MOBILE", "TABLET", "DESKTOP", "SERVER")),
        one_of("sessions_revoked_for_known", "revoked_for", ("SIGNED_OUT", "REVOKED", "TOKEN_REUSED")),
        Index("sessions_user_idx", "user_id", "created_at"),
        {"schema": "access"},
    )

    id: UUID
    user_id: UUID
    role: str = column(Text, default="'APP'")
    device_type: str = column(Text, default="'UNKNOWN'")
    device_name: str | None = column(Text)
    address: str | None = column(Text)
    user_agent: str | None = column(Text)
    created_at: datetime = column(MOMENT, default="now()")
    last_used_at: datetime = column(MOMENT, default="now()")
    expires_at: datetime = column(MOMENT)
    revoked_at: datetime | None = column(MOMENT)
    revoked_for: str | None = column(Text)


class RefreshToken(SQLModel, table=True):
    """One refresh token ever given to a session, as a digest; `used_at` is when it was exchanged for its successor."""

    __tablename__ = "refresh_tokens"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("digest", name="refresh_tokens_pkey"),
        reference("refresh_tokens_session_fkey", ["session_id"], "access.sessions", ["id"]),
        UniqueConstraint("session_id", "ordinal", name="refresh_tokens_ordinal_once"),
        {"schema": "access"},
    )

    digest: bytes
    session_id: UUID
    ordinal: int
    issued_at: datetime = column(MOMENT, default="now()")
    used_at: datetime | None = column(MOMENT)


class Job(SQLModel, table=True):
    """A background job, as a principal that may enter."""

    __tablename__ = "jobs"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("id", name="jobs_pkey"),
        UniqueConstraint("name", name="jobs_name_once"),
        {"schema": "access"},
    )

    id: UUID
    name: str = column(Text)
    is_enabled: bool = column(Boolean, default="true")


class UserIdempotencyKey(SQLModel, table=True):
    """A request of a user that belongs to no tenant yet, such as making a group, and how it ended."""

    __tablename__ = "idempotency_keys"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("user_id", "key", name="idempotency_keys_pkey"),
        {"schema": "access"},
    )

    user_id: UUID
    key: UUID
    operation: str = column(Text)
    fingerprint: bytes
    outcome: dict[str, Any] | None = column(JSONB)
    created_at: datetime = column(MOMENT, default="now()")
