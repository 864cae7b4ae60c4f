"""Row-level security generated from the declaration of permissions.

The statements made here are frozen into a migration (`python -m persistence.policies` prints them); a test holds the
database's policies, privileges and entry kinds against a fresh generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.ledger.shapes import shape_texts
from domain.policy import ENTRY_KINDS, KINDS_TO_APPROVE, RULES, Action, Resource, Rule, Term
from domain.policy.terms import TENANT_TERMS

__all__ = ["STORES", "Dialect", "Store", "grant_statements", "policy_statements"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a policy calls its helper: once before the scan, or in a form that a distributed PostgreSQL accepts."""

    opening: str = "(SELECT "
    closing: str = ")"

    def call(self, function: str, kind: str = "uuid") -> str:
        """A call of a helper that returns an array of ids, or of another type."""
        # The cast does nothing but keep the parser from reading the sub-query as a set of rows.
        return f"{self.ask(function)}::{kind}[]"

    def ask(self, function: str) -> str:
        """A call of a helper that returns one value."""
        return f"({self.opening}{function}{self.closing})"


PLAIN = Dialect()
DISTRIBUTED = Dialect(opening="", closing="")


@dataclass(frozen=True, slots=True)
class Store:
    """The table behind a resource.

    Attributes:
        table: Schema and table.
        tenant: The column with the tenant's id; None for a table about users.
        member: The column with the member whom a row is about, where rows are about one.
        user: The column with the user whom a row is about, where rows are about one.
        writes: The commands that the application runs on the table itself; all else goes through functions.
        columns: The columns that may be read through a viewer, where it is not all of them.
        updatable: The columns that an update may touch.
        shown_to: Whether rows name the partners to whom the member opened them.
        named: The column with members whom a row names beside the one whom it is about.
    """

    table: str
    tenant: str | None = "tenant_id"
    member: str | None = None
    user: str | None = None
    writes: frozenset[Action] = frozenset()
    columns: tuple[str, ...] = ()
    updatable: tuple[str, ...] = ()
    shown_to: bool = False
    named: str | None = None


_CREATE = frozenset({Action.CREATE})
_CHANGE = frozenset({Action.CREATE, Action.UPDATE})
_CREATE_AND_UPDATE = frozenset({Action.CREATE, Action.UPDATE})

