"""What a group lends and on what terms."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Integer, PrimaryKeyConstraint, Text
from sqlmodel import SQLModel

from persistence.tables.columns import (
    AMOUNT,
    AMOUNTS,
    MOMENT,
    RATE,
    TEXTS,
    column,
    one_of,
    reference,
)

__all__ = ["LoanProduct", "LoanProductVersion", "LoanTerms"]


class LoanTerms(SQLModel, table=True):
    """On what terms a loan is repaid. It never changes."""

    __tablename__ = "loan_terms"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="loan_terms_pkey"),
        reference("loan_terms_book_fkey", ["tenant_id"], "ledger.heads", ["tenant_id"]),
        one_of(
            "loan_terms_method_known",
            "method",
            ("FLAT", "REDUCING_EQUAL_INSTALMENTS", "REDUCING_EQUAL_PRINCIPAL", "COMPOUND"),
        ),
        CheckConstraint("rate BETWEEN 0 AND 1000", name="loan_terms_rate_range"),
        one_of("loan_terms_rate_period_known", "rate_period", ("WEEK", "FOUR_WEEKS", "MONTH", "YEAR")),
        one_of(
            "loan_terms_frequency_known",
            "frequency",
            ("DAILY", "WEEKLY", "TWO_WEEKLY", "FIFTEEN_DAYS", "FOUR_WEEKLY", "MONTHLY"),
        ),
        CheckConstraint(
            "instalments BETWEEN 1 AND 520 AND every BETWEEN 1 AND 12 AND principal_grace BETWEEN 0 "
            "AND instalments - 1 AND interest_grace BETWEEN 0 AND instalments - 1 "
            "AND interest_free BETWEEN 0 AND instalments",
            name="loan_terms_counts_range",
        ),
        one_of(
            "loan_terms_day_count_known",
            "day_count_rule",
            ("SAME_AS_PERIOD", "THIRTY_360", "ACTUAL_360", "ACTUAL_365", "ACTUAL_ACTUAL"),
        ),
        one_of("loan_terms_rounding_known", "rounding", ("HALF_EVEN", "HALF_UP", "UP", "DOWN")),
        CheckConstraint("smallest_sum > 0 AND instalment_multiple > 0", name="loan_terms_multiples_positive"),
        one_of("loan_terms_residue_known", "residue", ("LAST", "FIRST")),
        CheckConstraint(
            "cardinality(charged_at) <= 10 AND cardinality(charge_bases) = cardinality(charged_at) "
            "AND cardinality(charge_values) = cardinality(charged_at)",
            name="loan_terms_charges_alike",
        ),
        CheckConstraint(
            "charged_at <@ ARRAY['DISBURSEMENT', 'INSTALMENT'] "
            "AND charge_bases <@ ARRAY['FIXED', 'PRINCIPAL', 'INTEREST', 'PRINCIPAL_AND_INTEREST'] "
            "AND 0 < ALL (charge_values)",
            name="loan_terms_charges_known",
        ),
        CheckConstraint(
            "cardinality(allocation) = 4 AND allocation @> ARRAY['PENALTY', 'FEE', 'INTEREST', 'PRINCIPAL']",
            name="loan_terms_allocation_whole",
        ),
        one_of("loan_terms_in_advance_known", "in_advance", ("SAME_ORDER", "PRINCIPAL_FIRST")),
        one_of("loan_terms_overpayment_known", "overpayment", ("REFUSE", "ADVANCE")),
        one_of("loan_terms_penalty_known", "penalty_basis", ("FIXED", "PRINCIPAL", "PRINCIPAL_AND_INTEREST")),
        CheckConstraint(
            "num_nonnulls(penalty_basis, penalty_value, penalty_grace_days, penalty_is_repeated) IN (0, 4)",
            name="loan_terms_penalty_whole",
        ),
        CheckConstraint("penalty_value > 0 AND penalty_grace_days BETWEEN 0 AND 366", name="loan_terms_penalty_range"),
        one_of("loan_terms_roll_over_known", "roll_over", ("NONE", "CHARGE_AGAIN")),
        one_of("loan_terms_recognised_on_known", "recognised_on", ("CASH", "ACCRUAL")),
        one_of("loan_terms_pay_off_known", "interest_on_pay_off", ("TO_DATE", "TO_PERIOD_END", "WHOLE")),
        one_of("loan_terms_overdue_interest_known", "overdue_interest", ("AS_SCHEDULED", "ON_BALANCE")),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    method: str = column(Text)
    rate: Decimal = column(RATE)
    rate_period: str = column(Text)
    instalments: int
    frequency: str = column(Text)
    every: int
    day_count_rule: str = column(Text)
    principal_grace: int
    interest_grace: int
    interest_free: int
    rounding: str = column(Text)
    smallest_sum: Decimal | None = column(AMOUNT)
    instalment_multiple: Decimal | None = column(AMOUNT)
    residue: str = column(Text)
    charged_at: list[str] = column(TEXTS)
    charge_bases: list[str] = column(TEXTS)
    charge_values: list[Decimal] = column(AMOUNTS)
    allocation: list[str] = column(TEXTS)
    in_advance: str = column(Text)
    overpayment: str = column(Text)
    penalty_basis: str | None = column(Text)
    penalty_value: Decimal | None = column(AMOUNT)
    penalty_grace_days: int | None
    penalty_is_repeated: bool | None
    roll_over: str = column(Text)
    recognised_on: str = column(Text)
    interest_on_pay_off: str = column(Text)
    overdue_interest: str = column(Text)


class LoanProduct(SQLModel, table=True):
    """What a group lends, under a name; its versions say on what terms."""

    __tablename__ = "loan_products"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="loan_products_pkey"),
        reference("loan_products_group_fkey", ["tenant_id"], "app.groups", ["tenant_id"]),
        one_of("loan_products_status_known", "status", ("ACTIVE", "RETIRED")),
        CheckConstraint("newest > 0 AND version > 0", name="loan_products_version_positive"),
        {"schema": "app"},
    )

    tenant_id: UUID
    id: UUID
    status: str = column(Text, default="'ACTIVE'")
    newest: int = column(Integer, default="1")
    version: int = column(Integer, default="1")
    created_at: datetime = column(MOMENT, default="clock_timestamp()")
    created_by: UUID


class LoanProductVersion(SQLModel, table=True):
    """What a product asked from one revision to the next. It never changes."""

    __tablename__ = "loan_product_versions"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "product_id", "number", name="loan_product_versions_pkey"),
        reference(
            "loan_product_versions_product_fkey", ["tenant_id", "product_id"], "app.loan_products", ["tenant_id", "id"]
        ),
        reference("loan_product_versions_terms_fkey", ["tenant_id", "terms_id"], "app.loan_terms", ["tenant_id", "id"]),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="loan_product_versions_name_length"),
        one_of("loan_product_versions_fund_known", "fund", ("LOAN_FUND", "SOCIAL_FUND")),
        CheckConstraint(
            "principal_min > 0 AND principal_min <= principal_max", name="loan_product_versions_principal_order"
        ),
        CheckConstraint(
            "savings_multiple > 0 AND open_loans_max BETWEEN 1 AND 100 AND guarantors_min BETWEEN 0 AND 20 "
            "AND officers_min BETWEEN 1 AND 10 AND approval_days BETWEEN 1 AND 365 "
            "AND default_days BETWEEN 1 AND 3660",
            name="loan_product_versions_limits_range",
        ),
        one_of("loan_product_versions_approval_known", "approval", ("OFFICERS", "VOTE")),
        {"schema": "app"},
    )

    tenant_id: UUID
    product_id: UUID
    number: int
    name: str = column(Text)
    terms_id: UUID
    fund: str = column(Text)
    currency: str = column(Text)
    principal_min: Decimal | None = column(AMOUNT)
    principal_max: Decimal | None = column(AMOUNT)
    savings_multiple: Decimal | None = column(RATE)
    open_loans_max: int | None
    refuses_late_borrowers: bool
    guarantors_min: int
    approval: str = column(Text)
    officers_min: int
    reserves_money: bool
    approval_days: int
    default_days: int
    made_at: datetime = column(MOMENT, default="clock_timestamp()")
    made_by: UUID
