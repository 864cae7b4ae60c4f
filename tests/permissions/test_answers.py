"""What the API answers is what the declaration gives: hidden rows are not found, hidden fields null and named once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from domain.access.machines import grant_machine, revoke_machine, rotate_machine
from domain.identifiers import new_id
from domain.ledger.cash import record_expense, record_income, transfer_cash
from domain.ledger.reversing import reverse_entry
from domain.meetings import (
    close_meeting,
    confirm_meeting,
    open_meeting,
    plan_meeting,
    reopen_meeting,
    update_meeting,
)
from domain.meetings.cancelling import cancel_meeting
from domain.meetings.rollcall import record_roll_call
from domain.members import add_member
from domain.members.overrides import decide_override, end_override, request_override
from domain.policy import ENTRY_KINDS, RULES, Action, EntryKind, Resource, allows, may_post
from domain.savings import (
    fine_roll_call,
    grant_from_social_fund,
    levy_fine,
    pay_fine,
    record_contributions,
    record_withdrawal,
    waive_fine,
)
from domain.savings.waivers import decide_waiver, request_waiver
from persistence.database import DatabaseRole
from tests.permissions.answers import DOCUMENT, NODES, Expected, read_records
from tests.permissions.cast import Cast, Onlooker, make_cast
from tests.permissions.facts import expected_viewer, read_directory
from tests.support.api import Api, Client
from tests.support.world import Person, World

PEOPLE = (DatabaseRole.APP, DatabaseRole.ADMIN)


@pytest.fixture
async def api(cast: Cast) -> AsyncIterator[Api]:
    """The application on the cast's database; what asks it changes nothing."""
    world = World(cast.database, None, None)  # type: ignore[arg-type]  # only its name is used
    async with Api.start(world) as served:
        yield served


def client_of(api: Api, who: Onlooker) -> Client:
    if who.token is not None:
        return Client(api.http, who.token)
    assert who.user_id is not None
    assert who.principal is not None
    return api.client(Person(who.user_id, who.principal.id, who.role))


def phone_of(row: asyncpg.Record) -> str:
    return f"+25470000000{row['number'] - 1}"


async def test_everybody_is_answered_what_the_declaration_gives_her(
    cast: Cast, stage: asyncpg.Connection, api: Api
) -> None:
    records, directory = await read_records(stage), await read_directory(stage)
    hidden: set[str] = set()
    for who in cast.onlookers.values():
        if not who.is_client or who.role not in PEOPLE:
            continue
        expected = Expected(records, expected_viewer(directory, who), phone_of)
        answer = await client_of(api, who).send(DOCUMENT, withPhones=who.role is DatabaseRole.APP)
        assert answer.data == expected.answer(), who.name
        assert answer.extensions.get("hidden", []) == sorted(expected.hidden), who.name
        hidden |= expected.hidden
    assert hidden == {
        "Account.balance",
        "Group.fundBalances",
        "Group.memberCount",
        "Group.openMeeting",
        "Meeting.cashCounts",
        "Meeting.totals",
        "Member.balances",
        "Member.name",
        "Member.phone",
        "Member.roles",
    }


async def test_an_id_finds_what_may_be_seen_and_nothing_else(cast: Cast, stage: asyncpg.Connection, api: Api) -> None:
    records, directory = await read_records(stage), await read_directory(stage)
    ids: list[UUID] = [row["tenant_id"] for row in records["groups"]]
    ids += [row["id"] for name in ("members", "meetings", "contributions") for row in records[name]]
    ids += [new_id(), cast.bare]
    for who in cast.onlookers.values():
        if not who.is_client or who.role not in PEOPLE:
            continue
        expected = Expected(records, expected_viewer(directory, who), phone_of).nodes(ids)
        assert (await client_of(api, who).query(NODES, ids=ids))["nodes"] == expected, who.name


