"""How following ends: revoked, ended, withdrawn, expired, pruned; and units of work too large for one reading."""

from __future__ import annotations

from datetime import timedelta

from domain.policy import MachineScope, Role
from persistence.database import DatabaseRole, Isolation
from tests.graph.subscriptions.sockets import FOLLOW, LOCK_HEAD, Here, number_of, said, serving_here, token_of, until
from tests.support.machines import make_machine
from tests.support.world import World, shares


async def test_a_revoked_session_hears_nothing_more_and_is_closed_with_4401(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.treasurer) as socket:
        await socket.follow(group.id, after=await number_of(world, group.id))
        meeting = await world.meeting(group)
        assert said(await socket.event()) == [("MEETING", "CREATE")]
        await world.superuser.execute(
            "UPDATE access.sessions SET revoked_at = now() WHERE id = $1", group.treasurer.session_id
        )
        await world.close_meeting(group, meeting)
        message = await socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")
        assert (await socket.closed())[0] == 4401


async def test_a_revoked_session_is_closed_where_nothing_happens_too(here: Here, world: World) -> None:
    group, other = await world.group(), await world.group()
    async with here.socket(group.treasurer) as socket, here.socket(other.treasurer) as spared:
        await socket.follow(group.id)
        await spared.follow(other.id, after=await number_of(world, other.id))
        await world.superuser.execute(
            "UPDATE access.sessions SET revoked_at = now() WHERE id = $1", group.treasurer.session_id
        )
        await here.services.streams.check()
        assert (await socket.closed())[0] == 4401
        await world.meeting(other)
        assert said(await spared.event()) == [("MEETING", "CREATE")]


async def test_the_end_of_a_membership_ends_the_events_of_that_group_alone(here: Here, world: World) -> None:
    one = await world.group()
    two = await world.group(secretary=one.secretary)
    async with here.socket(one.secretary) as socket:
        await socket.follow(one.id, after=await number_of(world, one.id), operation="one")
        await socket.follow(two.id, after=await number_of(world, two.id), operation="two")
        await until(lambda: here.services.feed.followers_count == 2)
        await world.superuser.execute(
            "UPDATE app.memberships SET ends_at = now() WHERE user_id = $1 AND tenant_id = $2",
            one.secretary.user_id,
            one.id,
        )
        command = await world.superuser.execute(
            "UPDATE ledger.heads SET change_number = change_number + 1 WHERE tenant_id = $1", one.id
        )
        assert command == "UPDATE 1"
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("one", "error")
        assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"
        await world.meeting(two)
        assert (await socket.receive())["id"] == "two"


async def test_a_program_hears_within_its_scopes_until_its_credential_is_revoked(here: Here, world: World) -> None:
    group = await world.group()
    reader = await make_machine(world, group.id, [MachineScope.READ_ROWS])
    counter = await make_machine(world, group.id, [MachineScope.READ_TOTALS])
    start = await number_of(world, group.id)
    async with here.socket(reader.token.text) as socket, here.socket(counter.token.text) as totals:
        await socket.follow(group.id, after=start)
        await totals.follow(group.id, after=start)
        meeting = await world.meeting(group)
        assert said(await socket.event()) == [("MEETING", "CREATE")]
        async with world.superuser.transaction():
            await world.superuser.execute(LOCK_HEAD, group.id)
            await world.superuser.execute("UPDATE app.groups SET village = 'Kibera' WHERE tenant_id = $1", group.id)
        assert said(await totals.event()) == said(await socket.event()) == [("GROUP", "UPDATE")]
        await reader.revoke(world)
        await world.close_meeting(group, meeting)
        assert (await socket.refusal())[0] == "UNAUTHENTICATED"
        assert (await socket.closed())[0] == 4401
        await counter.revoke(world)
        await here.services.streams.check()
        assert (await totals.closed())[0] == 4401
    used = "SELECT credential_id FROM access.machine_uses"
    assert {row["credential_id"] for row in await world.superuser.fetch(used)} == {reader.id, counter.id}


async def test_withdrawn_consent_ends_what_a_partner_hears(here: Here, world: World) -> None:
    group = await world.group()
    partner = await world.partner(group, "ROWS")
    async with here.socket(partner) as socket:
        await socket.follow(group.id, after=await number_of(world, group.id))
        meeting = await world.meeting(group)
        assert said(await socket.event()) == [("MEETING", "CREATE")]
        await world.superuser.execute("UPDATE app.partner_links SET consent = 'TOTALS'")
        await world.record(group, meeting, shares(group.members[0], 1))
        await world.superuser.execute("UPDATE app.partner_links SET ends_at = now()")
        await world.close_meeting(group, meeting)
        assert (await socket.refusal())[0] == "NOT_FOUND"


