"""Fields that show what not everybody may see who sees what they stand on say so; everything says what it is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from graphql import (
    DirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    TypeNode,
    TypeSystemDefinitionNode,
    parse,
)
from graphql.language import SchemaDefinitionNode

import domain
from domain.policy import RULES, Action, Resource, Term
from domain.service import Service
from graph.permissions import requirement, sentence
from graph.schema import schema
from persistence.stores import STORES
from tests.permissions.vocabulary import adds_nothing

DEFINITIONS = [each for each in parse(schema.as_str()).definitions if isinstance(each, TypeSystemDefinitionNode)]
OBJECTS = {each.name.value: each for each in DEFINITIONS if isinstance(each, ObjectTypeDefinitionNode)}

TYPES = {
    "Group": Resource.GROUP,
    "Constitution": Resource.CONSTITUTION,
    "LoanTerms": Resource.CONSTITUTION,
    "FineReason": Resource.CONSTITUTION,
    "ContributionType": Resource.CONSTITUTION,
    "GroupStatusStep": Resource.GROUP_STATUS,
    "Cycle": Resource.CYCLE,
    "JoinRequest": Resource.JOIN_REQUEST,
    "Invitation": Resource.INVITATION,
    "Member": Resource.MEMBER,
    "MemberBalances": Resource.MEMBER_BALANCE,
    "NextOfKinOfMember": Resource.MEMBER_PRIVATE,
    "PositionHeld": Resource.POSITION,
    "RoleTerm": Resource.MEMBERSHIP,
    "PermissionOverride": Resource.PERMISSION_OVERRIDE,
    "AuditRecord": Resource.AUDIT,
    "PersonalDataRead": Resource.PERSONAL_READ,
    "Meeting": Resource.MEETING,
    "MeetingTotal": Resource.MOVEMENT,
    "AttendanceTotals": Resource.ATTENDANCE,
    "Attendance": Resource.ATTENDANCE,
    "Fine": Resource.FINE,
    "Due": Resource.CONTRIBUTION_WAIVER,
    "MemberPerformance": Resource.CONTRIBUTION_WAIVER,
    "AttendancePerformance": Resource.CONTRIBUTION_WAIVER,
    "SavingPerformance": Resource.CONTRIBUTION_WAIVER,
    "FinePerformance": Resource.CONTRIBUTION_WAIVER,
    "DuePeriod": Resource.CONTRIBUTION_WAIVER,
    "ContributionWaiver": Resource.CONTRIBUTION_WAIVER,
    "LoanProduct": Resource.LOAN_PRODUCT,
    "LoanProductVersion": Resource.LOAN_PRODUCT_VERSION,
    "RepaymentTerms": Resource.LOAN_TERMS,
    "LoanChargeRule": Resource.LOAN_TERMS,
    "LoanPenaltyRule": Resource.LOAN_TERMS,
    "Loan": Resource.LOAN,
    "LoanStep": Resource.LOAN_STEP,
    "LoanPayment": Resource.LOAN_PAYMENT,
    "LoanCharge": Resource.LOAN_CHARGE,
    "LoanScheduleVersion": Resource.LOAN_SCHEDULE,
    "LoanAccount": Resource.LOAN_INSTALMENT,
    "LoanInstalmentAccount": Resource.LOAN_INSTALMENT,
    "LoanComponent": Resource.LOAN_INSTALMENT,
    "LoanSplit": Resource.LOAN_INSTALMENT,
    "LateLoan": Resource.LOAN,
    "LoanGuarantee": Resource.LOAN_GUARANTEE,
    "LoanCollateral": Resource.LOAN_COLLATERAL,
    # Sums of all loans, whoever may see the rows.
    **dict.fromkeys(
        ("GroupLoanPortfolio", "OfficerLoanPortfolio", "LoanPortfolio", "LoanAgeing"), Resource.ACCOUNT_BALANCE
    ),
    "CashCount": Resource.CASH_COUNT,
    **dict.fromkeys(("Vote", "VoteTally", "VoteOption"), Resource.VOTE),
    "Ballot": Resource.BALLOT,
    "MemberSettlement": Resource.MEMBER_BALANCE,
    "ArrearsTotal": Resource.MOVEMENT,
    **dict.fromkeys(("AttendanceSums", "MeetingRoll"), Resource.GROUP),
    "Contribution": Resource.CONTRIBUTION,
    "Account": Resource.ACCOUNT,
    "FundBalance": Resource.ACCOUNT_BALANCE,
    "PlaceBalance": Resource.ACCOUNT_BALANCE,
    "Book": Resource.BOOK,
    "BookVerification": Resource.BOOK,
    "BookFault": Resource.BOOK,
    "ClosingCodeCheck": Resource.BOOK,
    "BookClosing": Resource.CLOSING,
    "JournalEntry": Resource.ENTRY,
    "EntryLine": Resource.LINE,
    "Voucher": Resource.VOUCHER,
    "EntryDraft": Resource.DRAFT,
    "DraftLine": Resource.DRAFT,
    "Hold": Resource.HOLD,
    "User": Resource.USER,
    "Membership": Resource.MEMBERSHIP,
    "Session": Resource.SESSION,
    "MachineCredential": Resource.MACHINE_CREDENTIAL,
}
"""The resource of which an object of each type is a row."""

DOERS = (
    ("Attendance", "recordedByMember"),
    ("ContributionWaiver", "requestedByMember"),
    ("ContributionWaiver", "decidedByMember"),
    ("Fine", "recordedByMember"),
    ("BookClosing", "closedByMember"),
    ("EntryDraft", "draftedByMember"),
    ("EntryDraft", "decidedByMember"),
    ("JournalEntry", "recordedByMember"),
    ("Hold", "placedByMember"),
    ("Hold", "endedByMember"),
    ("Meeting", "openedByMember"),
    ("Meeting", "confirmedByMember"),
    ("Meeting", "closedByMember"),
    ("Contribution", "recordedByMember"),
    ("AuditRecord", "actorMember"),
    ("PersonalDataRead", "readerMember"),
)
"""The members behind the users whom a record names: who is which of them, the memberships say."""

COLUMNS = {
    ("Group", "visibility"): Resource.TENANT,
    ("Group", "memberCount"): Resource.MEMBER,
    ("Group", "meetingCount"): Resource.MEETING,
    ("Group", "joinCode"): Resource.JOIN_CODE,
    ("Invitation", "contact"): Resource.MEMBER_PRIVATE,
    ("Member", "name"): Resource.MEMBER_NAME,
    ("Member", "photo"): Resource.MEMBER_NAME,
    ("Member", "phone"): Resource.MEMBER_PRIVATE,
    ("Member", "email"): Resource.MEMBER_PRIVATE,
    ("Member", "nationalId"): Resource.MEMBER_PRIVATE,
    ("Member", "bornOn"): Resource.MEMBER_PRIVATE,
    ("Member", "birthYear"): Resource.MEMBER_PRIVATE,
    ("Member", "address"): Resource.MEMBER_PRIVATE,
    ("Member", "roles"): Resource.MEMBERSHIP,
    ("Meeting", "link"): Resource.MEETING_TEXT,
    ("Meeting", "agenda"): Resource.MEETING_TEXT,
    ("Meeting", "notes"): Resource.MEETING_TEXT,
    ("Meeting", "cancelReason"): Resource.MEETING_TEXT,
    ("Attendance", "excuse"): Resource.ATTENDANCE_WORDS,
    ("Attendance", "representativeName"): Resource.ATTENDANCE_WORDS,
    ("Attendance", "votesCast"): Resource.BALLOT,
    # Counts alone, for whoever sees the group.
    ("MeetingRoll", "totals"): Resource.GROUP,
    ("Fine", "reason"): Resource.VOUCHER,
    ("Loan", "description"): Resource.LOAN_WORDS,
    ("Loan", "outstanding"): Resource.LOAN_INSTALMENT,
    ("LoanStep", "words"): Resource.LOAN_WORDS,
    ("LoanCollateral", "description"): Resource.LOAN_COLLATERAL_WORDS,
    ("Account", "balance"): Resource.ACCOUNT_BALANCE,
    ("EntryLine", "accountBalanceAfter"): Resource.ACCOUNT_BALANCE,
    ("PlaceBalance", "available"): Resource.HOLD,
    ("User", "name"): Resource.USER_PRIVATE,
    ("User", "phone"): Resource.USER_PRIVATE,
    ("User", "email"): Resource.USER_PRIVATE,
    ("MachineCredential", "lastUsedOn"): Resource.MACHINE_USE,
    ("Member", "roleTerms"): Resource.MEMBERSHIP,
    **dict.fromkeys(DOERS, Resource.MEMBERSHIP),
    ("Query", "user"): Resource.USER,
    ("Query", "group"): Resource.GROUP,
    ("Query", "groups"): Resource.GROUP,
    ("Query", "members"): Resource.MEMBER,
    ("Subscription", "groupActivity"): Resource.GROUP,
    ("Query", "bookVerification"): Resource.BOOK,
    ("Query", "closingCodeCheck"): Resource.BOOK,
    ("Query", "journalEntry"): Resource.ENTRY,
    ("Query", "memberSettlement"): Resource.MEMBER_BALANCE,
}
"""Fields whose values belong to another resource than the object that they stand on."""

PLAIN = {
    "Query",
    "Mutation",
    "Subscription",
    "Platform",
    "GroupActivityEvent",
    "GroupChange",
    "Viewer",
    "Tokens",
    "Money",
    "FieldChange",
    "ClaimableMembership",
    "OwnTotals",
    "SentJoinRequest",
    "ReceivedInvitation",
    "LoanSchedule",
    "LoanInstalment",
    "PageInfo",
    "ContributionItemOutcome",
    "RollItemOutcome",
}
"""Types that are no rows: roots, values, and what belongs to whoever asks."""

WITHOUT = {
    ("Membership", "group"): "it is the viewer's own membership, and null where the tenant is a partner",
    ("Membership", "member"): "it is the viewer's own membership, and null where she is no member",
}
"""Fields that need no directive although their rule is narrower, with the reason."""

SERVICES = {
    service.name: service
    for module in pkgutil.walk_packages(domain.__path__, "domain.")
    for service in vars(importlib.import_module(module.name)).values()
    if isinstance(service, Service)
}
"""By name, which is the name of its mutation: every service of the domain."""
OWN = {"sessionOpen", "sessionRefresh", "sessionRevoke"}
"""Mutations that are about the asker's own session."""
OF_PLATFORM = {
    "userCreate": (Resource.USER, Action.CREATE),
    "userSuspend": (Resource.USER, Action.UPDATE),
    "userReactivate": (Resource.USER, Action.UPDATE),
    "platformRevise": (Resource.GROUP_STATUS, Action.CREATE),
}
"""Mutations that are about no group, with what they need."""


