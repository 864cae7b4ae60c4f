"""The books. Only `ledger.post` and its like write here; what is posted never changes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from persistence.tables.columns import AMOUNT, MOMENT, TransactionId, column, one_of, reference, unique_where

__all__ = ["Account", "AccountBalance", "Entry", "EntryKind", "Head", "Line", "MemberBalance", "Movement"]

_MOVED_WITH_ROOM = {"fillfactor": 70}
"""Balances are updated in place all day: room on the page keeps their indexes out of it."""

_CLOSING_BITS = (
    "((('x'::text || \"left\"(encode(sha256('\\x6b69627562752d636c6f73696e672d31'::bytea || hash), 'hex'::text), 8)))"
    "::bit(30)::integer)"
)
"""The first thirty bits that the closing code of an entry's hash is made from."""


class Head(SQLModel, table=True):
    """The head of a tenant's book: its lock, its last entry's number and hash, and its change number."""

    __tablename__ = "heads"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", name="heads_pkey"),
        reference("heads_tenant_fkey", ["tenant_id"], "app.tenants", ["id"]),
        {"schema": "ledger", "postgresql_with": {"fillfactor": 50}},
    )

    tenant_id: UUID
    base_currency: str = column(Text)
    entry_number: int = column(BigInteger, default="0")
    entry_hash: bytes = column(LargeBinary, default="decode(repeat('00', 32), 'hex')")
    change_number: int = column(BigInteger, default="0")
    writer: int | None = column(TransactionId)
    closed_through: date = column(Date, default="'1989-12-31'")


class EntryKind(SQLModel, table=True):
    """A business event and the terms of the permissions under which it may be posted."""

    __tablename__ = "entry_kinds"
    __table_args__: ClassVar = (PrimaryKeyConstraint("kind", name="entry_kinds_pkey"), {"schema": "ledger"})

    kind: str = column(Text)
    terms: list[str] = column(ARRAY(Text))
    needs_approval: bool
    shapes: list[str] = column(ARRAY(Text))


class Account(SQLModel, table=True):
    """An account of a book, or a heading above accounts of one type."""

    __tablename__ = "accounts"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "id", name="accounts_pkey"),
        reference("accounts_book_fkey", ["tenant_id"], "ledger.heads", ["tenant_id"]),
        reference("accounts_parent_fkey", ["tenant_id", "parent_id"], "ledger.accounts", ["tenant_id", "id"]),
        UniqueConstraint("tenant_id", "code", name="accounts_code_once"),
        CheckConstraint("code ~ '^[0-9]{4,8}$'", name="accounts_code_form"),
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="accounts_name_length"),
        one_of("accounts_type_known", "type", ("ASSET", "LIABILITY", "EQUITY", "INCOME", "EXPENSE")),
        one_of("accounts_fund_known", "fund", ("LOAN_FUND", "SOCIAL_FUND")),
        one_of("accounts_place_known", "place", ("BOX", "BANK", "MOBILE_MONEY")),
        CheckConstraint(
            "place IS NULL OR (fund IS NOT NULL AND type = 'ASSET')",
            name="accounts_place_has_fund",
        ),
        unique_where("accounts_place_once", ["tenant_id", "fund", "place"], "place IS NOT NULL"),
        one_of("accounts_member_side_known", "member_side", ("DEBIT", "CREDIT")),
        CheckConstraint("member_side IS NULL OR needs_member", name="accounts_member_side_has_member"),
        CheckConstraint("NOT counts_shares OR needs_member", name="accounts_shares_have_member"),
        CheckConstraint("minimum <= maximum", name="accounts_limits_order"),
        CheckConstraint(
            "abs(minimum) <= 100000000000000 AND abs(maximum) <= 100000000000000", name="accounts_limits_range"
        ),
        CheckConstraint("closed_at IS NULL OR NOT is_required", name="accounts_required_stays"),
        CheckConstraint("version > 0", name="accounts_version_positive"),
        {"schema": "ledger"},
    )

    tenant_id: UUID
    id: UUID
    code: str = column(Text)
    name: str = column(Text)
    type: str = column(Text)
    parent_id: UUID | None
    currency: str = column(Text)
    is_postable: bool
    needs_member: bool = column(Boolean, default="false")
    member_side: str | None = column(Text)
    counts_shares: bool = column(Boolean, default="false")
    fund: str | None = column(Text)
    place: str | None = column(Text)
    minimum: Decimal | None = column(AMOUNT)
    maximum: Decimal | None = column(AMOUNT)
    is_required: bool = column(Boolean, default="false")
    created_at: datetime = column(MOMENT, default="now()")
    closed_at: datetime | None = column(MOMENT)
    version: int = column(Integer, default="1")


