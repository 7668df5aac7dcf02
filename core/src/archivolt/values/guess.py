"""Guessing the task from the labels, and checking it where the user sets it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.label_checks import check_finite, check_present, named
from archivolt.values.problem import (
    BINARY,
    MULTICLASS,
    MULTILABEL,
    REGRESSION,
    TASKS,
    Task,
)

FEW_CLASSES = 20  # so many distinct whole numbers are classes, more are a quantity
MOST_CLASSES = 1000  # a text target with more values is taken for a mistake


def guess_task(
    labels: NDArray[Any], targets: Sequence[str], class_names: Sequence[str] = ()
) -> tuple[Task, str]:
    """Guess what is to be predicted.

    Text, truth values and a few distinct whole numbers are classes; other numbers are a
    quantity. Several columns of 0 and 1 are labels, other numbers in them several quantities.

    Args:
        labels: `(rows,)` or `(rows, targets)`.
        targets: Names of the target columns.
        class_names: The classes where the source knows them, in the order of their indices.

    Returns:
        The task, and the sentence that tells the guess.

    Raises:
        DataError: nothing can be learnt from such labels.
    """
    labels = np.asarray(labels)
    check_present(labels, targets)
    kind = _guess_kind(labels, targets, class_names)
    task = task_for(kind, labels, targets, class_names)
    return task, _tell(task, labels)


def task_for(
    kind: str, labels: NDArray[Any], targets: Sequence[str], class_names: Sequence[str] = ()
) -> Task:
    """Make the task of the kind that the user set.

    Raises:
        DataError: the labels do not go with it.
    """
    labels = _flat(np.asarray(labels))
    targets = tuple(targets) or ("target",)
    check_present(labels, targets)
    if kind not in TASKS:
        near = get_close_matches(kind, TASKS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(TASKS)}."
        raise DataError(f"no task is named {kind!r}.", "problem.task", hint)
    if kind == REGRESSION:
        return _regression(labels, targets)
    if kind == MULTILABEL:
        return _multilabel(labels, targets, class_names)
    if labels.ndim != 1:
        raise DataError(
            f"a {kind} task has one target column, and {labels.shape[1]} are given.",
            named(targets),
            f"Set task: {MULTILABEL}, or name one target.",
        )
    classes = _classes(labels, class_names)
    if len(classes) == 1:
        raise DataError(
            f"every row is of class {classes[0]!r}: there is nothing to tell apart.",
            named(targets),
            "Name another target, or give rows of a second class.",
        )
    if kind == BINARY and len(classes) != 2:
        raise DataError(
            f"a binary task has 2 classes, and {len(classes)} are here: {_some(classes)}.",
            named(targets),
            f"Set task: {MULTICLASS}.",
        )
    return Task(kind, classes, targets, 1 if kind == BINARY else len(classes))


def natural_order(names: Sequence[str]) -> tuple[str, ...]:
    """Sort names as people do: `class 2` before `class 10`, -1 before 0."""

    def key(name: str) -> tuple[Any, ...]:
        number = _number(name)
        if number is not None:
            return (0, number, ())
        parts = re.split(r"(\d+)", name)
        return (1, 0.0, tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in parts))

    return tuple(sorted(names, key=key))


def class_name(value: object) -> str:
    """Write a label as the name of its class: 3.0 and 3 are one class, `3`."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _guess_kind(labels: NDArray[Any], targets: Sequence[str], class_names: Sequence[str]) -> str:
    labels = _flat(labels)
    if _holds_label_sets(labels):
        return MULTILABEL
    if labels.ndim > 2:
        raise DataError(
            f"labels have the shape {list(labels.shape)}; one row and one or more targets are read."
        )
    if labels.ndim == 2:
        numbers = _as_numbers(labels)
        if numbers is not None and np.isin(numbers[np.isfinite(numbers)], (0, 1)).all():
            return MULTILABEL
        if numbers is None:
            raise DataError(
                "several target columns hold text; several targets are numbers, or 0 and 1.",
                named(targets),
            )
        return REGRESSION
    if class_names:
        return BINARY if len(class_names) == 2 else MULTICLASS
    if labels.dtype.kind in "iuf":
        check_finite(labels.astype(float), targets)
        whole = bool((labels == np.round(labels)).all())
        distinct = len(np.unique(labels))
        # Classes often arrive as floats (a text file read as numbers), so whole floats count as
        # whole numbers. Where nearly every row has its own, they number the rows or measure them.
        if not whole or distinct > FEW_CLASSES or (distinct > 2 and distinct > len(labels) / 2):
            return REGRESSION
        return BINARY if distinct == 2 else MULTICLASS
    distinct = len(np.unique(class_texts(labels)))
    if distinct > MOST_CLASSES or (distinct > FEW_CLASSES and distinct > len(labels) / 2):
        raise DataError(
            f"{distinct:,} different texts in {len(labels):,} rows are no classes to learn.",
            named(targets),
            "Name another target column, or set task: multiclass.",
        )
    return BINARY if distinct == 2 else MULTICLASS