def named(kind: TypeNode) -> str:
    """The name of a type without lists, non-nulls and connections."""
    while not isinstance(kind, NamedTypeNode):
        kind = kind.type  # type: ignore[attr-defined]
    return kind.name.value.removesuffix("Connection").removesuffix("Edge")


def is_plain(name: str) -> bool:
    return name in PLAIN or name.endswith(("Payload", "UserError", "Connection", "Edge"))


def required(field: FieldDefinitionNode) -> list[str] | None:
    """The terms of the field's directive; None where it has none."""
    found: list[DirectiveNode] = [each for each in field.directives or () if each.name.value == "requires"]
    if not found:
        return None
    ((argument,),) = ([each for each in one.arguments or () if each.name.value == "anyOf"] for one in found)
    assert isinstance(argument.value, ListValueNode)
    return [each.value for each in argument.value.values if isinstance(each, StringValueNode)]


def shown_fields() -> Iterator[tuple[str, FieldDefinitionNode, Resource]]:
    """Each field of a row, with the resource to which its value belongs."""
    for name, resource in TYPES.items():
        for field in OBJECTS[name].fields:
            target = COLUMNS.get((name, field.name.value)) or TYPES.get(named(field.type), resource)
            yield name, field, target


def is_narrower(name: str, target: Resource) -> bool:
    """Whether somebody may read a row of the type, and not what the field shows."""
    parent = TYPES[name]
    of_members = STORES[parent].member is not None
    wanted = RULES[target, Action.READ].terms
    return not all(
        adds_nothing(term, wanted) or (term is Term.SELF and of_members and Term.MEMBER in wanted)
        for term in RULES[parent, Action.READ].terms - {Term.JOB}
    )


