"""The container files, as far as they can be checked without an engine: that they name what exists."""

from __future__ import annotations

import re
import tomllib

import pytest

from graph.settings import Settings
from tests.operations.command_line import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
STAGES = re.split(r"(?m)^FROM ", DOCKERFILE)[1:]


@pytest.mark.parametrize("text", [DOCKERFILE, COMPOSE], ids=["Dockerfile", "compose.yaml"])
def test_only_settings_that_exist_are_set(text: str) -> None:
    named = set(re.findall(r"(?m)^ +KIBUBU_(\w+):", text)) | set(re.findall(r"\bKIBUBU_(\w+)=\S", text))
    assert named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_the_image_runs_the_console_script_without_rights_and_is_asked_for_its_health() -> None:
    final = STAGES[-1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    entry = re.search(r'ENTRYPOINT \["(\w+)"\]', final)
    assert entry is not None
    assert entry.group(1) in project["project"]["scripts"]
    assert re.search(r"(?m)^USER (?!root)\w+$", final)
    assert 'CMD ["python", "-m", "operations.health"]' in final
    assert "pip" not in final
    assert final.index("USER") < final.index("ENTRYPOINT")


def test_what_the_image_is_built_from_is_let_through_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert lines[0] == "*"
    through = {line[1:] for line in lines if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert through == floors | {"pyproject.toml", "requirements.lock", project["project"]["readme"]}


def test_make_run_hears_of_no_other_database_and_secrets_are_not_committed() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    unset = re.search(r"(?m)^NOT_FOR_RUN := (.+)$", makefile)
    assert unset is not None
    settings = {name for name in Settings.model_fields if name.endswith("_url") or name.startswith("master_key")}
    named = {("" if name == "database_url" else "KIBUBU_") + name.upper() for name in settings}
    assert set(unset.group(1).split()) == named
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_services_wait_for_services_that_exist() -> None:
    assert "\t" not in COMPOSE
    below = COMPOSE[COMPOSE.index("\nservices:") : COMPOSE.index("\nvolumes:")]
    services = set(re.findall(r"(?m)^  (\w+):$", below))
    awaited = set(re.findall(r"depends_on:\n +(\w+):", below))
    assert services == {"database", "migrate", "api"}
    assert awaited == {"database", "migrate"}
    assert set(re.findall(r"\*(\w+)", COMPOSE)) == set(re.findall(r"&(\w+)", COMPOSE))
