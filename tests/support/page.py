"""A page whose requests are sent as they stand there: what its blocks are, and whether an answer is the one it shows.

A request stands in a block of its own, and what is answered in the next:

- `http`: the lines of a request, then in another block the status, the headers and the body of the answer;
- `graphql`: a document, then `json`: its variables, if it has any, and the answer;
- `text`: messages over a WebSocket, those that are sent after an arrow to the right, others after one to the left;
- `json` before `sh`: a file, and the command that is given it.

In an answer `…` stands for anything, and `$name` for a value that is to be kept; in a request `$name` is what was kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ANYTHING = "…"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"\$([a-z][a-z0-9]*)")
_STATUS = re.compile(r"(\d{3})\b.*")


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """A request or an answer, as the page has it; `first` is its first line."""

    first: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """A request over HTTP and its answer."""

    request: HttpMessage
    answer: HttpMessage

    @property
    def status(self) -> int:
        """The status that the page shows."""
        shown = _STATUS.fullmatch(self.answer.first)
        assert shown is not None, f"the answer to {self.request.first!r} begins with its status"
        return int(shown[1])


@dataclass(frozen=True, slots=True)
class Operation:
    """A document with its variables, and the answer to it."""

    document: str
    variables: str
    answer: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What goes over a WebSocket, in its order: whether it is sent, and what it is."""

    messages: tuple[tuple[bool, str], ...]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command, and the file that it is given."""

    file: str
    command: str


Step = HttpExchange | Operation | Dialogue | CommandLine


@dataclass(slots=True)
class Names:
    """What the names of the page stand for."""

    known: dict[str, str] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        """The text with every name that stands for something replaced; others are GraphQL's own."""
        return _NAME.sub(lambda found: self.known.get(found[1], found[0]), text)

    def fits(self, shown: Any, got: Any) -> bool:
        """Whether what was answered is what the page shows; keeps what it names."""
        if shown == ANYTHING:
            return True
        if isinstance(shown, dict):
            return (
                isinstance(got, dict)
                and shown.keys() == got.keys()
                and all(self.fits(value, got[key]) for key, value in shown.items())
            )
        if isinstance(shown, list):
            return (
                isinstance(got, list)
                and len(shown) == len(got)
                and all(self.fits(one, other) for one, other in zip(shown, got, strict=True))
            )
        if isinstance(shown, str) and isinstance(got, str) and (named := _NAME.fullmatch(shown)) is not None:
            return self.known.setdefault(named[1], got) == got
        return type(shown) is type(got) and bool(shown == got)


def steps_of(page: str) -> Iterator[Step]:
    """What the page shows, in its order; no block is passed over."""
    blocks = [(found[1], found[2]) for found in _BLOCK.finditer(page)]
    assert page.count("```") == 2 * len(blocks), "every block is closed and has a language"
    at = 0
    while at < len(blocks):
        language, text = blocks[at]
        following = [other for _, other in blocks[at + 1 : at + 3]]
        kinds = tuple(kind for kind, _ in blocks[at : at + 3])
        if kinds[:2] == ("http", "http"):
            yield HttpExchange(_message(text), _message(following[0]))
            at += 2
        elif kinds == ("graphql", "json", "json"):
            yield Operation(text, *following)
            at += 3
        elif kinds[:2] == ("graphql", "json"):
            yield Operation(text, "{}", following[0])
            at += 2
        elif kinds[:2] == ("json", "sh"):
            yield CommandLine(text, following[0].strip())
            at += 2
        else:
            assert language == "text", f"what is this block for? {language} {text}"
            yield Dialogue(tuple(_messages(text)))
            at += 1


def _message(text: str) -> HttpMessage:
    head, _, body = text.partition("\n\n")
    first, *lines = head.splitlines()
    pairs = (line.partition(": ") for line in lines)
    return HttpMessage(first, {name.lower(): value for name, _, value in pairs}, body)


def _messages(text: str) -> Iterator[tuple[bool, str]]:
    for line in text.splitlines():
        arrow, _, message = line.partition(" ")
        if arrow in ("→", "←"):
            yield arrow == "→", message


def without_cost(answer: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """The answer without its cost, which every one has, unless the page shows it here."""
    if "cost" in shown.get("extensions", {}):
        return answer
    extensions = {name: value for name, value in answer.get("extensions", {}).items() if name != "cost"}
    rest = {name: value for name, value in answer.items() if name != "extensions"}
    return {**rest, "extensions": extensions} if extensions else rest


def told(shown: Any, got: Any) -> str:
    """Both of them, for whoever has to see where they differ."""
    return f"shown:\n{json.dumps(shown, indent=1, ensure_ascii=False)}\ngot:\n{json.dumps(got, indent=1)}"
