"""Tampering with one thing at a time, as only a superuser can, and the faults that it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from tests.ledger.book import SmallBook, tampering
from tests.support.world import World

A, B, C = "$2::uuid", "$3::uuid", "$4::uuid"
FIRST, SECOND = "$5::uuid", "$6::uuid"
CASH, SHARES = "$7::uuid", "$8::uuid"
PARAMETERS = f"{A}, {B}, {C}, {FIRST}, {SECOND}, {CASH}, {SHARES}"

ALL_OF_IT = ("ledger.lines", "entry_number"), ("app.contributions", "entry_number"), ("ledger.entries", "number")


@dataclass(frozen=True, slots=True)
class Tampering:
    """Statements on the small book (`$1` is the tenant), and the faults that they leave."""

    statements: tuple[str, ...]
    faults: dict[str, int | None]


def entry(number: int, change: str, **faults: int | None) -> Tampering:
    return Tampering((f"UPDATE ledger.entries SET {change} WHERE tenant_id = $1 AND number = {number}",), faults)


def line(number: int, change: str, **faults: int | None) -> Tampering:
    return Tampering((f"UPDATE ledger.lines SET {change} WHERE tenant_id = $1 AND entry_number = {number}",), faults)


def contribution(change: str) -> Tampering:
    statement = f"UPDATE app.contributions SET {change} WHERE tenant_id = $1 AND entry_number = 2"
    return Tampering((statement,), {"CONTRIBUTION": 2})


def row(statement: str, **faults: int | None) -> Tampering:
    return Tampering((statement,), faults)


def deletion(number: int, **faults: int | None) -> Tampering:
    return Tampering(
        tuple(f"DELETE FROM {table} WHERE tenant_id = $1 AND {column} = {number}" for table, column in ALL_OF_IT),
        faults,
    )


def move(number: int, to: int) -> tuple[str, ...]:
    return tuple(
        f"UPDATE {table} SET {column} = {to} WHERE tenant_id = $1 AND {column} = {number}"
        for table, column in ALL_OF_IT
    )


def dated_back(number: int) -> tuple[str, ...]:
    """An entry, with what repeats its date, a day earlier."""
    return (
        f"UPDATE ledger.entries SET effective_on = effective_on - 1 WHERE tenant_id = $1 AND number = {number}",
        f"UPDATE ledger.lines SET effective_on = effective_on - 1 WHERE tenant_id = $1 AND entry_number = {number}",
    )


def rehashed(number: int) -> str:
    """The hash of an entry worked out anew, as whoever knows the specification could."""
    return f"""
        UPDATE ledger.entries e SET hash = (
            SELECT ledger.entry_hash(
                e.tenant_id, coalesce(
                    (SELECT p.hash FROM ledger.entries p WHERE p.tenant_id = e.tenant_id AND p.number = e.number - 1),
                    decode(repeat('00', 32), 'hex')
                ), e.number, e.id, e.kind, e.booked_at, e.effective_on, e.meeting_id, e.reverses_id, e.actor_id,
                count(*)::integer, string_agg(
                    ledger.line_bytes(l.account_id, l.member_id, l.currency, l.amount, l.base_amount, l.shares),
                    ''::bytea
                    ORDER BY l.line_number
                )
            ) FROM ledger.lines l WHERE l.tenant_id = e.tenant_id AND l.entry_number = e.number
        ) WHERE e.tenant_id = $1 AND e.number = {number}"""


async def tampered_with(world: World, book: SmallBook, tampering_with: Tampering) -> None:
    group = book.group
    arguments = (
        group.id,
        *group.members[:3],
        book.first_meeting,
        book.second_meeting,
        group.account("1110"),
        group.account("3100"),
    )
    async with tampering(world.superuser) as connection:
        for statement in tampering_with.statements:
            # Every statement is given every parameter, so that each can name those it needs.
            await connection.execute(f"WITH given AS (SELECT {PARAMETERS}) {statement.strip()}", *arguments)
