"""Closing a book through a date: what counts for that day or one before it is refused from then on."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.identifiers import new_id
from domain.ledger.periods import PeriodClose, period_close
from domain.meetings import OpenMeeting, open_meeting
from domain.savings import record_contributions
from tests.ledger.book import both_verifications, digest, posted
from tests.ledger.outcomes import told
from tests.ledger.trying import fresh, is_denied, outsiders, owner_state, posting_sql, refusal, run_sql, sql_state
from tests.support.world import GroupOfPeople, World, shares, sheet

EARLIER = date(2026, 1, 8)


def closing(group: GroupOfPeople, through: date) -> PeriodClose:
    return PeriodClose(group_id=group.id, idempotency_key=new_id(), through=through)


async def set_time_zone(world: World, group: GroupOfPeople, zone: str) -> None:
    await world.superuser.execute("ALTER TABLE app.groups DISABLE TRIGGER USER")
    await world.superuser.execute("UPDATE app.groups SET time_zone = $2 WHERE tenant_id = $1", group.id, zone)
    await world.superuser.execute("ALTER TABLE app.groups ENABLE TRIGGER USER")


async def group_with_meeting(world: World) -> GroupOfPeople:
    """A group whose only meeting, of one entry, was held on 8 January 2026 and is closed."""
    group = await world.group()
    meeting = await world.meeting(group, held_on=EARLIER)
    await world.record(group, meeting, shares(group.members[0], 1))
    await world.close_meeting(group, meeting)
    return group


async def test_closing_keeps_the_head_of_the_book_at_that_moment(world: World) -> None:
    group = await group_with_meeting(world)
    assert await world.succeed(group.treasurer, period_close, closing(group, EARLIER)) == group.id
    head = await world.superuser.fetchrow("SELECT * FROM ledger.heads")
    row = await world.superuser.fetchrow("SELECT * FROM ledger.closings")
    assert head["closed_through"] == row["closed_through"] == EARLIER
    assert (row["entry_number"], row["entry_hash"]) == (1, head["entry_hash"])
    assert row["closed_by"] == group.treasurer.user_id
    later = EARLIER + timedelta(days=30)
    await world.succeed(group.chair, period_close, closing(group, later))
    days = await world.superuser.fetch("SELECT closed_through FROM ledger.closings ORDER BY closed_through")
    assert [day["closed_through"] for day in days] == [EARLIER, later]
    assert await both_verifications(world, group.id) == []


async def test_nothing_counts_for_a_closed_day_any_more(world: World) -> None:
    group = await group_with_meeting(world)
    await world.succeed(group.treasurer, period_close, closing(group, EARLIER))
    lines = [(group.account("5100"), "10"), (group.account("1110"), "-10")]
    for day, state in (("2026-01-08", "KB423"), ("2026-01-07", "KB423"), ("2026-01-09", None)):
        call = posting_sql(group, "OTHER_EXPENSE", lines, on=f"'{day}'")
        assert await sql_state(world, group.treasurer, group, call) == state
    # No meeting of a closed day is opened, so one is moved there behind the services' back.
    meeting = await world.meeting(group, held_on=EARLIER + timedelta(days=1))
    await world.superuser.execute("ALTER TABLE app.meetings DISABLE TRIGGER USER")
    await world.superuser.execute("UPDATE app.meetings SET held_on = $2 WHERE id = $1", meeting, EARLIER)
    await world.superuser.execute("ALTER TABLE app.meetings ENABLE TRIGGER USER")
    outcome = await world.perform(
        group.treasurer, record_contributions, sheet(group, meeting, shares(group.members[0], 1))
    )
    assert told(outcome.error) == (
        "PERIOD_CLOSED",
        "The book is closed through 2026-01-08: give a later date.",
        ("meetingId",),
        {"closed_through": date(2026, 1, 8)},
    )


async def test_no_meeting_is_opened_on_a_closed_day(world: World) -> None:
    group = await group_with_meeting(world)
    await world.succeed(group.treasurer, period_close, closing(group, EARLIER))
    wish = OpenMeeting(group_id=group.id, idempotency_key=new_id())
    for day in (EARLIER, EARLIER - timedelta(days=1)):
        assert await refusal(world, group.secretary, open_meeting, fresh(wish, held_on=day)) == (
            "PERIOD_CLOSED",
            ("heldOn",),
            {"closed_through": date(2026, 1, 8)},
        )
    await world.succeed(group.secretary, open_meeting, fresh(wish, held_on=EARLIER + timedelta(days=1)))


async def test_no_meeting_is_opened_today_where_that_day_was_closed_elsewhere(world: World) -> None:
    """What was yesterday in the first zone of the earth is today, or yet to come, in the last."""
    group = await world.group()
    await set_time_zone(world, group, "Pacific/Kiritimati")
    yesterday = datetime.now(UTC).astimezone(ZoneInfo("Pacific/Kiritimati")).date() - timedelta(days=1)
    await world.succeed(group.treasurer, period_close, closing(group, yesterday))
    await set_time_zone(world, group, "Pacific/Pago_Pago")
    wish = OpenMeeting(group_id=group.id, idempotency_key=new_id())
    assert await refusal(world, group.secretary, open_meeting, wish) == (
        "PERIOD_CLOSED",
        ("heldOn",),
        {"closed_through": yesterday},
    )


async def test_a_period_is_closed_forwards_once_it_is_over_and_its_meetings_are_closed(world: World) -> None:
    group = await group_with_meeting(world)
    treasurer = group.treasurer
    early = closing(group, date(1989, 12, 31))
    assert await refusal(world, treasurer, period_close, early) == (
        "PERIOD_NOT_LATER",
        ("through",),
        {"closed_through": date(1989, 12, 31)},
    )
    await world.succeed(treasurer, period_close, closing(group, EARLIER))
    for day in (EARLIER, EARLIER - timedelta(days=1)):
        assert await refusal(world, treasurer, period_close, closing(group, day)) == (
            "PERIOD_NOT_LATER",
            ("through",),
            {"closed_through": date(2026, 1, 8)},
        )
    today = datetime.now(UTC).astimezone(ZoneInfo("Africa/Nairobi")).date()
    reason, path, facts = await refusal(world, treasurer, period_close, closing(group, today + timedelta(days=1)))
    assert (reason, path) == ("PERIOD_NOT_OVER", ("through",))
    assert facts["latest_on"] - today <= timedelta(0)
    held = EARLIER + timedelta(days=7)
    await world.meeting(group, held_on=held)
    for day in (held, held + timedelta(days=3)):
        assert await refusal(world, treasurer, period_close, closing(group, day)) == (
            "MEETING_OPEN_IN_PERIOD",
            ("through",),
            {"number": 2},
        )
    await world.succeed(treasurer, period_close, closing(group, held - timedelta(days=1)))


async def test_today_where_the_group_is_decides_which_day_is_over(world: World) -> None:
    """Where the day begins first, yesterday is UTC's today for part of the day; either way one day back is over."""
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        group = await world.group()
        await set_time_zone(world, group, zone)
        today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
        outcome = await world.perform(group.treasurer, period_close, closing(group, today + timedelta(days=1)))
        assert outcome.error is not None
        assert outcome.error.reason == "PERIOD_NOT_OVER"
        await world.succeed(group.treasurer, period_close, closing(group, today - timedelta(days=1)))