async def test_an_officer_who_is_one_no_longer_hears_as_a_member(here: Here, world: World) -> None:
    group = await world.group()
    start = await number_of(world, group.id)
    async with here.socket(group.treasurer) as socket:
        await socket.follow(group.id, after=start)
        meeting = await world.meeting(group)
        await world.record(group, meeting, shares(group.members[0], 1))
        assert [len(event["changes"]) for event in await socket.events(await number_of(world, group.id))] == [1, 2]
        await world.superuser.execute(
            "DELETE FROM app.memberships WHERE user_id = $1 AND tenant_id = $2", group.treasurer.user_id, group.id
        )
        await world.grant_role(group.treasurer, group.id, Role.MEMBER)
        await world.close_meeting(group, meeting)
        # Nothing of the money that others pay in meanwhile, since members here see totals alone.
        assert said(await socket.event()) == [("MEETING", "UPDATE")]


async def test_a_token_that_expires_closes_the_socket_with_4403(here: Here, world: World) -> None:
    group = await world.group()
    token = token_of(world, group.secretary, lives=timedelta(seconds=2))
    async with here.socket(token) as socket:
        await socket.follow(group.id)
        code, reason = await socket.closed()
    assert (code, reason) == (4403, "The access token has expired: refresh the session and connect again.")


# The log's two ends


async def test_who_comes_back_to_a_pruned_log_is_told_to_begin_anew(here: Here, world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    async with world.database.transaction(DatabaseRole.WORKER, Isolation.WRITE) as connection:
        horizon = await connection.fetchval("SELECT app.forget_changes($1, now() + interval '1 hour')", group.id)
    assert horizon == await number_of(world, group.id)
    await world.close_meeting(group, meeting)
    async with here.socket(group.secretary) as socket:
        for after in (0, horizon - 1, horizon + 2):
            await socket.follow(group.id, after=after)
            assert (await socket.refusal())[0] == "RESET_REQUIRED"
        await socket.follow(group.id, after=horizon)
        event = await socket.event()
    assert (event["number"], said(event)) == (horizon + 1, [("MEETING", "UPDATE")])


async def test_pruning_goes_on_where_it_stopped_and_leaves_one_row(world: World) -> None:
    group = await world.group()
    async with world.database.transaction(DatabaseRole.WORKER, Isolation.WRITE) as connection:
        nothing = await connection.fetchval("SELECT app.forget_changes($1, now() - interval '1 hour')", group.id)
        first = await connection.fetchval("SELECT app.forget_changes($1, now() + interval '1 hour')", group.id)
        again = await connection.fetchval("SELECT app.forget_changes($1, now() + interval '1 hour')", group.id)
    assert (nothing, first, again) == (None, await number_of(world, group.id), None)
    meeting = await world.meeting(group)
    await world.close_meeting(group, meeting)
    async with world.database.transaction(DatabaseRole.WORKER, Isolation.WRITE) as connection:
        second = await connection.fetchval("SELECT app.forget_changes($1, now() + interval '1 hour')", group.id)
    assert second == first + 2
    assert await world.superuser.fetchval("SELECT count(*) FROM app.changes") == 1


async def test_a_unit_of_work_of_more_changes_than_are_read_at_a_time_is_one_event(here: Here, world: World) -> None:
    group = await world.group()
    start = await number_of(world, group.id)
    async with world.superuser.transaction():
        await world.superuser.execute(LOCK_HEAD, group.id)
        await world.superuser.execute(
            "INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation)"
            " SELECT $1, $2, 'member', gen_random_uuid(), 'CREATE' FROM generate_series(1, 1801)",
            group.id,
            start + 1,
        )
    await world.meeting(group)
    async with here.socket(group.secretary) as socket:
        await socket.follow(group.id, after=start - 1)
        events = await socket.events(start + 2)
    assert [(event["number"], len(event["changes"])) for event in events] == [
        (start, 1),
        (start + 1, 1801),
        (start + 2, 1),
    ]


async def test_other_settings_of_a_server_change_nothing_of_what_is_said(world: World) -> None:
    group = await world.group()
    async with serving_here(world, pool_size=1) as here, here.socket(group.secretary) as socket:
        for number in range(5):
            await socket.subscribe(str(number), FOLLOW, group=group.id, after=0)
        last = await number_of(world, group.id)
        heard: dict[str, list[int]] = {str(number): [] for number in range(5)}
        while any(not numbers or numbers[-1] < last for numbers in heard.values()):
            message = await socket.receive()
            heard[message["id"]].append(message["payload"]["data"]["groupActivity"]["number"])
    assert list(heard.values()) == [list(range(1, last + 1))] * 5
