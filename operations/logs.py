"""Logging: one JSON object a line, or plain lines where a person is looking."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import structlog

from graph.settings import LogLevel

__all__ = ["configure_logging"]

# They say at length what our own lines say in brief.
_QUIET = ("alembic", "uvicorn.error", "asyncio", "httpx")


def _json(line: dict[str, Any], **_: object) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class _Lines:
    """Writes our own lines. Through the standard library's logging each would cost several times as much."""

    def __init__(self, *names: str) -> None:
        self.name = names[0] if names else "kibubu"

    @staticmethod
    def write(line: str) -> None:
        """Write one line, with one call, so that those of several processes do not mix."""
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

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
    rendered: list[Any] = (
        # Without the values of local variables, which may be personal.
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if is_plain
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
    )
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
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(least),
        cache_logger_on_first_use=False,
    )