async def test_only_chair_and_treasurer_close_periods(world: World) -> None:
    group = await group_with_meeting(world)
    people = {"secretary": group.secretary, **await outsiders(world, group)}
    before = await posted(world.superuser)
    call = f"SELECT ledger.close_period('{group.id}', '2026-01-08')"
    for name, person in people.items():
        assert await is_denied(world, person, period_close, closing(group, EARLIER)), name
        assert await sql_state(world, person, group, call) in ("KB403", "KB404"), name
    assert await posted(world.superuser) == before


async def test_no_statement_opens_a_period_again(world: World) -> None:
    group = await group_with_meeting(world)
    await world.succeed(group.treasurer, period_close, closing(group, EARLIER))
    before = await digest(world.superuser)
    for statement, state in (
        ("UPDATE ledger.heads SET closed_through = '2000-01-01'", "42501"),
        ("DELETE FROM ledger.closings", "42501"),
        (f"SELECT ledger.close_period('{group.id}', '2026-01-08')", "KB422"),
        (f"SELECT ledger.close_period('{group.id}', '2025-01-08')", "KB422"),
        (f"SELECT ledger.close_period('{group.id}', current_date + 2)", "KB422"),
        (f"SELECT ledger.close_period('{group.id}', 'infinity')", "KB422"),
        (f"SELECT ledger.close_period('{group.id}', NULL)", "KB422"),
    ):
        assert await sql_state(world, group.treasurer, group, statement) == state, statement
    for statement in (
        "UPDATE ledger.closings SET entry_number = 0",
        "DELETE FROM ledger.closings",
        "TRUNCATE ledger.closings",
    ):
        assert await owner_state(world, statement) == "KB405"
    assert await digest(world.superuser) == before


