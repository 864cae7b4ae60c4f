"""Attempts to sign in are counted in the database: whoever asks, whatever comes of them, and however many at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.access.attempts import SIGN_IN_LIMITS, AttemptLimit, SignInLimits, TooManyAttempts, place_of
from domain.access.sessions import OpenSession, SignInRefused
from domain.errors import ErrorCode
from persistence.access import Access, SignedIn
from tests.persistence.access.conftest import EMAIL, PASSWORD, PHONE, Platform
from tests.persistence.crypto.samples import KEYRING

WRONG = "another one altogether"
HOUR = timedelta(hours=1)
RESTORE = "UPDATE access.rate_buckets SET full_at = full_at - $1::interval"
BUCKETS = "SELECT count(*) FROM access.rate_buckets"


@pytest.fixture
def limited(platform: Platform) -> Access:
    """Three attempts with a login and five from a place, restored too slowly for a test to see."""
    return Access(
        platform.database,
        KEYRING,
        platform.hasher,
        platform.access._tokens,
        limits=SignInLimits(of_login=AttemptLimit(3, HOUR), of_place=AttemptLimit(5, HOUR)),
    )


async def sign_in(
    access: Access, login: str = PHONE, password: str = WRONG, address: str | None = None
) -> SignedIn | SignInRefused | TooManyAttempts:
    try:
        return await access.open_session(OpenSession(login=login, password=password), address=address)
    except (SignInRefused, TooManyAttempts) as error:
        return error


async def answers(
    access: Access, count: int, login: str = PHONE, password: str = WRONG, address: str | None = None
) -> list[type]:
    return [type(await sign_in(access, login, password, address)) for _ in range(count)]


async def test_the_limits_of_an_installation() -> None:
    assert SIGN_IN_LIMITS.of_login == AttemptLimit(10, timedelta(minutes=1))
    assert SIGN_IN_LIMITS.of_place == AttemptLimit(30, timedelta(seconds=1))


async def test_the_attempts_with_one_login_are_counted_whether_or_not_anybody_has_it(
    platform: Platform, limited: Access
) -> None:
    for login in (PHONE, "+254799999999", "somebody@example.org", "neither number nor address"):
        platform.database.statements.clear()
        platform.hasher.verified = 0
        assert await answers(limited, 5, login) == [*[SignInRefused] * 3, *[TooManyAttempts] * 2]
        assert platform.hasher.verified == 3
        assert [each.split("(")[0].split()[-1] for each in platform.database.statements[-4:]] == [
            "WRITE",
            "access.take_attempts",
        ] * 2


async def test_the_refusal_says_how_long_to_wait(limited: Access) -> None:
    await answers(limited, 3)
    error = await sign_in(limited)
    assert isinstance(error, TooManyAttempts)
    assert 3_500 < error.wait_seconds <= 3_600
    assert error.code is ErrorCode.TOO_MANY
    assert TooManyAttempts(7).message == "There were too many attempts to sign in: wait 7 seconds, then try again."


async def test_of_many_attempts_at_once_no_more_are_heard_than_one_after_the_other(limited: Access) -> None:
    done = await asyncio.gather(*(sign_in(limited) for _ in range(20)))
    assert sorted(type(each).__name__ for each in done) == ["SignInRefused"] * 3 + ["TooManyAttempts"] * 17


async def test_attempts_that_succeed_count_and_the_right_password_is_not_heard_beyond_the_limit(
    limited: Access,
) -> None:
    assert await answers(limited, 4, password=PASSWORD) == [*[SignedIn] * 3, TooManyAttempts]


async def test_attempts_come_back_one_by_one(platform: Platform, limited: Access) -> None:
    await answers(limited, 4)
    await platform.superuser.execute(RESTORE, HOUR)
    assert await answers(limited, 2) == [SignInRefused, TooManyAttempts]
    await platform.superuser.execute(RESTORE, 2 * HOUR)
    assert await answers(limited, 3) == [*[SignInRefused] * 2, TooManyAttempts]
    await platform.superuser.execute(RESTORE, 24 * HOUR)
    assert await answers(limited, 4) == [*[SignInRefused] * 3, TooManyAttempts]


async def test_the_attempts_from_one_place_are_counted_whatever_the_login(limited: Access) -> None:
    logins = [f"+2547120000{number:02}" for number in range(7)]
    done = [type(await sign_in(limited, login, address="192.0.2.7")) for login in logins]
    assert done == [*[SignInRefused] * 5, *[TooManyAttempts] * 2]
    assert await answers(limited, 1, address="192.0.2.8") == [SignInRefused]
    assert await answers(limited, 1, EMAIL) == [SignInRefused]


async def test_a_place_that_has_used_up_its_attempts_takes_none_from_the_logins_it_tries(limited: Access) -> None:
    for number in range(5):
        await sign_in(limited, f"+2547120000{number:02}", address="192.0.2.7")
    assert await answers(limited, 9, address="192.0.2.7") == [TooManyAttempts] * 9
    assert await answers(limited, 3, address="192.0.2.8") == [SignInRefused] * 3


async def test_a_network_of_the_sixth_version_is_one_place(limited: Access) -> None:
    for number in range(5):
        await sign_in(limited, f"+2547120000{number:02}", address=f"2001:db8:1:2::{number}")
    assert await answers(limited, 1, address="2001:db8:1:2:ffff::1") == [TooManyAttempts]
    assert await answers(limited, 1, address="2001:db8:1:3::1") == [SignInRefused]


async def test_what_says_nothing_any_more_is_cleared_away(platform: Platform, limited: Access) -> None:
    await platform.superuser.execute("DELETE FROM access.rate_buckets")
    for number in range(4):
        await sign_in(limited, f"+2547120000{number:02}")
    assert await platform.value(BUCKETS) == 4
    await platform.superuser.execute(RESTORE, 24 * HOUR)
    await sign_in(limited, EMAIL)
    assert await platform.value(BUCKETS) == 1


async def test_neither_login_nor_address_can_be_read_from_what_is_kept(platform: Platform, limited: Access) -> None:
    await platform.superuser.execute("DELETE FROM access.rate_buckets")
    await sign_in(limited, PHONE, address="192.0.2.7")
    kept = await platform.rows("SELECT encode(bucket, 'escape') FROM access.rate_buckets")
    assert len(kept) == 2
    assert not any(PHONE in text or "192.0.2.7" in text for (text,) in kept)


@pytest.mark.parametrize(("burst", "period"), [(0, HOUR), (-1, HOUR), (1, timedelta(0)), (1, -HOUR)])
def test_a_limit_lets_something_through(burst: int, period: timedelta) -> None:
    with pytest.raises(ValueError, match="an attempt can be made"):
        AttemptLimit(burst, period)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", None),
        ("nowhere", None),
        (None, None),
    ],
)
def test_what_an_address_counts_as(address: str | None, place: str | None) -> None:
    assert place_of(address) == place
