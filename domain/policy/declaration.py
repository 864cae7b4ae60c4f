"""The table of rules: for each resource and action, who may.

A resource is what one table holds; columns that fewer people may see are a table, and so a resource, of their own.
Change a rule here, generate the policies anew for a migration, and the parity test says whether both floors agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.policy.terms import Term

__all__ = ["ENTRY_KINDS", "KINDS_TO_APPROVE", "LOAN_KINDS", "RULES", "Action", "EntryKind", "Resource", "Rule"]


class Resource(StrEnum):
    """What may be read or changed. The value is a stable name, shown to clients."""

    USER = "user"
    USER_PRIVATE = "user_private"
    SESSION = "session"
    MACHINE_CREDENTIAL = "machine_credential"
    MACHINE_USE = "machine_use"
    TENANT = "tenant"
    MEMBERSHIP = "membership"
    PARTNER_LINK = "partner_link"
    GROUP = "group"
    CONSTITUTION = "constitution"
    GROUP_STATUS = "group_status"
    CYCLE = "cycle"
    JOIN_CODE = "join_code"
    JOIN_REQUEST = "join_request"
    INVITATION = "invitation"
    MEMBER = "member"
    MEMBER_NAME = "member_name"
    MEMBER_PRIVATE = "member_private"
    POSITION = "position"
    PERMISSION_OVERRIDE = "permission_override"
    AUDIT = "audit"
    PERSONAL_READ = "personal_read"
    MEETING = "meeting"
    MEETING_TEXT = "meeting_text"
    CASH_COUNT = "cash_count"
    ATTENDANCE = "attendance"
    ATTENDANCE_WORDS = "attendance_words"
    VOTE = "vote"
    BALLOT = "ballot"
    CONTRIBUTION = "contribution"
    FINE = "fine"
    FINE_SETTLEMENT = "fine_settlement"
    CONTRIBUTION_WAIVER = "contribution_waiver"
    LOAN_TERMS = "loan_terms"
    LOAN_PRODUCT = "loan_product"
    LOAN_PRODUCT_VERSION = "loan_product_version"
    LOAN = "loan"
    LOAN_STEP = "loan_step"
    LOAN_WORDS = "loan_words"
    LOAN_SCHEDULE = "loan_schedule"
    LOAN_INSTALMENT = "loan_instalment"
    LOAN_CHARGE = "loan_charge"
    LOAN_PAYMENT = "loan_payment"
    LOAN_GUARANTEE = "loan_guarantee"
    LOAN_COLLATERAL = "loan_collateral"
    LOAN_COLLATERAL_WORDS = "loan_collateral_words"
    BOOK = "book"
    ACCOUNT = "account"
    ACCOUNT_BALANCE = "account_balance"
    MEMBER_BALANCE = "member_balance"
    MOVEMENT = "movement"
    ENTRY = "entry"
    LINE = "line"
    VOUCHER = "voucher"
    DRAFT = "draft"
    HOLD = "hold"
    CLOSING = "closing"


class Action(StrEnum):
    """What is done. The first three are the commands that a table knows; the others are business actions."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    CLAIM = "claim"


