"""Several tasks on one network: one for each target column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import gt
from numpy.typing import NDArray

from archivolt.errors import ConfigError, DataError, nearest
from archivolt.values.guess import guess_task, task_for
from archivolt.values.label_checks import missing_labels
from archivolt.values.problem import (
    BINARY,
    METRICS,
    MULTICLASS,
    REGRESSION,
    SEVERAL,
    Metric,
    Part,
    Task,
)

if TYPE_CHECKING:
    from archivolt.components.block import Block

# By default all are made large, and 1 is perfect: so their mean has a meaning.
DEFAULTS = {BINARY: "accuracy", MULTICLASS: "accuracy", REGRESSION: "r2"}


@frozen
class PartWish:
    """What the user says of one of several tasks."""

    kind: str | None = None  # None: guessed, told
    metric: str | None = None  # None: by `DEFAULTS`
    weight: float = field(default=1.0, validator=gt(0.0))
    blocks: tuple[Block, ...] = ()


def are_several(labels: NDArray[Any]) -> bool:
    """Tell whether target columns cannot be one task: there is text among them."""
    if labels.ndim != 2 or labels.shape[1] < 2:
        return False
    try:
        labels.astype(np.float64)
    except (TypeError, ValueError):
        return True
    return False


def several_tasks(
    labels: NDArray[Any], targets: Sequence[str], wishes: Mapping[str, PartWish]
) -> tuple[Task, list[str]]:
    """Make a task of each target column.

    Args:
        labels: `(rows, targets)`; one that is missing (None, NaN) says nothing of its task.
        targets: Names of the columns.
        wishes: What the user says of them, by name.

    Returns:
        The task of all, and the sentences that tell what was guessed.

    Raises:
        DataError: there is one column alone, or a column has no label or fits no task.
        ConfigError: a wish is for no column, or its metric is none of the task's.
    """
    for name in wishes:
        if name not in targets:
            hint = nearest(name, tuple(targets))
            raise ConfigError(f"problem.tasks.{name}", "is no target.", hint)
    if labels.ndim != 2 or labels.shape[1] != len(targets) or len(targets) < 2:
        raise DataError(
            f"several tasks need several targets, one column each; there is {', '.join(targets)}.",
            "problem.task",
            "Name them: `target: [a, b]`, or pass y={'a': …, 'b': …}.",
        )
    parts, notes = [], []
    for at, name in enumerate(targets):
        wish = wishes.get(name, PartWish())
        column, present = present_column(labels, at)
        if not present.any():
            raise DataError(
                f"the target {name!r} has no label in any of the {len(present):,} rows.",
                "problem.tasks",
                "Leave it out, or give rows that have one.",
            )
        if not present.all():
            notes.append(_told_gaps(name, present))
        if wish.kind is None:
            task, told = guess_task(column, (name,))
            notes.append(told)
        else:
            task = task_for(wish.kind, column, (name,))
        metric = _metric(name, task.kind, wish.metric)
        parts.append(
            Part(name, task.kind, task.classes, task.outputs, metric.name, wish.weight, wish.blocks)
        )
    _check_directions(parts)
    outputs = sum(part.outputs for part in parts)
    return Task(SEVERAL, (), tuple(targets), outputs, parts=tuple(parts)), notes


def present_column(labels: NDArray[Any], at: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the labels of one target that are there, in a type of their own.

    Args:
        labels: `(rows, targets)`.
        at: Number of the target.

    Returns:
        The labels, `(labels,)`, and which rows have one, `(rows,)`.
    """
    column = labels[:, at]
    present = ~missing_labels(column)
    if not present.all():
        column = column[present]
    if column.dtype == object:
        column = np.array(column.tolist())
    # Gaps make decimals of whole numbers, which may well be classes.
    if not present.all() and column.dtype.kind == "f" and _are_whole(column):
        column = column.astype(np.int64)
    return column, present


def _are_whole(numbers: NDArray[Any]) -> bool:
    return bool(((numbers == np.round(numbers)) & (abs(numbers) < 2**53)).all())


def _told_gaps(target: str, present: NDArray[np.bool_]) -> str:
    count = int((~present).sum())
    return (
        f"target {target!r}: {count:,} of {len(present):,} rows have no label; they take part for "
        "the other targets."
    )


def _metric(target: str, kind: str, name: str | None) -> Metric:
    wanted = name or DEFAULTS[kind]
    for metric in METRICS[kind]:
        if metric.name == wanted:
            return metric
    known = tuple(metric.name for metric in METRICS[kind])
    raise ConfigError(
        f"problem.tasks.{target}.metric",
        f"{wanted!r} is no metric of {kind} problems.",
        nearest(wanted, known),
    )


def _check_directions(parts: Sequence[Part]) -> None:
    up = [part for part in parts if _metric(part.target, part.kind, part.metric).maximize]
    if 0 < len(up) < len(parts):
        down = next(part for part in parts if part not in up)
        raise ConfigError(
            f"problem.tasks.{down.target}.metric",
            f"{down.metric!r} is made small and {up[0].metric!r} of {up[0].target!r} large: they "
            "have no mean.",
            "Take metrics of one direction (r2 for numbers), or rank by one of the tasks: "
            f"problem.metric: {up[0].target}.{up[0].metric}.",
        )
