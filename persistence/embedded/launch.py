"""What runs between the application and PostgreSQL for a moment: it becomes the server, or a tool of the server.

Run by path as a program of its own (`python -I -S launch.py …`), with the standard library only. Code between fork and
exec in the application itself would run with threads about and locks held; here there is one thread and nothing to
inherit. The process keeps its number through exec, so the server is a direct child of the application.

It ties the process to the application's life, becomes another user where asked, and executes the command. The order
matters: the kernel forgets the death signal whenever a process changes its user.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

__all__ = ["main"]

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_EXIT_NO_NAMESPACE = 97
_EXIT_ORPHANED = 98


def _die_with(parent: int, death_signal: int) -> None:
    """Has the kernel send `death_signal` when the thread that started us ends; it may have ended already."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(_EXIT_ORPHANED)


def _become(uid: int, gid: int, *, groups: bool = True) -> None:
    if groups:
        os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _execute(command: list[str]) -> NoReturn:
    os.execv(command[0], command)  # noqa: S606 - becoming the command is what this file is for


def _execute_mapped(uid: int, gid: int, inner: int, death_signal: int, command: list[str]) -> int:
    """Runs `command` in a user namespace where `uid` goes by the number `inner`, and gives its exit status.

    Outside, and for every file, the process is `uid`. A process that has left for a new namespace may not map a
    foreign number itself, so the part that stayed behind writes the map: as root for any `uid`, otherwise for its own.
    """
    root = os.geteuid() == 0
    left, leave = os.pipe()
    mapped, mapping = os.pipe()
    here = os.getpid()
    child = os.fork()
    if child == 0:
        if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER):
            os._exit(_EXIT_NO_NAMESPACE)
        os.write(leave, b".")
        os.close(mapping)
        if os.read(mapped, 1) != b".":
            os._exit(_EXIT_NO_NAMESPACE)
        try:
            _become(inner, inner, groups=root)
        except OSError:
            os._exit(_EXIT_NO_NAMESPACE)
        _die_with(here, death_signal)
        for descriptor in (left, leave, mapped):
            os.close(descriptor)
        _execute(command)
    os.close(leave)
    # A map that may not be written ends the child, which then says so.
    with contextlib.suppress(OSError):
        if os.read(left, 1) == b".":
            if not root:  # who is not root may map a group only after giving up the right to change groups
                Path(f"/proc/{child}/setgroups").write_text("deny", encoding="ascii")
            for kind, number in (("uid", uid), ("gid", gid)):
                Path(f"/proc/{child}/{kind}_map").write_text(f"{inner} {number} 1", encoding="ascii")
            os.write(mapping, b".")
    os.close(mapping)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _watch() -> None:
    """Reads a process number, and sends that process SIGINT when whoever wrote the number is gone."""
    number = sys.stdin.read()  # ends with the writer
    if number:
        os.kill(int(number), signal.SIGINT)


def main(arguments: list[str]) -> int:
    """Does what the arguments say: `watch`, or `PARENT SIGNAL UID GID INNER COMMAND…` with -1 for "as it is"."""
    if arguments[0] == "watch":
        _watch()
        return 0
    parent, death_signal, uid, gid, inner = (int(argument) for argument in arguments[:5])
    command = arguments[5:]
    if inner >= 0:
        _die_with(parent, death_signal)
        return _execute_mapped(uid, gid, inner, death_signal, command)
    if uid >= 0:
        _become(uid, gid)
    if death_signal and sys.platform == "linux":
        _die_with(parent, death_signal)
    _execute(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
