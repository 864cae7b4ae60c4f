"""How a mutation becomes a service: parse the input, run it at the boundary, shape the payload.

Each mutation's error type and its enum of reasons are made from what the service declares to raise.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.errors import DomainError, faults_at
from domain.identifiers import parse_id
from domain.service import Outcome, Service, tenant_of
from graph.engine import RowType
from graph.enums import described
from graph.limits import ListSize, free
from graph.permissions import Info, requirement, sentence
from graph.relations import LoadFunction, load_one
from graph.telemetry import current_record
from persistence.boundary import perform

__all__ = [
    "UserError",
    "build_command",
    "command_mutation",
    "error_value",
    "input_argument",
    "payload_type",
    "read_back",
    "run_command",
    "sent_fields",
    "user_error_type",
]

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_DETAIL_TYPES: dict[Any, Any] = {int: int, str: str, Decimal: Decimal, date: date, UUID: strawberry.ID}


@strawberry.interface(
    description="A refusal that the person can do something about. Clients that do not know a reason go by its code.",
    directives=[free],
)
class UserError(RowType):
    """A refusal of the domain as data."""

    message: str = strawberry.field(description="The sentence to show: what is wrong and what to do.")
    path: list[str] = strawberry.field(description="Where in the input the fault lies; empty for the whole.")
    code: str = strawberry.field(
        description="The family of the reason: INVALID, NOT_FOUND, CONFLICT, NOT_ALLOWED or TOO_MANY."
    )


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def _details(raises: Iterable[type[DomainError]]) -> dict[str, Any]:
    """The facts that any of the errors carries, by name, with their types."""
    details: dict[str, Any] = {}
    for error in raises:
        hints = typing.get_type_hints(error)
        for field in dataclasses.fields(error):
            if field.name == "path":
                continue
            kind = _DETAIL_TYPES[hints[field.name]]
            if details.setdefault(field.name, kind) is not kind:
                raise TypeError(f"two errors of one mutation give {field.name} different types")
    return details


@cache
def user_error_type(name: str, raises: tuple[type[DomainError], ...]) -> Any:
    """The error type of the mutation `name`, with its enum of reasons and the facts that its errors carry."""
    names = [error.reason for error in raises]
    reasons: Any = described(
        Enum(  # type: ignore[arg-type]  # a class, made by a call
            f"{_pascal(name)}ErrorReason", [(reason, reason) for reason in names], type=str
        ),
        f"Why `{name}` refuses.",
        {error.reason: (error.__doc__ or "").partition("\n")[0] for error in raises},
    )
    fields: dict[str, tuple[Any, str]] = {"reason": (reasons, "The one reason, for programs.")}
    for detail, kind in _details(raises).items():
        words = _CAPITAL.sub(" ", detail).replace("_", " ")
        fields[detail] = (kind | None, f"The {words}, for reasons that have one.")
    return _make_type(f"{_pascal(name)}UserError", (UserError,), fields, f"A refusal of `{name}`.", [free])


def _make_type(
    name: str,
    bases: tuple[type, ...],
    fields: Mapping[str, tuple[Any, str]],
    description: str,
    directives: Sequence[object] = (),
) -> Any:
    namespace: dict[str, Any] = {
        "__annotations__": {field: kind for field, (kind, _) in fields.items()},
        "__module__": __name__,
    }
    for field, (_, words) in fields.items():
        namespace[field] = strawberry.field(description=words)
    return strawberry.type(
        types.new_class(name, bases, {}, lambda body: body.update(namespace)),
        description=description,
        directives=directives,
    )


def payload_type(name: str, raises: tuple[type[DomainError], ...], fields: Mapping[str, tuple[Any, str]]) -> Any:
    """The payload of the mutation `name`: its fields, all nullable, and `userErrors`."""
    errors = user_error_type(name, raises)
    all_fields = {
        **{field: (kind | None, words) for field, (kind, words) in fields.items()},
        "user_errors": (list[errors], "Why the request was refused; empty if it was not."),  # type: ignore[valid-type]
    }
    return _make_type(f"{_pascal(name)}Payload", (), all_fields, f"What `{name}` answers.")


def error_value(error: DomainError, raises: Iterable[type[DomainError]]) -> dict[str, Any]:
    """A refusal as the schema shows it; the operation's record gets its reason."""
    record = current_record()
    if record is not None:
        record.refusals.append(error.reason)
    value: dict[str, Any] = dict.fromkeys(_details(raises))
    for field in dataclasses.fields(error):
        value[field.name] = getattr(error, field.name)
    return {
        **value,
        "message": error.message,
        "code": error.code.value,
        "reason": error.reason,
        "path": list(error.path),
    }


