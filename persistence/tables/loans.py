"""Loans and their steps."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlmodel import SQLModel

from persistence.tables.columns import (
    AMOUNT,
    IDS,
    MOMENT,
    column,
    one_of,
    reference,
    unique_where,
)

__all__ = ["Loan", "LoanStep", "LoanWords"]


class Loan(SQLModel, table=True):
    """A loan, from the application on; its steps move it."""

    __tablename__ = "loans"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="loans_pkey"),
        UniqueConstraint("tenant_id", "number", name="loans_number_once"),
        reference("loans_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference(
            "loans_product_fkey",
            ["tenant_id", "product_id", "product_version"],
            "app.loan_product_versions",
            ["tenant_id", "product_id", "number"],
        ),
        reference("loans_terms_fkey", ["tenant_id", "terms_id"], "app.loan_terms", ["tenant_id", "id"]),
        reference("loans_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        reference("loans_hold_fkey", ["tenant_id", "hold_id"], "ledger.holds", ["tenant_id", "id"]),
        reference("loans_disbursement_fkey", ["tenant_id", "disbursement_id"], "ledger.entries", ["tenant_id", "id"]),
        reference(
            "loans_constitution_fkey",
            ["tenant_id", "constitution_version"],
            "app.constitutions",
            ["tenant_id", "version"],
        ),
        one_of("loans_fund_known", "fund", ("LOAN_FUND", "SOCIAL_FUND")),
        one_of(
            "loans_purpose_known",
            "purpose",
            (
                "BUSINESS",
                "AGRICULTURE",
                "LIVESTOCK",
                "EDUCATION",
                "HEALTH",
                "HOUSING",
                "HOUSEHOLD",
                "ASSETS",
                "EMERGENCY",
                "CEREMONY",
                "REFINANCING",
                "OTHER",
            ),
        ),
        one_of(
            "loans_status_known",
            "status",
            (
                "APPLIED",
                "APPRAISED",
                "APPROVED",
                "REJECTED",
                "WITHDRAWN",
                "EXPIRED",
                "ACTIVE",
                "CLOSED",
                "DEFAULTED",
                "WRITTEN_OFF",
            ),
        ),
        CheckConstraint(
            "applied > 0 AND recommended > 0 AND approved > 0 AND approved <= applied AND disbursed > 0 "
            "AND disbursed <= approved",
            name="loans_sums_in_order",
        ),
        CheckConstraint(
            "(approved IS NULL) = (approved_until IS NULL) AND (approved IS NOT NULL OR hold_id IS NULL)",
            name="loans_approved_whole",
        ),
        CheckConstraint(
            "num_nonnulls(disbursed, disbursed_on, disbursement_id) IN (0, 3) "
            "AND (disbursed IS NOT NULL) = (status IN ( 'ACTIVE', 'CLOSED', 'DEFAULTED', 'WRITTEN_OFF' ))",
            name="loans_disbursed_whole",
        ),
        CheckConstraint("(closed_on IS NOT NULL) = (status = 'CLOSED')", name="loans_closed_whole"),
        CheckConstraint(
            "cardinality(guarantors) <= 20 AND NOT (member_id = ANY (guarantors))", name="loans_guarantors_range"
        ),
        CheckConstraint("number > 0 AND version > 0", name="loans_number_positive"),
        unique_where("loans_disbursement_once", ["tenant_id", "disbursement_id"], "disbursement_id IS NOT NULL"),
        Index("loans_id_idx", "id"),
        Index("loans_member_idx", "tenant_id", "member_id", "number"),
        Index(
            "loans_meeting_idx", "tenant_id", "meeting_id", "number", postgresql_where=text("meeting_id IS NOT NULL")
        ),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    number: int
    member_id: UUID
    product_id: UUID
    product_version: int
    terms_id: UUID
    fund: str = column(Text)
    currency: str = column(Text)
    purpose: str = column(Text)
    status: str = column(Text, default="'APPLIED'")
    applied: Decimal = column(AMOUNT)
    recommended: Decimal | None = column(AMOUNT)
    approved: Decimal | None = column(AMOUNT)
    disbursed: Decimal | None = column(AMOUNT)
    applied_on: date
    meeting_id: UUID | None
    approved_until: date | None
    hold_id: UUID | None
    disbursed_on: date | None
    disbursement_id: UUID | None
    closed_on: date | None
    officer_id: UUID | None
    applied_by: UUID
    guarantors: list[UUID] = column(IDS, default="'{}'")
    constitution_version: int
    version: int = column(Integer, default="1")


class LoanStep(SQLModel, table=True):
    """What was done with a loan, when and by whom. It never changes."""

    __tablename__ = "loan_steps"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "loan_id", "number", name="loan_steps_pkey"),
        reference("loan_steps_loan_fkey", ["tenant_id", "loan_id"], "app.loans", ["tenant_id", "id"]),
        reference("loan_steps_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference("loan_steps_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        reference("loan_steps_entry_fkey", ["tenant_id", "entry_id"], "ledger.entries", ["tenant_id", "id"]),
        one_of(
            "loan_steps_kind_known",
            "kind",
            (
                "APPLICATION",
                "APPRAISAL",
                "ENDORSEMENT",
                "APPROVAL",
                "REJECTION",
                "WITHDRAWAL",
                "EXPIRY",
                "DISBURSEMENT",
                "DISBURSEMENT_REVERSAL",
                "RESCHEDULING",
                "CLOSURE",
                "REOPENING",
                "DEFAULT",
                "CURE",
                "WRITE_OFF",
                "WRITE_OFF_REVERSAL",
                "RECOVERY",
            ),
        ),
        CheckConstraint("amount > 0", name="loan_steps_amount_positive"),
        CheckConstraint(
            "(votes_for IS NULL) = (votes_against IS NULL) AND votes_for BETWEEN 0 AND 100000 "
            "AND votes_against BETWEEN 0 AND 100000",
            name="loan_steps_votes_range",
        ),
        CheckConstraint("votes_for IS NULL OR meeting_id IS NOT NULL", name="loan_steps_votes_in_meeting"),
        one_of("loan_steps_place_known", "place", ("BOX", "BANK", "MOBILE_MONEY")),
        CheckConstraint(
            "(hold_id IS NULL) = (place IS NULL) AND (kind = 'APPROVAL') = (approved_until IS NOT NULL) "
            "AND (hold_id IS NULL OR kind = 'APPROVAL')",
            name="loan_steps_hold_whole",
        ),
        Index("loan_steps_member_idx", "tenant_id", "member_id"),
        Index("loan_steps_meeting_idx", "tenant_id", "meeting_id", postgresql_where=text("meeting_id IS NOT NULL")),
        {"schema": "app"},
    )

    tenant_id: UUID
    loan_id: UUID
    number: int
    member_id: UUID
    kind: str = column(Text)
    was: str | None = column(Text)
    became: str = column(Text)
    counts_on: date
    meeting_id: UUID | None
    amount: Decimal | None = column(AMOUNT)
    entry_id: UUID | None
    votes_for: int | None
    votes_against: int | None
    hold_id: UUID | None
    place: str | None = column(Text)
    approved_until: date | None
    recorded_at: datetime = column(MOMENT, default="clock_timestamp()")
    recorded_by: UUID


class LoanWords(SQLModel, table=True):
    """Words beside a step, in which people may be named. They never change."""

    __tablename__ = "loan_words"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "loan_id", "step", name="loan_words_pkey"),
        reference(
            "loan_words_step_fkey",
            ["tenant_id", "loan_id", "step"],
            "app.loan_steps",
            ["tenant_id", "loan_id", "number"],
        ),
        reference("loan_words_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        CheckConstraint("length(words) BETWEEN 1 AND 1000", name="loan_words_length"),
        Index("loan_words_member_idx", "tenant_id", "member_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    loan_id: UUID
    step: int
    member_id: UUID
    words: str = column(Text)
