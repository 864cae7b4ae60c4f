"""Searching members under row-level security: in a group of 25, and for a partner of many groups.

`python -m bench.search [groups]` measures it alone; there are 25 members in each group.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

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
    "two words": "achieng omondi",
    "two words with slips": "acheing omodni",
    "two letters": "ot",
    "a name of one member": "",
    "a number": "17",
}

_GROUPS = """
INSERT INTO app.groups (tenant_id, name, kind, currency, country, time_zone, created_by)
SELECT g, 'Group', 'VSLA', 'KES', 'KE', 'Africa/Nairobi', g FROM unnest($1::uuid[]) g
"""


@dataclass(frozen=True)
class Measured:
    """How long one kind of search took, in milliseconds."""

    label: str
    median: float
    p95: float
    found: int


def _name(choose: random.Random) -> str:
    rare = "".join(choose.choices(SYLLABLES, k=4)).capitalize()
    return f"{choose.choice(FIRST)} {rare} {choose.choice(LAST)}"


async def people(world: World, groups: int) -> tuple[Principal, UUID, str]:
    """Fill so many groups and let a partner see all their names; its officer, one group, and one rare name."""
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    choose, partner, user, session = random.Random(7), new_id(), new_id(), new_id()
    ids = [new_id() for _ in range(groups)]
    async with admin.transaction():
        await admin.execute("SELECT app.create_partner($1, 'KES')", partner)
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
            user,
        )
        await admin.execute(
            "INSERT INTO app.member_names (tenant_id, member_id, name, shown_to)"
            " SELECT *, ARRAY[$4::uuid] FROM unnest($1::uuid[], $2::uuid[], $3::text[])",
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[3] for row in rows],
            partner,
        )
        await admin.execute("INSERT INTO app.users (id) VALUES ($1)", user)
        await admin.execute(
            "INSERT INTO access.sessions (id, user_id, expires_at) VALUES ($1, $2, now() + interval '1 day')",
            session,
            user,
        )
        await admin.execute(
            "INSERT INTO app.memberships (id, user_id, tenant_id, role) VALUES ($1, $2, $3, 'FIELD_OFFICER')",
            new_id(),
            user,
            partner,
        )
        await admin.execute(
            "INSERT INTO app.partner_links (id, partner_id, group_id, consent)"
            " SELECT gen_random_uuid(), $1, g, 'NAMES' FROM unnest($2::uuid[]) g",
            partner,
            ids,
        )
    await admin.close()
    return Principal(session, DatabaseRole.APP), ids[groups // 2], rows[len(rows) // 2][3].split()[1]


async def _searches(
    world: World, principal: Principal, listing: Listing, order: str, group: UUID | None, rare: str, label: str
) -> list[Measured]:
    measured = []
    async with world.database(1) as database:
        for words, text in SEARCHES.items():
            taken, found = [], 0
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                snapshot = Snapshot(database, KEYRING, principal, None if group is None else [group])
                parent = (group, group) if group is not None else (principal.id, principal.id)
                request = PageRequest(20, order, None, (("search", text or rare),))
                (page,) = await load_pages(snapshot, listing, [parent], request)
                await snapshot.close()
                taken.append((time.perf_counter() - begun) * 1000)
                found = len(page.rows)
            cuts = statistics.quantiles(taken, n=20)
            measured.append(Measured(f"{label}: {words}", statistics.median(taken), cuts[-1], found))
    return measured


async def measure(world: World, groups: int) -> Sequence[Measured]:
    """Everything, for a partner of so many groups and in one of its groups."""
    begun = time.perf_counter()
    officer, group, rare = await people(world, groups)
    filled = time.perf_counter() - begun
    await analyze(world)
    in_group = await _searches(world, officer, MEMBERS_OF_GROUP, "NUMBER", group, rare, f"a group of {MEMBERS}")
    anywhere = await _searches(
        world, officer, FOUND_MEMBERS, "BEST", None, rare, f"a partner of {groups * MEMBERS:,} members"
    )
    return [Measured(f"{groups * MEMBERS:,} names entered, in s", filled, filled, 0), *in_group, *anywhere]


def main(groups: int = GROUPS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        world = asyncio.run(make_world(server, groups=0))
        for each in asyncio.run(measure(world, groups)):
            print(f"{each.label:60} median {each.median:8.1f} ms  p95 {each.p95:8.1f} ms  found {each.found}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else GROUPS)
