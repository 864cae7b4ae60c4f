"""Whether the database lets each onlooker write what the declaration gives her, and nothing else.

As in `parity`, the functions return what differs, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import asyncpg

from domain.identifiers import new_id
from domain.ledger.accounts import AccountType, Fund, account_id
from domain.ledger.shapes import SHAPES
from domain.policy import KINDS_TO_APPROVE, Action, EntryKind, Resource, Term, Viewer, allows, may_post
from persistence.database import DatabaseRole
from tests.permissions.cast import Cast, Onlooker
from tests.permissions.facts import entered, undone
from tests.permissions.parity import Truth
from tests.support.world import GroupOfPeople

PERMITTED = frozenset({None, "23505", "KB409"})
"""What comes of a statement that is let through: nothing, or that it comes too late for what is recorded already."""

REFUSED = frozenset({"42501", "KB403", "KB404"})
"""No privilege, or no policy that lets the row in; the functions' own refusals."""

ANYBODY = UUID(int=0)

_ACCOUNTS = {
    f"{Fund.LOAN_FUND}_CASH": "1110",
    f"{Fund.SOCIAL_FUND}_CASH": "1210",
    AccountType.INCOME: "4900",
    AccountType.EXPENSE: "5100",
}
"""An account for each class that is not one account."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A statement that the declaration permits or refuses.

    Attributes:
        words: What it is.
        statement: SQL.
        arguments: What goes with it.
        permitted: Who may, by the declaration, besides having to be in the role.
        role: The only role that may.
        rows: Whether being let through means that rows were touched.
        stays: The code with which whoever is let through ends at a row that never changes, if there is one.
        is_for_jobs: Whether a job may as well, where the declaration permits it.
    """

    words: str
    statement: str
    arguments: tuple[Any, ...]
    permitted: Callable[[Viewer], bool]
    role: DatabaseRole = DatabaseRole.APP
    rows: bool = False
    stays: str | None = None
    is_for_jobs: bool = False


async def lock_every_book(connection: asyncpg.Connection) -> None:
    """Let the transaction write in every tenant, so that only the permission is in question."""
    await connection.execute("UPDATE ledger.heads SET writer = pg_current_xact_id()")


async def fund_everybody(connection: asyncpg.Connection) -> None:
    """Give every place money, and every member savings and debts, so that nothing but the permission is short."""
    await connection.execute("UPDATE ledger.account_balances SET balance = 1000, held = 0")
    await connection.execute(
        "INSERT INTO ledger.member_balances (tenant_id, member_id, account_id, balance)"
        " SELECT m.tenant_id, m.id, a.id, CASE a.type WHEN 'ASSET' THEN 1000 ELSE -1000 END"
        " FROM app.members m JOIN ledger.accounts a ON a.tenant_id = m.tenant_id"
        " AND a.code IN ('1310', '1320', '2100', '2110')"
        " ON CONFLICT (tenant_id, member_id, account_id) DO UPDATE SET balance = excluded.balance"
    )


async def outcome(connection: asyncpg.Connection, attempt: Attempt) -> str | None:
    """The code of the error that an attempt ends with; None where it is let through. Nothing of it stays."""
    try:
        async with undone(connection):
            status = await connection.execute(attempt.statement, *attempt.arguments)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return "42501" if attempt.rows and status.endswith(" 0") else None


async def differences(
    connection: asyncpg.Connection, cast: Cast, truth: Truth, attempts: Collection[Attempt], *, enough: int = 1_000
) -> list[str]:
    """Where an attempt of an onlooker's ends otherwise than the declaration says."""
    found: list[str] = []
    for who in cast.onlookers.values():
        if len(found) >= enough:
            break
        try:
            async with entered(connection, who):
                for attempt in attempts:
                    found += _judged(who, truth, attempt, await outcome(connection, attempt))
        except asyncpg.PostgresError as error:
            found.append(f"{who.name}: {error}")
    return found


