"""The page on groups: every request on it is sent, in order, and gives the answer that it shows."""

from __future__ import annotations

import json
import re
import shlex
from decimal import Decimal
from pathlib import Path
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from domain.identifiers import new_id
from domain.savings import LevyFine, levy_fine
from operations.cli import app
from operations.platform_settings import decide_for_platform
from tests.ledger.moving import savings
from tests.support.api import Api, Client
from tests.support.cluster import dsn_for
from tests.support.page import Names, Operation, steps_of, told, without_cost
from tests.support.world import GroupOfPeople, World, shares, social_fund

PAGE = Path(__file__).parents[2] / "docs" / "groups.md"
COMMAND = re.compile(r"```sh\n(.*?)```\n", re.DOTALL)
SENDER = re.compile(r"As the (\w+):\n\n```graphql\n(.*?)```", re.DOTALL)
PEOPLE = ("ann", "ben", "cate", "dan", "eve")
"""What the page calls the members of the test's group, in the order of their numbers."""


async def what_was_before(world: World, group: GroupOfPeople) -> None:
    """A meeting that is over, in which one member bought shares and saved; she owes a fine."""
    meeting = await world.meeting(group)
    eve = group.members[4]
    await world.record(group, meeting, shares(eve, 2), savings(eve, "300"), social_fund(eve, "20"))
    fine = LevyFine(group_id=group.id, idempotency_key=new_id(), member_id=eve, amount=Decimal(50), reason="Came late")
    await world.succeed(group.treasurer, levy_fine, fine)
    await world.close_meeting(group, meeting)


async def test_every_request_of_the_page_gives_the_answer_that_it_shows(api: Api, world: World) -> None:
    text = PAGE.read_text(encoding="utf-8")
    group = await world.group(social_fund_amount=Decimal(20))
    await what_was_before(world, group)
    clients: dict[str, Client] = {
        "secretary": api.client(group.secretary),
        "chair": api.client(group.chair),
        "partner": api.client(await world.partner(group, "TOTALS")),
        "newcomer": api.client(await world.person()),
    }
    senders = {document: who for who, document in SENDER.findall(text)}
    assert set(senders.values()) == set(clients) - {"secretary"}
    members = {name: str(member) for name, member in zip(PEOPLE, group.members, strict=True)}
    names = Names({"group": str(group.id), **members})
    steps = list(steps_of(COMMAND.sub("", text)))
    assert {type(step) for step in steps} == {Operation}
    for step in steps:
        assert isinstance(step, Operation)
        client = clients[senders.get(step.document, "secretary")]
        variables = json.loads(names.filled(step.variables))
        answer = await client.send(step.document, **variables)
        shown, got = json.loads(step.answer), json.loads(answer.text)
        assert names.fits(shown, without_cost(got, shown)), told(shown, got)


async def test_what_the_operator_is_to_run_runs(world: World) -> None:
    (line,) = COMMAND.findall(PAGE.read_text(encoding="utf-8"))
    program, *words = shlex.split(line)
    assert program == "kibubu"
    cli = get_command(app)
    assert isinstance(cli, TyperGroup)
    command = cli.commands[words[0]]
    given = command.make_context(words[0], words[1:]).params
    await decide_for_platform(dsn_for(world.name), given["founders"], is_verification_required=given["verification"])
    row: Any = await world.superuser.fetchrow("SELECT group_founders, is_verification_required FROM app.platform")
    assert tuple(row) == ("PARTNERS", True)
