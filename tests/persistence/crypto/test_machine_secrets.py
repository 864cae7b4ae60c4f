"""What a program sends: recognised at a glance, found out if a character is wrong, known by keyed digests alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import string
import zlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identifiers import new_id
from persistence.crypto.keyring import Keyring
from persistence.crypto.machine_secrets import is_machine_token, new_machine_token, read_machine_token
from persistence.crypto.tokens import TokenInvalid

SECRET, OTHER = bytes(range(32)), bytes(range(100, 132))
KEYRING = Keyring.from_secret(SECRET)
ROTATED = Keyring.from_secret(OTHER, previous=(SECRET,))
ID = UUID("01a1f947-e64b-732b-87c0-60dd00000001")
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Made once, and kept here so that no release forgets how to read it.
KEPT = "kbb_01a1f947e64b732b87c060dd00000001_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"


def number_of(checksum: str) -> int:
    number = 0
    for character in checksum:
        number = number * 62 + ALPHABET.index(character)
    return number


def test_a_token_names_its_credential_and_is_another_each_time() -> None:
    tokens = [new_machine_token(KEYRING, ID) for _ in range(50)]
    assert len({token.text for token in tokens}) == 50
    for token in tokens:
        assert re.fullmatch(r"kbb_01a1f947e64b732b87c060dd00000001_[0-9A-Za-z]{49}", token.text)
        assert is_machine_token(token.text)
        assert token.credential_id == ID
        assert read_machine_token(KEYRING, token.text) == token


def test_a_scanner_can_check_a_token_without_a_key() -> None:
    text = new_machine_token(KEYRING, ID).text
    assert number_of(text[-6:]) == zlib.crc32(text[:-6].encode())


def test_a_token_of_an_earlier_release_is_still_read() -> None:
    token = read_machine_token(KEYRING, KEPT + "3wuiSJ")
    assert token.credential_id == ID
    assert token.digests[0].hex() == "98f428a4fe40897cee80cf0d8a43e6a739a1b6bae6a83e380d9b83e791c94efa"


def test_the_digest_is_keyed() -> None:
    token = new_machine_token(KEYRING, ID)
    assert token.digests == (hmac.digest(KEYRING.current.machine_secret, token.text.encode(), hashlib.sha256),)
    assert read_machine_token(Keyring.from_secret(OTHER), token.text).digests != token.digests


def test_a_token_is_known_under_an_earlier_master_secret_and_made_under_the_current_one() -> None:
    old = new_machine_token(KEYRING, ID)
    assert old.digests[0] in read_machine_token(ROTATED, old.text).digests
    new = new_machine_token(ROTATED, ID)
    assert new.digests[0] == hmac.digest(ROTATED.current.machine_secret, new.text.encode(), hashlib.sha256)


def test_nothing_secret_is_shown() -> None:
    token = new_machine_token(KEYRING, ID)
    assert token.text[37:] not in repr(token)
    assert repr(token) == f"MachineToken(credential_id={ID!r})"


@given(place=st.integers(0, 85), character=st.sampled_from(ALPHABET + "_-. "))
def test_a_token_with_one_wrong_character_is_none(place: int, character: str) -> None:
    text = new_machine_token(KEYRING, new_id()).text
    wrong = text[:place] + character + text[place + 1 :]
    if wrong != text:
        with pytest.raises(TokenInvalid, match="the machine credential is malformed"):
            read_machine_token(KEYRING, wrong)


@pytest.mark.parametrize("text", ["", "kbb_", "kbb", KEPT, KEPT + "00000é", KEPT + "\uff13wuiSJ", "kbr_" + "A" * 43])
def test_what_is_not_shaped_as_a_token_is_none(text: str) -> None:
    with pytest.raises(TokenInvalid):
        read_machine_token(KEYRING, text)


def test_a_token_cut_off_or_with_more_behind_it_is_none() -> None:
    text = new_machine_token(KEYRING, ID).text
    for wrong in (text[:-1], text + "0", text + "\n", " " + text, text.upper()):
        with pytest.raises(TokenInvalid):
            read_machine_token(KEYRING, wrong)
