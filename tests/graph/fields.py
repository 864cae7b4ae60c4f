"""Every query and mutation but those that sign in, each with what it must be given."""

from __future__ import annotations

from domain.identifiers import new_id

__all__ = ["EVERY_FIELD", "ME"]

ME = "{ viewer { user { id } } }"

OF_A_BOOK = {
    **dict.fromkeys(("fineLevy", "fineWaive"), f'memberId: "{new_id()}", amount: "1", reason: "A"'),
    **dict.fromkeys(("withdrawalRecord", "finePay"), f'memberId: "{new_id()}", amount: "1"'),
    "socialFundGrant": f'memberId: "{new_id()}", amount: "1", description: "A"',
    "cashTransfer": 'fund: LOAN_FUND, source: BOX, target: BANK, amount: "1"',
    **dict.fromkeys(
        ("otherIncomeRecord", "otherExpenseRecord"),
        f'accountId: "{new_id()}", fund: LOAN_FUND, amount: "1", description: "A"',
    ),
    "entryReverse": f'entryId: "{new_id()}", reason: "A"',
    "entryDraft": 'lines: [], description: "A"',
    "adjustmentDraft": f'memberId: "{new_id()}", balance: SAVINGS, direction: UP, amount: "1", reason: "A"',
    "openingBalancesDraft": "cash: []",
    **dict.fromkeys(("draftRevise", "draftPost", "draftDiscard"), f'draftId: "{new_id()}", expectedVersion: 1'),
    "holdPlace": 'amount: "1", purpose: "A", expiresAt: "2026-01-01T00:00:00Z"',
    "holdRelease": f'holdId: "{new_id()}"',
    "accountAdd": f'code: "1", name: "A", parentId: "{new_id()}"',
    "accountRename": f'accountId: "{new_id()}", expectedVersion: 1, name: "A"',
    **dict.fromkeys(("accountLimit", "accountClose"), f'accountId: "{new_id()}", expectedVersion: 1'),
    "periodClose": 'through: "2026-01-01"',
    **dict.fromkeys(("machineCredentialRotate", "machineCredentialRevoke"), f'credentialId: "{new_id()}"'),
}
"""By mutation on the book of a group, or on what has access to it: its input beside the group and the key."""

