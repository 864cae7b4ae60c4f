"""The GraphQL documents: Kibubu's, and PostGraphile's in the ways that were tried.

Three ways lead to a sum in PostGraphile: `relations` fetches the rows below it and leaves the sum to the client,
`computed` calls a function for each row, `inlined` has a sub-select in PostGraphile's own statement.
"""

from __future__ import annotations

KIBUBU_HEADER = """
query Header($group: ID!) {
  viewer { user { id locale createdAt } }
  group(id: $group) {
    id name kind status currency country timeZone visibility version createdAt memberCount
    constitution { version sharePrice { amount } sharesMax meetingFrequency }
  }
}
"""

_HEADER = """
query Header($group: UUID!) {
  viewer: comparisonViewer { id: rowId locale createdAt }
  group(tenantId: $group) {
    id: tenantId name kind status currency country timeZone visibility: tenant { visibility } version createdAt
    memberCount: MEMBER_COUNT
    constitution { version sharePrice sharesMax meetingFrequency }
  }
}
"""
HEADER_COMPUTED = _HEADER.replace("MEMBER_COUNT", "memberCount")
HEADER_INLINED = _HEADER.replace("MEMBER_COUNT", "inlinedMemberCount")

KIBUBU_PAGE = """
query Page($group: ID!) {
  group(id: $group) {
    id name currency
    members(first: 25) {
      nodes {
        id number name status
        balances { shares sharesValue { amount } socialFundPaid { amount } }
        contributions(first: 3) { nodes { id kind amount { amount } entryNumber recordedAt } }
      }
    }
    meetings(first: 10) { nodes { id number heldOn status totals { kind amount { amount } entryCount } } }
  }
}
"""

_PAGE = """
query Page($group: UUID!) {
  group(tenantId: $group) {
    id: tenantId name currency
    members: membersByTenantId(first: 25, orderBy: NUMBER_ASC) {
      nodes {
        id: rowId number name: memberNameByTenantIdAndMemberId { name } status
        BALANCES
        contributions: contributionsByTenantIdAndMemberId(first: 3, orderBy: ENTRY_NUMBER_DESC) {
          nodes { id: rowId kind amount entryNumber recordedAt }
        }
      }
    }
    meetings: meetingsByTenantId(first: 10, orderBy: NUMBER_DESC) {
      nodes { id: rowId number heldOn status TOTALS }
    }
  }
}
"""


def _page(balances: str, totals: str) -> str:
    return _PAGE.replace("BALANCES", balances).replace("TOTALS", totals)


# Nothing but a function or a sub-select can count shares: the rows would be all that a member ever paid in.
PAGE_RELATIONS = _page(
    "shares balanceRows: ledgerMemberBalancesByTenantIdAndMemberId { nodes { balance tenantAccount { code } } }",
    "totalRows: ledgerMeetingTotalsByTenantIdAndMeetingId { nodes { kind amount linesCount tenantAccount { place } } }",
)
PAGE_COMPUTED = _page("shares sharesValue socialFundPaid", "totals { nodes { kind amount entryCount } }")
PAGE_INLINED = _page(
    "balances: inlinedBalances { shares sharesValue socialFundPaid }",
    "totals: inlinedTotals { kind amount entryCount }",
)

KIBUBU_HUNDRED = """
query Hundred($group: ID!) {
  group(id: $group) {
    id
    contributions(first: 100) {
      nodes {
        id kind shares amount { amount } place entryNumber recordedAt
        member { id number name }
        meeting { id number heldOn }
      }
    }
  }
}
"""

_CONTRIBUTIONS = """
    contributions(first: 100, orderBy: ENTRY_NUMBER_DESC) {
      nodes {
        id: rowId kind shares amount place entryNumber recordedAt
        member: tenantMember { id: rowId number name: memberNameByTenantIdAndMemberId { name } }
        meeting: tenantMeeting { id: rowId number heldOn }
      }
    }
"""
HUNDRED_RELATIONS = "query Hundred($group: UUID!) { group(tenantId: $group) { id: tenantId" + _CONTRIBUTIONS + "} }"

KIBUBU_THOUSAND = """
query Thousand {
  groups(first: 10) {
    nodes {
      id
      contributions(first: 100) {
        nodes {
          id kind shares amount { amount } place entryNumber recordedAt
          member { id number name }
          meeting { id number heldOn }
        }
      }
    }
  }
}
"""
THOUSAND_RELATIONS = (
    "query Thousand { groups(first: 10, orderBy: NAME_ASC) { nodes { id: tenantId" + _CONTRIBUTIONS + "} } }"
)

KIBUBU_LIST = """
query List {
  groups(first: 50) { nodes { id name currency status memberCount fundBalances { fund balance { amount } } } }
}
"""

_LIST = """
query List {
  groups(first: 50, orderBy: NAME_ASC) { nodes { id: tenantId name currency status TOTALS } }
}
"""
LIST_RELATIONS = _LIST.replace(
    "TOTALS",
    "memberCount"
    " accountRows: accounts { nodes { fund place total: ledgerAccountBalanceByTenantIdAndAccountId { balance } } }",
)
LIST_COMPUTED = _LIST.replace("TOTALS", "memberCount fundBalances { nodes { fund balance } }")
LIST_INLINED = _LIST.replace(
    "TOTALS", "memberCount: inlinedMemberCount fundBalances: inlinedFundBalances { fund balance }"
)

KIBUBU_RECORD = """
mutation Record($input: ContributionsRecordInput!) {
  contributionsRecord(input: $input) {
    items { contribution { kind shares amount { amount } place member { id number } } }
    userErrors { code message }
  }
}
"""

RECORD_FUNCTION = """
mutation Record($input: ComparisonRecordContributionsInput!) {
  contributionsRecord: comparisonRecordContributions(input: $input) {
    items: result { kind shares amount place member: tenantMember { id: rowId number } }
  }
}
"""
