"""A client that ariadne-codegen makes of the published schema: it type-checks, and speaks with a real server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from tests.clients.fresh_groups import FreshGroup
from tests.clients.generator import (
    PACKAGE,
    GeneratorMissingError,
    generated_client,
    imported_client,
    installed_generator,
)
from tests.clients.real_server import RealServer

MYPY_SECONDS_MAX = 300

# Shipped with the generator and the same for every schema: what it does where websockets is missing is untyped.
MYPY_SETTINGS = f"""
[mypy]
strict = true
[mypy-{PACKAGE}.async_base_client]
ignore_errors = true
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated package; the test is skipped, with the reason, where the generator cannot be had."""
    try:
        program = installed_generator()
    except GeneratorMissingError as error:
        pytest.skip(str(error))
    return generated_client(program, tmp_path_factory.mktemp("generated"))


@pytest.fixture(scope="module")
def generated(package: Path) -> Iterator[ModuleType]:
    yield imported_client(package)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def client(server: RealServer, generated: ModuleType) -> Any:
    token = server.token("secretary")
    credential = {"Authorization": f"Bearer {token}"}
    return generated.Kibubu(
        url=server.url, headers=credential, ws_url=server.websocket_url, ws_connection_init_payload=credential
    )


def test_the_generated_client_type_checks_strictly(package: Path) -> None:
    settings = package.parent / "mypy.ini"
    settings.write_text(MYPY_SETTINGS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(settings), "-p", PACKAGE],
        cwd=package.parent,
        capture_output=True,
        text=True,
        timeout=MYPY_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    checked = len(list(package.glob("*.py")))
    assert done.stdout.strip() == f"Success: no issues found in {checked} source files"
    assert checked == 11


async def test_the_generated_client_reads_pages_and_records_by_their_type(
    client: Any, generated: ModuleType, group: FreshGroup
) -> None:
    async with client:
        page = (await client.members(group=group.id, first=1)).group
        assert (page.name, [(each.number, each.name) for each in page.members.nodes]) == (
            "Tujenge",
            [(1, "Neema Otieno")],
        )
        assert page.members.page_info.has_next_page is False
        rest = (await client.members(group=group.id, first=1, after=page.members.page_info.end_cursor)).group
        assert rest.members.nodes == []
        funds = {each.fund: (each.balance.amount, each.balance.currency) for each in page.fund_balances}
        assert funds == {
            generated.Fund.LOAN_FUND: (Decimal("0.00"), "KES"),
            generated.Fund.SOCIAL_FUND: (Decimal("0.00"), "KES"),
        }
        meeting = (await client.record_of(id=group.meeting)).node
        assert (meeting.typename__, meeting.number) == ("Meeting", 1)
        assert abs(datetime.now(UTC).date() - meeting.held_on) <= timedelta(days=1)
        member = (await client.record_of(id=group.member)).node
        assert (member.typename__, member.name) == ("Member", "Neema Otieno")
        assert (await client.record_of(id=str(new_id()))).node is None


async def test_the_generated_client_records_with_exact_amounts_and_is_told_refusals(
    client: Any, generated: ModuleType, group: FreshGroup
) -> None:
    def item(**fields: Any) -> Any:
        return generated.ContributionItemInput(member_id=group.member, **fields)

    sheet = generated.ContributionsRecordInput(
        group_id=group.id,
        idempotency_key=new_id(),
        meeting_id=group.meeting,
        items=[
            item(kind=generated.ContributionKind.SOCIAL_FUND, amount=Decimal("1234567.89")),
            item(kind=generated.ContributionKind.SHARE, shares=1_001),
        ],
    )
    async with client:
        recorded = (await client.record(input=sheet)).contributions_record
        accepted, rejected = recorded.items
        assert (accepted.status, rejected.status) == (generated.ItemStatus.ACCEPTED, generated.ItemStatus.REJECTED)
        assert accepted.contribution.amount.amount == Decimal("1234567.89")
        assert accepted.contribution.entry_number == 1
        assert accepted.contribution.recorded_at.tzinfo is not None
        (error,) = rejected.user_errors
        reasons = generated.ContributionsRecordErrorReason
        assert (error.reason, error.maximum) == (reasons.SHARES_OUTSIDE_LIMITS, 1_000)
        again = (await client.record(input=sheet)).contributions_record
        assert again.items[0].contribution.entry_number == 1


async def test_the_generated_client_follows_a_group(client: Any, generated: ModuleType, group: FreshGroup) -> None:
    seen = []
    async with client, aclosing(client.follow(group=group.id, after=0)) as events:
        async for event in events:
            seen.append(event.group_activity)
            if event.group_activity.number == group.number:
                break
    kinds = [(event.number, [(each.kind, each.operation) for each in event.changes]) for event in seen]
    assert kinds[-1] == (group.number, [(generated.GroupRecordKind.MEETING, generated.ChangeOperation.CREATE)])
    assert [number for number, _ in kinds] == [1, 2, 3]
    assert UUID(seen[-1].changes[0].record_id) == UUID(group.meeting)


async def test_the_generated_client_is_told_that_nobody_is_signed_in(server: RealServer, generated: ModuleType) -> None:
    async with generated.Kibubu(url=server.url) as nobody:
        with pytest.raises(generated.GraphQLClientGraphQLMultiError) as refused:
            await nobody.members(group=str(server.group.id), first=1)
    (error,) = refused.value.errors
    assert error.extensions["code"] == "UNAUTHENTICATED"