STORES: dict[Resource, Store] = {
    Resource.USER: Store("app.users", tenant=None, user="id"),
    Resource.USER_PRIVATE: Store("access.user_private", tenant=None, user="user_id"),
    Resource.SESSION: Store("access.sessions", tenant=None, user="user_id"),
    Resource.MACHINE_CREDENTIAL: Store("access.machine_grants"),
    Resource.MACHINE_USE: Store("access.machine_uses"),
    Resource.TENANT: Store("app.tenants", tenant="id"),
    Resource.MEMBERSHIP: Store("app.memberships", user="user_id"),
    Resource.PARTNER_LINK: Store("app.partner_links", tenant="group_id"),
    Resource.GROUP: Store(
        "app.groups",
        writes=frozenset({Action.CREATE, Action.UPDATE}),
        updatable=("name", "county", "district", "village", "version"),
    ),
    Resource.CONSTITUTION: Store("app.constitutions", writes=_CREATE),
    Resource.GROUP_STATUS: Store("app.group_statuses"),
    Resource.JOIN_CODE: Store("app.join_codes"),
    Resource.JOIN_REQUEST: Store(
        "app.join_requests",
        user="user_id",
        writes=frozenset({Action.UPDATE}),
        updatable=("status", "member_id", "decided_at", "decided_by", "version"),
    ),
    Resource.INVITATION: Store(
        "app.invitations",
        writes=frozenset({Action.CREATE, Action.UPDATE}),
        updatable=("status", "version"),
    ),
    Resource.CYCLE: Store(
        "app.cycles",
        writes=frozenset({Action.CREATE, Action.UPDATE}),
        updatable=("planned_end_on", "ended_on", "version"),
    ),
    Resource.MEMBER: Store(
        "app.members", writes=_CHANGE, updatable=("number", "status", "sex", "joined_on", "left_on", "version")
    ),
    Resource.MEMBER_NAME: Store("app.member_names", writes=_CHANGE, updatable=("name", "photo"), shown_to=True),
    Resource.MEMBER_PRIVATE: Store(
        "app.member_private",
        member="member_id",
        writes=_CHANGE,
        updatable=(
            "person_key",
            "phone_sealed",
            "email_sealed",
            "national_id_sealed",
            "birth_sealed",
            "address_sealed",
            "next_of_kin_sealed",
            "phone_index",
            "email_index",
            "national_id_index",
        ),
        shown_to=True,
    ),
    Resource.POSITION: Store("app.positions", writes=_CHANGE, updatable=("ends_on", "version")),
    Resource.PERMISSION_OVERRIDE: Store(
        "app.permission_overrides",
        writes=_CREATE_AND_UPDATE,
        updatable=("status", "ends_at", "decided_at", "decided_by", "ended_at", "ended_by", "version"),
    ),
    Resource.AUDIT: Store("app.audit"),
    Resource.PERSONAL_READ: Store("app.personal_reads", member="member_id"),
    Resource.MEETING: Store(
        "app.meetings",
        writes=frozenset({Action.CREATE, Action.UPDATE}),
        updatable=(
            "number",
            "status",
            "kind",
            "mode",
            "held_on",
            "venue",
            "starts_at",
            "ends_at",
            "facilitator_id",
            "opened_at",
            "opened_by",
            "opened_after",
            "confirmed_at",
            "confirmed_by",
            "closed_at",
            "closed_by",
            "device_time",
            "version",
        ),
    ),
    Resource.MEETING_TEXT: Store(
        "app.meeting_texts", writes=_CREATE_AND_UPDATE, updatable=("link", "agenda", "notes", "cancel_reason")
    ),
    Resource.CASH_COUNT: Store("app.cash_counts", writes=_CREATE),
    Resource.ATTENDANCE: Store(
        "app.attendances",
        member="member_id",
        writes=_CREATE_AND_UPDATE,
        updatable=("status", "arrived_at", "left_at", "representative_id", "device_time", "version"),
    ),
    Resource.ATTENDANCE_WORDS: Store(
        "app.attendance_words",
        member="member_id",
        writes=_CREATE_AND_UPDATE,
        updatable=("excuse", "representative"),
    ),
    Resource.VOTE: Store(
        "app.votes",
        writes=_CREATE_AND_UPDATE,
        updatable=("hands", "abstained", "counted_at", "counted_by", "version"),
    ),
    Resource.BALLOT: Store("app.ballots", member="member_id", writes=_CREATE_AND_UPDATE, updatable=("option",)),
    Resource.CONTRIBUTION: Store("app.contributions", member="member_id", writes=_CREATE),
    Resource.FINE: Store("app.fines", member="member_id", writes=_CREATE),
    Resource.FINE_SETTLEMENT: Store("app.fine_settlements", member="member_id", writes=_CREATE),
    Resource.CONTRIBUTION_WAIVER: Store(
        "app.contribution_waivers",
        member="member_id",
        writes=_CREATE_AND_UPDATE,
        updatable=("status", "decided_at", "decided_by", "version"),
    ),
    Resource.LOAN_TERMS: Store("app.loan_terms", writes=_CREATE),
    Resource.LOAN_PRODUCT: Store(
        "app.loan_products", writes=_CREATE_AND_UPDATE, updatable=("status", "newest", "version")
    ),
    Resource.LOAN_PRODUCT_VERSION: Store("app.loan_product_versions", writes=_CREATE),
    # Its steps move it, by a trigger that asks the same rule.
    Resource.LOAN: Store("app.loans", member="member_id", writes=_CREATE, named="guarantors"),
    Resource.LOAN_STEP: Store("app.loan_steps", member="member_id", writes=_CREATE),
    Resource.LOAN_WORDS: Store("app.loan_words", member="member_id", writes=_CREATE),
    Resource.LOAN_SCHEDULE: Store("app.loan_schedules", member="member_id", writes=_CREATE),
    Resource.LOAN_INSTALMENT: Store("app.loan_instalments", member="member_id", writes=_CREATE),
    Resource.LOAN_CHARGE: Store("app.loan_charges", member="member_id", writes=_CREATE),
    Resource.LOAN_PAYMENT: Store("app.loan_payments", member="member_id", writes=_CREATE),
    Resource.BOOK: Store("ledger.heads"),
    Resource.ACCOUNT: Store("ledger.accounts"),
    Resource.ACCOUNT_BALANCE: Store("ledger.account_balances"),
    Resource.MEMBER_BALANCE: Store("ledger.member_balances", member="member_id"),
    Resource.MOVEMENT: Store("ledger.movements"),
    Resource.ENTRY: Store("ledger.entries", member="member_id"),
    Resource.LINE: Store(
        "ledger.lines",
        member="member_id",
        # A member's own line may be read by her alone, but what it left on the account is a total.
        columns=(
            "tenant_id",
            "entry_number",
            "line_number",
            "account_id",
            "member_id",
            "kind",
            "effective_on",
            "currency",
            "amount",
            "base_amount",
            "shares",
            "member_balance_after",
        ),
    ),
    Resource.VOUCHER: Store("app.vouchers", member="member_id", writes=_CREATE),
    Resource.DRAFT: Store(
        "app.drafts",
        writes=frozenset({Action.CREATE, Action.UPDATE}),
        updatable=(
            "effective_on",
            "meeting_id",
            "member_id",
            "line_accounts",
            "line_members",
            "line_amounts",
            "line_shares",
            "description",
            "payee",
            "receipt",
            "status",
            "version",
        ),
    ),
    Resource.HOLD: Store("ledger.holds"),
    Resource.CLOSING: Store("ledger.closings"),
}

