"""Every code that an answer can have is in the list, with a sentence; nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

from graph.codes import CODES

ROOT = Path(__file__).parents[3]
PATTERNS = (
    r'\bcode = "([A-Z_]+)"',
    r'"code": "([A-Z_]+)"',
    r'_refused\(\s*[\w.]+,\s*"([A-Z_]+)"',
    r'^    \(\w+, "([A-Z_]+)", (?:None|"|[A-Z_]+\))',
    r'return "([A-Z]+_[A-Z_]+)", ',
)


def used() -> set[str]:
    texts = [
        file.read_text()
        for file in sorted((ROOT / "graph").rglob("*.py"))
        if not {"graphiql", "telemetry"} & set(file.parts)
    ]
    return {code for text in texts for pattern in PATTERNS for code in re.findall(pattern, text, re.MULTILINE)}


def test_every_code_has_a_sentence() -> None:
    assert used() - CODES.keys() == set()
    assert len(used()) > 20


def test_every_code_of_the_list_is_used() -> None:
    texts = "".join(file.read_text() for file in (ROOT / "graph").rglob("*.py") if file.name != "codes.py")
    assert {code for code in CODES if f'"{code}"' not in texts} == set()


def test_each_sentence_is_one() -> None:
    for code, sentence in CODES.items():
        assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code)
        assert re.fullmatch(r"[A-Z].+\.", sentence), code
