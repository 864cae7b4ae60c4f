"""How rows become values of the schema: fields are columns of the same name."""

from decimal import Decimal
from typing import Any

import strawberry

from domain.currencies import currency
from domain.money import format_amount, shorten_amount
from graph.engine import computed
from graph.limits import free
from graph.scalars import CurrencyCode

__all__ = ["Money", "money", "money_of"]


@strawberry.type(description="An amount of money.", directives=[free])
class Money:
    """An amount in a currency."""

    amount: Decimal = strawberry.field(
        description='The amount with exactly the digits of the currency\'s smallest coin: "200.00" KES, "200" UGX.'
    )
    currency: CurrencyCode = strawberry.field(description="The currency.")


def money_of(amount: Any, code: str) -> dict[str, str]:
    """Money as the schema shows it, of a number or of what the database writes for one."""
    write = shorten_amount if amount.__class__ is str else format_amount
    return {"amount": write(amount, currency(code)), "currency": code}


def money(column_name: str, description: str) -> Any:
    """A field with the money in a column, in the currency of the row."""
    return computed(lambda row: money_of(row[column_name], row["currency"]), description=description)
