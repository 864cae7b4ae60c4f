"""The operations that the GraphiQL page opens with, one in each tab; they name what the demonstration data hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = ["EXAMPLES", "Example"]

# The group of the demonstration that holds a meeting now. Ids and figures there are always the same.
GROUP_ID = "a84d4a71-ace2-5c04-b039-2af08ca9fe97"
MEETING_ID = "0a30f1d8-8312-5c86-b31f-068e1e57aaaf"
WINFRED_AKINYI = "b35c6628-1190-5f8f-8d56-e72534e2fcb7"
HELLEN_AKOTH = "2dd667a9-504a-5522-a616-875abacabe81"
MONICAH_AOKO = "67c00d38-561d-5eb3-a8bb-9bb17d3e838e"


@dataclass(frozen=True, slots=True)
class Example:
    """One tab of the page.

    Attributes:
        title: What the operation shows; it stands above the query as a comment.
        query: The document. The tab takes the name of its first operation.
        variables: The variables as JSON, empty for none.
        headers: The request headers as a JSON object, empty for none.
    """

    title: str
    query: str
    variables: str = ""
    headers: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for an example without a title of one line or without a query."""
        if not self.title.strip() or "\n" in self.title or not self.query.strip():
            raise ValueError("an example needs a title of one line and a query")


def _json(**variables: Any) -> str:
    return json.dumps(variables, indent=2) + "\n"


_SIGN_IN = Example(
    title="Sign in as the secretary of the demonstration data.",
    # Without variables: the tab that is open when the page loads does not take them over.
    query="""#
# Run this, and copy the accessToken of the answer into
# the Headers editor as shown above. It lasts some minutes:
# then clear the Headers editor and run this again.
#
# To be somebody else, change the login:
#   chair@kibubu.example, treasurer@kibubu.example,
#   member@kibubu.example, or
#   admin@kibubu.example with asAdmin: true
mutation SignIn {
  sessionOpen(
    input: {
      login: "secretary@kibubu.example"
      password: "demonstration-only"
      deviceName: "GraphiQL"
    }
  ) {
    tokens {
      accessToken
      accessExpiresAt
    }
    userErrors {
      message
      reason
    }
  }
}
""",
)

_VIEWER = Example(
    title="Who am I, what do I hold where, and which groups may I see?",
    query="""query Viewer {
  viewer {
    user {
      name
      phone
      isAdmin
    }
    memberships {
      roles
      group {
        name
      }
      member {
        number
        balances {
          shares
          sharesValue {
            amount
            currency
          }
        }
      }
    }
  }
  groups(first: 10) {
    nodes {
      id
      name
      village
      memberCount
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
""",
)

_GROUP_PAGE = Example(
    title="A group on one page: its funds, its members with their balances, its latest meetings with their totals.",
    query="""query GroupPage($groupId: ID!) {
  group(id: $groupId) {
    name
    constitution {
      sharePrice {
        ...money
      }
      sharesMax
      meetingFrequency
    }
    fundBalances {
      fund
      balance {
        ...money
      }
    }
    openMeeting {
      id
      number
    }
    members(first: 25) {
      nodes {
        id
        number
        name
        roles
        balances {
          shares
          sharesValue {
            ...money
          }
          socialFundPaid {
            ...money
          }
        }
      }
    }
    meetings(first: 10) {
      nodes {
        number
        heldOn
        status
        totals {
          kind
          amount {
            ...money
          }
          entryCount
        }
      }
    }
  }
}

fragment money on Money {
  amount
  currency
}
""",
    variables=_json(groupId=GROUP_ID),
)

_RECORD = Example(
    title="Record a sheet of contributions in the open meeting; each line stands or is refused by itself.",
    query="""#
# The last line is refused: nobody may buy nine shares in one meeting of this group. Running it again changes nothing,
# since the key is the same: make a new idempotencyKey for each new sheet.
mutation RecordContributions($input: ContributionsRecordInput!) {
  contributionsRecord(input: $input) {
    items {
      status
      contribution {
        entryNumber
        kind
        shares
        amount {
          amount
          currency
        }
        member {
          name
        }
      }
      userErrors {
        path
        reason
        message
      }
    }
    userErrors {
      reason
      message
    }
  }
}
""",
    variables=_json(
        input={
            "groupId": GROUP_ID,
            "idempotencyKey": "019aa000-0000-7000-8000-000000000001",
            "meetingId": MEETING_ID,
            "items": [
                {"memberId": WINFRED_AKINYI, "kind": "SHARE", "shares": 5},
                {"memberId": WINFRED_AKINYI, "kind": "SOCIAL_FUND", "amount": "20.00"},
                {"memberId": MONICAH_AOKO, "kind": "SHARE", "shares": 3},
                {"memberId": MONICAH_AOKO, "kind": "SOCIAL_FUND", "amount": "20.00"},
                {"memberId": HELLEN_AKOTH, "kind": "SHARE", "shares": 9},
            ],
        }
    ),
)

_CLOSE = Example(
    title="Close the open meeting, once the sheet before this is recorded.",
    query="""#
# The counts are what the book expects then. Change one: the meeting stays open until you give the reason beside it.
mutation CloseMeeting($input: MeetingCloseInput!) {
  meetingClose(input: $input) {
    meeting {
      number
      status
      version
      cashCounts {
        moment
        fund
        place
        expected {
          amount
        }
        counted {
          amount
        }
        reason
      }
    }
    userErrors {
      reason
      message
      path
    }
  }
}
""",
    variables=_json(
        input={
            "groupId": GROUP_ID,
            "idempotencyKey": "019aa000-0000-7000-8000-000000000002",
            "meetingId": MEETING_ID,
            "expectedVersion": 1,
            "openingCounts": [
                {"fund": "LOAN_FUND", "place": "BOX", "amount": "244430.00"},
                {"fund": "SOCIAL_FUND", "place": "BOX", "amount": "21340.00"},
            ],
            "closingCounts": [
                {"fund": "LOAN_FUND", "place": "BOX", "amount": "250130.00"},
                {"fund": "SOCIAL_FUND", "place": "BOX", "amount": "21560.00"},
            ],
        }
    ),
)

_VERIFY = Example(
    title="Verify the book: recompute every hash, balance and total of it from its lines.",
    query="""query VerifyBook($groupId: ID!) {
  bookVerification(groupId: $groupId) {
    isSound
    faults {
      fault
      entryNumber
    }
    book {
      entryCount
      headHash
      closingCode
    }
  }
}
""",
    variables=_json(groupId=GROUP_ID),
)

_OPERATIONS = Example(
    title="What can be asked, and what can be done?",
    query="""query Operations {
  __schema {
    queryType {
      fields {
        name
        description
        args {
          name
        }
      }
    }
    mutationType {
      fields {
        name
        description
      }
    }
  }
}
""",
)

EXAMPLES: tuple[Example, ...] = (_SIGN_IN, _VIEWER, _GROUP_PAGE, _RECORD, _CLOSE, _VERIFY, _OPERATIONS)
