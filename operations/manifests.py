"""Manifests of documents, as the builds of front ends write them, read and checked before they are registered.

Two formats are read. A JSON object of texts by id is what Relay's compiler and graphql-codegen write. An object with
`"format": "apollo-persisted-query-manifest"` is what Apollo's tools write for the web, Kotlin and iOS.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, parse, validate

from graph.documents import operations_of
from graph.persisted import DOCUMENT_CHARACTERS_MAX, digest_of
from graph.schema import TOKENS_MAX, schema
from operations.console import CommandError

__all__ = ["DOCUMENTS_MAX", "FILE_BYTES_MAX", "checked_name", "faults_of", "read_manifest"]

DOCUMENTS_MAX = 10_000
"""How many documents a manifest may have."""
FILE_BYTES_MAX = 64 * 1024 * 1024
FAULTS_SHOWN_MAX = 10

_APOLLO = "apollo-persisted-query-manifest"
_APOLLO_VERSION = 1
_PREFIX = "sha256:"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@/-]{0,99}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_HOW_TO_DIGEST = (
    'Ids must be the SHA-256 of the text. For Relay, set "algorithm": "SHA256" in persistConfig; for graphql-codegen, '
    'hashAlgorithm: "sha256" in persistedDocuments; Apollo\'s tools do it by themselves.'
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One document of a manifest, before it is believed."""

    id: object
    text: object


def checked_name(name: str, what: str) -> str:
    """The name of an application or version itself.

    Raises:
        CommandError: It is empty, too long, or has characters that would have to be quoted somewhere.
    """
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"{what} may have up to 100 letters, digits and . _ + @ / - and begins with one of the first."
        )
    return name


def read_manifest(file: Path) -> dict[str, str]:
    """The documents of a manifest, by their ids, each valid against the schema.

    Raises:
        CommandError: The file cannot be read or is no manifest, or a document of it will not do; it says which and why.
    """
    entries = _entries(_json(file))
    if not entries:
        raise CommandError(f"{file} has no document.")
    if len(entries) > DOCUMENTS_MAX:
        raise CommandError(f"{file} has {len(entries)} documents, and a manifest may have {DOCUMENTS_MAX}.")
    documents: dict[str, str] = {}
    faults: list[str] = []
    for entry in entries:
        found = _faults_of_entry(entry)
        if found:
            faults += [f"{_shown(entry.id)}: {fault}" for fault in found]
        else:
            documents[str(entry.id).removeprefix(_PREFIX)] = str(entry.text)
    if faults:
        more = len(faults) - FAULTS_SHOWN_MAX
        lines = [*faults[:FAULTS_SHOWN_MAX], *([f"… and {more} faults more."] if more > 0 else [])]
        raise CommandError("\n".join([f"Nothing of {file} was registered.", *lines]))
    return documents


def faults_of(text: str) -> list[str]:
    """What keeps a document from being run, with lines and columns; empty for a valid one."""
    if len(text) > DOCUMENT_CHARACTERS_MAX:
        return [f"The document may have {DOCUMENT_CHARACTERS_MAX} characters, and has {len(text)}."]
    try:
        document = parse(text, max_tokens=TOKENS_MAX)
    except RecursionError:
        return ["The document is nested too deep."]
    except GraphQLError as error:
        return [_told(error)]
    if not any(isinstance(each, OperationDefinitionNode) for each in document.definitions):
        return ["The document has no operation."]
    refusals = {str(each.refusal) for each in operations_of(text) or () if each.refusal is not None}
    # What a limit keeps out is never validated, for it may be too much for that.
    return sorted(refusals) or [_told(error) for error in validate(schema._schema, document)]  # noqa: SLF001 - as Strawberry validates


def _json(file: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise CommandError(f"{file} is larger than {FILE_BYTES_MAX // 1024**2} MiB.")
        return json.loads(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise CommandError(f"{file} is not JSON.") from None


def _entries(value: Any) -> list[_Entry]:  # noqa: ANN401 - whatever the file holds
    if not isinstance(value, dict):
        raise CommandError("A manifest is a JSON object: of texts by id, or one that Apollo's tools write.")
    if "format" not in value:
        return [_Entry(*item) for item in value.items()]
    operations = value.get("operations")
    is_known = value["format"] == _APOLLO and value.get("version") == _APOLLO_VERSION
    if not is_known or not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
        raise CommandError(f"The manifest says that it has a format, but it is not {_APOLLO} of version 1.")
    return [_Entry(each.get("id"), each.get("body")) for each in operations]


def _faults_of_entry(entry: _Entry) -> list[str]:
    if not isinstance(entry.id, str) or not isinstance(entry.text, str):
        return ["The id and the text of a document must be strings."]
    if entry.id.removeprefix(_PREFIX) != digest_of(entry.text):
        return [f"The id is not the SHA-256 of the text. {_HOW_TO_DIGEST}"]
    if _UNSTORABLE.search(entry.text):
        return ["The text holds a NUL character or half of a surrogate pair, which cannot be stored."]
    return faults_of(entry.text)


def _shown(entry_id: object) -> str:
    text = str(entry_id)
    return text if len(text) <= len(_PREFIX) + 64 else f"{text[:40]}…"


def _told(error: GraphQLError) -> str:
    place = "".join(f" (line {each.line}, column {each.column})" for each in (error.locations or [])[:1])
    return f"{error.message.rstrip('.')}{place}."
