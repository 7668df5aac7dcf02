"""How far a score may lie from what as many other rows would give: its standard error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from typing import Any

    from archivolt_keras.metrics import Rows

    Array = NDArray[Any]


def standard_error(metric: str, score: float, rows: Rows) -> float | None:
    """Return the standard error of a metric's score on these rows; None where it is not known.

    Known are the means over rows (accuracies, errors, losses), the root of a mean square by the
    delta method, the mean recall of the classes, and the area under the ROC curve (Hanley and
    McNeil, 1982). Rows count as independent. The steps of one sequence do not: their deviations
    are added up before they are squared, as in the variance of a clustered sample (Liang and
    Zeger, 1986), which is known of means alone.
    """
    known = _ERRORS.get(metric)
    if rows.groups is not None and metric not in _MEANS:
        return None
    error = None if known is None else known(rows, score)
    return error if error is not None and np.isfinite(error) else None


def _of_mean(values: Array, rows: Rows) -> float:
    """Return the standard error of the weighted mean of a value a row."""
    weights = rows.weights
    deviations = weights * (values - np.average(values, weights=weights))
    if rows.groups is not None:
        deviations = np.bincount(rows.groups, deviations)
    return float(np.sqrt((deviations**2).sum()) / weights.sum())


def _accuracy(rows: Rows, _: float) -> float:
    return _of_mean((rows.classes == rows.labels).astype(np.float64), rows)


def _balanced_accuracy(rows: Rows, _: float) -> float | None:
    labels, weights = rows.labels, rows.weights
    totals = np.bincount(labels, weights)
    present = totals > 0
    hits = np.bincount(labels, weights * (rows.classes == labels))[present]
    totals, squares = totals[present], np.bincount(labels, weights**2)[present]
    effective = totals**2 / squares  # rows of equal weight that would tell as much
    # By Laplace's rule: two right out of two is no certainty.
    recalls = (hits / totals * effective + 1) / (effective + 2)
    return float(np.sqrt((recalls * (1 - recalls) / effective).sum()) / len(totals))


def _auc(rows: Rows, area: float) -> float | None:
    positives, negatives = (_effective(rows.weights[rows.labels == each]) for each in (1, 0))
    if not (positives > 0 and negatives > 0):
        return None
    both = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (
        area * (1 - area)
        + (positives - 1) * (both[0] - area**2)
        + (negatives - 1) * (both[1] - area**2)
    ) / (positives * negatives)
    return float(np.sqrt(max(0.0, variance)))


def _effective(weights: Array) -> float:
    """Return how many rows of equal weight would tell as much (Kish, 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else 0.0


def _exact_match(rows: Rows, _: float) -> float:
    right = ((rows.predictions >= 0.5) == rows.labels).all(axis=1)
    return _of_mean(right.astype(np.float64), rows)


def _label_accuracy(rows: Rows, _: float) -> float:
    return _of_mean(((rows.predictions >= 0.5) == rows.labels).mean(axis=1), rows)


def _mse(rows: Rows, _: float) -> float:
    return _of_mean((rows.errors**2).mean(axis=1), rows)


def _rmse(rows: Rows, root: float) -> float | None:
    return _mse(rows, root**2) / (2 * root) if root > 0 else None


def _mae(rows: Rows, _: float) -> float:
    return _of_mean(np.abs(rows.errors).mean(axis=1), rows)


_MEANS = ("accuracy", "exact_match", "label_accuracy", "rmse", "mae", "mse")
_ERRORS: dict[str, Callable[[Rows, float], float | None]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "auc": _auc,
    "exact_match": _exact_match,
    "label_accuracy": _label_accuracy,
    "rmse": _rmse,
    "mae": _mae,
    "mse": _mse,
}