async def test_a_hidden_group_is_like_one_that_does_not_exist(cast: Cast, api: Api) -> None:
    document = (
        "query Q($id: ID!) { group(id: $id) { id } node(id: $id) { id } bookVerification(groupId: $id) { isSound } }"
    )
    nobody = client_of(api, cast.onlookers["nobody"])
    for tenant in (*cast.tenants, new_id()):
        assert await nobody.query(document, id=tenant) == {"group": None, "node": None, "bookVerification": None}


async def test_what_no_administrator_may_ever_see_is_forbidden_to_one(cast: Cast, api: Api) -> None:
    (group, *_) = cast.groups.values()
    admin = client_of(api, cast.onlookers["admin"])
    answer = await admin.send(
        "query Q($id: ID!) { group(id: $id) { members(first: 1) { nodes { phone } } } }", id=group.id
    )
    assert answer.refusal[0] == "FORBIDDEN"
    assert answer.body["data"] == {"group": {"members": {"nodes": [{"phone": None}]}}}


async def test_whoever_has_not_signed_in_is_answered_nothing(api: Api) -> None:
    document = "{ viewer { user { id } } }"
    assert (await api.anonymous.refused(document))[0] == "UNAUTHENTICATED"


async def test_whoever_is_turned_away_by_the_database_is_answered_nothing(cast: Cast, api: Api) -> None:
    for words, principal in cast.turned_away.items():
        if principal.role in PEOPLE and not principal.is_machine:
            person = Person(new_id(), principal.id, principal.role)
            answer = await api.client(person).send("{ groups { totalCount } }")
            assert answer.refusal[0] == "UNAUTHENTICATED", words
            assert answer.body.get("data") is None, words


_MONEY = {"accountId": new_id(), "amount": "1", "description": "A thing."}

SERVICES = {
    "memberAdd": (add_member, {"name": ""}),
    "meetingOpen": (open_meeting, {"venue": "\u0007"}),
    "contributionsRecord": (record_contributions, {"meetingId": new_id(), "items": []}),
    "machineCredentialCreate": (grant_machine, {"name": "", "scopes": [], "expiresAt": "2026-01-01T00:00:00Z"}),
    "machineCredentialRotate": (rotate_machine, {"credentialId": new_id(), "graceDays": 9}),
    "machineCredentialRevoke": (revoke_machine, {"credentialId": new_id()}),
    "meetingClose": (
        close_meeting,
        {"meetingId": new_id(), "expectedVersion": 1, "openingCounts": [], "closingCounts": []},
    ),
    "withdrawalRecord": (record_withdrawal, {"memberId": new_id(), "amount": "0"}),
    "meetingPlan": (plan_meeting, {"venue": "\u0007"}),
    "meetingRevise": (update_meeting, {"meetingId": new_id(), "expectedVersion": 1}),
    "meetingConfirm": (confirm_meeting, {"meetingId": new_id(), "expectedVersion": 1}),
    "meetingCancel": (cancel_meeting, {"meetingId": new_id(), "expectedVersion": 1, "reason": "Rain"}),
    "meetingReopen": (reopen_meeting, {"meetingId": new_id(), "expectedVersion": 1}),
    "rollCallRecord": (record_roll_call, {"meetingId": new_id(), "items": []}),
    "rollCallFine": (fine_roll_call, {"meetingId": new_id()}),
    "contributionWaiverRequest": (
        request_waiver,
        {"memberId": new_id(), "kind": "SOCIAL_FUND", "amount": "0", "reason": "Ill."},
    ),
    "contributionWaiverDecide": (
        decide_waiver,
        {"waiverId": new_id(), "expectedVersion": 1, "isApproved": True},
    ),
    "permissionOverrideRequest": (
        request_override,
        {"memberId": new_id(), "capability": "VIEW_BALANCES", "effect": "GRANTED", "endsOn": "2000-01-01"},
    ),
    "permissionOverrideDecide": (
        decide_override,
        {"overrideId": new_id(), "expectedVersion": 1, "isApproved": True},
    ),
    "permissionOverrideEnd": (end_override, {"overrideId": new_id(), "expectedVersion": 1}),
    "fineLevy": (levy_fine, {"memberId": new_id(), "amount": "0", "reason": "Late."}),
    "finePay": (pay_fine, {"memberId": new_id(), "amount": "0"}),
    "fineWaive": (waive_fine, {"memberId": new_id(), "amount": "0", "reason": "Ill."}),
    "socialFundGrant": (grant_from_social_fund, {"memberId": new_id(), "amount": "0", "description": "A burial."}),
    "cashTransfer": (transfer_cash, {"fund": "LOAN_FUND", "source": "BOX", "target": "BOX", "amount": "1"}),
    "otherIncomeRecord": (record_income, {**_MONEY, "fund": "LOAN_FUND"}),
    "otherExpenseRecord": (record_expense, {**_MONEY, "fund": "SOCIAL_FUND"}),
    "entryReverse": (reverse_entry, {"entryId": new_id(), "reason": "Wrong."}),
}
"""The mutations of a group, each with an input that is refused once it is permitted, so that it changes nothing."""


