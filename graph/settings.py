"""The settings of an installation, read from the environment.

Each is a variable with the prefix `KIBUBU_`; only `DATABASE_URL` has the name that hosting services give it. Secrets
are kept so that neither a log line nor an error message shows them.
"""

import re
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from graph.budgets import COST_MAX
from graph.telemetry import SLOW_OPERATION_MS
from persistence.crypto.keyring import Keyring, MasterKeyError
from persistence.embedded import default_home

__all__ = ["DatabaseAddress", "Environment", "LogLevel", "Settings", "SettingsError", "read_settings"]

HOW_TO_MAKE_A_KEY: Final = "make one with: openssl rand -base64 32"
DEFAULT_PORT: Final = 8000
WORKERS_MAX: Final = 64
POOL_SIZE_MAX: Final = 200
SESSION_IDLE_DAYS: Final = 90
STREAMS_MAX: Final = 4_000
SESSION_IDLE_DAYS_MAX: Final = 3_660
COST_MAX_MAX: Final = 1_000_000
SHUTDOWN_DELAY_SECONDS_MAX: Final = 300
TOKEN_CHARACTERS_MIN: Final = 16

_SCHEMES = frozenset({"postgresql", "postgres"})
_LISTS = frozenset({"cors_origins", "documents_only_clients", "trusted_proxies"})
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


class SettingsError(Exception):
    """The settings contradict each other, or one cannot be read; the message names it and says what to do."""


