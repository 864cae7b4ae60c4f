"""Documents that front ends may run by their id: global tables that only the owner writes."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel

from persistence.tables.columns import MOMENT, column

__all__ = ["DocumentManifest", "TrustedDocument"]


class TrustedDocument(SQLModel, table=True):
    """A document that was valid when it was registered, under the SHA-256 of its text."""

    __tablename__ = "trusted_documents"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("id", name="trusted_documents_pkey"),
        CheckConstraint(
            "id = encode(sha256(convert_to(document, 'UTF8')), 'hex')", name="trusted_documents_id_is_digest"
        ),
        {"schema": "app"},
    )

    id: str = column(Text)
    document: str = column(Text)


class DocumentManifest(SQLModel, table=True):
    """The documents that one version of an application registered."""

    __tablename__ = "document_manifests"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("application", "version", name="document_manifests_pkey"),
        {"schema": "app"},
    )

    application: str = column(Text)
    version: str = column(Text)
    document_ids: list[str] = column(ARRAY(Text))
    registered_at: datetime = column(MOMENT, default="now()")