OF_PEOPLE = {
    **dict.fromkeys(
        ("groupRevise", "groupVerify", "groupSuspend", "groupReactivate", "groupDeactivate"), "expectedVersion: 1"
    ),
    "constitutionAmend": 'expectedVersion: 1, reason: "A"',
    **dict.fromkeys(("cycleStart", "joinCodeRenew", "joinCodeStop", "memberClaim", "meetingPlan"), ""),
    "cycleEnd": f'cycleId: "{new_id()}", expectedVersion: 1',
    **dict.fromkeys(("joinRequestApprove", "joinRequestReject"), f'requestId: "{new_id()}", expectedVersion: 1'),
    "invitationCreate": 'name: "A"',
    "invitationRevoke": f'invitationId: "{new_id()}", expectedVersion: 1',
    "invitationAccept": f'invitationId: "{new_id()}"',
    **dict.fromkeys(
        (
            *("memberRevise", "memberSuspend", "memberDeactivate", "memberReactivate"),
            *("memberLeave", "memberDeathRecord"),
        ),
        f'memberId: "{new_id()}", expectedVersion: 1',
    ),
    "memberLink": f'memberId: "{new_id()}", userId: "{new_id()}"',
    **dict.fromkeys(("roleGrant", "roleEnd"), f'memberId: "{new_id()}", role: CHAIR'),
    "positionAssign": f'memberId: "{new_id()}", position: KEY_HOLDER_1',
    "positionEnd": f'positionId: "{new_id()}", expectedVersion: 1',
    **dict.fromkeys(
        ("meetingRevise", "meetingConfirm", "meetingReopen"), f'meetingId: "{new_id()}", expectedVersion: 1'
    ),
    "meetingCancel": f'meetingId: "{new_id()}", expectedVersion: 1, reason: "A"',
    "rollCallRecord": f'meetingId: "{new_id()}", items: []',
    "voteOpen": f'meetingId: "{new_id()}", question: "A"',
    "voteRecord": f'voteId: "{new_id()}", expectedVersion: 1, counts: []',
    "ballotsRecord": f'voteId: "{new_id()}", expectedVersion: 1, items: []',
    "rollCallFine": f'meetingId: "{new_id()}"',
    "contributionWaiverRequest": f'memberId: "{new_id()}", kind: SAVINGS, amount: "1", reason: "A"',
    "permissionOverrideRequest": (
        f'memberId: "{new_id()}", capability: RECORD_FINES, effect: TAKEN, endsOn: "2030-01-01"'
    ),
    "permissionOverrideDecide": f'overrideId: "{new_id()}", expectedVersion: 1, isApproved: true',
    "permissionOverrideEnd": f'overrideId: "{new_id()}", expectedVersion: 1',
    "loanGuaranteePledge": f'loanId: "{new_id()}", memberId: "{new_id()}", amount: "1"',
    **dict.fromkeys(("loanGuaranteeAccept", "loanGuaranteeRelease"), f'guaranteeId: "{new_id()}", expectedVersion: 1'),
    "loanCollateralAdd": f'loanId: "{new_id()}", kind: LAND, value: "1", description: "A"',
    "loanCollateralValue": f'collateralId: "{new_id()}", expectedVersion: 1, value: "1"',
    "loanCollateralRelease": f'collateralId: "{new_id()}", expectedVersion: 1',
    "contributionWaiverDecide": f'waiverId: "{new_id()}", expectedVersion: 1, isApproved: true',
}
"""By mutation on a group, its people and their meetings: the same."""

_TERMS = 'method: FLAT, rate: "1", ratePeriod: MONTH, instalments: 1, frequency: MONTHLY'
_LOAN = f'loanId: "{new_id()}"'

OF_LENDING = {
    "loanProductAdd": f'name: "A", terms: {{ {_TERMS} }}',
    "loanProductRevise": f'productId: "{new_id()}", expectedVersion: 1, name: "A", terms: {{ {_TERMS} }}',
    "loanProductRetire": f'productId: "{new_id()}", expectedVersion: 1',
    "loanApply": f'memberId: "{new_id()}", productId: "{new_id()}", amount: "1", purpose: OTHER',
    **dict.fromkeys(("loanWithdraw", "loanAppraise", "loanApprove", "loanDisburse"), f"{_LOAN}, expectedVersion: 1"),
    **dict.fromkeys(("loanReject", "loanReschedule"), f'{_LOAN}, expectedVersion: 1, reason: "A"'),
    **dict.fromkeys(("loanRepay", "loanAdvanceReturn", "loanRecover"), f'{_LOAN}, amount: "1"'),
    "loanAdvanceUse": _LOAN,
    "loanPaymentReverse": f'{_LOAN}, paymentId: "{new_id()}", reason: "A"',
    "loanChargeAdd": f'{_LOAN}, kind: FEE, amount: "1"',
    "loanChargeWaive": f'{_LOAN}, chargeId: "{new_id()}"',
    "loanWriteOff": f'{_LOAN}, reason: "A"',
}
"""By mutation on loans and their products: the same."""