READERS = ("kibubu_app", "kibubu_readonly")
"""The roles that see rows through a viewer's terms."""

UNREADABLE = (
    "access.credentials",
    "access.sign_in_failures",
    "access.rate_buckets",
    "access.refresh_tokens",
    "access.machine_secrets",
    "access.jobs",
    "access.idempotency_keys",
    "app.idempotency_keys",
    "app.changes",
    "app.member_keys",
    "app.trusted_documents",
    "app.document_manifests",
)
"""Tables that only definer functions and the owner touch."""

REFERENCE = ("app.currencies", "app.platform", "app.rules", "ledger.entry_kinds")
"""Tables that everybody may read whole."""

_COMMANDS = {Action.READ: "SELECT", Action.CREATE: "INSERT", Action.UPDATE: "UPDATE"}


def _arm(term: Term, store: Store, dialect: Dialect) -> str | None:
    """The condition under which `term` lets a row through; None where another role stands for the term."""
    if term in (Term.ADMIN, Term.JOB):
        return None
    if term is Term.SELF:
        if store.user is not None:
            return f"{store.user} = {dialect.ask('app.own_user()')}"
        if store.member is None:
            raise AssertionError(f"{term} says nothing of rows of {store.table}")
        members = dialect.call("app.own_members()")
        tenants = dialect.call("app.tenants_as('member')")
        # Every group makes its members' ids, so that only the pair says who it is; the two lists are for the index.
        pair = f"{store.tenant}::text || {store.member}::text = ANY ({dialect.call('app.own_pairs()', 'text')})"
        return f"({store.tenant} = ANY ({tenants}) AND {store.member} = ANY ({members}) AND {pair})"
    if term is Term.NAMED:
        if store.named is None:
            raise AssertionError(f"rows of {store.table} name nobody")
        named = f"ARRAY(SELECT {store.tenant}::text || n::text FROM unnest({store.named}) n)"
        tenants = dialect.call("app.tenants_as('member')")
        return f"({store.tenant} = ANY ({tenants}) AND {named} && {dialect.call('app.own_pairs()', 'text')})"
    if term not in TENANT_TERMS or store.tenant is None:
        raise AssertionError(f"{term} says nothing of rows of {store.table}")
    helper = f"app.tenants_as('{term.value}')"
    listed = f"{store.tenant} = ANY ({dialect.call(helper)})"
    if term is Term.PARTNER_NAMES:
        if not store.shown_to:
            raise AssertionError(f"{store.table} does not say to whom its members opened it")
        return f"({listed} AND shown_to && {dialect.call('app.own_partners()')})"
    return listed


