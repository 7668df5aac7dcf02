"""Labels that are more than one a row: what stands for them where rows are split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.guess import class_texts
from archivolt.values.problem import REGRESSION, Task
from archivolt.values.several import present_column

if TYPE_CHECKING:
    Array = NDArray[Any]


def labels_of_rows(labels: Array, weights: Array | None, task: Task) -> Array:
    """Return one label a row by which a split keeps rows in proportion, `(rows,)`.

    For classes it is the rarest one that a row holds, as labels that are rare in several are
    shared out first by Sechidis et al. (2011); for one number a step it is the mean of a row.

    Args:
        labels: `(rows, targets)` of several tasks, of which some may be missing; per step
            `(rows, time)` or `(rows, time, targets)`.
        weights: Of the steps, `(rows, time)`; a step of weight 0 has no label. None: of several
            tasks, whose labels count where they are there.
        task: What the labels mean.
    """
    counted = np.ones((len(labels), 1), bool) if weights is None else weights > 0
    given = labels if weights is not None else labels[:, None]
    rows = np.nonzero(counted)[0]
    if task.parts:
        named, of_rows = [], []
        for at, part in enumerate(task.parts):
            column, present = present_column(given[counted], at)
            if part.task.is_classification:
                named.append(np.char.add(f"{at} ", class_texts(column)))
            elif present.all():
                continue
            else:  # each split needs rows that have a number
                named.append(np.full(len(column), str(at)))
            of_rows.append(rows[present])
        if not named:
            return np.zeros(len(labels), np.int64)
        return _rarest(np.concatenate(named), np.concatenate(of_rows), len(labels))
    if task.is_classification:
        return _rarest(class_texts(given[counted].reshape(-1)), rows, len(labels))
    if task.kind != REGRESSION or task.outputs > 1:
        return np.zeros(len(labels), np.int64)
    sums = np.bincount(rows, given[counted].astype(np.float64).reshape(-1), len(labels))
    return np.asarray(sums / np.maximum(1, counted.sum(axis=1)))


def _rarest(names: Array, rows: Array, total: int) -> Array:
    classes, found, counts = np.unique(names, return_inverse=True, return_counts=True)
    rank = np.empty(len(classes), np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(classes))
    # A row without any label goes with those that hold the commonest class alone.
    rarest = np.full(total, len(classes) - 1)
    np.minimum.at(rarest, rows, rank[found.reshape(-1)])
    return rarest


def check_training_classes(training: Array | None, task: Task) -> None:
    """Check that each class has a training row, or a training step, where labels are several.

    Args:
        training: Labels that count, `(labels,)`; of several tasks `(labels, targets)`, of which
            some may be missing.
        task: What they mean.

    Raises:
        DataError: a class has none.
    """
    assert training is not None  # labels were read, or there would be no task
    single = [] if task.parts else [(task, training.reshape(-1))]
    of_parts = [(part.task, present_column(training, at)[0]) for at, part in enumerate(task.parts)]
    what = "step of a training row" if task.per_step else "training row"
    for each, labels in (*single, *of_parts):
        if not each.is_classification:
            continue
        present = set(np.unique(class_texts(labels)).tolist())
        missing = [name for name in each.classes if name not in present]
        if missing:
            named = ", ".join(map(repr, missing[:5])) + (", …" if missing[5:] else "")
            raise DataError(
                f"no {what} is of class {named} ({each.targets[0]}).",
                "problem.split",
                "Give more rows of it, or leave the class out.",
            )
