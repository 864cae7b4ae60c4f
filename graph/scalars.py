"""The scalars of the schema: strict on the way in, one form on the way out."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType
from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain.countries import COUNTRIES
from domain.currencies import CURRENCIES
from domain.identifiers import NotAnId, parse_id
from domain.money import AMOUNT_TEXT_MAX
from graph.engine import wire_ready

__all__ = ["SCALARS", "CountryCode", "CurrencyCode", "PhoneNumber"]

PhoneNumber = NewType("PhoneNumber", str)
CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)

_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# PostgreSQL's driver takes the first and the last moment that Python knows for the infinities, and no clock shows them.
YEAR_MIN, YEAR_MAX = 1900, 2999

_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _refuse(sentence: str) -> GraphQLError:
    return GraphQLError(sentence, extensions={"code": "BAD_USER_INPUT"})


def _text(value: Any, sentence: str) -> str:
    if not isinstance(value, str):
        raise _refuse(sentence)
    return value


def _parse_decimal(value: Any) -> Decimal:
    text = _text(value, 'Give a decimal as a string of digits, such as "200.00": a JSON number could lose cents.')
    if len(text) > AMOUNT_TEXT_MAX or not _DECIMAL.fullmatch(text):
        raise _refuse(
            f"Write a decimal with digits, and a point where it needs one, such as 200.00: "
            f"{AMOUNT_TEXT_MAX} characters at most."
        )
    return Decimal(text)


def _parse_date(value: Any) -> date:
    sentence = 'Give a date as YYYY-MM-DD, such as "2026-11-20".'
    text = _text(value, sentence)
    if not _DATE.fullmatch(text):
        raise _refuse(sentence)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refuse(sentence) from None


def _parse_date_time(value: Any) -> datetime:
    sentence = 'Give a moment as RFC 3339 has it, with its offset, such as "2026-11-20T09:30:00Z".'
    text = _text(value, sentence)
    if not _DATE_TIME.fullmatch(text):
        raise _refuse(sentence)
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refuse(sentence) from None
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise _refuse(f"Give a moment of the years {YEAR_MIN} to {YEAR_MAX}: check the device's clock.")
    return moment


def _parse_uuid(value: Any) -> UUID:
    sentence = "Give a UUID in its usual form of 36 characters."
    text = _text(value, sentence)
    try:
        return parse_id(text)
    except NotAnId:
        raise _refuse(sentence) from None


def _parse_currency(value: Any) -> str:
    sentence = "Give a current ISO 4217 currency in three capital letters, such as KES."
    text = _text(value, sentence)
    if text not in CURRENCIES:
        raise _refuse(sentence)
    return text


def _parse_country(value: Any) -> str:
    sentence = "Give a country of ISO 3166-1 in two capital letters, such as KE."
    text = _text(value, sentence)
    if text not in COUNTRIES:
        raise _refuse(sentence)
    return text


def _parse_phone(value: Any) -> str:
    # What is a phone number depends on the group's country, so the service decides.
    return _text(value, "Give a phone number as a string.")


def _write_date_time(value: datetime) -> str:
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


@wire_ready(str)
def _write_decimal(value: Decimal | str) -> str:
    return value if isinstance(value, str) else format(value, "f")


SCALARS: dict[object, Any] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description=(
            "An exact decimal number, always a string: digits, a minus sign before them and a point among them. "
            "JSON numbers are refused, since many clients cannot hold them exactly."
        ),
        specified_by_url="https://spec.graphql.org/draft/#sec-Scalars.Custom-Scalars",
        serialize=_write_decimal,
        parse_value=_parse_decimal,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day of the calendar, as YYYY-MM-DD.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, as RFC 3339 has it. Answers are in UTC with microseconds and a Z.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=_write_date_time,
        parse_value=_parse_date_time,
    ),
    UUID: strawberry.scalar(
        name="UUID",
        description="A universally unique identifier, in 36 characters. Clients may make their own (version 7).",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc9562",
        serialize=str,
        parse_value=_parse_uuid,
    ),
    PhoneNumber: strawberry.scalar(
        name="PhoneNumber",
        description="A phone number. Answers are in E.164, such as +254712345678.",
        specified_by_url="https://www.itu.int/rec/T-REC-E.164",
        parse_value=_parse_phone,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency of ISO 4217, such as KES.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        parse_value=_parse_currency,
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode",
        description="A country of ISO 3166-1 alpha-2, such as KE.",
        specified_by_url="https://www.iso.org/iso-3166-country-codes.html",
        parse_value=_parse_country,
    ),
}
"""Every scalar beside GraphQL's own, by the Python type that annotations name."""
