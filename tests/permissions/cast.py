"""Everybody who could look at a group, and groups to look at: a small database that the tests of permissions share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from domain.groups import CreateGroup, FineReasonWish, GroupKind, create_group
from domain.identifiers import new_id
from domain.members import AddMember, add_member
from domain.members.overrides import OverrideEffect, OverrideStatus
from domain.policy import CAPABILITIES, Capability, MachineScope, Role, Visibility
from persistence.crypto.envelope import PersonCipher, new_person_key
from persistence.database import DatabaseRole
from persistence.viewer import Principal
from tests.permissions.loans import lend_to_members
from tests.permissions.records import ask_for_overrides, call_roll, fine_members, hold_and_read, keep_books, live, vote
from tests.support.machines import Machine, make_machine, spoilt_machines
from tests.support.world import VERIFY_JOB, GroupOfPeople, Person, World, shares, social_fund

CONSENTS = ("TOTALS", "ROWS", "NAMES")
PARTNER_ROLES = (Role.PARTNER_VIEWER, Role.FIELD_OFFICER, Role.PARTNER_MANAGER)
STAFF_ROLES = (Role.LOAN_OFFICER, Role.TELLER, Role.MANAGER)

_UNSEEN = """
INSERT INTO access.credentials (user_id, password_hash) SELECT id, 'x' FROM app.users LIMIT 1;
INSERT INTO access.refresh_tokens (digest, session_id, ordinal) SELECT 'x', id, 1 FROM access.sessions LIMIT 1;
INSERT INTO app.trusted_documents (id, document) VALUES (encode(sha256('{ a }'), 'hex'), '{ a }');
INSERT INTO app.document_manifests (application, version, document_ids) VALUES ('x', '1', '{}');
INSERT INTO access.sign_in_failures (login_index, failed_count, last_failed_at) VALUES ('x', 1, now());
INSERT INTO access.rate_buckets (bucket, full_at) VALUES ('x', now());
"""
"""A row for each table that nobody reads, where no service has made one."""

_OPEN_KEYS = """
INSERT INTO app.member_keys (tenant_id, opened_to, key, member_id)
SELECT k.tenant_id, p, k.key, k.member_id FROM app.member_keys k, unnest($3::uuid[]) p
WHERE k.tenant_id = $1 AND k.member_id = $2 AND k.opened_to = '00000000-0000-0000-0000-000000000000'
"""

_TRAIL_OF_PARTNERS = """
INSERT INTO app.audit (tenant_id, occurred_at, id, roles, action, entity, entity_id, fields, before, after)
SELECT g.granter_id, now(), g.credential_id, '{}', 'CREATE', 'machine_credential', g.credential_id, '{}', '{}', '{}'
FROM access.machine_grants g JOIN app.tenants t ON t.id = g.granter_id AND t.kind = 'PARTNER'
WHERE g.tenant_id = g.granter_id
"""
"""What partners did leaves a trail of their own."""


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Somebody who looks.

    Attributes:
        name: What the tests call her.
        user_id: The user; None for a job, and for whoever has not signed in.
        principal: Through what she comes; None for whoever has not signed in.
        token: For a machine, what it sends.
    """

    name: str
    user_id: UUID | None
    principal: Principal | None
    token: str | None = None

    @property
    def is_client(self) -> bool:
        """Whether she can ask the API: jobs do not, and whoever has not signed in is asked about apart."""
        return self.user_id is not None or self.token is not None

    @property
    def role(self) -> DatabaseRole:
        """What her transactions run as."""
        return DatabaseRole.ANONYMOUS if self.principal is None else self.principal.role


@dataclass(frozen=True, slots=True)
class Cast:
    """The database, by name, with who is in it.

    Attributes:
        groups: By the visibility that their constitutions chose.
        bare: A tenant with a book, whose group is about to be recorded; its secretary is among the onlookers.
        onlookers: Everybody, by name.
        turned_away: Principals whom nobody may be let in with, by what is wrong with them.
    """

    database: str
    groups: Mapping[Visibility, GroupOfPeople]
    bare: UUID
    onlookers: Mapping[str, Onlooker]
    turned_away: Mapping[str, Principal]

    @property
    def tenants(self) -> tuple[UUID, ...]:
        """The groups, and the tenant that is about to become one."""
        return (*(group.id for group in self.groups.values()), self.bare)


