from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.text import (
    GROUP_NAME_MAX,
    NOTE_MAX,
    PERSON_NAME_MAX,
    PLACE_MAX,
    TextNotAllowed,
    TextTooLong,
    TextTooShort,
    clean_text,
)


def test_the_limits_are_those_agreed() -> None:
    assert (PERSON_NAME_MAX, GROUP_NAME_MAX, PLACE_MAX, NOTE_MAX) == (120, 120, 160, 2000)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Amina Wanjiru \n", "Amina Wanjiru"),
        ("\u00a0Achieng\u3000", "Achieng"),
        ("Jose\u0301", "Jos\u00e9"),
        ("\u212b", "\u00c5"),
        ("O'Brien-Ouma (Jr.)", "O'Brien-Ouma (Jr.)"),
        ("\u0627\u0644\u0633\u0644\u0627\u0645\u200f", "\u0627\u0644\u0633\u0644\u0627\u0645\u200f"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
        ("\u12a0\u121b\u122d\u129b", "\u12a0\u121b\u122d\u129b"),
    ],
)  # fmt: skip
def test_a_name_is_kept_in_one_form(written: str, kept: str) -> None:
    assert clean_text(written, maximum=PERSON_NAME_MAX) == kept


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("a\x00b", "U+0000"), ("a\x1bb", "U+001B"), ("a\x7fb", "U+007F"), ("a\x85b", "U+0085"), ("a\tb", "U+0009"),
        ("a\nb", "U+000A"), ("a\r\nb", "U+000D"), ("a\u2028b", "U+2028"), ("a\u2029b", "U+2029"),
        ("a\ud800b", "U+D800"),
        ("\udfff", "U+DFFF"), ("a\u202eb", "U+202E"), ("\u202aab", "U+202A"), ("a\u2066b\u2069", "U+2066"),
        ("a\ufeffb", "U+FEFF"), ("a\ufffe", "U+FFFE"), ("a\ufdd0b", "U+FDD0"), ("a\U0010ffff", "U+10FFFF"),
    ],
)  # fmt: skip
def test_a_character_that_breaks_or_deceives_is_refused(text: str, character: str) -> None:
    with pytest.raises(TextNotAllowed) as refusal:
        clean_text(text, maximum=10)
    assert refusal.value.character == character
    assert character in refusal.value.message


def test_a_note_keeps_its_lines_and_a_name_has_none() -> None:
    assert clean_text("one\r\ntwo\rthree\n\tfour\r\n", maximum=NOTE_MAX, multiline=True) == "one\ntwo\nthree\n\tfour"
    with pytest.raises(TextNotAllowed):
        clean_text("one\x0btwo", maximum=NOTE_MAX, multiline=True)


def test_length_is_counted_after_cleaning() -> None:
    assert clean_text(" " * 500 + "e\u0301" * 10 + " ", maximum=10) == "\u00e9" * 10
    assert clean_text("\u03b1\u0313\u0300\u0345" * 10, maximum=10) == "\u1f82" * 10
    assert clean_text("\U0001f33d" * 10, maximum=10) == "\U0001f33d" * 10
    for text in ("a" * 11, "e\u0301" * 11, "a" * 1_000_000):
        with pytest.raises(TextTooLong) as refusal:
            clean_text(text, maximum=10)
        assert refusal.value.message == "Shorten this text to at most 10 characters."


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u200b", "\u200d\u200d", "\u00ad", "\u200e \u200e"])
def test_text_without_anything_visible_is_empty(text: str) -> None:
    with pytest.raises(TextTooShort) as refusal:
        clean_text(text, maximum=10)
    assert refusal.value.message == "Write something here: this text may not be empty."


def test_the_minimum_is_the_place_s_own() -> None:
    assert clean_text("", maximum=10, minimum=0) == ""
    assert clean_text("abc", maximum=10, minimum=3) == "abc"
    with pytest.raises(TextTooShort) as refusal:
        clean_text(" ab ", maximum=10, minimum=3)
    assert refusal.value.message == "Write at least 3 characters here."


@given(st.text(st.characters(exclude_categories=[])), st.booleans())
def test_cleaned_text_is_storable_stable_and_within_its_limit(text: str, multiline: bool) -> None:  # noqa: FBT001 - drawn
    try:
        cleaned = clean_text(text, maximum=20, multiline=multiline)
    except DomainError:
        return
    assert clean_text(cleaned, maximum=20, multiline=multiline) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert 1 <= len(cleaned) <= 20
    assert cleaned == cleaned.strip()
    assert cleaned.encode().decode() == cleaned
    assert multiline or len(cleaned.splitlines()) == 1


@given(st.text(st.characters(categories=["L", "N", "M", "P", "S"]), min_size=1, max_size=20))
def test_ordinary_text_is_only_normalised(text: str) -> None:
    assert clean_text(text, maximum=200) == unicodedata.normalize("NFC", text)
