"""`kibubu documents`, and the manifests that it reads."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from operations.cli import app
from operations.console import CommandError, CommandRefusedError
from operations.document_costs import costs_of
from operations.manifests import faults_of, read_manifest
from tests.operations.command_line import kibubu
from tests.support import cluster
from tests.support.api import MASTER_KEY

GROUP = "query Group($id: ID!) { group(id: $id) { name } }"
VIEWER = "query Viewer { viewer { user { id } } }"
HOW = 'set "algorithm": "SHA256" in persistConfig'


def digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def relay(*texts: str) -> dict[str, str]:
    return {digest(text): text for text in texts}


def apollo(*texts: str) -> dict[str, Any]:
    operations = [{"id": digest(text), "body": text, "name": "Name", "type": "query"} for text in texts]
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tmp_path / "manifest.json"


@pytest.mark.parametrize(
    "content",
    [
        relay(GROUP, VIEWER),
        apollo(GROUP, VIEWER),
        {f"sha256:{digest(text)}": text for text in (GROUP, VIEWER)},
    ],
)
def test_the_manifests_of_the_usual_tools_are_read(manifest: Path, content: Any) -> None:
    manifest.write_text(json.dumps(content), encoding="utf-8")
    assert read_manifest(manifest) == relay(GROUP, VIEWER)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON."),
        ("{", "is not JSON."),
        ("[" * 100_000, "is not JSON."),
        ("[]", "A manifest is a JSON object: of texts by id, or one that Apollo's tools write."),
        ("null", "A manifest is a JSON object: of texts by id, or one that Apollo's tools write."),
        ("{}", "has no document."),
        (json.dumps(apollo()), "has no document."),
        (json.dumps({**apollo(GROUP), "version": 2}), "is not apollo-persisted-query-manifest of version 1."),
        (json.dumps({**apollo(GROUP), "format": "x"}), "is not apollo-persisted-query-manifest of version 1."),
        (json.dumps({**apollo(), "operations": [3]}), "is not apollo-persisted-query-manifest of version 1."),
        (json.dumps({**apollo(), "operations": None}), "is not apollo-persisted-query-manifest of version 1."),
        (json.dumps({**apollo(), "operations": [{}]}), "None: The id and the text of a document must be strings."),
        (json.dumps({digest(GROUP): 3}), f"{digest(GROUP)}: The id and the text of a document must be strings."),
        (json.dumps({"0" * 32: GROUP}), f"{'0' * 32}: The id is not the SHA-256 of the text. Ids must be"),
        (json.dumps({digest(VIEWER): GROUP}), HOW),
        (json.dumps(relay('{ a(b: "\x00") }')), "The text holds a NUL character or half of a surrogate pair"),
        (json.dumps(relay('{ a(b: "\ud800") }')), "The text holds a NUL character or half of a surrogate pair"),
        (json.dumps(relay("{ nowhere }")), "Cannot query field 'nowhere' on type 'Query' (line 1, column 3)."),
        (json.dumps(relay("{ viewer {")), "Syntax Error: Expected Name, found <EOF> (line 1, column 11)."),
    ],
    ids=lambda value: value[:30],
)
def test_a_file_that_will_not_do_is_refused_with_the_reason(manifest: Path, content: str, message: str) -> None:
    manifest.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        read_manifest(manifest)
    assert message in str(refused.value)


def test_one_fault_is_enough_to_register_nothing_and_the_first_are_told(manifest: Path) -> None:
    wrong = [f"query Q{number} {{ nowhere }}" for number in range(12)]
    manifest.write_text(json.dumps(relay(GROUP, *wrong)), encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        read_manifest(manifest)
    lines = str(refused.value).splitlines()
    assert lines[0] == f"Nothing of {manifest} was registered."
    assert lines[1].startswith(f"{digest(wrong[0])}: Cannot query field 'nowhere'")
    assert (len(lines), lines[-1]) == (12, "… and 2 faults more.")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.json cannot be read: No such file or directory\.$"):
        read_manifest(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (GROUP, []),
        ("fragment F on Group { name }", ["The document has no operation."]),
        ("{ __typename } # " + "x" * 20_000, ["The document may have 20000 characters, and has 20017."]),
        ("query Q($id: Int!) { group(id: $id) { name } }", 1),
        ("{ " + "a " * 1_500 + "}", 1),
        ("{ " + " ".join(f"a{number}: __typename" for number in range(30)) + " }", 1),
        ("fragment F on Group { ...F } { groups { nodes { ...F } } }", 1),
        ("{ viewer { user { id nowhere neither } } }", 2),
    ],
)
def test_what_keeps_a_document_from_being_run(text: str, faults: list[str] | int) -> None:
    found = faults_of(text)
    assert (found if isinstance(faults, list) else len(found)) == faults


@pytest.fixture
def installation(database_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings name a migrated database of the test's own."""
    for name in os.environ:
        if name.startswith("KIBUBU_") and name != cluster.SUPERUSER_DSN:
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", cluster.dsn_for(database_name, "kibubu_login"))
    monkeypatch.setenv("KIBUBU_MIGRATE_URL", cluster.dsn_for(database_name))
    monkeypatch.setenv("KIBUBU_MASTER_KEY", MASTER_KEY)


