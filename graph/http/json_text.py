"""JSON that is taken only if every later step can hold it: UTF-8, shallow, and without characters that cannot be kept.

PostgreSQL stores no NUL character and UTF-8 no half of a surrogate pair: a string with either would fail far from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import orjson

from graph.http.refusals import MalformedRequest

__all__ = ["MAX_JSON_DEPTH", "parse_json", "refuse_nul"]

MAX_JSON_DEPTH = 64
"""How deep arrays and objects may stand in each other: the deepest input of the schema needs a fraction of it."""

_Container: TypeAlias = dict[str, Any] | list[Any]

_MAX_SHOWN_KEY = 40
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


def parse_json(data: bytes, name: str) -> object:
    """The value that `data` spells; of a key given twice, the last counts.

    Args:
        data: The bytes as they came.
        name: What they are, to begin the sentence of a refusal: `The body`.

    Raises:
        MalformedRequest: Not UTF-8, not JSON, nested deeper than `MAX_JSON_DEPTH`, or a string holds a NUL or half of
            a surrogate pair; the message says where.
    """
    try:
        value: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _explained(data, name, error) from None
    # No text can nest deeper than it has opening brackets, so most need no walk.
    if data.count(b"[") + data.count(b"{") > MAX_JSON_DEPTH and _is_too_deep(value):
        raise _too_deep(name)
    if b"\\u0000" in data:
        _refuse_nul_inside(value, name)
    return value


def refuse_nul(text: str, name: str) -> None:
    """Let pass a string without a NUL character; raises MalformedRequest with its name otherwise."""
    if "\x00" in text:
        raise MalformedRequest(f"{name} holds a NUL character, which cannot be stored: remove it.")


def _explained(data: bytes, name: str, error: orjson.JSONDecodeError) -> MalformedRequest:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return MalformedRequest(f"{name} is not valid UTF-8 at byte {wrong.start + 1}.")
    if _text_is_too_deep(text):
        return _too_deep(name)
    position = _lone_surrogate(text)
    if position is not None:
        return MalformedRequest(f"{name} holds half of a surrogate pair at character {position + 1}: send both halves.")
    return MalformedRequest(f"{name} is not valid JSON at line {error.lineno}, column {error.colno}.")


def _too_deep(name: str) -> MalformedRequest:
    return MalformedRequest(f"{name} may nest arrays and objects {MAX_JSON_DEPTH} deep at most.")


def _text_is_too_deep(text: str) -> bool:
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        match token[0][0]:
            case "[" | "{":
                depth += 1
                if depth > MAX_JSON_DEPTH:
                    return True
            case "]" | "}":
                depth -= 1
            case _:
                pass
    return False


def _lone_surrogate(text: str) -> int | None:
    """Where the first escape of half a surrogate pair begins."""
    high_at: int | None = None
    high_ends = -1
    for escape in _ESCAPE.finditer(text):
        unit = int(escape[1], 16) if escape[1] else 0
        is_low = 0xDC00 <= unit <= 0xDFFF  # noqa: PLR2004 -- the range of low surrogates in Unicode
        if high_at is not None:
            if not (is_low and escape.start() == high_ends):
                return high_at
            high_at = None
        elif is_low:
            return escape.start()
        elif 0xD800 <= unit <= 0xDBFF:  # noqa: PLR2004 -- the range of high surrogates in Unicode
            high_at, high_ends = escape.start(), escape.end()
    return high_at


def _is_too_deep(value: object) -> bool:
    level = _containers([value])
    for _ in range(MAX_JSON_DEPTH):
        level = [inner for outer in level for inner in _containers(_children(outer))]
    return bool(level)


def _containers(values: Iterable[object]) -> list[_Container]:
    return [value for value in values if isinstance(value, dict | list)]


def _children(container: _Container) -> Iterable[object]:
    return container.values() if isinstance(container, dict) else container


class _Place(NamedTuple):
    """A step into the value. Steps are linked, not joined, since long keys joined for each child would fill memory."""

    step: str
    outer: _Place | None = None

    def __str__(self) -> str:
        steps: list[str] = []
        place: _Place | None = self
        while place is not None:
            shown = place.step[:_MAX_SHOWN_KEY].replace("\x00", "\ufffd")
            steps.append(shown if len(place.step) <= _MAX_SHOWN_KEY else f"{shown}\N{HORIZONTAL ELLIPSIS}")
            place = place.outer
        return ".".join(reversed(steps))


def _refuse_nul_inside(value: object, name: str) -> None:
    if isinstance(value, str):
        refuse_nul(value, name)
    remaining: list[tuple[_Place | None, _Container]] = [(None, item) for item in _containers([value])]
    while remaining:
        place, container = remaining.pop()
        for step, child in container.items() if isinstance(container, dict) else enumerate(container):
            if isinstance(step, str) and "\x00" in step:
                refuse_nul(step, f"{name}, in the key `{_Place(step, place)}`,")
            if isinstance(child, str):
                # A place is made only where it is needed: most values have nothing to say.
                if "\x00" in child:
                    refuse_nul(child, f"{name}, at `{_Place(str(step), place)}`,")
            elif child and isinstance(child, dict | list):
                remaining.append((_Place(str(step), place), child))
