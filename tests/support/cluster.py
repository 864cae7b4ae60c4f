"""One PostgreSQL for the whole run, one migrated template in it, and a fresh database for each test that asks."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import asyncpg

from persistence.migrate import migrate
from persistence.roles import LOGINS

SUPERUSER_DSN = "KIBUBU_TEST_POSTGRES"
"""The setting that names the server; `conftest` fills it from an embedded server where it is not given."""

TEMPLATE = "kibubu_template"
PASSWORDS: Mapping[str, str] = {login: f"{login}-for-tests" for login in LOGINS}


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


@asynccontextmanager
async def fresh_database(template: str = TEMPLATE) -> AsyncIterator[str]:
    """The name of a database of one's own, gone afterwards."""
    name = f"t_{secrets.token_hex(8)}"
    admin = await asyncpg.connect(dsn_for("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield name
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()
