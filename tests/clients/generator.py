"""ariadne-codegen in an environment of its own: it needs another release of graphql-core than the server has."""

from __future__ import annotations

import fcntl
import importlib
import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "python"
LOCK = FOLDER / "ariadne-codegen.lock"
OPERATIONS = FOLDER / "operations.graphql"
SCHEMA = ROOT / "schema.graphql"
PACKAGE = "kibubu_client"
INSTALL_SECONDS_MAX = 600
GENERATE_SECONDS_MAX = 120

# Beside what else the runs of the suite leave for the next one.
_ENVIRONMENT = ROOT / ".pytest_cache" / "ariadne-codegen"
_INSTALLED = _ENVIRONMENT / "installed"

_SETTINGS = f"""
[tool.ariadne-codegen]
schema_path = "{{schema}}"
queries_path = "{{operations}}"
target_package_path = "{{target}}"
target_package_name = "{PACKAGE}"
client_name = "Kibubu"
"""

_SCALARS = {
    "Decimal": "decimal.Decimal",
    "UUID": "uuid.UUID",
    "Date": "datetime.date",
    "DateTime": "datetime.datetime",
    "CurrencyCode": "str",
    "CountryCode": "str",
    "PhoneNumber": "str",
}


class GeneratorMissingError(Exception):
    """The generator cannot be had here; the message says why."""


def installed_generator() -> Path:
    """Install what the lock file names, unless that was done; returns the program.

    Raises:
        GeneratorMissingError: The packages cannot be fetched.
    """
    digest = sha256(LOCK.read_bytes()).hexdigest()
    with LOCK.open(encoding="utf-8") as lock:
        # Several processes of one run of the suite: the first installs, the others wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _INSTALLED.exists() or _INSTALLED.read_text(encoding="utf-8") != digest:
            _install()
            _INSTALLED.write_text(digest, encoding="utf-8")
    return _ENVIRONMENT / "bin" / "ariadne-codegen"


def _install() -> None:
    venv.create(_ENVIRONMENT, clear=True, with_pip=True)
    pip = [str(_ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    try:
        done = subprocess.run(
            [*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)],
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GeneratorMissingError("pip took too long: is the index within reach?") from None
    if done.returncode:
        raise GeneratorMissingError(f"pip could not install the generator: {done.stderr.strip()[-500:]}")


def generated_client(program: Path, folder: Path) -> Path:
    """Generate the client's package from `schema.graphql` into the folder; returns the package."""
    settings = folder / "ariadne-codegen.toml"
    scalars = [
        f'[tool.ariadne-codegen.scalars.{name}]\ntype = "{python}"\n'
        # A decimal is a string over the wire; what pydantic makes of it would do, but this is told to type checkers.
        + ('serialize = "str"\n' if name == "Decimal" else "")
        for name, python in _SCALARS.items()
    ]
    text = _SETTINGS.format(schema=SCHEMA, operations=OPERATIONS, target=folder)
    settings.write_text("\n".join([text, *scalars]), encoding="utf-8")
    done = subprocess.run(
        [program, "--config", settings],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=GENERATE_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return folder / PACKAGE


def imported_client(package: Path) -> ModuleType:
    """The package, imported from where it was generated."""
    sys.path.insert(0, str(package.parent))
    try:
        importlib.invalidate_caches()
        return importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(package.parent))
