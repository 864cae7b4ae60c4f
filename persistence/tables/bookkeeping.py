"""What stands beside the entries of a book: drafts of them, their words, money set aside, and closed periods."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel

from persistence.tables.columns import AMOUNT, IDS, MOMENT, column, one_of, reference

__all__ = ["Closing", "Draft", "Hold", "Voucher"]


class Hold(SQLModel, table=True):
    """Money of an account that is set aside until it is used, released, or its time is over."""

    __tablename__ = "holds"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="holds_pkey"),
        reference(
            "holds_account_fkey",
            ["tenant_id", "account_id"],
            "ledger.account_balances",
            ["tenant_id", "account_id"],
        ),
        # Deferred, since the hold ends before the entry that uses it is posted.
        reference("holds_entry_fkey", ["tenant_id", "entry_id"], "ledger.entries", ["tenant_id", "id"], deferred=True),
        CheckConstraint("amount > 0", name="holds_amount_positive"),
        CheckConstraint("length(purpose) BETWEEN 1 AND 500", name="holds_purpose_length"),
        one_of("holds_outcome_known", "outcome", ("USED", "RELEASED", "EXPIRED")),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="holds_ended_whole"),
        CheckConstraint(
            "(outcome IS NOT DISTINCT FROM 'USED') = (entry_id IS NOT NULL)",
            name="holds_used_by_entry",
        ),
        Index("holds_id_idx", "id"),
        Index("holds_newest_idx", "tenant_id", "placed_at", "id"),
        Index("holds_open_idx", "tenant_id", "account_id", postgresql_where=text("outcome IS NULL")),
        {"schema": "ledger"},
    )

    tenant_id: UUID
    id: UUID
    account_id: UUID
    amount: Decimal = column(AMOUNT)
    purpose: str = column(Text)
    placed_at: datetime = column(MOMENT, default="clock_timestamp()")
    placed_by: UUID
    expires_at: datetime = column(MOMENT)
    outcome: str | None = column(Text)
    ended_at: datetime | None = column(MOMENT)
    ended_by: UUID | None
    entry_id: UUID | None


class Draft(SQLModel, table=True):
    """An entry that waits for a second officer, and is then posted with the draft's id."""

    __tablename__ = "drafts"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="drafts_pkey"),
        reference("drafts_book_fkey", ["tenant_id"], "ledger.heads", ["tenant_id"]),
        reference("drafts_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        reference("drafts_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference("drafts_reverses_fkey", ["tenant_id", "reverses_id"], "ledger.entries", ["tenant_id", "id"]),
        CheckConstraint(
            "cardinality(line_accounts) >= 2 AND cardinality(line_members) = cardinality(line_accounts)"
            " AND cardinality(line_amounts) = cardinality(line_accounts)"
            " AND cardinality(line_shares) = cardinality(line_accounts)",
            name="drafts_lines_alike",
        ),
        CheckConstraint("length(description) BETWEEN 1 AND 500", name="drafts_description_length"),
        CheckConstraint("length(payee) BETWEEN 1 AND 120", name="drafts_payee_length"),
        CheckConstraint("length(receipt) BETWEEN 1 AND 60", name="drafts_receipt_length"),
        one_of("drafts_status_known", "status", ("OPEN", "POSTED", "DISCARDED")),
        CheckConstraint("(status = 'OPEN') = (decided_at IS NULL)", name="drafts_decided_whole"),
        CheckConstraint("version > 0", name="drafts_version_positive"),
        Index("drafts_id_idx", "id"),
        Index("drafts_newest_idx", "tenant_id", "drafted_at", "id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    kind: str = column(Text)
    effective_on: date
    meeting_id: UUID | None
    member_id: UUID | None
    reverses_id: UUID | None
    line_accounts: list[UUID] = column(IDS)
    line_members: list[UUID] = column(IDS)
    line_amounts: list[Decimal] = column(ARRAY(AMOUNT))
    line_shares: list[int] = column(ARRAY(Integer))
    description: str = column(Text)
    payee: str | None = column(Text)
    receipt: str | None = column(Text)
    status: str = column(Text, default="'OPEN'")
    drafted_at: datetime = column(MOMENT, default="clock_timestamp()")
    drafted_by: UUID
    decided_at: datetime | None = column(MOMENT)
    decided_by: UUID | None
    version: int = column(Integer, default="1")


class Voucher(SQLModel, table=True):
    """The words of an entry, which its hash leaves out."""

    __tablename__ = "vouchers"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="vouchers_pkey"),
        reference("vouchers_entry_fkey", ["tenant_id", "id"], "ledger.entries", ["tenant_id", "id"]),
        reference("vouchers_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        CheckConstraint("length(description) BETWEEN 1 AND 500", name="vouchers_description_length"),
        CheckConstraint("length(payee) BETWEEN 1 AND 120", name="vouchers_payee_length"),
        CheckConstraint("length(receipt) BETWEEN 1 AND 60", name="vouchers_receipt_length"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    member_id: UUID | None
    description: str = column(Text)
    payee: str | None = column(Text)
    receipt: str | None = column(Text)


class Closing(SQLModel, table=True):
    """The closing of a book through a date, with the head of the book at that moment."""

    __tablename__ = "closings"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "closed_through", name="closings_pkey"),
        reference("closings_book_fkey", ["tenant_id"], "ledger.heads", ["tenant_id"]),
        {"schema": "ledger"},
    )

    tenant_id: UUID
    closed_through: date
    entry_number: int = column(BigInteger)
    entry_hash: bytes = column(LargeBinary)
    closed_at: datetime = column(MOMENT, default="clock_timestamp()")
    closed_by: UUID
