"""Root fields of a mutation, one after the other, each with all that is selected of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import strawberry

from graph.engine import Call, EngineSchema, LevelLoader, relation
from tests.graph.engine.test_cases_reference import answers, any_of, no_null, problem


class Ledger:
    """What the mutations of a request share: a balance, and the order in which things happened."""

    def __init__(self) -> None:
        self.balance, self.events = 0, []
        LEDGERS.append(self)

    def event(self, text: str) -> None:
        self.events.append(text)

    def loader(self, _call: Call) -> LevelLoader:
        return Later(self)


LEDGERS: list[Ledger] = []


class Later(LevelLoader):
    """The balance at the time of the load, which takes a while."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.ledger = ledger

    async def batch_load_fn(self, keys: list[str]) -> list[Any]:
        self.ledger.event(f"load {','.join(keys)}")
        for _ in range(3):
            await asyncio.sleep(0)
        self.ledger.event(f"loaded {','.join(keys)}")
        return [Receipt(key=key, balance=self.ledger.balance, is_signed=True) for key in keys]


@strawberry.type
class Receipt:
    key: str
    balance: int
    is_signed: bool | None
    copy: Receipt | None = relation(lambda receipt: f"{receipt.key}'", lambda call: call.context.loader(call))

    @strawberry.field
    async def seen(self, info: strawberry.Info) -> int:
        await asyncio.sleep(0)
        info.context.event(f"seen {self.key}")
        return info.context.balance

    @strawberry.field
    async def sure_number(self) -> int:
        await asyncio.sleep(0)
        raise ValueError(f"no number for {self.key}")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def pay(self, info: strawberry.Info, key: str, amount: int) -> Receipt:
        ledger = info.context
        ledger.event(f"pay {key}")
        await asyncio.sleep(0)
        ledger.balance += amount
        ledger.event(f"paid {key}")
        return Receipt(key=key, balance=ledger.balance, is_signed=None)

    @strawberry.mutation
    def pay_now(self, info: strawberry.Info, key: str, amount: int) -> Receipt:
        info.context.event(f"now {key}")
        info.context.balance += amount
        return Receipt(key=key, balance=info.context.balance, is_signed=None)

    @strawberry.mutation
    async def fail(self, info: strawberry.Info, key: str) -> Receipt | None:
        info.context.event(f"fail {key}")
        await asyncio.sleep(0)
        raise ValueError(f"failed {key}")

    @strawberry.mutation
    def sure_fail(self, info: strawberry.Info, key: str) -> Receipt:
        info.context.event(f"fail {key}")
        raise ValueError(f"failed {key}")

    @strawberry.mutation
    async def late_fail(self, info: strawberry.Info, key: str) -> Receipt:
        info.context.event(f"fail {key}")
        await asyncio.sleep(0)
        raise ValueError(f"failed {key}")

    @strawberry.mutation
    async def nothing(self, info: strawberry.Info, key: str) -> Receipt | None:
        info.context.event(f"nothing {key}")


@strawberry.type
class Query:
    word: str = "yes"


schema = EngineSchema(Query, Mutation)


@pytest.fixture(autouse=True)
def _no_ledgers() -> None:
    LEDGERS.clear()


async def mutate(selection: str, data: Any, events: list[str], *problems: Any, **options: Any) -> None:
    """The same answer and the same events in the same order, on graphql-core and on the engine."""
    document = selection if selection.startswith("mutation") else f"mutation {selection}"
    await answers(schema, document, data, *problems, context=Ledger, **options)
    assert [each.events for each in LEDGERS] == [events] * 3


async def test_the_second_field_sees_what_the_first_did() -> None:
    await mutate(
        """{
          a: pay(key: "a", amount: 5) { balance }
          b: payNow(key: "b", amount: 3) { balance }
          c: pay(key: "c", amount: 1) { key balance }
        }""",
        {"a": {"balance": 5}, "b": {"balance": 8}, "c": {"key": "c", "balance": 9}},
        ["pay a", "paid a", "now b", "pay c", "paid c"],
    )


