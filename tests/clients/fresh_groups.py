"""A group of a test's own on the shared server, made through the API, so that every number in it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.identifiers import new_id
from tests.clients.real_server import RealServer

GROUP_CREATE = """
mutation GroupCreate($input: GroupCreateInput!) {
  groupCreate(input: $input) { group { changeNumber } userErrors { message } }
}
"""

MEMBER_ADD = """
mutation MemberAdd($input: MemberAddInput!) {
  memberAdd(input: $input) { member { group { changeNumber } } userErrors { message } }
}
"""

MEETING_OPEN = """
mutation MeetingOpen($input: MeetingOpenInput!) {
  meetingOpen(input: $input) { meeting { group { changeNumber } } userErrors { message } }
}
"""


@dataclass(frozen=True, slots=True)
class FreshGroup:
    """A group with one member and an open meeting, in which nothing was paid yet; its secretary made it.

    Attributes:
        id: The group.
        member: Neema Otieno, who does not sign in.
        meeting: The open meeting, number 1.
        number: The group's change number.
    """

    id: str
    member: str
    meeting: str
    number: int

    def environment(self, server: RealServer) -> dict[str, str]:
        """What the programs in JavaScript are told."""
        return {
            "URL": server.url,
            "SOCKET_URL": server.websocket_url,
            "TOKEN": server.token("secretary"),
            "GROUP": self.id,
            "MEMBER": self.member,
            "MEETING": self.meeting,
            "NUMBER": str(self.number),
        }


def fresh_group(server: RealServer) -> FreshGroup:
    """Make a group through the API."""
    group, member, meeting = (str(new_id()) for _ in range(3))
    _done(
        server,
        GROUP_CREATE,
        id=group,
        name="Tujenge",
        kind="VSLA",
        currency="KES",
        country="KE",
        timeZone="Africa/Nairobi",
        sharePrice="50",
        sharesMax=1_000,
        socialFundAmount="20",
    )
    _done(server, MEMBER_ADD, groupId=group, id=member, name="Neema Otieno")
    opened = _done(server, MEETING_OPEN, groupId=group, id=meeting)
    return FreshGroup(group, member, meeting, opened["meeting"]["group"]["changeNumber"])


def _done(server: RealServer, document: str, **values: Any) -> Mapping[str, Any]:
    """The payload of a mutation that did what it was asked to."""
    values = {"idempotencyKey": str(new_id()), **values}
    answer = server.send(document, {"input": values}, server.token("secretary"))
    assert "errors" not in answer, answer
    [payload] = answer["data"].values()
    assert payload["userErrors"] == [], payload
    return payload  # type: ignore[no-any-return]
