"""Attempts that are counted in the database, so that no process and no alias lets through one more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from domain.access.attempts import AttemptLimit

__all__ = ["Attempt", "take_attempts"]

_TAKE_ATTEMPTS = "SELECT access.take_attempts($1, $2, $3)"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, as it is counted.

    Attributes:
        bucket: What it counts for: a keyed digest of a login or of an address.
        limit: How often it may be made.
    """

    bucket: bytes
    limit: AttemptLimit


async def take_attempts(connection: asyncpg.Connection, attempts: Sequence[Attempt]) -> timedelta | None:
    """Count attempts, in a transaction that writes and is to be committed whatever comes of them.

    Args:
        connection: In the transaction.
        attempts: What is counted, the place before the login: of two sign-ins that share both, none then waits for the
            other while the other waits for it.

    Returns:
        None if each may be made; else how long to wait.
    """
    return await connection.fetchval(  # type: ignore[no-any-return]
        _TAKE_ATTEMPTS,
        [each.bucket for each in attempts],
        [each.limit.burst for each in attempts],
        [each.limit.period for each in attempts],
    )
