"""Where the rows of each resource are kept, and which of their columns say whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from domain.policy import Action, Resource

__all__ = ["READERS", "REFERENCE", "STORES", "UNREADABLE", "Store"]


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
    Resource.LOAN_GUARANTEE: Store(
        "app.loan_guarantees",
        member="member_id",
        writes=_CREATE_AND_UPDATE,
        updatable=("status", "version"),
        named="ARRAY[borrower_id]",
    ),
    Resource.LOAN_COLLATERAL: Store(
        "app.loan_collateral",
        member="member_id",
        writes=_CREATE_AND_UPDATE,
        updatable=("value", "valued_on", "status", "version"),
    ),
    Resource.LOAN_COLLATERAL_WORDS: Store("app.loan_collateral_words", member="member_id", writes=_CREATE),
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
