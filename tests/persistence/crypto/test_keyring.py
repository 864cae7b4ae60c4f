from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import os
import pickle
import stat
import threading
from pathlib import Path

import pytest

from persistence.crypto.keyring import (
    PREVIOUS_SECRETS_MAX,
    SECRET_FILE_BYTES_MAX,
    Keyring,
    Keys,
    MasterKeyError,
    MasterKeyFileExistsError,
    create_secret_file,
)
from tests.persistence.crypto.samples import KEYRING, NEW_SECRET, ROTATED, SECRET

LABELS = {
    "wrapping": b"key-wrapping",
    "blind_index": b"blind-index",
    "fingerprint": b"fingerprint",
    "pepper": b"password-pepper",
    "refresh_chain": b"refresh-chain",
    "signing_seed": b"access-token-signing",
    "machine_secret": b"machine-secret",
}


def setting(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def hkdf_by_hand(secret: bytes, info: bytes, length: int) -> bytes:
    extracted = hmac.digest(bytes(32), secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)[:length]


@pytest.mark.parametrize("name", LABELS)
def test_each_key_is_hkdf_sha256_of_the_secret_under_its_own_label(name: str) -> None:
    assert getattr(KEYRING.current, name) == hkdf_by_hand(SECRET, b"kibubu/1/" + LABELS[name], 32)


def test_derived_keys_never_change_since_stored_data_depends_on_them() -> None:
    assert KEYRING.current.key_id.hex() == "c2820bc6dff52857"
    assert KEYRING.current.wrapping.hex() == "e5712620889f7bcbfc8c8e8a77973cac1e1a92762be4f39bd98b9a692249873c"
    assert KEYRING.current.pepper.hex() == "e3fa110467e6c353b59209aadedc219ac98cc832c5f315c3b0a56838e7eaec97"


def test_all_keys_of_two_secrets_differ_from_each_other() -> None:
    keys = [getattr(each, name) for each in ROTATED.every for name in LABELS]
    assert len(set(keys)) == 2 * len(LABELS)
    assert SECRET not in keys


def test_an_earlier_secret_is_found_by_its_id_and_the_current_one_comes_first() -> None:
    assert ROTATED.find(KEYRING.current.key_id) is ROTATED.previous[0]
    assert ROTATED.find(ROTATED.current.key_id) is ROTATED.current
    assert ROTATED.find(bytes(8)) is None
    assert ROTATED.every == (ROTATED.current, ROTATED.previous[0])


def test_nothing_secret_is_shown() -> None:
    shown = f"{ROTATED!r} {ROTATED} {ROTATED.current!r} {ROTATED.previous}"
    assert repr(ROTATED) == f"Keyring(current={ROTATED.current.key_id.hex()}, previous=1)"
    for keys in ROTATED.every:
        for name in LABELS:
            assert getattr(keys, name).hex() not in shown
            assert repr(getattr(keys, name)) not in shown


def test_keys_cannot_be_pickled_or_copied_away() -> None:
    for value in (KEYRING, KEYRING.current):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(value)
        with pytest.raises(TypeError, match="not pickled"):
            copy.deepcopy(value)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_secret_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(MasterKeyError, match=f"has {length} bytes instead of 32"):
        Keyring.from_secret(bytes(range(length)))


@pytest.mark.parametrize("secret", [bytes(32), b"k" * 32, b"changeme" * 4, bytes(range(11)) * 2 + bytes(10)])
def test_a_placeholder_is_refused_as_a_secret(secret: bytes) -> None:
    with pytest.raises(MasterKeyError, match="not random"):
        Keyring.from_secret(secret)


def test_the_same_secret_twice_is_refused() -> None:
    with pytest.raises(MasterKeyError, match="given twice"):
        Keyring.from_secret(SECRET, previous=(SECRET,))


def test_earlier_secrets_are_limited() -> None:
    secrets = [bytes(range(start, start + 32)) for start in range(PREVIOUS_SECRETS_MAX + 2)]
    assert len(Keyring.from_secret(secrets[0], secrets[1:-1]).previous) == PREVIOUS_SECRETS_MAX
    with pytest.raises(MasterKeyError, match="more than 8"):
        Keyring.from_secret(secrets[0], secrets[1:])


def test_a_setting_is_the_secret_in_base64() -> None:
    keyring = Keyring.from_setting(f" {setting(NEW_SECRET)}\n", [setting(SECRET)])
    assert keyring.current.key_id == ROTATED.current.key_id
    assert keyring.previous[0].key_id == KEYRING.current.key_id


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty; make one with: openssl rand -base64 32"),
        ("  \n", "is empty"),
        ("c2hvcnQ=", "has 8 characters instead of 44"),
        (setting(SECRET) + "A", "has 45 characters instead of 44"),
        ("!" * 44, "is not base64"),
        ("é" * 44, "is not base64"),
        ("A" * 44, "has 33 bytes instead of 32"),
        ("A" * 42 + "==", "has 31 bytes instead of 32"),
        ("A" * 43 + "=", "is not random"),
    ],
)
def test_a_malformed_setting_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(MasterKeyError, match=reason):
        Keyring.from_setting(text)


