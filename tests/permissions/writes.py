"""Whether the database lets each onlooker write what the declaration gives her, and nothing else.

As in `parity`, the functions return what differs, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.dialects import postgresql

from domain.identifiers import new_id
from domain.ledger.accounts import account_id
from domain.policy import KINDS_TO_APPROVE, Action, EntryKind, Resource, Term, Viewer, allows, may_post
from persistence.database import DatabaseRole
from persistence.policies import STORES
from persistence.tables import METADATA
from tests.permissions.cast import Cast, Onlooker
from tests.permissions.facts import entered, undone
from tests.permissions.parity import Truth
from tests.support.world import GroupOfPeople

PERMITTED = frozenset({None, "23505", "KB409"})
"""What comes of a statement that is let through: nothing, or that it comes too late for what is recorded already."""

REFUSED = frozenset({"42501", "KB403", "KB404"})
"""No privilege, or no policy that lets the row in; the functions' own refusals."""

WRITABLE = tuple(resource for resource, store in STORES.items() if store.writes)
ANYBODY = UUID(int=0)
_A_DAY = date(2026, 1, 31)
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


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
    """

    words: str
    statement: str
    arguments: tuple[Any, ...]
    permitted: Callable[[Viewer], bool]
    role: DatabaseRole = DatabaseRole.APP
    rows: bool = False


async def lock_every_book(connection: asyncpg.Connection) -> None:
    """Let the transaction write in every tenant, so that only the permission is in question."""
    await connection.execute("UPDATE ledger.heads SET writer = pg_current_xact_id()")


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
    may = who.role is attempt.role and attempt.permitted(truth.viewers[who.name])
    if may and code not in PERMITTED:
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
    is_share = kind is EntryKind.SHARE_PURCHASE
    cash, claim = ("1110", "3100") if is_share else ("1210", "3200")
    accounts = [account_id(tenant, cash), account_id(tenant, claim)]
    return accounts, [None, member], [Decimal(20), Decimal(-20)], [None, 1 if is_share else None]


def _posting(tenant: UUID, kind: EntryKind, member: UUID, entry: UUID | None) -> Attempt:
    return Attempt(
        f"post {kind} in {tenant}",
        (
            "SELECT ledger.post($1, $2, 1, $3, $4, ARRAY[current_date], ARRAY[NULL::uuid], $5, ARRAY[NULL::uuid],"
            " ARRAY[2], $6, $7, $8, $9)"
        ),
        (tenant, new_id(), [entry or new_id()], [kind.value], [member], *_lines(tenant, kind, member)),
        lambda viewer: may_post(viewer, kind, tenant),
    )


def function_attempts(cast: Cast) -> list[Attempt]:
    """Everything else that goes through a function, with the rule that stands for it."""
    attempts = []
    for tenant in cast.tenants:
        attempts += [
            Attempt(
                f"open an account in {tenant}",
                (
                    "SELECT ledger.open_account($1, $2, '7000', 'Other', 'ASSET', NULL, true, false, NULL, false, NULL,"
                    " NULL, NULL, NULL, false)"
                ),
                (tenant, new_id()),
                _rule(Resource.ACCOUNT, Action.CREATE, tenant),
            ),
            Attempt(
                f"grant a machine credential in {tenant}",
                "SELECT access.grant_machine($1, $2, 'Program', '{READ_ROWS}', now() + interval '1 day', $3, '{}')",
                (tenant, new_id(), new_id().bytes),
                _rule(Resource.MACHINE_CREDENTIAL, Action.CREATE, tenant),
            ),
            Attempt(
                f"rotate a machine credential in {tenant}",
                "SELECT access.rotate_machine($1, $2, $3, interval '0')",
                (tenant, new_id(), new_id().bytes),
                _rule(Resource.MACHINE_CREDENTIAL, Action.UPDATE, tenant),
            ),
            Attempt(
                f"revoke a machine credential in {tenant}",
                "SELECT access.revoke_machine($1, $2)",
                (tenant, new_id()),
                _rule(Resource.MACHINE_CREDENTIAL, Action.UPDATE, tenant),
            ),
            Attempt(
                f"lock the book of {tenant}",
                "SELECT app.enter_write(ARRAY[$1::uuid])",
                (tenant,),
                _belongs(tenant),
            ),
        ]
    attempts += [attempt for group in cast.groups.values() for attempt in _bookkeeping(group)]
    attempts += [
        Attempt(
            f"give roles in {group.id}",
            "SELECT app.link_member($1, $2, $3, ARRAY['MEMBER'])",
            (group.id, group.members[4], cast.onlookers["nobody"].user_id),
            _rule(Resource.MEMBERSHIP, Action.CREATE, group.id),
        )
        for group in cast.groups.values()
    ]
    return [
        *attempts,
        Attempt(
            "begin a group",
            "SELECT app.create_group($1, 'ALL', 'KES')",
            (new_id(),),
            _rule(Resource.TENANT, Action.CREATE, ANYBODY),
        ),
        Attempt(
            "make a user",
            "SELECT access.create_user($1, 'USER', 'en', NULL, NULL, NULL, NULL, ARRAY[$2::bytea], '{NULL}', 'x')",
            (new_id(), new_id().bytes),
            _rule(Resource.USER, Action.CREATE, ANYBODY),
            DatabaseRole.ADMIN,
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
            _rule(Resource.ACCOUNT, Action.UPDATE, group.id),
        ),
        Attempt(
            f"hold in {group.id}", place, (group.id, new_id(), cash), _rule(Resource.HOLD, Action.CREATE, group.id)
        ),
        Attempt(f"end a hold in {group.id}", end, (group.id,), _rule(Resource.HOLD, Action.UPDATE, group.id)),
        Attempt(
            f"close the period of {group.id}",
            "SELECT ledger.close_period($1, current_date - 5)",
            (group.id,),
            _rule(Resource.BOOK, Action.UPDATE, group.id),
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


def _rule(resource: Resource, action: Action, tenant: UUID) -> Callable[[Viewer], bool]:
    return lambda viewer: allows(viewer, action, resource, tenant)


def _belongs(tenant: UUID) -> Callable[[Viewer], bool]:
    ties = (Term.MEMBER, Term.STAFF, Term.PARTNER_TOTALS, Term.AUDITOR)
    return lambda viewer: tenant in viewer.own_partners or any(tenant in viewer.sees_as(term) for term in ties)


async def row_attempts(
    connection: asyncpg.Connection, cast: Cast, resources: Collection[Resource] = WRITABLE
) -> list[Attempt]:
    """A well-formed row for every table that the application writes itself, in every tenant where there can be one."""
    attempts = [_redrafting_blindly(cast)] if Resource.DRAFT in resources else []
    for tenant in cast.tenants:
        for resource in resources:
            if (row := await _well_formed(connection, cast, resource, tenant)) is None:
                continue
            table = STORES[resource].table
            names, values = list(row), list(row.values())
            columns = METADATA.tables[table].columns
            casts = ", ".join(
                f"${n}::{columns[name].type.compile(dialect=_POSTGRESQL)}" for n, name in enumerate(names, 1)
            )
            attempts.append(
                Attempt(
                    f"insert into {table} of {tenant}",
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES ({casts})",
                    tuple(values),
                    _rule(resource, Action.CREATE, tenant),
                )
            )
            if Action.UPDATE in STORES[resource].writes and tenant != cast.bare:
                attempts.append(_UPDATES[resource](tenant))
    return attempts


def _closing(tenant: UUID) -> Attempt:
    return Attempt(
        f"close the meeting of {tenant}",
        "UPDATE app.meetings SET status = 'CLOSED', closed_at = now(), closed_by = $2, version = version + 1"
        " WHERE tenant_id = $1 AND status = 'OPEN'",
        (tenant, new_id()),
        _rule(Resource.MEETING, Action.UPDATE, tenant),
        rows=True,
    )


def _redrafting(tenant: UUID) -> Attempt:
    return Attempt(
        f"change the draft of {tenant}",
        "UPDATE app.drafts SET description = 'Anew' WHERE tenant_id = $1 AND status = 'OPEN'",
        (tenant,),
        _rule(Resource.DRAFT, Action.UPDATE, tenant),
        rows=True,
    )


def _redrafting_blindly(cast: Cast) -> Attempt:
    """No condition, so that whoever may not read drafts is not kept from changing them by that alone."""
    return Attempt(
        "change every draft that there is",
        "UPDATE app.drafts SET description = 'Anew'",
        (),
        lambda viewer: any(allows(viewer, Action.UPDATE, Resource.DRAFT, each.id) for each in cast.groups.values()),
        rows=True,
    )


_UPDATES = {Resource.MEETING: _closing, Resource.DRAFT: _redrafting}


async def _well_formed(
    connection: asyncpg.Connection, cast: Cast, resource: Resource, tenant: UUID
) -> dict[str, Any] | None:
    """A row that the tables' constraints and triggers would take; None where the tenant cannot have one."""
    made = {"tenant_id": tenant, "created_by": new_id()}
    if resource is Resource.GROUP:
        return {
            **made,
            "name": "New",
            "kind": "VSLA",
            "currency": "KES",
            "country": "KE",
            "time_zone": "Africa/Nairobi",
        }
    if tenant == cast.bare:
        return None
    (group,) = (each for each in cast.groups.values() if each.id == tenant)
    # The plain member's own: that a row is about her must not let her write it.
    member = group.members[3]
    meeting = await connection.fetchval("SELECT id FROM app.meetings WHERE tenant_id = $1 AND status = 'OPEN'", tenant)
    partners = await connection.fetchval("SELECT array_agg(id) FROM app.tenants WHERE kind = 'PARTNER'")
    if resource is Resource.VOUCHER:
        # The shares that she bought, of which nobody wrote anything yet.
        entry = await connection.fetchval(
            "SELECT id FROM ledger.entries WHERE tenant_id = $1 AND member_id = $2 ORDER BY number LIMIT 1",
            tenant,
            member,
        )
        return {"tenant_id": tenant, "id": entry, "member_id": member, "description": "New"}
    if resource is Resource.CONTRIBUTION:
        return await _contribution(connection, tenant, meeting, member)
    rows: dict[Resource, dict[str, Any]] = {
        Resource.CONSTITUTION: {
            **made,
            "version": 99,
            "share_price": Decimal(1),
            "shares_min": 0,
            "shares_max": 1,
            "social_fund_amount": Decimal(0),
            "meeting_frequency": "WEEKLY",
            "adopted_on": _A_DAY,
        },
        Resource.MEMBER: {**made, "id": new_id(), "number": 99, "joined_on": _A_DAY},
        Resource.MEMBER_NAME: {"tenant_id": tenant, "member_id": member, "name": "New", "shown_to": partners},
        Resource.MEMBER_PRIVATE: {"tenant_id": tenant, "member_id": member, "shown_to": partners},
        Resource.MEETING: {
            "tenant_id": tenant,
            "id": new_id(),
            "number": 99,
            "status": "DRAFT",
            "held_on": _A_DAY,
            "opened_by": new_id(),
        },
        Resource.CASH_COUNT: {
            "tenant_id": tenant,
            "meeting_id": meeting,
            "moment": "OPENING",
            "account_id": account_id(tenant, "1110"),
            "expected": Decimal(0),
            "counted": Decimal(0),
        },
        Resource.DRAFT: {
            "tenant_id": tenant,
            "id": new_id(),
            "kind": "MANUAL_ENTRY",
            "effective_on": _A_DAY,
            "member_id": member,
            "line_accounts": [account_id(tenant, "1210"), account_id(tenant, "3200")],
            "line_members": [None, member],
            "line_amounts": [Decimal(1), Decimal(-1)],
            "line_shares": [None, None],
            "description": "New",
        },
    }
    return rows[resource]