def _judged(who: Onlooker, truth: Truth, attempt: Attempt, code: str | None) -> list[str]:
    roles = {attempt.role, DatabaseRole.WORKER} if attempt.is_for_jobs else {attempt.role}
    may = who.role in roles and attempt.permitted(truth.viewers[who.name])
    if may and code not in PERMITTED | {attempt.stays}:
        return [f"{who.name} may {attempt.words}, but the database says {code}"]
    if not may and code not in REFUSED:
        return [f"{who.name} may not {attempt.words}, but the database says {code}"]
    return []


async def draft_what_needs_it(connection: asyncpg.Connection, cast: Cast) -> dict[tuple[UUID, EntryKind], UUID]:
    """For each group and kind that needs a second officer, a draft of somebody's who is gone."""
    drafted = {}
    await connection.execute("SELECT set_config('app.user_id', $1, true)", str(new_id()))
    for group in cast.groups.values():
        for kind in KINDS_TO_APPROVE:
            drafted[group.id, kind] = entry = new_id()
            accounts, members, amounts, shares = _lines(group.id, kind, group.members[0])
            await connection.execute(
                "INSERT INTO app.drafts (tenant_id, id, kind, effective_on, member_id, line_accounts, line_members,"
                " line_amounts, line_shares, description) VALUES ($1, $2, $3, current_date, $4, $5, $6, $7, $8, 'x')",
                group.id,
                entry,
                kind.value,
                group.members[0],
                accounts,
                members,
                amounts,
                shares,
            )
    await connection.execute("SELECT set_config('app.user_id', '', true)")
    return drafted


def entry_attempts(cast: Cast, drafted: Mapping[tuple[UUID, EntryKind], UUID] = MappingProxyType({})) -> list[Attempt]:
    """Posting an entry of each kind in each group, by the posting function itself; as drafted, where it is."""
    return [
        _posting(group.id, kind, group.members[0], drafted.get((group.id, kind)))
        for group in cast.groups.values()
        for kind in EntryKind
    ]


def _lines(
    tenant: UUID, kind: EntryKind, member: UUID
) -> tuple[list[UUID], list[UUID | None], list[Decimal], list[int | None]]:
    """Lines in the shape of the kind, about the member if it names one; every kind that has none takes the first."""
    shape = SHAPES.get(kind, SHAPES[EntryKind.SOCIAL_FUND_CONTRIBUTION])[0]
    (debited,), (credited,) = shape.debits, shape.credits
    codes = [_ACCOUNTS.get(each.account, each.account) for each in (debited, credited)]
    if codes[0] == codes[1]:
        codes[1] = "1120"
    named = [member if each.names_member else None for each in (debited, credited)]
    accounts = [account_id(tenant, code) for code in codes]
    if kind is EntryKind.SHARES_REDEEMED:
        # All that the first member of each group has.
        return accounts, named, [Decimal(200), Decimal(-200)], [-1, None]
    shares = [None, 1 if kind is EntryKind.SHARE_PURCHASE else None]
    return accounts, named, [Decimal(1), Decimal(-1)], shares


def _posting(tenant: UUID, kind: EntryKind, member: UUID, entry: UUID | None) -> Attempt:
    lines = _lines(tenant, kind, member)
    return Attempt(
        f"post {kind} in {tenant}",
        (
            "SELECT ledger.post($1, $2, 1, $3, $4, ARRAY[current_date], ARRAY[NULL::uuid], $5, ARRAY[NULL::uuid],"
            " ARRAY[2], $6, $7, $8, $9)"
        ),
        (tenant, new_id(), [entry or new_id()], [kind.value], [member if member in lines[1] else None], *lines),
        lambda viewer: may_post(viewer, kind, tenant),
        is_for_jobs=True,
    )


