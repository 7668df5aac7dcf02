"""The mean square error of a weighted mean of predictions, as a quadratic form of the weights.

Of probabilities it is the Brier score (Brier, 1950). Like the log loss it is lowest for the true
ones, and one row that a member is wrongly sure of does not outweigh all others; networks that were
trained with label smoothing, which are timid, are not taken for poor ones. A form of as many rows
as there are members holds all that is to be known, so a choice costs nothing after it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.components.ensembler import Pool
from archivolt.values.problem import BINARY, MULTICLASS, Task

Array = NDArray[Any]

# Metrics in which every class counts the same, whatever its share of the rows.
_BALANCED = ("balanced_accuracy", "f1_macro")


def squares(pool: Pool) -> Array:
    """Return the form `(members, members)`: weights `w` that sum to 1 err by `w @ form @ w`."""
    predictions = np.asarray(pool.predictions, np.float32)
    errors = predictions - _truth(pool)
    if pool.task.parts:
        errors *= _shares(pool)
    scale = np.sqrt(_row_weights(pool)).astype(np.float32)
    scaled = errors * scale[None, :, None] * _output_scale(pool)
    flat = scaled.reshape(len(predictions), -1)
    return np.asarray(flat @ flat.T, np.float64)


def _output_scale(pool: Pool) -> Array:
    """Return the factor of each output's errors, so that all of one task make a mean."""
    if not pool.task.parts:
        return np.full(pool.task.outputs, pool.task.outputs**-0.5, np.float32)
    return np.concatenate(
        [
            np.full(part.outputs, (part.weight / part.outputs) ** 0.5, np.float32)
            for part in pool.task.parts
        ]
    )


def _truth(pool: Pool) -> Array:
    """Return what a perfect member would predict, `(rows, outputs)`."""
    labels = np.asarray(pool.labels)
    if not pool.task.parts:
        return _truth_of(pool.task, labels, pool.rows)
    labels = np.nan_to_num(labels)  # where one is missing, nothing is compared
    columns = [
        _truth_of(part.task, labels[:, number], pool.rows)
        for number, part in enumerate(pool.task.parts)
    ]
    return np.concatenate(columns, axis=1)


def _shares(pool: Pool) -> Array:
    """Return factors of the errors of several tasks, `(rows, outputs)`.

    Those of rows that lack a label are 0. The others make up for it, so that each task counts by
    its weight however many rows have its label.
    """
    there = np.isfinite(np.asarray(pool.labels))
    weights = _row_weights(pool)
    held = weights @ there
    factors = np.sqrt(there / np.where(held > 0, held, 1.0))
    columns = [factors[:, [at] * part.outputs] for at, part in enumerate(pool.task.parts)]
    return np.concatenate(columns, axis=1).astype(np.float32)


def _truth_of(task: Task, labels: Array, rows: int) -> Array:
    if task.kind == MULTICLASS:
        return np.eye(task.outputs, dtype=np.float32)[labels.reshape(-1).astype(np.intp)]
    return labels.reshape(rows, -1).astype(np.float32)


def _row_weights(pool: Pool) -> Array:
    given = pool.loss_weights if pool.loss_weights is not None else pool.weights
    weights = np.ones(pool.rows) if given is None else np.array(given, np.float64)
    if pool.metric.name in _BALANCED and pool.task.kind in (BINARY, MULTICLASS):
        labels = np.asarray(pool.labels).reshape(-1).astype(np.intp)
        totals = np.bincount(labels, weights)
        weights = weights / np.where(totals > 0, totals, 1.0)[labels]  # all of a class may weigh 0
    return np.asarray(weights / weights.sum())