def test_every_type_of_the_schema_is_a_row_of_a_resource_or_none() -> None:
    assert {name for name in OBJECTS if not is_plain(name)} == set(TYPES)
    assert {name for name, _ in COLUMNS} <= set(OBJECTS)
    for name, field in COLUMNS:
        assert field in {each.name.value for each in OBJECTS[name].fields}, (name, field)


def test_every_field_that_fewer_may_read_than_its_row_says_who() -> None:
    narrower = set()
    for name, field, target in shown_fields():
        place = (name, field.name.value)
        if place in WITHOUT:
            assert required(field) is None, place
            continue
        if is_narrower(name, target):
            narrower.add(place)
            assert required(field) == requirement((target, Action.READ)).any_of, place
        elif required(field) is not None:
            assert required(field) == requirement((target, Action.READ)).any_of, place
    assert narrower == {
        ("Attendance", "recordedByMember"),
        ("AuditRecord", "actorMember"),
        ("BookClosing", "closedByMember"),
        ("Contribution", "recordedByMember"),
        ("Fine", "recordedByMember"),
        ("JournalEntry", "recordedByMember"),
        ("Loan", "collateral"),
        ("Meeting", "openedByMember"),
        ("Meeting", "confirmedByMember"),
        ("Meeting", "closedByMember"),
        ("Member", "roleTerms"),
        ("Group", "memberCount"),
        ("Group", "fundBalances"),
        ("Group", "openMeeting"),
        ("Group", "members"),
        ("Group", "meetings"),
        ("Group", "contributions"),
        ("Group", "machineCredentials"),
        ("Group", "auditLog"),
        ("Group", "personalDataReads"),
        ("Group", "entries"),
        ("Group", "drafts"),
        ("Group", "holds"),
        ("Account", "balance"),
        ("Account", "statement"),
        ("EntryLine", "accountBalanceAfter"),
        ("JournalEntry", "voucher"),
        ("Hold", "entry"),
        ("PlaceBalance", "available"),
        ("Member", "name"),
        ("Member", "phone"),
        ("Member", "photo"),
        ("Member", "email"),
        ("Member", "nationalId"),
        ("Member", "bornOn"),
        ("Member", "birthYear"),
        ("Member", "address"),
        ("Member", "nextOfKin"),
        ("Member", "personalDataReads"),
        ("Member", "roles"),
        ("Member", "balances"),
        ("Member", "statement"),
        ("Member", "contributions"),
        ("Meeting", "totals"),
        ("Meeting", "cashCounts"),
        ("Meeting", "entries"),
        ("Meeting", "contributions"),
        ("Attendance", "excuse"),
        ("Attendance", "representativeName"),
        ("Attendance", "votesCast"),
        ("Vote", "ballots"),
        ("Meeting", "votes"),
        ("Member", "ballots"),
        ("Group", "arrears"),
        ("Fine", "reason"),
        ("Group", "contributionWaivers"),
        ("Group", "permissionOverrides"),
        ("Group", "invitations"),
        ("Group", "joinCode"),
        ("Group", "joinRequests"),
        ("Group", "meetingCount"),
        ("Group", "statusSteps"),
        ("Invitation", "contact"),
        ("JoinRequest", "member"),
        ("Meeting", "agenda"),
        ("Meeting", "cancelReason"),
        ("Meeting", "fines"),
        ("Meeting", "link"),
        ("Meeting", "notes"),
        ("Member", "contributionWaivers"),
        ("Member", "permissionOverrides"),
        ("Member", "dues"),
        ("Member", "performance"),
        ("Member", "fines"),
        ("Group", "loans"),
        ("Loan", "account"),
        ("Loan", "charges"),
        ("Loan", "description"),
        ("Loan", "disbursement"),
        ("Loan", "hold"),
        ("Loan", "outstanding"),
        ("Loan", "payments"),
        ("Loan", "schedules"),
        ("Loan", "steps"),
        ("LoanStep", "words"),
        ("Member", "loans"),
        ("Group", "lateLoans"),
        ("Group", "loanCollateral"),
        ("Group", "loanGuarantees"),
        ("Group", "loanPortfolio"),
        ("LoanCollateral", "description"),
        ("Member", "guarantees"),
    }


