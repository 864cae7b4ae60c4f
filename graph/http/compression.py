"""Compressed answers, for clients that take them: gzip, which every client has.

That an answer's length depends on what it says is no leak here. Guessing a secret by it takes a browser that sends a
victim's credential along with what an attacker chose, and no browser adds a credential to these requests.
"""

from __future__ import annotations

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from graph.http.negotiation import weights_of

__all__ = ["COMPRESS_FROM_BYTES", "Compressor", "takes_gzip"]

COMPRESS_FROM_BYTES = 1_400
"""What is shorter fits a packet as it is."""
ON_LOOP_BYTES_MAX = 32 * 1024
"""What is longer is compressed in a thread, so that others have their turn; shorter takes about 0.1 ms."""
THREADS = 2
LEVEL = 1
"""The fastest: answers shrink to a fifth or so, and the usual level gains a tenth of that for twice the time."""

_MAX_CACHED_CHARACTERS = 512
_GZIP = ("gzip", "x-gzip")


def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether the client takes gzip, and likes it no less than what is not compressed."""
    if not accept_encoding:
        return False
    return _cached(accept_encoding) if len(accept_encoding) <= _MAX_CACHED_CHARACTERS else _takes(accept_encoding)


def _takes(accept_encoding: str) -> bool:
    weights = weights_of(accept_encoding)
    weight = max((weights[name] for name in _GZIP if name in weights), default=weights.get("*", 0.0))
    return weight > 0 and weight >= weights.get("identity", 0.0)


_cached = lru_cache(maxsize=64)(_takes)


class Compressor:
    """Compresses answers of one endpoint, long ones in at most two threads."""

    def __init__(self, from_bytes: int | None = COMPRESS_FROM_BYTES) -> None:
        """Compress what has at least so many bytes; None compresses nothing."""
        self._from_bytes = from_bytes
        self._threads = ThreadPoolExecutor(THREADS, "compress")

    async def compressed(self, body: bytes, accept_encoding: str | None) -> bytes | None:
        """The body in gzip; None where it is better sent as it is."""
        if self._from_bytes is None or len(body) < self._from_bytes or not takes_gzip(accept_encoding):
            return None
        if len(body) <= ON_LOOP_BYTES_MAX:
            return _gzip(body)
        return await asyncio.get_running_loop().run_in_executor(self._threads, _gzip, body)


def _gzip(body: bytes) -> bytes:
    # Without a time, so that the same answer has the same bytes.
    return gzip.compress(body, LEVEL, mtime=0)
