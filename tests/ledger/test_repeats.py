"""What a repeat is answered: what was decided is kept with the key, success and refusal alike."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from domain.groups import CreateGroup, GroupKind, create_group
from domain.identifiers import new_id
from domain.meetings import OpenMeeting, open_meeting
from domain.members import AddMember, add_member
from domain.savings import record_contributions
from persistence.crypto.keyring import Keyring
from tests.ledger.book import both_verifications, digest, posted
from tests.ledger.outcomes import meeting_of, reasons, record, told, told_of
from tests.support.world import World, fields_of, shares, sheet, social_fund

BOUGHT_FOUR = (
    "A member buys 1 to 5 shares in a meeting, and between two meetings (constitution, version 1). "
    "This member has bought 4 of them already. Correct the number of shares."
)


async def test_a_repeat_gives_the_same_ids_and_posts_nothing(world: World) -> None:
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, shares(group.members[0], 2), social_fund(group.members[1], "20"))
    first = await record(world, group, command)
    before = await posted(world.superuser)
    again = await record(world, group, command)
    assert (first.is_replay, again.is_replay) == (False, True)
    assert told_of(again) == told_of(first)
    assert [item.id for item in first.items] == [command.item_id(0), command.item_id(1)]
    assert await posted(world.superuser) == before
    assert await world.superuser.fetchval("SELECT count(*) FROM ledger.entries") == 2


async def test_founding_a_group_twice_with_one_key_makes_one_group(world: World) -> None:
    founder = await world.person()
    command = CreateGroup(
        idempotency_key=new_id(),
        name="Umoja",
        kind=GroupKind.VSLA,
        currency="KES",
        country="KE",
        time_zone="Africa/Nairobi",
        share_price=Decimal(200),
    )
    first = await world.perform(founder, create_group, command)
    before = await digest(world.superuser)
    again = await world.perform(founder, create_group, command)
    assert (again.id, again.is_replay) == (first.id, True) == (command.idempotency_key, True)
    assert await digest(world.superuser) == before
    other = await world.perform(founder, create_group, replace(command, name="Amani"))
    assert told(other.error)[:1] == ("IDEMPOTENCY_KEY_REUSED",)  # type: ignore[index]
    taken = await world.perform(
        await world.person(), create_group, replace(command, idempotency_key=new_id(), id=first.id)
    )
    assert (taken.error.reason, taken.error.path) == ("ID_ALREADY_USED", ("id",))  # type: ignore[union-attr]
    assert await world.superuser.fetchval("SELECT count(*) FROM app.tenants") == 1


async def test_a_key_with_other_content_or_for_another_action_is_refused(world: World) -> None:
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, shares(group.members[0], 2))
    await record(world, group, command)
    before = await posted(world.superuser)
    for other in (
        replace(command, items=(shares(group.members[0], 3),)),
        replace(command, items=(*command.items, shares(group.members[1], 1))),
        replace(command, meeting_id=new_id()),
    ):
        outcome = await record(world, group, other)
        assert (outcome.error.reason, outcome.error.path) == (  # type: ignore[union-attr]
            "IDEMPOTENCY_KEY_REUSED",
            ("idempotencyKey",),
        )
    assert await posted(world.superuser) == before
    # And what was kept first still stands.
    assert (await record(world, group, command)).is_replay


async def test_one_key_for_two_actions_is_refused(world: World) -> None:
    group = await world.group()
    key = new_id()
    await world.succeed(group.secretary, add_member, AddMember(group_id=group.id, idempotency_key=key, name="Zawadi"))
    outcome = await world.perform(group.secretary, open_meeting, OpenMeeting(group_id=group.id, idempotency_key=key))
    assert outcome.error is not None
    assert outcome.error.reason == "IDEMPOTENCY_KEY_REUSED"
    assert await world.superuser.fetchval("SELECT count(*) FROM app.meetings") == 0


async def test_one_key_in_two_groups_is_two_keys(world: World) -> None:
    founder = await world.person()
    first, second = await world.group(secretary=founder), await world.group(secretary=founder)
    key = new_id()
    for group in (first, second):
        assert await world.succeed(founder, open_meeting, OpenMeeting(group_id=group.id, idempotency_key=key)) == key
    assert await world.superuser.fetchval("SELECT count(*) FROM app.meetings WHERE id = $1", key) == 2


async def test_one_key_from_two_users_is_two_keys(world: World) -> None:
    group, meeting = await meeting_of(world)
    key = new_id()
    first = sheet(group, meeting, shares(group.members[0], 1, id=new_id()), key=key)
    second = sheet(group, meeting, shares(group.members[1], 2, id=new_id()), key=key)
    assert reasons(await record(world, group, first, group.treasurer)) == [None]
    outcome = await record(world, group, second, group.secretary)
    assert (reasons(outcome), outcome.is_replay) == ([None], False)
    assert await world.superuser.fetchval("SELECT count(*) FROM ledger.entries") == 2
    assert await both_verifications(world, group.id) == []


async def test_the_same_sheet_with_the_same_key_from_two_users_is_posted_once(world: World) -> None:
    """Two officers' devices may both send what one of them typed."""
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, shares(group.members[0], 1), social_fund(group.members[1], "20"))
    assert reasons(await record(world, group, command, group.treasurer)) == [None, None]
    outcome = await record(world, group, command, group.secretary)
    assert (outcome.error, reasons(outcome)) == (None, [None, None])
    assert await world.superuser.fetchval("SELECT count(*) FROM ledger.entries") == 2


