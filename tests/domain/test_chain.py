from __future__ import annotations

import hashlib
import json
import re
import struct
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.chain import GENESIS, ChainedEntry, ChainedLine, canonical_bytes, closing_code, entry_hash

HERE = Path(__file__).resolve().parent
GOLDEN = json.loads((HERE / "golden" / "chain.json").read_text(encoding="utf-8"))
VECTORS = {vector["name"]: vector for vector in GOLDEN["entries"]}
SPECIFICATION = (HERE.parents[1] / "docs" / "hash-chain.md").read_text(encoding="utf-8")


def optional_id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def entry_of(values: dict[str, Any]) -> ChainedEntry:
    lines = tuple(
        ChainedLine(
            UUID(line["account_id"]),
            optional_id(line["member_id"]),
            line["currency"],
            Decimal(line["amount"]),
            Decimal(line["base_amount"]),
            None if line["shares"] is None else int(line["shares"]),
        )
        for line in values["lines"]
    )
    return ChainedEntry(
        tenant_id=UUID(values["tenant_id"]),
        number=int(values["number"]),
        id=UUID(values["id"]),
        kind=values["kind"],
        booked_at=datetime.fromisoformat(values["booked_at"]),
        effective_on=date.fromisoformat(values["effective_on"]),
        meeting_id=optional_id(values["meeting_id"]),
        reverses_id=optional_id(values["reverses_id"]),
        actor_id=optional_id(values["actor_id"]),
        lines=lines,
    )


