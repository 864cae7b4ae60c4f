"""Reading members. A name the viewer may not see is null; what is sealed is opened here, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

from domain.contact import NotAPhoneNumber, PhoneNumber
from persistence.crypto.blind_index import BlindIndexPurpose, blind_indexes
from persistence.crypto.envelope import PersonCipher
from persistence.crypto.keyring import Keyring
from persistence.reads.accounts import AsOf
from persistence.reads.keys import Key, rows_by_key, rows_grouped
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = [
    "FOUND_MEMBERS",
    "MEMBERS",
    "MEMBER_COLUMNS",
    "MEMBER_SOURCE",
    "PrivateFacts",
    "load_claimable",
    "load_member_balances",
    "load_members",
    "load_positions",
    "load_positions_by_key",
    "load_private",
    "load_role_terms",
    "load_roles",
]

MEMBER_COLUMNS = """
'Member' AS node_type, m.tenant_id, m.id, m.number, m.status, m.sex, m.joined_on, m.left_on, m.version, n.name, n.photo,
coalesce(n.shown_to, '{}') AS shown_to
"""

MEMBER_SOURCE = "app.members m LEFT JOIN app.member_names n ON n.tenant_id = m.tenant_id AND n.member_id = m.id"

_BY_ID = f"SELECT {MEMBER_COLUMNS} FROM {MEMBER_SOURCE} WHERE m.tenant_id = ANY ($1) AND m.id = ANY ($2)"

_PRIVATE = """
SELECT tenant_id, member_id AS id, person_key, phone_sealed, email_sealed, national_id_sealed, birth_sealed,
       address_sealed, next_of_kin_sealed, shown_to
FROM app.member_private
WHERE tenant_id = ANY ($1) AND member_id = ANY ($2)
"""

_POSITIONS = """
SELECT tenant_id, member_id, id, position, starts_on, ends_on, version
FROM app.positions
WHERE tenant_id = ANY ($1) AND member_id = ANY ($2)
ORDER BY starts_on, position
"""

_POSITIONS_BY_ID = """
SELECT tenant_id, member_id, id, position, starts_on, ends_on, version
FROM app.positions
WHERE tenant_id = ANY ($1) AND id = ANY ($2)
"""

_CLAIMABLE = "SELECT tenant_id, member_id, group_name FROM app.claimable_members()"

_ROLES = """
SELECT tenant_id, member_id, role
FROM app.memberships
WHERE tenant_id = ANY ($1) AND member_id = ANY ($2) AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())
ORDER BY role
"""

# A role that was ended before it began never was.
_ROLE_TERMS = """
SELECT tenant_id, member_id, role, starts_at, ends_at
FROM app.memberships
WHERE tenant_id = ANY ($1) AND member_id = ANY ($2) AND (ends_at IS NULL OR ends_at > starts_at)
ORDER BY starts_at, role
"""

# What is owed to a member stands on the credit side, below zero in the book; she reads it as hers, above zero.
_BALANCES = """
SELECT m.tenant_id, m.id, g.currency,
       coalesce(sum(-b.balance) FILTER (WHERE a.code = '3100'), 0.0000)::text AS shares_value,
       coalesce(sum(-b.balance) FILTER (WHERE a.code = '2100'), 0.0000)::text AS savings,
       coalesce(sum(-b.balance) FILTER (WHERE a.code = '3200'), 0.0000)::text AS social_fund_paid,
       coalesce(sum(b.balance) FILTER (WHERE a.code = '3210'), 0.0000)::text AS social_fund_received,
       coalesce(sum(b.balance) FILTER (WHERE a.code = '1310'), 0.0000)::text AS fines_owed,
       coalesce(sum(b.shares), 0) AS shares
FROM app.members m
JOIN app.groups g ON g.tenant_id = m.tenant_id
LEFT JOIN {balances} b ON b.tenant_id = m.tenant_id AND b.member_id = m.id
LEFT JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id
WHERE m.tenant_id = ANY ($1) AND m.id = ANY ($2)
GROUP BY m.tenant_id, m.id, g.currency
"""

_SUMS = """(
    SELECT l.tenant_id, l.member_id, l.account_id, sum(l.amount) AS balance, sum(l.shares) AS shares
    FROM ledger.lines l
    WHERE l.tenant_id = ANY ($1) AND l.member_id = ANY ($2) AND {condition}
    GROUP BY l.tenant_id, l.member_id, l.account_id
)"""

_BALANCES_NOW = _BALANCES.format(balances="ledger.member_balances")
_BALANCES_ON_DATE = _BALANCES.format(balances=_SUMS.format(condition="l.effective_on <= $3"))
_BALANCES_AFTER_ENTRY = _BALANCES.format(balances=_SUMS.format(condition="l.entry_number <= $3"))

_LEAST_DIGITS_OF_PHONE = 8
_PHONE_TEXT = re.compile(r"\+?[\d ()./-]+")

_COUNTRIES = "SELECT DISTINCT country FROM app.groups LIMIT 20"


async def _search(snapshot: Snapshot, text: str) -> list[str]:
    """What `app.find_members` takes: the text and, where it is a phone number, the indexes it may be stored under."""
    digits = "".join(character for character in text if character.isdecimal())
    if not _PHONE_TEXT.fullmatch(text) or len(digits) < _LEAST_DIGITS_OF_PHONE:
        return [text]
    # Without a country code, it is one of the countries whose groups the viewer sees.
    regions: list[str | None] = [None]
    if not text.startswith("+"):
        regions = [row["country"] for row in await snapshot.fetch(_COUNTRIES)]
    numbers = set()
    for region in regions:
        with suppress(NotAPhoneNumber):
            numbers.add(PhoneNumber.parse(text, region).value)
    indexes = [
        index.hex()
        for number in sorted(numbers)
        for index in blind_indexes(snapshot.keyring, BlindIndexPurpose.PHONE, number)
    ]
    # A number that nobody has finds nobody.
    return [text, *(indexes or ["00"])]


# Whoever is found by a name has one that the viewer may see: the policy of names is asked beside the function.
_FOUND = """
JOIN app.find_members({value}, {tenants}) f
    ON f.tenant_id = m.tenant_id AND f.member_id = m.id AND (n.member_id IS NOT NULL OR NOT f.is_by_name)
