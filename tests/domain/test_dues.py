"""What falls due by the constitution, and what is in arrears of it, as a pure calculation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain.currencies import currency
from domain.groups import Constitution, ContributionType, Frequency
from domain.ledger.accounts import Fund
from domain.meetings.rollcall import AttendanceStatus
from domain.money import Money
from domain.savings.dues import Due, DueKind, DueMeeting, DueRecord, dues_of, periods

KES = currency("KES")
SOCIAL = (DueKind.SOCIAL_FUND, None)


def kes(amount: int) -> Money:
    return Money(Decimal(amount), KES)


def rules(version: int = 1, adopted_on: date = date(2026, 1, 1), **fields: object) -> Constitution:
    usual = {
        "share_price": kes(200),
        "shares_min": 1,
        "shares_max": 5,
        "social_fund_amount": kes(20),
        "meeting_frequency": Frequency.WEEKLY,
    }
    return Constitution(version=version, adopted_on=adopted_on, **usual | fields)  # type: ignore[arg-type]


def meetings(*days: int) -> list[DueMeeting]:
    return [DueMeeting(date(2026, 1, day), None) for day in days]


def paid(kind: DueKind, day: int, amount: int, code: str | None = None) -> DueRecord:
    return DueRecord(kind, code, date(2026, 1, day), Decimal(amount))


def one(found: list[Due], kind: DueKind, code: str | None = None) -> Due:
    (due,) = (each for each in found if each.obligation.key == (kind, code))
    return due


def worked_out(
    versions: list[Constitution],
    held: list[DueMeeting],
    records: list[DueRecord],
    waived: list[DueRecord] | None = None,
    *,
    as_of: date = date(2026, 1, 31),
    joined: date = date(2026, 1, 1),
    left: date | None = None,
) -> list[Due]:
    return dues_of(
        versions,
        held,
        records,
        waived or [],
        is_member_on=lambda day: joined <= day and (left is None or day < left),
        as_of=as_of,
    )


def test_what_was_to_hold_from_later_and_was_amended_before_never_held() -> None:
    versions = [
        rules(),
        rules(2, date(2026, 1, 20), social_fund_amount=kes(70)),
        rules(3, date(2026, 1, 10), social_fund_amount=kes(30)),
    ]
    due = one(worked_out(versions, meetings(8, 15, 22), []), *SOCIAL)
    assert [(period.due_on.day, period.expected) for period in due.periods] == [(8, 20), (15, 30), (22, 30)]
    assert due.expected == 80


@pytest.mark.parametrize(
    ("frequency", "first", "last", "expected"),
    [
        (Frequency.WEEKLY, (1, 1), (1, 18), [((12, 29), (1, 4)), ((1, 5), (1, 11)), ((1, 12), (1, 18))]),
        (Frequency.FORTNIGHTLY, (1, 1), (1, 31), [((12, 29), (1, 11)), ((1, 12), (1, 25))]),
        (Frequency.MONTHLY, (1, 31), (2, 28), [((1, 1), (1, 31)), ((2, 1), (2, 28))]),
        (Frequency.MONTHLY, (2, 1), (2, 27), []),
        (Frequency.QUARTERLY, (1, 2), (6, 30), [((1, 1), (3, 31)), ((4, 1), (6, 30))]),
        (Frequency.YEARLY, (6, 1), (12, 31), [((1, 1), (12, 31))]),
    ],
)
def test_periods_are_those_that_end_within_the_days(
    frequency: Frequency,
    first: tuple[int, int],
    last: tuple[int, int],
    expected: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    found = [
        ((start.month, start.day), (end.month, end.day))
        for start, end in periods(frequency, date(2026, *first), date(2026, *last))
    ]
    assert found == expected


def test_the_social_fund_falls_due_at_each_meeting_and_the_oldest_is_settled_first() -> None:
    due = one(worked_out([rules()], meetings(8, 15, 22), [paid(*SOCIAL[:1], 15, 30)]), DueKind.SOCIAL_FUND)
    assert (due.expected, due.paid, due.waived, due.outstanding, due.advance) == (60, 30, 0, 30, 0)
    assert [(each.due_on.day, each.expected, each.paid, each.outstanding) for each in due.periods] == [
        (8, 20, 0, 0),
        (15, 20, 30, 10),
        (22, 20, 0, 20),
    ]


def test_what_is_waived_settles_as_a_payment_does_and_what_was_taken_back_does_not() -> None:
    records = [paid(DueKind.SOCIAL_FUND, 8, 20), paid(DueKind.SOCIAL_FUND, 9, -20)]
    waived = [paid(DueKind.SOCIAL_FUND, 10, 25)]
    due = one(worked_out([rules()], meetings(8, 15), records, waived), DueKind.SOCIAL_FUND)
    assert (due.expected, due.paid, due.waived, due.outstanding) == (40, 0, 25, 15)


def test_what_is_paid_beyond_what_fell_due_is_an_advance() -> None:
    due = one(worked_out([rules()], meetings(8), [paid(DueKind.SOCIAL_FUND, 8, 50)]), DueKind.SOCIAL_FUND)
    assert (due.outstanding, due.advance) == (0, 30)


def test_what_comes_after_the_date_does_not_count() -> None:
    records = [paid(DueKind.SOCIAL_FUND, 8, 5), paid(DueKind.SOCIAL_FUND, 16, 100)]
    due = one(worked_out([rules()], meetings(8, 15, 22), records, as_of=date(2026, 1, 15)), DueKind.SOCIAL_FUND)
    assert (due.expected, due.paid, due.outstanding) == (40, 5, 35)


def test_nothing_falls_due_before_she_joined_or_after_she_left() -> None:
    due = one(
        worked_out([rules()], meetings(8, 15, 22), [], joined=date(2026, 1, 15), left=date(2026, 1, 22)),
        DueKind.SOCIAL_FUND,
    )
    assert [each.due_on.day for each in due.periods] == [15]


def test_nothing_is_expected_of_the_absent_where_their_money_is_not_taken() -> None:
    held = [
        DueMeeting(date(2026, 1, day), presence)
        for day, presence in ((8, AttendanceStatus.ABSENT), (15, AttendanceStatus.EXCUSED), (22, None))
    ]
    strict = one(worked_out([rules(can_absent_members_pay=False)], held, []), DueKind.SOCIAL_FUND)
    assert [each.due_on.day for each in strict.periods] == [22]
    lax = one(worked_out([rules()], held, []), DueKind.SOCIAL_FUND)
    assert [each.due_on.day for each in lax.periods] == [8, 15, 22]


def test_each_version_holds_from_its_day_and_the_first_from_the_first_meeting() -> None:
    versions = [
        rules(adopted_on=date(2026, 1, 10)),
        rules(2, date(2026, 1, 15), social_fund_amount=kes(30)),
    ]
    due = one(worked_out(versions, meetings(8, 14, 15), []), DueKind.SOCIAL_FUND)
    assert [each.expected for each in due.periods] == [20, 20, 30]
    assert due.obligation.amount == kes(30)


def test_savings_and_the_group_s_own_contributions_fall_due_by_their_frequency() -> None:
    own = (
        ContributionType("LEVY", "Levy", kes(50), Frequency.WEEKLY, Fund.LOAN_FUND, is_mandatory=True),
        ContributionType("GIFT", "Gift", None, Frequency.WEEKLY, Fund.LOAN_FUND, is_mandatory=False),
    )
    constitution = rules(contribution_amount=kes(500), contribution_frequency=Frequency.MONTHLY, contribution_types=own)
    records = [paid(DueKind.SAVINGS, 31, 300), paid(DueKind.OTHER, 4, 60, "LEVY"), paid(DueKind.OTHER, 4, 5, "GIFT")]
    found = worked_out([constitution], [], records)
    assert [each.obligation.key for each in found] == [
        (DueKind.SAVINGS, None),
        (DueKind.SOCIAL_FUND, None),
        (DueKind.OTHER, "LEVY"),
    ]
    savings, levy = one(found, DueKind.SAVINGS), one(found, DueKind.OTHER, "LEVY")
    assert (savings.expected, savings.paid, savings.outstanding) == (500, 300, 200)
    assert [each.outstanding for each in levy.periods] == [0, 40, 50, 50]
