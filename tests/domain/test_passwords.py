from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.access.passwords import (
    COMMON_PASSWORDS,
    PasswordNotAllowed,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    check_password,
    normalise_password,
)
from domain.errors import DomainError


def wide(text: str) -> str:
    """The letters as a Chinese or Japanese keyboard may write them."""
    return "".join(chr(ord(letter) - 0x20 + 0xFF00) for letter in text)


@pytest.mark.parametrize(
    "text", ["mkate na chai", "correcthorse", "aaaaaaab", "  spaces  ", "ngombe🐄🐄", "Kĩkũyũ-ũhoro"]
)
def test_an_ordinary_password_is_taken_as_it_is(text: str) -> None:
    assert check_password(text) == text


@pytest.mark.parametrize("text", ["", "a", "short", "1234567", "🐄🐐🐓🐑🐖🐃🐂"])
def test_fewer_than_eight_characters_are_too_short(text: str) -> None:
    with pytest.raises(PasswordTooShort) as raised:
        check_password(text)
    assert raised.value.minimum == 8
    assert raised.value.message == "Choose a password of at least 8 characters."


def test_eight_characters_are_enough() -> None:
    assert check_password("abcdefg!") == "abcdefg!"


@pytest.mark.parametrize("text", ["ﷺ", "e\u0301" * 4 + "abc"])
def test_characters_are_counted_both_as_typed_and_as_normalised(text: str) -> None:
    with pytest.raises(PasswordTooShort):
        check_password(text)


@pytest.mark.parametrize("text", ["ab" * 512 + "c", "é" * 513, "x" * 1_000_000, "ab" + "ﷺ" * 100])
def test_more_than_1024_bytes_are_too_long(text: str) -> None:
    for rule in (check_password, normalise_password):
        with pytest.raises(PasswordTooLong) as raised:
            rule(text)
        assert raised.value.maximum == 1024
        assert raised.value.message == "Choose a password of at most 1,024 bytes."


@pytest.mark.parametrize("text", ["ab" * 512, "éb" * 341 + "c"])
def test_1024_bytes_are_allowed(text: str) -> None:
    assert len(text.encode()) == 1024
    assert check_password(text) == text


@pytest.mark.parametrize("text", ["mkate\x00na chai", "\x00", "mkate na \ud800", "\udfff", "\ud83d\ude00 mkate na"])
def test_nul_and_half_characters_are_not_allowed(text: str) -> None:
    for rule in (check_password, normalise_password):
        with pytest.raises(PasswordNotAllowed) as raised:
            rule(text)
        assert raised.value.__cause__ is None


@pytest.mark.parametrize("text", ["aaaaaaaa", "AAAAaaaa", "        ", "🐄" * 9, wide("a") + "aaaaaaa"])
def test_one_character_repeated_is_too_common(text: str) -> None:
    with pytest.raises(PasswordTooCommon):
        check_password(text)


@pytest.mark.parametrize("text", ["password", "PassWord", "12345678", wide("password"), "Nakupenda", "iloveyou"])
def test_the_commonest_passwords_are_refused_in_any_spelling(text: str) -> None:
    with pytest.raises(PasswordTooCommon):
        check_password(text)


@pytest.mark.parametrize("text", sorted(COMMON_PASSWORDS))
def test_every_entry_of_the_list_can_take_effect(text: str) -> None:
    assert len(text) >= 8
    assert text == text.casefold() == normalise_password(text)


def test_the_list_is_as_long_as_it_looks() -> None:
    assert len(COMMON_PASSWORDS) == 130


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("cafe\u0301 na mkate", "café na mkate"),
        (wide("mkate") + "\u3000na\u3000" + wide("chai"), "mkate na chai"),
        ("mkate\u00a0na chai", "mkate na chai"),
        ("ﬁnance-group", "finance-group"),
    ],
)
def test_spellings_of_one_password_become_one(typed: str, kept: str) -> None:
    assert check_password(typed) == kept
    assert normalise_password(typed) == kept


def test_sign_in_normalises_a_password_that_would_not_be_taken_as_a_new_one() -> None:
    assert normalise_password("password") == "password"
    assert normalise_password("") == ""


@given(st.text(max_size=40))
def test_a_password_that_was_taken_is_taken_again_unchanged(text: str) -> None:
    try:
        password = check_password(text)
    except DomainError:
        assume(condition=False)
    assert check_password(password) == normalise_password(password) == password


def test_each_refusal_has_a_reason_that_a_client_can_act_on() -> None:
    errors = [PasswordTooShort(8), PasswordTooLong(1024), PasswordTooCommon(), PasswordNotAllowed()]
    assert [error.reason for error in errors] == [
        "PASSWORD_TOO_SHORT",
        "PASSWORD_TOO_LONG",
        "PASSWORD_TOO_COMMON",
        "PASSWORD_NOT_ALLOWED",
    ]
    assert all(error.message.endswith(".") for error in errors)
