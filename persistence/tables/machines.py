"""What programs are let in with: global tables that only definer functions write."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, PrimaryKeyConstraint, Text
from sqlmodel import SQLModel

from persistence.tables.columns import MOMENT, column, reference, unique_where

__all__ = ["MachineGrant", "MachineSecret", "MachineUse"]

_TEXTS: ARRAY[Any] = ARRAY(Text)


class MachineGrant(SQLModel, table=True):
    """What a machine credential may do in one tenant; the row of whoever granted it stands for the credential."""

    __tablename__ = "machine_grants"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "credential_id", name="machine_grants_pkey"),
        reference("machine_grants_tenant_fkey", ["tenant_id"], "app.tenants", ["id"]),
        reference(
            "machine_grants_granter_fkey",
            ["granter_id", "credential_id"],
            "access.machine_grants",
            ["tenant_id", "credential_id"],
        ),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="machine_grants_name_length"),
        CheckConstraint(
            "cardinality(scopes) > 0"
            " AND scopes <@ ARRAY['READ_TOTALS', 'READ_ROWS', 'READ_NAMES', 'RECORD_CONTRIBUTIONS']",
            name="machine_grants_scopes_known",
        ),
        CheckConstraint(
            "expires_at > created_at AND expires_at <= created_at + interval '9600 hours'",
            name="machine_grants_life_limited",
        ),
        Index("machine_grants_credential_idx", "credential_id"),
        unique_where("machine_grants_granted_once", ["credential_id"], "tenant_id = granter_id"),
        {"schema": "access"},
    )

    tenant_id: UUID
    credential_id: UUID
    granter_id: UUID
    name: str = column(Text)
    scopes: list[str] = column(_TEXTS)
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID
    expires_at: datetime = column(MOMENT)
    revoked_at: datetime | None = column(MOMENT)
    revoked_by: UUID | None


class MachineSecret(SQLModel, table=True):
    """A secret of a credential, as a keyed digest."""

    __tablename__ = "machine_secrets"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("digest", name="machine_secrets_pkey"),
        reference(
            "machine_secrets_grant_fkey",
            ["granter_id", "credential_id"],
            "access.machine_grants",
            ["tenant_id", "credential_id"],
        ),
        Index("machine_secrets_credential_idx", "credential_id"),
        {"schema": "access"},
    )

    digest: bytes
    credential_id: UUID
    granter_id: UUID
    created_at: datetime = column(MOMENT, default="now()")
    expires_at: datetime = column(MOMENT)


class MachineUse(SQLModel, table=True):
    """When a credential was last used, to the hour."""

    __tablename__ = "machine_uses"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "credential_id", name="machine_uses_pkey"),
        reference(
            "machine_uses_grant_fkey",
            ["tenant_id", "credential_id"],
            "access.machine_grants",
            ["tenant_id", "credential_id"],
        ),
        {"schema": "access"},
    )

    tenant_id: UUID
    credential_id: UUID
    used_at: datetime = column(MOMENT)
