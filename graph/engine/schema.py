"""The one seam between Strawberry and the engine: `Schema.execute`, and the execution of a subscription's events."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, cast

import strawberry
from graphql import DocumentNode, GraphQLError, OperationType
from graphql import ExecutionResult as CoreResult
from graphql.execution import Executor, create_source_event_stream
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType as StrawberryOperationType

from graph.engine.compiling import Compiler, Uncovered
from graph.engine.documents import (
    DOCUMENT_CHARACTERS_MAX,
    DOCUMENTS_MAX,
    LeastRecentlyUsed,
    Operation,
    find_operation,
)
from graph.engine.run import OBJECTS_MAX, AnswerTooLargeError, Run
from graph.engine.running import run_query, run_serially

__all__ = ["EngineSchema", "Events"]

_log = logging.getLogger(__name__)

_PREPARING = (AddValidationRules, MaxTokensLimiter, ParserCache, ValidationCache)
"""Extensions that are done once a document is known to be valid."""

_AROUND_EXECUTION = ("resolve", "on_operation", "on_execute", "get_results")

_TOO_LARGE = f"The answer would have more than {OBJECTS_MAX} objects: ask for less at a time."

_VARIABLE_ERRORS_MAX = 50
"""As graphql-core has it."""


class EngineSchema(strawberry.Schema):
    """A Strawberry schema whose operations run breadth-first, from plans that are compiled once.

    Attributes:
        uncovered: How many operations went to graphql-core, by reason.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options["execution_context_class"] = _EventExecutor
        super().__init__(*arguments, **options)
        self.uncovered: Counter[str] = Counter()
        self.compiler = Compiler(self)
        self._operations: LeastRecentlyUsed[tuple[str, str | None], Operation] = LeastRecentlyUsed(DOCUMENTS_MAX)
        self._is_wrapped = any(_wraps_execution(extension) for extension in self.get_extensions())
        self._schema.extensions["graph.engine"] = self

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[StrawberryOperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run an operation: on the engine where it covers it, else on graphql-core. See `strawberry.Schema.execute`."""
        operation = await self._find(query, operation_name, allowed_operation_types)
        if operation is not None:
            result = await self.run(operation, variable_values, context_value, root_value)
            if result is not None:
                if result.errors:
                    self.process_errors(result.errors, None)
                return ExecutionResult(result.data, result.errors)
        return await super().execute(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            allowed_operation_types,
            operation_extensions,
        )

    async def run(
        self, operation: Operation, variables: dict[str, Any] | None, context: Any, root_value: Any
    ) -> CoreResult | None:
        """The result of a valid operation; None where the engine does not cover it."""
        coerced = get_variable_values(
            self._schema, operation.node.variable_definitions or (), variables or {}, max_errors=_VARIABLE_ERRORS_MAX
        )
        if isinstance(coerced, list):
            return CoreResult(None, coerced)
        return await self.run_coerced(operation, coerced, context, root_value)

    async def run_coerced(
        self, operation: Operation, variables: VariableValues, context: Any, root_value: Any
    ) -> CoreResult | None:
        """The same, for variables that are coerced already."""
        try:
            plan = operation.plan(self.compiler, variables)
        except Uncovered as reason:
            self._note(str(reason))
            return None
        run = Run(self._schema, operation.node, operation.fragments, variables, context, root_value)
        serially = operation.node.operation is OperationType.MUTATION
        try:
            data = await (run_serially if serially else run_query)(run, plan)
        except AnswerTooLargeError:
            return CoreResult(None, [GraphQLError(_TOO_LARGE, extensions={"code": "ANSWER_TOO_LARGE"})])
        self.note_weight(context, run.weight)
        return CoreResult(data, run.visible_errors(data) or None)

    async def open_events(
        self, query: str, variables: dict[str, Any] | None, context: Any, operation_name: str | None
    ) -> Events | ExecutionResult | PreExecutionError:
        """The events of a subscription, or why there are none: whoever takes them decides when each is executed."""
        operation = None if self._is_wrapped else await self._prepared(query, operation_name)
        if operation is None or operation.node.operation is not OperationType.SUBSCRIPTION:
            async with aclosing(await super().subscribe(query, variables, context, None, operation_name)) as refused:
                return await anext(refused)
        document = DocumentNode(definitions=(operation.node, *operation.fragments.values()))
        executor = _EventExecutor.build(self._schema, document, None, context, variables)
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        assert isinstance(executor, _EventExecutor)  # noqa: S101 - for the type alone: a class builds its own kind
        executor.prepared = operation
        source = create_source_event_stream(executor)
        source = await source if isawaitable(source) else source
        if isinstance(source, CoreResult):
            return ExecutionResult(None, source.errors)
        # What subscribes are generators here, which can be closed.
        return Events(executor, cast("AsyncGenerator[Any, None]", source))

    def note_weight(self, context: Any, weight: int) -> None:
        """Told of each run what the objects of its answer weigh; for schemas that want to know."""

    async def _find(
        self, query: str | None, name: str | None, allowed: Iterable[StrawberryOperationType] | None
    ) -> Operation | None:
        """The operation, if it is valid and for the engine; Strawberry answers for all others, errors included."""
        if query is None:
            return None
        if self._is_wrapped:
            self._note("schema extension")
            return None
        operation = await self._prepared(query, name)
        if operation is None:
            return None
        kind = StrawberryOperationType(operation.node.operation.value)
        if kind is StrawberryOperationType.SUBSCRIPTION or (allowed is not None and kind not in allowed):
            return None
        return operation

    async def _prepared(self, query: str, name: str | None) -> Operation | None:
        operation = self._operations.get((query, name))
        if operation is None:
            operation = await self._prepare(query, name)
            if operation is not None and len(query) <= DOCUMENT_CHARACTERS_MAX:
                self._operations.put((query, name), operation)
        return operation

    async def _prepare(self, query: str, name: str | None) -> Operation | None:
        """Parse and validate a document as Strawberry does, with the schema's extensions."""
        context = self._create_execution_context(query, tuple(StrawberryOperationType), None, None, None, name)
        extensions = self.get_extensions()
        for extension in extensions:
            extension.execution_context = context
        runner = self.create_extensions_runner(context, extensions)
        try:
            async with runner.operation():
                if await self._prepare_operation_async(context, runner) is not None:
                    return None
        except Exception:  # noqa: BLE001 - Strawberry meets it again, and answers
            return None
        return None if context.graphql_document is None else find_operation(context.graphql_document, name)

    def _note(self, reason: str) -> None:
        self.uncovered[reason] += 1
        _log.debug("an operation goes to graphql-core: %s", reason)

    async def _stream_non_subscription(
        self, execution_context: Any, *arguments: Any, **options: Any
    ) -> AsyncGenerator[Any, None]:
        """Queries and mutations over a streaming transport."""
        context = execution_context
        operation = find_operation(context.graphql_document, context.operation_name)
        result = None
        if self._is_wrapped:
            self._note("schema extension")
        elif operation is not None:
            result = await self.run(operation, context.variables, context.context, context.root_value)
        if result is not None:
            if result.errors:
                self.process_errors(result.errors, context)
            yield ExecutionResult(result.data, result.errors)
            return
        async for each in super()._stream_non_subscription(execution_context, *arguments, **options):
            yield each


class Events:
    """The events of one subscription.

    Attributes:
        source: What the root field gives, one by one; to be closed by whoever takes it.
    """

    def __init__(self, executor: _EventExecutor, source: AsyncGenerator[Any, None]) -> None:
        self.source = source
        self._executor = executor

    async def run(self, event: Any) -> CoreResult:
        """What is selected of an event."""
        done: Any = self._executor.build_per_event_executor(event).execute_operation()
        return await done if isawaitable(done) else done  # type: ignore[no-any-return]


def _wraps_execution(extension: SchemaExtension) -> bool:
    """Whether an extension wants to stand around the execution or each resolver: only graphql-core lets it."""
    own = type(extension)
    known = next(base for base in own.__mro__ if base in _PREPARING or base is SchemaExtension)
    return any(getattr(own, name) is not getattr(known, name) for name in _AROUND_EXECUTION)


class _EventExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, but for a subscription's events, whose selections run on the engine."""

    prepared: Operation | None = None

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """See `graphql.execution.Executor`; the plan is shared by all events."""
        if self.prepared is None:
            self.prepared = Operation(self.operation, self.fragment_definitions)
        return super().build_per_event_executor(payload)

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001 - graphql-core's signature
        """See `graphql.execution.Executor`."""
        if self.prepared is None:
            return super().execute_operation(serially)
        return self._execute_event(self.prepared)

    async def _execute_event(self, operation: Operation) -> Any:
        engine: EngineSchema = self.schema.extensions["graph.engine"]
        result = await engine.run_coerced(operation, self.variable_values, self.context_value, self.root_value)
        if result is not None:
            return result
        done: Any = super().execute_operation(serially=False)
        return await done if isawaitable(done) else done
