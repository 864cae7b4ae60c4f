"""The secrets of machine credentials: what a program sends in place of an access token.

A token reads `kbb_<id>_<secret><checksum>`: the credential's id in 32 hexadecimal digits, 43 letters and digits drawn
at random, and a checksum of all that in six more. The prefix and the checksum let a scanner of repositories and logs
tell a leaked token from other text without asking anybody; they keep nobody out. The database holds digests alone,
made with a key of the installation's: whoever reads it learns no secret, and whoever writes to it without the key
makes none. So it does not matter how long it takes to compare two.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field
from uuid import UUID

from persistence.crypto.keyring import Keyring, Keys
from persistence.crypto.tokens import TokenInvalid

__all__ = ["MACHINE_TOKEN_PREFIX", "MachineToken", "is_machine_token", "new_machine_token", "read_machine_token"]

MACHINE_TOKEN_PREFIX = "kbb_"  # noqa: S105 - a mark that lets scanners find leaked tokens, not a secret
SECRET_CHARACTERS = 43
"""Each is one of 62, so that all together are 256 bits."""
CHECKSUM_CHARACTERS = 6

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SHAPE = re.compile(rf"({MACHINE_TOKEN_PREFIX}([0-9a-f]{{32}})_[0-9A-Za-z]{{{SECRET_CHARACTERS}}})([0-9A-Za-z]{{6}})")


@dataclass(frozen=True, slots=True)
class MachineToken:
    """A token, and what the database knows it by.

    Attributes:
        credential_id: The credential that it names.
        text: What the program sends. Secret.
        digests: Its digests, one for each master secret of the installation; the first, which is the current one's, is
            stored with a new token.
    """

    credential_id: UUID
    text: str = field(repr=False)
    digests: tuple[bytes, ...] = field(repr=False)


def is_machine_token(text: str) -> bool:
    """Whether the text says of itself that it is such a token, whole or not."""
    return text.startswith(MACHINE_TOKEN_PREFIX)


def new_machine_token(keyring: Keyring, credential_id: UUID) -> MachineToken:
    """A new random token of the credential."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_CHARACTERS))
    body = f"{MACHINE_TOKEN_PREFIX}{credential_id.hex}_{secret}"
    return _known(keyring, credential_id, body + _checksum(body))


def read_machine_token(keyring: Keyring, text: str) -> MachineToken:
    """The token that was sent.

    Raises:
        TokenInvalid: It is not shaped as one, or its checksum is wrong: cut off, mistyped, or made up.
    """
    match = _SHAPE.fullmatch(text)
    if match is None or not hmac.compare_digest(_checksum(match[1]), match[3]):
        raise TokenInvalid("the machine credential is malformed")
    return _known(keyring, UUID(hex=match[2]), text)


def _known(keyring: Keyring, credential_id: UUID, text: str) -> MachineToken:
    return MachineToken(credential_id, text, tuple(_digest(keys, text) for keys in keyring.every))


def _digest(keys: Keys, text: str) -> bytes:
    return hmac.digest(keys.machine_secret, text.encode("ascii"), hashlib.sha256)


def _checksum(body: str) -> str:
    """The CRC-32 of the text, in base 62."""
    number, characters = zlib.crc32(body.encode("ascii")), ""
    for _ in range(CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(_ALPHABET))
        characters = _ALPHABET[digit] + characters
    return characters
