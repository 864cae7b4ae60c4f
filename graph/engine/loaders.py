"""Loaders that answer for a whole level at once, or key by key, from one load function and one cache."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping, Sequence
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
        names = [self.get_cache_key(key) for key in keys]
        known: MutableMapping[Any, asyncio.Future[Any]] = self._cache if self.cache else {}
        found: dict[Any, Any] = {}
        wanted: dict[Any, Any] = {}
        pending: dict[Any, asyncio.Future[Any]] = {}
        for number, name in enumerate(names):
            try:
                future = known.get(name)
                if future is None:
                    wanted.setdefault(name, keys[number])
                    continue
            except TypeError as error:
                # A key that no dictionary takes: nothing can be found under it.
                names[number] = error
                found[error] = error
                continue
            if future.done():
                failure = future.exception()
                found[name] = future.result() if failure is None else failure
            else:
                pending[name] = future
        if wanted:
            await self._load_wanted(wanted, known, found)
        for name, future in pending.items():
            # Asked for by somebody else at the same time; whatever comes of it is the key's result.
            try:
                found[name] = await future
            except Exception as error:  # noqa: BLE001 - a result like any other
                found[name] = error
        return [found[name] for name in names]

    async def _load_wanted(
        self, wanted: dict[Any, Any], known: MutableMapping[Any, asyncio.Future[Any]], found: dict[Any, Any]
    ) -> None:
        create = self.loop.create_future
        futures = {name: create() for name in wanted}
        known.update(futures)
        names = list(wanted)
        size = self.max_batch_size or len(names)
        parts = [names[start : start + size] for start in range(0, len(names), size)]
        if len(parts) == 1:
            await self._load_part(parts[0], wanted, futures, found)
        else:
            await asyncio.gather(*(self._load_part(part, wanted, futures, found) for part in parts))

    async def _load_part(
        self, names: list[Any], wanted: dict[Any, Any], futures: dict[Any, asyncio.Future[Any]], found: dict[Any, Any]
    ) -> None:
        try:
            results = self._counted(names, await self.batch_load_fn([wanted[name] for name in names]))
        except BaseException as error:
            for name in names:
                self._cache.pop(name, None)
                if isinstance(error, Exception):
                    _settle(futures[name], error)
                    found[name] = error
                else:
                    futures[name].cancel()
            if not isinstance(error, Exception):
                raise
            return
        for name, result in zip(names, results, strict=True):
            found[name] = result
            _settle(futures[name], result)

    def _counted(self, names: list[Any], results: Sequence[Any]) -> Sequence[Any]:
        if len(results) != len(names):
            raise TypeError(f"{type(self).__name__} gave {len(results)} results for {len(names)} keys")
        return results


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if isinstance(result, Exception):
        future.set_exception(result)
        # Marks it as seen: whether anybody asks by `load` as well is not known.
        future.exception()
    else:
        future.set_result(result)
