from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.crypto.envelope import (
    PLAINTEXT_BYTES_MAX,
    PersonCipher,
    PersonKeyDestroyed,
    SealBroken,
    WrappedKey,
    is_current,
    new_person_key,
    rewrap,
)
from persistence.crypto.keyring import Keyring
from tests.persistence.crypto.samples import AMINA, BARAKA, KEYRING, NEW_SECRET, ROTATED, STRANGERS

WRAPPED = new_person_key(KEYRING)
CIPHER = PersonCipher(KEYRING, WRAPPED)

STORED_KEY = WrappedKey(
    bytes.fromhex(
        "01c2820bc6dff528578b33b85e784e0fe41d03abc5a4d961d24effd49f35d02a4b19367758f3b6661a733e27810423eb85"
        "e35b6b2096ec27ffb031b707b4ec622450387fd8"
    )
)
STORED_PHONE = bytes.fromhex("01c87898341a0ea0354b69818e71f72fabd675b5c7aaf7bdc24819f3132782a8014c12456e0fd37daa40")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
columns = st.sampled_from(["phone", "phone_2", "national_id", "address"])


@given(columns, st.uuids(), texts)
def test_what_is_sealed_opens_again(column: str, owner: UUID, text: str) -> None:
    assert CIPHER.open(column, owner, CIPHER.seal(column, owner, text)) == text


def test_a_value_stored_by_the_first_release_still_opens() -> None:
    assert PersonCipher(KEYRING, STORED_KEY).open("phone", AMINA, STORED_PHONE) == "+254712345678"


@given(columns, columns, st.uuids(), st.uuids())
def test_a_value_opens_only_in_its_own_row_and_column(column: str, other: str, owner: UUID, another: UUID) -> None:
    sealed = CIPHER.seal(column, owner, "12 Biashara Street")
    if column != other:
        with pytest.raises(SealBroken):
            CIPHER.open(other, owner, sealed)
    if owner != another:
        with pytest.raises(SealBroken):
            CIPHER.open(column, another, sealed)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_sealed_value_with_any_byte_altered_does_not_open(position: int, change: int) -> None:
    altered = bytearray(STORED_PHONE)
    altered[position % len(altered)] ^= change
    with pytest.raises(SealBroken):
        PersonCipher(KEYRING, STORED_KEY).open("phone", AMINA, bytes(altered))


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_wrapped_key_with_any_byte_altered_does_not_open(position: int, change: int) -> None:
    altered = bytearray(STORED_KEY)
    altered[position % len(altered)] ^= change
    with pytest.raises(SealBroken):
        PersonCipher(KEYRING, WrappedKey(bytes(altered)))


@pytest.mark.parametrize("length", range(len(STORED_PHONE)))
def test_a_sealed_value_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(SealBroken):
        PersonCipher(KEYRING, STORED_KEY).open("phone", AMINA, STORED_PHONE[:length])


@pytest.mark.parametrize("wrapped", [b"", STORED_KEY[:-1], STORED_KEY + b"\x00", b"\x02" + STORED_KEY[1:]])
def test_a_wrapped_key_of_another_shape_is_refused(wrapped: bytes) -> None:
    with pytest.raises(SealBroken, match="not a person's wrapped key"):
        PersonCipher(KEYRING, WrappedKey(wrapped))


def test_a_value_sealed_for_one_person_does_not_open_with_the_key_of_another() -> None:
    with pytest.raises(SealBroken, match=f"in phone of {AMINA} does not open"):
        PersonCipher(KEYRING, new_person_key(KEYRING)).open(
            "phone", AMINA, CIPHER.seal("phone", AMINA, "+254700000000")
        )


def test_the_master_key_of_another_installation_opens_nothing() -> None:
    with pytest.raises(SealBroken, match=r"master key c2820bc6dff52857, which is not in the keyring"):
        PersonCipher(STRANGERS, STORED_KEY)


def test_equal_values_are_sealed_into_different_bytes() -> None:
    assert len({CIPHER.seal("phone", AMINA, "+254700000000") for _ in range(100)}) == 100


def test_person_keys_differ_and_their_length_is_fixed() -> None:
    keys = {new_person_key(KEYRING) for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {69}


def test_a_sealed_value_is_longer_than_its_text_by_29_bytes_and_does_not_hold_it() -> None:
    sealed = CIPHER.seal("address", AMINA, "Kisumu Ndogo")
    assert len(sealed) == len("Kisumu Ndogo") + 29
    assert b"Kisumu" not in sealed


def test_after_the_key_is_destroyed_values_read_as_none_and_nothing_can_be_sealed() -> None:
    destroyed = PersonCipher(KEYRING, None)
    assert destroyed.open("phone", AMINA, STORED_PHONE) is None
    with pytest.raises(PersonKeyDestroyed):
        destroyed.seal("phone", AMINA, "+254700000000")


def test_a_value_that_was_never_recorded_reads_as_none() -> None:
    assert CIPHER.open("phone", BARAKA, None) is None


def test_after_a_change_of_master_secret_stored_keys_open_and_can_be_wrapped_anew() -> None:
    assert PersonCipher(ROTATED, STORED_KEY).open("phone", AMINA, STORED_PHONE) == "+254712345678"
    assert is_current(KEYRING, STORED_KEY)
    assert not is_current(ROTATED, STORED_KEY)

    renewed = rewrap(ROTATED, STORED_KEY)
    assert is_current(ROTATED, renewed)
    only_new = Keyring.from_secret(NEW_SECRET)
    assert PersonCipher(only_new, renewed).open("phone", AMINA, STORED_PHONE) == "+254712345678"


def test_new_keys_are_wrapped_by_the_current_secret_only() -> None:
    wrapped = new_person_key(ROTATED)
    assert is_current(ROTATED, wrapped)
    with pytest.raises(SealBroken):
        PersonCipher(KEYRING, wrapped)


def test_a_longer_text_than_any_column_is_refused() -> None:
    longest = "é" * (PLAINTEXT_BYTES_MAX // 2)
    assert CIPHER.open("address", AMINA, CIPHER.seal("address", AMINA, longest)) == longest
    with pytest.raises(ValueError, match="has 16385 bytes; at most 16384"):
        CIPHER.seal("address", AMINA, longest + "e")


def test_half_a_character_is_refused_without_the_text_in_the_error() -> None:
    with pytest.raises(ValueError, match="not valid Unicode") as raised:
        CIPHER.seal("address", AMINA, "Kisumu \ud800")
    assert not isinstance(raised.value, UnicodeEncodeError)
    assert raised.value.__cause__ is None
