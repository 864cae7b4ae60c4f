"""Raw SQL against meetings, rolls, fines and waivers, by officers who may write there: what is decided stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.groups import FineReasonWish
from domain.identifiers import new_id
from domain.meetings import ConfirmMeeting, confirm_meeting
from domain.meetings.rollcall import AttendanceStatus, RecordRollCall, RollItem, record_roll_call
from domain.savings import LevyFine, levy_fine
from domain.savings.dues import DueKind
from domain.savings.waivers import DecideWaiver, RequestWaiver, decide_waiver, request_waiver
from tests.support.world import GroupOfPeople, Person, World, shares

STAYS = "KB405"
CHECKED = "23514"
LATE = FineReasonWish(code="LATE", name="Came late", amount=Decimal(20))

Arrange = Callable[[World, GroupOfPeople], Awaitable[Any]]


async def attacked(world: World, group: GroupOfPeople, who: Person, statement: str, *arguments: object) -> str | None:
    """The code of the error that the statement ends with; None where it was let through."""
    try:
        async with world.transaction(who) as connection:
            await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", group.id)
            await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


async def rolled(world: World, group: GroupOfPeople) -> Any:
    """An open meeting with the treasurer on its roll."""
    meeting = await world.meeting(group, notes="Rain")
    item = RollItem(member_id=group.members[2], status=AttendanceStatus.ABSENT, excuse="Ill")
    wish = RecordRollCall(group_id=group.id, idempotency_key=new_id(), meeting_id=meeting, items=(item,))
    await world.succeed(group.secretary, record_roll_call, wish)
    return meeting


async def confirmed(world: World, group: GroupOfPeople) -> Any:
    meeting = await rolled(world, group)
    wish = ConfirmMeeting(group_id=group.id, idempotency_key=new_id(), meeting_id=meeting, expected_version=1)
    await world.succeed(group.treasurer, confirm_meeting, wish)
    return meeting


async def closed(world: World, group: GroupOfPeople) -> Any:
    meeting = await rolled(world, group)
    await world.close_meeting(group, meeting)
    return meeting


@pytest.mark.parametrize(
    ("arrange", "statement"),
    [
        (rolled, "UPDATE app.meetings SET status = 'DRAFT', opened_at = NULL WHERE tenant_id = $1 AND id = $2"),
        (rolled, "UPDATE app.meetings SET held_on = held_on - 1 WHERE tenant_id = $1 AND id = $2"),
        (rolled, "UPDATE app.meetings SET opened_after = 99 WHERE tenant_id = $1 AND id = $2"),
        (rolled, "UPDATE app.meetings SET opened_by = gen_random_uuid() WHERE tenant_id = $1 AND id = $2"),
        (
            rolled,
            (
                "UPDATE app.meetings SET status = 'CLOSED', closed_at = now(), confirmed_at = now(),"
                " confirmed_by = gen_random_uuid() WHERE tenant_id = $1 AND id = $2"
            ),
        ),
        (confirmed, "UPDATE app.meeting_texts SET notes = 'x' WHERE tenant_id = $1 AND meeting_id = $2"),
        (confirmed, "UPDATE app.meetings SET venue = 'x' WHERE tenant_id = $1 AND id = $2"),
        (confirmed, "UPDATE app.attendances SET status = 'LATE' WHERE tenant_id = $1 AND meeting_id = $2"),
        (confirmed, "UPDATE app.attendance_words SET excuse = 'x' WHERE tenant_id = $1 AND meeting_id = $2"),
        (closed, "UPDATE app.meetings SET venue = 'x' WHERE tenant_id = $1 AND id = $2"),
        (closed, "UPDATE app.meeting_texts SET notes = 'x' WHERE tenant_id = $1 AND meeting_id = $2"),
        (closed, "UPDATE app.attendances SET status = 'PRESENT' WHERE tenant_id = $1 AND meeting_id = $2"),
        (closed, "UPDATE app.attendance_words SET excuse = NULL WHERE tenant_id = $1 AND meeting_id = $2"),
    ],
)
async def test_a_meeting_goes_forward_and_what_was_recorded_of_it_stays(
    arrange: Arrange, statement: str, world: World
) -> None:
    group = await world.group()
    meeting = await arrange(world, group)
    before = await world.superuser.fetch("SELECT m::text FROM app.meetings m")
    assert await attacked(world, group, group.secretary, statement, group.id, meeting) == STAYS
    assert await world.superuser.fetch("SELECT m::text FROM app.meetings m") == before


async def test_nobody_confirms_what_she_opened_under_another_s_name(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    statement = (
        "UPDATE app.meetings SET status = 'CONFIRMED', confirmed_at = now(), confirmed_by = $3"
        " WHERE tenant_id = $1 AND id = $2"
    )
    # Whoever writes is who confirms, whatever she says; and the table refuses whoever opened it.
    forged = group.treasurer.user_id
    assert await attacked(world, group, group.secretary, statement, group.id, meeting, forged) == CHECKED
    assert await attacked(world, group, group.chair, statement, group.id, meeting, forged) is None
    by = await world.superuser.fetchval("SELECT confirmed_by FROM app.meetings")
    assert by == group.chair.user_id


async def test_no_meeting_begins_confirmed_or_closed(world: World) -> None:
    group = await world.group()
    statement = (
        "INSERT INTO app.meetings (tenant_id, id, number, status, held_on, opened_at, opened_by, closed_at)"
        " VALUES ($1, $2, 1, 'CLOSED', current_date, now(), $2, now())"
    )
    assert await attacked(world, group, group.secretary, statement, group.id, new_id()) == STAYS


async def test_nothing_is_posted_to_a_confirmed_meeting_and_no_difference_without_its_count(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[0], 1))
    wish = ConfirmMeeting(group_id=group.id, idempotency_key=new_id(), meeting_id=meeting, expected_version=1)
    await world.succeed(group.treasurer, confirm_meeting, wish)
    statement = (
        "SELECT ledger.post($1, $2, 1, ARRAY[$2::uuid], $4, ARRAY[current_date], ARRAY[$3::uuid], ARRAY[NULL::uuid],"
        " ARRAY[NULL::uuid], ARRAY[2], ARRAY[$5::uuid, $6::uuid], ARRAY[NULL::uuid, NULL], ARRAY[5::numeric, -5],"
        " ARRAY[NULL::integer, NULL])"
    )
    accounts = group.account("1110"), group.account("5900")
    for kind, code in (("TRANSFER", "KB409"), ("OTHER_INCOME", "KB409"), ("CASH_DIFFERENCE", "KB422")):
        found = await attacked(world, group, group.secretary, statement, group.id, new_id(), meeting, [kind], *accounts)
        assert found == code, kind


async def test_a_roll_takes_members_of_the_day_and_tells_who_wrote_it(world: World) -> None:
    group, other = await world.group(), await world.group()
    meeting = await rolled(world, group)
    statement = (
        "INSERT INTO app.attendances (tenant_id, meeting_id, member_id, status, recorded_by, version)"
        " VALUES ($1, $2, $3, 'PRESENT', $4, 7)"
    )
    forged = other.chair.user_id
    stranger = other.members[0]
    assert await attacked(world, group, group.chair, statement, group.id, meeting, stranger, forged) == STAYS
    assert await attacked(world, group, group.chair, statement, group.id, meeting, group.members[0], forged) is None
    row = await world.superuser.fetchrow(
        "SELECT recorded_by, version FROM app.attendances WHERE member_id = $1", group.members[0]
    )
    assert tuple(row) == (group.chair.user_id, 1)
    moved = "UPDATE app.attendances SET version = 9 WHERE tenant_id = $1 AND meeting_id = $2 AND member_id = $3"
    assert await attacked(world, group, group.chair, moved, group.id, meeting, group.members[0]) is None
    assert (
        await world.superuser.fetchval("SELECT version FROM app.attendances WHERE member_id = $1", group.members[0])
        == 2
    )


async def test_a_fine_says_of_its_entry_what_the_entry_says_and_stays(world: World) -> None:
    group = await world.group(fine_reasons=(LATE,))
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[4], 1))
    bought = await world.superuser.fetchval("SELECT id FROM ledger.entries")
    levy = LevyFine(group_id=group.id, idempotency_key=new_id(), member_id=group.members[4], reason_code="LATE")
    fine = await world.succeed(group.treasurer, levy_fine, levy)
    insert = (
        "INSERT INTO app.fines (tenant_id, id, member_id, reason_code, reason_name, constitution_version)"
        " VALUES ($1, $2, $3, 'LATE', 'Came late', 1)"
    )
    assert await attacked(world, group, group.treasurer, insert, group.id, bought, group.members[4]) == CHECKED
    settle = "INSERT INTO app.fine_settlements (tenant_id, id, fine_id, member_id) VALUES ($1, $2, $3, $4)"
    for entry, settled, member in (
        (bought, fine, group.members[4]),
        (fine, fine, group.members[4]),
        (fine, bought, group.members[4]),
    ):
        code = await attacked(world, group, group.treasurer, settle, group.id, entry, settled, member)
        assert code == CHECKED
    for statement in ("UPDATE app.fines SET reason_code = 'SLEPT'", "DELETE FROM app.fines"):
        assert await attacked(world, group, group.treasurer, statement) == "42501"
    with pytest.raises(asyncpg.PostgresError) as refused:
        await world.superuser.execute("DELETE FROM app.fines")
    assert refused.value.sqlstate == STAYS


async def test_a_waiver_is_decided_once_by_another_as_it_stands(world: World) -> None:
    group = await world.group(social_fund_amount=Decimal(20))
    wish = RequestWaiver(
        group_id=group.id,
        idempotency_key=new_id(),
        member_id=group.members[4],
        kind=DueKind.SOCIAL_FUND,
        amount=Decimal(20),
        reason="Ill",
    )
    waiver = await world.succeed(group.treasurer, request_waiver, wish)
    approve = (
        "UPDATE app.contribution_waivers SET status = 'APPROVED', decided_at = now(), decided_by = $3"
        " WHERE tenant_id = $1 AND id = $2"
    )
    # She asked for it herself, and says that the chair decided.
    forged = group.chair.user_id
    assert await attacked(world, group, group.treasurer, approve, group.id, waiver, forged) == CHECKED
    insert = (
        "INSERT INTO app.contribution_waivers (tenant_id, id, member_id, kind, counts_on, amount, currency, reason,"
        " status, requested_by, decided_at, decided_by)"
        " VALUES ($1, $2, $3, 'SOCIAL_FUND', current_date, 1, 'KES', 'x', 'APPROVED', $4, now(), $5)"
    )
    people = new_id(), forged
    assert await attacked(world, group, group.treasurer, insert, group.id, new_id(), group.members[4], *people) == STAYS
    more = "UPDATE app.contribution_waivers SET amount = 999 WHERE tenant_id = $1 AND id = $2"
    assert await attacked(world, group, group.chair, more, group.id, waiver) == "42501"
    decision = DecideWaiver(
        group_id=group.id, idempotency_key=new_id(), waiver_id=waiver, expected_version=1, is_approved=False
    )
    await world.succeed(group.chair, decide_waiver, decision)
    assert await attacked(world, group, group.chair, approve, group.id, waiver, forged) == STAYS
