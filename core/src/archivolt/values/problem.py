"""The problem: the task, the metric, and the prepared data with their splits."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.validators import gt, in_

from archivolt.values.features import Features, sequence, vector

if TYPE_CHECKING:
    from archivolt.components.block import Block

    Architecture = tuple[Block, ...]

BINARY = "binary"
MULTICLASS = "multiclass"
MULTILABEL = "multilabel"
REGRESSION = "regression"
SEVERAL = "several"  # a task of its own for each target, on one network
TASKS = (BINARY, MULTICLASS, MULTILABEL, REGRESSION, SEVERAL)

WEIGHTED_MEAN = "weighted_mean"  # metric of several tasks: of the metric of each

TRAIN = "train"  # fits
VALIDATION = "validation"  # selects trials
REPORT = "report"  # looked at once, at the end: gives the score that is shown
SPLITS = (TRAIN, VALIDATION, REPORT)
UNLABELLED = "unlabelled"  # rows from which a teacher alone teaches; of none of the splits


@frozen
class Part:
    """One of several tasks: what a head of its own predicts on the blocks that all share."""

    target: str  # name of the target column
    kind: str = field(validator=in_((BINARY, MULTICLASS, REGRESSION)))
    classes: tuple[str, ...] = ()
    outputs: int = 1  # units of the head
    metric: str = ""  # its share in the weighted mean
    weight: float = field(default=1.0, validator=gt(0.0))  # of its loss, and of its metric
    blocks: Architecture = ()  # of this head alone, below the layer that gives the outputs

    @property
    def task(self) -> Task:
        """The part as a task by itself."""
        return Task(self.kind, self.classes, (self.target,), self.outputs)


@frozen
class Task:
    """What is to be predicted."""

    kind: str = field(validator=in_(TASKS))
    classes: tuple[str, ...] = ()  # their names, in the order of the outputs; () for regression
    targets: tuple[str, ...] = ()  # names of the target columns
    outputs: int = 1  # units of the head: 1 for binary, one a class, label or target otherwise
    per_step: bool = False  # whether each step of a sequence has a label, and not the whole
    parts: tuple[Part, ...] = ()  # of several tasks, in the order of `targets`

    @property
    def is_classification(self) -> bool:
        return self.kind in (BINARY, MULTICLASS)

    @property
    def columns(self) -> tuple[tuple[Part, slice], ...]:
        """The parts, each with its columns among the outputs; () for a single task."""
        starts = accumulate((part.outputs for part in self.parts), initial=0)
        return tuple(
            (part, slice(start, start + part.outputs))
            for part, start in zip(self.parts, starts, strict=False)
        )


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
    SEVERAL: (
        Metric(WEIGHTED_MEAN, True),  # or made small, where the metrics of the parts are
        Metric("loss", False),
    ),
}

_DIRECTIONS = {each.name: each.maximize for metrics in METRICS.values() for each in metrics}


def default_metric(task: str) -> Metric:
    return METRICS[task][0]


def direction_of(name: str) -> bool | None:
    """Tell whether more of a metric is better, by its name; None: it is no metric of a task."""
    return _DIRECTIONS.get(name.rpartition(".")[2])


def metrics_of(task: Task) -> tuple[Metric, ...]:
    """Return the metrics of a task; those of a part are named `target.metric`."""
    if task.kind != SEVERAL:
        return METRICS[task.kind]
    own = {(part.target, each.name): each for part in task.parts for each in METRICS[part.kind]}
    up = all(own[part.target, part.metric].maximize for part in task.parts)
    of_parts = [Metric(f"{target}.{name}", own[target, name].maximize) for target, name in own]
    return (Metric(WEIGHTED_MEAN, up), *of_parts, Metric("loss", False))


@frozen
class Problem:
    """Data, task, metric and splits, once prepared: all that an evaluator needs.

    The arrays lie in `folder`, written once by the evaluator's `prepare`; this value holds the
    facts about them and travels as JSON.
    """

    task: Task
    metric: Metric
    features: Features  # what the first block reads: after preprocessing
    rows: Mapping[str, int] = field(factory=dict, hash=False)  # split, or `unlabelled`: examples
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
