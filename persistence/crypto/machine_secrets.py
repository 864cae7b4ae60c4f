"""The secrets of machine credentials: what a program sends in place of an access token.

A token reads `kbb_<id>_<secret><seal><checksum>`: the credential's id in 32 hexadecimal digits, 43 letters and digits
drawn at random, a seal that only the installation can make in eleven more, and a checksum of all that in six. By the
prefix and the checksum a scanner of repositories and logs tells a leaked token from other text without asking anybody.
By the seal the process knows a token of its own before it asks the database, so that nobody makes it look up, or hold
to a credential's limits, what was never given out. Whether a token is still good the database alone says: it holds
keyed digests, so whoever reads it learns no secret, and whoever writes to it without the key makes none.
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
SEAL_BYTES = 8
SEAL_CHARACTERS = 11
CHECKSUM_CHARACTERS = 6

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SHAPE = re.compile(
    rf"({MACHINE_TOKEN_PREFIX}([0-9a-f]{{32}})_[0-9A-Za-z]{{{SECRET_CHARACTERS}}})"
    rf"([0-9A-Za-z]{{{SEAL_CHARACTERS}}})([0-9A-Za-z]{{{CHECKSUM_CHARACTERS}}})"
)
_SEAL_LABEL, _DIGEST_LABEL = b"seal\x00", b"digest\x00"


@dataclass(frozen=True, slots=True)
class MachineToken:
    """A token, and what the database knows it by.

    Attributes:
        credential_id: The credential that it names.
        text: What the program sends. Secret.
        digest: What the database keeps of it, under the key that the token was made with.
    """

    credential_id: UUID
    text: str = field(repr=False)
    digest: bytes = field(repr=False)


def is_machine_token(text: str) -> bool:
    """Whether the text says of itself that it is such a token, whole or not."""
    return text.startswith(MACHINE_TOKEN_PREFIX)


def new_machine_token(keyring: Keyring, credential_id: UUID) -> MachineToken:
    """A new random token of the credential."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_CHARACTERS))
    body = f"{MACHINE_TOKEN_PREFIX}{credential_id.hex}_{secret}"
    sealed = body + _seal(keyring.current, body)
    return _known(keyring.current, credential_id, sealed + _checksum(sealed))


def read_machine_token(keyring: Keyring, text: str) -> MachineToken:
    """The token that was sent; one made under an earlier master secret of the keyring is read too.

    Raises:
        TokenInvalid: It is not shaped as one, its checksum is wrong, or this installation never made it.
    """
    match = _SHAPE.fullmatch(text)
    if match is not None:
        body, credential, seal, checksum = match.groups()
        if checksum == _checksum(body + seal):
            for keys in keyring.every:
                if hmac.compare_digest(seal, _seal(keys, body)):
                    return _known(keys, UUID(hex=credential), text)
    raise TokenInvalid("the machine credential is malformed, or none of ours")


def _known(keys: Keys, credential_id: UUID, text: str) -> MachineToken:
    digest = hmac.digest(keys.machine_secret, _DIGEST_LABEL + text.encode("ascii"), hashlib.sha256)
    return MachineToken(credential_id, text, digest)


def _seal(keys: Keys, body: str) -> str:
    mark = hmac.digest(keys.machine_secret, _SEAL_LABEL + body.encode("ascii"), hashlib.sha256)
    return _written(int.from_bytes(mark[:SEAL_BYTES]), SEAL_CHARACTERS)


def _checksum(sealed: str) -> str:
    return _written(zlib.crc32(sealed.encode("ascii")), CHECKSUM_CHARACTERS)


def _written(number: int, length: int) -> str:
    """A number in base 62, with zeros before it."""
    characters = ""
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        characters = _ALPHABET[digit] + characters
    return characters
