from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.crypto.blind_index import BlindIndexPurpose, blind_index, blind_indexes
from tests.persistence.crypto.samples import KEYRING, ROTATED, STRANGERS

PHONE = "+254712345678"
PHONE_INDEX = "5c19dd7aac7ce660ef71c7174bacb2dcfa13e7962e974515087ec5b4b7c79aec"

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def test_an_index_never_changes_since_stored_rows_are_found_by_it() -> None:
    assert blind_index(KEYRING, BlindIndexPurpose.PHONE, PHONE).hex() == PHONE_INDEX


def test_an_index_is_hmac_sha256_of_purpose_and_value() -> None:
    expected = hmac.new(KEYRING.current.blind_index, b"national-id\x00KE:12345678", hashlib.sha256).digest()
    assert blind_index(KEYRING, BlindIndexPurpose.NATIONAL_ID, "KE:12345678") == expected


def test_another_process_gives_the_same_index() -> None:
    program = (
        "from persistence.crypto.keyring import Keyring\n"
        "from persistence.crypto.blind_index import BlindIndexPurpose, blind_index\n"
        f"print(blind_index(Keyring.from_secret(bytes(range(32))), BlindIndexPurpose.PHONE, {PHONE!r}).hex())"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == PHONE_INDEX


@given(
    st.tuples(st.sampled_from(BlindIndexPurpose), texts),
    st.tuples(st.sampled_from(BlindIndexPurpose), texts),
)
def test_indexes_are_equal_exactly_when_purpose_and_value_are(
    one: tuple[BlindIndexPurpose, str], other: tuple[BlindIndexPurpose, str]
) -> None:
    assert (blind_index(KEYRING, *one) == blind_index(KEYRING, *other)) == (one == other)
    assert len(blind_index(KEYRING, *one)) == 32


def test_one_text_has_an_index_of_its_own_for_each_purpose() -> None:
    assert len({blind_index(KEYRING, purpose, "12345678") for purpose in BlindIndexPurpose}) == len(BlindIndexPurpose)


def test_another_installation_gives_another_index() -> None:
    assert blind_index(STRANGERS, BlindIndexPurpose.PHONE, PHONE).hex() != PHONE_INDEX


def test_a_search_after_a_change_of_secret_looks_for_the_new_index_and_the_old() -> None:
    assert blind_indexes(ROTATED, BlindIndexPurpose.PHONE, PHONE) == (
        blind_index(STRANGERS, BlindIndexPurpose.PHONE, PHONE),
        blind_index(KEYRING, BlindIndexPurpose.PHONE, PHONE),
    )
    assert blind_index(ROTATED, BlindIndexPurpose.PHONE, PHONE) == blind_index(
        STRANGERS, BlindIndexPurpose.PHONE, PHONE
    )


def test_an_empty_value_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        blind_index(KEYRING, BlindIndexPurpose.EMAIL, "")
    with pytest.raises(ValueError, match="empty"):
        blind_indexes(KEYRING, BlindIndexPurpose.EMAIL, "")