def bytes_by_the_specification(values: dict[str, Any], previous_hash: bytes) -> bytes:
    """Written from docs/hash-chain.md on plain strings, with nothing of the code under test."""

    def raw(text: str) -> bytes:
        return bytes.fromhex(text.replace("-", ""))

    def maybe(text: str | None) -> bytes:
        return struct.pack(">?", False) if text is None else struct.pack(">?16s", True, raw(text))

    def units(text: str) -> int:
        whole, _, fraction = text.lstrip("-").partition(".")
        assert len(fraction) <= 4
        count = int(whole + fraction.ljust(4, "0"))
        return -count if text.startswith("-") else count

    moment = re.fullmatch(r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(?:\.(\d{6}))?\+00:00", values["booked_at"])
    assert moment is not None
    year, month, day, hour, minute, second, fraction = (int(part or 0) for part in moment.groups())
    seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    effective = days_from_civil(*(int(part) for part in values["effective_on"].split("-")))
    kind = values["kind"].encode("utf-8")
    data = struct.pack(
        ">B16s32sq16s", 1, raw(values["tenant_id"]), previous_hash, int(values["number"]), raw(values["id"])
    )
    data += struct.pack(f">h{len(kind)}s", len(kind), kind)
    data += struct.pack(">qi", seconds * 1_000_000 + fraction, effective)
    data += maybe(values["meeting_id"]) + maybe(values["reverses_id"]) + maybe(values["actor_id"])
    data += struct.pack(">i", len(values["lines"]))
    for line in values["lines"]:
        data += raw(line["account_id"]) + maybe(line["member_id"]) + line["currency"].encode("ascii")
        data += struct.pack(">qq", units(line["amount"]), units(line["base_amount"]))
        data += b"\0" if line["shares"] is None else struct.pack(">?q", True, int(line["shares"]))
    return data


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar, counted without the standard library's calendar."""

    def is_leap(which: int) -> bool:
        return which % 4 == 0 and (which % 100 != 0 or which % 400 == 0)

    def before(which: int) -> int:
        past = which - 1
        return past * 365 + past // 4 - past // 100 + past // 400

    lengths = [31, 29 if is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return before(year) - before(1970) + sum(lengths[: month - 1]) + day - 1


@pytest.mark.parametrize("name", VECTORS)
def test_a_golden_entry_has_its_bytes_and_hash(name: str) -> None:
    vector = VECTORS[name]
    previous = bytes.fromhex(vector["previous_hash"])
    assert canonical_bytes(entry_of(vector["entry"]), previous).hex() == vector["bytes"]
    assert entry_hash(entry_of(vector["entry"]), previous).hex() == vector["hash"]


@pytest.mark.parametrize("name", VECTORS)
def test_a_golden_entry_can_be_rebuilt_from_the_specification_alone(name: str) -> None:
    vector = VECTORS[name]
    data = bytes_by_the_specification(vector["entry"], bytes.fromhex(vector["previous_hash"]))
    assert data.hex() == vector["bytes"]
    assert hashlib.sha256(data).hexdigest() == vector["hash"]


def test_the_golden_entries_cover_what_goes_wrong() -> None:
    entries = [vector["entry"] for vector in VECTORS.values()]
    lines = [line for entry in entries for line in entry["lines"]]
    assert len(entries) >= 6
    for name in ("meeting_id", "reverses_id", "actor_id"):
        assert {entry[name] is None for entry in entries} == {True, False}
    assert {line["member_id"] is None for line in lines} == {True, False}
    assert {"UGX", "KES", "BHD"} <= {line["currency"] for line in lines}
    assert {"100000000000000.00", "-100000000000000.00"} <= {line["amount"] for line in lines}
    assert any(entry["booked_at"] < "1970" and entry["effective_on"] < "1970" for entry in entries)
    assert any(re.search(r"\.\d*[1-9]\+", entry["booked_at"]) for entry in entries)
    assert {None, "1", "-1", "2147483647", "-2147483647"} == {line["shares"] for line in lines}
    (reversal,) = [e for e in entries if any(line["shares"] == "-1" for line in e["lines"])]
    assert reversal["reverses_id"] == entries[0]["id"]


def test_the_golden_entries_of_one_book_form_a_chain() -> None:
    book = [vector for vector in GOLDEN["entries"] if vector["entry"]["tenant_id"].endswith("a001")]
    previous = GENESIS
    for number, vector in enumerate(book, start=1):
        assert int(vector["entry"]["number"]) == number
        assert vector["previous_hash"] == previous.hex()
        previous = bytes.fromhex(vector["hash"])
    assert len(book) == 5


def test_the_entry_in_the_documentation_is_the_first_golden_one() -> None:
    written = re.findall(r"^\| [^|]+ \| [^|]+ \| `([0-9a-f ]+)` \|$", SPECIFICATION, flags=re.MULTILINE)
    vector = GOLDEN["entries"][0]
    assert "".join(written).replace(" ", "") == vector["bytes"]
    assert vector["hash"] in SPECIFICATION
    assert closing_code(bytes.fromhex(vector["hash"])) in SPECIFICATION


FIRST = entry_of(GOLDEN["entries"][0]["entry"])
OTHER = UUID(int=1)


@pytest.mark.parametrize(
    "changed",
    [
        replace(FIRST, tenant_id=OTHER), replace(FIRST, number=2), replace(FIRST, id=OTHER),
        replace(FIRST, kind="FINE"),
        replace(FIRST, booked_at=FIRST.booked_at + timedelta(microseconds=1)),
        replace(FIRST, effective_on=FIRST.effective_on + timedelta(days=1)), replace(FIRST, meeting_id=None),
        replace(FIRST, reverses_id=OTHER), replace(FIRST, actor_id=None), replace(FIRST, lines=FIRST.lines[:1]),
        replace(FIRST, lines=FIRST.lines[::-1]),
        replace(FIRST, meeting_id=FIRST.reverses_id, reverses_id=FIRST.meeting_id),
        replace(FIRST, lines=(replace(FIRST.lines[0], account_id=OTHER), *FIRST.lines[1:])),
        replace(FIRST, lines=(replace(FIRST.lines[0], member_id=OTHER), *FIRST.lines[1:])),
        replace(FIRST, lines=(replace(FIRST.lines[0], currency="UGX"), *FIRST.lines[1:])),
        replace(FIRST, lines=(replace(FIRST.lines[0], amount=Decimal("200.01")), *FIRST.lines[1:])),
        replace(FIRST, lines=(replace(FIRST.lines[0], base_amount=Decimal("200.01")), *FIRST.lines[1:])),
        replace(FIRST, lines=(replace(FIRST.lines[0], shares=0), *FIRST.lines[1:])),
        replace(FIRST, lines=(*FIRST.lines[:1], replace(FIRST.lines[1], shares=2))),
        replace(FIRST, lines=(*FIRST.lines[:1], replace(FIRST.lines[1], shares=None))),
    ],
)  # fmt: skip
def test_any_change_to_an_entry_changes_its_hash(changed: ChainedEntry) -> None:
    assert entry_hash(changed, GENESIS) != entry_hash(FIRST, GENESIS)


def test_a_change_to_the_past_changes_the_hash_of_what_follows() -> None:
    assert entry_hash(FIRST, GENESIS) != entry_hash(FIRST, bytes(31) + b"\x01")


def test_zeros_that_the_database_adds_change_nothing() -> None:
    lines = tuple(replace(line, amount=line.amount.quantize(Decimal("0.0001"))) for line in FIRST.lines)
    assert canonical_bytes(replace(FIRST, lines=lines), GENESIS) == canonical_bytes(FIRST, GENESIS)


@pytest.mark.parametrize(
    ("changed", "previous"),
    [
        (FIRST, bytes(31)),
        (FIRST, bytes(33)),
        (replace(FIRST, number=2**63), GENESIS),
        (replace(FIRST, kind="K" * 32_768), GENESIS),
        (replace(FIRST, kind="\ud800"), GENESIS),
        (replace(FIRST, booked_at=FIRST.booked_at.replace(tzinfo=None)), GENESIS),
        (replace(FIRST, booked_at=FIRST.booked_at.astimezone(timezone(timedelta(hours=3)))), GENESIS),
        (replace(FIRST, lines=(replace(FIRST.lines[0], currency="kes"),)), GENESIS),
        (replace(FIRST, lines=(replace(FIRST.lines[0], currency="KESX"),)), GENESIS),
        (replace(FIRST, lines=(replace(FIRST.lines[0], amount=Decimal("0.00001")),)), GENESIS),
        (replace(FIRST, lines=(replace(FIRST.lines[0], base_amount=Decimal("100000000000000.01")),)), GENESIS),
        (replace(FIRST, lines=(replace(FIRST.lines[0], amount=Decimal("NaN")),)), GENESIS),
        (replace(FIRST, lines=(replace(FIRST.lines[0], shares=2**63),)), GENESIS),
    ],
)
def test_what_the_specification_has_no_place_for_is_refused(changed: ChainedEntry, previous: bytes) -> None:
    with pytest.raises(ValueError):
        canonical_bytes(changed, previous)


ids = st.uuids().map(str)
amounts = st.decimals(-(10**14), 10**14, places=4, allow_nan=False, allow_infinity=False).map(
    lambda value: f"{value:f}"
)
lines_drawn = st.fixed_dictionaries(
    {
        "account_id": ids,
        "member_id": st.none() | ids,
        "currency": st.sampled_from(["KES", "UGX", "BHD"]),
        "amount": amounts,
        "base_amount": amounts,
        "shares": st.none() | st.integers(-(2**63), 2**63 - 1).map(str),
    },
)
entries_drawn = st.fixed_dictionaries(
    {
        "tenant_id": ids,
        "number": st.integers(1, 2**63 - 1).map(str),
        "id": ids,
        "kind": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
        "booked_at": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
        "effective_on": st.dates().map(date.isoformat),
        "meeting_id": st.none() | ids,
        "reverses_id": st.none() | ids,
        "actor_id": st.none() | ids,
        "lines": st.lists(lines_drawn, max_size=4),
    },
)


@given(entries_drawn, st.binary(min_size=32, max_size=32))
def test_any_entry_is_built_as_the_specification_says(values: dict[str, Any], previous: bytes) -> None:
    assert canonical_bytes(entry_of(values), previous) == bytes_by_the_specification(values, previous)


@pytest.mark.parametrize("vector", GOLDEN["closing_codes"], ids=lambda vector: vector["code"])
def test_a_golden_head_has_its_closing_code(vector: dict[str, str]) -> None:
    assert closing_code(bytes.fromhex(vector["head_hash"])) == vector["code"]


@given(st.binary(min_size=32, max_size=32))
def test_a_closing_code_is_the_first_thirty_bits_in_crockford_s_letters(head: bytes) -> None:
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(b"kibubu-closing-1" + head).digest())[:30]
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    assert closing_code(head) == "".join(letters[int(bits[at : at + 5], 2)] for at in range(0, 30, 5))


def test_a_closing_code_needs_a_whole_hash() -> None:
    with pytest.raises(ValueError):
        closing_code(b"")
