"""The groups of the demonstration: what they are called, where they are, how they save. None of them exists."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from domain.groups import Frequency, GroupKind
from domain.policy import Visibility

__all__ = ["SHOWCASE", "SKETCHES", "Sketch"]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A group in outline.

    Attributes:
        name: What it is called; its id is made from this.
        people: Who lives there; see `names.PEOPLES`.
        country: The country's code.
        place: County or region, then district, then village.
        members_count: How many members, from 15 to 30.
        share_price: In the currency of the country.
        social_fund: What each member is expected to pay into the social fund in a meeting.
        frequency: How often it meets.
        shares_max: The most shares a member buys in a meeting.
        women_percent: How many of a hundred members are women.
        kind: How it saves and lends.
        visibility: What members see of each other.
        has_mobile_money: Whether some members pay into the group's mobile money account.
    """

    name: str
    people: str
    country: str
    place: tuple[str, str, str]
    members_count: int
    share_price: Decimal
    social_fund: Decimal
    frequency: Frequency = Frequency.WEEKLY
    shares_max: int = 5
    women_percent: int = 70
    kind: GroupKind = GroupKind.VSLA
    visibility: Visibility = Visibility.TOTALS_ONLY
    has_mobile_money: bool = False


_WEEKLY, _FORTNIGHTLY, _MONTHLY = Frequency.WEEKLY, Frequency.FORTNIGHTLY, Frequency.MONTHLY
_ASCA, _CLUB, _WELFARE, _MIXED = GroupKind.ASCA, GroupKind.INVESTMENT_CLUB, GroupKind.WELFARE, GroupKind.MIXED
_ALL, _OWN = Visibility.ALL, Visibility.OWN_ONLY


def _kenya(name: str, people: str, place: str, members: int, price: int, social: int, **other: object) -> Sketch:
    return _sketch(name, people, "KE", place, members, price, social, other)


def _uganda(name: str, people: str, place: str, members: int, price: int, social: int, **other: object) -> Sketch:
    return _sketch(name, people, "UG", place, members, price, social, other)


def _tanzania(name: str, people: str, place: str, members: int, price: int, social: int, **other: object) -> Sketch:
    return _sketch(name, people, "TZ", place, members, price, social, other)


def _sketch(
    name: str, people: str, country: str, place: str, members: int, price: int, social: int, other: dict[str, object]
) -> Sketch:
    county, district, village = place.split(", ")
    return Sketch(
        name,
        people,
        country,
        (county, district, village),
        members,
        Decimal(price),
        Decimal(social),
        **other,  # type: ignore[arg-type]  # the rest of the fields, by name
    )


SHOWCASE = _kenya("Umoja Women's Group", "Luo", "Kisumu, Kisumu East, Nyalunya", 25, 100, 20, women_percent=88)
"""The group of the people who sign in: it meets weekly, on the weekday of the day of loading, and holds a meeting."""

