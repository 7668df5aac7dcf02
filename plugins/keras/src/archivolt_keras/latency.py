"""Latency: how long a network takes for one example, here and now."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import Any

import keras
import tensorflow as tf

LATENCY = "latency"  # metric of a trial: milliseconds
WARM_UP, CALLS = 10, 100


def latency(model: keras.Model, parts: Mapping[str, Any]) -> float:
    """Return the milliseconds that one example takes: the median of `CALLS` calls of a graph.

    As the worker trains, with one thread, and beside whatever else the machine does: the fewer
    workers, the steadier. Preprocessing is not in it.

    Args:
        model: Takes a mapping of feature parts by name.
        parts: By name, `(examples, …)` each; the first example is taken.
    """
    example = {name: tf.convert_to_tensor(part[:1]) for name, part in parts.items()}
    forward = tf.function(lambda x: model(x, training=False), autograph=False)
    called = forward.get_concrete_function(example)
    for _ in range(WARM_UP):
        _ended(called(example))
    times = []
    for _ in range(CALLS):
        began = perf_counter()
        _ended(called(example))
        times.append(perf_counter() - began)
    return 1000.0 * median(times)


def _ended(found: Any) -> None:
    for each in tf.nest.flatten(found):
        each.numpy()  # waits for the device
