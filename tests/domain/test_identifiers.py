from __future__ import annotations

import os
import secrets
import threading
import time
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import identifiers
from domain.identifiers import NotAnId, derived_id, new_id, parse_id


def test_a_new_id_is_of_version_7_with_the_time_in_front() -> None:
    before = time.time_ns() // 1_000_000
    minted = new_id()
    after = time.time_ns() // 1_000_000
    assert (minted.version, minted.variant) == (7, RFC_4122)
    # Earlier ids of this process may have run ahead of the clock by a step or two.
    assert before <= minted.int >> 80 <= after + 2


def test_ids_grow_within_a_process() -> None:
    minted = [new_id() for _ in range(20_000)]
    assert minted == sorted(set(minted))


def test_ids_of_several_threads_are_distinct_and_grow_in_each() -> None:
    minted: list[list[UUID]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda own=own: own.extend(new_id() for _ in range(2_000))) for own in minted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in minted)
    assert len({item for own in minted for item in own}) == 8_000


def test_ids_grow_when_the_clock_steps_back() -> None:
    mint = identifiers._Version7().mint
    minted = [mint(now) for now in (1_000, 1_000, 400, 999, 1_001, 5)]
    assert minted == sorted(set(minted))
    assert [value >> 80 for value in minted] == [1_000, 1_000, 1_000, 1_000, 1_001, 1_001]


def test_a_full_random_part_carries_into_the_time() -> None:
    minter = identifiers._Version7()
    first = minter.mint(1_000)
    minter._tail = (1 << 74) - 1
    second = minter.mint(1_000)
    assert (first >> 80, second >> 80) == (1_000, 1_001)
    assert UUID(int=second).version == 7


def test_every_bit_of_the_random_part_has_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    minter = identifiers._Version7()
    minter.mint(0x0123456789AB)
    minter._tail = (0xABC << 62 | 0x3FFFFFFFFFFFFFF0) - 1
    monkeypatch.setattr(secrets, "randbits", lambda _: 0)
    assert str(UUID(int=minter.mint(0))) == "01234567-89ab-7abc-bfff-fffffffffff0"


def test_another_process_does_not_go_on_where_its_parent_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    minter = identifiers._Version7()
    minter.mint(1_000)
    tail = minter._tail
    monkeypatch.setattr(os, "getpid", lambda: -1)
    minter.mint(1_000)
    # Going on would have added at most 2**32; a fresh tail of 73 random bits lies that near once in 2**40.
    assert abs(minter._tail - tail) > 2**33


@given(st.uuids())
def test_an_id_reads_back(value: UUID) -> None:
    assert parse_id(str(value)) == value
    assert parse_id(str(value).upper()) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0198c0de-0000-7000-8000-00000000000",
        "0198c0de-0000-7000-8000-0000000000011",
        "0198c0de000070008000000000000001",
        "{0198c0de-0000-7000-8000-000000000001}",
        "urn:uuid:0198c0de-0000-7000-8000-000000000001",
        " 0198c0de-0000-7000-8000-000000000001",
        "0198c0de-0000-7000-8000-000000000001\n",
        "0198c0de-00007-000-8000-000000000001",
        "0198c0dg-0000-7000-8000-000000000001",
        "\uff10198c0de-0000-7000-8000-000000000001",
        "0198c0de_0000_7000_8000_000000000001",
    ],
)
def test_what_is_no_canonical_uuid_is_refused(text: str) -> None:
    with pytest.raises(NotAnId):
        parse_id(text)


def test_a_derived_id_is_the_same_each_time_and_as_old_as_its_base() -> None:
    base = UUID("01a1f891-f6d3-7460-abf7-94407153d79e")
    derived = derived_id(base, "item 0")
    assert derived == derived_id(base, "item 0")
    assert (derived.version, derived.variant, derived.int >> 80) == (8, base.variant, base.int >> 80)
    assert str(derived) == "01a1f891-f6d3-8c59-80a6-a42a8f929c63"


@given(base=st.uuids(), names=st.lists(st.text(), unique=True, max_size=20))
def test_what_differs_in_name_or_base_differs_in_its_derived_id(base: UUID, names: list[str]) -> None:
    other = UUID(int=base.int ^ 1)
    made = {derived_id(one, name) for one in (base, other) for name in names}
    assert len(made) == 2 * len(names)
