"""What an operator sees of operations: a line of log, metrics and traces. None of it holds a variable or a person.

One `OperationRecord` goes with each operation; whoever learns something of it writes it there (`current_record`).
"""

from __future__ import annotations

from graph.telemetry.observing import SLOW_OPERATION_MS, Telemetry, code_of
from graph.telemetry.record import OperationRecord, current_record

__all__ = ["SLOW_OPERATION_MS", "OperationRecord", "Telemetry", "code_of", "current_record"]
