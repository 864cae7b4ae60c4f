"""graphql-codegen: the documents it types compile under TypeScript's strictest checks, and answers are what it said."""

from __future__ import annotations

from pathlib import Path

from tests.clients.fresh_groups import FreshGroup
from tests.clients.node_project import NodeProject
from tests.clients.real_server import RealServer
from tests.operations.command_line import ROOT

TSC = "node_modules/typescript/bin/tsc"
FILES = ["fragment-masking.ts", "gql.ts", "graphql.ts", "index.ts", "persisted-documents.json"]


def test_typed_documents_compile_under_strict_and_give_exact_values(
    server: RealServer, node_project: NodeProject, group: FreshGroup, tmp_path: Path
) -> None:
    project = generated(node_project, tmp_path)
    for options in (("--strict", "--noEmit"), ()):
        compiled = project.run(TSC, "--project", ".", *options)
        assert (compiled.returncode, compiled.stdout + compiled.stderr) == (0, "")
    told = project.results("run.js", **group.environment(server))
    assert told == {
        "userErrors": [],
        "items": [
            ["ACCEPTED", 3, "150.00", None],
            # One more cent than numbers of JavaScript can tell apart.
            ["ACCEPTED", None, "90071992547409.93", None],
            ["REJECTED", None, "SHARES_OUTSIDE_LIMITS", 1000],
        ],
        "name": "Tujenge",
        "isSaving": True,
        "isUtc": True,
        "members": [{"name": "Neema Otieno", "isDated": True, "shares": 3, "cents": "15000", "currency": "KES"}],
        "changed": [None, group.number + 1, None],
        "sum": "9007199254755993",
    }


def test_a_document_that_asks_for_less_fails_to_compile(node_project: NodeProject, tmp_path: Path) -> None:
    project = generated(node_project, tmp_path, ("      currency\n", ""))
    compiled = project.run(TSC, "--project", ".", "--noEmit")
    assert compiled.returncode != 0
    assert "Property 'currency' does not exist" in compiled.stdout


def generated(node_project: NodeProject, folder: Path, *changes: tuple[str, str]) -> NodeProject:
    """The program beside what was generated from the schema and its documents, some of them changed."""
    project = node_project.copied("codegen", folder / "codegen", ROOT / "schema.graphql")
    documents = project.folder / "documents.graphql"
    text = documents.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    documents.write_text(text, encoding="utf-8")
    made = project.run("generate.mjs")
    assert made.returncode == 0, made.stderr
    assert sorted(file.name for file in (project.folder / "generated").iterdir()) == FILES
    return project
