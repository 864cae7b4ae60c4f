"""Postings a second: the posting function alone, one contribution through the service, a sheet of 25 members."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import uvloop

from bench.world import DATABASE, PASSWORDS, Group, World, run
from domain.identifiers import new_id
from domain.ledger.accounts import account_id
from domain.savings import ContributionItem, ContributionKind, RecordContributions, record_contributions
from persistence.database import SETTINGS, Database

CLIENTS = 8
PROCESSES = 2
LINES_OF_AN_ENTRY = 2
SOCIAL_FUND = Decimal(20)
# As the application's own connections have it.
_OPTIONS = " ".join(f"-c {name}={SETTINGS[name]}" for name in ("jit", "plan_cache_mode"))


def _transaction(world: World, group: Group) -> str:
    """One transaction in one round trip: role, viewer, lock, posting, end."""
    cash, shares = account_id(group.id, "1110"), account_id(group.id, "3100")
    member = group.members[0]
    return "\\; ".join(
        (
            "BEGIN",
            "SET LOCAL ROLE kibubu_app",
            f"SELECT FROM app.enter('{world.session_id}', '{{{group.id}}}')",
            f"SELECT app.enter_write('{{{group.id}}}')",
            (
                f"SELECT ledger.post('{group.id}', uuidv7(), 1, ARRAY[uuidv7()],"
                f" '{{SHARE_PURCHASE}}', ARRAY[current_date], '{{{group.meeting_id}}}', '{{{member}}}',"
                f" '{{NULL}}', '{{2}}', '{{{cash},{shares}}}', '{{NULL,{member}}}', '{{200,-200}}', '{{NULL,1}}')"
            ),
            "SET CONSTRAINTS ALL IMMEDIATE",
            "COMMIT;",
        )
    )


def post_alone(world: World, groups: int, seconds: float) -> float:
    """Postings a second of two lines each, by pgbench, which picks a group at random for each."""
    arguments = world.server.connect_arguments("kibubu_login", PASSWORDS["kibubu_login"], DATABASE)
    with tempfile.TemporaryDirectory() as folder:
        scripts = []
        for number, group in enumerate(world.groups[:groups]):
            script = Path(folder) / f"{number}.sql"
            script.write_text(_transaction(world, group))
            scripts += ["--file", str(script)]
        result = subprocess.run(
            [
                *(world.server.program("pgbench"), "--no-vacuum", "--client", str(CLIENTS), "--jobs", "1"),
                *(
                    "--time",
                    str(max(1, round(seconds))),
                    "--host",
                    str(arguments["host"]),
                    "--port",
                    str(arguments.get("port", 5432)),
                ),
                *("--username", "kibubu_login", *scripts, DATABASE),
            ],
            env={"PGPASSWORD": PASSWORDS["kibubu_login"], "PGOPTIONS": _OPTIONS},
            capture_output=True,
            text=True,
            check=True,
        )
    found = re.search(r"tps = ([0-9.]+)", result.stdout)
    assert found, result.stdout + result.stderr
    return float(found[1])


def _item(member_id: UUID, kind: ContributionKind) -> ContributionItem:
    if kind is ContributionKind.SHARE:
        return ContributionItem(member_id=member_id, kind=kind, shares=1)
    return ContributionItem(member_id=member_id, kind=kind, amount=SOCIAL_FUND)


async def _record(database: Database, world: World, group: Group, items: tuple[ContributionItem, ...]) -> None:
    command = RecordContributions(group_id=group.id, idempotency_key=new_id(), meeting_id=group.meeting_id, items=items)
    sent = {"meeting": group.meeting_id, "items": [str(item) for item in items]}
    await run(database, world.principal, record_contributions, command, sent)


async def _one(database: Database, world: World, group: Group) -> int:
    await _record(database, world, group, (_item(random.choice(group.members), ContributionKind.SOCIAL_FUND),))
    return 1


async def _sheet(database: Database, world: World, group: Group) -> int:
    kinds = (ContributionKind.SHARE, ContributionKind.SOCIAL_FUND)
    items = tuple(_item(member, kind) for member in group.members for kind in kinds)
    await _record(database, world, group, items)
    return len(items)


async def _clients(world: World, groups: int, seconds: float, work: Callable[..., Awaitable[int]], clients: int) -> int:
    end = time.monotonic() + seconds

    async def client() -> int:
        done = 0
        while time.monotonic() < end:
            done += await work(database, world, random.choice(world.groups[:groups]))
        return done

    async with world.database(size=clients) as database:
        return sum(await asyncio.gather(*(client() for _ in range(clients))))


def _process(
    world: World, groups: int, seconds: float, name: str, clients: int, results: multiprocessing.Queue[int]
) -> None:
    work = {"one": _one, "sheet": _sheet}[name]
    results.put(uvloop.run(_clients(world, groups, seconds, work, clients)))


def through_service(world: World, groups: int, seconds: float, name: str) -> float:
    """Contributions a second through the service, by 8 clients in two processes."""
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[int] = context.Queue()
    processes = [
        context.Process(target=_process, args=(world, groups, seconds, name, CLIENTS // PROCESSES, results))
        for _ in range(PROCESSES)
    ]
    began = time.monotonic()
    for process in processes:
        process.start()
    done = sum(results.get(timeout=seconds + 60) for _ in processes)
    took = time.monotonic() - began
    for process in processes:
        process.join()
    return done / took
