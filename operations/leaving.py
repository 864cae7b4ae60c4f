"""Being told to end while serving: others are told first, and only then the server."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from graph.draining import Draining

__all__ = ["leaving_on_signals"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def leaving_on_signals(draining: Draining, delay_seconds: int) -> Iterator[None]:
    """Let SIGINT and SIGTERM first have `/readyz` say no for a time, and what never ends by itself be closed.

    The server has its own handlers for the two, which make it take no more connections and finish what runs. They are
    called when the time is over, or at once when a second signal comes.

    Args:
        draining: What tells the others.
        delay_seconds: How long requests are still taken.
    """
    loop = asyncio.get_running_loop()
    servers = {int(number): signal.getsignal(number) for number in _SIGNALS}
    leaving: set[asyncio.Task[None]] = set()

    async def leave(tell_server: Callable[[], object]) -> None:
        waiting = asyncio.create_task(draining.leave(delay_seconds))
        if delay_seconds:
            # Until the time is over everything is answered; the sockets are closed while the server finishes the rest.
            await asyncio.wait([waiting], timeout=delay_seconds)
        tell_server()
        await waiting

    def begin(tell_server: Callable[[], object]) -> None:
        if leaving:
            tell_server()
        else:
            leaving.add(loop.create_task(leave(tell_server)))

    def told(number: int, frame: FrameType | None) -> None:
        server = servers[number]
        if callable(server):
            loop.call_soon_threadsafe(begin, lambda: server(number, frame))

    for each in _SIGNALS:
        signal.signal(each, told)
    try:
        yield
    finally:
        for number, server in servers.items():
            signal.signal(number, server)
