"""One PostgreSQL for the whole run, one migrated template in it, and a fresh database for each test that asks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import asyncpg

from persistence.migrate import migrate
from persistence.roles import LOGINS

SUPERUSER_DSN = "KIBUBU_TEST_POSTGRES"
"""The setting that names the server; `conftest` fills it from an embedded server where it is not given."""

TEMPLATE = "kibubu_template"
PASSWORDS: Mapping[str, str] = {login: f"{login}-for-tests" for login in LOGINS}


_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made with names that nobody guesses
_ROOM_BYTES = 4 * 1024**3
"""What the run's server, and the folders of tests that run at the same time, may come to."""


def fastest_folder() -> Path | None:
    """Where files of a run are made and removed in memory; None where there is no room for them.

    Making a database from the template and removing it again is a few hundred small files each way: on a disk that is
    most of what the suite does.
    """
    try:
        is_roomy = shutil.disk_usage(_IN_MEMORY).free >= _ROOM_BYTES and os.access(_IN_MEMORY, os.W_OK)
    except OSError:
        return None
    return _IN_MEMORY if is_roomy else None


def dsn_for(database: str, login: str | None = None) -> str:
    """The address of a database of the run, as the superuser or as one of the application's logins."""
    parts = urlsplit(os.environ[SUPERUSER_DSN])
    if login is None:
        return urlunsplit(parts._replace(path=f"/{database}"))
    host = parts.netloc.rpartition("@")[2]
    query = {key: values[0] for key, values in parse_qs(parts.query).items() if key not in ("user", "password")}
    return urlunsplit(
        parts._replace(netloc=f"{login}:{PASSWORDS[login]}@{host}", path=f"/{database}", query=urlencode(query))
    )


async def make_template() -> None:
    """Migrate an empty database once; every test's database is a copy of it."""
    admin = await asyncpg.connect(dsn_for("postgres"))
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    finally:
        await admin.close()
    await migrate(dsn_for(TEMPLATE), PASSWORDS)
    # Who connects after the migration leaves the file behind that every backend begins with, and copies have it, too.
    template = await asyncpg.connect(dsn_for(TEMPLATE))
    try:
        given = urlsplit(os.environ[SUPERUSER_DSN])
        for role, password in {**PASSWORDS, str(given.username): str(given.password)}.items():
            await template.execute(f"ALTER ROLE {role} PASSWORD '{_verifier(password)}'")
    finally:
        await template.close()


def _verifier(password: str) -> str:
    """What the server knows a password by, in one round instead of 4,096: every test signs in several times.

    Source: RFC 5803, and RFC 7677 for SCRAM-SHA-256.
    """
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    encoded = (base64.b64encode(part).decode() for part in (salt, stored_key, server_key))
    return "SCRAM-SHA-256$1:{}${}:{}".format(*encoded)


@asynccontextmanager
async def fresh_database(template: str = TEMPLATE) -> AsyncIterator[str]:
    """The name of a database of one's own, gone afterwards."""
    name = f"t_{secrets.token_hex(8)}"
    admin = await asyncpg.connect(dsn_for("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield name
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()
