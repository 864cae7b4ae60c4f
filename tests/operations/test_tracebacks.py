"""What the log says of an exception: where it came from, and nobody's data."""

from __future__ import annotations

import io
import json
import logging
import re

import asyncpg
import pytest
import structlog

from operations.logs import configure_logging
from operations.tracebacks import CHAIN_MAX, traceback_without_values
from persistence.database import DatabaseUnavailableError

SECRET = "+254712345678"


def fail(error: BaseException, cause: BaseException | None = None) -> None:
    raise error from cause


def raised(error: BaseException, cause: BaseException | None = None) -> str:
    with pytest.raises(type(error)) as caught:
        fail(error, cause)
    return traceback_without_values(caught.value)


@pytest.mark.parametrize(
    ("error", "last"),
    [
        (ValueError(f"invalid literal: {SECRET}"), "ValueError: (message left out)"),
        (KeyError(SECRET), "KeyError: (message left out)"),
        (asyncpg.DataError(f"invalid input: {SECRET}"), "asyncpg.exceptions.DataError: sqlstate 22000"),
        (asyncpg.InterfaceError(SECRET), "asyncpg.exceptions._base.InterfaceError: (message left out)"),
        (OSError(2, "No such file or directory", SECRET), "FileNotFoundError: No such file or directory"),
        (TypeError("not JSON serializable: set"), "TypeError: not JSON serializable: set"),
        (RuntimeError("a connection came back"), "RuntimeError: a connection came back"),
        (
            DatabaseUnavailableError("the database did not answer"),
            "persistence.database.DatabaseUnavailableError: the database did not answer",
        ),
    ],
)
def test_a_message_is_told_only_where_it_quotes_no_values(error: BaseException, last: str) -> None:
    told = raised(error)
    assert told.splitlines()[-1] == last
    assert "in fail" in told
    assert SECRET not in told


async def test_an_error_of_the_database_is_told_by_its_objects(superuser: asyncpg.Connection) -> None:
    await superuser.execute("CREATE TABLE things (phone text CONSTRAINT things_phone_once UNIQUE)")
    await superuser.execute("INSERT INTO things VALUES ($1)", SECRET)
    with pytest.raises(asyncpg.UniqueViolationError, match=re.escape(SECRET)) as caught:
        await superuser.execute("INSERT INTO things VALUES ($1)", SECRET)
    told = traceback_without_values(caught.value)
    assert told.splitlines()[-1] == (
        "asyncpg.exceptions.UniqueViolationError: sqlstate 23505, schema_name public, table_name things,"
        " constraint_name things_phone_once"
    )
    assert SECRET not in told


def test_what_led_to_an_exception_is_told_before_it() -> None:
    told = raised(RuntimeError("the second"), ValueError(SECRET))
    assert [line for line in told.splitlines() if not line.startswith(("Traceback", " "))] == [
        "ValueError: (message left out)",
        "",
        "RuntimeError: the second",
    ]


def test_a_group_tells_of_each_and_circles_and_long_chains_end() -> None:
    told = raised(ExceptionGroup(SECRET, [TypeError("one"), ValueError(SECRET)]))
    assert "TypeError: one" in told
    assert "ValueError: (message left out)" in told
    assert SECRET not in told
    first, second = RuntimeError("first"), RuntimeError("second")
    first.__cause__, second.__cause__ = second, first
    assert traceback_without_values(first) == "RuntimeError: second\n\nRuntimeError: first"
    last = RuntimeError("0")
    for number in range(CHAIN_MAX):
        following = RuntimeError(str(number + 1))
        following.__cause__, last = last, following
    assert traceback_without_values(last).count("RuntimeError") == CHAIN_MAX


@pytest.mark.parametrize("plain", [True, False], ids=["for a person", "as JSON"])
def test_the_log_has_no_message_that_may_quote_a_value(*, plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure_logging(plain=plain)
        try:
            fail(ValueError(SECRET))
        except ValueError as error:
            structlog.get_logger().error("operation failed", exc_info=error)
            structlog.get_logger().exception("the same")
            logging.getLogger("library").exception("of a library")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()
    said = written.getvalue()
    assert said.count("ValueError: (message left out)") == 3
    assert SECRET not in said
    if not plain:
        assert [json.loads(line)["event"] for line in said.splitlines()] == [
            "operation failed",
            "the same",
            "of a library",
        ]
