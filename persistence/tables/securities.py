"""What stands in for loans: guarantees of members, and collateral."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, Text
from sqlmodel import SQLModel

from persistence.tables.columns import AMOUNT, MOMENT, column, one_of, reference, unique_where

__all__ = ["LoanCollateral", "LoanCollateralWords", "LoanGuarantee"]

_RELEASED = "(released_at IS NULL) = (released_by IS NULL) AND (status = 'RELEASED') = (released_at IS NOT NULL)"


class LoanGuarantee(SQLModel, table=True):
    """That a member stands surety for another's loan."""

    __tablename__ = "loan_guarantees"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="loan_guarantees_pkey"),
        reference("loan_guarantees_loan_fkey", ["tenant_id", "loan_id"], "app.loans", ["tenant_id", "id"]),
        reference("loan_guarantees_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference("loan_guarantees_borrower_fkey", ["tenant_id", "borrower_id"], "app.members", ["tenant_id", "id"]),
        CheckConstraint("member_id <> borrower_id", name="loan_guarantees_of_another"),
        CheckConstraint("amount > 0", name="loan_guarantees_amount_positive"),
        one_of("loan_guarantees_status_known", "status", ("PLEDGED", "ACCEPTED", "RELEASED")),
        CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by IS NULL) AND (status <> 'PLEDGED' OR accepted_at IS NULL) "
            "AND (status <> 'ACCEPTED' OR accepted_at IS NOT NULL)",
            name="loan_guarantees_accepted_whole",
        ),
        CheckConstraint(_RELEASED, name="loan_guarantees_released_whole"),
        CheckConstraint("version > 0", name="loan_guarantees_version_positive"),
        unique_where("loan_guarantees_given_once", ["tenant_id", "loan_id", "member_id"], "status <> 'RELEASED'"),
        Index("loan_guarantees_loan_idx", "tenant_id", "loan_id", "pledged_at", "id"),
        Index("loan_guarantees_member_idx", "tenant_id", "member_id", "pledged_at", "id"),
        Index("loan_guarantees_newest_idx", "tenant_id", "pledged_at", "id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    loan_id: UUID
    member_id: UUID
    borrower_id: UUID
    amount: Decimal = column(AMOUNT)
    currency: str = column(Text)
    holds_savings: bool
    status: str = column(Text, default="'PLEDGED'")
    pledged_at: datetime = column(MOMENT, default="clock_timestamp()")
    pledged_by: UUID
    accepted_at: datetime | None = column(MOMENT)
    accepted_by: UUID | None
    released_at: datetime | None = column(MOMENT)
    released_by: UUID | None
    version: int = column(Integer, default="1")


class LoanCollateral(SQLModel, table=True):
    """What stands in for a loan, and what it is worth."""

    __tablename__ = "loan_collateral"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="loan_collateral_pkey"),
        reference("loan_collateral_loan_fkey", ["tenant_id", "loan_id"], "app.loans", ["tenant_id", "id"]),
        reference("loan_collateral_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        one_of(
            "loan_collateral_kind_known",
            "kind",
            (
                "LAND",
                "BUILDING",
                "VEHICLE",
                "EQUIPMENT",
                "LIVESTOCK",
                "CROPS",
                "HOUSEHOLD_GOODS",
                "DOCUMENT",
                "OTHER",
            ),
        ),
        CheckConstraint("value > 0", name="loan_collateral_value_positive"),
        one_of("loan_collateral_status_known", "status", ("HELD", "RELEASED")),
        CheckConstraint(_RELEASED, name="loan_collateral_released_whole"),
        CheckConstraint("version > 0", name="loan_collateral_version_positive"),
        Index("loan_collateral_loan_idx", "tenant_id", "loan_id", "recorded_at", "id"),
        Index("loan_collateral_member_idx", "tenant_id", "member_id"),
        Index("loan_collateral_newest_idx", "tenant_id", "recorded_at", "id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    loan_id: UUID
    member_id: UUID
    kind: str = column(Text)
    value: Decimal = column(AMOUNT)
    currency: str = column(Text)
    valued_on: date
    status: str = column(Text, default="'HELD'")
    recorded_at: datetime = column(MOMENT, default="clock_timestamp()")
    recorded_by: UUID
    released_at: datetime | None = column(MOMENT)
    released_by: UUID | None
    version: int = column(Integer, default="1")


class LoanCollateralWords(SQLModel, table=True):
    """What collateral is, in words. They never change."""

    __tablename__ = "loan_collateral_words"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="loan_collateral_words_pkey"),
        reference(
            "loan_collateral_words_collateral_fkey", ["tenant_id", "id"], "app.loan_collateral", ["tenant_id", "id"]
        ),
        reference("loan_collateral_words_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        CheckConstraint("length(description) BETWEEN 1 AND 500", name="loan_collateral_words_length"),
        Index("loan_collateral_words_member_idx", "tenant_id", "member_id"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    member_id: UUID
    description: str = column(Text)
