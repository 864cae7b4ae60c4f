"""The rules of style: a small schema keeps them all, and each change to it breaks one."""

from __future__ import annotations

import re

import pytest
from graphql import build_schema

from graph.schema import schema
from operations.schema_care import lint
from operations.schema_care.names import EXCEPTIONS, MUTATION_VERBS
from operations.schema_care.shapes import NULLABLE_ITEMS, WITHOUT_KEY

GOOD = '''
"""A moment."""
scalar DateTime @specifiedBy(url: "https://example.org/moments")
"""A day."""
scalar Date @specifiedBy(url: "https://example.org/days")
"""A number."""
scalar Decimal @specifiedBy(url: "https://example.org/numbers")
"""An identifier."""
scalar UUID @specifiedBy(url: "https://example.org/uuids")
"""Money."""
type Money {
  """How much."""
  amount: Decimal!
}
"""Anything with an id."""
interface Node {
  """The id."""
  id: ID!
}
"""A boat."""
type Boat implements Node {
  """The id."""
  id: ID!
  """Whether it floats."""
  isAfloat: Boolean!
  """When it was built."""
  builtAt: DateTime
  """The day of its first trip."""
  launchedOn: Date
  """How many oars it has."""
  oarCount: Int!
  """What it cost."""
  price: Money!
  """In which colour."""
  colour: Colour!
}
"""A colour."""
enum Colour {
  """Like the sky."""
  SKY_BLUE
}
"""A list in pages."""
type BoatConnection {
  """The rows with cursors."""
  edges: [BoatEdge!]!
  """The rows."""
  nodes: [Boat!]!
  """Where the page lies."""
  pageInfo: PageInfo!
  """How many there are."""
  totalCount: Int
}
"""A row with its cursor."""
type BoatEdge {
  """The cursor."""
  cursor: String!
  """The row."""
  node: Boat!
}
"""Where a page lies."""
type PageInfo {
  """Whether more follow."""
  hasNextPage: Boolean!
  """Whether some went before."""
  hasPreviousPage: Boolean!
  """The first cursor."""
  startCursor: String
  """The last cursor."""
  endCursor: String
}
"""A refusal."""
interface UserError {
  """The sentence."""
  message: String!
  """Where."""
  path: [String!]!
  """The family."""
  code: String!
}
"""A refusal of `boatLaunch`."""
type BoatSellUserError implements UserError {
  """The sentence."""
  message: String!
  """Where."""
  path: [String!]!
  """The family."""
  code: String!
  """The reason."""
  reason: BoatSellErrorReason!
  """What it should cost."""
  expected: Decimal
}
"""Why `boatSell` refuses."""
enum BoatSellErrorReason {
  """It is gone."""
  BOAT_SOLD
}
"""A boat to be sold."""
input BoatSellInput {
  """The key."""
  idempotencyKey: UUID!
  """The boat."""
  boatId: ID!
  """For how much."""
  price: Decimal!
}
"""What `boatSell` answers."""
type BoatSellPayload {
  """The boat."""
  boat: Boat
  """Why not."""
  userErrors: [BoatSellUserError!]!
}
"""What can be asked."""
type Query {
  """A record."""
  node("""The id.""" id: ID!): Node
  """Several records."""
  nodes("""The ids.""" ids: [ID!]!): [Node]!
  """The boats."""
  boats(
    """How many."""
    first: Int! = 20
    """From where."""
    after: String = null
  ): BoatConnection!
}
"""What can be done."""
type Mutation {
  """Sell a boat."""
  boatSell("""What is wanted.""" input: BoatSellInput!): BoatSellPayload!
}
'''

NO_DAY = '@deprecated(reason: "Removed after 2027-02-30.")'
DESCRIBED = '"""Something."""\n  '


@pytest.fixture(autouse=True)
def _boats_are_sold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.schema_care.names.MUTATION_VERBS", MUTATION_VERBS | {"sell"})


def faults(text: str) -> set[tuple[str, str]]:
    return {(fault.coordinate, fault.rule) for fault in lint(build_schema(text))}


def test_a_schema_that_keeps_every_rule_has_no_fault() -> None:
    assert faults(GOOD) == set()


