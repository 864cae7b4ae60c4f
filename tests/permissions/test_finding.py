"""Who is found by a name is who the rule says, of those whose names the viewer may see; the rule stands here again."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identifiers import new_id
from persistence.database import DatabaseRole
from persistence.reads.members import FOUND_MEMBERS
from persistence.reads.pages import PageRequest, load_counts, load_pages
from persistence.viewer import Principal
from tests.permissions.cast import Cast, Onlooker
from tests.permissions.facts import entered, undone
from tests.permissions.reading import Catcher
from tests.support.cluster import dsn_for, fresh_database

FOUND_MAX = 200
_DAY = timedelta(days=1)
Found = list[tuple[UUID, UUID, int]]

_FIND = "SELECT tenant_id, member_id, slips FROM app.find_by_name($1, $2)"
_SEEN = "SELECT tenant_id, member_id, name FROM app.member_names"
_MARKS = re.compile("[\u0300-\u036f'\u2018\u2019\u02bc`]")


def words_of(text: str, at_most: int) -> list[str]:
    """The words of a name, or of a search, as they are compared."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text).lower())
    return [word[:40] for word in re.findall(r"[^\W_]+", plain)[:at_most]]


def distance(one: str, other: str) -> int:
    """The optimal string alignment distance, by the textbook."""
    rows = [[max(i, j) if min(i, j) == 0 else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            cost = one[i - 1] != other[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


def is_slip(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= 4 and distance(one, other) == 1


def slips_in(name: str, search: str) -> int | None:
    """With how many slips a name is found; None if it is not."""
    wanted, words = set(words_of(search, 4)), words_of(name, 6)
    slips = 0
    for each in wanted:
        if not any(word.startswith(each) for word in words):
            if not any(is_slip(each, word) for word in words):
                return None
            slips += 1
    return slips if wanted else None


def expected(seen: Sequence[asyncpg.Record], search: str, linked: frozenset[UUID], tenants: list[UUID] | None) -> Found:
    """Whom a viewer finds who sees these names, of which some are of groups linked to her partner."""
    found = [
        (slips, row["tenant_id"] in linked, row["tenant_id"], row["member_id"])
        for row in seen
        if (tenants is None or row["tenant_id"] in tenants) and (slips := slips_in(row["name"], search)) is not None
    ]
    found.sort()
    kept = found[:FOUND_MAX]
    if tenants is not None:
        kept = [each for tenant in tenants for each in [one for one in found if one[2] == tenant][:FOUND_MAX]]
    return [(tenant, member, slips) for slips, _, tenant, member in kept]


@dataclass(frozen=True)
class Stage:
    """A database with groups that are tied to one viewer in every way, and to another in none.

    Attributes:
        groups: Hers as a member; as an auditor; linked with names, twice; with rows; no longer linked; owned by the
            institution that she works for; and one that she has nothing to do with.
        officer: She works for the partner and nobody else.
    """

    connection: asyncpg.Connection
    groups: tuple[UUID, ...]
    partner: UUID
    viewer: Onlooker
    officer: Onlooker
    stranger: Onlooker
    admin: Onlooker
    run: Callable[[Awaitable[None]], None]

    @property
    def linked(self) -> frozenset[UUID]:
        return frozenset(self.groups[2:4])

    async def fill(self, members: Sequence[tuple[int, str, bool]]) -> None:
        """Enter members by group and name, who opened theirs to the partner or did not; as the services would."""
        heads = "UPDATE ledger.heads SET writer = pg_current_xact_id()"
        await self.connection.execute(heads)
        ids = [new_id() for _ in members]
        groups = [self.groups[group] for group, _, _ in members]
        await self.connection.execute(
            "INSERT INTO app.members (tenant_id, id, number, joined_on, created_by)"
            " SELECT g, m, n, current_date, m FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY x (g, m, n)",
            groups,
            ids,
        )
        await self.connection.executemany(
            "INSERT INTO app.member_names (tenant_id, member_id, name, shown_to) VALUES ($1, $2, $3, $4)",
            [
                (group, member, name, [self.partner] if shown else [])
                for group, member, (_, name, shown) in zip(groups, ids, members, strict=True)
            ],
        )


@asynccontextmanager
async def _staged(run: Callable[[Awaitable[None]], None]) -> AsyncIterator[Stage]:
    async with fresh_database() as name:
        admin = await asyncpg.connect(dsn_for(name))
        groups, partner, owner = tuple(new_id() for _ in range(8)), new_id(), new_id()
        people = {}
        await admin.execute("SET session_replication_role = replica")
        for kind, ids in (("GROUP", groups), ("PARTNER", (partner, owner))):
            await admin.execute("INSERT INTO app.tenants (id, kind) SELECT t, $2 FROM unnest($1::uuid[]) t", ids, kind)
        await admin.execute(
            "INSERT INTO ledger.heads (tenant_id, base_currency, writer)"
            " SELECT g, 'KES', pg_current_xact_id() FROM unnest($1::uuid[]) g",
            groups,
        )
        await admin.execute(
            "INSERT INTO app.groups (tenant_id, name, kind, currency, country, time_zone, created_by)"
            " SELECT g, 'Group', 'VSLA', 'KES', 'KE', 'Africa/Nairobi', g FROM unnest($1::uuid[]) g",
            groups,
        )
        for words, role in (
            ("viewer", DatabaseRole.APP),
            ("officer", DatabaseRole.APP),
            ("stranger", DatabaseRole.APP),
            ("admin", DatabaseRole.ADMIN),
        ):
            user, session = new_id(), new_id()
            short = "ADMIN" if role is DatabaseRole.ADMIN else "APP"
            await admin.execute(
                "INSERT INTO app.users (id, platform_role) VALUES ($1, $2)",
                user,
                "ADMIN" if short == "ADMIN" else "USER",
            )
            await admin.execute(
                "INSERT INTO access.sessions (id, user_id, expires_at, role)"
                " VALUES ($1, $2, now() + interval '1 day', $3)",
                session,
                user,
                short,
            )
            people[words] = Onlooker(words, user, Principal(session, role))
        await admin.executemany(
            "INSERT INTO app.memberships (id, user_id, tenant_id, role) VALUES (gen_random_uuid(), $1, $2, $3)",
            [
                (people[name].user_id, tenant, role)
                for name, tenant, role in (
                    ("viewer", groups[0], "MEMBER"),
                    ("viewer", groups[1], "AUDITOR"),
                    ("viewer", partner, "FIELD_OFFICER"),
                    ("viewer", owner, "LOAN_OFFICER"),
                    ("officer", partner, "FIELD_OFFICER"),
                )
            ],
        )
        await admin.executemany(
            "INSERT INTO app.partner_links (id, partner_id, group_id, consent, is_owner, starts_at, ends_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, now() - interval '9 days', now() - $5::interval)",
            [
                (partner, groups[2], "NAMES", False, None),
                (partner, groups[3], "NAMES", False, None),
                (partner, groups[4], "ROWS", False, None),
                (partner, groups[5], "NAMES", False, _DAY),
                (owner, groups[6], "TOTALS", True, None),
            ],
        )
        await admin.execute("SET session_replication_role = DEFAULT")
        yield Stage(admin, groups, partner, *people.values(), run)
        await admin.close()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The stage, on which no test leaves anything."""
    with asyncio.Runner() as runner:
        staged = _staged(runner.run)
        yield runner.run(staged.__aenter__())
        runner.run(staged.__aexit__(None, None, None))


async def check(stage: Stage, search: str) -> int:
    """Whom everybody finds, anywhere and in single groups; returns how many the viewer finds anywhere."""
    count = 0
    for who in (stage.viewer, stage.officer, stage.admin, stage.stranger):
        linked = stage.linked if who in (stage.viewer, stage.officer) else frozenset()
        async with entered(stage.connection, who):
            seen = await stage.connection.fetch(_SEEN)
            for tenants in (None, list(stage.groups), [stage.groups[3]], []):
                rows = await stage.connection.fetch(_FIND, search, tenants)
                found = [(row["tenant_id"], row["member_id"], row["slips"]) for row in rows]
                wanted = expected(seen, search, linked, tenants)
                assert (found if tenants is None else sorted(found)) == (
                    wanted if tenants is None else sorted(wanted)
                ), (who.name, search)
                if tenants is None and who is stage.viewer:
                    count = len(found)
    return count


LETTERS = "abcé"
NAMES = st.sampled_from(["otieno", "juma", "anna", "Wafula", "O'Brien", "émile", "abcabcabcabcabcabc" * 3])
WORDS = st.one_of(NAMES, st.text(LETTERS, min_size=1, max_size=7))


@st.composite
def slipped(draw: st.DrawFn) -> str:
    """A word, or one with up to two slips, or the beginning of one."""
    word = draw(WORDS)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(word)))
        kind = draw(st.sampled_from(["more", "less", "other", "swapped"]))
        letter = draw(st.sampled_from(LETTERS))
        head, tail = word[:at], word[at:]
        word = {
            "more": head + letter + tail,
            "less": head + tail[1:],
            "other": head + letter + tail[1:],
            "swapped": head + tail[1::-1] + tail[2:],
        }[kind]
    return word[: draw(st.integers(1, 60))] or "a"


TEXTS = st.lists(slipped(), min_size=1, max_size=7).map(lambda words: " ".join(words)[:120])
MEMBERS = st.lists(st.tuples(st.integers(0, 7), TEXTS, st.booleans()), max_size=14)


@settings(max_examples=60)
@given(members=MEMBERS, searches=st.lists(TEXTS, min_size=1, max_size=6))
def test_whom_the_rule_names_is_found_and_nobody_else(
    stage: Stage, members: list[tuple[int, str, bool]], searches: list[str]
) -> None:
    async def look() -> None:
        async with undone(stage.connection):
            await stage.fill(members)
            for search in searches:
                await check(stage, search)

    stage.run(look())


@settings(max_examples=200)
@given(one=slipped(), other=slipped())
def test_a_slip_is_what_the_textbook_calls_a_distance_of_one(stage: Stage, one: str, other: str) -> None:
    async def look() -> None:
        assert await stage.connection.fetchval("SELECT app.is_slip($1, $2)", one, other) is is_slip(one, other)

    stage.run(look())


def test_of_many_the_best_are_found_and_in_each_group_so_many(stage: Stage) -> None:
    """More than 200 in one group, in several, and only with slips."""
    names = [
        *((0, f"Otieno {each}", False) for each in range(150)),
        *((2, f"Otieno {each}", each % 2 == 0) for each in range(230)),
        *((3, f"Otiendo {each}", True) for each in range(210)),
        *((6, f"Juma Otieno {each}", False) for each in range(30)),
        *((7, f"Otieno {each}", True) for each in range(210)),
    ]

    async def look() -> None:
        async with undone(stage.connection):
            await stage.fill(names)
            assert await check(stage, "otieno") == FOUND_MAX
            assert await check(stage, "otiendo") == FOUND_MAX
            assert await check(stage, "juma otieno") == 30
            assert await check(stage, "jmua oteino") == 30
            assert await check(stage, "0 otieno") == 4
            assert await check(stage, "nobody") == 0

    stage.run(look())


def test_a_name_that_is_changed_opened_or_closed_is_found_accordingly(stage: Stage) -> None:
    async def look() -> None:
        async with undone(stage.connection):
            await stage.fill([(2, "Achieng", False), (2, "Wanjiku", True)])
            assert await check(stage, "achieng") == 0
            for change, search, count in (
                ("shown_to = ARRAY[$1::uuid, $1, gen_random_uuid()]", "achieng", 1),
                ("name = 'Nakato'", "achieng", 0),
                ("photo = 'x'", "nakato", 2),
                ("shown_to = ARRAY[NULL::uuid]", "nakato", 0),
                ("shown_to = ARRAY[$1::uuid]", "nakato", 2),
                ("shown_to = ARRAY[tenant_id, gen_random_uuid()]", "nakato", 0),
            ):
                arguments = (stage.partner,) if "$1" in change else ()
                await stage.connection.execute(f"UPDATE app.member_names SET {change}", *arguments)
                assert await check(stage, search) == count, change

    stage.run(look())


async def listed(connection: asyncpg.Connection, search: str) -> set[tuple[UUID, UUID]]:
    """Whom the API's list of found members has, with its count."""
    catcher = Catcher(connection)
    filters = (("search", search),)
    (page,) = await load_pages(catcher, FOUND_MEMBERS, [], PageRequest(100, "BEST", None, filters))  # type: ignore[arg-type]
    (count,) = await load_counts(catcher, FOUND_MEMBERS, [], filters)  # type: ignore[arg-type]
    assert count == len(page.rows)
    return {(row["tenant_id"], row["id"]) for row in page.rows}


async def differences(connection: asyncpg.Connection, cast: Cast) -> list[str]:
    """Who of the cast finds others by name than those whose names she sees."""
    found_wrong = []
    for who in cast.onlookers.values():
        if who.role not in (DatabaseRole.APP, DatabaseRole.ADMIN, DatabaseRole.READONLY):
            continue
        async with entered(connection, who):
            seen = await connection.fetch(_SEEN)
            for search in ("member", "mebmer", "member 3"):
                rows = await connection.fetch(_FIND, search, None)
                wanted = {
                    (row["tenant_id"], row["member_id"]) for row in seen if slips_in(row["name"], search) is not None
                }
                if {(row["tenant_id"], row["member_id"]) for row in rows} != wanted:
                    found_wrong.append(who.name)
                assert await listed(connection, search) <= wanted, who.name
    return found_wrong


@pytest.fixture
async def theatre(cast: Cast) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the cast's database, on which everything is undone."""
    connection = await asyncpg.connect(dsn_for(cast.database))
    change = connection.transaction()
    await change.start()
    yield connection
    await change.rollback()
    await connection.close()


async def test_everybody_finds_by_name_whom_she_sees_by_name(cast: Cast, theatre: asyncpg.Connection) -> None:
    assert await differences(theatre, cast) == []


@pytest.mark.parametrize(
    "change",
    [
        "terms = array_remove(terms, 'staff')",
        "terms = array_remove(terms, 'partner_names')",
        "terms = array_remove(terms, 'admin')",
        # The list that the API reads is not longer for it: the policy of names is asked as well.
        "terms = terms || 'partner_rows'::text",
        "terms = terms || 'partner_totals'::text",
    ],
)
async def test_another_rule_than_that_of_names_would_be_noticed(
    cast: Cast, theatre: asyncpg.Connection, change: str
) -> None:
    await theatre.execute(f"UPDATE app.rules SET {change} WHERE resource = 'member_name' AND action = 'read'")
    assert await differences(theatre, cast) != []
