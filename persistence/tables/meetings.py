"""Meetings, and the cash that was counted at them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import SQLModel

from persistence.tables.columns import AMOUNT, MOMENT, column, one_of, reference, unique_where

__all__ = ["CashCount", "Meeting"]


class Meeting(SQLModel, table=True):
    """A meeting of a group; at most one of a group is open."""

    __tablename__ = "meetings"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="meetings_pkey"),
        reference("meetings_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        UniqueConstraint("tenant_id", "number", name="meetings_number_once"),
        CheckConstraint("number > 0", name="meetings_number_positive"),
        one_of("meetings_status_known", "status", ("DRAFT", "OPEN", "CONFIRMED", "CLOSED")),
        CheckConstraint("(status = 'CLOSED') = (closed_at IS NOT NULL)", name="meetings_closed_whole"),
        CheckConstraint("length(venue) BETWEEN 1 AND 160", name="meetings_venue_length"),
        CheckConstraint("version > 0", name="meetings_version_positive"),
        Index("meetings_id_idx", "id"),
        unique_where("meetings_one_open", ["tenant_id"], "status = 'OPEN'"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    number: int
    status: str = column(Text)
    held_on: date
    venue: str | None = column(Text)
    opened_at: datetime = column(MOMENT, default="now()")
    opened_by: UUID
    opened_after: int = column(BigInteger, default="0")
    closed_at: datetime | None = column(MOMENT)
    closed_by: UUID | None
    device_time: datetime | None = column(MOMENT)
    version: int = column(Integer, default="1")


class CashCount(SQLModel, table=True):
    """What was counted in one cash account at the opening or the closing, beside what the ledger expected then."""

    __tablename__ = "cash_counts"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "meeting_id", "moment", "account_id", name="cash_counts_pkey"),
        reference("cash_counts_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        reference("cash_counts_account_fkey", ["tenant_id", "account_id"], "ledger.accounts", ["tenant_id", "id"]),
        one_of("cash_counts_moment_known", "moment", ("OPENING", "CLOSING")),
        CheckConstraint("counted >= 0", name="cash_counts_counted_not_negative"),
        CheckConstraint(
            "counted <= 100000000000000 AND abs(expected) <= 100000000000000", name="cash_counts_amounts_range"
        ),
        CheckConstraint("counted = expected OR reason IS NOT NULL", name="cash_counts_difference_explained"),
        {"schema": "app"},
    )

    tenant_id: UUID
    meeting_id: UUID
    moment: str = column(Text)
    account_id: UUID
    expected: Decimal = column(AMOUNT)
    counted: Decimal = column(AMOUNT)
    reason: str | None = column(Text)
