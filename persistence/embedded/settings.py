"""The settings that the server is started with.

They are given on the command line, where they win over `postgresql.conf` and `ALTER SYSTEM`: a data folder moved from
elsewhere runs the same as one made here.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["DEFAULT_PORT", "memory_bytes", "server_settings", "shared_buffers_mib"]

DEFAULT_PORT = 5432
"""Names the socket's file also where no TCP port is open."""

SMALLEST_SHARED_BUFFERS_MIB = 32
LARGEST_SHARED_BUFFERS_MIB = 512
SHARE_OF_MEMORY = 16
"""One part in so many of the memory goes to shared buffers; the application and the file cache need the rest."""

_MEBIBYTE = 1024 * 1024
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_bytes() -> int:
    """The memory of this machine, or of this container if that has less, in bytes."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no control groups, or "max"
        total = min(total, int(_CGROUP_LIMIT.read_text(encoding="ascii")))
    return total


def shared_buffers_mib(memory: int) -> int:
    """The shared buffers for `memory` bytes, in MiB."""
    wanted = memory // SHARE_OF_MEMORY // _MEBIBYTE
    return max(SMALLEST_SHARED_BUFFERS_MIB, min(wanted, LARGEST_SHARED_BUFFERS_MIB))


def server_settings(
    *, durable: bool, max_connections: int, port: int | None, memory: int, log: str, socket: str
) -> dict[str, str]:
    """Every setting, by name.

    Args:
        durable: False gives up durability for speed: for tests only.
        max_connections: How many clients may be connected at once.
        port: The TCP port on the loopback address; None opens none.
        memory: The machine's memory in bytes.
        log: The log folder, as the server sees it.
        socket: The socket's folder, as the server sees it.
    """
    settings = {
        "archive_mode": "off",
        "cluster_name": "kibubu",
        "listen_addresses": "" if port is None else "127.0.0.1",
        "log_directory": log,
        # One file for each day of the week, emptied when its day comes round: seven at most.
        "log_filename": "postgresql-%a.log",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_timezone": "UTC",
        "log_truncate_on_rotation": "on",
        "logging_collector": "on",
        "max_connections": str(max_connections),
        "password_encryption": "scram-sha-256",
        "port": str(port or DEFAULT_PORT),
        "shared_buffers": f"{shared_buffers_mib(memory)}MB",
        "timezone": "UTC",
        "unix_socket_directories": socket,
        "unix_socket_permissions": "0700",
        "wal_level": "replica",
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    return settings
