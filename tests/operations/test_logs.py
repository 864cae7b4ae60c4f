"""Lines of log: JSON, from a level on, with the frames of an error and without the values that PostgreSQL quotes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import asyncpg
import pytest
import structlog

from graph.settings import LogLevel
from operations.logs import configure_logging
from tests.support import cluster


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    stream = StringIO()
    root = logging.getLogger()
    before, level = structlog.get_config(), root.level
    with monkeypatch.context() as patch:
        patch.setattr(root, "handlers", [])
        with redirect_stderr(stream):
            configure_logging(plain=False)
        yield stream
    structlog.configure(**before)
    root.setLevel(level)


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_lines_and_those_of_libraries_have_one_form(stream: StringIO) -> None:
    structlog.get_logger("kibubu.test").info("told", number=3, who={"name": "é"})
    logging.getLogger("some.library").warning("told by %s", "it")
    ours, theirs = lines(stream)
    assert ours.pop("timestamp").endswith("Z")
    assert theirs.pop("timestamp").endswith("Z")
    assert ours == {"event": "told", "number": 3, "who": {"name": "é"}, "level": "info", "logger": "kibubu.test"}
    assert theirs == {"event": "told by it", "level": "warning", "logger": "some.library"}


def test_below_the_level_nothing_is_written(stream: StringIO) -> None:
    with redirect_stderr(stream):
        configure_logging(plain=False, level=LogLevel.ERROR)
    structlog.get_logger("kibubu.test").warning("not told")
    logging.getLogger("uvicorn.error").warning("not told either")
    structlog.get_logger("kibubu.test").error("told")
    assert [line["event"] for line in lines(stream)] == ["told"]


def test_an_error_is_told_with_its_frames_and_what_led_to_it(stream: StringIO) -> None:
    def fall() -> None:
        secret = "mangoes on the roof"  # a value of a frame
        try:
            {}[len(secret)]
        except KeyError as error:
            raise RuntimeError("it fell") from error

    try:
        fall()
    except RuntimeError as error:
        structlog.get_logger("a").exception("given by the moment")
        structlog.get_logger("a").error("given by itself", exc_info=error)
        logging.getLogger("b").exception("given to the library")
    told = lines(stream)
    assert len(told) == 3
    for line in told:
        assert line["exception"].index("KeyError: (message left out)") < line["exception"].index(
            "RuntimeError: it fell"
        )
        assert "in fall\n" in line["exception"]
        assert "mangoes" not in line["exception"].replace('secret = "mangoes on the roof"', "")
        assert "exc_info" not in line


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "INSERT INTO t VALUES ('mangoes')",
            "sqlstate 23505, schema_name public, table_name t, constraint_name t_pkey",
        ),
        (
            "INSERT INTO t VALUES ('mangoes on the roof')",
            "sqlstate 23514, schema_name public, table_name t, constraint_name t_fruit_check",
        ),
        ("SELECT 'mangoes'::text::int", "InvalidTextRepresentationError: sqlstate 22P02"),
        ("SELECT nothing FROM t", "UndefinedColumnError: sqlstate 42703"),
    ],
)
async def test_an_error_of_the_database_quotes_no_value(stream: StringIO, statement: str, told: str) -> None:
    async with cluster.fresh_database("template0") as name:
        connection = await asyncpg.connect(cluster.dsn_for(name))
        await connection.execute("CREATE TABLE t (fruit text PRIMARY KEY CHECK (length(fruit) < 10))")
        await connection.execute("INSERT INTO t VALUES ('mangoes')")
        with pytest.raises(asyncpg.PostgresError) as failure:
            await connection.execute(statement)
        await connection.close()
    structlog.get_logger("a").error("failed", exc_info=failure.value)
    (line,) = lines(stream)
    (*_, last) = line["exception"].splitlines()
    assert last.endswith(told)
    assert "mangoes" not in last


def test_a_person_gets_plain_lines(stream: StringIO) -> None:
    with redirect_stderr(stream):
        configure_logging(plain=True)
    structlog.get_logger("kibubu.test").info("told", number=3)
    assert "told" in stream.getvalue()
    assert "number=3" in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        lines(stream)
