"""What every mutation has in common: its input, its payload, and errors that are exactly what its service declares."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from domain.access.machines import grant_machine, revoke_machine, rotate_machine
from domain.access.sessions import SESSION_OPEN_RAISES, SESSION_REFRESH_RAISES, SESSION_REVOKE_RAISES
from domain.access.users import USER_CREATE_RAISES
from domain.errors import DomainError
from domain.groups import create_group
from domain.identifiers import NotAnId
from domain.ledger.adjusting import draft_adjustment
from domain.ledger.cash import record_expense, record_income, transfer_cash
from domain.ledger.charting import account_add, account_close, account_limit, account_rename
from domain.ledger.deciding import draft_discard, draft_post, draft_revise
from domain.ledger.holds import hold_place, hold_release
from domain.ledger.manual import draft_entry
from domain.ledger.opening import draft_opening_balances
from domain.ledger.periods import period_close
from domain.ledger.reversing import reverse_entry
from domain.meetings import close_meeting, open_meeting
from domain.members import add_member
from domain.savings import (
    grant_from_social_fund,
    levy_fine,
    pay_fine,
    record_contributions,
    record_withdrawal,
    waive_fine,
)
from domain.service import GroupNotFound, IdempotencyKeyReused
from tests.support.api import Api

DECLARED: dict[str, tuple[type[DomainError], ...]] = {
    "sessionOpen": SESSION_OPEN_RAISES,
    "sessionRefresh": SESSION_REFRESH_RAISES,
    "sessionRevoke": SESSION_REVOKE_RAISES,
    "userCreate": USER_CREATE_RAISES,
    **{
        service.name: service.raises
        for service in (
            create_group,
            add_member,
            open_meeting,
            close_meeting,
            record_contributions,
            record_withdrawal,
            levy_fine,
            pay_fine,
            waive_fine,
            grant_from_social_fund,
            transfer_cash,
            record_income,
            record_expense,
            reverse_entry,
            draft_entry,
            draft_adjustment,
            draft_opening_balances,
            draft_revise,
            draft_post,
            draft_discard,
            hold_place,
            hold_release,
            account_add,
            account_rename,
            account_limit,
            account_close,
            period_close,
            grant_machine,
            rotate_machine,
            revoke_machine,
        )
    },
}

RECORDS = {
    "sessionOpen": {"tokens": "Tokens"},
    "sessionRefresh": {"tokens": "Tokens"},
    "sessionRevoke": {"sessionId": "ID"},
    "userCreate": {"user": "User"},
    "groupCreate": {"group": "Group"},
    "memberAdd": {"member": "Member"},
    "meetingOpen": {"meeting": "Meeting"},
    "meetingClose": {"meeting": "Meeting"},
    "contributionsRecord": {"meeting": "Meeting", "items": "[ContributionItemOutcome!]"},
    **{
        name: {"entry": "JournalEntry"}
        for name in (
            "withdrawalRecord",
            "fineLevy",
            "finePay",
            "fineWaive",
            "socialFundGrant",
            "cashTransfer",
            "entryReverse",
        )
    },
    **{name: {"entry": "JournalEntry", "draft": "EntryDraft"} for name in ("otherIncomeRecord", "otherExpenseRecord")},
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

WITHOUT_KEY = {"sessionOpen", "sessionRefresh", "sessionRevoke"}
WITHOUT_GROUP = WITHOUT_KEY | {"userCreate", "groupCreate"}
CREATING = {
    "userCreate",
    "groupCreate",
    "memberAdd",
    "meetingOpen",
    "accountAdd",
    "holdPlace",
    *(name for name, record in RECORDS.items() if "entry" in record and name != "draftPost"),
    "entryDraft",
    "adjustmentDraft",
    "openingBalancesDraft",
}

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
    for name, records in RECORDS.items():
        assert types[f"{pascal(name)}Payload"]["members"] == {
            **records,
            "userErrors": f"[{pascal(name)}UserError!]!",
        }


async def test_the_reasons_of_a_mutation_are_what_its_service_declares(types: dict[str, Any]) -> None:
    for name, raises in DECLARED.items():
        assert types[f"{pascal(name)}ErrorReason"]["values"] == [error.reason for error in raises]
        if name not in WITHOUT_GROUP | {"groupCreate"}:
            assert {NotAnId, IdempotencyKeyReused, GroupNotFound} <= set(raises)


async def test_a_user_error_carries_the_facts_of_every_reason_that_has_some(types: dict[str, Any]) -> None:
    kinds = {"str": "String", "int": "Int", "Decimal": "Decimal", "date": "Date"}
    for name, raises in DECLARED.items():
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
        assert members.get("groupId") == (None if name in WITHOUT_GROUP else "ID!")
        assert members.get("id") == ("ID" if name in CREATING else None)


async def test_a_change_of_a_record_says_which_version_it_knows(types: dict[str, Any]) -> None:
    assert types["MeetingCloseInput"]["members"]["expectedVersion"] == "Int!"
    changes = ("accountRename", "accountLimit", "accountClose", "draftRevise", "draftPost", "draftDiscard")
    for name in changes:
        assert types[f"{pascal(name)}Input"]["members"]["expectedVersion"] == "Int!"
    for record in ("Group", "Member", "Meeting", "Account", "EntryDraft"):
        assert types[record]["members"]["version"] == "Int!"


CUSTOMS = {
    "ID": ("id", "ids", "Id", "By"),
    "DateTime": ("At", "deviceTime"),
    "Date": ("On", "on", "closedThrough", "through"),
    "Boolean": ("is", "has", "can", "needs", "counts", "as"),
}
"""How names of each type end, or for booleans begin."""


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
        assert kind == "ID" or not (member in ("id", "ids") or member.endswith("Id")), where
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
