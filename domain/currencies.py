"""The currencies a group may keep its book in, with the number of decimals each one has.

The table is List One of ISO 4217 (current currencies) as amended up to amendment 180, in force since 1 January 2026.
Left out are the codes that nobody holds in a cash box: funds (BOV, CHE, CHW, CLF, COU, MXV, USN, UYI, XAD), and codes
without a minor unit (precious metals, drawing rights, test codes). A currency that ISO withdraws must stay here while
a book still holds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from domain.errors import DomainError

__all__ = ["CURRENCIES", "MAX_MINOR_UNIT", "Currency", "UnknownCurrency", "currency"]

MAX_MINOR_UNIT = 4
"""The most decimals a currency may have: amounts are stored in ten-thousandths."""

_CODE = re.compile(r"[A-Z]{3}")
_QUANTA = tuple(Decimal(1).scaleb(-digits) for digits in range(MAX_MINOR_UNIT + 1))

_CODES_BY_MINOR_UNIT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
        "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
        "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD "
        "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
        "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "UYW",
}


class UnknownCurrency(DomainError):
    """The text is not the code of a current currency."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This is not a current ISO 4217 currency: give three capital letters, such as KES."


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and how finely it is counted.

    Attributes:
        code: The three capital letters of ISO 4217.
        minor_unit: The number of decimals, from 0 (UGX) to `MAX_MINOR_UNIT`.

    Raises:
        ValueError: If the code is not three capital letters or the minor unit is out of range.
    """

    code: str
    minor_unit: int

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError("a currency code is three capital letters")
        if not 0 <= self.minor_unit <= MAX_MINOR_UNIT:
            raise ValueError(f"a minor unit is from 0 to {MAX_MINOR_UNIT}")

    @property
    def quantum(self) -> Decimal:
        """The smallest amount of the currency: 0.01 for KES, 1 for UGX."""
        return _QUANTA[self.minor_unit]

    def __str__(self) -> str:
        """The code."""
        return self.code


CURRENCIES: Mapping[str, Currency] = MappingProxyType(
    {
        code: Currency(code, minor_unit)
        for minor_unit, codes in _CODES_BY_MINOR_UNIT.items()
        for code in sorted(codes.split())
    },
)
"""Every currency by its code."""


def currency(code: str) -> Currency:
    """The currency with this code, in capitals as ISO writes it.

    Raises:
        UnknownCurrency: If no current currency has the code.
    """
    found = CURRENCIES.get(code)
    if found is None:
        raise UnknownCurrency
    return found
