"""Lets operations in: what one may cost, and how much a viewer may ask for in a time."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from domain.access.attempts import place_of
from graph.budgets import COST_MAX, Budget, budget_of
from graph.limits.buckets import Buckets
from graph.limits.cost import OperationCost
from graph.limits.refusals import CostTooHigh, LimitExceeded
from persistence.viewer import Principal

__all__ = ["Admission", "Gate"]

REFUSED_COST = 1
"""What a request costs of which nothing was run."""


class Admission:
    """An operation that was let in, and is paid for.

    Attributes:
        requested: What it may cost.
        actual: What it did cost, once that is known.
    """

    __slots__ = ("_budget", "_cost", "_gate", "_variables", "_who", "actual", "requested")

    def __init__(
        self,
        gate: Gate,
        who: Hashable,
        budget: Budget,
        cost: OperationCost | None,
        variables: Mapping[str, Any] | None,
        requested: int,
    ) -> None:
        self._gate = gate
        self._who = who
        self._budget = budget
        self._cost = cost
        self._variables = variables
        self.requested = requested
        self.actual: int | None = None

    def settle(self, weight: int | None, *, is_refused: bool = False) -> dict[str, Any]:
        """Give back what the operation did not cost, and say so as `extensions.cost` does.

        Args:
            weight: What the objects of the answer cost together; None where nobody counted them.
            is_refused: Whether nothing was run.
        """
        if is_refused:
            self.actual = REFUSED_COST
        elif weight is None or self._cost is None:
            self.actual = self.requested
        else:
            self.actual = self._cost.actual(self._variables, weight)
        buckets = self._gate.buckets
        if self.actual != self.requested:
            buckets.give_back(self._who, self._budget, self.requested - self.actual)
        return _told(self.requested, self.actual, buckets.status(self._who, self._budget))


class Gate:
    """What all operations of a process pass.

    Args:
        cost_max: What one operation of a person may cost; others have their share of it.
        counts: Whether it is counted how much each viewer asks for.
        buckets: How much each viewer has left; made where none is given.

    Attributes:
        buckets: The same.
    """

    def __init__(
        self,
        cost_max: int = COST_MAX,
        *,
        counts: bool = True,
        buckets: Buckets | None = None,
    ) -> None:
        self.buckets = Buckets() if buckets is None else buckets
        self._counts = counts
        self._cost_max = cost_max

    def admit(
        self,
        cost: OperationCost | None,
        variables: Mapping[str, Any] | None,
        principal: Principal | None,
        address: str | None,
    ) -> Admission:
        """Let an operation in, and take what it may cost out of the viewer's allowance.

        Args:
            cost: What the operation costs; None for a document that is going to be refused.
            variables: As they were sent.
            principal: Who asks; None for whoever has not signed in, who is known by the address.
            address: Where the request came from.

        Raises:
            LimitExceeded: It costs too much, or too much was asked for already.
        """
        budget = budget_of(principal, self._cost_max, counts=self._counts)
        # A secret that was rotated away has an allowance of its own: whoever stole it takes nothing from the new one.
        who: Hashable = place_of(address) if principal is None else principal.proof or principal.id
        requested = REFUSED_COST if cost is None else cost.requested(variables)
        if requested > budget.cost_max:
            self._take(who, budget, REFUSED_COST, requested)
            raise self._told_of(CostTooHigh(requested, budget.cost_max), who, budget, requested)
        self._take(who, budget, requested, requested)
        return Admission(self, who, budget, cost, variables, requested)

    def _take(self, who: Hashable, budget: Budget, amount: int, requested: int) -> None:
        try:
            self.buckets.take(who, budget, amount)
        except LimitExceeded as error:
            raise self._told_of(error, who, budget, requested) from None

    def _told_of(self, error: LimitExceeded, who: Hashable, budget: Budget, requested: int) -> LimitExceeded:
        error.extensions = {"cost": _told(requested, None, self.buckets.status(who, budget))}
        return error


def _told(requested: int, actual: int | None, status: dict[str, Any]) -> dict[str, Any]:
    return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}
