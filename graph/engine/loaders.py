"""Loaders that answer for a whole level at once, or key by key, from one load function and one cache."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, MutableMapping, Sequence
from typing import Any

from aiodataloader import DataLoader

__all__ = ["LevelLoader"]


class LevelLoader(DataLoader[Any, Any]):
    """A data loader with an entry for a level; `batch_load_fn` gives a result for each key, or an exception."""

    async def load_level(self, keys: Sequence[Any]) -> list[Any]:
        """The results for the keys, in their order; an exception stands where a key has one.

        What is known already is not loaded again, and what is loaded is known to `load` from then on. What failed as a
        whole is known to nobody: whoever asks next asks anew.
        """
        cache_key = self.get_cache_key
        known: MutableMapping[Any, asyncio.Future[Any]] = self._cache if self.cache else {}
        names: list[Any] = []
        wanted: dict[Any, Any] = {}
        futures: dict[Any, asyncio.Future[Any]] = {}
        for key in keys:
            name = cache_key(key)
            names.append(name)
            try:
                if name in futures:
                    continue
                future = known.get(name)
            except TypeError as error:
                # A key that no dictionary takes: nothing can be found under it.
                names[-1] = error
                continue
            if future is None:
                wanted[name] = key
                future = self.loop.create_future()
            futures[name] = future
        if wanted:
            known.update((name, futures[name]) for name in wanted)
            await self._load_wanted(wanted, futures)
        return [name if isinstance(name, TypeError) else await _result(futures[name]) for name in names]

    async def _load_wanted(self, wanted: dict[Hashable, Any], futures: dict[Any, asyncio.Future[Any]]) -> None:
        items = list(wanted.items())
        size = self.max_batch_size or len(items)
        parts = [items[start : start + size] for start in range(0, len(items), size)]
        if len(parts) == 1:
            await self._load_part(parts[0], futures)
        else:
            await asyncio.gather(*(self._load_part(part, futures) for part in parts))

    async def _load_part(self, part: list[tuple[Any, Any]], futures: dict[Any, asyncio.Future[Any]]) -> None:
        keys = [key for _, key in part]
        try:
            results = list(await self.batch_load_fn(keys))
        except BaseException as error:
            for name, _ in part:
                self._cache.pop(name, None)
                if isinstance(error, Exception):
                    _settle(futures[name], error)
                else:
                    futures[name].cancel()
            if not isinstance(error, Exception):
                raise
            return
        if len(results) != len(keys):
            amiss = TypeError(f"{type(self).__name__} gave {len(results)} results for {len(keys)} keys")
            results = [amiss] * len(keys)
        for (name, _), result in zip(part, results, strict=True):
            _settle(futures[name], result)


async def _result(future: asyncio.Future[Any]) -> Any:
    """What came of a key."""
    if not future.done():
        # Asked for by somebody else at the same time.
        try:
            return await future
        except Exception as error:  # noqa: BLE001 - a result like any other
            return error
    failure = future.exception()
    return future.result() if failure is None else failure


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if isinstance(result, Exception):
        future.set_exception(result)
        # Marks it as seen: whether anybody asks by `load` as well is not known.
        future.exception()
    else:
        future.set_result(result)
