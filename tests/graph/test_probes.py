"""What is asked beside operations: alive, ready, and which schema is served."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from graph.draining import Draining
from tests.support.api import Api
from tests.support.world import World

BUSY = "The service is busy: send the same again in a moment, a mutation with the same idempotency key."


async def test_a_process_with_its_database_is_alive_and_ready(api: Api) -> None:
    for path in ("/livez", "/readyz"):
        answer = await api.http.get(path)
        assert (answer.status_code, answer.text) == (200, "ok")
        assert "connection" not in answer.headers


@pytest.mark.parametrize(
    ("statement", "status", "text"),
    [
        ("UPDATE migrations.revisions SET version_num = '0000'", 503, "the database is not migrated"),
        ("DELETE FROM migrations.revisions", 503, "the database is not migrated"),
        ("UPDATE migrations.revisions SET version_num = '9999'", 200, "ok"),
    ],
)
async def test_a_database_that_lacks_a_migration_is_not_ready_and_one_ahead_is(
    api: Api, world: World, statement: str, status: int, text: str
) -> None:
    await world.superuser.execute(statement)
    answer = await api.http.get("/readyz")
    assert (answer.status_code, answer.text) == (status, text)


async def test_without_its_database_a_process_is_alive_and_not_ready(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("persistence.database.ACQUIRE_SECONDS_MAX", 0.05)
    pool = api.services.database.pools["kibubu_login"]
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    answer = await api.http.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database does not answer")
    assert (await api.http.get("/livez")).status_code == 200
    for connection in held:
        await pool.release(connection)
    assert (await api.http.get("/readyz")).status_code == 200


async def test_the_schema_is_served_as_the_file_has_it(api: Api) -> None:
    answer = await api.http.get("/schema.graphql")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == Path(__file__).parents[2].joinpath("schema.graphql").read_text(encoding="utf-8")
    again = await api.http.get("/schema.graphql", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_process_that_leaves_still_answers_but_keeps_no_connection(api: Api) -> None:
    leaving = asyncio.create_task(api.services.draining.leave(60))
    await asyncio.sleep(0)
    ready = await api.http.get("/readyz")
    assert (ready.status_code, ready.text, ready.headers["connection"]) == (503, "leaving", "close")
    answer = await api.anonymous.send("{ __typename }")
    assert answer.data == {"__typename": "Query"}
    assert answer.headers["connection"] == "close"
    assert (await api.http.get("/livez")).status_code == 200
    leaving.cancel()


async def test_a_process_that_closes_refuses_operations_politely(api: Api) -> None:
    await api.services.draining.leave()
    answer = await api.anonymous.send("{ __typename }")
    assert answer.status == 503
    assert answer.refusal == ("SERVICE_UNAVAILABLE", BUSY)
    assert answer.headers["connection"] == "close"
    assert answer.headers["retry-after"] == "1"
    assert (await api.http.get("/livez")).status_code == 200


async def test_what_registered_is_closed_once_side_by_side_whatever_others_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("graph.draining.CLOSE_SECONDS_MAX", 0.2)
    draining = Draining()
    done: list[str] = []
    both = asyncio.Barrier(2)

    async def close(name: str) -> None:
        await both.wait()
        done.append(name)

    async def fail() -> None:
        raise RuntimeError("a closer's own")

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            done.append("cancelled")

    for closer in (lambda: close("first"), fail, never, lambda: close("second")):
        draining.on_close(closer)
    assert not draining.is_leaving
    await asyncio.gather(draining.leave(), draining.close())
    await draining.close()
    assert (draining.is_leaving, draining.is_closing) == (True, True)
    assert sorted(done) == ["cancelled", "first", "second"]
