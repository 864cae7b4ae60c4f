"""Votes over HTTP: a question is put in a meeting, hands are counted or ballots written down, and a result follows."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api, nothing_changes
from tests.support.world import GroupOfPeople, World

TALLY = "tally { options { number name votes } abstained result winner { name } }"
VOTE = f"vote {{ id number question kind method version countedBy {TALLY} }}"
BALLOTS = f"vote {{ version {TALLY} ballots(first: 10) {{ totalCount nodes {{ optionName member {{ number }} }} }} }}"
MEETING = f"""
query Meeting($id: ID!) {{
  group(id: $id) {{
    meetings(first: 1) {{ nodes {{
      votes(first: 5) {{ totalCount nodes {{
        question {TALLY} ballots(first: 10) {{ totalCount nodes {{
          option optionName isByRepresentative member {{ number }} vote {{ number }}
        }} }}
      }} }}
      attendance(first: 10) {{ nodes {{ votesCast member {{ number }} }} }}
    }} }}
    members(first: 10) {{ nodes {{ number ballots(first: 5) {{ totalCount nodes {{ optionName }} }} }} }}
  }}
}}
"""
STATUSES = ("PRESENT", "LATE", "ABSENT", "REPRESENTED", "EXCUSED")
"""Of the five members; three may vote."""


async def call_roll(office: Office, meeting: UUID, statuses: tuple[str, ...] = STATUSES) -> None:
    items = [
        {"memberId": member, "status": status} | ({"representative": "Her daughter"} if status == "REPRESENTED" else {})
        for member, status in zip(office.group.members, statuses, strict=True)
    ]
    wish = {"groupId": office.group.id, "meetingId": meeting, "items": items}
    payload = await office.client.do("rollCallRecord", "items { userErrors { reason } }", **wish)
    assert [item["userErrors"] for item in payload["items"]] == [[]] * len(items)


async def put(office: Office, meeting: UUID, question: str = "Shall we buy a goat?", **fields: Any) -> dict[str, Any]:
    wish = {"groupId": office.group.id, "meetingId": meeting, "question": question, **fields}
    vote: dict[str, Any] = (await office.client.do("voteOpen", VOTE, **wish))["vote"]
    return vote


def counts(*votes: int) -> list[dict[str, int]]:
    return [{"option": number, "votes": count} for number, count in enumerate(votes, 1)]


def told(tally: dict[str, Any]) -> tuple[list[int], int, str, str | None]:
    winner = tally["winner"] and tally["winner"]["name"]
    return [option["votes"] for option in tally["options"]], tally["abstained"], tally["result"], winner


@pytest.fixture
async def strict(api: Api, world: World) -> Office:
    """The secretary of a group of which three of five make a quorum."""
    group = await world.group(quorum_percent=60)
    return Office(api.client(group.secretary), group, world)


async def test_a_show_of_hands_carries_or_loses_a_question_and_can_be_counted_again(strict: Office) -> None:
    meeting = await strict.world.meeting(strict.group)
    vote = await put(strict, meeting)
    assert vote == {
        "id": vote["id"],
        "number": 1,
        "question": "Shall we buy a goat?",
        "kind": "YES_NO",
        "method": "HANDS",
        "version": 1,
        "countedBy": None,
        "tally": {
            "options": [{"number": 1, "name": "YES", "votes": 0}, {"number": 2, "name": "NO", "votes": 0}],
            "abstained": 0,
            "result": "UNDECIDED",
            "winner": None,
        },
    }
    # Too few are there by the roll, which nobody called yet.
    wish = {"voteId": vote["id"], "expectedVersion": 1, "counts": counts(2, 1)}
    assert await strict.refused("voteRecord", **wish) == (
        "NOT_ALLOWED",
        "QUORUM_MISSING",
        ["voteId"],
        (
            "By the roll 0 members are there or represented, and the constitution (version 1) wants 3 to decide: "
            "complete the roll, or put it to the next meeting."
        ),
    )
    await call_roll(strict, meeting)
    counted = (await strict.client.do("voteRecord", VOTE, groupId=strict.group.id, **wish))["vote"]
    assert (counted["version"], counted["countedBy"]) == (2, str(strict.group.secretary.user_id))
    assert told(counted["tally"]) == ([2, 1], 0, "CARRIED", "YES")
    again = {"voteId": vote["id"], "expectedVersion": 2, "counts": counts(0, 1), "abstained": 2}
    counted = (await strict.client.do("voteRecord", VOTE, groupId=strict.group.id, **again))["vote"]
    assert told(counted["tally"]) == ([0, 1], 2, "LOST", "NO")
    # One who read the first count does not write over the second.
    assert (await strict.refused("voteRecord", **again))[1:3] == ("VERSION_STALE", ["expectedVersion"])


async def test_members_choose_among_named_options(strict: Office) -> None:
    meeting = await strict.world.meeting(strict.group)
    await call_roll(strict, meeting)
    names = ["Achieng", "Wanja", "Otieno"]
    vote = await put(strict, meeting, "Who is to be chair?", kind="CHOICE", options=names)
    assert [option["name"] for option in vote["tally"]["options"]] == names
    wish = {"groupId": strict.group.id, "voteId": vote["id"], "expectedVersion": 1}
    counted = (await strict.client.do("voteRecord", VOTE, **wish, counts=counts(1, 2, 0)))["vote"]
    assert told(counted["tally"]) == ([1, 2, 0], 0, "CHOSEN", "Wanja")
    wish["expectedVersion"] = 2
    counted = (await strict.client.do("voteRecord", VOTE, **wish, counts=counts(1, 1, 0), abstained=1))["vote"]
    assert told(counted["tally"]) == ([1, 1, 0], 1, "TIED", None)


async def test_ballots_are_of_members_who_are_there_or_represented(strict: Office) -> None:
    meeting = await strict.world.meeting(strict.group)
    await call_roll(strict, meeting)
    a, b, absent, represented, excused = strict.group.members
    vote = await put(strict, meeting, method="BALLOTS")
    wish: dict[str, Any] = {"groupId": strict.group.id, "voteId": vote["id"]}
    items = [{"memberId": a, "option": 1}, {"memberId": represented, "option": 1}]
    written = (await strict.client.do("ballotsRecord", BALLOTS, **wish, expectedVersion=1, items=items))["vote"]
    assert (written["version"], told(written["tally"])) == (2, ([2, 0], 0, "CARRIED", "YES"))
    # The rest come later, and a second ballot takes the place of the first.
    more = [{"memberId": b}, {"memberId": represented, "option": 2}]
    written = (await strict.client.do("ballotsRecord", BALLOTS, **wish, expectedVersion=2, items=more))["vote"]
    assert told(written["tally"]) == ([1, 1], 1, "TIED", None)
    for member in (absent, excused, new_id()):
        sheet = [{"memberId": a, "option": 2}, {"memberId": member, "option": 2}]
        error = await strict.refused("ballotsRecord", voteId=vote["id"], expectedVersion=3, items=sheet)
        assert error[1:3] == ("VOTER_NOT_PRESENT", ["items", "1", "memberId"])
    answer = await strict.client.query(MEETING, id=strict.group.id)
    (held,) = answer["group"]["meetings"]["nodes"]
    (found,) = held["votes"]["nodes"]
    ballot = {"vote": {"number": 1}}
    assert found["ballots"] == {
        "totalCount": 3,
        "nodes": [
            {"option": 1, "optionName": "YES", "isByRepresentative": False, "member": {"number": 1}, **ballot},
            {"option": None, "optionName": None, "isByRepresentative": False, "member": {"number": 2}, **ballot},
            {"option": 2, "optionName": "NO", "isByRepresentative": True, "member": {"number": 4}, **ballot},
        ],
    }
    assert [line["votesCast"] for line in held["attendance"]["nodes"]] == [1, 1, 0, 1, 0]
    assert [len(member["ballots"]["nodes"]) for member in answer["group"]["members"]["nodes"]] == [1, 1, 0, 1, 0]
    # Whom the roll says was not there after all has no vote.
    line = {"memberId": a, "status": "ABSENT", "expectedVersion": 1}
    await strict.client.do("rollCallRecord", "meeting { id }", groupId=strict.group.id, meetingId=meeting, items=[line])
    answer = await strict.client.query(MEETING, id=strict.group.id)
    (found,) = answer["group"]["meetings"]["nodes"][0]["votes"]["nodes"]
    assert told(found["tally"]) == ([0, 1], 1, "LOST", "NO")


@pytest.mark.parametrize(
    ("fields", "reason", "path"),
    [
        ({"question": ""}, "TEXT_TOO_SHORT", ["question"]),
        ({"question": "q" * 501}, "TEXT_TOO_LONG", ["question"]),
        ({"question": "\u202e"}, "TEXT_NOT_ALLOWED", ["question"]),
        ({"options": ["A", "B"]}, "OPTIONS_NOT_ASKED", ["options"]),
        ({"kind": "CHOICE"}, "OPTIONS_OUT_OF_RANGE", ["options"]),
        ({"kind": "CHOICE", "options": ["A"]}, "OPTIONS_OUT_OF_RANGE", ["options"]),
        ({"kind": "CHOICE", "options": [str(n) for n in range(21)]}, "OPTIONS_OUT_OF_RANGE", ["options"]),
        ({"kind": "CHOICE", "options": ["Ann", " ann "]}, "OPTION_TWICE", ["options", "1"]),
        ({"kind": "CHOICE", "options": ["Ann", ""]}, "TEXT_TOO_SHORT", ["options", "1"]),
        ({"meetingId": new_id()}, "MEETING_NOT_FOUND", ["meetingId"]),
    ],
)
async def test_questions_that_make_no_sense_are_refused(
    strict: Office, fields: dict[str, Any], reason: str, path: list[str]
) -> None:
    meeting = await strict.world.meeting(strict.group)
    assert (await strict.refused("voteOpen", **{"meetingId": meeting, "question": "Why?", **fields}))[1:3] == (
        reason,
        path,
    )


async def test_counts_that_do_not_fit_are_refused(strict: Office) -> None:
    meeting = await strict.world.meeting(strict.group)
    await call_roll(strict, meeting)
    hands, ballots = await put(strict, meeting), await put(strict, meeting, method="BALLOTS")
    assert (await strict.refused("voteOpen", meetingId=meeting, question="Again?", id=hands["id"]))[1:3] == (
        "ID_ALREADY_USED",
        ["id"],
    )
    wish = {"voteId": hands["id"], "expectedVersion": 1}
    for fields, reason, path in (
        ({"counts": counts(4, 0)}, "MORE_VOTES_THAN_PRESENT", ["counts"]),
        ({"counts": counts(2, 1), "abstained": 1}, "MORE_VOTES_THAN_PRESENT", ["counts"]),
        ({"counts": counts(2)}, "COUNTS_INCOMPLETE", ["counts"]),
        ({"counts": counts(1, 1, 1)}, "OPTION_NUMBER_UNKNOWN", ["counts", "2", "option"]),
        ({"counts": [*counts(1, 1), *counts(1)]}, "OPTION_TWICE", ["counts", "2", "option"]),
        ({"counts": counts(-1, 1)}, "VOTES_NEGATIVE", ["counts", "0", "votes"]),
        ({"counts": counts(1, 1), "abstained": -1}, "VOTES_NEGATIVE", ["abstained"]),
        ({"counts": counts(1, 1), "voteId": new_id()}, "VOTE_NOT_FOUND", ["voteId"]),
        ({"counts": counts(1, 1), "voteId": ballots["id"]}, "VOTES_TAKEN_OTHERWISE", ["voteId"]),
    ):
        assert (await strict.refused("voteRecord", **{**wish, **fields}))[1:3] == (reason, path)
    first = strict.group.members[0]
    wish = {"voteId": ballots["id"], "expectedVersion": 1}
    for fields, reason, path in (
        ({"items": []}, "BALLOTS_EMPTY", ["items"]),
        ({"items": [{"memberId": first}] * 201}, "BALLOTS_TOO_MANY", ["items"]),
        ({"items": [{"memberId": first}] * 2}, "VOTER_TWICE", ["items", "1", "memberId"]),
        ({"items": [{"memberId": first, "option": 3}]}, "OPTION_NUMBER_UNKNOWN", ["items", "0", "option"]),
        ({"items": [{"memberId": first, "option": 0}]}, "OPTION_NUMBER_UNKNOWN", ["items", "0", "option"]),
        ({"items": [{"memberId": first}], "voteId": hands["id"]}, "VOTES_TAKEN_OTHERWISE", ["voteId"]),
        ({"items": [{"memberId": first}], "expectedVersion": 2}, "VERSION_STALE", ["expectedVersion"]),
    ):
        assert (await strict.refused("ballotsRecord", **{**wish, **fields}))[1:3] == (reason, path)


async def test_a_meeting_that_is_not_open_takes_no_votes(strict: Office) -> None:
    meeting = await strict.world.meeting(strict.group)
    await call_roll(strict, meeting)
    hands, ballots = await put(strict, meeting), await put(strict, meeting, method="BALLOTS")
    await strict.world.close_meeting(strict.group, meeting)
    closed = "This meeting is closed and no longer changes: record a correction in the next meeting."
    first = {"memberId": strict.group.members[0], "option": 1}
    for mutation, fields in (
        ("voteRecord", {"voteId": hands["id"], "expectedVersion": 1, "counts": counts(1, 1)}),
        ("ballotsRecord", {"voteId": ballots["id"], "expectedVersion": 1, "items": [first]}),
    ):
        assert await strict.refused(mutation, **fields) == ("NOT_ALLOWED", "MEETING_CLOSED", ["voteId"], closed)
    error = await strict.refused("voteOpen", meetingId=meeting, question="Too late?")
    assert error == ("NOT_ALLOWED", "MEETING_CLOSED", ["meetingId"], closed)


async def test_a_committee_decides_with_whoever_is_there(strict: Office) -> None:
    meeting = await strict.world.meeting(strict.group, kind="COMMITTEE")
    await call_roll(strict, meeting, ("PRESENT", "PRESENT", "ABSENT", "ABSENT", "ABSENT"))
    vote = await put(strict, meeting)
    wish = {"groupId": strict.group.id, "voteId": vote["id"], "expectedVersion": 1, "counts": counts(2, 0)}
    assert told((await strict.client.do("voteRecord", VOTE, **wish))["vote"]["tally"]) == ([2, 0], 0, "CARRIED", "YES")


async def test_a_repeat_counts_once_and_of_two_who_count_at_once_one_is_told(api: Api, strict: Office) -> None:
    meeting = await strict.world.meeting(strict.group)
    await call_roll(strict, meeting)
    vote = await put(strict, meeting)
    wish = {"groupId": strict.group.id, "voteId": vote["id"], "expectedVersion": 1, "counts": counts(3, 0)}
    clients = [api.client(who) for who in (strict.group.secretary, strict.group.chair, strict.group.treasurer)]
    document = "vote { version } userErrors { reason }"
    answers = await asyncio.gather(*(client.mutate("voteRecord", document, **wish) for client in clients))
    reasons = sorted(error["reason"] for answer in answers for error in answer.data["voteRecord"]["userErrors"])
    assert reasons == ["VERSION_STALE", "VERSION_STALE"]
    key = new_id()
    again = {**wish, "expectedVersion": 2, "idempotencyKey": key}
    first = await strict.client.do("voteRecord", VOTE, **again)
    async with nothing_changes(strict.world, but_for_keys=True):
        assert await strict.client.do("voteRecord", VOTE, **again) == first


async def test_members_see_what_was_asked_and_came_out_and_only_their_own_ballots(api: Api, strict: Office) -> None:
    world, group = strict.world, strict.group
    meeting = await world.meeting(group)
    await call_roll(strict, meeting)
    vote = await put(strict, meeting, method="BALLOTS")
    items = [{"memberId": group.members[index], "option": 1} for index in (0, 1, 3)]
    wish = {"groupId": group.id, "voteId": vote["id"], "expectedVersion": 1, "items": items}
    await strict.client.do("ballotsRecord", "vote { id }", **wish)
    for who, votes, ballots in (
        (group.plain, 1, 1),
        (group.treasurer, 1, 3),
        (await world.auditor(group), 1, 3),
        (await world.institution_staff(group), 1, 3),
        (await world.partner(group, "NAMES"), 0, 0),
        (await world.partner(group, "ROWS"), 0, 0),
    ):
        answer = (await api.client(who).query(MEETING, id=group.id))["group"]
        (held,) = answer["meetings"]["nodes"]
        assert held["votes"]["totalCount"] == votes
        for found in held["votes"]["nodes"]:
            assert told(found["tally"]) == ([3, 0], 0, "CARRIED", "YES")
            assert found["ballots"]["totalCount"] == ballots
        async with world.transaction(who) as connection:
            assert await connection.fetchval("SELECT count(*) FROM app.votes") == votes
            assert await connection.fetchval("SELECT count(*) FROM app.ballots") == ballots
            counted = "SELECT coalesce(sum(votes), 0) FROM app.ballot_counts($1, $2)"
            assert await connection.fetchval(counted, [group.id], [UUID(vote["id"])]) == 3 * votes
    denied = await api.client(group.plain).mutate("voteRecord", "vote { id }", **(wish | {"counts": []}))
    assert denied.refusal[0] in ("FORBIDDEN", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT")
    async with nothing_changes(world):
        wished = {"groupId": group.id, "meetingId": meeting, "question": "May I?"}
        refused = await api.client(group.plain).mutate("voteOpen", "vote { id }", **wished)
        assert refused.refusal[0] == "FORBIDDEN"


PUT = (
    "INSERT INTO app.votes (tenant_id, id, meeting_id, number, question, kind, method, options, put_by, hands,"
    " abstained, counted_at, counted_by) VALUES ($1, $2, $3, 9, 'x', 'YES_NO', $4, '{YES,NO}', $2, $5, $6, $7, $2)"
)
COUNT = "UPDATE app.votes SET hands = $3, abstained = $4, counted_at = now(), counted_by = $2 WHERE tenant_id = $1"
BALLOT = "INSERT INTO app.ballots (tenant_id, vote_id, member_id, option, recorded_by) VALUES ($1, $2, $3, $4, $2)"


async def attacked(world: World, group: GroupOfPeople, statement: str, *arguments: object) -> str | None:
    """With what state the database refuses the secretary's own SQL; None where it does not."""
    try:
        async with world.transaction(group.secretary) as connection:
            await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", group.id)
            await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as refusal:
        return str(refusal.sqlstate)
    return None