@pytest.mark.parametrize(
    ("good", "bad", "coordinate", "rule"),
    [
        ("enum Colour", "enum colour", "colour", "case"),
        ("oarCount: Int!", "oarCount: Int!\n  " + DESCRIBED + "Hull_length: Int", "Boat.Hull_length", "case"),
        ("SKY_BLUE", "SkyBlue", "Colour.SkyBlue", "case"),
        ("isAfloat: Boolean!", "afloat: Boolean!", "Boat.afloat", "boolean"),
        ("isAfloat: Boolean!", "island: Boolean!", "Boat.island", "boolean"),
        ("builtAt: DateTime", "built: DateTime", "Boat.built", "time"),
        ("builtAt: DateTime", "builtAt: String", "Boat.builtAt", "time"),
        ("launchedOn: Date", "launchDate: Date", "Boat.launchDate", "date"),
        ("oarCount: Int!", "numberOfOars: Int!", "Boat.numberOfOars", "count"),
        ("oarCount: Int!", "oarCount: Decimal!", "Boat.oarCount", "count"),
        ("price: Money!", "price: Decimal!", "Boat.price", "money"),
        ("price: Money!", "price: Float!", "Boat.price", "float"),
        ("boatId: ID!", "boatId: UUID!", "BoatSellInput.boatId", "id"),
        ("ids: [ID!]!): [Node]!", "ids: [String!]!): [Node]!", "Query.nodes(ids:)", "id"),
        ("after: String = null", "after: String = null " + DESCRIBED + "offset: Int", "Query.boats(offset:)", "offset"),
        ('"""A boat."""\ntype', "type", "Boat", "description"),
        ('"""Like the sky."""', '"""like the sky."""', "Colour.SKY_BLUE", "description"),
        ('"""How many."""', '"""How many"""', "Query.boats(first:)", "description"),
        ("boatSell(", "sellBoat(", "Mutation.sellBoat", "mutation"),
        ("boatSell(", "boatUpdate(", "Mutation.boatUpdate", "mutation"),
        ("input: BoatSellInput!)", "input: BoatSellInput)", "Mutation.boatSell", "mutation"),
        ("): BoatSellPayload!", "): Boat", "Mutation.boatSell", "mutation"),
        ("  boat: Boat\n", "  boat: Boat!\n", "BoatSellPayload.boat", "mutation"),
        ("userErrors: [BoatSellUserError!]!", "userErrors: [UserError!]!", "BoatSellPayload.userErrors", "mutation"),
        ("reason: BoatSellErrorReason!", "reason: String!", "BoatSellUserError.reason", "mutation"),
        ("type BoatSellUserError implements UserError", "type BoatSellUserError", "BoatSellUserError", "mutation"),
        ("idempotencyKey: UUID!", "note: UUID!", "BoatSellInput", "mutation"),
        ("enum Colour {", "enum ColourInput {", "ColourInput", "input"),
        ("edges: [BoatEdge!]!", "edges: [BoatEdge!]", "BoatConnection.edges", "connection"),
        ("node: Boat!", "row: Boat!", "BoatEdge.node", "connection"),
        ("  totalCount: Int\n", "  totalCount: Int!\n", "BoatConnection.totalCount", "connection"),
        ("endCursor: String\n", "endCursor: String!\n", "PageInfo.endCursor", "connection"),
        ("first: Int! = 20", "first: Int!", "Query.boats", "connection"),
        ("after: String = null", "from: String = null", "Query.boats", "connection"),
        ('node("""The id.""" id: ID!): Node', 'node("""The id.""" id: ID!): Boat', "Query.node", "node"),
        ('node("""The id.""" id: ID!)', 'node("""The id.""" uid: ID!)', "Query.node", "node"),
        ("nodes: [Boat!]!", "nodes: [Boat!]!\n  " + DESCRIBED + "names: [String]!", "BoatConnection.names", "list"),
        (' @specifiedBy(url: "https://example.org/days")', "", "Date", "scalar"),
        ("oarCount: Int!", 'oarCount: Int! @deprecated(reason: "Use oars.")', "Boat.oarCount", "deprecation"),
        ("oarCount: Int!", f"oarCount: Int! {NO_DAY}", "Boat.oarCount", "deprecation"),
    ],
)  # fmt: skip
def test_each_rule_is_broken_by_what_it_forbids(good: str, bad: str, coordinate: str, rule: str) -> None:
    assert good in GOOD
    changed = GOOD.replace(good, bad) if good.startswith("enum C") else GOOD.replace(good, bad, 1)
    if good.startswith("enum C"):
        changed = changed.replace("colour: Colour!", f"colour: {bad.split()[1]}!")
    assert (coordinate, rule) in faults(changed)


def test_money_in_an_error_is_a_plain_number_and_in_an_input_too() -> None:
    assert not {fault for fault in faults(GOOD) if fault[1] == "money"}


def test_a_deprecation_with_its_date_is_in_order() -> None:
    text = GOOD.replace(
        "oarCount: Int!", 'oarCount: Int! @deprecated(reason: "Use `oars`. Removed after 2027-05-01.")', 1
    )
    assert faults(text) == set()


def test_the_published_schema_keeps_the_rules_and_needs_every_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    published = build_schema(schema.as_str())
    assert list(map(str, lint(published))) == []
    monkeypatch.setattr("operations.schema_care.names.EXCEPTIONS", dict.fromkeys(EXCEPTIONS, frozenset()))
    monkeypatch.setattr("operations.schema_care.shapes.NULLABLE_ITEMS", frozenset())
    monkeypatch.setattr("operations.schema_care.shapes.WITHOUT_KEY", frozenset())
    broken = lint(published)
    coordinates = {fault.coordinate for fault in broken}
    # The name of an argument stands in brackets behind its field.
    names = {re.split(r"[.(]", coordinate.rstrip(":)"))[-1] for coordinate in coordinates}
    excepted = frozenset().union(*EXCEPTIONS.values())
    assert excepted <= coordinates | names
    assert coordinates >= NULLABLE_ITEMS
    assert {f"{name[0].upper()}{name[1:]}Input" for name in WITHOUT_KEY} <= coordinates
