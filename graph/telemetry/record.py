"""What is known of one operation while it runs, collected for its line of log, its metrics and its trace."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from persistence.observing import Tally, tally

__all__ = ["OK", "OperationRecord", "SubscriptionRecord", "current_record", "document_hash"]

OK = "OK"
"""The code of an operation without a top-level error."""

HASHES_MAX = 1_024
HASHED_CHARACTERS_MAX = 10_000
"""The hashes of documents of up to so many characters are remembered."""


class OperationRecord(Tally):
    """One operation, or one event of a subscription.

    Attributes:
        kind: `query`, `mutation`, `subscription`, or `none` where no operation could be told.
        transport: `http`, `websocket` or `sse`.
        document: The document's text; only its hash is ever told.
        is_trusted: Whether the document was found among the registered ones.
        trusted_name: The operation's name, where the document is a registered one; others are whatever clients like.
        principal: The id of the session or credential through which it came.
        cost: What the operation was reckoned to cost.
        code: `OK`, or the code of the first error at the top level.
        errors: How many errors there are at the top level.
        refusals: The reasons of the domain for which something was refused, in the answer's data.
        trace_id: The trace that it belongs to, where it is traced.
        around_batch: Gives what stands around a load of several keys, from its name and the number of keys; None
            where nobody traces.
    """

    __slots__ = (
        "around_batch",
        "code",
        "cost",
        "document",
        "errors",
        "is_trusted",
        "kind",
        "principal",
        "refusals",
        "trace_id",
        "transport",
        "trusted_name",
    )

    def __init__(self, transport: str = "http") -> None:
        super().__init__()
        self.kind = "none"
        self.transport = transport
        self.document: str | None = None
        self.is_trusted = False
        self.trusted_name: str | None = None
        self.principal: UUID | None = None
        self.cost: int | None = None
        self.code = OK
        self.errors = 0
        self.refusals: list[str] = []
        self.trace_id: str | None = None
        self.around_batch: Callable[[str, int], AbstractContextManager[Any]] | None = None


@dataclass(slots=True)
class SubscriptionRecord:
    """A subscription while its events come.

    Attributes:
        events: How many events were answered.
        code: `OK` where the client ended it, or the code for which it was ended.
    """

    events: int = 0
    code: str = OK


def current_record() -> OperationRecord | None:
    """The record of the operation that is running; None outside of any."""
    current = tally.get()
    return current if isinstance(current, OperationRecord) else None


def document_hash(text: str) -> str:
    """The SHA-256 of a document in hexadecimal, as persisted queries are named."""
    return _remembered(text) if len(text) <= HASHED_CHARACTERS_MAX else _hash(text)


def _hash(text: str) -> str:
    # Half a surrogate pair has no UTF-8; such a text is no document, and its hash need only be stable.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_remembered = lru_cache(maxsize=HASHES_MAX)(_hash)
