"""How many group pages a second, over the application without a network, and in how many statements."""

from __future__ import annotations

import asyncio
import time

from bench.world import KEYRING, World
from graph.execution import Executor
from graph.http import GraphQLRequest, RequestFacts
from graph.services import Services
from graph.settings import read_settings
from persistence.access import Access
from persistence.crypto.passwords import PasswordHasher
from persistence.crypto.tokens import AccessTokens, TokenRole
from persistence.snapshot import Snapshot

GROUP_PAGE = """
query GroupPage($id: ID!) {
  group(id: $id) {
    name currency
    members(first: 25) { nodes { number name balances { shares sharesValue { amount } socialFundPaid { amount } } } }
    meetings(first: 10) { nodes { number heldOn status totals { kind amount { amount } entryCount } } }
  }
}
"""
CLIENTS = 8


async def group_pages(world: World, seconds: float) -> tuple[float, int]:
    """Group pages a second from 8 clients in one process, and the statements of one page."""
    async with world.database(size=CLIENTS) as database:
        tokens = AccessTokens(KEYRING)
        hasher = PasswordHasher(KEYRING)
        settings = read_settings(database_url=world.address(), master_key="A" * 43 + "=", rate_limits=False)
        services = Services(settings, database, KEYRING, tokens, Access(database, KEYRING, hasher, tokens))
        token = tokens.issue(world.user_id, world.session_id, TokenRole.APP).text
        execute = Executor(services)
        facts = RequestFacts(
            "bench", "POST", allow_mutations=True, headers={"authorization": f"Bearer {token}"}, client_host=None
        )
        end = time.monotonic() + seconds
        done = 0

        async def client(number: int) -> None:
            nonlocal done
            while time.monotonic() < end:
                group = world.groups[(done + number) % len(world.groups)]
                answer = await execute(GraphQLRequest(GROUP_PAGE, variables={"id": str(group.id)}), facts)
                assert not answer.errors, answer.errors
                done += 1

        began = time.monotonic()
        await asyncio.gather(*(client(number) for number in range(CLIENTS)))
        took = time.monotonic() - began
        counted: list[int] = []
        close = Snapshot.close

        async def count(snapshot: Snapshot) -> None:
            counted.append(snapshot.statements_count)
            await close(snapshot)

        Snapshot.close = count  # type: ignore[method-assign,assignment]
        try:
            await execute(GraphQLRequest(GROUP_PAGE, variables={"id": str(world.groups[0].id)}), facts)
        finally:
            Snapshot.close = close  # type: ignore[method-assign]
            hasher.close()
        return done / took, sum(counted)