def sent_fields(given: Any) -> dict[str, Any]:
    """The fields of an input as they were sent: no defaults, and without the idempotency key."""
    return {
        # Ids are written in lower case, whatever the device makes of them.
        field.name: value.lower() if _is_id(field.name) and isinstance(value, str) else _sent(value)
        for field in dataclasses.fields(given)
        if field.name != "idempotency_key" and (value := getattr(given, field.name)) is not strawberry.UNSET
    }


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _sent(value: Any) -> Any:
    if isinstance(value, list):
        return [_sent(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return sent_fields(value)
    return value


def build_command(kind: Any, given: Any, path: tuple[str, ...] = ()) -> Any:
    """The command that an input stands for: fields of the same names, ids parsed.

    Raises:
        NotAnId: An id is none; the path says which.
        DomainError: A value that checks itself refuses; its path is put below that of the input.
    """
    hints = typing.get_type_hints(kind)
    values = {}
    for field in dataclasses.fields(kind):
        value = getattr(given, field.name, strawberry.UNSET)
        # An explicit null says no more than leaving the field out, where the command has a default of its own.
        if value is strawberry.UNSET or (value is None and not _takes_none(hints[field.name])):
            continue
        values[field.name] = _convert(hints[field.name], value, (*path, _camel(field.name)))
    with faults_at(*path):
        return kind(**values)


def _takes_none(hint: Any) -> bool:
    return isinstance(hint, types.UnionType) and types.NoneType in typing.get_args(hint)


def _convert(hint: Any, value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        # What a command takes beside a value and None is what it makes of a field that was left out.
        hint = next(option for option in typing.get_args(hint) if option is not types.NoneType)
    if hint is UUID and not isinstance(value, UUID):
        try:
            return parse_id(value)
        except DomainError as error:
            raise error.at(*path) from None
    if typing.get_origin(hint) is tuple:
        item = typing.get_args(hint)[0]
        return tuple(_convert(item, each, (*path, str(index))) for index, each in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return build_command(hint, value, path)
    return value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


async def run_command(
    info: Info, service: Service[Any], kind: type, given: Any, complete: Callable[[Any], Any] | None = None
) -> tuple[Any, Outcome]:
    """Run a service for an input; gives the command too, unless the input could not become one.

    Args:
        info: The field's.
        service: The use case.
        kind: The command that the input becomes.
        given: The input.
        complete: Adds to the command what no client sends.
    """
    context = info.context
    await context.forget()
    try:
        command = build_command(kind, given)
        if complete is not None:
            command = complete(command)
    except DomainError as error:
        return None, Outcome(error=error)
    outcome = await perform(
        context.services.database,
        context.services.keyring,
        context.signed_in,
        service,
        command,
        sent_fields(given),
        context.facts.request_id,
    )
    if outcome.is_replay:
        context.extensions["idempotentReplay"] = True
    context.tenants = [tenant_of(command)]
    return command, outcome


async def read_back(info: Info, load: LoadFunction, key: Any) -> Any:
    """A record as it is now, in a snapshot begun after the command; None where the key is."""
    await info.context.snapshot.open()
    return None if key is None else await load_one(info.context, load, key)


def input_argument(given: Any) -> Any:
    """The type of a mutation's only argument, with its description."""
    return Annotated[given, strawberry.argument(description="What is wanted.")]


def command_mutation(
    service: Service[Any],
    *,
    given: Any,
    command: type,
    record: str,
    record_type: Any,
    load: LoadFunction,
    key: Callable[[Any, Outcome], Any],
    description: str,
    extra: Mapping[str, tuple[Any, str]] | None = None,
    more: Callable[[Info, Any, Outcome], Awaitable[dict[str, Any]]] | None = None,
    size: ListSize | None = None,
    shows_current: bool = False,
) -> Any:
    """A mutation that runs a service and reads back the record that it made or changed.

    Args:
        service: The use case.
        given: The input type.
        command: The command that the input becomes.
        record: The payload's field with the record.
        record_type: Its type.
        load: Reads the record.
        key: The record's key, from the command and the outcome.
        description: What the mutation does.
        extra: Further fields of the payload.
        more: Reads them.
        size: How long lists of the payload are, where an argument says it.
        shows_current: Whether whoever took the record for another than it is by now is shown it as it is; then the
            key must follow from the command.
    """
    unless = ", unless it is not any more what you took it for" if shows_current else ""
    fields = {record: (record_type, f"The record as it is now; null if the request was refused{unless}.")}
    fields |= extra or {}
    payload = payload_type(service.name, service.raises, fields)

    async def resolve(info: Any, input: Any) -> Any:  # noqa: A002 - the argument's name in the schema
        built, outcome = await run_command(info, service, command, input)
        value: dict[str, Any] = {**dict.fromkeys(fields), "user_errors": []}
        if outcome.error is not None:
            value["user_errors"] = [error_value(outcome.error, service.raises)]
            if shows_current and outcome.error.is_of_state:
                value[record] = await read_back(info, load, key(built, outcome))
            return value
        value[record] = await read_back(info, load, key(built, outcome))
        if more is not None:
            value |= await more(info, built, outcome)
        return value

    resolve.__annotations__ = {"info": Info, "input": input_argument(given), "return": payload}
    needs, posts = service.needs, service.posts
    is_limited = bool(needs or posts)
    words = f"{description} {sentence(*needs, posts=posts) if is_limited else 'For anyone who signed in.'}"
    directives: list[object] = [requirement(*needs, posts=posts)] if is_limited else []
    if size is not None:
        directives.append(size)
    return strawberry.mutation(resolver=resolve, description=words, directives=directives)
