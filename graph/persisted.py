"""Documents that are run by their id: trusted ones, which a build registered, and automatic ones, which clients did.

The id of a document is the SHA-256 of its text. `documentId` names a trusted document, as `sha256:` and 64 hexadecimal
digits or the digits alone. `extensions.persistedQuery` names a trusted one, too, or one that a client of this process
sent with its text before, by Apollo's protocol of automatic persisted queries.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar

from graph.engine.documents import LeastRecentlyUsed
from graph.http import GraphQLRequest, RequestFacts
from graph.telemetry import current_record

__all__ = [
    "AUTOMATIC_MAX",
    "DOCUMENT_CHARACTERS_MAX",
    "TRUSTED_MAX",
    "TRUSTED_SECONDS",
    "AutomaticNotFound",
    "DocumentMissing",
    "DocumentNotTrusted",
    "DocumentRefused",
    "DocumentRules",
    "IdMalformed",
    "IdMismatch",
    "NotByGet",
    "PersistedDocuments",
    "TrustedNotFound",
    "digest_of",
]

AUTOMATIC_MAX = 512
"""How many automatic documents a process keeps."""
TRUSTED_MAX = 1_024
"""How many trusted documents a process keeps; others are read again when they are asked for."""
DOCUMENT_CHARACTERS_MAX = 20_000
"""How long a document may be to be kept or registered."""
TRUSTED_SECONDS = 60.0
"""How long a process runs a trusted document without asking again whether it still is one."""

_CLIENT_NAMES = ("x-client-name", "apollographql-client-name")
_PREFIX = "sha256:"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_APQ_VERSION = 1


class DocumentRefused(Exception):
    """The document of a request cannot be had, or may not be run.

    Attributes:
        code: What stands in `extensions.code` of the one error.
        status: The HTTP status, where the kind of answer does not decide it.
        allow: The method that would do, where it is the method that is wrong.
    """

    code: ClassVar[str]
    status: ClassVar[int | None] = 400
    allow: ClassVar[str | None] = None


class DocumentMissing(DocumentRefused):
    """There is neither a text nor an id."""

    code = "BAD_REQUEST"

    def __init__(self) -> None:
        super().__init__("Send the document as `query`, or the id of a registered one as `documentId`.")


class IdMalformed(DocumentRefused):
    """`extensions.persistedQuery` is not what Apollo's protocol says."""

    code = "BAD_REQUEST"

    def __init__(self) -> None:
        super().__init__('Send `extensions.persistedQuery` as {"version": 1, "sha256Hash": "…"}.')


class IdMismatch(DocumentRefused):
    """The text is not the one that the id names, or two ids differ."""

    code = "PERSISTED_QUERY_HASH_MISMATCH"

    def __init__(self) -> None:
        super().__init__(
            "The id is not the SHA-256 of the `query`: send the id that belongs to it, or one of them alone."
        )


class TrustedNotFound(DocumentRefused):
    """Nothing is registered under the id."""

    code = "PERSISTED_QUERY_NOT_IN_LIST"

    def __init__(self) -> None:
        super().__init__("No document is registered under this id: register the manifest of the application's build.")


