"""The questions, as each of the three servers is asked them, and how their answers are compared.

Documents ask under names that make the answers alike: what is left between them is how numbers and moments are written,
and objects with a single field, which `canonical` takes away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bench.comparison import documents
from bench.comparison.world import Person, Savings
from bench.world import Group
from domain.identifiers import new_id

__all__ = ["QUESTIONS", "Question", "canonical"]

Json = Any
Body = dict[str, Json]

KEY = "00000000-0000-7000-8000-0000000000a0"
"""Stands in a mutation for its idempotency key, which is new for each request."""
ITEM = "00000000-0000-7000-8000-0000000000b0"
"""Stands for the id of its one contribution."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}")
_SPREAD = "balances"


@dataclass(frozen=True)
class Question:
    """One thing to ask for.

    Attributes:
        label: What the table calls it.
        kibubu: The document for Kibubu.
        postgraphile: The documents for PostGraphile, by the way in which they go about it.
        rest: The path of the hand-written server.
        is_mutation: Whether it records something.
        is_program: Whether the secretary of ten groups asks, who stands in for a machine's credential.
        is_one_group: Whether it is about one group, so that each request names another.
    """

    label: str
    kibubu: str
    postgraphile: Mapping[str, str]
    rest: str
    is_mutation: bool = False
    is_program: bool = False
    is_one_group: bool = True

    def person(self, savings: Savings) -> Person:
        """Who asks."""
        return savings.program if self.is_program else savings.secretary

    def groups(self, savings: Savings) -> tuple[Group, ...]:
        """The groups that are asked about, each in a request of its own."""
        return savings.groups if self.is_one_group else savings.groups[:1]

    def graphql(self, document: str, group: Group, *, flat: bool) -> Body:
        """The body of a request with a document; `flat` where the mutation's variables are PostGraphile's."""
        variables: Body = {}
        if self.is_mutation:
            variables = self.flat_input(group) if flat else self.nested_input(group)
        elif self.is_one_group:
            variables = {"group": str(group.id)}
        return {"query": document, "variables": variables}

    def nested_input(self, group: Group) -> Body:
        """What `contributionsRecord` takes: the payment of one member into the social fund."""
        return {
            "input": {
                "groupId": str(group.id),
                "meetingId": str(group.meeting_id),
                "idempotencyKey": KEY,
                "items": [{"id": ITEM, "memberId": str(group.members[0]), "kind": "SOCIAL_FUND", "amount": "20.00"}],
            }
        }

    def flat_input(self, group: Group) -> Body:
        """The same for PostGraphile, which names the group once more, for the settings of the transaction."""
        sheet = self.nested_input(group)["input"]
        items = [
            {("rowId" if name == "id" else name): value for name, value in each.items()} for each in sheet["items"]
        ]
        return {"group": sheet["groupId"], "input": {**sheet, "items": items}}


def fresh(text: bytes) -> bytes:
    """A request with new ids where the stand-ins are."""
    key, item = str(new_id()).encode(), str(new_id()).encode()
    return text.replace(KEY.encode(), key).replace(ITEM.encode(), item)


def canonical(value: Json) -> Json:
    """An answer without what may differ between servers that agree."""
    if isinstance(value, Mapping):
        value = {name: each for name, each in value.items() if name != "userErrors" or each}
        if len(value) == 1:
            return canonical(next(iter(value.values())))
        fields = {name: canonical(each) for name, each in value.items()}
        spread = fields.pop(_SPREAD, {})
        return dict(sorted({**fields, **spread}.items()))
    if isinstance(value, list):
        return [canonical(each) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return format(Decimal(value).normalize(), "f")
    if isinstance(value, str) and _MOMENT.match(value):
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return value


def _paid_in(nodes: list[Body]) -> Body:
    """A member's balances from the rows of her accounts."""
    by_code = {each["tenantAccount"]["code"]: -Decimal(each["balance"]) for each in nodes}
    return {"sharesValue": str(by_code.get("3100", 0)), "socialFundPaid": str(by_code.get("3200", 0))}


def _brought_in(nodes: list[Body]) -> list[Body]:
    """A meeting's totals from the rows of its accounts."""
    cash = [each for each in nodes if each["tenantAccount"]["place"] is not None]
    return [{"kind": each["kind"], "amount": each["amount"], "entryCount": each["linesCount"]} for each in cash]


def _in_funds(nodes: list[Body]) -> list[Body]:
    """The money of each fund from the rows of a group's accounts."""
    sums: dict[str, Decimal] = {}
    for each in nodes:
        if each["place"] is not None:
            sums[each["fund"]] = sums.get(each["fund"], Decimal(0)) + Decimal(each["total"]["balance"])
    return [{"fund": fund, "balance": str(balance)} for fund, balance in sorted(sums.items())]


_FROM_ROWS: Mapping[str, Callable[[list[Body]], Json]] = {
    "balanceRows": _paid_in,
    "totalRows": _brought_in,
    "accountRows": _in_funds,
}
_NAMES = {"balanceRows": "balances", "totalRows": "totals", "accountRows": "fundBalances"}


def reckoned(value: Json) -> Json:
    """An answer in which rows of the book are summed up, as a client has to that was given no sums."""
    if isinstance(value, Mapping):
        return {
            _NAMES.get(name, name): _FROM_ROWS[name](each["nodes"]) if name in _FROM_ROWS else reckoned(each)
            for name, each in value.items()
        }
    return [reckoned(each) for each in value] if isinstance(value, list) else value


QUESTIONS: Mapping[str, Question] = {
    "header": Question(
        "viewer and group header",
        documents.KIBUBU_HEADER,
        {"computed": documents.HEADER_COMPUTED, "inlined": documents.HEADER_INLINED},
        "/header/{group}",
    ),
    "page": Question(
        "group page: 25 members, 10 meetings",
        documents.KIBUBU_PAGE,
        {
            "relations": documents.PAGE_RELATIONS,
            "computed": documents.PAGE_COMPUTED,
            "inlined": documents.PAGE_INLINED,
        },
        "/page/{group}",
    ),
    "hundred": Question(
        "100 contributions with member and meeting",
        documents.KIBUBU_HUNDRED,
        {"relations": documents.HUNDRED_RELATIONS},
        "/hundred/{group}",
    ),
    "thousand": Question(
        "1,000 contributions, 10 groups of 100",
        documents.KIBUBU_THOUSAND,
        {"relations": documents.THOUSAND_RELATIONS},
        "/thousand",
        is_program=True,
        is_one_group=False,
    ),
    "list": Question(
        "50 groups with totals",
        documents.KIBUBU_LIST,
        {
            "relations": documents.LIST_RELATIONS,
            "computed": documents.LIST_COMPUTED,
            "inlined": documents.LIST_INLINED,
        },
        "/list",
        is_one_group=False,
    ),
    "record": Question(
        "contributionsRecord, one contribution",
        documents.KIBUBU_RECORD,
        {"function": documents.RECORD_FUNCTION},
        "/record",
        is_mutation=True,
    ),
}