class _Casting:
    """Puts people on the stage, one after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.onlookers: dict[str, Onlooker] = {}

    def enlist(self, name: str, person: Person, role: DatabaseRole | None = None) -> Person:
        principal = Principal(person.session_id, role or person.role)
        self.onlookers[name] = Onlooker(name, person.user_id, principal)
        return person

    async def hold(
        self,
        person: Person,
        tenant: UUID,
        role: Role,
        began: int = -9,
        ended: int | None = None,
        *,
        member: UUID | None = None,
    ) -> None:
        """Let her hold a role from so many days ago, or ahead, to so many, as a member if one is given."""
        await self.world.superuser.execute(
            "INSERT INTO app.memberships (id, user_id, tenant_id, role, starts_at, ends_at, member_id)"
            " VALUES ($1, $2, $3, $4, now() + $5, now() + $6, $7)",
            new_id(),
            person.user_id,
            tenant,
            role.value,
            timedelta(days=began),
            None if ended is None else timedelta(days=ended),
            member,
        )

    async def decide(
        self,
        tenant: UUID,
        member: UUID,
        capability: Capability,
        effect: OverrideEffect,
        *steps: OverrideStatus,
        began: int = -9,
        ended: int = 9,
    ) -> None:
        """Let somebody ask that a member may do something or may not, and others take the steps."""
        override = new_id()
        await self.world.superuser.execute(
            "INSERT INTO app.permission_overrides (tenant_id, id, member_id, capability, effect, starts_at, ends_at,"
            " requested_by) VALUES ($1, $2, $3, $4, $5, now() + $6, now() + $7, $2)",
            tenant,
            override,
            member,
            capability.value,
            effect.value,
            timedelta(days=began),
            timedelta(days=ended),
        )
        for step in steps:
            await self.world.superuser.execute(
                "UPDATE app.permission_overrides SET status = $3, decided_by = $1, ended_by = $1, decided_at = now(),"
                " ended_at = now() WHERE tenant_id = $1 AND id = $2",
                tenant,
                override,
                step.value,
            )

    async def give_phone(self, group: GroupOfPeople, index: int, member: UUID) -> None:
        """Seal a phone number for a member, so that a hidden one and a missing one are not the same."""
        key = await self.world.superuser.fetchval(
            "SELECT person_key FROM app.member_private WHERE tenant_id = $1 AND member_id = $2", group.id, member
        )
        await self.world.superuser.execute(
            "UPDATE app.member_private SET phone_sealed = $3 WHERE tenant_id = $1 AND member_id = $2",
            group.id,
            member,
            PersonCipher(self.world.keyring, key).seal("phone", member, f"+25470000000{index}"),
        )

    async def give_name(self, user: UUID) -> None:
        """Seal what a user is called."""
        key = new_person_key(self.world.keyring)
        await self.world.superuser.execute(
            "INSERT INTO access.user_private (user_id, person_key, name_sealed) VALUES ($1, $2, $3)",
            user,
            key,
            PersonCipher(self.world.keyring, key).seal("name", user, f"User {user}"),
        )

    def enlist_machine(self, name: str, machine: Machine, role: DatabaseRole = DatabaseRole.APP) -> None:
        principal = replace(machine.principal, role=role)
        self.onlookers[name] = Onlooker(name, None, principal, machine.token.text)

    async def partner(self) -> UUID:
        partner = new_id()
        await self.world.superuser.execute("SELECT app.create_partner($1, 'KES')", partner)
        return partner

    async def link(
        self,
        partner: UUID,
        group: GroupOfPeople,
        consent: str,
        *,
        owns: bool = False,
        began: int = -9,
        ended: int | None = None,
    ) -> None:
        await self.world.superuser.execute(
            "INSERT INTO app.partner_links (id, partner_id, group_id, consent, is_owner, starts_at, ends_at)"
            " VALUES ($1, $2, $3, $4, $5, now() + $6, now() + $7)",
            new_id(),
            partner,
            group.id,
            consent,
            owns,
            timedelta(days=began),
            None if ended is None else timedelta(days=ended),
        )

    async def show(self, group: GroupOfPeople, index: int, partners: list[UUID], *tables: str) -> None:
        """Let a member open her name, or what is private, to the partners."""
        for table in tables:
            await self.world.superuser.execute(
                f"UPDATE {table} SET shown_to = $3 WHERE tenant_id = $1 AND member_id = $2",
                group.id,
                group.members[index],
                partners,
            )
        if "app.member_names" in tables:
            # By what a name is found follows the name; here no trigger does it.
            await self.world.superuser.execute(_OPEN_KEYS, group.id, group.members[index], partners)


async def make_cast(world: World) -> Cast:
    """People the world's database, which is empty."""
    # The change log would have every record written by its service.
    await world.superuser.execute("SET session_replication_role = replica")
    casting = _Casting(world)
    groups = {visibility: await _group(casting, visibility) for visibility in Visibility}
    await _without_a_tie(casting)
    await _tied_to_groups(casting, groups)
    await _with_overrides(casting, groups[Visibility.OWN_ONLY])
    await _of_partners(casting, groups)
    bare = await _bare(casting)
    await _machines(casting, groups)
    turned_away = await _turned_away(casting, groups)
    for row in await world.superuser.fetch("SELECT id FROM app.users"):
        await casting.give_name(row["id"])
    await world.superuser.execute(_UNSEEN)
    return Cast(world.name, groups, bare, casting.onlookers, turned_away)


