"""Settings: what is read, what contradicts, and that no secret shows."""

from __future__ import annotations

import base64
import os
from datetime import timedelta
from pathlib import Path

import pytest

from graph.settings import Environment, SettingsError, read_settings

SECRET = base64.b64encode(bytes(range(32))).decode()
ADDRESS = "postgresql://kibubu_login:hunter2hunter2hunter2@db.example/kibubu"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("KIBUBU_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)


def test_without_any_setting_the_embedded_database_serves_this_machine_only() -> None:
    settings = read_settings()
    assert settings.is_embedded
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.session_idle_life == timedelta(days=90)
    assert settings.cors_origins == ()


def test_graphiql_is_served_in_development_only_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not read_settings().serves_graphiql
    assert read_settings(environment=Environment.DEVELOPMENT).serves_graphiql
    monkeypatch.setenv("KIBUBU_GRAPHIQL", "true")
    assert read_settings().serves_graphiql
    monkeypatch.setenv("KIBUBU_GRAPHIQL", "false")
    assert not read_settings(environment=Environment.DEVELOPMENT).serves_graphiql


def test_an_external_database_needs_a_master_key_and_the_message_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", ADDRESS)
    with pytest.raises(SettingsError, match=r"KIBUBU_MASTER_KEY or KIBUBU_MASTER_KEY_FILE.*openssl rand -base64 32"):
        read_settings()
    monkeypatch.setenv("KIBUBU_MASTER_KEY", SECRET)
    settings = read_settings()
    assert not settings.is_embedded
    assert settings.addresses() == {"kibubu_login": ADDRESS}
    assert settings.keyring().previous == ()


def test_each_login_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", ADDRESS)
    monkeypatch.setenv("KIBUBU_MASTER_KEY", SECRET)
    monkeypatch.setenv("KIBUBU_WORKER_URL", "postgres://kibubu_worker_login@db/kibubu")
    monkeypatch.setenv("KIBUBU_ADMIN_URL", "postgres://kibubu_admin_login@db/kibubu")
    assert set(read_settings().addresses()) == {"kibubu_login", "kibubu_admin_login", "kibubu_worker_login"}


@pytest.mark.parametrize("name", ["KIBUBU_MIGRATE_URL", "KIBUBU_WORKER_URL", "KIBUBU_ADMIN_URL"])
def test_an_address_beside_the_embedded_database_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, ADDRESS)
    with pytest.raises(SettingsError, match=f"{name} is set without DATABASE_URL"):
        read_settings()


def test_two_places_for_the_master_key_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIBUBU_MASTER_KEY", SECRET)
    monkeypatch.setenv("KIBUBU_MASTER_KEY_FILE", "/run/secrets/key")
    with pytest.raises(SettingsError, match="both set"):
        read_settings()


def test_earlier_master_keys_stay_in_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = [base64.b64encode(bytes(range(start, start + 32))).decode() for start in (50, 100)]
    monkeypatch.setenv("KIBUBU_MASTER_KEY_PREVIOUS", ", ".join(earlier))
    with pytest.raises(SettingsError, match="without KIBUBU_MASTER_KEY"):
        read_settings()
    monkeypatch.setenv("KIBUBU_MASTER_KEY", SECRET)
    assert len(read_settings().keyring().previous) == 2


def test_a_master_key_that_will_not_do_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIBUBU_MASTER_KEY", "not-a-key-at-all")
    with pytest.raises(SettingsError, match=r"^KIBUBU_MASTER_KEY: .*16 characters") as caught:
        read_settings().keyring()
    assert "not-a-key" not in str(caught.value)


