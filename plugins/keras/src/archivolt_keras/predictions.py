"""Scores of predictions on the rows of a split."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from archivolt.values.problem import Problem
from archivolt_keras.labels import LabelEncoding
from archivolt_keras.prepared import Split
from archivolt_keras.scoring import compute


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
