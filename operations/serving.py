"""Serving HTTP: one process, or several below a parent that restarts them."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
from contextlib import suppress
from functools import partial
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any

import structlog
import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

from graph.application import create_application
from graph.settings import Settings
from graph.subscriptions.websocket import MESSAGE_BYTES_MAX
from operations.console import CommandError
from operations.leaving import leaving_on_signals
from operations.logs import configure_logging
from operations.signals import EndedBySignalError

__all__ = ["listen", "serve", "spare_the_collector"]

GRACE_SECONDS = 20
"""How long requests that are under way may take to finish after Ctrl-C or SIGTERM."""
WORKER_SILENCE_SECONDS = 30
"""How long a worker may say nothing before it is replaced: on a slow machine, loading the application takes many."""
BACKLOG = 1_024
COLLECTOR_THRESHOLDS = (50_000, 20, 50)

_log = structlog.get_logger("kibubu.serve")


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on, taken before anything else is started.

    Raises:
        CommandError: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        taken = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {settings.host} port {settings.port} ({os.strerror(error.errno or 0)}). "
            "Stop what uses it, or set KIBUBU_HOST and KIBUBU_PORT."
        ) from None
    taken.set_inheritable(True)
    return taken


def serve(settings: Settings, taken: socket.socket) -> None:
    """Answer requests until SIGINT or SIGTERM, then finish those under way.

    Args:
        settings: With an address for each login.
        taken: Where to listen; closed afterwards.
    """
    config = uvicorn.Config(
        partial(_application, settings),
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Which proxies are believed is a setting of ours.
        proxy_headers=False,
        # Events are short: compressing them would double what a socket takes of memory.
        ws_per_message_deflate=False,
        ws_max_size=MESSAGE_BYTES_MAX,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=WORKER_SILENCE_SECONDS,
    )
    configure_logging(level=settings.log_level)
    host, port = taken.getsockname()[:2]
    _log.info("serving", host=host, port=port, workers=settings.workers, graphiql=settings.serves_graphiql)
    # The server raises SIGINT or SIGTERM again when it is done; being told to stop is no failure.
    with taken, suppress(KeyboardInterrupt, EndedBySignalError):
        if settings.workers > 1:
            _Workers(config, [taken]).run()
        else:
            uvicorn.Server(config).run([taken])
    _log.info("stopped")


class _Workers(Multiprocess):
    """Workers below a parent that lets go of the socket when they end: else new connections would hang in its queue."""

    def terminate_all(self) -> None:
        """See `uvicorn.supervisors.multiprocess.Multiprocess`."""
        for each in self.sockets:
            each.close()
        super().terminate_all()


def _application(settings: Settings) -> Any:  # noqa: ANN401 - an ASGI application has no class
    """The application of this process; a worker first sees to it that it ends with its parent."""
    parent = parent_process()
    if parent is not None:
        configure_logging(level=settings.log_level)
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    application = create_application(
        settings, while_running=partial(leaving_on_signals, delay_seconds=settings.shutdown_delay_seconds)
    )
    spare_the_collector()
    return application


def spare_the_collector() -> None:
    """Let the garbage collector look seldom, and never at what the process holds for good.

    An answer of a thousand rows makes tens of thousands of objects, none of which refers in circles: looking through
    them, and through all modules, as often as Python does by itself took nearly half the time of such an answer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def _end_with(sentinel: int) -> None:
    # The parent holds the other end of a pipe: this also returns when it was killed.
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
