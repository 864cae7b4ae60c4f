from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from persistence.crypto.tokens import (
    AccessClaims,
    AccessTokens,
    RefreshToken,
    TokenExpired,
    TokenInvalid,
    TokenRole,
    digest,
    new_refresh_token,
    recover_successor,
    successor,
)
from tests.persistence.crypto.samples import AMINA, BARAKA, KEYRING, ROTATED, STRANGERS

EIGHT_O_CLOCK = datetime(2026, 3, 1, 8, tzinfo=UTC)
FIRST_TOKEN = "kbr_" + "A" * 43
CLAIMS = {
    "sub": str(AMINA),
    "sid": str(BARAKA),
    "aud": "kibubu",
    "iss": "kibubu",
    "iat": 1_772_352_000,
    "exp": 1_772_352_600,
    "role": "app",
}


class Clock:
    def __init__(self, now: datetime = EIGHT_O_CLOCK) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def signed(claims: dict[str, Any], **headers: object) -> str:
    key = Ed25519PrivateKey.from_private_bytes(KEYRING.current.signing_seed)
    kid = {"kid": KEYRING.current.key_id.hex()}
    return jwt.encode(claims, key, algorithm="EdDSA", headers={**kid, **headers})


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def refused(text: str) -> None:
    with pytest.raises(TokenInvalid) as raised:
        AccessTokens(KEYRING, clock=Clock()).verify(text)
    if len(text) > 20:
        assert text not in str(raised.value)
    assert raised.value.__cause__ is None


def test_an_issued_token_says_who_in_which_session_and_role_until_when() -> None:
    access = AccessTokens(KEYRING, clock=Clock())
    issued = access.issue(AMINA, BARAKA, TokenRole.ADMIN)
    assert issued.expires_at == datetime(2026, 3, 1, 8, 10, tzinfo=UTC)
    assert access.verify(issued.text) == AccessClaims(AMINA, BARAKA, TokenRole.ADMIN, issued.expires_at)


def test_an_issued_token_holds_these_claims_and_headers_and_no_others() -> None:
    text = AccessTokens(KEYRING, clock=Clock()).issue(AMINA, BARAKA, TokenRole.APP).text
    assert jwt.get_unverified_header(text) == {"alg": "EdDSA", "kid": "c2820bc6dff52857", "typ": "JWT"}
    assert jwt.decode(text, options={"verify_signature": False}) == CLAIMS


def test_a_token_of_another_process_with_the_same_secret_is_accepted() -> None:
    text = AccessTokens(KEYRING, clock=Clock()).issue(AMINA, BARAKA, TokenRole.APP).text
    assert AccessTokens(KEYRING, clock=Clock()).verify(text).user_id == AMINA


def test_the_lifetime_is_counted_in_whole_seconds_and_in_utc() -> None:
    clock = Clock(datetime(2026, 3, 1, 11, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=3))))
    issued = AccessTokens(KEYRING, clock=clock).issue(AMINA, BARAKA, TokenRole.APP)
    assert issued.expires_at == datetime(2026, 3, 1, 8, 10, tzinfo=UTC)
    assert issued.expires_at.tzinfo is UTC


def test_the_token_is_not_shown_with_its_expiry() -> None:
    issued = AccessTokens(KEYRING, clock=Clock()).issue(AMINA, BARAKA, TokenRole.APP)
    assert issued.text not in repr(issued)


@pytest.mark.parametrize("warm", [True, False])
def test_a_token_is_good_until_its_last_moment_and_expired_from_then_on(warm: bool) -> None:  # noqa: FBT001 - a parameter
    clock = Clock()
    access = AccessTokens(KEYRING, clock=clock)
    issued = access.issue(AMINA, BARAKA, TokenRole.APP)
    if warm:
        access.verify(issued.text)
    clock.now = issued.expires_at - timedelta(microseconds=1)
    assert AccessTokens(KEYRING, clock=clock).verify(issued.text).expires_at == issued.expires_at
    clock.now = issued.expires_at
    with pytest.raises(TokenExpired) as raised:
        access.verify(issued.text)
    assert issued.text not in str(raised.value)


def test_after_a_change_of_secret_tokens_of_the_old_one_still_verify_and_new_ones_are_signed_anew() -> None:
    old = AccessTokens(KEYRING, clock=Clock()).issue(AMINA, BARAKA, TokenRole.APP)
    rotated = AccessTokens(ROTATED, clock=Clock())
    assert rotated.verify(old.text).user_id == AMINA
    refused(rotated.issue(AMINA, BARAKA, TokenRole.APP).text)


def test_a_token_of_another_installation_is_invalid() -> None:
    refused(AccessTokens(STRANGERS, clock=Clock()).issue(AMINA, BARAKA, TokenRole.APP).text)


def test_a_token_signed_with_another_key_under_our_key_id_is_invalid() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(STRANGERS.current.signing_seed)
    refused(jwt.encode(CLAIMS, stranger, algorithm="EdDSA", headers={"kid": "c2820bc6dff52857"}))