class Environment(StrEnum):
    """What the installation is for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _is_postgresql(address: SecretStr) -> SecretStr:
    """The address itself; the error never quotes it, since it holds a password."""
    try:
        parts = urlsplit(address.get_secret_value())
        _ = parts.port
    except ValueError:
        raise ValueError("is no address; write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE") from None
    if parts.scheme not in _SCHEMES:
        raise ValueError("must begin with postgresql://, without the name of a driver")
    return address


DatabaseAddress = Annotated[SecretStr, AfterValidator(_is_postgresql)]
"""A `postgresql://` address with its password."""


def _is_origin(text: str) -> str:
    """The text itself, as browsers spell an origin: anything else would never be equal to one."""
    if not _ORIGIN.fullmatch(text):
        raise ValueError(f"{text!r} is no origin; write each as https://app.example, in lower case and without a path")
    return text


Origin = Annotated[str, AfterValidator(_is_origin)]
"""An origin such as `https://app.example`, or `*`."""


class LogLevel(StrEnum):
    """From which level on lines are written to the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _is_collector(text: str) -> str:
    """The text itself; the error does not quote it, since it may hold a key."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("is no address; write it as http://HOST:4318/v1/traces") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must begin with http:// or https:// and name a host, as http://HOST:4318/v1/traces does")
    return text


def _is_token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if len(text) < TOKEN_CHARACTERS_MIN or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(
            f"must have {TOKEN_CHARACTERS_MIN} characters of ASCII at least, without spaces; "
            "make one with: openssl rand -hex 24"
        )
    return token


def _is_header(header: SecretStr) -> SecretStr:
    name, colon, value = header.get_secret_value().partition(":")
    if not _HEADER_NAME.fullmatch(name) or not colon or not value.strip().isprintable() or not value.isascii():
        raise ValueError("must be one header, written as `name: value`")
    return header


def _is_network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} is no network; write each as 10.0.0.7 or 10.0.0.0/8") from None
    return text


ProxyNetwork = Annotated[str, AfterValidator(_is_network)]
"""An address or a network."""


def _split(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class Settings(BaseSettings):
    """How this installation runs.

    Attributes:
        database_url: The address of `kibubu_login`; None means the embedded database.
        admin_url: The address of `kibubu_admin_login`, for administrators' requests.
        worker_url: The address of `kibubu_worker_login`, for jobs such as verification.
        migrate_url: The address of a role that may make roles, or become the owner; used by commands only.
        home: The folder of the embedded database, its secrets and its log.
        master_key: The master secret in base64, 44 characters.
        master_key_previous: Earlier master secrets, newest first, separated by commas.
        master_key_file: A file with one secret a line, the current one first, instead of the two above.
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.
        workers: How many processes answer requests.
        pool_size: The most database connections of one process for everyday requests.
        session_idle_days: How long an unused session lasts, in days.
        streams_max: How many WebSockets and event streams one process holds open at most.
        environment: Production, unless it says development.
        graphiql: Whether GraphiQL is served; None means in development only.
        cors_origins: Other origins whose pages may call the API, separated by commas; `*` for every origin.
        compression: Whether long answers are compressed for clients that take gzip.
        documents_only: Whether registered documents alone are run, whoever asks.
        documents_only_clients: Clients, by the name in their header `X-Client-Name`, for which registered documents
            alone are run; separated by commas.
        get_documents_only: Whether a GET may run registered documents alone.
        cost_max: What one operation of a person may cost; a machine's may cost ten times as much.
        rate_limits: Whether it is counted how much each viewer asks for in a time.
        trusted_proxies: The addresses or networks of proxies whose `X-Forwarded-For` is believed, separated by commas.
        log_level: From which level on lines are written to the log.
        slow_operation_ms: From how many milliseconds on an operation is told of as slow.
        metrics_port: Where Prometheus finds the metrics; None for no port of their own.
        metrics_host: The address that port listens on.
        metrics_token: With what the metrics can be read at `/metrics` beside the API; None for nobody.
        traces_url: The OTLP collector that gets traces over HTTP; None for none.
        traces_header: One header that the collector wants, as `name: value`.
        traces_percent: How many of a hundred operations are traced.
        shutdown_delay_seconds: How long the process still answers after it was told to end, saying that it is not
            ready.
    """

    model_config = SettingsConfigDict(
        env_prefix="KIBUBU_",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
    )

    database_url: Annotated[DatabaseAddress | None, Field(validation_alias="DATABASE_URL")] = None
    admin_url: DatabaseAddress | None = None
    worker_url: DatabaseAddress | None = None
    migrate_url: DatabaseAddress | None = None
    home: Path = Field(default_factory=default_home)
    master_key: SecretStr | None = None
    master_key_previous: SecretStr | None = None
    master_key_file: Path | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = DEFAULT_PORT
    workers: Annotated[int, Field(ge=1, le=WORKERS_MAX)] = 1
    pool_size: Annotated[int, Field(ge=1, le=POOL_SIZE_MAX)] = 8
    session_idle_days: Annotated[int, Field(ge=1, le=SESSION_IDLE_DAYS_MAX)] = SESSION_IDLE_DAYS
    streams_max: Annotated[int, Field(ge=0)] = STREAMS_MAX
    environment: Environment = Environment.PRODUCTION
    graphiql: bool | None = None
    cors_origins: Annotated[tuple[Origin, ...], NoDecode] = ()
    compression: bool = True
    documents_only: bool = False
    documents_only_clients: Annotated[tuple[str, ...], NoDecode] = ()
    get_documents_only: bool = False
    cost_max: Annotated[int, Field(ge=100, le=COST_MAX_MAX)] = COST_MAX
    rate_limits: bool = True
    trusted_proxies: Annotated[tuple[ProxyNetwork, ...], NoDecode] = ()

    log_level: LogLevel = LogLevel.INFO
    slow_operation_ms: Annotated[int, Field(ge=1)] = SLOW_OPERATION_MS
    metrics_port: Annotated[int | None, Field(ge=1, le=65_535)] = None
    metrics_host: str = "127.0.0.1"
    metrics_token: Annotated[SecretStr, AfterValidator(_is_token)] | None = None
    traces_url: Annotated[str, AfterValidator(_is_collector)] | None = None
    traces_header: Annotated[SecretStr, AfterValidator(_is_header)] | None = None
    traces_percent: Annotated[int, Field(ge=0, le=100)] = 100
    shutdown_delay_seconds: Annotated[int, Field(ge=0, le=SHUTDOWN_DELAY_SECONDS_MAX)] = 0

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        return {name: _split(value) if name in _LISTS else value for name, value in values.items()}

    @model_validator(mode="after")
    def _must_agree(self) -> Self:
        if self.master_key is not None and self.master_key_file is not None:
            raise ValueError("KIBUBU_MASTER_KEY and KIBUBU_MASTER_KEY_FILE are both set: keep one of them")
        if self.master_key_previous is not None and self.master_key is None:
            raise ValueError(
                "KIBUBU_MASTER_KEY_PREVIOUS is set without KIBUBU_MASTER_KEY: set the current secret as well"
            )
        if self.database_url is None:
            for name in ("migrate_url", "admin_url", "worker_url"):
                if getattr(self, name) is not None:
                    raise ValueError(
                        f"KIBUBU_{name.upper()} is set without DATABASE_URL: set both for a PostgreSQL of your own, "
                        "or neither for the embedded one"
                    )
        elif self.master_key is None and self.master_key_file is None:
            raise ValueError(
                "DATABASE_URL needs KIBUBU_MASTER_KEY or KIBUBU_MASTER_KEY_FILE: the secret that encrypts personal "
                f"data, kept apart from the database and never lost; {HOW_TO_MAKE_A_KEY}"
            )
        if self.metrics_token is not None and self.workers > 1:
            raise ValueError(
                "KIBUBU_METRICS_TOKEN is set and KIBUBU_WORKERS is more than 1: whichever worker answered would tell "
                "of itself alone. Use KIBUBU_METRICS_PORT instead, from which each worker takes a port"
            )
        return self

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the one that comes with Kibubu."""
        return self.database_url is None

    @property
    def serves_graphiql(self) -> bool:
        """Whether GraphiQL is served."""
        return self.environment is Environment.DEVELOPMENT if self.graphiql is None else self.graphiql

    @property
    def session_idle_life(self) -> timedelta:
        """How long an unused session lasts."""
        return timedelta(days=self.session_idle_days)

    def addresses(self) -> dict[str, str]:
        """The address of each login that the installation has.

        Raises:
            SettingsError: The embedded database is meant, and its addresses are known only while it runs.
        """
        if self.database_url is None:
            raise SettingsError("The embedded database is not running: start it with `kibubu serve`.")
        named = {
            "kibubu_login": self.database_url,
            "kibubu_admin_login": self.admin_url,
            "kibubu_worker_login": self.worker_url,
        }
        return {login: address.get_secret_value() for login, address in named.items() if address is not None}

    def keyring(self) -> Keyring:
        """The keys of the installation.

        Raises:
            SettingsError: There is no master secret, or it will not do.
        """
        try:
            if self.master_key_file is not None:
                return Keyring.from_file(self.master_key_file)
            if self.master_key is None:
                raise SettingsError(f"KIBUBU_MASTER_KEY is not set; {HOW_TO_MAKE_A_KEY}")
            previous = self.master_key_previous.get_secret_value() if self.master_key_previous else ""
            return Keyring.from_setting(self.master_key.get_secret_value(), previous.replace(",", " ").split())
        except MasterKeyError as error:
            name = "KIBUBU_MASTER_KEY" if self.master_key_file is None else "KIBUBU_MASTER_KEY_FILE"
            raise SettingsError(f"{name}: {error}") from None


def read_settings(**given: object) -> Settings:
    """The settings of the environment.

    Args:
        given: Settings that win over the environment.

    Raises:
        SettingsError: One cannot be read, or they contradict each other.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(each["loc"], each["msg"]) for each in error.errors())) from None


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    if not where:
        return f"{said}."
    name = str(where[0]).upper().removeprefix("KIBUBU_")
    return f"{'' if name == 'DATABASE_URL' else 'KIBUBU_'}{name}: {said}."