def documents(*arguments: str) -> str:
    """What the command says; what it raises is what it ends with."""
    done = CliRunner().invoke(app, ["documents", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def register(manifest: Path, content: Any, version: str) -> str:
    manifest.write_text(json.dumps(content), encoding="utf-8")
    return documents("register", str(manifest), "--application", "field-app", "--version", version)


@pytest.mark.usefixtures("installation")
def test_a_build_s_documents_are_registered_listed_and_removed(manifest: Path) -> None:
    assert documents("list") == "No documents are registered.\n"
    for _ in range(2):
        assert register(manifest, relay(GROUP, VIEWER), "1.0") == "field-app 1.0 may run 2 documents by id.\n"
    with pytest.raises(CommandError, match=r"^field-app 1\.0 is registered already, with other documents: "):
        register(manifest, apollo(GROUP), "1.0")
    assert register(manifest, apollo(GROUP), "1.1") == "field-app 1.1 may run 1 document by id.\n"

    rows = [line.split() for line in documents("list").splitlines()]
    assert rows[0] == ["Application", "Version", "Documents", "Registered"]
    assert [row[:3] for row in rows[1:]] == [["field-app", "1.0", "2"], ["field-app", "1.1", "1"]]

    assert documents("remove", "field-app", "1.0") == "field-app 1.0 is removed, and 1 document with it.\n"
    with pytest.raises(CommandError, match=r"^field-app 1\.0 is not registered: see `kibubu documents list`\.$"):
        documents("remove", "field-app", "1.0")


@pytest.mark.usefixtures("installation")
def test_nothing_is_registered_of_a_build_that_will_not_do(manifest: Path) -> None:
    with pytest.raises(CommandError, match=r"Cannot query field 'nowhere' on type 'Query' \(line 1, column 3\)\.$"):
        register(manifest, relay(GROUP, "{ nowhere }"), "2.0")
    for version in ("a b", "", "-1", "x" * 101):
        with pytest.raises(CommandError, match=r"^The version of an application may have up to 100 letters, digits"):
            register(manifest, relay(GROUP), version)
    assert documents("list") == "No documents are registered.\n"


ONE_PAGE = "query P($n: Int! = 20) { groups(first: $n) { nodes { name } } }"
PAGES_OF_PAGES = "query P($n: Int!) { groups(first: $n) { nodes { members(first: $n) { nodes { name } } } } }"
DEAR = "{ groups(first: 50) { nodes { members(first: 50) { nodes { name } } } } }"
TOO_DEAR = "{ groups(first: 100) { nodes { members(first: 100) { nodes { name } } } } }"
SHEET = """mutation S($input: ContributionsRecordInput!, $all: Boolean! = false) { contributionsRecord(input: $input) {
    items { contribution { member { contributions(first: 10) @include(if: $all) { nodes { id } } } } } } }"""


@pytest.mark.parametrize(
    ("text", "costs"),
    [
        (GROUP, (1, 1)),
        (ONE_PAGE, (1, 100)),
        (PAGES_OF_PAGES, (2, 10_100)),
        (DEAR, (2_550, 2_550)),
        (SHEET, (10 + 1 + 13, 10 + 1 + 100 * 13)),
        (f"{ONE_PAGE.replace('query P', 'query A')} {GROUP}", (1, 100)),
    ],
)
def test_what_a_document_costs_at_least_and_at_most(text: str, costs: tuple[int, int]) -> None:
    assert faults_of(text) == []
    assert costs_of(text) == costs


@pytest.mark.usefixtures("installation")
def test_a_document_that_nobody_may_ever_run_is_not_registered_and_a_dear_one_is_told_of(
    manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError) as refused:
        register(manifest, relay(GROUP, TOO_DEAR), "3.0")
    assert str(refused.value).splitlines() == [
        "Nothing was registered: no operation may cost more than 10000. Ask for less at a time.",
        f"{digest(TOO_DEAR)}: It costs 10100 at least.",
    ]
    assert documents("list") == "No documents are registered.\n"

    told: list[str] = []
    monkeypatch.setattr("operations.documents.err.print", lambda text, **_: told.append(text))
    assert (
        register(manifest, relay(GROUP, ONE_PAGE, PAGES_OF_PAGES, DEAR), "3.0")
        == "field-app 3.0 may run 4 documents by id.\n"
    )
    assert told == [
        f"{digest(PAGES_OF_PAGES)}: It can cost 10100, and people's operations may cost 1000: keep its lists shorter.",
        f"{digest(DEAR)}: It can cost 2550, and people's operations may cost 1000: only machines can run it.",
    ]
    told.clear()
    monkeypatch.setenv("KIBUBU_COST_MAX", "20000")
    register(manifest, relay(TOO_DEAR), "3.1")
    assert told == []


@pytest.mark.usefixtures("installation")
def test_registering_needs_the_owner_s_address(manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIBUBU_MIGRATE_URL")
    with pytest.raises(CommandRefusedError, match=r"^KIBUBU_MIGRATE_URL is not set: registering documents needs"):
        register(manifest, relay(GROUP), "1.0")


def test_the_command_tells_a_fault_without_a_traceback(tmp_path: Path) -> None:
    given = ("register", "nowhere.json", "--application", "field-app", "--version", "1")
    done = kibubu(tmp_path, "documents", *given)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "nowhere.json cannot be read: No such file or directory.\n"