def test_an_expired_token_with_a_wrong_signature_is_invalid_rather_than_expired() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(STRANGERS.current.signing_seed)
    expired = {**CLAIMS, "exp": 1}
    refused(jwt.encode(expired, stranger, algorithm="EdDSA", headers={"kid": "c2820bc6dff52857"}))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_no_other_algorithm_is_accepted() -> None:
    public = Ed25519PrivateKey.from_private_bytes(KEYRING.current.signing_seed).public_key().public_bytes_raw()
    kid = {"kid": "c2820bc6dff52857"}
    refused(jwt.encode(CLAIMS, public, algorithm="HS256", headers=kid))
    refused(jwt.encode(CLAIMS, "", algorithm="none", headers=kid))
    header, payload, signature = signed(CLAIMS).split(".")
    algorithms: list[object] = ["none", "None", "HS256", "RS256", "eddsa", "", None, 1, []]
    for alg in algorithms:
        refused(f"{part({'alg': alg, 'typ': 'JWT', **kid})}.{payload}.{signature}")
    refused(f"{header}.{payload}.")


@pytest.mark.parametrize("kid", ["", "C2820BC6DFF52857", "../etc/passwd", "ffffffffffffffff"])
def test_a_key_id_that_is_not_ours_is_invalid(kid: str) -> None:
    refused(signed(CLAIMS, kid=kid))


@pytest.mark.parametrize("kid", [None, 7, [], {}])
def test_a_key_id_that_is_no_text_is_invalid(kid: object) -> None:
    _, payload, signature = signed(CLAIMS).split(".")
    refused(f"{part({'alg': 'EdDSA', 'kid': kid})}.{payload}.{signature}")


def test_a_token_without_key_id_is_invalid() -> None:
    key = Ed25519PrivateKey.from_private_bytes(KEYRING.current.signing_seed)
    refused(jwt.encode(CLAIMS, key, algorithm="EdDSA"))


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_token_without_one_of_the_claims_is_invalid(claim: str) -> None:
    refused(signed({name: value for name, value in CLAIMS.items() if name != claim}))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("aud", "other"),
        ("aud", ["kibubu", "other"]),
        ("iss", "other"),
        ("role", "owner"),
        ("role", "APP"),
        ("role", 1),
        ("sub", "amina"),
        ("sub", 7),
        ("sid", 7),
        ("sid", ""),
        ("exp", "soon"),
        ("exp", 10**30),
    ],
)
def test_a_token_with_an_odd_claim_is_invalid(claim: str, value: object) -> None:
    refused(signed({**CLAIMS, claim: value}))


def test_a_token_with_any_character_altered_is_invalid() -> None:
    text = signed(CLAIMS)
    access = AccessTokens(KEYRING, clock=Clock())
    access.verify(text)
    for position, sign in enumerate(text):
        altered = text[:position] + ("A" if sign != "A" else "B") + text[position + 1 :]
        with pytest.raises(TokenInvalid):
            access.verify(altered)


def test_a_token_longer_than_2_kib_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = signed({**CLAIMS, "more": "x" * 1200})
    assert len(text) > 1900
    assert AccessTokens(KEYRING, clock=Clock()).verify(text).user_id == AMINA

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the token was parsed")

    monkeypatch.setattr(jwt, "get_unverified_header", forbidden)
    with pytest.raises(TokenInvalid):
        AccessTokens(KEYRING, clock=Clock()).verify(signed({**CLAIMS, "more": "x" * 1400}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é" * 10,
        "\ud800",
        "a.b.c\x00",
        f"{'[' * 2000}.a.b",
        base64.urlsafe_b64encode(b"[" * 1400).decode() + ".e30.e30",
        base64.urlsafe_b64encode(b'{"a":' * 280).decode() + ".e30.e30",
        part([]) + ".e30.e30",
        part({"alg": "EdDSA", "kid": "c2820bc6dff52857", "b64": False, "crit": ["b64"]}) + "..e30",
    ],
)
def test_text_that_is_no_token_is_invalid(text: str) -> None:
    refused(text)


@given(st.text(max_size=80) | st.binary(max_size=300).map(lambda raw: base64.urlsafe_b64encode(raw).decode() + ".a.b"))
def test_no_text_whatever_raises_anything_but_invalid(text: str) -> None:
    refused(text)


header_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["EdDSA", "c2820bc6dff52857", "b64", "JWT"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "zip", "cty"]), header_values))
def test_no_header_whatever_raises_anything_but_invalid(header: dict[str, object]) -> None:
    _, payload, signature = signed(CLAIMS).split(".")
    refused(f"{part({'alg': 'EdDSA', 'kid': 'c2820bc6dff52857', **header})}.{payload}.{signature}x")


class Counter:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        self.calls += 1
        return self.decode(*arguments, **options)

    decode = staticmethod(jwt.decode)