class EntryKind(StrEnum):
    """The business event behind a journal entry."""

    SHARE_PURCHASE = "SHARE_PURCHASE"
    SAVINGS_DEPOSIT = "SAVINGS_DEPOSIT"
    SOCIAL_FUND_CONTRIBUTION = "SOCIAL_FUND_CONTRIBUTION"
    OTHER_CONTRIBUTION = "OTHER_CONTRIBUTION"
    FINE_LEVIED = "FINE_LEVIED"
    FINE_PAID = "FINE_PAID"
    FINE_WAIVED = "FINE_WAIVED"
    WITHDRAWAL = "WITHDRAWAL"
    SHARES_REDEEMED = "SHARES_REDEEMED"
    SOCIAL_FUND_GRANT = "SOCIAL_FUND_GRANT"
    TRANSFER = "TRANSFER"
    CASH_DIFFERENCE = "CASH_DIFFERENCE"
    OTHER_INCOME = "OTHER_INCOME"
    OTHER_EXPENSE = "OTHER_EXPENSE"
    LOAN_DISBURSED = "LOAN_DISBURSED"
    LOAN_ACCRUED = "LOAN_ACCRUED"
    LOAN_REPAID = "LOAN_REPAID"
    LOAN_ADVANCE_USED = "LOAN_ADVANCE_USED"
    LOAN_ADVANCE_RETURNED = "LOAN_ADVANCE_RETURNED"
    LOAN_WRITTEN_OFF = "LOAN_WRITTEN_OFF"
    LOAN_RECOVERED = "LOAN_RECOVERED"
    LOAN_PROVISIONED = "LOAN_PROVISIONED"
    ADJUSTMENT = "ADJUSTMENT"
    MANUAL_ENTRY = "MANUAL_ENTRY"
    OPENING_BALANCES = "OPENING_BALANCES"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do one thing to one resource: whoever any of the terms describes."""

    resource: Resource
    action: Action
    terms: frozenset[Term]


_GROUP_FACTS = (Term.MEMBER, Term.PARTNER_TOTALS, Term.AUDITOR, Term.STAFF, Term.ADMIN, Term.JOB)
_REGISTER = (Term.MEMBER, Term.PARTNER_ROWS, Term.AUDITOR, Term.STAFF, Term.ADMIN, Term.JOB)
# What was written down of a meeting, in which people are named.
_AMONG_MEMBERS = (Term.MEMBER, Term.AUDITOR, Term.STAFF, Term.ADMIN)
_NAMES = (Term.MEMBER, Term.PARTNER_NAMES, Term.AUDITOR, Term.STAFF, Term.ADMIN)
_TOTALS = (
    Term.MEMBER_SEES_TOTALS,
    Term.OFFICER,
    Term.PARTNER_TOTALS,
    Term.AUDITOR,
    Term.STAFF,
    Term.ADMIN,
    Term.JOB,
)
# The reason for a difference is free text in which a member may be named, so partners do not see counts.
_COUNTS = tuple(term for term in _TOTALS if term is not Term.PARTNER_TOTALS)
# Among the viewers of balances are all officers.
_PER_MEMBER = (
    Term.SELF,
    Term.MEMBER_SEES_ALL,
    Term.BALANCE_VIEWER,
    Term.PARTNER_ROWS,
    Term.AUDITOR,
    Term.STAFF,
    Term.ADMIN,
    Term.JOB,
)
# Who was paid, and why, is free text in which people may be named.
_WORDS = (Term.SELF, Term.MEMBER_SEES_ALL, Term.OFFICER, Term.AUDITOR, Term.STAFF, Term.ADMIN, Term.JOB)
_UNDECIDED = (Term.OFFICER, Term.AUDITOR, Term.STAFF, Term.ADMIN, Term.JOB)
_REGISTRARS = (Term.SECRETARY, Term.CHAIR)
_RECORDERS = (Term.SECRETARY, Term.TREASURER)
_FORGIVERS = (Term.CHAIR, Term.TREASURER)
# Who lends: the group's officers, or the staff of the institution whose branch it is.
_LENDERS = (Term.CHAIR, Term.SECRETARY, Term.TREASURER, Term.STAFF)
_LENDING_RULERS = (*_REGISTRARS, Term.STAFF)
# Everybody may ask for a loan of her own, and withdraw that.
_APPLICANTS = (Term.SELF, *_LENDERS)
# What members pay in may be recorded by a program as well; nothing else.
_COLLECTORS = (Term.CONTRIBUTION_RECORDER, Term.MACHINE_RECORDER)
# Why a member was fined, or something taken back, is written by who records it.
_WRITERS = (Term.OFFICER, Term.CONTRIBUTION_RECORDER, Term.FINE_RECORDER)
# Whoever speaks for the group, or for the partner.
_GRANTERS = (Term.OFFICER, Term.PARTNER_MANAGER)
_OVERSEERS = (*_GRANTERS, Term.AUDITOR, Term.ADMIN)


def _rules() -> dict[tuple[Resource, Action], Rule]:
    table: dict[Resource, dict[Action, tuple[Term, ...]]] = {
        Resource.USER: {
            Action.READ: (Term.SELF, Term.ADMIN),
            Action.CREATE: (Term.ADMIN,),
            Action.UPDATE: (Term.ADMIN,),
        },
        Resource.USER_PRIVATE: {Action.READ: (Term.SELF, Term.ADMIN), Action.CREATE: (Term.ADMIN,)},
        Resource.SESSION: {Action.READ: (Term.SELF, Term.ADMIN)},
        Resource.MACHINE_CREDENTIAL: {
            Action.READ: _OVERSEERS,
            Action.CREATE: _GRANTERS,
            Action.UPDATE: _GRANTERS,
        },
        Resource.MACHINE_USE: {Action.READ: _OVERSEERS},
        Resource.TENANT: {Action.READ: _GROUP_FACTS, Action.CREATE: (Term.SIGNED_IN,)},
        Resource.MEMBERSHIP: {
            Action.READ: (Term.SELF, Term.MEMBER, Term.AUDITOR, Term.STAFF, Term.ADMIN),
            Action.CREATE: _REGISTRARS,
            Action.UPDATE: _REGISTRARS,
            # To be the member whom the group entered with one's own phone number or e-mail address.
            Action.CLAIM: (Term.SIGNED_IN,),
        },
        Resource.PARTNER_LINK: {Action.READ: (Term.MEMBER, Term.PARTNER_TOTALS, Term.AUDITOR, Term.STAFF, Term.ADMIN)},
        Resource.GROUP: {
            Action.READ: _GROUP_FACTS,
            Action.CREATE: (Term.SECRETARY,),
            Action.UPDATE: _REGISTRARS,
        },
        Resource.CONSTITUTION: {Action.READ: _GROUP_FACTS, Action.CREATE: _REGISTRARS},
        Resource.GROUP_STATUS: {
            Action.READ: (Term.OFFICER, Term.AUDITOR, Term.STAFF, Term.ADMIN),
            Action.CREATE: (Term.ADMIN,),
        },
        Resource.JOIN_CODE: {Action.READ: (Term.OFFICER, Term.ADMIN), Action.CREATE: _REGISTRARS},
        Resource.JOIN_REQUEST: {
            Action.READ: (Term.SELF, Term.OFFICER, Term.ADMIN),
            Action.CREATE: (Term.SIGNED_IN,),
            Action.UPDATE: _REGISTRARS,
        },
        Resource.INVITATION: {
            Action.READ: (Term.OFFICER, Term.ADMIN),
            Action.CREATE: _REGISTRARS,
            Action.UPDATE: _REGISTRARS,
        },
        Resource.CYCLE: {Action.READ: _GROUP_FACTS, Action.CREATE: _REGISTRARS, Action.UPDATE: _REGISTRARS},
        Resource.MEMBER: {Action.READ: _REGISTER, Action.CREATE: _REGISTRARS, Action.UPDATE: _REGISTRARS},
        Resource.MEMBER_NAME: {Action.READ: _NAMES, Action.CREATE: _REGISTRARS, Action.UPDATE: _REGISTRARS},
        Resource.MEMBER_PRIVATE: {
            Action.READ: (Term.SELF, Term.OFFICER, Term.PARTNER_NAMES, Term.STAFF),
            Action.CREATE: _REGISTRARS,
            Action.UPDATE: _REGISTRARS,
        },
        Resource.POSITION: {Action.READ: _REGISTER, Action.CREATE: _REGISTRARS, Action.UPDATE: _REGISTRARS},
        # Two officers decide; that neither is the member herself, the service and a trigger see to.
        Resource.PERMISSION_OVERRIDE: {
            Action.READ: _AMONG_MEMBERS,
            Action.CREATE: (Term.OFFICER,),
            Action.UPDATE: (Term.OFFICER,),
        },
        Resource.AUDIT: {Action.READ: _OVERSEERS},
        Resource.PERSONAL_READ: {Action.READ: (Term.SELF, Term.OFFICER, Term.ADMIN)},
        Resource.MEETING: {
            Action.READ: _REGISTER,
            Action.CREATE: _REGISTRARS,
            # Any officer may be the second one, who confirms; all else that changes a meeting needs more than this.
            Action.UPDATE: (*_REGISTRARS, Term.TREASURER),
        },
        Resource.MEETING_TEXT: {Action.READ: _AMONG_MEMBERS, Action.CREATE: _REGISTRARS, Action.UPDATE: _REGISTRARS},
        Resource.CASH_COUNT: {Action.READ: _COUNTS, Action.CREATE: _REGISTRARS},
        Resource.ATTENDANCE: {
            Action.READ: _REGISTER,
            Action.CREATE: (Term.ROLL_RECORDER,),
            Action.UPDATE: (Term.ROLL_RECORDER,),
        },
        Resource.ATTENDANCE_WORDS: {
            Action.READ: (*_WORDS, Term.ROLL_RECORDER),
            Action.CREATE: (Term.ROLL_RECORDER,),
            Action.UPDATE: (Term.ROLL_RECORDER,),
        },
        # What is asked names people now and then; how each member voted is hers, and the officers' who wrote it down.
        Resource.VOTE: {Action.READ: _AMONG_MEMBERS, Action.CREATE: (Term.OFFICER,), Action.UPDATE: (Term.OFFICER,)},
        Resource.BALLOT: {Action.READ: _WORDS, Action.CREATE: (Term.OFFICER,), Action.UPDATE: (Term.OFFICER,)},
        Resource.CONTRIBUTION: {Action.READ: _PER_MEMBER, Action.CREATE: _COLLECTORS},
        Resource.FINE: {Action.READ: _PER_MEMBER, Action.CREATE: (Term.FINE_RECORDER,)},
        Resource.FINE_SETTLEMENT: {Action.READ: _PER_MEMBER, Action.CREATE: (Term.OFFICER, Term.FINE_RECORDER)},
        # Why a member is let off is free text.
        Resource.CONTRIBUTION_WAIVER: {
            Action.READ: _WORDS,
            Action.CREATE: (Term.OFFICER,),
            Action.UPDATE: _FORGIVERS,
        },
        # Terms say nothing of whose they are, and mean nothing until a product or a loan names them.
        Resource.LOAN_TERMS: {Action.READ: _GROUP_FACTS, Action.CREATE: (Term.MEMBER, Term.STAFF)},
        Resource.LOAN_PRODUCT: {
            Action.READ: _GROUP_FACTS,
            Action.CREATE: _LENDING_RULERS,
            Action.UPDATE: _LENDING_RULERS,
        },
        Resource.LOAN_PRODUCT_VERSION: {Action.READ: _GROUP_FACTS, Action.CREATE: _LENDING_RULERS},
        Resource.LOAN: {
            Action.READ: (*_PER_MEMBER, Term.NAMED),
            Action.CREATE: _APPLICANTS,
            # To decide on it, and all that follows.
            Action.UPDATE: _LENDERS,
        },
        Resource.LOAN_STEP: {Action.READ: _PER_MEMBER, Action.CREATE: _APPLICANTS},
        # What for and why is free text.
        Resource.LOAN_WORDS: {Action.READ: _WORDS, Action.CREATE: _APPLICANTS},
        Resource.LOAN_SCHEDULE: {Action.READ: _PER_MEMBER, Action.CREATE: _LENDERS},
        Resource.LOAN_INSTALMENT: {Action.READ: _PER_MEMBER, Action.CREATE: _LENDERS},
        Resource.LOAN_CHARGE: {Action.READ: _PER_MEMBER, Action.CREATE: _LENDERS},
        Resource.LOAN_PAYMENT: {Action.READ: _PER_MEMBER, Action.CREATE: _LENDERS},
        # Whoever stands surety, and for whom. What a guarantor accepted she does not give up by herself.
        Resource.LOAN_GUARANTEE: {
            Action.READ: (*_PER_MEMBER, Term.NAMED),
            Action.CREATE: _APPLICANTS,
            Action.UPDATE: _APPLICANTS,
        },
        Resource.LOAN_COLLATERAL: {Action.READ: _PER_MEMBER, Action.CREATE: _LENDERS, Action.UPDATE: _LENDERS},
        Resource.LOAN_COLLATERAL_WORDS: {Action.READ: _WORDS, Action.CREATE: _LENDERS},
        Resource.BOOK: {Action.READ: _GROUP_FACTS, Action.UPDATE: (Term.CHAIR, Term.TREASURER)},
        Resource.ACCOUNT: {Action.READ: _GROUP_FACTS, Action.CREATE: _RECORDERS, Action.UPDATE: _RECORDERS},
        Resource.ACCOUNT_BALANCE: {Action.READ: _TOTALS},
        Resource.MEMBER_BALANCE: {Action.READ: _PER_MEMBER},
        Resource.MOVEMENT: {Action.READ: _TOTALS},
        Resource.ENTRY: {Action.READ: _PER_MEMBER},
        Resource.LINE: {Action.READ: _PER_MEMBER},
        Resource.VOUCHER: {Action.READ: _WORDS, Action.CREATE: _WRITERS},
        Resource.DRAFT: {Action.READ: _UNDECIDED, Action.CREATE: (Term.OFFICER,), Action.UPDATE: (Term.OFFICER,)},
        Resource.HOLD: {Action.READ: _COUNTS, Action.CREATE: _RECORDERS, Action.UPDATE: _RECORDERS},
        Resource.CLOSING: {Action.READ: _GROUP_FACTS},
    }
    return {
        (resource, action): Rule(resource, action, frozenset(terms))
        for resource, actions in table.items()
        for action, terms in actions.items()
    }


RULES = _rules()
"""Every rule; what is not in the table nobody may do."""

ENTRY_KINDS: dict[EntryKind, frozenset[Term]] = {
    EntryKind.SHARE_PURCHASE: frozenset(_COLLECTORS),
    EntryKind.SAVINGS_DEPOSIT: frozenset(_COLLECTORS),
    EntryKind.SOCIAL_FUND_CONTRIBUTION: frozenset(_COLLECTORS),
    EntryKind.OTHER_CONTRIBUTION: frozenset(_COLLECTORS),
    EntryKind.FINE_LEVIED: frozenset({Term.FINE_RECORDER}),
    EntryKind.FINE_PAID: frozenset({Term.FINE_RECORDER}),
    EntryKind.FINE_WAIVED: frozenset(_FORGIVERS),
    EntryKind.WITHDRAWAL: frozenset(_RECORDERS),
    EntryKind.SHARES_REDEEMED: frozenset(_RECORDERS),
    EntryKind.SOCIAL_FUND_GRANT: frozenset(_RECORDERS),
    EntryKind.TRANSFER: frozenset(_RECORDERS),
    EntryKind.CASH_DIFFERENCE: frozenset({Term.OFFICER}),
    EntryKind.OTHER_INCOME: frozenset(_RECORDERS),
    EntryKind.OTHER_EXPENSE: frozenset(_RECORDERS),
    EntryKind.LOAN_DISBURSED: frozenset(_RECORDERS),
    # What becomes owed by the calendar is posted with whatever else is done, or by the job of the day.
    EntryKind.LOAN_ACCRUED: frozenset((Term.OFFICER, Term.JOB)),
    EntryKind.LOAN_REPAID: frozenset(_RECORDERS),
    EntryKind.LOAN_ADVANCE_USED: frozenset((*_RECORDERS, Term.JOB)),
    EntryKind.LOAN_ADVANCE_RETURNED: frozenset(_RECORDERS),
    EntryKind.LOAN_WRITTEN_OFF: frozenset(_FORGIVERS),
    EntryKind.LOAN_RECOVERED: frozenset(_RECORDERS),
    EntryKind.LOAN_PROVISIONED: frozenset((*_FORGIVERS, Term.JOB)),
    EntryKind.ADJUSTMENT: frozenset({Term.OFFICER}),
    EntryKind.MANUAL_ENTRY: frozenset({Term.OFFICER}),
    EntryKind.OPENING_BALANCES: frozenset({Term.OFFICER}),
}
"""Who may post each kind of entry, or reverse one; the posting function checks the same table in the database."""

LOAN_KINDS = frozenset(
    {
        EntryKind.LOAN_DISBURSED,
        EntryKind.LOAN_ACCRUED,
        EntryKind.LOAN_REPAID,
        EntryKind.LOAN_ADVANCE_USED,
        EntryKind.LOAN_ADVANCE_RETURNED,
        EntryKind.LOAN_WRITTEN_OFF,
        EntryKind.LOAN_RECOVERED,
        EntryKind.LOAN_PROVISIONED,
    }
)
"""The kinds that stand beside rows of a loan, and so are posted and taken back by the services of lending alone."""

KINDS_TO_APPROVE = frozenset({EntryKind.ADJUSTMENT, EntryKind.MANUAL_ENTRY, EntryKind.OPENING_BALANCES})
"""The kinds that one officer drafts and another posts. Any other kind may be drafted too, and then is posted so."""
