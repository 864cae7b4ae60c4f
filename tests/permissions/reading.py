"""Every statement of `persistence.reads`, caught while its load functions run as somebody, and its plans."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from domain.contact import EmailAddress
from domain.policy import Viewer
from persistence.crypto.keyring import Keyring
from persistence.reads import (
    access,
    accounts,
    arrears,
    attendances,
    closings,
    constitutions,
    cycles,
    doers,
    drafts,
    dues,
    entries,
    fines,
    groups,
    holds,
    joining,
    ledger,
    loan_accounts,
    loan_products,
    loans,
    machines,
    meetings,
    members,
    nodes,
    overrides,
    performance,
    savings,
    securities,
    summaries,
    trail,
)
from persistence.reads.accounts import AsOf
from persistence.reads.pages import Listing, PageRequest, load_counts, load_pages, sort_values

LISTINGS = {
    "constitutions": constitutions.CONSTITUTIONS,
    "cycles": cycles.CYCLES,
    "steps of a life": cycles.STATUS_STEPS,
    "requests to join": joining.JOIN_REQUESTS,
    "invitations": joining.INVITATIONS,
    "sessions": access.SESSIONS,
    "groups": groups.GROUPS,
    "machines": machines.MACHINES,
    "members": members.MEMBERS,
    "meetings": meetings.MEETINGS,
    "attendances of a meeting": attendances.MEETING_ATTENDANCES,
    "attendances of a member": attendances.MEMBER_ATTENDANCES,
    "fines of a meeting": fines.MEETING_FINES,
    "fines of a member": fines.MEMBER_FINES,
    "waivers of a group": dues.GROUP_WAIVERS,
    "waivers of a member": dues.MEMBER_WAIVERS,
    "overrides of a group": overrides.GROUP_OVERRIDES,
    "overrides of a member": overrides.MEMBER_OVERRIDES,
    "guarantees of a group": securities.GROUP_GUARANTEES,
    "guarantees of a member": securities.MEMBER_GUARANTEES,
    "guarantees of a loan": securities.LOAN_GUARANTEES,
    "collateral of a loan": securities.LOAN_COLLATERAL,
    "collateral": securities.GROUP_COLLATERAL,
    "products": loan_products.GROUP_LOAN_PRODUCTS,
    "loans of a group": loans.GROUP_LOANS,
    "loans of a member": loans.MEMBER_LOANS,
    "late loans": arrears.LATE_LOANS,
    "contributions of a group": savings.GROUP_CONTRIBUTIONS,
    "contributions of a meeting": savings.MEETING_CONTRIBUTIONS,
    "contributions of a member": savings.MEMBER_CONTRIBUTIONS,
    "entries of a group": entries.GROUP_ENTRIES,
    "entries of a meeting": entries.MEETING_ENTRIES,
    "lines of an account": entries.ACCOUNT_LINES,
    "lines of a member": entries.MEMBER_LINES,
    "drafts": drafts.GROUP_DRAFTS,
    "holds": holds.GROUP_HOLDS,
    "closings": closings.CLOSINGS,
    "trail": trail.AUDIT,
    "readings": trail.GROUP_PERSONAL_READS,
    "readings of a member": trail.MEMBER_PERSONAL_READS,
    "members found": members.FOUND_MEMBERS,
}
MODULES = (
    access,
    accounts,
    arrears,
    attendances,
    closings,
    doers,
    constitutions,
    cycles,
    drafts,
    dues,
    entries,
    fines,
    groups,
    holds,
    joining,
    ledger,
    loan_accounts,
    loan_products,
    loans,
    machines,
    meetings,
    members,
    nodes,
    overrides,
    performance,
    savings,
    securities,
    summaries,
    trail,
)
_OF = {"meeting": "meetings", "member": "members", "account": "accounts"}
_VALUES: dict[str, Any] = {
    "status": "ACTIVE",
    "country": "KE",
    "kind": "SHARE",
    "is_live": True,
    "in_force": True,
    "meeting_kind": "REGULAR",
    "attendance": "LATE",
    "reason_code": "LATE",
    "type_code": "LEVY",
    "waiver": "APPROVED",
    "override": "APPROVED",
    "guarantee": "ACCEPTED",
    "collateral": "HELD",
    "secured_loan": UUID(int=1),
    "product_status": "ACTIVE",
    "loan_status": "ACTIVE",
    "overdue": True,
    "officer": UUID(int=1),
    # By then all of them are.
    "late_on": date(2026, 3, 1),
    "late_days": 1,
    "purpose": "HEALTH",
    "meeting": UUID(int=1),
    "member": UUID(int=1),
    "account": UUID(int=1),
    "search": "Member 3",
    "entity": "member",
    "entity_id": UUID(int=1),
    "actor_id": UUID(int=1),
    "reader_id": UUID(int=1),
    "command": "memberAdd",
    "from_time": datetime(2026, 1, 1, tzinfo=UTC),
    "to_time": datetime(2026, 1, 1, tzinfo=UTC),
    "from_date": date(2026, 1, 1),
    "to_date": date(2026, 1, 31),
}
_KINDS = {
    "uuid": UUID,
    "date": date.fromisoformat,
    "timestamptz": datetime.fromisoformat,
    "integer": int,
    "bigint": int,
    "text": str,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement with its arguments."""

    words: str
    statement: str
    arguments: tuple[Any, ...]


