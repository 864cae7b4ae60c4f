"""The page on the ledger: every event that it shows is sent as it stands there, and gives the entry that it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain.groups import ContributionTypeWish
from domain.identifiers import new_id
from domain.ledger.accounts import Fund
from domain.policy import LOAN_KINDS, EntryKind, Visibility
from tests.ledger.book import both_verifications
from tests.support.api import Api
from tests.support.world import GroupOfPeople, World

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"
EXAMPLE = re.compile(
    r"### (?P<title>[^\n]+)\n(?:(?!###).)*?```json\n(?P<request>.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.DOTALL
)

FUNERAL = ContributionTypeWish(code="FUNERAL", name="Funerals", amount=Decimal(15), fund=Fund.SOCIAL_FUND)

NAMES = {"Member 4": "Wanja", "Member 5": "Otieno"}
"""What the page calls the members of the test's group."""

ENTRIES = """query Last($id: ID!) { group(id: $id) { entries(first: 1) { nodes { id number kind
    lines { account { code name } member { name } debit { amount } credit { amount } shares } } } } }"""


class Names:
    """What the names on the page stand for; a name that is new stands for a new id."""

    def __init__(self, group: GroupOfPeople, meeting: Any) -> None:
        self.group = group
        self.known: dict[str, Any] = {
            "group": group.id,
            "meeting": meeting,
            "wanja": group.members[3],
            "otieno": group.members[4],
        }

    def resolve(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self.resolve(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        name = value[1:]
        return str(self.group.account(name) if name.isdigit() else self.known.setdefault(name, new_id()))


def rows_of(table: str) -> list[tuple[str, ...]]:
    """The cells of a table of the page, without its head."""
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.splitlines()[2:]]


def shown(line: Mapping[str, Any]) -> tuple[str, ...]:
    """A line of an entry as the page shows it."""
    sides = ("" if line[side] is None else line[side]["amount"] for side in ("debit", "credit"))
    member = "" if line["member"] is None else NAMES[line["member"]["name"]]
    shares = "" if line["shares"] is None else str(line["shares"])
    return (f"{line['account']['code']} {line['account']['name']}", member, *sides, shares)


async def test_every_event_of_the_page_gives_the_entry_that_it_shows(api: Api, world: World) -> None:
    group = await world.group(visibility=Visibility.ALL, contribution_types=(FUNERAL,))
    people = {"secretary": group.secretary, "chair": group.chair, "treasurer": group.treasurer}
    clients = {role: api.client(person) for role, person in people.items()}
    names: Names | None = None
    kinds = []
    for example in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")):
        names = names or Names(group, None)
        if example["title"] != "Opening balances" and names.known["meeting"] is None:
            names.known["meeting"] = await world.meeting(group)
        for mutation, given in json.loads(example["request"]).items():
            fields = names.resolve(given)
            payload = await clients[fields.pop("as", "treasurer")].do(mutation, "__typename", **fields)
            assert all(item.get("userErrors", []) == [] for item in payload.get("items", []))
        (entry,) = (await clients["treasurer"].query(ENTRIES, id=group.id))["group"]["entries"]["nodes"]
        names.known[f"entry{entry['number']}"] = entry["id"]
        assert [shown(line) for line in entry["lines"]] == rows_of(example["table"]), example["title"]
        kinds.append(entry["kind"])
    assert {*kinds} == set(EntryKind) - LOAN_KINDS, "every kind of event stands on the page"
    assert await both_verifications(world, group.id) == []