class Entry(SQLModel, table=True):
    """A journal entry: one business event, its lines in `Line`, chained by hash to the entry before it."""

    __tablename__ = "entries"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "number", name="entries_pkey"),
        UniqueConstraint("tenant_id", "id", name="entries_id_once"),
        unique_where("entries_reversed_once", ["tenant_id", "reverses_id"], "reverses_id IS NOT NULL"),
        UniqueConstraint(
            "tenant_id",
            "actor_id",
            "command_key",
            "ordinal",
            name="entries_command_once",
            postgresql_nulls_not_distinct=True,
        ),
        reference("entries_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        reference("entries_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        reference("entries_reverses_fkey", ["tenant_id", "reverses_id"], "ledger.entries", ["tenant_id", "id"]),
        Index("entries_id_idx", "id"),
        Index("entries_code_idx", "tenant_id", text(_CLOSING_BITS)),
        Index(
            "entries_meeting_idx",
            "tenant_id",
            "meeting_id",
            "number",
            postgresql_where=text("meeting_id IS NOT NULL"),
        ),
        {"schema": "ledger"},
    )

    tenant_id: UUID
    number: int = column(BigInteger)
    id: UUID
    kind: str = column(Text)
    effective_on: date
    booked_at: datetime = column(MOMENT)
    meeting_id: UUID | None
    member_id: UUID | None
    reverses_id: UUID | None
    actor_id: UUID | None
    command_key: UUID
    ordinal: int
    hash: bytes


class Line(SQLModel, table=True):
    """One line of an entry: debits positive, credits negative, with the balances that stood right after it."""

    __tablename__ = "lines"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "entry_number", "line_number", name="lines_pkey"),
        # Deferred, since lines are written before the entry whose hash covers them.
        reference(
            "lines_entry_fkey",
            ["tenant_id", "entry_number"],
            "ledger.entries",
            ["tenant_id", "number"],
            deferred=True,
        ),
        reference("lines_account_fkey", ["tenant_id", "account_id"], "ledger.accounts", ["tenant_id", "id"]),
        reference("lines_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        CheckConstraint("amount <> 0 AND abs(amount) <= 100000000000000", name="lines_amount_range"),
        CheckConstraint("sign(shares) = -sign(amount)", name="lines_shares_side"),
        Index("lines_account_idx", "tenant_id", "account_id", "entry_number"),
        Index(
            "lines_member_idx",
            "tenant_id",
            "member_id",
            "entry_number",
            postgresql_where=text("member_id IS NOT NULL"),
        ),
        {"schema": "ledger"},
    )

    tenant_id: UUID
    entry_number: int = column(BigInteger)
    line_number: int = column(SmallInteger)
    account_id: UUID
    member_id: UUID | None
    kind: str = column(Text)
    effective_on: date
    currency: str = column(Text)
    amount: Decimal = column(AMOUNT)
    base_amount: Decimal = column(AMOUNT)
    shares: int | None
    account_balance_after: Decimal = column(AMOUNT)
    member_balance_after: Decimal | None = column(AMOUNT)


class AccountBalance(SQLModel, table=True):
    """The balance of an account, moved by each posting."""

    __tablename__ = "account_balances"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "account_id", name="account_balances_pkey"),
        reference("account_balances_account_fkey", ["tenant_id", "account_id"], "ledger.accounts", ["tenant_id", "id"]),
        CheckConstraint("held >= 0", name="account_balances_held_not_negative"),
        {"schema": "ledger", "postgresql_with": _MOVED_WITH_ROOM},
    )

    tenant_id: UUID
    account_id: UUID
    balance: Decimal = column(AMOUNT, default="0")
    held: Decimal = column(AMOUNT, default="0")


class MemberBalance(SQLModel, table=True):
    """What stands on an account in a member's name, moved by each posting that names her."""

    __tablename__ = "member_balances"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "member_id", "account_id", name="member_balances_pkey"),
        reference("member_balances_account_fkey", ["tenant_id", "account_id"], "ledger.accounts", ["tenant_id", "id"]),
        reference("member_balances_member_fkey", ["tenant_id", "member_id"], "app.members", ["tenant_id", "id"]),
        {"schema": "ledger", "postgresql_with": _MOVED_WITH_ROOM},
    )

    tenant_id: UUID
    member_id: UUID
    account_id: UUID
    balance: Decimal = column(AMOUNT, default="0")
    shares: int = column(Integer, default="0")


class Movement(SQLModel, table=True):
    """What the entries of one kind moved on one account, for one date and meeting, and how many lines did so."""

    __tablename__ = "movements"
    __table_args__: ClassVar = (
        PrimaryKeyConstraint("tenant_id", "account_id", "effective_on", "meeting_key", "kind", name="movements_pkey"),
        reference("movements_meeting_fkey", ["tenant_id", "meeting_id"], "app.meetings", ["tenant_id", "id"]),
        reference("movements_account_fkey", ["tenant_id", "account_id"], "ledger.accounts", ["tenant_id", "id"]),
        Index(
            "movements_meeting_idx",
            "tenant_id",
            "meeting_id",
            postgresql_where=text("meeting_id IS NOT NULL"),
        ),
        {"schema": "ledger", "postgresql_with": _MOVED_WITH_ROOM},
    )

    tenant_id: UUID
    account_id: UUID
    effective_on: date
    meeting_id: UUID | None
    meeting_key: UUID = Field(sa_column_args=[Computed("coalesce(meeting_id, tenant_id)", persisted=True)])
    kind: str = column(Text)
    amount: Decimal = column(AMOUNT, default="0")
    lines_count: int = column(Integer, default="0")
