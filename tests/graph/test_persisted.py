"""Documents by their id: trusted ones and automatic ones, over POST and GET, and who may run nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import asyncpg
import httpx
import pytest

from graph import persisted
from graph.http import GraphQLRequest, RequestFacts
from graph.persisted import AUTOMATIC_MAX, DocumentRefused, DocumentRules, PersistedDocuments, TrustedNotFound
from persistence.database import DatabaseUnavailableError
from persistence.documents import register_manifest, remove_manifest
from tests.support.api import Api
from tests.support.cluster import dsn_for
from tests.support.world import World

TEXT = "query Kind { __typename }"
OTHER = "query Other { __typename }"
DATA = {"__typename": "Query"}

NOT_FOUND = (400, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
NOT_IN_LIST = (
    400,
    "PERSISTED_QUERY_NOT_IN_LIST",
    "No document is registered under this id: register the manifest of the application's build.",
)
MISMATCH = (
    400,
    "PERSISTED_QUERY_HASH_MISMATCH",
    "The id is not the SHA-256 of the `query`: send the id that belongs to it, or one of them alone.",
)
MALFORMED = (400, "BAD_REQUEST", 'Send `extensions.persistedQuery` as {"version": 1, "sha256Hash": "…"}.')
NOT_TRUSTED = (
    403,
    "QUERY_NOT_IN_SAFELIST",
    "Only registered documents are run: register the manifest of the application's build.",
)
NOT_BY_GET = (405, "BAD_REQUEST", "Only registered documents go by GET: send this one with POST.")


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def automatic(text: str, **more: Any) -> dict[str, Any]:
    """The extensions by which a client names a document, by Apollo's protocol."""
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(text), **more}}


async def post(http: httpx.AsyncClient, body: dict[str, Any], **headers: str) -> httpx.Response:
    accept = "application/graphql-response+json"
    return await http.post("/graphql", json=body, headers={"accept": accept, "x-request-id": "r", **headers})


async def get(http: httpx.AsyncClient, **parameters: str) -> httpx.Response:
    return await http.get("/graphql", params=parameters, headers={"accept": "application/graphql-response+json"})


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert list(body) == ["errors"]
    (error,) = body["errors"]
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    return answer.status_code, error["extensions"]["code"], error["message"]


def data(answer: httpx.Response) -> Any:
    assert "errors" not in answer.json()
    return answer.json()["data"]


async def register(world: World, *texts: str, version: str = "1") -> None:
    connection = await asyncpg.connect(dsn_for(world.name))
    try:
        assert await register_manifest(connection, "app", version, {digest(text): text for text in texts})
    finally:
        await connection.close()


