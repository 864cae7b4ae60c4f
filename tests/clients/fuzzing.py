"""What schemathesis draws operations from: the schema that the server tells, and values that lead past its doors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg
import requests
import schemathesis
from graphql import ValueNode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from tests.clients.real_server import RealServer
from tests.support.cluster import dsn_for

EXAMPLES = 200 if os.environ.get("KIBUBU_EXPLORE") else 8
"""How many operations are drawn for a root field, and once more so many that the schema does not allow."""

BOTH = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
"""Operations that the schema allows, and others."""

SERVER_FAULTS = frozenset({"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "OPERATION_TIMEOUT"})

_TABLES = ("app.members", "app.meetings", "ledger.accounts", "ledger.entries", "app.contributions", "app.users")
_INTEGERS = st.one_of(st.integers(1, 20), st.integers(-(2**31), 2**31 - 1))
_DECIMALS = st.one_of(st.decimals(0, 1_000, places=2), st.decimals(allow_nan=True, allow_infinity=True))
# No cursor is drawn that the server gave: most are left out, so that lists are read.
_SHORT_CURSOR = re.compile(r'after: "(?:[^"\\]|\\.){0,16}"')
_MOMENTS = st.one_of(st.just("2027-03-01T08:00:00Z"), st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who sends what is drawn.

    Attributes:
        name: What a failure calls them.
        headers: What every request of theirs has.
    """

    name: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one operation.

    Attributes:
        status: The status of the response.
        codes: The codes of the top-level errors, each once.
        is_run: Whether the root field was run: there is data of it, or an error that it raised.
        is_fault: Whether the server failed.
    """

    status: int
    codes: frozenset[str]
    is_run: bool
    is_fault: bool


async def known_ids(server: RealServer) -> list[str]:
    """Ids of records that the server has, of each kind a few."""
    connection = await asyncpg.connect(dsn_for(server.database))
    try:
        found = [str(server.group.id)]
        for table in _TABLES:
            found += [str(row["id"]) for row in await connection.fetch(f"SELECT id FROM {table} ORDER BY id LIMIT 6")]
    finally:
        await connection.close()
    return found


def draw_likely_values(group: str, ids: list[str], closing_code: str) -> None:
    """Let scalars be drawn so that an operation is often about something there is, and often not."""
    words = st.sampled_from([closing_code, "KES", "Umoja", closing_code, "Africa/Nairobi", closing_code])
    some_id = st.one_of(st.just(group), st.sampled_from(ids), st.uuids().map(str), st.text(max_size=8))
    likely = {
        "ID": some_id,
        "Decimal": _DECIMALS.map(lambda value: str(Decimal(value))),
        "CurrencyCode": st.sampled_from(["KES", "UGX", "XXX", "kes"]),
        "CountryCode": st.sampled_from(["KE", "UG", "XX"]),
        "PhoneNumber": st.one_of(st.from_regex(r"\+2547[0-9]{8}", fullmatch=True), st.text(max_size=8)),
        "DateTime": _MOMENTS,
        "String": st.one_of(words, words, st.text(max_size=40)),
    }
    for name, strategy in likely.items():
        schemathesis.graphql.scalar(name, strategy.map(nodes.String))
    schemathesis.graphql.scalar("Int", _INTEGERS.map(_int_node))


def _int_node(value: int) -> ValueNode:
    return nodes.Int(value)


def operations_of(server: RealServer) -> list[APIOperation[Any, Any, Any, Any]]:
    """The root fields of queries and mutations, as the server tells them."""
    schema = schemathesis.graphql.from_url(server.url)
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def answers_to(
    operation: APIOperation[Any, Any, Any, Any],
    visitor: Visitor,
    session: requests.Session,
    modes: Iterable[GenerationMode] = BOTH,
) -> list[Answered]:
    """What comes of operations with the one root field; a fault of the server fails, with the smallest that has it."""
    found: list[Answered] = []

    for mode in modes:

        @settings(
            max_examples=EXAMPLES,
            database=None,
            # The examples come from a server, and its schema is large.
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case[Any]) -> None:
            case.body = _SHORT_CURSOR.sub("after: null", str(case.body))
            response = case.call(headers=visitor.headers, session=session)
            answered = _answered(operation.label.partition(".")[2], response.status_code, response.json())
            found.append(answered)
            assert not answered.is_fault, f"{operation.label} as {visitor.name}: {answered}\n{case.body}"

        ask()
    return found


def _answered(root_field: str, status: int, body: dict[str, object]) -> Answered:
    errors: list[dict[str, object]] = body.get("errors", [])  # type: ignore[assignment]  # as the specification has it
    codes = frozenset(str(error["extensions"]["code"]) for error in errors)  # type: ignore[index]  # ours always do
    data = body.get("data")
    raised = any((error.get("path") or [None])[0] == root_field for error in errors)  # type: ignore[index]  # as above
    is_run = raised or (isinstance(data, dict) and root_field in data)
    return Answered(status, codes, is_run, status >= 500 or bool(codes & SERVER_FAULTS))
