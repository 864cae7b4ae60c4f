"""How a login is found: by keyed digests of it, which stand beside the sealed values."""

from __future__ import annotations

from domain.contact import EmailAddress, PhoneNumber
from persistence.crypto.blind_index import BlindIndexPurpose, blind_indexes
from persistence.crypto.keyring import Keyring

__all__ = ["login_indexes"]


def login_indexes(keyring: Keyring, login: PhoneNumber | EmailAddress) -> tuple[bytes, ...]:
    """Every index under which the login may be stored: one for each master secret, the current one first."""
    if isinstance(login, PhoneNumber):
        return blind_indexes(keyring, BlindIndexPurpose.PHONE, login.value)
    return blind_indexes(keyring, BlindIndexPurpose.EMAIL, login.lookup)