@pytest.fixture
async def own_stage(database_name: str) -> AsyncIterator[tuple[Cast, Api, asyncpg.Connection]]:
    """A cast of one's own, for requests whose keys are kept."""
    world = await World.create(database_name)
    cast = await make_cast(world)
    async with Api.start(world) as served:
        yield cast, served, world.superuser
    await world.close()


async def test_a_mutation_is_permitted_forbidden_or_finds_no_group_as_the_declaration_says(
    own_stage: tuple[Cast, Api, asyncpg.Connection],
) -> None:
    cast, api, superuser = own_stage
    directory = await read_directory(superuser)
    for who in cast.onlookers.values():
        if not who.is_client or who.role not in PEOPLE:
            continue
        viewer, client = expected_viewer(directory, who), client_of(api, who)
        known = frozenset().union(*viewer.tenants.values())
        for tenant in (group.id for group in cast.groups.values()):
            for mutation, (service, fields) in SERVICES.items():
                may = all(allows(viewer, action, resource, tenant) for resource, action in service.needs)
                may = may and all(may_post(viewer, kind, tenant) for kind in service.posts)
                answer = await client.mutate(mutation, "__typename", groupId=tenant, **fields)
                if who.role is DatabaseRole.ADMIN or (tenant in known and not may):
                    assert answer.refusal[0] == "FORBIDDEN", (who.name, mutation)
                    continue
                (error,) = answer.data[mutation]["userErrors"]
                assert (error["reason"] != "GROUP_NOT_FOUND") is may, (who.name, mutation, error)


async def test_only_an_administrator_makes_users_and_only_people_begin_groups(cast: Cast, api: Api) -> None:
    for who in cast.onlookers.values():
        if not who.is_client or who.role not in PEOPLE:
            continue
        is_admin = who.role is DatabaseRole.ADMIN
        client = client_of(api, who)
        made = await client.mutate("userCreate", "__typename", name="", password="x")
        begun = await client.mutate(
            "groupCreate",
            "__typename",
            name="",
            kind="VSLA",
            currency="KES",
            country="KE",
            timeZone="Africa/Nairobi",
            sharePrice="200",
        )
        for answer, may in ((made, is_admin), (begun, not is_admin and who.token is None)):
            if may:
                assert answer.body["data"] is not None, (who.name, answer.body)
            else:
                assert answer.refusal[0] == "FORBIDDEN", who.name


def test_whoever_may_record_a_contribution_may_post_its_entry() -> None:
    """Otherwise a request that is permitted would fail halfway."""
    for kind in (EntryKind.SHARE_PURCHASE, EntryKind.SOCIAL_FUND_CONTRIBUTION):
        assert ENTRY_KINDS[kind] == RULES[Resource.CONTRIBUTION, Action.CREATE].terms
