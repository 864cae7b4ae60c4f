"""What a serving process asks of the garbage collector."""

from __future__ import annotations

import subprocess
import sys

_ASK = """
import gc
from operations.serving import COLLECTOR_THRESHOLDS, spare_the_collector
spare_the_collector()
held = gc.get_freeze_count()
circle = []
circle.append(circle)
del circle
print(gc.isenabled(), gc.get_threshold() == COLLECTOR_THRESHOLDS, held > 10_000, gc.collect() > 0)
"""


def test_what_is_held_for_good_is_not_looked_at_and_circles_are_still_found() -> None:
    answer = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["True"] * 4