def function_attempts(cast: Cast) -> list[Attempt]:
    """Everything else that goes through a function, with the rule that stands for it."""
    attempts = []
    for tenant in cast.tenants:
        attempts += [
            Attempt(
                f"open an account in {tenant}",
                (
                    "SELECT ledger.open_account($1, $2, $3, 'Other', 'ASSET', $4, true, false, NULL, false, NULL,"
                    " NULL, NULL, NULL, $5)"
                ),
                # A book without a chart yet takes accounts of one, any other what stands below its headings.
                (
                    tenant,
                    new_id(),
                    *(("7000", None, True) if tenant == cast.bare else ("70001", account_id(tenant, "1000"), False)),
                ),
                rule(Resource.ACCOUNT, Action.CREATE, tenant),
            ),
            Attempt(
                f"grant a machine credential in {tenant}",
                "SELECT access.grant_machine($1, $2, 'Program', '{READ_ROWS}', now() + interval '1 day', $3, '{}')",
                (tenant, new_id(), new_id().bytes),
                rule(Resource.MACHINE_CREDENTIAL, Action.CREATE, tenant),
            ),
            Attempt(
                f"rotate a machine credential in {tenant}",
                "SELECT access.rotate_machine($1, $2, $3, interval '0')",
                (tenant, new_id(), new_id().bytes),
                rule(Resource.MACHINE_CREDENTIAL, Action.UPDATE, tenant),
            ),
            Attempt(
                f"revoke a machine credential in {tenant}",
                "SELECT access.revoke_machine($1, $2)",
                (tenant, new_id()),
                rule(Resource.MACHINE_CREDENTIAL, Action.UPDATE, tenant),
            ),
            Attempt(
                f"lock the book of {tenant}",
                "SELECT app.enter_write(ARRAY[$1::uuid])",
                (tenant,),
                _belongs(tenant),
                is_for_jobs=True,
            ),
        ]
    attempts += [attempt for group in cast.groups.values() for attempt in _bookkeeping(group)]
    attempts += [attempt for group in cast.groups.values() for attempt in _life(group)]
    attempts += [
        Attempt(
            f"give roles in {group.id}",
            "SELECT app.link_member($1, $2, $3, ARRAY['MEMBER'])",
            (group.id, group.members[4], cast.onlookers["nobody"].user_id),
            rule(Resource.MEMBERSHIP, Action.CREATE, group.id),
        )
        for group in cast.groups.values()
    ]
    for group in cast.groups.values():
        attempts += [
            Attempt(
                f"give a role in {group.id}",
                "SELECT app.grant_role($1, $2, 'TREASURER', now(), NULL)",
                (group.id, group.members[3]),
                rule(Resource.MEMBERSHIP, Action.UPDATE, group.id),
            ),
            Attempt(
                f"end a role in {group.id}",
                "SELECT app.end_roles($1, $2, '{CHAIR}', now())",
                (group.id, group.members[1]),
                rule(Resource.MEMBERSHIP, Action.UPDATE, group.id),
            ),
            Attempt(
                f"claim to be a member of {group.id}",
                "SELECT app.claim_member($1)",
                (group.id,),
                rule(Resource.MEMBERSHIP, Action.CLAIM, ANYBODY),
            ),
        ]
    return [
        *attempts,
        Attempt(
            "ask to join a group",
            "SELECT app.request_join('AAA-AAAA', $1, 'Her', NULL)",
            (new_id(),),
            rule(Resource.JOIN_REQUEST, Action.CREATE, ANYBODY),
        ),
        Attempt(
            "begin a group",
            "SELECT app.create_group($1, 'ALL', 'KES')",
            (new_id(),),
            rule(Resource.TENANT, Action.CREATE, ANYBODY),
        ),
        Attempt(
            "make a user",
            "SELECT access.create_user($1, 'USER', 'en', NULL, NULL, NULL, NULL, ARRAY[$2::bytea], '{NULL}', 'x')",
            (new_id(), new_id().bytes),
            rule(Resource.USER, Action.CREATE, ANYBODY),
            DatabaseRole.ADMIN,
        ),
        Attempt(
            "suspend a user",
            "SELECT access.change_standing("
            "(SELECT u.id FROM app.users u WHERE u.platform_role = 'USER' AND u.id <> $1 LIMIT 1), 'SUSPENDED')",
            (new_id(),),
            rule(Resource.USER, Action.UPDATE, ANYBODY),
            DatabaseRole.ADMIN,
        ),
    ]


