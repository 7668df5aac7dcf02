"""Ctrl-C: once ends a search in order, with the best so far; twice at once."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

SO_FAR = "finishing with the best so far"
KEPT_AS_IT_WAS = "ending; the run stays as it was"
AT_ONCE = 0.5  # seconds: a terminal and whatever runs the command may both send the same Ctrl-C


@contextmanager
def interrupting(
    interrupt: Callable[[], None],
    signals: Sequence[signal.Signals] = (signal.SIGINT,),
    told: str = SO_FAR,
) -> Iterator[None]:
    """Call `interrupt` at the first of the signals, and raise KeyboardInterrupt at the second.

    Signals that come at once count as one. Outside the main thread nothing changes: signals are for
    the main thread alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    latest: float | None = None

    def handle(*_: object) -> None:
        nonlocal latest
        before, latest = latest, time.monotonic()
        if before is not None:
            if latest - before < AT_ONCE:
                return
            raise KeyboardInterrupt
        interrupt()
        print(f"\n{told}; Ctrl-C again ends at once", file=sys.stderr)

    old = {each: signal.signal(each, handle) for each in signals}
    try:
        yield
    finally:
        for each, handler in old.items():
            signal.signal(each, handler)
