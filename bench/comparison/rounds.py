"""Measuring in interleaved rounds: whatever else the machine does meets all contenders alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.comparison.contenders import Contender
from bench.comparison.cpu import Used, used
from bench.comparison.load import Generator, LoadError, Measured, Run
from bench.comparison.world import Savings

__all__ = ["Pace", "Result", "compare", "difference"]

GROUPS_COMPARED = 3


@dataclass(frozen=True)
class Pace:
    """How long to measure.

    Attributes:
        rounds: How often each contender has its turn.
        seconds: How long a turn is.
        warm_seconds: How long it is asked before, without being measured.
    """

    rounds: int = 5
    seconds: float = 2.0
    warm_seconds: float = 0.5


@dataclass
class Result:
    """What was seen of a contender."""

    contender: Contender
    difference: str | None
    measured: list[Measured] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)
    failure: str | None = None

    @property
    def rate(self) -> float:
        """Requests a second, the median of the rounds; 0 if it failed."""
        return 0.0 if self.failure else median(each.rate for each in self.measured)

    @property
    def p95(self) -> float:
        """The median of the rounds' 95th percentiles, in milliseconds."""
        return median(each.p95 for each in self.measured)

    @property
    def cpu(self) -> Used | None:
        """The processor time of one answer, the median of the rounds; None where nobody can tell."""
        if not self.used:
            return None
        return Used(median(each.server for each in self.used), median(each.database for each in self.used))

    @property
    def busy(self) -> float:
        """How much of a core the load generator used at most."""
        return max((each.busy for each in self.measured), default=0.0)


def difference(expected: Any, seen: Any, path: str = "") -> str | None:  # noqa: ANN401 - whatever JSON they are
    """Where two answers differ first; None if they agree."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        names = [name for name in {**expected, **seen} if name not in expected or name not in seen]
        if names:
            return f"{path}.{names[0]} is in one only"
        pairs = [(f"{path}.{name}", expected[name], seen[name]) for name in expected]
    elif isinstance(expected, list) and isinstance(seen, list):
        if len(expected) != len(seen):
            return f"{path} has {len(expected)} and {len(seen)} elements"
        pairs = [(f"{path}[{index}]", *both) for index, both in enumerate(zip(expected, seen, strict=True))]
    else:
        return None if expected == seen else f"{path} is {expected!r} and {seen!r}"
    return next((found for each in pairs if (found := difference(each[1], each[2], each[0]))), None)


def _check(contender: Contender, reference: Contender, savings: Savings) -> str | None:
    """Where the contender answers otherwise than the reference."""
    groups = contender.question.groups(savings)
    for group in groups[:: max(1, len(groups) // GROUPS_COMPARED)]:
        try:
            found = difference(reference.answer(savings, group), contender.answer(savings, group))
        except (OSError, ValueError) as error:
            found = str(error)
        if found is not None:
            return found
    return None


def compare(contenders: Sequence[Contender], savings: Savings, generator: Generator, pace: Pace) -> list[Result]:
    """Compare the answers with the first contender's, then measure all, each second round in the other direction."""
    results = [Result(each, _check(each, contenders[0], savings)) for each in contenders]
    for number in range(pace.rounds):
        for result in results if number % 2 == 0 else reversed(results):
            if result.failure is None:
                _take_turn(result, savings, generator, pace)
    return results


def _take_turn(result: Result, savings: Savings, generator: Generator, pace: Pace) -> None:
    contender = result.contender
    run = Run(
        port=contender.server.at.port,
        requests=contender.requests(savings),
        is_fresh=contender.question.is_mutation,
        warm_seconds=pace.warm_seconds,
        seconds=pace.seconds,
    )
    processes = contender.server.at.group, savings.world.server.pid
    before = used(*processes)
    try:
        measured = generator.measure(run)
    except LoadError as error:
        result.failure = str(error)
        return
    after = used(*processes)
    result.measured.append(measured)
    if before is not None and after is not None:
        result.used.append((after - before) / measured.answers)
