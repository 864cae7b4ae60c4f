"""A whole meeting of 25 members over HTTP through the real server: requests, statements and milliseconds.

Roll call, shares and social fund of every member, three fines, cash counted and meeting closed; held in three ways: a
request for each step, the fines together in one, and all of it in one, for which the client makes the meeting's id.
`python -m bench.meeting [meetings]` holds so many in each way.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.asking import Answered, Asker, asking
from bench.report import quiet
from bench.world import Group, World, analyze, make_world, run
from domain.identifiers import new_id
from domain.meetings import CloseMeeting, close_meeting
from persistence.embedded import EmbeddedServer

MEETINGS = 12
MEMBERS = 25
FINES = 3
SHARE_PRICE = Decimal(200)
SOCIAL_FUND = Decimal(20)
FINE = Decimal(50)

_REFUSALS = "userErrors { code message path }"
_STEPS = {
    "meetingOpen": f"meeting {{ id version }} {_REFUSALS}",
    "rollCallRecord": f"items {{ status }} {_REFUSALS}",
    "contributionsRecord": f"items {{ status }} {_REFUSALS}",
    "fineLevy": f"entry {{ id }} {_REFUSALS}",
    "meetingClose": f"meeting {{ status }} {_REFUSALS}",
}
_TOTALS = """
query Totals($group: ID!) { group(id: $group) { meetings(first: 1) { nodes {
  status totals { kind amount { amount } entryCount } fines(first: 10) { nodes { outstanding { amount } } }
} } } }
"""

Step = tuple[str, dict[str, Any]]
Way = Callable[[list[Step]], Iterator[list[Step]]]


def steps_of(group: Group) -> list[Step]:
    """The mutations of a meeting in their order, each with its input."""
    meeting = new_id()
    at = {"groupId": group.id, "meetingId": meeting}
    loan_fund, social_fund = SHARE_PRICE * MEMBERS, SOCIAL_FUND * MEMBERS
    counted = [
        {"fund": "LOAN_FUND", "place": "BOX", "amount": str(loan_fund)},
        {"fund": "SOCIAL_FUND", "place": "BOX", "amount": str(social_fund)},
    ]
    roll = [{"memberId": each, "status": "LATE" if n < FINES else "PRESENT"} for n, each in enumerate(group.members)]
    sheet = [
        *({"memberId": each, "kind": "SHARE", "shares": 1} for each in group.members),
        *({"memberId": each, "kind": "SOCIAL_FUND", "amount": str(SOCIAL_FUND)} for each in group.members),
    ]
    steps: list[Step] = [
        ("meetingOpen", {"groupId": group.id, "id": meeting}),
        ("rollCallRecord", {**at, "items": roll}),
        ("contributionsRecord", {**at, "items": sheet}),
        *(
            ("fineLevy", {**at, "memberId": each, "amount": str(FINE), "reason": "Came late"})
            for each in group.members[:FINES]
        ),
        ("meetingClose", {**at, "expectedVersion": 1, "openingCounts": [], "closingCounts": counted}),
    ]
    return [(name, {**fields, "idempotencyKey": new_id()}) for name, fields in steps]


def _apart(steps: list[Step]) -> Iterator[list[Step]]:
    yield from ([step] for step in steps)


def _fines_together(steps: list[Step]) -> Iterator[list[Step]]:
    yield from ([step] for step in steps[:3])
    yield steps[3:-1]
    yield steps[-1:]


def _at_once(steps: list[Step]) -> Iterator[list[Step]]:
    yield steps


WAYS: Mapping[str, Way] = {
    "a request for each step": _apart,
    "the fines in one request": _fines_together,
    "all in one request": _at_once,
}


def document_of(steps: list[Step]) -> str:
    """A document that takes these steps one after the other; input n is the variable `n` behind an underscore."""
    variables = ", ".join(f"$_{n}: {name[0].upper()}{name[1:]}Input!" for n, (name, _) in enumerate(steps))
    fields = " ".join(f"_{n}: {name}(input: $_{n}) {{ {_STEPS[name]} }}" for n, (name, _) in enumerate(steps))
    return f"mutation Meeting({variables}) {{ {fields} }}"


@dataclass(frozen=True)
class Held:
    """A meeting that was held: its requests, each with what it did."""

    requests: tuple[tuple[str, Answered], ...]

    @property
    def ms(self) -> float:
        """All requests together."""
        return sum(answered.ms for _, answered in self.requests)

    @property
    def statements(self) -> int:
        """All requests together."""
        return sum(answered.statements for _, answered in self.requests)


def hold(asker: Asker, group: Group, way: Way) -> Held:
    """Hold a meeting.

    Raises:
        AssertionError: The book does not have what was recorded.
    """
    requests = []
    for steps in way(steps_of(group)):
        answered = asker.ask(document_of(steps), **{f"_{n}": fields for n, (_, fields) in enumerate(steps)})
        requests.append((", ".join(dict.fromkeys(name for name, _ in steps)), answered))
    (meeting,) = asker.ask(_TOTALS, group=group.id).data["group"]["meetings"]["nodes"]
    counts = {total["kind"]: total["entryCount"] for total in meeting["totals"]}
    assert meeting["status"] == "CLOSED", meeting
    assert counts == {"SHARE_PURCHASE": MEMBERS, "SOCIAL_FUND_CONTRIBUTION": MEMBERS}, counts
    assert [Decimal(fine["outstanding"]["amount"]) for fine in meeting["fines"]["nodes"]] == [FINE] * FINES, meeting
    return Held(tuple(requests))


async def prepared(server: EmbeddedServer, groups: int) -> World:
    """Groups without an open meeting."""
    world = await make_world(server, groups=groups, members=MEMBERS)
    async with world.database() as database:
        for group in world.groups:
            close = CloseMeeting(
                group_id=group.id,
                idempotency_key=new_id(),
                meeting_id=group.meeting_id,
                expected_version=1,
                opening_counts=(),
                closing_counts=(),
            )
            await run(database, world.principal, close_meeting, close)
    await analyze(world)
    return world


def main(meetings: int = MEETINGS) -> None:
    """Measure and print."""
    quiet()
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as name, EmbeddedServer(Path(name) / "database") as server:
        # One more in each way, which nobody counts: the first of its kind makes plans.
        world = asyncio.run(prepared(server, groups=len(WAYS) * (meetings + 1)))
        groups = iter(world.groups)
        with asking(world, Path(name)) as asker:
            for words, way in WAYS.items():
                held = [hold(asker, next(groups), way) for _ in range(meetings + 1)][1:]
                times = [each.ms for each in held]
                counts = f"{len(held[0].requests)} requests, {held[0].statements} statements"
                print(f"{words:28} {counts:32} least {min(times):6.0f} ms, median {statistics.median(times):6.0f} ms")
                for place, (step, answered) in enumerate(held[0].requests):
                    least = min(each.requests[place][1].ms for each in held)
                    print(f"    {step:60} {answered.statements:3} statements, least {least:5.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEETINGS)
