"""The trail of changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, Index, PrimaryKeyConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from persistence.tables.columns import MOMENT, column, one_of, reference

__all__ = ["Audit"]


class Audit(SQLModel, table=True):
    """That somebody changed a record of a tenant."""

    __tablename__ = "audit"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "occurred_at", "id", name="audit_pkey"),
        reference("audit_tenant_fkey", ["tenant_id"], "app.tenants", ["id"]),
        one_of("audit_action_known", "action", ("CREATE", "UPDATE", "DELETE")),
        Index("audit_entity_idx", "tenant_id", "entity_id", "occurred_at", "id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    occurred_at: datetime = column(MOMENT)
    id: UUID
    actor_id: UUID | None
    roles: list[str] = column(ARRAY(Text))
    principal_id: UUID | None
    request_id: str | None = column(Text)
    command: str | None = column(Text)
    command_key: UUID | None
    action: str = column(Text)
    entity: str = column(Text)
    entity_id: UUID
    fields: list[str] = column(ARRAY(Text))
    before: dict[str, Any] = column(JSONB)
    after: dict[str, Any] = column(JSONB)
