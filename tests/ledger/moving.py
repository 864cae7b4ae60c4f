"""What the tests of single entries share: a group with money, what an entry left in the book, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.identifiers import new_id
from domain.policy import AccessDenied
from domain.savings import ContributionItem, ContributionKind
from domain.service import Command, Service
from tests.ledger.book import both_verifications, digest, posted
from tests.support.world import GroupOfPeople, Person, World, shares, social_fund

NAIROBI = ZoneInfo("Africa/Nairobi")


def savings(member: UUID, amount: str, **fields: Any) -> ContributionItem:
    """An item: the member puts so much into her savings."""
    return ContributionItem(member_id=member, kind=ContributionKind.SAVINGS, amount=Decimal(amount), **fields)


def today() -> date:
    """The date on the wall of the group."""
    return datetime.now(NAIROBI).date()


@dataclass(frozen=True, slots=True)
class Funded:
    """A group with an open meeting, and 1200.00 in the loan fund's box and 80.00 in the social fund's.

    A bought 3 shares for 600.00, saved 500.00 and paid 80.00 into the social fund; B saved 100.00.

    Attributes:
        entries: The ids of the four entries: A's shares, A's savings, B's savings, A's social fund.
    """

    world: World
    group: GroupOfPeople
    meeting: UUID
    entries: tuple[UUID, ...]

    @property
    def a(self) -> UUID:
        return self.group.members[0]

    @property
    def b(self) -> UUID:
        return self.group.members[1]

    def wish(self, command: type[Any], **fields: Any) -> Any:
        """A command of this group, with a key of its own unless one is given."""
        return command(**{"group_id": self.group.id, "idempotency_key": new_id(), **fields})

    async def succeed(self, service: Service[Any], command: Command, who: Person | None = None) -> UUID:
        """Do it as the treasurer, and see that the book is sound."""
        done = await self.world.succeed(who or self.group.treasurer, service, command)
        assert await both_verifications(self.world, self.group.id) == []
        return done

    async def refused(
        self, service: Service[Any], command: Command, who: Person | None = None
    ) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """Reason, path and facts of a refusal, after which nothing of the book has changed."""
        before = await posted(self.world.superuser)
        outcome = await self.world.perform(who or self.group.treasurer, service, command)
        assert outcome.error is not None, outcome
        assert await posted(self.world.superuser) == before
        details = {name: value for name, value in vars(outcome.error).items() if name != "path"}
        return outcome.error.reason, outcome.error.path, details

    async def denied(self, service: Service[Any], command: Command, *more: Person) -> None:
        """See that nobody but certain officers is let through, and that nothing is left behind."""
        other = await self.world.group()
        before = await digest(self.world.superuser)
        for who in (
            self.group.plain,
            await self.world.auditor(self.group),
            await self.world.partner(self.group, "NAMES"),
            await self.world.institution_staff(self.group),
            *more,
        ):
            before = await digest(self.world.superuser)
            with pytest.raises(AccessDenied):
                await self.world.perform(who, service, command)
            assert await digest(self.world.superuser) == before
        outcome = await self.world.perform(other.treasurer, service, command)
        assert outcome.error is not None
        assert outcome.error.reason == "GROUP_NOT_FOUND"

    async def entry(self, entry: UUID) -> dict[str, Any]:
        """The entry, its words, and its lines as (account, member, amount, shares)."""
        row = await self.world.superuser.fetchrow(
            "SELECT e.number, e.kind, e.effective_on, e.meeting_id, e.member_id, e.reverses_id, e.actor_id,"
            " v.member_id AS voucher_member, v.description, v.payee, v.receipt"
            " FROM ledger.entries e LEFT JOIN app.vouchers v ON v.tenant_id = e.tenant_id AND v.id = e.id"
            " WHERE e.tenant_id = $1 AND e.id = $2",
            self.group.id,
            entry,
        )
        assert row is not None
        lines = await self.world.superuser.fetch(
            "SELECT a.code, l.member_id, l.amount, l.shares FROM ledger.lines l"
            " JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id"
            " WHERE l.tenant_id = $1 AND l.entry_number = $2 ORDER BY l.line_number",
            self.group.id,
            row["number"],
        )
        words = (row["description"], row["payee"], row["receipt"])
        assert row["description"] is None or row["voucher_member"] == row["member_id"]
        return {
            "kind": row["kind"],
            "on": row["effective_on"],
            "meeting": row["meeting_id"],
            "member": row["member_id"],
            "reverses": row["reverses_id"],
            "actor": row["actor_id"],
            "words": None if row["description"] is None else words,
            "lines": [tuple(line) for line in lines],
        }

    async def balance(self, code: str, member: UUID | None = None) -> Any:
        """What is on an account as the book keeps it, of a member or of all."""
        if member is None:
            statement = "SELECT balance FROM ledger.account_balances WHERE tenant_id = $1 AND account_id = $2"
            found = await self.world.superuser.fetchval(statement, self.group.id, self.group.account(code))
        else:
            statement = (
                "SELECT balance FROM ledger.member_balances WHERE tenant_id = $1 AND account_id = $2 AND member_id = $3"
            )
            found = await self.world.superuser.fetchval(statement, self.group.id, self.group.account(code), member)
        return found or Decimal(0)

    async def count(self) -> int:
        """How many entries the book has."""
        number: int = await self.world.superuser.fetchval(
            "SELECT entry_number FROM ledger.heads WHERE tenant_id = $1", self.group.id
        )
        return number


async def funded(world: World, **meeting: Any) -> Funded:
    """See `Funded`."""
    group = await world.group()
    a, b = group.members[:2]
    opened = await world.meeting(group, **meeting)
    ids = [new_id() for _ in range(4)]
    await world.record(
        group,
        opened,
        shares(a, 3, id=ids[0]),
        savings(a, "500", id=ids[1]),
        savings(b, "100", id=ids[2]),
        social_fund(a, "80", id=ids[3]),
    )
    return Funded(world, group, opened, tuple(ids))
