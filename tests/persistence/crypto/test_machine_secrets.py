"""What a program sends: recognised at a glance, made by the installation alone, known to the database by a digest."""

from __future__ import annotations

import re
import string
import zlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identifiers import new_id
from persistence.crypto import machine_secrets
from persistence.crypto.keyring import Keyring
from persistence.crypto.machine_secrets import is_machine_token, new_machine_token, read_machine_token
from persistence.crypto.tokens import TokenInvalid

SECRET, OTHER = bytes(range(32)), bytes(range(100, 132))
KEYRING = Keyring.from_secret(SECRET)
ROTATED = Keyring.from_secret(OTHER, previous=(SECRET,))
ID = UUID("01a1f947-e64b-732b-87c0-60dd00000001")
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Made once, and kept here so that no release forgets how to read it, nor what the database knows it by.
KEPT = (
    "kbb_01a1f947e64b732b87c060dd00000001_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQF4F9470jWwZ1xRzdt",
    "e7ea2bf57c2cbff3bb2a03a6c3a612f49d28e6bdd7aea9da9acc4908ce7e56d6",
)


def number_of(checksum: str) -> int:
    number = 0
    for character in checksum:
        number = number * 62 + ALPHABET.index(character)
    return number


def test_a_token_names_its_credential_and_is_another_each_time() -> None:
    tokens = [new_machine_token(KEYRING, ID) for _ in range(50)]
    assert len({token.text for token in tokens}) == len({token.digest for token in tokens}) == 50
    for token in tokens:
        assert re.fullmatch(r"kbb_01a1f947e64b732b87c060dd00000001_[0-9A-Za-z]{60}", token.text)
        assert is_machine_token(token.text)
        assert token.credential_id == ID
        assert read_machine_token(KEYRING, token.text) == token


def test_a_scanner_can_check_a_token_without_a_key() -> None:
    text = new_machine_token(KEYRING, ID).text
    assert number_of(text[-6:]) == zlib.crc32(text[:-6].encode())


def test_a_token_of_an_earlier_release_is_still_read_and_known() -> None:
    token = read_machine_token(KEYRING, KEPT[0])
    assert (token.credential_id, token.digest.hex()) == (ID, KEPT[1])


def test_a_token_is_read_under_an_earlier_master_secret_and_made_under_the_current_one() -> None:
    old = new_machine_token(KEYRING, ID)
    assert read_machine_token(ROTATED, old.text) == old
    new = new_machine_token(ROTATED, ID)
    assert read_machine_token(ROTATED, new.text) == new
    with pytest.raises(TokenInvalid):
        read_machine_token(KEYRING, new.text)


def test_another_installation_knows_nothing_of_a_token() -> None:
    with pytest.raises(TokenInvalid):
        read_machine_token(Keyring.from_secret(OTHER), new_machine_token(KEYRING, ID).text)


def test_a_seal_with_a_right_checksum_made_without_the_key_is_found_out() -> None:
    """Anybody can work out the checksum."""
    text = new_machine_token(KEYRING, ID).text
    for body in (
        text[:-7] + ("0" if text[-7] != "0" else "1"),
        text[:-6].replace("kbb_01", "kbb_02"),
        text[:40] + ("A" if text[40] != "A" else "B") + text[41:-6],
    ):
        with pytest.raises(TokenInvalid):
            read_machine_token(KEYRING, body + machine_secrets._checksum(body))


def test_nothing_secret_is_shown() -> None:
    token = new_machine_token(KEYRING, ID)
    assert repr(token) == f"MachineToken(credential_id={ID!r})"


@given(place=st.integers(0, 96), character=st.sampled_from(ALPHABET + "_-. "))
def test_a_token_with_one_wrong_character_is_none(place: int, character: str) -> None:
    text = new_machine_token(KEYRING, new_id()).text
    wrong = text[:place] + character + text[place + 1 :]
    if wrong != text:
        with pytest.raises(TokenInvalid, match="the machine credential is malformed, or none of ours"):
            read_machine_token(KEYRING, wrong)


@pytest.mark.parametrize("text", ["", "kbb_", "kbb", KEPT[0][:-1] + "é", KEPT[0][:-1] + "\uff11", "kbr_" + "A" * 43])
def test_what_is_not_shaped_as_a_token_is_none(text: str) -> None:
    with pytest.raises(TokenInvalid):
        read_machine_token(KEYRING, text)


def test_a_token_cut_off_or_with_more_behind_it_is_none() -> None:
    text = new_machine_token(KEYRING, ID).text
    for wrong in (text[:-1], text + "0", text + "\n", " " + text, text.upper()):
        with pytest.raises(TokenInvalid):
            read_machine_token(KEYRING, wrong)