@dataclass(slots=True)
class Catcher:
    """Stands where a snapshot does; answers, and keeps what was asked."""

    connection: asyncpg.Connection
    keyring: Keyring = field(default_factory=lambda: Keyring.from_secret(bytes(range(32))))
    # Whoever looks is no administrator; who she is, the database knows.
    viewer: Viewer = field(default_factory=lambda: Viewer(None, UUID(int=0)))
    sent: list[Sent] = field(default_factory=list)
    words: str = ""

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        self.sent.append(Sent(self.words, statement, arguments))
        return await self.connection.fetch(statement, *arguments)  # type: ignore[no-any-return]


async def read_everything(catcher: Catcher, user: UUID, tenants: list[UUID]) -> None:
    """Run every load function for some of the tenants, as a page of the API would."""
    page = tenants[:20]
    rows: dict[str, list[Any]] = {
        "accounts": [row for each in await accounts.load_accounts(catcher, page) for row in each],  # type: ignore[arg-type]
    }
    for name in LISTINGS:
        rows[name] = await _pages(catcher, name, _parents(name, user, page, rows))
    keyed = {
        name: [(row["tenant_id"], row["id"]) for row in rows[name]][:100]
        for name in ("members", "meetings", "contributions of a group", "accounts", "entries of a group")
    }
    assert all(keyed.values())
    # Of a group that shows its members nothing, and to a plain member, there are none.
    keyed |= {
        name: [(row["tenant_id"], row["id"]) for row in rows[name]][:100] or [(page[0], UUID(int=1))]
        for name in (
            "drafts",
            "holds",
            "cycles",
            "requests to join",
            "invitations",
            "products",
            "loans of a group",
            "guarantees of a group",
            "collateral",
        )
    }
    terms = [(row["tenant_id"], row["terms_id"]) for row in rows["loans of a group"]][:100] or [(page[0], UUID(int=1))]
    on_roll = [(*key, UUID(int=1)) for key in keyed["meetings"]]
    numbers = [(row["tenant_id"], row["number"]) for row in rows["entries of a group"]][:100]
    for load, keys in (
        (access.load_users, [user]),
        (access.load_memberships, [user]),
        (groups.load_groups, page),
        (cycles.load_cycles, keyed["cycles"]),
        (cycles.load_current_cycles, page),
        (joining.load_join_codes, page),
        (joining.load_join_requests, keyed["requests to join"]),
        (joining.load_own_requests, [user]),
        (joining.load_invitations, keyed["invitations"]),
        (groups.load_member_counts, page),
        (groups.load_change_numbers, page),
        (summaries.load_meeting_counts, page),
        (accounts.load_accounts, page),
        (accounts.load_accounts_by_key, keyed["accounts"]),
        (accounts.load_account_children, keyed["accounts"]),
        *(
            (partial(load, as_of=as_of), keys)
            for as_of in (AsOf(), AsOf(on=date(2026, 1, 31)), AsOf(entry=3))
            for load, keys in (
                (accounts.load_account_balances, keyed["accounts"]),
                (accounts.load_fund_balances, page),
                (members.load_member_balances, keyed["members"]),
                (fines.load_outstanding, [(*key, UUID(int=1)) for key in keyed["members"]]),
            )
        ),
        (entries.load_entries, keyed["entries of a group"]),
        (entries.load_reversals, keyed["entries of a group"]),
        (entries.load_vouchers, keyed["entries of a group"]),
        (entries.load_entries_by_number, numbers),
        (entries.load_lines, numbers),
        (entries.load_balances_after, [(*each, 1) for each in numbers]),
        (drafts.load_drafts, keyed["drafts"]),
        (drafts.load_draft_lines, keyed["drafts"]),
        (drafts.load_retained_surplus, keyed["drafts"]),
        (holds.load_holds, keyed["holds"]),
        (ledger.load_books, page),
        (meetings.load_open_meetings, page),
        (meetings.load_meetings, keyed["meetings"]),
        (meetings.load_meeting_totals, keyed["meetings"]),
        (meetings.load_cash_counts, keyed["meetings"]),
        (meetings.load_meeting_texts, keyed["meetings"]),
        (attendances.load_attendance_totals, keyed["meetings"]),
        (attendances.load_attendances, on_roll),
        (attendances.load_attendance_words, on_roll),
        (fines.load_fines, keyed["entries of a group"]),
        (partial(dues.load_dues, as_of=None), keyed["members"]),
        *(
            (partial(performance.load_performances, period=period), keyed["members"])
            for period in (performance.Period(), performance.Period(cycle_id=UUID(int=1)))
        ),
        (dues.load_waivers, keyed["members"]),
        (overrides.load_overrides, keyed["members"]),
        (securities.load_guarantees, keyed["guarantees of a group"]),
        (securities.load_collateral, keyed["collateral"]),
        (securities.load_collateral_words, keyed["collateral"]),
        *((partial(arrears.load_portfolios, as_of=on), page) for on in (arrears.TODAY, _VALUES["late_on"])),
        (loan_products.load_loan_products, keyed["products"]),
        (loan_products.load_versions_of_product, keyed["products"]),
        (loan_products.load_product_versions, [(*key, 1) for key in keyed["products"]]),
        (loans.load_loans, keyed["loans of a group"]),
        (loans.load_loan_steps, keyed["loans of a group"]),
        (loans.load_loan_words, [(key, 1) for key in keyed["loans of a group"]]),
        (loans.load_loan_terms, terms),
        (loan_accounts.load_loan_schedules, keyed["loans of a group"]),
        (loan_accounts.load_loan_payments, keyed["loans of a group"]),
        (partial(loan_accounts.load_loan_accounts, as_of=None), keyed["loans of a group"]),
        (machines.load_machines, [(tenant, tenant) for tenant in page]),
        (members.load_members, keyed["members"]),
        (members.load_private, keyed["members"]),
        (members.load_roles, keyed["members"]),
        (members.load_role_terms, keyed["members"]),
        (access.load_last_sign_ins, [user]),
        (_find_users, [EmailAddress.parse("nobody@example.org")]),
        (doers.load_members_of_users, [(tenant, user) for tenant in page]),
        (members.load_positions, keyed["members"]),
        (members.load_positions_by_key, keyed["members"]),
        (members.load_claimable, [user]),
        (savings.load_whether_reversed, keyed["contributions of a group"]),
        (savings.load_contributions, keyed["contributions of a group"]),
        (nodes.find_nodes, [key[1] for key in keyed["members"]][:100]),
    ):
        for some, many in ((keys[:1], "one key"), (keys, "many keys")):  # type: ignore[index]
            catcher.words = f"{getattr(load, '__name__', load)}, {many}"
            await load(catcher, some)  # type: ignore[operator]


