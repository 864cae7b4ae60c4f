"""Under which account the server runs, and how a process is started under it.

PostgreSQL refuses root. Not started as root, the server runs as whoever started it. Started as root (Linux
only), the account is chosen once, when the data folder is made, and from then on the folder's owner decides:

1. an account named `kibubu`, where somebody made one;
2. a user id of our own from a range that systems leave alone, without an entry in the list of accounts. The server
   itself never looks its own name up; only `initdb` and single-user mode insist on one. They run in a user namespace
   in which the id goes by the number of some listed account, whose name is read and nothing else. No account is made,
   and none is shared with another program (as `nobody` would be);
3. an account named `postgres`, where user namespaces are not allowed (most containers): shared with another
   PostgreSQL at worst;
4. otherwise an id of our own as in 2, for which a listed account (`nobody`) stands in while `initdb` or single-user
   mode run: it is given the data folder for so long, and the server never runs as it. Nobody else can reach the
   folder meanwhile but a process of that account which looks for ours, which is why this comes last;
5. otherwise an error that says what to do. Making accounts is the administrator's business.

Mapping root itself to another number in a namespace would be shorter, but the server would still be root to every
file on the machine.

A container may run us under an id without a name, too; the same namespace helps there, where it is allowed.
"""

from __future__ import annotations

import grp
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from persistence.embedded import launch
from persistence.embedded.errors import FolderOwnedByAnotherError, NoUnprivilegedAccountError

__all__ = ["NO_NAMESPACE", "PRIVATE_IDS", "Account", "choose_account", "handed_over", "run", "spawn", "stand_in"]

PRIVATE_IDS = range(61000, 61100)
"""User ids that distributions assign to nobody, and that exist inside containers with 65,536 ids as well."""

NO_NAMESPACE = 97
"""The exit status of a tool that was to run in a user namespace where none is allowed."""

_ROOT = 0
_ACCOUNT_OF_OURS = "kibubu"
_ACCOUNT_OF_POSTGRESQL = "postgres"
_ACCOUNT_TO_STAND_IN = "nobody"


@dataclass(frozen=True)
class Account:
    """Who the server runs as.

    Attributes:
        uid: The user id.
        gid: The group id.
        foreign: Whether it is another user than the one who runs the application.
        inner: The listed id that `uid` goes by in a namespace, for the tools that look their name up; None if `uid`
            is listed itself.
    """

    uid: int
    gid: int
    foreign: bool = False
    inner: int | None = None

    def give(self, *paths: Path) -> None:
        """Makes the account the owner of files and folders that we have just made (not of what is below them)."""
        if self.foreign:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def give_all(self, folder: Path) -> None:
        """Makes the account the owner of a folder that we have just made, and of all that is in it."""
        self.give(folder)
        for parent, folders, files in os.walk(folder):
            self.give(*(Path(parent, name) for name in (*folders, *files)))


def choose_account(data: Path) -> Account:
    """The account for the server on the data folder `data`, which need not exist yet.

    Raises:
        FolderOwnedByAnotherError: The folder belongs to root, or to another user and we are not root.
        NoUnprivilegedAccountError: We are root, and there is no account to use.
    """
    owner = data.stat().st_uid if data.exists() else None
    here = os.geteuid()
    if here != _ROOT:
        if owner not in (None, here):
            raise FolderOwnedByAnotherError(data, owner)
        return Account(here, os.getegid(), inner=None if _assigned(here) else _listed())
    if sys.platform != "linux":
        raise NoUnprivilegedAccountError(data, "starting as root works on Linux only")
    if owner == _ROOT:
        raise FolderOwnedByAnotherError(data, owner)
    if owner is not None:
        return _account_of(_number_in(handed_over(data)) or owner)
    account = _named(_ACCOUNT_OF_OURS) or _private() or _named(_ACCOUNT_OF_POSTGRESQL) or _stood_in_for()
    if account is None:
        cause = (
            f"user namespaces are not allowed, no account is named {_ACCOUNT_OF_OURS} or {_ACCOUNT_OF_POSTGRESQL}, "
            f"and none can stand in for user id {PRIVATE_IDS[0]}"
        )
        raise NoUnprivilegedAccountError(data, cause)
    return account


