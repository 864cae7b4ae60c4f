"""How rows become values of the schema: fields are columns of the same name."""

from decimal import Decimal
from typing import Any

import strawberry

from domain.currencies import currency
from domain.money import format_amount
from graph.scalars import CurrencyCode

__all__ = ["Money", "money", "money_of"]


@strawberry.type(description="An amount of money.")
class Money:
    """An amount in a currency."""

    amount: Decimal = strawberry.field(
        description='The amount with exactly the digits of the currency\'s smallest coin: "200.00" KES, "200" UGX.'
    )
    currency: CurrencyCode = strawberry.field(description="The currency.")


def money_of(amount: Any, code: str) -> dict[str, str]:
    """Money as the schema shows it."""
    return {"amount": format_amount(amount, currency(code)), "currency": code}


def money(column_name: str, description: str) -> Any:
    """A field with the money in a column, in the currency of the row."""

    def resolve(root: Any):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the type is the field's annotation
        return money_of(root[column_name], root["currency"])

    return strawberry.field(resolver=resolve, description=description)