async def _contribution(connection: asyncpg.Connection, tenant: UUID, meeting: UUID, member: UUID) -> dict[str, Any]:
    """A contribution whose entry was posted, past all policies, and not yet recorded as one."""
    number = 1 + await connection.fetchval("SELECT max(number) FROM ledger.entries WHERE tenant_id = $1", tenant)
    entry, recorder = new_id(), new_id()
    await connection.execute(
        "INSERT INTO ledger.entries (tenant_id, number, id, kind, effective_on, booked_at, meeting_id, member_id,"
        " actor_id, command_key, ordinal, hash)"
        " VALUES ($1, $2, $3, 'SHARE_PURCHASE', $4, now(), $5, $6, $7, $3, 1, sha256(''))",
        tenant,
        number,
        entry,
        _A_DAY,
        meeting,
        member,
        recorder,
    )
    for line, (account, amount, whose) in enumerate((("1110", 20, None), ("3100", -20, member)), 1):
        await connection.execute(
            "INSERT INTO ledger.lines (tenant_id, entry_number, line_number, account_id, member_id, kind, effective_on,"
            " currency, amount, base_amount, shares, account_balance_after, member_balance_after)"
            " VALUES ($1, $2, $3, $4, $5, 'SHARE_PURCHASE', $8, 'KES', $6, $6, $9, 0, $7)",
            tenant,
            number,
            line,
            account_id(tenant, account),
            whose,
            Decimal(amount),
            None if whose is None else Decimal(0),
            _A_DAY,
            None if whose is None else 1,
        )
    return {
        "tenant_id": tenant,
        "id": entry,
        "entry_number": number,
        "meeting_id": meeting,
        "member_id": member,
        "kind": "SHARE",
        "shares": 1,
        "amount": Decimal(20),
        "currency": "KES",
        "place": "BOX",
        "recorded_by": recorder,
    }
