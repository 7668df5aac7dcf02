"""Predictions from logits: probabilities, or standardised values for regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.values.problem import MULTICLASS, REGRESSION, Problem, Task
from archivolt_keras.labels import LabelEncoding
from archivolt_keras.metrics import compute
from archivolt_keras.prepared import Split


def from_logits(task: Task, logits: NDArray[Any]) -> NDArray[Any]:
    """Turn logits `(rows, outputs)` into what the metrics read, float32."""
    if task.kind == REGRESSION:
        return np.asarray(logits, np.float32)
    exact = np.asarray(logits, np.float64)
    if task.kind == MULTICLASS:
        powers = np.exp(exact - exact.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
    with np.errstate(over="ignore"):  # exp overflows to infinity, and 1 / (1 + inf) is right
        return np.asarray(1 / (1 + np.exp(-exact)), np.float32)


def score_split(
    problem: Problem, encoding: LabelEncoding, split: Split, predictions: NDArray[Any]
) -> dict[str, float]:
    """Score predictions of a split's rows by every metric, with the standard error of the score."""
    return compute(
        problem.task,
        split.labels,
        predictions,
        split.weights,
        loss_weights=split.loss_weights,
        scale=encoding.scale,
        error_of=problem.metric.name,
    )


def score_of(problem: Problem, metrics: Mapping[str, float]) -> float:
    return metrics[problem.metric.name]
