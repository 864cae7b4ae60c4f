"""Personal data at rest: sealed with AES-256-GCM under one key per person, itself wrapped by the master key.

Destroying a person's wrapped key makes every value sealed under it unreadable for good, in backups as well. A sealed
value is bound to its owner and its column: moved to another row or column it does not open.

The layouts, after one byte that names the format (1):

    wrapped key:   id of the master key (8), nonce (12), encrypted key (32), tag (16)
    sealed value:  nonce (12), encrypted text (any length), tag (16)
"""

from __future__ import annotations

import os
from typing import NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from persistence.crypto.keyring import KEY_ID_BYTES, Keyring

__all__ = [
    "PLAINTEXT_BYTES_MAX",
    "PersonCipher",
    "PersonKeyDestroyed",
    "SealBroken",
    "WrappedKey",
    "is_current",
    "new_person_key",
    "rewrap",
]

WrappedKey = NewType("WrappedKey", bytes)
"""A person's key as it is stored: encrypted under the master key."""

PLAINTEXT_BYTES_MAX = 16_384
"""No personal column is longer, in bytes of UTF-8."""

_FORMAT = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = len(_FORMAT) + KEY_ID_BYTES + _NONCE_BYTES + _KEY_BYTES + _TAG_BYTES
_SEALED_BYTES_MIN = len(_FORMAT) + _NONCE_BYTES + _TAG_BYTES
_KEY_LABEL = b"kibubu/person-key"
_VALUE_LABEL = b"kibubu/personal-value"


class SealBroken(Exception):
    """A stored value does not open: altered, moved, cut short, or of a master key that is not in the keyring."""


class PersonKeyDestroyed(Exception):
    """Nothing can be sealed for a person whose key was destroyed."""


def new_person_key(keyring: Keyring) -> WrappedKey:
    """A new random key for one person, wrapped by the current master key."""
    return _wrap(keyring, AESGCM.generate_key(bit_length=_KEY_BYTES * 8))


def is_current(keyring: Keyring, wrapped: WrappedKey) -> bool:
    """Whether the current master key wrapped it; otherwise `rewrap` it before the old master secret goes."""
    return wrapped.startswith(_FORMAT + keyring.current.key_id)


def rewrap(keyring: Keyring, wrapped: WrappedKey) -> WrappedKey:
    """The same person's key wrapped by the current master key; the values sealed under it stay as they are.

    Raises:
        SealBroken: No master key of the keyring opens it.
    """
    return _wrap(keyring, _unwrap(keyring, wrapped))


class PersonCipher:
    """Seals and opens the personal columns of one person.

    Args:
        keyring: The keys of the installation.
        wrapped: The person's key as stored, or None after it was destroyed.

    Raises:
        SealBroken: No master key of the keyring opens the person's key.
    """

    __slots__ = ("_cipher",)

    def __init__(self, keyring: Keyring, wrapped: WrappedKey | None) -> None:
        self._cipher = None if wrapped is None else AESGCM(_unwrap(keyring, wrapped))

    def seal(self, column: str, owner: UUID, plaintext: str) -> bytes:
        """Encrypt a value for one column of one owner; each call gives other bytes.

        Raises:
            PersonKeyDestroyed: The person's key is gone.
            ValueError: The text is longer than any personal column, or is not valid Unicode.
        """
        if self._cipher is None:
            raise PersonKeyDestroyed("the key of this person was destroyed; nothing more can be recorded of them")
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, _encode(plaintext), _binding(column, owner))

    def open(self, column: str, owner: UUID, sealed: bytes | None) -> str | None:
        """Decrypt a value; None if there is none, or if the person's key was destroyed.

        Raises:
            SealBroken: The value was altered, or was sealed for another column, owner or person.
        """
        if self._cipher is None or sealed is None:
            return None
        if len(sealed) < _SEALED_BYTES_MIN or not sealed.startswith(_FORMAT):
            raise SealBroken(f"what is stored in {column} of {owner} is not a sealed value")
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, _binding(column, owner)).decode()
        except InvalidTag:
            raise SealBroken(f"the sealed value in {column} of {owner} does not open") from None


def _binding(column: str, owner: UUID) -> bytes:
    """What a sealed value is bound to; the owner's fixed length keeps owner and column apart."""
    return _VALUE_LABEL + _FORMAT + owner.bytes + column.encode()


def _encode(plaintext: str) -> bytes:
    try:
        encoded = plaintext.encode()
    except UnicodeEncodeError:
        # The original error carries the whole text, which is personal.
        raise ValueError("a personal value is not valid Unicode") from None
    if len(encoded) > PLAINTEXT_BYTES_MAX:
        raise ValueError(f"a personal value has {len(encoded)} bytes; at most {PLAINTEXT_BYTES_MAX} are kept")
    return encoded


def _wrap(keyring: Keyring, key: bytes) -> WrappedKey:
    head = _FORMAT + keyring.current.key_id
    nonce = os.urandom(_NONCE_BYTES)
    return WrappedKey(head + nonce + AESGCM(keyring.current.wrapping).encrypt(nonce, key, _KEY_LABEL + head))


def _unwrap(keyring: Keyring, wrapped: WrappedKey) -> bytes:
    if len(wrapped) != _WRAPPED_BYTES or not wrapped.startswith(_FORMAT):
        raise SealBroken("what is stored is not a person's wrapped key")
    head, rest = wrapped[: 1 + KEY_ID_BYTES], wrapped[1 + KEY_ID_BYTES :]
    keys = keyring.find(head[1:])
    if keys is None:
        raise SealBroken(f"a person's key was wrapped by master key {head[1:].hex()}, which is not in the keyring")
    try:
        return AESGCM(keys.wrapping).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _KEY_LABEL + head)
    except InvalidTag:
        raise SealBroken("a person's wrapped key does not open") from None
