"""What the clients from npm are pinned by."""

from __future__ import annotations

import json
import re

from tests.clients.node_project import FOLDER

EXACT = re.compile(r"\d+\.\d+\.\d+")
INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")


def test_every_client_is_asked_for_in_one_version() -> None:
    project = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    asked = project["dependencies"]
    assert asked == lock["packages"][""]["dependencies"]
    assert [name for name, version in asked.items() if not EXACT.fullmatch(version)] == []
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in asked} == asked


def test_the_lock_file_names_hashes_and_no_registry() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    locked = {name: package for name, package in packages.items() if name}
    assert len(locked) > 50
    # Addresses are those where packages ask for donations.
    addresses = [name for name, each in locked.items() if "://" in json.dumps({**each, "funding": None})]
    assert addresses == []
    assert [name for name, each in locked.items() if "resolved" in each] == []
    assert [name for name, each in locked.items() if not INTEGRITY.fullmatch(each.get("integrity", ""))] == []
