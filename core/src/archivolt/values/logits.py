"""Between logits and predictions: softmax, sigmoid, or nothing for regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.values.problem import MULTICLASS, REGRESSION, SEVERAL, Task

SMALLEST = 1e-7  # probability that a log loss believes in

Array = NDArray[Any]


def predictions_of(task: Task, logits: Array) -> Array:
    """Turn logits `(…, rows, outputs)` into probabilities, float32; regression keeps its values."""
    if task.kind == SEVERAL:
        return _by_part(predictions_of, task, logits)
    if task.kind == REGRESSION:
        return np.asarray(logits, np.float32)
    exact = np.asarray(logits, np.float64)
    if task.kind == MULTICLASS:
        powers = np.exp(exact - exact.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
    with np.errstate(over="ignore"):  # exp overflows to infinity, and 1 / (1 + inf) is right
        return np.asarray(1 / (1 + np.exp(-exact)), np.float32)


def logits_of(task: Task, predictions: Array) -> Array:
    """Turn probabilities `(…, rows, outputs)` into logits that give them back, float64.

    Probabilities nearer to 0 or 1 than `SMALLEST` are moved there.
    """
    if task.kind == SEVERAL:
        return _by_part(logits_of, task, predictions)
    exact = np.asarray(predictions, np.float64)
    if task.kind == REGRESSION:
        return exact
    likely = np.clip(exact, SMALLEST, 1 - SMALLEST)
    if task.kind == MULTICLASS:
        return np.asarray(np.log(likely))
    return np.asarray(np.log(likely) - np.log1p(-likely))


def _by_part(turn: Callable[[Task, Array], Array], task: Task, given: Array) -> Array:
    """Turn the outputs of each of several tasks as those of a task by itself."""
    turned = [turn(part.task, np.asarray(given)[..., at]) for part, at in task.columns]
    return np.concatenate(turned, axis=-1)
