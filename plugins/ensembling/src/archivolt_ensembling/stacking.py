"""Stacking: a linear layer on the members' logits (Wolpert, 1992)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import ge
from numpy.typing import NDArray

from archivolt.components.ensembler import Pool
from archivolt.errors import DataError
from archivolt.values.ensemble import Ensemble
from archivolt.values.logits import logits_of
from archivolt.values.problem import MULTICLASS, REGRESSION
from archivolt_ensembling.calibrated import CalibratedEnsembler
from archivolt_ensembling.limits import first_that_fit

if TYPE_CHECKING:
    from numpy.random import Generator

Array = NDArray[Any]

_STRENGTHS = np.logspace(-4, 1, 6)  # inverse of the penalty, of which cross-validation takes one
_FOLDS = 3
_ABSENT = -12.0  # logit of a class that no validation row has


@frozen
class Stacking(CalibratedEnsembler):
    """A linear layer on the logits of the best trials (Wolpert, 1992; Ting and Witten, 1999).

    A logistic regression (ridge for values) whose penalty is chosen by cross-validation on the
    validation rows. It can put right what all members get wrong in the same way, and needs more
    rows than a mean does: about a thousand.
    """

    name = "stacking"

    members: int = field(default=8, validator=ge(1))  # the best so many

    def choose(self, pool: Pool, rng: Generator) -> Ensemble:
        if pool.task.parts:
            raise DataError(
                "stacking fits the layer of one task, and this problem has several.",
                "ensembler",
                "Take `average`, `weighted` or `greedy_selection`.",
            )
        taken = pool.take(first_that_fit(pool, self.members))
        members, rows, outputs = taken.predictions.shape
        beside = logits_of(pool.task, taken.predictions).transpose(1, 0, 2)
        features = beside.reshape(rows, members * outputs)
        # Scaled, so that the penalty means the same for each and the fit is soon done.
        centre, spread = features.mean(axis=0), features.std(axis=0)
        spread[spread == 0] = 1.0
        kernel, bias = _fit(taken, (features - centre) / spread)
        kernel = kernel / spread[:, None]
        bias = bias - centre @ kernel
        # What share of the layer belongs to each member, for whoever reads the report.
        size = np.abs(kernel).reshape(members, -1).sum(axis=1)
        shares = size / size.sum() if size.sum() > 0 else np.full(members, 1 / members)
        numbers = [trial.number for trial in taken.trials]
        return Ensemble(numbers, shares, kernel=kernel, bias=bias)


def _fit(pool: Pool, features: Array) -> tuple[Array, Array]:
    """Return the layer's kernel `(features, outputs)` and bias `(outputs,)`."""
    weights = pool.loss_weights if pool.loss_weights is not None else pool.weights
    weights = None if weights is None else np.asarray(weights, np.float64)
    labels = np.asarray(pool.labels)
    if pool.task.kind == REGRESSION:
        return _ridge(features, labels.reshape(len(features), -1), weights)
    if pool.task.kind == MULTICLASS:
        return _softmax(features, labels.reshape(-1).astype(np.intp), weights, pool.task.outputs)
    columns = labels.reshape(len(features), -1)
    fitted = [_logistic(features, column, weights) for column in columns.T]
    return np.stack([kernel for kernel, _ in fitted], axis=1), np.array([b for _, b in fitted])


def _ridge(features: Array, labels: Array, weights: Array | None) -> tuple[Array, Array]:
    from sklearn.linear_model import RidgeCV

    found = RidgeCV(alphas=1 / _STRENGTHS).fit(features, labels, sample_weight=weights)
    kernel = np.asarray(found.coef_).reshape(labels.shape[1], features.shape[1]).T
    return kernel, np.asarray(found.intercept_).reshape(-1)


def _logistic(features: Array, labels: Array, weights: Array | None) -> tuple[Array, float]:
    """Fit the logit of one label, `(features,)` and its bias."""
    if len(np.unique(labels)) < 2:
        return np.zeros(features.shape[1]), _ABSENT if not labels.any() else -_ABSENT
    found = _regression(features, labels.astype(np.intp), weights)
    return np.asarray(found.coef_[0]), float(found.intercept_[0])


def _softmax(
    features: Array, labels: Array, weights: Array | None, outputs: int
) -> tuple[Array, Array]:
    present = np.unique(labels)
    kernel = np.zeros((features.shape[1], outputs))
    bias = np.full(outputs, _ABSENT)
    if len(present) == 1:
        bias[present] = 0.0
        return kernel, bias
    found = _regression(features, labels, weights)
    if len(present) == 2:  # one logit tells two classes apart
        kernel[:, present[1]], bias[present[1]] = found.coef_[0], found.intercept_[0]
        bias[present[0]] = 0.0
    else:
        kernel[:, present], bias[present] = found.coef_.T, found.intercept_
    return kernel, bias


def _regression(features: Array, labels: Array, weights: Array | None) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    model = LogisticRegression(C=_STRENGTHS[0], max_iter=1000)
    fewest = int(np.bincount(labels)[np.unique(labels)].min())
    if fewest < _FOLDS:  # a class would be missing from a fold
        return model.fit(features, labels, weights)
    search = GridSearchCV(model, {"C": list(_STRENGTHS)}, cv=_FOLDS, scoring="neg_log_loss")
    return search.fit(features, labels, sample_weight=weights).best_estimator_
