"""Finding encrypted values: a keyed hash stands beside a sealed phone number, e-mail address or national id.

Equal values give equal indexes, in every process and tenant, and without the key an index tells nothing of its value.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum

from persistence.crypto.keyring import Keyring, Keys

__all__ = ["BlindIndexPurpose", "blind_index", "blind_indexes"]


class BlindIndexPurpose(StrEnum):
    """What is indexed; the same text indexed for another purpose gives an unrelated index."""

    PHONE = "phone"
    EMAIL = "email"
    NATIONAL_ID = "national-id"
    PLACE = "place"


def blind_index(keyring: Keyring, purpose: BlindIndexPurpose, normalised: str) -> bytes:
    """The 32 bytes to store beside a sealed value.

    Args:
        keyring: The keys of the installation; the current ones are used.
        purpose: What the value is.
        normalised: The value in its one canonical form: a phone number in E.164, an e-mail address in lower case, a
            national id with its country. Two spellings of one value would not be found as equal.

    Raises:
        ValueError: The value is empty, which would make everyone without one equal.
    """
    return _index(keyring.current, purpose, normalised)


def blind_indexes(keyring: Keyring, purpose: BlindIndexPurpose, normalised: str) -> tuple[bytes, ...]:
    """Every index the value may be stored under, the current one first: what a search compares with.

    There is one for each master secret in the keyring, so that rows indexed before a change of secret are found.

    Raises:
        ValueError: The value is empty.
    """
    return tuple(_index(keys, purpose, normalised) for keys in keyring.every)


def _index(keys: Keys, purpose: BlindIndexPurpose, normalised: str) -> bytes:
    if not normalised:
        raise ValueError("an empty value has no blind index")
    return hmac.digest(keys.blind_index, purpose.value.encode() + b"\x00" + normalised.encode(), hashlib.sha256)