class AutomaticNotFound(DocumentRefused):
    """The process does not know the document yet: the client sends it again with its text, by Apollo's protocol."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    status = None

    def __init__(self) -> None:
        # The protocol's own words, by which some clients know it.
        super().__init__("PersistedQueryNotFound")


class DocumentNotTrusted(DocumentRefused):
    """Registered documents alone are run, and this is none."""

    code = "QUERY_NOT_IN_SAFELIST"
    status = 403

    def __init__(self) -> None:
        super().__init__("Only registered documents are run: register the manifest of the application's build.")


class NotByGet(DocumentRefused):
    """A GET runs registered documents alone, and this is none."""

    code = "BAD_REQUEST"
    status = 405
    allow = "POST"

    def __init__(self) -> None:
        super().__init__("Only registered documents go by GET: send this one with POST.")


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """For whom registered documents alone are run.

    Attributes:
        only_trusted: For everybody.
        clients: For clients that give one of these names. A client can keep its name to itself: this guards one's own
            programs against mistakes, not the API against others.
        get_only_trusted: For every GET.
    """

    only_trusted: bool = False
    clients: frozenset[str] = frozenset()
    get_only_trusted: bool = False

    def only_trusted_for(self, facts: RequestFacts) -> bool:
        """Whether the client that sent the request runs registered documents alone."""
        if self.only_trusted or not self.clients:
            return self.only_trusted
        return any(facts.headers.get(name) in self.clients for name in _CLIENT_NAMES)


def digest_of(text: str) -> str:
    """The id of a document: the SHA-256 of its text, in lower-case hexadecimal digits."""
    # What is no text, as half of a surrogate pair, has a digest as well, which nothing is registered under.
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def _find_none(_digest: str) -> str | None:
    return None


class PersistedDocuments:
    """The documents that one process knows by their ids."""

    def __init__(
        self, find: Callable[[str], Awaitable[str | None]] = _find_none, rules: DocumentRules | None = None
    ) -> None:
        """Start without any.

        Args:
            find: The text of a trusted document by its digest; None where there is none.
            rules: For whom registered documents alone are run; None means for nobody.
        """
        self._find = find
        self._rules = rules or DocumentRules()
        self._is_restricted = self._rules != DocumentRules()
        self._automatic: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(AUTOMATIC_MAX)
        self._trusted: LeastRecentlyUsed[str, tuple[str, float]] = LeastRecentlyUsed(TRUSTED_MAX)

    async def text_of(self, request: GraphQLRequest, facts: RequestFacts, *, only_trusted: bool = False) -> str:
        """The document to run.

        Args:
            request: What was sent.
            facts: How it was sent.
            only_trusted: Whether it must be a registered one, whatever the rules say.

        Raises:
            DocumentRefused: There is none, or it may not be run; each reason is a class of its own.
            DatabaseBusyError: No connection came free in time.
            DatabaseUnavailableError: The database did not answer, or not in time.
        """
        text, automatic = request.query, _automatic_id(request)
        if text and request.document_id is None and automatic is None and not (self._is_restricted or only_trusted):
            return text
        named = _named(request.document_id, automatic)
        names_one = request.document_id is not None or automatic is not None
        refusal = self._needs_trust(facts, only_trusted=only_trusted)
        if text:
            if names_one and named != digest_of(text):
                raise IdMismatch
            if refusal is not None and await self._find_trusted(digest_of(text)) != text:
                raise refusal
            return text
        if named is None:
            raise TrustedNotFound if names_one else DocumentMissing
        return await self._named_text(named, request, refusal)

    async def _named_text(self, digest: str, request: GraphQLRequest, refusal: DocumentRefused | None) -> str:
        is_automatic = request.document_id is None and refusal is None
        found = self._automatic.get(digest) if is_automatic else None
        found = found or await self._find_trusted(digest)
        if found is None:
            raise AutomaticNotFound if is_automatic else TrustedNotFound
        return found

    def keep(self, request: GraphQLRequest) -> None:
        """Keep the document of a request that sent it with its id for later, once it is known to be one."""
        if request.query and _automatic_id(request) is not None and len(request.query) <= DOCUMENT_CHARACTERS_MAX:
            self._automatic.put(digest_of(request.query), request.query)

    def _needs_trust(self, facts: RequestFacts, *, only_trusted: bool) -> DocumentRefused | None:
        """The refusal of a document that is not registered; None where it need not be."""
        if only_trusted or self._rules.only_trusted_for(facts):
            return DocumentNotTrusted()
        return NotByGet() if self._rules.get_only_trusted and facts.method == "GET" else None

    async def _find_trusted(self, digest: str) -> str | None:
        now = time.monotonic()
        kept = self._trusted.get(digest)
        if kept is not None and now < kept[1]:
            found: str | None = kept[0]
        else:
            found = await self._find(digest)
            if found is not None:
                self._trusted.put(digest, (found, now + TRUSTED_SECONDS))
        record = current_record()
        if record is not None and found is not None:
            record.is_trusted = True
        return found


def _automatic_id(request: GraphQLRequest) -> str | None:
    """The digest in `extensions.persistedQuery`, if there is one; raises IdMalformed for anything else."""
    given: Any = request.extensions.get("persistedQuery") if request.extensions else None
    if given is None:
        return None
    if not isinstance(given, dict) or given.get("version") != _APQ_VERSION or isinstance(given["version"], bool):
        raise IdMalformed
    digest = given.get("sha256Hash")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise IdMalformed
    return digest


def _named(document_id: str | None, automatic: str | None) -> str | None:
    """The digest that a request names; None for none, and for an id that no document can have."""
    if document_id is None:
        return automatic
    digest = document_id.removeprefix(_PREFIX)
    if automatic not in (None, digest):
        raise IdMismatch
    return digest if _DIGEST.fullmatch(digest) else None
