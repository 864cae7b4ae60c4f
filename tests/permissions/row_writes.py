"""Well-formed rows of every table that the application writes itself: whom the declaration lets write them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.dialects import postgresql

from domain.identifiers import new_id
from domain.ledger.accounts import account_id
from domain.policy import Action, Resource, allows
from persistence.stores import STORES
from persistence.tables import METADATA
from tests.permissions.cast import Cast
from tests.permissions.guarantees import guarantee_changes
from tests.permissions.loans import loan_row
from tests.permissions.writes import Attempt, rule

WRITABLE = tuple(resource for resource, store in STORES.items() if store.writes)
_A_DAY = date(2026, 1, 31)
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


async def row_attempts(
    connection: asyncpg.Connection, cast: Cast, resources: Collection[Resource] = WRITABLE
) -> list[Attempt]:
    """A well-formed row for every table that the application writes itself, in every tenant where there can be one."""
    attempts = [await _blindly(connection, each, _BLIND[each]) for each in resources if each in _BLIND]
    for tenant in cast.tenants:
        for resource in resources:
            if (row := await _well_formed(connection, cast, resource, tenant)) is None:
                continue
            attempts += await _about_another(connection, cast, resource, tenant)
            table = STORES[resource].table
            names, values = list(row), list(row.values())
            columns = METADATA.tables[table].columns
            casts = ", ".join(
                f"${n}::{columns[name].type.compile(dialect=_POSTGRESQL)}" for n, name in enumerate(names, 1)
            )
            if Action.CREATE in STORES[resource].writes:
                attempts.append(
                    Attempt(
                        f"insert into {table} of {tenant}",
                        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({casts})",
                        tuple(values),
                        rule(resource, Action.CREATE, tenant, row.get("member_id")),
                        stays=_ENDS.get(resource),
                    )
                )
            if resource is Resource.LOAN_GUARANTEE:
                attempts += guarantee_changes(tenant, *_members(cast, tenant)[3:])
            elif Action.UPDATE in STORES[resource].writes and tenant != cast.bare:
                attempts.append(_UPDATES[resource](tenant))
    return attempts


def _members(cast: Cast, tenant: UUID) -> tuple[UUID, ...]:
    (group,) = (each for each in cast.groups.values() if each.id == tenant)
    return group.members


async def _about_another(connection: asyncpg.Connection, cast: Cast, resource: Resource, tenant: UUID) -> list[Attempt]:
    """Where members write of themselves: a row about another than the plain member."""
    if resource not in _OF_ONESELF or tenant == cast.bare:
        return []
    other = _members(cast, tenant)[4]
    row = await loan_row(connection, resource, tenant, other)
    table = STORES[resource].table
    columns = METADATA.tables[table].columns
    casts = ", ".join(f"${n}::{columns[name].type.compile(dialect=_POSTGRESQL)}" for n, name in enumerate(row, 1))
    return [
        Attempt(
            f"insert into {table} of {tenant} about another",
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({casts})",
            tuple(row.values()),
            rule(resource, Action.CREATE, tenant, other),
            stays=_ENDS.get(resource),
        )
    ]


def _closing(tenant: UUID) -> Attempt:
    return Attempt(
        f"close the meeting of {tenant}",
        "UPDATE app.meetings SET status = 'CLOSED', closed_at = now(), closed_by = $2, version = version + 1"
        " WHERE tenant_id = $1 AND status = 'OPEN'",
        (tenant, new_id()),
        rule(Resource.MEETING, Action.UPDATE, tenant),
        rows=True,
    )


def _redrafting(tenant: UUID) -> Attempt:
    return Attempt(
        f"change the draft of {tenant}",
        "UPDATE app.drafts SET description = 'Anew' WHERE tenant_id = $1 AND status = 'OPEN'",
        (tenant,),
        rule(Resource.DRAFT, Action.UPDATE, tenant),
        rows=True,
    )


async def _blindly(connection: asyncpg.Connection, resource: Resource, statement: str) -> Attempt:
    """No condition, so that whoever may not read the rows is not kept from changing them by that alone."""
    store = STORES[resource]
    table = store.table
    rows = await connection.fetch(f"SELECT DISTINCT tenant_id, {store.member or 'NULL::uuid'} AS about FROM {table}")
    return Attempt(
        f"change every row that there is of {table}",
        statement,
        (),
        lambda viewer: any(
            allows(viewer, Action.UPDATE, resource, row["tenant_id"], about=row["about"]) for row in rows
        ),
        rows=True,
        stays="KB405" if resource in (Resource.MEETING, Resource.PERMISSION_OVERRIDE) else None,
    )


def _changing(words: str, statement: str, resource: Resource) -> Callable[[UUID], Attempt]:
    """A change of what is there, by whoever may change it."""
    return lambda tenant: Attempt(
        f"{words} of {tenant}", statement, (tenant,), rule(resource, Action.UPDATE, tenant), rows=True
    )


_OF_ONESELF = (Resource.LOAN, Resource.LOAN_STEP, Resource.LOAN_WORDS, Resource.LOAN_GUARANTEE)

_ENDS = {
    # What is written beside something else, in the same breath: alone it ends there, after the policies.
    Resource.LOAN_WORDS: "KB422",
    Resource.LOAN_INSTALMENT: "KB422",
    Resource.LOAN_PAYMENT: "23503",
}

_UPDATES = {
    Resource.LOAN_PRODUCT: _changing(
        "retire products", "UPDATE app.loan_products SET status = 'RETIRED' WHERE tenant_id = $1", Resource.LOAN_PRODUCT
    ),
    Resource.GROUP: _changing(
        "move the group", "UPDATE app.groups SET village = 'Anew' WHERE tenant_id = $1", Resource.GROUP
    ),
    Resource.CYCLE: _changing(
        "end the cycle", "UPDATE app.cycles SET ended_on = starts_on WHERE tenant_id = $1", Resource.CYCLE
    ),
    Resource.JOIN_REQUEST: _changing(
        "turn down app.join_requests",
        "UPDATE app.join_requests SET status = 'REJECTED', decided_at = now() WHERE tenant_id = $1",
        Resource.JOIN_REQUEST,
    ),
    Resource.INVITATION: _changing(
        "revoke the invitation",
        "UPDATE app.invitations SET status = 'REVOKED' WHERE tenant_id = $1",
        Resource.INVITATION,
    ),
    Resource.MEMBER: _changing(
        "renumber members", "UPDATE app.members SET version = 2 WHERE tenant_id = $1", Resource.MEMBER
    ),
    Resource.MEMBER_NAME: _changing(
        "rename members", "UPDATE app.member_names SET name = 'Anew' WHERE tenant_id = $1", Resource.MEMBER_NAME
    ),
    Resource.MEMBER_PRIVATE: _changing(
        "change what few may know",
        "UPDATE app.member_private SET address_sealed = NULL WHERE tenant_id = $1",
        Resource.MEMBER_PRIVATE,
    ),
    Resource.POSITION: _changing(
        "end positions", "UPDATE app.positions SET ends_on = starts_on WHERE tenant_id = $1", Resource.POSITION
    ),
    Resource.PERMISSION_OVERRIDE: _changing(
        "approve an override",
        "UPDATE app.permission_overrides SET status = 'APPROVED', decided_at = now(), decided_by = gen_random_uuid()"
        " WHERE tenant_id = $1 AND starts_at < '2000-01-01'",
        Resource.PERMISSION_OVERRIDE,
    ),
    Resource.MEETING: _closing,
    Resource.DRAFT: _redrafting,
    Resource.MEETING_TEXT: _changing(
        "write the notes", "UPDATE app.meeting_texts SET notes = 'Anew' WHERE tenant_id = $1", Resource.MEETING_TEXT
    ),
    Resource.ATTENDANCE: _changing(
        "change the roll", "UPDATE app.attendances SET status = 'PRESENT' WHERE tenant_id = $1", Resource.ATTENDANCE
    ),
    Resource.ATTENDANCE_WORDS: _changing(
        "change an excuse",
        "UPDATE app.attendance_words SET excuse = 'Anew' WHERE tenant_id = $1",
        Resource.ATTENDANCE_WORDS,
    ),
    Resource.VOTE: _changing(
        "count hands",
        "UPDATE app.votes SET hands = ARRAY[1, 0], abstained = 0, counted_at = now(), counted_by = gen_random_uuid()"
        " WHERE tenant_id = $1 AND method = 'HANDS'",
        Resource.VOTE,
    ),
    Resource.BALLOT: _changing(
        "change ballots", "UPDATE app.ballots SET option = 2 WHERE tenant_id = $1", Resource.BALLOT
    ),
    Resource.LOAN_COLLATERAL: _changing(
        "value collateral", "UPDATE app.loan_collateral SET value = 2 WHERE tenant_id = $1", Resource.LOAN_COLLATERAL
    ),
    Resource.CONTRIBUTION_WAIVER: _changing(
        "approve a waiver",
        "UPDATE app.contribution_waivers SET status = 'APPROVED', decided_at = now(), decided_by = gen_random_uuid()"
        " WHERE tenant_id = $1 AND status = 'REQUESTED'",
        Resource.CONTRIBUTION_WAIVER,
    ),
}

_BLIND = {
    Resource.JOIN_REQUEST: "UPDATE app.join_requests SET status = 'REJECTED', decided_at = now()",
    Resource.INVITATION: "UPDATE app.invitations SET status = 'REVOKED'",
    Resource.MEMBER_NAME: "UPDATE app.member_names SET name = 'Anew'",
    Resource.MEMBER_PRIVATE: "UPDATE app.member_private SET address_sealed = NULL",
    # A closed one stays as it is, whoever comes to it.
    Resource.MEETING: "UPDATE app.meetings SET venue = 'Anew'",
    Resource.MEETING_TEXT: "UPDATE app.meeting_texts SET notes = 'Anew'",
    Resource.ATTENDANCE: "UPDATE app.attendances SET status = 'PRESENT'",
    Resource.ATTENDANCE_WORDS: "UPDATE app.attendance_words SET excuse = 'Anew'",
    Resource.VOTE: "UPDATE app.votes SET version = 2",
    Resource.BALLOT: "UPDATE app.ballots SET option = 2",
    Resource.CONTRIBUTION_WAIVER: "UPDATE app.contribution_waivers SET status = 'APPROVED', decided_at = now(),"
    " decided_by = gen_random_uuid()",
    Resource.DRAFT: "UPDATE app.drafts SET description = 'Anew'",
    Resource.LOAN_GUARANTEE: "UPDATE app.loan_guarantees SET status = 'RELEASED'",
    Resource.LOAN_COLLATERAL: "UPDATE app.loan_collateral SET value = 2",
    # What is decided is its status alone.
    Resource.PERMISSION_OVERRIDE: "UPDATE app.permission_overrides SET version = 99",
}
"""Of what fewer may read than could be let change it by mistake: a change that reads nothing of a row."""


async def _well_formed(  # noqa: PLR0911 - one return a kind of table reads better
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
    members = _members(cast, tenant)
    # The plain member's own: that a row is about her must not let her write it.
    member = members[3]
    meeting = await connection.fetchval("SELECT id FROM app.meetings WHERE tenant_id = $1 AND status = 'OPEN'", tenant)
    vote = await connection.fetchval("SELECT id FROM app.votes WHERE tenant_id = $1 AND method = 'BALLOTS'", tenant)
    partners = await connection.fetchval("SELECT array_agg(id) FROM app.tenants WHERE kind = 'PARTNER'")
    if resource is Resource.VOUCHER:
        # The shares that she bought, of which nobody wrote anything yet.
        entry = await connection.fetchval(
            "SELECT id FROM ledger.entries WHERE tenant_id = $1 AND member_id = $2 ORDER BY number LIMIT 1",
            tenant,
            member,
        )
        return {"tenant_id": tenant, "id": entry, "member_id": member, "description": "New"}
    if resource in (Resource.FINE, Resource.FINE_SETTLEMENT):
        return await _fine(connection, tenant, resource, member)
    if resource.startswith("loan"):
        return await loan_row(connection, resource, tenant, member)
    if resource is Resource.CONTRIBUTION:
        return await _contribution(connection, tenant, meeting, member)
    rows: dict[Resource, dict[str, Any]] = {
        # Asked by a function alone; that it is none of a row's to write, its update shows.
        Resource.JOIN_REQUEST: {"tenant_id": tenant},
        # Before the one that runs.
        Resource.CYCLE: {**made, "id": new_id(), "number": 99, "starts_on": _A_DAY, "ended_on": _A_DAY},
        Resource.INVITATION: {
            "tenant_id": tenant,
            "id": new_id(),
            "name": "New",
            "person_key": b"x",
            "email_sealed": b"x",
            "email_index": b"x",
            "expires_at": datetime(2030, 1, 1, tzinfo=UTC),
            "invited_by": new_id(),
        },
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
        Resource.POSITION: {
            **made,
            "id": new_id(),
            "member_id": member,
            "position": "BOX_KEEPER",
            "starts_on": _A_DAY,
        },
        Resource.PERMISSION_OVERRIDE: {
            "tenant_id": tenant,
            "id": new_id(),
            # Not hers: nobody decides what she herself may do.
            "member_id": members[4],
            "capability": "VIEW_BALANCES",
            "effect": "GRANTED",
            "starts_at": datetime(2026, 1, 1, tzinfo=UTC),
            "ends_at": datetime(2100, 1, 1, tzinfo=UTC),
            "requested_by": new_id(),
        },
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
        Resource.MEETING_TEXT: {"tenant_id": tenant, "meeting_id": meeting, "notes": "New"},
        Resource.ATTENDANCE: {
            "tenant_id": tenant,
            "meeting_id": meeting,
            "member_id": member,
            "status": "PRESENT",
            "recorded_by": new_id(),
        },
        Resource.ATTENDANCE_WORDS: {
            "tenant_id": tenant,
            "meeting_id": meeting,
            "member_id": member,
            "excuse": "New",
        },
        Resource.VOTE: {
            "tenant_id": tenant,
            "id": new_id(),
            "meeting_id": meeting,
            "number": 99,
            "question": "New?",
            "kind": "YES_NO",
            "method": "HANDS",
            "options": ["YES", "NO"],
            "put_by": new_id(),
        },
        Resource.BALLOT: {
            "tenant_id": tenant,
            "vote_id": vote,
            "member_id": member,
            "option": 1,
            "recorded_by": new_id(),
        },
        Resource.CONTRIBUTION_WAIVER: {
            "tenant_id": tenant,
            "id": new_id(),
            "member_id": member,
            "kind": "SOCIAL_FUND",
            "counts_on": _A_DAY,
            "amount": Decimal(1),
            "currency": "KES",
            "reason": "New",
            "requested_by": new_id(),
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


async def _fine(connection: asyncpg.Connection, tenant: UUID, resource: Resource, member: UUID) -> dict[str, Any]:
    """What a fine of hers was for, of which nobody wrote anything yet; or which fine it was that she paid."""
    if resource is Resource.FINE:
        entry = await connection.fetchval(
            "SELECT e.id FROM ledger.entries e LEFT JOIN app.fines f ON f.tenant_id = e.tenant_id AND f.id = e.id"
            " WHERE e.tenant_id = $1 AND e.member_id = $2 AND e.kind = 'FINE_LEVIED' AND f.id IS NULL",
            tenant,
            member,
        )
        what = {"reason_code": "LATE", "reason_name": "Came late", "constitution_version": 1}
        return {"tenant_id": tenant, "id": entry, "member_id": member, **what}
    row = await connection.fetchrow(
        "SELECT id, fine_id FROM app.fine_settlements WHERE tenant_id = $1 AND member_id = $2", tenant, member
    )
    return {"tenant_id": tenant, "id": row["id"], "fine_id": row["fine_id"], "member_id": member}


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
