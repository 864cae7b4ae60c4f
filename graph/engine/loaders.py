"""Loaders that answer for a whole level at once, or key by key, from one load function and one cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiodataloader import DataLoader

__all__ = ["LevelLoader"]


class LevelLoader(DataLoader[Any, Any]):
    """A data loader with an entry for a level; `batch_load_fn` gives a result for each key, or an exception."""

    async def load_level(self, keys: Sequence[Any]) -> list[Any]:
        """The results for the keys, in their order; an exception stands where a key has one.

        What is known already is not loaded again, and what is loaded is known to `load` from then on.
        """
        known = self._cache if self.cache else {}
        cache_key = self.get_cache_key
        wanted = {name: key for key in keys if (name := cache_key(key)) not in known}
        if wanted:
            await self._load_missing(known, wanted)
        results: list[Any] = []
        for key in keys:
            future = known[cache_key(key)]
            if not future.done():
                # Asked for by `load` within this very turn of the loop; whatever comes of it is the key's result.
                try:
                    await future
                except Exception as error:  # noqa: BLE001 - a result like any other
                    results.append(error)
                    continue
            failure = future.exception()
            results.append(future.result() if failure is None else failure)
        return results

    async def _load_missing(self, known: Any, wanted: dict[Any, Any]) -> None:
        futures = {name: self.loop.create_future() for name in wanted}
        known.update(futures)
        keys = list(wanted.values())
        size = self.max_batch_size or len(keys)
        loaded: list[Any] = []
        try:
            for start in range(0, len(keys), size):
                chunk = keys[start : start + size]
                loaded += self._checked(chunk, await self.batch_load_fn(chunk))
        except BaseException as error:
            # Nothing is known of what failed as a whole: whoever asks next asks anew.
            for name, future in futures.items():
                known.pop(name, None)
                if isinstance(error, Exception):
                    _settle(future, error)
                else:
                    future.cancel()
            raise
        for future, result in zip(futures.values(), loaded, strict=True):
            _settle(future, result)

    def _checked(self, keys: list[Any], results: list[Any]) -> list[Any]:
        if len(results) != len(keys):
            raise TypeError(f"{type(self).__name__} gave {len(results)} results for {len(keys)} keys")
        return results


def _settle(future: Any, result: Any) -> None:
    if isinstance(result, Exception):
        future.set_exception(result)
        # Marks it as seen: whether anybody asks by `load` as well is not known.
        future.exception()
    else:
        future.set_result(result)
