"""The problem: the task, the metric, and the prepared data with their splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from attrs.validators import in_

from archivolt.values.features import Features, sequence, vector

BINARY = "binary"
MULTICLASS = "multiclass"
MULTILABEL = "multilabel"
REGRESSION = "regression"
TASKS = (BINARY, MULTICLASS, MULTILABEL, REGRESSION)

TRAIN = "train"  # fits
VALIDATION = "validation"  # selects trials
REPORT = "report"  # looked at once, at the end: gives the score that is shown
SPLITS = (TRAIN, VALIDATION, REPORT)


@frozen
class Task:
    """What is to be predicted."""

    kind: str = field(validator=in_(TASKS))
    classes: tuple[str, ...] = ()  # their names, in the order of the outputs; () for regression
    targets: tuple[str, ...] = ()  # names of the target columns
    outputs: int = 1  # units of the head: 1 for binary, one a class, label or target otherwise
    per_step: bool = False  # whether each step of a sequence has a label, and not the whole

    @property
    def is_classification(self) -> bool:
        return self.kind in (BINARY, MULTICLASS)


@frozen
class Metric:
    """A named score of predictions against labels."""

    name: str
    maximize: bool


# The metrics that every evaluator knows; the first of a task is its default.
METRICS: dict[str, tuple[Metric, ...]] = {
    BINARY: (
        Metric("accuracy", True),
        Metric("balanced_accuracy", True),
        Metric("auc", True),
        Metric("average_precision", True),
        Metric("f1", True),
        Metric("brier", False),
        Metric("loss", False),
    ),
    MULTICLASS: (
        Metric("accuracy", True),
        Metric("balanced_accuracy", True),
        Metric("f1_macro", True),
        Metric("top_5_accuracy", True),
        Metric("brier", False),
        Metric("loss", False),
    ),
    MULTILABEL: (
        Metric("f1_macro", True),
        Metric("exact_match", True),
        Metric("label_accuracy", True),
        Metric("brier", False),
        Metric("loss", False),
    ),
    REGRESSION: (
        Metric("rmse", False),
        Metric("mae", False),
        Metric("r2", True),
        Metric("mse", False),
        Metric("loss", False),
    ),
}


def default_metric(task: str) -> Metric:
    return METRICS[task][0]


@frozen
class Problem:
    """Data, task, metric and splits, once prepared: all that an evaluator needs.

    The arrays lie in `folder`, written once by the evaluator's `prepare`; this value holds the
    facts about them and travels as JSON.
    """

    task: Task
    metric: Metric
    features: Features  # what the first block reads: after preprocessing
    rows: Mapping[str, int] = field(factory=dict, hash=False)  # split: examples
    folder: str = ""
    digest: str = ""  # of the prepared arrays: tells whether two runs saw the same data
    notes: tuple[str, ...] = ()  # what was guessed or left out, each a sentence
    details: Mapping[str, Any] = field(factory=dict, hash=False)  # the evaluator's own, plain data

    @property
    def output(self) -> Features:
        """What the last block must give to the head."""
        if self.task.per_step:
            return sequence(self.features.shape[0], self.task.outputs)
        return vector(self.task.outputs)
