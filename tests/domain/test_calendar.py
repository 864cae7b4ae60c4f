from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import (
    DAYS_AHEAD_MAX,
    EARLIEST_DATE,
    DateNotPlausible,
    NotUtc,
    TimeZone,
    UnknownTimeZone,
    local_date,
    plausible_date,
    require_utc,
)


@pytest.mark.parametrize("name", ["Africa/Nairobi", "Africa/Kampala", "Africa/Lubumbashi", "UTC", "Asia/Kolkata"])
def test_a_zone_of_the_database_is_known(name: str) -> None:
    assert TimeZone(name).rules == ZoneInfo(name)


@pytest.mark.parametrize(
    "name",
    ["", "Nairobi", "africa/nairobi", "Africa/Nairobi ", "EAT", "+03:00", "../etc/passwd", "/etc/localtime",
     "localtime", "Factory", "posixrules", "posix/Africa/Nairobi", "Africa", "Africa/Nairobi\x00"],
)  # fmt: skip
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownTimeZone):
        TimeZone(name)


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        (datetime(2026, 3, 1, 20, 59, 59, tzinfo=UTC), "Africa/Nairobi", date(2026, 3, 1)),
        (datetime(2026, 3, 1, 21, 0, 0, tzinfo=UTC), "Africa/Nairobi", date(2026, 3, 2)),
        (datetime(2026, 3, 1, 0, 30, tzinfo=UTC), "America/Bogota", date(2026, 2, 28)),
        # Where clocks change, the offset is that of the day.
        (datetime(2026, 1, 15, 21, 30, tzinfo=UTC), "Africa/Cairo", date(2026, 1, 15)),
        (datetime(2026, 7, 15, 21, 30, tzinfo=UTC), "Africa/Cairo", date(2026, 7, 16)),
    ],
)
def test_the_date_is_the_group_s_own(instant: datetime, zone: str, day: date) -> None:
    assert local_date(instant, TimeZone(zone)) == day


@pytest.mark.parametrize(
    "instant",
    [datetime(2026, 3, 1, 12), datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=3)))],  # noqa: DTZ001 - refused
)
def test_a_moment_that_is_not_in_utc_is_a_mistake_in_the_program(instant: datetime) -> None:
    with pytest.raises(NotUtc):
        require_utc(instant)
    with pytest.raises(NotUtc):
        local_date(instant, TimeZone("UTC"))


def test_a_moment_in_utc_passes_as_it_is() -> None:
    instant = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert require_utc(instant) is instant


def test_dates_are_plausible_from_1990_to_tomorrow() -> None:
    today = date(2026, 2, 28)
    assert EARLIEST_DATE.isoformat() == "1990-01-01"
    assert DAYS_AHEAD_MAX == 1
    for day in (date(1990, 1, 1), today, date(2026, 3, 1)):
        assert plausible_date(day, today) == day
    for day in (date(1989, 12, 31), date(2026, 3, 2), date(206, 2, 28), date(9999, 12, 31)):
        with pytest.raises(DateNotPlausible) as refusal:
            plausible_date(day, today)
        assert refusal.value.message == "Check the date: it must be from 1990-01-01 to 2026-03-01."


def test_a_moment_is_no_date() -> None:
    with pytest.raises(TypeError):
        plausible_date(datetime(2026, 2, 28, tzinfo=UTC), date(2026, 2, 28))
