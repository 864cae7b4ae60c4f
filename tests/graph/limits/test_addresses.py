from __future__ import annotations

import pytest

from graph.limits import TrustedProxies

PROXIES = ("10.0.0.0/8", "192.0.2.1", "2001:db8::/32")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "8.8.8.8, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "8.8.8.8, 198.51.100.1, 192.0.2.1,10.1.1.1", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "2001:db9::7", "2001:db9::7"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "x" * 100_000, "10.0.0.1"),
        (None, "198.51.100.1", None),
        ("unix:", "198.51.100.1", "unix:"),
    ],
)
def test_only_a_proxy_that_is_known_is_believed(peer: str | None, forwarded: str | None, client: str | None) -> None:
    assert TrustedProxies(PROXIES).client(peer, forwarded) == client


def test_without_known_proxies_nobody_is_believed() -> None:
    assert TrustedProxies().client("127.0.0.1", "198.51.100.1") == "127.0.0.1"


def test_a_chain_without_end_is_read_from_its_end() -> None:
    chain = ", ".join(["198.51.100.1", *["10.0.0.1"] * 100])
    assert TrustedProxies(PROXIES).client("10.0.0.9", chain) == "10.0.0.1"


def test_what_is_no_network_is_no_proxy() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        TrustedProxies(["nowhere"])
