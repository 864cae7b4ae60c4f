"""What operations cost, on the schema itself: by hand, through fragments, with variables and conditions."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, OperationDefinitionNode, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from graph.limits import CostModel
from graph.limits.cost import COST_MAX, OperationCost
from graph.limits.weights import Weights
from graph.schema import COST_MODEL


def formula(document: str, model: CostModel = COST_MODEL) -> OperationCost:
    parsed = parse(document)
    (operation,) = (each for each in parsed.definitions if isinstance(each, OperationDefinitionNode))
    return model.of_document(parsed)[id(operation)]


def cost(document: str, **variables: Any) -> int:
    return formula(document).requested(variables)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ __typename }", 1),
        ("{ viewer { user { id name } } }", 2),
        ("{ viewer { memberships { roles } } }", 1 + 10),
        ("{ groups { nodes { id } } }", 20),
        ("{ groups(first: 7) { edges { cursor node { id } } pageInfo { hasNextPage } } }", 7),
        ("{ groups(first: 7) { nodes { id } edges { node { id } } } }", 14),
        ("{ groups(first: 7) { totalCount } }", 1),
        ("{ groups(first: 7) { totalCount nodes { memberCount constitution { sharePrice { amount } } } } }", 1 + 7 * 2),
        ("{ groups(first: 3) { nodes { fundBalances { balance { amount } places { place } } } } }", 3 * (1 + 3 * 4)),
        ("{ groups(first: 2) { nodes { accounts { balance { amount } } members { nodes { id } } } } }", 2 * (31 + 20)),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ('{ node(id: "a") { ... on Group { book { headHash } } ... on Member { group { book { headHash } } } } }', 3),
        ('{ node(id: "a") { ... on Node { id } ... on Member { group { id } } } }', 2),
        ('{ bookVerification(groupId: "a") { isSound book { headHash } faults { fault } } }', 100 + 1 + 1 + 10),
        ("{ a: viewer { user { id } } b: viewer { user { id } } }", 4),
        ("{ nowhere { at { all } } viewer { nothing user { id } } ...F ... on Nobody { a } }", 2),
        (
            'mutation { sessionOpen(input: {login: "a"}) { tokens { accessToken } userErrors { code } } }',
            10 + 1 + 1,
        ),
        ("mutation { a: sessionRevoke(input: {}) { sessionId } b: sessionRevoke(input: {}) { sessionId } }", 22),
        (
            "mutation { contributionsRecord(input: {items: [{}, {}, {}]}) { items { contribution { id } } } }",
            10 + 1 + 3 * 2,
        ),
    ],
)
def test_the_cost_of_an_operation_is_what_it_can_return(document: str, expected: int) -> None:
    assert cost(document) == expected


def test_a_variable_says_how_many_and_its_default_where_it_is_left_out() -> None:
    rows = "groups(first: $n) { nodes { members(first: $n) { nodes { id } } } }"
    document = f"query Q($n: Int! = 5) {{ {rows} }}"
    assert cost(document) == 5 * 6
    assert cost(document, n=3) == 3 * 4
    assert cost(document, n=100) == 100 * 101


@pytest.mark.parametrize(
    ("first", "expected"),
    [(0, 1), (-5, 1), (101, 100), (10**400, 100), (None, 1), ("7", 1), ([1, 2], 2), ({}, 1), (True, 1), (1e308, 100)],
)
def test_a_value_that_no_list_takes_counts_for_something_all_the_same(first: object, expected: int) -> None:
    assert cost("query Q($n: Int!) { groups(first: $n) { nodes { id } } }", n=first) == expected


def test_digits_without_end_are_counted_as_the_most() -> None:
    assert cost("{ groups(first: " + "9" * 5_000 + ") { nodes { id } } }") == 100


def test_a_list_in_a_variable_counts_by_its_length_wherever_the_variable_stands() -> None:
    ids = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert (cost(ids, ids=["a"] * 4), cost(ids, ids="a"), cost(ids)) == (4, 1, 1)
    whole = "mutation M($input: I!) { contributionsRecord(input: $input) { items { id } } }"
    assert cost(whole, input={"items": [{}] * 30}) == 11 + 30
    part = "mutation M($items: [I!]!) { contributionsRecord(input: {groupId: 1, items: $items}) { items { id } } }"
    assert cost(part, items=[{}] * 30) == 11 + 30


def test_what_a_condition_leaves_out_costs_nothing() -> None:
    document = """query Q($a: Boolean!, $b: Boolean = true) {
        groups @include(if: $a) { nodes { id } }
        viewer @skip(if: $b) { user { id } }
        ... @skip(if: true) { groups { nodes { id } } }
        ...F @include(if: false) @skip(if: $a)
    } fragment F on Query { groups { nodes { id } } }"""
    assert cost(document, a=True) == 20
    assert cost(document, a=True, b=False) == 22
    assert cost(document, a=False, b=False) == 2
    assert cost(document, a=False, b=True) == 1


def test_fragments_cost_what_they_would_written_out_and_no_more_work() -> None:
    page = "fragment Page on GroupConnection { nodes { ...G } }"
    page += " fragment G on Group { members(first: $n) { nodes { id } } }"
    document = f"query Q($n: Int!) {{ a: groups(first: 2) {{ ...Page }} b: groups(first: 3) {{ ...Page }} }} {page}"
    assert cost(document, n=4) == (2 + 3) * (1 + 4)
    doubling = "".join(f" fragment F{at} on Query {{ ...F{at + 1} ...F{at + 1} }}" for at in range(35))
    leaf = " fragment F35 on Query { groups(first: $n) { nodes { id } } }"
    assert cost(f"query Q($n: Int!) {{ ...F0 }}{doubling}{leaf}", n=1) == COST_MAX
    assert cost(f"{{ ...F0 }}{doubling}{leaf.replace('$n', '1')}") == COST_MAX


def test_a_cost_without_bounds_is_a_number_that_clients_can_read() -> None:
    inner = "id"
    for _ in range(12):
        inner = f"contributions(first: 100) {{ nodes {{ group {{ {inner} }} }} }}"
    assert cost(f'{{ group(id: "a") {{ {inner} }} }}') == COST_MAX == 2_147_483_647


def test_the_usual_introspection_query_can_be_paid_for_and_many_at_once_cannot() -> None:
    usual = get_introspection_query()
    assert 50 < cost(usual) < 500
    (body,) = (usual[usual.index("__schema") : usual.index("fragment FullType")].rpartition("}")[0],)
    several = usual.replace(body, " ".join(f"s{at}: {body}" for at in range(15)))
    assert cost(several) > 1_000


def test_what_was_returned_is_paid_for_with_what_the_root_fields_cost_by_themselves() -> None:
    assert formula("{ groups { nodes { id } } }").actual({}, 3) == 3
    assert formula("{ groups { nodes { id } } }").actual({}, 0) == 1
    revoke = "sessionRevoke(input: {}) { sessionId }"
    twice = f"mutation {{ a: {revoke} ...F }} fragment F on Mutation {{ b: {revoke} }}"
    assert formula(twice).actual({}, 2) == 22
    document = "query Q($a: Boolean!) { bookVerification(groupId: 1) @include(if: $a) { isSound } }"
    assert [formula(document).actual({"a": a}, 0) for a in (True, False)] == [100, 1]


@given(st.integers(1, 100), st.integers(1, 100), st.booleans())
def test_a_literal_a_variable_and_a_default_cost_the_same(first: int, inner: int, shown: bool) -> None:  # noqa: FBT001
    body = "groups(first: %s) { nodes { members(first: %s) @include(if: %s) { nodes { id balances { shares } } } } }"
    literal = cost("{ " + body % (first, inner, str(shown).lower()) + " }")
    named = "query Q($a: Int!%s, $b: Int!%s, $c: Boolean!%s) { " + body % ("$a", "$b", "$c") + " }"
    assert cost(named % ("", "", ""), a=first, b=inner, c=shown) == literal
    assert cost(named % (f" = {first}", f" = {inner}", f" = {str(shown).lower()}")) == literal
    assert literal == first * (1 + (inner * 2 if shown else 0))


def test_a_document_without_variables_costs_a_number_that_is_known_beforehand() -> None:
    assert isinstance(formula("{ groups(first: 7) { nodes { members { nodes { id } } } } }").most, float)


def test_every_declared_weight_is_a_number_and_every_declared_size_is_used() -> None:
    weights = Weights(COST_MODEL.weights.schema)
    kinds = [
        kind for kind in weights.schema.type_map.values() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    ]
    costs = {
        (kind.name, name): found
        for kind in kinds
        for name in kind.fields
        if (found := weights.of_field(kind, name)) is not None
    }
    assert costs["Query", "nodes"].slicing == ("ids",)
    assert costs["Mutation", "contributionsRecord"].slicing == ("input", "items")
    assert costs["Group", "accounts"].size == 30
    assert {name: found.weight for name, found in costs.items() if found.weight not in (0, 10)} == {
        ("Query", "bookVerification"): 100,
        **{(kind.name, "totalCount"): 1 for kind in kinds if kind.name.endswith("Connection")},
    }
    free = {kind.name for kind in kinds if weights.of_type(kind) == 0}
    assert {"Money", "PageInfo", "GroupConnection", "GroupEdge", "SessionOpenUserError", "UserError"} <= free
    assert not {"Group", "Member", "Contribution", "Tokens", "SessionOpenPayload"} & free
