"""Ctrl-C, once and twice."""

from __future__ import annotations

import signal
import time

import pytest

from archivolt.search import interrupts
from archivolt.search.interrupts import interrupting


def test_signals_that_come_at_once_are_one() -> None:
    received: list[int] = []

    with interrupting(lambda: received.append(1)):
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)

    assert received == [1]


def test_a_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "AT_ONCE", 0.01)
    received: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def twice() -> None:
        with interrupting(lambda: received.append(1)):
            signal.raise_signal(signal.SIGINT)
            time.sleep(0.05)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        twice()

    assert received == [1]
    assert signal.getsignal(signal.SIGINT) is before