def _life(group: GroupOfPeople) -> list[Attempt]:
    return [
        Attempt(
            f"let a constitution hold in {group.id}",
            "SELECT app.adopt_constitution($1, 1, NULL)",
            (group.id,),
            rule(Resource.CONSTITUTION, Action.CREATE, group.id),
        ),
        Attempt(
            f"change the join code of {group.id}",
            "SELECT app.change_join_code($1, NULL)",
            (group.id,),
            rule(Resource.JOIN_CODE, Action.CREATE, group.id),
        ),
        Attempt(
            f"suspend {group.id}",
            "SELECT app.change_group_status($1, 1, 'SUSPENDED', NULL)",
            (group.id,),
            rule(Resource.GROUP_STATUS, Action.CREATE, group.id),
            DatabaseRole.ADMIN,
        ),
        Attempt(
            f"accept an invitation to {group.id}",
            "SELECT app.accept_invitation($1, $2, $2, 'x')",
            (group.id, new_id()),
            rule(Resource.MEMBERSHIP, Action.CLAIM, ANYBODY),
        ),
    ]


def _bookkeeping(group: GroupOfPeople) -> list[Attempt]:
    cash = group.account("1110")
    place = "SELECT ledger.place_hold($1, $2, $3, 1, 'For the trip', now() + interval '1 day')"
    # Whoever may end it may see it.
    end = "SELECT ledger.end_hold($1, (SELECT h.id FROM ledger.holds h WHERE h.tenant_id = $1 AND h.outcome IS NULL))"
    return [
        Attempt(
            f"change an account of {group.id}",
            "SELECT ledger.change_account($1, $2, 1, 'Box', 0, NULL, false)",
            (group.id, cash),
            rule(Resource.ACCOUNT, Action.UPDATE, group.id),
        ),
        Attempt(f"hold in {group.id}", place, (group.id, new_id(), cash), rule(Resource.HOLD, Action.CREATE, group.id)),
        Attempt(f"end a hold in {group.id}", end, (group.id,), rule(Resource.HOLD, Action.UPDATE, group.id)),
        Attempt(
            f"close the period of {group.id}",
            "SELECT ledger.close_period($1, current_date - 5)",
            (group.id,),
            rule(Resource.BOOK, Action.UPDATE, group.id),
        ),
    ]


async def verification_differences(connection: asyncpg.Connection, cast: Cast, truth: Truth) -> list[str]:
    """Where somebody has a book verified whose head she may not read, or the other way round."""
    found = []
    for who in cast.onlookers.values():
        for tenant in cast.tenants:
            async with entered(connection, who):
                attempt = Attempt("verify", "SELECT ledger.find_faults($1)", (tenant,), lambda _: True)
                may = who.principal is not None and allows(truth.viewers[who.name], Action.READ, Resource.BOOK, tenant)
                if (await outcome(connection, attempt) in PERMITTED) is not may:
                    found.append(f"{who.name} {'may' if may else 'may not'} have the book of {tenant} verified")
    return found


def rule(resource: Resource, action: Action, tenant: UUID, about: UUID | None = None) -> Callable[[Viewer], bool]:
    """Who may, by the declaration, in the whole of the tenant; or to a row about a member."""
    return lambda viewer: allows(viewer, action, resource, tenant, about=about)


def _belongs(tenant: UUID) -> Callable[[Viewer], bool]:
    ties = (Term.MEMBER, Term.STAFF, Term.PARTNER_TOTALS, Term.AUDITOR)
    return lambda viewer: (
        viewer.is_job or tenant in viewer.own_partners or any(tenant in viewer.sees_as(term) for term in ties)
    )
