"""What the command line says, and the exit codes it ends with."""

from __future__ import annotations

import os
import traceback

import asyncpg
from rich.console import Console

from domain.errors import DomainError
from graph.settings import SettingsError
from operations.attached import NotReachableError
from operations.secrets_store import SecretsError
from persistence.crypto.keyring import MasterKeyError
from persistence.database import DatabaseBusyError, LoginMissingError
from persistence.embedded import EmbeddedServerError
from persistence.roles import MissingRightError, ServerTooOldError, UnsafeLoginError

__all__ = ["EXIT_FAILED", "EXIT_REFUSED", "CommandError", "CommandRefusedError", "err", "explain", "out"]

EXIT_FAILED = 1
"""The command did its work and found something wrong, or could not finish it."""
EXIT_REFUSED = 2
"""The command does not do this here; nothing was begun."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandError(Exception):
    """The command failed; the message says what to do."""


class CommandRefusedError(Exception):
    """The command is not for this installation; the message says what is."""


_SAYS_IT_ITSELF = (
    CommandError,
    CommandRefusedError,
    DatabaseBusyError,
    EmbeddedServerError,
    LoginMissingError,
    MasterKeyError,
    MissingRightError,
    NotReachableError,
    SecretsError,
    ServerTooOldError,
    SettingsError,
    UnsafeLoginError,
)
_REFUSALS = (CommandRefusedError, ServerTooOldError, SettingsError, UnsafeLoginError, LoginMissingError)


def explain(error: Exception) -> tuple[str, int] | None:
    """The sentence and the exit code for an error that whoever runs the machine can do something about.

    None for all others: those are bugs, and their traceback is wanted.
    """
    code = EXIT_REFUSED if isinstance(error, _REFUSALS) else EXIT_FAILED
    if isinstance(error, _SAYS_IT_ITSELF):
        return str(error), code
    if isinstance(error, DomainError):
        return error.message, code
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return f"The database refuses the login: {error}. Check the user and the password in the address.", code
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return f"{error}. Make the database first, then run `kibubu migrate`.", code
    sentence = _of_machine(error)
    return None if sentence is None else (sentence, code)


def _of_machine(error: Exception) -> str | None:
    """What a file or a connection failed with; None for anything else."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}."
    if isinstance(error, asyncpg.PostgresConnectionError) or (isinstance(error, OSError) and _is_of_connection(error)):
        return f"{str(error) or 'No answer'}. Check the address and whether the server there is running."
    return None


def _is_of_connection(error: OSError) -> bool:
    """Whether it was raised below the database's driver, which touches nothing but the connection."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__", "").startswith("asyncpg.") for frame in frames)
