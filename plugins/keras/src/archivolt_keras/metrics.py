"""Metrics: scores of predictions against labels, weighted by example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.values.logits import SMALLEST
from archivolt.values.problem import BINARY, MULTICLASS, MULTILABEL, REGRESSION, Task

Array = NDArray[Any]

Score = Callable[["Rows"], float]


@frozen(eq=False)
class Rows:
    """Labels and predictions side by side.

    Labels are encoded as `LabelEncoding` has them. Predictions are probabilities
    `(rows, outputs)`, or standardised values for regression.
    """

    task: Task
    labels: Array
    predictions: Array
    weights: Array  # of the examples, `(rows,)`
    loss_weights: Array  # class weights included
    scale: Array  # of the regression targets, `(targets,)`
    groups: Array | None = None  # rows of the same number are not independent, `(rows,)`

    @property
    def classes(self) -> Array:
        """Predicted class indices, `(rows,)`."""
        if self.task.kind == BINARY:
            return (self.predictions[:, 0] >= 0.5).astype(np.int64)
        return np.asarray(self.predictions.argmax(axis=1))

    @property
    def errors(self) -> Array:
        """Prediction minus target in the target's unit, `(rows, targets)`."""
        return np.asarray((self.predictions - self.labels) * self.scale)


def _mean(values: Array, weights: Array) -> float:
    return float(np.average(values, weights=weights))


def accuracy(rows: Rows) -> float:
    return _mean(rows.classes == rows.labels, rows.weights)


def balanced_accuracy(rows: Rows) -> float:
    """Mean recall of the classes that are present."""
    hits, positives, _ = _counts(rows)
    present = positives > 0
    return float((hits[present] / positives[present]).mean())


def f1(rows: Rows) -> float:
    """F1 of the second class; 0 where it is neither present nor predicted."""
    return float(_f1(*_counts(rows))[1])


def f1_macro(rows: Rows) -> float:
    """Mean F1 of the classes that are present."""
    hits, positives, predicted = _counts(rows)
    return float(_f1(hits, positives, predicted)[positives > 0].mean())


def _counts(rows: Rows) -> tuple[Array, Array, Array]:
    count = max(2, len(rows.task.classes), rows.predictions.shape[1])
    classes, labels, weights = rows.classes, rows.labels, rows.weights
    right = weights * (classes == labels)
    return (
        np.bincount(labels, right, count),
        np.bincount(labels, weights, count),
        np.bincount(classes, weights, count),
    )


def _f1(hits: Array, positives: Array, predicted: Array) -> Array:
    total = positives + predicted
    scores = np.zeros(len(total))
    np.divide(2 * hits, total, out=scores, where=total > 0)
    return scores


def auc(rows: Rows) -> float:
    """Area under the ROC curve; 0.5 where only one class is present."""
    from sklearn.metrics import roc_auc_score

    used = rows.weights > 0
    if len(np.unique(rows.labels[used])) < 2:
        return 0.5
    scores = rows.predictions[:, 0]
    return float(roc_auc_score(rows.labels, scores, sample_weight=rows.weights))


def average_precision(rows: Rows) -> float:
    """Mean precision over the ranks of the second class; 0 where it is absent."""
    from sklearn.metrics import average_precision_score

    if not rows.weights[rows.labels == 1].sum() > 0:
        return 0.0
    scores = rows.predictions[:, 0]
    return float(average_precision_score(rows.labels, scores, sample_weight=rows.weights))


def top_5_accuracy(rows: Rows) -> float:
    """Share of rows whose class is among the five likeliest; ties go to the earlier class."""
    own = np.take_along_axis(rows.predictions, rows.labels[:, None], axis=1)
    before = np.arange(rows.predictions.shape[1]) < rows.labels[:, None]
    likelier = (rows.predictions > own) | ((rows.predictions == own) & before)
    return _mean(likelier.sum(axis=1) < 5, rows.weights)


