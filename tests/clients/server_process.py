"""`kibubu serve` in a process of its own, which can be stopped and started again on the same port."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.operations.command_line import ROOT, SECONDS_MAX, ask, environment, free_port


class ServerProcess:
    """A server, from `start` to `stop`.

    Args:
        home: Where it may keep files.
        settings: Its settings by their names.

    Attributes:
        port: Where it listens, whichever time it is started.
        log_file: What it writes, one JSON object a line.
    """

    def __init__(self, home: Path, settings: Mapping[str, str]) -> None:
        self.port = free_port()
        self.log_file = home / "server.log"
        self._environment = environment(home, KIBUBU_PORT=str(self.port), **settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        # Into a file: a pipe that nobody reads would stop the server once it is full.
        with self.log_file.open("ab") as log:
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "operations.cli", "serve"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + SECONDS_MAX
        while ask(self.port, "/readyz")[0] != http.client.OK:
            assert process.poll() is None, self.log_file.read_text(encoding="utf-8")
            assert time.monotonic() < until, self.log_file.read_text(encoding="utf-8")
            time.sleep(0.05)

    def stop(self) -> None:
        """Let it finish what it does, and wait for its end."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
