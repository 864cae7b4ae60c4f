"""How tables are declared here: columns, keys and checks with the names that the migrations give them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine, UserDefinedType, Uuid
from sqlmodel import Field

__all__ = [
    "AMOUNT",
    "AMOUNTS",
    "IDS",
    "MOMENT",
    "RATE",
    "TEXTS",
    "TransactionId",
    "column",
    "one_of",
    "reference",
    "unique_where",
]

AMOUNT: Numeric[Any] = Numeric(19, 4)
"""Money: four digits after the point, which is finer than the smallest coin of any currency."""
MOMENT = DateTime(timezone=True)
IDS: ARRAY[Any] = ARRAY(Uuid)
TEXTS: ARRAY[Any] = ARRAY(Text)
AMOUNTS: ARRAY[Any] = ARRAY(AMOUNT)
RATE: Numeric[Any] = Numeric(9, 4)
"""A rate or a multiple, exact to four digits after the point."""


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's `xid8`: the number of a transaction, which never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """The type's name in SQL."""
        return "xid8"


def column(type_: type[TypeEngine[Any]] | TypeEngine[Any], *, default: str | None = None) -> Any:  # noqa: ANN401 - a column's default takes the type of whatever field it stands beside
    """A column of an exact type; it takes NULL if the field's annotation takes None.

    Args:
        type_: The type in the database.
        default: The expression that the database uses where an insert names no value.
    """
    return Field(sa_type=type_, sa_column_kwargs={"server_default": text(default)} if default is not None else {})


def reference(
    name: str, columns: Iterable[str], table: str, referred: Iterable[str], *, deferred: bool = False
) -> ForeignKeyConstraint:
    """A named foreign key from `columns` to the columns `referred` of `table` (schema and name).

    Args:
        name: The name of the constraint.
        columns: The columns that refer.
        table: The table referred to, with its schema.
        referred: Its columns, in the same order.
        deferred: Whether it is checked when the transaction commits.
    """
    targets = [f"{table}.{item}" for item in referred]
    if deferred:
        return ForeignKeyConstraint(list(columns), targets, name=name, deferrable=True, initially="DEFERRED")
    return ForeignKeyConstraint(list(columns), targets, name=name)


def one_of(name: str, column_name: str, values: Iterable[str]) -> CheckConstraint:
    """A check that a text column holds one of a closed list of values.

    Text with a check and no ENUM type: comparing enumerations is not leakproof, so that row-level security would keep
    the planner from using an index on them.
    """
    return CheckConstraint(f"{column_name} IN ({', '.join(repr(str(value)) for value in values)})", name=name)


def unique_where(name: str, columns: Iterable[str], condition: str) -> Index:
    """A unique index over the rows that meet a condition."""
    return Index(name, *columns, unique=True, postgresql_where=text(condition))
