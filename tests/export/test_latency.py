"""How long one row takes."""

from __future__ import annotations

from time import sleep

import pytest

from archivolt_export.latency import WARM_UP, latency


def test_it_is_the_median_after_a_warm_up_in_milliseconds():
    called = []

    def call(row):
        called.append(row)
        if len(called) <= WARM_UP:
            sleep(0.005)  # as a first call may
        elif len(called) % 5 == 0:
            sleep(0.02)  # now and then something else is at work
        else:
            sleep(0.001)

    found = latency(call, {"x": 1}, calls=10)

    assert 1.0 <= found < 5.0
    assert called == [{"x": 1}] * (WARM_UP + 10)


def test_what_fails_is_not_measured():
    with pytest.raises(ZeroDivisionError):
        latency(lambda row: 1 / 0, {})