def _tell(task: Task, labels: NDArray[Any]) -> str:
    target = named(task.targets)
    if task.kind == REGRESSION:
        if len(task.targets) > 1:
            return f"{target}: {task.outputs} numbers to predict, a regression (guessed)."
        distinct = len(np.unique(labels.astype(np.float64)))
        return f"{target}: {distinct:,} distinct numbers, a regression (guessed)."
    if task.kind == MULTILABEL:
        names = _some(task.classes)
        return f"{target}: {task.outputs} labels ({names}), a multi-label task (guessed)."
    kind = "binary" if task.kind == BINARY else "multi-class"
    number = len(task.classes)
    return f"{target}: {number} classes ({_some(task.classes)}), a {kind} task (guessed)."


def _regression(labels: NDArray[Any], targets: tuple[str, ...]) -> Task:
    numbers = _as_numbers(labels)
    if numbers is None:
        example = next(str(each) for each in labels.ravel() if _number(str(each)) is None)
        raise DataError(
            f"{example!r} is no number, and a regression predicts numbers.",
            named(targets),
            f"Set task: {MULTICLASS}.",
        )
    check_finite(numbers, targets)
    for column, name in enumerate(targets if labels.ndim == 2 else targets[:1]):
        values = numbers[:, column] if labels.ndim == 2 else numbers
        if len(np.unique(values)) == 1:
            raise DataError(
                f"every row has the same value, {values[0]:g}: there is nothing to learn.", name
            )
    outputs = labels.shape[1] if labels.ndim == 2 else 1
    return Task(REGRESSION, (), targets, outputs)


def _multilabel(labels: NDArray[Any], targets: tuple[str, ...], class_names: Sequence[str]) -> Task:
    if _holds_label_sets(labels):
        found = sorted({str(name) for row in labels for name in row})
        names = tuple(class_names) or natural_order(found)
        strange = [each for each in found if each not in names]
        if strange or not names:
            raise DataError(f"labels {_some(strange)} are none of {_some(names)}.", named(targets))
        return Task(MULTILABEL, names, targets, len(names))
    if labels.ndim != 2:
        raise DataError(
            "a multi-label task has one column of 0 and 1 a label, and one column is given.",
            named(targets),
            "Name several targets.",
        )
    numbers = _as_numbers(labels)
    if numbers is None or not np.isin(numbers, (0, 1)).all():
        wrong = next(each for each in labels.ravel() if str(each) not in ("0", "1", "0.0", "1.0"))
        raise DataError(
            f"{wrong!s} among the labels; a multi-label task has 0 and 1 only.", named(targets)
        )
    outputs = labels.shape[1]
    names = tuple(class_names) or (targets if len(targets) == outputs else ())
    return Task(MULTILABEL, names or tuple(map(str, range(outputs))), targets, outputs)


def _classes(labels: NDArray[Any], class_names: Sequence[str]) -> tuple[str, ...]:
    present = [str(each) for each in np.unique(class_texts(labels))]
    if not class_names:
        return natural_order(present)
    missing = [each for each in present if each not in class_names]
    if missing:
        raise DataError(f"labels {_some(missing)} are none of the classes {_some(class_names)}.")
    return tuple(class_names) if len(present) > 1 else tuple(present)


def _flat(labels: NDArray[Any]) -> NDArray[Any]:
    return labels.reshape(len(labels)) if labels.ndim == 2 and labels.shape[1] == 1 else labels


def class_texts(labels: NDArray[Any]) -> NDArray[np.str_]:
    """Write labels as the names of their classes, `(rows,)`."""
    if labels.dtype.kind in "US":
        return labels.astype(str)
    if labels.dtype.kind == "O":
        return np.array([class_name(each) for each in labels], dtype=str)
    values, where = np.unique(labels, return_inverse=True)
    return np.array([class_name(each) for each in values])[where.reshape(len(labels))]


def _holds_label_sets(labels: NDArray[Any]) -> bool:
    """Tell whether each row is a collection of label names, `(rows,)` of tuples or lists."""
    return (
        labels.dtype.kind == "O"
        and labels.ndim == 1
        and isinstance(labels[0], (tuple, list, set, frozenset))
    )


def _as_numbers(labels: NDArray[Any]) -> NDArray[np.float64] | None:
    try:
        return labels.astype(np.float64)
    except (TypeError, ValueError):
        return None


def _number(name: str) -> float | None:
    try:
        number = float(name)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(str, names[:6])) + (", …" if len(names) > 6 else "")
