"""Asks a running server whether it is ready, with nothing but the standard library, so that asking is cheap.

`python -m operations.health` ends with 0 if it is. For the health check of a container.
"""

from __future__ import annotations

import http.client
import os
import sys

__all__ = ["is_ready"]

TIMEOUT_SECONDS = 5
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - what one listens on, not what one asks


def is_ready(host: str, port: int) -> bool:
    """Whether the server answers that it can serve requests."""
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _main() -> int:
    host = os.environ.get("KIBUBU_HOST", "")
    port = int(os.environ.get("KIBUBU_PORT") or 8000)
    return 0 if is_ready("127.0.0.1" if host in EVERYWHERE else host, port) else 1


if __name__ == "__main__":
    sys.exit(_main())
