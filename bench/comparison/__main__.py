"""Compares Kibubu with PostGraphile 5 and with REST by hand: `python -m bench.comparison`."""

from __future__ import annotations

import argparse

from bench.comparison.comparing import run
from bench.comparison.queries import QUESTIONS
from bench.comparison.rounds import Pace


def main() -> None:
    """Read the arguments and compare."""
    parser = argparse.ArgumentParser(prog="python -m bench.comparison", description=__doc__)
    parser.add_argument("--rounds", type=int, default=Pace.rounds, help="how often each has its turn")
    parser.add_argument("--seconds", type=float, default=Pace.seconds, help="how long a turn is")
    parser.add_argument("names", nargs="*", default=list(QUESTIONS), help=f"of {', '.join(QUESTIONS)}; all if left out")
    arguments = parser.parse_args()
    unknown = [each for each in arguments.names if each not in QUESTIONS]
    if unknown:
        parser.error(f"there is no question {unknown[0]}")
    run(Pace(arguments.rounds, arguments.seconds), arguments.names)


if __name__ == "__main__":
    main()
