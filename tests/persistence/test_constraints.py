"""Every constraint has a meaning: an error of the domain, or a reason why no request violates it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

import migrations
import persistence
from domain.errors import DomainError
from persistence import constraints
from persistence.constraints import CONSTRAINT_ERRORS, NEVER_REACHED, RefusalState, domain_error, refusal, register
from persistence.tables import METADATA

SQL = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((Path(migrations.__file__).parent / "sql").rglob("*.sql"))
)


@dataclass(eq=False)
class CodeTaken(DomainError):
    """A refusal that stands for any."""

    code_given: str = ""

    @property
    def message(self) -> str:
        return "Choose another code."


def constraint_names() -> Counter[str]:
    """Every name that a violation can carry, with the number of tables that have it."""
    found = Counter(re.findall(r"CONSTRAINT = '(\w+)'", SQL))
    for table in METADATA.tables.values():
        found.update(str(constraint.name) for constraint in table.constraints)
        found.update(str(index.name) for index in table.indexes if index.unique)
    return found


@pytest.fixture
def every_room() -> None:
    """Rooms register their errors when they are imported."""
    for module in pkgutil.walk_packages(persistence.__path__, "persistence."):
        importlib.import_module(module.name)


@pytest.fixture
def nothing_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constraints, "CONSTRAINT_ERRORS", {})


@pytest.mark.usefixtures("every_room")
def test_every_constraint_is_mapped_or_said_to_be_out_of_reach() -> None:
    assert sorted(set(constraint_names()) - set(CONSTRAINT_ERRORS) - set(NEVER_REACHED)) == []


@pytest.mark.usefixtures("every_room")
def test_no_constraint_is_both_mapped_and_out_of_reach() -> None:
    assert sorted(set(CONSTRAINT_ERRORS) & set(NEVER_REACHED)) == []


@pytest.mark.usefixtures("every_room")
def test_no_meaning_is_kept_for_a_constraint_that_is_gone() -> None:
    assert sorted((set(CONSTRAINT_ERRORS) | set(NEVER_REACHED)) - set(constraint_names())) == []


@pytest.mark.usefixtures("every_room")
def test_a_mapped_constraint_is_one_table_s_alone() -> None:
    names = constraint_names()
    assert [name for name in CONSTRAINT_ERRORS if names[name] != 1] == []


def test_no_constraint_stands_under_two_reasons() -> None:
    named = Counter(name for group in constraints._UNREACHABLE.values() for name in group.split())
    assert [name for name, times in named.items() if times > 1] == []


def test_every_state_that_functions_refuse_with_is_known_and_used() -> None:
    assert set(re.findall(r"'(KB\d\d\d)'", SQL)) == set(RefusalState)


@pytest.mark.usefixtures("nothing_registered")
async def test_a_violated_constraint_becomes_the_registered_error(superuser: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as violated:
        await superuser.execute("INSERT INTO app.currencies (code, minor_unit) VALUES ('kes', 2)")
    constraints.CONSTRAINT_ERRORS["currencies_code_form"] = lambda exc: CodeTaken(exc.constraint_name or "")
    error = domain_error(violated.value)
    assert isinstance(error, CodeTaken)
    assert error.code_given == "currencies_code_form"


@pytest.mark.usefixtures("nothing_registered")
async def test_a_violated_constraint_that_nobody_registered_is_no_error_of_the_domain(
    superuser: asyncpg.Connection,
) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as violated:
        await superuser.execute("INSERT INTO app.currencies (code, minor_unit) VALUES ('kes', 2)")
    assert domain_error(violated.value) is None
    assert refusal(violated.value) is None


async def test_an_error_without_a_constraint_is_no_error_of_the_domain(superuser: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError) as failed:
        await superuser.fetchval("SELECT 1 / 0")
    assert domain_error(failed.value) is None
    assert refusal(failed.value) is None


async def test_a_refusal_of_a_function_carries_its_state(superuser: asyncpg.Connection) -> None:
    await superuser.execute("SET ROLE kibubu_app")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await superuser.fetchrow("SELECT * FROM app.enter($1)", uuid4())
    found = refusal(refused.value)
    assert found is not None
    assert found.state is RefusalState.UNAUTHENTICATED
    assert found.detail is None
    assert str(found) == "KB401: the session is unknown, expired or revoked"
    assert domain_error(refused.value) is None


async def test_a_refusal_carries_the_figure_that_goes_with_it(superuser: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await superuser.execute("DO $$ BEGIN RAISE 'too little' USING ERRCODE = 'KB402', DETAIL = '12.50'; END $$")
    found = refusal(refused.value)
    assert found is not None
    assert (found.state, found.detail) == (RefusalState.SHORT_OF_MONEY, "12.50")


@pytest.mark.usefixtures("nothing_registered")
def test_a_constraint_gets_one_error() -> None:
    register("lines_tax_known", lambda _exc: CodeTaken())
    with pytest.raises(ValueError, match="lines_tax_known has an error already"):
        register("lines_tax_known", lambda _exc: CodeTaken())


@pytest.mark.usefixtures("nothing_registered")
def test_a_constraint_that_is_out_of_reach_gets_no_error() -> None:
    with pytest.raises(ValueError, match="lines_pkey is listed as never reached"):
        register("lines_pkey", lambda _exc: CodeTaken())
