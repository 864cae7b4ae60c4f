"""What the API should answer each onlooker, worked out from the tables and the declaration alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.policy import Action, Resource, Viewer, allows

DOCUMENT = """
query Everything($withPhones: Boolean!) {
  viewer { user { id } sessions { totalCount } }
  groups(first: 4) {
    totalCount
    nodes {
      id visibility memberCount constitution { version } book { entryCount } openMeeting { id }
      fundBalances { fund balance { amount } }
      accounts { id balance { amount } }
      members(first: 6) {
        totalCount
        nodes {
          id name phone @include(if: $withPhones) roles balances { shares shareValue: sharesValue { amount } }
          contributions(first: 3) { totalCount nodes { id } }
        }
      }
      meetings(first: 3) {
        totalCount
        nodes {
          id totals { kind amount { amount } } cashCounts { moment counted { amount } }
          contributions(first: 6) { totalCount nodes { id } }
        }
      }
      contributions(first: 9) { totalCount nodes { id member { id } meeting { id } group { id } } }
      machineCredentials(first: 20) { totalCount nodes { id scopes isOwn } }
    }
  }
}
"""

NODES = """
query Nodes($ids: [ID!]!) {
  nodes(ids: $ids) {
    id __typename
    ... on Member { group { id } } ... on Meeting { group { id } } ... on Contribution { group { id } }
  }
}
"""

_READ = {
    "groups": (
        "SELECT g.*, t.visibility FROM app.groups g JOIN app.tenants t ON t.id = g.tenant_id"
        " ORDER BY g.name, g.tenant_id"
    ),
    "members": (
        "SELECT m.tenant_id, m.id, m.number, n.name, n.shown_to, p.shown_to AS private_to,"
        " p.phone_sealed IS NOT NULL AS has_phone"
        " FROM app.members m JOIN app.member_names n ON n.tenant_id = m.tenant_id AND n.member_id = m.id"
        " JOIN app.member_private p ON p.tenant_id = m.tenant_id AND p.member_id = m.id ORDER BY m.number"
    ),
    "meetings": "SELECT * FROM app.meetings ORDER BY number DESC",
    "contributions": "SELECT * FROM app.contributions ORDER BY entry_number DESC",
    "accounts": (
        "SELECT a.*, b.balance FROM ledger.accounts a"
        " LEFT JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id ORDER BY a.code"
    ),
    "heads": "SELECT * FROM ledger.heads",
    "totals": (
        "SELECT t.* FROM ledger.movements t"
        " JOIN ledger.accounts a ON a.tenant_id = t.tenant_id AND a.id = t.account_id"
        " WHERE a.place IS NOT NULL ORDER BY t.kind"
    ),
    "machines": "SELECT * FROM access.machine_grants ORDER BY created_at DESC, credential_id DESC",
    "sessions": "SELECT * FROM access.sessions WHERE revoked_at IS NULL AND expires_at > now()",
    "counts": (
        "SELECT c.* FROM app.cash_counts c"
        " JOIN ledger.accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id ORDER BY c.moment DESC, a.code"
    ),
    "roles": (
        "SELECT * FROM app.memberships"
        " WHERE member_id IS NOT NULL AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())"
    ),
}


async def read_records(connection: asyncpg.Connection) -> dict[str, list[asyncpg.Record]]:
    """Everything that the document shows, read past all policies."""
    return {name: await connection.fetch(statement) for name, statement in _READ.items()}


@dataclass(slots=True)
class Expected:
    """The answer to one viewer.

    Attributes:
        hidden: The fields that are left out of some row, once each.
    """

    records: dict[str, list[asyncpg.Record]]
    viewer: Viewer
    phone_of: Callable[[asyncpg.Record], str]
    hidden: set[str] = field(default_factory=set)

    def may(self, resource: Resource, tenant: UUID, about: UUID | None = None, shown_to: Iterable[UUID] = ()) -> bool:
        return allows(self.viewer, Action.READ, resource, tenant, about=about, shown_to=frozenset(shown_to))

    def shown(
        self, name: str, resource: Resource, value: Any, tenant: UUID, about: UUID | None = None, shown_to: Any = ()
    ) -> Any:
        """The value, or null with the field's name noted."""
        if self.may(resource, tenant, about, shown_to):
            return value
        self.hidden.add(name)
        return None

    def answer(self) -> dict[str, Any]:
        """The data of the document."""
        groups = [self._group(row) for row in self.records["groups"] if self.may(Resource.GROUP, row["tenant_id"])]
        return {"viewer": self._viewer(), "groups": _listed(groups)}

    def _viewer(self) -> dict[str, Any]:
        """Who asks; a machine is no user, and has no session."""
        who = self.viewer.user_id
        return {
            "user": None if who is None else {"id": str(who)},
            "sessions": {"totalCount": len([row for row in self.records["sessions"] if row["user_id"] == who])},
        }

    def nodes(self, ids: list[UUID]) -> list[dict[str, Any] | None]:
        """The records of the ids."""
        places: dict[UUID, list[tuple[str, UUID]]] = {}
        for row in self.records["groups"]:
            if self.may(Resource.GROUP, row["tenant_id"]):
                places.setdefault(row["tenant_id"], []).append(("Group", row["tenant_id"]))
        for kind, name, resource in (
            ("Member", "members", Resource.MEMBER),
            ("Meeting", "meetings", Resource.MEETING),
        ):
            for row in self.records[name]:
                if self.may(resource, row["tenant_id"]):
                    places.setdefault(row["id"], []).append((kind, row["tenant_id"]))
        for row in self._contributions():
            places.setdefault(row["id"], []).append(("Contribution", row["tenant_id"]))
        found: list[dict[str, Any] | None] = []
        for each in ids:
            if len(known := places.get(each, [])) != 1:
                found.append(None)
                continue
            ((kind, tenant),) = known
            node = {"id": str(each), "__typename": kind}
            found.append(node if kind == "Group" else {**node, "group": {"id": str(tenant)}})
        return found

    def _contributions(self, **where: UUID) -> list[asyncpg.Record]:
        return [
            row
            for row in self.records["contributions"]
            if all(row[name] == value for name, value in where.items())
            and self.may(Resource.CONTRIBUTION, row["tenant_id"], row["member_id"])
        ]

    def _of(self, name: str, **where: UUID) -> list[asyncpg.Record]:
        return [row for row in self.records[name] if all(row[column] == value for column, value in where.items())]

    def _group(self, row: asyncpg.Record) -> dict[str, Any]:
        tenant = row["tenant_id"]
        members = self._of("members", tenant_id=tenant)
        meetings = self._of("meetings", tenant_id=tenant)
        (head,) = self._of("heads", tenant_id=tenant)
        opened = next(({"id": str(each["id"])} for each in meetings if each["status"] == "OPEN"), None)
        may_see_members, may_see_meetings = (self.may(each, tenant) for each in (Resource.MEMBER, Resource.MEETING))
        machines = [
            {
                "id": str(each["credential_id"]),
                "scopes": each["scopes"],
                "isOwn": each["granter_id"] == tenant,
            }
            for each in self._of("machines", tenant_id=tenant)
            if self.may(Resource.MACHINE_CREDENTIAL, tenant)
        ]
        return {
            "id": str(tenant),
            "visibility": row["visibility"],
            "memberCount": self.shown("Group.memberCount", Resource.MEMBER, len(members), tenant),
            "constitution": {"version": 1},
            "book": {"entryCount": head["entry_number"]},
            "openMeeting": self.shown("Group.openMeeting", Resource.MEETING, opened, tenant),
            "fundBalances": self.shown("Group.fundBalances", Resource.ACCOUNT_BALANCE, self._funds(tenant), tenant),
            "accounts": [self._account(each) for each in self._of("accounts", tenant_id=tenant)],
            "members": _listed([self._member(each) for each in members] if may_see_members else []),
            "meetings": _listed([self._meeting(each) for each in meetings] if may_see_meetings else []),
            "contributions": _listed(
                [
                    {"id": str(each["id"]), **{name: {"id": str(each[f"{name}_id"])} for name in ("member", "meeting")}}
                    | {"group": {"id": str(tenant)}}
                    for each in self._contributions(tenant_id=tenant)
                ]
            ),
            "machineCredentials": _listed(machines),
        }

    def _funds(self, tenant: UUID) -> list[dict[str, Any]]:
        funds: dict[str, Decimal] = {}
        for row in self._of("accounts", tenant_id=tenant):
            if row["place"] is not None:
                funds[row["fund"]] = funds.get(row["fund"], Decimal(0)) + row["balance"]
        return [{"fund": fund, "balance": _money(amount)} for fund, amount in funds.items()]

    def _account(self, row: asyncpg.Record) -> dict[str, Any]:
        total = self._total(row)
        value = _money(total if row["type"] in ("ASSET", "EXPENSE") or not total else -total)
        balance = self.shown("Account.balance", Resource.ACCOUNT_BALANCE, value, row["tenant_id"])
        return {"id": str(row["id"]), "balance": balance}

    def _total(self, row: asyncpg.Record) -> Decimal:
        """What is on an account, and on those below it."""
        below = self._of("accounts", tenant_id=row["tenant_id"], parent_id=row["id"])
        return sum((self._total(each) for each in below), row["balance"] or Decimal(0))

    def _member(self, row: asyncpg.Record) -> dict[str, Any]:
        tenant, member = row["tenant_id"], row["id"]
        paid = [
            each for each in self._of("contributions", tenant_id=tenant, member_id=member) if each["kind"] == "SHARE"
        ]
        balances = {
            "shares": sum(each["shares"] for each in paid),
            "shareValue": _money(sum((each["amount"] for each in paid), Decimal(0))),
        }
        phone = self.phone_of(row) if row["has_phone"] else None
        roles = sorted(each["role"] for each in self._of("roles", tenant_id=tenant, member_id=member))
        answer = {
            "id": str(member),
            "name": self.shown("Member.name", Resource.MEMBER_NAME, row["name"], tenant, member, row["shown_to"]),
            "roles": self.shown("Member.roles", Resource.MEMBERSHIP, roles, tenant),
            "balances": self.shown("Member.balances", Resource.MEMBER_BALANCE, balances, tenant, member),
            "contributions": _ids(self._contributions(tenant_id=tenant, member_id=member)),
        }
        if not self.viewer.is_admin:
            resource = Resource.MEMBER_PRIVATE
            answer["phone"] = self.shown("Member.phone", resource, phone, tenant, member, row["private_to"])
        return answer

    def _meeting(self, row: asyncpg.Record) -> dict[str, Any]:
        tenant, meeting = row["tenant_id"], row["id"]
        totals = [
            {"kind": each["kind"], "amount": _money(each["amount"])}
            for each in self._of("totals", tenant_id=tenant, meeting_id=meeting)
        ]
        counts = [
            {"moment": each["moment"], "counted": _money(each["counted"])}
            for each in self._of("counts", tenant_id=tenant, meeting_id=meeting)
        ]
        return {
            "id": str(meeting),
            "totals": self.shown("Meeting.totals", Resource.MOVEMENT, totals, tenant),
            "cashCounts": self.shown("Meeting.cashCounts", Resource.CASH_COUNT, counts, tenant),
            "contributions": _ids(self._contributions(tenant_id=tenant, meeting_id=meeting)),
        }


def _money(amount: Decimal) -> dict[str, str]:
    return {"amount": f"{amount:.2f}"}


def _listed(nodes: list[Any]) -> dict[str, Any]:
    return {"totalCount": len(nodes), "nodes": nodes}


def _ids(rows: list[asyncpg.Record]) -> dict[str, Any]:
    return _listed([{"id": str(row["id"])} for row in rows])
