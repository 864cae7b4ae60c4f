"""The keys of an installation, all derived from one master secret that never enters the database.

Each use has a key of its own, so that what leaks from one use opens nothing in another. When the master secret is
replaced, the old ones stay in the keyring: they open, recognise and verify what they made, and make nothing new.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = [
    "KEY_ID_BYTES",
    "MASTER_SECRET_BYTES",
    "PREVIOUS_SECRETS_MAX",
    "Keyring",
    "Keys",
    "MasterKeyError",
    "MasterKeyFileExistsError",
    "create_secret_file",
]

MASTER_SECRET_BYTES = 32
KEY_ID_BYTES = 8
DERIVED_KEY_BYTES = 32
PREVIOUS_SECRETS_MAX = 8
SETTING_CHARACTERS = 44
DISTINCT_BYTES_MIN = 12
"""A random secret has fewer distinct bytes once in 10**25 times; a placeholder or a repeated word mostly does."""
SECRET_FILE_BYTES_MAX = (SETTING_CHARACTERS + 2) * (PREVIOUS_SECRETS_MAX + 1)
SECRET_FILE_MODE = 0o600

_LABEL = b"kibubu/1/"
_HOW_TO_MAKE_ONE = "make one with: openssl rand -base64 32"


class MasterKeyError(Exception):
    """The master secret is missing, malformed or not kept safe; the sentence says which, never the secret."""


class MasterKeyFileExistsError(MasterKeyError):
    """A master secret is already in the file, and replacing it would make all private data unreadable."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Keys:
    """The keys derived from one master secret.

    Attributes:
        key_id: Names the master secret without telling anything of it. Not secret.
        wrapping: Encrypts the keys of persons.
        blind_index: Makes the indexes through which encrypted columns are searched.
        fingerprint: Makes the fingerprints of requests.
        pepper: Enters passwords before they are hashed.
        refresh_chain: Derives a refresh token from the one before it.
        signing_seed: The private Ed25519 key that signs access tokens.
        machine_secret: Makes the digests of machine credentials' secrets.
    """

    key_id: bytes
    wrapping: bytes
    blind_index: bytes
    fingerprint: bytes
    pepper: bytes
    refresh_chain: bytes
    signing_seed: bytes
    machine_secret: bytes

    @classmethod
    def derived_from(cls, secret: bytes) -> Self:
        """Derive every key; raises MasterKeyError for a secret of another length or an evident placeholder."""
        if len(secret) != MASTER_SECRET_BYTES:
            raise MasterKeyError(f"the master secret has {len(secret)} bytes instead of {MASTER_SECRET_BYTES}")
        if len(set(secret)) < DISTINCT_BYTES_MIN:
            raise MasterKeyError(f"the master secret is not random; {_HOW_TO_MAKE_ONE}")
        return cls(
            key_id=_derive(secret, b"key-id", KEY_ID_BYTES),
            wrapping=_derive(secret, b"key-wrapping"),
            blind_index=_derive(secret, b"blind-index"),
            fingerprint=_derive(secret, b"fingerprint"),
            pepper=_derive(secret, b"password-pepper"),
            refresh_chain=_derive(secret, b"refresh-chain"),
            signing_seed=_derive(secret, b"access-token-signing"),
            machine_secret=_derive(secret, b"machine-secret"),
        )

    def __repr__(self) -> str:
        return f"Keys({self.key_id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled: each process derives its own")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Keyring:
    """The keys in use, and those of earlier master secrets.

    Attributes:
        current: The keys that make everything new.
        previous: The keys of earlier master secrets, which only open and verify; newest first.
    """

    current: Keys
    previous: tuple[Keys, ...] = ()
    _by_id: dict[bytes, Keys] = field(init=False)

    def __post_init__(self) -> None:
        if len(self.previous) > PREVIOUS_SECRETS_MAX:
            raise MasterKeyError(f"more than {PREVIOUS_SECRETS_MAX} earlier master secrets: re-wrap, then drop some")
        by_id = {keys.key_id: keys for keys in self.every}
        if len(by_id) != len(self.every):
            raise MasterKeyError("the same master secret is given twice")
        object.__setattr__(self, "_by_id", by_id)

    @classmethod
    def from_secret(cls, current: bytes, previous: Iterable[bytes] = ()) -> Self:
        """The keyring of a master secret of 32 bytes; raises MasterKeyError if one will not do."""
        return cls(Keys.derived_from(current), tuple(Keys.derived_from(secret) for secret in previous))

    @classmethod
    def from_setting(cls, current: str, previous: Sequence[str] = ()) -> Self:
        """The keyring of secrets written in base64, 44 characters each, as they stand in a setting.

        Raises:
            MasterKeyError: One is empty, of another length, not base64, or will not do.
        """
        return cls.from_secret(_decode(current), tuple(_decode(text) for text in previous))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The keyring of a file with one secret a line in base64: the current one first, then earlier ones.

        Raises:
            MasterKeyError: The file is missing, open to other accounts, or holds something else.
        """
        lines = _read_private_file(path).split()
        if not lines:
            raise MasterKeyError(f"{path} holds no master secret")
        try:
            return cls.from_setting(lines[0], lines[1:])
        except MasterKeyError as error:
            raise MasterKeyError(f"{path}: {error}") from None

    @property
    def every(self) -> tuple[Keys, ...]:
        """The current keys, then the earlier ones."""
        return (self.current, *self.previous)

    def find(self, key_id: bytes) -> Keys | None:
        """The keys named by `key_id`, or None if their master secret is not in this keyring."""
        return self._by_id.get(key_id)

    def __repr__(self) -> str:
        return f"Keyring(current={self.current.key_id.hex()}, previous={len(self.previous)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a keyring is not pickled: each process derives its own")


def create_secret_file(path: Path) -> None:
    """Write a new random master secret to `path`, readable by its owner only.

    The file appears whole or not at all, also when two processes try at once: one of them is refused.

    Raises:
        MasterKeyFileExistsError: Something already stands at `path`.
        OSError: The folder is missing or cannot be written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    text = base64.b64encode(secrets.token_bytes(MASTER_SECRET_BYTES)) + b"\n"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), SECRET_FILE_MODE)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # A rename would replace an existing file; a link refuses to.
        os.link(draft, path)
    except FileExistsError:
        raise MasterKeyFileExistsError(f"{path} already exists; it is not replaced") from None
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _derive(secret: bytes, label: bytes, length: int = DERIVED_KEY_BYTES) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=_LABEL + label).derive(secret)