def _condition(rule: Rule, store: Store, dialect: Dialect) -> str | None:
    # The order of the vocabulary, so that a generation is the same each time.
    arms = [_arm(term, store, dialect) for term in Term if term in rule.terms]
    return " OR ".join(arm for arm in arms if arm is not None) or None


def _clauses(action: Action, condition: str) -> str:
    if action is Action.READ:
        return f"USING ({condition})"
    if action is Action.CREATE:
        return f"WITH CHECK ({condition})"
    return f"USING ({condition}) WITH CHECK ({condition})"


def policy_statements(dialect: Dialect = PLAIN) -> Iterator[str]:
    """The statements that put row-level security on every table, from nothing."""
    for table in [*(store.table for store in STORES.values()), *UNREADABLE, *REFERENCE]:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY owner_all ON {table} TO kibubu_owner USING (true) WITH CHECK (true)"
    for table in REFERENCE:
        yield f"CREATE POLICY everybody_read ON {table} FOR SELECT USING (true)"
    for (resource, action), rule in RULES.items():
        store = STORES[resource]
        if action is not Action.READ and action not in store.writes:
            continue
        command = _COMMANDS[action]
        condition = _condition(rule, store, dialect)
        roles = READERS if action is Action.READ else ("kibubu_app",)
        if condition is not None:
            clauses = _clauses(action, condition)
            yield f"CREATE POLICY viewer_{action} ON {store.table} FOR {command} TO {', '.join(roles)} {clauses}"
        for term, role in ((Term.ADMIN, "kibubu_admin"), (Term.JOB, "kibubu_worker")):
            if term in rule.terms:
                name = f"{term.value}_{action}"
                entered = dialect.ask(f"app.is_entered_as('{term.value}')")
                yield f"CREATE POLICY {name} ON {store.table} FOR {command} TO {role} {_clauses(action, entered)}"


def grant_statements() -> Iterator[str]:
    """The privileges on tables that go with the policies, and the right to each kind of entry."""
    for table in REFERENCE:
        yield f"GRANT SELECT ON {table} TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker"
    for (resource, action), rule in RULES.items():
        store = STORES[resource]
        if action is Action.READ:
            yield from _read_grants(store, [role for role, reads in _readers(rule) if reads])
        elif action in store.writes:
            columns = f" ({', '.join(store.updatable)})" if action is Action.UPDATE else ""
            yield f"GRANT {_COMMANDS[action]}{columns} ON {store.table} TO kibubu_app"
    for kind, terms in ENTRY_KINDS.items():
        needs = str(kind in KINDS_TO_APPROVE).lower()
        shapes = "ARRAY[" + ", ".join(f"'{shape}'" for shape in shape_texts(kind)) + "]"
        yield (
            "INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes)"
            f" VALUES ('{kind.value}', {_array(terms)}, {needs}, {shapes})"
        )
    for (resource, action), rule in RULES.items():
        values = f"('{resource.value}', '{action.value}', {_array(rule.terms)})"
        yield f"INSERT INTO app.rules (resource, action, terms) VALUES {values}"


def _array(terms: Iterable[Term]) -> str:
    """The terms as an array of SQL, in the order of the vocabulary."""
    return "ARRAY[" + ", ".join(f"'{term.value}'" for term in Term if term in terms) + "]"


def _read_grants(store: Store, roles: list[str]) -> Iterator[str]:
    limited = [role for role in roles if store.columns and role in READERS]
    if limited:
        yield f"GRANT SELECT ({', '.join(store.columns)}) ON {store.table} TO {', '.join(limited)}"
    # Whoever sees rows without a viewer's terms, to verify a book for one, sees them whole.
    whole = [role for role in roles if role not in limited]
    if whole:
        yield f"GRANT SELECT ON {store.table} TO {', '.join(whole)}"


def _readers(rule: Rule) -> tuple[tuple[str, bool], ...]:
    through_viewer = bool(rule.terms - {Term.ADMIN, Term.JOB})
    return (
        *((role, through_viewer) for role in READERS),
        ("kibubu_admin", Term.ADMIN in rule.terms),
        ("kibubu_worker", Term.JOB in rule.terms),
    )


if __name__ == "__main__":
    print(";\n\n".join([*policy_statements(), *grant_statements()]) + ";")  # noqa: T201 - its output is the migration