EVERY_FIELD = {
    "viewer": ME,
    "platform": "{ platform { groupFounders } }",
    "platformRevise": f"""mutation {{ platformRevise(input: {{
        idempotencyKey: "{new_id()}", expectedVersion: 1 }}) {{ userErrors {{ reason }} }} }}""",
    "node": f'{{ node(id: "{new_id()}") {{ id }} }}',
    "nodes": f'{{ nodes(ids: ["{new_id()}"]) {{ id }} }}',
    "group": f'{{ group(id: "{new_id()}") {{ id }} }}',
    "groups": "{ groups { nodes { id } } }",
    "can": f'{{ can(action: MEMBER_ADD, id: "{new_id()}") }}',
    "user": f'{{ user(id: "{new_id()}") {{ id }} }}',
    "members": '{ members(search: "Njeri", first: 1) { nodes { id } } }',
    "memberSettlement": f'{{ memberSettlement(groupId: "{new_id()}", memberId: "{new_id()}") {{ shares }} }}',
    "loanSchedulePreview": """{ loanSchedulePreview(input: { principal: "100", currency: "KES",
        disbursedOn: "2026-01-01", terms: {
        method: FLAT, rate: "1", ratePeriod: MONTH, instalments: 1, frequency: MONTHLY
    } }) { userErrors { reason } } }""",
    "joinRequest": f"""mutation {{ joinRequest(input: {{
        idempotencyKey: "{new_id()}", code: "A", name: "A" }}) {{ userErrors {{ reason }} }} }}""",
    "bookVerification": f'{{ bookVerification(groupId: "{new_id()}") {{ isSound }} }}',
    "closingCodeCheck": f'{{ closingCodeCheck(groupId: "{new_id()}", code: "RV82HH") {{ isInBook }} }}',
    "journalEntry": f'{{ journalEntry(groupId: "{new_id()}", id: "{new_id()}") {{ id }} }}',
    "sessionRevoke": f'mutation {{ sessionRevoke(input: {{ sessionId: "{new_id()}" }}) {{ sessionId }} }}',
    "userCreate": f"""mutation {{ userCreate(input: {{
        idempotencyKey: "{new_id()}", name: "A", password: "mango and rain" }}) {{ user {{ id }} }} }}""",
    **{
        name: f"""mutation {{ {name}(input: {{
            idempotencyKey: "{new_id()}", userId: "{new_id()}" }}) {{ user {{ id }} }} }}"""
        for name in ("userSuspend", "userReactivate")
    },
    "groupCreate": f"""mutation {{ groupCreate(input: {{ idempotencyKey: "{new_id()}", name: "A", kind: VSLA,
        currency: "KES", country: "KE", timeZone: "Africa/Nairobi", sharePrice: "1" }}) {{ group {{ id }} }} }}""",
    "memberAdd": f"""mutation {{ memberAdd(input: {{
        groupId: "{new_id()}", idempotencyKey: "{new_id()}", name: "A" }}) {{ member {{ id }} }} }}""",
    "meetingOpen": f"""mutation {{ meetingOpen(input: {{
        groupId: "{new_id()}", idempotencyKey: "{new_id()}" }}) {{ meeting {{ id }} }} }}""",
    "contributionsRecord": f"""mutation {{ contributionsRecord(input: {{ groupId: "{new_id()}", items: [],
        idempotencyKey: "{new_id()}", meetingId: "{new_id()}" }}) {{ meeting {{ id }} }} }}""",
    "machineCredentialCreate": f"""mutation {{ machineCredentialCreate(input: {{ groupId: "{new_id()}", name: "A",
        idempotencyKey: "{new_id()}", scopes: [], expiresAt: "2026-01-01T00:00:00Z" }}) {{ secret }} }}""",
    **{
        name: f"""mutation {{ {name}(input: {{ groupId: "{new_id()}", idempotencyKey: "{new_id()}",
            {more} }}) {{ userErrors {{ reason }} }} }}"""
        for name, more in (OF_A_BOOK | OF_PEOPLE | OF_LENDING).items()
    },
    "meetingClose": f"""mutation {{ meetingClose(input: {{ groupId: "{new_id()}", idempotencyKey: "{new_id()}",
        meetingId: "{new_id()}", expectedVersion: 1, openingCounts: [], closingCounts: []
    }}) {{ meeting {{ id }} }} }}""",
}
