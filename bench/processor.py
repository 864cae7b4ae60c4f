"""The processor time that one connection's server process has taken: other work on the machine hardly changes it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["processor_ms"]


def processor_ms(process: int) -> float | None:
    """Milliseconds on a processor so far; None where the system does not tell (anything but Linux)."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1e6
    except OSError:
        return None