async def remove(world: World, version: str = "1") -> int | None:
    connection = await asyncpg.connect(dsn_for(world.name))
    try:
        return await remove_manifest(connection, "app", version)
    finally:
        await connection.close()


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server on which `TEXT` is registered."""
    await register(world, TEXT)
    async with Api.start(world) as api:
        yield api.http


async def test_a_trusted_document_is_run_by_its_id(http: httpx.AsyncClient) -> None:
    for document_id in (f"sha256:{digest(TEXT)}", digest(TEXT)):
        answer = await post(http, {"documentId": document_id})
        assert (answer.status_code, data(answer)) == (200, DATA)
        assert data(await get(http, documentId=document_id)) == DATA
    assert data(await post(http, {"extensions": automatic(TEXT)})) == DATA


async def test_a_trusted_document_takes_variables_and_names_its_operation(
    world: World, http: httpx.AsyncClient
) -> None:
    text = "query A($skip: Boolean!) { __typename @skip(if: $skip) } query B { kind: __typename }"
    await register(world, text, version="2")
    named = {"documentId": digest(text)}
    assert data(await post(http, {**named, "operationName": "B"})) == {"kind": "Query"}
    assert data(await post(http, {**named, "operationName": "A", "variables": {"skip": True}})) == {}
    assert refusal(await post(http, named))[1] == "OPERATION_RESOLUTION_FAILURE"


async def test_the_text_may_go_with_its_own_id(http: httpx.AsyncClient) -> None:
    for text in (TEXT, OTHER):
        assert data(await post(http, {"documentId": digest(text), "query": text})) == DATA


async def test_an_id_that_nothing_is_registered_under_is_refused(http: httpx.AsyncClient) -> None:
    unknown = digest(OTHER)
    for document_id in (unknown, f"sha256:{unknown}", "", "sha256:", "x", digest(TEXT).upper(), f"md5:{'0' * 32}"):
        for answer in (
            await post(http, {"documentId": document_id}),
            await post(http, {"documentId": document_id, "query": ""}),
            await get(http, documentId=document_id),
        ):
            assert refusal(answer) == NOT_IN_LIST
        legacy = await http.post("/graphql", json={"documentId": document_id}, headers={"accept": "application/json"})
        assert refusal(legacy) == NOT_IN_LIST


async def test_an_id_and_a_text_that_differ_are_refused(http: httpx.AsyncClient) -> None:
    for body in (
        {"documentId": digest(TEXT), "query": OTHER},
        {"documentId": digest(TEXT), "query": TEXT + " "},
        {"documentId": "x", "query": TEXT},
        {"documentId": digest(TEXT), "extensions": automatic(OTHER)},
        {"extensions": automatic(TEXT), "query": OTHER},
    ):
        assert refusal(await post(http, body)) == MISMATCH


async def test_an_automatic_document_is_asked_for_once_and_run_by_its_hash_afterwards(http: httpx.AsyncClient) -> None:
    hash_alone = {"extensions": automatic(OTHER)}
    assert refusal(await post(http, hash_alone)) == NOT_FOUND
    legacy = await http.post("/graphql", json=hash_alone, headers={"accept": "application/json"})
    assert (legacy.status_code, legacy.json()["errors"][0]["message"]) == (200, "PersistedQueryNotFound")
    assert data(await post(http, {**hash_alone, "query": OTHER})) == DATA
    assert data(await post(http, hash_alone)) == DATA
    assert data(await get(http, extensions=json.dumps(automatic(OTHER)))) == DATA
    assert refusal(await post(http, {"documentId": digest(OTHER)})) == NOT_IN_LIST


async def test_what_is_no_document_or_too_long_is_not_kept(http: httpx.AsyncClient) -> None:
    long = "{ __typename } # " + "x" * 20_000
    for text, status in (("{ a", 400), (long, 200)):
        assert (await post(http, {"query": text, "extensions": automatic(text)})).status_code == status
        assert refusal(await post(http, {"extensions": automatic(text)})) == NOT_FOUND


async def test_a_mutation_by_id_does_not_go_by_get(world: World, http: httpx.AsyncClient) -> None:
    text = 'mutation M { sessionRefresh(input: { refreshToken: "x" }) { userErrors { code } } }'
    await register(world, text, version="2")
    answer = await get(http, documentId=digest(text))
    assert refusal(answer) == (405, "BAD_REQUEST", "Mutations go by POST only.")
    assert answer.headers["allow"] == "POST"


async def test_a_persisted_query_that_is_not_spelled_so_is_refused(http: httpx.AsyncClient) -> None:
    not_objects: list[Any] = [3, [], "x", True]
    for given in (
        *not_objects,
        {},
        {"version": 1},
        {"sha256Hash": digest(TEXT)},
        {"version": 2, "sha256Hash": digest(TEXT)},
        {"version": "1", "sha256Hash": digest(TEXT)},
        {"version": True, "sha256Hash": digest(TEXT)},
        {"version": 1, "sha256Hash": None},
        {"version": 1, "sha256Hash": "abc"},
        {"version": 1, "sha256Hash": [digest(TEXT)]},
    ):
        extensions = {"persistedQuery": given}
        assert refusal(await post(http, {"extensions": extensions})) == MALFORMED
        assert refusal(await post(http, {"query": TEXT, "extensions": extensions})) == MALFORMED


async def test_without_a_text_or_an_id_there_is_nothing_to_run(http: httpx.AsyncClient) -> None:
    for body in ({"query": ""}, {"extensions": {"persistedQuery": None}}):
        answer = await post(http, body)
        message = "Send the document as `query`, or the id of a registered one as `documentId`."
        assert refusal(answer) == (400, "BAD_REQUEST", message)
    assert data(await post(http, {"query": TEXT, "extensions": {"persistedQuery": None}})) == DATA


async def test_only_trusted_documents_are_run_where_the_setting_says_so(world: World) -> None:
    await register(world, TEXT)
    async with Api.start(world, documents_only=True) as api:
        for body in ({"documentId": digest(TEXT)}, {"extensions": automatic(TEXT)}, {"query": TEXT}):
            assert data(await post(api.http, body)) == DATA
        for body in ({"query": OTHER}, {"query": OTHER, "extensions": automatic(OTHER)}, {"query": "{ a"}):
            assert refusal(await post(api.http, body)) == NOT_TRUSTED
        # No client is asked to send a text that would be refused.
        assert refusal(await post(api.http, {"extensions": automatic(OTHER)})) == NOT_IN_LIST


async def test_only_trusted_documents_are_run_for_the_clients_that_the_setting_names(world: World) -> None:
    await register(world, TEXT)
    async with Api.start(world, documents_only_clients=("kiosk", "field-app")) as api:
        for name in ("x-client-name", "apollographql-client-name"):
            assert refusal(await post(api.http, {"query": OTHER}, **{name: "kiosk"})) == NOT_TRUSTED
            assert data(await post(api.http, {"documentId": digest(TEXT)}, **{name: "kiosk"})) == DATA
            assert data(await post(api.http, {"query": OTHER}, **{name: "dashboard"})) == DATA
        assert data(await post(api.http, {"query": OTHER})) == DATA
        # What another client sent is no more trusted for that.
        assert data(await post(api.http, {"query": OTHER, "extensions": automatic(OTHER)})) == DATA
        assert (
            refusal(await post(api.http, {"extensions": automatic(OTHER)}, **{"x-client-name": "kiosk"})) == NOT_IN_LIST
        )


async def test_a_get_runs_only_trusted_documents_where_the_setting_says_so(world: World) -> None:
    await register(world, TEXT)
    async with Api.start(world, get_documents_only=True) as api:
        assert data(await get(api.http, documentId=digest(TEXT))) == DATA
        assert data(await get(api.http, query=TEXT)) == DATA
        answer = await get(api.http, query=OTHER)
        assert refusal(answer) == NOT_BY_GET
        assert answer.headers["allow"] == "POST"
        assert data(await post(api.http, {"query": OTHER, "extensions": automatic(OTHER)})) == DATA
        assert refusal(await get(api.http, extensions=json.dumps(automatic(OTHER)))) == NOT_IN_LIST


async def test_a_document_that_was_removed_is_run_for_a_minute_at_most(
    world: World, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(persisted.time, "monotonic", lambda: now)
    assert data(await post(http, {"documentId": digest(TEXT)})) == DATA
    assert await remove(world) == 1
    now += 59.9
    assert data(await post(http, {"documentId": digest(TEXT)})) == DATA
    now += 0.1
    assert refusal(await post(http, {"documentId": digest(TEXT)})) == NOT_IN_LIST
    await register(world, TEXT)
    assert data(await post(http, {"documentId": digest(TEXT)})) == DATA


async def test_a_document_is_read_once_for_many_requests(world: World) -> None:
    await register(world, TEXT)
    async with Api.start(world) as api:
        with api.statements() as statements:
            for _ in range(5):
                assert data(await post(api.http, {"documentId": digest(TEXT)})) == DATA
                assert data(await post(api.http, {"query": TEXT})) == DATA
        assert [text for text in statements.sent if "find_document" in text] == ["SELECT app.find_document($1)"]


async def test_a_removed_version_leaves_what_another_registered(world: World, http: httpx.AsyncClient) -> None:
    await register(world, TEXT, OTHER, version="2")
    assert await remove(world, version="2") == 1
    assert await remove(world, version="2") is None
    assert data(await post(http, {"documentId": digest(TEXT)})) == DATA
    assert refusal(await post(http, {"documentId": digest(OTHER)})) == NOT_IN_LIST


async def test_a_version_keeps_the_documents_that_it_registered(world: World, superuser: asyncpg.Connection) -> None:
    await register(world, TEXT)
    assert await register_manifest(superuser, "app", "1", {digest(TEXT): TEXT})
    assert not await register_manifest(superuser, "app", "1", {digest(OTHER): OTHER})
    assert await superuser.fetchval("SELECT array_agg(document) FROM app.trusted_documents") == [TEXT]


async def test_the_database_keeps_no_document_under_another_id(superuser: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="trusted_documents_id_is_digest"):
        await register_manifest(superuser, "app", "1", {digest(TEXT): OTHER})
    assert await superuser.fetchval("SELECT count(*) FROM app.document_manifests") == 0


async def test_nobody_but_the_owner_reads_the_list_or_writes_to_it(world: World) -> None:
    plain = await asyncpg.connect(dsn_for(world.name, "kibubu_login"))
    try:
        for role in ("kibubu_anonymous", "kibubu_app", "kibubu_readonly"):
            for statement in (
                "SELECT * FROM app.trusted_documents",
                "SELECT * FROM app.document_manifests",
                "INSERT INTO app.document_manifests (application, version, document_ids) VALUES ('a', '1', '{}')",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await plain.execute(f"BEGIN; SET LOCAL ROLE {role}; {statement}")
                await plain.execute("ROLLBACK")
    finally:
        await plain.close()


async def test_a_database_that_does_not_answer_is_told_as_such(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Api.start(world) as api:

        async def fail(_digest: str) -> None:
            raise DatabaseUnavailableError("secret address")

        monkeypatch.setattr(api.services.documents, "_find", fail)
        answer = await post(api.http, {"documentId": digest(TEXT)})
    status, code, message = refusal(answer)
    assert (status, code) == (503, "SERVICE_UNAVAILABLE")
    assert "secret" not in message


FACTS = RequestFacts("r", "POST", allow_mutations=True, headers={}, client_host=None)


async def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    documents = PersistedDocuments()
    texts = [f"{{ a{number}: __typename }}" for number in range(AUTOMATIC_MAX + 1)]
    for text in texts:
        documents.keep(GraphQLRequest(text, extensions=automatic(text)))
    assert await documents.text_of(GraphQLRequest(None, extensions=automatic(texts[1])), FACTS) == texts[1]
    with pytest.raises(DocumentRefused, match="PersistedQueryNotFound"):
        await documents.text_of(GraphQLRequest(None, extensions=automatic(texts[0])), FACTS)


async def test_whoever_asks_may_insist_on_a_trusted_document() -> None:
    async def find(given: str) -> str | None:
        return TEXT if given == digest(TEXT) else None

    documents = PersistedDocuments(find)
    assert await documents.text_of(GraphQLRequest(TEXT), FACTS, only_trusted=True) == TEXT
    with pytest.raises(DocumentRefused, match="Only registered documents are run"):
        await documents.text_of(GraphQLRequest(OTHER), FACTS, only_trusted=True)
    with pytest.raises(TrustedNotFound):
        await documents.text_of(GraphQLRequest(None, extensions=automatic(OTHER)), FACTS, only_trusted=True)


async def test_a_text_with_half_of_a_surrogate_pair_is_no_trusted_document() -> None:
    documents = PersistedDocuments(rules=DocumentRules(only_trusted=True))
    with pytest.raises(DocumentRefused, match="Only registered documents are run"):
        await documents.text_of(GraphQLRequest('{ a(b: "\ud800") }'), FACTS)
