"""Latency: how long one row takes, here and now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any

WARM_UP, CALLS = 20, 200


def latency(
    call: Callable[[Mapping[str, Any]], object], row: Mapping[str, Any], calls: int = CALLS
) -> float:
    """Return the median milliseconds of many calls with the same row, after a warm-up."""
    for _ in range(WARM_UP):
        call(row)
    times = []
    for _ in range(calls):
        began = perf_counter()
        call(row)
        times.append(perf_counter() - began)
    return 1000.0 * median(times)
