"""Meetings, who was there, and the cash that was counted."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import SQLModel

from persistence.tables.columns import AMOUNT, MOMENT, column, one_of, reference, unique_where

__all__ = ["Attendance", "AttendanceWords", "CashCount", "Meeting", "MeetingText"]


class Meeting(SQLModel, table=True):
    """A meeting of a group; at most one of a group is open. A draft is planned."""

    __tablename__ = "meetings"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="meetings_pkey"),
        reference("meetings_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        reference("meetings_facilitator_fkey", ["tenant_id", "facilitator_id"], "app.members", ["tenant_id", "id"]),
        UniqueConstraint("tenant_id", "number", name="meetings_number_once"),
        CheckConstraint("number > 0", name="meetings_number_positive"),
        one_of("meetings_status_known", "status", ("DRAFT", "CANCELLED", "OPEN", "CONFIRMED", "CLOSED")),
        one_of("meetings_kind_known", "kind", ("REGULAR", "SPECIAL", "ANNUAL", "EMERGENCY", "COMMITTEE")),
        one_of("meetings_mode_known", "mode", ("PHYSICAL", "VIRTUAL", "HYBRID")),
        CheckConstraint("ends_at > starts_at", name="meetings_times_order"),
        CheckConstraint("(status IN ('DRAFT', 'CANCELLED')) = (opened_at IS NULL)", name="meetings_opened_whole"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="meetings_confirmed_whole"),
        CheckConstraint(
            "CASE status WHEN 'CONFIRMED' THEN confirmed_at IS NOT NULL WHEN 'CLOSED' THEN true "
            "ELSE confirmed_at IS NULL END",
            name="meetings_confirmed_status",
        ),
        CheckConstraint("confirmed_by <> opened_by", name="meetings_confirmed_by_another"),
        CheckConstraint("(status = 'CLOSED') = (closed_at IS NOT NULL)", name="meetings_closed_whole"),
        CheckConstraint("length(venue) BETWEEN 1 AND 160", name="meetings_venue_length"),
        CheckConstraint("version > 0", name="meetings_version_positive"),
        Index("meetings_id_idx", "id"),
        Index("meetings_date_idx", "tenant_id", "held_on"),
        unique_where("meetings_one_open", ["tenant_id"], "status IN ('OPEN', 'CONFIRMED')"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    number: int
    status: str = column(Text)
    kind: str = column(Text, default="'REGULAR'")
    mode: str = column(Text, default="'PHYSICAL'")
    held_on: date
    venue: str | None = column(Text)
    starts_at: datetime | None = column(MOMENT)
    ends_at: datetime | None = column(MOMENT)
    facilitator_id: UUID | None
    created_at: datetime = column(MOMENT, default="now()")
    created_by: UUID | None
    opened_at: datetime | None = column(MOMENT)
    opened_by: UUID | None
    opened_after: int = column(BigInteger, default="0")
    confirmed_at: datetime | None = column(MOMENT)
    confirmed_by: UUID | None
    closed_at: datetime | None = column(MOMENT)
    closed_by: UUID | None
    device_time: datetime | None = column(MOMENT)
    version: int = column(Integer, default="1")


class MeetingText(SQLModel, table=True):
    """What people wrote of a meeting, and how to join it."""

    __tablename__ = "meeting_texts"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "meeting_id", name="meeting_texts_pkey"),
        reference("meeting_texts_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        CheckConstraint("length(link) BETWEEN 1 AND 500", name="meeting_texts_link_length"),
        CheckConstraint("length(agenda) BETWEEN 1 AND 4000", name="meeting_texts_agenda_length"),
        CheckConstraint("length(notes) BETWEEN 1 AND 20000", name="meeting_texts_notes_length"),
        CheckConstraint("length(cancel_reason) BETWEEN 1 AND 500", name="meeting_texts_cancel_reason_length"),
        {"schema": "app"},
    )

    tenant_id: UUID
    meeting_id: UUID
    link: str | None = column(Text)
    agenda: str | None = column(Text)
    notes: str | None = column(Text)
    cancel_reason: str | None = column(Text)


class Attendance(SQLModel, table=True):
    """A line of the roll: whether a member was there."""

    __tablename__ = "attendances"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "meeting_id", "member_id", name="attendances_pkey"),
        reference("attendances_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        reference("attendances_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference(
            "attendances_representative_fkey", ["tenant_id", "representative_id"], "app.members", ["tenant_id", "id"]
        ),
        one_of("attendances_status_known", "status", ("PRESENT", "LATE", "ABSENT", "EXCUSED", "REPRESENTED")),
        CheckConstraint("left_at > arrived_at", name="attendances_times_order"),
        CheckConstraint(
            "status IN ('PRESENT', 'LATE', 'REPRESENTED') OR (arrived_at IS NULL AND left_at IS NULL)",
            name="attendances_times_of_present",
        ),
        CheckConstraint(
            "representative_id IS NULL OR status = 'REPRESENTED'", name="attendances_representative_status"
        ),
        CheckConstraint("representative_id <> member_id", name="attendances_representative_other"),
        CheckConstraint("version > 0", name="attendances_version_positive"),
        Index("attendances_member_idx", "tenant_id", "member_id", "meeting_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    meeting_id: UUID
    member_id: UUID
    status: str = column(Text)
    arrived_at: datetime | None = column(MOMENT)
    left_at: datetime | None = column(MOMENT)
    representative_id: UUID | None
    recorded_at: datetime = column(MOMENT, default="clock_timestamp()")
    recorded_by: UUID
    device_time: datetime | None = column(MOMENT)
    version: int = column(Integer, default="1")


class AttendanceWords(SQLModel, table=True):
    """Why a member was not there, and who came in her place."""

    __tablename__ = "attendance_words"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "meeting_id", "member_id", name="attendance_words_pkey"),
        reference(
            "attendance_words_attendance_fkey",
            ["tenant_id", "meeting_id", "member_id"],
            "app.attendances",
            ["tenant_id", "meeting_id", "member_id"],
        ),
        CheckConstraint("length(excuse) BETWEEN 1 AND 500", name="attendance_words_excuse_length"),
        CheckConstraint("length(representative) BETWEEN 1 AND 120", name="attendance_words_representative_length"),
        {"schema": "app"},
    )

    tenant_id: UUID
    meeting_id: UUID
    member_id: UUID
    excuse: str | None = column(Text)
    representative: str | None = column(Text)


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
