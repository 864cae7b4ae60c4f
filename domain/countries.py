"""The countries of the world by their ISO 3166-1 alpha-2 codes, with short English names.

The names are the usual short ones, not the formal ones of the standard, and take no side on any claim. For the
countries of East Africa the table also has what a new group there most likely wants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from domain.calendar import TimeZone
from domain.currencies import Currency, currency
from domain.errors import DomainError

__all__ = ["COUNTRIES", "Country", "LocalDefaults", "UnknownCountry", "country", "local_defaults"]

_NAMES = """
AD Andorra
AE United Arab Emirates
AF Afghanistan
AG Antigua and Barbuda
AI Anguilla
AL Albania
AM Armenia
AO Angola
AQ Antarctica
AR Argentina
AS American Samoa
AT Austria
AU Australia
AW Aruba
AX Åland Islands
AZ Azerbaijan
BA Bosnia and Herzegovina
BB Barbados
BD Bangladesh
BE Belgium
BF Burkina Faso
BG Bulgaria
BH Bahrain
BI Burundi
BJ Benin
BL Saint Barthélemy
BM Bermuda
BN Brunei Darussalam
BO Bolivia
BQ Bonaire, Sint Eustatius and Saba
BR Brazil
BS Bahamas
BT Bhutan
BV Bouvet Island
BW Botswana
BY Belarus
BZ Belize
CA Canada
CC Cocos (Keeling) Islands
CD Democratic Republic of the Congo
CF Central African Republic
CG Congo
CH Switzerland
CI Côte d'Ivoire
CK Cook Islands
CL Chile
CM Cameroon
CN China
CO Colombia
CR Costa Rica
CU Cuba
CV Cabo Verde
CW Curaçao
CX Christmas Island
CY Cyprus
CZ Czechia
DE Germany
DJ Djibouti
DK Denmark
DM Dominica
DO Dominican Republic
DZ Algeria
EC Ecuador
EE Estonia
EG Egypt
EH Western Sahara
ER Eritrea
ES Spain
ET Ethiopia
FI Finland
FJ Fiji
FK Falkland Islands (Malvinas)
FM Micronesia
FO Faroe Islands
FR France
GA Gabon
GB United Kingdom
GD Grenada
GE Georgia
GF French Guiana
GG Guernsey
GH Ghana
GI Gibraltar
GL Greenland
GM Gambia
GN Guinea
GP Guadeloupe
GQ Equatorial Guinea
GR Greece
GS South Georgia and the South Sandwich Islands
GT Guatemala
GU Guam
GW Guinea-Bissau
GY Guyana
HK Hong Kong
HM Heard Island and McDonald Islands
HN Honduras
HR Croatia
HT Haiti
HU Hungary
ID Indonesia
IE Ireland
IL Israel
IM Isle of Man
IN India
IO British Indian Ocean Territory
IQ Iraq
IR Iran
IS Iceland
IT Italy
JE Jersey
JM Jamaica
JO Jordan
JP Japan
KE Kenya
KG Kyrgyzstan
KH Cambodia
KI Kiribati
KM Comoros
KN Saint Kitts and Nevis
KP North Korea
KR South Korea
KW Kuwait
KY Cayman Islands
KZ Kazakhstan
LA Laos
LB Lebanon
LC Saint Lucia
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho
LT Lithuania
LU Luxembourg
LV Latvia
LY Libya
MA Morocco
MC Monaco
MD Moldova
ME Montenegro
MF Saint Martin
MG Madagascar
MH Marshall Islands
MK North Macedonia
ML Mali
MM Myanmar
MN Mongolia
MO Macao
MP Northern Mariana Islands
MQ Martinique
MR Mauritania
MS Montserrat
MT Malta
MU Mauritius
MV Maldives
MW Malawi
MX Mexico
MY Malaysia
MZ Mozambique
NA Namibia
NC New Caledonia
NE Niger
NF Norfolk Island
NG Nigeria
NI Nicaragua
NL Netherlands
NO Norway
NP Nepal
NR Nauru
NU Niue
NZ New Zealand
OM Oman
PA Panama
PE Peru
PF French Polynesia
PG Papua New Guinea
PH Philippines
PK Pakistan
PL Poland
PM Saint Pierre and Miquelon
PN Pitcairn
PR Puerto Rico
PS Palestine
PT Portugal
PW Palau
PY Paraguay
QA Qatar
RE Réunion
RO Romania
RS Serbia
RU Russia
RW Rwanda
SA Saudi Arabia
SB Solomon Islands
SC Seychelles
SD Sudan
SE Sweden
SG Singapore
SH Saint Helena, Ascension and Tristan da Cunha
SI Slovenia
SJ Svalbard and Jan Mayen
SK Slovakia
SL Sierra Leone
SM San Marino
SN Senegal
SO Somalia
SR Suriname
SS South Sudan
ST Sao Tome and Principe
SV El Salvador
SX Sint Maarten
SY Syria
SZ Eswatini
TC Turks and Caicos Islands
TD Chad
TF French Southern Territories
TG Togo
TH Thailand
TJ Tajikistan
TK Tokelau
TL Timor-Leste
TM Turkmenistan
TN Tunisia
TO Tonga
TR Türkiye
TT Trinidad and Tobago
TV Tuvalu
TW Taiwan
TZ Tanzania
UA Ukraine
UG Uganda
UM United States Minor Outlying Islands
US United States
UY Uruguay
UZ Uzbekistan
VA Holy See
VC Saint Vincent and the Grenadines
VE Venezuela
VG British Virgin Islands
VI United States Virgin Islands
VN Vietnam
VU Vanuatu
WF Wallis and Futuna
WS Samoa
YE Yemen
YT Mayotte
ZA South Africa
ZM Zambia
ZW Zimbabwe
"""

# Eastern Congo, where most of that country's savings groups trade, keeps the time of Lubumbashi.
_EAST_AFRICA = {
    "BI": ("BIF", "Africa/Bujumbura"),
    "CD": ("CDF", "Africa/Lubumbashi"),
    "DJ": ("DJF", "Africa/Djibouti"),
    "ER": ("ERN", "Africa/Asmara"),
    "ET": ("ETB", "Africa/Addis_Ababa"),
    "KE": ("KES", "Africa/Nairobi"),
    "RW": ("RWF", "Africa/Kigali"),
    "SO": ("SOS", "Africa/Mogadishu"),
    "SS": ("SSP", "Africa/Juba"),
    "TZ": ("TZS", "Africa/Dar_es_Salaam"),
    "UG": ("UGX", "Africa/Kampala"),
}


class UnknownCountry(DomainError):
    """The text is not the code of a country."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This is not a country: give the two capital letters of ISO 3166-1, such as KE."


