"""What a home keeps secret."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from operations.secrets_store import SecretsError, SecretsStore
from persistence.crypto.keyring import Keyring


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    store = SecretsStore(tmp_path / "home")
    passwords = store.ensure_passwords()
    key = store.ensure_master_key(data_exists=False)
    content = key.read_bytes()
    assert _mode(store.folder) == 0o700
    assert _mode(key) == _mode(store.passwords_file) == 0o600
    assert sorted(passwords) == ["kibubu_admin_login", "kibubu_login", "kibubu_worker_login"]
    assert len(set(passwords.values())) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", password) for password in passwords.values())
    again = SecretsStore(tmp_path / "home")
    assert again.ensure_passwords() == passwords
    assert again.ensure_master_key(data_exists=True).read_bytes() == content
    assert len(Keyring.from_file(key).every) == 1
    assert sorted(path.name for path in store.folder.iterdir()) == ["login-passwords.json", "master-key"]


def test_a_lost_master_secret_is_never_replaced_where_something_was_encrypted_with_it(tmp_path: Path) -> None:
    store = SecretsStore(tmp_path)
    with pytest.raises(SecretsError, match="Put the file back"):
        store.ensure_master_key(data_exists=True)
    assert not store.master_key_file.exists()


@pytest.mark.parametrize("content", ["", "[]", "{", json.dumps({"kibubu_login": "x"}), "\xe9"])
def test_a_broken_file_of_passwords_is_named_and_not_shown(tmp_path: Path, content: str) -> None:
    store = SecretsStore(tmp_path)
    store.ensure_passwords()
    store.passwords_file.write_text(content, encoding="latin-1")
    with pytest.raises(SecretsError, match=re.escape(str(store.passwords_file))):
        store.ensure_passwords()


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(SecretsError, match="cannot be"):
        SecretsStore(tmp_path / "home").ensure_passwords()
