"""What limits and log cost each request: the same operation with them and without, in processor time of one process.

The operation asks the database nothing, and its cost hangs on a variable, as that of most does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.world import KEYRING
from domain.identifiers import new_id
from graph.execution import Executor
from graph.http import GraphQLRequest, RequestFacts
from graph.services import Services
from graph.settings import LogLevel, read_settings
from operations.logs import configure_logging
from persistence.access import Access
from persistence.crypto.passwords import PasswordHasher
from persistence.crypto.tokens import AccessTokens, TokenRole
from persistence.database import Database

OPERATION = "query Q($n: Int!, $is: Boolean!) { __typename groups(first: $n) @include(if: $is) { nodes { name } } }"
REQUESTS = 3_000
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Overhead:
    """Microseconds of the processor that one request takes.

    Attributes:
        plain: Without either.
        limits: How much more with the counting of what each viewer asks for.
        log: How much more with its line of log.
        both: How much more with both, as it is served.
    """

    plain: float
    limits: float
    log: float
    both: float


def measure() -> Overhead:
    """The best of several rounds, in which each way has its turn."""
    ways = [(False, False), (True, False), (False, True), (True, True)]
    best = dict.fromkeys(ways, float("inf"))
    with _unread():
        for _ in range(ROUNDS):
            for way in ways:
                best[way] = min(best[way], asyncio.run(_round(counts=way[0], tells=way[1])))
    plain = best[False, False]
    return Overhead(plain, best[True, False] - plain, best[False, True] - plain, best[True, True] - plain)


@contextmanager
def _unread() -> Iterator[None]:
    """Lines of log are written where nobody reads them, as fast as that goes."""
    before = sys.stderr
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stderr = nowhere
        try:
            yield
        finally:
            sys.stderr = before
            logging.getLogger().handlers.clear()


async def _round(*, counts: bool, tells: bool) -> float:
    configure_logging(plain=False, level=LogLevel.INFO if tells else LogLevel.ERROR)
    database, tokens, hasher = Database({}), AccessTokens(KEYRING), PasswordHasher(KEYRING)
    try:
        settings = read_settings(master_key="A" * 43 + "=", rate_limits=counts)
        execute = Executor(Services(settings, database, KEYRING, tokens, Access(database, KEYRING, hasher, tokens)))
        token = tokens.issue(new_id(), new_id(), TokenRole.APP).text
        facts = RequestFacts(
            "bench", "POST", allow_mutations=True, headers={"authorization": f"Bearer {token}"}, client_host="192.0.2.1"
        )
        request = GraphQLRequest(OPERATION, variables={"n": 5, "is": False})
        answer = await execute(request, facts)
        assert answer.data == {"__typename": "Query"}, answer.errors
        began = time.process_time()
        for _ in range(REQUESTS):
            await execute(request, facts)
        return (time.process_time() - began) / REQUESTS * 1_000_000
    finally:
        hasher.close()


def main() -> None:
    """Measure and print."""
    found = measure()
    print(
        f"a request without limits and log: {found.plain:.0f} µs; with the counting of limits {found.limits:+.0f}, "
        f"with its line of log {found.log:+.0f}, with both {found.both:+.0f} µs"
    )


if __name__ == "__main__":
    main()
