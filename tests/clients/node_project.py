"""The clients that come from npm: installed as `package-lock.json` names them, and run with the machine's Node.js."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

FOLDER = Path(__file__).parent
NODE_MAJOR_MIN = 20
INSTALL_SECONDS_MAX = 600
SCRIPT_SECONDS_MAX = 120


class NodeMissingError(Exception):
    """The clients cannot be had here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A script that runs, and writes a line of JSON when it has something to say."""

    process: subprocess.Popen[str]

    def hear(self) -> Any:
        """What it says next."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()
        return json.loads(line)

    def say(self, line: str) -> None:
        """Let it go on."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


@dataclass(frozen=True, slots=True)
class NodeProject:
    """The installed clients.

    Attributes:
        folder: Where `node_modules` is.
        node: The program.
    """

    folder: Path
    node: str

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Node.js in the folder to its end, with nothing in its environment but what is given."""
        return subprocess.run(
            [self.node, *arguments],
            cwd=self.folder,
            env=self._environment(environment),
            capture_output=True,
            encoding="utf-8",
            timeout=SCRIPT_SECONDS_MAX,
            check=False,
        )

    @contextmanager
    def conversation(self, script: str, **environment: str) -> Iterator[Conversation]:
        """A script of the folder that runs while the block does, and says and is told something in between."""
        process = subprocess.Popen(
            [self.node, script],
            cwd=self.folder,
            env=self._environment(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        # A program that waits for what never comes ends, and then it says nothing more.
        timer = Timer(SCRIPT_SECONDS_MAX, process.kill)
        timer.start()
        try:
            yield Conversation(process)
        finally:
            process.communicate()
            timer.cancel()

    def results(self, script: str, **environment: str) -> Any:
        """What a script of the folder writes as JSON, all of it."""
        done = self.run(script, **environment)
        assert done.returncode == 0, done.stderr or done.stdout
        return json.loads(done.stdout)

    def copied(self, name: str, into: Path, *files: Path) -> NodeProject:
        """One of the clients and some files in a new folder, where its tools may write."""
        shutil.copytree(self.folder / name, into, dirs_exist_ok=True)
        for file in files:
            shutil.copy(file, into)
        (into / "node_modules").symlink_to(self.folder / "node_modules")
        return NodeProject(into, self.node)

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": str(Path(self.node).parent), "NO_COLOR": "1", **given}


def installed() -> NodeProject:
    """Install what the lock file names, unless that was done.

    Raises:
        NodeMissingError: Node.js or npm is missing or too old, or the packages cannot be fetched.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NodeMissingError("Node.js and npm are not installed (Debian, Ubuntu: apt install nodejs npm)")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = re.match(r"v(\d+)\.", said)
    if major is None or int(major[1]) < NODE_MAJOR_MIN:
        raise NodeMissingError(f"the clients need Node.js {NODE_MAJOR_MIN} or newer, and this is {said or 'none'}")
    with (FOLDER / ".npmrc").open(encoding="utf-8") as lock:
        # Several processes of one run of the suite: the first installs, the others wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_installed():
            _install(npm)
    return NodeProject(FOLDER, node)


def _is_installed() -> bool:
    """Whether npm finished after the lock file was last written."""
    written = FOLDER / "node_modules" / ".package-lock.json"
    return written.exists() and written.stat().st_mtime >= (FOLDER / "package-lock.json").stat().st_mtime


def _install(npm: str) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        raise NodeMissingError("npm ci took too long: is the registry within reach?") from None
    if done.returncode:
        raise NodeMissingError(f"npm ci failed: {done.stderr.strip()[-500:]}")