async def _group(casting: _Casting, visibility: Visibility) -> GroupOfPeople:
    """A group of five, with a closed meeting, an open one, contributions in both, and what else a book holds."""
    world = casting.world
    late = FineReasonWish(code="LATE", name="Came late", amount=Decimal(10))
    group = await world.group(visibility=visibility, fine_reasons=(late,), social_fund_amount=Decimal(20))
    for index, member in enumerate(group.members):
        await casting.give_phone(group, index, member)
    first = await world.meeting(group)
    await world.record(group, first, *(shares(member, 1 + n) for n, member in enumerate(group.members)))
    await world.close_meeting(group, first)
    second = await world.meeting(group, agenda="Who may borrow")
    await call_roll(world, group, second)
    await vote(world, group, second)
    await world.record(group, second, *(social_fund(member, "20") for member in group.members[2:]))
    await keep_books(world, group)
    await fine_members(world, group)
    await lend_to_members(world, group)
    await hold_and_read(world, group)
    await ask_for_overrides(world, group)
    await live(world, group)
    for officer in ("secretary", "chair", "treasurer", "plain"):
        casting.enlist(f"{officer} of {visibility}", getattr(group, officer))
    return group


async def _without_a_tie(casting: _Casting) -> None:
    casting.onlookers["anonymous"] = Onlooker("anonymous", None, None)
    casting.enlist("nobody", await casting.world.person())
    casting.enlist("admin", await casting.world.admin())
    casting.onlookers["verify job"] = Onlooker("verify job", None, Principal(VERIFY_JOB, DatabaseRole.WORKER))


async def _tied_to_groups(casting: _Casting, groups: Mapping[Visibility, GroupOfPeople]) -> None:
    world, own_only = casting.world, groups[Visibility.OWN_ONLY]
    for visibility, group in groups.items():
        casting.enlist(f"auditor of {visibility}", await world.auditor(group))
    casting.enlist("reading treasurer", own_only.treasurer, DatabaseRole.READONLY)
    casting.enlist("reading plain", groups[Visibility.TOTALS_ONLY].plain, DatabaseRole.READONLY)
    for name, began, ended in (("former", -9, -1), ("coming", 1, None)):
        for role in (Role.MEMBER, Role.SECRETARY, Role.AUDITOR):
            await casting.hold(casting.enlist(f"{name} {role}", await world.person()), own_only.id, role, began, ended)
    passing = casting.enlist("member for a while", await world.person())
    await casting.hold(passing, own_only.id, Role.MEMBER, -1, 1)
    several = casting.enlist("secretary here, member there", await world.person())
    await casting.hold(several, groups[Visibility.ALL].id, Role.SECRETARY)
    await casting.hold(several, groups[Visibility.ALL].id, Role.AUDITOR)
    await casting.hold(several, own_only.id, Role.MEMBER)
    await _forger(casting, own_only)


async def _with_overrides(casting: _Casting, group: GroupOfPeople) -> None:
    """Members who may do one thing each beside their role, officers who may not, and overrides that do not hold."""
    world, tenant = casting.world, group.id
    granted, taken, approved = OverrideEffect.GRANTED, OverrideEffect.TAKEN, OverrideStatus.APPROVED

    async def enlist(name: str, role: Role) -> UUID:
        member = new_id()
        await casting.hold(casting.enlist(name, await world.person()), tenant, role, member=member)
        return member

    for capability, rule in CAPABILITIES.items():
        trusted = await enlist(f"member with {capability}", Role.MEMBER)
        await casting.decide(tenant, trusted, capability, granted, approved)
        for role in sorted(rule.roles) if rule.is_takable else ():
            relieved = await enlist(f"{role} without {capability}", role)
            await casting.decide(tenant, relieved, capability, taken, approved)
    waiting = await enlist("member whose overrides do not hold", Role.MEMBER)
    for capability in CAPABILITIES:
        await casting.decide(tenant, waiting, capability, granted)
        await casting.decide(tenant, waiting, capability, granted, OverrideStatus.REFUSED)
        await casting.decide(tenant, waiting, capability, granted, approved, OverrideStatus.ENDED)
        await casting.decide(tenant, waiting, capability, granted, approved, began=1)
    former = await enlist("officer to whom everything was given back", Role.SECRETARY)
    await casting.decide(
        tenant, former, Capability.RECORD_CONTRIBUTIONS, taken, approved, OverrideStatus.ENDED, began=-9
    )


