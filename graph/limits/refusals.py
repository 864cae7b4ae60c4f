"""Why a limit refuses an operation: one class for each reason, with its code and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import Any, ClassVar

__all__ = [
    "CostTooHigh",
    "EmptySelection",
    "FragmentCycle",
    "FragmentTwice",
    "IntrospectionTooDeep",
    "LimitExceeded",
    "NestedTooDeep",
    "QueryTooDeep",
    "Throttled",
    "TooManyAliases",
    "TooManyDirectives",
    "TooManyRepeats",
    "TooManyRootFields",
]


class LimitExceeded(Exception):
    """An operation that is not run.

    Attributes:
        code: What stands in `extensions.code` of the one error.
        status: The HTTP status, where the kind of answer does not decide it.
        extensions: What the answer carries beside the error.
    """

    code: ClassVar[str]
    status: ClassVar[int | None] = None
    extensions: Mapping[str, Any] = MappingProxyType({})

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to the refusal."""
        return {}


class EmptySelection(LimitExceeded):
    """Braces with nothing between them, which the parser lets through."""

    code = "GRAPHQL_PARSE_FAILED"

    def __init__(self) -> None:
        super().__init__("Name at least one field between { and }.")


class FragmentCycle(LimitExceeded):
    """A fragment that leads back to itself."""

    code = "GRAPHQL_VALIDATION_FAILED"

    def __init__(self, name: str) -> None:
        super().__init__(f"The fragment '{name}' leads back to itself: take the spread out that closes the circle.")


class FragmentTwice(LimitExceeded):
    """Two fragments of one name, of which nobody could say which is meant."""

    code = "GRAPHQL_VALIDATION_FAILED"

    def __init__(self, name: str) -> None:
        super().__init__(f"There are two fragments named '{name}': give one of them another name.")


class QueryTooDeep(LimitExceeded):
    """Fields below fields below fields."""

    code = "QUERY_TOO_DEEP"

    def __init__(self, depth: int, most: int) -> None:
        super().__init__(
            f"The operation is {depth} fields deep, and may be {most}: ask for what lies deeper in another request."
        )


class IntrospectionTooDeep(LimitExceeded):
    """An introspection that goes deeper, or through more lists, than the usual one of clients and tools."""

    code = "QUERY_TOO_DEEP"

    def __init__(self) -> None:
        super().__init__(
            "This asks too much of the schema at once: send the usual introspection query, or ask for single types."
        )


class NestedTooDeep(LimitExceeded):
    """Braces and brackets within each other, whether or not they are fields."""

    code = "QUERY_TOO_DEEP"

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{what} may be nested {most} deep at most: write it flatter.")


class TooManyAliases(LimitExceeded):
    """Fields asked for under another name."""

    code = "TOO_MANY_ALIASES"

    def __init__(self, most: int) -> None:
        super().__init__(f"The operation may have {most} aliases at most: send several requests.")


class TooManyDirectives(LimitExceeded):
    """Directives such as `@include` and `@skip`."""

    code = "TOO_MANY_DIRECTIVES"

    def __init__(self, most: int) -> None:
        super().__init__(f"The operation may have {most} directives at most: leave some out.")


class TooManyRootFields(LimitExceeded):
    """Fields directly below the query or the mutation."""

    code = "TOO_MANY_ROOT_FIELDS"

    def __init__(self, most: int) -> None:
        super().__init__(f"The operation may have {most} fields at its root at most: send several requests.")


class TooManyRepeats(LimitExceeded):
    """The same field asked for again and again in one place; whether they agree takes long to find out."""

    code = "TOO_MANY_REPEATS"

    def __init__(self, most: int) -> None:
        super().__init__(f"The document may name fields again {most} times at most: name each once in its place.")


class CostTooHigh(LimitExceeded):
    """The operation could return more than one may."""

    code = "COST_LIMIT_EXCEEDED"

    def __init__(self, cost: int, most: int) -> None:
        super().__init__(
            f"The operation costs {cost}, and may cost {most}: ask for fewer rows with `first`, or for less of each."
        )


class Throttled(LimitExceeded):
    """The viewer has asked for more than is restored in the time.

    Attributes:
        wait_seconds: After how long the same operation would be run.
    """

    code = "THROTTLED"
    status = 429

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = max(1, ceil(wait_seconds))
        super().__init__(
            f"You have asked for much in a short time: wait {self.wait_seconds} s, then send the same again."
        )

    @property
    def headers(self) -> dict[str, str]:
        """When to try again."""
        return {"retry-after": str(self.wait_seconds)}