"""

MEMBERS = Listing(
    select=MEMBER_COLUMNS,
    source=MEMBER_SOURCE,
    tenant="m.tenant_id",
    parent=None,
    orders={"NUMBER": Order((("m.number", "integer"), ("m.id", "uuid")))},
    filters={"status": ("m.status = {}", "text"), "search": ("", "text[]")},
    joins={"search": _FOUND},
    prepare={"search": _search},
)

FOUND_MEMBERS = Listing(
    select=MEMBER_COLUMNS,
    source=MEMBER_SOURCE,
    tenant="m.tenant_id",
    parent=None,
    orders={
        "BEST": Order(
            (("f.slips", "integer"), ("coalesce(n.name, '')", "text"), ("m.tenant_id", "uuid"), ("m.id", "uuid"))
        )
    },
    filters={"status": ("m.status = {}", "text"), "search": ("", "text[]")},
    is_rooted=True,
    joins={"search": _FOUND},
    prepare={"search": _search},
)


class PrivateFacts:
    """What few may know of one member, opened field by field.

    Attributes:
        shown_to: The partners to whom she opened it.
    """

    __slots__ = ("_cipher", "_keyring", "_row", "shown_to")

    def __init__(self, keyring: Keyring, row: asyncpg.Record | None) -> None:
        self._keyring = keyring
        self._row = row
        self._cipher: PersonCipher | None = None
        self.shown_to: Sequence[UUID] = () if row is None else row["shown_to"]

    def open(self, name: str) -> str | None:
        """The fact with this name; None where it is not known, or may not be seen."""
        if self._row is None or (sealed := self._row[f"{name}_sealed"]) is None:
            return None
        if self._cipher is None:
            self._cipher = PersonCipher(self._keyring, self._row["person_key"])
        return self._cipher.open(name, self._row["id"], sealed)


async def load_members(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The member of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_private(snapshot: Snapshot, keys: Sequence[Key]) -> list[PrivateFacts]:
    """What few may know of each member, with the partners to whom she opened it; nothing where it may not be seen."""
    return [PrivateFacts(snapshot.keyring, row) for row in await rows_by_key(snapshot, _PRIVATE, keys)]


async def load_positions(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """The positions that each member holds or held, the oldest first."""
    return await rows_grouped(snapshot, _POSITIONS, keys, "member_id")


async def load_positions_by_key(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The time in a position of each key."""
    return await rows_by_key(snapshot, _POSITIONS_BY_ID, keys)


async def load_claimable(snapshot: Snapshot, keys: Sequence[Any]) -> list[list[asyncpg.Record]]:
    """The members whom the viewer may claim to be; for every key the same, since there is one viewer."""
    # An administrator's session is nobody's who is in a register.
    rows = [] if snapshot.viewer.is_admin else await snapshot.fetch(_CLAIMABLE)
    return [rows for _ in keys]


async def load_roles(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[str]]:
    """The roles that each member holds now."""
    groups = await rows_grouped(snapshot, _ROLES, keys, "member_id")
    return [[row["role"] for row in rows] for rows in groups]


async def load_role_terms(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """The times that each member holds, held or will hold a role, the oldest first."""
    return await rows_grouped(snapshot, _ROLE_TERMS, keys, "member_id")


async def load_member_balances(snapshot: Snapshot, keys: Sequence[Key], as_of: AsOf) -> list[asyncpg.Record | None]:
    """What each member has and owes; zeros before the first entry. Ask for members only whose balances
    the viewer may see: of others the book shows nothing, and so zeros.
    """
    if as_of.on is not None:
        return await rows_by_key(snapshot, _BALANCES_ON_DATE, keys, as_of.on)
    if as_of.entry is not None:
        return await rows_by_key(snapshot, _BALANCES_AFTER_ENTRY, keys, as_of.entry)
    return await rows_by_key(snapshot, _BALANCES_NOW, keys)
