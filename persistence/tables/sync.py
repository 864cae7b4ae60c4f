"""What makes a request safe to repeat, and what makes changes safe to follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from persistence.tables.columns import MOMENT, TransactionId, column, reference

__all__ = ["Change", "TenantIdempotencyKey"]


class TenantIdempotencyKey(SQLModel, table=True):
    """A request of a user to a tenant, and how it ended: ids and codes, never what was answered."""

    __tablename__ = "idempotency_keys"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "user_id", "key", name="idempotency_keys_pkey"),
        reference("idempotency_keys_tenant_fkey", ["tenant_id"], "app.tenants", ["id"]),
        {"schema": "app"},
    )

    tenant_id: UUID
    user_id: UUID
    key: UUID
    operation: str = column(Text)
    fingerprint: bytes
    outcome: dict[str, Any] | None = column(JSONB)
    created_at: datetime = column(MOMENT, default="now()")


class Change(SQLModel, table=True):
    """That a unit of work wrote a record; its number is the tenant's, and numbers commit in order."""

    __tablename__ = "changes"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "number", "entity", "entity_id", name="changes_pkey"),
        Index("changes_transaction_idx", "transaction_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    number: int = column(BigInteger)
    entity: str = column(Text)
    entity_id: UUID
    operation: str = column(Text)
    transaction_id: int = column(TransactionId, default="pg_current_xact_id()")
    occurred_at: datetime = column(MOMENT, default="clock_timestamp()")