async def _find_users(catcher: Catcher, logins: Sequence[EmailAddress]) -> None:
    """Whoever signs in with each of these."""
    for login in logins:
        await access.find_user(catcher, login)  # type: ignore[arg-type]


def _parents(name: str, user: UUID, page: list[UUID], rows: dict[str, list[Any]]) -> list[tuple[UUID, UUID]]:
    if name == "sessions":
        return [(user, user)]
    of = _OF.get(name.rsplit(maxsplit=1)[-1])
    if of is not None:
        return [(row["tenant_id"], row["id"]) for row in rows[of]][:20]
    return [(tenant, tenant) for tenant in page]


async def _pages(catcher: Catcher, name: str, parents: list[tuple[UUID, UUID]]) -> list[Any]:
    """Every page that a listing has: each order, first and next, for one parent and many, filtered and not; counts."""
    listing, found = LISTINGS[name], []
    # A list without a parent names the tenants that its viewer may see.
    always = (("tenants", tuple(tenant for tenant, _ in parents)),) if "tenants" in listing.filters else ()
    if "late_on" in listing.filters:
        # Late is what is late at a date.
        always = (("late_on", _VALUES["late_on"]),)
    if "BEST" in listing.orders:
        # What is found is put in order by how well.
        always = (("search", _VALUES["search"]),)
    chosen = (((each, _VALUES[each]),) for each in listing.filters if each not in dict(always))
    filtered = [always, *(tuple(sorted((*each, *always))) for each in chosen)]
    if "search" in listing.filters:
        # Whose number it is may depend on the countries of the groups.
        filtered.append(tuple(sorted({**dict(always), "search": "0712 345678"}.items())))
    for some, many in ((parents[:1], "one parent"), (parents, "many parents")):
        for filters in filtered:
            for order in listing.orders:
                catcher.words = f"{name} by {order}, {many}, {dict(filters)}"
                request = PageRequest(10, order, None, filters)
                pages = await load_pages(catcher, listing, some, request)  # type: ignore[arg-type]
                rows = [row for each in pages for row in each.rows]
                found += rows if filters == always else []
                if rows:
                    after = _after(listing, order, rows[0])
                    catcher.words += ", next page"
                    await load_pages(catcher, listing, some, PageRequest(10, order, after, filters))  # type: ignore[arg-type]
            catcher.words = f"count of {name}, {many}, {dict(filters)}"
            await load_counts(catcher, listing, some, filters)  # type: ignore[arg-type]
    return found