def test_a_field_that_cannot_be_null_leads_where_whoever_sees_its_row_may_go() -> None:
    for name, field, target in shown_fields():
        if is_narrower(name, target) and (name, field.name.value) not in WITHOUT:
            is_list = named(field.type) in TYPES and "Connection" in str(field.type.to_dict())
            assert field.type.kind != "non_null_type" or is_list, (name, field.name.value)


def test_the_root_fields_say_who_may_use_them() -> None:
    for root, field in ((name, field) for name in ("Query", "Subscription") for field in OBJECTS[name].fields):
        target = COLUMNS.get((root, field.name.value))
        wanted = None if target is None else requirement((target, Action.READ)).any_of
        assert required(field) == wanted, field.name.value
    assert {field.name.value for field in OBJECTS["Mutation"].fields} == {*SERVICES, *OWN, *OF_PLATFORM}
    for field in OBJECTS["Mutation"].fields:
        name = field.name.value
        if name in OWN:
            assert required(field) is None
            continue
        needs = (OF_PLATFORM[name],) if name in OF_PLATFORM else SERVICES[name].needs
        posts = () if name in OF_PLATFORM else SERVICES[name].posts
        assert needs or posts
        assert required(field) == requirement(*needs, posts=posts).any_of
        assert required(field), name
        assert described(field).endswith(sentence(*needs, posts=posts))


