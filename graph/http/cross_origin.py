"""What pages of other origins may do: nothing, unless the origin is named.

A page of another site can make a browser send some requests without asking first. This is why such a request does no
harm here, whoever's browser it is:

- Cookies authenticate nothing and do not even reach the executor. A token travels in `Authorization`, which a browser
  never adds by itself, and which a page may send elsewhere only after a preflight.
- A POST must be declared as JSON, for which a browser asks first; the three types that it sends unasked are refused.
- A GET runs queries only. One that a browser says comes from another site (`Sec-Fetch-Site`) is refused, unless its
  origin is named; from a browser too old to say so it runs, but as nobody's, and the page cannot read the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graph.http.refusals import CrossSiteRequest, OriginNotAllowed

__all__ = ["CrossOrigin"]

PREFLIGHT_SECONDS = 600
"""How long a browser may remember what another origin may do."""

_ANY = "*"
_OTHER_SITES = frozenset({"cross-site", "same-site"})
_ALLOWED_HEADERS = (
    "authorization",
    "content-type",
    "x-request-id",
    "x-client-name",
    "x-client-version",
    "apollographql-client-name",
    "apollographql-client-version",
)
_EXPOSED_HEADERS = ("retry-after", "x-request-id")
_NONE: Mapping[str, str] = MappingProxyType({})


class CrossOrigin:
    """The origins whose pages may call the API, and the headers that tell browsers so."""

    def __init__(self, origins: tuple[str, ...] = ()) -> None:
        """Name the origins, such as `https://app.example`; `*` stands for every one."""
        self._origins = frozenset(origins)
        self._is_open = _ANY in self._origins
        # No credentials: a token is sent by the page itself, never by the browser of its own accord.
        self._answers = {origin: self._headers(origin) for origin in self._origins}

    def __bool__(self) -> bool:
        """Whether any other origin may call."""
        return bool(self._origins)

    def answer_headers(self, origin: str | None) -> Mapping[str, str]:
        """The headers of an answer to a page of this origin; none where it may not read it."""
        if origin is None:
            return _NONE
        return self._answers.get(_ANY if self._is_open else origin, _NONE)

    def preflight_headers(self, headers: Mapping[str, str]) -> Mapping[str, str] | None:
        """The headers that answer a preflight; None for a request that is none.

        Args:
            headers: The request's, of method OPTIONS.

        Raises:
            OriginNotAllowed: The origin is not named.
        """
        origin = headers.get("origin")
        if not self._origins or origin is None or "access-control-request-method" not in headers:
            return None
        if not self.answer_headers(origin):
            raise OriginNotAllowed
        return {
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": ", ".join(_ALLOWED_HEADERS),
            "access-control-max-age": str(PREFLIGHT_SECONDS),
        }

    def refuse_forgery(self, headers: Mapping[str, str]) -> None:
        """Let pass a GET unless a browser says that a page of another site, which may not call, had it sent.

        Raises:
            CrossSiteRequest: It says so.
        """
        if headers.get("sec-fetch-site") in _OTHER_SITES and not self.answer_headers(headers.get("origin")):
            raise CrossSiteRequest

    @staticmethod
    def _headers(origin: str) -> Mapping[str, str]:
        return MappingProxyType(
            {
                "access-control-allow-origin": origin,
                "access-control-expose-headers": ", ".join(_EXPOSED_HEADERS),
            }
        )
