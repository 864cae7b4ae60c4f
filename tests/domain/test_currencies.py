"""The currencies and the countries: the tables are those of ISO 4217 and ISO 3166."""

from __future__ import annotations

import pytest

from domain.countries import COUNTRIES, UnknownCountry, country, local_defaults
from domain.currencies import CURRENCIES, Currency, UnknownCurrency, currency

KES = currency("KES")
UGX = currency("UGX")
BHD = currency("BHD")
UYW = currency("UYW")


@pytest.mark.parametrize(
    ("code", "decimals"),
    [
        ("UGX", 0), ("RWF", 0), ("BIF", 0), ("DJF", 0), ("KMF", 0), ("XOF", 0), ("XAF", 0), ("JPY", 0), ("ISK", 0),
        ("KES", 2), ("TZS", 2), ("ETB", 2), ("CDF", 2), ("SOS", 2), ("SSP", 2), ("MGA", 2), ("MRU", 2), ("USD", 2),
        ("BHD", 3), ("IQD", 3), ("JOD", 3), ("KWD", 3), ("LYD", 3), ("OMR", 3), ("TND", 3), ("UYW", 4),
    ],
)  # fmt: skip
def test_a_currency_has_the_decimals_of_iso_4217(code: str, decimals: int) -> None:
    assert currency(code) == Currency(code, decimals)


def test_the_table_has_each_currency_once_and_no_minor_unit_by_mistake() -> None:
    assert len(CURRENCIES) == 156
    by_minor_unit = [sum(item.minor_unit == digits for item in CURRENCIES.values()) for digits in range(5)]
    assert by_minor_unit == [16, 0, 132, 7, 1]


@pytest.mark.parametrize(
    "code", ["", "kes", "KE", "KES ", "XAU", "XDR", "XXX", "XTS", "CLF", "XAD", "BGN", "ZWL", "SLL"]
)
def test_what_is_no_current_currency_is_unknown(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        currency(code)


@pytest.mark.parametrize(("code", "minor_unit"), [("kes", 2), ("KESS", 2), ("KES", -1), ("KES", 5)])
def test_a_currency_checks_its_own_form(code: str, minor_unit: int) -> None:
    with pytest.raises(ValueError):
        Currency(code, minor_unit)


def test_quantum_is_the_smallest_amount() -> None:
    assert [str(item.quantum) for item in (UGX, KES, BHD, UYW)] == ["1", "0.01", "0.001", "0.0001"]


def test_the_countries_are_the_249_of_iso_3166() -> None:
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isupper() and item.code == code for code, item in COUNTRIES.items())
    assert country("KE").name == "Kenya"
    assert country("CD").name == "Democratic Republic of the Congo"


@pytest.mark.parametrize("code", ["", "ke", "XX", "KEN", "UK", "EU"])
def test_what_is_no_country_is_unknown(code: str) -> None:
    with pytest.raises(UnknownCountry):
        country(code)


@pytest.mark.parametrize(
    ("code", "money", "zone"),
    [
        ("BI", "BIF", "Africa/Bujumbura"), ("CD", "CDF", "Africa/Lubumbashi"), ("DJ", "DJF", "Africa/Djibouti"),
        ("ER", "ERN", "Africa/Asmara"), ("ET", "ETB", "Africa/Addis_Ababa"), ("KE", "KES", "Africa/Nairobi"),
        ("RW", "RWF", "Africa/Kigali"), ("SO", "SOS", "Africa/Mogadishu"), ("SS", "SSP", "Africa/Juba"),
        ("TZ", "TZS", "Africa/Dar_es_Salaam"), ("UG", "UGX", "Africa/Kampala"),
    ],
)  # fmt: skip
def test_a_country_of_east_africa_has_its_currency_and_zone(code: str, money: str, zone: str) -> None:
    defaults = local_defaults(code)
    assert defaults is not None
    assert (defaults.currency.code, defaults.time_zone.name) == (money, zone)


def test_a_country_elsewhere_has_no_defaults_and_an_unknown_one_is_refused() -> None:
    assert local_defaults("FR") is None
    with pytest.raises(UnknownCountry):
        local_defaults("XX")
