"""Which errors are told in a sentence, and that a sentence says what was meant."""

from __future__ import annotations

import socket
from pathlib import Path

import asyncpg
import pytest

from operations.console import EXIT_FAILED, explain


async def test_a_connection_that_fails_is_explained_by_the_address(tmp_path: Path) -> None:
    places = ({"host": "127.0.0.1", "port": 1}, {"host": str(tmp_path)})
    for place in places:
        with pytest.raises(OSError) as refused:
            await asyncpg.connect(user="kibubu_login", password="x", database="kibubu", **place)
        explained = explain(refused.value)
        assert explained is not None
        assert explained[0].endswith(". Check the address and whether the server there is running.")
        assert explained[1] == EXIT_FAILED


async def test_a_connection_that_takes_too_long_is_explained_as_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(TimeoutError) as refused:
            await asyncpg.connect(host="127.0.0.1", port=port, user="a", password="x", database="a", timeout=0.05)
    explained = explain(refused.value)
    assert explained is not None
    assert "Check the address" in explained[0]


def test_a_file_that_fails_is_named_and_no_address_is_blamed(tmp_path: Path) -> None:
    with pytest.raises(OSError) as refused:
        (tmp_path / "missing").read_bytes()
    assert explain(refused.value) == (f"{tmp_path / 'missing'}: No such file or directory.", EXIT_FAILED)


def test_any_other_fault_of_the_system_keeps_its_traceback() -> None:
    assert explain(OSError(5, "Input/output error")) is None
