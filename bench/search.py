"""Searching members under row-level security: in a group of 25, and for a partner and for staff of many groups.

`python -m bench.search [groups]` measures it alone; there are 25 members in each group. Beside the time that passes
stands what the server's process was busy for, which others who use the machine hardly change.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.processor import processor_ms
from bench.world import DATABASE, KEYRING, World, analyze, make_world
from domain.identifiers import new_id
from persistence.database import DatabaseRole
from persistence.embedded import EmbeddedServer
from persistence.reads.members import FOUND_MEMBERS
from persistence.reads.members import MEMBERS as MEMBERS_OF_GROUP
from persistence.reads.pages import Listing, PageRequest, load_pages
from persistence.snapshot import Snapshot
from persistence.viewer import Principal

GROUPS = 2_000
MEMBERS = 25
ROUNDS = 40

FIRST = (
    "Achieng",
    "Wanjiku",
    "Otieno",
    "Kamau",
    "Nakato",
    "Amina",
    "Chebet",
    "Mutua",
    "Njeri",
    "Ochieng",
    "Auma",
    "Juma",
)
LAST = (
    "Omondi",
    "Mwangi",
    "Wafula",
    "Kiplagat",
    "Nabirye",
    "Were",
    "Hassan",
    "Muthoni",
    "Odhiambo",
    "Barasa",
    "Kerubo",
)
SYLLABLES = ("ka", "mo", "ndi", "wa", "nja", "ru", "te", "cho", "bi", "la", "su", "ngo", "ki", "re", "ma")

SEARCHES = {
    "a common word": "otieno",
    "a common word with a slip": "otieon",
    "a short common word": "juma",
    "two words": "achieng omondi",
    "two words with slips": "acheing omodni",
    "four words": "achieng omondi wanjiku otieno",
    "two letters": "wa",
    "a name of one member": "",
    "nobody's name": "zzyzxqq",
    "a number": "17",
}

_GROUPS = """
INSERT INTO app.groups (tenant_id, name, kind, currency, country, time_zone, created_by)
SELECT g, 'Group', 'VSLA', 'KES', 'KE', 'Africa/Nairobi', g FROM unnest($1::uuid[]) g
"""


@dataclass(frozen=True)
class Measured:
    """How long one kind of search took, in milliseconds, entering as the viewer included.

    Attributes:
        label: What was looked for, and where.
        least: The fastest.
        p10: What nine in ten took at least.
        p95: What one in twenty took at least.
        busy: What the server's process was busy for, the median; None where the system does not tell.
        found: How many rows the page has.
    """

    label: str
    least: float
    p10: float
    p95: float
    busy: float | None
    found: int

    def __str__(self) -> str:
        busy = "" if self.busy is None else f"  busy {self.busy:6.1f} ms"
        times = f"least {self.least:7.1f} ms  p10 {self.p10:7.1f} ms  p95 {self.p95:7.1f} ms"
        return f"{self.label:60} {times}{busy}  found {self.found}"


def _name(choose: random.Random) -> str:
    rare = "".join(choose.choices(SYLLABLES, k=4)).capitalize()
    return f"{choose.choice(FIRST)} {rare} {choose.choice(LAST)}"


@dataclass(frozen=True)
class People:
    """Who looks, where, and for whom.

    Attributes:
        officer: She works for a partner to whom every member opened her name.
        staff: She works for an institution that owns all groups.
        group: One of the groups.
        rare: A name that hardly anybody has.
    """

    officer: Principal
    staff: Principal
    group: UUID
    rare: str


async def _employee(admin: asyncpg.Connection, partner: UUID, role: str) -> Principal:
    user, session = new_id(), new_id()
    await admin.execute("INSERT INTO app.users (id) VALUES ($1)", user)
    await admin.execute(
        "INSERT INTO access.sessions (id, user_id, expires_at) VALUES ($1, $2, now() + interval '1 day')", session, user
    )
    await admin.execute(
        "INSERT INTO app.memberships (id, user_id, tenant_id, role) VALUES ($1, $2, $3, $4)",
        new_id(),
        user,
        partner,
        role,
    )
    return Principal(session, DatabaseRole.APP)


async def people(world: World, groups: int) -> People:
    """Fill so many groups, let a partner see all their names, and an institution own them."""
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    choose, partner, owner = random.Random(7), new_id(), new_id()
    ids = [new_id() for _ in range(groups)]
    async with admin.transaction():
        for tenant in (partner, owner):
            await admin.execute("SELECT app.create_partner($1, 'KES')", tenant)
        await admin.execute("INSERT INTO app.tenants (id, kind) SELECT g, 'GROUP' FROM unnest($1::uuid[]) g", ids)
        await admin.execute(
            "INSERT INTO ledger.heads (tenant_id, base_currency, writer)"
            " SELECT g, 'KES', pg_current_xact_id() FROM unnest($1::uuid[]) g",
            ids,
        )
        await admin.execute(_GROUPS, ids)
        rows = [(group, new_id(), number, _name(choose)) for group in ids for number in range(1, MEMBERS + 1)]
        await admin.execute(
            "INSERT INTO app.members (tenant_id, id, number, joined_on, created_by)"
            " SELECT *, current_date, $4::uuid FROM unnest($1::uuid[], $2::uuid[], $3::integer[])",
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            owner,
        )
        await admin.execute(
            "INSERT INTO app.member_names (tenant_id, member_id, name, shown_to)"
            " SELECT *, ARRAY[$4::uuid] FROM unnest($1::uuid[], $2::uuid[], $3::text[])",
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[3] for row in rows],
            partner,
        )
        officer = await _employee(admin, partner, "FIELD_OFFICER")
        staff = await _employee(admin, owner, "LOAN_OFFICER")
        await admin.execute(
            "INSERT INTO app.partner_links (id, partner_id, group_id, consent, is_owner)"
            " SELECT gen_random_uuid(), p, g, 'NAMES', p = $2"
            " FROM unnest(ARRAY[$1, $2]::uuid[]) p, unnest($3::uuid[]) g",
            partner,
            owner,
            ids,
        )
    await admin.close()
    return People(officer, staff, ids[groups // 2], rows[len(rows) // 2][3].split()[1])


async def _searches(
    world: World, principal: Principal, listing: Listing, order: str, group: UUID | None, rare: str, label: str
) -> AsyncIterator[Measured]:
    parent = (group, group) if group is not None else (principal.id, principal.id)
    async with world.database(1) as database:
        for words, text in SEARCHES.items():
            taken, busy, found = [], [], 0
            for _ in range(ROUNDS):
                snapshot = Snapshot(database, KEYRING, principal, None if group is None else [group])
                process = (await snapshot.fetch("SELECT pg_backend_pid() AS process"))[0]["process"]
                await snapshot.close()
                before, begun = processor_ms(process), time.perf_counter()
                snapshot = Snapshot(database, KEYRING, principal, None if group is None else [group])
                request = PageRequest(20, order, None, (("search", text or rare),))
                (page,) = await load_pages(snapshot, listing, [parent], request)
                await snapshot.close()
                taken.append((time.perf_counter() - begun) * 1000)
                if before is not None and (after := processor_ms(process)) is not None:
                    busy.append(after - before)
                found = len(page.rows)
            taken.sort()
            cuts = statistics.quantiles(taken, n=20)
            yield Measured(
                f"{label}: {words}", taken[0], cuts[1], cuts[-1], statistics.median(busy) if busy else None, found
            )


async def measure(world: World, groups: int) -> AsyncIterator[str]:
    """Everything, for a partner of so many groups, for staff of as many, and in one of the groups."""
    begun = time.perf_counter()
    there = await people(world, groups)
    yield f"{groups * MEMBERS:,} names entered in {time.perf_counter() - begun:.1f} s"
    await analyze(world)
    anywhere = f"{groups * MEMBERS:,} members"
    for who, listing, order, group, label in (
        (there.officer, MEMBERS_OF_GROUP, "NUMBER", there.group, f"a group of {MEMBERS}"),
        (there.officer, FOUND_MEMBERS, "BEST", None, f"a partner of {anywhere}"),
        (there.staff, FOUND_MEMBERS, "BEST", None, f"the owner of {anywhere}"),
    ):
        async for measured in _searches(world, who, listing, order, group, there.rare, label):
            yield str(measured)


async def _print(world: World, groups: int) -> None:
    async for line in measure(world, groups):
        print(line, flush=True)


def main(groups: int = GROUPS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        world = asyncio.run(make_world(server, groups=0))
        asyncio.run(_print(world, groups))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else GROUPS)
