from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.crypto.fingerprint import (
    DECIMAL_DIGITS_MAX,
    DEPTH_MAX,
    canonical_json,
    fingerprints,
)
from tests.persistence.crypto.samples import AMINA, KEYRING, ROTATED, STRANGERS

CONTRIBUTION = {"amount": Decimal("500.00"), "id": AMINA}
CONTRIBUTION_FINGERPRINT = "c75ec9eb70d7e3addffe1dc6b03259c61e30ae93665cd7f14064c3a0b8208b9d"


class Fund(StrEnum):
    SOCIAL = "SOCIAL"


class Cycle(IntEnum):
    SECOND = 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-7, "-7"),
        (10**30, "1" + "0" * 30),
        (Cycle.SECOND, "2"),
        ("", '""'),
        ("Chama cha Amani", '"Chama cha Amani"'),
        (Fund.SOCIAL, '"SOCIAL"'),
        ('quote " and \\ stroke', '"quote \\" and \\\\ stroke"'),
        ("line\nnext\ttab\x00\x1f", '"line\\nnext\\ttab\\u0000\\u001f"'),
        ("Wanjikũ", '"Wanjikũ"'),
        ("🐄", '"🐄"'),
        ([], "[]"),
        ([1, [2, None]], "[1,[2,null]]"),
        ((1, "a"), '[1,"a"]'),
        ({}, "{}"),
        ({"b": 1, "a": {"d": [], "c": None}}, '{"a":{"c":null,"d":[]},"b":1}'),
        ({"ä": 1, "z": 2, "Z": 3, "": 4}, '{"":4,"Z":3,"z":2,"ä":1}'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        (UUID("0192F0C1-7D2A-7C3E-8B1F-5A6B7C8D9E0F"), '"0192f0c1-7d2a-7c3e-8b1f-5a6b7c8d9e0f"'),
        (Decimal("1.500"), '"1.5"'),
        (Decimal("500.00"), '"500"'),
        (Decimal(500), '"500"'),
        (Decimal("5E+2"), '"500"'),
        (Decimal("100."), '"100"'),
        (Decimal("-0.00"), '"0"'),
        (Decimal("0E+5"), '"0"'),
        (Decimal("-12.340"), '"-12.34"'),
        (Decimal("1E-7"), '"0.0000001"'),
        (Decimal("1234567890123456789012345678901234567890.10"), '"1234567890123456789012345678901234567890.1"'),
        (date(2026, 3, 1), '"2026-03-01"'),
        (datetime(2026, 3, 1, 8, 30, tzinfo=UTC), '"2026-03-01T08:30:00Z"'),
        (datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=3))), '"2026-02-28T22:30:00Z"'),
        (datetime(2026, 3, 1, 8, 30, 0, 500_000, tzinfo=UTC), '"2026-03-01T08:30:00.500000Z"'),
    ],
)
def test_each_kind_of_value_has_one_canonical_text(value: object, expected: str) -> None:
    assert canonical_json(value) == expected.encode()


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), b"bytes", {1, 2}, time(8, 30), timedelta(1), object(), [1, 2.0], {"a": {"b": 0.1}}]
)
def test_a_value_without_canonical_form_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="a request holds no"):
        canonical_json(value)


@pytest.mark.parametrize("value", [{1: "a"}, {None: "a"}, {"a": 1, 2: 3}])
def test_a_field_without_a_name_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="have names"):
        canonical_json(value)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is a number"):
        canonical_json(Decimal(text))


@pytest.mark.parametrize("text", ["1E+999999", "1E-999999", "1" * (DECIMAL_DIGITS_MAX + 1), "0E+999999"])
def test_a_decimal_that_would_fill_the_memory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most 400 digits"):
        canonical_json(Decimal(text))


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has a zone"):
        canonical_json(datetime(2026, 3, 1, 8, 30))  # noqa: DTZ001 - the missing zone is the point


def test_depth_is_limited() -> None:
    nested: object = "core"
    for _ in range(DEPTH_MAX):
        nested = [nested]
    assert canonical_json(nested) == b"[" * 32 + b'"core"' + b"]" * 32
    with pytest.raises(ValueError, match="at most 32 levels"):
        canonical_json({"field": nested})


