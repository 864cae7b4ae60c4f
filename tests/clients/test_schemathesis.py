"""schemathesis on a real server: whatever is drawn for a root field, the server answers, and never with a fault of its
own. With KIBUBU_EXPLORE=1 it draws twenty times as much, and anew each time."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import requests
from schemathesis import GenerationMode

from graph.schema import schema
from tests.clients.fuzzing import (
    BOTH,
    Answered,
    Visitor,
    answers_to,
    draw_likely_values,
    known_ids,
    operations_of,
)
from tests.clients.real_server import PASSWORD, SIGN_IN, RealServer, SignIn, make_user, real_server


def _signed_in(server: RealServer, name: str, person: SignIn, *, as_admin: bool = False) -> Visitor:
    given = {"login": person.login, "password": person.password, "asAdmin": as_admin}
    answer = server.send(SIGN_IN, {"input": given})
    token = answer["data"]["sessionOpen"]["tokens"]["accessToken"]
    return Visitor(name, {"Authorization": f"Bearer {token}"})


def _closing_code(server: RealServer) -> str:
    document = "query C($id: ID!) { group(id: $id) { book { closingCode } } }"
    answer = server.send(document, {"id": str(server.group.id)}, server.token("secretary"))
    return str(answer["data"]["group"]["book"]["closingCode"])


def _root_fields() -> set[str]:
    core = schema._schema
    roots = [root for root in (core.query_type, core.mutation_type) if root is not None]
    return {f"{root.name}.{name}" for root in roots for name in root.fields}


@pytest.mark.slow
def test_no_root_field_answers_with_a_fault_of_the_server(tmp_path: Path) -> None:
    # Whoever asks so much in a time would be throttled.
    with real_server(tmp_path, KIBUBU_RATE_LIMITS="false") as server, requests.Session() as session:
        admin = SignIn("+254733000001", PASSWORD)
        asyncio.run(make_user(server, phone=admin.login, is_admin=True))
        visitors = [
            _signed_in(server, "the secretary", server.people["secretary"]),
            Visitor("nobody", {}),
            _signed_in(server, "an administrator", admin, as_admin=True),
        ]
        draw_likely_values(str(server.group.id), asyncio.run(known_ids(server)), _closing_code(server))
        answers: dict[tuple[str, str], list[Answered]] = {}
        for operation in operations_of(server):
            for visitor in visitors:
                # What the schema does not allow is refused before it matters who asks.
                modes = BOTH if visitor is visitors[0] else (GenerationMode.POSITIVE,)
                answers[operation.label, visitor.name] = answers_to(operation, visitor, session, modes)
        assert {label for label, _ in answers} == _root_fields()
        never_run = [key for key, found in answers.items() if not any(answer.is_run for answer in found)]
        assert never_run == []
        done = {label for (label, _), found in answers.items() if any(not answer.codes for answer in found)}
        assert _root_fields() - done == set(), "nobody came past the door"
        lines = [json.loads(line) for line in server.log_file.read_text(encoding="utf-8").splitlines()]
        assert len(lines) > len(answers)
        assert [line for line in lines if line["level"] in ("error", "critical")] == []