def _decode(text: str) -> bytes:
    """The secret behind its base64; the errors never quote the text."""
    stripped = text.strip()
    if not stripped:
        raise MasterKeyError(f"the master secret is empty; {_HOW_TO_MAKE_ONE}")
    if len(stripped) != SETTING_CHARACTERS:
        raise MasterKeyError(
            f"the master secret has {len(stripped)} characters instead of {SETTING_CHARACTERS}; {_HOW_TO_MAKE_ONE}"
        )
    try:
        return base64.b64decode(stripped, validate=True)
    except (binascii.Error, ValueError):
        raise MasterKeyError(f"the master secret is not base64; {_HOW_TO_MAKE_ONE}") from None


def _read_private_file(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise MasterKeyError(f"the master secret in {path} cannot be read: {error.strerror}") from None
    try:
        # The open file is examined, not the path, which could be exchanged in between.
        _check_private(path, os.fstat(descriptor))
        content = os.read(descriptor, SECRET_FILE_BYTES_MAX + 1)
    finally:
        os.close(descriptor)
    if len(content) > SECRET_FILE_BYTES_MAX or not content.isascii():
        raise MasterKeyError(f"{path} does not hold master secrets")
    return content.decode("ascii")


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise MasterKeyError(f"{path} is not a file")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise MasterKeyError(f"{path} is open to other accounts; close it with: chmod 600 {path}")
    if status.st_uid not in {0, os.geteuid()}:
        raise MasterKeyError(f"{path} belongs to another account")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
