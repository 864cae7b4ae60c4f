"""Which media type the answer has, whether the body's is taken, and how headers with weights are read."""

from __future__ import annotations

import re
from functools import lru_cache

from graph.http.refusals import NotAcceptable, UnsupportedMediaType

__all__ = ["EVENT_STREAM", "GRAPHQL_RESPONSE_JSON", "JSON", "check_content", "negotiate", "weights_of"]

GRAPHQL_RESPONSE_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

_MAX_CACHED_CHARACTERS = 512
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def negotiate(accept: str | None) -> str:
    """The media type to answer with.

    A client that names `application/graphql-response+json` with the highest weight gets it. One that names nothing,
    or only a wildcard, gets `application/json`, which every client reads. A stream of events is answered only where
    no JSON will do: clients that read both name both, and want the stream for subscriptions alone.

    Raises:
        NotAcceptable: None of the three has a weight above zero.
    """
    if not accept:
        return JSON
    return _cached_choice(accept) if len(accept) <= _MAX_CACHED_CHARACTERS else _choice(accept)


def weights_of(header: str) -> dict[str, float]:
    """What a header such as `Accept` lists, in lower case, with the weight of each; what has no weight is left out."""
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = _weight(parameters)
        if name and weight is not None:
            weights[name] = max(weight, weights.get(name, 0.0))
    return weights


def _choice(accept: str) -> str:
    weights = weights_of(accept)
    fallback = weights.get("application/*", weights.get("*/*", 0.0))
    json_weight = weights.get(JSON, fallback)
    # A wildcard does not show that the client knows the newer type: it decides only where nothing else is left.
    graphql_weight = weights.get(GRAPHQL_RESPONSE_JSON, fallback)
    if graphql_weight > json_weight or (graphql_weight == json_weight > 0 and GRAPHQL_RESPONSE_JSON in weights):
        return GRAPHQL_RESPONSE_JSON
    if json_weight > 0:
        return JSON
    if weights.get(EVENT_STREAM, 0.0) > 0:
        return EVENT_STREAM
    raise NotAcceptable


_cached_choice = lru_cache(maxsize=256)(_choice)


def _weight(parameters: list[str]) -> float | None:
    """The `q` among the parameters, 1 where there is none, None where it is not a weight."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value.strip()) if _WEIGHT.fullmatch(value.strip()) else None
    return 1.0


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    name, *parameters = (part.strip() for part in content_type.lower().split(";"))
    charsets = [
        value.strip().strip('"') for key, _, value in (p.partition("=") for p in parameters) if key == "charset"
    ]
    return name == JSON and all(charset in {"utf-8", "utf8"} for charset in charsets)


def check_content(content_type: str | None, content_encoding: str | None) -> None:
    """Let pass what is declared as uncompressed JSON in UTF-8.

    The types that a browser sends across origins without asking first are all refused here.

    Raises:
        UnsupportedMediaType: For anything else, a body without a type among it.
    """
    if content_type is None or len(content_type) > _MAX_CACHED_CHARACTERS or not _is_json(content_type):
        raise UnsupportedMediaType
    if content_encoding is not None and content_encoding.strip().lower() != "identity":
        raise UnsupportedMediaType
