"""A pool of toy members: predictions of noise and truth, made without training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve
from numpy.random import default_rng
from numpy.typing import NDArray

from archivolt.components.ensembler import Pool
from archivolt.components.strategies import Proposal
from archivolt.testing.toy_space import toy_space
from archivolt.testing.toy_trials import proposed
from archivolt.values.footprint import Limits
from archivolt.values.logits import SMALLEST, predictions_of
from archivolt.values.problem import (
    BINARY,
    MULTICLASS,
    MULTILABEL,
    REGRESSION,
    Metric,
    Task,
    default_metric,
)
from archivolt.values.trial import FINISHED

Array = NDArray[Any]

TOY_TASKS = {
    BINARY: Task(BINARY, ("no", "yes"), ("y",), 1),
    MULTICLASS: Task(MULTICLASS, ("a", "b", "c"), ("y",), 3),
    MULTILABEL: Task(MULTILABEL, ("u", "v"), ("u", "v"), 2),
    REGRESSION: Task(REGRESSION, (), ("y",), 1),
}


def toy_pool(
    task: str = MULTICLASS,
    noises: tuple[float, ...] = (1.0, 1.2, 1.4, 1.6, 3.0, 9.0),
    rows: int = 400,
    seed: int = 0,
    parameters: int = 1000,
    limits: Limits | None = None,
) -> Pool:
    """Make members that know the truth, each under noise of its own.

    Args:
        task: Its kind.
        noises: Standard deviation of each member's logits around the truth; the members are
            numbered 10, 11, 12 … and stand in the order of their scores.
        rows: Of the validation split.
        seed: Draws truth and noise.
        parameters: Of each member.
        limits: For all members together.
    """
    of, rng = TOY_TASKS[task], default_rng(seed)
    truth = rng.normal(size=(rows, of.outputs)) * 2
    labels: Array
    if task == MULTICLASS:
        labels = truth.argmax(axis=1)
    elif task == REGRESSION:
        labels = truth
    else:
        labels = (truth > 0).astype(np.int64)
    logits = truth + np.array(noises)[:, None, None] * rng.normal(size=(len(noises), *truth.shape))
    predictions = predictions_of(of, logits)
    metric = default_metric(task)

    def score(given: Array) -> Mapping[str, float]:
        return _scores(of, metric, labels, np.asarray(given, np.float64))

    space = toy_space()
    trials = []
    for position, each in enumerate(predictions):
        trial = proposed(10 + position, Proposal(space.sample(rng)))
        found = score(each)
        trials.append(
            evolve(
                trial,
                state=FINISHED,
                score=found[metric.name],
                metrics=found,
                parameters=parameters,
                flops=2 * parameters,
            )
        )
    sign = -1.0 if metric.maximize else 1.0
    order = sorted(range(len(trials)), key=lambda position: sign * (trials[position].score or 0.0))
    pool = Pool(of, metric, tuple(trials), predictions, labels, score, limits=limits)
    return pool.take(order)


def _scores(task: Task, metric: Metric, labels: Array, predictions: Array) -> dict[str, float]:
    rows = len(predictions)
    if task.kind == REGRESSION:
        loss = float(np.square(predictions - labels).mean())
        return {metric.name: loss**0.5, "loss": loss}
    if task.kind == MULTICLASS:
        own = predictions[np.arange(rows), labels]
        right = predictions.argmax(axis=1) == labels
    else:
        own = np.where(labels == 1, predictions, 1 - predictions)
        right = own > 0.5
    return {
        metric.name: float(right.mean()),
        "loss": float(-np.log(np.clip(own, SMALLEST, 1)).mean()),
    }
