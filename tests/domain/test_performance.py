"""Rates of how a member does, and what counts as paid in time, as pure calculations."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.members.performance import Attended, Saved, Span, rate, saved_in
from domain.savings.dues import DueKind, DueRecord
from tests.domain.test_dues import SOCIAL, kes, meetings, one, paid, rules, worked_out


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, None),
        (0, 3, "0.00"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (3, 3, "100.00"),
        (1, 800, "0.12"),
        (3, 800, "0.38"),
    ],
)
def test_a_rate_is_in_per_cent_and_rounded_half_even(part: int, whole: int, expected: str | None) -> None:
    found = rate(part, whole)
    assert (None if found is None else str(found)) == expected


def test_who_sent_somebody_attended_and_says_nothing_of_coming_in_time() -> None:
    found = Attended(present=3, late=1, absent=2, excused=1, represented=1)
    assert (found.recorded, found.attendance_rate, found.punctuality_rate) == (8, Decimal("62.50"), Decimal("75.00"))
    never = Attended(0, 0, 2, 0, 1)
    assert (never.attendance_rate, never.punctuality_rate) == (Decimal("33.33"), None)
    assert Attended(0, 0, 0, 0, 0).attendance_rate is None


# What was paid on which day of January, of 20 due on the 1st, 8th, 15th and 22nd; and what of each was in time.
IN_TIME = [
    ({1: 20, 8: 20, 15: 20, 22: 20}, [20, 20, 20, 20]),
    ({1: 80}, [20, 20, 20, 20]),
    ({22: 80}, [0, 0, 0, 20]),
    # Whoever missed one and pays the next is late with one, though the money settles the older.
    ({8: 20, 15: 20, 22: 20}, [0, 20, 20, 20]),
    ({1: 20, 9: 20, 15: 20}, [20, 0, 20, 0]),
    # What is paid between two days counts for the next one, once nothing older is open.
    ({1: 20, 8: 20, 10: 20}, [20, 20, 20, 0]),
    ({2: 20}, [0, 0, 0, 0]),
    ({1: 15, 8: 25}, [15, 20, 0, 0]),
    ({1: 20, 3: -20}, [20, 0, 0, 0]),
    ({}, [0, 0, 0, 0]),
]


@pytest.mark.parametrize(("payments", "expected"), IN_TIME)
def test_what_was_paid_by_its_day_was_paid_in_time(payments: dict[int, int], expected: list[int]) -> None:
    records = [paid(DueKind.SOCIAL_FUND, day, amount) for day, amount in payments.items()]
    due = one(worked_out([rules()], meetings(1, 8, 15, 22), records), *SOCIAL)
    assert [period.in_time for period in due.periods] == expected
    found = saved_in([due], Span(date(2026, 1, 8), date(2026, 1, 15)))
    assert found == Saved(
        Decimal(40), Decimal(sum(expected[1:3])), sum((each.outstanding for each in due.periods[1:3]), Decimal(0))
    )


def test_what_was_waived_by_its_day_is_not_late() -> None:
    waived = [DueRecord(DueKind.SOCIAL_FUND, None, date(2026, 1, 7), Decimal(20))]
    due = one(worked_out([rules()], meetings(1, 8), [paid(DueKind.SOCIAL_FUND, 1, 20)], waived), *SOCIAL)
    assert [period.in_time for period in due.periods] == [20, 20]


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 90)), max_size=12),
    st.lists(st.integers(1, 40), min_size=1, max_size=8, unique=True),
)
def test_no_more_is_in_time_than_was_paid_and_none_of_it_is_counted_twice(
    payments: list[tuple[int, int]], days: list[int]
) -> None:
    start = date(2026, 1, 1)
    records = [
        DueRecord(DueKind.SOCIAL_FUND, None, start + timedelta(days=day), Decimal(amount)) for day, amount in payments
    ]
    held = [type(meetings(1)[0])(start + timedelta(days=day), None) for day in sorted(days)]
    due = one(worked_out([rules(social_fund_amount=kes(20))], held, records, as_of=date(2026, 3, 1)), *SOCIAL)
    in_time = sum(period.in_time for period in due.periods)
    assert all(0 <= period.in_time <= period.expected for period in due.periods)
    assert in_time <= due.paid
    assert in_time + due.outstanding <= due.expected
    # Whoever is square by the last day of each paid all in time.
    if all(
        sum(amount for on, amount in payments if on <= day) >= 20 * (place + 1)
        for place, day in enumerate(sorted(days))
    ):
        assert in_time == due.expected
