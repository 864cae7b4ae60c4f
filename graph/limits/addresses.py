"""From which address a request came, where proxies stand before the server."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["TrustedProxies"]

_HOPS_MAX = 20
_ADDRESS_CHARACTERS_MAX = 64


class TrustedProxies:
    """The proxies whose word is taken for where a request came from.

    Args:
        networks: Their addresses or networks, such as `10.0.0.0/8`.

    Raises:
        ValueError: One of them is none.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(each) for each in networks]

    def client(self, peer: str | None, forwarded_for: str | None) -> str | None:
        """The address of the client.

        Args:
            peer: Who opened the connection.
            forwarded_for: The header `X-Forwarded-For`, to which each proxy adds whom it answers. It is read from the
                end, and no further than to the first address that is no proxy of ours: what stands before that is
                whatever the client made up.
        """
        if forwarded_for is None or not self._networks or not self._is_trusted(peer):
            return peer
        address = peer
        for text in reversed(forwarded_for.split(",")[-_HOPS_MAX:]):
            read = _read(text.strip())
            if read is None:
                break
            address = str(read)
            if not self._is_trusted(address):
                break
        return address

    def _is_trusted(self, address: str | None) -> bool:
        read = None if address is None else _read(address)
        return read is not None and any(
            read.version == network.version and read in network for network in self._networks
        )


def _read(text: str) -> IPv4Address | IPv6Address | None:
    if len(text) > _ADDRESS_CHARACTERS_MAX:
        return None
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
