"""graphql-transport-ws: its messages, and the codes with which a socket is closed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from graph.http.json_text import parse_json
from graph.http.refusals import MalformedRequest

__all__ = ["SUBPROTOCOL", "Ending", "Message", "ProtocolError", "read_message"]

SUBPROTOCOL = "graphql-transport-ws"

ID_CHARACTERS_MAX = 128
"""How long the id of an operation may be."""

REASON_BYTES_MAX = 123
"""What a close frame has room for."""

KINDS = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})
"""What a client may send."""


class Ending(Enum):
    """Why a socket or stream ends: the close code of a socket, and the sentence that goes with it.

    Those from 4400 on are the protocol's own, but for 4413. Its clients connect again by themselves after 1012, 1013,
    4403, 4408 and 4413, and not after the others.
    """

    GONE = (1001, "The client went away.")
    RESTART = (1012, "The server restarts: connect again.")
    TOO_BIG = (1009, "A message is too long.")
    FULL = (1013, "This server has no room for another socket now: try again in a moment.")
    INVALID_MESSAGE = (4400, "Invalid message.")
    NOT_ACKNOWLEDGED = (4401, "Send connection_init first, and wait for connection_ack.")
    REVOKED = (4401, "The session has ended or was revoked: sign in again.")
    REFUSED = (4403, "Send the access token as `Authorization` in the payload of connection_init.")
    EXPIRED = (4403, "The access token has expired: refresh the session and connect again.")
    WRONG_SUBPROTOCOL = (4406, "Speak graphql-transport-ws.")
    NO_INIT = (4408, "No connection_init came in time.")
    DUPLICATE = (4409, "An operation with this id is under way.")
    TOO_SLOW = (4413, "More waits than may wait: read what is sent.")
    TWICE_INIT = (4429, "Send connection_init once.")
    BROKEN = (4500, "Something went wrong on our side.")

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason


class ProtocolError(Exception):
    """What the client sent breaks the protocol; the socket is closed for it."""

    def __init__(self, ending: Ending, reason: str | None = None) -> None:
        super().__init__(reason or ending.reason)
        self.ending = ending
        self.reason = (reason or ending.reason).encode()[:REASON_BYTES_MAX].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a client.

    Attributes:
        kind: Its type.
        id: The operation's id; empty for messages that are about none.
        payload: What came with it, if anything did.
    """

    kind: str
    id: str
    payload: dict[str, Any] | None


def read_message(text: str | None, bytes_max: int) -> Message:
    """What a client sent.

    Args:
        text: The message; None where it came as bytes.
        bytes_max: How long it may be.

    Raises:
        ProtocolError: It is no message of the protocol.
    """
    if text is None:
        raise _invalid("Messages are text.")
    data = text.encode(errors="replace")
    if len(data) > bytes_max:
        raise ProtocolError(Ending.TOO_BIG)
    try:
        value = parse_json(data, "The message")
    except MalformedRequest as error:
        raise _invalid(error.message) from None
    if not isinstance(value, dict):
        raise _invalid("A message must be a JSON object.")
    return _message(value)


def _message(value: dict[str, Any]) -> Message:
    kind, operation_id, payload = value.get("type"), value.get("id", ""), value.get("payload")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _invalid("No message has this type.")
    if payload is not None and not isinstance(payload, dict):
        raise _invalid("The payload must be an object.")
    if kind not in ("subscribe", "complete"):
        return Message(kind, "", payload)
    if not isinstance(operation_id, str) or not 0 < len(operation_id) <= ID_CHARACTERS_MAX:
        raise _invalid(f"The id must be a text of 1 to {ID_CHARACTERS_MAX} characters.")
    if kind == "subscribe" and payload is None:
        raise _invalid("The payload must be an object with `query`.")
    return Message(kind, operation_id, payload)


def _invalid(reason: str) -> ProtocolError:
    return ProtocolError(Ending.INVALID_MESSAGE, reason)
