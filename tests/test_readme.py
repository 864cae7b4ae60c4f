"""What the README promises: its requests fit the schema, its commands and files exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from graph.schema import schema

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

REQUESTS = [json.loads(body) for body in re.findall(r"curl [^\n]*-d '(\{.*?\})'", README, re.DOTALL)]


def test_every_request_of_the_readme_is_found() -> None:
    assert len(REQUESTS) == README.count("curl ") >= 3


@pytest.mark.parametrize("request_body", REQUESTS, ids=lambda body: body["query"][:40])
def test_a_request_of_the_readme_fits_the_schema_with_its_variables(request_body: dict[str, Any]) -> None:
    assert request_body.keys() <= {"query", "variables"}
    document = parse(request_body["query"])
    assert validate(schema._schema, document) == []
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    given = request_body.get("variables", {})
    assert given.keys() == {each.variable.name.value for each in operation.variable_definitions or ()}
    found = get_variable_values(schema._schema, operation.variable_definitions or (), given)
    assert not isinstance(found, list), found


def test_the_commands_that_the_readme_names_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    in_code = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE) + re.findall(r"`([^`\n]+)`", README)
    named = {name for code in in_code for name in re.findall(r"\bmake ([a-z0-9-]+)", code)}
    assert {"run", "test"} <= named <= targets


def test_the_files_that_the_readme_links_to_exist() -> None:
    linked = [link for link in re.findall(r"\]\(([^)#]+)", README) if "://" not in link]
    assert len(linked) >= 5
    assert [link for link in linked if not (ROOT / link).is_file()] == []