async def test_a_repeat_closes_nothing_twice(world: World) -> None:
    group = await group_with_meeting(world)
    wish = closing(group, EARLIER)
    await world.succeed(group.treasurer, period_close, wish)
    before = await posted(world.superuser)
    again = await world.perform(group.treasurer, period_close, wish)
    assert (again.id, again.error, again.is_replay) == (group.id, None, True)
    assert await posted(world.superuser) == before
    other = await world.perform(group.treasurer, period_close, fresh(wish))
    assert other.error is not None
    assert other.error.reason == "PERIOD_NOT_LATER"


@pytest.mark.parametrize("attempt", range(3))
async def test_whichever_comes_first_closing_or_posting_both_are_as_if_one_after_the_other(
    world: World, attempt: int
) -> None:
    group = await group_with_meeting(world)
    lines = [(group.account("5100"), "10"), (group.account("1110"), "-10")]
    post = posting_sql(group, "OTHER_EXPENSE", lines, on="'2026-01-08'")
    tasks = [
        world.succeed(group.treasurer, period_close, closing(group, EARLIER)),
        sql_state(world, group.treasurer, group, post),
    ]
    if attempt % 2:
        tasks.reverse()
    results = await asyncio.gather(*tasks)
    state = results[0] if attempt % 2 else results[1]
    entries = await world.superuser.fetchval("SELECT entry_number FROM ledger.closings")
    assert (entries, state) in ((1, "KB423"), (2, None))
    assert await both_verifications(world, group.id) == []


async def test_two_who_close_the_same_day_close_it_once(world: World) -> None:
    group = await group_with_meeting(world)
    outcomes = await asyncio.gather(
        *(
            world.perform(who, period_close, closing(group, EARLIER))
            for who in (group.chair, group.treasurer, group.chair, group.treasurer)
        )
    )
    reasons = sorted("" if outcome.error is None else outcome.error.reason for outcome in outcomes)
    assert reasons == ["", "PERIOD_NOT_LATER", "PERIOD_NOT_LATER", "PERIOD_NOT_LATER"]
    assert await world.superuser.fetchval("SELECT count(*) FROM ledger.closings") == 1


async def test_an_entry_between_two_closings_is_within_the_second(world: World) -> None:
    group = await group_with_meeting(world)
    await world.succeed(group.treasurer, period_close, closing(group, EARLIER))
    lines = [(group.account("5100"), "10"), (group.account("1110"), "-10")]
    await run_sql(world, group.treasurer, group, posting_sql(group, "OTHER_EXPENSE", lines, on="'2026-01-09'"))
    await world.succeed(group.treasurer, period_close, closing(group, date(2026, 1, 9)))
    rows = await world.superuser.fetch("SELECT entry_number FROM ledger.closings ORDER BY closed_through")
    assert [row["entry_number"] for row in rows] == [1, 2]
