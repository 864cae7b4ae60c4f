"""Relay: its compiler takes the schema and the documents of a page, and its runtime runs what it made of them."""

from __future__ import annotations

from pathlib import Path

from tests.clients.fresh_groups import FreshGroup
from tests.clients.node_project import NodeProject
from tests.clients.real_server import RealServer
from tests.operations.command_line import ROOT

COMPILER = "node_modules/relay-compiler/cli.js"
ARTIFACTS = (
    "GroupPageEntriesQuery",
    "GroupPageQuery",
    "GroupPageRecordMutation",
    "GroupPageRefetchQuery",
    "GroupPage_entries",
    "GroupPage_group",
)


def test_a_page_is_compiled_and_run_and_fetched_again_by_its_id(
    server: RealServer, node_project: NodeProject, group: FreshGroup, tmp_path: Path
) -> None:
    relay = node_project.copied("relay", tmp_path / "relay", ROOT / "schema.graphql")
    compiled = relay.run(COMPILER)
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    made = sorted(file.name for file in (relay.folder / "__generated__").iterdir())
    assert made == [f"{name}.graphql.js" for name in ARTIFACTS]

    told = relay.results("run.js", **group.environment(server))
    bought = [["SHARE_PURCHASE", "100.00", "KES"]]
    assert told == {
        "before": ["Tujenge", [], []],
        "userErrors": [[], [{"path": ["meetingId"], "code": "NOT_FOUND", "reason": "MEETING_NOT_FOUND"}]],
        "paid": bought,
        "stale": bought,
        "refetched": [["SHARE_PURCHASE", "300.00", "KES"]],
        "pages": [[1, 2], [1, 2, 3]],
        "hasNextPage": False,
        # Each is an operation, and whether it asks for the group by `node(id)`.
        "sent": [
            ["GroupPageQuery", False],
            ["GroupPageRecordMutation", False],
            ["GroupPageRecordMutation", False],
            ["GroupPageRecordMutation", False],
            ["GroupPageRecordMutation", False],
            ["GroupPageRefetchQuery", True],
            ["GroupPageEntriesQuery", True],
            ["GroupPageEntriesQuery", True],
        ],
    }


def test_a_field_that_the_schema_does_not_have_is_not_compiled(node_project: NodeProject, tmp_path: Path) -> None:
    relay = node_project.copied("relay", tmp_path / "relay", ROOT / "schema.graphql")
    page = relay.folder / "GroupPage.js"
    page.write_text(page.read_text(encoding="utf-8").replace("effectiveOn", "treasure"), encoding="utf-8")
    compiled = relay.run(COMPILER)
    assert compiled.returncode != 0
    assert "The type `JournalEntry` has no field `treasure`" in compiled.stdout + compiled.stderr
