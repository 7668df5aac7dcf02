"""Scoring predictions: rows, steps of sequences, several tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.problem import (
    METRICS,
    MULTILABEL,
    REGRESSION,
    WEIGHTED_MEAN,
    Part,
    Task,
    metrics_of,
)
from archivolt.values.selection import STANDARD_ERROR
from archivolt_keras.metrics import SCORES, Rows
from archivolt_keras.standard_errors import standard_error
from archivolt_keras.steps import Steps

Array = NDArray[Any]
LOSS = "loss"


def compute(
    task: Task,
    labels: Array,
    predictions: Array,
    weights: Array | None = None,
    *,
    loss_weights: Array | None = None,
    scale: Sequence[float] = (),
    only: Sequence[str] = (),
    error_of: str = "",
    groups: Array | None = None,
) -> dict[str, float]:
    """Score predictions by the metrics of the task (`archivolt.values.problem.METRICS`).

    Where each step of a sequence has a label, the steps are the rows, those of weight 0 left out:
    labels and weights `(sequences, time)`, predictions `(sequences, time, outputs)`. Of several
    tasks each is scored on the rows that have its label.

    Args:
        task: What was predicted.
        labels: As `LabelEncoding` encodes them.
        predictions: Probabilities `(rows, outputs)`; standardised values for regression.
        weights: Of the examples, `(rows,)`; every metric but the loss is weighted by them.
        loss_weights: Of the examples in `loss`, class weights included; `weights` by default.
        scale: Of the regression targets: errors are told in the user's unit. `loss` is not, it
            is the mean square of the standardised errors, as in training.
        only: Names of the metrics to compute, all by default.
        error_of: Metric whose standard error is told as `standard_error`, where it is known.
        groups: Numbers by which rows belong together and are not independent, `(rows,)`.

    Returns:
        Finite numbers by name: a metric that the rows leave undefined (a ranking of rows that
        are all of one class) has the value of a guess.
    """
    if task.per_step:
        weights = np.ones(np.shape(labels)[:2]) if weights is None else np.asarray(weights)
        steps = Steps.of(weights)
        labels, predictions = steps.take(labels), steps.take(predictions)
        weights = steps.take(weights)
        loss_weights = None if loss_weights is None else steps.take(loss_weights)
        groups = steps.sequences
    if task.parts:
        return _of_parts(
            task,
            np.asarray(labels),
            np.asarray(predictions),
            weights,
            loss_weights,
            scale,
            only,
            error_of,
            groups,
        )
    kept = np.ones(len(predictions)) if weights is None else np.asarray(weights, np.float64)
    if not kept.sum() > 0:
        kept = np.ones(len(predictions))
    for_loss = kept if loss_weights is None else np.asarray(loss_weights, np.float64)
    if not for_loss.sum() > 0:
        for_loss = kept
    predictions = np.asarray(predictions, np.float64).reshape(len(predictions), -1)
    labels = np.asarray(labels)
    if task.kind in (MULTILABEL, REGRESSION):
        labels = labels.reshape(predictions.shape).astype(np.float64)
    else:
        labels = labels.reshape(-1).astype(np.int64)
    rows = Rows(
        task,
        labels,
        predictions,
        kept,
        for_loss,
        np.asarray(scale if len(scale) else (1.0,), np.float64),
        groups,
    )
    names = only or [metric.name for metric in METRICS[task.kind]]
    scores = {name: float(SCORES[task.kind][name](rows)) for name in names}
    error = standard_error(error_of, scores[error_of], rows) if error_of else None
    return scores if error is None else {**scores, STANDARD_ERROR: error}


def _of_parts(
    task: Task,
    labels: Array,
    predictions: Array,
    weights: Array | None,
    loss_weights: Array | None,
    scale: Sequence[float],
    only: Sequence[str],
    error_of: str,
    groups: Array | None,
) -> dict[str, float]:
    """Score each of several tasks, `target.metric`; the loss is the sum that is trained on."""
    found: dict[str, float] = {}
    errors: dict[str, float] = {}
    for number, (part, at) in enumerate(task.columns):
        there = np.isfinite(labels[:, number])
        if not there.any():
            raise DataError("no row has a label of this target to compare with.", part.target)
        own = compute(
            part.task,
            labels[there, number],
            predictions[there, at],
            _of_rows(weights, there),
            loss_weights=_of_rows(loss_weights, there),
            scale=scale[at],
            only=_wanted(part, only),
            error_of=_error_of(part, error_of),
            groups=_of_rows(groups, there),
        )
        if STANDARD_ERROR in own:
            errors[part.target] = own.pop(STANDARD_ERROR)
        found |= {f"{part.target}.{name}": value for name, value in own.items()}
    found[WEIGHTED_MEAN] = _mean(
        task, {p.target: found[f"{p.target}.{p.metric}"] for p in task.parts}
    )
    found[LOSS] = sum(part.weight * found[f"{part.target}.{LOSS}"] for part in task.parts)
    scores = {name: found[name] for name in only or [each.name for each in metrics_of(task)]}
    if error_of == WEIGHTED_MEAN and len(errors) == len(task.parts):
        # At most this: the tasks judge rows that are partly the same: errors may go together.
        scores[STANDARD_ERROR] = _mean(task, errors)
    elif error_of != WEIGHTED_MEAN and errors:
        (scores[STANDARD_ERROR],) = errors.values()
    return scores


def _of_rows(array: Array | None, rows: Array) -> Array | None:
    return None if array is None else np.asarray(array)[rows]


def _wanted(part: Part, only: Sequence[str]) -> tuple[str, ...]:
    """Name the metrics of a part that are asked for, with those that the whole is made of."""
    if not only:
        return ()
    start = f"{part.target}."
    asked = [name.removeprefix(start) for name in only if name.startswith(start)]
    return tuple(dict.fromkeys((*asked, part.metric, LOSS)))


def _error_of(part: Part, error_of: str) -> str:
    if error_of == WEIGHTED_MEAN:
        return part.metric
    start = f"{part.target}."
    return error_of.removeprefix(start) if error_of.startswith(start) else ""


def _mean(task: Task, values: dict[str, float]) -> float:
    total = sum(part.weight for part in task.parts)
    return sum(part.weight * values[part.target] for part in task.parts) / total
