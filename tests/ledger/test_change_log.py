"""What the change log says of a transaction: what a reader who has not seen the record before must do."""

from __future__ import annotations

import asyncpg
import pytest

from tests.ledger.richbook import rich_book
from tests.support.world import World, shares


async def logged(world: World, number: int) -> set[tuple[str, str]]:
    rows = await world.superuser.fetch("SELECT entity, operation FROM app.changes WHERE number = $1", number)
    return {(row["entity"], row["operation"]) for row in rows}


async def last_number(world: World) -> int:
    return int(await world.superuser.fetchval("SELECT max(number) FROM app.changes"))


async def test_what_is_made_is_created_and_what_is_changed_is_updated(world: World) -> None:
    group = await world.group(members=4)
    # The register writes a member, then her name and what is private of her.
    assert await logged(world, await last_number(world)) == {("member", "CREATE")}
    meeting = await world.meeting(group)
    assert await logged(world, await last_number(world)) == {("meeting", "CREATE")}
    await world.record(group, meeting, shares(group.members[0], 1))
    assert await logged(world, await last_number(world)) == {("contribution", "CREATE"), ("entry", "CREATE")}
    # Closing writes the counts before the meeting itself.
    await world.close_meeting(group, meeting)
    assert await logged(world, await last_number(world)) == {("meeting", "UPDATE")}


async def test_what_stands_beside_the_entries_is_logged_as_well(world: World) -> None:
    book = await rich_book(world)
    rows = await world.superuser.fetch(
        "SELECT entity, operation, count(*) AS times FROM app.changes WHERE tenant_id = $1"
        " AND entity IN ('draft', 'hold', 'voucher', 'book', 'entry') GROUP BY entity, operation ORDER BY 1, 2",
        book.group.id,
    )
    assert [tuple(row) for row in rows] == [
        ("book", "UPDATE", 2),
        ("draft", "CREATE", 4),
        ("draft", "UPDATE", 3),
        ("entry", "CREATE", 16),
        ("hold", "CREATE", 3),
        ("hold", "UPDATE", 2),
        ("voucher", "CREATE", 6),
    ]


@pytest.mark.parametrize(
    ("statements", "operation"),
    [
        (["UPDATE app.members SET version = 2", "UPDATE app.members SET version = 3"], "UPDATE"),
        (["UPDATE app.member_names SET name = 'Another'"], "UPDATE"),
        (
            ["DELETE FROM app.member_keys", "DELETE FROM app.member_names", "UPDATE app.members SET version = 2"],
            "UPDATE",
        ),
        (
            [
                "UPDATE app.members SET version = 2",
                "DELETE FROM app.member_keys",
                "DELETE FROM app.member_names",
                "DELETE FROM app.member_private",
                "UPDATE app.memberships SET member_id = NULL",
                "DELETE FROM app.members",
            ],
            "DELETE",
        ),
    ],
)
async def test_of_several_changes_the_log_keeps_what_outweighs(
    world: World, statements: list[str], operation: str
) -> None:
    group = await world.group(members=4)
    connection: asyncpg.Connection = world.superuser
    async with connection.transaction():
        await connection.execute(
            "UPDATE ledger.heads SET change_number = change_number + 1, writer = pg_current_xact_id()"
            " WHERE tenant_id = $1",
            group.id,
        )
        for statement in statements:
            await connection.execute(statement)
    assert await logged(world, await last_number(world)) == {("member", operation)}