def test_a_token_is_verified_once_and_then_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter()
    monkeypatch.setattr(jwt, "decode", counter)
    access = AccessTokens(KEYRING, clock=Clock())
    issued = access.issue(AMINA, BARAKA, TokenRole.APP)
    assert access.verify(issued.text) == access.verify(issued.text) == access.verify(issued.text)
    assert counter.calls == 1


def test_the_least_recently_used_token_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter()
    monkeypatch.setattr(jwt, "decode", counter)
    access = AccessTokens(KEYRING, clock=Clock(), remembered_max=2)
    amina, baraka, both = (
        access.issue(user, session, TokenRole.APP).text
        for user, session in ((AMINA, AMINA), (BARAKA, BARAKA), (AMINA, BARAKA))
    )
    for text in (amina, baraka, amina, both):
        access.verify(text)
    assert counter.calls == 3
    access.verify(amina)
    assert counter.calls == 3
    access.verify(baraka)
    assert counter.calls == 4
    assert len(access._remembered) == 2


def test_neither_an_expired_nor_an_invalid_token_is_remembered() -> None:
    clock = Clock()
    access = AccessTokens(KEYRING, clock=clock)
    issued = access.issue(AMINA, BARAKA, TokenRole.APP)
    access.verify(issued.text)
    clock.now = issued.expires_at
    for text, error in ((issued.text, TokenExpired), (issued.text, TokenExpired), ("a.b.c", TokenInvalid)):
        with pytest.raises(error):
            access.verify(text)
    assert len(access._remembered) == 0


def test_a_new_refresh_token_is_256_random_bits_with_a_prefix() -> None:
    made = {new_refresh_token() for _ in range(200)}
    assert len(made) == 200
    for text, stored in made:
        assert len(text) == 47
        assert text.startswith("kbr_")
        assert len(base64.urlsafe_b64decode(text[4:] + "=")) == 32
        assert stored == hashlib.sha256(text.encode()).digest() == digest(text)


def test_a_refresh_token_is_not_shown() -> None:
    token = new_refresh_token()
    assert token.text not in f"{token!r} {token}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kbr_",
        "A" * 47,
        "kbr_" + "A" * 42,
        "kbr_" + "A" * 44,
        "kbr_" + "A" * 43 + "\n",
        "KBR_" + "A" * 43,
        "kbr_" + "A" * 42 + "B",
        "kbr_" + "A" * 42 + "=",
        "kbr_" + "A" * 42 + "+",
        "kbr_" + "é" * 43,
        "kbr_" + "A" * 100_000,
    ],
)
def test_a_text_that_is_no_refresh_token_is_invalid(text: str) -> None:
    for check in (digest, lambda text: successor(text, KEYRING), lambda text: recover_successor(text, KEYRING, b"")):
        with pytest.raises(TokenInvalid) as raised:
            check(text)
        assert not text or text not in str(raised.value)


def test_a_chain_of_five_refreshes_is_the_same_each_time_it_is_walked() -> None:
    def chain() -> list[str]:
        walked = [FIRST_TOKEN]
        for _ in range(5):
            walked.append(successor(walked[-1], KEYRING))
        return walked

    walked = chain()
    assert walked == chain()
    assert walked[1] == "kbr_0mUR4RNoePdWSWqvgnDYrOUii7fLKRz4OClVxhfky6E"
    assert len(set(walked)) == len({digest(text) for text in walked}) == 6


def test_without_the_key_a_successor_cannot_be_told() -> None:
    theirs = successor(FIRST_TOKEN, STRANGERS)
    ours = successor(FIRST_TOKEN, KEYRING)
    guesses = {
        digest(FIRST_TOKEN),
        hashlib.sha256(b"refresh-successor\x00" + FIRST_TOKEN.encode()).digest(),
        bytes(32),
    }
    assert ours != theirs
    assert base64.urlsafe_b64decode(ours[4:] + "=") not in guesses


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_different_tokens_have_different_successors(one: bytes, other: bytes) -> None:
    first, second = ("kbr_" + base64.urlsafe_b64encode(content).rstrip(b"=").decode() for content in (one, other))
    assert (successor(first, KEYRING) == successor(second, KEYRING)) == (one == other)


def test_a_repeated_refresh_gets_its_successor_also_after_a_change_of_secret() -> None:
    given_before = successor(FIRST_TOKEN, KEYRING)
    stored = digest(given_before)
    assert recover_successor(FIRST_TOKEN, KEYRING, stored) == given_before
    assert recover_successor(FIRST_TOKEN, ROTATED, stored) == given_before
    assert successor(FIRST_TOKEN, ROTATED) != given_before
    with pytest.raises(TokenInvalid, match="no such successor"):
        recover_successor(FIRST_TOKEN, STRANGERS, stored)


def test_a_token_does_not_recover_the_successor_of_another() -> None:
    other = new_refresh_token()
    assert isinstance(other, RefreshToken)
    with pytest.raises(TokenInvalid, match="no such successor"):
        recover_successor(other.text, KEYRING, digest(successor(FIRST_TOKEN, KEYRING)))
