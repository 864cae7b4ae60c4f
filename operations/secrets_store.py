"""What an installation with the embedded database keeps secret, in `secrets/` of its home.

Two files beside the superuser's password: the master secret, made once and never replaced, and the passwords of the
application's three logins. Both can be read by their owner only, and neither is ever printed.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from persistence.crypto.keyring import MasterKeyFileExistsError, create_secret_file
from persistence.roles import LOGINS

__all__ = ["SecretsError", "SecretsStore"]

PASSWORD_BYTES = 32

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


class SecretsError(Exception):
    """A secret cannot be kept or read; the message names the file and what to do, never the secret."""


class SecretsStore:
    """The secrets of one home.

    Args:
        home: The folder of the embedded database.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home.absolute() / "secrets"

    @property
    def master_key_file(self) -> Path:
        """The file with the master secret. Whoever loses it can read no personal data any more, in backups neither."""
        return self.folder / "master-key"

    @property
    def passwords_file(self) -> Path:
        """The file with the passwords of the logins."""
        return self.folder / "login-passwords.json"

    def ensure_master_key(self, *, data_exists: bool) -> Path:
        """The file with the master secret, made if it is missing and nothing was encrypted yet.

        Args:
            data_exists: Whether the database was there before; then a new secret would open nothing in it.

        Raises:
            SecretsError: It is missing and may not be made anew, or cannot be written.
        """
        if self.master_key_file.exists():
            return self.master_key_file
        if data_exists:
            raise SecretsError(
                f"The master secret {self.master_key_file} is missing, and personal data was encrypted with it. "
                "Put the file back from where you keep a copy, or set KIBUBU_MASTER_KEY."
            )
        self._make_folder()
        try:
            # Another process may have been quicker; its secret is the one.
            with contextlib.suppress(MasterKeyFileExistsError):
                create_secret_file(self.master_key_file)
        except OSError as error:
            raise self._unwritable(error) from None
        return self.master_key_file

    def passwords(self) -> Mapping[str, str] | None:
        """The password of each login; None if none were made yet.

        Raises:
            SecretsError: The file cannot be read, or holds something else.
        """
        try:
            content = self.passwords_file.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise self._unreadable() from None
        try:
            kept = json.loads(content)
        except ValueError:
            raise self._unreadable() from None
        if not isinstance(kept, dict) or kept.keys() != LOGINS.keys():
            raise self._unreadable()
        return kept

    def kept_passwords(self) -> Mapping[str, str]:
        """The password of each login, from when they were made.

        Raises:
            SecretsError: They are missing, or cannot be read.
        """
        kept = self.passwords()
        if kept is None:
            raise SecretsError(
                f"The database passwords in {self.passwords_file} are missing. Put the file back, or let "
                "`kibubu serve` or `kibubu migrate` set new ones."
            )
        return kept

    def ensure_passwords(self) -> Mapping[str, str]:
        """The password of each login, made if there are none.

        Raises:
            SecretsError: They cannot be read or written.
        """
        kept = self.passwords()
        if kept is not None:
            return kept
        made = {login: secrets.token_urlsafe(PASSWORD_BYTES) for login in LOGINS}
        self._make_folder()
        part = self.passwords_file.with_suffix(".new")
        try:
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(json.dumps(made))
                file.flush()
                os.fsync(file.fileno())
            part.rename(self.passwords_file)
        except OSError as error:
            raise self._unwritable(error) from None
        return made

    def _make_folder(self) -> None:
        try:
            if not self.folder.is_dir():
                self.folder.mkdir(mode=_PRIVATE_FOLDER, parents=True)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> SecretsError:
        return SecretsError(f"The folder {self.folder} cannot be written to ({error.strerror}). Make it writable.")

    def _unreadable(self) -> SecretsError:
        return SecretsError(
            f"{self.passwords_file} cannot be read. Stop everything and move it away: the next start makes a new one."
        )