def test_lone_surrogates_have_a_fingerprint_of_their_own() -> None:
    halves = [canonical_json(text) for text in ("\ud83d", "\ude00", "\ud83d\ude00", "😀", "\\ud83d")]
    assert len(set(halves)) == 5


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def strictly(value: object) -> object:
    """The value in a form in which Python's equality keeps true apart from 1."""
    match value:
        case dict():
            return ("object", frozenset((name, strictly(item)) for name, item in value.items()))
        case list():
            return ("list", tuple(strictly(item) for item in value))
        case _:
            return (type(value).__name__, value)


@given(json_values, json_values)
def test_two_values_share_a_text_exactly_when_they_are_equal(one: object, other: object) -> None:
    assert (canonical_json(one) == canonical_json(other)) == (strictly(one) == strictly(other))


@given(json_values)
def test_the_text_reads_back_as_the_value_it_came_from(value: object) -> None:
    text = canonical_json(value).decode("utf-8", "surrogatepass")
    # The reader joins two half characters into one, which the canonical text keeps apart.
    if not any("\ud800" <= sign <= "\udfff" for sign in text):
        assert strictly(json.loads(text)) == strictly(value)


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=6), st.randoms())
def test_the_order_of_fields_does_not_matter(fields: dict[str, int], random: object) -> None:
    names = list(fields)
    random.shuffle(names)  # type: ignore[attr-defined] # hypothesis gives a Random without a public type
    assert canonical_json({name: fields[name] for name in names}) == canonical_json(fields)


@given(st.decimals(-(10**12), 10**12, places=4), st.integers(0, 6))
def test_a_decimal_keeps_its_value_whatever_its_zeros(value: Decimal, zeros: int) -> None:
    spelled = Decimal(f"{value:f}" + "0" * zeros)
    assert canonical_json(spelled) == canonical_json(value)
    assert Decimal(json.loads(canonical_json(value))) == value


def test_a_fingerprint_never_changes_since_stored_keys_are_compared_with_it() -> None:
    assert fingerprints(KEYRING, "contributionRecord", CONTRIBUTION)[0].hex() == CONTRIBUTION_FINGERPRINT


def test_a_fingerprint_is_hmac_sha256_of_operation_and_canonical_json() -> None:
    expected = hmac.new(
        KEYRING.current.fingerprint,
        b'contributionRecord\x00{"amount":"500","id":"0192f0c1-7d2a-7c3e-8b1f-5a6b7c8d9e0f"}',
        hashlib.sha256,
    ).digest()
    assert fingerprints(KEYRING, "contributionRecord", CONTRIBUTION)[0] == expected


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("fineRecord", CONTRIBUTION),
        ("contributionRecord", {}),
        ("contributionRecord", {"amount": Decimal("500.01"), "id": AMINA}),
        ("contributionRecord", {**CONTRIBUTION, "note": None}),
        ("contributionRecord", {**CONTRIBUTION, "note": ""}),
        ("contributionRecord", {"input": CONTRIBUTION}),
    ],
)
def test_another_request_has_another_fingerprint(operation: str, fields: Mapping[str, object]) -> None:
    assert fingerprints(KEYRING, operation, fields)[0].hex() != CONTRIBUTION_FINGERPRINT
    assert bytes.fromhex(CONTRIBUTION_FINGERPRINT) not in fingerprints(KEYRING, operation, fields)


def test_a_field_sent_as_null_is_not_a_field_left_out() -> None:
    assert fingerprints(KEYRING, "memberRevise", {"note": None})[0] != fingerprints(KEYRING, "memberRevise", {})[0]


def test_a_repeat_matches_what_was_stored_also_after_a_change_of_secret() -> None:
    stored = fingerprints(KEYRING, "contributionRecord", CONTRIBUTION)[0]
    repeat = {"id": AMINA, "amount": Decimal("5E+2")}
    assert stored in fingerprints(KEYRING, "contributionRecord", repeat)
    assert stored in fingerprints(ROTATED, "contributionRecord", repeat)
    assert stored not in fingerprints(STRANGERS, "contributionRecord", repeat)


@pytest.mark.parametrize("operation", ["", "fine\x00Record"])
def test_an_operation_without_a_proper_name_is_refused(operation: str) -> None:
    with pytest.raises(ValueError, match="has a name"):
        fingerprints(KEYRING, operation, {})
