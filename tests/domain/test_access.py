from __future__ import annotations

import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import sessions, users
from domain.access.sessions import (
    DEVICE_NAME_MAX,
    USER_AGENT_MAX,
    Device,
    DeviceType,
    OpenSession,
    RefreshSession,
    SessionRole,
    read_login,
)
from domain.access.users import CreateUser, LoginMissing, NewUser, NotALocale
from domain.contact import EmailAddress, NotAPhoneNumber, PhoneNumber
from domain.errors import DomainError, ErrorCode
from domain.service import Outcome

AMINA = UUID("0192f0c1-7d2a-7c3e-8b1f-5a6b7c8d9e0f")
KEY = UUID("0192f0c1-7d2a-7c3e-8b1f-5a6b7c8d9e10")

# Logins


@pytest.mark.parametrize(
    ("text", "region", "login"),
    [
        ("+254 712 345 678", None, PhoneNumber("+254712345678")),
        ("0712 345 678", "KE", PhoneNumber("+254712345678")),
        (" Amina@Example.org ", None, EmailAddress("Amina@Example.org")),
        # In no plan of today, but perhaps when it was entered.
        ("+254 (999) 999-999", None, PhoneNumber("+254999999999")),
        ("0712 345 678", None, None),
        ("0712 345 678", "XX", None),
        ("254712345678", None, None),
        ("+" + "2" * 41, None, None),
        ("+254712345678 ext. 3", None, None),
        ("amina@", None, None),
        ("amina", None, None),
        ("", None, None),
        ("\ud800@example.org", None, None),
        ("\x00", None, None),
    ],
)
def test_a_login_is_a_phone_number_or_an_e_mail_address(
    text: str, region: str | None, login: PhoneNumber | EmailAddress | None
) -> None:
    assert read_login(text, region) == login


@given(st.text(), st.none() | st.text(max_size=3))
def test_a_text_that_is_no_login_never_fails(text: str, region: str | None) -> None:
    assert isinstance(read_login(text, region), PhoneNumber | EmailAddress | None)


# Devices


def described(name: str | None = None, address: str | None = None, user_agent: str | None = None) -> Device:
    return Device.described(DeviceType.MOBILE, name, address=address, user_agent=user_agent)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  Shop  phone\r\n", "Shop phone"),
        ("Amina\u2019s te\u0301le\u0301phone", "Amina\u2019s t\u00e9l\u00e9phone"),
        ("\u202eenohp", "enohp"),
        ("a\x00b\ud800c", "a b c"),
        ("n" * 100, "n" * 80),
        ("n" * 79 + " and more", "n" * 79),
        ("\u200b\x07", None),
        ("   ", None),
        ("", None),
        (None, None),
    ],
)
def test_a_device_s_name_is_cleaned_and_cut(name: str | None, kept: str | None) -> None:
    assert described(name).name == kept