def test_the_sentence_on_a_field_is_the_declaration_s() -> None:
    for definition in OBJECTS.values():
        for field in definition.fields:
            if definition.name.value == "Mutation" or (terms := required(field)) is None:
                continue
            place = (definition.name.value, field.name.value)
            target = COLUMNS.get(place) or TYPES[named(field.type)]
            assert described(field).endswith(sentence((target, Action.READ))), place
            assert terms == [term.name for term in Term if term in RULES[target, Action.READ].terms - {Term.JOB}]


def described(node: object) -> str:
    description = getattr(node, "description", None)
    return description.value.strip() if description is not None else ""


@pytest.mark.parametrize(
    "definition", DEFINITIONS, ids=lambda each: getattr(getattr(each, "name", None), "value", "schema")
)
def test_everything_has_a_description(definition: TypeSystemDefinitionNode) -> None:
    if isinstance(definition, SchemaDefinitionNode):
        return
    silent = [] if described(definition) else [definition.name.value]  # type: ignore[attr-defined]
    parts: list[object] = []
    if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        parts = [*definition.fields, *(argument for field in definition.fields for argument in field.arguments or ())]
    elif isinstance(definition, InputObjectTypeDefinitionNode):
        parts = list(definition.fields)
    elif isinstance(definition, EnumTypeDefinitionNode):
        parts = list(definition.values)
    silent += [part.name.value for part in parts if not described(part)]  # type: ignore[attr-defined]
    assert silent == []