def _after(listing: Listing, order: str, row: Any) -> tuple[Any, ...]:
    kinds = [kind for _, kind in listing.orders[order].columns]
    return tuple(_KINDS[kind](value) for kind, value in zip(kinds, sort_values(listing, order, row), strict=True))  # type: ignore[operator]


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return rf"'\x{value.hex()}'"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"'{{{', '.join(_element(each) for each in value)}}}'"
    assert isinstance(value, str | UUID | date)
    return f"'{value}'"


def _element(value: Any) -> str:
    """An element of an array, in which a backslash stands for itself only if it is doubled."""
    return rf'"\\x{value.hex()}"' if isinstance(value, bytes) else str(value)


async def plans_of(connection: asyncpg.Connection, sent: Sent, *, is_generic: bool, is_run: bool) -> dict[str, Any]:
    """The plan of a statement, made for its arguments or for any."""
    mode = "force_generic_plan" if is_generic else "force_custom_plan"
    options = "FORMAT JSON, VERBOSE, COSTS OFF" + (", ANALYZE, TIMING OFF" if is_run else "")
    await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
    await connection.execute(f"PREPARE looked_at AS {sent.statement}")
    arguments = ", ".join(_literal(each) for each in sent.arguments)
    text = await connection.fetchval(f"EXPLAIN ({options}) EXECUTE looked_at{f'({arguments})' if arguments else ''}")
    await connection.execute("DEALLOCATE looked_at")
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's nodes, the root first."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes_of(below)
