"""What every mutation has in common: its input, its payload, and errors that are exactly what its service declares."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from domain.access.platform import PLATFORM_REVISE_RAISES
from domain.access.sessions import SESSION_OPEN_RAISES, SESSION_REFRESH_RAISES, SESSION_REVOKE_RAISES
from domain.access.standing import STANDING_RAISES
from domain.access.users import USER_CREATE_RAISES
from domain.errors import DomainError
from domain.identifiers import NotAnId
from domain.lending.previewing import PREVIEW_RAISES
from domain.service import SERVICES, GroupNotFound, IdempotencyKeyReused
from graph.schema import schema
from tests.support.api import Api

RECORDS = {
    "sessionOpen": {"tokens": "Tokens"},
    "sessionRefresh": {"tokens": "Tokens"},
    "sessionRevoke": {"sessionId": "ID"},
    **{name: {"user": "User"} for name in ("userCreate", "userSuspend", "userReactivate")},
    "groupCreate": {"group": "Group"},
    **{
        name: {"group": "Group"}
        for name in (
            "groupRevise",
            "groupVerify",
            "groupSuspend",
            "groupReactivate",
            "groupDeactivate",
            "constitutionAmend",
        )
    },
    **{name: {"cycle": "Cycle"} for name in ("cycleStart", "cycleEnd")},
    **{name: {"joinCode": "String"} for name in ("joinCodeRenew", "joinCodeStop")},
    "joinRequest": {"joinRequest": "SentJoinRequest"},
    **{name: {"joinRequest": "JoinRequest"} for name in ("joinRequestApprove", "joinRequestReject")},
    **{name: {"invitation": "Invitation"} for name in ("invitationCreate", "invitationRevoke")},
    **{
        name: {"member": "Member"}
        for name in (
            "invitationAccept",
            "memberAdd",
            "memberRevise",
            "memberSuspend",
            "memberDeactivate",
            "memberReactivate",
            "memberLink",
            "memberClaim",
            "roleGrant",
            "roleEnd",
            "positionAssign",
        )
    },
    **{name: {"member": "Member", "entries": "[JournalEntry!]"} for name in ("memberLeave", "memberDeathRecord")},
    "positionEnd": {"position": "PositionHeld"},
    **{
        name: {"meeting": "Meeting"}
        for name in (
            "meetingPlan",
            "meetingRevise",
            "meetingOpen",
            "meetingClose",
            "meetingConfirm",
            "meetingReopen",
            "meetingCancel",
        )
    },
    "rollCallRecord": {"meeting": "Meeting", "items": "[RollItemOutcome!]"},
    **{name: {"vote": "Vote"} for name in ("voteOpen", "voteRecord", "ballotsRecord")},
    "rollCallFine": {"meeting": "Meeting", "fines": "[Fine!]"},
    "contributionsRecord": {"meeting": "Meeting", "items": "[ContributionItemOutcome!]"},
    **{
        name: {"contributionWaiver": "ContributionWaiver"}
        for name in ("contributionWaiverRequest", "contributionWaiverDecide")
    },
    "platformRevise": {"platform": "Platform"},
    **{
        f"permissionOverride{step}": {"permissionOverride": "PermissionOverride"}
        for step in ("Request", "Decide", "End")
    },
    **{
        name: {"guarantee": "LoanGuarantee"}
        for name in ("loanGuaranteePledge", "loanGuaranteeAccept", "loanGuaranteeRelease")
    },
    **{
        name: {"collateral": "LoanCollateral"}
        for name in ("loanCollateralAdd", "loanCollateralValue", "loanCollateralRelease")
    },
    **{name: {"product": "LoanProduct"} for name in ("loanProductAdd", "loanProductRevise", "loanProductRetire")},
    **{name: {"loan": "Loan"} for name in ("loanApply", "loanWithdraw", "loanAppraise", "loanApprove", "loanReject")},
    "loanDisburse": {"loan": "Loan", "entry": "JournalEntry"},
    **{
        name: {"loan": "Loan", "payment": "LoanPayment", "entry": "JournalEntry"}
        for name in ("loanRepay", "loanAdvanceUse", "loanAdvanceReturn", "loanWriteOff", "loanRecover")
    },
    "loanPaymentReverse": {"loan": "Loan", "entry": "JournalEntry"},
    **{name: {"loan": "Loan", "charge": "LoanCharge"} for name in ("loanChargeAdd", "loanChargeWaive")},
    "loanReschedule": {"loan": "Loan"},
    "fineLevy": {"entry": "JournalEntry", "fine": "Fine"},
    **{
        name: {"entry": "JournalEntry"}
        for name in (
            "withdrawalRecord",
            "finePay",
            "fineWaive",
            "socialFundGrant",
            "cashTransfer",
        )
    },
    **{
        name: {"entry": "JournalEntry", "draft": "EntryDraft"}
        for name in ("otherIncomeRecord", "otherExpenseRecord", "entryReverse")
    },
    **{
        name: {"draft": "EntryDraft"}
        for name in ("entryDraft", "adjustmentDraft", "openingBalancesDraft", "draftRevise", "draftDiscard")
    },
    "draftPost": {"draft": "EntryDraft", "entry": "JournalEntry"},
    **{name: {"hold": "Hold"} for name in ("holdPlace", "holdRelease")},
    **{name: {"account": "Account"} for name in ("accountAdd", "accountRename", "accountLimit", "accountClose")},
    "periodClose": {"book": "Book"},
    **{
        name: {"machineCredential": "MachineCredential", "secret": "String", "isSecretShownBefore": "Boolean"}
        for name in ("machineCredentialCreate", "machineCredentialRotate")
    },
    "machineCredentialRevoke": {"machineCredential": "MachineCredential"},
}
"""Every mutation, and what its payload has beside the errors."""

ELSEWHERE: dict[str, tuple[type[DomainError], ...]] = {
    "sessionOpen": SESSION_OPEN_RAISES,
    "sessionRefresh": SESSION_REFRESH_RAISES,
    "sessionRevoke": SESSION_REVOKE_RAISES,
    "userCreate": USER_CREATE_RAISES,
    "userSuspend": STANDING_RAISES,
    "userReactivate": STANDING_RAISES,
    "platformRevise": PLATFORM_REVISE_RAISES,
}
"""The reasons of what is done to no group, which no service declares."""

assert schema  # With it every service is declared.
DECLARED = {name: ELSEWHERE.get(name) or SERVICES[name].raises for name in RECORDS}
PREVIEW = "loanSchedulePreview"

WITHOUT_KEY = {"sessionOpen", "sessionRefresh", "sessionRevoke"}
WITHOUT_GROUP = WITHOUT_KEY | {
    "platformRevise",
    "userCreate",
    "userSuspend",
    "userReactivate",
    "groupCreate",
    "joinRequest",
}
CREATING = {
    "userCreate",
    "groupCreate",
    "cycleStart",
    "joinRequest",
    "invitationCreate",
    "memberAdd",
    "positionAssign",
    "meetingPlan",
    "meetingOpen",
    "contributionWaiverRequest",
    "permissionOverrideRequest",
    "voteOpen",
    "loanGuaranteePledge",
    "loanCollateralAdd",
    "accountAdd",
    "holdPlace",
    "loanProductAdd",
    "loanApply",
    "loanChargeAdd",
    "loanChargeWaive",
    *(name for name, record in RECORDS.items() if "entry" in record and name != "draftPost"),
    "entryDraft",
    "adjustmentDraft",
    "openingBalancesDraft",
}
CHANGING = {
    *("groupRevise", "groupVerify", "groupSuspend", "groupReactivate", "groupDeactivate", "constitutionAmend"),
    *("cycleEnd", "joinRequestApprove", "joinRequestReject", "invitationRevoke", "positionEnd"),
    *("memberRevise", "memberSuspend", "memberDeactivate", "memberReactivate", "memberLeave", "memberDeathRecord"),
    *("meetingRevise", "meetingClose", "meetingConfirm", "meetingReopen", "meetingCancel", "contributionWaiverDecide"),
    *("permissionOverrideDecide", "permissionOverrideEnd", "platformRevise"),
    *("voteRecord", "ballotsRecord"),
    *("loanGuaranteeAccept", "loanGuaranteeRelease", "loanCollateralValue", "loanCollateralRelease"),
    *("loanProductRevise", "loanProductRetire", "loanWithdraw", "loanAppraise", "loanApprove", "loanReject"),
    *("loanDisburse", "loanReschedule"),
    *("accountRename", "accountLimit", "accountClose", "draftRevise", "draftPost", "draftDiscard"),
}
"""What must say which version of a record it knows."""

TYPE = "name kind ofType { name kind ofType { name kind ofType { name kind ofType { name kind } } } }"
INTROSPECTION = f"""{{ __schema {{
    mutationType {{ fields {{ name args {{ name type {{ {TYPE} }} }} type {{ {TYPE} }} }} }}
    types {{
        name kind
        interfaces {{ name }}
        fields {{ name type {{ {TYPE} }} }}
        inputFields {{ name type {{ {TYPE} }} defaultValue }}
        enumValues {{ name }}
    }}
}} }}"""


def written(kind: dict[str, Any]) -> str:
    """A type as SDL writes it."""
    if kind["kind"] == "NON_NULL":
        return f"{written(kind['ofType'])}!"
    if kind["kind"] == "LIST":
        return f"[{written(kind['ofType'])}]"
    return kind["name"]  # type: ignore[no-any-return]


@pytest.fixture
async def types(api: Api) -> dict[str, dict[str, Any]]:
    """Every type by name, its members as SDL; the mutations themselves stand under the empty name."""
    schema = (await api.anonymous.query(INTROSPECTION))["__schema"]
    found = {}
    for each in schema["types"]:
        members = [*(each["fields"] or ()), *(each["inputFields"] or ())]
        found[each["name"]] = {
            "members": {member["name"]: written(member["type"]) for member in members},
            "interfaces": [interface["name"] for interface in each["interfaces"] or ()],
            "values": [value["name"] for value in each["enumValues"] or ()],
        }
    found[""] = {
        field["name"]: ({each["name"]: written(each["type"]) for each in field["args"]}, written(field["type"]))
        for field in schema["mutationType"]["fields"]
    }
    return found


def pascal(name: str) -> str:
    return name[0].upper() + name[1:]


async def test_every_mutation_takes_one_input_and_gives_one_payload(types: dict[str, Any]) -> None:
    assert types[""] == {name: ({"input": f"{pascal(name)}Input!"}, f"{pascal(name)}Payload!") for name in DECLARED}


async def test_a_payload_has_its_record_or_null_and_user_errors(types: dict[str, Any]) -> None:
    for name, records in {**RECORDS, PREVIEW: {"schedule": "LoanSchedule"}}.items():
        assert types[f"{pascal(name)}Payload"]["members"] == {
            **records,
            "userErrors": f"[{pascal(name)}UserError!]!",
        }


async def test_the_reasons_of_a_mutation_are_what_its_service_declares(types: dict[str, Any]) -> None:
    assert types[f"{pascal(PREVIEW)}ErrorReason"]["values"] == [error.reason for error in PREVIEW_RAISES]
    for name, raises in DECLARED.items():
        assert types[f"{pascal(name)}ErrorReason"]["values"] == [error.reason for error in raises]
        if name not in WITHOUT_GROUP | {"groupCreate"}:
            assert {NotAnId, IdempotencyKeyReused, GroupNotFound} <= set(raises)


async def test_a_user_error_carries_the_facts_of_every_reason_that_has_some(types: dict[str, Any]) -> None:
    kinds = {"str": "String", "int": "Int", "Decimal": "Decimal", "date": "Date", "UUID": "ID"}
    for name, raises in {**DECLARED, PREVIEW: PREVIEW_RAISES}.items():
        error = types[f"{pascal(name)}UserError"]
        assert error["interfaces"] == ["UserError"]
        facts = {
            field.name: kinds[str(field.type)]
            for each in raises
            for field in dataclasses.fields(each)
            if field.name != "path"
        }
        assert error["members"] == {
            **types["UserError"]["members"],
            "reason": f"{pascal(name)}ErrorReason!",
            **{camel(fact): kind for fact, kind in facts.items()},
        }
    assert types["UserError"]["members"] == {"message": "String!", "path": "[String!]!", "code": "String!"}


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


async def test_every_input_of_a_tenant_names_its_group_and_carries_a_key(types: dict[str, Any]) -> None:
    for name in DECLARED:
        members = types[f"{pascal(name)}Input"]["members"]
        assert members.get("idempotencyKey") == (None if name in WITHOUT_KEY else "UUID!")
        # Whose a machine credential is says one of two.
        whose = ("ID", "ID") if name.startswith("machineCredential") else ("ID!", None)
        assert (members.get("groupId"), members.get("partnerId")) == ((None, None) if name in WITHOUT_GROUP else whose)
        assert members.get("id") == ("ID" if name in CREATING else None)


async def test_a_change_of_a_record_says_which_version_it_knows(types: dict[str, Any]) -> None:
    versions = {name: types[f"{pascal(name)}Input"]["members"].get("expectedVersion") for name in DECLARED}
    assert {name for name, kind in versions.items() if kind == "Int!"} == CHANGING
    # A meeting that was planned is opened at the version known; one that was not, has none.
    assert {name for name, kind in versions.items() if kind == "Int"} == {"meetingOpen"}
    for record in (
        *("Group", "Cycle", "JoinRequest", "Invitation", "Member", "PositionHeld", "Meeting", "ContributionWaiver"),
        *("Account", "EntryDraft", "PermissionOverride", "LoanGuarantee", "LoanCollateral"),
    ):
        assert types[record]["members"]["version"] == "Int!"


CUSTOMS = {
    "ID": ("id", "ids", "Id", "Ids", "By"),
    "DateTime": ("At", "deviceTime"),
    "Date": ("On", "on", "closedThrough", "through"),
    "Boolean": ("is", "has", "can", "needs", "counts", "as"),
}
"""How names of each type end, or for booleans begin."""

IDS_OF_OTHERS = {
    *("AuditRecord.requestId", "PersonalDataRead.requestId"),
    *("Member.nationalId", "MemberAddInput.nationalId", "MemberReviseInput.nationalId"),
}
"""Ids that stand for no record: what the logs call a request, and what a state calls a person."""


async def test_names_follow_one_custom(types: dict[str, Any]) -> None:
    members = {
        f"{name}.{member}": (member, kind.strip("[]!"))
        for name, each in types.items()
        if name and not name.startswith("__")
        for member, kind in each["members"].items()
    }
    assert len(members) > 200
    for where, (member, kind) in members.items():
        fits = member.startswith if kind == "Boolean" else member.endswith
        assert kind not in CUSTOMS or fits(CUSTOMS[kind]), where
        assert kind == "ID" or where in IDS_OF_OTHERS or not (member in ("id", "ids") or member.endswith("Id")), where
        assert kind == "Int" or not member.endswith("Count"), where
        assert kind != "Float", where
    values = [value for each in types.values() if isinstance(each, dict) for value in each.get("values", ())]
    assert [value for value in values if value != value.upper()] == []


async def test_the_facts_behind_a_refusal_come_as_fields(api: Api) -> None:
    client = await api.someone()
    answer = await client.send(
        """mutation M($input: GroupCreateInput!) { groupCreate(input: $input) { group { id }
        userErrors { __typename ... on UserError { code path } reason maximum minimum character currency decimals }
        } }""",
        input={
            "idempotencyKey": "0197c0de-0000-7000-8000-000000000001",
            "name": "Tumaini",
            "kind": "VSLA",
            "currency": "UGX",
            "country": "UG",
            "timeZone": "Africa/Kampala",
            "sharePrice": "1000.5",
        },
    )
    assert answer.data["groupCreate"] == {
        "group": None,
        "userErrors": [
            {
                "__typename": "GroupCreateUserError",
                "code": "INVALID",
                "path": ["sharePrice"],
                "reason": "AMOUNT_TOO_PRECISE",
                "maximum": None,
                "minimum": None,
                "character": None,
                "currency": "UGX",
                "decimals": 0,
            }
        ],
    }
