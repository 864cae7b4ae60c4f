"""Days and moments: the group's own date, its time zone, and which dates a record may carry.

A moment is an aware datetime in UTC; a date belongs to the group and its time zone. Nothing here reads the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from domain.errors import DomainError

__all__ = [
    "DAYS_AHEAD_MAX",
    "EARLIEST_DATE",
    "DateNotPlausible",
    "NotUtc",
    "TimeZone",
    "UnknownTimeZone",
    "beginning_of",
    "local_date",
    "plausible_date",
    "require_utc",
]

EARLIEST_DATE = date(1990, 1, 1)
"""The earliest date a record may count for: village savings and loan associations began in 1991."""

DAYS_AHEAD_MAX = 1
"""How many days after the group's today a record may count for: a device's clock may run ahead."""

# Files of a time zone database that name no place: what they mean depends on the machine.
_NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})


class UnknownTimeZone(DomainError):
    """The text is not the name of a time zone."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This is not a time zone: give a name of the IANA database, such as Africa/Nairobi."


@dataclass(eq=False)
class DateNotPlausible(DomainError):
    """The date lies too far back or ahead to be meant.

    Attributes:
        earliest_on: The first date allowed.
        latest_on: The last date allowed.
    """

    earliest_on: date
    latest_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Check the date: it must be from {self.earliest_on} to {self.latest_on}."


class NotUtc(ValueError):
    """A moment without a time zone, or not in UTC: a mistake in the program, since the edges convert."""


@dataclass(frozen=True, slots=True)
class TimeZone:
    """A time zone by its name in the IANA database, written exactly as there.

    Attributes:
        name: Such as `Africa/Nairobi`.

    Raises:
        UnknownTimeZone: If the database has no zone of that name.
    """

    name: str

    def __post_init__(self) -> None:
        if self.name not in _zone_names():
            raise UnknownTimeZone

    @property
    def rules(self) -> ZoneInfo:
        """The zone's offsets, for the standard library."""
        return ZoneInfo(self.name)

    def __str__(self) -> str:
        """The name."""
        return self.name


def require_utc(instant: datetime) -> datetime:
    """The same moment, once it is sure that it is aware and in UTC.

    Raises:
        NotUtc: If it is not.
    """
    if instant.utcoffset() != timedelta(0):
        raise NotUtc("a moment is an aware datetime in UTC")
    return instant


def local_date(instant: datetime, zone: TimeZone) -> date:
    """The date on the wall where the zone holds, at a moment in UTC.

    Raises:
        NotUtc: If the moment is naive or not in UTC.
    """
    return require_utc(instant).astimezone(zone.rules).date()


def beginning_of(day: date, zone: TimeZone) -> datetime:
    """The moment at which a day begins where the zone holds, in UTC."""
    return datetime.combine(day, time.min, zone.rules).astimezone(UTC)


def plausible_date(value: date, today: date) -> date:
    """The same date, once it is sure that a record may count for it.

    Args:
        value: The date a record is to count for.
        today: The group's own date now, from `local_date`.

    Raises:
        DateNotPlausible: If it lies before `EARLIEST_DATE` or more than `DAYS_AHEAD_MAX` days after today.
        TypeError: If it is a datetime, whose date would depend on a zone.
    """
    if isinstance(value, datetime):
        raise TypeError("a date without a time is needed")
    latest = today + timedelta(days=DAYS_AHEAD_MAX)
    if not EARLIEST_DATE <= value <= latest:
        raise DateNotPlausible(EARLIEST_DATE, latest)
    return value


@cache
def _zone_names() -> frozenset[str]:
    """The names in the database, read once."""
    return frozenset(available_timezones()) - _NOT_ZONES
