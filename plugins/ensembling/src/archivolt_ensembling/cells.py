"""The loss of a weighted mean of predictions, in the one form that every task takes.

A cell is a number that a member gives for a row (and a label or target): the probability of what
is true, or the error of a value. A mean of predictions has the mean of their cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.components.ensembler import Pool
from archivolt.values.logits import SMALLEST
from archivolt.values.problem import BINARY, MULTICLASS, REGRESSION

Array = NDArray[Any]

# Metrics in which every class counts the same, whatever its share of the rows.
_BALANCED = ("balanced_accuracy", "f1_macro")


@frozen(eq=False)
class Cells:
    """The cells of a pool."""

    values: Array  # `(members, cells)`, float32
    weights: Array  # of the cells in the loss, `(cells,)`, summing to 1
    squared: bool  # mean square of errors; otherwise log loss of probabilities

    def losses(self, means: Array) -> Array:
        """Return the loss of each row of cells, `(…, cells)` to `(…)`."""
        if self.squared:
            return np.asarray(np.square(means) @ self.weights)
        return np.asarray(-np.log(np.maximum(means, SMALLEST)) @ self.weights)

    def gradient(self, mixture: Array) -> Array:
        """Return how the loss of a mixture changes with each member's weight, `(members,)`."""
        mean = mixture @ self.values
        if self.squared:
            return np.asarray(self.values @ (2 * mean * self.weights))
        return np.asarray(-(self.values @ (self.weights / np.maximum(mean, SMALLEST))))


def cells_of(pool: Pool) -> Cells:
    """Take a pool apart into cells."""
    task, predictions = pool.task, np.asarray(pool.predictions, np.float32)
    members, rows, outputs = predictions.shape
    labels = np.asarray(pool.labels)
    weights = _row_weights(pool)
    if task.kind == MULTICLASS:
        own = predictions[:, np.arange(rows), labels.reshape(-1).astype(np.intp)]
        return Cells(own, weights, squared=False)
    across = np.repeat(weights / outputs, outputs)
    labels = labels.reshape(1, rows, outputs)
    if task.kind == REGRESSION:
        errors = (predictions - labels).reshape(members, -1)
        return Cells(np.asarray(errors, np.float32), across, squared=True)
    likely = np.where(labels > 0, predictions, 1 - predictions).reshape(members, -1)
    return Cells(np.asarray(likely, np.float32), across, squared=False)


def _row_weights(pool: Pool) -> Array:
    given = pool.loss_weights if pool.loss_weights is not None else pool.weights
    weights = np.ones(pool.rows) if given is None else np.array(given, np.float64)
    if pool.metric.name in _BALANCED and pool.task.kind in (BINARY, MULTICLASS):
        labels = np.asarray(pool.labels).reshape(-1).astype(np.intp)
        totals = np.bincount(labels, weights)
        weights = weights / totals[labels]
    return np.asarray(weights / weights.sum(), np.float32)


def first_that_fit(pool: Pool, most: int) -> Sequence[int]:
    """Return the positions of the first members, in the order of choice, within the limits.

    One member stands in any case: each trial keeps within the limits by itself.
    """
    taken: list[int] = []
    for position in range(len(pool.trials)):
        if len(taken) == most:
            break
        if not taken or pool.fits([*taken, position]):
            taken.append(position)
    return taken
