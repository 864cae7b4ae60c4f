"""Keys and ids that the tests of this folder share; the secrets are plain counts, which nobody takes for real."""

from __future__ import annotations

from uuid import UUID

from persistence.crypto.keyring import Keyring

SECRET = bytes(range(32))
NEW_SECRET = bytes(range(100, 132))

KEYRING = Keyring.from_secret(SECRET)
STRANGERS = Keyring.from_secret(NEW_SECRET)
ROTATED = Keyring.from_secret(NEW_SECRET, previous=(SECRET,))

AMINA = UUID("0192f0c1-7d2a-7c3e-8b1f-5a6b7c8d9e0f")
BARAKA = UUID("0192f0c1-7d2a-7c3e-8b1f-5a6b7c8d9e10")
