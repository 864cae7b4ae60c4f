"""The audits of graphql-http, which hold a server against the specification of GraphQL over HTTP."""

from __future__ import annotations

from tests.clients.node_project import NodeProject
from tests.clients.real_server import RealServer

AUDITS = 61


def test_every_audit_of_graphql_http_passes(server: RealServer, node_project: NodeProject) -> None:
    results = node_project.results("audits.mjs", URL=server.url)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len({result["id"] for result in results}) == len(results) == AUDITS


def test_the_people_of_the_server_can_sign_in(server: RealServer) -> None:
    document = "query Q($id: ID!) { group(id: $id) { name memberCount } }"
    for who in server.people:
        answer = server.send(document, {"id": str(server.group.id)}, server.sign_in(who))
        assert answer["data"] == {"group": {"name": "Umoja", "memberCount": 5}}
    assert "errors" in server.send(document, {"id": str(server.group.id)})


def test_no_log_line_holds_a_variable(server: RealServer) -> None:
    token = server.sign_in("plain")
    for document in ("query Q($id: ID!) { group(id: $id) { name } }", "query Q($id: ID!) { nowhere(id: $id) }"):
        server.send(document, {"id": "a-secret-variable"}, token)
    written = server.log_file.read_text(encoding="utf-8")
    assert "serving" in written
    for secret in ("a-secret-variable", token, server.people["plain"].login, server.people["plain"].password):
        assert secret not in written