@pytest.mark.parametrize("text", ["Zm9v!" * 8 + "Zm9v", "hunter2-hunter2"])
def test_the_error_for_a_setting_never_quotes_it(text: str) -> None:
    with pytest.raises(MasterKeyError) as raised:
        Keyring.from_setting(text)
    assert text not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_created_file_is_private_and_makes_a_keyring(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    create_secret_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) == 45
    assert Keyring.from_file(path).current.key_id == Keyring.from_setting(path.read_text()).current.key_id
    assert list(tmp_path.iterdir()) == [path]


def test_two_created_files_differ(tmp_path: Path) -> None:
    create_secret_file(tmp_path / "one")
    create_secret_file(tmp_path / "two")
    assert (tmp_path / "one").read_text() != (tmp_path / "two").read_text()


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text("kept")
    with pytest.raises(MasterKeyFileExistsError, match="already exists"):
        create_secret_file(path)
    assert path.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [path]


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MasterKeyFileExistsError):
        create_secret_file(path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        create_secret_file(tmp_path / "master.key")
    assert list(tmp_path.iterdir()) == []


def test_of_many_creators_at_once_exactly_one_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    together = threading.Barrier(8)
    outcomes: list[str] = []

    def create() -> None:
        together.wait()
        try:
            create_secret_file(path)
            outcomes.append("created")
        except MasterKeyFileExistsError:
            outcomes.append("refused")

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["created"] + ["refused"] * 7
    assert list(tmp_path.iterdir()) == [path]
    Keyring.from_file(path)


def private_file(folder: Path, content: str, mode: int = 0o600) -> Path:
    path = folder / "master.key"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_file_holds_the_current_secret_first_and_earlier_ones_below(tmp_path: Path) -> None:
    keyring = Keyring.from_file(private_file(tmp_path, f"{setting(NEW_SECRET)}\n{setting(SECRET)}\n"))
    assert [keys.key_id for keys in keyring.every] == [keys.key_id for keys in ROTATED.every]


def test_the_fullest_file_is_read_whole(tmp_path: Path) -> None:
    secrets = [setting(bytes(range(start, start + 32))) for start in range(PREVIOUS_SECRETS_MAX + 1)]
    content = "\r\n".join(secrets) + "\r\n"
    assert len(content) == SECRET_FILE_BYTES_MAX
    assert len(Keyring.from_file(private_file(tmp_path, content)).previous) == PREVIOUS_SECRETS_MAX


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601, 0o610])
def test_a_file_open_to_other_accounts_is_refused(tmp_path: Path, mode: int) -> None:
    path = private_file(tmp_path, setting(SECRET), mode)
    with pytest.raises(MasterKeyError, match="close it with: chmod 600"):
        Keyring.from_file(path)


def test_a_read_only_file_will_do(tmp_path: Path) -> None:
    path = private_file(tmp_path, setting(SECRET), 0o400)
    assert Keyring.from_file(path).current.key_id == KEYRING.current.key_id


def test_a_file_of_another_account_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = private_file(tmp_path, setting(SECRET))
    if os.geteuid() == 0:
        os.chown(path, 4711, 4711)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(MasterKeyError, match="belongs to another account"):
        Keyring.from_file(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no master secret"),
        ("\n \n", "holds no master secret"),
        ("not-a-secret", "has 12 characters"),
        ("é", "does not hold master secrets"),
        ("A" * 1000, "does not hold master secrets"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = private_file(tmp_path, content)
    with pytest.raises(MasterKeyError, match=reason) as raised:
        Keyring.from_file(path)
    assert str(path) in str(raised.value)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="cannot be read: No such file"):
        Keyring.from_file(tmp_path / "missing")
    with pytest.raises(MasterKeyError, match="is not a file"):
        Keyring.from_file(tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(MasterKeyError, match="is not a file"):
        Keyring.from_file(tmp_path / "pipe")


def test_keys_are_compared_by_identity_so_that_no_comparison_leaks_timing() -> None:
    assert Keys.derived_from(SECRET) != KEYRING.current
