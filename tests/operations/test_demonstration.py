"""The demonstration data: the same people and figures each time, through the services, and only where they may be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from domain.access.users import CreateUser
from domain.identifiers import new_id
from operations.console import CommandRefusedError
from operations.demonstration import FULL, SIGN_INS, Scale, is_wanted
from operations.demonstration.affairs import claim_of, cycle_ends
from operations.demonstration.draws import identifier
from operations.demonstration.plan import GroupPlan, plans
from operations.first_admin import make_first_admin
from operations.verification import verify_books
from tests.support.api import Api, Client, digests
from tests.support.cluster import dsn_for, fresh_database
from tests.support.demonstration import TODAY, load
from tests.support.world import World

SMALL = Scale(groups_count=3, months=2)
SMALL_COMMANDS = 664
SMALL_CONTRIBUTIONS = 2760
SMALL_DIFFERENCES = 3
SMALL_FINES = 135
SMALL_FINES_PAID = 119
SMALL_LOAN_ENTRIES = 33
SHOWCASE_LOANS = [
    ("ACTIVE", 6),
    ("APPLIED", 1),
    ("APPRAISED", 1),
    ("APPROVED", 1),
    ("CLOSED", 2),
    ("REJECTED", 1),
    ("WITHDRAWN", 1),
    ("WRITTEN_OFF", 2),
]
OTHER_LOANS = 8
LOAN_STEPS = [
    ("APPLICATION", 23),
    ("APPRAISAL", 1),
    ("APPROVAL", 15),
    ("CLOSURE", 2),
    ("DISBURSEMENT", 12),
    ("RECOVERY", 1),
    ("REJECTION", 3),
    ("RESCHEDULING", 1),
    ("WITHDRAWAL", 1),
    ("WRITE_OFF", 2),
]
LATE_LOANS = [(5, 28), (8, 14)]
PRIVATE_BIRTHS, PRIVATE_KIN = 52, 56
REPRESENTED = 36
CYCLES_OVER = 15

FIGURES = """
SELECT 'member' AS what, m.id, m.number::text || ' ' || m.joined_on AS facts FROM app.members m
UNION ALL SELECT 'meeting', id, number::text || ' ' || held_on || ' ' || status || ' ' || venue FROM app.meetings
UNION ALL SELECT 'contribution', id,
    entry_number || ' ' || member_id || ' ' || amount || ' ' || currency || ' ' || place
FROM app.contributions
UNION ALL SELECT 'roll', member_id, meeting_id || ' ' || status FROM app.attendances
UNION ALL SELECT 'fine', id, member_id || ' ' || reason_code FROM app.fines
UNION ALL SELECT 'loan', id,
    number || ' ' || member_id || ' ' || status || ' ' || applied || ' ' || coalesce(disbursed, 0)
