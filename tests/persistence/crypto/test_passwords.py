from __future__ import annotations

import asyncio
import hashlib
import hmac
import threading
from collections.abc import Iterator

import argon2
import pytest

from persistence.crypto.passwords import (
    PasswordHashBroken,
    PasswordHasher,
    SignInBusy,
    Verification,
)
from tests.persistence.crypto.samples import KEYRING, ROTATED, STRANGERS

PASSWORD = "mkate na chai"
RIGHT = Verification(ok=True, needs_rehash=False)
RIGHT_BUT_STALE = Verification(ok=True, needs_rehash=True)
WRONG = Verification(ok=False, needs_rehash=False)
STORED = (
    "c2820bc6dff52857$argon2id$v=19$m=19456,t=2,p=1$OJ7KrmA/Gq5G55x+t82qhw$rRhVz9va/WrEPISeU5zwtFdNVGXqWy4BKTEAe9ElMIc"
)


class Gate:
    """Stands in for argon2 and holds each hash until the test opens it."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.opened = threading.Event()
        self.threads: list[str] = []

    def hash(self, _password: bytes) -> str:
        self.threads.append(threading.current_thread().name)
        self.started.set()
        assert self.opened.wait(60)
        return "$argon2id$gate"


class Recorder:
    """Passes on to argon2 and notes what was verified."""

    def __init__(self, inner: argon2.PasswordHasher) -> None:
        self.inner = inner
        self.verified: list[str] = []

    def verify(self, encoded: str, password: bytes) -> bool:
        self.verified.append(encoded)
        return self.inner.verify(encoded, password)


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    hasher = PasswordHasher(KEYRING)
    yield hasher
    hasher.close()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


def gated(gate: Gate, *, waiting_max: int) -> PasswordHasher:
    hasher = PasswordHasher(KEYRING, workers=1, waiting_max=waiting_max)
    hasher._argon2 = gate  # type: ignore[assignment] # a stand-in with the one method that is used
    return hasher


async def test_the_right_password_is_accepted_and_a_wrong_one_is_not(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(PASSWORD)
    assert await hasher.verify(stored, PASSWORD) == RIGHT
    assert await hasher.verify(stored, PASSWORD + " ") == WRONG
    assert await hasher.verify(stored, "") == WRONG


async def test_a_hash_stored_by_the_first_release_still_verifies(hasher: PasswordHasher) -> None:
    assert await hasher.verify(STORED, PASSWORD) == RIGHT


async def test_a_hash_names_its_master_key_and_the_agreed_parameters(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(PASSWORD)
    assert stored.startswith("c2820bc6dff52857$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored != await hasher.hash(PASSWORD)


async def test_the_pepper_goes_in_before_argon2(hasher: PasswordHasher) -> None:
    encoded = (await hasher.hash(PASSWORD)).removeprefix("c2820bc6dff52857")
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(encoded, PASSWORD)
    peppered = hmac.new(KEYRING.current.pepper, PASSWORD.encode(), hashlib.sha256).digest()
    assert argon2.PasswordHasher().verify(encoded, peppered)


async def test_after_a_change_of_secret_a_password_still_opens_and_asks_for_a_new_hash() -> None:
    hasher = PasswordHasher(ROTATED)
    assert await hasher.verify(STORED, PASSWORD) == RIGHT_BUT_STALE
    assert await hasher.verify(STORED, "mkate na maji") == WRONG
    renewed = await hasher.hash(PASSWORD)
    assert renewed.startswith(STRANGERS.current.key_id.hex() + "$")
    assert await hasher.verify(renewed, PASSWORD) == RIGHT
    hasher.close()


async def test_a_hash_of_weaker_parameters_asks_for_a_new_one(hasher: PasswordHasher) -> None:
    peppered = hmac.new(KEYRING.current.pepper, PASSWORD.encode(), hashlib.sha256).digest()
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(peppered)
    assert await hasher.verify("c2820bc6dff52857" + weak, PASSWORD) == RIGHT_BUT_STALE
    assert await hasher.verify("c2820bc6dff52857" + weak, "mkate na maji") == WRONG


async def test_an_unknown_user_costs_the_same_work_as_a_known_one(hasher: PasswordHasher) -> None:
    recorder = Recorder(hasher._argon2)
    hasher._argon2 = recorder  # type: ignore[assignment] # a stand-in with the one method that is used
    assert await hasher.verify(None, PASSWORD) == WRONG
    assert await hasher.verify(STORED, "mkate na maji") == WRONG
    nobodys, somebodys = recorder.verified
    assert argon2.extract_parameters(nobodys) == argon2.extract_parameters(somebodys)
    assert len(nobodys) == len(somebodys)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "$argon2id$v=19$m=19456,t=2,p=1$OJ7KrmA/Gq5G55x+t82qhw$rRhVz9va/WrEPISeU5zwtFdNVGXqWy4BKTEAe9ElMIc",
        "ffffffffffffffff" + STORED[16:],
        "not-hex-not-hex!" + STORED[16:],
        STORED[:40],
        STORED[:-43],
        STORED[:16] + "$2b$12$abcdefghijklmnopqrstuv",
        STORED[:16],
    ],
)
async def test_a_broken_hash_is_an_error_and_not_a_wrong_password(hasher: PasswordHasher, stored: str) -> None:
    with pytest.raises(PasswordHashBroken) as raised:
        await hasher.verify(stored, PASSWORD)
    assert PASSWORD not in str(raised.value)


def test_only_a_right_password_can_need_a_new_hash() -> None:
    with pytest.raises(ValueError, match="right"):
        Verification(ok=False, needs_rehash=True)


async def test_hashing_leaves_the_event_loop_free(gate: Gate) -> None:
    hasher = gated(gate, waiting_max=0)
    work = asyncio.create_task(hasher.hash(PASSWORD))
    await asyncio.sleep(0)
    assert not work.done()
    gate.opened.set()
    assert await work == "c2820bc6dff52857$argon2id$gate"
    assert gate.threads == ["password_0"]
    hasher.close()


async def test_beyond_the_threads_and_the_queue_sign_in_is_busy(gate: Gate) -> None:
    hasher = gated(gate, waiting_max=2)
    admitted = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(SignInBusy):
        await hasher.hash(PASSWORD)
    with pytest.raises(SignInBusy):
        await hasher.verify(None, PASSWORD)

    gate.opened.set()
    assert len(await asyncio.gather(*admitted)) == 3
    assert await hasher.hash(PASSWORD) == "c2820bc6dff52857$argon2id$gate"
    hasher.close()


async def test_a_caller_who_leaves_the_queue_frees_the_place_and_the_work_is_not_done(gate: Gate) -> None:
    hasher = gated(gate, waiting_max=1)
    running = asyncio.create_task(hasher.hash(PASSWORD))
    await asyncio.to_thread(gate.started.wait)
    leaving = asyncio.create_task(hasher.hash(PASSWORD))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    following = asyncio.create_task(hasher.hash(PASSWORD))
    await asyncio.sleep(0)
    with pytest.raises(SignInBusy):
        await hasher.hash(PASSWORD)
    gate.opened.set()
    await asyncio.gather(running, following)
    assert len(gate.threads) == 2
    hasher.close()


async def test_a_caller_who_leaves_during_the_hash_keeps_the_place_until_the_thread_is_done(gate: Gate) -> None:
    hasher = gated(gate, waiting_max=0)
    leaving = asyncio.create_task(hasher.hash(PASSWORD))
    await asyncio.to_thread(gate.started.wait)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    with pytest.raises(SignInBusy):
        await hasher.hash(PASSWORD)

    gate.opened.set()
    assert await asyncio.to_thread(hasher._places.acquire, timeout=60)
    hasher._places.release()
    assert await hasher.hash(PASSWORD) == "c2820bc6dff52857$argon2id$gate"
    hasher.close()


async def test_a_failed_hash_gives_its_place_back() -> None:
    hasher = PasswordHasher(KEYRING, workers=1, waiting_max=0)
    for _ in range(3):
        with pytest.raises(PasswordHashBroken):
            await hasher.verify("broken", PASSWORD)
    assert await hasher.verify(STORED, PASSWORD) == RIGHT
    hasher.close()


async def test_a_closed_hasher_takes_no_more_work_and_loses_no_place() -> None:
    hasher = PasswordHasher(KEYRING, workers=1, waiting_max=0)
    hasher.close()
    for _ in range(3):
        with pytest.raises(RuntimeError, match="shutdown"):
            await hasher.hash(PASSWORD)