async def _forger(casting: _Casting, target: GroupOfPeople) -> None:
    """A plain member of a group who made one of her own, where she is a member under the id of another's there."""
    world = casting.world
    forger = casting.enlist("forger", await world.person())
    await casting.hold(forger, target.id, Role.MEMBER)
    wish = CreateGroup(
        idempotency_key=new_id(),
        name="Forgery",
        kind=GroupKind.VSLA,
        currency="KES",
        country="KE",
        time_zone="Africa/Nairobi",
        share_price=Decimal(200),
    )
    own = await world.succeed(forger, create_group, wish)
    for member, user in ((target.members[4], forger.user_id), (forger.user_id, None)):
        await world.succeed(
            forger,
            add_member,
            AddMember(group_id=own, idempotency_key=new_id(), id=member, name="Forged", user_id=user),
        )


async def _of_partners(casting: _Casting, groups: Mapping[Visibility, GroupOfPeople]) -> None:
    """Staff of partners with each consent, of the institution that owns the strictest group, and of both."""
    world, group = casting.world, groups[Visibility.OWN_ONLY]
    partners = []
    for consent in CONSENTS:
        partner = await casting.partner()
        partners.append(partner)
        await casting.link(partner, group, consent)
        for role in PARTNER_ROLES:
            await casting.hold(casting.enlist(f"{role} with {consent}", await world.person()), partner, role)
        for role in (Role.LOAN_OFFICER, Role.AUDITOR):
            await casting.hold(casting.enlist(f"{role} of one with {consent}", await world.person()), partner, role)
    await casting.link(partners[0], groups[Visibility.TOTALS_ONLY], "ROWS")
    institution = await casting.partner()
    await casting.link(institution, group, "TOTALS", owns=True)
    for role in (*STAFF_ROLES, Role.FIELD_OFFICER):
        await casting.hold(casting.enlist(f"{role} of the owner", await world.person()), institution, role)
    await casting.hold(
        casting.enlist("former loan officer", await world.person()), institution, Role.LOAN_OFFICER, -9, -1
    )
    left, coming = await casting.partner(), await casting.partner()
    await casting.link(left, group, "NAMES", ended=-1)
    await casting.link(coming, group, "NAMES", began=1)
    for name, partner in (("left", left), ("not yet reached", coming)):
        await casting.hold(
            casting.enlist(f"manager of a partner {name}", await world.person()), partner, Role.PARTNER_MANAGER
        )
    both = casting.enlist("officer of two partners", await world.person())
    await casting.hold(both, partners[2], Role.FIELD_OFFICER)
    await casting.hold(both, partners[0], Role.PARTNER_VIEWER)
    await casting.hold(both, groups[Visibility.TOTALS_ONLY].id, Role.MEMBER)
    await _machines_of_partners(casting, groups, [*partners, left])
    await world.superuser.execute(_TRAIL_OF_PARTNERS)
    # A group that members opened their names to is one whose own machines may read them.
    everybody = [*partners, institution, left, coming, group.id]
    await casting.show(group, 0, everybody, "app.member_names", "app.member_private")
    await casting.show(group, 1, everybody, "app.member_names")
    await casting.show(group, 2, everybody, "app.member_private")
    await casting.show(group, 3, [left], "app.member_names", "app.member_private")


async def _bare(casting: _Casting) -> UUID:
    """A tenant with officers and a book, in which nothing is recorded yet."""
    world, tenant = casting.world, new_id()
    await world.superuser.execute("INSERT INTO app.tenants (id, kind, visibility) VALUES ($1, 'GROUP', 'ALL')", tenant)
    await world.superuser.execute("INSERT INTO ledger.heads (tenant_id, base_currency) VALUES ($1, 'KES')", tenant)
    for role in (Role.SECRETARY, Role.CHAIR, Role.TREASURER, Role.MEMBER):
        await casting.hold(casting.enlist(f"{role} of the bare tenant", await world.person()), tenant, role)
    return tenant


