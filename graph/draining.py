"""Leaving in good order: what the process tells others once it was asked to end, and what it then closes.

First it says that it is not ready, so that whoever spreads requests sends no more; then it takes no new ones and ends
what would never end by itself. Requests under way are finished by the server, not here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

__all__ = ["CLOSE_SECONDS_MAX", "Draining"]

CLOSE_SECONDS_MAX = 5
"""How long sockets and streams may take to be closed."""

_log = structlog.get_logger("kibubu.serve")


class Draining:
    """Whether the process is about to end.

    Attributes:
        is_leaving: It is to end, and still answers; `/readyz` says no, and connections are not kept.
        is_closing: New operations are refused; those under way are finished.
    """

    def __init__(self) -> None:
        self.is_leaving = False
        self.is_closing = False
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._closing: asyncio.Task[None] | None = None

    def on_close(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Have something called when the process takes no more requests: it closes what would never end by itself.

        Closers run side by side, for `CLOSE_SECONDS_MAX` seconds at most; what one raises is logged.
        """
        self._closers.append(closer)

    async def leave(self, delay_seconds: int = 0) -> None:
        """Say that the process is not ready, wait so that others take notice, then close.

        Args:
            delay_seconds: How long requests are still taken.
        """
        if self.is_leaving:
            return
        self.is_leaving = True
        _log.info("leaving", delay_seconds=delay_seconds)
        if delay_seconds:
            await asyncio.sleep(delay_seconds)
        await self.close()

    async def close(self) -> None:
        """Take no more operations, and close what registered; returns when that is done, whoever began it."""
        self.is_leaving = self.is_closing = True
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        closing = [asyncio.ensure_future(closer()) for closer in self._closers]
        if not closing:
            return
        _, late = await asyncio.wait(closing, timeout=CLOSE_SECONDS_MAX)
        for task in late:
            task.cancel()
        for outcome in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(outcome, Exception):
                _log.error("closing_failed", exc_info=outcome)
        if late:
            _log.warning("closing_took_too_long", closers=len(late))
