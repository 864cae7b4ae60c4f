"""Trying what should be refused, by a service or by SQL, and seeing that nothing changed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.identifiers import new_id
from domain.policy import AccessDenied
from domain.service import Command, Service
from tests.ledger.book import posted
from tests.ledger.outcomes import told
from tests.support.world import GroupOfPeople, Person, World

Refusal = tuple[str, tuple[str, ...], dict[str, Any]]
"""Reason, path and facts."""


def fresh(command: Any, **changes: Any) -> Any:
    """The same wish, or one changed, under a key of its own."""
    return replace(command, idempotency_key=new_id(), **changes)


async def refusal(world: World, who: Person, service: Service[Any], command: Command) -> Refusal:
    """How the service refuses, having changed nothing."""
    before = await posted(world.superuser)
    outcome = await world.perform(who, service, command)
    assert await posted(world.superuser) == before
    heard = told(outcome.error)
    assert heard is not None, outcome
    reason, message, path, facts = heard
    assert message
    return reason, path, facts


async def is_denied(world: World, who: Person, service: Service[Any], command: Command) -> bool:
    """Whether a person without the right is turned away; whoever has nothing to do with the group finds none."""
    try:
        outcome = await world.perform(who, service, command)
    except AccessDenied:
        return True
    return outcome.error is not None and outcome.error.reason == "GROUP_NOT_FOUND"


async def outsiders(world: World, group: GroupOfPeople) -> dict[str, Person]:
    """Whoever is no officer of the group: within it, beside it, and of another group."""
    return {
        "member": group.plain,
        "auditor": await world.auditor(group),
        "partner": await world.partner(group, "NAMES"),
        "staff": await world.institution_staff(group),
        "another group's treasurer": (await world.group()).treasurer,
    }


async def run_sql(world: World, who: Person, group: GroupOfPeople, *statements: str) -> None:
    """Run statements of one's own in one transaction under the lock of the group's book."""
    async with world.transaction(who) as connection:
        await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", group.id)
        for statement in statements:
            await connection.execute(statement)


async def sql_state(world: World, who: Person, group: GroupOfPeople, *statements: str) -> str | None:
    """The state with which the database refuses; None if it does not."""
    try:
        await run_sql(world, who, group, *statements)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


async def owner_state(world: World, statement: str) -> str | None:
    """The state with which the database refuses a statement of the owner's; None if it does not."""
    try:
        async with world.superuser.transaction():
            await world.superuser.execute("SET LOCAL ROLE kibubu_owner")
            await world.superuser.execute(statement)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


def posting_sql(
    group: GroupOfPeople,
    kind: str,
    lines: list[tuple[UUID, str]],
    *,
    entry: UUID | None = None,
    member: UUID | None = None,
    on: str = "current_date",
) -> str:
    """A call of the posting function for one entry outside any meeting; lines to accounts, debits above zero."""
    accounts = ", ".join(f"'{account}'" for account, _ in lines)
    amounts = ", ".join(str(Decimal(amount)) for _, amount in lines)
    nothing = ", ".join("NULL" for _ in lines)
    about = "NULL" if member is None else f"'{member}'"
    return (
        f"SELECT ledger.post('{group.id}', gen_random_uuid(), 1, ARRAY['{entry or new_id()}']::uuid[], ARRAY['{kind}'],"
        f" ARRAY[{on}]::date[], ARRAY[NULL]::uuid[], ARRAY[{about}]::uuid[], ARRAY[NULL]::uuid[], ARRAY[{len(lines)}],"
        f" ARRAY[{accounts}]::uuid[], ARRAY[{nothing}]::uuid[], ARRAY[{amounts}]::numeric[],"
        f" ARRAY[{nothing}]::integer[])"
    )


async def spend(world: World, group: GroupOfPeople, account: UUID, amount: str) -> UUID:
    """Pay an expense from the box, without a service; the entry's id."""
    lines, entry = [(account, amount), (group.account("1110"), str(-Decimal(amount)))], new_id()
    await run_sql(world, group.treasurer, group, posting_sql(group, "OTHER_EXPENSE", lines, entry=entry))
    return entry


async def spend_state(world: World, group: GroupOfPeople, account: UUID, amount: str) -> str | None:
    """The state with which the database refuses that; None if it does not."""
    lines = [(account, amount), (group.account("1110"), str(-Decimal(amount)))]
    return await sql_state(world, group.treasurer, group, posting_sql(group, "OTHER_EXPENSE", lines))
