"""Recognising a repeated request: a keyed hash of the operation and of its fields as they were sent.

The fields are written as canonical JSON, so that equal requests give equal bytes whatever the order of their fields
or the spelling of their numbers. A field that was not sent differs from one that was sent as null, and no default is
filled in; so a field added to the schema later changes no earlier fingerprint.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from uuid import UUID

from persistence.crypto.keyring import Keyring, Keys

__all__ = ["DECIMAL_DIGITS_MAX", "DEPTH_MAX", "canonical_json", "fingerprints"]

DEPTH_MAX = 32
"""Objects and lists within each other; no input of the schema nests deeper."""
DECIMAL_DIGITS_MAX = 400
"""Digits of a decimal once written out; without a limit `1E+999999999` would fill the memory."""

_WORDS = {None: "null", True: "true", False: "false"}


def fingerprints(keyring: Keyring, operation: str, fields: Mapping[str, object]) -> tuple[bytes, ...]:
    """Every fingerprint of 32 bytes that the request may be stored under, one for each master secret.

    The first is the current one, to be stored with a new idempotency key.

    Args:
        keyring: The keys of the installation.
        operation: The name of the mutation.
        fields: Its input as sent, scalars parsed, without the idempotency key itself.

    Raises:
        TypeError: A value is of a kind that has no canonical form, such as a float.
        ValueError: A value has no canonical form (not a number, a time without zone), or is too deep or too long.
    """
    canonical = canonical_json(fields)
    return tuple(_digest(keys, operation, canonical) for keys in keyring.every)


def canonical_json(value: object) -> bytes:
    """The one JSON text of a value, in UTF-8, without spaces and with sorted keys.

    A UUID, decimal, date or time is written as a string: a UUID in lower case, a decimal in plain digits without
    trailing zeros, a time in UTC with `Z`. A lone surrogate is kept, so that this never fails on a string.

    Raises:
        TypeError: The value, or one within it, is of a kind that has no canonical form.
        ValueError: A value has no canonical form, or is too deep or too long.
    """
    return _write(value, DEPTH_MAX).encode("utf-8", "surrogatepass")


def _digest(keys: Keys, operation: str, canonical: bytes) -> bytes:
    if not operation or "\x00" in operation:
        raise ValueError("an operation has a name without NUL")
    return hmac.digest(keys.fingerprint, operation.encode() + b"\x00" + canonical, hashlib.sha256)


def _write(value: object, depth: int) -> str:
    if depth < 0:
        raise ValueError(f"a request is at most {DEPTH_MAX} levels deep")
    match value:
        case None | bool():
            return _WORDS[value]
        case int():
            return int.__repr__(value)
        case str():
            return encode_basestring(value)
        case Mapping():
            return _write_object(value, depth)
        case list() | tuple():
            return f"[{','.join(_write(item, depth - 1) for item in value)}]"
        case _:
            return f'"{_scalar(value)}"'


def _write_object(value: Mapping[object, object], depth: int) -> str:
    names = [name for name in value if isinstance(name, str)]
    if len(names) != len(value):
        raise TypeError("the fields of a request have names")
    return f"{{{','.join(f'{encode_basestring(name)}:{_write(value[name], depth - 1)}' for name in sorted(names))}}}"


def _scalar(value: object) -> str:
    match value:
        case UUID():
            return str(value)
        case Decimal():
            return _plain(value)
        case datetime():
            if value.utcoffset() is None:
                raise ValueError("a time in a request has a zone")
            return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
        case date():
            return value.isoformat()
        case _:
            raise TypeError(f"a request holds no {type(value).__name__}")


def _plain(value: Decimal) -> str:
    """The digits without exponent and trailing zeros; `Decimal.normalize` would round to the context's precision."""
    if not value.is_finite():
        raise ValueError("a decimal in a request is a number")
    _, digits, exponent = value.as_tuple()
    if len(digits) + abs(int(exponent)) > DECIMAL_DIGITS_MAX:
        raise ValueError(f"a decimal in a request has at most {DECIMAL_DIGITS_MAX} digits")
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