def handed_over(data: Path) -> Path:
    """The file that is there while the data folder belongs to a stand-in; it holds the id that it shall go back to."""
    return data.with_name(f"{data.name}.handed-over")


def stand_in() -> Account | None:
    """A listed account that can run a tool for an id without a name; None if there is none."""
    inner = _listed()
    account = _named(_ACCOUNT_TO_STAND_IN) or (None if inner is None else _account_of(inner))
    return account if account is not None and _works(account) else None


def _number_in(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _account_of(uid: int) -> Account:
    try:
        return Account(uid, pwd.getpwuid(uid).pw_gid, foreign=True)
    except KeyError:
        return Account(uid, uid, foreign=True, inner=_listed())


def _listed() -> int | None:
    """The id of any account but root."""
    return next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != _ROOT), None)


def _named(name: str) -> Account | None:
    """The account of that name, if there is one."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid, foreign=True) if entry.pw_uid != _ROOT else None


def _assigned(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _free(number: int) -> bool:
    """Whether neither an account nor a group has the number."""
    try:
        grp.getgrgid(number)
    except KeyError:
        return not _assigned(number)
    return False


def _private() -> Account | None:
    """An id of our own, if user namespaces are allowed here."""
    account = _unlisted()
    return account if account is not None and _works(account, named=True) else None


def _stood_in_for() -> Account | None:
    """An id of our own, if it can be used and a listed account as well."""
    account = _unlisted()
    return account if account is not None and _works(account) and stand_in() is not None else None


def _unlisted() -> Account | None:
    uid = next((number for number in PRIVATE_IDS if _free(number)), None)
    inner = _listed()
    return None if uid is None or inner is None else Account(uid, uid, foreign=True, inner=inner)


def _works(account: Account, *, named: bool = False) -> bool:
    """Whether a program can be run as the account."""
    return run(account, ["/bin/sh", "-c", ":"], cwd=Path("/"), named=named).returncode == 0


def _command(account: Account, command: Sequence[str], *, death_signal: int, named: bool) -> list[str]:
    inner = account.inner if named and account.inner is not None else -1
    uid, gid = (account.uid, account.gid) if account.foreign or inner >= 0 else (-1, -1)
    numbers = (os.getpid(), death_signal, uid, gid, inner)
    # Isolated and without site packages: what starts as root reads nothing but the standard library.
    return [sys.executable, "-I", "-S", launch.__file__, *map(str, numbers), *command]


def _environment() -> dict[str, str]:
    """What the server sees of our environment: nothing that could change its settings or give a secret away."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def spawn(
    account: Account, command: Sequence[str], *, cwd: Path, descriptors: Sequence[int], output: IO[bytes], tied: bool
) -> subprocess.Popen[bytes]:
    """Starts the server as a direct child in a session of its own, with its output in a file.

    With `tied` the end of the calling *thread* stops the server (SIGINT), so the thread has to live as long as the
    server is wanted.
    """
    return subprocess.Popen(  # noqa: S603 - the command is made of our own constants and folders
        _command(account, command, death_signal=signal.SIGINT if tied else 0, named=False),
        cwd=cwd,
        env=_environment(),
        pass_fds=tuple(descriptors),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def run(
    account: Account,
    command: Sequence[str],
    *,
    cwd: Path,
    descriptors: Sequence[int] = (),
    text: str = "",
    named: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Runs a tool to its end with `text` as its input; its whole output is in `stdout`.

    Args:
        account: Who runs it.
        command: The program and its arguments.
        cwd: The folder it works in.
        descriptors: Open descriptors that it inherits.
        text: What it reads from its standard input.
        named: Whether it looks its own account's name up.
    """
    reader, writer = os.pipe()
    try:
        with os.fdopen(writer, "w", encoding="utf-8") as stream:
            stream.write(text)
        if account.foreign:
            os.fchown(reader, account.uid, account.gid)
        return subprocess.run(  # noqa: S603 - as above
            _command(account, command, death_signal=signal.SIGTERM, named=named),
            cwd=cwd,
            env=_environment(),
            pass_fds=tuple(descriptors),
            stdin=reader,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            check=False,
        )
    finally:
        os.close(reader)
