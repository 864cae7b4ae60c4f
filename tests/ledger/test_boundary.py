"""Who gets through the boundary, and what a failure that nobody declared leaves behind: nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.identifiers import new_id
from domain.meetings import MeetingClosed, OpenMeeting, close_meeting, open_meeting
from domain.policy import AccessDenied, Action, Resource, Role
from domain.savings import record_contributions
from domain.service import Outcome, UndeclaredError, service
from domain.unit_of_work import UnitOfWork
from persistence.database import DatabaseRole
from persistence.viewer import Principal, UnauthenticatedError
from tests.ledger.book import digest
from tests.ledger.outcomes import meeting_of, reasons, record, told_of
from tests.support.world import Person, World, shares, sheet


async def test_a_denied_permission_is_not_kept(world: World) -> None:
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, shares(group.members[0], 1))
    before = await digest(world.superuser)
    for who in (group.chair, group.plain, group.chair):
        with pytest.raises(AccessDenied) as caught:
            await record(world, group, command, who)
        assert (caught.value.resource, caught.value.action) == (Resource.CONTRIBUTION, Action.CREATE)
    assert await digest(world.superuser) == before
    await world.grant_role(group.chair, group.id, Role.TREASURER)
    outcome = await record(world, group, command, group.chair)
    assert (outcome.is_replay, reasons(outcome)) == (False, [None])


async def test_a_repeat_is_answered_only_to_whoever_may_still_do_it(world: World) -> None:
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, shares(group.members[0], 1))
    await record(world, group, command)
    await world.superuser.execute(
        "UPDATE app.memberships SET ends_at = now() WHERE user_id = $1 AND role = 'TREASURER'", group.treasurer.user_id
    )
    with pytest.raises(AccessDenied):
        await record(world, group, command)


async def test_a_group_that_one_has_nothing_to_do_with_is_not_found(world: World) -> None:
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, shares(group.members[0], 1))
    stranger = await world.person()
    before = await digest(world.superuser)
    for who, wish in ((stranger, command), (group.treasurer, replace(command, group_id=new_id()))):
        outcome = await record(world, group, wish, who)
        assert outcome.error is not None
        assert (outcome.error.reason, outcome.error.path) == ("GROUP_NOT_FOUND", ("groupId",))
    assert await digest(world.superuser) == before


@pytest.mark.parametrize("case", ["unknown", "revoked", "expired", "suspended", "another role's"])
async def test_a_principal_that_is_not_good_changes_nothing(world: World, case: str) -> None:
    group, meeting = await meeting_of(world)
    person = group.treasurer
    match case:
        case "unknown":
            person = replace(person, session_id=new_id())
        case "revoked":
            await world.superuser.execute(
                "UPDATE access.sessions SET revoked_at = now() WHERE id = $1", person.session_id
            )
        case "expired":
            old = await world.make_session(person.user_id, lives=timedelta(seconds=-1))
            person = replace(person, session_id=old)
        case "suspended":
            await world.superuser.execute("UPDATE app.users SET status = 'SUSPENDED' WHERE id = $1", person.user_id)
        case _:
            person = replace(person, session_id=world.worker.id)
    before = await digest(world.superuser)
    with pytest.raises(UnauthenticatedError):
        await record(world, group, sheet(group, meeting, shares(group.members[0], 1)), person)
    assert await digest(world.superuser) == before


async def test_an_administrator_and_a_job_change_nothing_of_a_group_s(world: World) -> None:
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, shares(group.members[0], 1))
    admin = await world.admin()
    reader = Principal(group.treasurer.session_id, DatabaseRole.READONLY)
    before = await digest(world.superuser)
    for principal in (admin.principal, world.worker, reader):
        with pytest.raises(AccessDenied):
            await world.perform(principal, record_contributions, command)
    assert await digest(world.superuser) == before


async def test_an_administrator_signed_in_as_a_user_has_no_more_rights_than_one(world: World) -> None:
    group, meeting = await meeting_of(world)
    admin = await world.admin()
    command = sheet(group, meeting, shares(group.members[0], 1))
    as_user = Person(admin.user_id, await world.make_session(admin.user_id))
    outcome = await record(world, group, command, as_user)
    assert outcome.error is not None
    assert outcome.error.reason == "GROUP_NOT_FOUND"
    # And an administrator's session is good for nothing else.
    with pytest.raises(UnauthenticatedError):
        await record(world, group, command, replace(admin, role=DatabaseRole.APP))


@service("undeclaredByTests", raises=())
async def raises_undeclared(work: UnitOfWork, command: OpenMeeting) -> Outcome:
    await open_meeting.run(work, command)
    raise MeetingClosed(path=("meetingId",))


@service("brokenByTests", raises=())
async def breaks(work: UnitOfWork, command: OpenMeeting) -> Outcome:
    await open_meeting.run(work, command)
    raise ZeroDivisionError


@service("constraintByTests", raises=())
async def violates_undeclared(work: UnitOfWork, command: OpenMeeting) -> Outcome:
    await open_meeting.run(work, command)
    await open_meeting.run(work, replace(command, id=new_id(), number=1))
    raise AssertionError("unreachable")


@pytest.mark.parametrize(
    ("broken", "error"),
    [(raises_undeclared, UndeclaredError), (breaks, ZeroDivisionError), (violates_undeclared, UndeclaredError)],
)
async def test_a_bug_takes_everything_back_and_keeps_nothing(world: World, broken: Any, error: type[Exception]) -> None:
    group = await world.group()
    command = OpenMeeting(group_id=group.id, idempotency_key=new_id())
    before = await digest(world.superuser)
    with pytest.raises(error):
        await world.perform(group.secretary, broken, command)
    assert await digest(world.superuser) == before
    # The key is still free for the same wish, once the bug is mended.
    assert await world.succeed(group.secretary, open_meeting, command) == command.idempotency_key


async def test_a_meeting_whose_money_was_not_counted_stays_open(world: World) -> None:
    group, meeting = await meeting_of(world)
    await world.record(group, meeting, shares(group.members[0], 1))
    command = replace(await world.closing(group, meeting), closing_counts=())
    refused = await world.perform(group.secretary, close_meeting, command)
    assert refused.error is not None
    assert (refused.error.reason, refused.error.path) == ("COUNT_MISSING", ("closingCounts",))
    assert await world.superuser.fetchval("SELECT status FROM app.meetings") == "OPEN"
    assert told_of(await world.perform(group.secretary, close_meeting, command)) == told_of(refused)