def brier(rows: Rows) -> float:
    """Mean square error of the probabilities (Brier, 1950): summed over classes, mean of labels."""
    if rows.task.kind == MULTICLASS:
        truth = np.eye(rows.predictions.shape[1])[rows.labels]
        return _mean(np.square(rows.predictions - truth).sum(axis=1), rows.loss_weights)
    squares = np.square(rows.predictions - rows.labels.reshape(rows.predictions.shape))
    return _mean(squares.mean(axis=1), rows.loss_weights)


def binary_loss(rows: Rows) -> float:
    likely = np.clip(rows.predictions[:, 0], SMALLEST, 1 - SMALLEST)
    return _mean(-np.log(np.where(rows.labels == 1, likely, 1 - likely)), rows.loss_weights)


def multiclass_loss(rows: Rows) -> float:
    own = np.take_along_axis(rows.predictions, rows.labels[:, None], axis=1)[:, 0]
    return _mean(-np.log(np.clip(own, SMALLEST, 1.0)), rows.loss_weights)


def label_f1_macro(rows: Rows) -> float:
    """Mean F1 of the labels that some row has; 0 where none has any."""
    chosen = (rows.predictions >= 0.5).astype(np.float64)
    weights = rows.weights[:, None]
    positives = (weights * rows.labels).sum(axis=0)
    hits = (weights * chosen * rows.labels).sum(axis=0)
    scores = _f1(hits, positives, (weights * chosen).sum(axis=0))[positives > 0]
    return float(scores.mean()) if len(scores) else 0.0


def exact_match(rows: Rows) -> float:
    """Share of rows with every label right."""
    return _mean(((rows.predictions >= 0.5) == rows.labels).all(axis=1), rows.weights)


def label_accuracy(rows: Rows) -> float:
    """Share of labels that are right."""
    return _mean(((rows.predictions >= 0.5) == rows.labels).mean(axis=1), rows.weights)


def multilabel_loss(rows: Rows) -> float:
    likely = np.clip(rows.predictions, SMALLEST, 1 - SMALLEST)
    losses = -np.log(np.where(rows.labels == 1, likely, 1 - likely))
    return _mean(losses.mean(axis=1), rows.loss_weights)


def mse(rows: Rows) -> float:
    return _mean((rows.errors**2).mean(axis=1), rows.weights)


def rmse(rows: Rows) -> float:
    return float(np.sqrt(mse(rows)))


def mae(rows: Rows) -> float:
    return _mean(np.abs(rows.errors).mean(axis=1), rows.weights)


def r2(rows: Rows) -> float:
    """Mean share of the targets' variance that is explained; 0 for a constant target."""
    centre = np.average(rows.labels, axis=0, weights=rows.weights)
    total = np.average((rows.labels - centre) ** 2, axis=0, weights=rows.weights)
    left = np.average((rows.labels - rows.predictions) ** 2, axis=0, weights=rows.weights)
    varies = total > 0
    explained = np.where(left == 0, 1.0, 0.0)
    explained[varies] = 1 - left[varies] / total[varies]
    return float(explained.mean())


def regression_loss(rows: Rows) -> float:
    squares = ((rows.predictions - rows.labels) ** 2).mean(axis=1)
    return _mean(squares, rows.loss_weights)


SCORES: dict[str, dict[str, Score]] = {
    BINARY: {
        "accuracy": accuracy,
        "balanced_accuracy": balanced_accuracy,
        "auc": auc,
        "average_precision": average_precision,
        "f1": f1,
        "brier": brier,
        "loss": binary_loss,
    },
    MULTICLASS: {
        "accuracy": accuracy,
        "balanced_accuracy": balanced_accuracy,
        "f1_macro": f1_macro,
        "top_5_accuracy": top_5_accuracy,
        "brier": brier,
        "loss": multiclass_loss,
    },
    MULTILABEL: {
        "f1_macro": label_f1_macro,
        "exact_match": exact_match,
        "label_accuracy": label_accuracy,
        "brier": brier,
        "loss": multilabel_loss,
    },
    REGRESSION: {
        "rmse": rmse,
        "mae": mae,
        "r2": r2,
        "mse": mse,
        "loss": regression_loss,
    },
}
