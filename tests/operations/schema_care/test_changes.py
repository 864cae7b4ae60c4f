"""What may be taken away from clients: what was announced, once its date has passed, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from graphql import build_schema

from graph.schema import schema
from operations.console import CommandError
from operations.schema import check_style, release
from operations.schema_care.changes import NOTICE_DAYS, RELEASES, newest_release, removal_date, unannounced_changes

TODAY = date(2027, 3, 1)
PAST = '@deprecated(reason: "Use `b`. Removed after 2027-02-28.")'
DUE_TODAY = '@deprecated(reason: "Use `b`. Removed after 2027-03-01.")'
AHEAD = '@deprecated(reason: "Use `b`. Removed after 2027-09-01.")'


def faults(before: str, after: str) -> list[tuple[str, str]]:
    found = unannounced_changes(build_schema(before), build_schema(after), TODAY)
    return [(fault.coordinate, fault.rule) for fault in found]


@pytest.mark.parametrize(
    ("before", "after", "coordinate"),
    [
        ("type Query { a: Int b: Int }", "type Query { b: Int }", "Query.a"),
        ("type Query { a(x: Int): Int }", "type Query { a: Int }", "Query.a(x:)"),
        ("type Query { a: Int }", "type Query { a(x: Int!): Int }", "Query.a(x:)"),
        ("type Query { a: Int! }", "type Query { a: Int }", "Query.a"),
        ("type Query { a(x: Int): Int }", "type Query { a(x: Int!): Int }", "Query.a(x:)"),
        ("enum E { A B } type Query { a: E }", "enum E { A } type Query { a: E }", "E.B"),
        ("type B { c: Int } type Query { a: Int b: B }", "type Query { a: Int b: Int }", "B"),
        ("input I { x: Int } type Query { a(i: I): Int }", "input I { x: Int y: Int! } type Query { a(i: I): Int }",
         "I.y"),
        ("input I { x: Int y: Int } type Query { a(i: I): Int }", "input I { x: Int } type Query { a(i: I): Int }",
         "I.y"),
        ("interface N { a: ID } type Query implements N { a: ID }", "interface N { a: ID } type Query { a: ID n: N }",
         "Query"),
        ("union U = A | B type A { x: Int } type B { x: Int } type Query { u: U b: B }",
         "union U = A type A { x: Int } type B { x: Int } type Query { u: U b: B }", "B"),
        ("directive @d(x: Int) on FIELD type Query { a: Int }",
         "directive @d on FIELD type Query { a: Int }", "@d(x:)"),
        ("directive @d on FIELD type Query { a: Int }", "type Query { a: Int }", "@d"),
    ],
)  # fmt: skip
def test_what_is_taken_away_without_a_word_is_found(before: str, after: str, coordinate: str) -> None:
    assert (coordinate, "breaking") in faults(before, after)


def test_what_is_added_or_reworded_is_nobodys_loss() -> None:
    before = 'type Query { "Old words." a(x: Int): Int }'
    after = 'type Query { "New words." a(x: Int, y: Int): Int! b: [E!] } enum E { A }'
    assert faults(before, after) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"type Query {{ a: Int {PAST} b: Int }}", "type Query { b: Int }"),
        (f"type Query {{ a(x: Int {PAST}): Int }}", "type Query { a: Int }"),
        (f"enum E {{ A {PAST} B }} type Query {{ a: E }}", "enum E { B } type Query { a: E }"),
        (f"input I {{ x: Int {PAST} y: Int }} type Query {{ a(i: I): Int }}",
         "input I { y: Int } type Query { a(i: I): Int }"),
        # Types go with the last field that leads to them, and so does what lies below them.
        (f"type A {{ x: B }} type B {{ y: E }} enum E {{ P Q }} type Query {{ a: A {PAST} b: Int }}",
         "enum E { Q } type Query { b: Int c: E }"),
        (f"input I {{ x: Int }} type Query {{ a(i: I): Int {PAST} b: Int }}", "type Query { b: Int }"),
        # One of a kind goes although others stay.
        ("interface N { id: ID } type A implements N { id: ID } type B implements N { id: ID }"  # noqa: ISC004 - one text
         f" type Query {{ n: N a: A b: B {PAST} }}",
         "interface N { id: ID } type A implements N { id: ID } type Query { n: N a: A }"),
    ],
)  # fmt: skip
def test_what_was_announced_goes_once_its_date_has_passed(before: str, after: str) -> None:
    assert faults(before, after) == []
    for not_yet in (DUE_TODAY, AHEAD, '@deprecated(reason: "Some day.")'):
        assert {rule for _, rule in faults(before.replace(PAST, not_yet), after)} == {"breaking"}


def test_a_type_stays_as_long_as_one_field_leads_to_it() -> None:
    before = f"type A {{ x: Int }} type Query {{ a: A {PAST} other: A b: Int }}"
    assert faults(before, "type Query { b: Int }") == [("A", "breaking"), ("Query.other", "breaking")]


def test_a_new_announcement_names_a_day_far_enough_ahead() -> None:
    before = "type Query { a: Int b: Int }"
    for days, expected in ((NOTICE_DAYS, []), (NOTICE_DAYS - 1, [("Query.a", "notice")])):
        due = TODAY + timedelta(days=days)
        after = f'type Query {{ a: Int @deprecated(reason: "Use b. Removed after {due}.") b: Int }}'
        assert faults(before, after) == expected
        assert faults("type Query { b: Int }", after) == expected


def test_a_removal_is_put_off_but_never_brought_forward() -> None:
    before = f"type Query {{ a: Int {AHEAD} b: Int }}"
    assert faults(before, before) == []
    for due, expected in (("2027-10-01", []), ("2027-08-31", [("Query.a", "notice")])):
        assert faults(before, before.replace("2027-09-01", due)) == expected
    # An announcement that is kept when its date has passed is no new one.
    assert faults(f"type Query {{ a: Int {PAST} }}", f"type Query {{ a: Int {PAST} }}") == []


def test_a_date_is_one_of_the_calendar() -> None:
    assert removal_date("Use b. Removed after 2027-02-28, as told.") == date(2027, 2, 28)
    for text in ("Removed after 2027-02-30.", "removed after 2027-02-28", "Removed after soon.", "Use b."):
        assert removal_date(text) is None


def test_releases_are_compared_with_the_newest_and_not_with_themselves(tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nversion = "0.10.0"\n')
    releases = tmp_path / "releases"
    assert newest_release(releases) is None
    releases.mkdir()
    for version, field in (("0.2.0", "a"), ("0.9.0", "b")):
        (releases / f"{version}.graphql").write_text(f"type Query {{ {field}: Int }}")
    (releases / "notes.graphql").write_text("no schema")
    found = newest_release(releases)
    assert found is not None
    assert (found[0], list(found[1].type_map["Query"].fields)) == ("0.9.0", ["b"])
    with pytest.raises(CommandError, match=r"Query\.b was removed.*at least 90 days ahead"):
        release("type Query { c: Int }\n", releases=releases, project=project)
    assert release("type Query { b: Int c: Int }\n", releases=releases, project=project).name == "0.10.0.graphql"
    # Until the version moves on it is the one being made.
    release("type Query { b: Int }\n", releases=releases, project=project)
    newest = newest_release(releases)
    assert newest is not None
    assert newest[0] == "0.10.0"


def test_what_breaks_a_promise_is_told_with_what_to_do(tmp_path: Path) -> None:
    text = schema.as_str()
    (tmp_path / "0.1.0.graphql").write_text(
        text.replace("  memberCount: Int ", "  membersCount: Int\n\n  memberCount: Int ")
    )
    with pytest.raises(CommandError) as told:
        check_style(text, releases=tmp_path)
    assert str(told.value) == (
        "Group.membersCount: Field Group.membersCount was removed. Keep it, deprecate it with a date at least 90 days"
        " ahead, and take it away in a release after that date. (breaking)\nThe schema breaks 1 rules."
    )
    (tmp_path / "0.1.0.graphql").write_text(text)
    assert check_style(text, releases=tmp_path) == "The schema keeps its rules, and what release 0.1.0 promised."


def test_the_last_release_is_kept_beside_the_documentation() -> None:
    found = newest_release(RELEASES)
    assert found is not None
    assert unannounced_changes(found[1], build_schema(schema.as_str()), date(2026, 11, 20)) == []
