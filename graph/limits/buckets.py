"""How much a viewer may ask for in a time: a leaky bucket for each, in the memory of the process.

Several processes do not share their buckets, so a viewer whose requests reach all of them has as many times the
allowance as there are processes. That is an approximation on purpose: reading costs no write. What must be exact, such
as attempts to sign in, is counted in the database.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from graph.budgets import Budget
from graph.limits.refusals import Throttled

__all__ = ["BUCKETS_MAX", "Buckets"]

BUCKETS_MAX = 50_000
"""How many viewers are remembered; who was not seen for longest is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    available: float
    at: float


class Buckets:
    """The allowances of a process.

    Args:
        clock: The time in seconds, which never goes back.
        size: How many viewers are remembered.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, size: int = BUCKETS_MAX) -> None:
        self._clock = clock
        self._size = size
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, who: Hashable, budget: Budget, cost: float) -> None:
        """Take the cost of an operation out of a viewer's bucket.

        Raises:
            Throttled: There is not so much in it.
        """
        if not budget.restore_rate:
            return
        bucket = self._restored(who, budget)
        if cost > bucket.available:
            raise Throttled((cost - bucket.available) / budget.restore_rate)
        bucket.available -= cost

    def give_back(self, who: Hashable, budget: Budget, cost: float) -> None:
        """Put back what an operation did not cost in the end, or take what it cost more."""
        if budget.restore_rate:
            bucket = self._restored(who, budget)
            bucket.available = min(budget.capacity, bucket.available + cost)

    def status(self, who: Hashable, budget: Budget) -> dict[str, Any]:
        """What is left, as Shopify's `throttleStatus` has it."""
        available = self._restored(who, budget).available if budget.restore_rate else budget.capacity
        return {
            "maximumAvailable": budget.capacity,
            "currentlyAvailable": max(0, int(available)),
            "restoreRate": budget.restore_rate,
        }

    def _restored(self, who: Hashable, budget: Budget) -> _Bucket:
        """The viewer's bucket, filled up by the time that has passed."""
        now = self._clock()
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = _Bucket(budget.capacity, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(who)
        bucket.available = min(budget.capacity, bucket.available + (now - bucket.at) * budget.restore_rate)
        bucket.at = now
        return bucket