SKETCHES: tuple[Sketch, ...] = (
    SHOWCASE,
    _kenya("Konyri Kendi Self Help Group", "Luo", "Siaya, Bondo, Usigu", 22, 50, 10),
    _kenya(
        "Chuny Achiel Fishers' Group", "Luo", "Homa Bay, Mbita, Rusinga", 24, 200, 20, women_percent=30, visibility=_ALL
    ),
    _kenya("Mwangaza Savings Group", "Luhya", "Kakamega, Lurambi, Shieywe", 25, 100, 20),
    _kenya("Khuyetana Self Help Group", "Luhya", "Kakamega, Shinyalu, Isulu", 21, 50, 10, frequency=_FORTNIGHTLY),
    _kenya(
        "Webuye Bidii Youth Group",
        "Luhya",
        "Bungoma, Webuye West, Misikhu",
        23,
        100,
        20,
        women_percent=45,
        has_mobile_money=True,
    ),
    _kenya("Kyeni Women's Group", "Kamba", "Kitui, Kitui Central, Kyangwithya", 25, 50, 10, women_percent=100),
    _kenya("Ngwatanio Self Help Group", "Kamba", "Machakos, Mwala, Mbiuni", 20, 100, 20, frequency=_FORTNIGHTLY),
    _kenya("Wikwatyo Savings Group", "Kamba", "Makueni, Kaiti, Kilungu", 22, 100, 20),
    _kenya(
        "Ngwataniro Women's Group",
        "Kikuyu",
        "Murang'a, Kangema, Muguru",
        24,
        200,
        50,
        women_percent=100,
        has_mobile_money=True,
    ),
    _kenya("Wendani Savings Group", "Kikuyu", "Nyeri, Othaya, Karima", 21, 200, 50, frequency=_FORTNIGHTLY),
    _kenya(
        "Kinale Farmers' Investment Club",
        "Kikuyu",
        "Kiambu, Lari, Kinale",
        16,
        500,
        100,
        frequency=_MONTHLY,
        shares_max=10,
        women_percent=40,
        kind=_CLUB,
        visibility=_ALL,
        has_mobile_money=True,
    ),
    _kenya("Kapsoit Tea Growers' Group", "Kalenjin", "Kericho, Ainamoi, Kapsoit", 25, 200, 20, women_percent=50),
    _kenya("Sotik Dairy Women's Group", "Kalenjin", "Bomet, Sotik, Ndanai", 23, 100, 20, women_percent=100),
    _kenya("Mosop Tumaini Group", "Kalenjin", "Nandi, Mosop, Kabiyet", 20, 200, 50, frequency=_MONTHLY, kind=_ASCA),
    _kenya("Suneka Faraja Women's Group", "Kisii", "Kisii, Bonchari, Suneka", 25, 50, 10, women_percent=100),
    _kenya("Kemera Jitegemee Group", "Kisii", "Nyamira, Manga, Kemera", 22, 100, 20, frequency=_FORTNIGHTLY),
    _kenya(
        "Mariakani Neema Group",
        "Mijikenda",
        "Kilifi, Kaloleni, Mariakani",
        24,
        50,
        10,
        visibility=_OWN,
        has_mobile_money=True,
    ),
    _uganda("Kwagalana Women's Group", "Ganda", "Nakifuma, Mukono, Kasana", 25, 2000, 500, women_percent=96),
    _uganda("Tukolere Wamu Savings Group", "Ganda", "Bukoto, Masaka, Kyanamukaaka", 24, 1000, 200),
    _uganda(
        "Kakiri Twekembe Group",
        "Ganda",
        "Busiro, Wakiso, Kakiri",
        22,
        5000,
        1000,
        frequency=_FORTNIGHTLY,
        kind=_MIXED,
        has_mobile_money=True,
    ),
    _uganda("Ribbe Aye Teko Group", "Acholi", "Aswa, Gulu, Bungatira", 25, 1000, 200),
    _uganda("Waribu Cing Savings Group", "Acholi", "Tochi, Omoro, Lalogi", 23, 1000, 200),
    _uganda("Kica Ber Women's Group", "Acholi", "Chua, Kitgum, Akwang", 20, 1000, 200, frequency=_FORTNIGHTLY),
    _uganda("Tweyambe Savings Group", "Ankole", "Kashari, Mbarara, Rubaya", 25, 2000, 500),
    _uganda(
        "Kyeizooba Banana Farmers' Group",
        "Ankole",
        "Igara, Bushenyi, Kyeizooba",
        18,
        10000,
        2000,
        frequency=_MONTHLY,
        shares_max=10,
        women_percent=45,
        kind=_ASCA,
    ),
    _uganda("Abakyara Tukore Group", "Ankole", "Ruhaama, Ntungamo, Rukoni", 22, 2000, 500, frequency=_FORTNIGHTLY),
    _uganda("Arapai Aijar Group", "Teso", "Soroti, Soroti, Arapai", 24, 1000, 200, visibility=_ALL),
    _uganda("Amina Women's Group", "Teso", "Kumi, Kumi, Ongino", 21, 1000, 200, women_percent=100),
    _uganda(
        "Bugondo Fishers' Welfare Group",
        "Teso",
        "Kasilo, Serere, Bugondo",
        26,
        2000,
        1000,
        frequency=_MONTHLY,
        women_percent=35,
        kind=_WELFARE,
    ),
    _tanzania("Upendo Uru Group", "Chagga", "Kilimanjaro, Moshi Rural, Uru", 24, 2000, 500),
    _tanzania("Machame Kahawa Group", "Chagga", "Kilimanjaro, Hai, Machame", 20, 5000, 1000, frequency=_FORTNIGHTLY),
    _tanzania("Usa River Amani Group", "Chagga", "Arusha, Meru, Usa River", 23, 2000, 500, has_mobile_money=True),
    _tanzania("Usagara Juhudi Group", "Sukuma", "Mwanza, Misungwi, Usagara", 25, 1000, 500),
    _tanzania("Tujikomboe Savings Group", "Sukuma", "Mwanza, Sengerema, Buzilasoga", 22, 1000, 500),
    _tanzania("Isaka Maendeleo Group", "Sukuma", "Shinyanga, Kahama, Isaka", 21, 2000, 500, frequency=_FORTNIGHTLY),
    _tanzania("Ilula Mshikamano Group", "Hehe", "Iringa, Kilolo, Ilula", 24, 1000, 500),
    _tanzania(
        "Makambako Biashara Club",
        "Hehe",
        "Njombe, Makambako, Mlowa",
        17,
        10000,
        2000,
        frequency=_MONTHLY,
        shares_max=10,
        women_percent=50,
        kind=_CLUB,
        visibility=_ALL,
        has_mobile_money=True,
    ),
    _tanzania("Mlali Imani Group", "Shambaa", "Morogoro, Mvomero, Mlali", 23, 1000, 500, frequency=_FORTNIGHTLY),
    _tanzania("Amani Misitu Group", "Shambaa", "Tanga, Muheza, Amani", 19, 2000, 500, frequency=_MONTHLY, kind=_ASCA),
)
