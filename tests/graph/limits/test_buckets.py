"""How much a viewer has left: by hand with a clock of the test's own."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.limits import Buckets, Budget, Gate, LimitExceeded, OperationCost, Throttled, budget_of
from persistence.database import DatabaseRole
from persistence.viewer import Principal

BUDGET = Budget(cost_max=100, capacity=200, restore_rate=10)
SOMEBODY = Principal(UUID(int=1), DatabaseRole.APP)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def left(buckets: Buckets, who: str = "a") -> int:
    return buckets.status(who, BUDGET)["currentlyAvailable"]  # type: ignore[no-any-return]


def cost_of(cost: float) -> OperationCost:
    return OperationCost(cost, 0.0, {})


def test_what_is_taken_comes_back_with_time_and_never_beyond_the_capacity() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    buckets.take("a", BUDGET, 150)
    assert (left(buckets), left(buckets, "b")) == (50, 200)
    clock.now += 3.05
    assert left(buckets) == 80
    clock.now += 1_000
    assert left(buckets) == 200
    assert buckets.status("a", BUDGET) == {"maximumAvailable": 200, "currentlyAvailable": 200, "restoreRate": 10}


def test_all_that_is_left_can_be_taken_and_one_more_must_wait() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    buckets.take("a", BUDGET, 200)
    with pytest.raises(Throttled) as refused:
        buckets.take("a", BUDGET, 25)
    assert refused.value.wait_seconds == 3
    assert refused.value.headers == {"retry-after": "3"}
    assert (refused.value.code, refused.value.status) == ("THROTTLED", 429)
    assert left(buckets) == 0
    clock.now += 2.5
    buckets.take("a", BUDGET, 25)


def test_what_was_not_needed_is_given_back() -> None:
    buckets = Buckets(Clock())
    buckets.take("a", BUDGET, 150)
    buckets.give_back("a", BUDGET, 140)
    assert left(buckets) == 190
    buckets.give_back("a", BUDGET, 140)
    assert left(buckets) == 200
    buckets.give_back("a", BUDGET, -500)
    assert left(buckets) == 0


def test_who_was_not_seen_for_longest_is_forgotten_first() -> None:
    buckets = Buckets(Clock(), size=2)
    for who in "aba":
        buckets.take(who, BUDGET, 50)
    buckets.take("c", BUDGET, 50)
    assert len(buckets) == 2
    assert (left(buckets), left(buckets, "c")) == (100, 150)
    assert left(buckets, "b") == 200


def test_where_nobody_counts_nothing_is_kept() -> None:
    buckets = Buckets(Clock())
    uncounted = Budget(cost_max=100, capacity=200, restore_rate=0)
    for _ in range(10):
        buckets.take("a", uncounted, 100)
    assert len(buckets) == 0
    assert buckets.status("a", uncounted)["currentlyAvailable"] == 200


@pytest.mark.parametrize("numbers", [(0, 1, 1), (2, 1, 1), (1, 1, -1)])
def test_a_budget_holds_one_operation(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="one operation at least"):
        Budget(*numbers)


def test_people_machines_and_strangers_have_budgets_of_their_own() -> None:
    machine = Principal(UUID(int=2), DatabaseRole.APP, b"proof")
    assert budget_of(SOMEBODY) == Budget(1_000, 10_000, 500)
    assert budget_of(machine) == Budget(10_000, 100_000, 5_000)
    assert budget_of(None) == Budget(1_000, 5_000, 250)
    assert budget_of(SOMEBODY, 200, counts=False) == Budget(200, 2_000, 0)


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 100)), max_size=40))
def test_nobody_gets_more_than_the_capacity_and_what_was_restored(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    buckets = Buckets(clock)
    taken = 0
    for pause, cost in asked:
        clock.now += pause
        try:
            buckets.take("a", BUDGET, cost)
        except Throttled:
            continue
        taken += cost
        assert taken <= BUDGET.capacity + clock.now * BUDGET.restore_rate + 1e-6


def test_the_gate_takes_what_an_operation_may_cost_and_gives_back_what_it_did_not() -> None:
    gate = Gate(100, buckets=Buckets(Clock()))
    admission = gate.admit(cost_of(80), {}, SOMEBODY, None)
    assert admission.requested == 80
    assert admission.settle(20) == {
        "requestedQueryCost": 80,
        "actualQueryCost": 20,
        "throttleStatus": {"maximumAvailable": 1_000, "currentlyAvailable": 980, "restoreRate": 50},
    }
    assert gate.admit(cost_of(80), {}, SOMEBODY, None).settle(None)["actualQueryCost"] == 80
    assert gate.admit(cost_of(80), {}, SOMEBODY, None).settle(None, is_refused=True)["actualQueryCost"] == 1
    assert gate.admit(None, {}, SOMEBODY, None).requested == 1


def test_the_gate_refuses_what_costs_one_too_many_and_lets_in_what_costs_no_more() -> None:
    gate = Gate(100, buckets=Buckets(Clock()))
    assert gate.admit(cost_of(100), {}, SOMEBODY, None).requested == 100
    with pytest.raises(LimitExceeded) as refused:
        gate.admit(cost_of(101), {}, SOMEBODY, None)
    assert refused.value.code == "COST_LIMIT_EXCEEDED"
    assert str(refused.value) == (
        "The operation costs 101, and may cost 100: ask for fewer rows with `first`, or for less of each."
    )
    assert refused.value.extensions["cost"] == {
        "requestedQueryCost": 101,
        "actualQueryCost": None,
        "throttleStatus": {"maximumAvailable": 1_000, "currentlyAvailable": 899, "restoreRate": 50},
    }
    assert gate.admit(cost_of(1_000), {}, Principal(UUID(int=2), DatabaseRole.APP, b"proof"), None).requested == 1_000


def test_strangers_share_what_there_is_for_their_address() -> None:
    gate = Gate(100, buckets=Buckets(Clock()))
    for _ in range(5):
        gate.admit(cost_of(100), {}, None, "192.0.2.7")
    with pytest.raises(Throttled):
        gate.admit(cost_of(1), {}, None, "192.0.2.7")
    gate.admit(cost_of(1), {}, None, "192.0.2.8")
    gate.admit(cost_of(100), {}, SOMEBODY, "192.0.2.7")