async def test_the_database_holds_votes_to_the_same_rules(strict: Office) -> None:
    world, group = strict.world, strict.group
    meeting = await world.meeting(group)
    hands, ballots = await put(strict, meeting), await put(strict, meeting, method="BALLOTS")
    of = UUID(ballots["id"])
    absent = group.members[2]
    now = await world.superuser.fetchval("SELECT now()")
    # Without a roll nobody is there.
    assert await attacked(world, group, BALLOT, group.id, of, group.members[0], 1) == "KB405"
    assert await attacked(world, group, COUNT, group.id, new_id(), [0, 0], 0) == "KB422"
    await call_roll(strict, meeting)
    async with nothing_changes(world):
        for statement, arguments, state in (
            (PUT, (group.id, new_id(), meeting, "HANDS", [1, 0], 0, now), "KB405"),
            (COUNT, (group.id, new_id(), [3, 1], 0), "KB422"),
            (COUNT, (group.id, new_id(), [1, 1], 2), "KB422"),
            (COUNT, (group.id, new_id(), [1, 1, 1], 0), "23514"),
            (COUNT, (group.id, new_id(), [-1, 1], 0), "23514"),
            (BALLOT, (group.id, of, absent, 1), "KB405"),
            (BALLOT, (group.id, of, group.members[0], 3), "KB405"),
            (BALLOT, (group.id, of, group.members[0], -1), "23514"),
            (BALLOT, (group.id, UUID(hands["id"]), group.members[0], 1), "KB405"),
            ("UPDATE app.votes SET question = 'y' WHERE tenant_id = $1", (group.id,), "42501"),
            ("DELETE FROM app.votes WHERE tenant_id = $1", (group.id,), "42501"),
            ("DELETE FROM app.ballots WHERE tenant_id = $1", (group.id,), "42501"),
        ):
            assert await attacked(world, group, statement, *arguments) == state, (statement, arguments)
    assert await attacked(world, group, BALLOT, group.id, of, group.members[0], 1) is None
    # Who wrote it is not what the writer says.
    assert await world.superuser.fetchval("SELECT recorded_by FROM app.ballots") == group.secretary.user_id
    await world.close_meeting(group, meeting)
    async with nothing_changes(world):
        for statement, arguments in (
            (BALLOT, (group.id, of, group.members[1], 1)),
            (COUNT, (group.id, new_id(), [0, 0], 0)),
            ("UPDATE app.ballots SET option = 2 WHERE tenant_id = $1", (group.id,)),
        ):
            assert await attacked(world, group, statement, *arguments) == "KB405"
        for statement in ("DELETE FROM app.ballots", "DELETE FROM app.votes", "UPDATE app.votes SET question = 'y'"):
            with pytest.raises(asyncpg.PostgresError) as refused:
                await world.superuser.execute(statement)
            assert refused.value.sqlstate == "KB405"
