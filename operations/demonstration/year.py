"""The days of a year on which a group meets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from domain.groups import Frequency

__all__ = ["DAYS_PER_WEEK", "MEETINGS_PER_YEAR", "MONTHS_PER_YEAR", "meeting_dates"]

MONTHS_PER_YEAR = 12
DAYS_PER_WEEK = 7

MEETINGS_PER_YEAR: Mapping[Frequency, int] = MappingProxyType(
    {Frequency.WEEKLY: 52, Frequency.FORTNIGHTLY: 26, Frequency.MONTHLY: 12}
)

_WEEKS_BETWEEN = MappingProxyType({Frequency.WEEKLY: 1, Frequency.FORTNIGHTLY: 2})


def meeting_dates(frequency: Frequency, count: int, today: date, *, weekday: int, week: int) -> tuple[date, ...]:
    """The last so many days of meetings, up to today.

    Args:
        frequency: Weekly, fortnightly or monthly.
        count: How many.
        today: The last day that may be one of them.
        weekday: On which day of the week, counted from Monday as 0.
        week: For groups that do not meet weekly, in which week: of the month, counted from 0 to 3, or of two.
    """
    if frequency is Frequency.MONTHLY:
        return _monthly(count, today, weekday, week)
    between = timedelta(weeks=_WEEKS_BETWEEN[frequency])
    weeks_late = week % _WEEKS_BETWEEN[frequency]
    last = today - timedelta(days=(today.weekday() - weekday) % DAYS_PER_WEEK, weeks=weeks_late)
    return tuple(last - between * back for back in reversed(range(count)))


def _monthly(count: int, today: date, weekday: int, week: int) -> tuple[date, ...]:
    """The first, second, third or fourth such weekday of each month."""
    found: list[date] = []
    month = today.replace(day=1)
    while len(found) < count:
        day = month + timedelta(days=(weekday - month.weekday()) % DAYS_PER_WEEK, weeks=week)
        if day <= today:
            found.append(day)
        month = (month - timedelta(days=1)).replace(day=1)
    return tuple(reversed(found))
