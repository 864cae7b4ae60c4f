"""The plans of the demonstration data: who is in them, when they meet, and that all follows from names alone."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from domain.contact import PhoneNumber
from domain.groups import Frequency, GroupKind
from domain.members import Sex
from operations.demonstration import FULL
from operations.demonstration.draws import chance, draw, identifier
from operations.demonstration.loan_wishes import wishes_of
from operations.demonstration.plan import plans
from operations.demonstration.year import meeting_dates
from tests.support.demonstration import TODAY

FULL_LENDING = (15, 127, 80, 114)


def test_some_groups_of_the_full_demonstration_lend() -> None:
    lending = [plan for plan in plans(FULL, TODAY) if wishes_of(plan.sketch)]
    services = Counter(service.name for plan in lending for meeting in plan.held() for service, _ in meeting.loans)
    assert (len(lending), services["loanApply"], services["loanDisburse"], services["loanRepay"]) == FULL_LENDING


def test_the_full_demonstration_has_forty_groups_nine_hundred_members_and_meetings_of_a_year() -> None:
    groups = plans(FULL, TODAY)
    assert (len(groups), sum(len(plan.members) for plan in groups)) == (40, 900)
    assert Counter(plan.sketch.frequency for plan in groups) == {
        Frequency.WEEKLY: 24,
        Frequency.FORTNIGHTLY: 10,
        Frequency.MONTHLY: 6,
    }
    assert Counter(plan.sketch.kind for plan in groups)[GroupKind.VSLA] == 33
    assert Counter(plan.founding().currency for plan in groups) == {"KES": 18, "UGX": 12, "TZS": 10}
    assert {len(plan.dates) for plan in groups} == {52, 26, 12}
    for plan in groups:
        assert timedelta(0) <= TODAY - plan.dates[-1] <= timedelta(days=31)
        assert timedelta(days=327) <= plan.dates[-1] - plan.dates[0] <= timedelta(days=366)
        assert list(plan.dates) == sorted(set(plan.dates))
        assert len({day.weekday() for day in plan.dates}) == 1
        assert 15 <= len(plan.members) <= 30


def test_members_have_names_of_their_own_valid_numbers_and_differ_in_how_they_save() -> None:
    people = [person for plan in plans(FULL, TODAY) for person in plan.members]
    for plan in plans(FULL, TODAY):
        assert len({person.name for person in plan.members}) == len(plan.members)
        assert all(person.sex is Sex.FEMALE or plan.sketch.women_percent < 100 for person in plan.members)
    phones = [person.phone for person in people if person.phone is not None]
    assert len(set(phones)) == len(phones) == 796
    for phone in phones:
        assert PhoneNumber.parse(phone).value == phone
    assert Counter(person.habit.value for person in people) == {
        "SMALL": 266,
        "STEADY": 329,
        "SEASONAL": 179,
        "STRONG": 126,
    }


def test_attendance_differs_and_now_and_then_a_count_does_with_its_reason() -> None:
    kept, sheets, reasons = 0, 0, 0
    for plan in plans(FULL, TODAY):
        for meeting in plan.held():
            came = {item.member_id for item in meeting.sheet.items}
            kept += len(came) == len(plan.members)
            sheets += 1
            assert 0 < len(meeting.sheet.items) <= 100
            counts = (*meeting.closing.opening_counts, *meeting.closing.closing_counts)
            reasons += sum(count.reason is not None for count in counts)
    assert (sheets, kept, reasons) == (1579, 44, 57)


def test_late_joiners_are_entered_on_the_day_of_the_first_meeting_they_could_come_to() -> None:
    showcase = plans(FULL, TODAY)[0]
    joined = {member.number: member.joined_on for member in showcase.register()}
    assert (joined[1], joined[5]) == (date(2025, 11, 21), showcase.dates[21])
    first = next(
        number
        for number, meeting in enumerate(showcase.held(), 1)
        if any(item.member_id == showcase.members[4].id for item in meeting.sheet.items)
    )
    assert first >= 22


def test_the_days_of_meetings_keep_to_the_weekday_and_end_by_today() -> None:
    def days(frequency: Frequency, weekday: int, week: int) -> list[str]:
        return [day.isoformat() for day in meeting_dates(frequency, 3, TODAY, weekday=weekday, week=week)]

    assert days(Frequency.WEEKLY, 4, 3) == ["2026-11-06", "2026-11-13", "2026-11-20"]
    assert days(Frequency.WEEKLY, 5, 0) == ["2026-10-31", "2026-11-07", "2026-11-14"]
    assert days(Frequency.FORTNIGHTLY, 4, 0) == ["2026-10-23", "2026-11-06", "2026-11-20"]
    assert days(Frequency.FORTNIGHTLY, 4, 1) == ["2026-10-16", "2026-10-30", "2026-11-13"]
    assert days(Frequency.MONTHLY, 4, 2) == ["2026-09-18", "2026-10-16", "2026-11-20"]
    assert days(Frequency.MONTHLY, 4, 3) == ["2026-08-28", "2026-09-25", "2026-10-23"]


def test_draws_and_ids_follow_from_names_alone() -> None:
    assert str(identifier("group", "Umoja Women's Group")) == "a84d4a71-ace2-5c04-b039-2af08ca9fe97"
    assert [draw(1000, "a", number) for number in range(4)] == [633, 87, 676, 264]
    assert sum(chance(20, "b", number) for number in range(10_000)) == 1_942
