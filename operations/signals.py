"""Being told to end: an ordinary way out of the program, so that whatever was started is stopped and tidied up."""

from __future__ import annotations

import signal
from types import FrameType

__all__ = ["EndedBySignalError", "end_on_signals"]


class EndedBySignalError(SystemExit):
    """Somebody told the process to end; it ends with the code that a shell gives for the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


def end_on_signals() -> None:
    """Turn SIGTERM and SIGHUP into EndedBySignalError; a SIGHUP that `nohup` has switched off stays off."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise EndedBySignalError(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, leave)