FROM app.loans
UNION ALL SELECT 'payment', id, loan_id || ' ' || kind || ' ' || effective_on || ' ' || amount FROM app.loan_payments
UNION ALL SELECT 'user', id, platform_role FROM app.users
UNION ALL SELECT 'role', user_id, tenant_id || ' ' || role FROM app.memberships
UNION ALL SELECT 'balance', account_id, balance::text FROM ledger.account_balances
UNION ALL SELECT 'count', account_id, meeting_id || ' ' || moment || ' ' || counted || ' ' || coalesce(reason, '')
FROM app.cash_counts
ORDER BY 1, 2, 3
"""

KEYS = """
SELECT tenant_id, user_id, key, operation, fingerprint, outcome FROM app.idempotency_keys
UNION ALL SELECT NULL, user_id, key, operation, fingerprint, outcome FROM access.idempotency_keys ORDER BY 3
"""


async def figures(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch(FIGURES)]


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    """The application on an empty database."""
    async with Api.start(world) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loaded_database() -> AsyncIterator[str]:
    """A database with the small demonstration, of which each test takes a copy."""
    async with fresh_database() as name:
        world = await World.create(name)
        async with Api.start(world) as api:
            await load(api, SMALL)
        await world.close()
        yield name


@pytest.fixture
async def loaded(loaded_database: str) -> AsyncIterator[Api]:
    """The application on a copy of the small demonstration."""
    async with fresh_database(loaded_database) as name:
        world = await World.create(name)
        async with Api.start(world) as api:
            yield api
        await world.close()


class Interrupted(Exception):
    """Whoever watched the bar has had enough."""


def stop_after(count: int) -> Any:
    def progress(done: int, _total: int) -> None:
        if done == count:
            raise Interrupted

    return progress


def commands(plan: GroupPlan) -> list[Any]:
    made: list[Any] = [*plan.users(), plan.founding(), *plan.register()]
    steps = [claim_of(plan.sketch, person) for person in plan.claimants]
    steps += plan.affairs_before()
    for meeting in plan.held():
        steps += meeting.steps
    steps += [*plan.affairs_after(), *plan.decisions(), *plan.going_on()]
    return made + [command for _, command in steps]


async def test_loading_reports_what_there_is_and_is_the_same_in_every_database(
    api: Api, world: World, loaded: Api
) -> None:
    told: list[tuple[int, int]] = []
    report = await load(api, SMALL, progress=lambda done, total: told.append((done, total)))
    assert (report.groups_count, report.members_count, report.users_count) == (3, 71, 13)
    assert (report.meetings_count, report.contributions_count) == (68, SMALL_CONTRIBUTIONS)
    assert (report.commands_count, report.replayed_count, report.today) == (SMALL_COMMANDS, 0, TODAY)
    assert told == [(done, SMALL_COMMANDS) for done in range(1, SMALL_COMMANDS + 1)]
    said = str(report)
    assert said.startswith("3 groups, 71 members, 68 meetings up to 2026-11-20 and 2,760 contributions are there.")
    assert "\n  Secretary: secretary@kibubu.example, password demonstration-only (Rose Adoyo)\n" in said
    verified = await verify_books(api.services.settings.addresses())
    assert (verified.books_count, verified.faults) == (3, ())
    others = SMALL_DIFFERENCES + SMALL_FINES + SMALL_FINES_PAID + SMALL_LOAN_ENTRIES
    assert verified.entries_count == SMALL_CONTRIBUTIONS + others
    counted = await world.superuser.fetchrow(
        "SELECT (SELECT count(*) FROM app.groups), (SELECT count(*) FROM app.members),"
        " (SELECT count(*) FROM app.users), (SELECT count(*) FROM app.meetings),"
        " (SELECT count(*) FROM app.contributions),"
        " (SELECT count(*) FROM app.meetings WHERE status = 'OPEN'),"
        " (SELECT count(*) FROM access.sessions WHERE revoked_at IS NULL)"
    )
    assert tuple(counted) == (3, 71, 13, 68, SMALL_CONTRIBUTIONS, 1, 0)
    assert await figures(world.superuser) == await figures(loaded.world.superuser)


async def test_loading_twice_changes_nothing_but_who_signed_in(loaded: Api) -> None:
    superuser = loaded.world.superuser
    before, keys = await digests(superuser, but_for_keys=True), await superuser.fetch(KEYS)
    report = await load(loaded, SMALL, today=TODAY + timedelta(days=40))
    after = await digests(superuser, but_for_keys=True)
    assert (report.replayed_count, report.contributions_count) == (SMALL_COMMANDS, SMALL_CONTRIBUTIONS)
    assert report.today == TODAY
    assert "contributions were there already. It took" in str(report)
    assert {name for name in before if after[name] != before[name]} == {
        "access.credentials",
        "access.refresh_tokens",
        "access.sessions",
    }
    assert await superuser.fetch(KEYS) == keys


@pytest.mark.parametrize(
    ("count", "later"),
    [(2, TODAY), (200, TODAY + timedelta(days=3)), (SMALL_COMMANDS - 1, TODAY)],
    ids=["before any group", "in the midst of it, and days later", "before the last command"],
)
async def test_a_load_that_was_interrupted_goes_on_to_the_same_end(
    count: int, later: date, api: Api, loaded: Api
) -> None:
    with pytest.raises(Interrupted):
        await load(api, SMALL, progress=stop_after(count))
    assert await is_wanted(api.services.database)
    report = await load(api, SMALL, today=later)
    assert report.today == TODAY
    assert count <= report.replayed_count < SMALL_COMMANDS
    assert await figures(api.world.superuser) == await figures(loaded.world.superuser)
    assert not await is_wanted(api.services.database)
    assert (await verify_books(api.services.settings.addresses())).is_sound


async def test_demonstration_data_are_wanted_where_nothing_is_or_where_they_are_begun(api: Api, world: World) -> None:
    assert await is_wanted(api.services.database)
    await world.group()
    assert not await is_wanted(api.services.database)


async def test_a_database_with_an_administrator_of_its_own_is_refused(api: Api, world: World) -> None:
    command = CreateUser(idempotency_key=new_id(), name="A", email="a@example.org", password="a mango on the roof")
    await make_first_admin(dsn_for(world.name), world.keyring, command)
    with pytest.raises(CommandRefusedError, match=r"^This database has an administrator of its own"):
        await load(api, SMALL)
    assert await world.superuser.fetchval("SELECT array_agg(id) FROM app.users") == [command.user_id]
    assert await world.superuser.fetchval("SELECT count(*) FROM app.groups") == 0


async def test_without_a_date_the_meetings_end_today(api: Api, world: World) -> None:
    before = datetime.now(UTC).date()
    with pytest.raises(Interrupted):
        await load(api, SMALL, today=None, progress=stop_after(10))
    joined_on = await world.superuser.fetchval("SELECT joined_on FROM app.members WHERE number = 1")
    # Nairobi is three hours ahead of UTC.
    assert before <= joined_on + timedelta(weeks=52) <= (datetime.now(UTC) + timedelta(hours=3)).date()


async def test_each_role_can_sign_in_and_is_what_it_says(loaded: Api) -> None:
    roles: dict[str, Any] = {}
    for each in SIGN_INS:
        fields = {"login": each.login, "password": each.password, "asAdmin": each.role == "Administrator"}
        opened = await loaded.anonymous.do("sessionOpen", "tokens { accessToken }", **fields)
        client = Client(loaded.http, opened["tokens"]["accessToken"])
        viewer = (await client.query("{ viewer { user { id name isAdmin } memberships { roles group { name } } } }"))[
            "viewer"
        ]
        assert viewer["user"] == {"id": str(each.user_id), "name": each.name, "isAdmin": each.role == "Administrator"}
        roles[each.role] = [(sorted(held["roles"]), held["group"]["name"]) for held in viewer["memberships"]]
    name = "Umoja Women's Group"
    assert roles == {
        "Secretary": [(["MEMBER", "SECRETARY"], name)],
        "Chair": [(["CHAIR", "MEMBER"], name)],
        "Treasurer": [(["MEMBER", "TREASURER"], name)],
        "Member": [(["MEMBER"], name)],
        "Administrator": [],
    }


async def test_people_hold_offices_claim_to_be_members_vote_and_are_let_off(loaded: Api) -> None:
    superuser = loaded.world.superuser

    async def counted(source: str) -> int:
        return int(await superuser.fetchval(f"SELECT count(*) FROM {source}"))

    showcase = identifier("group", "Umoja Women's Group")
    assert await counted("app.positions") == 3 * 6
    assert await counted(f"app.positions WHERE tenant_id = '{showcase}' AND ends_on IS NULL") == 6
    private = await superuser.fetchrow(
        "SELECT count(birth_sealed), count(next_of_kin_sealed), count(address_sealed) FROM app.member_private"
    )
    assert tuple(private) == (PRIVATE_BIRTHS, PRIVATE_KIN, 71)
    # Four in the showcase were entered with a user, and two claimed to be who they are.
    claimed = "app.memberships WHERE role = 'MEMBER' AND tenant_id = $1"
    assert await superuser.fetchval(f"SELECT count(*) FROM {claimed}", showcase) == 6
    waivers = await superuser.fetch("SELECT status FROM app.contribution_waivers ORDER BY status")
    assert [row["status"] for row in waivers] == ["APPROVED", "REQUESTED"]
    assert await counted("app.attendance_words WHERE representative IS NOT NULL") == REPRESENTED
    votes = await superuser.fetch("SELECT kind, method, hands IS NOT NULL AS is_counted FROM app.votes ORDER BY put_at")
    assert [tuple(row) for row in votes] == [("CHOICE", "HANDS", True), ("YES_NO", "BALLOTS", False)]
    assert await counted("app.ballots") > 10
    assert await counted("app.cycles") == 3


def test_some_groups_are_at_the_end_of_their_cycle_and_the_showcase_is_not() -> None:
    over = {plan.sketch.name for plan in plans(FULL, TODAY) if list(cycle_ends(plan.sketch, TODAY))}
    assert (len(over), "Umoja Women's Group" in over) == (CYCLES_OVER, False)


async def test_there_are_loans_in_every_state_that_people_bring_about(loaded: Api) -> None:
    superuser = loaded.world.superuser
    showcase = identifier("group", "Umoja Women's Group")

    async def found(query: str, *of: Any) -> Any:
        return [tuple(row) for row in await superuser.fetch(query, *of)]

    by_status = "SELECT status, count(*) FROM app.loans WHERE tenant_id = $1 GROUP BY 1 ORDER BY 1"
    assert await found(by_status, showcase) == SHOWCASE_LOANS
    assert await found("SELECT count(*) FROM app.loans WHERE tenant_id <> $1", showcase) == [(OTHER_LOANS,)]
    kinds = "SELECT kind, count(*) FROM app.loan_steps GROUP BY 1 ORDER BY 1"
    assert await found(kinds) == LOAN_STEPS
    late = "SELECT number, days FROM app.loan_arrears($1, $2) WHERE days > 0 ORDER BY number"
    assert await found(late, [showcase], TODAY) == LATE_LOANS
    assert await found("SELECT status, count(*) FROM app.loan_guarantees GROUP BY 1") == [("ACCEPTED", 8)]
    assert await found("SELECT kind, status FROM app.loan_collateral") == [("LIVESTOCK", "HELD")]
    borrower = (
        "SELECT m.number, l.status FROM app.loans l JOIN app.members m USING (tenant_id) WHERE m.id = l.member_id"
    )
    assert (4, "ACTIVE") in await found(borrower)


async def test_the_balances_of_a_member_are_what_she_paid_in(loaded: Api) -> None:
    showcase = plans(SMALL, TODAY)[0]
    treasurer = showcase.members[2]
    sheets = [*(meeting.sheet for meeting in showcase.held()), showcase.sheet_of_today()]
    items = [item for sheet in sheets for item in sheet.items if item.member_id == treasurer.id]
    assert sum(item.shares or 0 for item in items) == 138
    assert sum(item.amount or 0 for item in items) == 980
    opened = await loaded.anonymous.do(
        "sessionOpen", "tokens { accessToken }", login=SIGN_INS[0].login, password=SIGN_INS[0].password
    )
    secretary = Client(loaded.http, opened["tokens"]["accessToken"])
    answer = await secretary.query(
        "query M($id: ID!) { node(id: $id) { ... on Member { name balances"
        " { shares sharesValue { amount currency } socialFundPaid { amount } } } } }",
        id=treasurer.id,
    )
    assert answer["node"] == {
        "name": "Josephine Awino",
        "balances": {
            "shares": 138,
            "sharesValue": {"amount": "13800.00", "currency": "KES"},
            "socialFundPaid": {"amount": "980.00"},
        },
    }


def test_every_command_of_the_full_demonstration_has_an_id_of_its_own_and_is_counted() -> None:
    groups = plans(FULL, TODAY)
    all_commands = [command for plan in groups for command in commands(plan)]
    assert len({command.idempotency_key for command in all_commands}) == len(all_commands)
    assert sum(plan.commands_count for plan in groups) == len(all_commands)


@pytest.mark.parametrize("fields", [{"groups_count": 0}, {"groups_count": 41}, {"months": 0}, {"months": 13}])
def test_a_scale_beyond_what_there_is_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="from 1 to"):
        Scale(**fields)
