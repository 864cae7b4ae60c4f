"""Who may ask for how much."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from persistence.viewer import Principal

__all__ = ["COST_MAX", "Budget", "budget_of"]

COST_MAX = 1_000
"""What one operation of a person may cost, unless the installation sets it otherwise."""

MACHINE_FACTOR = 10
"""How many times as much a program with a credential of its own may ask for."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a kind of viewer may ask for.

    Attributes:
        cost_max: What one operation may cost.
        capacity: What may be asked for at once, in one process.
        restore_rate: How much of it comes back in a second; 0 where nobody counts.
    """

    cost_max: int
    capacity: int
    restore_rate: int

    def __post_init__(self) -> None:
        """Raise ValueError where an operation that is let through could never be paid for."""
        if not 0 < self.cost_max <= self.capacity or self.restore_rate < 0:
            raise ValueError("a budget holds one operation at least")


def budget_of(principal: Principal | None, cost_max: int = COST_MAX, *, counts: bool = True) -> Budget:
    """How much a viewer may ask for.

    Args:
        principal: Through what the request came; None for whoever has not signed in: these share what there is for
            their address, behind which there can be a whole village.
        cost_max: What one operation of a person may cost.
        counts: Whether it is counted how many operations there are.
    """
    if principal is None:
        return _budget(cost_max, 5, counts)
    return _budget(cost_max * MACHINE_FACTOR if principal.is_machine else cost_max, 10, counts)


@lru_cache(maxsize=16)
def _budget(cost_max: int, operations: int, counts: bool) -> Budget:  # noqa: FBT001 - the key of the cache
    """For so many of the dearest operations at once, restored in 20 seconds."""
    rate = max(1, cost_max * operations // 20) if counts else 0
    return Budget(cost_max, cost_max * operations, rate)