def test_a_user_agent_is_cleaned_and_cut() -> None:
    assert described(user_agent="Kibubu/1\x00" + "x" * 500).user_agent == "Kibubu/1 " + "x" * 291


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("196.201.214.200", "196.201.214.200"),
        (" 196.201.214.200 ", "196.201.214.200"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:196.201.214.200", "196.201.214.200"),
        ("fe80::1%eth0", "fe80::1"),
        ("196.201.214.200:443", None),
        ("196.201.214", None),
        ("testclient", None),
        ("::1%" + "z" * 64, None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_kept_in_its_usual_form_or_not_at_all(address: str | None, kept: str | None) -> None:
    assert described(address=address).address == kept


@given(st.text(st.characters()), st.text(st.characters()), st.text(st.characters()))
def test_no_description_of_a_device_fails(name: str, address: str, user_agent: str) -> None:
    device = described(name, address, user_agent)
    for text, maximum in ((device.name, DEVICE_NAME_MAX), (device.user_agent, USER_AGENT_MAX)):
        if text is not None:
            assert 0 < len(text) <= maximum
            assert text == text.strip()
            assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text)


# Users


def wish(**fields: object) -> CreateUser:
    values: dict[str, object] = {"name": "Amina", "phone": "+254712345678", "password": "wind turns the old mill"}
    return CreateUser(**{"idempotency_key": KEY, **values, **fields})  # type: ignore[arg-type] - a test's own mixture


def test_a_user_is_read_from_what_was_typed() -> None:
    command = wish(
        id=AMINA,
        name=" Amina  ",
        email="Amina@Example.org",
        password="\ufb01ve goats climb",
        locale="sw-KE",
        is_admin=True,
    )
    assert command.checked() == (
        NewUser(
            id=AMINA,
            name="Amina",
            phone=PhoneNumber("+254712345678"),
            email=EmailAddress("Amina@Example.org"),
            locale="sw-KE",
            is_admin=True,
        ),
        "five goats climb",
    )


def test_a_user_without_an_id_takes_the_key_s() -> None:
    assert wish().checked()[0].id == KEY
    assert wish().expected_outcome() == Outcome(id=KEY)
    assert wish(id=AMINA).expected_outcome() == Outcome(id=AMINA)


@pytest.mark.parametrize("fields", [{"phone": None, "email": "amina@example.org"}, {"email": None}])
def test_one_login_is_enough(fields: dict[str, str | None]) -> None:
    user, _ = wish(**fields).checked()
    assert (user.phone is None) != (user.email is None)


def test_a_user_without_a_login_is_refused() -> None:
    with pytest.raises(LoginMissing):
        wish(phone=None).checked()


@pytest.mark.parametrize("phone", ["0712345678", "", "+254 12"])
def test_a_user_s_phone_number_is_international_and_in_use(phone: str) -> None:
    with pytest.raises(NotAPhoneNumber) as refusal:
        wish(phone=phone).checked()
    assert refusal.value.path == ("phone",)


@pytest.mark.parametrize("locale", ["en", "sw", "luo", "en-KE", "luo-KE"])
def test_a_locale_is_a_language_with_or_without_a_country(locale: str) -> None:
    assert wish(locale=locale).checked()[0].locale == locale


@pytest.mark.parametrize("locale", ["", "e", "EN", "en_KE", "en-ke", "english", "en-KE\n", "en-KEN"])
def test_nothing_else_is_a_locale(locale: str) -> None:
    with pytest.raises(NotALocale):
        wish(locale=locale).checked()


# Commands and errors


def test_what_is_secret_or_personal_does_not_print() -> None:
    commands = (
        OpenSession(login="+254712345678", password="wind turns the old mill"),
        RefreshSession(refresh_token="kbr_secret"),
        wish(email="amina@example.org"),
        wish(email="amina@example.org").checked()[0],
    )
    for command in commands:
        for secret in ("254712345678", "wind", "kbr_", "Amina", "amina"):
            assert secret not in repr(command)


def test_a_session_administers_only_when_asked() -> None:
    assert OpenSession(login="", password="").role is SessionRole.APP
    assert OpenSession(login="", password="", as_admin=True).role is SessionRole.ADMIN


def test_one_refusal_of_a_sign_in_says_to_check_and_to_wait() -> None:
    sentence = sessions.SignInRefused().message
    assert "check" in sentence
    assert "wait" in sentence
    assert sessions.TryAgainLater.code is ErrorCode.TOO_MANY


@pytest.mark.parametrize(
    "declared", [sessions.SESSION_OPEN_RAISES, sessions.SESSION_REFRESH_RAISES, sessions.SESSION_REVOKE_RAISES]
)
def test_every_refusal_of_sessions_has_a_sentence(declared: tuple[type[DomainError], ...]) -> None:
    assert len({error.reason for error in declared}) == len(declared)
    for error in declared:
        has_fact = error in (sessions.PasswordTooLong, sessions.TooManyAttempts)
        assert (error(1_024) if has_fact else error()).message.endswith(".")


def test_a_service_that_makes_users_declares_each_reason_once() -> None:
    reasons = [error.reason for error in users.USER_CREATE_RAISES]
    assert len(set(reasons)) == len(reasons)
    assert {"PHONE_TAKEN", "EMAIL_TAKEN", "LOGIN_MISSING", "ID_ALREADY_USED", "TRY_AGAIN_LATER"} <= set(reasons)