@dataclass(frozen=True, slots=True)
class Country:
    """A country, territory or area with a code of its own.

    Attributes:
        code: The two capital letters of ISO 3166-1.
        name: Its short English name.
    """

    code: str
    name: str

    def __str__(self) -> str:
        """The code."""
        return self.code


@dataclass(frozen=True, slots=True)
class LocalDefaults:
    """What a new group in a country most likely wants; it may choose otherwise.

    Attributes:
        currency: The country's own currency.
        time_zone: The time zone of the country, or of its east where it has several.
    """

    currency: Currency
    time_zone: TimeZone


COUNTRIES: Mapping[str, Country] = MappingProxyType(
    {line[:2]: Country(line[:2], line[3:]) for line in _NAMES.strip().splitlines()},
)
"""Every country by its code."""


def country(code: str) -> Country:
    """The country with this code, in capitals as ISO writes it.

    Raises:
        UnknownCountry: If no country has the code.
    """
    found = COUNTRIES.get(code)
    if found is None:
        raise UnknownCountry
    return found


def local_defaults(code: str) -> LocalDefaults | None:
    """What a new group in this country most likely wants; None outside East Africa.

    Raises:
        UnknownCountry: If no country has the code.
    """
    found = _EAST_AFRICA.get(country(code).code)
    if found is None:
        return None
    money, zone = found
    return LocalDefaults(currency(money), TimeZone(zone))
