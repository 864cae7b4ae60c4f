"""How elements are named, and what a name promises of the type behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import (
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLSchema,
    get_named_type,
)

from operations.schema_care.elements import Element, Fault, elements

__all__ = ["MUTATION_VERBS", "faults_of_names"]

MUTATION_VERBS = frozenset(
    """
    accept activate add adopt amend anchor answer apply appraise approve archive assign attest cancel claim close
    confirm contest create deactivate decide decline delete disburse discard dismiss distribute draft end erase export
    extend fail fine forgive fund give grant import invite issue join leave levy limit link lock mark merge move note
    off open order pay place plan pledge post promise publish reactivate read receive reconcile record recover refresh
    refund register reject release remove rename renew reopen repay replace request reschedule resolve restore resume
    retire return reverse revise revoke rotate run schedule send settle share start stop submit suspend swap transfer
    unlink unlock use value verify visit void vote waive withdraw write
    """.split()  # noqa: SIM905 - a hundred quoted words would hide them
)
"""What a mutation may do, the last word of its name; `update`, `set` and `save` say nothing and are not among them."""

IDENTIFIER_NAME = re.compile(r"(^id|Id)s?$")
"""Names that end so are of type ID, or lists of them."""

OFFSETS = frozenset({"offset", "skip", "page", "pageNumber", "pageSize", "perPage", "limit"})

EXCEPTIONS: dict[str, frozenset[str]] = {
    "boolean": frozenset(
        {
            "Account.needsMember",  # `hasMember` would say that it has one
            "Account.countsShares",  # what its lines do, not what it is
            "Group.machineCredentials(inForce:)",  # which ones to list, not what one is
            "Query.can",  # the question itself, with what is asked about
            "SessionOpenInput.asAdmin",  # in what capacity, not what somebody is
        }
    ),
    # A number on a card, and what HTTP calls the request: neither is the id of a record.
    "id": frozenset({"nationalId", "requestId"}),
    "time": frozenset({"deviceTime"}),  # what a clock showed that may be wrong, not when something happened
    # The ends of a span, and the one day that an input is about, are no days of an event.
    "date": frozenset({"asOf", "closedThrough", "from", "on", "through", "to"}),
    "money": frozenset(
        {
            "Money.amount",
            "Constitution.penaltyRate",  # per cent
            "LoanTerms.interestRate",  # per cent
            "LoanTerms.multiplier",  # a multiple
            # per cent
            *("attendanceRate", "punctualityRate", "savingRate", "inTimeRate"),
            "LoanProductVersion.savingsMultiple",  # a multiple
            "RepaymentTerms.rate",  # per cent
            "RepaymentTerms.smallestSum",  # what sums are multiples of, in whatever currency the loan is
            "RepaymentTerms.instalmentMultiple",  # the same
            "LoanChargeRule.value",  # per cent, or a sum in whatever currency the loan is
            "LoanPenaltyRule.value",  # the same
            # Parts of all that is outstanding.
            *(f"LoanPortfolio.atRisk{days}" for days in (1, 30, 60, 90)),
        }
    ),
}
"""By rule, the coordinates, or the names wherever they stand, that break it for the reason beside them."""

_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
_CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")
_SCREAMING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_BOOLEAN = re.compile(r"(is|has|can)[A-Z]")
_COUNTED = re.compile(r"(number|count|Number|Count)Of|^(num|nr|no)[A-Z]|^count$")


def faults_of_names(schema: GraphQLSchema) -> Iterator[Fault]:
    """What names break."""
    for element in elements(schema):
        yield from _case(element)
        if isinstance(element.definition, GraphQLField | GraphQLInputField | GraphQLArgument):
            yield from _promises(element, element.definition)
        if isinstance(element.definition, GraphQLArgument | GraphQLInputField) and element.name in OFFSETS:
            yield Fault(element.coordinate, "offset", "Lists are paged by cursor: take `first` and `after`.")
    if schema.mutation_type is not None:
        for name in schema.mutation_type.fields:
            yield from _mutation(name)


def _case(element: Element) -> Iterator[Fault]:
    match element.definition:
        case GraphQLEnumValue():
            wanted, form = _SCREAMING, "SCREAMING_SNAKE_CASE"
        case GraphQLField() | GraphQLInputField() | GraphQLArgument() | GraphQLDirective():
            wanted, form = _CAMEL, "camelCase"
        case _:
            wanted, form = _PASCAL, "PascalCase"
    if not wanted.fullmatch(element.name):
        yield Fault(element.coordinate, "case", f"The name is to be in {form}.")


def _promises(element: Element, definition: GraphQLField | GraphQLInputField | GraphQLArgument) -> Iterator[Fault]:
    kind = get_named_type(definition.type).name
    name = element.name
    if IDENTIFIER_NAME.search(name) and kind != "ID" and not _is_excepted("id", element):
        yield Fault(element.coordinate, "id", f"Ids are of type ID, not {kind}.")
    if kind == "Boolean" and not _BOOLEAN.match(name) and not _is_excepted("boolean", element):
        yield Fault(element.coordinate, "boolean", "What is true or false is named is…, has… or can….")
    if kind == "DateTime" and not name.endswith("At") and not _is_excepted("time", element):
        yield Fault(element.coordinate, "time", "A moment is named …At.")
    if kind == "Date" and not name.endswith("On") and not _is_excepted("date", element):
        yield Fault(element.coordinate, "date", "A day is named …On.")
    if name.endswith(("At", "On")) and kind in {"String", "Int"}:
        yield Fault(element.coordinate, "time", f"What is named {name} is a DateTime or a Date, not a {kind}.")
    if (name.endswith("Count") and kind != "Int") or (kind == "Int" and _COUNTED.search(name)):
        yield Fault(element.coordinate, "count", "A count is an Int and named …Count.")
    if kind == "Float":
        yield Fault(element.coordinate, "float", "Binary fractions are not exact: take Decimal or Int.")
    is_answered = isinstance(definition, GraphQLField)
    if is_answered and kind == "Decimal" and not _is_excepted("money", element) and not _is_detail(element):
        yield Fault(element.coordinate, "money", "Money is answered as Money, with its currency.")


def _is_excepted(rule: str, element: Element) -> bool:
    return bool({element.coordinate, element.name} & EXCEPTIONS[rule])


def _is_detail(element: Element) -> bool:
    """Whether it is a fact behind a refusal: those are plain values, and the currency stands beside them."""
    return element.parent is not None and element.parent.name.endswith("UserError")


def _mutation(name: str) -> Iterator[Fault]:
    words = [word.lower() for word in _WORDS.findall(name)]
    coordinate = f"Mutation.{name}"
    if len(words) < 2 or words[-1] not in MUTATION_VERBS:  # noqa: PLR2004 - a noun and a verb
        message = "A mutation is a noun and then what is done to it, such as meetingClose, by a verb of MUTATION_VERBS."
        yield Fault(coordinate, "mutation", message)
