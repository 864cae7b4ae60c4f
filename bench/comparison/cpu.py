"""How much processor time an answer takes, in the server and in PostgreSQL. Known on Linux only.

What else the machine does changes this figure less than it does the rate.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Used", "used"]

_PROC = Path("/proc")
# Counted after the name, which may hold spaces and stands in parentheses.
_PARENT, _GROUP = 1, 2
_TICKS, _TICKS_OF_THE_DEAD = slice(11, 13), slice(13, 15)


@dataclass(frozen=True)
class Used:
    """Processor time used so far, in seconds.

    Attributes:
        server: By a server with all of its processes.
        database: By PostgreSQL.
    """

    server: float
    database: float

    def __truediv__(self, answers: int) -> Used:
        return Used(self.server / answers, self.database / answers)

    def __sub__(self, before: Used) -> Used:
        return Used(self.server - before.server, self.database - before.database)


def used(server_group: int, postmaster: int | None) -> Used | None:
    """What the processes of a group and those of PostgreSQL have used; None where nobody can tell."""
    if not (_PROC / "self" / "stat").exists():
        return None
    tick = 1 / os.sysconf("SC_CLK_TCK")
    server = database = 0.0
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[_GROUP]) == server_group:
            server += tick * _sum(fields[_TICKS])
        elif postmaster == int(folder.name):
            # Its children that ended, as a connection does that was used often enough, are counted as its own.
            database += tick * (_sum(fields[_TICKS]) + _sum(fields[_TICKS_OF_THE_DEAD]))
        elif postmaster == int(fields[_PARENT]):
            database += tick * _sum(fields[_TICKS])
    return Used(server, database)


def _sum(ticks: list[str]) -> int:
    return sum(map(int, ticks))
