"""What leaves are written as, and what is no value of theirs."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from typing import Any, NewType
from uuid import UUID

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import EngineSchema, item
from tests.graph.engine.test_cases_reference import answers, problem

NUMBER = UUID("0190a2b4-5c6d-7e8f-9012-3456789abcde")


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"
    DEEP_GREEN = strawberry.enum_value("green", name="GREEN")


@strawberry.enum
class Grade(IntEnum):
    LOW = 1
    HIGH = 2


class Grumpy(str):
    """Text that cannot be written."""

    __slots__ = ()

    def __str__(self) -> str:
        raise ValueError("leave me alone")


class Named:
    """Something with a text of its own."""

    def __str__(self) -> str:
        return "named"

    def __repr__(self) -> str:
        return "<Named>"


def write_even(value: Any) -> Any:
    if value == 13:
        return None
    if value % 2:
        raise ValueError(f"{value} is odd")
    return {"half": value // 2}


Even = NewType("Even", int)
EVEN = strawberry.scalar(name="Even", serialize=write_even, parse_value=int)


@strawberry.type
class Query:
    text: str | None
    number: int | None
    real: float | None
    flag: bool | None
    id: strawberry.ID | None
    uuid: UUID | None
    colour: Colour | None
    grade: Grade | None
    even: Even | None
    day: dt.date | None
    moment: dt.datetime | None
    hour: dt.time | None
    amount: Decimal | None
    colours: list[Colour | None] | None
    numbers: list[int] | None


schema = EngineSchema(Query, config=StrawberryConfig(default_resolver=item, scalar_map={Even: EVEN}))

RIGHT = [
    ("text", "a", "a"),
    ("text", "", ""),
    ("text", 7, "7"),
    ("text", 2**70, str(2**70)),
    ("text", 1.5, "1.5"),
    ("text", 2.0, "2.0"),
    ("text", True, "true"),
    ("text", False, "false"),
    ("text", NUMBER, str(NUMBER)),
    ("text", Named(), "named"),
    ("text", Decimal("1.50"), "1.50"),
    ("number", 0, 0),
    ("number", 2**31 - 1, 2**31 - 1),
    ("number", -(2**31), -(2**31)),
    ("number", True, 1),
    ("number", False, 0),
    ("number", 3.0, 3),
    ("number", "12", 12),
    ("number", Decimal(5), 5),
    ("number", Grade.HIGH, 2),
    ("real", 1, 1.0),
    ("real", 1.25, 1.25),
    ("real", "1.5", 1.5),
    ("real", True, 1),
    ("real", Decimal("2.5"), 2.5),
    ("real", Fraction(1, 4), 0.25),
    ("flag", True, True),
    ("flag", False, False),
    ("flag", 0, False),
    ("flag", 7, True),
    ("flag", 0.5, True),
    ("flag", Decimal(0), False),
    ("id", "a", "a"),
    ("id", 7, "7"),
    ("id", 2**70, str(2**70)),
    ("id", 7.0, "7"),
    ("id", NUMBER, str(NUMBER)),
    ("id", Named(), "named"),
    ("uuid", NUMBER, str(NUMBER)),
    ("uuid", str(NUMBER), str(NUMBER)),
    ("colour", Colour.RED, "RED"),
    ("colour", Colour.DEEP_GREEN, "GREEN"),
    ("colour", "blue", "BLUE"),
    ("colour", "green", "GREEN"),
    ("grade", Grade.HIGH, "HIGH"),
    ("grade", 1, "LOW"),
    ("even", 8, {"half": 4}),
    ("day", dt.date(2026, 2, 28), "2026-02-28"),
    ("moment", dt.datetime(2026, 2, 28, 9, 30, tzinfo=dt.UTC), "2026-02-28T09:30:00+00:00"),
    ("hour", dt.time(9, 30), "09:30:00"),
    ("amount", Decimal("10.00"), "10.00"),
    ("amount", Decimal("1E+3"), "1E+3"),
    ("colours", [Colour.RED, None, "blue"], ["RED", None, "BLUE"]),
    ("numbers", [1, 2.0, "3"], [1, 2, 3]),
    ("numbers", {4}, [4]),
]

WRONG = [
    ("text", [], "String cannot represent value: []"),
    ("text", {"a": 1}, "String cannot represent value: {'a': 1}"),
    ("text", b"a", "String cannot represent value: b'a'"),
    ("text", math.nan, "String cannot represent value: nan"),
    ("number", 2**31, "Int cannot represent non 32-bit signed integer value: 2147483648"),
    ("number", -(2**31) - 1, "Int cannot represent non 32-bit signed integer value: -2147483649"),
    ("number", 1e10, "Int cannot represent non 32-bit signed integer value: 10000000000.0"),
    ("number", "3000000000", "Int cannot represent non 32-bit signed integer value: '3000000000'"),
    ("number", 1.5, "Int cannot represent non-integer value: 1.5"),
    ("number", math.nan, "Int cannot represent non-integer value: nan"),
    ("number", "one", "Int cannot represent non-integer value: 'one'"),
    ("number", "", "Int cannot represent non-integer value: ''"),
    ("number", [1], "Int cannot represent non-integer value: [1]"),
    ("real", math.nan, "Float cannot represent non numeric value: nan"),
    ("real", math.inf, "Float cannot represent non numeric value: inf"),
    ("real", "nan", "Float cannot represent non numeric value: 'nan'"),
    ("real", "far", "Float cannot represent non numeric value: 'far'"),
    ("real", [], "Float cannot represent non numeric value: []"),
    ("flag", "true", "Boolean cannot represent a non boolean value: 'true'"),
    ("flag", math.nan, "Boolean cannot represent a non boolean value: nan"),
    ("flag", [], "Boolean cannot represent a non boolean value: []"),
    ("id", True, "ID cannot represent value: True"),
    ("id", 1.5, "ID cannot represent value: 1.5"),
    ("id", [], "ID cannot represent value: []"),
    ("even", 7, "7 is odd"),
    ("even", "x", "not all arguments converted during string formatting"),
    ("even", 13, "Expected `Even.coerce_output_value(13)` to return non-nullable value, returned: None"),
    ("day", "2026-02-28", "'str' object has no attribute 'isoformat'"),
    ("colour", "pink", "Enum 'Colour' cannot represent value: 'pink'"),
    ("colour", "RED", "Enum 'Colour' cannot represent value: 'RED'"),
    ("colour", 1, "Enum 'Colour' cannot represent value: 1"),
    ("colour", [], "Enum 'Colour' cannot represent value: []"),
    ("colour", Grade.LOW, "Enum 'Colour' cannot represent value: <Grade.LOW: 1>"),
    ("uuid", Grumpy("a"), "leave me alone"),
]


@pytest.mark.parametrize(("field", "value", "written"), RIGHT)
async def test_a_value_is_written_as_its_type_says(field: str, value: Any, written: Any) -> None:
    result = await answers(schema, f"{{ {field} }}", {field: written}, root=lambda: {field: value})
    assert type(result.data[field]) is type(written)


@pytest.mark.parametrize(("field", "value", "message"), WRONG)
async def test_what_is_no_value_of_the_type_is_an_error_in_its_place(field: str, value: Any, message: str) -> None:
    await answers(schema, f"{{ {field} }}", {field: None}, problem(message, field, (1, 3)), root=lambda: {field: value})


async def test_wrong_members_of_a_list_are_errors_in_their_places() -> None:
    await answers(
        schema,
        "{ colours numbers }",
        {"colours": ["RED", None, None, "BLUE"], "numbers": None},
        problem("Enum 'Colour' cannot represent value: 'pink'", "colours.1", (1, 3)),
        problem("Int cannot represent non-integer value: 'x'", "numbers.1", (1, 11)),
        root=lambda: {"colours": [Colour.RED, "pink", None, "blue"], "numbers": [1, "x"]},
    )


@strawberry.type
class Row:
    id: strawberry.ID
    name: str
    count: int
    colour: Colour | None


@strawberry.type
class Rows:
    rows: list[Row | None]


async def test_one_wrong_value_among_many_rows_is_found_and_all_others_are_written() -> None:
    rows = [{"id": index, "name": f"n{index}", "count": index, "colour": Colour.RED} for index in range(50)]
    rows[7]["count"] = 2**40
    rows[11]["name"] = None
    rows[13]["colour"] = "pink"
    rows[17]["count"], rows[17]["id"], rows[17]["name"] = True, NUMBER, 17
    expected: list[Any] = [{"id": str(i), "name": f"n{i}", "count": i, "colour": "RED"} for i in range(50)]
    expected[7] = expected[11] = None
    expected[13]["colour"] = None
    expected[17] = {"id": str(NUMBER), "name": "17", "count": 1, "colour": "RED"}
    await answers(
        EngineSchema(Rows, config=StrawberryConfig(default_resolver=item)),
        "{ rows { id name count colour } }",
        {"rows": expected},
        problem("Int cannot represent non 32-bit signed integer value: 1099511627776", "rows.7.count", (1, 18)),
        problem("Cannot return null for non-nullable field Row.name.", "rows.11.name", (1, 13)),
        problem("Enum 'Colour' cannot represent value: 'pink'", "rows.13.colour", (1, 24)),
        root=lambda: {"rows": rows},
    )