def test_a_master_key_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KIBUBU_MASTER_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match=r"^KIBUBU_MASTER_KEY_FILE: .*none"):
        read_settings().keyring()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KIBUBU_PORT", "eighty", "KIBUBU_PORT: .*integer"),
        ("KIBUBU_PORT", "65536", "KIBUBU_PORT: .*65535"),
        ("KIBUBU_WORKERS", "0", "KIBUBU_WORKERS: .*1"),
        ("KIBUBU_ENVIRONMENT", "staging", "KIBUBU_ENVIRONMENT: .*production"),
        ("KIBUBU_SESSION_IDLE_DAYS", "0", "KIBUBU_SESSION_IDLE_DAYS: .*1"),
        ("DATABASE_URL", "mysql://kibubu:hunter2@db/kibubu", "^DATABASE_URL: must begin with postgresql://"),
        ("DATABASE_URL", "postgresql+asyncpg://kibubu:hunter2@db/kibubu", "without the name of a driver"),
        ("DATABASE_URL", "postgresql://kibubu:hunter2@db:port/kibubu", "DATABASE_URL: is no address"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said) as caught:
        read_settings()
    assert "hunter2" not in str(caught.value)


def test_settings_do_not_print_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", ADDRESS)
    monkeypatch.setenv("KIBUBU_MASTER_KEY", SECRET)
    settings = read_settings()
    assert "hunter2" not in repr(settings) + str(settings) + settings.model_dump_json()
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("KIBUBU_PORT", "")
    assert read_settings().is_embedded
    assert read_settings().port == 8000


def test_the_embedded_database_has_no_address_before_it_runs() -> None:
    with pytest.raises(SettingsError, match="kibubu serve"):
        read_settings().addresses()


def test_origins_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIBUBU_CORS_ORIGINS", "https://a.example, https://b.example")
    assert read_settings().cors_origins == ("https://a.example", "https://b.example")


def test_origins_are_spelled_as_browsers_spell_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIBUBU_CORS_ORIGINS", "https://app.example, http://[::1]:3000 capacitor://localhost,*")
    origins = ("https://app.example", "http://[::1]:3000", "capacitor://localhost", "*")
    assert read_settings().cors_origins == origins


@pytest.mark.parametrize(
    "origin", ["https://app.example/", "app.example", "https://App.example", "null", "https://*.example", "https://"]
)
def test_what_no_browser_would_call_an_origin_is_refused(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIBUBU_CORS_ORIGINS", origin)
    with pytest.raises(SettingsError, match=r"^KIBUBU_CORS_ORIGINS: .* is no origin; write each as https://app"):
        read_settings()


def test_by_default_every_document_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    assert (settings.documents_only, settings.documents_only_clients, settings.get_documents_only) == (False, (), False)
    monkeypatch.setenv("KIBUBU_DOCUMENTS_ONLY_CLIENTS", "kiosk, field-app")
    assert read_settings().documents_only_clients == ("kiosk", "field-app")


def test_nobody_collects_metrics_or_traces_unless_a_setting_says_who() -> None:
    settings = read_settings()
    assert (settings.metrics_port, settings.metrics_token, settings.traces_url) == (None, None, None)
    assert settings.metrics_host == "127.0.0.1"
    assert (settings.log_level, settings.slow_operation_ms, settings.shutdown_delay_seconds) == ("info", 1_000, 0)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("KIBUBU_METRICS_TOKEN", "short", "must have 16 characters of ASCII at least, without spaces"),
        ("KIBUBU_METRICS_TOKEN", "sixteen chars ab", "without spaces"),
        ("KIBUBU_TRACES_URL", "collector:4318", "must begin with http:// or https:// and name a host"),
        ("KIBUBU_TRACES_URL", "http://collector:port/", "is no address"),
        ("KIBUBU_TRACES_HEADER", "no colon", "must be one header, written as `name: value`"),
        ("KIBUBU_TRACES_HEADER", "x: a\r\ny: b", "must be one header"),
        ("KIBUBU_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_what_telemetry_cannot_use_is_refused_without_being_quoted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as told:
        read_settings()
    assert str(told.value).startswith(f"{name}: ")
    assert sentence in str(told.value)
    assert value not in str(told.value)


def test_a_token_for_metrics_is_for_a_single_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIBUBU_METRICS_TOKEN", "0123456789abcdef")
    settings = read_settings()
    assert "0123456789abcdef" not in repr(settings)
    monkeypatch.setenv("KIBUBU_WORKERS", "2")
    with pytest.raises(SettingsError, match="Use KIBUBU_METRICS_PORT instead"):
        read_settings()
