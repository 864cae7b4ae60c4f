"""Fixtures that every test may use: a server for the run, a database for the test."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import hypothesis
import pytest

from tests.support import cluster
from tests.support.world import World

TESTS = Path(__file__).parent
POSTGRES_15 = (
    "migrations",
    "ledger/test_attacks.py",
    "ledger/test_change_log.py",
    "ledger/test_concurrency.py",
    "ledger/test_forgeries.py",
    "ledger/test_four_eyes.py",
    "ledger/test_golden_vectors.py",
    "ledger/test_posting_refusals.py",
    "ledger/test_reversals.py",
    "ledger/test_shapes.py",
    "ledger/test_verification.py",
    "permissions/test_entry.py",
    "permissions/test_finding.py",
    "permissions/test_finding_plans.py",
    "permissions/test_functions.py",
    "permissions/test_interleaving.py",
    "permissions/test_machines.py",
    "permissions/test_reads.py",
    "permissions/test_writes.py",
    "persistence/access/test_attempts.py",
    "persistence/test_following.py",
    "persistence/test_policies.py",
    "persistence/test_roles.py",
)
"""What is PostgreSQL's own: functions, policies, roles, constraints. Rules of services are the same everywhere."""
EXPLORE = "KIBUBU_EXPLORE"
PYTEST_FOLDERS = "PYTEST_DEBUG_TEMPROOT"
"""Where pytest makes the folders of tests."""

# No test asserts a time, and a busy machine is no fault of the code. The suite draws the same examples each time;
# with KIBUBU_EXPLORE=1 it looks for new ones.
hypothesis.settings.register_profile("kibubu", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
hypothesis.settings.load_profile("explore" if os.environ.get(EXPLORE) else "kibubu")


def pytest_configure(config: pytest.Config) -> None:
    """Start the run's PostgreSQL in the controlling process, before any worker is."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    fastest = cluster.fastest_folder()
    if fastest is not None and PYTEST_FOLDERS not in os.environ:
        # The folders of tests as well: servers of their own that some of them start are made of small files, too.
        folders = tempfile.TemporaryDirectory(prefix="kibubu-tests-", dir=fastest)
        config.add_cleanup(folders.cleanup)
        os.environ[PYTEST_FOLDERS] = folders.name
        config.add_cleanup(lambda: os.environ.pop(PYTEST_FOLDERS))
    if cluster.SUPERUSER_DSN not in os.environ:
        from persistence.embedded import EmbeddedServer  # noqa: PLC0415 - not needed where a server is given

        folder = tempfile.TemporaryDirectory(prefix="kibubu-tests-", dir=fastest)
        config.add_cleanup(folder.cleanup)
        server = EmbeddedServer(Path(folder.name), durable=False)
        server.start()
        config.add_cleanup(server.stop)
        os.environ[cluster.SUPERUSER_DSN] = server.superuser_dsn()
        config.add_cleanup(lambda: os.environ.pop(cluster.SUPERUSER_DSN))
    asyncio.run(cluster.make_template())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what depends on PostgreSQL itself, to be run on the oldest release that is supported as well."""
    for item in items:
        if any(item.path.is_relative_to(TESTS / place) for place in POSTGRES_15):
            item.add_marker("postgres15")


@pytest.fixture
async def database_name() -> AsyncIterator[str]:
    """A migrated, empty database of the test's own."""
    async with cluster.fresh_database() as name:
        yield name


@pytest.fixture
async def superuser(database_name: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection past all policies, to arrange and to look, never to stand for the application."""
    connection = await asyncpg.connect(cluster.dsn_for(database_name))
    yield connection
    await connection.close()


@pytest.fixture
async def world(database_name: str) -> AsyncIterator[World]:
    """The application's pools on a database of the test's own, and the means to people it."""
    arranged = await World.create(database_name)
    yield arranged
    await arranged.close()
