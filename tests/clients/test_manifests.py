"""The manifests that builds write: once they are registered, clients send ids and no text."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

from operations.manifests import read_manifest
from tests.clients.fresh_groups import FreshGroup
from tests.clients.node_project import NodeProject
from tests.clients.real_server import RealServer
from tests.clients.test_codegen import generated
from tests.clients.test_relay import COMPILER
from tests.operations.command_line import ROOT, kibubu
from tests.support.api import MASTER_KEY
from tests.support.cluster import dsn_for

OPERATION = re.compile(r"(?:query|mutation) \w+")


def test_what_relay_persists_is_run_by_its_ids(
    server: RealServer, node_project: NodeProject, group: FreshGroup, tmp_path: Path
) -> None:
    relay = node_project.copied("relay", tmp_path / "relay", ROOT / "schema.graphql")
    manifest = relay.folder / "persisted.json"
    manifest.write_text("{}", encoding="utf-8")
    compiled = relay.run(COMPILER, "persisted.config.json")
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    assert _register(server, manifest, "relay") == 4

    told = relay.results("run.js", **group.environment(server))
    assert {by for _, by in told["sent"]} == {"BY_ID"}
    assert told["refetched"] == [["SHARE_PURCHASE", "300.00", "KES"]]
    assert told["pages"] == [[1, 2], [1, 2, 3]]


def test_what_graphql_codegen_persists_can_be_registered(node_project: NodeProject, tmp_path: Path) -> None:
    project = generated(node_project, tmp_path)
    documents = read_manifest(project.folder / "generated" / "persisted-documents.json")
    names = sorted(name for text in documents.values() for name in OPERATION.findall(text))
    assert names == ["mutation Record", "query Changed", "query GroupPage"]
    assert [digest for digest, text in documents.items() if sha256(text.encode()).hexdigest() != digest] == []


def _register(server: RealServer, manifest: Path, application: str) -> int:
    """Register a manifest as a build does; returns how many documents it has."""
    done = kibubu(
        manifest.parent,
        *("documents", "register", str(manifest), "--application", application, "--version", "1"),
        DATABASE_URL=dsn_for(server.database, "kibubu_login"),
        KIBUBU_MASTER_KEY=MASTER_KEY,
        KIBUBU_MIGRATE_URL=dsn_for(server.database),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return len(json.loads(manifest.read_text(encoding="utf-8")))
