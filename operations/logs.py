"""Logging: one JSON object a line, or plain lines where a person is looking."""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import Any, TextIO

import orjson
import structlog

from graph.settings import LogLevel
from operations.tracebacks import traceback_without_values

__all__ = ["configure_logging"]

# They say at length what our own lines say in brief.
_QUIET = ("alembic", "uvicorn.error", "asyncio", "httpx")


def _json(line: dict[str, Any], **_: object) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _format_exception(_logger: object, _method: str, line: dict[str, Any]) -> dict[str, Any]:
    """Put the text of an exception in its place."""
    given = line.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else None
    if error is None and given:
        error = given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if error is not None:
        line["exception"] = traceback_without_values(error)
    return line


class _Lines:
    """Writes our own lines. Through the standard library's logging each would cost several times as much."""

    def __init__(self, stream: TextIO, *names: str) -> None:
        self.name = names[0] if names else "kibubu"
        self.stream = stream

    def write(self, line: str) -> None:
        """Write one line, with one call, so that those of several processes do not mix."""
        self.stream.write(f"{line}\n")
        self.stream.flush()

    debug = info = warning = error = exception = critical = msg = log = write


def configure_logging(*, plain: bool | None = None, level: LogLevel = LogLevel.INFO) -> None:
    """Send every log line, ours and the libraries', to standard error.

    Args:
        plain: Lines for a person; None means when standard error is a terminal.
        level: From which level on lines are written. Those of operations are of level info, slow ones warnings.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    is_plain = sys.stderr.isatty() if plain is None else plain
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Any] = [
        _format_exception,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if is_plain
        else structlog.processors.JSONRenderer(_json),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(least)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(least, logging.WARNING))
    structlog.configure(
        processors=[*shared, *rendered],
        logger_factory=partial(_Lines, sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(least),
        cache_logger_on_first_use=False,
    )
