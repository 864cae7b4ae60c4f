"""Chance that comes out the same every time: each draw and each id is made from names, and depends on no other.

So figures depend neither on the order of the work nor on the version of Python.
"""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID, uuid5

__all__ = ["chance", "draw", "identifier"]

SEED = "demonstration data 1"
"""Another seed gives other people and figures under the same ids."""

NAMESPACE = UUID("d0c4f3f2-6f0b-5b8e-9d64-0b1c6f7a2e11")

_DRAW_BYTES = 8


def identifier(*names: object) -> UUID:
    """The id of what bears these names."""
    return uuid5(NAMESPACE, _joined(names))


def draw(count: int, *names: object) -> int:
    """A number from 0 to `count` - 1, each as likely as any other."""
    digest = blake2b(_joined((SEED, *names)).encode(), digest_size=_DRAW_BYTES).digest()
    return int.from_bytes(digest, "big") % count


def chance(percent: int, *names: object) -> bool:
    """Whether what happens in so many of a hundred cases happens in this one."""
    return draw(100, *names) < percent


def _joined(names: tuple[object, ...]) -> str:
    return "/".join(str(name) for name in names)
