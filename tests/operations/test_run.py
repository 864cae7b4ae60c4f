"""What `make run` starts: a place to look at on this machine, with a database of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import asyncpg

from operations.demonstration import SIGN_INS
from operations.demonstration.groups import SHOWCASE
from operations.demonstration.meetings import meeting_id
from operations.demonstration.members import group_id
from operations.demonstration.year import MEETINGS_PER_YEAR
from persistence.embedded import EmbeddedServer
from tests.operations.command_line import SECONDS_MAX, all_end, ask, descendants, is_empty, is_free, kibubu, serving

GROUP = group_id(SHOWCASE)

# Enough of what the demonstration ends with to be taken for all of it, which takes a minute to load.
LOADED = f"""
SET session_replication_role = replica;
INSERT INTO app.tenants (id, kind, visibility, created_by) VALUES ('{GROUP}', 'GROUP', 'ALL', '{GROUP}');
INSERT INTO ledger.heads (tenant_id, base_currency) VALUES ('{GROUP}', 'KES');
INSERT INTO app.contributions
    (tenant_id, id, entry_number, meeting_id, member_id, kind, shares, amount, currency, place, recorded_by)
VALUES ('{GROUP}', '{uuid4()}', 1, '{meeting_id(SHOWCASE, MEETINGS_PER_YEAR[SHOWCASE.frequency])}',
        '{uuid4()}', 'SHARE', 1, 100, 'KES', 'BOX', '{uuid4()}');
"""


async def test_it_says_where_it_is_serves_graphiql_and_ends_with_ctrl_c_each_time(tmp_path: Path) -> None:
    assert kibubu(tmp_path, "migrate").returncode == 0
    with EmbeddedServer(tmp_path) as server:
        connection = await asyncpg.connect(**server.superuser_arguments("kibubu"))
        await connection.execute(LOADED)
        await connection.close()
    for _ in range(2):
        with serving(tmp_path, "run") as (process, port):
            status, page = ask(port, "/graphiql/")
            assert status == 200
            assert "<html" in page
            answer = json.loads(ask(port, "/graphql", {"query": "{ __typename }"})[1])
            assert answer["data"] == {"__typename": "Query"}
            assert "errors" not in answer
            below = descendants(process.pid)
            assert below
            said = _until_ctrl_c(process)
        assert process.returncode == 0
        assert f"GraphiQL  http://127.0.0.1:{port}/graphiql/\n" in said
        rows = {tuple(re.split(r" {2,}", line.strip())) for line in said.splitlines()}
        assert rows >= {(each.role, each.login, each.password) for each in SIGN_INS}
        assert "Loading" not in said
        assert all_end(below)
        assert is_free(tmp_path)


def _until_ctrl_c(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=SECONDS_MAX)[0]


def test_a_database_of_ones_own_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    external: Mapping[str, str] = {
        "DATABASE_URL": "postgresql://kibubu_login:hunter2hunter2@db.example/kibubu",
        "KIBUBU_MASTER_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    }
    done = kibubu(tmp_path, "run", **external)
    assert done.returncode == 2
    assert "unset DATABASE_URL" in done.stderr
    assert "hunter2" not in done.stderr
    assert is_empty(tmp_path)