async def test_a_refusal_is_kept_and_repeated_word_for_word_when_its_cause_is_gone(world: World) -> None:
    group, meeting = await meeting_of(world)
    other = OpenMeeting(group_id=group.id, idempotency_key=new_id())
    refused = await world.perform(group.secretary, open_meeting, other)
    assert told(refused.error) == (
        "OTHER_MEETING_OPEN",
        "Meeting 1 of this group is still open: close it first.",
        (),
        {"number": 1},
    )
    await world.close_meeting(group, meeting)
    again = await world.perform(group.secretary, open_meeting, other)
    assert (again.is_replay, told_of(again)) == (True, told_of(refused))
    assert await world.superuser.fetchval("SELECT count(*) FROM app.meetings") == 1
    assert await world.meeting(group) is not None


async def test_a_refusal_of_some_items_is_kept_with_its_details(world: World) -> None:
    group, meeting = await meeting_of(world)
    a, b = group.members[:2]
    command = sheet(
        group,
        meeting,
        shares(a, 4),
        shares(a, 2),
        shares(b, 1, amount=Decimal("150.50")),
        social_fund(b, "0.001"),
        social_fund(b, "20"),
    )
    first = await record(world, group, command)
    assert [told(item.error) for item in first.items] == [
        None,
        (
            "SHARES_OUTSIDE_LIMITS",
            BOUGHT_FOUR,
            ("items", "1", "shares"),
            {"minimum": 1, "maximum": 5, "already_bought": 4, "constitution_version": 1},
        ),
        (
            "AMOUNT_NOT_SHARES_TIMES_PRICE",
            (
                "These shares cost 200.00 (constitution, version 1): correct the amount or the number of shares, "
                "or leave the amount out."
            ),
            ("items", "2", "amount"),
            {"expected": Decimal("200.00"), "constitution_version": 1},
        ),
        (
            "AMOUNT_TOO_PRECISE",
            "KES has 2 decimals: write at most 2 digits after the point.",
            ("items", "3", "amount"),
            {"currency": "KES", "decimals": 2},
        ),
        None,
    ]
    before = await posted(world.superuser)
    again = await record(world, group, command)
    assert (again.is_replay, told_of(again)) == (True, told_of(first))
    assert await posted(world.superuser) == before


async def test_a_refusal_after_something_was_written_takes_it_back_and_is_kept(world: World) -> None:
    group = await world.group()
    before = await digest(world.superuser, ("app.members", "app.member_names", "app.member_private", "app.memberships"))
    command = AddMember(group_id=group.id, idempotency_key=new_id(), name="Zawadi", user_id=new_id())
    refused = await world.perform(group.secretary, add_member, command)
    assert refused.error is not None
    assert (refused.error.reason, refused.error.path) == ("USER_NOT_FOUND", ("userId",))
    assert await digest(world.superuser, tuple(before)) == before
    # The user appears afterwards; the repeat is answered as the first time all the same.
    await world.superuser.execute("INSERT INTO app.users (id) VALUES ($1)", command.user_id)
    again = await world.perform(group.secretary, add_member, command)
    assert (again.is_replay, told_of(again)) == (True, told_of(refused))
    assert (await world.perform(group.secretary, add_member, replace(command, idempotency_key=new_id()))).error is None


async def test_a_violated_constraint_is_a_refusal_that_is_kept(world: World) -> None:
    group = await world.group()
    command = AddMember(group_id=group.id, idempotency_key=new_id(), name="Zawadi", number=1)
    refused = await world.perform(group.secretary, add_member, command)
    assert refused.error is not None
    assert (refused.error.reason, refused.error.path) == ("MEMBER_NUMBER_TAKEN", ("number",))
    again = await world.perform(group.secretary, add_member, command)
    assert (again.is_replay, told_of(again)) == (True, told_of(refused))


async def test_a_closed_period_is_a_refusal_that_is_kept(world: World) -> None:
    group, meeting = await meeting_of(world)
    await world.superuser.execute("UPDATE ledger.heads SET closed_through = current_date + 1")
    before = await posted(world.superuser)
    command = sheet(group, meeting, shares(group.members[0], 1))
    refused = await record(world, group, command)
    assert refused.error is not None
    assert refused.error.reason == "PERIOD_CLOSED"
    await world.superuser.execute("UPDATE ledger.heads SET closed_through = '1989-12-31'")
    assert told_of(await record(world, group, command)) == told_of(refused)
    before["heads"] = (await posted(world.superuser))["heads"]
    assert await posted(world.superuser) == before


async def test_keys_are_recognised_after_the_master_secret_was_replaced(world: World) -> None:
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, shares(group.members[0], 1))
    await record(world, group, command)
    world.keyring = Keyring.from_secret(bytes(range(100, 132)), previous=[bytes(range(32))])
    assert (await record(world, group, command)).is_replay
    world.keyring = Keyring.from_secret(bytes(range(100, 132)))
    outcome = await record(world, group, command)
    assert outcome.error is not None
    assert outcome.error.reason == "IDEMPOTENCY_KEY_REUSED"


async def test_a_repeat_is_told_by_what_was_sent_and_not_by_how(world: World) -> None:
    group, meeting = await meeting_of(world)
    command = sheet(group, meeting, social_fund(group.members[0], "20"))
    await record(world, group, command)
    typed_otherwise = sheet(group, meeting, social_fund(group.members[0], "20.00"), key=command.idempotency_key)
    reordered = dict(reversed(fields_of(typed_otherwise).items()))
    outcome = await world.perform(group.treasurer, record_contributions, typed_otherwise, reordered)
    assert outcome.is_replay