async def test_a_field_is_answered_to_its_last_leaf_before_the_next_begins() -> None:
    await mutate(
        """{
          a: payNow(key: "a", amount: 5) { copy { copy { seen } } }
          b: pay(key: "b", amount: 3) { copy { balance } }
        }""",
        {"a": {"copy": {"copy": {"seen": 5}}}, "b": {"copy": {"balance": 8}}},
        [
            "now a",
            "load a'",
            "loaded a'",
            "load a''",
            "loaded a''",
            "seen a''",
            "pay b",
            "paid b",
            "load b'",
            "loaded b'",
        ],
    )


async def test_fields_are_done_in_the_order_of_the_document_with_fragments() -> None:
    await mutate(
        """
        mutation M($no: Boolean = false) {
          ...F
          c: pay(key: "c", amount: 1) { key }
          ... on Mutation { a: pay(key: "a", amount: 1) { balance } }
          d: pay(key: "d", amount: 1) @include(if: $no) { key }
        }
        fragment F on Mutation { b: pay(key: "b", amount: 1) { key } a: pay(key: "a", amount: 1) { key } }
        """.strip(),
        {"b": {"key": "b"}, "a": {"key": "a", "balance": 2}, "c": {"key": "c"}},
        ["pay b", "paid b", "pay a", "paid a", "pay c", "paid c"],
    )


async def test_a_field_that_fails_and_may_be_null_does_not_stop_the_next() -> None:
    await mutate(
        """{ a: pay(key: "a", amount: 5) { key } b: fail(key: "b") { key }
          n: nothing(key: "n") { key } c: pay(key: "c", amount: 2) { balance }
        }""",
        {"a": {"key": "a"}, "b": None, "n": None, "c": {"balance": 7}},
        ["pay a", "paid a", "fail b", "nothing n", "pay c", "paid c"],
        problem("failed b", "b", (1, 48)),
    )


@pytest.mark.parametrize("field", ["sureFail", "lateFail"])
async def test_a_field_that_fails_and_may_not_be_null_ends_the_operation(field: str) -> None:
    await mutate(
        f"""{{ a: pay(key: "a", amount: 5) {{ key }} b: {field}(key: "b") {{ key }}
          c: pay(key: "c", amount: 2) {{ balance }}
        }}""",
        None,
        ["pay a", "paid a", "fail b"],
        problem("failed b", "b", (1, 48)),
    )


async def test_an_error_below_a_field_that_may_not_be_null_ends_the_operation() -> None:
    await mutate(
        '{ a: payNow(key: "a", amount: 5) { key sureNumber } c: pay(key: "c", amount: 2) { balance } }',
        None,
        ["now a"],
        problem("no number for a", "a.sureNumber", (1, 49)),
    )


async def test_errors_before_one_that_ends_the_operation_may_be_told_with_it() -> None:
    document = 'mutation { a: fail(key: "a") { key } b: sureFail(key: "b") { key } }'
    await mutate(
        document,
        None,
        ["fail a", "fail b"],
        any_of(problem("failed a", "a", (1, 12)), problem("failed b", "b", (1, 38))),
    )


async def test_names_of_types_count_among_the_fields_of_a_mutation() -> None:
    await mutate(
        '{ __typename a: pay(key: "a", amount: 5) { __typename } }',
        {"__typename": "Mutation", "a": {"__typename": "Receipt"}},
        ["pay a", "paid a"],
    )


async def test_a_missing_receipt_is_told_as_of_any_field() -> None:
    @strawberry.type
    class Empty:
        @strawberry.mutation
        async def sign(self) -> Receipt:
            return None  # type: ignore[return-value] - the point

        @strawberry.mutation
        def never(self) -> str:
            raise AssertionError

    await answers(
        EngineSchema(Query, Empty),
        "mutation { sign { key } never }",
        None,
        no_null("Empty.sign", "sign", (1, 12)),
    )
