"""What is due of loans, and what was paid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlmodel import SQLModel

from persistence.tables.columns import (
    AMOUNT,
    MOMENT,
    column,
    one_of,
    reference,
)

__all__ = ["LoanCharge", "LoanInstalment", "LoanPayment", "LoanSchedule"]


class LoanSchedule(SQLModel, table=True):
    """What is due from a day on. It never changes."""

    __tablename__ = "loan_schedules"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "loan_id", "number", name="loan_schedules_pkey"),
        reference("loan_schedules_loan_fkey", ["tenant_id", "loan_id"], "app.loans", ["tenant_id", "id"]),
        reference("loan_schedules_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference("loan_schedules_terms_fkey", ["tenant_id", "terms_id"], "app.loan_terms", ["tenant_id", "id"]),
        one_of("loan_schedules_reason_known", "reason", ("DISBURSEMENT", "RESCHEDULING")),
        CheckConstraint(
            "principal > 0 AND charges_at_start >= 0 AND instalments BETWEEN 1 AND 520 AND brought_penalties >= 0 "
            "AND brought_fees >= 0 AND brought_interest >= 0 AND after_sequence >= 0",
            name="loan_schedules_sums_range",
        ),
        Index("loan_schedules_member_idx", "tenant_id", "member_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    loan_id: UUID
    number: int
    member_id: UUID
    terms_id: UUID
    reason: str = column(Text)
    starts_on: date
    principal: Decimal = column(AMOUNT)
    charges_at_start: Decimal = column(AMOUNT)
    instalments: int
    brought_penalties: Decimal = column(AMOUNT, default="0")
    brought_fees: Decimal = column(AMOUNT, default="0")
    brought_interest: Decimal = column(AMOUNT, default="0")
    after_sequence: int = column(Integer, default="0")
    made_at: datetime = column(MOMENT, default="clock_timestamp()")
    made_by: UUID


class LoanInstalment(SQLModel, table=True):
    """What is due on one day by a schedule. It never changes."""

    __tablename__ = "loan_instalments"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "loan_id", "schedule", "number", name="loan_instalments_pkey"),
        reference(
            "loan_instalments_schedule_fkey",
            ["tenant_id", "loan_id", "schedule"],
            "app.loan_schedules",
            ["tenant_id", "loan_id", "number"],
        ),
        reference("loan_instalments_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        CheckConstraint("starts_on <= due_on", name="loan_instalments_dates_order"),
        CheckConstraint("principal >= 0 AND interest >= 0 AND charges >= 0", name="loan_instalments_sums_range"),
        Index("loan_instalments_member_idx", "tenant_id", "member_id"),
        Index("loan_instalments_due_idx", "tenant_id", "due_on"),
        {"schema": "app"},
    )

    tenant_id: UUID
    loan_id: UUID
    schedule: int
    number: int
    member_id: UUID
    starts_on: date
    due_on: date
    principal: Decimal = column(AMOUNT)
    interest: Decimal = column(AMOUNT)
    charges: Decimal = column(AMOUNT)


class LoanCharge(SQLModel, table=True):
    """What is charged beside the schedule. It never changes."""

    __tablename__ = "loan_charges"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="loan_charges_pkey"),
        reference("loan_charges_loan_fkey", ["tenant_id", "loan_id"], "app.loans", ["tenant_id", "id"]),
        reference("loan_charges_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference("loan_charges_entry_fkey", ["tenant_id", "entry_id"], "ledger.entries", ["tenant_id", "id"]),
        reference("loan_charges_waives_fkey", ["tenant_id", "waives_id"], "app.loan_charges", ["tenant_id", "id"]),
        UniqueConstraint("tenant_id", "loan_id", "sequence", name="loan_charges_sequence_once"),
        one_of("loan_charges_kind_known", "kind", ("FEE", "PENALTY", "WAIVER")),
        CheckConstraint("(kind = 'WAIVER') = (waives_id IS NOT NULL)", name="loan_charges_waiver_whole"),
        CheckConstraint("sequence > 0", name="loan_charges_sequence_positive"),
        CheckConstraint("instalment > 0", name="loan_charges_instalment_positive"),
        CheckConstraint("amount > 0", name="loan_charges_amount_positive"),
        Index("loan_charges_member_idx", "tenant_id", "member_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    loan_id: UUID
    member_id: UUID
    sequence: int
    kind: str = column(Text)
    counts_on: date
    due_on: date
    instalment: int | None
    amount: Decimal = column(AMOUNT)
    entry_id: UUID | None
    waives_id: UUID | None
    recorded_at: datetime = column(MOMENT, default="clock_timestamp()")
    recorded_by: UUID


class LoanPayment(SQLModel, table=True):
    """How the money of an entry settled a loan. It never changes."""

    __tablename__ = "loan_payments"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="loan_payments_pkey"),
        UniqueConstraint("tenant_id", "loan_id", "sequence", name="loan_payments_sequence_once"),
        reference("loan_payments_entry_fkey", ["tenant_id", "id"], "ledger.entries", ["tenant_id", "id"]),
        reference("loan_payments_loan_fkey", ["tenant_id", "loan_id"], "app.loans", ["tenant_id", "id"]),
        reference("loan_payments_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference(
            "loan_payments_replaces_fkey", ["tenant_id", "replaces_id"], "app.loan_payments", ["tenant_id", "id"]
        ),
        one_of(
            "loan_payments_kind_known",
            "kind",
            ("REPAYMENT", "ADVANCE_USED", "ADVANCE_RETURNED", "ACCRUAL", "WRITE_OFF", "RECOVERY"),
        ),
        CheckConstraint(
            "amount > 0 AND penalties >= 0 AND fees >= 0 AND interest >= 0 AND principal >= 0 AND advance >= 0",
            name="loan_payments_sums_range",
        ),
        CheckConstraint(
            "amount = penalties + fees + interest + principal + advance OR kind IN ('RECOVERY', 'ADVANCE_RETURNED')",
            name="loan_payments_split_whole",
        ),
        CheckConstraint("sequence > 0", name="loan_payments_sequence_positive"),
        Index("loan_payments_member_idx", "tenant_id", "member_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    loan_id: UUID
    sequence: int
    member_id: UUID
    kind: str = column(Text)
    effective_on: date
    amount: Decimal = column(AMOUNT)
    penalties: Decimal = column(AMOUNT)
    fees: Decimal = column(AMOUNT)
    interest: Decimal = column(AMOUNT)
    principal: Decimal = column(AMOUNT)
    advance: Decimal = column(AMOUNT)
    replaces_id: UUID | None
    recorded_at: datetime = column(MOMENT, default="clock_timestamp()")
    recorded_by: UUID
