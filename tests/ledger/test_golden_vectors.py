"""The golden entries of the hash chain, as the database hashes them: what was agreed on paper is what is posted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

GOLDEN = Path(__file__).parents[1] / "domain" / "golden" / "chain.json"
VECTORS = {vector["name"]: vector for vector in json.loads(GOLDEN.read_text(encoding="utf-8"))["entries"]}

_AMOUNT_BYTES = 16
_COUNT_BYTES = 4
_LINE_BYTES = 16 + 1 + 3 + _AMOUNT_BYTES + 1
_MEMBER_BYTES = 16
_SHARES_BYTES = 8

_LINE = "SELECT ledger.line_bytes($1, $2, $3, $4, $5, $6)"
# The moments go as text, since the driver takes the last day that Python knows for infinity.
_HASH = """
SELECT ledger.entry_hash(
    $1, $2, $3, $4, $5, ($6::text)::timestamptz, ($7::text)::date, $8, $9, $10, $11, $12
)
"""


def id_of(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


async def lines_by_the_database(superuser: asyncpg.Connection, lines: list[dict[str, Any]]) -> bytes:
    parts = [
        await superuser.fetchval(
            _LINE,
            id_of(line["account_id"]),
            id_of(line["member_id"]),
            line["currency"],
            Decimal(line["amount"]),
            Decimal(line["base_amount"]),
            None if line["shares"] is None else int(line["shares"]),
        )
        for line in lines
    ]
    return b"".join(parts)


async def hash_by_the_database(superuser: asyncpg.Connection, vector: Mapping[str, Any], lines: bytes) -> bytes:
    entry = vector["entry"]
    found: bytes = await superuser.fetchval(
        _HASH,
        id_of(entry["tenant_id"]),
        bytes.fromhex(vector["previous_hash"]),
        int(entry["number"]),
        id_of(entry["id"]),
        entry["kind"],
        entry["booked_at"],
        entry["effective_on"],
        id_of(entry["meeting_id"]),
        id_of(entry["reverses_id"]),
        id_of(entry["actor_id"]),
        len(entry["lines"]),
        lines,
    )
    return found


@pytest.mark.parametrize("name", VECTORS)
async def test_the_database_gives_a_golden_entry_its_bytes_and_hash(superuser: asyncpg.Connection, name: str) -> None:
    vector = VECTORS[name]
    entry = vector["entry"]
    lines = await lines_by_the_database(superuser, entry["lines"])
    length = sum(
        _LINE_BYTES + (_MEMBER_BYTES if line["member_id"] else 0) + (_SHARES_BYTES if line["shares"] else 0)
        for line in entry["lines"]
    )
    golden = bytes.fromhex(vector["bytes"])
    assert len(lines) == length
    assert golden[len(golden) - length - _COUNT_BYTES :] == len(entry["lines"]).to_bytes(_COUNT_BYTES) + lines
    found = await hash_by_the_database(superuser, vector, lines)
    assert found.hex() == vector["hash"]
    assert found == hashlib.sha256(golden).digest()


async def test_the_database_s_bytes_do_not_hang_on_the_zone_of_the_session(superuser: asyncpg.Connection) -> None:
    for zone in ("Africa/Nairobi", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        await superuser.execute("SELECT set_config('TimeZone', $1, false)", zone)
        for vector in VECTORS.values():
            lines = await lines_by_the_database(superuser, vector["entry"]["lines"])
            assert (await hash_by_the_database(superuser, vector, lines)).hex() == vector["hash"]


async def test_another_golden_entry_s_previous_hash_or_lines_give_another_hash(superuser: asyncpg.Connection) -> None:
    first, second, *_ = VECTORS.values()
    lines = await lines_by_the_database(superuser, second["entry"]["lines"])
    elsewhere = await hash_by_the_database(superuser, {**second, "previous_hash": first["previous_hash"]}, lines)
    exchanged = await lines_by_the_database(superuser, second["entry"]["lines"][::-1])
    assert elsewhere.hex() != second["hash"]
    assert (await hash_by_the_database(superuser, second, exchanged)).hex() != second["hash"]