async def _machines(casting: _Casting, groups: Mapping[Visibility, GroupOfPeople]) -> None:
    """A credential of each scope for the strictest group, whose members opened what they opened to it as well."""
    world, own_only = casting.world, groups[Visibility.OWN_ONLY]
    for scope in MachineScope:
        casting.enlist_machine(f"machine with {scope}", await make_machine(world, own_only.id, [scope]))
    every = await make_machine(world, groups[Visibility.ALL].id, list(MachineScope))
    casting.enlist_machine("machine with every scope", every)
    await world.superuser.execute(
        "INSERT INTO access.machine_uses (tenant_id, credential_id, used_at)"
        " SELECT granter_id, credential_id, now() FROM access.machine_grants WHERE tenant_id = granter_id"
    )
    reading = await make_machine(world, own_only.id, [MachineScope.READ_ROWS])
    casting.enlist_machine("reading machine", reading, DatabaseRole.READONLY)


async def _machines_of_partners(
    casting: _Casting, groups: Mapping[Visibility, GroupOfPeople], partners: list[UUID]
) -> None:
    """For partners with each consent, and for one that left: every reading scope in every group that it names."""
    world, own_only, totals = casting.world, groups[Visibility.OWN_ONLY].id, groups[Visibility.TOTALS_ONLY].id
    reading = [MachineScope.READ_TOTALS, MachineScope.READ_ROWS, MachineScope.READ_NAMES]
    for name, partner in zip((*CONSENTS, "nothing more"), partners, strict=True):
        machine = await make_machine(world, partner, reading, reaches=[own_only, totals])
        casting.enlist_machine(f"machine of a partner with {name}", machine)
    limited = await make_machine(world, partners[2], [MachineScope.READ_TOTALS], reaches=[own_only])
    casting.enlist_machine("totals alone of a partner with NAMES", limited)
    shut_out = await make_machine(world, partners[0], reading, reaches=[own_only, totals])
    casting.enlist_machine("machine that a group shut out", shut_out)
    await shut_out.revoke(world, totals)


async def _turned_away(casting: _Casting, groups: Mapping[Visibility, GroupOfPeople]) -> dict[str, Principal]:
    """Sessions of people who hold every role of a group, each spoilt in one way."""
    world, app = casting.world, DatabaseRole.APP
    group = groups[Visibility.ALL]

    async def officer(*, status: str = "ACTIVE", lives: timedelta = timedelta(days=1)) -> UUID:
        user = await world.make_user(status=status)
        session = await world.make_session(user, lives=lives)
        for role in (Role.SECRETARY, Role.AUDITOR):
            await casting.hold(Person(user, session), group.id, role)
        return session

    revoked = await officer()
    await world.superuser.execute("UPDATE access.sessions SET revoked_at = now() WHERE id = $1", revoked)
    disabled = new_id()
    await world.superuser.execute("INSERT INTO access.jobs (id, name, is_enabled) VALUES ($1, 'idle', false)", disabled)
    admin = casting.onlookers["admin"].principal
    assert admin is not None
    reading, spoilt = [MachineScope.READ_NAMES], await spoilt_machines(world, group.id)
    good = await make_machine(world, group.id, reading)
    return {
        **spoilt,
        "a machine as an administrator": replace(good.principal, role=DatabaseRole.ADMIN),
        "a machine as a job": replace(good.principal, role=DatabaseRole.WORKER),
        "a machine's id in place of a session's": Principal(good.id, app),
        "a machine with the digest of nothing": replace(good.principal, proof=b""),
        "an unknown session": Principal(new_id(), app),
        "a revoked session": Principal(revoked, app),
        "an expired session": Principal(await officer(lives=timedelta(seconds=-1)), app),
        "a suspended user": Principal(await officer(status="SUSPENDED"), app),
        "a pending user": Principal(await officer(status="PENDING"), app),
        "an inactive user": Principal(await officer(status="INACTIVE"), app),
        "a secretary as an administrator": Principal(group.secretary.session_id, DatabaseRole.ADMIN),
        "a secretary as a job": Principal(group.secretary.session_id, DatabaseRole.WORKER),
        "an administrator as a job": Principal(admin.id, DatabaseRole.WORKER),
        "a job as a user": Principal(VERIFY_JOB, app),
        "a job as a reader": Principal(VERIFY_JOB, DatabaseRole.READONLY),
        "a disabled job": Principal(disabled, DatabaseRole.WORKER),
        "a user's id in place of a session's": Principal(group.secretary.user_id, app),
    }
